//! The documents of a text as plain values with places: what edits of the text go by.

use super::limits::Limits;
use super::resolve::{self, Plain};
use super::tree::{Budget, Builder, NodeId, Tree, Value};
use super::yaml::Documents;
use std::ops::Range;

/// A value with its place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Outline {
    /// Bytes of the text. A mapping or list in block style begins with its first key or item; a block scalar without its header.
    pub(crate) span: Range<usize>,
    /// What it is.
    pub(crate) is: Is,
}

/// What an [`Outline`] is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Is {
    /// `null`, or nothing at all.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// Whole numbers.
    Int(i64),
    /// Numbers of all other kinds, as written.
    Number(String),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Outline>),
    /// A mapping: place of the key, key, value.
    Map(Vec<(Range<usize>, String, Outline)>),
}

/// What stands at a place, as far as editing goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    /// A mapping.
    Map,
    /// A list.
    List,
    /// Everything else.
    Scalar,
}

impl Stands {
    pub(crate) fn of(is: &Is) -> Self {
        match is {
            Is::Map(_) => Self::Map,
            Is::List(_) => Self::List,
            _ => Self::Scalar,
        }
    }
}

/// Most values of one document that are outlined, with aliases expanded.
const VALUES: usize = 200_000;

/// The documents of `text` that can be read, in order.
pub(crate) fn outlines(text: &str) -> Vec<Outline> {
    struct Take(Vec<Outline>);
    impl<'a> Documents<'a> for Take {
        fn document(&mut self, builder: &mut Builder<'a, '_>) -> bool {
            if let Some((tree, root)) = builder.finished().filter(|_| !builder.is_broken()) {
                self.0.extend(outline(tree, root, &mut { VALUES }));
            }
            true
        }
    }
    let mut budget = Budget::of(&Limits::default());
    let mut take = Take(Vec::new());
    super::read::read(text, &mut Builder::new(&mut budget), &mut take);
    take.0
}

/// `None` when there are more than `left` values.
fn outline(tree: &Tree<'_>, id: NodeId, left: &mut usize) -> Option<Outline> {
    *left = left.checked_sub(1)?;
    let node = tree.node(id);
    let is = match &node.value {
        Value::Null => Is::Null,
        Value::Bool(value) => Is::Bool(*value),
        Value::Int(value) => Is::Int(*value),
        Value::UInt(value) => Is::Number(value.to_string()),
        Value::Float(value) => Is::Number(value.to_string()),
        Value::Text(text) => Is::Text(text.to_string()),
        Value::Merge => Is::Text("<<".to_owned()),
        Value::List(items) => {
            Is::List(tree.items(items).iter().map(|item| outline(tree, *item, left)).collect::<Option<_>>()?)
        }
        Value::Map(entries) => {
            let entries = tree.entries(entries).iter().map(|(key, value)| {
                let at = tree.node(*key);
                let name = tree.text(*key).unwrap_or_default().to_owned();
                Some((at.start as usize..at.end as usize, name, outline(tree, *value, left)?))
            });
            Is::Map(entries.collect::<Option<_>>()?)
        }
    };
    Some(Outline { span: node.start as usize..node.end as usize, is })
}

/// True when an unquoted scalar of this text is text, whatever surrounds it.
pub(crate) fn plain_text(text: &str) -> bool {
    let first = text.chars().next();
    resolve::plain(text) == Plain::Text
        && first.is_some_and(|first| first.is_alphanumeric() || matches!(first, '/' | '.' | '_'))
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | ':' | '+' | '=' | '@' | ' '))
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
}
