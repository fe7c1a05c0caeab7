//! Machines in groups: nodes by pool, zone or the beginning of their names, then what is no node.

use super::asked::Asked;
use super::index::{Atlas, Item};
use super::search::Found;
use kubernetes::cluster::model::{Node, NodeRole};
use std::collections::{BTreeMap, BTreeSet};

/// Machines on one page at most.
const MACHINES: usize = 200;
/// Of a group where there are others.
const OF_GROUP: usize = 150;
/// Groups on one page.
const GROUPS: usize = 40;

/// Labels by which providers name the pool of a node.
const POOLS: [&str; 8] = [
    "cloud.google.com/gke-nodepool",
    "eks.amazonaws.com/nodegroup",
    "karpenter.sh/nodepool",
    "kubernetes.azure.com/agentpool",
    "agentpool",
    "doks.digitalocean.com/node-pool",
    "node.kubernetes.io/instancegroup",
    "kops.k8s.io/instancegroup",
];

/// A machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Which.
    pub item: Item,
    /// Pods or containers on it.
    pub holds: usize,
}

/// Machines that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What they have in common: `pool a`, `zone b`, `node-*`; empty for machines that are no nodes.
    pub name: String,
    /// Nodes of the control plane.
    pub control_plane: bool,
    /// Those that are shown.
    pub machines: Vec<Machine>,
    /// All of them.
    pub total: usize,
    /// Pods or containers on them.
    pub holds: usize,
}

/// All groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groups {
    /// Those of this part.
    pub groups: Vec<Group>,
    /// Machines that are shown.
    pub shown: usize,
    /// Machines that there are.
    pub total: usize,
    /// Parts that there are.
    pub parts: usize,
}

/// The group of a node.
fn group(node: &Node) -> (bool, String) {
    let label = |key: &str| node.labels.get(key).map(|value| &**value);
    let control_plane = node.role == NodeRole::ControlPlane;
    let name = match POOLS.iter().find_map(|key| label(key)) {
        Some(pool) => format!("pool {pool}"),
        None => match node.zone() {
            Some(zone) => format!("zone {zone}"),
            None => {
                let stem = node.name.trim_end_matches(|c: char| c.is_ascii_digit());
                let stem =
                    if stem == &*node.name { stem.rsplit_once('-').map_or(stem, |(stem, _)| stem) } else { stem };
                format!("{}-*", stem.trim_end_matches(['-', '.', '_']))
            }
        },
    };
    (!control_plane, name)
}

/// The machines that an address asks for; `found` where it narrows.
pub fn groups(atlas: &Atlas<'_>, asked: &Asked, found: Option<&Found>) -> Groups {
    let cluster = &atlas.model.cluster;
    let chosen: Option<BTreeSet<Item>> = found.map(|found| found.items.iter().copied().collect());
    let wanted = |item: &Item| chosen.as_ref().is_none_or(|chosen| chosen.contains(item));
    let mut pods: Vec<usize> = vec![0; cluster.nodes.len()];
    for pod in &cluster.pods {
        if let Some(count) = pods.get_mut(pod.node.0 as usize) {
            *count += 1;
        }
    }
    let mut all: BTreeMap<(bool, bool, String), Vec<Machine>> = BTreeMap::new();
    for ((at, node), holds) in (0u32..).zip(&cluster.nodes).zip(&pods) {
        let item = Item::Node(at);
        if wanted(&item) {
            let (worker, name) = group(node);
            all.entry((false, worker, name)).or_default().push(Machine { item, holds: *holds });
        }
    }
    // A node alone in its group says no more than its role.
    let lone: Vec<(bool, bool, String)> =
        all.iter().filter(|(_, machines)| machines.len() == 1).map(|(key, _)| key.clone()).collect();
    if lone.len() > 1 {
        for key in lone {
            if let Some(machines) = all.remove(&key) {
                all.entry((false, key.1, String::from("*"))).or_default().extend(machines);
            }
        }
    }
    let others = (0..cluster.docker.len() as u32).map(Item::Docker);
    let others = others.chain((0..cluster.routers.len() as u32).map(Item::Router));
    let others = others.chain((0..cluster.hosts.len() as u32).map(Item::Host));
    for item in others.filter(wanted) {
        let holds = match item {
            Item::Docker(at) => cluster.docker.get(at as usize).map_or(0, |host| host.containers.len()),
            _ => 0,
        };
        all.entry((true, true, String::new())).or_default().push(Machine { item, holds });
    }
    let mut groups: Vec<Group> = all
        .into_iter()
        .map(|((_, worker, name), machines)| Group {
            name,
            control_plane: !worker,
            total: machines.len(),
            holds: machines.iter().map(|one| one.holds).sum(),
            machines,
        })
        .filter(|group| asked.group.is_empty() || group_key(group) == asked.group)
        .collect();
    let total: usize = groups.iter().map(|group| group.total).sum();
    let alone = groups.len() == 1;
    let parts = if alone { total.div_ceil(MACHINES) } else { groups.len().div_ceil(GROUPS) }.max(1);
    let part = asked.part.clamp(1, parts) - 1;
    if alone {
        for group in &mut groups {
            group.machines = group.machines.iter().skip(part * MACHINES).take(MACHINES).copied().collect();
        }
    } else {
        groups = groups.into_iter().skip(part * GROUPS).take(GROUPS).collect();
        let each = (MACHINES / groups.len().max(1)).clamp(4, OF_GROUP);
        groups.iter_mut().for_each(|group| group.machines.truncate(each));
    }
    Groups { shown: groups.iter().map(|group| group.machines.len()).sum(), total, parts, groups }
}

/// How the address names a group.
pub(crate) fn group_key(group: &Group) -> String {
    match (group.name.as_str(), group.control_plane) {
        ("", _) => String::from("machines"),
        (name, true) => format!("control-plane {name}"),
        (name, false) => name.to_owned(),
    }
}
