//! MetalLB's pools and how it tells the network of their addresses (its API reference; the ConfigMap is that of releases before 0.13).

use crate::assumption::{About, codes as assumed};
use crate::cluster::context::Context;
use crate::cluster::lan::Lan;
use crate::cluster::model::{BgpSession, LbWay, Service, TrafficPolicy};
use crate::cluster::names::few;
use crate::cluster::nodes::Candidate;
use crate::cluster::workloads::selects;
use crate::diagnostic::codes;
use crate::manifest::objects::{
    Advertisement, Document, LabelSelector, List, Map, Namespace, Object, ServiceAllocation, Text,
};
use crate::manifest::scalars;
use crate::origin::Location;
use kernel::packet::{Port, Protocol};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Addresses of one pool that are looked at.
const MOST: u32 = 65_536;
/// Annotations by which a Service asks MetalLB for an address, for a pool, and names those that it shares addresses with.
const WANTED: [&str; 2] = ["metallb.io/loadBalancerIPs", "metallb.universe.tf/loadBalancerIPs"];
const POOL: [&str; 2] = ["metallb.io/address-pool", "metallb.universe.tf/address-pool"];
const SHARED: [&str; 2] = ["metallb.io/allow-shared-ip", "metallb.universe.tf/allow-shared-ip"];

/// The nodes' device on their segment.
const UPLINK: &str = "eth0";

/// Addresses from the first to the last, of a pool of that name.
pub(super) struct Pool {
    name: Text,
    first: u32,
    last: u32,
    /// Given to Services that do not ask for it, too.
    automatic: bool,
    /// Whom it is for; `None` for everybody.
    allocation: Option<Arc<Allocation>>,
    pub(super) way: LbWay,
    pub(super) at: Option<Location>,
}

/// `serviceAllocation` of a pool.
struct Allocation {
    /// The lower, the sooner.
    priority: i64,
    /// Namespaces that it is for; `None` for all.
    namespaces: Option<BTreeSet<Text>>,
    /// Selectors of Services, one of which has to fit; none fits all.
    services: Vec<LabelSelector>,
}

impl Allocation {
    fn of(context: &Context<'_>, said: &ServiceAllocation) -> Self {
        let declared = context.parsed.objects.iter().filter_map(|object| match object {
            Object::Namespace(document) => Some(document),
            _ => None,
        });
        let labels = |document: &Document<Namespace>| {
            let mut labels: Map = (*document.value.metadata.labels).clone();
            labels.entry(Arc::from("kubernetes.io/metadata.name")).or_insert_with(|| document.object.name.clone());
            labels
        };
        let selected = declared.filter(|document| {
            let labels = labels(document);
            said.namespace_selectors.iter().any(|selector| selects(&selector.value, &labels))
        });
        let named = said.namespaces.iter().map(|name| name.value.clone());
        let namespaces: BTreeSet<Text> = named.chain(selected.map(|document| document.object.name.clone())).collect();
        let any = said.namespaces.is_empty() && said.namespace_selectors.is_empty();
        Self {
            priority: if said.priority == 0 { i64::MAX } else { said.priority },
            namespaces: (!any).then_some(namespaces),
            services: said.service_selectors.iter().map(|selector| selector.value.clone()).collect(),
        }
    }

    fn is_for(&self, service: &Service) -> bool {
        let labels: Map = service.labels.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        self.namespaces.as_ref().is_none_or(|names| names.contains(&service.name.namespace))
            && (self.services.is_empty() || self.services.iter().any(|selector| selects(selector, &labels)))
    }
}

/// Who has an address already.
#[derive(Default)]
pub(super) struct Taken(BTreeMap<IpAddr, Vec<Holder>>);

struct Holder {
    /// Its sharing key; empty for one that shares with nobody.
    key: Text,
    local: bool,
    selector: BTreeMap<Text, Text>,
    ports: BTreeSet<(Protocol, Port)>,
}

impl Holder {
    fn of(service: &Service) -> Self {
        Self {
            key: annotation(service, &SHARED).unwrap_or_default(),
            local: service.external_traffic_policy == TrafficPolicy::Local,
            selector: service.selector.iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
            ports: service.ports.iter().map(|port| (port.protocol, port.port)).collect(),
        }
    }

    /// Services share an address with one key, different ports, and the policy Cluster or the same Pods.
    fn goes_with(&self, other: &Self) -> bool {
        !self.key.is_empty()
            && self.key == other.key
            && self.ports.is_disjoint(&other.ports)
            && (!self.local && !other.local || self.selector == other.selector)
    }
}

impl Taken {
    /// With those that have addresses by now.
    pub(super) fn of(services: &[Service]) -> Self {
        let mut all = Self::default();
        for service in services {
            for ingress in &service.load_balancer {
                all.add(ingress.ip, service);
            }
        }
        all
    }

    pub(super) fn add(&mut self, ip: IpAddr, service: &Service) {
        self.0.entry(ip).or_default().push(Holder::of(service));
    }

    pub(super) fn has(&self, ip: IpAddr) -> bool {
        self.0.contains_key(&ip)
    }

    fn is_free(&self, ip: Ipv4Addr, for_one: &Holder) -> bool {
        self.0.get(&IpAddr::V4(ip)).is_none_or(|holders| holders.iter().all(|holder| holder.goes_with(for_one)))
    }
}

impl Pool {
    /// One that nobody wrote.
    pub(super) fn assumed(first: u32, last: u32) -> Self {
        let way = LbWay::Layer2 { nodes: None };
        Self { name: Text::default(), first, last, automatic: true, allocation: None, way, at: None }
    }

    /// Whether the Service may have an address of it.
    fn is_for(&self, service: &Service) -> bool {
        self.allocation.as_ref().is_none_or(|allocation| allocation.is_for(service))
    }

    pub(super) fn has(&self, ip: Ipv4Addr) -> bool {
        (self.first..=self.last).contains(&u32::from(ip))
    }
}

fn annotation(service: &Service, keys: &[&str]) -> Option<Text> {
    keys.iter().find_map(|key| service.annotations.get(*key)).cloned()
}

/// The address that a Service asks for, if it does.
pub(super) fn wish(service: &Service, field: Option<&Text>) -> Option<Ipv4Addr> {
    let text = field.cloned().or_else(|| annotation(service, &WANTED))?;
    text.split(',').find_map(|part| part.trim().parse().ok())
}

/// The address that MetalLB gives a Service: the one that it asks for, else the first that is free of the pool that it asks for, else of any
/// that gives on its own; those that are for some Services come first, by their priority, and are for no others. One is free for whoever may
/// share it, too.
pub(super) fn give<'p>(
    pools: &'p [Pool],
    taken: &Taken,
    service: &Service,
    wish: Option<Ipv4Addr>,
) -> Option<(Ipv4Addr, &'p Pool)> {
    let own = Holder::of(service);
    if let Some(ip) = wish {
        return pools
            .iter()
            .find(|pool| pool.has(ip) && pool.is_for(service) && taken.is_free(ip, &own))
            .map(|pool| (ip, pool));
    }
    let asked = annotation(service, &POOL);
    let may = pools.iter().filter(|pool| asked.as_ref().map_or(pool.automatic, |name| pool.name == *name));
    let mut may: Vec<&Pool> = may.filter(|pool| pool.is_for(service)).collect();
    may.sort_by_key(|pool| pool.allocation.as_ref().map_or((true, 0), |allocation| (false, allocation.priority)));
    may.into_iter().find_map(|pool| {
        let mut all = (pool.first..=pool.last).take(MOST as usize).map(Ipv4Addr::from);
        all.find(|ip| taken.is_free(*ip, &own)).map(|ip| (ip, pool))
    })
}

/// Pools of MetalLB: its objects, and the ConfigMap it had before.
pub(super) fn pools(context: &mut Context<'_>, nodes: &[Candidate], lan: &Lan) -> Vec<Pool> {
    let parsed = context.parsed;
    let (mut layer2, mut bgp): (Vec<&Advertisement>, Vec<&Advertisement>) = (Vec::new(), Vec::new());
    for object in &parsed.objects {
        match object {
            Object::L2Advertisement(document) => {
                // Whatever the nodes' devices are called, the simulated uplink is taken for one of them.
                let named = &document.value.spec.interfaces;
                if let Some(first) = named.first().filter(|_| named.iter().all(|one| &*one.value != UPLINK)) {
                    let made = assumed::L2_INTERFACES.made();
                    let made = made.arg("interfaces", few(named.iter().map(|one| one.value.to_string())));
                    let made = made.because_at(document.object.clone(), "spec.interfaces", context.at(first.span));
                    context.assume(made.about(About::Everything));
                }
                layer2.push(&document.value);
            }
            Object::BgpAdvertisement(document) => bgp.push(&document.value),
            _ => {}
        }
    }
    let peers = peers(context, nodes, lan, !bgp.is_empty());
    let mut all = Vec::new();
    for object in &parsed.objects {
        match object {
            Object::AddressPool(document) => {
                let labels = &document.value.metadata.labels;
                let of = |list: &[&Advertisement]| {
                    let here = list.iter().filter(|one| is_for(one, &document.object.name, labels));
                    here.map(|one| told_by(one, nodes)).reduce(|one, other| {
                        one.zip(other).map(|(mut one, other)| {
                            one.extend(other);
                            one
                        })
                    })
                };
                // Without any advertisement nobody tells the network; of an input that is not the whole cluster that is not known.
                let left_out = layer2.is_empty() && bgp.is_empty() && !context.whole;
                let way = match (of(&layer2), of(&bgp)) {
                    (None, None) if left_out => LbWay::Layer2 { nodes: None },
                    (Some(nodes), _) => LbWay::Layer2 { nodes: nodes.map(|names| names.into_iter().collect()) },
                    (None, Some(_)) => {
                        let here = bgp.iter().filter(|one| is_for(one, &document.object.name, labels));
                        told_to(here.copied(), nodes, &peers)
                    }
                    (None, None) => LbWay::Nobody,
                };
                let spec = &document.value.spec;
                let allocation = spec.service_allocation.as_ref().map(|said| Arc::new(Allocation::of(context, said)));
                let automatic = spec.auto_assign.as_ref().is_none_or(|given| given.value);
                for text in &spec.addresses {
                    match range(&text.value) {
                        Some((first, last)) => {
                            let (name, way, at) = (document.object.name.clone(), way.clone(), context.at(text.span));
                            let allocation = allocation.clone();
                            all.push(Pool { name, first, last, automatic, allocation, way, at });
                        }
                        None if text.value.contains(':') => {}
                        None => {
                            let found = context.finding(codes::INVALID_CIDR, text.span, &document.object);
                            context.report(found.arg("path", "spec.addresses").arg("value", &*text.value));
                        }
                    }
                }
                if way == LbWay::Nobody {
                    let span = context.name_span(document.span, &document.value.metadata);
                    let found = context.finding(codes::POOL_NOT_ADVERTISED, span, &document.object);
                    context.report(found.arg("pool", &*document.object.name));
                }
            }
            Object::ConfigMap(document) if document.object.namespace.as_deref() == Some("metallb-system") => {
                let Some(text) = document.value.data.get("config") else { continue };
                let bgp = scalars(parsed, text)
                    .iter()
                    .any(|scalar| scalar.path.contains("protocol") && &*scalar.value == "bgp");
                let way = if bgp { LbWay::Bgp { nodes: None, sessions: None } } else { LbWay::Layer2 { nodes: None } };
                for scalar in scalars(parsed, text) {
                    if let (true, Some((first, last))) = (scalar.path.contains("addresses."), range(&scalar.value)) {
                        let (way, at) = (way.clone(), context.at(scalar.span));
                        all.push(Pool {
                            name: Text::default(),
                            first,
                            last,
                            automatic: true,
                            allocation: None,
                            way,
                            at,
                        });
                    }
                }
            }
            _ => {}
        }
    }
    all
}

/// A BGPPeer: its name, the router, and the nodes that speak to it.
struct Peer {
    name: Text,
    router: Option<IpAddr>,
    nodes: BTreeSet<Arc<str>>,
}

/// Peers of the speakers. One whose address no router of the input has is taken to be every router, which is said where anything is told them.
fn peers(context: &mut Context<'_>, nodes: &[Candidate], lan: &Lan, used: bool) -> Vec<Peer> {
    let mut all = Vec::new();
    for object in &context.parsed.objects {
        let Object::BgpPeer(document) = object else { continue };
        let spec = &document.value.spec;
        let said = spec.peer_address.as_ref();
        let ip = said.and_then(|text| text.value.trim().parse::<IpAddr>().ok());
        if let (Some(text), None) = (said, ip) {
            let found = context.finding(codes::INVALID_IP, text.span, &document.object);
            context.report(found.arg("path", "spec.peerAddress").arg("value", text.value.to_string()));
        }
        let router = ip.filter(|ip| lan.is_router(*ip));
        if let (Some(text), Some(ip), None, true) = (said, ip, router, used) {
            let made = assumed::BGP_PEER.made().arg("peer", &*document.object.name).arg("ip", ip.to_string());
            let made = made.because_at(document.object.clone(), "spec.peerAddress", context.at(text.span));
            context.assume(made.about(About::Crossing));
        }
        let speak = selected(&spec.node_selectors, nodes).unwrap_or_else(|| every(nodes));
        all.push(Peer { name: document.object.name.clone(), router, nodes: speak });
    }
    all
}

fn every(nodes: &[Candidate]) -> BTreeSet<Arc<str>> {
    nodes.iter().map(|candidate| candidate.node.name.clone()).collect()
}

/// How routers come to know a pool by BGP: each advertisement is told its peers by the nodes that it names and that speak to them. Without any
/// peer in the input all nodes are taken to speak to all routers.
fn told_to<'a>(here: impl Iterator<Item = &'a Advertisement>, nodes: &[Candidate], peers: &[Peer]) -> LbWay {
    let here: Vec<&Advertisement> = here.collect();
    let tell = |one: &Advertisement| told_by(one, nodes);
    if peers.is_empty() {
        let some = here.iter().map(|one| tell(one)).reduce(|one, other| {
            one.zip(other).map(|(one, other)| one.union(&other).cloned().collect::<BTreeSet<_>>())
        });
        let nodes = some.flatten().map(|names| names.into_iter().collect());
        return LbWay::Bgp { nodes, sessions: None };
    }
    let mut sessions = Vec::new();
    for one in here {
        let by = tell(one).unwrap_or_else(|| every(nodes));
        let named =
            |peer: &&Peer| one.spec.peers.is_empty() || one.spec.peers.iter().any(|name| name.value == peer.name);
        for peer in peers.iter().filter(named) {
            sessions.push(BgpSession { router: peer.router, nodes: by.intersection(&peer.nodes).cloned().collect() });
        }
    }
    let all: BTreeSet<Arc<str>> = sessions.iter().flat_map(|session| session.nodes.iter().cloned()).collect();
    LbWay::Bgp { nodes: Some(all.into_iter().collect()), sessions: Some(sessions.into()) }
}

/// Whether an advertisement is for a pool: without names and selectors for all.
fn is_for(one: &Advertisement, pool: &str, labels: &Map) -> bool {
    let spec = &one.spec;
    let named = spec.ip_address_pools.iter().any(|name| &*name.value == pool);
    let selected = spec.ip_address_pool_selectors.iter().any(|selector| selects(&selector.value, labels));
    named || selected || spec.ip_address_pools.is_empty() && spec.ip_address_pool_selectors.is_empty()
}

/// The nodes that tell the network; `None` for all.
fn told_by(one: &Advertisement, nodes: &[Candidate]) -> Option<BTreeSet<Arc<str>>> {
    selected(&one.spec.node_selectors, nodes)
}

/// The nodes that one of the selectors fits; `None` where there is none.
fn selected(selectors: &List<LabelSelector>, nodes: &[Candidate]) -> Option<BTreeSet<Arc<str>>> {
    if selectors.is_empty() {
        return None;
    }
    let its = nodes.iter().filter(|candidate| {
        let labels: Map = candidate.node.labels.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        selectors.iter().any(|selector| selects(&selector.value, &labels))
    });
    Some(its.map(|candidate| candidate.node.name.clone()).collect())
}

/// A CIDR, or first and last with a dash between.
fn range(text: &Arc<str>) -> Option<(u32, u32)> {
    if let Some((first, last)) = text.split_once('-') {
        let number = |text: &str| text.trim().parse::<Ipv4Addr>().ok().map(u32::from);
        return number(first).zip(number(last)).filter(|(first, last)| first <= last);
    }
    let net: ipnet::Ipv4Net = text.trim().parse().ok()?;
    Some((u32::from(net.network()), u32::from(net.broadcast())))
}
