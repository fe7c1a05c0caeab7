//! Mappings and selectors of another form than they need, and names of fields in another case.

use super::lines;
use super::page::Page;
use crate::diagnostic::codes;
use crate::manifest::mend::{Change, Lesson};
use crate::text::tree::{NodeId, Value, here};

/// `Kind`, `apiversion`, `Metadata`: the fields without which nothing is known.
pub(super) fn names(page: &mut Page<'_, '_>, object: NodeId) {
    rename(page, object, "", &["apiVersion", "kind", "metadata", "spec"]);
    if let Some(metadata) = page.get(object, "metadata") {
        rename(page, metadata, "metadata.", &["name"]);
    }
}

fn rename(page: &mut Page<'_, '_>, map: NodeId, prefix: &str, fields: &[&str]) {
    for (key, _) in page.entries(map) {
        let Some(name) = page.tree.text(*key) else { continue };
        let other = |field: &&&str| **field != name && field.eq_ignore_ascii_case(name);
        let Some(field) = fields.iter().find(other).filter(|field| page.get(map, field).is_none()) else { continue };
        let (start, end) = (page.start(*key), page.end(*key));
        let found = codes::MISSPELT_FIELD.at(here(start as u32, end as u32)).arg("path", format!("{prefix}{name}"));
        let found = found.arg("field", name).arg("suggestion", *field).hint(codes::HINT_DID_YOU_MEAN);
        let quoted = page.written(*key).starts_with('"');
        let text = if quoted { format!("\"{field}\"") } else { (*field).to_owned() };
        page.tell(Lesson { found, changes: vec![Change::new(start..end, text)] });
    }
}

/// A list of mappings where one mapping is wanted: `selector:`, `- app: web`.
pub(super) fn list_for_map(page: &mut Page<'_, '_>, node: NodeId, path: &str) {
    let items = page.items(Some(node));
    if items.is_empty() || page.in_brackets(node) || !items.iter().all(|item| page.is_map(*item)) {
        return;
    }
    let mut changes = Vec::new();
    for item in items {
        let dash = page.text[..page.start(*item)].trim_end().len();
        if page.in_brackets(*item) || !page.text[..dash].ends_with('-') {
            return;
        }
        changes.push(Change::new(dash - 1..dash, " "));
    }
    // On the column of its key a list is one level deeper, a mapping is not.
    let found = codes::LIST_FOR_MAP.at(here(page.start(node) as u32, page.end(node) as u32)).arg("path", path);
    page.tell(Lesson { found: found.hint(codes::HINT_NO_DASH), changes });
}

/// `matchLabels` in the selector of a Service.
pub(super) fn service_selector(page: &mut Page<'_, '_>, spec: Option<NodeId>) {
    let Some(selector) = spec.and_then(|spec| page.get(spec, "selector")) else { return };
    let [(key, labels)] = page.entries(selector) else { return };
    if !page.tree.text(*key).is_some_and(|key| key.eq_ignore_ascii_case("matchLabels")) || !page.is_map(*labels) {
        return;
    }
    let (start, inner) = (page.start(*key), page.start(*labels));
    let changes = if page.in_brackets(selector) {
        vec![Change::new(page.start(selector)..page.end(selector), page.written(*labels))]
    } else if page.in_brackets(*labels) {
        vec![Change::new(start..inner, "")]
    } else {
        let by = lines::column(page.text, start) as isize - lines::column(page.text, inner) as isize;
        let mut changes = lines::shift(page.text, inner..page.end(*labels), by);
        changes.push(Change::new(start..inner, ""));
        changes
    };
    let found = codes::SELECTOR_TOO_DEEP.at(here(start as u32, page.end(*key) as u32)).arg("kind", "Service");
    page.tell(Lesson { found: found.arg("path", "spec.selector").hint(codes::HINT_PLAIN_SELECTOR), changes });
}

/// Labels directly in the selector of a workload.
pub(super) fn workload_selector(page: &mut Page<'_, '_>, spec: Option<NodeId>, kind: &str) {
    let Some(selector) = spec.and_then(|spec| page.get(spec, "selector")) else { return };
    let entries = page.entries(selector);
    let plain = |(key, value): &(NodeId, NodeId)| {
        let known = page.tree.text(*key).is_some_and(|key| key.to_ascii_lowercase().starts_with("match"));
        !known && !matches!(page.tree.node(*value).value, Value::Map(_) | Value::List(_) | Value::Null)
    };
    if entries.is_empty() || !entries.iter().all(plain) {
        return;
    }
    let (start, end) = (page.start(selector), page.end(selector));
    let changes = if page.in_brackets(selector) {
        let json = page.written(selector).trim_start_matches('{').trim_start().starts_with('"');
        let key = if json { "\"matchLabels\"" } else { "matchLabels" };
        vec![Change::insert(start, format!("{{{key}: ")), Change::insert(end, "}")]
    } else {
        let indent = " ".repeat(lines::column(page.text, start) + 2);
        let mut changes = lines::shift(page.text, start..end, 2);
        changes.push(Change::insert(start, format!("matchLabels:\n{indent}")));
        changes
    };
    let found = codes::SELECTOR_TOO_FLAT.at(here(start as u32, end as u32)).arg("kind", kind);
    page.tell(Lesson { found: found.arg("path", "spec.selector").hint(codes::HINT_MATCH_LABELS), changes });
}
