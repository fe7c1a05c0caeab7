//! Who writes into a machine's kernel, in order.

use super::cni::Plugin;
use super::write::{NodeNet, Writer};
use super::{administrator, cni, kube_proxy, runtime, underlay};
use kernel::ids::NetnsId;
use kubernetes::cluster::model::{Node, NodeId, Pod, PodId};

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

/// All of them, each after those that it needs to have written before. kube-proxy runs on the node's own network and starts without the plugin:
/// its jumps stand before the plugin's rules. An administrator's sysctls and rules stand behind those of all others.
pub(crate) const AGENTS: &[&dyn Agent] = &[
    &underlay::SetUp,
    &cni::Network,
    &runtime::Containers,
    &runtime::Daemons,
    &kube_proxy::KubeProxy,
    &cni::Rules,
    &administrator::Administrator,
];

/// Lets all that run on a machine write it.
pub(crate) fn write(writer: &mut Writer<'_>, on: &On<'_>) {
    for agent in AGENTS.iter().filter(|agent| agent.writes(on)) {
        agent.write(writer, on);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn each_stands_in_the_list_once() {
        let names: Vec<&str> = crate::agents::writers().collect();
        let once: BTreeSet<&str> = names.iter().copied().collect();
        assert_eq!(names.len(), once.len(), "{names:?}");
        let at = |name: &str| names.iter().position(|known| *known == name);
        assert!(at("kube-proxy") < at("cni-rules"), "its jumps stand before the plugin's rules");
        assert_eq!(names.last(), Some(&"administrator"));
    }
}
