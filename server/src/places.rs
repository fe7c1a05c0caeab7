//! Nodes, Pods and namespaces by the names that people write, for the command line and the API.

use kernel::ids::NetnsId;
use kubernetes::cluster::model::PodId;
use sim_core::agents::router::ROUTER;
use sim_core::model::Model;
use sim_core::site::{Kind, Machine, MachineId};
use sim_core::trace::{self, ProbeError, ProbeText, Source};

/// The namespace of a node or of a Docker host by names: `root` for the machine's own, else as the network names it (`pod/NS/NAME`,
/// `container/NAME`). `None` where there is no such machine, or nothing of that name in it.
pub fn netns(model: &Model, machine: &str, name: &str) -> Option<NetnsId> {
    let tree = &model.site.tree;
    if let Some(node) = model.cluster.node_named(machine) {
        return match name {
            "root" => model.site.nodes.get(&node).copied(),
            name => {
                let found = model.site.network.find(name);
                found.filter(|id| tree.node_at(*id).is_none() && tree.node_of(*id) == Some(node))
            }
        };
    }
    let (id, host) = host_named(model, machine)?;
    match name {
        "root" => Some(host.netns),
        name => {
            let mut inside = tree.children(id).filter(|(_, held)| *held.name == *name);
            inside.next().map(|(_, held)| held.netns)
        }
    }
}

/// A machine that is no node, by the name that `--node` takes, or as probes write it (`host/NAME`).
fn host_named<'m>(model: &'m Model, name: &str) -> Option<(MachineId, &'m Machine)> {
    model.site.tree.machines().find(|(_, machine)| {
        let own = named(machine);
        own == Some(name) || (own.is_some() && *machine.name == *name)
    })
}

/// The name of a host, or of a router of the input.
fn named(machine: &Machine) -> Option<&str> {
    match machine.kind {
        Kind::Host(_) => machine.name.strip_prefix("host/"),
        Kind::Router => machine.name.strip_prefix(ROUTER),
        Kind::Vm(_) => Some(&machine.name),
        _ => None,
    }
}

/// Names of all machines that `--node` takes.
pub fn machines(model: &Model) -> impl Iterator<Item = &str> {
    let hosts = model.site.tree.machines().filter_map(|(_, machine)| named(machine));
    model.cluster.nodes.iter().map(|node| &*node.name).chain(hosts)
}

/// A Pod, written as a probe's source takes it, `pod/` understood; `None` for what is none.
///
/// # Errors
/// What is wrong with the name.
pub fn pod(model: &Model, text: &str) -> Result<Option<PodId>, ProbeError> {
    Ok(match source(model, text)? {
        Source::Pod(id) => Some(id),
        _ => None,
    })
}

fn source(model: &Model, text: &str) -> Result<Source, ProbeError> {
    let from = if text.contains('/') { text.to_owned() } else { format!("pod/{text}") };
    let asked = ProbeText { from, to: "localhost:1".to_owned(), ..ProbeText::default() };
    let probe = trace::parse_probe(model, &asked).map_err(|error| ProbeError { part: "pod", ..error })?;
    Ok(probe.from)
}

/// Machine and namespace of a Pod or container, written as a probe's source takes it, `pod/` understood; that of its machine where it shares
/// it. `None` for what is neither.
///
/// # Errors
/// What is wrong with the name.
pub fn of_pod(model: &Model, text: &str) -> Result<Option<(String, String)>, ProbeError> {
    Ok(match source(model, text)? {
        Source::Pod(id) => model.cluster.pods.get(id.0 as usize).and_then(|pod| {
            let netns = if pod.host_network { "root".to_owned() } else { format!("pod/{}", pod.name) };
            Some((model.cluster.nodes.get(pod.node.0 as usize)?.name.to_string(), netns))
        }),
        Source::Machine(id) => {
            let tree = &model.site.tree;
            let host = tree.parents(id).last().and_then(|(_, host)| host.name.strip_prefix("host/"));
            host.zip(tree.machine(id)).map(|(host, own)| (host.to_owned(), own.name.to_string()))
        }
        Source::Node(_) | Source::External { .. } => None,
    })
}
