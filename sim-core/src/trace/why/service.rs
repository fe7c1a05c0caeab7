//! What became of a packet for one of a Service's addresses.

use super::codes;
use super::failed::{Lost, node_of, service_field, upper};
use super::field::Why;
use super::{endpoints, input, listener};
use crate::agents::outside;
use crate::trace::ended::left_the_model;
use crate::trace::journey::Source;
use kernel::packet::Protocol;
use kernel::walk::DropReason;
use kubernetes::cluster::model::{Cluster, Endpoint, ProxyMode, Service, ServiceId, ServicePort, TrafficPolicy};
use kubernetes::origin::Component;
use std::net::{IpAddr, SocketAddr};

/// How an address belongs to a Service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trace) enum Way {
    ClusterIp,
    ExternalIp,
    LoadBalancer,
    NodePort,
}

/// A Service's address: which one, and its port (index into `ports`), if it has one there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trace) struct Front {
    pub(in crate::trace) service: ServiceId,
    pub(in crate::trace) way: Way,
    pub(in crate::trace) port: Option<usize>,
}

/// The Service that an address and port belong to; with an address of its own that it has no such port on, too.
pub(in crate::trace) fn front(cluster: &Cluster, to: SocketAddr, protocol: Protocol) -> Option<Front> {
    let services = || (0u32..).map(ServiceId).zip(&cluster.services);
    let address = |service: &Service| {
        let ip = to.ip();
        if service.cluster_ips.contains(&ip) {
            Some(Way::ClusterIp)
        } else if service.external_ips.contains(&ip) {
            Some(Way::ExternalIp)
        } else {
            service.load_balancer.iter().any(|lb| lb.ip == ip).then_some(Way::LoadBalancer)
        }
    };
    let own = |(id, service): (ServiceId, &Service)| {
        let way = address(service)?;
        let port = service.ports.iter().position(|port| port.port.0 == to.port() && port.protocol == protocol);
        Some(Front { service: id, way, port })
    };
    let node_port = || {
        let local = cluster.nodes.iter().any(|node| node.ip == to.ip()) || to.ip().is_loopback();
        let mut found = services().filter_map(|(id, service)| {
            let has =
                |port: &ServicePort| port.node_port.is_some_and(|own| own.0 == to.port()) && port.protocol == protocol;
            let port = service.ports.iter().position(has)?;
            Some(Front { service: id, way: Way::NodePort, port: Some(port) })
        });
        found.next().filter(|_| local)
    };
    let fronts: Vec<Front> = services().filter_map(own).collect();
    let exact = fronts.iter().find(|front| front.port.is_some()).copied();
    // An external IP may be a node's own address: what is no port of the Service may be a node port.
    exact.or_else(node_port).or(fronts
        .first()
        .copied()
        .filter(|front| front.way == Way::ClusterIp || !cluster.nodes.iter().any(|node| node.ip == to.ip())))
}

/// Endpoints that rules use for one port.
pub(super) fn usable<'c>(
    cluster: &'c Cluster,
    id: ServiceId,
    port: &ServicePort,
) -> impl Iterator<Item = &'c Endpoint> {
    let lists = cluster.endpoints.get(id.0 as usize).into_iter().flatten();
    let (name, protocol) = (port.name.clone(), port.protocol);
    let lists = lists.filter(move |list| list.port_name == name && list.protocol.is_none_or(|own| own == protocol));
    let usable = |endpoint: &&Endpoint| endpoint.ready || (endpoint.serving && endpoint.terminating);
    lists.flat_map(|list| &list.endpoints).filter(usable).filter(|endpoint| endpoint.port.0 != 0)
}

/// Names of ports, else their numbers, for a sentence.
pub(super) fn ports_of(service: &Service) -> String {
    let all = service.ports.iter().map(|port| format!("{}/{}", port.port, upper(port.protocol)));
    all.collect::<Vec<_>>().join(", ")
}

pub(super) fn lost(lost: Lost<'_>) -> Option<Why> {
    let cluster = &lost.failed.model.cluster;
    let front = front(cluster, lost.to, lost.protocol)?;
    let service = cluster.services.get(front.service.0 as usize)?;
    let field = |path: &str| service_field(lost.failed.model, front.service, path);
    if let Some(why) = outside(lost, front, service) {
        return Some(why);
    }
    let Some(index) = front.port else {
        if !matches!(lost.protocol, Protocol::Tcp | Protocol::Udp | Protocol::Sctp) {
            let path = if front.way == Way::ClusterIp { "spec.clusterIP" } else { "spec.ports" };
            let why = Why::new(codes::CLUSTER_IP_PING).arg("service", &service.name).arg("address", lost.to.ip());
            return Some(why.at(field(path)).by(proxy(cluster)));
        }
        return Some(no_port(lost, front, service));
    };
    let port = service.ports.get(index)?;
    let translated = lost.leg.hops.last().is_some_and(|hop| hop.after.packet.destination() != lost.to);
    if translated && !matches!(lost.reason, DropReason::Rule(_) | DropReason::Rejected(_) | DropReason::Policy { .. }) {
        let to = lost.leg.hops.last()?.after.packet.destination();
        let listener = listener::lost(lost, Some((front.service, index)));
        let beyond = left_the_model(lost.failed.model, lost.leg) && !outside::is_inside(cluster, to.ip());
        // Who discarded it for its source has the address.
        if *lost.reason == DropReason::MartianSource {
            return listener;
        }
        return listener.or_else(|| endpoints::gone(lost.failed.model, front.service, to, beyond));
    }
    if service.headless {
        let why = Why::new(codes::TYPE_WITHOUT_ADDRESS).arg("service", &service.name).arg("address", lost.to.ip());
        return Some(why.arg("type", "ClusterIP (clusterIP: None)").at(field("spec.clusterIP")).by(proxy(cluster)));
    }
    if usable(cluster, front.service, port).next().is_none() {
        return Some(endpoints::none(lost.failed.model, front.service, index));
    }
    if let Some(why) = loopback(lost, front, service, port) {
        return Some(why);
    }
    policies(lost, front, service, port)
}

fn proxy(cluster: &Cluster) -> Component {
    match cluster.settings.kube_proxy.mode {
        ProxyMode::Iptables => Component::KubeProxyIptables,
        ProxyMode::Nftables => Component::KubeProxyNftables,
    }
}

/// A ClusterIP from outside, where no node's rules translate it.
fn outside(lost: Lost<'_>, front: Front, service: &Service) -> Option<Why> {
    let from_outside = !matches!(lost.failed.probe.from, Source::Pod(_) | Source::Node(_) | Source::Machine(_));
    let on_node = node_of(lost.failed.model, lost.netns).is_some();
    (from_outside && front.way == Way::ClusterIp && !on_node).then(|| {
        let why = Why::new(codes::CLUSTER_ONLY).arg("object", format!("Service {}", service.name));
        why.arg("address", lost.to.ip()).at(service_field(lost.failed.model, front.service, "spec.type"))
    })
}

/// An address of the Service with a port that it does not have.
fn no_port(lost: Lost<'_>, front: Front, service: &Service) -> Why {
    let model = lost.failed.model;
    // A port that was refused is the one that is meant.
    let refused =
        input::refused(model, &service.origin.object).filter(|field| field.path.to_string().starts_with("spec.ports"));
    if let Some(field) = refused {
        return Why::new(codes::OBJECT_REFUSED).arg("object", &service.origin.object).at(field);
    }
    let other = service.ports.iter().position(|port| port.port.0 == lost.to.port());
    if let Some((index, port)) = other.and_then(|index| Some((index, service.ports.get(index)?))) {
        let why = Why::new(codes::SERVICE_PROTOCOL).arg("service", &service.name).arg("port", lost.to.port());
        let why = why.arg("asked", upper(lost.protocol)).arg("has", upper(port.protocol)).by(proxy(&model.cluster));
        return why.at(service_field(model, front.service, &format!("spec.ports[{index}].protocol")));
    }
    let why = Why::new(codes::SERVICE_PORT).arg("service", &service.name).arg("port", lost.to.port());
    // With one port it can only be that one.
    let path = if service.ports.len() == 1 { "spec.ports[0].port" } else { "spec.ports" };
    why.arg("ports", ports_of(service)).at(service_field(model, front.service, path)).by(proxy(&model.cluster))
}

/// Node ports that are not served on the address that was asked.
fn loopback(lost: Lost<'_>, front: Front, service: &Service, port: &ServicePort) -> Option<Why> {
    let translated = lost.leg.hops.iter().any(|hop| hop.after.packet.destination() != lost.to);
    if front.way != Way::NodePort || translated || lost.reason != &DropReason::NoListener {
        return None;
    }
    let model = lost.failed.model;
    let field = model.parsed.objects.iter().find_map(|object| match object {
        kubernetes::manifest::objects::Object::KubeProxyConfiguration(document) => Some(&document.object),
        _ => None,
    });
    let config = &model.cluster.settings.kube_proxy;
    let number = port.node_port?;
    if lost.to.ip().is_loopback() {
        let path = match config.mode {
            ProxyMode::Iptables if config.node_port_addresses.is_empty() => "iptables.localhostNodePorts",
            _ => "nodePortAddresses",
        };
        let node = node_of(model, lost.netns).and_then(|node| model.cluster.nodes.get(node.0 as usize));
        let why = Why::new(codes::NODE_PORT_LOOPBACK).arg("service", &service.name).arg("port", number);
        let why = why.arg("node", node.map(|node| node.ip.to_string()).unwrap_or_default()).by(proxy(&model.cluster));
        return Some(why.at(field.map(|object| super::Field::new(object, path))));
    }
    let why = Why::new(codes::NODE_PORT_ADDRESSES).arg("service", &service.name).arg("port", number);
    let why = why.arg("address", lost.to.ip()).by(proxy(&model.cluster));
    Some(why.at(field.map(|object| super::Field::new(object, "nodePortAddresses"))))
}

/// The Service has endpoints, and a rule discarded the packet.
fn policies(lost: Lost<'_>, front: Front, service: &Service, port: &ServicePort) -> Option<Why> {
    if !matches!(lost.reason, DropReason::Rule(_) | DropReason::Rejected(_) | DropReason::Policy { .. }) {
        return None;
    }
    let model = lost.failed.model;
    let cluster = &model.cluster;
    let at = node_of(model, lost.netns)?;
    let node = cluster.nodes.get(at.0 as usize)?;
    let source = lost.leg.hops.first().map(|hop| hop.after.packet.ip.src);
    let field = |path: &str| service_field(model, front.service, path);
    let seen = |ip: IpAddr| service.source_ranges.iter().any(|range| range.contains(&ip));
    if front.way == Way::LoadBalancer && !service.source_ranges.is_empty() && source.is_some_and(|ip| !seen(ip)) {
        let ranges: Vec<String> = service.source_ranges.iter().map(ToString::to_string).collect();
        let why = Why::new(codes::SOURCE_RANGES).arg("service", &service.name);
        let why =
            why.arg("source", source.map(|ip| ip.to_string()).unwrap_or_default()).arg("ranges", ranges.join(", "));
        return Some(why.at(field("spec.loadBalancerSourceRanges")).by(proxy(cluster)));
    }
    let mut nodes: Vec<&str> =
        usable(cluster, front.service, port).filter_map(|endpoint| endpoint.node.as_deref()).collect();
    nodes.sort_unstable();
    nodes.dedup();
    if nodes.contains(&&*node.name) {
        return None;
    }
    let (code, policy, path) = match front.way {
        Way::ClusterIp => (codes::INTERNAL_POLICY, service.internal_traffic_policy, "spec.internalTrafficPolicy"),
        _ => (codes::EXTERNAL_POLICY, service.external_traffic_policy, "spec.externalTrafficPolicy"),
    };
    (policy == TrafficPolicy::Local).then(|| {
        let why = Why::new(code).arg("service", &service.name).arg("node", &node.name);
        // Where the text itself puts the Pod elsewhere, that is the other side of it.
        let pod = usable(cluster, front.service, port).find_map(|endpoint| cluster.pods.get(endpoint.pod?.0 as usize));
        let placed = pod.filter(|pod| {
            input::makers(model).any(|maker| *maker.object == pod.origin.object && maker.spec.node_name.is_some())
        });
        let placed = placed.and_then(|pod| super::failed::pod_field(pod, "spec.nodeName"));
        why.arg("nodes", nodes.join(", ")).at(field(path)).against(placed).by(proxy(cluster))
    })
}
