//! ConfigMaps and Secrets that a kustomization makes of literals and files.

use super::object::Item;
use super::value::{Node, Val};
use crate::origin::Span;
use data_encoding::BASE64;
use std::collections::BTreeMap;

/// What reads a file that a generator names.
pub(super) trait Content {
    /// Its text; `None` when it is not there, or is no text.
    fn content(&mut self, path: &str, at: Span) -> Option<String>;
}

/// The object that a `configMapGenerator` or `secretGenerator` entry makes, and its `behavior`.
pub(super) fn made(entry: &Node, options: Option<&Node>, secret: bool, files: &mut dyn Content) -> (Item, String) {
    let at = entry.span;
    let mut data: BTreeMap<String, (String, Span)> = BTreeMap::new();
    let mut partial = false;
    let list = |key: &str| entry.get(key).map(Node::items).unwrap_or_default();
    let one = entry.get("env").into_iter();
    for source in list("envs").iter().chain(one) {
        match source.text().and_then(|path| files.content(path, source.span)) {
            Some(text) => data.extend(variables(&text).map(|(key, value)| (key, (value, source.span)))),
            None => partial = true,
        }
    }
    for source in list("files") {
        let Some(text) = source.text() else { continue };
        let (key, path) = text.split_once('=').unwrap_or((super::paths::file(text), text));
        match files.content(path, source.span) {
            Some(content) => {
                data.insert(key.to_owned(), (content, source.span));
            }
            None => partial = true,
        }
    }
    for literal in list("literals") {
        let text = literal.scalar().unwrap_or_default();
        let Some((key, value)) = text.split_once('=') else { continue };
        data.insert(key.to_owned(), (unquoted(value).to_owned(), literal.span));
    }
    let mut node = Node::map_at(at);
    node.set_text(&["apiVersion"], "v1", at);
    node.set_text(&["kind"], if secret { "Secret" } else { "ConfigMap" }, at);
    let name = entry.get("name").map_or(at, |name| name.span);
    node.set_text(&["metadata", "name"], &entry.get("name").and_then(Node::scalar).unwrap_or_default(), name);
    if let Some(namespace) = entry.get("namespace").and_then(Node::text) {
        node.set_text(&["metadata", "namespace"], namespace, at);
    }
    if secret {
        node.set_text(&["type"], entry.text_of(&["type"]).filter(|kind| !kind.is_empty()).unwrap_or("Opaque"), at);
    }
    if secret || !data.is_empty() {
        let mut map = Node::map_at(at);
        for (key, (value, span)) in data {
            let value = if secret { BASE64.encode(value.as_bytes()) } else { value };
            map.set(&key, span, Node::text_at(value, span));
        }
        node.set("data", at, map);
    }
    let own = entry.get("options");
    for key in ["labels", "annotations"] {
        for from in [options, own].into_iter().flatten().filter_map(|options| options.get(key)) {
            for pair in from.entries() {
                let text = pair.node.scalar().unwrap_or_default();
                node.set_text(&["metadata", key, &pair.key], &text, pair.node.span);
            }
        }
    }
    let flag = |key: &str| {
        let of = |from: Option<&Node>| from.and_then(|options| options.get(key)).and_then(Node::boolean);
        of(own).unwrap_or_default() || of(options).unwrap_or_default()
    };
    if flag("immutable") {
        node.set("immutable", at, Node { span: at, value: Val::Bool(true) });
    }
    let mut item = Item::new(node);
    item.hashed = !flag("disableNameSuffixHash");
    item.partial = partial;
    item.generated = true;
    (item, entry.text_of(&["behavior"]).unwrap_or("create").to_owned())
}

/// A generated object laid over an earlier one of its name; `replace` drops the earlier content. Whether its name gets a
/// hash stays as it was.
pub(super) fn combine(old: &mut Item, new: &Item, replace: bool) {
    for key in ["labels", "annotations"] {
        for pair in new.node.at(&["metadata", key]).map(Node::entries).unwrap_or_default() {
            let text = pair.node.scalar().unwrap_or_default();
            old.node.set_text(&["metadata", key, &pair.key], &text, pair.node.span);
        }
    }
    for key in ["data", "binaryData"] {
        if replace {
            old.node.remove(key);
        }
        let Some(data) = new.node.get(key) else { continue };
        if old.node.get(key).is_none() {
            old.node.set(key, data.span, data.clone());
            continue;
        }
        if let Some(to) = old.node.get_mut(key) {
            for entry in data.entries() {
                to.set(&entry.key, entry.at, entry.node.clone());
            }
        }
    }
    for key in ["immutable", "type"] {
        if let Some(value) = new.node.get(key) {
            old.node.set(key, value.span, value.clone());
        }
    }
    old.partial |= new.partial;
}

/// `KEY=value` lines; blank lines and comments count for nothing.
fn variables(text: &str) -> impl Iterator<Item = (String, String)> + '_ {
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim_start);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(|line| {
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        (key.to_owned(), value.to_owned())
    })
}

/// A value without the quotes around it.
fn unquoted(value: &str) -> &str {
    let of = |quote: char| value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    of('"').or_else(|| of('\'')).unwrap_or(value)
}
