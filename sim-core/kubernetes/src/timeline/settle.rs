//! Controllers and the scheduler, until all of them wait.

use super::control::{Step, next};
use super::state::{Due, World};
use super::world::{Change, Live, STARTS, warm};
use crate::cluster::{Besides, decide_until};
use crate::manifest::objects::Text;
use crate::origin::Spanned;
use std::sync::Arc;

/// Steps of controllers in one moment at most.
const STEPS: usize = 20_000;

impl World<'_> {
    /// Controllers until all wait, then the scheduler for Pods without a Node.
    pub(super) fn settle(&mut self) {
        // Without an API server nobody hears of anything.
        if self.is_away() {
            return;
        }
        let mut steps = 0;
        loop {
            let mut any = false;
            for at in 0..self.workloads.len() {
                let Some(own) = self.workloads.get(at) else { continue };
                let (object, min_ready) = (own.object.clone(), own.min_ready);
                let mut todo = next(own, &self.pods, self.now);
                // Places shift when one is taken away: the last first.
                todo.sort_by_key(|step| std::cmp::Reverse(if let Step::Delete(at) = step { Some(*at) } else { None }));
                for step in todo {
                    (any, steps) = (true, steps + 1);
                    match step {
                        Step::Make(ordinal) => self.make(&object, ordinal, None),
                        Step::Delete(at) => self.delete(at),
                    }
                }
                let waits = |live: &&Live| live.owner.as_ref() == Some(&object) && live.ready && min_ready > 0;
                let at = self.pods.iter().filter(waits).map(|live| live.since + min_ready).filter(|at| *at > self.now);
                if let Some(at) = at.min() {
                    let known = self.due.get(&at).is_some_and(|due| due.iter().any(|due| matches!(due, Due::Look)));
                    if !known {
                        self.due.entry(at).or_default().push(Due::Look);
                    }
                }
            }
            self.place();
            if !any || steps > STEPS || self.budget.is_stopped() {
                break;
            }
        }
    }

    /// Nodes and addresses for Pods that have none.
    fn place(&mut self) {
        let waits = |live: &Live| live.place.is_none() && live.bound.is_none();
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
                pin(live, &node);
                self.changes.push(Change::Bound(live.name.clone(), node.clone()));
                live.bound = Some(node);
                continue;
            }
            if !pod.host_network {
                self.last.insert(node.clone(), pod.ip);
            }
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

/// It is of that Node from now on.
pub(super) fn pin(live: &mut Live, node: &Text) {
    Arc::make_mut(&mut live.document).value.spec.value.node_name = Some(Spanned::unplaced(node.clone()));
}
