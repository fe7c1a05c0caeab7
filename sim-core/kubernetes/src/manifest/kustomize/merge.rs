//! Strategic merge: mappings key by key, lists that have a merge key item by item, everything else replaced.
//!
//! Items of a patch come first and in its order, with what they were merged with; the others keep theirs behind them.

use super::object::Id;
use super::value::{Entry, Node, Val};

/// What tells the items of a list apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keys {
    /// Nothing: the list is replaced as a whole.
    None,
    /// Scalars: a set.
    Values,
    Fields(&'static [&'static str]),
}

/// The object that a patch makes of `object`; `None` where it deletes it.
pub(super) fn strategic(object: Node, patch: &Node, id: &Id) -> Option<Node> {
    // What Kubernetes does not define has no merge keys.
    let known = !id.group.contains('.') || (id.group.ends_with(".k8s.io") && !id.group.contains("gateway"));
    let context = Context { kind: &id.kind, known };
    merge(Some(object), patch, &context, &mut Vec::new())
}

struct Context<'a> {
    kind: &'a str,
    known: bool,
}

impl Context<'_> {
    /// By the field's name and those above it, as the API's schema has them.
    fn keys(&self, path: &[String]) -> Keys {
        if !self.known {
            return Keys::None;
        }
        let [above @ .., field] = path else { return Keys::None };
        let parent = above.last().map_or("", String::as_str);
        let of_container = matches!(parent, "containers" | "initContainers" | "ephemeralContainers");
        let of_pod = parent == "spec";
        match field.as_str() {
            "containers" | "initContainers" | "ephemeralContainers" | "volumes" | "schedulingGates" if of_pod => {
                Keys::Fields(&["name"])
            }
            "resourceClaims" if of_pod => Keys::Fields(&["name"]),
            "imagePullSecrets" => Keys::Fields(&["name"]),
            "secrets" if self.kind == "ServiceAccount" => Keys::Fields(&["name"]),
            "hostAliases" if of_pod => Keys::Fields(&["ip"]),
            "topologySpreadConstraints" if of_pod => Keys::Fields(&["topologyKey", "whenUnsatisfiable"]),
            "ports" if of_container => Keys::Fields(&["containerPort", "protocol"]),
            "ports" if of_pod && self.kind == "Service" => Keys::Fields(&["port", "protocol"]),
            "env" if of_container => Keys::Fields(&["name"]),
            "volumeMounts" if of_container => Keys::Fields(&["mountPath"]),
            "volumeDevices" if of_container => Keys::Fields(&["devicePath"]),
            "claims" if parent == "resources" => Keys::Fields(&["name"]),
            "webhooks" => Keys::Fields(&["name"]),
            "conditions" if parent == "status" => Keys::Fields(&["type"]),
            "ownerReferences" if parent == "metadata" => Keys::Fields(&["uid"]),
            "finalizers" if parent == "metadata" => Keys::Values,
            _ => Keys::None,
        }
    }
}

/// The directive of a mapping: `delete`, `replace` or `merge`.
fn directive(patch: &Node) -> Option<&str> {
    patch.text_of(&["$patch"])
}

fn merge(object: Option<Node>, patch: &Node, context: &Context<'_>, path: &mut Vec<String>) -> Option<Node> {
    match &patch.value {
        Val::Null => None,
        Val::Map(fields) => {
            let mut base = match directive(patch) {
                Some("delete") => return None,
                Some("replace") => Node::map_at(patch.span),
                _ => match object {
                    Some(object) if matches!(object.value, Val::Map(_)) => object,
                    _ => Node::map_at(patch.span),
                },
            };
            for field in fields.iter().filter(|field| &*field.key != "$patch") {
                let old = base.get(&field.key).cloned();
                path.push(field.key.to_string());
                let new = merge(old.clone(), &field.node, context, path);
                path.pop();
                match new {
                    Some(new) => put(&mut base, field, old.as_ref(), new),
                    None => {
                        base.remove(&field.key);
                    }
                }
            }
            Some(base)
        }
        Val::List(items) => Some(list(object, patch, items, context, path)),
        _ => Some(patch.clone()),
    }
}

/// Puts a merged value in. Its key keeps its place while the value does, and else moves with it.
fn put(base: &mut Node, field: &Entry, old: Option<&Node>, new: Node) {
    let Val::Map(entries) = &mut base.value else { return };
    match entries.iter_mut().find(|entry| entry.key == field.key) {
        Some(entry) => {
            if old.is_none_or(|old| old.span != new.span) {
                entry.at = field.at;
            }
            entry.node = new;
        }
        None => entries.push(Entry { key: field.key.clone(), at: field.at, node: new }),
    }
}

/// A value as it stands when there is nothing to merge it with.
fn fresh(patch: &Node, context: &Context<'_>, path: &mut Vec<String>) -> Option<Node> {
    merge(None, patch, context, path)
}

fn list(object: Option<Node>, patch: &Node, items: &[Node], context: &Context<'_>, path: &mut Vec<String>) -> Node {
    let keys = context.keys(path);
    // An item that is only a directive speaks for the whole list.
    let replaces = items.iter().any(|item| directive(item) == Some("replace") && item.entries().len() == 1);
    let (old, span) = match object {
        Some(Node { value: Val::List(old), span }) if keys != Keys::None && !replaces => (old, span),
        _ => (Vec::new(), patch.span),
    };
    // With several keys, what is merged stays where it was; with one it comes first.
    let in_place = matches!(keys, Keys::Fields([_, _, ..]));
    let mut merged: Vec<Node> = Vec::new();
    let mut rest: Vec<Option<Node>> = old.into_iter().map(Some).collect();
    for item in items {
        if directive(item).is_some() && item.entries().len() == 1 {
            continue;
        }
        let found = match keys {
            Keys::None => None,
            Keys::Values => rest.iter().position(|old| old.as_ref() == Some(item)),
            Keys::Fields(fields) => {
                rest.iter().position(|old| old.as_ref().is_some_and(|old| is_same(old, item, fields)))
            }
        };
        if let (None, Keys::Fields([first, _, ..])) = (found, keys)
            && rest.iter().flatten().any(|old| is_same(old, item, &[first]) && !are_apart(old, item, keys))
        {
            // One says less than the other, such as a port without its protocol: kubectl keeps what was there.
            continue;
        }
        let old = found.and_then(|index| rest[index].take());
        let new = match keys {
            Keys::Fields(_) => merge(old, item, context, path),
            _ => fresh(item, context, path).or_else(|| Some(item.clone())),
        };
        if let Some(mut new) = new {
            new.remove("$patch");
            match found.filter(|_| in_place) {
                Some(index) => rest[index] = Some(new),
                None => merged.push(new),
            }
        }
    }
    merged.extend(rest.into_iter().flatten());
    Node { span, value: Val::List(merged) }
}

/// True where the keys of both are the same, or missing in both; the first has to be there.
fn is_same(old: &Node, item: &Node, fields: &[&str]) -> bool {
    let text = |node: &Node, field: &str| node.get(field).and_then(Node::scalar);
    fields.first().is_some_and(|first| old.get(first).is_some())
        && fields.iter().all(|field| text(old, field) == text(item, field))
}

/// True where both have all keys, so that they are surely two.
fn are_apart(old: &Node, item: &Node, keys: Keys) -> bool {
    let Keys::Fields(fields) = keys else { return false };
    fields.iter().all(|field| old.get(field).is_some() && item.get(field).is_some())
}
