//! Nodes of kind's configuration.

use super::draft::{Draft, draft};
use crate::cluster::context::Context;
use crate::cluster::model::NodeRole;
use crate::manifest::objects::{self, Document};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The names kind gives: `NAME-control-plane`, `NAME-worker`, `NAME-worker2` …; a single node is not tainted.
pub(super) fn from_kind(context: &mut Context<'_>, document: &Document<objects::KindCluster>) -> Vec<Draft> {
    let cluster = document.value.name.as_ref().map_or("kind", |name| &*name.value);
    let roles: Vec<(NodeRole, objects::Map)> = if document.value.nodes.is_empty() {
        vec![(NodeRole::ControlPlane, BTreeMap::new())]
    } else {
        let role = |node: &objects::KindNode| match node.role.as_ref().map(|role| &*role.value) {
            Some("worker") => NodeRole::Worker,
            _ => NodeRole::ControlPlane,
        };
        document.value.nodes.iter().map(|node| (role(node), node.labels.clone())).collect()
    };
    let alone = roles.len() == 1;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut drafts = Vec::new();
    for (role, labels) in roles {
        if !context.may(1, super::NODE) {
            break;
        }
        let word = if role == NodeRole::Worker { "worker" } else { "control-plane" };
        let count = counts.entry(word).or_default();
        *count += 1;
        let name: Arc<str> =
            Arc::from(if *count == 1 { format!("{cluster}-{word}") } else { format!("{cluster}-{word}{count}") });
        drafts.push(draft(name, role, labels, context.origin(document), alone));
    }
    drafts
}
