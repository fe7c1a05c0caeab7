//! Controllers and the scheduler, until all of them wait.

use super::control::{Step, next};
use super::state::{Due, World};
use super::world::{Change, Live, STARTS, warm};
use crate::cluster::{Besides, decide_until};
use crate::origin::{NamespacedName, ObjectRef};
use std::collections::{BTreeMap, BTreeSet};

/// Steps of controllers in one moment at most.
const STEPS: usize = 20_000;

/// A step of a controller, by whom it is about.
enum Todo {
    Make(Option<i64>),
    Delete(NamespacedName, u64),
}

impl World<'_> {
    /// Controllers until all wait, then the scheduler for Pods without a Node.
    pub(super) fn settle(&mut self) {
        // Without an API server nobody hears of anything.
        if self.is_away() {
            return;
        }
        let mut steps = 0;
        loop {
            let todo = self.todo();
            let any = !todo.is_empty();
            for (object, step) in todo {
                steps += 1;
                match step {
                    Todo::Make(ordinal) => self.make(&object, ordinal, None),
                    Todo::Delete(name, born) => {
                        let is = |live: &Live| live.name == name && live.born == born;
                        if let Some(at) = self.pods.iter().position(is) {
                            self.delete(at);
                        }
                    }
                }
            }
            self.place();
            if !any || steps > STEPS || self.budget.is_stopped() {
                break;
            }
        }
    }

    /// What all controllers do next: each looks at its own Pods, as they are now.
    fn todo(&mut self) -> Vec<(ObjectRef, Todo)> {
        if self.stopped.controllers {
            return Vec::new();
        }
        let places: BTreeMap<&ObjectRef, usize> =
            self.workloads.iter().enumerate().map(|(at, own)| (&own.object, at)).collect();
        let mut pods: Vec<Vec<(usize, &Live)>> = self.workloads.iter().map(|_| Vec::new()).collect();
        for (at, live) in self.pods.iter().enumerate() {
            let place = live.owner.as_ref().and_then(|owner| places.get(owner));
            if let Some(own) = place.and_then(|place| pods.get_mut(*place)) {
                own.push((at, live));
            }
        }
        let mut all = Vec::new();
        let mut looks = BTreeSet::new();
        for (workload, own) in self.workloads.iter().zip(&pods) {
            let mut steps = next(workload, own, self.now);
            // The last first, and new ones behind.
            steps.sort_by_key(|step| std::cmp::Reverse(if let Step::Delete(at) = step { Some(*at) } else { None }));
            all.extend(steps.into_iter().filter_map(|step| {
                let todo = match step {
                    Step::Make(ordinal) => Todo::Make(ordinal),
                    Step::Delete(at) => self.pods.get(at).map(|live| Todo::Delete(live.name.clone(), live.born))?,
                };
                Some((workload.object.clone(), todo))
            }));
            let waits = own.iter().filter(|(_, live)| live.ready && workload.min_ready > 0);
            let available = waits.map(|(_, live)| live.since + workload.min_ready).filter(|at| *at > self.now);
            looks.extend(available.min());
        }
        for at in looks {
            let known = self.due.get(&at).is_some_and(|due| due.iter().any(|due| matches!(due, Due::Look)));
            if !known {
                self.due.entry(at).or_default().push(Due::Look);
            }
        }
        all
    }

    /// Nodes and addresses for Pods that have none.
    fn place(&mut self) {
        let unscheduled: BTreeSet<(NamespacedName, u64)> = self
            .pods
            .iter()
            .filter(|live| self.is_unscheduled(live))
            .map(|live| (live.name.clone(), live.born))
            .collect();
        let told = unscheduled.iter().filter(|(name, _)| self.waiting.insert(name.clone()));
        self.changes.extend(told.map(|(name, _)| Change::Waits(name.clone())));
        let waits = |live: &Live| {
            live.place.is_none()
                && live.bound.is_none()
                && (unscheduled.is_empty() || !unscheduled.contains(&(live.name.clone(), live.born)))
        };
        if !self.pods.iter().any(waits) {
            return;
        }
        let cluster = decide_until(&self.parsed(), self.options, Besides::NOTHING, self.budget).cluster;
        let mut found = Vec::new();
        for live in self.pods.iter_mut().filter(|live| waits(live)) {
            let id = cluster.pod_named(&live.name.namespace, &live.name.name);
            let Some(pod) = id.and_then(|id| cluster.pods.get(id.0 as usize)) else {
                if live.born == self.now && self.waiting.insert(live.name.clone()) {
                    self.changes.push(Change::Waits(live.name.clone()));
                }
                continue;
            };
            let node = cluster.nodes.get(pod.node.0 as usize).map(|node| node.name.clone()).unwrap_or_default();
            if self.cut.contains_key(&node) {
                live.pin(&node);
                self.changes.push(Change::Bound(live.name.clone(), node.clone()));
                live.bound = Some(node);
                continue;
            }
            if !pod.host_network {
                self.last.insert(node.clone(), pod.ip);
            }
            live.pin(&node);
            live.place = Some((node.clone(), pod.ip, false));
            self.changes.push(Change::Added(live.name.clone(), node, pod.ip));
            let after = STARTS.saturating_add(warm(&live.document.value.spec.value));
            live.warm = self.now.saturating_add(after);
            found.push((live.name.clone(), live.born, after));
        }
        for (name, born, after) in found {
            self.soon(after, Due::Warm(name, born));
        }
    }
}
