//! Reading on as if a mistake were mended, so that one run tells all mistakes of a document.
//!
//! A mistake of which it is plain what was meant is a [`Lesson`]: a finding with the edits that make it right. The edits are
//! applied to a copy of the text, and the copy is what is read: a patch that is shown has therefore been tried.

mod candidates;
mod change;
mod syntax;

pub(super) use change::{Change, Lesson, Mended};
pub(super) use syntax::{Work, syntax};

#[cfg(test)]
mod tests;
