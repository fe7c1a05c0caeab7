//! Compose files: which documents are one, and their `${…}` filled in out of the `.env` file beside them. What `docker inspect` prints.

mod documents;
mod environment;
mod fill;
mod inspect;
mod references;

pub(super) use environment::{Environment, is_environment};
pub(super) use inspect::{is_inspected, may_be_inspected};

use super::kustomize::paths;
use super::{Limits, SourceText};
use crate::text::tree::{Budget, NodeId, Tree, Value};
use std::collections::BTreeSet;

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

/// What Compose files lead to and is not among the texts, so that it can be read, too: the `.env` file beside each, and what `include` and
/// `extends` name.
pub(super) fn wanted(inputs: &[SourceText], limits: &Limits) -> Vec<String> {
    let says = |text: &str| text.lines().any(|line| matches!(line.trim_end(), "services:" | "include:"));
    let mut budget = Budget::of(limits);
    let mut all = BTreeSet::new();
    for input in inputs.iter().filter(|input| is_called_so(&input.name) || says(&input.text)) {
        all.insert(match input.name.rsplit_once('/') {
            Some((folder, _)) => format!("{folder}/.env"),
            None => ".env".to_owned(),
        });
        all.extend(references::of(input, &mut budget));
    }
    let there: BTreeSet<String> = inputs.iter().map(|input| paths::plain(&input.name)).collect();
    all.retain(|path| !there.contains(&paths::plain(path)));
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

/// True for a Docker daemon's configuration, which is known by its name only.
pub(super) fn is_daemon(tree: &Tree<'_>, root: NodeId, path: &str) -> bool {
    is_daemon_file(path) && tree.get(root, "kind").is_none() && matches!(tree.node(root).value, Value::Map(_))
}

/// True for a file that is called as a Docker daemon's configuration is.
pub(super) fn is_daemon_file(path: &str) -> bool {
    base(path) == "daemon.json"
}
