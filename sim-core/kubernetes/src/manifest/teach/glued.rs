//! `name:web` without the space behind the colon, where YAML sees text or a key.

use super::lines;
use super::page::Page;
use crate::diagnostic::codes;
use crate::manifest::mend::{Change, Lesson};
use crate::text::tree::{NodeId, Value, here};
use std::ops::Range;

/// Looks at what has to be a mapping.
pub(super) fn mapping(page: &mut Page<'_, '_>, node: NodeId) {
    match &page.tree.node(node).value {
        Value::Text(_) => {
            let start = page.start(node);
            let written = page.written(node);
            let mut at = start;
            let mut found = Vec::new();
            for line in written.split_inclusive('\n') {
                let first = at + line.len() - line.trim_start().len();
                let shown = line.trim();
                let change = match (colon(shown), apart(shown)) {
                    (Some(colon), _) => Change::insert(first + colon + 1, " "),
                    (None, Some(gap)) => Change::new(first + gap.start..first + gap.end, ": "),
                    (None, None) => return,
                };
                found.push((first, first + shown.len(), change));
                at += line.len();
            }
            for (start, end, change) in found {
                tell(page, start, end, change);
            }
        }
        Value::Map(_) => {
            for (key, value) in page.entries(node) {
                let plain = page.tree.node(*value).value == Value::Null && page.written(*value).is_empty();
                if let Some(colon) = colon(page.written(*key)).filter(|_| plain) {
                    let (start, end) = (page.start(*key), page.end(*key));
                    tell(page, start, end, Change::insert(start + colon + 1, " "));
                }
            }
        }
        _ => {}
    }
}

fn tell(page: &mut Page<'_, '_>, start: usize, end: usize, change: Change) {
    let found = codes::YAML_MISSING_COLON.at(here(start as u32, end as u32)).hint(codes::HINT_KEY_COLON_SPACE);
    page.tell(Lesson { found, changes: vec![change] });
}

/// Looks at what has to be a list: `-port: 80` is a key to YAML.
pub(super) fn list(page: &mut Page<'_, '_>, node: NodeId) {
    if page.in_brackets(node) {
        return;
    }
    for (key, value) in page.entries(node) {
        let start = page.start(*key);
        let name = page.written(*key);
        let glued = name.strip_prefix('-').is_some_and(|rest| rest.starts_with(char::is_alphabetic));
        if glued && lines::is_first(page.text, start) {
            let found = codes::YAML_DASH_SPACE.at(here(start as u32, page.end(*value) as u32));
            let found = found.hint(codes::HINT_DASH_SPACE);
            page.tell(Lesson { found, changes: vec![Change::insert(start + 1, " ")] });
        }
    }
}

/// What stands between `port` and `80` in `port 80` or `port = 80`.
fn apart(line: &str) -> Option<Range<usize>> {
    let word = line.len() - line.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "_-./".contains(c)).len();
    let gap = line[word..].len() - line[word..].trim_start_matches([' ', '=', ':']).len();
    let value = &line[word + gap..];
    let good = line.starts_with(|c: char| c.is_ascii_alphabetic()) && gap > 0 && !value.is_empty();
    (good && !value.contains(' ')).then_some(word..word + gap)
}

/// Where the colon of `word:value` stands.
fn colon(line: &str) -> Option<usize> {
    let colon = line.find(':')?;
    let word = line.get(..colon)?;
    let good = word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.chars().all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c));
    let value = line.get(colon + 1..)?;
    (good && !value.is_empty() && !value.starts_with([' ', ':', '/'])).then_some(colon)
}
