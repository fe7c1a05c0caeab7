//! Kernel-style text, read: what [`crate::print`] writes, and what people write by hand.

pub mod ipset;
pub mod iptables;
pub mod nft;
