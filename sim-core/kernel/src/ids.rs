//! Identities of everything that a walk can name, and of the reasons that state carries. Each is an index: of what, and in what, its type says.

use std::fmt;

/// Why a piece of state exists: a number that whoever wrote the state can look up. The kernel only carries it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CauseId(pub u32);

/// Which process has a socket: a number that whoever opened the socket can look up. The kernel only carries it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProcessId(pub u32);

/// Index of a namespace in its [`Network`](crate::config::Network).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NetnsId(pub u32);

/// Index of a device inside its namespace. The kernel's `ifindex` is this plus one; `lo` is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub u32);

/// Index of a listening socket inside its namespace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocketId(pub u32);

/// A device in a namespace, addressed across the whole network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkRef {
    /// The namespace.
    pub netns: NetnsId,
    /// The device in it.
    pub link: LinkId,
}

/// Index of a chain inside its table, of either engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChainId(pub u32);

/// Index of a table inside its [`Ruleset`](crate::config::nft::Ruleset).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NftTableId(pub u32);

/// Index of a set or map inside its table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SetId(pub u32);

/// Index of an element inside its nftables set or map, named or anonymous.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ElementId(pub u32);

/// The five tables, in kernel priority order (raw −300, mangle −150, nat −100/100, filter 0, security 50).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TableName {
    /// `raw`.
    Raw,
    /// `mangle`.
    Mangle,
    /// `nat`.
    Nat,
    /// `filter`.
    Filter,
    /// `security`.
    Security,
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Raw => "raw",
            Self::Mangle => "mangle",
            Self::Nat => "nat",
            Self::Filter => "filter",
            Self::Security => "security",
        })
    }
}

/// A table of either rule engine, inside its namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TableRef {
    /// An xtables (iptables) table.
    Xtables(TableName),
    /// An nftables table.
    Nft(NftTableId),
}

impl From<TableName> for TableRef {
    fn from(name: TableName) -> Self {
        Self::Xtables(name)
    }
}

/// A rule, addressed inside its namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleRef {
    /// Table.
    pub table: TableRef,
    /// Chain.
    pub chain: ChainId,
    /// Index in the chain, from 0. `iptables -L --line-numbers` shows this plus one.
    pub index: u32,
}

/// Index of a conntrack entry inside its namespace's table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CtId(pub u32);

/// Index into [`KernelState::connections`](crate::state::KernelState::connections).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u32);
