//! Objects that kustomizations came to: where each of their fields stands in the input.

use super::kustomize::emit::Pieces;
use crate::edit::{Editor, FieldPath, Step};
use crate::origin::Span;
use crate::text::outline::{Is, Outline, Stands, outlines};
use std::sync::Arc;

/// An object that a kustomization came to.
#[derive(Clone, Debug)]
pub struct RenderedObject {
    text: Arc<str>,
    pieces: Arc<Pieces>,
}

/// Where a field came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldPlace {
    /// The value: of the field, or of the nearest one around it.
    pub value: Span,
    /// Its key, or the value itself in lists.
    pub key: Span,
    /// What it is.
    pub stands: Stands,
    /// Its text, where it is a scalar.
    pub scalar: Option<String>,
    /// How many steps of the path are there.
    pub known: usize,
}

impl RenderedObject {
    pub(super) fn new(text: &str, pieces: &Arc<Pieces>) -> Self {
        Self { text: Arc::from(text), pieces: Arc::clone(pieces) }
    }

    /// JSON.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Where its pieces came from.
    pub(super) fn pieces(&self) -> &Arc<Pieces> {
        &self.pieces
    }

    /// The object, to be read.
    pub fn reader(&self) -> Option<Editor<'_>> {
        Editor::of_text(&self.text)
    }

    /// Where a field came from. `None` for a text that cannot be read.
    pub fn place(&self, path: &FieldPath) -> Option<FieldPlace> {
        let root = outlines(&self.text).into_iter().next()?;
        let (mut here, mut key, mut known) = (&root, root.span.clone(), 0);
        for step in &path.0 {
            let next: Option<(std::ops::Range<usize>, &Outline)> = match (&here.is, step) {
                (Is::Map(entries), Step::Key(name)) => {
                    let entry = entries.iter().find(|(_, own, _)| **own == **name);
                    entry.map(|(at, _, value)| (at.clone(), value))
                }
                (Is::List(items), Step::At(at)) => items.get(*at).map(|item| (item.span.clone(), item)),
                _ => None,
            };
            let Some((at, value)) = next else { break };
            (here, key, known) = (value, at, known + 1);
        }
        let from = |range: &std::ops::Range<usize>| self.pieces.span(range.start as u32, range.end as u32);
        let scalar = match &here.is {
            Is::Text(text) | Is::Number(text) => Some(text.clone()),
            Is::Int(number) => Some(number.to_string()),
            Is::Bool(value) => Some(value.to_string()),
            _ => None,
        };
        Some(FieldPlace { value: from(&here.span), key: from(&key), stands: Stands::of(&here.is), scalar, known })
    }
}
