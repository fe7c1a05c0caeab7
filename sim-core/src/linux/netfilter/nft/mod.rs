//! nftables state: tables, chains and rules as `nft list ruleset` shows them.

use super::Hook;
use super::xtables::Policy;
use crate::cause::CauseId;
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

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ip => "ip",
            Self::Ip6 => "ip6",
            Self::Inet => "inet",
            Self::Arp => "arp",
            Self::Bridge => "bridge",
            Self::Netdev => "netdev",
        })
    }
}

/// All nftables tables of one namespace, in order of creation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ruleset {
    /// Tables; index is [`NftTableId`].
    pub tables: Vec<Table>,
}

impl Ruleset {
    /// A table by id.
    pub fn table(&self, id: NftTableId) -> Option<&Table> {
        self.tables.get(id.0 as usize)
    }
}

/// One table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Family.
    pub family: Family,
    /// Name.
    pub name: Arc<str>,
    /// Chains, in order of creation; index is [`super::xtables::ChainId`].
    pub chains: Vec<Chain>,
    /// Who made it.
    pub cause: CauseId,
}

/// One chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Name.
    pub name: Arc<str>,
    /// Hook and policy of a base chain.
    pub base: Option<(Hook, Policy)>,
    /// Rules, in order.
    pub rules: Vec<Rule>,
    /// Who made it.
    pub cause: CauseId,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The rule as `nft list ruleset` prints it.
    pub text: Arc<str>,
    /// Who wrote it, for what.
    pub cause: CauseId,
}
