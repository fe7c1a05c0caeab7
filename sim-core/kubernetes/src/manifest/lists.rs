//! JSON Lists as `kubectl get -o json` prints them, item by item: what is in memory is one item's tree, whatever the length of the list.
//!
//! A list is gone through twice. [`survey`] looks whether it is plainly one: JSON to its end, within the limits, without a mistake that
//! would be mended and without lists inside. Then [`each`] hands over the items. Anything else is read as one tree, as all other documents
//! are; both ways come to the same.

use super::teach;
use crate::text::json;
use crate::text::tree::{Builder, NodeId, Tree, Value};

/// Levels around an item: the list's mapping, and `items`.
const AROUND: usize = 2;

/// A list that can be read item by item.
#[derive(Debug)]
pub(super) struct Plain {
    /// Where each item begins.
    starts: Vec<u32>,
    /// Where the list ends.
    pub(super) end: usize,
    /// `kind` without `List`, if anything is left: the items may go without saying so.
    pub(super) item_kind: Option<Box<str>>,
    /// `apiVersion`.
    pub(super) api_version: Box<str>,
}

/// The list at byte `at`, if it is plainly one. `builder` is empty, and holds anything behind that.
pub(super) fn survey<'a>(
    text: &'a str,
    at: usize,
    builder: &mut Builder<'a, '_>,
    progress: &mut dyn FnMut(usize),
) -> Option<Plain> {
    let byte = |at: usize| text.as_bytes().get(at).copied();
    if byte(at) != Some(b'{') {
        return None;
    }
    let mut starts = None;
    builder.start(true, at as u32, 0).ok()?;
    let mut at = json::skip_blank(text, at + 1);
    loop {
        if byte(at) != Some(b'"') {
            return None;
        }
        let (key, end) = json::string(text, at).ok()?;
        let is = |name: &str| key == name;
        let (is_kind, is_items) = (is("kind"), is("items"));
        builder.scalar(Value::Text(key), at as u32, end as u32, 0).ok()?;
        let colon = json::skip_blank(text, end);
        if byte(colon) != Some(b':') {
            return None;
        }
        at = json::skip_blank(text, colon + 1);
        if is_items && byte(at) == Some(b'[') {
            // A second one is a key given twice, and no list is read that has one.
            if starts.is_some() {
                return None;
            }
            builder.start(false, at as u32, 0).ok()?;
            let (found, end) = items(text, at + 1, builder, progress)?;
            starts = Some(found);
            builder.end(Some(end as u32)).ok()?;
            at = end;
        } else {
            let end = json::read(text, at, builder).ok()?;
            // Most documents are no lists, and say so at once.
            let name = text.get(at..end).unwrap_or_default();
            if is_kind && !name.trim_end().trim_end_matches('"').ends_with("List") {
                return None;
            }
            at = end;
        }
        at = json::skip_blank(text, at);
        match byte(at)? {
            b',' => at = json::skip_blank(text, at + 1),
            b'}' => break,
            _ => return None,
        }
    }
    let end = at + 1;
    builder.end(Some(end as u32)).ok()?;
    let starts = starts?;
    if !builder.problems.is_empty() {
        return None;
    }
    let (tree, root) = builder.finished()?;
    let text_of = |key: &str| tree.get(root, key).and_then(|at| tree.text(at));
    let (kind, api_version) = (text_of("kind")?.strip_suffix("List")?, text_of("apiVersion")?);
    let plain = Plain {
        starts,
        end,
        item_kind: (!kind.is_empty()).then(|| Box::from(kind)),
        api_version: Box::from(api_version),
    };
    // With no items in it, a tree of all that stands around them.
    teach::look(tree, root, text).is_empty().then_some(plain)
}

/// Where the items begin from byte `at` on, and where their list ends; `None` where one of them is no plain item.
fn items<'a>(
    text: &'a str,
    at: usize,
    around: &mut Builder<'a, '_>,
    progress: &mut dyn FnMut(usize),
) -> Option<(Vec<u32>, usize)> {
    let byte = |at: usize| text.as_bytes().get(at).copied();
    let mut budget = around.within(AROUND)?;
    let mut item = Builder::new(&mut budget);
    let mut starts = Vec::new();
    let mut at = json::skip_blank(text, at);
    if byte(at) == Some(b']') {
        return Some((starts, at + 1));
    }
    loop {
        let end = json::read(text, at, &mut item).ok()?;
        let (tree, root) = item.finished()?;
        if !item.problems.is_empty() || is_list(tree, root) || !teach::look(tree, root, text).is_empty() {
            return None;
        }
        starts.push(at as u32);
        // All items together are one document.
        let count = item.count();
        around.spend(count)?;
        item.spend(count)?;
        item.clear();
        progress(end);
        at = json::skip_blank(text, end);
        match byte(at)? {
            b',' => at = json::skip_blank(text, at + 1),
            b']' => return Some((starts, at + 1)),
            _ => return None,
        }
    }
}

/// True where teaching and reading would look for objects inside.
fn is_list(tree: &Tree<'_>, item: NodeId) -> bool {
    tree.get(item, "kind").and_then(|kind| tree.text(kind)).is_some_and(|kind| kind.ends_with("List"))
}

/// Hands over the items of a list that was found to be a plain one.
pub(super) fn each<'a>(
    text: &'a str,
    plain: &Plain,
    builder: &mut Builder<'a, '_>,
    take: &mut dyn FnMut(&Tree<'a>, NodeId, usize),
) {
    for start in &plain.starts {
        builder.clear();
        if let Ok(end) = json::read(text, *start as usize, builder)
            && let Some((tree, root)) = builder.finished()
        {
            take(tree, root, end);
        }
    }
    builder.clear();
}
