//! What joins segments: routers of the input, and the one that is assumed for segments without.

use super::plug::{address, because, plug_as};
use super::write::{Writer, everywhere};
use super::{balancer, cni, runtime, station};
use crate::site::{Behaviour, Kind, Machine, NameServer, Process};
use ipnet::IpNet;
use kernel::config::xtables::{DevMatch, IpMatch, Neg, Rule, Target};
use kernel::config::{Hook, NatRange, Route, RouteKind};
use kernel::ids::{LinkId, LinkRef, NetnsId, TableName};
use kernel::packet::{Port, Protocol};
use kubernetes::cluster::model::{Cluster, Router, SegmentId};
use kubernetes::origin::{CauseId, Component};
use std::net::IpAddr;
use std::sync::Arc;

/// Name of the assumed gateway's namespace. No node can have it: node names have no slash.
pub const GATEWAY: &str = "net/gateway";
/// Names of the namespaces of the others start with this.
pub const ROUTER: &str = "router/";
/// Where a router answers questions for names.
const DNS: Port = Port(53);

/// Name of a router's namespace.
pub fn name(router: &Router) -> String {
    router.name.as_ref().map_or_else(|| GATEWAY.to_owned(), |name| format!("{ROUTER}{name}"))
}

/// Name of a router's device on a segment.
pub(super) fn device(router: &Router, segment: SegmentId) -> Option<String> {
    router.on.iter().position(|(on, _)| *on == segment).map(|at| format!("eth{at}"))
}

/// Makes one.
pub(super) fn write(writer: &mut Writer<'_>, index: usize, switches: &[LinkRef]) {
    let cluster = writer.cluster;
    let Some(router) = cluster.routers.get(index) else { return };
    let cause = match &router.because {
        Some(said) => because(writer, said),
        None => writer.component(Component::Underlay),
    };
    let name = name(router);
    let netns = writer.netns(&name, cause);
    writer.tree.add(Machine {
        kind: Kind::Router,
        name: Arc::from(&*name),
        parent: None,
        netns,
        segments: router.on.iter().map(|(segment, _)| *segment).collect(),
        assumed: router.name.is_none(),
    });
    // Behind those of nodes, hosts, and a host outside.
    let first = cluster.nodes.len() + 2 + cluster.hosts.len() + cluster.docker.len();
    let number = if index == 0 { cluster.nodes.len() } else { first + index };
    let mut ports: Vec<(LinkId, IpNet)> = Vec::new();
    for (at, &(id, ip)) in router.on.iter().enumerate() {
        let index = id.0 as usize;
        let (Some(&switch), Some(segment)) = (switches.get(index), cluster.segments.get(index)) else { continue };
        let port = plug_as(writer, (switch, segment.mtu), (netns, &name), &format!("eth{at}"), number);
        address(writer, port, (ip, segment.cidr), cause);
        ports.push((port.link, segment.cidr));
        if segment.internet {
            outward(writer, router, port, id, cause);
        }
    }
    writer.builder.sysctl(netns, "net.ipv4.ip_forward", "1", cause);
    for route in &router.routes {
        let port = ports.iter().find(|(_, net)| net.contains(&route.via));
        let cause = because(writer, &route.because);
        if let Some((port, _)) = port {
            writer.builder.add_route(netns, route.to, Some(route.via), *port, cause);
        }
    }
    let on = |link: LinkId| ports.iter().position(|(port, _)| *port == link).and_then(|at| router.on.get(at));
    let segments: Vec<(SegmentId, LinkId)> = ports.iter().filter_map(|(port, _)| Some((on(*port)?.0, *port))).collect();
    balancer::routes(writer, netns, &segments);
    match &router.name {
        Some(name) => station::rules(writer, &router.said, netns, name),
        None => assumed(writer, netns, &ports, cause),
    }
    resolver(writer, router, netns, cause);
    station::sockets(writer, netns, &router.sockets);
}

/// The gateway that is assumed: it knows Pod networks where a plugin or a cloud provider teaches it, and drops what it has no route for.
fn assumed(writer: &mut Writer<'_>, netns: NetnsId, ports: &[(LinkId, IpNet)], cause: CauseId) {
    let cluster = writer.cluster;
    // Where it joins all of them its devices are in their order.
    if cluster.routers.iter().all(|other| other.name.is_none()) {
        let links: Vec<LinkId> = ports.iter().map(|(link, _)| *link).collect();
        cni::plugin(cluster).between(writer, netns, &links);
    }
    // What lies behind it is not simulated: nothing comes back from there.
    let nowhere = Route { kind: RouteKind::Blackhole, ..Route::new(everywhere(), cause) };
    writer.builder.netns(netns).routes.push(nowhere);
}

/// The way to the Internet: a route to each server, and one address for all that is behind.
fn outward(writer: &mut Writer<'_>, router: &Router, port: LinkRef, internet: SegmentId, cause: CauseId) {
    let cluster = writer.cluster;
    for server in cluster.hosts.iter().filter(|host| host.segment == internet) {
        let cause = because(writer, &server.because);
        writer.builder.add_route(port.netns, IpNet::from(server.ip), None, port.link, cause);
    }
    if !router.nat {
        return;
    }
    let device = writer.builder.link(port).name.clone();
    let table = writer.builder.netns(port.netns).xtables.table_mut(TableName::Nat);
    let Some(chain) = table.base(Hook::Postrouting) else { return };
    let out = DevMatch { name: device, prefix: false };
    let ip = IpMatch { out_dev: Some(Box::new(Neg::is(out))), ..IpMatch::default() };
    table.append(chain, Rule { ip, matches: Vec::new(), target: Target::Masquerade(NatRange::default()), cause });
}

/// Machines of its segments ask it for names, unless it is said what listens on it and that is not there.
fn resolver(writer: &mut Writer<'_>, router: &Router, netns: NetnsId, cause: CauseId) {
    let said = router.sockets.iter().any(|socket| socket.port == DNS);
    if !router.sockets.is_empty() && !said {
        return;
    }
    for protocol in [Protocol::Udp, Protocol::Tcp] {
        // It is told what else listens there.
        if router.sockets.iter().any(|socket| socket.port == DNS && socket.protocol == protocol) {
            continue;
        }
        let process = Process::named("dns", Behaviour::NameServer(NameServer::Upstream));
        runtime::open(writer, netns, protocol, (None, DNS), process, cause);
    }
}

/// The namespace of the router that machines of a segment send to, and its place in the list.
pub(super) fn of_segment(cluster: &Cluster, segment: SegmentId) -> Option<(String, &Router)> {
    cluster.router_of(segment).map(|(_, router)| (name(router), router))
}

/// Whether a router has an address.
pub(crate) fn has(router: &Router, ip: IpAddr) -> bool {
    router.on.iter().any(|(_, own)| *own == ip)
}
