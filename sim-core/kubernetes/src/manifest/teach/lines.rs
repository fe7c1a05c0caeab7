//! Lines of a text and their indentation.

use crate::manifest::mend::Change;
use std::ops::Range;

/// Start of the line that holds `at`.
pub(in crate::manifest) fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

/// Column of `at` in bytes, from 0.
pub(in crate::manifest) fn column(text: &str, at: usize) -> usize {
    at - line_start(text, at)
}

/// True when nothing but blanks stands before `at` on its line.
pub(in crate::manifest) fn is_first(text: &str, at: usize) -> bool {
    text[line_start(text, at)..at].bytes().all(|byte| byte == b' ')
}

/// Changes that move the lines behind the first of `range` by `by` columns.
pub(in crate::manifest) fn shift(text: &str, range: Range<usize>, by: isize) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut at = range.start;
    for (index, line) in text[range].split_inclusive('\n').enumerate() {
        if index > 0 && !line.trim().is_empty() {
            let own = line.len() - line.trim_start_matches(' ').len();
            let wanted = own.saturating_add_signed(by);
            if wanted != own {
                changes.push(Change::new(at..at + own, " ".repeat(wanted)));
            }
        }
        at += line.len();
    }
    changes
}

/// The text of `range` with the lines behind the first moved by `by` columns.
pub(in crate::manifest) fn shifted(text: &str, range: Range<usize>, by: isize) -> String {
    let mut moved = text[range.clone()].to_owned();
    for change in shift(text, range.clone(), by).into_iter().rev() {
        moved.replace_range(change.range.start - range.start..change.range.end - range.start, &change.text);
    }
    moved
}
