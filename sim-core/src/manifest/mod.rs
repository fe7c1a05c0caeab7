//! YAML and JSON text to typed Kubernetes objects, each with its place.
//!
//! ```text
//! text ──yaml, json──▶ Tree ──document──▶ Object (through de, into objects) ──assemble──▶ Parsed
//! ```
//!
//! `yaml` and `json` read one document after the other into a `tree` within limits, `resolve` types plain scalars as the
//! Kubernetes API machinery does, `syntax` says what a YAML error most likely means. `document` finds out what a tree is
//! (`kinds`), reads it through the serde deserializer in `de`, and `assemble` keeps one object per identity.

mod assemble;
mod de;
mod document;
mod fields;
mod json;
mod kinds;
mod nested;
pub mod objects;
pub(crate) mod outline;
mod place;
mod resolve;
mod scalars;
pub mod span;
mod syntax;
mod tree;
mod typed;
mod yaml;

use crate::diagnostic::{Diagnostic, codes};
use assemble::Assembly;
use document::Sink;
use nested::Offsets;
use objects::{Object, UnusedObject};
pub use place::{Snippet, SnippetLine};
pub use scalars::{Scalar, scalars};
use span::{Location, SourceId, Span};
use std::sync::Arc;
use tree::{Budget, Builder};
use yaml::Documents;

/// One input text with the name the user knows it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceText {
    /// File name, or `-` for standard input, or `pasted.yaml`. Parts of a path are separated by `/`.
    pub name: Arc<str>,
    /// UTF-8 text; a leading byte order mark is allowed.
    pub text: Arc<str>,
    /// How it came into the input.
    pub role: Role,
}

impl SourceText {
    /// A text that the user named.
    pub fn given(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), text: text.into(), role: Role::Given }
    }

    /// A text that was found in a folder or an archive.
    pub fn found(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), text: text.into(), role: Role::Found }
    }
}

/// How a text came into the input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// The user named it: it is meant to be a manifest.
    #[default]
    Given,
    /// It was found in a folder or an archive: it may be anything, and its neighbours say what it is for.
    Found,
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
    /// Nodes of one document; an alias counts as one.
    pub nodes: usize,
    /// Nodes that aliases stand for, over all texts.
    pub aliases: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 64 << 20, documents: 200_000, depth: 100, nodes: 5_000_000, aliases: 200_000 }
    }
}

/// What the texts say.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// The texts, for places and snippets.
    pub sources: Vec<SourceText>,
    /// Objects of the kinds that are understood, in input order, configurations out of ConfigMaps behind their text's.
    /// No two have the same identity, except for such a configuration and its ConfigMap.
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
///
/// A document or object that cannot be used is left out and named in [`Parsed::diagnostics`]; it never costs another.
/// Later objects replace earlier ones of the same identity, as `kubectl apply` would.
pub fn parse(inputs: &[SourceText], limits: &Limits) -> Parsed {
    let lines: Vec<_> = inputs.iter().map(|input| place::Lines::of(&input.text)).collect();
    let mut assembly = Assembly::new(inputs, &lines, limits);
    let mut budget = Budget::of(limits);
    let mut bytes = 0_usize;
    for (index, input) in inputs.iter().enumerate() {
        let source = SourceId(index as u32);
        bytes = bytes.saturating_add(input.text.len());
        if bytes > limits.bytes || u32::try_from(input.text.len()).is_err() {
            let found = codes::INPUT_TOO_LARGE.at(Span { source, ..Span::default() });
            assembly.report(found.arg("limit", limits.bytes.to_string()).hint(codes::HINT_SPLIT_INPUT));
            break;
        }
        let offsets = Offsets::Same(source);
        let mut sink = Sink { assembly: &mut assembly, text: &input.text, name: &input.name, offsets, inside: None };
        let goes_on = read(&input.text, &mut Builder::new(&mut budget), &mut sink);
        while let Some((map, value)) = assembly.next_configuration() {
            let offsets = Offsets::of(&input.text, &value);
            let (text, name) = (&value.value, &input.name);
            let mut sink = Sink { assembly: &mut assembly, text, name, offsets, inside: Some(map) };
            read(text, &mut Builder::new(&mut budget), &mut sink);
        }
        if !goes_on {
            break;
        }
    }
    let (objects, unused, diagnostics) = assembly.finish();
    Parsed { sources: inputs.to_vec(), objects, unused, diagnostics, lines }
}

/// Reads one text as JSON if it looks like JSON, else as YAML. Returns false when `sink` wants no more documents.
fn read<'a>(text: &'a str, builder: &mut Builder<'a, '_>, sink: &mut dyn Documents<'a>) -> bool {
    let start = json::skip_blank(text, if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 });
    let looks_like_json = |at: usize| matches!(text.as_bytes().get(at), Some(b'{' | b'['));
    if !looks_like_json(start) {
        return yaml::read(text, 0, builder, sink);
    }
    let mut at = start;
    while at < text.len() {
        if text[at..].starts_with("---") {
            return yaml::read(text, at, builder, sink);
        }
        match json::read(text, at, builder) {
            Ok(end) => at = json::skip_blank(text, end),
            Err(json::Broken::Abandoned) => at = next_document(text, at),
            // Flow style is YAML, too.
            Err(json::Broken::Syntax { .. }) if at == start && yaml::is_yaml(text, builder.depth()) => {
                builder.clear();
                return yaml::read(text, 0, builder, sink);
            }
            Err(json::Broken::Syntax { at: wrong, expected }) => {
                builder.clear();
                builder.problem(json::diagnose(text, wrong, expected));
                at = next_document(text, wrong);
            }
        }
        let goes_on = sink.document(builder);
        builder.clear();
        if !goes_on {
            return false;
        }
    }
    true
}

/// The next line behind `at` that begins a document.
fn next_document(text: &str, at: usize) -> usize {
    text[at..].find("\n---").map_or(text.len(), |next| at + next + 1)
}

#[cfg(test)]
mod tests;
