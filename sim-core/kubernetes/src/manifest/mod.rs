//! YAML and JSON text to typed Kubernetes objects, each with its place.
//!
//! ```text
//! bytes ──decode──▶ text ──chunks──▶ documents ──yaml, json──▶ Tree ──document──▶ Object (through de, into objects) ──assemble──▶ Parsed
//! ```
//!
//! `decode` knows encodings and `chunks` where documents begin, `yaml` and `json` read one into a `tree` within limits (`lists`: one for each item of a
//! JSON List), `resolve` types plain scalars as the
//! Kubernetes API machinery does, `syntax` says what a YAML error most likely means. `document` finds out what a tree is
//! (`kinds`), reads it through the serde deserializer in `de`, and `assemble` keeps one object per identity. `kustomize` decides
//! about the texts of folders with a `kustomization.yaml` before that.

pub mod acting;
mod amiss;
mod assemble;
mod chunks;
mod de;
mod decode;
mod document;
mod fields;
mod folders;
mod json;
mod kinds;
pub mod kustomize;
mod lists;
mod mend;
mod nested;
pub mod objects;
mod openshift;
pub(crate) mod outline;
mod pasted;
mod place;
mod progress;
mod rendered;
mod resolve;
mod scalars;
pub mod span;
mod syntax;
mod teach;
mod template;
mod tools;
mod tree;
mod typed;
mod yaml;

use crate::cause::ObjectRef;
use crate::diagnostic::{Diagnostic, codes};
use crate::patch::{Editor, Patch};
use assemble::Assembly;
use document::Sink;
use nested::Offsets;
use objects::{Object, UnusedObject};
pub use place::{Snippet, SnippetLine};
pub use progress::{Phase, Progress, Stage};
pub use rendered::{FieldPlace, RenderedObject, Stands};
pub use scalars::{Scalar, scalars};
use span::{Location, SourceId, Span};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use tree::{Budget, Builder};
use yaml::Documents;

/// One input text with the name the user knows it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceText {
    /// File name, or `-` for standard input, or `pasted.yaml`. Parts of a path are separated by `/`.
    pub name: Arc<str>,
    /// UTF-8 text; a leading byte order mark is allowed. Made of a file's bytes by [`SourceText::decode`].
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
    /// Fields that were not read though a packet could fare another way by them, in input order.
    pub skipped: Vec<SkippedField>,
    /// Findings, in input order.
    pub diagnostics: Vec<Diagnostic>,
    lines: Vec<place::Lines>,
    rendered: Arc<BTreeMap<ObjectRef, RenderedObject>>,
}

/// A field of an object that is used, which is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedField {
    /// The object.
    pub object: ObjectRef,
    /// The field, e.g. `spec.template.spec.runtimeClassName`.
    pub path: Arc<str>,
    /// Its key.
    pub span: Span,
}

impl Parsed {
    /// The object, where a kustomization came to it.
    pub fn rendered(&self, object: &ObjectRef) -> Option<&RenderedObject> {
        self.rendered.get(object)
    }

    /// The text of an object, to be read: as a kustomization came to it, else as it stands in the input.
    pub fn reader(&self, object: &Object) -> Option<Editor<'_>> {
        match self.rendered(object.object()) {
            Some(made) => made.reader(),
            None => Editor::reader(&self.sources, object.span()),
        }
    }

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
    parse_watched(inputs, limits, &Progress::default())
}

/// The same, saying how far it is.
pub fn parse_watched(inputs: &[SourceText], limits: &Limits, progress: &Progress) -> Parsed {
    parse_lists(inputs, limits, progress, true)
}

/// The same; `apart` reads JSON Lists item by item where that comes to the same.
fn parse_lists(inputs: &[SourceText], limits: &Limits, progress: &Progress, apart: bool) -> Parsed {
    let lines: Vec<_> = inputs.iter().map(|input| place::Lines::of(&input.text)).collect();
    progress.expect(inputs.iter().map(|input| input.text.len()).sum());
    let mut assembly = Assembly::new(inputs, &lines, limits, progress);
    assembly.lists_apart = apart;
    let mut budget = Budget::of(limits);
    let mut bytes = 0_usize;
    let mut plan = kustomize::plan(inputs, &mut assembly, limits);
    folders::pass(inputs, &mut plan.passed, &mut assembly);
    for (index, input) in inputs.iter().enumerate() {
        if plan.passed.get(index).copied().unwrap_or_default() {
            continue;
        }
        let source = SourceId(index as u32);
        progress.at(Phase::Reading, bytes);
        assembly.before = bytes;
        bytes = bytes.saturating_add(input.text.len());
        if bytes > limits.bytes || u32::try_from(input.text.len()).is_err() {
            let found = codes::INPUT_TOO_LARGE.at(Span { source, ..Span::default() });
            assembly.report(found.arg("limit", limits.bytes.to_string()).hint(codes::HINT_SPLIT_INPUT));
            break;
        }
        if let Some(span) = decode::broken(&input.text, source) {
            let found = codes::NOT_UNICODE.at(span).arg("file", &*input.name);
            assembly.report(found.hint(codes::HINT_SAVE_AS_UNICODE));
            continue;
        }
        if template::is_ytt(&input.text) || template::is_jsonnet(&input.text, &input.name) {
            let line = input.text.lines().next().unwrap_or_default().trim_end().len();
            assembly.report(codes::UNRENDERED_TEMPLATE.at(Span { source, start: 0, end: line as u32 }));
            continue;
        }
        let pasted = pasted::look(&input.text);
        if !pasted.is_empty() {
            for found in pasted {
                let span = Span { source, ..found.span };
                assembly.report(Diagnostic { span, ..found });
            }
            continue;
        }
        if !parse_one(&input.text, Offsets::Same(source), source, &mut assembly, &mut budget) {
            break;
        }
    }
    for made in &plan.rendered {
        let offsets = Offsets::Pieces(Arc::clone(&made.pieces));
        if !parse_one(&made.text, offsets, made.source, &mut assembly, &mut budget) {
            break;
        }
    }
    let skipped = assembly.take_skipped();
    let (objects, unused, diagnostics) = assembly.finish();
    let rendered = plan.rendered.iter().map(|made| {
        let object = RenderedObject::new(&made.text, &made.pieces);
        (made.object.clone(), object)
    });
    let rendered = Arc::new(rendered.collect());
    Parsed { sources: inputs.to_vec(), objects, unused, skipped, diagnostics, lines, rendered }
}

/// Reads one text with the configurations in it. Returns false when no more are to be read.
fn parse_one(text: &str, offsets: Offsets, source: SourceId, assembly: &mut Assembly<'_>, budget: &mut Budget) -> bool {
    let name = assembly.input(source).map(|input| Arc::clone(&input.name)).unwrap_or_default();
    let mut sink = Sink { assembly, text, name: &name, offsets, inside: None, rounds: 0, lenient: false };
    let goes_on = read(text, &mut Builder::new(budget), &mut sink);
    while let Some((map, value)) = assembly.next_configuration() {
        let offsets = Offsets::of(assembly.input(value.span.source).map_or("", |input| &*input.text), &value);
        let text = &value.value;
        let lenient = text.trim_start().starts_with('{');
        let mut sink = Sink { assembly, text, name: &name, offsets, inside: Some(map), rounds: 0, lenient };
        read(text, &mut Builder::new(budget), &mut sink);
    }
    goes_on
}

/// Reads one text, document by document. Returns false when `sink` wants no more of them.
fn read<'a>(text: &'a str, builder: &mut Builder<'a, '_>, sink: &mut dyn Documents<'a>) -> bool {
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    for chunk in chunks::split(text, start) {
        if let Some(bad) = chunk.bad {
            let found = text.get(bad.line.start as usize..bad.line.end as usize).unwrap_or_default();
            let found = codes::YAML_BAD_SEPARATOR.at(bad.line).arg("found", document::excerpt(found));
            // What stands behind the dashes is a line of its own.
            let end = bad.rest.map_or(bad.line.end, |rest| rest as u32);
            let text = if bad.rest.is_some() { "---\n" } else { "---" };
            let patch = Patch::replace(Span { end, ..bad.line }, text);
            builder.problem(found.hint(codes::HINT_SEPARATOR).patch(Some(patch)));
            let goes_on = sink.document(builder);
            builder.clear();
            if !goes_on {
                return false;
            }
        }
        if !document(text, &chunk.range, builder, sink) {
            return false;
        }
    }
    true
}

/// Reads the document in `range` and hands it over. Returns false when `sink` wants no more.
fn document<'a>(
    text: &'a str,
    range: &Range<usize>,
    builder: &mut Builder<'a, '_>,
    sink: &mut dyn Documents<'a>,
) -> bool {
    if let Some(directive) = chunks::directive(text, range) {
        let end = (directive.end as usize + 1).min(range.end) as u32;
        let patch = Patch::replace(Span { end, ..directive }, "");
        builder.problem(codes::YAML_DIRECTIVE.at(directive).hint(codes::HINT_REMOVE_LINE).patch(Some(patch)));
        let goes_on = sink.document(builder);
        builder.clear();
        return goes_on;
    }
    match load(text, range, builder, sink) {
        Ok(goes_on) => goes_on,
        Err(broken) => {
            let goes_on = sink.broken(builder, text, range, *broken);
            builder.clear();
            goes_on
        }
    }
}

/// Reads the document in `range` as JSON if it looks like JSON, else as YAML. Returns false when `sink` wants no more.
fn load<'a>(
    text: &'a str,
    range: &Range<usize>,
    builder: &mut Builder<'a, '_>,
    sink: &mut dyn Documents<'a>,
) -> Result<bool, Box<yaml::Broken>> {
    let start = json::skip_blank(text, range.start);
    if matches!(text.as_bytes().get(start..range.end), Some([b'{' | b'[', ..])) {
        json_documents(text, start..range.end, builder, sink)
    } else {
        yaml::read(text, range, builder, sink)
    }
}

/// Reads one JSON value after the other.
fn json_documents<'a>(
    text: &'a str,
    range: Range<usize>,
    builder: &mut Builder<'a, '_>,
    sink: &mut dyn Documents<'a>,
) -> Result<bool, Box<yaml::Broken>> {
    let upto = text.get(..range.end).unwrap_or_default();
    let mut at = range.start;
    while at < range.end {
        let list = sink.list(upto, at, builder);
        builder.restart();
        if let Some((end, goes_on)) = list {
            if !goes_on {
                return Ok(false);
            }
            at = json::skip_blank(upto, end);
            continue;
        }
        match json::read(upto, at, builder) {
            Ok(end) => at = json::skip_blank(upto, end),
            Err(json::Broken::Abandoned) => at = range.end,
            Err(json::Broken::Syntax { at: wrong, expected }) => {
                builder.clear();
                // Flow style is YAML, too.
                if at == range.start
                    && let Ok(goes_on) = yaml::read(text, &range, builder, sink)
                {
                    return Ok(goes_on);
                }
                builder.clear();
                return Err(Box::new(yaml::Broken::of(json::diagnose(upto, wrong, expected))));
            }
        }
        let goes_on = sink.document(builder);
        builder.clear();
        if !goes_on {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests;
