//! A change of one stretch of text.

use crate::origin::Span;
use std::sync::Arc;

/// Replaces a stretch of one text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edit {
    /// The bytes to replace, on character boundaries; an empty span inserts before its start.
    pub span: Span,
    /// What stands there afterwards.
    pub text: Arc<str>,
}
