//! YAML and JSON text to typed Kubernetes objects, each with its place.

pub mod objects;
mod place;
pub mod span;
mod typed;

use crate::diagnostic::Diagnostic;
use objects::{Object, UnusedObject};
pub use place::{Snippet, SnippetLine};
use span::{Location, Span};
use std::sync::Arc;

/// One input text with the name the user knows it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceText {
    /// File name, or `-` for standard input, or `pasted.yaml`.
    pub name: Arc<str>,
    /// UTF-8 text; a leading byte order mark is allowed.
    pub text: Arc<str>,
}

/// Bounds on what one input may cost. Crossing one is a diagnostic, never a panic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes over all texts.
    pub bytes: usize,
    /// Documents over all texts.
    pub documents: usize,
    /// Nesting depth of one document.
    pub depth: usize,
    /// Nodes of one document after aliases are expanded.
    pub nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 64 << 20, documents: 200_000, depth: 100, nodes: 5_000_000 }
    }
}

/// What the texts say.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// The texts, for places and snippets.
    pub sources: Vec<SourceText>,
    /// Objects of the kinds that are understood, in input order. No two have the same identity.
    pub objects: Vec<Object>,
    /// Objects of all other kinds, in input order.
    pub unused: Vec<UnusedObject>,
    /// Findings, in input order.
    pub diagnostics: Vec<Diagnostic>,
    lines: Vec<place::Lines>,
}

impl Parsed {
    /// File, line and column of a span's start; `None` for the span that points nowhere.
    pub fn locate(&self, span: Span) -> Option<Location> {
        let index = span.source.0 as usize;
        let (source, lines) = (self.sources.get(index)?, self.lines.get(index)?);
        (!span.is_nowhere()).then(|| place::locate(source, lines, span))
    }

    /// The lines of a span, with up to `context` lines before and after; `None` for the span that points nowhere.
    pub fn snippet(&self, span: Span, context: usize) -> Option<Snippet> {
        let index = span.source.0 as usize;
        let (source, lines) = (self.sources.get(index)?, self.lines.get(index)?);
        (!span.is_nowhere()).then(|| place::snippet(source, lines, span, context))
    }
}

/// Reads all documents of all texts.
pub fn parse(inputs: &[SourceText], limits: &Limits) -> Parsed {
    let _ = limits;
    let lines = inputs.iter().map(|input| place::Lines::of(&input.text)).collect();
    Parsed { sources: inputs.to_vec(), lines, ..Parsed::default() }
}
