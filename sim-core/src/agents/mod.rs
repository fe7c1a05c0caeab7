//! What kubelet, the CNI plugin, kube-proxy and the machines' set-up write into each node's kernel.

pub mod administrator;
pub mod cni;
pub mod hosts;
pub mod kube_proxy;
pub(crate) mod kubelet;
pub mod outside;
pub(crate) mod runtime;
pub mod underlay;
pub(crate) mod write;

use crate::cause::CauseTable;
use crate::cluster::model::{Cluster, NodeId, PodId};
use crate::linux::state::{LinkRef, NetnsId, Network, SocketId};
use std::collections::BTreeMap;
use std::sync::Arc;
use write::Writer;

pub(crate) use kubelet::{host_resolv_conf, node_resolv_conf};

/// What a namespace stands for in the cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NetnsRole {
    /// A node's root namespace.
    Node(NodeId),
    /// A Pod's namespace, held by its pause container.
    Pod(PodId),
    /// A LAN segment: one switch.
    Lan,
    /// The default gateway of the LAN, with what lies behind it.
    Gateway,
    /// A host outside the cluster, with its address.
    External(Arc<str>),
}

/// Whose process has a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process {
    /// The Pod.
    pub pod: PodId,
    /// Index in the sockets of [`crate::cluster::model::Pod::listening`].
    pub listener: u32,
}

/// The network of a cluster, with what each part of it stands for.
#[derive(Clone, Debug, Default)]
pub struct Built {
    /// The Linux state.
    pub network: Network,
    /// Why each piece of it exists.
    pub causes: CauseTable,
    /// Role of each namespace; index is [`NetnsId`].
    pub roles: Vec<NetnsRole>,
    /// Root namespace of each node.
    pub nodes: BTreeMap<NodeId, NetnsId>,
    /// Namespace of each Pod; a `hostNetwork` Pod has its node's.
    pub pods: BTreeMap<PodId, NetnsId>,
    /// Namespace of each host outside, by its address and the node that it has routes by; see [`outside::with_host`].
    pub outside: BTreeMap<(std::net::IpAddr, Option<NodeId>), NetnsId>,
    /// Namespace of each machine of [`Cluster::hosts`].
    pub hosts: BTreeMap<std::net::IpAddr, NetnsId>,
    /// Host-side veth of each Pod that has one.
    pub pod_ports: BTreeMap<PodId, LinkRef>,
    /// The process behind each socket of a Pod.
    pub processes: BTreeMap<(NetnsId, SocketId), Process>,
    /// `resolv.conf` of each Pod, as kubelet writes it.
    pub resolv_conf: BTreeMap<PodId, ResolvConf>,
    /// Nodes whose kernel refuses what kube-proxy writes, and why.
    pub refusals: Vec<(NodeId, kube_proxy::nftables::Refusal)>,
    /// Rules that the input says of nodes and nobody can read.
    pub unread: Vec<administrator::Unread>,
}

/// A resolver configuration (resolv.conf(5)).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResolvConf {
    /// `nameserver` lines, at most 3.
    pub nameservers: Vec<std::net::IpAddr>,
    /// `search` list, at most 32.
    pub search: Vec<Arc<str>>,
    /// `options ndots:N`; resolver default 1.
    pub ndots: u8,
    /// Other options, verbatim.
    pub options: Vec<Arc<str>>,
}

/// Builds the network of a decided cluster: the wires, each node, each Pod, then what the agents write on each node.
pub fn build(cluster: &Cluster) -> Built {
    build_where(cluster, |_| true)
}

/// The same, but kube-proxy runs on one node only: enough to list that node's rules, not to send packets through others.
pub fn build_node(cluster: &Cluster, node: NodeId) -> Built {
    build_where(cluster, |candidate| candidate == node)
}

fn build_where(cluster: &Cluster, proxies: impl Fn(NodeId) -> bool) -> Built {
    let mut writer = Writer::new(cluster);
    underlay::write(&mut writer);
    let nodes = writer.nodes.clone();
    let mut refusals = Vec::new();
    let mut unread = Vec::new();
    for (&node, &at) in &nodes {
        underlay::routes(&mut writer, node, at);
        let bridge = cni::bridge::bridge(&mut writer, node, at);
        for (index, pod) in cluster.pods.iter().enumerate().filter(|(_, pod)| pod.node == node) {
            let id = PodId(index as u32);
            match bridge {
                Some(bridge) if !pod.host_network => cni::bridge::add(&mut writer, id, pod, at, bridge),
                _ => {
                    writer.pods.insert(id, at.netns);
                }
            }
            if let Some(&netns) = writer.pods.get(&id) {
                runtime::listen(&mut writer, id, netns);
            }
        }
        runtime::daemons(&mut writer, at);
        if proxies(node) {
            let refused = kube_proxy::write(&mut writer, at.netns, node);
            refusals.extend(refused.into_iter().map(|refused| (node, refused)));
        }
        // kube-proxy runs on the node's own network and starts without the plugin: its jumps stand first.
        for pod in cluster.pods.iter().filter(|pod| pod.node == node && !pod.host_network && bridge.is_some()) {
            cni::portmap::add(&mut writer, pod, at);
        }
        cni::bridge::masquerade(&mut writer, node, at);
        // An administrator's sysctls and rules stand behind those of the agents.
        unread.extend(administrator::write(&mut writer, node, at.netns));
    }
    let resolv_conf =
        (0u32..).map(PodId).zip(&cluster.pods).map(|(id, pod)| (id, kubelet::resolv_conf(cluster, pod))).collect();
    let Writer { builder, causes, roles, pods, hosts, pod_ports, processes, .. } = writer;
    let nodes = nodes.into_iter().map(|(id, at)| (id, at.netns)).collect();
    // A reference that does not resolve would be a bug of an agent; the tests of each agent build networks of every kind.
    match builder.build() {
        Ok(network) => Built {
            network,
            causes,
            roles,
            nodes,
            pods,
            outside: BTreeMap::new(),
            hosts,
            pod_ports,
            processes,
            resolv_conf,
            refusals,
            unread,
        },
        Err(_) => Built::default(),
    }
}
