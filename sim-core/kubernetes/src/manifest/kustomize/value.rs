//! Values that kustomizations change: like a document's tree, but owned, and each with the place it came from.

use crate::origin::Span;
use crate::text::tree::{NodeId, Tree, Value};
use std::sync::Arc;

/// A value with its place. Equality looks at values only.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) span: Span,
    pub(super) value: Val,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Val {
    Null,
    Bool(bool),
    Int(i64),
    UInt(u64),
    Float(f64),
    Text(Arc<str>),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key with its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: Arc<str>,
    /// Where the key stands.
    pub(super) at: Span,
    pub(super) node: Node,
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key && self.node == other.node
    }
}

impl Node {
    /// The subtree at `id`, with its places mapped by `place`. Aliases are copied out; their number is bounded by the
    /// tree's own limits.
    /// `text` is the text that was read: kustomize reads YAML by the rules of version 1.2, where `yes` and `on` are text.
    pub(super) fn of(tree: &Tree<'_>, id: NodeId, text: &str, place: &dyn Fn(u32, u32) -> Span) -> Self {
        let node = tree.node(id);
        let written = || text.get(node.start as usize..node.end as usize).unwrap_or_default();
        let value = match &node.value {
            Value::Null => Val::Null,
            Value::Bool(_) if is_old_boolean(written()) => Val::Text(Arc::from(written())),
            Value::Bool(value) => Val::Bool(*value),
            Value::Int(value) => Val::Int(*value),
            Value::UInt(value) => Val::UInt(*value),
            Value::Float(value) => Val::Float(*value),
            Value::Text(text) => Val::Text(Arc::from(&**text)),
            Value::Merge => Val::Text(Arc::from("<<")),
            Value::List(items) => {
                Val::List(tree.items(items).iter().map(|item| Self::of(tree, *item, text, place)).collect())
            }
            Value::Map(entries) => {
                let entry = |(key, value): &(NodeId, NodeId)| {
                    let at = tree.node(*key);
                    let own = text.get(at.start as usize..at.end as usize).filter(|own| is_old_boolean(own));
                    Entry {
                        key: Arc::from(own.or(tree.text(*key)).unwrap_or_default()),
                        at: place(at.start, at.end),
                        node: Self::of(tree, *value, text, place),
                    }
                };
                Val::Map(tree.entries(entries).iter().map(entry).collect())
            }
        };
        Self { span: place(node.start, node.end), value }
    }

    pub(super) fn text_at(text: impl Into<Arc<str>>, span: Span) -> Self {
        Self { span, value: Val::Text(text.into()) }
    }

    pub(super) fn map_at(span: Span) -> Self {
        Self { span, value: Val::Map(Vec::new()) }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Val::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn boolean(&self) -> Option<bool> {
        match &self.value {
            Val::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// A scalar as it stands in YAML; `None` for lists and mappings.
    pub(super) fn scalar(&self) -> Option<String> {
        Some(match &self.value {
            Val::Null => "null".to_owned(),
            Val::Bool(value) => value.to_string(),
            Val::Int(value) => value.to_string(),
            Val::UInt(value) => value.to_string(),
            Val::Float(value) => value.to_string(),
            Val::Text(text) => text.to_string(),
            Val::List(_) | Val::Map(_) => return None,
        })
    }

    pub(super) fn items(&self) -> &[Self] {
        match &self.value {
            Val::List(items) => items,
            _ => &[],
        }
    }

    pub(super) fn entries(&self) -> &[Entry] {
        match &self.value {
            Val::Map(entries) => entries,
            _ => &[],
        }
    }

    pub(super) fn is_null(&self) -> bool {
        self.value == Val::Null
    }

    /// True for null, an empty list, an empty mapping and empty text.
    pub(super) fn is_empty(&self) -> bool {
        match &self.value {
            Val::Null => true,
            Val::Text(text) => text.is_empty(),
            Val::List(items) => items.is_empty(),
            Val::Map(entries) => entries.is_empty(),
            _ => false,
        }
    }

    /// The value of `key`, null ones too; `None` where this is no mapping.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|entry| &*entry.key == key).map(|entry| &entry.node)
    }

    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        match &mut self.value {
            Val::Map(entries) => entries.iter_mut().find(|entry| &*entry.key == key).map(|entry| &mut entry.node),
            _ => None,
        }
    }

    /// The value at a path of keys.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The text at a path of keys.
    pub(super) fn text_of(&self, path: &[&str]) -> Option<&str> {
        self.at(path).and_then(Self::text)
    }

    /// Sets `key` in a mapping, keeping its order; anything else becomes a mapping.
    pub(super) fn set(&mut self, key: &str, at: Span, node: Self) {
        if !matches!(self.value, Val::Map(_)) {
            self.value = Val::Map(Vec::new());
        }
        let Val::Map(entries) = &mut self.value else { return };
        match entries.iter_mut().find(|entry| &*entry.key == key) {
            Some(entry) => {
                entry.at = at;
                entry.node = node;
            }
            None => entries.push(Entry { key: Arc::from(key), at, node }),
        }
    }

    /// Sets text at a path of keys, making the mappings on the way.
    pub(super) fn set_text(&mut self, path: &[&str], text: &str, at: Span) {
        match path {
            [] => *self = Self::text_at(text, at),
            [key, rest @ ..] => match self.get_mut(key) {
                Some(inner) if rest.is_empty() || matches!(inner.value, Val::Map(_)) => inner.set_text(rest, text, at),
                _ => {
                    let mut inner = Self::map_at(at);
                    inner.set_text(rest, text, at);
                    self.set(key, at, inner);
                }
            },
        }
    }

    /// Takes `key` out of a mapping.
    pub(super) fn remove(&mut self, key: &str) -> Option<Self> {
        let Val::Map(entries) = &mut self.value else { return None };
        let index = entries.iter().position(|entry| &*entry.key == key)?;
        Some(entries.remove(index).node)
    }
}

/// True for the words that only YAML 1.1 takes for booleans.
fn is_old_boolean(text: &str) -> bool {
    const WORDS: [&str; 18] =
        ["y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF", "oN", "oFF"];
    WORDS.contains(&text)
}

/// A name that is set anew keeps the place of the old one, so that a reader still finds the line.
pub(super) fn rename(node: &mut Node, name: impl Into<Arc<str>>) {
    node.value = Val::Text(name.into());
}
