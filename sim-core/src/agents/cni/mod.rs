//! CNI plugins: how a Pod's namespace is wired to its node.
//!
//! A plugin is a file here and a line of [`PLUGINS`]. Nothing outside its file knows how it wires Pods.

mod bridge;
mod installer;
pub mod portmap;
#[cfg(debug_assertions)]
mod toy;

use super::agent::{Agent, On, PodOn};
use super::write::Writer;
use ipnet::IpNet;
use kernel::ids::{LinkId, NetnsId};
use kubernetes::cluster::model::{Cluster, Cni, Node, NodeId, PodId};
use kubernetes::origin::{Cause, Location, ObjectRef};
use std::net::IpAddr;

/// The plugins that are simulated. The first stands in for all others.
pub(crate) const PLUGINS: &[(Cni, &dyn Plugin)] = &[
    (Cni::BRIDGE, &bridge::BridgePlugin),
    #[cfg(debug_assertions)]
    (toy::TOY, &toy::Toy),
];

/// Their names, in the order of the table.
const SIMULATED: &[Cni] = &simulated_names();

const fn simulated_names() -> [Cni; PLUGINS.len()] {
    let mut names = [Cni::BRIDGE; PLUGINS.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = PLUGINS[at].0;
        at += 1;
    }
    names
}

/// A CNI plugin with what its installer and its daemons do on each node.
pub(crate) trait Plugin: Sync {
    /// Whether it can give the Pods of a node networks of their own. Asked before anything is written.
    fn wires(&self, _cluster: &Cluster, _node: NodeId, _pods: &[PodId]) -> bool {
        true
    }

    /// Networks and single addresses of each node's Pods, IPv4, by node: what others have routes for. Asked once.
    fn networks(&self, cluster: &Cluster) -> Vec<Vec<IpNet>> {
        installer::networks(cluster)
    }

    /// What the router between segments is told, with its devices by segment. By default what [`Reach`](kubernetes::cluster::model::Reach) says.
    fn between(&self, writer: &mut Writer<'_>, router: NetnsId, ports: &[LinkId]) {
        installer::between(writer, router, ports);
    }

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

/// The plugin that wires a cluster's Pods.
pub(crate) fn plugin(cluster: &Cluster) -> &'static dyn Plugin {
    let mut of_name = PLUGINS.iter().filter(|(cni, _)| *cni == cluster.settings.data_path);
    of_name.next().map_or(&bridge::BridgePlugin, |(_, plugin)| *plugin)
}

/// The plugins that are simulated, the one that stands in for others first.
pub fn simulated() -> &'static [Cni] {
    SIMULATED
}

/// The plugin of that name: one of the field, or one that is simulated.
pub fn named(name: &str) -> Option<Cni> {
    simulated().iter().copied().chain(Cni::KNOWN).find(|cni| cni.name() == name)
}

/// The plugin's work before there are Pods.
pub(crate) struct Network;

impl Agent for Network {
    fn name(&self) -> &'static str {
        "cni"
    }

    fn write(&self, writer: &mut Writer<'_>, on: &On<'_>) {
        on.plugin.prepare(writer, on);
    }
}

/// The plugin's rules.
pub(crate) struct Rules;

impl Agent for Rules {
    fn name(&self) -> &'static str {
        "cni-rules"
    }

    fn write(&self, writer: &mut Writer<'_>, on: &On<'_>) {
        on.plugin.rules(writer, on);
    }
}
