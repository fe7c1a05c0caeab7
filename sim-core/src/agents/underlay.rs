//! The network between the nodes: one switch, one gateway.

use super::NetnsRole;
use super::write::{NodeNet, Writer, mac};
use crate::cause::Component;
use crate::cluster::model::NodeId;
use crate::linux::state::{
    Bridge, BridgePort, IfAddr, Link, LinkKind, LinkRef, NetnsId, Route, RouteKind, RouteProtocol, Scope, TableId,
};
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Name of the switch's namespace. No node can have it: node names have no slash.
pub const LAN: &str = "net/lan";
/// Name of the gateway's namespace.
pub const GATEWAY: &str = "net/gateway";

/// Makes the switch, the gateway behind it, and each node's root namespace with its uplink.
pub(crate) fn write(writer: &mut Writer<'_>) {
    let cause = writer.component(Component::Underlay);
    let lan = writer.netns(LAN, NetnsRole::Lan, cause);
    let switch = writer.builder.add_link(
        lan,
        Link {
            name: Arc::from("lan0"),
            mac: mac("lan/lan0"),
            mtu: 1500,
            up: true,
            kind: LinkKind::Bridge(Bridge::default()),
            port: None,
            addresses: Vec::new(),
            cause,
        },
    );
    for (index, node) in writer.cluster.nodes.iter().enumerate() {
        let id = NodeId(index as u32);
        let host = writer.object(Component::Host, &node.origin, "status.addresses", None);
        let netns = writer.netns(&node.name, NetnsRole::Node(id), host);
        let uplink = plug(writer, lan, switch, (netns, &node.name), index);
        address(writer, uplink, node.ip, host);
        writer.nodes.insert(id, NodeNet { netns, uplink: uplink.link });
    }
    let gateway = writer.netns(GATEWAY, NetnsRole::Gateway, cause);
    let port = plug(writer, lan, switch, (gateway, GATEWAY), writer.cluster.nodes.len());
    address(writer, port, writer.cluster.settings.gateway, cause);
    writer.builder.sysctl(gateway, "net.ipv4.ip_forward", "1", cause);
    // What lies behind the gateway is not simulated: nothing comes back from there.
    writer.builder.netns(gateway).routes.push(Route {
        table: TableId::MAIN,
        dst: everywhere(),
        kind: RouteKind::Blackhole,
        via: None,
        dev: None,
        src: None,
        metric: 0,
        protocol: RouteProtocol::Boot,
        scope: Scope::Global,
        onlink: false,
        cause,
    });
}

/// `0.0.0.0/0`.
pub(crate) fn everywhere() -> IpNet {
    IpNet::V4(ipnet::Ipv4Net::new_assert(Ipv4Addr::UNSPECIFIED, 0))
}

/// Connects a machine's `eth0` to a port of the switch.
pub(super) fn plug(
    writer: &mut Writer<'_>,
    lan: NetnsId,
    switch: LinkRef,
    machine: (NetnsId, &str),
    index: usize,
) -> LinkRef {
    let cause = writer.component(Component::Underlay);
    // Device names have at most 15 bytes.
    let long = format!("to-{}", machine.1.trim_start_matches("net/"));
    let taken =
        |name: &str, writer: &mut Writer<'_>| writer.builder.netns(lan).links.iter().any(|link| &*link.name == name);
    let name = if long.len() <= 15 && !taken(&long, writer) { long } else { format!("port{index}") };
    let name = if taken(&name, writer) { format!("port{index}x") } else { name };
    let near = (machine.0, "eth0", mac(&format!("{}/eth0", machine.1)));
    let far = (lan, &*name, mac(&format!("lan/{name}")));
    let (uplink, port) = writer.builder.add_veth(near, far, 1500, cause);
    writer.builder.link(port).port = Some(BridgePort::of(switch.link));
    uplink
}

/// Gives an uplink its address in the LAN.
fn address(writer: &mut Writer<'_>, uplink: LinkRef, ip: IpAddr, cause: crate::cause::CauseId) {
    let lan = writer.cluster.settings.lan;
    let net =
        if lan.contains(&ip) { IpNet::new(ip, lan.prefix_len()).unwrap_or(IpNet::from(ip)) } else { IpNet::from(ip) };
    writer.builder.add_address(uplink, IfAddr { net, broadcast: None, scope: Scope::Global, cause });
}

/// A node's default route, sysctls, and the routes to the other nodes' Pod networks (the "bridge-node table").
pub(crate) fn routes(writer: &mut Writer<'_>, node: NodeId, at: NodeNet) {
    let (settings, nodes) = (&writer.cluster.settings, &writer.cluster.nodes);
    let host = writer.component(Component::Host);
    writer.builder.add_route(at.netns, everywhere(), Some(settings.gateway), at.uplink, host);
    let forward = writer.setting(Component::Administrator, "net.ipv4.ip_forward");
    writer.builder.sysctl(at.netns, "net.ipv4.ip_forward", "1", forward);
    let value = if settings.bridge_nf { "1" } else { "0" };
    let bridge_nf = writer.setting(Component::Administrator, "net.bridge.bridge-nf-call-iptables");
    writer.builder.sysctl(at.netns, "net.bridge.bridge-nf-call-iptables", value, bridge_nf);
    for (index, other) in nodes.iter().enumerate() {
        if NodeId(index as u32) == node || !other.pod_cidr.addr().is_ipv4() {
            continue;
        }
        let cause = writer.object(Component::Administrator, &other.origin, "spec.podCIDR", other.pod_cidr_at.as_ref());
        writer.builder.add_route(at.netns, other.pod_cidr.trunc(), Some(other.ip), at.uplink, cause);
    }
}
