//! Nodes, Pods and namespaces by the names that people write, for the command line and the API.

use kernel::ids::NetnsId;
use kubernetes::cluster::model::NodeId;
use sim_core::model::Model;
use sim_core::trace::{self, ProbeError, ProbeText, Source};

/// The namespace of a node by its name: `root` for the node's own, else as the network names it (`pod/NS/NAME`).
pub fn netns(model: &Model, node: NodeId, name: &str) -> Option<NetnsId> {
    let site = &model.site;
    match name {
        "root" => site.nodes.get(&node).copied(),
        name => site.network.find(name).filter(|id| {
            let inside = site.tree.node_at(*id).is_none();
            inside && site.tree.node_of(*id) == Some(node)
        }),
    }
}

/// Node and namespace of a Pod, written as a probe's source takes it, `pod/` understood; that of its node where it shares it. `None` for
/// what is no Pod.
///
/// # Errors
/// What is wrong with the name.
pub fn of_pod(model: &Model, text: &str) -> Result<Option<(NodeId, String)>, ProbeError> {
    let from = if text.contains('/') { text.to_owned() } else { format!("pod/{text}") };
    let asked = ProbeText { from, to: "localhost:1".to_owned(), ..ProbeText::default() };
    let probe = trace::parse_probe(model, &asked).map_err(|error| ProbeError { part: "pod", ..error })?;
    let Source::Pod(id) = probe.from else { return Ok(None) };
    Ok(model.cluster.pods.get(id.0 as usize).map(|pod| {
        let netns = if pod.host_network { "root".to_owned() } else { format!("pod/{}", pod.name) };
        (pod.node, netns)
    }))
}
