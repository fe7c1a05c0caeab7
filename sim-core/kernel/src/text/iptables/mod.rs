//! The text of `iptables-save`: [`read`] and [`mod@write`].

pub mod read;
pub mod write;
