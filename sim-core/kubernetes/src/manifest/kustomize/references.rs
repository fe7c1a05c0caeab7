//! Names that changed are changed wherever objects refer to each other, and hashes are put behind generated names.

use super::emit::quote;
use super::object::{Id, Item};
use super::specs::{Made, Reference, visit};
use super::value::{Node, Val, rename};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Puts the hash of its content behind the name of each object that is to have one.
pub(super) fn add_hashes(items: &mut [Item]) {
    for item in items.iter_mut().filter(|item| item.hashed) {
        item.remember();
        let new = format!("{}-{}", item.id().name, hash(&item.node));
        if let Some(node) = item.node.get_mut("metadata").and_then(|metadata| metadata.get_mut("name")) {
            rename(node, new);
        }
    }
}

/// Ten characters of the SHA-256 of what counts of a ConfigMap or Secret, in an alphabet that spells no words.
fn hash(node: &Node) -> String {
    let kind = node.text_of(&["kind"]).unwrap_or_default();
    let mut parts: BTreeMap<&str, Option<&Node>> = BTreeMap::new();
    parts.insert("kind", node.get("kind"));
    // kustomize means to hash the name as well, and looks for it where it is not.
    parts.insert("name", None);
    parts.insert("data", node.get("data"));
    let more = match kind {
        "Secret" => {
            parts.insert("type", node.get("type"));
            "stringData"
        }
        _ => "binaryData",
    };
    if let Some(data) = node.get(more).filter(|data| matches!(data.value, Val::Map(_))) {
        parts.insert(more, Some(data));
    }
    let mut text = String::from("{");
    for (index, (key, value)) in parts.iter().enumerate() {
        text.push_str(if index > 0 { "," } else { "" });
        quote(&mut text, key);
        text.push(':');
        match value {
            Some(value) => sorted(&mut text, value),
            None => text.push_str("\"\""),
        }
    }
    text.push('}');
    let digest = Sha256::digest(text.as_bytes());
    let hex = data_encoding::HEXLOWER.encode(&digest);
    let letter = |c| match c {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        c => c,
    };
    hex.chars().take(10).map(letter).collect()
}

/// JSON without blanks and with sorted keys.
fn sorted(out: &mut String, node: &Node) {
    match &node.value {
        Val::Map(entries) => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_by(|a, b| a.key.cmp(&b.key));
            out.push('{');
            for (index, entry) in entries.into_iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                quote(out, &entry.key);
                out.push(':');
                sorted(out, &entry.node);
            }
            out.push('}');
        }
        Val::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                sorted(out, item);
            }
            out.push(']');
        }
        Val::Text(text) => quote(out, text),
        _ => out.push_str(&node.scalar().unwrap_or_default()),
    }
}

/// What a reference is checked against.
struct Known {
    now: Id,
    before: Vec<Id>,
    prefixes: Vec<String>,
    suffixes: Vec<String>,
}

/// Changes every reference to an object whose name or namespace changed.
pub(super) fn fix(items: &mut [Item], references: &[Reference]) {
    let known: Vec<Known> = items
        .iter()
        .filter(|item| !item.previous.is_empty())
        .map(|item| Known {
            now: item.id(),
            before: item.previous.clone(),
            prefixes: item.prefixes.clone(),
            suffixes: item.suffixes.clone(),
        })
        .collect();
    if known.is_empty() {
        return;
    }
    let targets: Vec<(&Reference, Targets<'_>)> = references
        .iter()
        .filter_map(|reference| {
            let fits = |id: &Id| id.is_selected(&reference.group, &reference.version, &reference.kind);
            let mut targets = Targets::new();
            for known in known.iter().filter(|known| known.before.iter().any(fits)) {
                for id in &known.before {
                    let there = targets.entry(&id.name).or_default();
                    if !there.iter().any(|other: &&Known| std::ptr::eq(*other, known)) {
                        there.push(known);
                    }
                }
            }
            (!targets.is_empty()).then_some((reference, targets))
        })
        .collect();
    for item in items {
        let span = item.node.span;
        let mut node = std::mem::replace(&mut item.node, Node::map_at(span));
        let from = Referrer {
            id: Id::of(&node),
            role: node.get("roleRef").cloned(),
            prefixes: item.prefixes.clone(),
            suffixes: item.suffixes.clone(),
        };
        for (reference, targets) in &targets {
            for field in &reference.fields {
                if !field.is_of(&node) {
                    continue;
                }
                let of_role = field.path.iter().map(String::as_str).eq(["roleRef", "name"]);
                visit(&mut node, &field.path, Made::Nothing, span, &mut |field| {
                    from.set(field, targets, of_role);
                });
            }
        }
        item.node = node;
    }
}

/// Objects by every name they once had.
type Targets<'k> = BTreeMap<&'k str, Vec<&'k Known>>;

struct Referrer {
    id: Id,
    role: Option<Node>,
    prefixes: Vec<String>,
    suffixes: Vec<String>,
}

impl Referrer {
    fn set(&self, field: &mut Node, targets: &Targets<'_>, of_role: bool) {
        match &mut field.value {
            Val::List(items) => items.iter_mut().for_each(|item| self.set(item, targets, of_role)),
            Val::Map(_) => {
                let Some(name) = field.text_of(&["name"]).map(str::to_owned) else { return };
                let namespace = field.text_of(&["namespace"]).map(str::to_owned);
                let targets = targets.get(name.as_str()).map(Vec::as_slice).unwrap_or_default();
                let there: Vec<&Known> = match &namespace {
                    None => targets.to_vec(),
                    Some(namespace) => {
                        let first = |known: &&&Known| {
                            known.before.first().is_some_and(|id| id.effective_namespace() == *namespace)
                        };
                        let by_first: Vec<&Known> = targets.iter().filter(first).copied().collect();
                        if by_first.is_empty() {
                            targets
                                .iter()
                                .filter(|known| known.now.effective_namespace() == *namespace)
                                .copied()
                                .collect()
                        } else {
                            by_first
                        }
                    }
                };
                let Some(target) = self.choose(&there, of_role) else { return };
                if let Some(node) = field.get_mut("name") {
                    rename(node, target.now.name.as_str());
                }
                if !target.now.namespace.is_empty() {
                    let at = field.get("namespace").map_or(field.span, |node| node.span);
                    field.set_text(&["namespace"], &target.now.namespace, at);
                }
            }
            Val::Text(name) => {
                let targets = targets.get(&**name).map(Vec::as_slice).unwrap_or_default();
                if let Some(target) = self.choose(targets, of_role) {
                    rename(field, target.now.name.as_str());
                }
            }
            _ => {}
        }
    }

    /// The one object, of those that were called so, that can be meant from here.
    fn choose<'k>(&self, targets: &[&'k Known], of_role: bool) -> Option<&'k Known> {
        let role = self.role.as_ref().filter(|_| of_role);
        let text = |key| role.and_then(|role| role.text_of(&[key])).unwrap_or_default();
        let (group, kind) = (text("apiGroup"), text("kind"));
        let mut found: Vec<&Known> = targets
            .iter()
            .filter(|known| known.before.iter().any(|id| id.is_selected(group, "", kind)))
            .filter(|known| {
                self.id.is_cluster_scoped()
                    || known.now.is_cluster_scoped()
                    || known.now.kind == "ServiceAccount"
                    || known.now.effective_namespace() == self.id.effective_namespace()
            })
            .copied()
            .collect();
        if found.len() > 1 {
            let alike = |a: &[String], b: &[String]| {
                let shared = a.len().min(b.len());
                a[a.len() - shared..] == b[b.len() - shared..]
            };
            found.retain(|known| alike(&known.prefixes, &self.prefixes) && alike(&known.suffixes, &self.suffixes));
        }
        let first = *found.first()?;
        found.iter().all(|known| known.now.name == first.now.name).then_some(first)
    }
}
