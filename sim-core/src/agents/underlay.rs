//! The network between the nodes: a switch for each segment, and one router, which is the gateway of all.

use super::agent::{Agent, On};
use super::plug::{HOST, address, because, plug, plug_as};
use super::write::{NodeNet, Writer, everywhere, mac};
use super::{cni, docker};
use crate::site::{Behaviour, Kind, Machine, NameServer, Process, Segment};
use kernel::config::{Bridge, Link, LinkKind, Route, RouteKind, RouteProtocol, Scope, TableId};
use kernel::ids::{LinkId, LinkRef, NetnsId};
use kernel::packet::{Port, Protocol};
use kubernetes::cluster::model::{DockerId, NodeId, SegmentId};
use kubernetes::origin::Component;
use std::net::IpAddr;
use std::sync::Arc;

/// Name of the switch's namespace. No node can have it: node names have no slash.
pub const LAN: &str = "net/lan";
/// Name of the gateway's namespace.
pub const GATEWAY: &str = "net/gateway";

/// A node's device in its segment: the first after `lo`.
pub(crate) const UPLINK: LinkId = LinkId(1);

/// Makes each segment's switch, the router that is their gateway, each node's root namespace with its uplink, and the machines that are no nodes.
pub(crate) fn write(writer: &mut Writer<'_>) {
    let cause = writer.component(Component::Underlay);
    let segments = writer.cluster.segments.clone();
    let switches: Vec<LinkRef> = (0..segments.len()).map(|index| switch(writer, index)).collect();
    for (index, node) in writer.cluster.nodes.iter().enumerate() {
        let id = NodeId(index as u32);
        let host = writer.object(Component::Host, &node.origin, "status.addresses", None);
        let netns = writer.netns(&node.name, host);
        writer.tree.add(Machine {
            kind: Kind::Node(id),
            name: node.name.clone(),
            parent: None,
            netns,
            segments: Box::new([node.segment]),
            assumed: node.origin.assumed,
        });
        let at = node.segment.0 as usize;
        let (Some(&switch), Some(segment)) = (switches.get(at), segments.get(at)) else { continue };
        let uplink = plug(writer, switch.netns, switch, (netns, &node.name), index);
        address(writer, uplink, (node.ip, segment.cidr), host);
        writer.nodes.insert(id, NodeNet { netns, uplink: uplink.link });
    }
    let gateway = writer.netns(GATEWAY, cause);
    let on = (0..segments.len() as u32).map(SegmentId).collect();
    // A Scenario's segments and routers are not simulated yet, and nothing else in an input has any.
    writer.tree.add(Machine {
        kind: Kind::Router,
        name: Arc::from(GATEWAY),
        parent: None,
        netns: gateway,
        segments: on,
        assumed: true,
    });
    let mut ports = Vec::new();
    for (index, (&switch, segment)) in switches.iter().zip(&segments).enumerate() {
        let nodes = writer.cluster.nodes.len();
        let port = plug_as(writer, switch, (gateway, GATEWAY), &format!("eth{index}"), nodes);
        address(writer, port, (segment.gateway, segment.cidr), cause);
        ports.push(port.link);
    }
    writer.builder.sysctl(gateway, "net.ipv4.ip_forward", "1", cause);
    cni::plugin(writer.cluster).between(writer, gateway, &ports);
    // Nodes ask it for names.
    let resolver = Process::named("dns", Behaviour::NameServer(NameServer::Upstream));
    super::runtime::open(writer, gateway, Protocol::Udp, (None, Port(53)), resolver, cause);
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
    for index in 0..writer.cluster.hosts.len() {
        host(writer, index, &switches, gateway);
    }
    let first = writer.cluster.nodes.len() + 2 + writer.cluster.hosts.len();
    for (index, host) in writer.cluster.docker.iter().enumerate() {
        let at = host.segment.0 as usize;
        let (Some(&switch), Some(segment)) = (switches.get(at), segments.get(at)) else { continue };
        docker::write(writer, DockerId(index as u32), switch, segment, first + index);
    }
}

/// A machine that is no node; the gateway, where that has its address.
fn host(writer: &mut Writer<'_>, index: usize, switches: &[LinkRef], gateway: NetnsId) {
    let cluster = writer.cluster;
    let Some(host) = cluster.hosts.get(index) else { return };
    let at = host.segment.0 as usize;
    let (Some(&switch), Some(segment)) = (switches.get(at), cluster.segments.get(at)) else { return };
    let netns = if host.ip == segment.gateway {
        gateway
    } else {
        let cause = because(writer, &host.because);
        let name = host.name.as_ref().map_or_else(|| format!("{HOST}{}", host.ip), |name| format!("{HOST}{name}"));
        let netns = writer.netns(&name, cause);
        writer.tree.add(host_machine(&name, host.ip, netns, host.segment));
        let uplink = plug(writer, switch.netns, switch, (netns, &name), cluster.nodes.len() + 2 + index);
        address(writer, uplink, (host.ip, segment.cidr), cause);
        let route = writer.component(Component::Host);
        writer.builder.add_route(netns, everywhere(), Some(segment.gateway), uplink.link, route);
        for route in &host.routes {
            let cause = because(writer, &route.because);
            writer.builder.add_route(netns, route.to, Some(route.via), uplink.link, cause);
        }
        netns
    };
    writer.hosts.insert(host.ip, netns);
    for socket in &host.sockets {
        let cause = because(writer, &socket.because);
        let server = Process::named("server", Behaviour::Answers);
        super::runtime::open(writer, netns, socket.protocol, (None, socket.port), server, cause);
    }
}

/// A machine that is no node: nothing in the input says more of it than its address.
pub(super) fn host_machine(name: &str, ip: IpAddr, netns: NetnsId, segment: SegmentId) -> Machine {
    let segments = Box::new([segment]);
    Machine { kind: Kind::Host(ip), name: Arc::from(name), parent: None, netns, segments, assumed: true }
}

/// Name of the namespace of a segment's switch.
pub(super) fn lan_name(index: usize) -> String {
    if index == 0 { LAN.to_owned() } else { format!("{LAN}-{}", index + 1) }
}

/// A segment's switch.
fn switch(writer: &mut Writer<'_>, index: usize) -> LinkRef {
    let cause = writer.component(Component::Underlay);
    let name = lan_name(index);
    let seed = if index == 0 { "lan/lan0".to_owned() } else { format!("{name}/lan0") };
    let netns = writer.netns(&name, cause);
    writer.tree.add_segment(Segment { name: Arc::from(&*name), netns, assumed: true });
    let link = Link {
        name: Arc::from("lan0"),
        mac: mac(&seed),
        mtu: 1500,
        up: true,
        kind: LinkKind::Bridge(Bridge::default()),
        port: None,
        addresses: Vec::new(),
        cause,
    };
    writer.builder.add_link(netns, link)
}

/// A node's own set-up: default route and sysctls.
pub(crate) struct SetUp;

impl Agent for SetUp {
    fn name(&self) -> &'static str {
        "host"
    }

    fn write(&self, writer: &mut Writer<'_>, on: &On<'_>) {
        let (settings, at) = (&writer.cluster.settings, on.at);
        let segment = writer.cluster.segments.get(on.of.segment.0 as usize);
        let gateway = segment.map_or(settings.gateway, |segment| segment.gateway);
        let host = writer.component(Component::Host);
        writer.builder.add_route(at.netns, everywhere(), Some(gateway), at.uplink, host);
        let forward = writer.setting(Component::Administrator, "net.ipv4.ip_forward");
        writer.builder.sysctl(at.netns, "net.ipv4.ip_forward", "1", forward);
        let value = if settings.bridge_nf { "1" } else { "0" };
        let bridge_nf = writer.setting(Component::Administrator, "net.bridge.bridge-nf-call-iptables");
        writer.builder.sysctl(at.netns, "net.bridge.bridge-nf-call-iptables", value, bridge_nf);
    }
}
