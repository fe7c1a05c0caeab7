//! What is overwritten, and how.

use std::ops::Range;

/// A text without what was delicate in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redacted {
    /// The text: as many lines, and each of as many characters as before.
    pub text: String,
    /// Places that were overwritten.
    pub count: usize,
}

/// What stands where something was.
const OVER: char = 'x';
/// What stands where a digit was, in numbers that stay numbers.
const DIGIT: char = '1';

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    /// Everything but white space at the ends of lines.
    All,
    /// Digits: what is a number stays one.
    Digits,
    /// Blanks: nothing is left.
    Blank,
    /// All but brackets, quotes and what separates.
    Seal,
}

/// The stretches that are overwritten.
#[derive(Debug, Default)]
pub(super) struct Masks {
    found: Vec<(Range<usize>, Way)>,
}

impl Masks {
    /// Everything.
    pub(super) fn all(&mut self, range: Range<usize>) {
        self.add(range, Way::All);
    }

    /// A number.
    pub(super) fn number(&mut self, range: Range<usize>) {
        self.add(range, Way::Digits);
    }

    /// A field whose value goes.
    pub(super) fn blank(&mut self, range: Range<usize>) {
        self.add(range, Way::Blank);
    }

    /// A document in brackets.
    pub(super) fn seal(&mut self, range: Range<usize>) {
        self.add(range, Way::Seal);
    }

    fn add(&mut self, range: Range<usize>, way: Way) {
        if !range.is_empty() {
            self.found.push((range, way));
        }
    }

    /// The text with all of it overwritten.
    pub(super) fn apply(mut self, text: &str) -> Redacted {
        self.found.sort_by_key(|(range, way)| (range.start, std::cmp::Reverse(range.end), *way));
        let mut redacted = Redacted { text: String::with_capacity(text.len()), count: 0 };
        let mut at = 0;
        for (range, way) in self.found {
            // What a longer stretch covered is done; the rest of one that overlaps is not.
            let (start, end) = (range.start.max(at), range.end.min(text.len()));
            if start >= end {
                continue;
            }
            let (Some(before), Some(inside)) = (text.get(at..start), text.get(start..end)) else { continue };
            redacted.text.push_str(before);
            let over = over(inside, way, start == range.start && is_line_start(text, start));
            redacted.count += usize::from(over != inside);
            redacted.text.push_str(&over);
            at = end;
        }
        redacted.text.push_str(text.get(at..).unwrap_or_default());
        redacted
    }
}

fn is_line_start(text: &str, at: usize) -> bool {
    at == 0 || text.as_bytes().get(at - 1) == Some(&b'\n')
}

fn over(text: &str, way: Way, line_start: bool) -> String {
    let mut over = String::with_capacity(text.len());
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let content = line.trim_end_matches(['\n', '\r', ' ', '\t']);
        let indent =
            if number > 0 || line_start { content.len() - content.trim_start_matches([' ', '\t']).len() } else { 0 };
        over.push_str(&content[..indent]);
        over.extend(content[indent..].chars().map(|c| match way {
            Way::All => OVER,
            Way::Digits if c.is_ascii_digit() => DIGIT,
            Way::Digits => c,
            Way::Blank => ' ',
            Way::Seal if c.is_ascii_whitespace() || "{}[]\",:\\".contains(c) => c,
            Way::Seal => OVER,
        }));
        over.push_str(&line[content.len()..]);
    }
    over
}
