//! The Linux kernel's network state and its behaviour.
//!
//! - [`state`]: configuration before the first packet, frozen in a [`state::Network`] by [`build`].
//! - [`live`]: what packets leave behind: conntrack entries, learned neighbours and forwarding entries, open connections.
//! - [`walk`]: what one packet meets on its way, in order; the result of [`step::walk`].
//! - [`step`]: the interpreter; [`exchange`] follows one request and every answer to it.
//! - [`netfilter`]: hooks, tables, connection tracking, NAT.

pub mod build;
pub mod exchange;
pub mod ipset;
pub mod live;
mod neigh;
pub mod netfilter;
pub mod route;
mod rules;
pub mod socket;
pub mod state;
pub mod step;
mod tunnel;
pub mod walk;

pub use rules::AnyRule;

#[cfg(test)]
mod tests;
