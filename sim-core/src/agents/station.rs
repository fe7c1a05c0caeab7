//! Machines on a segment that are neither nodes nor Docker hosts, and what these have in common with Docker hosts.

use super::plug::{HOST, address, because, plug};
use super::write::{Writer, everywhere};
use super::{administrator, given, runtime};
use crate::site::{Behaviour, Kind, Machine, NameServer, Process};
use ipnet::IpNet;
use kernel::ids::{LinkRef, NetnsId};
use kernel::packet::{Port, Protocol};
use kubernetes::cluster::model::{HostRoute, HostSocket, NodeSaid, SegmentId};
use kubernetes::origin::Component;
use std::net::IpAddr;
use std::sync::Arc;

/// Where names are asked for.
const DNS: Port = Port(53);

/// A machine that is no node; the gateway, where that has its address.
pub(super) fn write(writer: &mut Writer<'_>, index: usize, switches: &[LinkRef]) {
    let cluster = writer.cluster;
    let Some(host) = cluster.hosts.get(index) else { return };
    let at = host.segment.0 as usize;
    let (Some(&switch), Some(segment)) = (switches.get(at), cluster.segments.get(at)) else { return };
    let gateway = writer.tree.machines().find_map(|(_, machine)| {
        let its =
            host.ip == segment.gateway && machine.kind == Kind::Router && machine.segments.contains(&host.segment);
        its.then_some(machine.netns)
    });
    let (netns, uplink) = if let Some(gateway) = gateway {
        (gateway, None)
    } else {
        let cause = because(writer, &host.because);
        let name = host.name.as_ref().map_or_else(|| format!("{HOST}{}", host.ip), |name| format!("{HOST}{name}"));
        let netns = writer.netns(&name, cause);
        writer.tree.add(host_machine(&name, (host.ip, host.name.is_none()), netns, host.segment));
        let uplink = plug(writer, (switch, segment.mtu), (netns, &name), cluster.nodes.len() + 2 + index);
        address(writer, uplink, (host.ip, segment.cidr), cause);
        routes(writer, uplink, (!segment.internet).then_some(segment.gateway), &host.routes);
        if segment.internet {
            on_the_internet(writer, uplink, host.segment, index);
        }
        (netns, Some(uplink))
    };
    writer.hosts.insert(host.ip, netns);
    sockets(writer, netns, &host.sockets);
    administrator::sysctls(writer, &host.said, netns);
    rules(writer, &host.said, netns, &host.name.clone().unwrap_or_default());
    given::host(writer, host.ip, netns, uplink);
}

/// The routes of a machine that is no node: those that are said, and the default route where none is.
pub(super) fn routes(writer: &mut Writer<'_>, uplink: LinkRef, gateway: Option<IpAddr>, said: &[HostRoute]) {
    if gateway.is_some() && !said.iter().any(|route| route.to.prefix_len() == 0) {
        let cause = writer.component(Component::Host);
        writer.builder.add_route(uplink.netns, everywhere(), gateway, uplink.link, cause);
    }
    for route in said {
        let cause = because(writer, &route.because);
        writer.builder.add_route(uplink.netns, route.to, Some(route.via), uplink.link, cause);
    }
}

/// What a server of the Internet knows: the routers' network, and the other servers.
fn on_the_internet(writer: &mut Writer<'_>, uplink: LinkRef, internet: SegmentId, index: usize) {
    let cluster = writer.cluster;
    let cause = writer.component(Component::Underlay);
    let net = cluster.segments.get(internet.0 as usize).map(|segment| segment.cidr);
    let others = cluster.hosts.iter().enumerate().filter(|(at, host)| *at != index && host.segment == internet);
    for net in net.into_iter().chain(others.map(|(_, host)| IpNet::from(host.ip))) {
        writer.builder.add_route(uplink.netns, net, None, uplink.link, cause);
    }
}

/// What listens on a machine that is no node.
pub(super) fn sockets(writer: &mut Writer<'_>, netns: NetnsId, said: &[HostSocket]) {
    for socket in said {
        let cause = because(writer, &socket.because);
        let server = match &socket.onward {
            Some(onward) => Process::named("proxy", Behaviour::onward(onward)),
            // Whoever takes datagrams there is asked for names.
            None if socket.port == DNS && said.iter().any(|own| own.port == DNS && own.protocol == Protocol::Udp) => {
                Process::named("dns", Behaviour::NameServer(NameServer::Upstream))
            }
            None => Process::named("server", Behaviour::Answers),
        };
        runtime::open(writer, netns, socket.protocol, (socket.address, socket.port), server, cause);
    }
}

/// Rules that an administrator adds on a machine that is no node.
pub(super) fn rules(writer: &mut Writer<'_>, said: &NodeSaid, netns: NetnsId, name: &Arc<str>) {
    let unread = administrator::rules(writer, said, netns, |rules, wrong| administrator::Unread {
        name: name.clone(),
        rules: rules.clone(),
        wrong,
    });
    writer.unread.extend(unread);
}

/// A machine that is no node; `assumed` where nothing in the input says more of it than its address.
pub(super) fn host_machine(name: &str, (ip, assumed): (IpAddr, bool), netns: NetnsId, segment: SegmentId) -> Machine {
    let segments = Box::new([segment]);
    Machine { kind: Kind::Host(ip), name: Arc::from(name), parent: None, netns, segments, assumed }
}
