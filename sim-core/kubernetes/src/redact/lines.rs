//! Documents that are no YAML, line by line: what a field holds is told by how far its lines stand to the right. Overwrites more than it
//! has to.

use super::mask::Masks;
use super::{loose, names};
use std::ops::Range;

/// What a document in brackets names where something delicate may be in it.
const DELICATE: [&str; 15] = [
    "Secret",
    "ConfigMap",
    "stringData",
    "last-applied",
    "managedFields",
    "\"env\"",
    "environment",
    "\"Env\"",
    "\"args\"",
    "\"Args\"",
    "\"Cmd\"",
    "\"Labels\"",
    "\"command\"",
    "annotations",
    "literals",
];
/// Fields of a Secret that tell nothing.
const OPEN: [&str; 12] = [
    "apiVersion",
    "kind",
    "metadata",
    "name",
    "namespace",
    "labels",
    "type",
    "immutable",
    "items",
    "data",
    "stringData",
    "annotations",
];

/// True for a document that may hold something delicate.
pub(super) fn is_delicate(text: &str) -> bool {
    DELICATE.iter().any(|word| text.contains(word))
}

fn is_of_kind(text: &str, kind: &str) -> bool {
    text.match_indices("kind").any(|(at, _)| {
        let rest = text[at + 4..].trim_start_matches(['"', '\'', ' ', '\t']);
        rest.strip_prefix(':').is_some_and(|rest| {
            let rest = rest.trim_start_matches(['"', '\'', ' ', '\t']);
            rest.strip_prefix(kind).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
        })
    })
}

/// Lines that belong to a field whose content goes.
struct Region {
    /// Where the field stands.
    indent: usize,
    /// Where its own keys stand; what stands deeper has none that may stay.
    keys: Option<usize>,
    keeps_keys: bool,
    /// Brackets that are open.
    depth: i32,
    /// A quoted text that is not closed.
    quote: Option<char>,
}

impl Region {
    /// Counts what a stretch opens and closes.
    fn count(&mut self, text: &str) {
        let mut before = ' ';
        for c in text.chars() {
            match (self.quote, c) {
                (Some(quote), c) if c == quote && before != '\\' => self.quote = None,
                (Some(_), _) => {}
                (None, '"' | '\'') if before.is_whitespace() || "[{,:=".contains(before) => self.quote = Some(c),
                (None, '{' | '[') => self.depth += 1,
                (None, '}' | ']') => self.depth -= 1,
                (None, _) => {}
            }
            before = c;
        }
    }
}

/// A line's field: where its name begins, the name, and where what stands behind it begins.
fn field(line: &str) -> Option<(usize, &str, usize)> {
    let mut at = line.len() - line.trim_start_matches([' ', '\t']).len();
    while let Some(rest) = line[at..].strip_prefix("- ") {
        at = line.len() - rest.trim_start_matches([' ', '\t']).len();
    }
    let rest = &line[at..];
    let (name, behind) = match rest.chars().next()? {
        quote @ ('"' | '\'') => {
            let end = rest[1..].find(quote)? + 1;
            let behind = rest[end + 1..].trim_start_matches([' ', '\t']);
            (&rest[1..end], behind.strip_prefix(':')?)
        }
        _ => {
            let colon = rest
                .match_indices(':')
                .map(|(at, _)| at)
                .find(|at| rest[at + 1..].chars().next().is_none_or(char::is_whitespace))?;
            (rest[..colon].trim_end(), &rest[colon + 1..])
        }
    };
    (!name.contains([' ', '\t'])).then(|| (at, name, line.len() - behind.len()))
}

/// Marks what is delicate in `range` of `text`. In what is `broken` every `value` goes, since nothing says whose it is.
pub(super) fn scan(text: &str, range: Range<usize>, broken: bool, masks: &mut Masks) {
    let Some(part) = text.get(range.clone()) else { return };
    let (secret, config) = (is_of_kind(part, "Secret"), is_of_kind(part, "ConfigMap"));
    // Other objects in the same text have fields of any name.
    let only_secret = secret && part.matches("kind").count() == 1;
    let mut region: Option<Region> = None;
    let mut named = false;
    let mut start = range.start;
    for line in part.split_inclusive('\n') {
        let (at, content) = (start, line.trim_end());
        start += line.len();
        let indent = content.len() - content.trim_start_matches([' ', '\t']).len();
        if content.trim().is_empty() {
            continue;
        }
        if let Some(open) = &mut region {
            let dash = content[indent..].starts_with("- ") && indent == open.indent;
            if indent > open.indent || dash || open.depth > 0 || open.quote.is_some() {
                let fresh = open.depth == 0 && open.quote.is_none();
                let own = *open.keys.get_or_insert(indent);
                let keyed = field(content).filter(|_| fresh && open.keeps_keys && indent <= own);
                let from = keyed.map_or(indent, |(_, _, behind)| behind);
                open.count(&content[from..]);
                value(text, at + from..at + content.len(), masks);
                continue;
            }
            region = None;
        }
        if content.trim_start().starts_with('#') {
            continue;
        }
        let Some((field_at, name, behind)) = field(content) else {
            if only_secret && !content.starts_with("---") {
                masks.all(at + indent..at + content.len());
            }
            continue;
        };
        let data = matches!(name, "data" | "stringData" | "binaryData") && (secret || config);
        let other =
            matches!(name, "managedFields" | "env" | "environment" | "literals") || name.contains("last-applied");
        // What is listed stands as far to the right as the list's own dash.
        let closed = Region { indent: field_at, keys: None, keeps_keys: true, depth: 0, quote: None };
        if data || (other && (broken || name.contains("last-applied") || name == "managedFields")) {
            let env = matches!(name, "env" | "environment");
            let mut open = Region { keeps_keys: data || env, ..closed };
            open.count(&content[behind..]);
            value(text, at + behind..at + content.len(), masks);
            // Names of variables are asked for; what they hold goes line by line.
            if !env || name == "environment" || open.depth > 0 || open.quote.is_some() {
                region = Some(open);
            }
            named = false;
        } else if names::is_field(name)
            || (name == "value" && (broken || named))
            || (only_secret && !OPEN.contains(&name))
        {
            let mut open = Region { keeps_keys: false, ..closed };
            open.count(&content[behind..]);
            let held = content[behind..].trim();
            if !held.is_empty() && !names::is_reference(held) {
                value(text, at + behind..at + content.len(), masks);
                region = Some(open);
            }
        } else if name == "name" {
            named = names::is_variable(content[behind..].trim().trim_matches(['"', '\'']));
        }
    }
    loose::scan(text, range, masks);
}

/// What stands behind a colon, without the blank before it, and the sign of a block that begins there.
fn value(text: &str, range: Range<usize>, masks: &mut Masks) {
    let Some(part) = text.get(range.clone()) else { return };
    let held = part.trim_start();
    let start = range.end - held.len();
    if held.is_empty() || (held.starts_with(['|', '>']) && held.len() <= 3) {
        return;
    }
    masks.all(start..range.end);
}

/// Marks comments in `range` of `text`: what stands behind a `#` in none of the `scalars`, which are in order.
pub(super) fn comments(text: &str, range: Range<usize>, scalars: &[Range<usize>], masks: &mut Masks) {
    let Some(part) = text.get(range.clone()) else { return };
    let mut start = range.start;
    for line in part.split_inclusive('\n') {
        let (from, content) = (start, line.trim_end());
        start += line.len();
        for (at, _) in content.match_indices('#') {
            let alone = content[..at].chars().next_back().is_none_or(char::is_whitespace);
            let here = from + at;
            let next = scalars.partition_point(|scalar| scalar.end <= here);
            let inside = scalars.get(next).is_some_and(|scalar| scalar.start <= here);
            if alone && !inside {
                masks.all(here + 1..from + content.len());
                break;
            }
        }
    }
}
