//! From byte offsets to what people see: lines, columns, excerpts.

use super::SourceText;
use super::span::{Location, Span};
use std::ops::Range;
use std::sync::Arc;

/// Where the lines of one text begin.
#[derive(Clone, Debug, Default)]
pub(super) struct Lines {
    /// Byte offset of each line's first byte; the first is 0 (behind a byte order mark).
    starts: Vec<u32>,
}

impl Lines {
    pub(super) fn of(text: &str) -> Self {
        let first = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() as u32 } else { 0 };
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at as u32 + 1);
        Self { starts: std::iter::once(first).chain(breaks).collect() }
    }

    /// Index from 0 of the line that holds byte `at`.
    fn line_of(&self, at: u32) -> usize {
        self.starts.partition_point(|start| *start <= at).saturating_sub(1)
    }

    /// The bytes of line `index` without its line break.
    fn bytes_of(&self, text: &str, index: usize) -> Range<usize> {
        let start = self.starts.get(index).map_or(text.len(), |start| *start as usize);
        let end = self.starts.get(index + 1).map_or(text.len(), |next| *next as usize - 1);
        let end = if end > start && text.as_bytes().get(end - 1) == Some(&b'\r') { end - 1 } else { end };
        start.min(text.len())..end.max(start).min(text.len())
    }
}

/// Some lines of a text with a stretch of it marked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// Name of the text.
    pub file: Arc<str>,
    /// Consecutive lines; at least one.
    pub lines: Vec<SnippetLine>,
}

/// One line of a [`Snippet`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnippetLine {
    /// Line number, from 1.
    pub number: u32,
    /// The line without its line break.
    pub text: String,
    /// The marked bytes of `text` (on character boundaries); empty ranges mark the point before that byte.
    pub marked: Option<Range<usize>>,
}

/// Most lines of the span itself that a [`Snippet`] shows: its beginning, when it is longer.
const SPAN_LINES: usize = 40;

pub(super) fn locate(source: &SourceText, lines: &Lines, span: Span) -> Location {
    let line = lines.line_of(span.start);
    let start = lines.starts.get(line).map_or(0, |start| *start as usize);
    let before = source.text.get(start..span.start as usize).unwrap_or_default();
    let column = before.chars().count() as u32 + 1;
    Location { file: Arc::clone(&source.name), line: line as u32 + 1, column }
}

pub(super) fn snippet(source: &SourceText, lines: &Lines, span: Span, context: usize) -> Snippet {
    let (start, end) = (span.start as usize, (span.end as usize).min(source.text.len()));
    let first = lines.line_of(span.start);
    let last = lines.line_of((end as u32).saturating_sub(1).max(span.start)).min(first + SPAN_LINES - 1);
    let from = first.saturating_sub(context);
    let to = (last + context).min(lines.starts.len().saturating_sub(1));
    let line = |index: usize| {
        let bytes = lines.bytes_of(&source.text, index);
        let text = source.text.get(bytes.clone()).unwrap_or_default();
        let marked = (first..=last).contains(&index).then(|| {
            let within = |at: usize| at.clamp(bytes.start, bytes.end) - bytes.start;
            // Continuation lines are marked from their first visible character on.
            let indent = if index > first { text.len() - text.trim_start().len() } else { 0 };
            within(start).max(indent)..within(end).max(indent)
        });
        SnippetLine { number: index as u32 + 1, text: text.to_owned(), marked }
    };
    Snippet { file: Arc::clone(&source.name), lines: (from..=to).map(line).collect() }
}
