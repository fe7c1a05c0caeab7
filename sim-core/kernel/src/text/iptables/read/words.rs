//! A line as words: separated by blanks, quoted by `"` with `\` before what is meant literally.

use super::error::{SaveErrorKind, Wrong};
use std::borrow::Cow;
use std::sync::Arc;

/// One word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::text) struct Word<'t> {
    /// Without quotes.
    pub(in crate::text) text: Cow<'t, str>,
    /// A quotation is a value, never an option.
    pub(in crate::text) quoted: bool,
    /// First byte in the line.
    pub(in crate::text) start: usize,
    /// Byte after the last.
    pub(in crate::text) end: usize,
}

impl Word<'_> {
    /// Reads as `text`, unquoted.
    pub(in crate::text) fn is(&self, text: &str) -> bool {
        !self.quoted && self.text == text
    }

    /// May be an option.
    pub(in crate::text) fn is_option(&self) -> bool {
        !self.quoted && self.text.starts_with('-') && self.text.len() > 1
    }
}

/// Splits a line as `iptables-restore` does: a closing quote ends a word.
pub(in crate::text) fn split(line: &str) -> Result<Vec<Word<'_>>, Wrong> {
    let mut words = Vec::new();
    let mut text = String::new();
    let mut start = None;
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        if quote.is_some() {
            match c {
                _ if escaped => {
                    escaped = false;
                    text.push(c);
                }
                '\\' => escaped = true,
                '"' => {
                    quote = None;
                    let text = Cow::Owned(std::mem::take(&mut text));
                    words.push(Word { text, quoted: true, start: start.take().unwrap_or(at), end: at + 1 });
                }
                _ => text.push(c),
            }
            continue;
        }
        match c {
            '"' => {
                quote = Some(at);
                start.get_or_insert(at);
            }
            ' ' | '\t' | '\r' => {
                if let Some(start) = start.take() {
                    text.clear();
                    words.push(word(line, start, at));
                }
            }
            _ => {
                start.get_or_insert(at);
                text.push(c);
            }
        }
    }
    if let Some(at) = quote {
        return Err((at, SaveErrorKind::OpenQuote));
    }
    if let Some(start) = start {
        words.push(word(line, start, line.len()));
    }
    Ok(words)
}

/// Splits a line at its blanks, as `iptables-restore` does where a chain is declared: quotes are part of the name.
pub(in crate::text) fn plain(line: &str) -> Vec<Word<'_>> {
    let at = |part: &str| part.as_ptr() as usize - line.as_ptr() as usize;
    let parts = line.split([' ', '\t', '\r']).filter(|part| !part.is_empty());
    parts.map(|part| word(line, at(part), at(part) + part.len())).collect()
}

fn word(line: &str, start: usize, end: usize) -> Word<'_> {
    Word { text: Cow::Borrowed(line.get(start..end).unwrap_or_default()), quoted: false, start, end }
}

/// A word by itself, for errors.
pub(in crate::text) fn text(word: &Word<'_>) -> Arc<str> {
    Arc::from(&*word.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: &[(&str, bool)]) {
        let words = split(line).unwrap();
        let have: Vec<(&str, bool)> = words.iter().map(|word| (&*word.text, word.quoted)).collect();
        assert_eq!(have, expected, "{line}");
        for word in &words {
            assert!(word.start < word.end && word.end <= line.len());
        }
    }

    #[test]
    fn words_are_those_of_the_restore_tool() {
        check("", &[]);
        check(" -A  INPUT\t-j ACCEPT ", &[("-A", false), ("INPUT", false), ("-j", false), ("ACCEPT", false)]);
        check(r#"--comment "it's \"x\" \\ y" -j"#, &[("--comment", false), (r#"it's "x" \ y"#, true), ("-j", false)]);
        check(r#"--comment "" x"#, &[("--comment", false), ("", true), ("x", false)]);
        check(r#"foo"bar baz""#, &[("foobar baz", true)]);
        check(r#""a"b"#, &[("a", true), ("b", false)]);
        check("ü \"ö é\"", &[("ü", false), ("ö é", true)]);
        assert_eq!(split("a \"b"), Err((2, SaveErrorKind::OpenQuote)));
        assert_eq!(split("\"b\\\""), Err((0, SaveErrorKind::OpenQuote)));
    }
}
