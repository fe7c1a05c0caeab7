//! Moment by moment: what is due, what controllers make of it, and where new Pods go.

use super::state::{Due, World};
use super::world::{Change, Live, Moment, same};
use crate::budget::Budget;
use crate::cluster::model::Happens;
use crate::cluster::{Besides, Options, decide_until};
use crate::manifest::Parsed;
use crate::manifest::objects::Text;
use crate::origin::NamespacedName;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Moments at most.
const MOST: usize = 400;

/// All moments of an input's timeline, the start among them. What the budget does not allow any more is missing.
pub fn moments(input: &Parsed, options: &Options, budget: &Budget) -> Vec<Moment> {
    let first = decide_until(input, options, Besides::NOTHING, budget).cluster;
    let lagging = Arc::new(BTreeMap::new());
    let start = Moment { at: 0, events: Vec::new(), changes: Vec::new(), parsed: Arc::new(input.clone()), lagging };
    if first.timeline.is_empty() {
        return vec![start];
    }
    let mut world = World::of(&start.parsed, &first, options, budget);
    let mut all = vec![start];
    let mut events = first.timeline.iter().enumerate().peekable();
    loop {
        let next_event = events.peek().map(|(_, event)| event.at);
        let next_due = world.due.keys().next().copied();
        let Some(now) = [next_event, next_due].into_iter().flatten().min() else { break };
        if all.len() >= MOST || budget.is_stopped() {
            break;
        }
        world.now = now;
        for due in world.due.remove(&now).unwrap_or_default() {
            world.arrive(&due);
        }
        let mut happened = Vec::new();
        while let Some((at, event)) = events.next_if(|(_, event)| event.at == now) {
            happened.push(at);
            world.happen(&event.what);
        }
        world.settle();
        world.stand();
        let Some(last) = all.last_mut() else { break };
        // Neither a packet nor the pace of a component changes what the API server says.
        let nothing = world.changes.iter().all(|change| matches!(change, Change::Follows(..)));
        let parsed = if nothing { Arc::clone(&last.parsed) } else { Arc::new(world.parsed()) };
        let lagging = Arc::new(world.lagging(&parsed));
        let mut changes = std::mem::take(&mut world.changes);
        changes.extend(world.synced(&last.lagging));
        if happened.is_empty() && changes.is_empty() && same(&lagging, &last.lagging) {
            continue;
        }
        if last.at == now {
            last.events.extend(happened);
            last.changes.extend(changes);
            (last.parsed, last.lagging) = (parsed, lagging);
        } else {
            all.push(Moment { at: now, events: happened, changes, parsed, lagging });
        }
    }
    all
}

impl World<'_> {
    fn arrive(&mut self, due: &Due) {
        if self.is_away() && !matches!(due, Due::Look) {
            self.unsaid.push(due.clone());
            return;
        }
        match due {
            Due::Warm(name, born) => {
                let forced = self.forced.get(name).copied();
                let now = self.now;
                let cut = self.pods.iter().any(|live| live.name == *name && self.is_cut(live));
                let Some(live) = self.pod(name).filter(|live| live.born == *born && !live.terminating) else { return };
                if cut || forced == Some(false) || live.ready {
                    return;
                }
                (live.ready, live.since) = (true, now);
                self.changes.push(Change::Ready(name.clone(), true));
            }
            Due::Gone(name, born) => {
                let Some(at) = self.pods.iter().position(|live| live.name == *name && live.born == *born) else {
                    return;
                };
                // Only its kubelet can say that it has ended.
                if self.pods.get(at).is_some_and(|live| self.is_cut(live)) {
                    return;
                }
                let live = self.pods.remove(at);
                self.gone(live);
            }
            Due::Unknown(node, since) => self.unknown(node, *since),
            Due::Taint(node, since) => self.taint(node, *since),
            Due::Evict(node, since, pod, born) => self.evict((node, *since), (pod, *born)),
            Due::Leaves(node, pod, born, taints) => self.leaves(node, (pod, *born), taints),
            Due::Look => {}
        }
    }

    fn happen(&mut self, what: &Happens) {
        if self.is_away()
            && !matches!(
                what,
                Happens::Power(..) | Happens::Runs(..) | Happens::Sync(..) | Happens::Batch(_) | Happens::Probe(_)
            )
        {
            self.changes.push(Change::Away);
            return;
        }
        match what {
            Happens::Delete(name) => {
                if let Some(at) = self.pods.iter().position(|live| live.name == *name && !live.terminating) {
                    self.delete(at);
                }
            }
            Happens::Ready(name, ready) => {
                self.forced.insert(name.clone(), *ready);
                let now = self.now;
                let Some(live) = self.pod(name).filter(|live| live.ready != *ready) else { return };
                (live.ready, live.since) = (*ready, now);
                self.changes.push(Change::Ready(name.clone(), *ready));
            }
            Happens::Scale(object, replicas) => {
                let Some(own) = self.workloads.iter_mut().find(|own| own.object == *object) else { return };
                own.replicas = *replicas;
                self.changes.push(Change::Scaled(object.clone(), *replicas));
            }
            Happens::Rollout(object) => {
                if let Some(own) = self.workloads.iter_mut().find(|own| own.object == *object && !own.paused) {
                    own.version += 1;
                }
            }
            Happens::Drain(node) => {
                if self.cordoned.insert(node.clone()) {
                    self.changes.push(Change::Cordoned(node.clone()));
                }
                let on = |live: &Live| live.place.as_ref().is_some_and(|(own, ..)| own == node);
                let leave: Vec<NamespacedName> = self
                    .pods
                    .iter()
                    .filter(|live| on(live) && !live.terminating && !self.is_daemon(live))
                    .map(|live| live.name.clone())
                    .collect();
                for name in leave {
                    if let Some(at) = self.pods.iter().position(|live| live.name == name) {
                        self.delete(at);
                    }
                }
            }
            Happens::Sync(node, sync) => {
                let all: Vec<Text> = node.clone().map_or_else(|| self.nodes.clone(), |node| vec![node]);
                for node in all {
                    self.follow(node, *sync);
                }
            }
            Happens::Patch(patch) => self.patch(patch),
            Happens::Runs(what, up) => self.runs(what, *up),
            Happens::Batch(period) => {
                self.slices.period = *period;
                self.changes.push(Change::Batches(*period));
            }
            Happens::Power(spot, up) => self.power(spot, *up),
            Happens::Probe(_) => {}
        }
    }
}
