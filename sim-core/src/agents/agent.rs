//! Who writes into a machine's kernel: agents, and the plugin that wires Pods.

use super::write::{NodeNet, Writer};
use ipnet::IpNet;
use kernel::ids::{LinkId, NetnsId};
use kubernetes::cluster::model::{Cluster, Node, NodeId, Pod, PodId};
use kubernetes::origin::{Cause, Location, ObjectRef};
use std::net::IpAddr;

/// A machine that agents write: a node with the Pods on it.
pub(crate) struct On<'c> {
    pub(crate) node: NodeId,
    pub(crate) of: &'c Node,
    pub(crate) at: NodeNet,
    /// Its Pods, in order.
    pub(crate) pods: Vec<PodOn<'c>>,
    /// The plugin that wires them.
    pub(crate) plugin: &'static dyn Plugin,
}

/// A Pod of a machine.
#[derive(Clone, Copy)]
pub(crate) struct PodOn<'c> {
    pub(crate) id: PodId,
    pub(crate) pod: &'c Pod,
    /// Its namespace.
    pub(crate) netns: NetnsId,
    /// The namespace is its own, not the node's.
    pub(crate) own: bool,
}

impl<'c> On<'c> {
    /// Pods with a namespace of their own.
    pub(crate) fn wired(&self) -> impl Iterator<Item = PodOn<'c>> {
        self.pods.iter().copied().filter(|pod| pod.own)
    }
}

/// Somebody who writes into a machine's kernel. What it writes follows from the cluster alone: machines are written when something first
/// looks at them, in any order.
pub(crate) trait Agent: Sync {
    /// Its name, for people who read this list.
    fn name(&self) -> &'static str;

    /// Whether it runs on this machine.
    fn writes(&self, _on: &On<'_>) -> bool {
        true
    }

    /// Writes what it writes.
    fn write(&self, writer: &mut Writer<'_>, on: &On<'_>);
}

/// A CNI plugin with what its installer and its daemons do on each node.
pub(crate) trait Plugin: Sync {
    /// Whether it can give the Pods of a node networks of their own. Asked before anything is written.
    fn wires(&self, _cluster: &Cluster, _node: NodeId, _pods: &[PodId]) -> bool {
        true
    }

    /// Networks and single addresses of each node's Pods, IPv4, by node: what others have routes for. Asked once.
    fn networks(&self, cluster: &Cluster) -> Vec<Vec<IpNet>>;

    /// What the router between segments is told, with its devices by segment. Usually what [`Reach`](kubernetes::cluster::model::Reach) says.
    fn between(&self, writer: &mut Writer<'_>, router: NetnsId, ports: &[LinkId]);

    /// Prepares a node before there are Pods: devices, and routes to other nodes' Pods.
    fn prepare(&self, writer: &mut Writer<'_>, on: &On<'_>);

    /// ADD for one Pod, whose namespace is there.
    fn add(&self, writer: &mut Writer<'_>, on: &On<'_>, pod: PodOn<'_>);

    /// Rules, written once kube-proxy has written its own.
    fn rules(&self, writer: &mut Writer<'_>, on: &On<'_>);

    /// False where none of a node's devices can have an address or answer ARP for it, apart from its uplink and loopback. It is asked of nodes that
    /// nobody has looked at, so that they need not be written for it.
    fn may_have(&self, _node: &Node, _ip: IpAddr) -> bool {
        true
    }

    /// Whether a Pod's frames may come back to it by the port they came from; `None` where Pods share no bridge.
    fn hairpin(&self, _cluster: &Cluster) -> Option<Hairpin> {
        None
    }
}

/// Whether a bridge sends frames back by the port they came from.
pub(crate) struct Hairpin {
    /// It does.
    pub(crate) on: bool,
    /// Where the input says so; `None` where it is assumed.
    pub(crate) said_at: Option<Location>,
    /// The configuration that says it, and its field.
    pub(crate) field: Option<(ObjectRef, &'static str)>,
    /// Why it is as it is.
    pub(crate) cause: Cause,
}
