//! nftables rules as `nft list ruleset` shows them: tables, sets, chains and rules.

mod check;
pub mod data;
pub mod expr;
mod family;
mod index;
mod ruleset;
pub mod set;
pub(crate) mod set_index;
mod table;

pub use family::{BaseHook, ChainKind, Family};
pub use ruleset::Ruleset;
pub use table::{Base, Chain, Rule, Table};
