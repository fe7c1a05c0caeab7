//! Identities of everything that a walk can name, and of the reasons that state carries. Each is an index: of what, and in what, its type says.
//!
//! ```
//! use kernel::ids::{Arena, LinkId};
//!
//! let mut links: Arena<LinkId, &str> = Arena::default();
//! let lo = links.push("lo");
//! let eth0 = links.push("eth0");
//! assert_eq!((lo, links.get(eth0)), (LinkId(0), Some(&"eth0")));
//! assert_eq!(links.position(|name| *name == "eth0"), Some(eth0));
//! ```

mod arena;

pub use arena::{Arena, Id};

use std::fmt;

/// Numbers that are ids.
macro_rules! ids {
    ($($(#[$doc:meta])* pub struct $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// The id of what is at `index`, from 0.
            pub const fn at(index: usize) -> Self {
                Self(index as u32)
            }

            /// Where it is, from 0.
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl Id for $name {
            fn at(index: usize) -> Self {
                Self::at(index)
            }

            fn index(self) -> usize {
                self.index()
            }
        }
    )*};
}

ids! {
    /// Why a piece of state exists: a number that whoever wrote the state can look up. The kernel only carries it.
    pub struct CauseId;

    /// Which process has a socket: a number that whoever opened the socket can look up. The kernel only carries it.
    pub struct ProcessId;

    /// Index of a namespace in its [`Network`](crate::config::Network).
    pub struct NetnsId;

    /// Index of a device inside its namespace. The kernel's `ifindex` is this plus one; `lo` is 0.
    pub struct LinkId;

    /// Index of a route inside its namespace, whichever table it is in.
    pub struct RouteId;

    /// Index of a listening socket inside its namespace.
    pub struct SocketId;

    /// Index of a chain inside its table, of either engine.
    pub struct ChainId;

    /// Index of a rule inside its chain.
    pub struct RuleId;

    /// Index of a part of a rule: of a match (xtables), or of a statement (nftables).
    pub struct PartId;

    /// Index of a table inside its [`Ruleset`](crate::config::nft::Ruleset).
    pub struct NftTableId;

    /// Index of a set or map inside its table.
    pub struct SetId;

    /// Index of an element inside its nftables set or map, named or anonymous.
    pub struct ElementId;

    /// Index of a conntrack entry inside its namespace's table.
    pub struct CtId;

    /// Index into [`KernelState::connections`](crate::state::KernelState::connections).
    pub struct ConnectionId;
}

impl RuleId {
    /// As people count, from 1: what `iptables -L --line-numbers` shows.
    pub fn number(self) -> u32 {
        self.0 + 1
    }
}

/// A device in a namespace, addressed across the whole network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkRef {
    /// The namespace.
    pub netns: NetnsId,
    /// The device in it.
    pub link: LinkId,
}

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
    /// The rule in it.
    pub id: RuleId,
}
