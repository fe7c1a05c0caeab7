//! The text of `iptables-save`: [`read`] and [`write`].

pub mod read;
pub mod write;
