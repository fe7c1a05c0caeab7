//! What kube-proxies know: of now, of earlier, or of when they stopped.

use super::state::{Due, Follows, World};
use super::world::Change;
use crate::cluster::model::{Runs, Sync};
use crate::manifest::Parsed;
use crate::manifest::objects::Text;
use crate::origin::ObjectRef;
use std::collections::BTreeMap;
use std::sync::Arc;

impl World<'_> {
    /// kube-proxy of a Node follows otherwise from now on.
    pub(super) fn follow(&mut self, node: Text, sync: Sync) {
        let known = self.known(&node);
        match sync {
            Sync::Start => drop(self.sync.remove(&node)),
            Sync::Stop => drop(self.sync.insert(node.clone(), Follows::Not(known))),
            Sync::Lag(by) => drop(self.sync.insert(node.clone(), Follows::Later(by))),
        }
        self.changes.push(Change::Follows(node, sync));
    }

    /// What kube-proxy of a Node knows.
    pub(super) fn known(&self, node: &Text) -> Arc<Parsed> {
        let since = |time: u64| self.history.iter().rev().find(|(at, _)| *at <= time).or_else(|| self.history.first());
        if let Some(known) = self.cut.get(node).and_then(|cut| cut.known.as_ref()) {
            return Arc::clone(known);
        }
        match self.sync.get(node) {
            Some(Follows::Not(known)) => Arc::clone(known),
            Some(Follows::Later(by)) => {
                let time = self.now.saturating_sub(*by);
                since(time).map(|(_, parsed)| Arc::clone(parsed)).unwrap_or_default()
            }
            None => Arc::clone(&self.runner.known),
        }
    }

    /// Nodes whose kube-proxy knows another input than this, which is that of now.
    pub(super) fn lagging(&mut self, parsed: &Arc<Parsed>) -> BTreeMap<Text, Arc<Parsed>> {
        let is_new = self.history.last().is_none_or(|(_, last)| !Arc::ptr_eq(last, parsed));
        if is_new {
            match self.history.last_mut() {
                Some(last) if last.0 == self.now => last.1 = Arc::clone(parsed),
                _ => self.history.push((self.now, Arc::clone(parsed))),
            }
            let later: Vec<u64> = self
                .sync
                .values()
                .filter_map(|follows| if let Follows::Later(by) = follows { Some(*by) } else { None })
                .collect();
            for by in later {
                self.soon(by, Due::Look);
            }
        }
        self.hear(parsed, is_new);
        let held_up = self.sync.keys().chain(self.cut.keys());
        let waiting = self.nodes.iter().filter(|_| self.runner.due.is_some());
        let known = waiting.chain(held_up).map(|node| (node.clone(), self.known(node)));
        known.filter(|(_, known)| !Arc::ptr_eq(known, parsed)).collect()
    }

    /// Tells kube-proxies what they hear of: Services, their slices, and Nodes.
    fn hear(&mut self, parsed: &Arc<Parsed>, is_new: bool) {
        let concerns = |object: &ObjectRef| matches!(&*object.kind, "Service" | "EndpointSlice" | "Endpoints" | "Node");
        let written = self.changes.iter().any(|change| match change {
            Change::Patched(own, _) => concerns(own),
            // What is assumed is among no Pods here.
            Change::Runs(Runs::CoreDns, _) | Change::NodeReady(..) => true,
            _ => false,
        });
        let slices = || if self.slices.stand.is_some() { self.heard.clone() } else { self.hears() };
        let heard = if is_new { Some(slices()) } else { None };
        let differs = heard.as_ref().is_some_and(|heard| *heard != self.heard);
        self.heard = heard.unwrap_or_else(|| std::mem::take(&mut self.heard));
        let is_due = self.runner.due.is_some_and(|due| due <= self.now);
        if written || differs || is_due {
            if let Some(next) = self.runner.hear(self.now, parsed) {
                self.due.entry(next).or_default().push(Due::Look);
            }
        } else {
            self.runner.pass(parsed);
        }
    }

    /// Nodes whose kube-proxies write now what they heard of before, behind those that lagged until now.
    pub(super) fn synced(&self, before: &BTreeMap<Text, Arc<Parsed>>) -> Vec<Change> {
        let moved = |node: &Text, known: &Arc<Parsed>| !Arc::ptr_eq(&self.known(node), known);
        let all: Vec<&Text> = before.iter().filter(|(node, known)| moved(node, known)).map(|(node, _)| node).collect();
        if all.len() == self.nodes.len() && all.len() > 1 {
            return vec![Change::Synced(None)];
        }
        all.into_iter().map(|node| Change::Synced(Some(node.clone()))).collect()
    }
}
