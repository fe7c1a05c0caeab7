//! nftables state: tables, sets, chains and rules as `nft list ruleset` shows them.

mod check;
pub mod data;
pub(crate) mod eval;
pub mod expr;
mod index;
pub mod set;
mod value;

use super::Hook;
use super::xtables::{ChainId, Policy};
use crate::ids::CauseId;
use data::{DataType, Datum};
use expr::Statement;
use index::ChainIndex;
use set::{Element, Set, SetId, SetIndex};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Index of a table inside its [`Ruleset`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NftTableId(pub u32);

/// Address family of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// `ip`: IPv4.
    Ip,
    /// `ip6`: IPv6.
    Ip6,
    /// `inet`: IPv4 and IPv6.
    Inet,
    /// `arp`.
    Arp,
    /// `bridge`.
    Bridge,
    /// `netdev`.
    Netdev,
}

impl Family {
    /// All, with their names.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Ip, "ip"),
        (Self::Ip6, "ip6"),
        (Self::Inet, "inet"),
        (Self::Arp, "arp"),
        (Self::Bridge, "bridge"),
        (Self::Netdev, "netdev"),
    ];

    /// Priorities with a name in this family at `hook`.
    pub fn priorities(self, hook: BaseHook) -> &'static [(i32, &'static str)] {
        match (self, hook) {
            (Self::Bridge, BaseHook::Ip(Hook::Prerouting)) => &[(-300, "dstnat"), (-200, "filter")],
            (Self::Bridge, BaseHook::Ip(Hook::Output)) => &[(-200, "filter"), (100, "out")],
            (Self::Bridge, BaseHook::Ip(Hook::Postrouting)) => &[(-200, "filter"), (300, "srcnat")],
            (Self::Bridge, _) => &[(-200, "filter")],
            (Self::Arp | Self::Netdev, _) | (_, BaseHook::Ingress | BaseHook::Egress) => &[(0, "filter")],
            (_, BaseHook::Ip(Hook::Prerouting)) => {
                &[(-300, "raw"), (-150, "mangle"), (-100, "dstnat"), (0, "filter"), (50, "security")]
            }
            (_, BaseHook::Ip(Hook::Postrouting)) => {
                &[(-300, "raw"), (-150, "mangle"), (0, "filter"), (50, "security"), (100, "srcnat")]
            }
            _ => &[(-300, "raw"), (-150, "mangle"), (0, "filter"), (50, "security")],
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Self::ALL.iter().find(|(family, _)| family == self).map_or("", |(_, name)| name))
    }
}

/// All nftables tables of one namespace, in order of creation.
#[derive(Clone, Debug, Default)]
pub struct Ruleset {
    /// Tables; index is [`NftTableId`].
    pub tables: Vec<Table>,
    /// What hooks ask for, once nothing changes any more.
    index: Option<Index>,
}

impl PartialEq for Ruleset {
    fn eq(&self, other: &Self) -> bool {
        self.tables == other.tables
    }
}

impl Eq for Ruleset {}

/// What hooks would otherwise look for in every chain.
#[derive(Clone, Debug)]
struct Index {
    bases: Vec<(NftTableId, ChainId)>,
    needs_tracking: bool,
    has_nat: bool,
    /// By table and set; the short ones have none.
    sets: Vec<Vec<Option<SetIndex>>>,
    /// By table: the long chains.
    chains: Vec<BTreeMap<ChainId, ChainIndex>>,
}

impl Ruleset {
    /// A rule set of these tables.
    pub fn new(tables: Vec<Table>) -> Self {
        Self { tables, index: None }
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
    fn chain_index(&self, table: NftTableId, chain: ChainId) -> Option<&ChainIndex> {
        self.index.as_ref()?.chains.get(table.0 as usize)?.get(&chain)
    }

    /// Forgets what was remembered: lookups look at everything again.
    #[cfg(test)]
    pub(crate) fn thaw(&mut self) {
        self.index = None;
    }

    /// The element of a named set that a key hits, with its index.
    pub(crate) fn element(
        &self,
        table: NftTableId,
        set: SetId,
        key: &[Datum],
        types: &[DataType],
    ) -> Option<(u32, &Element)> {
        let elements = &self.table(table)?.set(set)?.elements;
        let index =
            self.index.as_ref().and_then(|index| index.sets.get(table.0 as usize)?.get(set.0 as usize)?.as_ref());
        match index {
            Some(index) => index.find(elements, key, types),
            None => set::find(elements, key, types),
        }
    }

    /// Base chains of tables that are awake.
    fn bases(&self) -> Vec<(NftTableId, ChainId)> {
        let mut all = Vec::new();
        for (table_index, table) in self.tables.iter().enumerate().filter(|(_, table)| !table.dormant) {
            let chains = table.chains.iter().enumerate().filter(|(_, chain)| chain.base.is_some());
            all.extend(chains.map(|(index, _)| (NftTableId(table_index as u32), ChainId(index as u32))));
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
        self.tables.get(id.0 as usize)
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
        let at = self.tables.iter().position(|table| table.family == family && &*table.name == name)?;
        Some(NftTableId(at as u32))
    }
}

/// One table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Family.
    pub family: Family,
    /// Name.
    pub name: Arc<str>,
    /// `flags dormant`: its chains are not called.
    pub dormant: bool,
    /// Comment.
    pub comment: Option<Arc<str>>,
    /// Named counters, quotas … as listed, without the outer indentation.
    pub objects: Vec<Arc<str>>,
    /// Sets and maps; index is [`SetId`].
    pub sets: Vec<Set>,
    /// Flow tables as listed.
    pub flowtables: Vec<Arc<str>>,
    /// Chains; index is [`ChainId`].
    pub chains: Vec<Chain>,
    /// Who made it.
    pub cause: CauseId,
}

impl Table {
    /// An empty table.
    pub fn new(family: Family, name: &str, cause: CauseId) -> Self {
        Self {
            family,
            name: Arc::from(name),
            dormant: false,
            comment: None,
            objects: Vec::new(),
            sets: Vec::new(),
            flowtables: Vec::new(),
            chains: Vec::new(),
            cause,
        }
    }

    /// Type of the addresses its packets have, where nothing else says so.
    pub fn address_type(&self) -> DataType {
        match self.family {
            Family::Ip6 => DataType::Ipv6Addr,
            _ => DataType::Ipv4Addr,
        }
    }

    /// A chain by id.
    pub fn chain(&self, id: ChainId) -> Option<&Chain> {
        self.chains.get(id.0 as usize)
    }

    /// A chain by name.
    pub fn find_chain(&self, name: &str) -> Option<ChainId> {
        self.chains.iter().position(|chain| &*chain.name == name).map(|at| ChainId(at as u32))
    }

    /// A set by id.
    pub fn set(&self, id: SetId) -> Option<&Set> {
        self.sets.get(id.0 as usize)
    }

    /// A set by name.
    pub fn find_set(&self, name: &str) -> Option<SetId> {
        self.sets.iter().position(|set| &*set.name == name).map(|at| SetId(at as u32))
    }

    /// Adds a chain and returns its id.
    pub fn add_chain(&mut self, chain: Chain) -> ChainId {
        self.chains.push(chain);
        ChainId(self.chains.len() as u32 - 1)
    }

    /// Adds a set and returns its id.
    pub fn add_set(&mut self, set: Set) -> SetId {
        self.sets.push(set);
        SetId(self.sets.len() as u32 - 1)
    }

    /// Appends a rule.
    pub fn append(&mut self, chain: ChainId, rule: Rule) {
        if let Some(chain) = self.chains.get_mut(chain.0 as usize) {
            // Most chains of a large cluster have two rules, so room for four would be half wasted.
            if chain.rules.len() == chain.rules.capacity() {
                chain.rules.reserve_exact(chain.rules.len().max(2));
            }
            chain.rules.push(rule);
        }
    }
}

/// What calls a base chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BaseHook {
    /// One of the five hooks.
    Ip(Hook),
    /// `ingress` of a device.
    Ingress,
    /// `egress` of a device.
    Egress,
}

impl BaseHook {
    /// All, with their names.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::Ip(Hook::Prerouting), "prerouting"),
        (Self::Ip(Hook::Input), "input"),
        (Self::Ip(Hook::Forward), "forward"),
        (Self::Ip(Hook::Output), "output"),
        (Self::Ip(Hook::Postrouting), "postrouting"),
        (Self::Ingress, "ingress"),
        (Self::Egress, "egress"),
    ];
}

/// Type of a base chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChainKind {
    /// `filter`.
    Filter,
    /// `nat`: only for a connection's first packet.
    Nat,
    /// `route`: a changed packet is routed again.
    Route,
}

impl ChainKind {
    /// All, with their names.
    pub const ALL: [(Self, &'static str); 3] = [(Self::Filter, "filter"), (Self::Nat, "nat"), (Self::Route, "route")];
}

/// What makes a chain a base chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// Type.
    pub kind: ChainKind,
    /// Hook.
    pub hook: BaseHook,
    /// Device of `ingress` and `egress`.
    pub device: Option<Arc<str>>,
    /// Priority; lower first.
    pub priority: i32,
    /// What happens at its end.
    pub policy: Policy,
}

/// One chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Name.
    pub name: Arc<str>,
    /// What calls it; `None` for chains that only rules lead to.
    pub base: Option<Base>,
    /// Comment.
    pub comment: Option<Arc<str>>,
    /// Rules, in order.
    pub rules: Vec<Rule>,
    /// Who made it.
    pub cause: CauseId,
}

impl Chain {
    /// An empty chain.
    pub fn new(name: &str, base: Option<Base>, cause: CauseId) -> Self {
        Self { name: Arc::from(name), base, comment: None, rules: Vec::new(), cause }
    }
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What it does, in order.
    pub statements: Vec<Statement>,
    /// Comment.
    pub comment: Option<Arc<str>>,
    /// How the listing it was read from wrote it, where the tool's own notation differs (rules of another tool).
    pub written: Option<Arc<str>>,
    /// Who wrote it, for what.
    pub cause: CauseId,
}

impl Rule {
    /// A rule without a comment.
    pub fn new(statements: Vec<Statement>, cause: CauseId) -> Self {
        Self { statements, comment: None, written: None, cause }
    }
}
