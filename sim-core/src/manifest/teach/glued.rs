//! `name:web` without the space behind the colon, where YAML sees text or a key.

use super::Page;
use crate::diagnostic::codes::{self, CodeInfo};
use crate::manifest::mend::{Change, Lesson};
use crate::manifest::tree::{NodeId, Value, here};

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
                let Some(colon) = colon(line.trim()) else { return };
                found.push((first, first + line.trim().len(), first + colon + 1));
                at += line.len();
            }
            for (start, end, behind) in found {
                tell(page, start, end, behind, codes::YAML_MISSING_COLON);
            }
        }
        Value::Map(_) => {
            for (key, value) in page.entries(node) {
                let plain = page.tree.node(*value).value == Value::Null && page.written(*value).is_empty();
                if let Some(colon) = colon(page.written(*key)).filter(|_| plain) {
                    let (start, end) = (page.start(*key), page.end(*key));
                    tell(page, start, end, start + colon + 1, codes::YAML_MISSING_COLON);
                }
            }
        }
        _ => {}
    }
}

fn tell(page: &mut Page<'_, '_>, start: usize, end: usize, behind: usize, code: CodeInfo) {
    let found = code.at(here(start as u32, end as u32)).hint(codes::HINT_KEY_COLON_SPACE);
    page.tell(Lesson { found, changes: vec![Change::insert(behind, " ")] });
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
