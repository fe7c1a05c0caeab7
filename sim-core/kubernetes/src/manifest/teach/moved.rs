//! Fields that stand under another key than they belong to, and without which the object is refused.

use super::lines;
use super::page::Page;
use crate::diagnostic::codes;
use crate::manifest::mend::{Change, Lesson};
use crate::text::tree::{NodeId, Value, here};

/// Where a field may stand by mistake, its name, and where it belongs.
pub(super) type Move = (&'static [&'static str], &'static str, &'static [&'static str]);

/// Of a Service.
pub(super) const SERVICE: &[Move] = &[
    (&["metadata"], "spec", &[]),
    (&[], "ports", &["spec"]),
    (&["metadata"], "ports", &["spec"]),
    (&["spec", "selector"], "ports", &["spec"]),
    (&[], "name", &["metadata"]),
    (&["spec"], "name", &["metadata"]),
];

/// Of a Pod.
pub(super) const POD: &[Move] = &[
    (&["metadata"], "spec", &[]),
    (&[], "containers", &["spec"]),
    (&["metadata"], "containers", &["spec"]),
    (&[], "name", &["metadata"]),
    (&["spec"], "name", &["metadata"]),
];

/// Of what has a template directly under `spec`.
pub(super) const WORKLOAD: &[Move] = &[
    (&["metadata"], "spec", &[]),
    (&[], "template", &["spec"]),
    (&[], "selector", &["spec"]),
    (&["metadata"], "template", &["spec"]),
    (&["metadata"], "selector", &["spec"]),
    (&["spec", "selector"], "template", &["spec"]),
    (&["spec", "selector", "matchLabels"], "template", &["spec"]),
    (&["spec", "template", "metadata"], "spec", &["spec", "template"]),
    (&["spec", "template", "metadata", "labels"], "spec", &["spec", "template"]),
    (&["spec"], "containers", &["spec", "template", "spec"]),
    (&["spec", "template"], "containers", &["spec", "template", "spec"]),
    (&["spec", "template"], "labels", &["spec", "template", "metadata"]),
    (&[], "name", &["metadata"]),
    (&["spec"], "name", &["metadata"]),
];

/// Looks for misplaced fields of `object`.
pub(super) fn look(page: &mut Page<'_, '_>, object: NodeId, moves: &[Move]) {
    for (from, field, to) in moves {
        let Some(owner) = at(page, object, from) else { continue };
        let Some((key, value)) = entry(page, owner, field) else { continue };
        if page.tree.node(value).value == Value::Null {
            continue;
        }
        // The deepest of the places it belongs to that is there.
        let depth = (0..=to.len()).rev().find(|depth| at(page, object, &to[..*depth]).is_some()).unwrap_or(0);
        let Some(target) = at(page, object, &to[..depth]) else { continue };
        let taken = depth == to.len() && page.get(target, field).is_some();
        if taken || !page.is_map(owner) || !page.is_map(target) {
            continue;
        }
        let whole = Target { node: target, missing: &to[depth..] };
        let Some(changes) = carry(page, owner, (key, value), whole) else { continue };
        let (start, end) = (page.start(key), page.end(key));
        let path = |keys: &[&str]| keys.iter().chain([field]).copied().collect::<Vec<_>>().join(".");
        let belongs = if to.is_empty() { (*field).to_owned() } else { to.join(".") };
        let found = codes::MISPLACED_FIELD.at(here(start as u32, end as u32)).arg("path", path(from));
        let found = found.arg("field", *field).arg("belongs", belongs).hint(codes::HINT_MOVE_FIELD);
        page.tell(Lesson { found, changes });
    }
}

/// The mapping below `root` that has the key `key`, and its value.
pub(super) fn owner(page: &Page<'_, '_>, root: NodeId, key: NodeId) -> Option<(NodeId, NodeId)> {
    if let Some((_, value)) = page.entries(root).iter().find(|(other, _)| *other == key) {
        return Some((root, *value));
    }
    let place = page.start(key);
    let around = |node: &NodeId| page.start(*node) <= place && place < page.end(*node);
    let values = page.entries(root).iter().map(|(_, value)| value);
    let below = values.chain(page.items(Some(root))).find(|node| around(node))?;
    owner(page, *below, key)
}

/// A mapping, and the keys that are missing in it.
pub(super) struct Target<'k> {
    pub(super) node: NodeId,
    pub(super) missing: &'k [&'k str],
}

pub(super) fn at(page: &Page<'_, '_>, object: NodeId, keys: &[&str]) -> Option<NodeId> {
    keys.iter().try_fold(object, |node, key| page.get(node, key))
}

fn entry(page: &Page<'_, '_>, map: NodeId, field: &str) -> Option<(NodeId, NodeId)> {
    page.entries(map).iter().find(|(key, _)| page.tree.text(*key) == Some(field)).copied()
}

/// Takes the entry out of `owner` and puts it at the end of `target`, under the keys that are missing there. In block style
/// only.
pub(super) fn carry(
    page: &Page<'_, '_>,
    owner: NodeId,
    (key, value): (NodeId, NodeId),
    Target { node: target, missing }: Target<'_>,
) -> Option<Vec<Change>> {
    let text = page.text;
    let (start, end) = (page.start(key), page.end(value));
    let alone = lines::is_first(text, start) && page.start(value) >= page.end(key);
    if page.in_brackets(owner) || page.in_brackets(target) || !alone {
        return None;
    }
    let (first, _) = page.entries(target).first().copied()?;
    let column = lines::column(text, page.start(first));
    let mut moved = String::new();
    let mut indent = column;
    for key in missing {
        moved.push_str(&format!("{key}:\n{}", " ".repeat(indent + 2)));
        indent += 2;
    }
    let by = indent as isize - lines::column(text, start) as isize;
    moved.push_str(&lines::shifted(text, start..end, by));
    if owner == target {
        return Some(vec![Change::new(start..end, moved)]);
    }
    let line_behind = |at: usize| text[at..].find('\n').map_or(text.len(), |newline| at + newline + 1);
    let gone = lines::line_start(text, start)..line_behind(end);
    // Behind the entry of the target in which it stood, else behind the last.
    let entries = page.entries(target);
    let around = entries.iter().find(|(key, value)| page.start(*key) <= start && end <= page.end(*value));
    let place = line_behind(around.or(entries.last()).map(|(_, value)| page.end(*value))?);
    let margin = " ".repeat(column);
    if place == gone.end {
        return Some(vec![Change::new(gone, format!("{margin}{moved}\n"))]);
    }
    let before = if text[..place].ends_with('\n') { "" } else { "\n" };
    Some(vec![Change::insert(place, format!("{before}{margin}{moved}\n")), Change::new(gone, "")])
}
