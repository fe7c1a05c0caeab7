//! Ports of a Docker host that lead to nodes which are containers: `extraPortMappings` of kind.

use super::codes;
use super::failed::{Lost, service_field};
use super::field::{Field, Why};
use crate::model::Model;
use crate::site::Kind;
use crate::trace::journey::Source;
use kernel::packet::{Port, Protocol};
use kernel::walk::DropReason;
use kubernetes::cluster::model::docker::{Container, Published};
use kubernetes::cluster::model::{DockerHost, Node, Service, ServiceId};
use kubernetes::manifest::objects::{Document, KindCluster, Object};
use kubernetes::origin::Component;
use std::net::{IpAddr, SocketAddr};

/// kind's configuration.
pub(in crate::trace) fn config(model: &Model) -> Option<&Document<KindCluster>> {
    model.parsed.objects.iter().find_map(|object| match object {
        Object::KindCluster(document) => Some(document),
        _ => None,
    })
}

/// A Docker host that was called, with nodes as containers.
#[derive(Clone, Copy)]
pub(in crate::trace) struct Called<'m> {
    pub(in crate::trace) host: &'m DockerHost,
    /// The caller is that machine itself.
    pub(in crate::trace) own: bool,
}

/// The host whose port was called: by one of its addresses, or by the caller's own where that is the host. A machine outside that calls itself
/// means the only one there is.
pub(in crate::trace) fn called<'m>(model: &'m Model, from: &Source, to: SocketAddr) -> Option<Called<'m>> {
    let holds = |host: &&DockerHost| host.containers.iter().any(|container| container.node.is_some());
    let mut hosts = model.cluster.docker.iter().filter(holds);
    let of = |from: &Source| match from {
        Source::Machine(id) => match model.site.tree.machine(*id)?.kind {
            Kind::Host(ip) => Some(ip),
            _ => None,
        },
        _ => None,
    };
    let caller = of(from);
    if to.ip().is_loopback() {
        return match (caller, from) {
            (Some(ip), _) => hosts.find(|host| host.ip == ip).map(|host| Called { host, own: true }),
            (None, Source::External { .. }) => hosts.next().map(|host| Called { host, own: false }),
            _ => None,
        };
    }
    let gateway = |host: &DockerHost| host.networks.iter().any(|network| IpAddr::V4(network.gateway) == to.ip());
    let host = hosts.find(|host| host.ip == to.ip() || gateway(host))?;
    Some(Called { host, own: caller == Some(host.ip) })
}

/// A port of a host that leads to a node.
#[derive(Clone, Copy)]
pub(in crate::trace) struct Mapped<'m> {
    pub(in crate::trace) published: &'m Published,
    pub(in crate::trace) node: &'m Node,
}

impl Mapped<'_> {
    /// Where it leads.
    pub(in crate::trace) fn inner(&self) -> SocketAddr {
        SocketAddr::new(self.node.ip, self.published.container_port.0)
    }

    /// A field of its entry.
    pub(in crate::trace) fn field(&self, model: &Model, leaf: &str) -> Option<Field> {
        let config = config(model)?;
        let path = &self.published.field;
        let entry = path.starts_with("nodes[").then(|| format!("{path}.{leaf}"));
        Some(Field::new(&config.object, entry.as_deref().unwrap_or(path)))
    }
}

/// The mapping of a port, whatever address it listens on.
pub(in crate::trace) fn of<'m>(
    model: &'m Model,
    host: &'m DockerHost,
    port: u16,
    protocol: Protocol,
) -> Option<Mapped<'m>> {
    let its = |container: &'m Container| {
        let (node, _) = container.node?;
        let node = model.cluster.nodes.get(node.0 as usize)?;
        let mut all = container.ports.iter();
        let published = all.find(|own| own.host_port.0 == port && own.protocol == protocol)?;
        Some(Mapped { published, node })
    };
    host.containers.iter().find_map(its)
}

/// Services with a node port of a protocol, with the number of the port.
pub(in crate::trace) fn node_ports(
    model: &Model,
    protocol: Protocol,
) -> impl Iterator<Item = (ServiceId, usize, &Service, Port)> {
    let services = (0u32..).map(ServiceId).zip(&model.cluster.services);
    services.flat_map(move |(id, service)| {
        let ports = service.ports.iter().enumerate().filter(move |(_, port)| port.protocol == protocol);
        ports.filter_map(move |(at, port)| Some((id, at, service, port.node_port?)))
    })
}

/// Why a port of a Docker host leads nowhere. `behind` explains what became of the packet on the node.
pub(super) fn lost<'j>(lost: Lost<'j>, behind: impl Fn(Lost<'j>) -> Option<Why>) -> Option<Why> {
    let model = lost.failed.model;
    let Called { host, own } = called(model, &lost.failed.probe.from, lost.to)?;
    let at_host = model.site.hosts.get(&host.ip) == Some(&lost.netns);
    let refused = matches!(lost.reason, DropReason::NoListener | DropReason::NoSocket);
    let port = lost.to.port();
    let why = |code| Why::new(code).arg("port", port).arg("host", &host.name).by(Component::Docker);
    let Some(mapped) = of(model, host, port, lost.protocol) else {
        if !(at_host && refused) {
            return None;
        }
        if let Some((id, index, service, _)) = node_ports(model, lost.protocol).find(|(.., own)| own.0 == port) {
            let why = why(codes::NODE_PORT_UNMAPPED).arg("service", &service.name);
            let own = service_field(model, id, &format!("spec.ports[{index}].nodePort"));
            return Some(why.at(mappings_field(model).or(own.clone())).against(own));
        }
        let all = host.containers.iter().filter(|container| container.node.is_some());
        let mut ports: Vec<u16> = all.flat_map(|container| &container.ports).map(|own| own.host_port.0).collect();
        ports.sort_unstable();
        let ports = ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
        let why = why(codes::HOST_PORT_UNMAPPED).arg("ports", if ports.is_empty() { "–".to_owned() } else { ports });
        return Some(why.at(mappings_field(model)));
    };
    let (inner, published) = (mapped.inner(), mapped.published);
    let listens = published.host_ip;
    if at_host && refused && !listens.is_unspecified() && IpAddr::V4(listens) != lost.to.ip() {
        let why = why(codes::MAPPING_ADDRESS).arg("address", listens);
        return Some(why.at(mapped.field(model, "listenAddress")));
    }
    let heard = node_ports(model, lost.protocol).any(|(.., own)| own.0 == inner.port()) || socket(model, inner, lost);
    // Somebody else's `localhost`: what is wrong with the mapping comes first.
    let elsewhere = lost.to.ip().is_loopback() && !own;
    if (elsewhere || refused) && !at_host && !heard {
        let why = why(codes::MAPPING_TARGET).arg("target", inner.port()).arg("node", &mapped.node.name);
        let nearest = node_ports(model, lost.protocol)
            .filter(|(_, _, service, _)| !service.origin.assumed)
            .min_by_key(|(.., own)| own.0.abs_diff(inner.port()));
        let nearest = nearest.and_then(|(id, at, ..)| service_field(model, id, &format!("spec.ports[{at}].nodePort")));
        return Some(why.at(mapped.field(model, "containerPort")).against(nearest));
    }
    if elsewhere {
        return Some(why(codes::LOCALHOST_ELSEWHERE).arg("address", host.ip));
    }
    if at_host { None } else { behind(Lost { to: inner, ..lost }) }
}

/// Whether something listens on a node.
fn socket(model: &Model, inner: SocketAddr, lost: Lost<'_>) -> bool {
    let Some(node) = model.cluster.nodes.iter().position(|node| node.ip == inner.ip()) else { return false };
    let netns = model.site.nodes.iter().find(|(id, _)| id.0 as usize == node).map(|(_, netns)| *netns);
    let own = netns.is_some_and(|netns| {
        let mut sockets = model.site.network.netns(netns).sockets.iter();
        sockets.any(|socket| socket.port.0 == inner.port() && socket.protocol == lost.protocol)
    });
    let of_pods = model.cluster.pods.iter().filter(|pod| pod.node.0 as usize == node).any(|pod| {
        let mut ports = pod.containers.iter().flat_map(|container| &container.ports);
        ports.any(|port| port.host_port == Some(Port(inner.port())) && port.protocol == lost.protocol)
    });
    own || of_pods
}

/// Where mappings of the first control plane stand, or would.
pub(in crate::trace) fn mappings_field(model: &Model) -> Option<Field> {
    let config = config(model)?;
    let control = |role: Option<&str>| role.is_none_or(|role| role == "control-plane");
    let mut nodes = config.value.nodes.iter();
    let at = nodes.position(|node| control(node.value.role.as_ref().map(|role| &*role.value)));
    let path = at.map_or_else(|| "nodes".to_owned(), |at| format!("nodes[{at}].extraPortMappings"));
    Some(Field::new(&config.object, &*path))
}
