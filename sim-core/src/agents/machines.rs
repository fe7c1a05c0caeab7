//! The nodes' kernels, each written when something first looks at it.
//!
//! Ids, names and devices that others refer to are known beforehand ([`Plan`]); what the agents write on a node follows from the cluster
//! alone, so that the order in which nodes are looked at does not matter.

use super::agent::{On, PodOn};
use super::given::Seen;
use super::kube_proxy::iptables::written::Written as Common;
use super::kube_proxy::nftables::Refusal;
use super::underlay::{self, UPLINK};
use super::write::{NodeNet, Speakers, Writer, mac};
use super::{administrator, balancer, cni, list, runtime, silent};
use crate::site::{Kind, Machine, MachineId, ProcessTable, Tree};
use ipnet::IpNet;
use kernel::config::{Netns, NetworkBuilder, Source, Uplink};
use kernel::ids::{LinkRef, NetnsId};
use kubernetes::cluster::model::{Cluster, NodeId, Pod, PodId};
use kubernetes::origin::CauseTable;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

/// The unit of everything that is no node: switches, router, hosts.
const FRAME: u32 = 0;

/// What each node's kernel is written from.
pub(crate) struct Machines {
    cluster: Arc<Cluster>,
    causes: CauseTable,
    processes: ProcessTable,
    /// The namespaces of the frame, and each node's with its uplink only.
    frame: BTreeMap<NetnsId, Netns>,
    /// Networks of each node's Pods ([`cni::Plugin::networks`]).
    networks: Arc<Vec<Vec<IpNet>>>,
    /// What nodes have in common of kube-proxy's rules.
    common: Arc<Common>,
    /// Which nodes answer ARP for addresses of load balancers.
    speakers: OnceLock<Arc<Speakers>>,
    /// By node.
    plans: Vec<Plan>,
    /// Whose root namespace it is.
    node_of: BTreeMap<NetnsId, NodeId>,
    written: Vec<OnceLock<Written>>,
    /// Rules for machines that are no nodes which nobody can read.
    unread_of_hosts: Vec<administrator::Unread>,
    /// What was seen of machines that are no nodes.
    seen_of_hosts: Vec<Seen>,
}

/// Where a node's Pods will be.
struct Plan {
    netns: Option<NetnsId>,
    /// Its Pods, in order, each with its namespace.
    pods: Vec<(PodId, NetnsId)>,
    /// Id of the first Pod's own namespace; the others follow.
    first: NetnsId,
}

/// What is known of a node once it is written, beside its kernel.
#[derive(Default)]
struct Written {
    refusals: Vec<Refusal>,
    unread: Vec<administrator::Unread>,
    seen: Vec<Seen>,
}

/// What is known of all machines before any of them is written.
pub(crate) struct Laid {
    /// Who can write them.
    pub(crate) machines: Arc<Machines>,
    /// Name and unit of each namespace.
    pub(crate) names: Vec<(Arc<str>, u32)>,
    pub(crate) tree: Tree,
    pub(crate) nodes: BTreeMap<NodeId, NetnsId>,
    pub(crate) pods: BTreeMap<PodId, NetnsId>,
    pub(crate) hosts: BTreeMap<IpAddr, NetnsId>,
}

/// Lays the wires between the machines and decides where everything will be.
pub(crate) fn lay(cluster: &Arc<Cluster>) -> Laid {
    let causes = CauseTable::default();
    let processes = ProcessTable::default();
    let mut writer = Writer::new(cluster, causes.clone(), processes.clone());
    let plugin = cni::plugin(cluster);
    let networks = Arc::new(plugin.networks(cluster));
    writer.networks = networks.clone();
    underlay::write(&mut writer);
    silent::write(&mut writer);
    let Writer { builder, mut tree, nodes: at, hosts, unread: unread_of_hosts, seen: seen_of_hosts, .. } = writer;
    let nodes: BTreeMap<NodeId, NetnsId> = at.into_iter().map(|(id, at)| (id, at.netns)).collect();
    let unit = |netns| tree.node_at(netns).map_or(FRAME, |node| node.0 + 1);
    let mut names: Vec<(Arc<str>, u32)> =
        (0u32..).map(NetnsId).zip(&builder.namespaces).map(|(id, netns)| (netns.name.clone(), unit(id))).collect();
    let holders: BTreeMap<NodeId, MachineId> = tree
        .machines()
        .filter_map(|(id, machine)| match machine.kind {
            Kind::Node(node) => Some((node, id)),
            _ => None,
        })
        .collect();
    let mut of_node: Vec<Vec<PodId>> = cluster.nodes.iter().map(|_| Vec::new()).collect();
    for (id, pod) in (0u32..).map(PodId).zip(&cluster.pods) {
        if let Some(list) = of_node.get_mut(pod.node.0 as usize) {
            list.push(id);
        }
    }
    let mut plans = Vec::new();
    let mut pods = BTreeMap::new();
    for (node, list) in (0u32..).map(NodeId).zip(of_node) {
        let first = NetnsId(names.len() as u32);
        let netns = nodes.get(&node).copied();
        let wired = plugin.wires(cluster, node, &list);
        let place = |id: PodId| {
            let pod = pod(cluster, id)?;
            let name: Arc<str> = Arc::from(runtime::netns_name(pod));
            let at = if wired && !pod.host_network {
                names.push((name.clone(), node.0 + 1));
                NetnsId(names.len() as u32 - 1)
            } else {
                netns?
            };
            let (parent, assumed) = (holders.get(&node).copied(), pod.origin.assumed);
            tree.add(Machine { kind: Kind::Pod(id), name, parent, netns: at, segments: Box::default(), assumed });
            Some((id, at))
        };
        let placed: Vec<(PodId, NetnsId)> = match netns {
            Some(_) => list.into_iter().filter_map(place).collect(),
            None => Vec::new(),
        };
        pods.extend(placed.iter().copied());
        plans.push(Plan { netns, pods: placed, first });
    }
    let written = plans.iter().map(|_| OnceLock::new()).collect();
    let node_of = nodes.iter().map(|(node, netns)| (*netns, *node)).collect();
    let frame = builder.into_namespaces().into_iter().collect();
    let common = Arc::default();
    let machines = Machines {
        cluster: cluster.clone(),
        causes,
        processes,
        frame,
        networks,
        common,
        speakers: OnceLock::new(),
        plans,
        node_of,
        written,
        unread_of_hosts,
        seen_of_hosts,
    };
    Laid { machines: Arc::new(machines), names, tree, nodes, pods, hosts }
}

fn pod(cluster: &Cluster, id: PodId) -> Option<&Pod> {
    cluster.pods.get(id.0 as usize)
}

impl Machines {
    pub(crate) fn cluster(&self) -> &Arc<Cluster> {
        &self.cluster
    }

    pub(crate) fn causes(&self) -> &CauseTable {
        &self.causes
    }

    pub(crate) fn processes(&self) -> &ProcessTable {
        &self.processes
    }

    /// What the kernel of a node that is written does not take from kube-proxy.
    pub(crate) fn refusals(&self, node: NodeId) -> &[Refusal] {
        self.written.get(node.0 as usize).and_then(OnceLock::get).map_or(&[], |written| &written.refusals)
    }

    /// Rules for a node that is written which nobody can read.
    pub(crate) fn unread(&self, node: NodeId) -> &[administrator::Unread] {
        self.written.get(node.0 as usize).and_then(OnceLock::get).map_or(&[], |written| &written.unread)
    }

    /// The same for machines that are no nodes.
    pub(crate) fn unread_of_hosts(&self) -> &[administrator::Unread] {
        &self.unread_of_hosts
    }

    /// What was seen of a node that is written.
    pub(crate) fn seen(&self, node: NodeId) -> &[Seen] {
        self.written.get(node.0 as usize).and_then(OnceLock::get).map_or(&[], |written| &written.seen)
    }

    /// What was seen of machines that are no nodes.
    pub(crate) fn seen_of_hosts(&self) -> &[Seen] {
        &self.seen_of_hosts
    }

    fn speakers(&self) -> &Arc<Speakers> {
        self.speakers.get_or_init(|| Arc::new(balancer::speakers(&self.cluster)))
    }

    /// What the agents write on a node.
    fn write(&self, node: NodeId) -> Option<(NetworkBuilder, Written)> {
        let cluster = &*self.cluster;
        let plan = self.plans.get(node.0 as usize)?;
        let netns = plan.netns?;
        let of = cluster.nodes.get(node.0 as usize)?;
        let all = plan
            .pods
            .iter()
            .filter_map(|&(id, at)| Some(PodOn { id, pod: pod(cluster, id)?, netns: at, own: at != netns }));
        let at = NodeNet { netns, uplink: UPLINK };
        let on = On { node, of, at, pods: all.collect(), plugin: cni::plugin(cluster) };
        let mut writer = Writer::new(cluster, self.causes.clone(), self.processes.clone());
        writer.networks = self.networks.clone();
        writer.written = self.common.clone();
        writer.speakers = self.speakers().clone();
        writer.builder = NetworkBuilder::part(vec![(netns, self.frame.get(&netns)?.clone())], plan.first);
        list::write(&mut writer, &on);
        if cluster.outage.off.contains(&of.name) {
            writer.builder.namespaces.iter_mut().for_each(silent::switch_off);
        }
        let Writer { builder, refusals, unread, seen, .. } = writer;
        Some((builder, Written { refusals, unread, seen }))
    }
}

impl Source for Machines {
    fn build(&self, unit: u32) -> Vec<(NetnsId, Netns)> {
        let Some(node) = unit.checked_sub(FRAME + 1) else {
            let frame = self.frame.iter().filter(|(id, _)| !self.node_of.contains_key(id));
            return frame.map(|(id, netns)| (*id, netns.clone())).collect();
        };
        let Some((builder, written)) = self.write(NodeId(node)) else { return Vec::new() };
        if let Some(slot) = self.written.get(node as usize) {
            let _ = slot.set(written);
        }
        builder.into_namespaces()
    }

    fn uplink(&self, link: LinkRef) -> Option<Uplink> {
        let netns = self.frame.get(&link.netns).filter(|_| link.link == UPLINK)?;
        let device = netns.links.get(UPLINK)?;
        device.port.is_none().then_some(Uplink { mac: device.mac, up: device.up })
    }

    fn may_have(&self, id: NetnsId, ip: IpAddr) -> bool {
        let Some(bare) = self.frame.get(&id) else { return true };
        let Some(at) = self.node_of.get(&id) else { return true };
        let Some(node) = self.cluster.nodes.get(at.0 as usize) else { return true };
        let said = self.cluster.said.get(at);
        let proxies = said.is_some_and(|said| said.sysctls.iter().any(|sysctl| sysctl.name.ends_with("proxy_arp")));
        // Its uplink's and loopback addresses, and what its plugin gave it. It answers ARP for others only where somebody set
        // `proxy_arp`, and for load balancers' addresses where its speaker does.
        let carried = bare.links.iter().flat_map(|link| &link.addresses).any(|address| address.net.addr() == ip);
        let speaks = || self.speakers().get(&ip).is_some_and(|(speaker, _)| speaker == at);
        proxies || carried || ip.is_loopback() || cni::plugin(&self.cluster).may_have(node, ip) || speaks()
    }
}

/// The Ethernet address of a machine's uplink.
pub(crate) fn uplink_mac(name: &str) -> kernel::packet::Mac {
    mac(&format!("{name}/eth0"))
}
