//! What the texts say.

use super::assemble::SkippedField;
use super::held::Held;
use super::objects::{Object, UnusedObject};
use super::rendered::RenderedObject;
use crate::diagnostic::Diagnostic;
use crate::edit::Editor;
use crate::machine::Machine;
use crate::origin::{self, Borders, Lines, Location, ObjectRef, Snippet, SourceId, SourceText, Span};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

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
    /// What is known of its Pods at a moment of its timeline.
    pub held: Held,
    /// What tools printed on real machines.
    pub machines: Arc<Vec<Machine>>,
    pub(super) lines: Arc<Vec<Lines>>,
    pub(super) borders: Arc<Vec<Borders>>,
    pub(super) rendered: Arc<BTreeMap<ObjectRef, RenderedObject>>,
}

impl Parsed {
    /// The same texts with other objects: those of a moment.
    #[must_use]
    pub fn with(&self, objects: Vec<Object>, held: Held) -> Self {
        Self {
            objects,
            held,
            sources: self.sources.clone(),
            unused: self.unused.clone(),
            skipped: self.skipped.clone(),
            machines: Arc::clone(&self.machines),
            diagnostics: self.diagnostics.clone(),
            lines: Arc::clone(&self.lines),
            borders: Arc::clone(&self.borders),
            rendered: Arc::clone(&self.rendered),
        }
    }

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
        (!span.is_nowhere()).then(|| origin::locate(source, lines, span))
    }

    /// The lines of a span, with up to `context` lines before and after, but nothing of another document or of another item of a list;
    /// `None` for the span that points nowhere.
    pub fn snippet(&self, span: Span, context: usize) -> Option<Snippet> {
        let index = span.source.0 as usize;
        let (source, lines) = (self.sources.get(index)?, self.lines.get(index)?);
        let part = self.shown_with(span)?;
        Some(origin::snippet(source, lines, span, context, &part))
    }

    /// The same of a place that was told of a span; its line without a mark in it.
    pub fn snippet_at(&self, place: &Location, context: usize) -> Option<Snippet> {
        let index = self.sources.iter().position(|source| source.name == place.file)?;
        let (source, lines) = (self.sources.get(index)?, self.lines.get(index)?);
        let at = origin::byte_of(source, lines, place.line, place.column)? as u32;
        let span = Span { source: SourceId(index as u32), start: at, end: at };
        Some(origin::snippet(source, lines, span, context, &self.part_at(index, at)?))
    }

    /// Bytes of the span's text that may be shown with it: its document, of a list the item.
    pub fn shown_with(&self, span: Span) -> Option<Range<usize>> {
        (!span.is_nowhere()).then(|| self.part_at(span.source.0 as usize, span.start)).flatten()
    }

    fn part_at(&self, index: usize, at: u32) -> Option<Range<usize>> {
        let (source, none) = (self.sources.get(index)?, Borders::default());
        Some(self.borders.get(index).unwrap_or(&none).part(&source.text, at as usize))
    }
}
