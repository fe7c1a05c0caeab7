//! Netfilter: rules of both engines as they meet a packet, connection tracking and NAT.

pub mod conntrack;
mod frame;
mod ipset;
pub(crate) mod nat;
pub(crate) mod nft;
pub(crate) mod verdict;
pub(crate) mod xtables;
