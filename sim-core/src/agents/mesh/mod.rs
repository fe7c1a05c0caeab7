//! Meshes: rules in a Pod by which its traffic comes to the proxy beside it, or to one on its node.
//!
//! The rules are those that Istio's own tools write: sidecars by iptables and by nftables, ambient mode by iptables; and
//! Linkerd's, by iptables.

pub mod ambient;
pub mod command;
pub mod iptables;
pub mod linkerd;
pub mod nft;
mod sidecar;

pub(crate) use sidecar::Sidecars;
