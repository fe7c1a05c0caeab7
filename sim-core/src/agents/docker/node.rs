//! Inside of a node that is a container: the engine's resolver, and what the entry point of kind's node image sets and rewrites
//! (`images/base/files/usr/local/bin/entrypoint`, `etc/sysctl.d/10-network-magic.conf`).

use super::resolver;
use crate::agents::agent::{Agent, On};
use crate::agents::write::Writer;
use kubernetes::cluster::model::Cluster;
use kubernetes::origin::Component;

/// Sysctls of the node image: Pods' questions are led to an address of `lo`, and a node answers ARP for the addresses on its Pods' pairs.
const SYSCTLS: [(&str, &str); 4] = [
    ("net.ipv4.conf.all.route_localnet", "1"),
    ("net.ipv4.conf.all.arp_ignore", "0"),
    ("net.ipv4.conf.all.rp_filter", "1"),
    ("net.ipv4.conf.default.rp_filter", "1"),
];

/// The sysctls of the node image.
pub(crate) struct EntryPoint;

impl Agent for EntryPoint {
    fn name(&self) -> &'static str {
        "entry-point"
    }

    fn writes(&self, on: &On<'_>) -> bool {
        on.of.container.is_some()
    }

    fn write(&self, writer: &mut Writer<'_>, on: &On<'_>) {
        if moves_resolver(writer.cluster, on) {
            let cause = writer.component(Component::NodeImage);
            for (name, value) in SYSCTLS {
                writer.builder.sysctl(on.at.netns, name, value, cause);
            }
        }
    }
}

fn moves_resolver(cluster: &Cluster, on: &On<'_>) -> bool {
    let container = on.of.container.and_then(|id| cluster.container(id));
    container.and_then(|of| of.node).is_some_and(|(_, maker)| maker.moves_resolver())
}

/// The engine's resolver. Its rules are there before kube-proxy's, which puts its own jumps in front of them.
pub(crate) struct Resolver;

impl Agent for Resolver {
    fn name(&self) -> &'static str {
        "container-resolver"
    }

    fn writes(&self, on: &On<'_>) -> bool {
        on.of.container.is_some()
    }

    fn write(&self, writer: &mut Writer<'_>, on: &On<'_>) {
        let cluster = writer.cluster;
        let (Some(id), Some((host, network))) = (on.of.container, cluster.network_of(on.of)) else { return };
        // The default bridge has none.
        if cluster.docker_host(host).and_then(|host| host.networks.first()).is_some_and(|of| of.name == network.name) {
            return;
        }
        let moved = moves_resolver(cluster, on).then_some(network.gateway);
        let by = if moved.is_some() { Component::NodeImage } else { Component::Docker };
        let cause = writer.object(by, &on.of.origin, "", None);
        resolver::write(writer, id, on.at.netns, moved, cause);
    }
}
