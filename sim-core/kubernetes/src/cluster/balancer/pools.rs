//! MetalLB's pools and how it tells the network of their addresses (its API reference; the ConfigMap is that of releases before 0.13).

use crate::cluster::context::Context;
use crate::cluster::model::{LbWay, Service, TrafficPolicy};
use crate::cluster::nodes::Candidate;
use crate::cluster::workloads::selects;
use crate::diagnostic::codes;
use crate::manifest::objects::{Advertisement, Object, Text};
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

/// Addresses from the first to the last, of a pool of that name.
pub(super) struct Pool {
    name: Text,
    first: u32,
    last: u32,
    /// Given to Services that do not ask for it, too.
    automatic: bool,
    pub(super) way: LbWay,
    pub(super) at: Option<Location>,
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
        Self { name: Text::default(), first, last, automatic: true, way, at: None }
    }

    fn has(&self, ip: Ipv4Addr) -> bool {
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
/// that gives on its own. One is free for whoever may share it, too.
pub(super) fn give<'p>(
    pools: &'p [Pool],
    taken: &Taken,
    service: &Service,
    wish: Option<Ipv4Addr>,
) -> Option<(Ipv4Addr, &'p Pool)> {
    let own = Holder::of(service);
    if let Some(ip) = wish {
        return pools.iter().find(|pool| pool.has(ip) && taken.is_free(ip, &own)).map(|pool| (ip, pool));
    }
    let asked = annotation(service, &POOL);
    let may = pools.iter().filter(|pool| asked.as_ref().map_or(pool.automatic, |name| pool.name == *name));
    may.into_iter().find_map(|pool| {
        let mut all = (pool.first..=pool.last).take(MOST as usize).map(Ipv4Addr::from);
        all.find(|ip| taken.is_free(*ip, &own)).map(|ip| (ip, pool))
    })
}

/// Pools of MetalLB: its objects, and the ConfigMap it had before.
pub(super) fn pools(context: &mut Context<'_>, nodes: &[Candidate]) -> Vec<Pool> {
    let parsed = context.parsed;
    let (mut layer2, mut bgp): (Vec<&Advertisement>, Vec<&Advertisement>) = (Vec::new(), Vec::new());
    for object in &parsed.objects {
        match object {
            Object::L2Advertisement(document) => layer2.push(&document.value),
            Object::BgpAdvertisement(document) => bgp.push(&document.value),
            _ => {}
        }
    }
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
                    (None, Some(nodes)) => LbWay::Bgp { nodes: nodes.map(|names| names.into_iter().collect()) },
                    (None, None) => LbWay::Nobody,
                };
                let spec = &document.value.spec;
                let automatic = spec.auto_assign.as_ref().is_none_or(|given| given.value);
                for text in &spec.addresses {
                    match range(&text.value) {
                        Some((first, last)) => {
                            let (name, way, at) = (document.object.name.clone(), way.clone(), context.at(text.span));
                            all.push(Pool { name, first, last, automatic, way, at });
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
                let way = if bgp { LbWay::Bgp { nodes: None } } else { LbWay::Layer2 { nodes: None } };
                for scalar in scalars(parsed, text) {
                    if let (true, Some((first, last))) = (scalar.path.contains("addresses."), range(&scalar.value)) {
                        let (way, at) = (way.clone(), context.at(scalar.span));
                        all.push(Pool { name: Text::default(), first, last, automatic: true, way, at });
                    }
                }
            }
            _ => {}
        }
    }
    all
}

/// Whether an advertisement is for a pool: without names and selectors for all.
fn is_for(one: &Advertisement, pool: &str, labels: &crate::manifest::objects::Map) -> bool {
    let spec = &one.spec;
    let named = spec.ip_address_pools.iter().any(|name| &*name.value == pool);
    let selected = spec.ip_address_pool_selectors.iter().any(|selector| selects(&selector.value, labels));
    named || selected || spec.ip_address_pools.is_empty() && spec.ip_address_pool_selectors.is_empty()
}

/// The nodes that tell the network; `None` for all.
fn told_by(one: &Advertisement, nodes: &[Candidate]) -> Option<BTreeSet<Arc<str>>> {
    let selectors = &one.spec.node_selectors;
    if selectors.is_empty() {
        return None;
    }
    let its = nodes.iter().filter(|candidate| {
        let labels: crate::manifest::objects::Map =
            candidate.node.labels.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
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
