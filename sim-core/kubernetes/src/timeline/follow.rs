//! What kube-proxies know: of now, of earlier, or of when they stopped.

use super::state::{Due, Follows, World};
use super::world::Change;
use crate::cluster::model::Sync;
use crate::manifest::Parsed;
use crate::manifest::objects::Text;
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
        if let Some(cut) = self.cut.get(node) {
            return Arc::clone(&cut.known);
        }
        match self.sync.get(node) {
            Some(Follows::Not(known)) => Arc::clone(known),
            Some(Follows::Later(by)) => {
                let time = self.now.saturating_sub(*by);
                since(time).map(|(_, parsed)| Arc::clone(parsed)).unwrap_or_default()
            }
            None => since(self.now).map(|(_, parsed)| Arc::clone(parsed)).unwrap_or_default(),
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
        let known = self.sync.keys().chain(self.cut.keys()).map(|node| (node.clone(), self.known(node)));
        known.filter(|(_, known)| !Arc::ptr_eq(known, parsed)).collect()
    }
}
