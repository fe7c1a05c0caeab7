//! From byte offsets to what people see: lines, columns, excerpts.

use super::{Location, SourceText, Span, decode};
use std::ops::Range;
use std::sync::Arc;

/// Where the lines of one text begin.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lines {
    /// Byte offset of each line's first byte; the first is 0 (behind a byte order mark).
    starts: Vec<u32>,
    /// Characters before each block of [`BLOCK`] bytes: lines may be as long as the text.
    characters: Vec<u32>,
    /// Every character is one byte.
    ascii: bool,
}

const BLOCK: usize = 512;

/// Characters that begin in these bytes.
fn characters(bytes: &[u8]) -> u32 {
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count() as u32
}

impl Lines {
    pub(crate) fn of(text: &str) -> Self {
        let first = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() as u32 } else { 0 };
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at as u32 + 1);
        let blocks = text.as_bytes().chunks(BLOCK).scan(0, |sum, block| {
            let before = *sum;
            *sum += characters(block);
            Some(before)
        });
        let starts = std::iter::once(first).chain(breaks).collect();
        Self { starts, characters: blocks.collect(), ascii: text.is_ascii() }
    }

    /// Characters that begin before byte `at`.
    fn characters_before(&self, text: &str, at: usize) -> u32 {
        if self.ascii {
            return at.min(text.len()) as u32;
        }
        let block = at / BLOCK;
        let rest = text.as_bytes().get(block * BLOCK..at.min(text.len())).unwrap_or_default();
        let total = || characters(text.as_bytes());
        self.characters.get(block).map_or_else(total, |before| before + characters(rest))
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

/// One line of a [`Snippet`]; long ones are cut to the part around the mark, with `…` where they were cut.
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

pub(crate) fn locate(source: &SourceText, lines: &Lines, span: Span) -> Location {
    let line = lines.line_of(span.start);
    let start = lines.starts.get(line).map_or(0, |start| *start as usize);
    let before = |at| lines.characters_before(&source.text, at);
    let column = before(span.start as usize).saturating_sub(before(start)) + 1;
    Location { file: Arc::clone(&source.name), line: line as u32 + 1, column }
}

/// The lines of a span and `context` around it, nothing outside of `part`.
pub(crate) fn snippet(source: &SourceText, lines: &Lines, span: Span, context: usize, part: &Range<usize>) -> Snippet {
    let (start, end) = (span.start as usize, (span.end as usize).min(source.text.len()));
    let first = lines.line_of(span.start);
    let last = lines.line_of((end as u32).saturating_sub(1).max(span.start)).min(first + SPAN_LINES - 1);
    let from = first.saturating_sub(context);
    let to = (last + context).min(lines.starts.len().saturating_sub(1));
    let line = |index: usize| {
        let whole = lines.bytes_of(&source.text, index);
        let within = |at: usize| at.clamp(part.start, part.end.max(part.start));
        let bytes = within(whole.start)..within(whole.end);
        // A line is shown if all of it may be, or what may be of it is not blank.
        let text = source.text.get(bytes.clone()).unwrap_or_default();
        let behind_all = whole.is_empty() && index + 1 == lines.starts.len();
        if index != first && (behind_all || bytes != whole) && text.trim().is_empty() {
            return None;
        }
        let marked = (first..=last).contains(&index).then(|| {
            let within = |at: usize| at.clamp(bytes.start, bytes.end) - bytes.start;
            // Continuation lines are marked from their first visible character on.
            let indent = if index > first { text.len() - text.trim_start().len() } else { 0 };
            within(start).max(indent)..within(end).max(indent)
        });
        Some(cut(index as u32 + 1, text, marked))
    };
    Snippet { file: Arc::clone(&source.name), lines: (from..=to).filter_map(line).collect() }
}

/// The byte at a place, as [`locate`] told it; behind the line's end that end. `None` where there is no such line.
pub(crate) fn byte_of(source: &SourceText, lines: &Lines, line: u32, column: u32) -> Option<usize> {
    let index = (line as usize).checked_sub(1).filter(|index| *index < lines.starts.len())?;
    let bytes = lines.bytes_of(&source.text, index);
    let text = source.text.get(bytes.clone())?;
    let within = text.char_indices().nth((column as usize).saturating_sub(1)).map_or(text.len(), |(at, _)| at);
    Some(bytes.start + within)
}

/// Most bytes of a line that are shown.
const LINE_BYTES: usize = 400;

fn cut(number: u32, text: &str, marked: Option<Range<usize>>) -> SnippetLine {
    let text = &*decode::shown(text);
    if text.len() <= LINE_BYTES {
        return SnippetLine { number, text: text.to_owned(), marked };
    }
    let start = marked.as_ref().map_or(0, |marked| marked.start);
    let from = text.floor_char_boundary(start.saturating_sub(LINE_BYTES / 4));
    let to = text.floor_char_boundary((from + LINE_BYTES).min(text.len()));
    let before = if from > 0 { "…" } else { "" };
    let after = if to < text.len() { "…" } else { "" };
    let within = |at: usize| at.clamp(from, to) - from + before.len();
    let marked = marked.map(|marked| within(marked.start)..within(marked.end));
    SnippetLine { number, text: format!("{before}{}{after}", &text[from..to]), marked }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::SourceId;
    use rstest::rstest;

    fn source(text: &str) -> SourceText {
        SourceText::given("t", text)
    }

    #[rstest]
    #[case("", 0, "t:1:1")]
    #[case("ab\ncd", 1, "t:1:2")]
    #[case("ab\ncd", 3, "t:2:1")]
    #[case("ab\ncd", 5, "t:2:3")]
    #[case("ab\n", 3, "t:2:1")]
    #[case("é한b", 5, "t:1:3")]
    #[case("\u{feff}ab", 4, "t:1:2")]
    #[case("a\r\nb", 3, "t:2:1")]
    fn places(#[case] text: &str, #[case] at: u32, #[case] expected: &str) {
        let span = Span { source: SourceId(0), start: at, end: at };
        assert_eq!(locate(&source(text), &Lines::of(text), span).to_string(), expected);
    }

    #[test]
    fn columns_of_long_lines_are_counted_in_characters() {
        let text = "한".repeat(5000);
        let lines = Lines::of(&text);
        for at in [0, 1, 170, 171, 341, 342, 4999, 5000] {
            let span = Span { source: SourceId(0), start: at * 3, end: at * 3 };
            assert_eq!(locate(&source(&text), &lines, span).column, at + 1);
        }
    }

    #[test]
    fn long_lines_are_cut_around_the_mark() {
        let text = format!("{}KEY{}", "한".repeat(5000), "é".repeat(5000));
        let span = Span { source: SourceId(0), start: 15_000, end: 15_003 };
        let snippet = snippet(&source(&text), &Lines::of(&text), span, 3, &(0..text.len()));
        assert_eq!(snippet.lines.len(), 1);
        let line = &snippet.lines[0];
        assert_eq!(&line.text[line.marked.clone().unwrap()], "KEY");
        assert!(line.text.starts_with("…한") && line.text.ends_with("é…") && line.text.len() < 420, "{}", line.text);
    }
}
