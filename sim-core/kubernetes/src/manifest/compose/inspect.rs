//! What `docker inspect` and `docker network inspect` print: mappings that are told by the fields which only they have.

use crate::manifest::document::Sink;
use crate::manifest::kinds;
use crate::manifest::objects::Object;
use crate::origin::ObjectRef;
use crate::shown;
use crate::text::tree::{NodeId, Tree, Value};
use std::sync::Arc;

fn is_map(tree: &Tree<'_>, node: NodeId, key: &str) -> bool {
    tree.get(node, key).is_some_and(|at| matches!(tree.node(at).value, Value::Map(_)))
}

fn is_container(tree: &Tree<'_>, node: NodeId) -> bool {
    is_map(tree, node, "NetworkSettings") && tree.get(node, "Name").is_some()
}

fn is_network(tree: &Tree<'_>, node: NodeId) -> bool {
    is_map(tree, node, "IPAM") && tree.get(node, "Name").is_some() && tree.get(node, "Driver").is_some()
}

/// True for a container or a network.
pub(in crate::manifest) fn is_inspected(tree: &Tree<'_>, node: NodeId) -> bool {
    is_container(tree, node) || is_network(tree, node)
}

/// True for JSON that may hold one.
pub(in crate::manifest) fn may_be_inspected(text: &str) -> bool {
    text.contains("\"NetworkSettings\"") || (text.contains("\"IPAM\"") && text.contains("\"Driver\""))
}

impl Sink<'_, '_, '_> {
    /// Reads a container or a network.
    pub(in crate::manifest) fn inspected(&mut self, tree: &Tree<'_>, node: NodeId) {
        let text = |key: &str| tree.get(node, key).and_then(|at| tree.text(at)).unwrap_or_default();
        let name = Arc::from(&*shown::cut(text("Name").trim_start_matches('/'), shown::NAME));
        let object = |kind: &'static kinds::Kind| ObjectRef { kind: Arc::from(kind.name), namespace: None, name };
        if is_container(tree, node) {
            let kind = &kinds::DOCKER_CONTAINER;
            self.typed(tree, node, kind, object(kind), Arc::default(), Object::DockerContainer);
        } else {
            let kind = &kinds::DOCKER_NETWORK;
            self.typed(tree, node, kind, object(kind), Arc::default(), Object::DockerNetwork);
        }
    }
}
