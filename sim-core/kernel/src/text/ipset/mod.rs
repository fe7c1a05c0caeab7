//! The text of `ipset save`: [`read`] and [`write`].

pub mod read;
pub mod write;
