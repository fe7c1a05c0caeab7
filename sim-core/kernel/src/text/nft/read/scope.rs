//! What names in a rule stand for, and why one is not read.

use super::error::{NftError, NftErrorKind, Source};
use crate::config::nft::Family;
use crate::ids::{CauseId, ChainId, SetId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What names in a rule stand for.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) chains: &'a BTreeMap<Arc<str>, ChainId>,
    pub(super) sets: &'a BTreeMap<Arc<str>, SetId>,
    pub(super) family: Family,
    pub(super) source: Source,
    pub(super) cause: CauseId,
}

/// Why a statement was not read.
#[derive(Debug)]
pub(super) enum Fail {
    /// It may well be right, but is not known here: kept as text.
    NotUnderstood,
    /// No kernel would load it.
    Wrong(NftError),
}

/// Only names that are not there are wrong for sure.
pub(super) fn not_understood(error: NftError) -> Fail {
    match error.kind {
        NftErrorKind::UnknownChain(_) | NftErrorKind::UnknownSet(_) => Fail::Wrong(error),
        _ => Fail::NotUnderstood,
    }
}
