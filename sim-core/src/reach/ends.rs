//! Who may be at the end of a connection, as policies tell them apart.

use ipnet::IpNet;
use kernel::packet::Protocol;
use kubernetes::cluster::owned::{self, WorkloadPod};
use kubernetes::manifest::objects::Text;
use kubernetes::origin::{Location, ObjectRef};
use kubernetes::policy::{PeerKind, Policies, PortSet, Ports};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// A workload, or a Pod that nobody controls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// The object; its namespace is always said.
    pub object: ObjectRef,
    /// Where it starts, else its first Pod.
    pub location: Option<Location>,
    /// The API server refuses it, or one of its Pods.
    pub refused: bool,
    /// How many Pods it has, 1 at least: a workload without any is looked at as what it would make.
    pub pods: usize,
    /// Policies tell its Pods apart: what is said of it holds for all of them.
    pub differ: bool,
    /// A Pod of it is in its node's own network: no policy selects it there, and no selector means it.
    pub host_network: bool,
    /// Names of its Pods that have one.
    pub names: Vec<Text>,
    /// Labels of its first Pod.
    pub labels: BTreeMap<Text, Text>,
    /// Ports that its Pods declare.
    pub declared: Ports,
    pub(super) unit: usize,
}

impl Workload {
    /// Namespace.
    pub fn namespace(&self) -> &str {
        self.object.namespace.as_deref().unwrap_or("default")
    }
}

/// Somebody as policies see it: of Pods nothing but what a policy of the input could tell apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Kind {
    /// The Pod; nothing for addresses outside, and for Pods in their node's network.
    pub(super) pod: Option<PodKind>,
    /// Its address, or one that every range of the input has or has not like it.
    pub(super) ip: Option<IpAddr>,
    /// Declared ports, where answers are cut to them.
    pub(super) declared: Option<Ports>,
}

/// A Pod.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PodKind {
    pub(super) namespace: Arc<str>,
    pub(super) labels: BTreeMap<Text, Text>,
    pub(super) ports: Vec<(Text, Protocol, u16)>,
}

/// Those who are alike: what holds for one of them holds for all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    /// As what policies see them: each of the Pods as one of these.
    pub(super) kinds: Vec<usize>,
    pub(super) who: Who,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// Workloads, by their place in the list.
    Workloads(Vec<usize>),
    /// Addresses outside of the cluster, from this to that.
    Range(Ipv4Addr, Ipv4Addr),
    /// Any Pod of any namespace, of which nothing is known.
    Anybody,
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Ends {
    pub(super) kinds: Vec<Kind>,
    pub(super) units: Vec<Unit>,
    pub(super) workloads: Vec<Workload>,
    /// The units that are ranges, by address: a stretch of [`Self::units`].
    pub(super) ranges: std::ops::Range<usize>,
    /// The unit that is anybody.
    pub(super) anybody: usize,
}

/// What policies of the input look at.
struct Looked {
    keys: BTreeSet<Text>,
    names: BTreeSet<Text>,
    /// First addresses of stretches that no range of the input divides.
    starts: Vec<u32>,
    ipv4: bool,
    ipv6: bool,
}

impl Looked {
    fn of(policies: &Policies) -> Self {
        let (mut keys, mut names, mut starts) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::from([0]));
        let (mut ipv4, mut ipv6) = (false, false);
        let mut cut = |net: &IpNet| match net {
            IpNet::V4(net) => {
                ipv4 = true;
                starts.insert(u32::from(net.network()));
                starts.extend(u32::from(net.broadcast()).checked_add(1));
            }
            IpNet::V6(_) => ipv6 = true,
        };
        policies.sets.iter().flat_map(|set| &set.nets).for_each(&mut cut);
        for policy in &policies.all {
            policy.pods.keys(&mut keys);
            for rule in policy.ingress.iter().chain(&policy.egress).flatten() {
                let besides = rule.besides.as_deref();
                for peer in rule.peers.iter().chain(besides.and_then(|besides| besides.own.as_ref())) {
                    match &peer.kind {
                        PeerKind::Pods { pods, .. } => pods.keys(&mut keys),
                        PeerKind::Net { net, except } => std::iter::once(net).chain(except).for_each(&mut cut),
                        PeerKind::Entity(entity) => {
                            entity.nets.iter().chain(&entity.not_nets).for_each(&mut cut);
                            let selectors = entity.selector.iter().chain(&entity.not_selector);
                            selectors.for_each(|selector| selector.keys(&mut keys));
                        }
                    }
                }
                let not_ports = besides.map_or(&[][..], |besides| &besides.not_ports);
                names.extend(rule.ports.iter().chain(not_ports).filter_map(|port| match &port.kind {
                    kubernetes::policy::PortKind::Named(name) => Some(name.clone()),
                    _ => None,
                }));
            }
        }
        Self { keys, names, starts: starts.into_iter().collect(), ipv4, ipv6 }
    }

    /// An address that stands for one.
    fn like(&self, ip: IpAddr) -> Option<IpAddr> {
        match ip {
            IpAddr::V4(ip) => {
                let at = self.starts.partition_point(|start| *start <= u32::from(ip));
                // Without ranges an address is nothing to tell Pods apart by.
                let start = *self.starts.get(at.checked_sub(1)?)?;
                self.ipv4.then(|| IpAddr::V4(Ipv4Addr::from(start)))
            }
            IpAddr::V6(_) => self.ipv6.then_some(ip),
        }
    }

    fn pod(&self, namespace: &Arc<str>, pod: &WorkloadPod<'_>, declared: bool) -> Kind {
        let named = pod.ports.iter().filter_map(|(name, protocol, port)| {
            let name = name.as_ref().filter(|name| self.names.contains(*name))?;
            Some((name.clone(), *protocol, *port))
        });
        let mut ports: Vec<(Text, Protocol, u16)> = named.collect();
        ports.sort_unstable();
        ports.dedup();
        let labels = pod.labels.iter().filter(|(key, _)| self.keys.contains(*key));
        let labels = labels.map(|(key, value)| (key.clone(), value.clone())).collect();
        let own = PodKind { namespace: namespace.clone(), labels, ports };
        Kind {
            pod: (!pod.host_network).then_some(own),
            ip: pod.ip.and_then(|ip| self.like(ip)),
            declared: declared.then(|| ports_of(pod)),
        }
    }
}

/// Ports that a Pod declares.
pub(super) fn ports_of(pod: &WorkloadPod<'_>) -> Ports {
    let mut ports = Ports::default();
    for (_, protocol, port) in &pod.ports {
        ports.add(&Ports::of(*protocol, PortSet::range(*port, *port)));
    }
    ports
}

impl Ends {
    /// Everybody, as the policies tell them apart.
    pub(super) fn of(given: &[owned::Workload<'_>], policies: &Policies, declared: bool) -> Self {
        let looked = Looked::of(policies);
        let mut ends = Self::default();
        let mut kinds: BTreeMap<Kind, usize> = BTreeMap::new();
        let mut number = |kind: Kind, all: &mut Vec<Kind>| {
            *kinds.entry(kind).or_insert_with_key(|kind| {
                all.push(kind.clone());
                all.len() - 1
            })
        };
        let mut units: BTreeMap<Vec<usize>, usize> = BTreeMap::new();
        for (at, workload) in given.iter().enumerate() {
            let namespace = workload.object.namespace.clone().unwrap_or_else(|| Arc::from("default"));
            let own: BTreeSet<usize> = workload
                .pods
                .iter()
                .map(|pod| number(looked.pod(&namespace, pod, declared), &mut ends.kinds))
                .collect();
            let own: Vec<usize> = own.into_iter().collect();
            let unit = *units.entry(own).or_insert_with_key(|own| {
                ends.units.push(Unit { kinds: own.clone(), who: Who::Workloads(Vec::new()) });
                ends.units.len() - 1
            });
            let mut ports = Ports::default();
            workload.pods.iter().for_each(|pod| ports.add(&ports_of(pod)));
            if let Some(Unit { who: Who::Workloads(all), kinds }) = ends.units.get_mut(unit) {
                all.push(at);
                ends.workloads.push(Workload {
                    object: workload.object.clone(),
                    location: workload.location.clone(),
                    refused: workload.refused,
                    pods: workload.pods.len(),
                    differ: kinds.len() > 1,
                    host_network: workload.pods.iter().any(|pod| pod.host_network),
                    names: workload.pods.iter().filter_map(|pod| pod.name.cloned()).collect(),
                    labels: workload.pods.first().map(|pod| pod.labels.clone()).unwrap_or_default(),
                    declared: ports,
                    unit,
                });
            }
        }
        let first = ends.units.len();
        for (at, start) in looked.starts.iter().enumerate() {
            let last = looked.starts.get(at + 1).map_or(u32::MAX, |next| next - 1);
            let (start, last) = (Ipv4Addr::from(*start), Ipv4Addr::from(last));
            ends.kinds.push(Kind { pod: None, ip: Some(IpAddr::V4(start)), declared: None });
            ends.units.push(Unit { kinds: vec![ends.kinds.len() - 1], who: Who::Range(start, last) });
        }
        ends.ranges = first..ends.units.len();
        // No namespace of a cluster is called so.
        let nobody = PodKind { namespace: Arc::from(""), labels: BTreeMap::new(), ports: Vec::new() };
        ends.kinds.push(Kind { pod: Some(nobody), ip: None, declared: None });
        ends.units.push(Unit { kinds: vec![ends.kinds.len() - 1], who: Who::Anybody });
        ends.anybody = ends.units.len() - 1;
        ends
    }
}
