//! The text of `ipset save`: [`read`] and [`mod@write`].

pub mod read;
pub mod write;
