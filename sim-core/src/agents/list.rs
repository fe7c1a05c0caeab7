//! Who writes into a machine's kernel, in order.

use super::agent::{Agent, On};
use super::write::Writer;
use super::{administrator, cni, docker, given, kube_proxy, masq_agent, mesh, node_cache, runtime, underlay};

/// All of them, each after those that it needs to have written before. kube-proxy runs on the node's own network and starts without the plugin:
/// its jumps stand before the plugin's rules. The cache of names has its addresses before its Pod would have all of them. An administrator's
/// sysctls and rules stand behind those of all others. What a real machine was seen to have takes the place of what all of them wrote.
pub(crate) const AGENTS: &[&dyn Agent] = &[
    &underlay::SetUp,
    &docker::EntryPoint,
    &cni::Network,
    &node_cache::NodeCache,
    &runtime::Containers,
    &mesh::Sidecars,
    &runtime::Daemons,
    &kube_proxy::KubeProxy,
    &docker::Resolver,
    &cni::Rules,
    &masq_agent::MasqAgent,
    &administrator::Administrator,
    &given::Machine,
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
        assert_eq!(names.last(), Some(&"machine"));
    }
}
