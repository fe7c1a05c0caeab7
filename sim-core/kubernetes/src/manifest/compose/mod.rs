//! Compose files: which documents are one, and their `${…}` filled in out of the `.env` file beside them.

mod environment;
mod fill;

pub(super) use environment::{Environment, is_environment};
use fill::Fill;

use super::document::Sink;
use super::objects::{ComposeFile, Document, Object};
use super::{SourceText, kinds};
use crate::diagnostic::codes;
use crate::origin::ObjectRef;
use crate::shown;
use crate::text::tree::{NodeId, Tree, Value};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Names of files that Compose looks for, by the first part.
const NAMES: [&str; 2] = ["compose", "docker-compose"];
/// Fields of which a service has one.
const TELLING: [&str; 18] = [
    "build",
    "command",
    "container_name",
    "depends_on",
    "deploy",
    "entrypoint",
    "env_file",
    "environment",
    "expose",
    "extends",
    "healthcheck",
    "image",
    "network_mode",
    "networks",
    "ports",
    "profiles",
    "restart",
    "volumes",
];

/// The part of a path behind its folders.
fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// True for a file that is called as Compose files are: `compose.yaml`, `docker-compose.override.yml`, `compose.dev.yaml` …
pub(super) fn is_called_so(path: &str) -> bool {
    let file = base(path).to_ascii_lowercase();
    let Some((stem, ending)) = file.rsplit_once('.') else { return false };
    let named =
        |name: &&str| stem.strip_prefix(*name).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-']));
    matches!(ending, "yaml" | "yml" | "json") && NAMES.iter().any(named)
}

/// The `.env` files beside Compose files that are not among the texts, so that they can be read, too.
pub(super) fn wanted(inputs: &[SourceText]) -> Vec<String> {
    let says = |text: &str| text.lines().any(|line| line.trim_end() == "services:");
    let files = inputs.iter().filter(|input| is_called_so(&input.name) || says(&input.text));
    let beside = |input: &SourceText| match input.name.rsplit_once('/') {
        Some((folder, _)) => format!("{folder}/.env"),
        None => ".env".to_owned(),
    };
    let mut all: BTreeSet<String> = files.map(beside).collect();
    inputs.iter().for_each(|input| {
        all.remove(&*input.name);
    });
    all.into_iter().collect()
}

/// True for a Compose file: services that have what services have, and for a file of such a name with parts of one.
pub(super) fn is_compose(tree: &Tree<'_>, root: NodeId, path: &str) -> bool {
    let map = |at: NodeId| match &tree.node(at).value {
        Value::Map(entries) => Some(tree.entries(entries)),
        _ => None,
    };
    if tree.get(root, "kind").is_some() || tree.get(root, "apiVersion").is_some() {
        return false;
    }
    let Some(services) = tree.get(root, "services").and_then(map) else {
        let parts = ["networks", "include", "volumes"];
        return is_called_so(path) && map(root).is_some() && parts.iter().any(|part| tree.get(root, part).is_some());
    };
    let telling = |(_, service): &(NodeId, NodeId)| TELLING.iter().any(|field| tree.get(*service, field).is_some());
    // What is merged into another file may say nothing of its own.
    is_called_so(path) || services.is_empty() || services.iter().any(telling)
}

impl Sink<'_, '_, '_> {
    /// Reads a Compose file.
    pub(super) fn compose(&mut self, tree: &Tree<'_>, root: NodeId) {
        let name = Arc::from(&*shown::cut(self.name, shown::NAME));
        let document = self.assembly.compose_document(self.name);
        let name = if document == 0 { name } else { Arc::from(format!("{name} ({})", document + 1)) };
        let object = ObjectRef { kind: Arc::from(kinds::COMPOSE.name), namespace: None, name };
        let environment = self.assembly.environment(self.name);
        let mut fill = Fill::new(&environment);
        fill.walk(tree, root, self.text);
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
        let wrap = |mut read: Document<ComposeFile>| {
            (read.value.project, read.value.profiles) = (project, profiles);
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
    pub(super) fn daemon(&mut self, tree: &Tree<'_>, root: NodeId) {
        let name = Arc::from(&*shown::cut(self.name, shown::NAME));
        let object = ObjectRef { kind: Arc::from(kinds::DOCKER_DAEMON.name), namespace: None, name };
        self.typed(tree, root, &kinds::DOCKER_DAEMON, object, Arc::default(), Object::DockerDaemon);
    }
}

/// True for a Docker daemon's configuration, which is known by its name only.
pub(super) fn is_daemon(tree: &Tree<'_>, root: NodeId, path: &str) -> bool {
    is_daemon_file(path) && tree.get(root, "kind").is_none() && matches!(tree.node(root).value, Value::Map(_))
}

/// True for a file that is called as a Docker daemon's configuration is.
pub(super) fn is_daemon_file(path: &str) -> bool {
    base(path) == "daemon.json"
}
