//! Where the documents of a text begin, as kubectl finds them: at lines that begin with `---`, whatever stands around.

use super::tree::here;
use crate::origin::Span;
use std::ops::Range;

/// The part of a text that holds one document.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Chunk {
    /// Bytes of the text.
    pub(crate) range: Range<usize>,
    /// The line before it, where it begins as a separator does and is none: kubectl stops there.
    pub(crate) bad: Option<BadSeparator>,
}

/// A line such as `--- name: a` or `-----`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadSeparator {
    /// The line, in bytes of the text.
    pub(crate) line: Span,
    /// What stands behind the dashes, where it can begin a document; else the line holds nothing that could be meant.
    pub(crate) rest: Option<usize>,
}

/// All documents from byte `from` on, which begins a line.
pub(crate) fn split(text: &str, from: usize) -> Split<'_> {
    Split { text, next: Some(first_line(text, from).unwrap_or((from, None))) }
}

pub(crate) struct Split<'t> {
    text: &'t str,
    next: Option<(usize, Option<BadSeparator>)>,
}

impl Iterator for Split<'_> {
    type Item = Chunk;

    fn next(&mut self) -> Option<Chunk> {
        let (start, bad) = self.next.take()?;
        // A chunk that begins with its separator ends at the next one.
        let search = start + if self.text[start..].starts_with("---") { 3 } else { 0 };
        let Some(found) = self.text[search..].find("\n---") else {
            return Some(Chunk { range: start..self.text.len(), bad });
        };
        let line = search + found + 1;
        let behind = line + 3;
        let end = self.text[behind..].find('\n').map_or(self.text.len(), |newline| behind + newline);
        let rest = self.text[behind..end].trim();
        self.next =
            Some(if rest.is_empty() || rest.starts_with('#') { (line, None) } else { bad_line(self.text, line, end) });
        Some(Chunk { range: start..line, bad })
    }
}

/// Where reading begins, if the first line is a bad separator.
fn first_line(text: &str, from: usize) -> Option<(usize, Option<BadSeparator>)> {
    let behind = from + 3;
    if !text[from..].starts_with("---") {
        return None;
    }
    let end = text[behind..].find('\n').map_or(text.len(), |newline| behind + newline);
    let rest = text[behind..end].trim();
    (!rest.is_empty() && !rest.starts_with('#')).then(|| bad_line(text, from, end))
}

/// Where reading goes on behind the bad separator from `line` to `end`.
fn bad_line(text: &str, line: usize, end: usize) -> (usize, Option<BadSeparator>) {
    let shown = line + text[line..end].trim_end().len();
    let content = text[line..end].trim_start_matches('-');
    let content_at = end - content.len();
    let useful = !content.trim().is_empty() && content.starts_with([' ', '\t']);
    let rest = useful.then(|| content_at + content.len() - content.trim_start().len());
    let bad = BadSeparator { line: here(line as u32, shown as u32), rest };
    (rest.unwrap_or_else(|| (end + 1).min(text.len())), Some(bad))
}

/// The directive (`%YAML 1.2`) in a chunk that holds nothing else: kubectl cuts it off the document it stands before, and
/// refuses it.
pub(crate) fn directive(text: &str, range: &Range<usize>) -> Option<Span> {
    let mut at = range.start;
    let mut found = None;
    for line in text.get(range.clone())?.split_inclusive('\n') {
        let shown = line.trim_end();
        if shown.starts_with('%') {
            found = found.or(Some(here(at as u32, (at + shown.len()) as u32)));
        } else if !shown.is_empty() && !shown.starts_with('#') && !shown.starts_with("---") {
            return None;
        }
        at += line.len();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let chunks: Vec<_> = split(text, 0)
            .map(|chunk| format!("{}{}", if chunk.bad.is_some() { "!" } else { "" }, &text[chunk.range]))
            .collect();
        assert_eq!(chunks, expected, "of {text:?}");
    }

    #[test]
    fn documents() {
        check("", &[""]);
        check("a", &["a"]);
        check("a\n---\nb\n", &["a\n", "---\nb\n"]);
        check("---\na\n--- # x\nb", &["---\na\n", "--- # x\nb"]);
        check("---\n---\r\na", &["---\n", "---\r\na"]);
        check("a\n ---\nb", &["a\n ---\nb"]);
        check("a\n--- b: 1\nc: 2", &["a\n", "!b: 1\nc: 2"]);
        check("a\n-----\nb", &["a\n", "!b"]);
        check("-----\nb", &["!b"]);
        check("a\n---b", &["a\n", "!"]);
        check("a\n----- x -----\nb", &["a\n", "!x -----\nb"]);
    }
}
