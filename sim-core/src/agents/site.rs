//! The machines of a cluster, and what was written into their kernels.

use super::machines::{self, Machines};
use super::resolv::ResolvConf;
use super::{administrator, given, kube_proxy, kubelet};
use crate::site::{Listening, Process, ProcessTable, Tree};
use kernel::config::Network;
use kernel::ids::{NetnsId, SocketId};
use kubernetes::cluster::model::{Cluster, Holder, NodeId, PodId};
use kubernetes::origin::CauseTable;
use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

/// The machines of a cluster: their kernels, what holds what, what runs on them and why. Nodes are written when something first looks at them.
#[derive(Clone, Default)]
pub struct Site {
    /// The Linux state.
    pub network: Network,
    /// Why each piece of it exists.
    pub causes: CauseTable,
    /// What listens, and how it behaves.
    pub processes: ProcessTable,
    /// The machines and segments whose namespaces these are.
    pub tree: Tree,
    /// Root namespace of each node.
    pub nodes: Arc<BTreeMap<NodeId, NetnsId>>,
    /// Namespace of each Pod; a `hostNetwork` Pod has its node's.
    pub pods: Arc<BTreeMap<PodId, NetnsId>>,
    /// Namespace of each host outside, by its address and the node that it has routes by; see [`super::outside::with_host`].
    pub outside: BTreeMap<(IpAddr, Option<NodeId>), NetnsId>,
    /// Namespace of each machine of [`Cluster::hosts`].
    pub hosts: Arc<BTreeMap<IpAddr, NetnsId>>,
    pub(super) machines: Option<Arc<Machines>>,
}

impl Site {
    /// The process behind a socket.
    pub fn process(&self, netns: NetnsId, socket: SocketId) -> Option<Arc<Process>> {
        self.processes.get(self.network.get(netns)?.sockets.get(socket)?.process)
    }

    /// What listens in a namespace, in the order in which it was opened.
    pub fn listening(&self, netns: NetnsId) -> impl Iterator<Item = Listening<'_>> {
        let sockets = self.network.get(netns).into_iter().flat_map(|netns| netns.sockets.entries());
        let with = move |(id, socket): (SocketId, _)| Listening { id, socket, process: self.process(netns, id) };
        sockets.map(with)
    }

    /// A Pod's `resolv.conf`, as kubelet writes it.
    pub fn resolv_conf(&self, pod: PodId) -> Option<ResolvConf> {
        let cluster = self.machines.as_ref()?.cluster();
        Some(kubelet::resolv_conf(cluster, cluster.pods.get(pod.0 as usize)?))
    }

    /// Nodes whose kernel refuses what kube-proxy writes, and why. Writes all nodes where that could be.
    pub fn refusals(&self) -> Vec<(NodeId, kube_proxy::nftables::Refusal)> {
        let Some(machines) = self.machines.as_ref().filter(|machines| kube_proxy::may_be_refused(machines.cluster()))
        else {
            return Vec::new();
        };
        let of = |(node, netns): (&NodeId, &NetnsId)| {
            self.network.get(*netns);
            machines.refusals(*node).iter().map(|refusal| (*node, refusal.clone())).collect::<Vec<_>>()
        };
        self.nodes.iter().flat_map(of).collect()
    }
}

impl Site {
    /// Rules that the input says of nodes and hosts and nobody can read. Writes the nodes that have any.
    pub(crate) fn unread(&self) -> Vec<administrator::Unread> {
        let Some(machines) = &self.machines else { return Vec::new() };
        let said = machines.cluster().said.iter().filter(|(_, said)| !said.rules.is_empty());
        let of = |node: &NodeId| {
            self.network.get(*self.nodes.get(node)?)?;
            Some(machines.unread(*node).to_vec())
        };
        let of_nodes = said.filter_map(|(node, _)| of(node)).flatten();
        of_nodes.chain(machines.unread_of_hosts().iter().cloned()).collect()
    }
}

impl Site {
    /// What was seen of real machines, and how it differs from what agents would have written there. Writes those nodes.
    pub(crate) fn seen(&self) -> Vec<given::Seen> {
        let Some(machines) = &self.machines else { return Vec::new() };
        let mut all = Vec::new();
        for holder in machines.cluster().given.keys() {
            if let Holder::Node(node) = holder
                && let Some(netns) = self.nodes.get(node)
            {
                self.network.get(*netns);
                all.extend(machines.seen(*node).iter().cloned());
            }
        }
        all.extend(machines.seen_of_hosts().iter().cloned());
        all
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site").field("network", &self.network).finish_non_exhaustive()
    }
}

/// The network of a decided cluster: the wires, each node, each Pod, and what the agents write on each node.
pub fn build(cluster: &Arc<Cluster>) -> Site {
    let laid = machines::lay(cluster);
    let (causes, processes) = (laid.machines.causes().clone(), laid.machines.processes().clone());
    // Names are distinct: nodes' and Pods' are by the API server's rules, and the others have a slash no node has.
    let Ok(network) = Network::from_source(laid.names, laid.machines.clone()) else { return Site::default() };
    Site {
        network,
        causes,
        processes,
        tree: laid.tree,
        nodes: Arc::new(laid.nodes),
        pods: Arc::new(laid.pods),
        outside: BTreeMap::new(),
        hosts: Arc::new(laid.hosts),
        machines: Some(laid.machines),
    }
}
