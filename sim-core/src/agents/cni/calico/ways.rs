//! How packets get to other nodes' Pods: tunnel devices, and the routes that BIRD (`confd/etc/calico/confd/templates`) or, with VXLAN, Felix
//! writes (`felix/dataplane/linux/vxlan_mgr.go`, `felix/routetable`).

use super::{COMPONENT, IPIP_OVERHEAD, VXLAN_OVERHEAD, because_of_felix, because_of_pool, config, route};
use crate::agents::agent::On;
use crate::agents::write::Writer;
use ipnet::IpNet;
use kernel::config::{
    IfAddr, Ipip, Link, LinkKind, Neighbour, Route, RouteKind, RouteProtocol, Scope, VtepEntry, Vxlan,
};
use kernel::ids::{LinkId, LinkRef};
use kernel::lookup::route as find;
use kernel::packet::{Mac, Port};
use kubernetes::cluster::calico::{Pool, Wraps};
use kubernetes::cluster::model::{Node, NodeId};
use kubernetes::origin::CauseId;
use sha1::{Digest, Sha1};
use std::net::IpAddr;
use std::sync::Arc;

/// The device that the kernel has with the module `ipip`: it names no other end.
pub(super) const IPIP: &str = "tunl0";

/// Felix' VXLAN device.
pub(super) const VXLAN: &str = "vxlan.calico";

/// Felix' number in its routes.
const FELIX: RouteProtocol = RouteProtocol::Numbered(80);

/// A node that has something that others route to.
struct Other<'c> {
    node: &'c Node,
    /// Address of its tunnel device.
    tunnel: IpAddr,
    /// Its blocks, and addresses it borrowed.
    nets: Vec<IpNet>,
    /// It is of this node's own network.
    near: bool,
    cause: CauseId,
}

/// How packets to a network of another node go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Plain,
    Ipip,
    Vxlan,
}

fn way(pool: Option<&Pool>, near: bool) -> Way {
    let wraps = |mode: Wraps| mode == Wraps::Always || mode == Wraps::CrossSubnet && !near;
    match pool {
        Some(pool) if wraps(pool.vxlan) => Way::Vxlan,
        Some(pool) if wraps(pool.ipip) => Way::Ipip,
        _ => Way::Plain,
    }
}

/// The Ethernet address of a node's end of the VXLAN: `f` and the start of a hash of its name.
fn tunnel_mac(node: &Node) -> Mac {
    let hash = Sha1::digest(node.name.as_bytes());
    let mut bytes = [b'f'; 6];
    for (to, from) in bytes.iter_mut().skip(1).zip(hash.iter()) {
        *to = *from;
    }
    Mac(bytes)
}

/// Writes devices and routes of a node.
pub(super) fn write(writer: &mut Writer<'_>, on: &On<'_>) {
    let config = config(writer, on);
    let uplink = LinkRef { netns: on.at.netns, link: on.at.uplink };
    let (underlay, own_net) = {
        let link = writer.builder.link(uplink);
        (link.mtu, link.addresses.first().map(|address| address.net.trunc()))
    };
    let nets = Arc::clone(&writer.networks);
    let own = nets.get(on.node.0 as usize).map_or(&[][..], Vec::as_slice);
    let tunnel = own.first().map(IpNet::addr);
    let others = others(writer, on, own_net);
    let ipip = config.has_ipip().then(|| {
        let mtu = config.felix.ipip_mtu.unwrap_or(underlay.saturating_sub(IPIP_OVERHEAD));
        let cause = because_of_pool(writer, on, "ipipMode");
        let device = device(writer, on, (IPIP, Mac::ZERO, mtu), LinkKind::Ipip(Ipip::default()), cause);
        (device, cause)
    });
    let vxlan = config.has_vxlan().then(|| {
        let fdb = others.iter().map(|other| VtepEntry {
            mac: tunnel_mac(other.node),
            remote: other.node.ip,
            cause: other.cause,
        });
        let settings = Vxlan {
            local: Some(on.of.ip),
            dev: Some(on.at.uplink),
            learning: false,
            fdb: fdb.collect(),
            ..Vxlan::new(config.felix.vxlan_vni, Port(config.felix.vxlan_port))
        };
        let mtu = config.felix.vxlan_mtu.unwrap_or(underlay.saturating_sub(VXLAN_OVERHEAD));
        let cause = match config.felix.said.contains_key("vxlanport") || config.felix.said.contains_key("vxlanvni") {
            true => because_of_felix(writer, on, "vxlanPort"),
            false => because_of_pool(writer, on, "vxlanMode"),
        };
        (device(writer, on, (VXLAN, tunnel_mac(on.of), mtu), LinkKind::Vxlan(settings), cause), cause)
    });
    for (device, cause) in [ipip, vxlan].into_iter().flatten() {
        if let Some(ip) = tunnel {
            let address = IfAddr { net: IpNet::from(ip), broadcast: None, scope: Scope::Global, cause };
            writer.builder.add_address(device, address);
        }
    }
    // The own blocks: what is given to no Pod ends here, instead of going in circles.
    let cause = writer.object(COMPONENT, &on.of.origin, "spec.podCIDR", on.of.pod_cidr_at.as_ref());
    for block in own.iter().skip(1).filter(|net| net.prefix_len() < net.max_prefix_len()) {
        let by_felix = config.pool_of(block.addr()).is_some_and(|pool| pool.vxlan != Wraps::Never);
        let protocol = if by_felix { FELIX } else { RouteProtocol::BIRD };
        let route = Route { kind: RouteKind::Blackhole, ..route(*block, protocol, cause) };
        writer.builder.netns(on.at.netns).routes.push(route);
    }
    let (ipip, vxlan) = (ipip.map(|(device, _)| device.link), vxlan.map(|(device, _)| device.link));
    for other in &others {
        if let Some(dev) = vxlan {
            let (ip, mac) = (other.tunnel, tunnel_mac(other.node));
            let entry = Neighbour { ip, dev, mac, permanent: true, cause: other.cause };
            writer.builder.netns(on.at.netns).neighbours.push(entry);
        }
        for net in &other.nets {
            lead(writer, on, other, *net, (ipip, vxlan));
        }
    }
}

/// The other nodes with what leads to them.
fn others<'c>(writer: &mut Writer<'c>, on: &On<'_>, own_net: Option<IpNet>) -> Vec<Other<'c>> {
    let cluster = writer.cluster;
    let nets = Arc::clone(&writer.networks);
    let mut all = Vec::new();
    for (index, node) in cluster.nodes.iter().enumerate() {
        let Some((tunnel, rest)) = nets.get(index).and_then(|nets| nets.split_first()) else { continue };
        if NodeId(index as u32) == on.node {
            continue;
        }
        let cause = writer.object(COMPONENT, &node.origin, "spec.podCIDR", node.pod_cidr_at.as_ref());
        let near = own_net.is_some_and(|net| net.contains(&node.ip));
        let mut nets = rest.to_vec();
        if !rest.iter().any(|net| net.contains(tunnel)) {
            nets.push(*tunnel);
        }
        all.push(Other { node, tunnel: tunnel.addr(), nets, near, cause });
    }
    all
}

/// The route to a network of another node.
fn lead(
    writer: &mut Writer<'_>,
    on: &On<'_>,
    other: &Other<'_>,
    net: IpNet,
    (ipip, vxlan): (Option<LinkId>, Option<LinkId>),
) {
    let pool = config(writer, on).pool_of(net.addr());
    let by_felix = pool.is_some_and(|pool| pool.vxlan != Wraps::Never);
    let netns = writer.builder.netns(on.at.netns);
    let route = |protocol| route(net, protocol, other.cause);
    let found = match (way(pool, other.near), ipip, vxlan) {
        (Way::Vxlan, _, Some(dev)) => {
            Route { via: Some(other.tunnel), dev: Some(dev), onlink: true, ..route(RouteProtocol::Boot) }
        }
        (Way::Ipip, Some(dev), _) => {
            Route { via: Some(other.node.ip), dev: Some(dev), onlink: true, ..route(RouteProtocol::BIRD) }
        }
        _ if by_felix => Route { via: Some(other.node.ip), dev: Some(on.at.uplink), onlink: true, ..route(FELIX) },
        // BIRD looks for the way to the other node itself (`gateway recursive`): what that goes by is the next hop.
        _ if other.near => Route { via: Some(other.node.ip), dev: Some(on.at.uplink), ..route(RouteProtocol::BIRD) },
        _ => {
            let Some(way) = find::lookup(netns, other.node.ip, None, 0).map(|found| found.route) else { return };
            let via = way.via.unwrap_or(other.node.ip);
            Route { via: Some(via), dev: way.dev, ..route(RouteProtocol::BIRD) }
        }
    };
    netns.routes.push(found);
}

fn device(
    writer: &mut Writer<'_>,
    on: &On<'_>,
    (name, mac, mtu): (&str, Mac, u32),
    kind: LinkKind,
    cause: CauseId,
) -> LinkRef {
    let link = Link { name: Arc::from(name), mac, mtu, up: true, kind, port: None, addresses: Vec::new(), cause };
    writer.builder.add_link(on.at.netns, link)
}
