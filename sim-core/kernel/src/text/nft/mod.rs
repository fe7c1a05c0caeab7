//! The text of `nft list`: [`read`] and [`write`].

pub mod read;
pub mod write;
