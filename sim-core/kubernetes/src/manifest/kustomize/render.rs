//! One kustomization with all it is made of: resources, generators, components, then what it does to them.

use super::files::{Contents, Files, first_line};
use super::generate;
use super::json_patch;
use super::merge;
use super::object::{Id, Item};
use super::paths;
use super::references;
use super::replace::{self, Variable};
use super::select::Selector;
use super::specs::Tables;
use super::transform;
use super::value::Node;
use crate::diagnostic::codes;
use crate::manifest::fields::nearest;
use crate::origin::Span;
use crate::patch::{Edit, Patch};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Kustomizations within kustomizations.
const DEPTH: usize = 40;
/// Kustomizations that one root may lead to, counted each time.
const VISITS: usize = 2_000;

/// Fields of a kustomization.
const FIELDS: &[&str] = &[
    "apiVersion",
    "bases",
    "buildMetadata",
    "commonAnnotations",
    "commonLabels",
    "components",
    "configMapGenerator",
    "configurations",
    "crds",
    "generatorOptions",
    "generators",
    "helmChartInflationGenerator",
    "helmCharts",
    "helmGlobals",
    "imageTags",
    "images",
    "inventory",
    "kind",
    "labels",
    "metadata",
    "namePrefix",
    "nameSuffix",
    "namespace",
    "openapi",
    "patches",
    "patchesJson6902",
    "patchesStrategicMerge",
    "replacements",
    "replicas",
    "resources",
    "secretGenerator",
    "sortOptions",
    "transformers",
    "validators",
    "vars",
];

/// What a kustomization comes to.
#[derive(Default)]
pub(super) struct Made {
    pub(super) items: Vec<Item>,
    /// What they are known by, while none of them changes.
    seen: BTreeSet<(String, String, String, String)>,
    variables: Vec<Variable>,
    tables: Option<Tables>,
}

/// Renders the kustomization in `folder` to the end, as `kubectl kustomize` would. Findings are in [`Files::found`].
pub(super) fn render(files: &mut Files<'_, '_>, folder: &str) -> Vec<Item> {
    let mut renderer = Renderer { files, path: Vec::new(), visits: 0 };
    let made = renderer.target(folder, Made::default());
    let Made { mut items, variables, tables, .. } = made;
    let tables = tables.unwrap_or_else(Tables::built_in);
    for item in items.iter().filter(|item| item.hashed && item.partial) {
        let name = item.id().shown();
        let told = codes::KUSTOMIZE_NOT_APPLIED.at(item.node.span).arg("what", name).arg("reason", "hash");
        renderer.files.tell(told);
    }
    references::add_hashes(&mut items);
    references::fix(&mut items, &tables.references);
    for missing in replace::variables(&mut items, &variables, &tables.variables) {
        let name = missing.text_of(&["name"]).unwrap_or_default();
        let at = first_line(renderer.files, missing.span);
        let told = codes::KUSTOMIZE_REPLACEMENT.at(at).arg("what", name).arg("reason", "source");
        renderer.files.tell(told);
    }
    let is_local = |item: &Item| {
        let value = item.node.at(&["metadata", "annotations", "config.kubernetes.io/local-config"]);
        value.and_then(Node::scalar).is_some_and(|value| value != "false")
    };
    items.retain(|item| !is_local(item));
    items
}

struct Renderer<'f, 's, 'i> {
    files: &'f mut Files<'s, 'i>,
    /// Folders on the way here.
    path: Vec<String>,
    visits: usize,
}

impl Renderer<'_, '_, '_> {
    /// Applies the kustomization in `folder` to `made` (empty, or for a component what its parent has so far).
    fn target(&mut self, folder: &str, made: Made) -> Made {
        let Some(index) = self.files.kustomization_in(folder) else { return made };
        let documents = self.files.documents(index);
        let Some(file) = documents.first() else { return made };
        self.path.push(folder.to_owned());
        self.visits += 1;
        let made = self.build(folder, file, made);
        self.path.pop();
        made
    }

    fn build(&mut self, folder: &str, file: &Node, mut made: Made) -> Made {
        let list = |key: &str| file.get(key).map(Node::items).unwrap_or_default();
        made.seen = made.items.iter().map(|item| item.id().key()).collect();
        for entry in list("resources").iter().chain(list("bases")) {
            self.resource(folder, entry, &mut made);
        }
        let mut tables = made.tables.take().unwrap_or_else(Tables::built_in);
        for entry in list("configurations") {
            if let Some(index) = self.file(folder, entry) {
                self.files.documents(index).iter().for_each(|config| tables.add(config));
            }
        }
        let options = file.get("generatorOptions");
        for (key, secret) in [("configMapGenerator", false), ("secretGenerator", true)] {
            for entry in list(key) {
                self.generate(folder, entry, options, secret, &mut made);
            }
        }
        made.tables = Some(tables);
        for entry in list("components") {
            made = self.component(folder, entry, made);
        }
        let tables = made.tables.take().unwrap_or_else(Tables::built_in);
        self.transform(folder, file, &tables, &mut made.items);
        made.tables = Some(tables);
        made.variables.extend(list("vars").iter().map(|node| Variable { node: node.clone() }));
        self.not_applied(file);
        made
    }

    /// The text of a file that a kustomization names.
    fn file(&mut self, folder: &str, entry: &Node) -> Option<usize> {
        let path = entry.text()?;
        let found = if paths::is_remote(path) { None } else { self.files.at(&paths::join(folder, path)) };
        match found {
            None if paths::is_remote(path) => self.remote(path, entry.span),
            None => self.files.missing(path, entry.span),
            Some(_) => {}
        }
        found
    }

    fn remote(&mut self, path: &str, at: Span) {
        let found = codes::KUSTOMIZE_REMOTE.at(at).arg("path", path);
        self.files.tell(found.hint(codes::HINT_KUSTOMIZE_REMOTE));
    }

    fn resource(&mut self, folder: &str, entry: &Node, made: &mut Made) {
        let Some(path) = entry.text() else { return };
        let there = paths::join(folder, path);
        if let Some(index) = self.files.at(&there) {
            for document in self.files.documents(index).iter() {
                self.take(document, made);
            }
        } else if paths::is_remote(path) {
            self.remote(path, entry.span);
        } else if let Some(index) = self.files.kustomization_in(&there) {
            if !self.may_enter(&there, path, entry.span) {
                return;
            }
            if is_component(&self.files.documents(index)) {
                let found = codes::KUSTOMIZE_MISSING.at(entry.span).arg("path", path);
                self.files.tell(found.hint(codes::HINT_KUSTOMIZE_COMPONENT));
                return;
            }
            let inner = self.target(&there, Made::default());
            for item in inner.items {
                self.append(item, made);
            }
            made.variables.extend(inner.variables);
            match (&mut made.tables, inner.tables) {
                (Some(own), Some(tables)) => own.join(tables),
                (own @ None, tables) => *own = tables,
                _ => {}
            }
        } else {
            self.files.missing(path, entry.span);
        }
    }

    fn component(&mut self, folder: &str, entry: &Node, made: Made) -> Made {
        let Some(path) = entry.text() else { return made };
        let there = paths::join(folder, path);
        if paths::is_remote(path) && self.files.kustomization_in(&there).is_none() {
            self.remote(path, entry.span);
            return made;
        }
        let Some(index) = self.files.kustomization_in(&there) else {
            self.files.missing(path, entry.span);
            return made;
        };
        if !self.may_enter(&there, path, entry.span) {
            return made;
        }
        if !is_component(&self.files.documents(index)) {
            let found = codes::KUSTOMIZE_MISSING.at(entry.span).arg("path", path);
            self.files.tell(found.hint(codes::HINT_KUSTOMIZE_COMPONENT));
            return made;
        }
        self.target(&there, made)
    }

    fn may_enter(&mut self, there: &str, path: &str, at: Span) -> bool {
        let loops = self.path.iter().any(|folder| folder == there);
        let may = !loops && self.path.len() < DEPTH && self.visits < VISITS;
        if !may {
            self.files.tell(codes::KUSTOMIZE_LOOP.at(at).arg("path", path));
        }
        may
    }

    /// The objects of a document: lists are taken apart.
    fn take(&mut self, document: &Node, made: &mut Made) {
        let kind = document.text_of(&["kind"]).unwrap_or_default();
        if kind.ends_with("List") && document.get("items").is_some_and(|items| !items.items().is_empty()) {
            for item in document.get("items").map(Node::items).unwrap_or_default() {
                self.take(item, made);
            }
            return;
        }
        self.append(Item::new(document.clone()), made);
    }

    fn append(&mut self, item: Item, made: &mut Made) {
        if self.files.left == 0 {
            return;
        }
        self.files.left -= 1;
        let id = item.id();
        let nameless = id.kind.is_empty() || id.name.is_empty();
        if !nameless && !made.seen.insert(id.key()) {
            let at = first_line(self.files, item.node.span);
            self.files.tell(codes::KUSTOMIZE_TWICE.at(at).arg("object", id.shown()));
            return;
        }
        made.items.push(item);
    }

    fn generate(&mut self, folder: &str, entry: &Node, options: Option<&Node>, secret: bool, made: &mut Made) {
        let mut contents = Contents { files: self.files, folder: folder.to_owned(), secret };
        let (item, behavior) = generate::made(entry, options, secret, &mut contents);
        let id = item.id();
        if behavior == "create" {
            return self.append(item, made);
        }
        match made.items.iter_mut().find(|other| other.ids().any(|other| other.same(&id))) {
            Some(old) => generate::combine(old, &item, behavior == "replace"),
            None => {
                let at = first_line(self.files, entry.span);
                self.files.tell(codes::KUSTOMIZE_NO_TARGET.at(at).arg("target", id.shown()));
            }
        }
    }

    fn transform(&mut self, folder: &str, file: &Node, tables: &Tables, items: &mut Vec<Item>) {
        let list = |key: &str| file.get(key).map(Node::items).unwrap_or_default();
        // Patches by their file's name alone are those of kustomize 1 and 2 (`useLegacyPatch`).
        let legacy = list("patches").iter().filter(|entry| entry.text().is_some());
        for (entry, path) in legacy.clone().filter_map(|entry| Some((entry, entry.text()?))) {
            let edit = Edit { span: Span { end: entry.span.start, ..entry.span }, text: "path: ".into() };
            let found = codes::KUSTOMIZE_OLD_PATCH.at(entry.span).arg("path", path);
            self.files.tell(found.patch(Patch::new(vec![edit])));
        }
        for entry in list("patchesStrategicMerge").iter().chain(legacy) {
            let inline = entry.text().is_some_and(|text| text.contains('\n') || text.trim_start().starts_with('{'));
            let patches = if inline { Arc::new(self.files.inline(entry)) } else { self.of_file(folder, entry) };
            for patch in patches.iter() {
                self.merge_by_name(patch, None, items);
            }
        }
        for entry in list("patches").iter().filter(|entry| entry.text().is_none()) {
            self.patch(folder, entry, items);
        }
        if let Some(namespace) = file.get("namespace")
            && let Some(name) = namespace.text().filter(|name| !name.is_empty())
        {
            transform::namespace(items, name, &tables.namespace, namespace.span);
        }
        let text = |key: &str| file.get(key).and_then(Node::scalar).unwrap_or_default();
        transform::affix(items, &text("namePrefix"), &text("nameSuffix"));
        self.labels(file, tables, items);
        if let Some(annotations) = file.get("commonAnnotations") {
            transform::pairs(items, annotations.entries(), &tables.annotations, annotations.span);
        }
        for entry in list("patchesJson6902") {
            self.patch(folder, entry, items);
        }
        for entry in list("replicas") {
            let name = entry.get("name").and_then(Node::scalar).unwrap_or_default();
            if let Some(count) = entry.get("count")
                && !transform::replicas(items, &name, count, &tables.replicas, entry.span)
            {
                let at = first_line(self.files, entry.span);
                self.files.tell(codes::KUSTOMIZE_NO_TARGET.at(at).arg("target", name));
            }
        }
        for entry in list("images") {
            transform::image(items, entry, &tables.images);
        }
        for entry in list("replacements") {
            self.replace(folder, entry, items);
        }
    }

    fn labels(&mut self, file: &Node, tables: &Tables, items: &mut [Item]) {
        for entry in file.get("labels").map(Node::items).unwrap_or_default() {
            let Some(pairs) = entry.get("pairs") else { continue };
            let flag = |key| entry.get(key).and_then(Node::boolean).unwrap_or_default();
            let fields = entry.get("fields").map(Node::items).unwrap_or_default();
            let mut specs: Vec<_> = fields.iter().filter_map(super::specs::Spec::read).collect();
            if flag("includeSelectors") {
                specs.extend(tables.labels.iter().cloned());
            } else {
                specs.push(super::specs::Spec {
                    path: vec!["metadata".to_owned(), "labels".to_owned()],
                    create: true,
                    ..Default::default()
                });
                if flag("includeTemplates") {
                    specs.extend(tables.template_labels.iter().cloned());
                }
            }
            transform::pairs(items, pairs.entries(), &specs, pairs.span);
        }
        if let Some(labels) = file.get("commonLabels") {
            transform::pairs(items, labels.entries(), &tables.labels, labels.span);
        }
    }

    /// The documents of a file that is named as text.
    fn of_file(&mut self, folder: &str, entry: &Node) -> Arc<Vec<Node>> {
        let index = self.file(folder, entry);
        index.map(|index| self.files.documents(index)).unwrap_or_default()
    }

    /// A patch of either form, inline or in a file, for a target or for the object it names.
    fn patch(&mut self, folder: &str, entry: &Node, items: &mut Vec<Item>) {
        let inline = entry.get("patch").filter(|patch| !patch.is_empty());
        let patches = match (inline, entry.get("path")) {
            (Some(text), _) => Arc::new(self.files.inline(text)),
            (None, Some(path)) => self.of_file(folder, path),
            (None, None) => return,
        };
        let target = entry.get("target");
        let selector = match target.map(Selector::read).transpose() {
            Ok(selector) => selector,
            Err(field) => {
                let at = target.and_then(|target| target.get(field)).map_or(entry.span, |field| field.span);
                self.files.tell(codes::KUSTOMIZE_REPLACEMENT.at(at).arg("what", field).arg("reason", "pattern"));
                return;
            }
        };
        if let (Some(selector), Some(target)) = (&selector, target)
            && !items.iter().any(|item| selector.selects(item))
        {
            let text = |key| target.get(key).and_then(Node::scalar);
            let shown: Vec<_> = ["kind", "namespace", "name"].into_iter().filter_map(text).collect();
            let at = first_line(self.files, target.span);
            self.files.tell(codes::KUSTOMIZE_SELECTS_NOTHING.at(at).arg("target", shown.join(" ")));
            return;
        }
        for patch in patches.iter() {
            if !patch.items().is_empty() {
                self.operations(patch, selector.as_ref(), entry, items);
            } else if let Some(selector) = &selector {
                let chosen: Vec<Id> = items.iter().filter(|item| selector.selects(item)).map(Item::id).collect();
                for id in chosen {
                    merge_into(items, &id, patch, entry.get("options"));
                }
            } else {
                self.merge_by_name(patch, entry.get("options"), items);
            }
        }
    }

    /// A patch for the one object that it names itself.
    fn merge_by_name(&mut self, patch: &Node, options: Option<&Node>, items: &mut Vec<Item>) {
        let id = Id::of(patch);
        let target = items.iter().find(|item| item.ids().any(|known| known.same(&id))).map(Item::id);
        match target {
            Some(target) => merge_into(items, &target, patch, options),
            None => {
                let at = first_line(self.files, patch.span);
                self.files.tell(codes::KUSTOMIZE_NO_TARGET.at(at).arg("target", id.shown()));
            }
        }
    }

    fn operations(&mut self, patch: &Node, selector: Option<&Selector>, entry: &Node, items: &mut [Item]) {
        let Some(selector) = selector else {
            let at = first_line(self.files, entry.span);
            self.files.tell(codes::KUSTOMIZE_NO_TARGET.at(at).arg("target", "none"));
            return;
        };
        for item in items.iter_mut() {
            if !selector.selects(item) {
                continue;
            }
            let mut node = item.node.clone();
            match json_patch::apply(&mut node, patch) {
                Ok(()) => {
                    item.remember();
                    item.node = node;
                }
                Err(refused) => {
                    let at = first_line(self.files, refused.at);
                    let found = codes::KUSTOMIZE_PATCH_FAILED.at(at).arg("op", refused.op).arg("path", refused.path);
                    self.files.tell(found.arg("reason", refused.reason).arg("object", item.id().shown()));
                }
            }
        }
    }

    /// A replacement that stands here, or in a file of its own.
    fn replace(&mut self, folder: &str, entry: &Node, items: &mut [Item]) {
        let all = match entry.get("path") {
            None => vec![entry.clone()],
            Some(path) => {
                let of = |node: &Node| match node.items() {
                    [] => vec![node.clone()],
                    items => items.to_vec(),
                };
                self.of_file(folder, path).iter().flat_map(of).collect()
            }
        };
        for one in &all {
            if let Err(refused) = replace::replacement(items, one) {
                let at = first_line(self.files, refused.at);
                let found = codes::KUSTOMIZE_REPLACEMENT.at(at).arg("what", refused.what);
                self.files.tell(found.arg("reason", refused.reason));
            }
        }
    }

    /// Says what of a kustomization is not done here.
    fn not_applied(&mut self, file: &Node) {
        for entry in file.entries().iter().filter(|entry| !FIELDS.contains(&&*entry.key)) {
            let found = codes::UNKNOWN_FIELD.at(entry.at).arg("path", &*entry.key).arg("field", &*entry.key);
            let found = match nearest(&entry.key, FIELDS.iter().copied()) {
                Some(near) => found.arg("suggestion", near).hint(codes::HINT_DID_YOU_MEAN),
                None => found,
            };
            self.files.tell(found);
        }
        for (key, reason) in [
            ("helmCharts", "helm"),
            ("helmChartInflationGenerator", "helm"),
            ("generators", "plugin"),
            ("transformers", "plugin"),
            ("validators", "plugin"),
            ("crds", "schema"),
            ("openapi", "schema"),
        ] {
            for entry in file.entries().iter().filter(|entry| &*entry.key == key && !entry.node.is_empty()) {
                let found = codes::KUSTOMIZE_NOT_APPLIED.at(entry.at).arg("what", key).arg("reason", reason);
                let found = if reason == "helm" { found.hint(codes::HINT_KUSTOMIZE_KUBECTL) } else { found };
                self.files.tell(found);
            }
        }
    }
}

/// Lays a patch over the object `id`, which keeps its name, namespace and kind unless `options` allow others.
fn merge_into(items: &mut Vec<Item>, id: &Id, patch: &Node, options: Option<&Node>) {
    let Some(at) = items.iter().position(|item| item.id() == *id) else { return };
    let allows = |key| options.and_then(|options| options.get(key)).and_then(Node::boolean).unwrap_or_default();
    let (names, kinds) = (allows("allowNameChange"), allows("allowKindChange"));
    let item = &mut items[at];
    if names || kinds {
        item.remember();
    }
    let kept = |path: &[&str]| item.node.at(path).cloned();
    let (kind, name, namespace) = (kept(&["kind"]), kept(&["metadata", "name"]), kept(&["metadata", "namespace"]));
    let version = kept(&["apiVersion"]);
    let Some(mut node) = merge::strategic(item.node.clone(), patch, id) else {
        items.remove(at);
        return;
    };
    let span = node.span;
    if let Some(kind) = kind.filter(|_| !kinds) {
        node.set("kind", kind.span, kind);
    }
    if let Some(version) = version {
        node.set("apiVersion", version.span, version);
    }
    if let Some(metadata) = node.get_mut("metadata") {
        if let Some(name) = name.filter(|_| !names) {
            metadata.set("name", name.span, name);
        }
        match namespace {
            Some(namespace) => metadata.set("namespace", namespace.span, namespace),
            None => drop(metadata.remove("namespace")),
        }
    }
    node.span = span;
    item.node = node;
}

/// True for `kind: Component`.
pub(super) fn is_component(documents: &[Node]) -> bool {
    documents.first().is_some_and(|file| file.text_of(&["kind"]) == Some("Component"))
}
