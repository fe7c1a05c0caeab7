//! Where documents and the items of lists begin and end: what is shown of one never shows another.

use std::ops::Range;

/// Of one text, the places where objects begin and end, items of lists among them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Borders {
    starts: Vec<u32>,
    ends: Vec<u32>,
}

impl Borders {
    /// Adds what is read as one object.
    pub(crate) fn add(&mut self, start: u32, end: u32) {
        self.starts.push(start);
        self.ends.push(end.max(start));
    }

    /// Puts them in order, behind the last [`Self::add`].
    pub(crate) fn order(&mut self) {
        for list in [&mut self.starts, &mut self.ends] {
            list.sort_unstable();
            list.dedup();
            list.shrink_to_fit();
        }
    }

    /// The last border of a list at or before a place, and the first behind it.
    fn around(list: &[u32], at: usize) -> (Option<usize>, Option<usize>) {
        let behind = list.partition_point(|border| *border as usize <= at);
        let before = behind.checked_sub(1).and_then(|index| list.get(index));
        (before.map(|border| *border as usize), list.get(behind).map(|border| *border as usize))
    }

    /// What may be shown with byte `at` of `text`: the object it stands in without those inside of it, at most from one `---` to the next;
    /// outside of all objects what lies between them.
    pub(crate) fn part(&self, text: &str, at: usize) -> Range<usize> {
        let at = text.floor_char_boundary(at);
        let (last_start, next_start) = Self::around(&self.starts, at);
        let (last_end, next_end) = Self::around(&self.ends, at);
        let (before, behind) = (last_start.max(last_end), next_start.into_iter().chain(next_end).min());
        // No object spans a separator: one that is nearer than the border is the border.
        let top = separator_before(text, before.unwrap_or(0), at);
        let bottom = separator_behind(text, at, behind.unwrap_or(text.len()));
        if (top.is_some() || before.is_none()) && (bottom.is_some() || behind.is_none()) {
            return unread(text, top.unwrap_or(0)..bottom.unwrap_or(text.len()), at);
        }
        let within = last_start.is_some() && last_start >= last_end;
        let start = match (top, before) {
            (Some(top), _) => top,
            (None, Some(low)) if within => self.first_of(text, low),
            (None, Some(low)) => self.first_behind(text, low, at),
            (None, None) => 0,
        };
        let end = match (bottom, behind) {
            (Some(bottom), _) => bottom,
            (None, Some(high)) if next_start == Some(high) => before_item(text, high, at),
            (None, Some(high)) => self.last_of(text, high),
            (None, None) => text.len(),
        };
        start..end.max(start)
    }

    /// Where an object that begins at `low` is shown from: with the margin of its line, and all that its document has above it if that
    /// is nobody else's.
    fn first_of(&self, text: &str, low: usize) -> usize {
        let above = Self::before(&self.starts, low).max(Self::before(&self.ends, low));
        match (separator_before(text, above.unwrap_or(0), low), above) {
            (Some(top), _) => return top,
            (None, None) => return 0,
            (None, Some(_)) => {}
        }
        let line = line_around(text, low);
        if is_margin(text, line.start..low) { line.start } else { low }
    }

    /// Where what follows an object that ends at `low` is shown from: what stands behind it on its last line belongs to it.
    fn first_behind(&self, text: &str, low: usize, at: usize) -> usize {
        let end = line_around(text, low).end;
        if at > end && !is_in(&self.starts, low, end) { end + 1 } else { low }
    }

    /// How far an object that ends at `high` is shown: with the rest of its line if no other begins there, and all that its document has
    /// below it if that is nobody else's.
    fn last_of(&self, text: &str, high: usize) -> usize {
        let line = line_around(text, high);
        if is_in(&self.starts, high, line.end + 1) {
            return high;
        }
        let below = Self::around(&self.starts, high).1.into_iter().chain(Self::around(&self.ends, high).1).min();
        match (separator_behind(text, high, below.unwrap_or(text.len())), below) {
            (Some(bottom), _) => bottom,
            (None, None) => text.len(),
            (None, Some(_)) if high > line.start => line.end,
            (None, Some(_)) => high,
        }
    }

    /// The last of a list before a place.
    fn before(list: &[u32], at: usize) -> Option<usize> {
        let index = list.partition_point(|border| (*border as usize) < at);
        index.checked_sub(1).and_then(|index| list.get(index)).map(|border| *border as usize)
    }
}

/// How far what stands before an object that begins at `high` is shown: not the margin of its line.
fn before_item(text: &str, high: usize, at: usize) -> usize {
    let line = line_around(text, high);
    // What stands on the line of a separator is the document behind it.
    if at >= line.start && is_separator(text.get(line.clone()).unwrap_or_default()) {
        return line.end;
    }
    if at < line.start && is_margin(text, line.start..high) { line.start } else { high }
}

/// True where nothing but blanks and the dashes of lists stands.
fn is_margin(text: &str, range: Range<usize>) -> bool {
    text.as_bytes().get(range).unwrap_or_default().iter().all(|byte| byte.is_ascii_whitespace() || *byte == b'-')
}

/// True when one of the list is in `from..to`.
fn is_in(list: &[u32], from: usize, to: usize) -> bool {
    let index = list.partition_point(|border| (*border as usize) < from);
    list.get(index).is_some_and(|border| (*border as usize) < to)
}

/// The line that holds byte `at`, without its break.
fn line_around(text: &str, at: usize) -> Range<usize> {
    let bytes = text.as_bytes();
    let at = at.min(bytes.len());
    let is_break = |byte: &u8| *byte == b'\n';
    let start = bytes[..at].iter().rposition(is_break).map_or(0, |newline| newline + 1);
    let end = bytes[at..].iter().position(is_break).map_or(bytes.len(), |newline| at + newline);
    start..end
}

/// Where what the last separator between `from` and `at` begins: behind its line, or on it where `at` is there too.
fn separator_before(text: &str, from: usize, at: usize) -> Option<usize> {
    let line = line_around(text, at);
    let is = |start: usize| text.as_bytes().get(start..).is_some_and(|rest| rest.starts_with(b"---"));
    if line.start >= from && is(line.start) {
        return Some(line.start);
    }
    let found = text.get(from..line.start).and_then(|between| between.rfind("\n---"));
    let separator = match found {
        Some(newline) => from + newline + 1,
        None if from == 0 && is(0) => 0,
        None => return None,
    };
    Some((line_around(text, separator).end + 1).min(text.len()))
}

/// Where the next separator begins behind the line of `at`, before `to`.
fn separator_behind(text: &str, at: usize, to: usize) -> Option<usize> {
    text.get(at..to)?.find("\n---").map(|newline| at + newline + 1)
}

/// Bytes around a place that are looked through for lines that begin an item.
const WINDOW: usize = 64 << 10;

/// The same in a document in which nothing was read as an object: from one line that begins an item to the next.
fn unread(text: &str, document: Range<usize>, at: usize) -> Range<usize> {
    let first = text.ceil_char_boundary(document.start.max(at.saturating_sub(WINDOW)));
    let last = text.floor_char_boundary(document.end.min(at + WINDOW)).max(first);
    let whole = text.get(first..last).unwrap_or_default();
    // How deep a place in JSON lies cannot be told from its lines: of a list its line alone is shown.
    let head = text.get(document.clone()).unwrap_or_default().trim_start();
    if head.starts_with(['{', '[']) && whole.contains("\"items\"") {
        return line_around(text, at);
    }
    let (mut start, mut end, mut from) = (document.start, document.end, first);
    for line in whole.split_inclusive('\n') {
        if begins_item(line) && from <= at {
            start = from;
        } else if begins_item(line) {
            end = from;
            break;
        }
        from += line.len();
    }
    start..end
}

/// True for a line that begins an object in a list.
pub(crate) fn begins_item(line: &str) -> bool {
    let line = line.trim();
    let Some(item) = line.strip_prefix("- ") else { return line == "-" };
    let key = item.trim_start().split([':', ' ']).next().unwrap_or_default().trim_matches(['"', '\'']);
    ["apiVersion", "kind", "metadata"].contains(&key)
}

/// True for a line that parts documents.
pub(crate) fn is_separator(line: &str) -> bool {
    line.starts_with("---")
}
