//! Machines and links that fail, and what the node controller makes of Nodes that it does not hear of any more
//! (`pkg/controller/nodelifecycle`, `pkg/controller/tainteviction`).
//!
//! A Node whose kubelet posts nothing for `--node-monitor-grace-period` is marked: its condition `Ready` is `Unknown`, its Pods' `Ready` is `False`,
//! nothing new is scheduled to it, and it is tainted so that Pods leave once they do not tolerate that any longer. What is deleted there stays
//! terminating until its kubelet is heard of again. The last sign of life is taken to be of the moment of the failure, and the controller
//! to look at once.

use super::state::{Cut, Due, World};
use super::world::{Change, Live, lingers};
use crate::cluster::model::{Runs, Spot};
use crate::manifest::objects::{PodSpec, Text};
use crate::origin::NamespacedName;

/// `node.kubernetes.io/unreachable`.
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";

/// Milliseconds between two Nodes of a zone that are tainted (`--node-eviction-rate`, 0.1 a second, one at once).
const BETWEEN: u64 = 10_000;

/// Share of a zone's Nodes, in percent, from which on none of them is tainted (`--unhealthy-zone-threshold`), where at least three are lost.
const UNHEALTHY: usize = 55;

/// Zones of more Nodes go on then, at [`SLOWLY`] (`--large-cluster-size-threshold`).
const LARGE: usize = 50;

/// Milliseconds between two Nodes then (`--secondary-node-eviction-rate`, 0.01 a second).
const SLOWLY: u64 = 100_000;

impl World<'_> {
    /// A machine, or its link, fails or works again.
    pub(super) fn power(&mut self, spot: &Spot, up: bool) {
        let away = self.is_away();
        let set = if spot.link { &mut self.outage.unplugged } else { &mut self.outage.off };
        let changed = if up { set.remove(&spot.machine) } else { set.insert(spot.machine.clone()) };
        if !changed {
            return;
        }
        self.changes.push(Change::Power(spot.clone(), up));
        let node = &spot.machine;
        if !self.nodes.contains(node) {
            return;
        }
        self.heard_of(node);
        if let Some(cut) = self.cut.get_mut(node) {
            cut.restarted |= !spot.link && !up;
        }
        if away && !self.is_away() {
            // What nobody could say meanwhile is said now.
            let all = std::mem::take(&mut self.unsaid);
            self.due.entry(self.now).or_default().extend(all);
        }
    }

    /// A component stops, or runs again.
    pub(super) fn runs(&mut self, what: &Runs, up: bool) {
        match what {
            Runs::CoreDns if self.dns_stopped == up => self.dns_stopped = !up,
            Runs::CoreDns => return,
            Runs::ControllerManager if self.controllers(up) => {}
            Runs::Scheduler if self.scheduler(up) => {}
            Runs::ControllerManager | Runs::Scheduler => return,
            Runs::Kubelet(node) => {
                let nodes: Vec<Text> = node.clone().map_or_else(|| self.nodes.clone(), |node| vec![node]);
                for node in nodes {
                    let changed = if up { self.mute.remove(&node) } else { self.mute.insert(node.clone()) };
                    if changed {
                        self.heard_of(&node);
                    }
                }
            }
        }
        self.changes.push(Change::Runs(what.clone(), up));
    }

    /// Something changed about whether a Node is heard of: by its kubelet, and by its kube-proxy of others.
    fn heard_of(&mut self, node: &Text) {
        let silent = self.is_silent(node);
        if !silent && !self.mute.contains(node) {
            if let Some(cut) = self.cut.remove(node) {
                self.back(node, &cut);
            }
            return;
        }
        let known = silent.then(|| self.known(node));
        if let Some(cut) = self.cut.get_mut(node) {
            cut.known = known;
            return;
        }
        self.cut.insert(node.clone(), Cut { since: self.now, known, restarted: false, unknown: false });
        self.soon(self.delays.node_grace, Due::Unknown(node.clone(), self.now));
    }

    pub(super) fn on(&self, node: &Text) -> Vec<(NamespacedName, u64)> {
        let on = |live: &&Live| {
            live.place.as_ref().is_some_and(|(own, ..)| own == node) || live.bound.as_ref() == Some(node)
        };
        self.pods.iter().filter(on).map(|live| (live.name.clone(), live.born)).collect()
    }

    /// A Node is heard of again: its kubelet says how its Pods are, ends those that were deleted, and starts those whose machine started.
    fn back(&mut self, node: &Text, cut: &Cut) {
        if cut.unknown {
            self.changes.push(Change::NodeReady(node.clone(), true));
        }
        for (name, born) in self.on(node) {
            let (now, forced) = (self.now, self.forced.get(&name).copied());
            let Some(live) = self.pods.iter_mut().find(|live| live.name == name && live.born == born) else { continue };
            if live.terminating {
                let after = if cut.restarted { 0 } else { lingers(&live.document.value.spec.value) };
                self.soon(after, Due::Gone(name, born));
                continue;
            }
            if live.bound.take().is_some() || cut.restarted {
                // Another sandbox, with another address.
                let was = std::mem::replace(&mut live.ready, false);
                (live.born, live.since) = (now, now);
                live.place = None;
                live.pin(node);
                if was {
                    self.changes.push(Change::Ready(name, false));
                }
                continue;
            }
            let warm = live.warm <= now && forced != Some(false);
            if warm && !live.ready {
                (live.ready, live.since) = (true, now);
                self.changes.push(Change::Ready(name, true));
            } else if live.warm > now {
                let after = live.warm - now;
                self.soon(after, Due::Warm(name, born));
            }
        }
    }

    /// The node controller has heard nothing for too long.
    pub(super) fn unknown(&mut self, node: &Text, since: u64) {
        let watched = !self.stopped.controllers;
        let Some(cut) = self.cut.get_mut(node).filter(|cut| watched && cut.since == since) else { return };
        cut.unknown = true;
        self.changes.push(Change::NodeReady(node.clone(), false));
        for (name, _) in self.on(node) {
            let Some(live) = self.pods.iter_mut().find(|live| live.name == name && live.ready) else { continue };
            live.ready = false;
            self.changes.push(Change::Ready(name, false));
        }
        let zone = self.zone(node);
        let of_zone: Vec<&Text> = self.nodes.iter().filter(|own| self.zone(own) == zone).collect();
        let lost = of_zone.iter().filter(|own| self.cut.get(**own).is_some_and(|cut| cut.unknown)).count();
        let ill = lost > 2 && lost < of_zone.len() && lost * 100 >= UNHEALTHY * of_zone.len();
        let between = match ill {
            true if of_zone.len() <= LARGE => return,
            true => SLOWLY,
            false => BETWEEN,
        };
        let next = self.taints.get(&zone).copied().unwrap_or(0).max(self.now);
        self.taints.insert(zone, next.saturating_add(between));
        self.soon(next - self.now, Due::Taint(node.clone(), since));
    }

    fn zone(&self, node: &Text) -> Text {
        self.zones.get(node).cloned().unwrap_or_default()
    }

    /// A Node that is still lost gets the taint: each Pod leaves once it does not tolerate that any longer.
    pub(super) fn taint(&mut self, node: &Text, since: u64) {
        if self.stopped.controllers || self.cut.get(node).is_none_or(|cut| cut.since != since) {
            return;
        }
        self.changes.push(Change::Tainted(node.clone()));
        for (name, born) in self.on(node) {
            let Some(live) = self.pods.iter().find(|live| live.name == name && !live.terminating) else { continue };
            let stays = self.is_daemon(live) || self.is_static(live);
            let seconds = tolerates(&live.document.value.spec.value, self.delays.unreachable);
            if let Some(seconds) = seconds.filter(|_| !stays) {
                self.soon(seconds.saturating_mul(1_000), Due::Evict(node.clone(), since, name, born));
            }
        }
    }

    /// A Pod that does not tolerate its Node any longer is deleted.
    pub(super) fn evict(&mut self, (node, since): (&Text, u64), (name, born): (&NamespacedName, u64)) {
        let lost = !self.stopped.controllers && self.cut.get(node).is_some_and(|cut| cut.since == since);
        let is = |live: &Live| live.name == *name && live.born == born && !live.terminating;
        if let Some(at) = self.pods.iter().position(is).filter(|_| lost) {
            self.delete(at);
        }
    }

    /// Its kubelet made it, of a file: nobody else ends it.
    pub(super) fn is_static(&self, live: &Live) -> bool {
        let owners = &live.document.value.metadata.owner_references;
        owners.iter().any(|owner| &*owner.value.kind == "Node")
    }
}

/// Seconds that a Pod tolerates a Node that is unreachable; `None` for ever. Those that say nothing are given `default` seconds
/// (the admission plugin `DefaultTolerationSeconds`).
fn tolerates(spec: &PodSpec, default: u64) -> Option<u64> {
    let fits = |toleration: &&crate::manifest::objects::Toleration| {
        let key = toleration.key.as_deref().is_none_or(|key| key.is_empty() || key == UNREACHABLE);
        let effect = toleration.effect.as_deref().is_none_or(|effect| effect.is_empty() || effect == "NoExecute");
        // The taint has no value.
        let value = toleration.operator.as_deref() == Some("Exists")
            || toleration.value.as_deref().is_none_or(str::is_empty) && toleration.key.is_some();
        key && effect && value
    };
    let all: Vec<_> = spec.tolerations.iter().filter(fits).collect();
    if all.is_empty() {
        return Some(default);
    }
    // The shortest of them (`getMinTolerationTime`); what has none is for ever.
    let seconds = all.iter().filter_map(|toleration| toleration.toleration_seconds);
    seconds.min().map(|seconds| u64::try_from(seconds).unwrap_or(0))
}
