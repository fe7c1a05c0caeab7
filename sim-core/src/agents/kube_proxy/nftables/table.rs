//! The table being written, with what it is looked up by.

use super::refusal::Refusal;
use super::rule::Ip;
use kernel::config::nft::data::{DataType, Pattern, Verdict};
use kernel::config::nft::set::{Element, ElementData, Set, SetData};
use kernel::config::nft::{Base, BaseHook, Chain, ChainKind, Family, Rule, Table};
use kernel::config::{Hook, Policy};
use kernel::ids::{ChainId, SetId};
use kubernetes::cluster::model::KubernetesVersion;
use kubernetes::origin::{CauseId, ObjectRef};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// How the table is laid out, by release.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Layout {
    /// 1.29 to 1.33: all filter chains before the translation.
    V29,
    /// 1.34 and 1.35: what has no endpoint is refused after the translation.
    V34,
    /// From 1.36: translations in the Service's own chain, hairpins by a set.
    V36,
}

impl Layout {
    pub(super) fn of(version: KubernetesVersion) -> Self {
        match version.minor {
            36.. => Self::V36,
            34.. => Self::V34,
            _ => Self::V29,
        }
    }

    /// The release that brought it; `None` for the oldest.
    pub(super) fn since(self) -> Option<u32> {
        match self {
            Self::V29 => None,
            Self::V34 => Some(34),
            Self::V36 => Some(36),
        }
    }
}

/// A table being written.
pub(super) struct Draft {
    pub(super) table: Table,
    pub(super) ip: Ip,
    pub(super) layout: Layout,
    /// What kube-proxy writes without an object behind it.
    pub(super) own: CauseId,
    /// The same, for what the layout has made otherwise.
    pub(super) newer: CauseId,
    pub(super) refused: Option<Refusal>,
    /// Only ever asked, never listed: its order does not matter.
    chains: HashMap<Arc<str>, ChainId>,
    /// Elements by the hash of set and key, or the first free number behind it; only ever asked.
    keys: HashMap<u64, (SetId, u32)>,
}

impl Draft {
    pub(super) fn new(ip: Ip, layout: Layout, own: CauseId, newer: CauseId) -> Self {
        let family = if ip == Ip::V4 { Family::Ip } else { Family::Ip6 };
        let mut table = Table::new(family, "kube-proxy", own);
        table.comment = Some(Arc::from("rules for kube-proxy"));
        Self { table, ip, layout, own, newer, refused: None, chains: HashMap::new(), keys: HashMap::new() }
    }

    /// The chain of that name, added where it is missing.
    pub(super) fn chain(&mut self, name: &str, cause: CauseId) -> ChainId {
        if let Some(id) = self.chains.get(name) {
            return *id;
        }
        self.add_chain(Chain::new(name, None, cause))
    }

    pub(super) fn base(&mut self, name: &str, kind: ChainKind, hook: Hook, priority: i32) -> ChainId {
        let base = Base { kind, hook: BaseHook::Ip(hook), device: None, priority, policy: Policy::Accept };
        let cause = if kind == ChainKind::Filter { self.newer } else { self.own };
        self.add_chain(Chain::new(name, Some(base), cause))
    }

    fn add_chain(&mut self, chain: Chain) -> ChainId {
        let name = chain.name.clone();
        let id = self.table.add_chain(chain);
        self.chains.insert(name, id);
        id
    }

    pub(super) fn comment_chain(&mut self, id: ChainId, comment: &str) {
        if let Some(chain) = self.table.chains.get_mut(id) {
            chain.comment = Some(Arc::from(comment));
        }
    }

    pub(super) fn rule(&mut self, chain: ChainId, rule: Rule) {
        self.table.append(chain, rule);
    }

    /// Adds a set, or a verdict map.
    pub(super) fn set(&mut self, name: &str, key: Vec<DataType>, map: bool, comment: &str) -> SetId {
        let mut set = Set::new(name, key, map.then_some(SetData::Verdict), self.own);
        set.comment = Some(Arc::from(comment));
        self.table.add_set(set)
    }

    /// Adds an element. The same once more changes nothing; the same key with another verdict is refused.
    pub(super) fn element(
        &mut self,
        set: SetId,
        key: Vec<Pattern>,
        verdict: Option<Verdict>,
        comment: Option<&str>,
        cause: CauseId,
        object: &ObjectRef,
    ) {
        let mut hasher = DefaultHasher::new();
        (set, &key).hash(&mut hasher);
        let mut at = hasher.finish();
        let data = verdict.map(ElementData::Verdict);
        while let Some((of, index)) = self.keys.get(&at) {
            let known = self.table.set(*of).and_then(|of| of.elements.get(*index as usize));
            if let Some(known) = known.filter(|known| *of == set && known.key == key) {
                if known.data != data {
                    let map = self.table.set(set).map(|set| set.name.clone()).unwrap_or_default();
                    self.refused.get_or_insert(Refusal::Clash { map, service: object.clone() });
                }
                return;
            }
            at = at.wrapping_add(1);
        }
        let mut element = Element::new(key, data, cause);
        element.comment = comment.map(Arc::from);
        if let Some(to) = self.table.sets.get_mut(set) {
            self.keys.insert(at, (set, to.elements.len() as u32));
            to.elements.push(element);
        }
    }
}
