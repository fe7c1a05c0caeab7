//! A document that is a Compose file or a daemon's configuration, as an object.

use super::fill::{Fill, Variables};
use crate::diagnostic::codes;
use crate::manifest::document::Sink;
use crate::manifest::kinds;
use crate::manifest::kustomize::paths;
use crate::manifest::objects::{ComposeFile, ComposeTag, Document, Object, Text};
use crate::origin::ObjectRef;
use crate::shown;
use crate::text::tree::{NodeId, Tree, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Keys that a tag may stand below.
const TAG_DEPTH: usize = 8;

/// What of a document is tagged `!reset` or `!override`; what is reset is nothing in `values`. In lists no entry is.
fn tags(tree: &Tree<'_>, root: NodeId, values: &mut BTreeMap<NodeId, Value<'static>>) -> Vec<ComposeTag> {
    let mut all = Vec::new();
    let mut open: Vec<(NodeId, Vec<Text>)> = vec![(root, Vec::new())];
    while let Some((node, path)) = open.pop() {
        let reset = match tree.tag(node) {
            Some("!reset") => true,
            Some("!override") => false,
            _ => {
                if let (Value::Map(entries), true) = (&tree.node(node).value, path.len() < TAG_DEPTH) {
                    for (key, value) in tree.entries(entries) {
                        let mut path = path.clone();
                        path.push(Arc::from(&*shown::cut(tree.text(*key).unwrap_or_default(), shown::NAME)));
                        open.push((*value, path));
                    }
                }
                continue;
            }
        };
        if reset {
            values.insert(node, Value::Null);
        }
        all.push(ComposeTag { path, reset });
    }
    all
}

impl Sink<'_, '_, '_> {
    /// Reads a Compose file.
    pub(in crate::manifest) fn compose(&mut self, tree: &Tree<'_>, root: NodeId) {
        let name = Arc::from(&*shown::cut(self.name, shown::NAME));
        let document = self.assembly.compose_document(self.name);
        let name = if document == 0 { name } else { Arc::from(format!("{name} ({})", document + 1)) };
        let object = ObjectRef { kind: Arc::from(kinds::COMPOSE.name), namespace: None, name };
        let environment = self.assembly.environment(self.name);
        let mut fill = Fill::new(&*environment);
        fill.walk(tree, root, self.text);
        let tags = if tree.is_tagged() { tags(tree, root, &mut fill.values) } else { Vec::new() };
        for found in fill.found {
            let node = tree.node(found.node);
            let span = self.offsets.span(node.start, node.end);
            let told = found.code.at(span).about(object.clone());
            self.assembly.report(match found.code.code {
                code if code == codes::COMPOSE_VARIABLE.code => {
                    told.arg("name", found.text).hint(codes::HINT_COMPOSE_ENV)
                }
                _ => told.arg("found", found.text),
            });
        }
        let project = environment.get("COMPOSE_PROJECT_NAME").filter(|name| !name.is_empty()).map(Arc::from);
        let profiles = environment.get("COMPOSE_PROFILES").unwrap_or_default();
        let profiles = profiles.split(',').map(str::trim).filter(|name| !name.is_empty()).map(Arc::from).collect();
        let separator = environment.get("COMPOSE_PATH_SEPARATOR").filter(|text| !text.is_empty()).unwrap_or(":");
        let files = environment.get("COMPOSE_FILE").unwrap_or_default().split(separator);
        let files = files.map(|path| paths::plain(path.trim())).filter(|path| !path.is_empty());
        let files: Vec<Text> = files.map(Arc::from).collect();
        let wrap = |mut read: Document<ComposeFile>| {
            let own = Arc::make_mut(&mut read.value);
            (own.project, own.profiles) = (project, profiles);
            (own.files, own.tags) = (files, tags);
            Object::Compose(read)
        };
        if fill.values.is_empty() {
            self.typed(tree, root, &kinds::COMPOSE, object, Arc::default(), wrap);
        } else {
            let filled = tree.filled(fill.values);
            self.typed(&filled, root, &kinds::COMPOSE, object, Arc::default(), wrap);
        }
    }

    /// Reads a `daemon.json`.
    pub(in crate::manifest) fn daemon(&mut self, tree: &Tree<'_>, root: NodeId) {
        let name = Arc::from(&*shown::cut(self.name, shown::NAME));
        let object = ObjectRef { kind: Arc::from(kinds::DOCKER_DAEMON.name), namespace: None, name };
        self.typed(tree, root, &kinds::DOCKER_DAEMON, object, Arc::default(), Object::DockerDaemon);
    }
}
