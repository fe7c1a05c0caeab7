//! The input by path, read once each, and what became of it.

use super::generate::Content;
use super::paths;
use super::place::place_of;
use super::value::Node;
use crate::diagnostic::{Diagnostic, codes};
use crate::manifest::assemble::Assembly;
use crate::manifest::document::Sink;
use crate::manifest::nested::Offsets;
use crate::manifest::{Limits, SourceText};
use crate::origin;
use crate::origin::{SourceId, Span, Spanned};
use crate::text::read;
use crate::text::tree::{Budget, Builder, Value};
use crate::text::yaml::Documents;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Names of a kustomization's file.
pub(super) const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Objects that kustomizations may make in all.
const OBJECTS: usize = 50_000;

/// Takes the roots of all documents; what is no YAML goes to `problems`.
struct Roots<'p, 'i, 't> {
    broken: bool,
    text: &'t str,
    offsets: Offsets,
    roots: Vec<Node>,
    problems: Option<Sink<'p, 'i, 't>>,
}

impl<'a> Documents<'a> for Roots<'_, '_, '_> {
    fn document(&mut self, builder: &mut Builder<'a, '_>) -> bool {
        let broken = match &mut self.problems {
            Some(sink) => sink.is_broken(builder),
            None => builder.is_broken(),
        };
        self.broken |= broken;
        if !broken
            && let Some((tree, root)) = builder.finished()
            && tree.node(root).value != Value::Null
        {
            let offsets = &self.offsets;
            self.roots.push(Node::of(tree, root, self.text, &|start, end| offsets.span(start, end)));
        }
        true
    }
}

/// The documents of a text; those that are no YAML are left out.
pub(super) fn roots(text: &str, offsets: Offsets, budget: &mut Budget) -> Vec<Node> {
    let mut roots = Roots { broken: false, text, offsets, roots: Vec::new(), problems: None };
    read(text, &mut Builder::new(budget), &mut roots);
    roots.roots
}

/// The input.
pub(super) struct Files<'s, 'i> {
    pub(super) inputs: &'i [SourceText],
    assembly: &'s mut Assembly<'i>,
    budget: Budget,
    by_path: BTreeMap<String, usize>,
    /// Documents of texts that were read.
    read: BTreeMap<usize, Arc<Vec<Node>>>,
    /// Texts with documents that are no YAML, which was reported.
    pub(super) broken: BTreeSet<usize>,
    /// What was found while the kustomization at hand was rendered.
    pub(super) found: Vec<Diagnostic>,
    /// Objects that may still be made.
    pub(super) left: usize,
}

impl<'s, 'i> Files<'s, 'i> {
    pub(super) fn new(inputs: &'i [SourceText], assembly: &'s mut Assembly<'i>, limits: &Limits) -> Self {
        let mut by_path = BTreeMap::new();
        for (index, input) in inputs.iter().enumerate() {
            by_path.insert(paths::plain(&input.name), index);
        }
        Self {
            inputs,
            assembly,
            budget: Budget::of(limits),
            by_path,
            read: BTreeMap::new(),
            broken: BTreeSet::new(),
            found: Vec::new(),
            left: OBJECTS,
        }
    }

    /// The text at a plain path.
    pub(super) fn at(&self, path: &str) -> Option<usize> {
        self.by_path.get(path).copied()
    }

    /// The kustomization's text in a folder.
    pub(super) fn kustomization_in(&self, folder: &str) -> Option<usize> {
        NAMES.iter().find_map(|name| self.at(&paths::join(folder, name)))
    }

    /// All paths with their texts.
    pub(super) fn paths(&self) -> impl Iterator<Item = (&str, usize)> {
        self.by_path.iter().map(|(path, index)| (path.as_str(), *index))
    }

    /// The documents of a text. What is no YAML is reported, once.
    pub(super) fn documents(&mut self, index: usize) -> Arc<Vec<Node>> {
        if let Some(read) = self.read.get(&index) {
            return Arc::clone(read);
        }
        let input = &self.inputs[index];
        let source = SourceId(index as u32);
        if let Some(span) = origin::broken(&input.text, source) {
            let found = codes::NOT_UNICODE.at(span).arg("file", &*input.name);
            self.assembly.report(found.hint(codes::HINT_SAVE_AS_UNICODE));
            return Arc::clone(self.read.entry(index).or_default());
        }
        let offsets = Offsets::Same(source);
        let sink = Sink {
            assembly: self.assembly,
            text: &input.text,
            name: &input.name,
            offsets: offsets.clone(),
            inside: None,
            rounds: 0,
            lenient: false,
        };
        let mut roots = Roots { broken: false, text: &input.text, offsets, roots: Vec::new(), problems: Some(sink) };
        read(&input.text, &mut Builder::new(&mut self.budget), &mut roots);
        let found = Arc::new(roots.roots);
        if roots.broken {
            self.broken.insert(index);
        }
        self.read.insert(index, Arc::clone(&found));
        found
    }

    /// The documents inside a text of a kustomization, such as an inline patch.
    pub(super) fn inline(&mut self, node: &Node) -> Vec<Node> {
        let Some(text) = node.text() else { return Vec::new() };
        let spanned = Spanned { value: Arc::from(text), span: node.span };
        let source = self.inputs.get(node.span.source.0 as usize).map_or("", |input| &*input.text);
        let offsets = Offsets::of(source, &spanned);
        let sink = Sink {
            assembly: self.assembly,
            text,
            name: self.inputs.get(node.span.source.0 as usize).map_or("", |input| &*input.name),
            offsets: offsets.clone(),
            inside: None,
            rounds: 0,
            lenient: false,
        };
        let mut roots = Roots { broken: false, text, offsets, roots: Vec::new(), problems: Some(sink) };
        read(text, &mut Builder::new(&mut self.budget), &mut roots);
        roots.roots
    }

    /// Keeps a finding of the kustomization at hand.
    pub(super) fn tell(&mut self, found: Diagnostic) {
        self.found.push(found);
    }

    /// Reports findings that stay.
    pub(super) fn report(&mut self, found: Vec<Diagnostic>) {
        for found in found {
            self.assembly.report(found);
        }
    }

    /// Something that is named but not there.
    pub(super) fn missing(&mut self, path: &str, at: Span) {
        self.tell(codes::KUSTOMIZE_MISSING.at(at).arg("path", path).hint(codes::HINT_KUSTOMIZE_MISSING));
    }
}

/// Reads the files that a generator names, from its folder.
pub(super) struct Contents<'f, 's, 'i> {
    pub(super) files: &'f mut Files<'s, 'i>,
    pub(super) folder: String,
    /// The content of secrets is not wanted everywhere; that it is not there is no error.
    pub(super) secret: bool,
}

impl Content for Contents<'_, '_, '_> {
    fn content(&mut self, path: &str, at: Span) -> Option<String> {
        let found = self.files.at(&paths::join(&self.folder, path));
        if found.is_none() {
            let reason = if self.secret { "secret" } else { "content" };
            let told = codes::KUSTOMIZE_NOT_APPLIED.at(at).arg("what", path).arg("reason", reason);
            self.files.tell(told);
        }
        found.map(|index| self.files.inputs[index].text.to_string())
    }
}

/// The finding's place for a node: its first line when it has several.
pub(super) fn first_line(files: &Files<'_, '_>, span: Span) -> Span {
    place_of(files.inputs, span)
}
