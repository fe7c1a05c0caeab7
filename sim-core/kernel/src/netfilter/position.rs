//! How far a packet is in a chain, for both engines.

use crate::ids::{ChainId, RuleId};
use crate::walk::{FailedMatch, Skipped};

/// A chain being walked.
pub(super) struct ChainPosition {
    pub(super) chain: ChainId,
    /// The rule to look at next.
    pub(super) next: RuleId,
    /// Rules passed over since the last match.
    pub(super) skipped: Vec<Skipped>,
}

impl ChainPosition {
    /// At the chain's first rule.
    pub(super) fn at(chain: ChainId) -> Self {
        Self { chain, next: RuleId(0), skipped: Vec::new() }
    }

    /// Passes over rules that all failed alike, up to `to`.
    pub(super) fn skip_to(&mut self, to: RuleId, failed: FailedMatch) {
        self.skip(to.0 - self.next.0, failed);
        self.next = to;
    }

    /// Passes over so many rules that all failed alike.
    pub(super) fn skip(&mut self, count: u32, failed: FailedMatch) {
        match self.skipped.last_mut() {
            Some(run) if run.failed == failed => run.count += count,
            _ => self.skipped.push(Skipped { count, failed }),
        }
    }
}
