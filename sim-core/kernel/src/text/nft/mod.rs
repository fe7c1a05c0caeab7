//! The text of `nft list`: [`read`] and [`mod@write`].

pub mod read;
pub mod write;
