//! `nft list ruleset` text, and files for `nft -f`, to a [`Ruleset`].
//!
//! Text is untrusted: its size, the number of its parts and its nesting are limited ([`NftLimits`]), and every error carries its place.
//! A rule that is not understood is kept as text from the first statement that is not.

mod block;
mod element;
mod error;
mod expr;
mod lex;
mod scope;
mod set;
mod statement;
mod value;

pub use error::{Expected, NftError, NftErrorKind, NftLimits, Source};

use crate::config::nft::Ruleset;
use crate::ids::CauseId;

/// Reads a rule set. Everything in it gets `cause`.
///
/// # Errors
/// The first [`NftError`] found.
pub fn parse(text: &str, source: Source, cause: CauseId, limits: &NftLimits) -> Result<Ruleset, NftError> {
    let tokens = lex::tokens(text, limits)?;
    block::RulesetReader::new(text, &tokens, source, cause).read()
}
