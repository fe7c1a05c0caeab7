//! The network between the nodes: a switch for each segment, the routers that join them, and who is plugged in.

use super::agent::{Agent, On};
use super::plug::{address, because, plug};
use super::write::{NodeNet, Writer, everywhere, mac};
use super::{balancer, docker, router, station};
use crate::site::{Kind, Machine, Segment};
use kernel::config::{Bridge, Link, LinkKind};
use kernel::ids::{LinkId, LinkRef};
use kubernetes::cluster::model::{DockerId, NodeId};
use kubernetes::origin::Component;
use std::sync::Arc;

/// Name of the switch's namespace. No node can have it: node names have no slash.
pub const LAN: &str = "net/lan";

/// A node's device in its segment: the first after `lo`.
pub(crate) const UPLINK: LinkId = LinkId(1);

/// Makes each segment's switch, the router that is their gateway, each node's root namespace with its uplink, and the machines that are no nodes.
pub(crate) fn write(writer: &mut Writer<'_>) {
    let segments = writer.cluster.segments.clone();
    let switches: Vec<LinkRef> = (0..segments.len()).map(|index| switch(writer, index)).collect();
    for (index, node) in writer.cluster.nodes.iter().enumerate() {
        // One that is a container is made with the others of its host.
        if node.container.is_some() {
            continue;
        }
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
        let uplink = plug(writer, (switch, segment.mtu), (netns, &node.name), index);
        address(writer, uplink, (node.ip, segment.cidr), host);
        writer.nodes.insert(id, NodeNet { netns, uplink: uplink.link });
    }
    for index in 0..writer.cluster.routers.len() {
        router::write(writer, index, &switches);
    }
    for index in 0..writer.cluster.hosts.len() {
        station::write(writer, index, &switches);
    }
    let first = writer.cluster.nodes.len() + 2 + writer.cluster.hosts.len();
    for (index, host) in writer.cluster.docker.iter().enumerate() {
        let at = host.segment.0 as usize;
        let (Some(&switch), Some(segment)) = (switches.get(at), segments.get(at)) else { continue };
        docker::write(writer, DockerId(index as u32), switch, segment, first + index);
    }
}

/// Name of the namespace of a segment's switch.
pub(super) fn lan_name(index: usize) -> String {
    if index == 0 { LAN.to_owned() } else { format!("{LAN}-{}", index + 1) }
}

/// A segment's switch.
fn switch(writer: &mut Writer<'_>, index: usize) -> LinkRef {
    let of = writer.cluster.segments.get(index);
    let (mtu, said) = (of.map_or(1500, |of| of.mtu), of.and_then(|of| of.because.clone()));
    let cause = match &said {
        Some(said) => because(writer, said),
        None => writer.component(Component::Underlay),
    };
    let name = lan_name(index);
    let seed = if index == 0 { "lan/lan0".to_owned() } else { format!("{name}/lan0") };
    let netns = writer.netns(&name, cause);
    writer.tree.add_segment(Segment { name: Arc::from(&*name), netns, assumed: said.is_none() });
    let link = Link {
        name: Arc::from("lan0"),
        mac: mac(&seed),
        mtu,
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
        // A container's default route is its engine's work.
        if on.of.container.is_none() {
            let segment = writer.cluster.segments.get(on.of.segment.0 as usize);
            let gateway = segment.map_or(settings.gateway, |segment| segment.gateway);
            let host = writer.component(Component::Host);
            writer.builder.add_route(at.netns, everywhere(), Some(gateway), at.uplink, host);
        }
        balancer::answers(writer, on.node, at.netns, at.uplink);
        let forward = writer.setting(Component::Administrator, "net.ipv4.ip_forward");
        writer.builder.sysctl(at.netns, "net.ipv4.ip_forward", "1", forward);
        let value = if settings.bridge_nf { "1" } else { "0" };
        let bridge_nf = writer.setting(Component::Administrator, "net.bridge.bridge-nf-call-iptables");
        writer.builder.sysctl(at.netns, "net.bridge.bridge-nf-call-iptables", value, bridge_nf);
    }
}
