//! From one document to its objects: kinds, lists, identities, and what to say about documents that are none.

use super::acting;
use super::assemble::Assembly;
use super::assemble::SkippedField;
use super::compose;
use super::de::{Context, De, Wrong};
use super::kinds::{self, Kind, Scope, Verdict};
use super::lists;
use super::mend::{self, Change, Lesson, Mended};
use super::nested::Offsets;
use super::objects::{Document, Object, UnusedObject, defaults_selector};
use super::openshift;
use super::teach;
use super::{Phase, template, tools};
use crate::diagnostic::{Diagnostic, codes};
use crate::origin::{ObjectRef, Span};
use crate::shown;
use crate::text::tree::{Builder, NodeId, Tree, Value, kind_of};
use crate::text::yaml::{Broken, Documents};
use serde::de::DeserializeOwned;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

/// Takes the documents of one text.
pub(super) struct Sink<'s, 'i, 't> {
    pub(super) assembly: &'s mut Assembly<'i>,
    /// The text that is read.
    pub(super) text: &'t str,
    /// The name the user knows the text by.
    pub(super) name: &'t str,
    pub(super) offsets: Offsets,
    /// The ConfigMap the text stands in: then only configurations count.
    pub(super) inside: Option<ObjectRef>,
    /// How often mistakes were mended on the way to this text.
    pub(super) rounds: u8,
    /// What cannot be read is nobody's fault.
    pub(super) lenient: bool,
}

/// How often the mistakes of one document are mended: one may show only behind another.
const ROUNDS: u8 = 6;

impl<'a> Documents<'a> for Sink<'_, '_, '_> {
    fn document(&mut self, builder: &mut Builder<'a, '_>) -> bool {
        let start = match (builder.problems.first(), builder.finished()) {
            (Some(problem), _) => problem.found.span.start,
            (None, Some((tree, root))) if tree.node(root).value != Value::Null => tree.node(root).start,
            (None, _) => return true,
        };
        if !self.admit(start) {
            return false;
        }
        if self.is_broken(builder) {
            return true;
        }
        let Some((tree, root)) = builder.finished() else { return true };
        match self.taught(tree, root) {
            Some(mended) => {
                let mut builder = builder.another();
                self.again(mended, &mut builder)
            }
            None => {
                self.root(tree, root);
                true
            }
        }
    }

    fn list(&mut self, text: &'a str, at: usize, builder: &mut Builder<'a, '_>) -> Option<(usize, bool)> {
        let own = matches!(self.offsets, Offsets::Same(_)) && self.rounds == 0 && self.inside.is_none();
        if !own || self.lenient || !self.assembly.lists_apart {
            return None;
        }
        let assembly = &*self.assembly;
        let plain = lists::survey(text, at, builder, &mut |byte| assembly.came_to(Phase::Surveying, byte))?;
        builder.restart();
        if !self.admit(at as u32) {
            return Some((plain.end, false));
        }
        self.assembly.border(self.offsets.span(at as u32, plain.end as u32));
        let implied = plain.item_kind.as_deref().map(|kind| (kind, &*plain.api_version));
        lists::each(text, &plain, builder, &mut |tree, item, end| {
            self.object(tree, item, implied);
            self.assembly.came_to(Phase::Reading, end);
        });
        Some((plain.end, true))
    }

    fn broken(&mut self, builder: &mut Builder<'a, '_>, text: &'a str, range: &Range<usize>, broken: Broken) -> bool {
        let Offsets::Same(source) = self.offsets else {
            builder.problem(broken.found);
            return self.document(builder);
        };
        let slice = text.get(range.clone()).unwrap_or_default();
        if let Some(at) = template::action(slice) {
            let mark = template::mark(range.start + at);
            self.assembly.report(codes::UNRENDERED_TEMPLATE.at(self.offsets.span(mark.start, mark.end)));
            return self.admit(range.start as u32);
        }
        let outcome = mend::syntax(Mended::new(source, text, range.clone()), builder.depth(), &mut self.assembly.work);
        if !outcome.readable && outcome.findings.is_empty() {
            builder.problem(broken.found);
            return self.document(builder);
        }
        for found in outcome.findings {
            self.assembly.report(found);
        }
        if outcome.readable {
            let mut builder = builder.another();
            return self.again(outcome.mended, &mut builder);
        }
        self.admit(range.start as u32)
    }
}

impl Sink<'_, '_, '_> {
    /// Reports what is wrong with the document at hand; true when it cannot be used.
    pub(super) fn is_broken(&mut self, builder: &mut Builder<'_, '_>) -> bool {
        let broken = builder.is_broken();
        // An installer's template of a CNI configuration has holes in it.
        if self.lenient {
            builder.problems.clear();
        }
        for problem in std::mem::take(&mut builder.problems) {
            let mut found = self.or_template(problem.found);
            if let Some(patch) = found.patch.take() {
                let range = |span: Span| span.start as usize..span.end as usize;
                let changes = patch.edits().iter().map(|edit| Change::new(range(edit.span), &*edit.text));
                found.patch = self.patch(&changes.collect::<Vec<_>>());
            }
            found.span = self.offsets.span(found.span.start, found.span.end);
            let earlier = problem.earlier.map(|at| self.offsets.span(at, at));
            if let Some(location) = earlier.and_then(|span| self.assembly.locate(span)) {
                found = found.arg("line", location.line.to_string());
            }
            self.assembly.report(found);
        }
        broken
    }

    /// Reads a text in which mistakes were mended.
    fn again(&mut self, mended: Mended, builder: &mut Builder<'_, '_>) -> bool {
        let mended = Rc::new(mended);
        let offsets = Offsets::Mended(Rc::clone(&mended));
        let rounds = self.rounds + 1;
        let (text, name) = (&*mended.text, self.name);
        let mut sink =
            Sink { assembly: &mut *self.assembly, text, name, offsets, inside: None, rounds, lenient: false };
        let mut builder = builder.another();
        let read = crate::text::load(text, &(0..text.len()), &mut builder, &mut sink);
        match read {
            Ok(goes_on) => goes_on,
            Err(broken) => {
                builder.problem(broken.found);
                sink.document(&mut builder)
            }
        }
    }

    /// Tells the mistakes in a document that can be read, and gives the text without them; `None` when there are none.
    fn taught(&mut self, tree: &Tree<'_>, root: NodeId) -> Option<Mended> {
        if self.inside.is_some() || self.rounds >= ROUNDS || compose::is_compose(tree, root, self.name) {
            return None;
        }
        let lessons = teach::look(tree, root, self.text);
        if lessons.is_empty() {
            return None;
        }
        let (before, base) = match &self.offsets {
            Offsets::Same(source) => {
                let node = tree.node(root);
                let (start, end) = (node.start as usize, node.end as usize);
                let line = self.text[..start].rfind('\n').map_or(0, |newline| newline + 1);
                let start = if self.text[line..start].trim().is_empty() { line } else { start };
                (Mended::new(*source, self.text, start..end), start)
            }
            Offsets::Mended(mended) => (Mended::clone(mended), 0),
            Offsets::Lines(..) | Offsets::Whole(_) | Offsets::Pieces(_) => return None,
        };
        let mut all: Vec<Change> = Vec::new();
        for Lesson { found, changes } in lessons {
            let here = |at: usize| at.saturating_sub(base);
            let change = |change: Change| Change { range: here(change.range.start)..here(change.range.end), ..change };
            let changes: Vec<Change> = changes.into_iter().map(change).collect();
            let apart =
                |new: &Change| all.iter().all(|old| new.range.end < old.range.start || old.range.end < new.range.start);
            // What overlaps is looked at again when the others are mended.
            if !changes.iter().all(apart) {
                continue;
            }
            if !self.assembly.work.spend(before.text.len()) {
                break;
            }
            let Some((_, patch)) = before.with(&changes) else { continue };
            all.extend(changes);
            let span = self.offsets.span(found.span.start, found.span.end);
            // What stands in for a placeholder mends nothing.
            let stands_in = [codes::PLACEHOLDER.code, codes::PLACEHOLDER_PORT.code].contains(&found.code);
            let patch = (!stands_in).then_some(patch);
            self.assembly.report(Diagnostic { span, ..found }.patch(patch));
        }
        before.with(&all).filter(|_| !all.is_empty()).map(|(mended, _)| mended)
    }

    /// Counts a document that begins at `start`; false when it is one too many.
    fn admit(&mut self, start: u32) -> bool {
        if self.assembly.admit() {
            return true;
        }
        let limit = self.assembly.limit().to_string();
        let found = codes::TOO_MANY_DOCUMENTS.at(self.offsets.span(start, start)).arg("limit", limit);
        self.assembly.report(found.hint(codes::HINT_SPLIT_INPUT));
        false
    }
}

/// Kind and version that the items of a typed list have without saying so.
type Implied<'k> = Option<(&'k str, &'k str)>;

impl Sink<'_, '_, '_> {
    fn root(&mut self, tree: &Tree<'_>, root: NodeId) {
        match &tree.node(root).value {
            Value::List(items)
                if tree
                    .items(items)
                    .iter()
                    .any(|item| tree.get(*item, "kind").is_some() || compose::is_inspected(tree, *item)) =>
            {
                for item in tree.items(items) {
                    self.object(tree, *item, None);
                }
            }
            _ => self.object(tree, root, None),
        }
    }

    fn object(&mut self, tree: &Tree<'_>, node: NodeId, implied: Implied<'_>) {
        if self.assembly.is_stopped() {
            return;
        }
        let span = self.span(tree, node);
        // What a kustomization put together has no border in a text.
        if self.inside.is_none() && matches!(self.offsets, Offsets::Same(_) | Offsets::Mended(_)) {
            self.assembly.border(span);
        }
        if !matches!(tree.node(node).value, Value::Map(_)) {
            let found =
                codes::NOT_AN_OBJECT.at(self.first_line(tree, node)).arg("found", kind_of(&tree.node(node).value));
            let found = found.hint(codes::HINT_MAPPING);
            let start = self.first_line(tree, node);
            let found = match self.template(tree, node).or_else(|| self.tool(tree, node, start)) {
                Some(told) => told,
                None => found,
            };
            self.assembly.report(found);
            return;
        }
        let (kind_at, version_at) = (tree.get(node, "kind"), tree.get(node, "apiVersion"));
        for (at, path) in [(kind_at, "kind"), (version_at, "apiVersion")] {
            let alone = path == "apiVersion" && kind_at.is_none();
            if let Some(at) = at.filter(|at| tree.text(*at).is_none() && !alone) {
                self.wrong(
                    tree,
                    &Wrong { node: Some(at), path: path.to_owned(), expected: "string", mend: None },
                    None,
                );
                return;
            }
        }
        let kind = kind_at.and_then(|at| tree.text(at)).or(implied.map(|(kind, _)| kind));
        let api_version = version_at.and_then(|at| tree.text(at)).or(implied.map(|(_, version)| version));
        if kind.is_none() && api_version.is_none() && is_cni(tree, node) {
            let object = identity(tree, node, kinds::CNI_CONFIG.name, Some(Scope::Config));
            self.typed(tree, node, &kinds::CNI_CONFIG, object, Arc::default(), Object::CniConfig);
            return;
        }
        if kind.is_none() && api_version.is_none() && self.inside.is_none() {
            if compose::is_compose(tree, node, self.name) {
                return self.compose(tree, node);
            }
            if compose::is_daemon(tree, node, self.name) {
                return self.daemon(tree, node);
            }
            if compose::is_inspected(tree, node) {
                return self.inspected(tree, node);
            }
        }
        if self.lenient && (kind.is_none() || api_version.is_none()) {
            return;
        }
        let (Some(kind), Some(api_version)) = (kind, api_version) else {
            if let (Some(kind), Some(at)) = (kind, kind_at)
                && let Some(known) = kinds::named(kind)
            {
                self.no_version(tree, node, at, known);
                return;
            }
            match tools::kind(tree, node).and_then(kinds::named) {
                Some(known) if kind.is_none() && self.is_whole(tree, node) => self.kind_forgotten(tree, node, known),
                guess => {
                    let found = self.no_kind(tree, node, kind, guess);
                    self.assembly.report(found);
                }
            }
            return;
        };
        if kind.ends_with("List")
            && let Some(items) = tree.get(node, "items")
            && let Value::List(items) = &tree.node(items).value
        {
            let item_kind = kind.strip_suffix("List").filter(|kind| !kind.is_empty());
            for item in tree.items(items) {
                self.object(tree, *item, item_kind.map(|kind| (kind, api_version)));
            }
            return;
        }
        let at = kind_at.map_or(span, |at| self.span(tree, at));
        let version_span = version_at.map_or(at, |at| self.span(tree, at));
        match kinds::judge(kind, api_version) {
            Verdict::Known(known) => self.known(tree, node, known, api_version),
            Verdict::Removed(known) => {
                let found = codes::REMOVED_API_VERSION.at(version_span).arg("kind", kind).arg("found", api_version);
                let found = found.arg("expected", known.api_version).hint(codes::HINT_USE_API_VERSION);
                let found = match selector_of_template(tree, node, api_version) {
                    Some((label, value)) => {
                        found.arg("label", label).arg("value", value).hint(codes::HINT_ADD_SELECTOR)
                    }
                    None => found,
                };
                self.assembly.report(found.about(identity(tree, node, kind, None)));
                self.known(tree, node, known, api_version);
            }
            Verdict::WrongVersion(known) => {
                let found = codes::WRONG_API_VERSION.at(version_span).arg("kind", kind).arg("found", api_version);
                let found = found.arg("expected", known.api_version).hint(codes::HINT_USE_API_VERSION);
                let patch = self.replace(tree, version_at, known.api_version);
                self.assembly.report(found.about(identity(tree, node, kind, None)).patch(patch));
                // Another version of a configuration may mean something else by the same fields.
                if known.scope != Scope::Config {
                    self.known(tree, node, known, known.api_version);
                }
            }
            Verdict::Misspelt(near) => {
                let found = codes::UNKNOWN_KIND.at(at).arg("kind", kind).arg("api_version", api_version);
                let patch = self.replace(tree, kind_at, near.name);
                self.assembly.report(found.arg("suggestion", near.name).hint(codes::HINT_DID_YOU_MEAN).patch(patch));
                self.known(tree, node, near, api_version);
            }
            Verdict::Unused if self.inside.is_some() => {}
            Verdict::Unused if kind == "Kustomization" && api_version.starts_with("kustomize.config.k8s.io/") => {
                let found = codes::TOOL_FILE.at(at).arg("kind", "kustomization");
                self.assembly.report(found.hint(codes::HINT_KUSTOMIZE));
            }
            Verdict::Unused if openshift::is_template(kind, api_version) => self.openshift_template(tree, node),
            Verdict::Unused => {
                let object = identity(tree, node, kind, None);
                let offsets = self.offsets.clone();
                let acting = acting::of(tree, node, kind, api_version, &|start, end| offsets.span(start, end));
                let api_version = Arc::from(&*shown::cut(api_version, shown::NAME));
                self.assembly.add_unused(UnusedObject { object, api_version, span, acting }, at);
            }
        }
    }

    /// The objects of an OpenShift Template with its parameters put in.
    fn openshift_template(&mut self, tree: &Tree<'_>, node: NodeId) {
        let parameters = openshift::Parameters::of(tree, node);
        for (name, at) in &parameters.missing {
            let found = codes::TEMPLATE_PARAMETER.at(self.span(tree, *at)).arg("name", name.clone());
            self.assembly.report(found.about(identity(tree, node, "Template", Some(Scope::Namespaced))));
        }
        let filled = parameters.fill(tree);
        let Some(objects) = tree.get(node, "objects") else { return };
        for object in filled.list(objects) {
            self.object(&filled, *object, None);
        }
    }

    /// A known kind without `apiVersion`.
    fn no_version(&mut self, tree: &Tree<'_>, node: NodeId, kind_at: NodeId, known: &'static Kind) {
        let found = codes::MISSING_API_VERSION.at(self.first_line(tree, node)).arg("kind", known.name);
        let found = found.arg("expected", known.api_version).hint(codes::HINT_ADD_API_VERSION);
        let key = tree.key_of(node, kind_at).map(|key| tree.node(key).start as usize);
        let patch = key.and_then(|at| {
            let block = teach::lines::is_first(self.text, at);
            let line = if block {
                format!("apiVersion: {}\n{}", known.api_version, " ".repeat(teach::lines::column(self.text, at)))
            } else if self.text[at..].starts_with('"') {
                format!("\"apiVersion\": \"{}\", ", known.api_version)
            } else {
                format!("apiVersion: {}, ", known.api_version)
            };
            self.patch(&[Change::insert(at, line)])
        });
        self.assembly.report(found.patch(patch));
        self.known(tree, node, known, known.api_version);
    }

    pub(super) fn typed<T: DeserializeOwned>(
        &mut self,
        tree: &Tree<'_>,
        node: NodeId,
        known: &Kind,
        object: ObjectRef,
        api_version: Arc<str>,
        wrap: impl FnOnce(Document<T>) -> Object,
    ) {
        let offsets = self.offsets.clone();
        let place = |start, end| offsets.span(start, end);
        let context = Context::new(tree, self.text, &place);
        let value = T::deserialize(De::new(&context, node));
        for unknown in context.unknown.take() {
            self.unknown(tree, node, unknown, &object);
        }
        let wrong = context.wrong.take();
        for wrong in &wrong {
            self.wrong(tree, wrong, Some(object.clone()));
        }
        for (path, key) in context.skipped.take() {
            let span = self.span(tree, key);
            self.assembly.skip(SkippedField { object: object.clone(), path: Arc::from(path), span });
        }
        let value = match value {
            Ok(value) => value,
            Err(error) => return self.wrong(tree, &error.into_inner(), Some(object)),
        };
        if wrong.iter().any(|wrong| wrong.mend.is_none()) {
            return;
        }
        let name = tree.get(node, "metadata").and_then(|metadata| tree.get(metadata, "name"));
        if object.name.contains("{{") {
            let at = name.map_or(self.span(tree, node), |name| self.span(tree, name));
            self.assembly.report(codes::UNRENDERED_TEMPLATE.at(at).about(object));
            return;
        }
        if object.name.is_empty() {
            let at = tree.get(node, "metadata").or_else(|| tree.get(node, "kind")).unwrap_or(node);
            let found = codes::MISSING_NAME.at(self.first_line(tree, at)).arg("kind", &*object.kind);
            self.assembly.report(found.hint(codes::HINT_ADD_NAME));
            return;
        }
        let name = name.map(|name| self.span(tree, name));
        let span = self.span(tree, node);
        let mut object = wrap(Document { object, api_version, span, value: Arc::new(value) });
        match &self.inside {
            None => self.assembly.add(object, name),
            Some(map) if known.scope == Scope::Config => {
                object.rename(map.clone());
                self.assembly.add_inner(object);
            }
            Some(_) => {}
        }
    }

    /// True for an object that has a name, and nothing that objects do not have.
    fn is_whole(&self, tree: &Tree<'_>, node: NodeId) -> bool {
        let named = tree.get(node, "metadata").and_then(|metadata| tree.get(metadata, "name")).is_some();
        let Value::Map(entries) = &tree.node(node).value else { return false };
        let known = |key: &str| matches!(key, "apiVersion" | "metadata" | "spec" | "status");
        named && tree.entries(entries).iter().all(|(key, _)| tree.text(*key).is_some_and(known))
    }

    /// An object whose kind shows in its fields only.
    fn kind_forgotten(&mut self, tree: &Tree<'_>, node: NodeId, known: &'static Kind) {
        let found = codes::MISSING_KIND.at(self.first_line(tree, node)).arg("suggestion", known.name);
        let found = found.hint(codes::HINT_ADD_THIS_KIND);
        let at = tree.node(node).start as usize;
        let changes = if teach::lines::is_first(self.text, at) && !self.text[at..].starts_with('{') {
            let margin = " ".repeat(teach::lines::column(self.text, at));
            let version = match tree.get(node, "apiVersion") {
                Some(_) => String::new(),
                None => format!("apiVersion: {}\n{margin}", known.api_version),
            };
            vec![Change::insert(at, format!("{version}kind: {}\n{margin}", known.name))]
        } else {
            Vec::new()
        };
        let patch = self.patch(&changes).filter(|_| !changes.is_empty());
        self.assembly.report(found.patch(patch));
        self.known(tree, node, known, known.api_version);
    }

    /// That a value is a template, if it holds an action.
    fn template(&self, tree: &Tree<'_>, node: NodeId) -> Option<Diagnostic> {
        let node = tree.node(node);
        let text = self.text.get(node.start as usize..node.end as usize)?;
        let at = node.start + text.find("{{").or_else(|| text.find("{%"))? as u32;
        Some(codes::UNRENDERED_TEMPLATE.at(self.offsets.span(at, at + 2)))
    }

    /// That a document is for another tool.
    fn tool(&self, tree: &Tree<'_>, node: NodeId, at: Span) -> Option<Diagnostic> {
        let file = self.name.rsplit(['/', '\\']).next().unwrap_or_default();
        let kind = tools::tool(tree, node, file)?;
        let found = codes::TOOL_FILE.at(at).arg("kind", kind);
        Some(if kind == "helm-values" {
            found.hint(codes::HINT_HELM_TEMPLATE)
        } else {
            found.hint(codes::HINT_GIVE_MANIFESTS)
        })
    }

    /// What a mapping without `kind` or `apiVersion` most likely is.
    fn no_kind(&self, tree: &Tree<'_>, node: NodeId, kind: Option<&str>, guess: Option<&Kind>) -> Diagnostic {
        let start = self.first_line(tree, node);
        let file = self.name.rsplit(['/', '\\']).next().unwrap_or_default();
        let is_map = |key| tree.get(node, key).is_some_and(|at| matches!(tree.node(at).value, Value::Map(_)));
        let is_list = |key| tree.get(node, key).is_some_and(|at| matches!(tree.node(at).value, Value::List(_)));
        if let Some(kind) = kind {
            if kind == "pipeline" && (is_list("steps") || is_map("trigger")) {
                return codes::TOOL_FILE.at(start).arg("kind", "Drone pipeline").hint(codes::HINT_GIVE_MANIFESTS);
            }
            return codes::MISSING_API_VERSION.at(start).arg("kind", kind).hint(codes::HINT_ADD_KIND);
        }
        if matches!(file, "kustomization.yaml" | "kustomization.yml") || is_list("resources") {
            return codes::TOOL_FILE.at(start).arg("kind", "kustomization").hint(codes::HINT_KUSTOMIZE);
        }
        let chart = tree.get(node, "apiVersion").and_then(|at| tree.text(at)) == Some("v2");
        if chart || matches!(file, "Chart.yaml" | "values.yaml" | "values.yml") {
            let kind = if chart || file == "Chart.yaml" { "helm-chart" } else { "helm-values" };
            return codes::TOOL_FILE.at(start).arg("kind", kind).hint(codes::HINT_HELM_TEMPLATE);
        }
        if let Some(found) = self.template(tree, node).or_else(|| self.tool(tree, node, start)) {
            return found;
        }
        let named = tree.get(node, "metadata").and_then(|metadata| tree.get(metadata, "name")).is_some();
        if !named && (is_map("spec") || is_map("status")) {
            let kind = guess.map_or("object", |known| known.name);
            return codes::FRAGMENT.at(start).arg("kind", kind).hint(codes::HINT_WHOLE_OBJECT);
        }
        codes::MISSING_KIND.at(start).hint(codes::HINT_ADD_KIND)
    }

    /// A key that is no scalar is most likely a template's `{{ … }}`.
    fn or_template(&self, found: Diagnostic) -> Diagnostic {
        let start = found.span.start as usize;
        let before = self.text.get(..start).unwrap_or_default();
        let behind = self.text.get(start..).unwrap_or_default().strip_prefix('{');
        // `{ { .Values.x } }` is what a formatter of YAML makes of an action.
        let apart = |behind: &str| before.trim_end_matches(' ').ends_with('{') && behind.trim_start().starts_with('.');
        let braces = behind.is_some_and(|behind| before.ends_with('{') || apart(behind));
        if found.code == codes::YAML_COMPLEX_KEY.code && braces {
            codes::UNRENDERED_TEMPLATE.at(found.span)
        } else {
            found
        }
    }

    pub(super) fn span(&self, tree: &Tree<'_>, node: NodeId) -> Span {
        let node = tree.node(node);
        self.offsets.span(node.start, node.end)
    }

    /// The part of a value that stands on its first line.
    pub(super) fn first_line(&self, tree: &Tree<'_>, node: NodeId) -> Span {
        let node = tree.node(node);
        let text = self.text.get(node.start as usize..node.end as usize).unwrap_or_default();
        let line = text.lines().next().unwrap_or_default().trim_end();
        self.offsets.span(node.start, node.start + line.len() as u32)
    }
}

/// True for a CNI network configuration: a version of the specification with plugins, or with one plugin.
fn is_cni(tree: &Tree<'_>, node: NodeId) -> bool {
    let plugins = tree.get(node, "plugins").is_some_and(|at| match &tree.node(at).value {
        Value::List(items) => tree.items(items).first().is_some_and(|first| {
            matches!(tree.node(*first).value, Value::Map(_)) && tree.get(*first, "type").is_some()
        }),
        _ => false,
    });
    plugins || (tree.get(node, "cniVersion").is_some() && tree.get(node, "type").is_some())
}

/// A label of the template, where an older version of the API made a selector of its labels.
fn selector_of_template<'t>(tree: &'t Tree<'_>, node: NodeId, api_version: &str) -> Option<(&'t str, &'t str)> {
    let spec = tree.get(node, "spec").filter(|spec| tree.get(*spec, "selector").is_none())?;
    let labels = ["template", "metadata", "labels"].iter().try_fold(spec, |at, key| tree.get(at, key))?;
    let Value::Map(entries) = &tree.node(labels).value else { return None };
    let (label, value) = tree.entries(entries).first()?;
    defaults_selector(api_version).then_some((tree.text(*label)?, tree.text(*value)?))
}

/// What the object says it is. A configuration has a name of its own only sometimes; then it is called `config`.
pub(super) fn identity(tree: &Tree<'_>, node: NodeId, kind: &str, scope: Option<Scope>) -> ObjectRef {
    let metadata = tree.get(node, "metadata");
    let text = |at: Option<NodeId>, key| at.and_then(|at| tree.get(at, key)).and_then(|at| tree.text(at));
    let given = text(metadata, "name").filter(|name| !name.is_empty());
    let name: Arc<str> = match (given, scope) {
        (Some(name), _) => Arc::from(name),
        (None, Some(Scope::Config)) => Arc::from(text(Some(node), "name").unwrap_or("config")),
        (None, _) => Arc::default(),
    };
    let namespace = text(metadata, "namespace").filter(|namespace| !namespace.is_empty());
    let namespace = match scope {
        Some(Scope::Namespaced) => Some(namespace.unwrap_or("default")),
        Some(Scope::Cluster | Scope::Config) => None,
        None => namespace,
    };
    let short = |text: &str| Arc::from(&*shown::cut(text, shown::NAME));
    let name = if name.len() > shown::NAME { short(&name) } else { name };
    ObjectRef { kind: short(kind), namespace: namespace.map(short), name }
}
