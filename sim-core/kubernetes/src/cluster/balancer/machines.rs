//! Load balancers that end connections themselves: `ipMode: Proxy` in a Service's status (KEP-1860), for which kube-proxy has no rules, and those
//! that are told to say whose connections they carry on. Each is a machine that opens a connection of its own to a node port, else to an endpoint where the Service has no node ports.

use crate::assumption::{About, Because, codes as assumed};
use crate::cluster::context::Context;
use crate::cluster::lan::Lan;
use crate::cluster::model::{
    Balancing, Host, HostSocket, LbWay, Node, NodeSaid, Onward, PortEndpoints, Segment, Service, ServicePort,
    TrafficPolicy,
};
use kernel::packet::Protocol;
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Such machines at most; nobody has further addresses.
const MOST: usize = 64;
/// Servers of one machine's port at most.
const SERVERS: usize = 64;

/// Whether there is such a load balancer.
pub(in crate::cluster) fn ends_connections(services: &[Service]) -> bool {
    services.iter().flat_map(|service| &service.load_balancer).any(|ingress| ingress.way == LbWay::Machine)
}

/// Makes the machines; `others` have their addresses already.
pub(in crate::cluster) fn machines(
    context: &mut Context<'_>,
    (services, endpoints): (&[Service], &[Vec<PortEndpoints>]),
    nodes: &[Node],
    lan: &Lan<'_>,
    segments: &mut Vec<Segment>,
    others: &[Host],
) -> Vec<Host> {
    let mut taken: BTreeSet<IpAddr> =
        nodes.iter().map(|node| node.ip).chain(others.iter().map(|host| host.ip)).collect();
    let mut names: BTreeSet<Arc<str>> = others.iter().filter_map(|host| host.name.clone()).collect();
    let mut all = Vec::new();
    for (service, lists) in services.iter().zip(endpoints) {
        for ingress in service.load_balancer.iter().filter(|ingress| ingress.way == LbWay::Machine) {
            let ip = ingress.ip;
            if all.len() == MOST || !ip.is_ipv4() || !taken.insert(ip) {
                continue;
            }
            let name = [format!("lb-{}", service.name.name), format!("lb-{ip}")];
            let name = name.into_iter().map(Arc::from).find(|name| names.insert(Arc::clone(name)));
            all.push(machine(context, service, lists, nodes, (name, ip), lan, segments));
        }
    }
    all
}

fn machine(
    context: &mut Context<'_>,
    service: &Service,
    lists: &[PortEndpoints],
    nodes: &[Node],
    (name, ip): (Option<Arc<str>>, IpAddr),
    lan: &Lan<'_>,
    segments: &mut Vec<Segment>,
) -> Host {
    let code =
        if service.announces.is_some() { assumed::LOAD_BALANCER_ANNOUNCES } else { assumed::LOAD_BALANCER_PROXY };
    let made = code.made().arg("service", service.name.to_string()).arg("ip", ip.to_string());
    let status = Because {
        object: Some(service.origin.object.clone()),
        field: Some(Arc::from("status.loadBalancer")),
        location: service.fields.get("status.loadBalancer").cloned(),
    };
    let because = service.announces.as_ref().map_or(status, |announces| announces.because.clone());
    let mut made = made.about(About::Service(service.name.clone()));
    made.because = Some(because.clone());
    context.assume(made);
    let socket = |port: &ServicePort| {
        let to = onward(service, port, lists, nodes);
        (port.protocol == Protocol::Tcp && !to.is_empty()).then(|| HostSocket {
            protocol: port.protocol,
            port: port.port,
            address: Some(ip),
            onward: Some(Onward {
                to: to.into(),
                by: Balancing::Random,
                announces: service.announces.clone().filter(|own| own.on(port.port).is_some()),
                accepts: None,
            }),
            because: because.clone(),
        })
    };
    Host {
        segment: lan.place(segments, name.as_deref().unwrap_or_default(), ip),
        name,
        ip,
        routes: Vec::new(),
        resolv: Vec::new(),
        sockets: service.ports.iter().filter_map(socket).collect(),
        said: NodeSaid::default(),
        because: because.clone(),
        named_by: vec![service.origin.object.clone()],
    }
}

/// Where a port's connections go on to: the node port on nodes whose health check is passed, else the endpoints themselves.
fn onward(service: &Service, port: &ServicePort, lists: &[PortEndpoints], nodes: &[Node]) -> Vec<SocketAddr> {
    match port.node_port {
        Some(node_port) => {
            let its = nodes.iter().filter(|node| node.container.is_none() && service.balances_to(node, lists));
            its.take(SERVERS).map(|node| SocketAddr::new(node.ip, node_port.0)).collect()
        }
        None => {
            let its = lists.iter().filter(|list| list.port_name == port.name);
            let ready = its.flat_map(|list| &list.endpoints).filter(|endpoint| endpoint.ready && endpoint.ip.is_ipv4());
            ready.take(SERVERS).map(|endpoint| SocketAddr::new(endpoint.ip, endpoint.port.0)).collect()
        }
    }
}

/// Label of nodes that load balancers leave out (`node.kubernetes.io/exclude-from-external-load-balancers`).
const EXCLUDED: &str = "node.kubernetes.io/exclude-from-external-load-balancers";

impl Service {
    /// Whether its load balancer sends to a node: a ready one that load balancers do not leave out; with `externalTrafficPolicy: Local` one
    /// with a ready endpoint, which is what a health check of `healthCheckNodePort` finds. `endpoints`: those of this Service.
    pub fn balances_to(&self, node: &Node, endpoints: &[PortEndpoints]) -> bool {
        let local = self.external_traffic_policy == TrafficPolicy::Local;
        let mut all = endpoints.iter().flat_map(|list| &list.endpoints);
        let mut serves = || all.any(|endpoint| endpoint.ready && endpoint.node.as_deref() == Some(&*node.name));
        node.ready && !node.labels.contains_key(EXCLUDED) && (!local || serves())
    }
}
