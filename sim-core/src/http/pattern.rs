//! Patterns that come with the input, read within bounds: how long one is, what it takes, how many are read for one decision, and how many steps back
//! one may take.

use fancy_regex::{Regex, RegexBuilder};
use std::cell::Cell;

/// Steps back that a pattern may take: one that takes more matches nothing, as with an error of the proxy.
const BACKTRACKS: usize = 100_000;
/// Bytes that a pattern may take.
const SIZE: usize = 1 << 17;
/// Bytes of its text.
const TEXT: usize = 1_024;
/// Patterns that one decision reads at most: those behind match nothing.
const MOST: u32 = 1_000;

/// The patterns of one decision.
pub(crate) struct Patterns {
    left: Cell<u32>,
}

impl Default for Patterns {
    fn default() -> Self {
        Self { left: Cell::new(MOST) }
    }
}

impl Patterns {
    /// Reads one as PCRE does; `None` for one that it refuses, that is too large, or of which there are too many.
    pub(super) fn read(&self, text: &str, any_case: bool) -> Option<Regex> {
        let left = self.left.get().checked_sub(1).filter(|_| text.len() <= TEXT)?;
        self.left.set(left);
        let text = if any_case { format!("(?i){text}") } else { text.to_owned() };
        RegexBuilder::new(&text).backtrack_limit(BACKTRACKS).delegate_size_limit(SIZE).build().ok()
    }

    /// Whether a pattern is found in a text.
    pub(super) fn finds(&self, pattern: &str, any_case: bool, text: &str) -> bool {
        self.read(pattern, any_case).is_some_and(|pattern| pattern.is_match(text).unwrap_or(false))
    }

    /// Whether a pattern takes the whole text.
    pub(super) fn fits(&self, pattern: &str, text: &str) -> bool {
        self.finds(&format!("^(?:{pattern})$"), false, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_large_too_long_or_too_many_matches_nothing() {
        let patterns = Patterns::default();
        assert!(patterns.fits("a+(?!b)", "aa") && patterns.finds("B", true, "abc"));
        assert!(!patterns.fits("(((a{100}){100}){100}){100}", "a"), "its size");
        assert!(!patterns.finds(&"a".repeat(2_000), false, &"a".repeat(2_000)), "its length");
        assert!(!patterns.fits("(a+)+\\1c", &"a".repeat(60)), "steps back");
        for _ in 0..MOST {
            patterns.finds("a", false, "a");
        }
        assert!(!patterns.finds("a", false, "a"), "how many");
    }
}
