//! Machines that are no nodes: addresses that slices and Endpoints objects of the input name and nobody in it has.
//!
//! One that belongs to a segment of the nodes is taken to be a machine there, which listens on the ports named with it. Others lie beyond
//! the gateway. An address of the Pod network, or named for a Pod, is that of a Pod that is not there, and nobody's.

use super::cidr::Nets;
use super::context::Context;
use super::model::{Host, HostSocket, Node, NodeSaid, Pod, PortEndpoints, Segment, SegmentId, Service, Settings};
use crate::assumption::{About, Because, codes};
use crate::manifest::objects::{EndpointPort, List, Object, ObjectReference};
use crate::origin::{ObjectRef, Span};
use ipnet::IpNet;
use kernel::packet::{Port, Protocol};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

/// Machines that are made at most.
const MOST: usize = 256;

/// Objects that are named at most, for one machine.
const NAMED: usize = 3;

/// Decides them, by address.
pub(super) fn decide(
    context: &mut Context<'_>,
    settings: &Settings,
    said: Vec<Host>,
    (nodes, segments): (&[Node], &[Segment]),
    pods: &[Pod],
    (services, endpoints): (&[Service], &[Vec<PortEndpoints>]),
) -> Vec<Host> {
    let mut given = endpoints.iter().flatten().flat_map(|list| &list.endpoints);
    if !given.any(|endpoint| endpoint.pod.is_none() && !endpoint.origin.assumed) {
        return said;
    }
    let known = Known::of(settings, nodes, pods, services);
    let mut used: BTreeSet<(&ObjectRef, IpAddr)> = BTreeSet::new();
    let mut six: BTreeMap<(&ObjectRef, usize), BTreeSet<IpAddr>> = BTreeMap::new();
    for (index, lists) in endpoints.iter().enumerate() {
        let given = lists.iter().flat_map(|list| &list.endpoints);
        for endpoint in given.filter(|one| one.pod.is_none() && !one.origin.assumed && !known.has(one.ip)) {
            if endpoint.ip.is_ipv6() {
                six.entry((&endpoint.origin.object, index)).or_default().insert(endpoint.ip);
            } else if endpoint.ready || endpoint.serving {
                used.insert((&endpoint.origin.object, endpoint.ip));
            }
        }
    }
    for ((object, index), ips) in six {
        let Some((service, first)) = services.get(index).zip(ips.first()) else { continue };
        let made = codes::ENDPOINT_IPV6.made().arg("count", ips.len().to_string()).arg("ip", first.to_string());
        let made = made.arg("object", object.to_string()).about(About::Service(service.name.clone()));
        let because = Because { object: Some(object.clone()), ..Because::default() };
        context.assume(crate::assumption::Assumption { because: Some(because), ..made });
    }
    let order: BTreeMap<IpAddr, usize> = said.iter().enumerate().map(|(at, host)| (host.ip, at)).collect();
    let made = said.into_iter().map(|host| (host.ip, host)).collect();
    let mut all = Hosts { segments, made, told: BTreeSet::new(), cut: BTreeSet::new() };
    if !used.is_empty() {
        all.read(context, &used);
    }
    let Hosts { made, cut, told, .. } = all;
    for host in made.values().filter(|host| told.contains(&host.ip)) {
        let said = codes::ENDPOINT_HOST.made().arg("ip", host.ip.to_string()).arg("ports", host.ports());
        let mut objects: Vec<String> = host.named_by.iter().take(NAMED).map(ToString::to_string).collect();
        if host.named_by.len() > NAMED {
            objects.push(format!("… ({})", host.named_by.len()));
        }
        let mut said = said.arg("object", objects.join(", ")).about(About::Address(host.ip));
        said.because = Some(host.because.clone());
        context.assume(said);
    }
    if !cut.is_empty() {
        let said = codes::ENDPOINT_HOSTS_CUT.made().arg("made", MOST.to_string());
        context.assume(said.arg("count", (told.len() + cut.len()).to_string()).about(About::Addresses(cut)));
    }
    let mut made: Vec<Host> = made.into_values().collect();
    // Those of a Scenario in its order, before those that only endpoints name.
    made.sort_by_key(|host| (order.get(&host.ip).copied().unwrap_or(usize::MAX), host.ip));
    made
}

/// Addresses that somebody has, and networks of Pods.
struct Known {
    addresses: BTreeSet<IpAddr>,
    networks: Nets,
}

impl Known {
    fn of(settings: &Settings, nodes: &[Node], pods: &[Pod], services: &[Service]) -> Self {
        let machines = nodes.iter().flat_map(|node| std::iter::once(node.ip).chain(node.ip6));
        let pods = pods.iter().map(|pod| pod.ip);
        let services = services.iter().flat_map(|service| {
            let balanced = service.load_balancer.iter().map(|ingress| ingress.ip);
            service.cluster_ips.iter().chain(&service.external_ips).copied().chain(balanced)
        });
        let networks = nodes.iter().flat_map(|node| node.pod_cidrs.iter().copied().chain([node.pod_cidr]));
        let networks: BTreeSet<IpNet> = networks.chain([settings.pod_cidr]).collect();
        Self {
            addresses: machines.chain(pods).chain(services).collect(),
            networks: Nets::of(networks.into_iter().filter(|net| net.prefix_len() > 0)),
        }
    }

    fn has(&self, ip: IpAddr) -> bool {
        self.addresses.contains(&ip) || self.networks.first(ip).is_some()
    }
}

/// Machines being made.
struct Hosts<'a> {
    segments: &'a [Segment],
    made: BTreeMap<IpAddr, Host>,
    /// Those whose ports are known from endpoints alone.
    told: BTreeSet<IpAddr>,
    cut: BTreeSet<IpAddr>,
}

impl Hosts<'_> {
    /// Looks at the objects themselves: they say what an address is named for, and where.
    fn read(&mut self, context: &mut Context<'_>, used: &BTreeSet<(&ObjectRef, IpAddr)>) {
        let parsed = context.parsed;
        for object in &parsed.objects {
            match object {
                Object::EndpointSlice(document) => {
                    let ports = Ports::of(context, &document.value.ports, "ports", &document.object);
                    for (at, endpoint) in document.value.endpoints.iter().enumerate() {
                        if of_pod(endpoint.value.target_ref.as_deref()) {
                            continue;
                        }
                        for (number, address) in endpoint.value.addresses.iter().enumerate() {
                            let field = format!("endpoints[{at}].addresses[{number}]");
                            let place = Place { object: &document.object, field, span: address.span };
                            self.add(context, used, &address.value, place, &ports);
                        }
                    }
                }
                Object::Endpoints(document) => {
                    for (at, subset) in document.value.subsets.iter().enumerate() {
                        let path = format!("subsets[{at}].ports");
                        let ports = Ports::of(context, &subset.value.ports, &path, &document.object);
                        for (number, address) in subset.value.addresses.iter().enumerate() {
                            if of_pod(address.value.target_ref.as_deref()) {
                                continue;
                            }
                            let field = format!("subsets[{at}].addresses[{number}].ip");
                            let place = Place { object: &document.object, field, span: address.value.ip.span };
                            self.add(context, used, &address.value.ip.value, place, &ports);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn add(
        &mut self,
        context: &Context<'_>,
        used: &BTreeSet<(&ObjectRef, IpAddr)>,
        text: &str,
        place: Place<'_>,
        ports: &Ports,
    ) {
        let Some(ip) = text.parse().ok().filter(|ip| used.contains(&(place.object, *ip))) else { return };
        let Some(segment) = self.segments.iter().position(|segment| may_be_on(segment, ip)) else { return };
        if self.told.len() >= MOST && !self.made.contains_key(&ip) {
            self.cut.insert(ip);
            return;
        }
        let because = || Because {
            object: Some(place.object.clone()),
            field: Some(Arc::from(&*place.field)),
            location: context.at(place.span),
        };
        let host = self.made.entry(ip).or_insert_with(|| Host {
            name: None,
            ip,
            segment: SegmentId(segment as u32),
            routes: Vec::new(),
            resolv: Vec::new(),
            sockets: Vec::new(),
            said: NodeSaid::default(),
            because: because(),
            named_by: Vec::new(),
        });
        if !host.named_by.contains(place.object) {
            host.named_by.push(place.object.clone());
        }
        // What listens on a machine of a Scenario, that says.
        if host.name.is_some() && !host.sockets.is_empty() && !self.told.contains(&ip) {
            return;
        }
        self.told.insert(ip);
        for socket in &ports.0 {
            let same = |other: &HostSocket| (other.protocol, other.port) == (socket.protocol, socket.port);
            if !host.sockets.iter().any(same) {
                host.sockets.push(socket.clone());
            }
        }
    }
}

/// A place of the input that names an address.
struct Place<'p> {
    object: &'p ObjectRef,
    field: String,
    span: Span,
}

/// The ports that stand with addresses.
struct Ports(Vec<HostSocket>);

impl Ports {
    /// What is wrong with them was told where the endpoints were read.
    fn of(context: &Context<'_>, ports: &List<EndpointPort>, path: &str, object: &ObjectRef) -> Self {
        let read = |(at, port): (usize, &crate::origin::Spanned<EndpointPort>)| {
            let number = port.value.port.as_ref()?;
            let protocol = match port.value.protocol.as_ref().map(|text| &*text.value) {
                None | Some("TCP") => Protocol::Tcp,
                Some("UDP") => Protocol::Udp,
                Some("SCTP") => Protocol::Sctp,
                Some(_) => return None,
            };
            let because = Because {
                object: Some(object.clone()),
                field: Some(Arc::from(format!("{path}[{at}].port"))),
                location: context.at(number.span),
            };
            let port = u16::try_from(number.value).ok().filter(|port| *port > 0).map(Port)?;
            Some(HostSocket { protocol, port, address: None, onward: None, because })
        };
        Self(ports.iter().enumerate().filter_map(read).collect())
    }
}

/// True for an address that is named as that of a Pod.
fn of_pod(target: Option<&ObjectReference>) -> bool {
    target.is_some_and(|target| target.kind.as_deref().is_none_or(|kind| kind == "Pod") && target.name.is_some())
}

/// True for an address of a segment that a machine may have.
fn may_be_on(segment: &Segment, ip: IpAddr) -> bool {
    let IpNet::V4(net) = segment.cidr else { return false };
    let edge = net.prefix_len() < 31 && (ip == IpAddr::V4(net.network()) || ip == IpAddr::V4(net.broadcast()));
    segment.cidr.contains(&ip) && !edge
}
