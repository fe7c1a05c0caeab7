//! Who is in the picture: what a journey touches is always drawn; the rest is folded when there is too much of it.

use kernel::ids::NetnsId;
use kubernetes::cluster::model::{Cluster, NodeId, Pod, PodId, ServiceId};
use sim_core::agents::Site;
use sim_core::facts::{Fact, Namespace, Visit, What};
use sim_core::model::Model;
use sim_core::site::{Kind, MachineId, Tree};
use sim_core::trace::{Journey, Source, Target};
use std::collections::{BTreeMap, BTreeSet};

/// Above this many boxes only what the path touches is drawn one by one.
const MANY_BOXES: usize = 200;
/// Pods drawn one by one on an open node, when there are not too many boxes.
const PODS_OPEN: usize = 6;
/// Pods drawn one by one on a closed node.
const PODS_CLOSED: usize = 3;
/// Groups per node; the rest goes into one more.
const GROUPS: usize = 3;
/// Nodes drawn besides those on the path.
const NODES: usize = 4;
/// Services drawn.
const SERVICES: usize = 4;

/// One box in a node's Pod area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    /// A Pod with its containers.
    Full(PodId),
    /// A Pod with its name and address.
    Brief(PodId),
    /// Pods of one workload (`None`: of several).
    Group { name: Option<String>, pods: Vec<PodId> },
}

/// What is drawn of one node.
#[derive(Clone, Debug)]
pub(crate) struct SelectedNode {
    pub(crate) node: NodeId,
    pub(crate) netns: NetnsId,
    /// The machines that hold it, the outermost first.
    pub(crate) within: Vec<MachineId>,
    /// With its rail and room for chains.
    pub(crate) open: bool,
    pub(crate) cells: Vec<Cell>,
    /// Pods of `kube-system` that are not drawn.
    pub(crate) system: u64,
    /// `hostNetwork` Pods: they live in the node's own namespace.
    pub(crate) host: Vec<PodId>,
}

/// What is drawn of the cluster.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    pub(crate) nodes: Vec<SelectedNode>,
    pub(crate) nodes_hidden: u64,
    pub(crate) services: Vec<ServiceId>,
    pub(crate) services_hidden: u64,
    /// Which nodes hold rules of a drawn Service that the path meets.
    pub(crate) ties: BTreeSet<(ServiceId, NodeId)>,
    pub(crate) pods_shown: u64,
    pub(crate) pods_total: u64,
    pub(crate) lan: Vec<NetnsId>,
    pub(crate) gateways: Vec<NetnsId>,
}

/// Where a journey's probe starts.
pub(crate) fn source(model: &Model, journey: &Journey) -> Option<NetnsId> {
    let site = &model.site;
    match &journey.probe.from {
        Source::Pod(_) | Source::Node(_) | Source::Machine(_) => journey.probe.from.netns(site),
        Source::External { ip, .. } => {
            let mut hosts = site.tree.machines().filter(|(_, machine)| machine.kind == Kind::Host(*ip));
            hosts.next().map(|(_, host)| host.netns)
        }
    }
}

/// Which Service the rules met at a place were written for.
pub(crate) fn services_met(model: &Model, visit: &Visit<'_>, facts: &[Fact<'_>]) -> Vec<ServiceId> {
    let mut met = Vec::new();
    for fact in facts {
        let found = match &fact.what {
            What::Nat { entry: Some(_), .. } => {
                // What an entry applies or undoes was set up by the rules of the address that goes or comes back.
                let (before, after) = (&visit.before.packet.ip, &visit.after.packet.ip);
                let ip = if before.dst != after.dst { before.dst } else { after.src };
                let of = model.cluster.services.iter().position(|service| service.cluster_ips.contains(&ip));
                of.map(|at| ServiceId(at as u32))
            }
            What::Rule { cause, .. } => {
                let object = cause.and_then(|cause| cause.object.as_ref()).filter(|object| &*object.kind == "Service");
                object.and_then(|object| {
                    model.cluster.service_named(object.namespace.as_deref().unwrap_or("default"), &object.name)
                })
            }
            _ => None,
        };
        met.extend(found.filter(|id| !met.contains(id)));
    }
    met
}

/// Machines that are no nodes, drawn at most.
const HOSTS: usize = 2;

impl Selection {
    pub(crate) fn of(model: &Model, journey: Option<&Journey>) -> Self {
        let (cluster, site) = (&model.cluster, &model.site);
        let mut touched: BTreeSet<NetnsId> =
            journey.into_iter().flat_map(|j| &j.legs).flat_map(|leg| &leg.hops).map(|hop| hop.netns).collect();
        if touched.is_empty() {
            // Nothing was sent: who would have is shown.
            touched.extend(journey.and_then(|journey| source(model, journey)));
        }
        let mut nodes_touched: BTreeSet<NodeId> =
            touched.iter().filter_map(|&ns| Namespace::of(model, ns).node()).collect();
        // A packet from outside that meets no node is shown beside the one it could have come to.
        if let Some(Source::External { via, .. }) = journey.map(|journey| &journey.probe.from)
            && nodes_touched.is_empty()
        {
            nodes_touched.extend(via.or((!cluster.nodes.is_empty()).then_some(NodeId(0))));
        }
        let many = cluster.pods.len() * 3 + cluster.nodes.len() * 8 > MANY_BOXES;
        let mut selection = Self { pods_total: cluster.pods.len() as u64, ..Self::default() };
        let by_node = pods_by_node(&site.tree);
        let busiest_first = nodes_to_draw(cluster, &by_node, &nodes_touched);
        selection.nodes_hidden = (cluster.nodes.len() - busiest_first.len()) as u64;
        for id in busiest_first {
            let Some(&netns) = site.nodes.get(&id) else { continue };
            let pods = by_node.get(&id).map(Vec::as_slice).unwrap_or_default();
            let open = if journey.is_some_and(|journey| !journey.legs.is_empty()) || nodes_touched.contains(&id) {
                nodes_touched.contains(&id)
            } else {
                selection.nodes.iter().filter(|node| node.open).count() < 3
                    && pods.iter().any(|&p| !is_system(cluster, p))
            };
            selection.nodes.push(select_node(cluster, site, (id, netns), pods, &touched, open, many));
        }
        selection.pods_shown = selection
            .nodes
            .iter()
            .flat_map(|node| &node.cells)
            .map(|cell| u64::from(!matches!(cell, Cell::Group { .. })))
            .sum::<u64>();
        selection.pick_services(model, journey);
        let mut hosts = Vec::new();
        selection.lan.extend(site.tree.segments().map(|(_, segment)| segment.netns));
        for (id, machine) in site.tree.machines() {
            match machine.kind {
                Kind::Router | Kind::Internet => selection.gateways.push(machine.netns),
                // A host that holds machines stands around them.
                Kind::Host(_) if site.tree.children(id).next().is_none() => hosts.push(machine.netns),
                Kind::Host(_) | Kind::Node(_) | Kind::Pod(_) | Kind::Container(_) => {}
            }
        }
        // Where it starts, then who is on the way; with no packet to follow, who is there.
        let first = journey.and_then(|journey| match journey.probe.from {
            Source::External { ip, via } => site.outside.get(&(ip, via)).copied(),
            _ => None,
        });
        hosts.retain(|host| Some(*host) == first || journey.is_none() || touched.contains(host));
        hosts.sort_by_key(|host| Some(*host) != first);
        selection.gateways.extend(hosts.into_iter().take(HOSTS));
        selection
    }

    fn pick_services(&mut self, model: &Model, journey: Option<&Journey>) {
        let cluster = &model.cluster;
        let has_ip =
            |id: &ServiceId| cluster.services.get(id.0 as usize).is_some_and(|service| !service.cluster_ips.is_empty());
        let mut wanted: Vec<ServiceId> = Vec::new();
        if let Some(journey) = journey {
            if let Target::Service(id, _) = journey.probe.to {
                wanted.push(id);
            }
            for hop in journey.legs.iter().flat_map(|leg| &leg.hops) {
                let visit = Visit::of(model, hop);
                let node = visit.namespace.node();
                for id in services_met(model, &visit, &visit.facts()) {
                    if !wanted.contains(&id) {
                        wanted.push(id);
                    }
                    self.ties.extend(node.map(|node| (id, node)));
                }
            }
        }
        if wanted.is_empty() {
            let user = |id: &ServiceId| {
                cluster.services.get(id.0 as usize).is_some_and(|service| {
                    &*service.name.namespace != "kube-system" && service.name.to_string() != "default/kubernetes"
                })
            };
            let all = || (0..cluster.services.len() as u32).map(ServiceId);
            wanted =
                all().filter(user).chain(all().filter(|id| !user(id))).filter(|id| has_ip(id)).take(SERVICES).collect();
        }
        wanted.retain(has_ip);
        // As many as stand over the nodes.
        let width: usize = self.nodes.iter().map(|node| if node.open { 3 } else { 2 }).sum();
        wanted.truncate((width / 2).clamp(1, SERVICES));
        let total = cluster.services.iter().filter(|service| !service.cluster_ips.is_empty()).count();
        self.services_hidden = (total - wanted.len().min(total)) as u64;
        self.services = wanted;
    }
}

/// The Pods that each node holds.
fn pods_by_node(tree: &Tree) -> BTreeMap<NodeId, Vec<PodId>> {
    let mut by_node: BTreeMap<NodeId, Vec<PodId>> = BTreeMap::new();
    for (id, machine) in tree.machines() {
        let Kind::Pod(pod) = machine.kind else { continue };
        let holder = tree.parents(id).find_map(|(_, parent)| match parent.kind {
            Kind::Node(node) => Some(node),
            _ => None,
        });
        if let Some(node) = holder {
            by_node.entry(node).or_default().push(pod);
        }
    }
    by_node
}

/// In cluster order: all on the path, then those with Pods, then others, up to a limit.
fn nodes_to_draw(cluster: &Cluster, by_node: &BTreeMap<NodeId, Vec<PodId>>, touched: &BTreeSet<NodeId>) -> Vec<NodeId> {
    let all = || (0..cluster.nodes.len() as u32).map(NodeId);
    let mut drawn: Vec<NodeId> = touched.iter().copied().collect();
    let busy = all().filter(|id| by_node.contains_key(id));
    for id in busy.chain(all().filter(|id| !by_node.contains_key(id))) {
        if drawn.len() < NODES.max(touched.len()) && !drawn.contains(&id) {
            drawn.push(id);
        }
    }
    // Those of one segment stand side by side over it.
    drawn.sort_by_key(|id| (cluster.nodes.get(id.0 as usize).map(|node| node.segment), *id));
    drawn
}

fn is_system(cluster: &Cluster, pod: PodId) -> bool {
    cluster.pods.get(pod.0 as usize).is_some_and(|pod| &*pod.name.namespace == "kube-system")
}

/// The workload a Pod belongs to, by its name.
fn workload(pod: &Pod) -> &str {
    match &pod.made_by {
        Some(object) => &object.name,
        None if &*pod.origin.object.kind != "Pod" => &pod.origin.object.name,
        None => pod.name.name.rsplit_once('-').map_or(&pod.name.name, |(stem, _)| stem),
    }
}

fn select_node(
    cluster: &Cluster,
    site: &Site,
    (node, netns): (NodeId, NetnsId),
    pods: &[PodId],
    touched: &BTreeSet<NetnsId>,
    open: bool,
    many: bool,
) -> SelectedNode {
    let get = |id: PodId| cluster.pods.get(id.0 as usize);
    let own = site.tree.machine_at(netns).map(|(id, _)| id);
    let mut within: Vec<MachineId> = own.into_iter().flat_map(|id| site.tree.parents(id)).map(|(id, _)| id).collect();
    within.reverse();
    let mut selection = SelectedNode { node, netns, within, open, cells: Vec::new(), system: 0, host: Vec::new() };
    let mut path = Vec::new();
    let mut rest = Vec::new();
    for &id in pods {
        let on_path = site.pods.get(&id).is_some_and(|ns| *ns != netns && touched.contains(ns));
        match get(id) {
            Some(pod) if pod.host_network => selection.host.push(id),
            Some(_) if on_path => path.push(id),
            Some(_) if is_system(cluster, id) => selection.system += 1,
            Some(_) => rest.push(id),
            None => {}
        }
    }
    rest.sort_by_key(|&id| get(id).map(|pod| pod.name.clone()));
    let limit = if open { PODS_OPEN } else { PODS_CLOSED };
    let room = limit.saturating_sub(path.len());
    let brief = if many {
        0
    } else if rest.len() <= room {
        rest.len()
    } else {
        room.saturating_sub(2)
    };
    let grouped = rest.split_off(brief);
    let full_rest = open && path.len() + rest.len() <= 4 && grouped.is_empty();
    selection.cells.extend(rest.into_iter().map(|id| if full_rest { Cell::Full(id) } else { Cell::Brief(id) }));
    let mut groups: BTreeMap<(String, String), Vec<PodId>> = BTreeMap::new();
    for id in grouped {
        let Some(pod) = get(id) else { continue };
        groups.entry((pod.name.namespace.to_string(), workload(pod).to_owned())).or_default().push(id);
    }
    let mut groups: Vec<(String, Vec<PodId>)> = groups.into_iter().map(|((_, name), pods)| (name, pods)).collect();
    groups.sort_by_key(|(name, pods)| (std::cmp::Reverse(pods.len()), name.clone()));
    let spare: Vec<PodId> = groups.split_off(GROUPS.min(groups.len())).into_iter().flat_map(|(_, pods)| pods).collect();
    // A group of one is a Pod.
    let cell = |name: Option<String>, pods: Vec<PodId>| match pods.as_slice() {
        [pod] => Cell::Brief(*pod),
        _ => Cell::Group { name, pods },
    };
    selection.cells.extend(groups.into_iter().map(|(name, pods)| cell(Some(name), pods)));
    if !spare.is_empty() {
        selection.cells.push(cell(None, spare));
    }
    // What the path touches stands in the lowest row, next to the node's own namespace.
    selection.cells.extend(path.into_iter().map(|id| if open { Cell::Full(id) } else { Cell::Brief(id) }));
    selection
}
