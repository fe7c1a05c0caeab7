//! What whoever installs a plugin without a daemon sets up beside it: routes to other nodes' Pod networks, and masquerading of what leaves the cluster.

use crate::agents::agent::On;
use crate::agents::write::Writer;
use ipnet::IpNet;
use kernel::config::xtables::{DevMatch, IpMatch, Match, Neg, Rule, Target};
use kernel::config::{Hook, NatRange};
use kernel::ids::{LinkId, NetnsId, TableName};
use kubernetes::cluster::model::{Cluster, Node, NodeId, Pod, PodId, Reach};
use kubernetes::origin::Component;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

/// IPv4 networks, and addresses outside of them, of each node's Pods.
pub(super) fn networks(cluster: &Cluster) -> Vec<Vec<IpNet>> {
    let own = |node: &Node| Some(node.pod_cidr.trunc()).filter(|net| net.addr().is_ipv4());
    let mut all: Vec<Vec<IpNet>> = cluster.nodes.iter().map(|node| own(node).into_iter().collect()).collect();
    for pod in &cluster.pods {
        let at = pod.node.0 as usize;
        if let (Some(node), Some(nets)) = (cluster.nodes.get(at), all.get_mut(at))
            && has_host_route(node, pod)
        {
            nets.push(IpNet::from(pod.ip));
        }
    }
    all
}

/// The node's own address in its Pod network, which is the first: the gateway of its Pods. Where another plugin handed that to a Pod, the next.
fn first_address(of: &Node, taken: &BTreeSet<IpAddr>) -> Option<IpAddr> {
    of.pod_cidr.hosts().find(|ip| !(of.host_routes && taken.contains(ip)))
}

/// The gateway of a node's Pods.
pub(super) fn gateway_of(on: &On<'_>) -> Option<IpAddr> {
    first_address(on.of, &on.pods.iter().map(|on| on.pod.ip).collect())
}

/// Whether there is one for a node with these Pods.
pub(super) fn has_gateway(cluster: &Cluster, node: NodeId, pods: &[PodId]) -> bool {
    let taken = pods.iter().filter_map(|id| cluster.pods.get(id.0 as usize)).map(|pod| pod.ip);
    let of = cluster.nodes.get(node.0 as usize);
    of.is_some_and(|of| first_address(of, &taken.collect()).is_some())
}

/// True for a Pod that is reached by a route of its own.
pub(super) fn has_host_route(node: &Node, pod: &Pod) -> bool {
    node.host_routes && !pod.host_network && pod.ip.is_ipv4() && !node.pod_cidr.contains(&pod.ip)
}

/// The router's routes to the nodes' Pod networks. Between segments it needs them where a cloud provider teaches it, and stands in for
/// tunnels where the plugin makes these; nobody else tells it.
pub(super) fn between(writer: &mut Writer<'_>, router: NetnsId, ports: &[LinkId]) {
    let cluster = writer.cluster;
    if cluster.lans() < 2 || cluster.settings.cni.reach() == Reach::Neighbours {
        return;
    }
    for (index, node) in cluster.nodes.iter().enumerate() {
        let Some(&port) = ports.get(node.segment.0 as usize) else { continue };
        let cause = writer.object(Component::Underlay, &node.origin, "spec.podCIDR", node.pod_cidr_at.as_ref());
        let nets = writer.networks.clone();
        for net in nets.get(index).into_iter().flatten().copied() {
            writer.builder.add_route(router, net, Some(node.ip), port, cause);
        }
    }
}

/// A node's routes to the other nodes' Pod networks (the "bridge-node table"), and who writes them.
pub(super) fn routes(writer: &mut Writer<'_>, on: &On<'_>, by: Component) {
    for (index, other) in writer.cluster.nodes.iter().enumerate() {
        // Another segment's node is no next hop: the kernel takes no route by it.
        if NodeId(index as u32) == on.node || other.segment != on.of.segment {
            continue;
        }
        let cause = writer.object(by, &other.origin, "spec.podCIDR", other.pod_cidr_at.as_ref());
        let nets = writer.networks.clone();
        for net in nets.get(index).into_iter().flatten().copied() {
            writer.builder.add_route(on.at.netns, net, Some(other.ip), on.at.uplink, cause);
        }
    }
}

/// The installer's rule for Pod traffic that leaves the cluster. Appended, so kube-proxy's POSTROUTING jump comes first. Where ip-masq-agent
/// runs, it is its business.
pub(super) fn masquerade(writer: &mut Writer<'_>, on: &On<'_>) {
    if writer.cluster.settings.masq_agent.is_some() {
        return;
    }
    let of = on.of;
    let cause = writer.object(Component::IpMasq, &of.origin, "spec.podCIDR", of.pod_cidr_at.as_ref());
    let whole = writer.cluster.settings.pod_cidr.trunc();
    let own = of.pod_cidr.trunc();
    // Pods with addresses of other ranges leave by the same door.
    let apart = on.pods.iter().any(|on| has_host_route(of, on.pod));
    let sources = [Some(own), Some(whole).filter(|whole| apart && *whole != own)];
    let uplink = writer.builder.link(kernel::ids::LinkRef { netns: on.at.netns, link: on.at.uplink }).name.clone();
    let table = writer.builder.netns(on.at.netns).xtables.table_mut(TableName::Nat);
    let Some(chain) = table.base(Hook::Postrouting) else { return };
    for src in sources.into_iter().flatten() {
        let out = DevMatch { name: uplink.clone(), prefix: false };
        let ip = IpMatch {
            src: Some(Neg::is(src)),
            dst: Some(Neg::not(whole)),
            out_dev: Some(Box::new(Neg::is(out))),
            ..IpMatch::default()
        };
        let matches = vec![Match::Comment(Arc::from("ip-masq: Pod traffic that leaves the cluster"))];
        table.append(chain, Rule { ip, matches, target: Target::Masquerade(NatRange::default()), cause });
    }
}
