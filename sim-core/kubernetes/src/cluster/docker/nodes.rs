//! Nodes that are containers of a Docker host, as kind, minikube and k3d make them.
//!
//! The network they are on is there before the nodes get their addresses ([`Inside::of`]); the containers follow when the nodes are decided.
//! Sources: kind's `pkg/cluster/internal/providers/docker` and `pkg/internal/apis/config`.

use super::container::Making;
use super::daemon::Told;
use super::host;
use super::network::Networks;
use super::port::Wanted;
use crate::assumption::codes as assumed;
use crate::cluster::context::Context;
use crate::cluster::evidence::{Distribution, Evidence};
use crate::cluster::lan::Lan;
use crate::cluster::listener::{Bind, Evidence as Heard, EvidenceKind, Listening};
use crate::cluster::model::docker::{Attachment, Container, Engine, Maker, Mode};
use crate::cluster::model::{
    ContainerId, DockerHost, DockerId, Node, NodeId, NodeRole, Pod, Segment, SegmentId, Service,
};
use crate::cluster::options::Options;
use crate::diagnostic::codes;
use crate::manifest::objects::{Document, KindCluster, Object};
use crate::origin::{ObjectRef, Origin, Span, Spanned};
use ipnet::{IpNet, Ipv4Net};
use kernel::packet::{Mac, Port, Protocol};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// The API server's port in a node's container (`common.APIServerInternalPort`).
const API_SERVER: u16 = 6443;
/// kubelet's.
const KUBELET: u16 = 10250;
/// Network of private addresses that Docker's own pools begin with.
const POOLS: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(172, 16, 0, 0), 12);
/// Third octets of the networks that minikube tries for its driver `docker`.
const MINIKUBE: [u8; 5] = [49, 58, 67, 76, 85];

/// The Docker host that nodes are containers of, before there are nodes.
pub(in crate::cluster) struct Inside {
    /// All hosts; it is the first.
    pub(super) hosts: Vec<(DockerHost, Told)>,
    /// Its networks.
    pub(super) networks: Networks,
    /// Who makes the nodes.
    pub(super) made: Made,
    /// The segments between the machines.
    pub(in crate::cluster) segments: Vec<Segment>,
    /// That of the host.
    pub(in crate::cluster) segment: SegmentId,
    /// The subnet of the nodes' network, and its gateway.
    pub(in crate::cluster) subnet: (Ipv4Net, Ipv4Addr),
}

/// Who makes nodes, and how.
pub(super) struct Made {
    maker: Maker,
    /// Index of the network they are on.
    network: u32,
    /// Image of each node, where it is said.
    images: Vec<Option<Arc<str>>>,
    /// Ports of the host that lead to each node.
    ports: Vec<Vec<Wanted>>,
    /// Of kind's API server: where it is published.
    api: Option<Wanted>,
    object: ObjectRef,
}

impl Inside {
    /// `None` where nothing shows that nodes are containers.
    pub(in crate::cluster) fn of(
        context: &mut Context<'_>,
        evidence: &Evidence,
        options: &Options,
        lan: &Lan<'_>,
    ) -> Option<Self> {
        let maker = maker(context, evidence)?;
        let document = context.parsed.objects.iter().find_map(|object| match object {
            Object::KindCluster(document) => Some(document),
            _ => None,
        });
        let mut segments = lan.alone();
        let taken = lan.addresses().collect();
        let hosts = host::all(context, options, lan, (&mut segments, &taken));
        let (first, told) = hosts.first()?;
        let segment = first.segment;
        let net = segments.get(segment.0 as usize).and_then(|segment| match segment.cidr {
            IpNet::V4(net) => Some(net),
            IpNet::V6(_) => None,
        });
        let mut networks = Networks::new(context, first, told, net);
        let origin = match (document, &evidence.distribution) {
            (Some(document), _) => context.origin(document),
            (None, Some(shown)) => Origin {
                object: shown.because.object.clone().unwrap_or_else(|| first.origin.object.clone()),
                location: shown.because.location.clone(),
                assumed: true,
            },
            (None, None) => return None,
        };
        let object = origin.object.clone();
        let network = networks.of_nodes(&network_name(context, maker), &given(evidence), origin)?;
        let of = networks.all.get(network as usize)?;
        let subnet = (of.subnet, of.gateway);
        let (ports, api) = match document {
            Some(document) => (ports(context, document), Some(api(context, document))),
            None => (Vec::new(), None),
        };
        if document.is_none() {
            let made = assumed::NODE_CONTAINERS.made().arg("maker", maker.name()).arg("host", &*first.name);
            context.assume(made);
        }
        let nodes = document.iter().flat_map(|document| &document.value.nodes);
        let images = nodes.map(|node| node.value.image.as_ref().map(|image| image.value.clone())).collect();
        let made = Made { maker, network, images, ports, api, object };
        Some(Self { hosts, networks, made, segments, segment, subnet })
    }
}

/// Addresses of nodes that the input gives.
fn given(evidence: &Evidence) -> Vec<Ipv4Addr> {
    let all: BTreeSet<Ipv4Addr> = evidence.nodes.iter().copied().collect();
    all.into_iter().collect()
}

/// Who made the nodes, where they are containers.
fn maker(context: &Context<'_>, evidence: &Evidence) -> Option<Maker> {
    let shown = evidence.distribution.as_ref()?;
    let nodes = given(evidence);
    match shown.is {
        Distribution::Kind => {
            // An image alone may run on any machines.
            let weak = shown.because.field.as_deref() == Some("spec.containers.image");
            let pooled = !nodes.is_empty() && nodes.iter().all(|ip| POOLS.contains(ip));
            (!weak || pooled).then_some(Maker::Kind)
        }
        Distribution::Minikube => {
            let docker = |ip: &Ipv4Addr| matches!(ip.octets(), [192, 168, third, _] if MINIKUBE.contains(&third));
            (!nodes.is_empty() && nodes.iter().all(docker)).then_some(Maker::Minikube)
        }
        Distribution::K3s => names(context).next().is_some_and(|name| name.starts_with("k3d-")).then_some(Maker::K3d),
        _ => None,
    }
}

/// Names of nodes that the input has.
fn names<'p>(context: &Context<'p>) -> impl Iterator<Item = &'p str> {
    context.parsed.objects.iter().filter_map(|object| match object {
        Object::Node(document) => Some(&*document.object.name),
        Object::Pod(document) => document.value.spec.node_name.as_ref().map(|name| &*name.value),
        _ => None,
    })
}

/// The network that nodes are on: kind has one for all clusters, the others one for each.
fn network_name(context: &Context<'_>, maker: Maker) -> String {
    let first = names(context).next().unwrap_or_default();
    match maker {
        Maker::Kind => "kind".to_owned(),
        // A profile's further nodes are called PROFILE-m02 onward.
        Maker::Minikube => match first.rsplit_once("-m") {
            Some((profile, number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => profile.to_owned(),
            _ => first.to_owned(),
        },
        Maker::K3d => {
            let cut = ["-server-", "-agent-"].iter().find_map(|word| first.rfind(word));
            first.get(..cut.unwrap_or(first.len())).unwrap_or(first).to_owned()
        }
    }
}

/// `extraPortMappings` of each of the nodes; what is wrong with them is reported.
fn ports(context: &mut Context<'_>, document: &Document<KindCluster>) -> Vec<Vec<Wanted>> {
    let object = &document.object;
    let mut all = Vec::new();
    for (at, node) in document.value.nodes.iter().enumerate() {
        let mut own = Vec::new();
        for (nth, mapping) in node.value.extra_port_mappings.iter().enumerate() {
            let path = format!("nodes[{at}].extraPortMappings[{nth}]");
            let of = &mapping.value;
            let field = |name: &str| format!("{path}.{name}");
            let Some(inner) = &of.container_port else {
                let found = context.finding(codes::MISSING_FIELD, context.first_line(mapping.span), object);
                context.report(found.arg("path", field("containerPort")));
                continue;
            };
            let inner = context.port(inner, &field("containerPort"), object);
            let outer = match of.host_port.as_ref().filter(|port| !matches!(port.value, 0 | -1)) {
                Some(port) => context.port(port, &field("hostPort"), object).map(Some),
                None => Some(None),
            };
            let protocol = context.protocol(of.protocol.as_ref(), &field("protocol"), object);
            let listen = address(context, of.listen_address.as_ref(), &field("listenAddress"), object);
            let (Some(inner), Some(outer), Some(protocol), Some(listen)) = (inner, outer, protocol, listen) else {
                continue;
            };
            let span = of.host_port.as_ref().map_or(context.first_line(mapping.span), |port| port.span);
            own.push(Wanted {
                ip: Some(listen.unwrap_or(Ipv4Addr::UNSPECIFIED)),
                host: outer.map(|port| (port.0, port.0)),
                target: (inner.0, inner.0),
                protocol,
                field: Arc::from(path),
                location: context.at(mapping.span),
                span,
            });
        }
        all.push(own);
    }
    all
}

/// An address that is listened on: `Some(None)` where none is said, `None` where it is none that ports of IPv4 are on.
fn address(
    context: &mut Context<'_>,
    text: Option<&Spanned<Arc<str>>>,
    path: &str,
    object: &ObjectRef,
) -> Option<Option<Ipv4Addr>> {
    let Some(text) = text.filter(|text| !text.value.is_empty()) else { return Some(None) };
    match context.ip(text, path, object)? {
        IpAddr::V4(ip) => Some(Some(ip)),
        // What is said of all addresses is meant for those of IPv4, too.
        IpAddr::V6(ip) if ip.is_unspecified() => Some(None),
        IpAddr::V6(_) => {
            super::network::six(context, Some(text), path, object);
            None
        }
    }
}

/// Where kind publishes the API server.
fn api(context: &mut Context<'_>, document: &Document<KindCluster>) -> Wanted {
    let (networking, object) = (&document.value.networking, &document.object);
    let said = networking.api_server_port.as_ref().filter(|port| !matches!(port.value, 0 | -1));
    let port = said.and_then(|port| context.port(port, "networking.apiServerPort", object));
    let ip = address(context, networking.api_server_address.as_ref(), "networking.apiServerAddress", object).flatten();
    Wanted {
        ip: Some(ip.unwrap_or(Ipv4Addr::LOCALHOST)),
        host: port.map(|port| (port.0, port.0)),
        target: (API_SERVER, API_SERVER),
        protocol: Protocol::Tcp,
        field: Arc::from("networking.apiServerPort"),
        location: said.and_then(|port| context.at(port.span)).or_else(|| context.at(document.span)),
        span: said.map_or(context.first_line(document.span), |port| port.span),
    }
}

impl Making<'_> {
    /// Starts the containers that nodes are, in their order. kind starts all at once: who gets which address is not decided there.
    pub(super) fn nodes(&mut self, context: &mut Context<'_>, host: DockerId, made: &Made, nodes: &mut [Node]) {
        for node in nodes.iter() {
            if let (IpAddr::V4(ip), Some(addresses)) = (node.ip, self.networks.addresses.get_mut(made.network as usize))
            {
                addresses.take(ip);
            }
        }
        let controls = nodes.iter().filter(|node| node.role == NodeRole::ControlPlane).count();
        for (at, node) in (0u32..).zip(nodes.iter_mut()) {
            let IpAddr::V4(ip) = node.ip else { continue };
            let mut wanted = made.ports.get(at as usize).cloned().unwrap_or_default();
            if let Some(api) = made.api.as_ref().filter(|_| node.role == NodeRole::ControlPlane) {
                // Behind a balancer of its own only that has the port that is said.
                let alone = Wanted { ip: Some(Ipv4Addr::LOCALHOST), host: None, ..api.clone() };
                wanted.push(if controls > 1 { alone } else { api.clone() });
            }
            let said = made.images.get(at as usize).cloned().flatten();
            let image = said.unwrap_or_else(|| Arc::from(made.maker.image()));
            let mut container = self.blank(made, (&node.name, &image), ip, node.origin.clone());
            container.node = Some((NodeId(at), made.maker));
            let id = ContainerId { host, at: self.host.containers.len() as u32 };
            node.container = Some(id);
            self.publish_each(context, &mut container, &wanted, &made.object);
            self.add(container, made.network);
        }
        let Some(api) = made.api.as_ref().filter(|_| controls > 1) else { return };
        let cluster = nodes.first().map_or("kind", |node| node.name.trim_end_matches("-control-plane"));
        let name: Arc<str> = Arc::from(format!("{cluster}-external-load-balancer"));
        let ip = self.networks.addresses.get_mut(made.network as usize).and_then(|all| all.hand_out());
        let Some(ip) = ip else { return };
        let origin = Origin { object: made.object.clone(), location: api.location.clone(), assumed: true };
        let mut container = self.blank(made, (&name, "kindest/haproxy"), ip, origin);
        let because = Heard {
            kind: EvidenceKind::System,
            text: API_SERVER.to_string().into(),
            field: Arc::from("nodes"),
            object: Some(made.object.clone()),
            location: api.location.clone(),
            span: Default::default(),
        };
        container.listening.add(&name, Protocol::Tcp, Port(API_SERVER), Bind::Any, because);
        self.publish_each(context, &mut container, std::slice::from_ref(api), &made.object);
        self.add(container, made.network);
    }

    fn blank(&self, made: &Made, (name, image): (&Arc<str>, &str), ip: Ipv4Addr, origin: Origin) -> Container {
        let mac = (self.host.engine == Engine::V20).then(|| {
            let [a, b, c, d] = ip.octets();
            Mac([0x02, 0x42, a, b, c, d])
        });
        let aliases = vec![name.clone()];
        let attachment = Attachment { network: made.network, ip, mac, aliases, default_route: true };
        Container {
            service: name.clone(),
            number: 1,
            name: name.clone(),
            image: Arc::from(image),
            hostname: name.clone(),
            mode: Mode::Networks(vec![attachment]),
            ports: Vec::new(),
            exposed: Vec::new(),
            links: Vec::new(),
            dns: self.host.daemon.dns.clone(),
            search: Vec::new(),
            extra_hosts: Vec::new(),
            link_names: Vec::new(),
            listening: Listening::default(),
            node: None,
            origin,
        }
    }

    fn add(&mut self, container: Container, network: u32) {
        let at = self.host.containers.len() as u32;
        if let Some(on) = container.attachments().first() {
            self.owners.insert((network, on.ip), container.name.clone());
        }
        self.names.insert(container.name.clone(), at);
        self.host.containers.push(container);
    }

    /// Publishes ports one by one: with one that is taken kind makes no cluster; here the others are there.
    fn publish_each(
        &mut self,
        context: &mut Context<'_>,
        container: &mut Container,
        wanted: &[Wanted],
        object: &ObjectRef,
    ) {
        for one in wanted {
            match self.taken.publish(std::slice::from_ref(one), Ipv4Addr::UNSPECIFIED, &container.name) {
                Ok((all, picked)) => {
                    if let Some(one) = picked.first() {
                        self.picked(context, container, one);
                    }
                    container.ports.extend(all);
                }
                Err(clash) => {
                    let found = context.finding(codes::KIND_PORT_TAKEN, clash.at, object).arg("path", &*clash.field);
                    let found = found.arg("port", clash.port.to_string()).arg("node", &*container.name);
                    context.note(found.arg("other", &*clash.owner));
                }
            }
        }
    }
}

/// Tells of mapped ports that lead to a port of a node on which nothing is: `containerPort` has to be a node port, or a port that a Pod has of its
/// node.
pub(in crate::cluster) fn check(context: &mut Context<'_>, docker: &[DockerHost], services: &[Service], pods: &[Pod]) {
    // Where there is nothing yet that could be reached, nothing is missing.
    if !services.iter().any(|service| !service.origin.assumed) {
        return;
    }
    let document = context.parsed.objects.iter().find_map(|object| match object {
        Object::KindCluster(document) => Some(document),
        _ => None,
    });
    let Some(document) = document else { return };
    let heard: BTreeSet<(Port, Protocol)> = services
        .iter()
        .flat_map(|service| &service.ports)
        .filter_map(|port| Some((port.node_port?, port.protocol)))
        .collect();
    let on_node = |node: NodeId, port: Port, protocol: Protocol| {
        pods.iter().filter(|pod| pod.node == node).any(|pod| {
            let own = || pod.containers.iter().flat_map(|container| &container.ports);
            let hosted = own().any(|own| own.host_port == Some(port) && own.protocol == protocol);
            hosted || (pod.host_network && pod.listening.socket(protocol, port).is_some())
        })
    };
    for container in docker.iter().flat_map(|host| &host.containers) {
        let Some((node, _)) = container.node else { continue };
        for published in container.ports.iter().filter(|port| port.field.starts_with("nodes[")) {
            let (port, protocol) = (published.container_port, published.protocol);
            let own = [API_SERVER, KUBELET].contains(&port.0);
            if own || heard.contains(&(port, protocol)) || on_node(node, port, protocol) {
                continue;
            }
            let span = mapping_span(document, &published.field).unwrap_or(document.span);
            let found = context.finding(codes::KIND_PORT_NOWHERE, span, &document.object);
            let found = found.arg("path", format!("{}.containerPort", published.field)).arg("port", port.to_string());
            context.note(found.arg("host_port", published.host_port.to_string()).arg("node", &*container.name));
        }
    }
}

/// Where `containerPort` of a mapping stands.
fn mapping_span(document: &Document<KindCluster>, field: &str) -> Option<Span> {
    let nodes = document.value.nodes.iter().enumerate();
    let mut all = nodes.flat_map(|(at, node)| {
        let mappings = node.value.extra_port_mappings.iter().enumerate();
        mappings.map(move |(nth, mapping)| (format!("nodes[{at}].extraPortMappings[{nth}]"), mapping))
    });
    let (_, mapping) = all.find(|(path, _)| path == field)?;
    Some(mapping.value.container_port.as_ref()?.span)
}
