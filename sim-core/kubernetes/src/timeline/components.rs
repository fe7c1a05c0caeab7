//! Components of the control plane that stop, or lag: what nobody does meanwhile, and what is done once they run again.
//!
//! Without kube-controller-manager no workload makes or deletes Pods, no Node is marked, tainted or emptied, and slices of endpoints stay as they
//! are, whatever becomes of Pods. Without kube-scheduler no Pod finds a Node, those of DaemonSets neither: only what names its Node itself
//! starts. With a period (`--endpointslice-updates-batch-period`) what becomes of Pods stands in slices that much later, all of it together
//! (`endpointslice_controller.go`, `AddAfter`).

use super::state::{Due, World};
use super::world::{Change, Live};
use crate::cluster::model::PortEndpoints;
use crate::cluster::{Besides, decide_until, tolerated};
use crate::manifest::objects::{Object, PodSpec, Taint, Text};
use crate::manifest::{HeldEndpoint, HeldPort};
use crate::origin::{NamespacedName, ObjectRef};
use std::sync::Arc;

impl World<'_> {
    /// kube-controller-manager stops, or runs again: it begins with what it finds.
    pub(super) fn controllers(&mut self, up: bool) -> bool {
        if self.stopped.controllers != up {
            return false;
        }
        self.stopped.controllers = !up;
        if !up {
            self.slices.due = None;
            self.freeze();
            return true;
        }
        self.slices.stand = None;
        self.slices.seen = self.hears();
        for (object, node) in std::mem::take(&mut self.stopped.owed) {
            self.make(&object, None, Some(node));
        }
        // Nobody was watched meanwhile: each time begins anew.
        let cut: Vec<(Text, u64, bool)> =
            self.cut.iter().map(|(node, cut)| (node.clone(), cut.since, cut.unknown)).collect();
        for (node, since, unknown) in cut {
            match unknown {
                true => self.soon(0, Due::Taint(node, since)),
                false => self.soon(self.delays.node_grace, Due::Unknown(node, since)),
            }
        }
        for node in self.no_execute.clone() {
            self.leave(&node);
        }
        true
    }

    /// kube-scheduler stops, or runs again.
    pub(super) fn scheduler(&mut self, up: bool) -> bool {
        let changed = self.stopped.scheduler == up;
        self.stopped.scheduler = !up;
        changed
    }

    /// A DaemonSet makes another one on a Node, once its controller runs.
    pub(super) fn replace_daemon(&mut self, object: ObjectRef, node: Text) {
        match self.stopped.controllers {
            true => self.stopped.owed.push((object, node)),
            false => self.make(&object, None, Some(node)),
        }
    }

    /// Nobody gives it a Node.
    pub(super) fn is_unscheduled(&self, live: &Live) -> bool {
        let waits = live.place.is_none() && live.bound.is_none();
        let own = live.document.value.spec.value.node_name.is_some();
        self.stopped.scheduler && waits && (!own || self.is_daemon(live))
    }

    /// Slices stay as they are where their controller does not run, or collects what changes.
    pub(super) fn stand(&mut self) {
        if self.stopped.controllers {
            return;
        }
        if self.slices.due.is_some_and(|due| due <= self.now) {
            (self.slices.due, self.slices.stand) = (None, None);
            self.slices.seen = self.hears();
            self.changes.push(Change::Sliced);
            return;
        }
        if self.slices.due.is_some() {
            return;
        }
        let now = self.hears();
        if self.slices.period > 0 && now != self.slices.seen {
            self.slices.due = Some(self.now.saturating_add(self.slices.period));
            self.freeze();
            self.soon(self.slices.period, Due::Look);
        } else {
            self.slices.seen = now;
        }
    }

    /// Slices stay as the last moment has them.
    fn freeze(&mut self) {
        if self.slices.stand.is_some() {
            return;
        }
        let Some((_, last)) = self.history.last() else { return };
        let cluster = decide_until(last, self.options, Besides::NOTHING, self.budget).cluster;
        let named = |id: Option<crate::cluster::model::PodId>| Some(cluster.pods.get(id?.0 as usize)?.name.clone());
        let port = |of: &PortEndpoints| HeldPort {
            name: of.port_name.clone(),
            protocol: of.protocol,
            endpoints: of
                .endpoints
                .iter()
                .map(|own| HeldEndpoint {
                    ip: own.ip,
                    port: own.port,
                    conditions: (own.ready, own.serving, own.terminating),
                    node: own.node.clone(),
                    zone: own.zone.clone(),
                    hints: (own.zone_hints.clone(), own.node_hints.clone()),
                    hostname: own.hostname.clone(),
                    pod: named(own.pod),
                    origin: own.origin.clone(),
                })
                .collect(),
        };
        let all = cluster.services.iter().zip(&cluster.endpoints);
        let all = all.filter(|(service, _)| !service.selector.is_empty());
        let slices = all.map(|(service, own)| (service.name.clone(), own.iter().map(port).collect()));
        self.slices.stand = Some(Arc::new(slices.collect()));
    }

    /// A Node's taints changed: Pods leave once they do not tolerate those that do not let them run (`pkg/controller/tainteviction`).
    pub(super) fn tainted(&mut self, object: &Object) {
        let Object::Node(document) = object else { return };
        let node = document.object.name.clone();
        let any = document.value.spec.taints.iter().any(|taint| &*taint.value.effect == NO_EXECUTE);
        if any || self.no_execute.contains(&node) {
            self.no_execute.insert(node.clone());
            self.leave(&node);
        }
    }

    /// Pods of a tainted Node leave, at once or once they do not tolerate it any longer.
    fn leave(&mut self, node: &Text) {
        if self.stopped.controllers {
            return;
        }
        let taints = self.taints_of(node);
        let mut at_once = Vec::new();
        for (name, born) in self.on(node) {
            let Some(live) = self.pods.iter().find(|live| live.name == name && live.born == born) else { continue };
            if live.terminating || self.is_static(live) {
                continue;
            }
            match stays(&live.document.value.spec.value, &taints) {
                Stays::Not => at_once.push((name, born)),
                Stays::For(seconds) => {
                    self.soon(seconds.saturating_mul(1_000), Due::Leaves(node.clone(), name, born, taints.clone()));
                }
                Stays::Ever => {}
            }
        }
        for (name, born) in at_once {
            self.delete_named(&name, born);
        }
    }

    /// A Pod leaves that tolerated taints for as long as it does: where they are still there.
    pub(super) fn leaves(&mut self, node: &Text, (name, born): (&NamespacedName, u64), taints: &[Taint]) {
        if !self.stopped.controllers && self.taints_of(node) == taints {
            self.delete_named(name, born);
        }
    }

    fn delete_named(&mut self, name: &NamespacedName, born: u64) {
        let is = |live: &Live| live.name == *name && live.born == born && !live.terminating;
        if let Some(at) = self.pods.iter().position(is) {
            self.delete(at);
        }
    }

    /// Taints of a Node, as its object says, that do not let Pods run.
    fn taints_of(&self, node: &Text) -> Vec<Taint> {
        let own = self.base.objects.iter().find_map(|object| match object {
            Object::Node(document) if document.object.name == *node => Some(document),
            _ => None,
        });
        let all = own.into_iter().flat_map(|document| document.value.spec.taints.iter());
        all.map(|taint| taint.value.clone()).filter(|taint| &*taint.effect == NO_EXECUTE).collect()
    }
}

const NO_EXECUTE: &str = "NoExecute";

/// How long a Pod stays on a Node with taints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stays {
    Not,
    /// Seconds.
    For(u64),
    Ever,
}

/// The shortest time for which the tolerations that are used hold; one that says none is for ever (`getMinTolerationTime`).
fn stays(spec: &PodSpec, taints: &[Taint]) -> Stays {
    let mut shortest = None;
    for taint in taints {
        let used: Vec<_> = spec.tolerations.iter().filter(|own| tolerated(taint, std::slice::from_ref(*own))).collect();
        if used.is_empty() {
            return Stays::Not;
        }
        let seconds = used.iter().filter_map(|own| own.toleration_seconds);
        let seconds = seconds.map(|seconds| u64::try_from(seconds).unwrap_or(0)).min();
        shortest = [shortest, seconds].into_iter().flatten().min();
    }
    match shortest {
        Some(0) => Stays::Not,
        Some(seconds) => Stays::For(seconds),
        None => Stays::Ever,
    }
}
