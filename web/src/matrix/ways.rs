//! Ways to a Service.

use super::asked::Asked;
use kubernetes::cluster::model::{
    BackendPort, Fronts, GatewayListener, Ingress, IngressBackend, NodeId, PathMatch, Route, RouteMatch, RouteOf,
    RouteRule, Service, ServiceType, Speech,
};
use sim_core::trace::ProbeText;

/// Addresses, Ingresses and Gateways of one kind at most.
const MOST: usize = 3;
/// A host where rules name none.
const ANY_HOST: &str = "example.com";

/// A kind of way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WayKind {
    /// Its own address.
    ClusterIp,
    /// The node port, of a node with an endpoint.
    NodePort,
    /// The node port, of a node without one.
    NodePortWithout,
    /// An address that a load balancer gave.
    LoadBalancer,
    /// One of `externalIPs`.
    ExternalIp,
    /// A host of an Ingress.
    Ingress,
    /// A host of a Gateway's route.
    Gateway,
}

kernel::codes!(WayKind {
    Self::ClusterIp => "cluster-ip",
    Self::NodePort => "node-port",
    Self::NodePortWithout => "node-port-without",
    Self::LoadBalancer => "load-balancer",
    Self::ExternalIp => "external-ip",
    Self::Ingress => "ingress",
    Self::Gateway => "gateway",
});

/// A way that there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// Its kind.
    pub kind: WayKind,
    /// Where it goes, as `--to` says it.
    pub to: String,
    /// The node of a node port, or the Ingress or Gateway.
    pub by: Option<String>,
    /// Of a URL: where to connect, as `--connect` says it.
    pub connect: Option<String>,
}

impl Way {
    /// The probe from a place.
    pub(super) fn probe(&self, asked: &Asked<'_>, from: &str) -> ProbeText {
        let protocol = asked.port.protocol;
        let tcp = protocol == kernel::packet::Protocol::Tcp;
        ProbeText {
            from: from.to_owned(),
            to: self.to.clone(),
            proto: (!tcp).then(|| protocol.to_string().to_lowercase()),
            connect: self.connect.clone(),
            ..ProbeText::default()
        }
    }
}

/// Why there is no way of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Absent {
    /// The Service is headless.
    Headless,
    /// It has no node port.
    NoNodePort,
    /// Nothing is ready behind it on any node.
    NoNodeWith,
    /// Every node has an endpoint.
    NoNodeWithout,
    /// It is of another type than LoadBalancer.
    NoLoadBalancer,
    /// Nothing gave it an address.
    NoAddress,
    /// It has no `externalIPs`.
    NoExternalIp,
    /// No Ingress leads to this port.
    NoIngress,
    /// No HTTPRoute that a Gateway takes leads to this port.
    NoRoute,
}

kernel::codes!(Absent {
    Self::Headless => "headless",
    Self::NoNodePort => "no-node-port",
    Self::NoNodeWith => "no-node-with",
    Self::NoNodeWithout => "no-node-without",
    Self::NoLoadBalancer => "no-load-balancer",
    Self::NoAddress => "no-address",
    Self::NoExternalIp => "no-external-ip",
    Self::NoIngress => "no-ingress",
    Self::NoRoute => "no-route",
});

/// Every way that there is, and why there are no others.
pub(super) fn ways(asked: &Asked<'_>) -> (Vec<Way>, Vec<(WayKind, Absent)>) {
    let (mut ways, mut absent) = (Vec::new(), Vec::new());
    let (service, port) = (asked.service, asked.port.port);
    let mut add = |kind, found: Vec<Way>, why: Absent| match found.is_empty() {
        true => absent.push((kind, why)),
        false => ways.extend(found.into_iter().take(MOST)),
    };
    let address = |kind, ip: &std::net::IpAddr| Way { kind, to: format!("{ip}:{port}"), by: None, connect: None };
    let v4 = |ip: &&std::net::IpAddr| ip.is_ipv4();
    let own = service.cluster_ips.iter().filter(v4).map(|ip| address(WayKind::ClusterIp, ip));
    add(WayKind::ClusterIp, own.collect(), Absent::Headless);

    let node_port = |kind, id: Option<NodeId>| {
        let node = id.and_then(|id| asked.model.cluster.nodes.get(id.0 as usize));
        let way = node.zip(asked.port.node_port).map(|(node, port)| Way {
            kind,
            to: format!("{}:{port}", node.ip),
            by: Some(format!("node/{}", node.name)),
            connect: None,
        });
        way.into_iter().collect::<Vec<_>>()
    };
    let busy = asked.busy();
    let with = asked.node().filter(|node| busy.contains(node));
    let no_port = asked.port.node_port.is_none();
    let why = |why| if no_port { Absent::NoNodePort } else { why };
    add(WayKind::NodePort, node_port(WayKind::NodePort, with), why(Absent::NoNodeWith));
    add(WayKind::NodePortWithout, node_port(WayKind::NodePortWithout, asked.idle()), why(Absent::NoNodeWithout));

    let given = service.load_balancer.iter().map(|ingress| &ingress.ip).filter(v4);
    let balanced = service.kind == ServiceType::LoadBalancer;
    let why = if balanced { Absent::NoAddress } else { Absent::NoLoadBalancer };
    add(WayKind::LoadBalancer, given.map(|ip| address(WayKind::LoadBalancer, ip)).collect(), why);
    let external = service.external_ips.iter().filter(v4).map(|ip| address(WayKind::ExternalIp, ip));
    add(WayKind::ExternalIp, external.collect(), Absent::NoExternalIp);

    let fronts = &asked.model.cluster.fronts;
    let ingresses = fronts.ingresses.iter().filter_map(|ingress| of_ingress(asked, ingress));
    add(WayKind::Ingress, ingresses.collect(), Absent::NoIngress);
    let routes = fronts.routes.iter().filter(|route| route.of == RouteOf::Http);
    let mut gateways: Vec<Way> = routes.filter_map(|route| of_route(asked, route)).collect();
    gateways.dedup();
    add(WayKind::Gateway, gateways, Absent::NoRoute);
    (ways, absent)
}

/// A path that a rule's path may be for: itself, of a pattern what stands before its first sign. Whether it is, the journey says.
fn asked_for(path: &str) -> &str {
    let path = path.trim_start_matches('^');
    let plain = path.find(['(', '[', '*', '$', '|', '^', '?', '\\', '{', ' ']).map_or(path, |at| path.split_at(at).0);
    if plain.starts_with('/') { plain } else { "/" }
}

/// A host that a name covers.
fn host(name: Option<&str>) -> String {
    let name = name.unwrap_or(ANY_HOST);
    name.strip_prefix("*.").map_or_else(|| name.to_owned(), |parent| format!("www.{parent}"))
}

/// A request that an Ingress sends to this port.
fn of_ingress(asked: &Asked<'_>, ingress: &Ingress) -> Option<Way> {
    let Service { name: own, .. } = asked.service;
    let leads = |backend: &IngressBackend| match backend {
        IngressBackend::Service { name, port } => {
            let same = match port {
                BackendPort::Number(number) => asked.port.port.0 == *number,
                BackendPort::Name(name) => asked.port.name == *name,
            };
            ingress.name.namespace == own.namespace && *name == own.name && same
        }
        IngressBackend::Resource(_) => false,
    };
    let rules = ingress.rules.iter().flat_map(|rule| rule.paths.iter().map(move |path| (rule, path)));
    let mut fitting = rules.filter(|(_, path)| leads(&path.backend));
    let by_rule = fitting.next().map(|(rule, path)| (rule.host.as_deref(), &*path.path));
    let usual = || ingress.default_backend.as_ref().filter(|backend| leads(backend) && ingress.rules.is_empty());
    let (name, path) = by_rule.or_else(|| usual().map(|_| (None, "/")))?;
    Some(ingress_url(ingress, name, path))
}

/// The request for a rule's host, any where it names none, and a path.
pub(crate) fn ingress_url(ingress: &Ingress, name: Option<&str>, path: &str) -> Way {
    let host = host(name);
    let secure = ingress.tls.iter().any(|tls| tls.hosts.iter().any(|own| **own == *host));
    Way {
        kind: WayKind::Ingress,
        to: format!("{}://{host}{}", if secure { "https" } else { "http" }, asked_for(path)),
        by: Some(format!("ingress/{}", ingress.name)),
        connect: Some("ingress".to_owned()),
    }
}

/// A request that a route of a Gateway sends to this port.
fn of_route(asked: &Asked<'_>, route: &Route) -> Option<Way> {
    route_url(&asked.model.cluster.fronts, route, |rule| {
        rule.backends.iter().any(|backend| {
            backend.service && backend.name == asked.service.name && backend.port == Some(asked.port.port.0)
        })
    })
}

/// A request that one of these rules is for, through the first listener that takes the route.
pub(crate) fn route_url(fronts: &Fronts, route: &Route, which: impl Fn(&RouteRule) -> bool) -> Option<Way> {
    let rules = route.rules.iter().filter(|rule| which(rule));
    let path = rules.into_iter().find_map(|rule| {
        let simple = |of: &&RouteMatch| {
            of.headers.is_empty() && of.query.is_empty() && of.method.as_deref().is_none_or(|method| method == "GET")
        };
        let path = |of: &RouteMatch| match &of.path {
            PathMatch::Exact(path) | PathMatch::Prefix(path) => path.to_string(),
            PathMatch::Pattern(path) => asked_for(path).to_owned(),
        };
        if rule.matches.is_empty() { Some("/".to_owned()) } else { rule.matches.iter().find(simple).map(path) }
    })?;
    let mut doors = route.attached.iter().filter_map(|(gateway, listener)| {
        let gateway = fronts.gateways.get(*gateway as usize)?;
        let listener = gateway.listeners.get(*listener as usize)?;
        matches!(listener.protocol, Speech::Http | Speech::Https).then_some((gateway, listener))
    });
    let (gateway, GatewayListener { port, protocol, hostname, .. }) = doors.next()?;
    let host = host(route.hostnames.first().map(AsRef::as_ref).or(hostname.as_deref()));
    let (scheme, usual) = if *protocol == Speech::Https { ("https", 443) } else { ("http", 80) };
    let port = if port.0 == usual { String::new() } else { format!(":{port}") };
    let gateway = format!("gateway/{}", gateway.name);
    Some(Way {
        kind: WayKind::Gateway,
        to: format!("{scheme}://{host}{port}{path}"),
        by: Some(gateway.clone()),
        connect: Some(gateway),
    })
}
