//! The reference plugin `bridge` with IPAM `host-local`, `isDefaultGateway`, `hairpinMode`, without `ipMasq`.

use crate::agents::NetnsRole;
use crate::agents::underlay::{everywhere, has_host_route};
use crate::agents::write::{NodeNet, Writer, device_name, mac};
use crate::cause::{Cause, Component};
use crate::cluster::bridge_plugin::BridgePlugin;
use crate::cluster::model::{Cluster, NodeId, Pod, PodId};
use ipnet::IpNet;
use kernel::config::xtables::{DevMatch, IpMatch, Match, Neg, Rule, Target};
use kernel::config::{Bridge, BridgePort, Hook, IfAddr, Link, LinkKind, NatRange, Scope};
use kernel::ids::{LinkId, LinkRef, NetnsId, TableName};
use std::net::IpAddr;
use std::sync::Arc;

/// MTU of the bridge and the Pods: the underlay's.
const MTU: u32 = 1500;

/// First host address of a node's Pod network: the bridge's own. Where another plugin handed it to a Pod, the next.
pub(crate) fn gateway_of(cluster: &Cluster, node: NodeId, its: &[PodId]) -> Option<IpAddr> {
    let of = cluster.nodes.get(node.0 as usize)?;
    let has = |id: &PodId, ip: &IpAddr| cluster.pods.get(id.0 as usize).is_some_and(|pod| pod.ip == *ip);
    let taken = |ip: &IpAddr| of.host_routes && its.iter().any(|id| has(id, ip));
    of.pod_cidr.hosts().find(|ip| !taken(ip))
}

/// Makes `cni0` on a node. The plugin makes it with the first Pod; a node without Pods has it too here, so that a picture of the node is
/// complete.
pub(crate) fn bridge(writer: &mut Writer<'_>, node: NodeId, at: NodeNet, its: &[PodId]) -> Option<LinkRef> {
    let of = writer.cluster.nodes.get(node.0 as usize)?;
    let gateway = gateway_of(writer.cluster, node, its)?;
    let cause = writer.object(Component::CniBridge, &of.origin, "spec.podCIDR", of.pod_cidr_at.as_ref());
    let bridge = writer.builder.add_link(
        at.netns,
        Link {
            name: Arc::from("cni0"),
            mac: mac(&format!("{}/cni0", of.name)),
            mtu: MTU,
            up: true,
            kind: LinkKind::Bridge(Bridge::default()),
            port: None,
            addresses: Vec::new(),
            cause,
        },
    );
    // For a frame that does not come back because of it.
    writer.cause(hairpin_cause(&writer.cluster.settings.bridge_plugin));
    let net = IpNet::new(gateway, of.pod_cidr.prefix_len()).ok()?;
    let broadcast = Some(net.broadcast());
    writer.builder.add_address(bridge, IfAddr { net, broadcast, scope: Scope::Global, cause });
    Some(bridge)
}

/// Why a bridge port has hairpin mode on or off.
pub(crate) fn hairpin_cause(plugin: &BridgePlugin) -> Cause {
    Cause {
        field: Some(Arc::from("plugins.hairpinMode")),
        location: plugin.hairpin_at.clone(),
        ..Cause::of(Component::CniBridge)
    }
}

/// Name of a Pod's namespace.
pub(crate) fn netns_name(pod: &Pod) -> String {
    format!("pod/{}", pod.name)
}

/// The first Pod's port in the node's namespace: behind `lo`, the uplink and the bridge. Every further Pod has the next.
pub(crate) const FIRST_PORT: LinkId = LinkId(3);

/// ADD for one Pod: its namespace, the veth pair, address and default route.
pub(crate) fn add(writer: &mut Writer<'_>, id: PodId, pod: &Pod, at: NodeNet, bridge: LinkRef) -> Option<NetnsId> {
    let node = writer.cluster.nodes.get(pod.node.0 as usize)?;
    let name = netns_name(pod);
    let runtime = writer.object(Component::ContainerRuntime, &pod.origin, "", None);
    let netns = writer.netns(&name, NetnsRole::Pod(id), runtime);
    let cause = writer.object(Component::CniBridge, &pod.origin, "", None);
    let near = (netns, "eth0", mac(&format!("{name}/eth0")));
    let port_name = device_name(writer, at.netns, "veth", &name);
    let far = (at.netns, &*port_name, mac(&format!("{}/{port_name}", node.name)));
    let hairpin = writer.cluster.settings.bridge_plugin.hairpin;
    let (eth0, port) = writer.builder.add_veth(near, far, MTU, cause);
    writer.builder.link(port).port = Some(BridgePort { hairpin, ..BridgePort::of(bridge.link) });
    let apart = has_host_route(node, pod);
    let length = if apart { 32 } else { node.pod_cidr.prefix_len() };
    if let Ok(net) = IpNet::new(pod.ip, length) {
        let broadcast = (!apart).then(|| net.broadcast());
        writer.builder.add_address(eth0, IfAddr { net, broadcast, scope: Scope::Global, cause });
    }
    let gateway = writer.builder.link(bridge).addresses.first().map(|address| address.net.addr());
    if let Some(gateway) = gateway {
        if apart {
            // An address of another range: both sides reach each other by routes of their own.
            writer.builder.add_route(netns, IpNet::from(gateway), None, eth0.link, cause);
            writer.builder.add_route(at.netns, IpNet::from(pod.ip), None, bridge.link, cause);
        }
        writer.builder.add_route(netns, everywhere(), Some(gateway), eth0.link, cause);
    }
    Some(netns)
}

/// The installer's rule for Pod traffic that leaves the cluster. Appended, so kube-proxy's POSTROUTING jump comes first.
pub(crate) fn masquerade(writer: &mut Writer<'_>, node: NodeId, at: NodeNet, its: &[PodId]) {
    let Some(of) = writer.cluster.nodes.get(node.0 as usize) else { return };
    let cause = writer.object(Component::IpMasq, &of.origin, "spec.podCIDR", of.pod_cidr_at.as_ref());
    let whole = writer.cluster.settings.pod_cidr.trunc();
    let own = of.pod_cidr.trunc();
    // Pods with addresses of other ranges leave by the same door.
    let pods = &writer.cluster.pods;
    let apart = its.iter().filter_map(|id| pods.get(id.0 as usize)).any(|pod| has_host_route(of, pod));
    let sources = [Some(own), Some(whole).filter(|whole| apart && *whole != own)];
    let table = writer.builder.netns(at.netns).xtables.table_mut(TableName::Nat);
    let Some(chain) = table.base(Hook::Postrouting) else { return };
    for src in sources.into_iter().flatten() {
        let out = DevMatch { name: Arc::from("eth0"), prefix: false };
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
