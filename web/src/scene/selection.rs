//! Who is in the picture: what a journey touches is always drawn; the rest is folded when there is too much of it.

use super::holder::{Holder, Member};
use kernel::config::LinkKind;
use kernel::ids::{LinkId, NetnsId};
use kubernetes::cluster::model::docker::{Container, Mode};
use kubernetes::cluster::model::{
    Cluster, ContainerId, DockerId, NodeId, Pod, PodId, PortEndpoints, SegmentId, ServiceId,
};
use sim_core::agents::Site;
use sim_core::facts::{Fact, Namespace, Visit, What};
use sim_core::model::Model;
use sim_core::site::{Kind, Machine, MachineId, Tree};
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
/// Machines off the way named; the rest is a number.
const CHIPS: usize = 8;
/// Bridges of a Docker host drawn.
const BRIDGES: usize = 6;
/// Services drawn.
const SERVICES: usize = 4;

/// One box in a machine's area of Pods or containers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    /// A Pod with its containers, a container with its process.
    Full(Member),
    /// One with its name and address.
    Brief(Member),
    /// Those of one workload or service (`None`: of several).
    Group { name: Option<String>, members: Vec<Member> },
}

/// What is drawn of one node or Docker host.
#[derive(Clone, Debug)]
pub(crate) struct SelectedNode {
    pub(crate) of: Holder,
    pub(crate) netns: NetnsId,
    /// The machines that hold it, the outermost first.
    pub(crate) within: Vec<MachineId>,
    /// With its rail and room for chains.
    pub(crate) open: bool,
    pub(crate) cells: Vec<Cell>,
    /// Bridges that are drawn, in the order of the machine's devices.
    pub(crate) bridges: Vec<LinkId>,
    /// Bridges with something on them that are not drawn.
    pub(crate) bridges_hidden: u64,
    /// Pods of `kube-system` that are not drawn.
    pub(crate) system: u64,
    /// Names of those that live in the machine's own namespace: `hostNetwork` Pods, containers in host mode.
    pub(crate) host: Vec<String>,
}

/// What is drawn of the cluster.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    pub(crate) nodes: Vec<SelectedNode>,
    pub(crate) nodes_hidden: u64,
    /// Machines that the packet does not come to, and how many Pods or containers each has.
    pub(crate) chips: Vec<(Holder, u64)>,
    pub(crate) services: Vec<ServiceId>,
    pub(crate) services_hidden: u64,
    /// Which nodes hold rules of a drawn Service that the path meets.
    pub(crate) ties: BTreeSet<(ServiceId, NodeId)>,
    pub(crate) pods_shown: u64,
    pub(crate) pods_total: u64,
    /// Containers with a namespace of their own that are no nodes.
    pub(crate) containers_shown: u64,
    pub(crate) containers_total: u64,
    /// Docker hosts and other machines that are not drawn.
    pub(crate) hosts_hidden: u64,
    pub(crate) lan: Vec<NetnsId>,
    pub(crate) gateways: Vec<NetnsId>,
    /// What stands in a machine that was seen, and is known by what was seen of it only.
    pub(crate) within: BTreeMap<NetnsId, Vec<NetnsId>>,
}

/// What a picture without a packet is about, where it is not about everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Around {
    /// A node with its Pods.
    Node(NodeId),
    /// A Pod on its node.
    Pod(PodId),
    /// A Docker host with its containers.
    Docker(DockerId),
    /// Any other machine, by its own namespace.
    Machine(NetnsId),
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
const HOSTS: usize = 4;

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
        let sent = journey.is_some_and(|journey| !journey.legs.is_empty());
        let named = if sent { CHIPS + nodes_touched.len() } else { NODES };
        let busiest_first = nodes_to_draw(cluster, &by_node, &nodes_touched, named);
        selection.nodes_hidden = (cluster.nodes.len() - busiest_first.len()) as u64;
        for id in busiest_first {
            let Some(&netns) = site.nodes.get(&id) else { continue };
            let pods = by_node.get(&id).map(Vec::as_slice).unwrap_or_default();
            if sent && !nodes_touched.contains(&id) {
                selection.chips.push((Holder::Node(id), pods.len() as u64));
                continue;
            }
            let open = if sent || nodes_touched.contains(&id) {
                nodes_touched.contains(&id)
            } else {
                selection.nodes.iter().filter(|node| node.open).count() < 3
                    && pods.iter().any(|&p| !is_system(cluster, p))
            };
            selection.nodes.push(select_node(cluster, site, (id, netns), pods, &touched, open, many));
        }
        for (index, host) in (0u32..).zip(&cluster.docker) {
            let id = DockerId(index);
            // A virtual machine stands left of the rest of the machine that it runs on.
            let virtual_one = site.tree.machines().find(|(_, machine)| machine.kind == Kind::Vm(id));
            let around = site.hosts.get(&host.ip).copied();
            let parts = match virtual_one {
                Some((_, vm)) => vec![(Holder::Docker(id), Some(vm.netns)), (Holder::Desktop(id), around)],
                None => vec![(Holder::Docker(id), around)],
            };
            for (of, netns) in parts {
                let Some(netns) = netns else { continue };
                let on_way = touched.iter().any(|netns| Holder::of(model, *netns) == Some(of));
                let holds = |of: Option<MachineId>| {
                    of.is_some_and(|id| selection.nodes.iter().any(|node| node.within.contains(&id)))
                };
                let own = site.tree.machine_at(netns).map(|(id, _)| id);
                if sent && !on_way && !holds(own) && selection.chips.len() < CHIPS {
                    let containers = host.containers.iter().filter(|one| has_own(one)).count();
                    selection.chips.push((of, containers as u64));
                } else if on_way || selection.nodes.len() < NODES {
                    selection.nodes.push(select_docker(model, (of, netns), &touched, on_way || !sent));
                } else {
                    selection.hosts_hidden += 1;
                }
            }
        }
        // Those of one segment stand side by side over it.
        selection.nodes.sort_by_key(|node| node.of.segment(cluster).unwrap_or_default());
        let containers = cluster.docker.iter().flat_map(|host| &host.containers);
        selection.containers_total = containers.filter(|one| has_own(one)).count() as u64;
        selection.count_cells();
        selection.pick_services(model, journey);
        let mut hosts = Vec::new();
        selection.lan.extend(site.tree.segments().map(|(_, segment)| segment.netns));
        for (id, machine) in site.tree.machines() {
            match machine.kind {
                Kind::Router | Kind::Internet => selection.gateways.push(machine.netns),
                // A host that holds nodes or containers stands around them; below one that was seen stands what is behind its devices.
                Kind::Host(_) if machine.parent.is_some() => {}
                Kind::Host(_)
                    if site.tree.children(id).all(|(_, own)| matches!(own.kind, Kind::Host(_)))
                        && Holder::of(model, machine.netns).is_none() =>
                {
                    hosts.push(machine.netns);
                    let its = site.tree.children(id).map(|(_, own)| own.netns);
                    let mut its: Vec<NetnsId> = its
                        .filter(|own| {
                            journey.is_none()
                                || touched.contains(own)
                                || journey.and_then(|journey| source(model, journey)) == Some(*own)
                        })
                        .collect();
                    its.truncate(HOSTS);
                    selection.within.insert(machine.netns, its);
                }
                Kind::Host(_) | Kind::Node(_) | Kind::Pod(_) | Kind::Container(_) | Kind::Vm(_) => {}
            }
        }
        // Where it starts, then who is on the way; with no packet to follow, who is there.
        let first = journey.and_then(|journey| match journey.probe.from {
            Source::External { .. } | Source::Machine(_) => journey.probe.from.netns(site),
            Source::Pod(_) | Source::Node(_) => None,
        });
        hosts.retain(|host| Some(*host) == first || journey.is_none() || touched.contains(host));
        hosts.sort_by_key(|host| Some(*host) != first);
        selection.hosts_hidden += hosts.len().saturating_sub(HOSTS) as u64;
        selection.gateways.extend(hosts.into_iter().take(HOSTS));
        selection
    }

    /// One machine or one Pod with what it stands in: nothing is on its way, so all of it is open.
    pub(crate) fn around(model: &Model, at: Around) -> Self {
        let (cluster, site) = (&model.cluster, &model.site);
        let tree = &site.tree;
        let mut selection = Self { pods_total: cluster.pods.len() as u64, ..Self::default() };
        let mut touched: BTreeSet<NetnsId> = BTreeSet::new();
        let node = match at {
            Around::Node(id) => Some(id),
            Around::Pod(id) => {
                touched.extend(site.pods.get(&id));
                cluster.pods.get(id.0 as usize).map(|pod| pod.node)
            }
            Around::Docker(_) | Around::Machine(_) => None,
        };
        let mut segments: BTreeSet<SegmentId> = BTreeSet::new();
        if let Some((id, &netns)) = node.and_then(|id| Some((id, site.nodes.get(&id)?))) {
            let own = (0u32..).zip(&cluster.pods).filter(|(_, pod)| pod.node == id);
            let own: Vec<PodId> = own.map(|(at, _)| PodId(at)).collect();
            // Beside one Pod the others are so many of their workloads.
            let folded = matches!(at, Around::Pod(_));
            selection.nodes.push(select_node(cluster, site, (id, netns), &own, &touched, true, folded));
            selection.nodes_hidden = cluster.nodes.len().saturating_sub(1) as u64;
            selection.pods_total = own.len() as u64;
        }
        if let Around::Docker(id) = at
            && let Some(host) = cluster.docker_host(id)
        {
            let virtual_one = tree.machines().find(|(_, machine)| machine.kind == Kind::Vm(id));
            let around = site.hosts.get(&host.ip).copied();
            let parts = match virtual_one {
                Some((_, vm)) => vec![(Holder::Docker(id), Some(vm.netns)), (Holder::Desktop(id), around)],
                None => vec![(Holder::Docker(id), around)],
            };
            for (of, netns) in parts.into_iter().filter_map(|(of, netns)| Some((of, netns?))) {
                selection.nodes.push(select_docker(model, (of, netns), &touched, true));
            }
            selection.containers_total = host.containers.iter().filter(|one| has_own(one)).count() as u64;
        }
        segments.extend(selection.nodes.iter().filter_map(|node| node.of.segment(cluster)));
        if let Around::Machine(netns) = at
            && let Some((_, machine)) = tree.machine_at(netns)
        {
            segments.extend(&machine.segments);
            selection.gateways.push(netns);
        }
        selection.count_cells();
        selection.lan.extend(tree.segments().map(|(_, segment)| segment.netns));
        let joins = |machine: &Machine| machine.segments.iter().any(|on| segments.contains(on));
        let routers = tree.machines().filter(|(_, machine)| machine.kind == Kind::Router && joins(machine));
        for (_, router) in routers.take(HOSTS) {
            if !selection.gateways.contains(&router.netns) {
                selection.gateways.push(router.netns);
            }
        }
        if let Around::Pod(id) = at {
            // Those behind which it stands, and no others.
            let behind = |lists: &Vec<PortEndpoints>| {
                lists.iter().flat_map(|list| &list.endpoints).any(|endpoint| endpoint.pod == Some(id))
            };
            let own = (0u32..).zip(&cluster.endpoints).filter(|(_, lists)| behind(lists));
            let all: Vec<ServiceId> = own.map(|(at, _)| ServiceId(at)).collect();
            selection.services = all.iter().copied().take(SERVICES).collect();
            selection.services_hidden = all.len().saturating_sub(SERVICES) as u64;
        } else if node.is_some() {
            selection.pick_services(model, None);
        }
        selection
    }

    /// Counts what is drawn one by one.
    fn count_cells(&mut self) {
        for cell in self.nodes.iter().flat_map(|node| &node.cells) {
            match cell {
                Cell::Full(Member::Pod(_)) | Cell::Brief(Member::Pod(_)) => self.pods_shown += 1,
                Cell::Full(Member::Container(_)) | Cell::Brief(Member::Container(_)) => self.containers_shown += 1,
                Cell::Group { .. } => {}
            }
        }
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
fn nodes_to_draw(
    cluster: &Cluster,
    by_node: &BTreeMap<NodeId, Vec<PodId>>,
    touched: &BTreeSet<NodeId>,
    limit: usize,
) -> Vec<NodeId> {
    let all = || (0..cluster.nodes.len() as u32).map(NodeId);
    let mut drawn: Vec<NodeId> = touched.iter().copied().collect();
    let busy = all().filter(|id| by_node.contains_key(id));
    for id in busy.chain(all().filter(|id| !by_node.contains_key(id))) {
        if drawn.len() < limit.max(touched.len()) && !drawn.contains(&id) {
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
    let of = Holder::Node(node);
    let (bridges, bridges_hidden) = (bridges(site, netns, None).0, 0);
    let (cells, host) = (Vec::new(), Vec::new());
    let mut selection = SelectedNode { of, netns, within, open, cells, bridges, bridges_hidden, system: 0, host };
    let mut path = Vec::new();
    let mut rest = Vec::new();
    for &id in pods {
        let on_path = site.pods.get(&id).is_some_and(|ns| *ns != netns && touched.contains(ns));
        match get(id) {
            Some(pod) if pod.host_network => selection.host.push(pod.name.to_string()),
            Some(_) if on_path => path.push(id),
            Some(_) if is_system(cluster, id) => selection.system += 1,
            Some(_) => rest.push(id),
            None => {}
        }
    }
    rest.sort_by_key(|&id| get(id).map(|pod| pod.name.clone()));
    let group = |member: Member| match member {
        Member::Pod(id) => get(id).map(|pod| (pod.name.namespace.to_string(), workload(pod).to_owned())),
        Member::Container(_) => None,
    };
    let pods = |ids: Vec<PodId>| ids.into_iter().map(Member::Pod).collect();
    selection.cells = fold(pods(path), pods(rest), group, open, many);
    selection
}

/// The bridge of a node; those of a Docker host that something is a port of, the first where there is none: those that lead to what is `touched`
/// before others. Also how many are not drawn.
fn bridges(site: &Site, netns: NetnsId, touched: Option<&BTreeSet<NetnsId>>) -> (Vec<LinkId>, u64) {
    let Some(ns) = site.network.get(netns) else { return (Vec::new(), 0) };
    let all: Vec<LinkId> =
        ns.links.entries().filter(|(_, link)| matches!(link.kind, LinkKind::Bridge(_))).map(|(id, _)| id).collect();
    let mut used: BTreeMap<LinkId, bool> = BTreeMap::new();
    if let Some(touched) = touched {
        for link in ns.links.iter() {
            let Some(port) = &link.port else { continue };
            let led = matches!(link.kind, LinkKind::Veth { peer } if touched.contains(&peer.netns));
            *used.entry(port.master).or_default() |= led;
        }
    }
    let mut drawn: Vec<LinkId> = all.iter().copied().filter(|id| used.contains_key(id)).collect();
    let hidden = drawn.len().saturating_sub(BRIDGES) as u64;
    drawn.sort_by_key(|id| !used.get(id).copied().unwrap_or_default());
    if drawn.is_empty() {
        drawn.extend(all.first());
    }
    drawn.truncate(BRIDGES);
    drawn.sort();
    (drawn, hidden)
}

/// True for a container with a namespace of its own that is no node.
fn has_own(container: &Container) -> bool {
    container.node.is_none() && matches!(container.mode, Mode::Networks(_) | Mode::None)
}

fn select_docker(
    model: &Model,
    (of, netns): (Holder, NetnsId),
    touched: &BTreeSet<NetnsId>,
    open: bool,
) -> SelectedNode {
    let cluster = &model.cluster;
    let (bridges, bridges_hidden) = bridges(&model.site, netns, Some(touched));
    // Around the machines that it holds, its own part stands beside them.
    let tree = &model.site.tree;
    let own = tree.machine_at(netns).map(|(id, _)| id);
    let machines =
        |id: &MachineId| tree.children(*id).any(|(_, machine)| matches!(machine.kind, Kind::Node(_) | Kind::Vm(_)));
    let mut within: Vec<MachineId> = own.into_iter().flat_map(|id| tree.parents(id)).map(|(id, _)| id).collect();
    within.reverse();
    within.extend(own.filter(machines));
    let (cells, host) = (Vec::new(), Vec::new());
    let mut selection = SelectedNode { of, netns, within, open, cells, bridges, bridges_hidden, system: 0, host };
    let Holder::Docker(host) = of else { return selection };
    let containers = cluster.docker_host(host).map_or(&[][..], |host| &host.containers);
    let (mut path, mut rest) = (Vec::new(), Vec::new());
    for (at, container) in (0u32..).zip(containers) {
        let member = Member::Container(ContainerId { host, at });
        if container.node.is_some() {
            continue;
        }
        if !has_own(container) {
            if container.mode == Mode::Host {
                selection.host.push(container.probe_name());
            }
        } else if member.netns(model).is_some_and(|own| touched.contains(&own)) {
            path.push(member);
        } else {
            rest.push(member);
        }
    }
    let group = |member: Member| match member {
        Member::Container(id) => cluster.container(id).map(|one| (String::new(), one.service.to_string())),
        Member::Pod(_) => None,
    };
    let many = containers.len() * 3 > MANY_BOXES;
    selection.cells = fold(path, rest, group, open, many);
    selection
}

/// Boxes of who is on the path, and as many others as there is room for; the rest in groups.
fn fold(
    path: Vec<Member>,
    mut rest: Vec<Member>,
    group: impl Fn(Member) -> Option<(String, String)>,
    open: bool,
    many: bool,
) -> Vec<Cell> {
    let mut cells = Vec::new();
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
    cells.extend(rest.into_iter().map(|id| if full_rest { Cell::Full(id) } else { Cell::Brief(id) }));
    let mut groups: BTreeMap<(String, String), Vec<Member>> = BTreeMap::new();
    for member in grouped {
        let Some(of) = group(member) else { continue };
        groups.entry(of).or_default().push(member);
    }
    let mut groups: Vec<(String, Vec<Member>)> = groups.into_iter().map(|((_, name), all)| (name, all)).collect();
    groups.sort_by_key(|(name, all)| (std::cmp::Reverse(all.len()), name.clone()));
    let spare: Vec<Member> = groups.split_off(GROUPS.min(groups.len())).into_iter().flat_map(|(_, all)| all).collect();
    // A group of one stands for itself.
    let cell = |name: Option<String>, members: Vec<Member>| match members.as_slice() {
        [one] => Cell::Brief(*one),
        _ => Cell::Group { name, members },
    };
    cells.extend(groups.into_iter().map(|(name, members)| cell(Some(name), members)));
    if !spare.is_empty() {
        cells.push(cell(None, spare));
    }
    // What the path touches stands in the lowest row, next to the machine's own namespace.
    cells.extend(path.into_iter().map(|id| if open { Cell::Full(id) } else { Cell::Brief(id) }));
    cells
}
