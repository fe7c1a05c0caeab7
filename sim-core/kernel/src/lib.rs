//! The Linux kernel's network state and its behaviour towards one packet. Nothing in here knows who wrote the state or why: every piece
//! carries a [`ids::CauseId`] that its writer can look up.
//!
//! - [`packet`]: headers, tunnelled packets, field changes.
//! - [`state`]: configuration before the first packet, written with [`build`]; a [`network::Network`] holds it frozen, each part built when it is first looked at.
//! - [`live`]: what packets leave behind: conntrack entries, learned neighbours and forwarding entries, open connections.
//! - [`walk`]: what one packet meets on its way, in order; the result of [`step::walk`].
//! - [`step`]: the interpreter; [`exchange`] follows one request and every answer to it.
//! - [`netfilter`]: hooks, tables, connection tracking, NAT.
//! - [`text`]: what the Linux tools print of it, and read.

pub mod build;
pub mod exchange;
pub mod ids;
pub mod ipset;
pub mod live;
mod neigh;
pub mod netfilter;
pub mod network;
pub mod packet;
pub mod route;
mod rules;
pub mod socket;
pub mod state;
pub mod step;
pub mod text;
mod tunnel;
pub mod walk;

pub use rules::AnyRule;

#[cfg(test)]
mod tests;
