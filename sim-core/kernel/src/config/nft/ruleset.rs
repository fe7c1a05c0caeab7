//! All tables of a namespace, with what walks look up in them.

use super::data::{DataType, Datum};
use super::family::{BaseHook, ChainKind, Family};
use super::index::ChainIndex;
use super::set::{Element, find};
use super::set_index::SetIndex;
use super::table::{Base, Table};
use crate::config::terms::Hook;
use crate::ids::{Arena, ChainId, ElementId, NftTableId, SetId};
use std::collections::BTreeMap;

/// All nftables tables of one namespace, in order of creation.
#[derive(Clone, Debug, Default)]
pub struct Ruleset {
    /// Tables; index is [`NftTableId`].
    pub tables: Arena<NftTableId, Table>,
    /// What hooks ask for, once nothing changes any more.
    pub(super) index: Option<Index>,
}

impl PartialEq for Ruleset {
    fn eq(&self, other: &Self) -> bool {
        self.tables == other.tables
    }
}

impl Eq for Ruleset {}

/// What hooks would otherwise look for in every chain.
#[derive(Clone, Debug)]
pub(super) struct Index {
    bases: Vec<(NftTableId, ChainId)>,
    pub(super) needs_tracking: bool,
    has_nat: bool,
    /// By table and set; the short ones have none.
    sets: Vec<Vec<Option<SetIndex>>>,
    /// By table: the long chains.
    chains: Vec<BTreeMap<ChainId, ChainIndex>>,
}

impl Ruleset {
    /// A rule set of these tables.
    pub fn new(tables: Vec<Table>) -> Self {
        Self { tables: tables.into(), index: None }
    }

    /// Remembers what hooks ask for; nothing may change afterwards.
    pub(crate) fn freeze(&mut self) {
        self.index = None;
        let sets = |table: &Table| table.sets.iter().map(|set| SetIndex::of(&set.elements, &set.key)).collect();
        self.index = Some(Index {
            bases: self.bases(),
            needs_tracking: self.needs_tracking(),
            has_nat: self.has_nat(),
            sets: self.tables.iter().map(sets).collect(),
            chains: self.tables.iter().map(ChainIndex::of_table).collect(),
        });
    }

    /// What is known of a long chain, once nothing changes any more.
    pub(crate) fn chain_index(&self, table: NftTableId, chain: ChainId) -> Option<&ChainIndex> {
        self.index.as_ref()?.chains.get(table.index())?.get(&chain)
    }

    /// Forgets what was remembered: lookups look at everything again.
    #[cfg(test)]
    pub(crate) fn thaw(&mut self) {
        self.index = None;
    }

    /// The element of a named set that a key hits, with its id.
    pub(crate) fn element(
        &self,
        table: NftTableId,
        set: SetId,
        key: &[Datum],
        types: &[DataType],
    ) -> Option<(ElementId, &Element)> {
        let elements = &self.table(table)?.set(set)?.elements;
        let index = self.index.as_ref().and_then(|index| index.sets.get(table.index())?.get(set.index())?.as_ref());
        match index {
            Some(index) => index.find(elements, key, types),
            None => find(elements, key, types),
        }
    }

    /// Base chains of tables that are awake.
    fn bases(&self) -> Vec<(NftTableId, ChainId)> {
        let mut all = Vec::new();
        for (id, table) in self.tables.entries().filter(|(_, table)| !table.dormant) {
            let chains = table.chains.entries().filter(|(_, chain)| chain.base.is_some());
            all.extend(chains.map(|(chain, _)| (id, chain)));
        }
        all
    }

    /// Base chains of tables that are awake, in order of creation.
    fn awake(&self) -> Vec<(NftTableId, ChainId, &Base)> {
        let bases = self.index.as_ref().map_or_else(|| self.bases(), |index| index.bases.clone());
        let base = |(table, chain)| {
            let base = self.table(table)?.chain(chain)?.base.as_ref()?;
            Some((table, chain, base))
        };
        bases.into_iter().filter_map(base).collect()
    }

    /// A table by id.
    pub fn table(&self, id: NftTableId) -> Option<&Table> {
        self.tables.get(id)
    }

    /// Base chains that `hook` calls, in order of creation.
    pub fn base_chains(&self, hook: Hook) -> Vec<(NftTableId, ChainId, &Base)> {
        let mut all = self.awake();
        all.retain(|(_, _, base)| base.hook == BaseHook::Ip(hook));
        all
    }

    /// True when some base chain translates addresses.
    pub fn has_nat(&self) -> bool {
        match &self.index {
            Some(index) => index.has_nat,
            None => self.awake().iter().any(|(_, _, base)| base.kind == ChainKind::Nat),
        }
    }

    /// A table by family and name.
    pub fn find(&self, family: Family, name: &str) -> Option<NftTableId> {
        self.tables.position(|table| table.family == family && &*table.name == name)
    }
}
