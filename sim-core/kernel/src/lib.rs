//! The Linux kernel's network state and its behaviour towards one packet. Nothing in here knows who wrote the state or why: every piece
//! carries a [`ids::CauseId`] that its writer can look up.
//!
//! From the ground up; each imports only what stands above it in this list:
//!
//! - [`ids`]: identities of everything a walk can name.
//! - [`packet`]: headers, tunnelled packets, field changes.
//! - [`config`]: what is frozen before the first packet: namespaces, devices, addresses, routes, rules, sysctls, sockets.
//! - [`state`]: what packets leave behind: conntrack entries, learned neighbours and forwarding entries, open connections.
//! - [`walk`]: what one packet meets on its way, in order; the result of [`step::walk`].
//! - [`lookup`]: routes, neighbours, the other ends of tunnels.
//! - [`netfilter`]: rules of both engines as they meet a packet, connection tracking, NAT.
//! - [`socket`]: both ends of a packet's way.
//! - [`step`]: the interpreter; [`exchange`] follows one request and every answer to it.
//! - [`text`]: what the Linux tools print of it, and read.

pub mod config;
pub mod exchange;
pub mod ids;
pub mod lookup;
pub mod netfilter;
pub mod packet;
pub mod socket;
pub mod state;
pub mod step;
pub mod text;
pub mod walk;

#[cfg(test)]
mod tests;
