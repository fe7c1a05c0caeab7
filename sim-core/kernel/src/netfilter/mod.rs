//! Netfilter: hooks, xtables and nftables rules, connection tracking and NAT.

pub mod conntrack;
mod matches;
pub(crate) mod nat;
pub mod nft;
pub(crate) mod tables;
pub mod xtables;

use nft::NftTableId;
use std::fmt;
use xtables::TableName;

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

/// The five netfilter hooks of a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hook {
    /// After a device handed the packet to IP, before routing.
    Prerouting,
    /// Routed to this host.
    Input,
    /// Routed onward.
    Forward,
    /// Made by this host.
    Output,
    /// About to leave.
    Postrouting,
}

impl fmt::Display for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Prerouting => "PREROUTING",
            Self::Input => "INPUT",
            Self::Forward => "FORWARD",
            Self::Output => "OUTPUT",
            Self::Postrouting => "POSTROUTING",
        })
    }
}
