//! Reading what Linux tools print.

pub mod nft;
