//! What all documents of all texts come to: objects by identity, and findings.

use super::compose::{self, Environment};
use super::mend::Work;
use super::nested;
use super::objects::{Object, Text, UnusedObject};
use super::template;
use super::{Limits, Phase, Progress, SourceText};
use crate::diagnostic::{Diagnostic, Severity, codes};
use crate::origin::{self, Borders, Lines, Location, ObjectRef, SourceId, Span, Spanned};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

/// Most fields that are noted as not read.
const SKIPPED: usize = 10_000;
/// Most errors, and most other findings, that are kept.
const FINDINGS: usize = 1_000;

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

/// What all documents of all texts come to.
pub(super) struct Assembly<'i> {
    inputs: &'i [SourceText],
    lines: &'i [Lines],
    documents: usize,
    limit: usize,
    progress: &'i Progress,
    /// Bytes of the texts before the one that is read.
    pub(super) before: usize,
    /// JSON Lists are read item by item.
    pub(super) lists_apart: bool,
    /// Something was read that is no document: what tools of a machine printed.
    pub(super) other: bool,
    /// `None` where a later object of the same identity took over.
    objects: Vec<Option<Object>>,
    by_identity: BTreeMap<ObjectRef, Vec<usize>>,
    unused: Vec<UnusedObject>,
    unused_kinds: BTreeMap<(Text, Text), (Span, usize)>,
    skipped: Vec<SkippedField>,
    diagnostics: Vec<Diagnostic>,
    /// Names made from `generateName`.
    generated: usize,
    errors: usize,
    others: usize,
    /// Findings that were not kept.
    dropped: usize,
    /// ConfigMaps with a configuration to read, by index in `objects`.
    configurations: Vec<(usize, Spanned<Text>)>,
    /// What is told once.
    said: BTreeSet<(SourceId, String)>,
    /// What may still be spent on mending.
    pub(super) work: Work,
    /// Where what was read as one object begins and ends, by text.
    borders: Vec<Borders>,
    /// Documents of each Compose file so far.
    compose: BTreeMap<String, usize>,
    /// `.env` files by folder.
    environments: BTreeMap<String, Rc<Environment>>,
}

impl<'i> Assembly<'i> {
    pub(super) fn new(inputs: &'i [SourceText], lines: &'i [Lines], limits: &Limits, progress: &'i Progress) -> Self {
        Self {
            inputs,
            lines,
            documents: 0,
            limit: limits.documents,
            progress,
            before: 0,
            lists_apart: true,
            other: false,
            objects: Vec::new(),
            by_identity: BTreeMap::new(),
            unused: Vec::new(),
            unused_kinds: BTreeMap::new(),
            skipped: Vec::new(),
            diagnostics: Vec::new(),
            generated: 0,
            errors: 0,
            others: 0,
            dropped: 0,
            configurations: Vec::new(),
            said: BTreeSet::new(),
            work: Work::default(),
            borders: vec![Borders::default(); inputs.len()],
            compose: BTreeMap::new(),
            environments: BTreeMap::new(),
        }
    }

    /// Adds a finding, as long as there are not too many.
    pub(super) fn report(&mut self, found: Diagnostic) {
        let Some(found) = self.once(found) else { return };
        let count = if found.severity == Severity::Error { &mut self.errors } else { &mut self.others };
        if *count < FINDINGS {
            *count += 1;
            self.diagnostics.push(found);
        } else {
            self.dropped += 1;
        }
    }

    /// The finding; `None` when it says again what was said about that text, or that chart.
    fn once(&mut self, found: Diagnostic) -> Option<Diagnostic> {
        if found.code == codes::PLACEHOLDER.code {
            let name = found.args.get("placeholder").cloned().unwrap_or_default();
            return self.said.insert((found.span.source, name)).then_some(found);
        }
        if found.code != codes::UNRENDERED_TEMPLATE.code || found.args.contains_key("engine") {
            return Some(found);
        }
        let input = self.input(found.span.source)?;
        let told = template::finding(found.span, &input.text, &input.name);
        // One for each chart, else one for each text.
        let chart = template::chart(&input.name).map(str::to_owned);
        let source = if chart.is_some() { SourceId::default() } else { found.span.source };
        let key = (source, format!("template {}", chart.unwrap_or_default()));
        self.said.insert(key).then_some(Diagnostic { object: found.object, ..told })
    }

    /// An input text.
    pub(super) fn input(&self, source: SourceId) -> Option<&'i SourceText> {
        self.inputs.get(source.0 as usize)
    }

    /// Which document of a Compose file it is, from 0.
    pub(super) fn compose_document(&mut self, name: &str) -> usize {
        let count = self.compose.entry(name.to_owned()).or_default();
        *count += 1;
        *count - 1
    }

    /// The variables for the Compose files of a file's folder.
    pub(super) fn environment(&mut self, beside: &str) -> Rc<Environment> {
        let folder = beside.rsplit_once('/').map_or("", |(folder, _)| folder);
        if let Some(known) = self.environments.get(folder) {
            return Rc::clone(known);
        }
        let of = |input: &&SourceText| {
            let own = input.name.rsplit_once('/').map_or("", |(folder, _)| folder);
            own == folder && compose::is_environment(&input.name)
        };
        let text = self.inputs.iter().find(of).map_or("", |input| &*input.text);
        let made = Rc::new(Environment::of(text));
        self.environments.insert(folder.to_owned(), Rc::clone(&made));
        made
    }

    /// Documents that are read at most.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// Counts a document; false when it is one too many.
    pub(super) fn admit(&mut self) -> bool {
        let admitted = self.documents < self.limit && !self.is_stopped();
        self.documents += usize::from(admitted);
        admitted
    }

    /// True when nobody wants more of it.
    pub(super) fn is_stopped(&self) -> bool {
        self.progress.budget().is_stopped()
    }

    /// Adds an object in place of an earlier one of the same identity. `name` is where its `metadata.name` stands.
    pub(super) fn add(&mut self, object: Object, name: Option<Span>) {
        let index = self.objects.len();
        let earlier = self.by_identity.entry(object.object().clone()).or_default();
        let mut replaced = None;
        for index in earlier.drain(..) {
            let slot = self.objects.get_mut(index).and_then(Option::take);
            replaced = replaced.or(slot);
        }
        earlier.push(index);
        if let Object::ConfigMap(map) = &object
            && let Some(text) = nested::configuration(map)
        {
            self.configurations.push((index, text.clone()));
        }
        if let Object::ConfigMap(map) = &object {
            self.configurations.extend(nested::cni(map).map(|text| (index, text.clone())));
        }
        if let Some(replaced) = replaced.filter(|replaced| !same(replaced, &object)) {
            let found = codes::DUPLICATE_OBJECT
                .at(name.unwrap_or_else(|| self.first_line(object.span())))
                .arg("object", object.object().to_string());
            let at = self.locate(replaced.span());
            let (file, line) = at.map_or_else(Default::default, |at| (at.file.to_string(), at.line.to_string()));
            self.report(found.arg("file", file).arg("line", line).about(object.object().clone()));
        }
        self.objects.push(Some(object));
        self.progress.object();
    }

    /// Notes that something was read as one object, or as one item of a list.
    pub(super) fn border(&mut self, span: Span) {
        if let Some(borders) = self.borders.get_mut(span.source.0 as usize) {
            borders.add(span.start, span.end);
        }
    }

    /// What was noted, by text.
    pub(super) fn take_borders(&mut self) -> Vec<Borders> {
        let mut borders = std::mem::take(&mut self.borders);
        borders.iter_mut().for_each(Borders::order);
        borders
    }

    /// Says how far the text at hand was read.
    pub(super) fn came_to(&self, phase: Phase, byte: usize) {
        self.progress.at(phase, self.before + byte);
    }

    /// Adds a configuration that stands in a ConfigMap and bears its identity.
    pub(super) fn add_inner(&mut self, object: Object) {
        self.by_identity.entry(object.object().clone()).or_default().push(self.objects.len());
        self.objects.push(Some(object));
    }

    /// A name as the API server makes it from `generateName`: it draws five letters, we count.
    pub(super) fn generate_name(&mut self, prefix: &str) -> Text {
        self.generated += 1;
        Text::from(format!("{prefix}{:05}", self.generated))
    }

    /// Adds an object of a kind that takes no part; `at` is where its kind stands.
    pub(super) fn add_unused(&mut self, object: UnusedObject, at: Span) {
        let key = (object.object.kind.clone(), object.api_version.clone());
        self.unused_kinds.entry(key).or_insert((at, 0)).1 += 1;
        self.unused.push(object);
        self.progress.object();
    }

    /// Notes a field that is not read, as long as there are not too many.
    pub(super) fn skip(&mut self, field: SkippedField) {
        if self.skipped.len() < SKIPPED {
            self.skipped.push(field);
        }
    }

    /// Fields that were not read though they could matter, of objects that are still there.
    pub(super) fn take_skipped(&mut self) -> Vec<SkippedField> {
        let mut skipped = std::mem::take(&mut self.skipped);
        let stands = |field: &SkippedField| {
            let of = self.by_identity.get(&field.object).into_iter().flatten();
            let mut objects = of.filter_map(|index| self.objects.get(*index)?.as_ref());
            objects.any(|object| {
                let span = object.span();
                span.source == field.span.source && (span.start..=span.end).contains(&field.span.start)
            })
        };
        skipped.retain(stands);
        skipped
    }

    /// The next ConfigMap that holds a configuration, with the configuration.
    pub(super) fn next_configuration(&mut self) -> Option<(ObjectRef, Spanned<Text>)> {
        loop {
            let (index, text) = self.configurations.pop()?;
            if let Some(Some(object)) = self.objects.get(index) {
                return Some((object.object().clone(), text));
            }
        }
    }

    pub(super) fn finish(mut self) -> (Vec<Object>, Vec<UnusedObject>, Vec<Diagnostic>) {
        for ((kind, api_version), (span, count)) in std::mem::take(&mut self.unused_kinds) {
            let found = codes::UNUSED_KIND.at(span).arg("kind", &*kind).arg("api_version", &*api_version);
            self.report(found.arg("count", count.to_string()));
        }
        if self.documents == 0 && !self.other && self.diagnostics.is_empty() {
            self.report(codes::EMPTY_INPUT.at(Span::default()).hint(codes::HINT_GIVE_MANIFESTS));
        }
        self.diagnostics.sort_by(|a, b| (a.span, a.code).cmp(&(b.span, b.code)));
        if self.dropped > 0 {
            let found = codes::MORE_FINDINGS.at(Span::default()).arg("count", self.dropped.to_string());
            self.diagnostics.push(found);
        }
        (self.objects.into_iter().flatten().collect(), self.unused, self.diagnostics)
    }

    /// The part of a span that stands on its first line.
    fn first_line(&self, span: Span) -> Span {
        let text = self.inputs.get(span.source.0 as usize).map_or("", |input| &*input.text);
        let text = text.get(span.start as usize..span.end as usize).unwrap_or_default();
        let line = text.lines().next().unwrap_or_default().trim_end();
        Span { end: span.start + line.len() as u32, ..span }
    }

    pub(super) fn locate(&self, span: Span) -> Option<Location> {
        let index = span.source.0 as usize;
        Some(origin::locate(self.inputs.get(index)?, self.lines.get(index)?, span))
    }
}

/// True when both say the same, wherever they stand.
fn same(a: &Object, b: &Object) -> bool {
    let mut a = a.clone();
    a.move_to(b.span());
    a == *b
}
