//! nftables state: tables, sets, chains and rules as `nft list ruleset` shows them.

use super::data::DataType;
use super::expr::Statement;
use super::family::{BaseHook, ChainKind, Family};
use super::set::Set;
use crate::config::shared::Shared;
use crate::config::terms::Policy;
use crate::ids::{Arena, CauseId, ChainId, SetId};
use std::sync::Arc;

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
    pub sets: Arena<SetId, Set>,
    /// Flow tables as listed.
    pub flowtables: Vec<Arc<str>>,
    /// Chains; index is [`ChainId`].
    pub chains: Arena<ChainId, Chain>,
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
            sets: Arena::default(),
            flowtables: Vec::new(),
            chains: Arena::default(),
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
        self.chains.get(id)
    }

    /// A chain by name.
    pub fn find_chain(&self, name: &str) -> Option<ChainId> {
        self.chains.position(|chain| &*chain.name == name)
    }

    /// A set by id.
    pub fn set(&self, id: SetId) -> Option<&Set> {
        self.sets.get(id)
    }

    /// A set by name.
    pub fn find_set(&self, name: &str) -> Option<SetId> {
        self.sets.position(|set| &*set.name == name)
    }

    /// Adds a chain and returns its id.
    pub fn add_chain(&mut self, chain: Chain) -> ChainId {
        self.chains.push(chain)
    }

    /// Adds a set and returns its id.
    pub fn add_set(&mut self, set: Set) -> SetId {
        self.sets.push(set)
    }

    /// Appends a rule.
    pub fn append(&mut self, chain: ChainId, rule: Rule) {
        if let Some(chain) = self.chains.get_mut(chain) {
            // Most chains of a large cluster have two rules, so room for four would be half wasted.
            if chain.rules.len() == chain.rules.capacity() {
                let more = chain.rules.len().max(2);
                chain.rules.reserve_exact(more);
            }
            chain.rules.push(rule);
        }
    }
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
    pub rules: Shared<Rule>,
    /// Who made it.
    pub cause: CauseId,
}

impl Chain {
    /// An empty chain.
    pub fn new(name: &str, base: Option<Base>, cause: CauseId) -> Self {
        Self { name: Arc::from(name), base, comment: None, rules: Shared::default(), cause }
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
