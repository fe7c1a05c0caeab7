//! Topology hints as the EndpointSlice controller writes them: for `trafficDistribution`, and for the annotation
//! `service.kubernetes.io/topology-mode: Auto` in proportion to the CPUs of each zone (endpointslice/topologycache).

use super::model::{Node, Service, Settings};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Which hints the controller writes for a Service's endpoints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Preference {
    /// `hints.forZones`: the endpoint's own zone.
    pub(super) zones: bool,
    /// `hints.forNodes`: the endpoint's own node.
    pub(super) nodes: bool,
}

/// `PreferClose` is known from 1.30 (gate `ServiceTrafficDistribution`, on from 1.31), `PreferSameZone`, which means the same, and
/// `PreferSameNode` from 1.34.
pub(super) fn preference(service: &Service, settings: &Settings) -> Preference {
    let minor = settings.version.minor;
    if automatic(service) {
        return Preference::default();
    }
    match service.traffic_distribution.as_deref() {
        Some("PreferClose") if minor >= 31 || settings.kube_proxy.traffic_distribution_gate => {
            Preference { zones: true, nodes: false }
        }
        Some("PreferSameZone") if minor >= 34 => Preference { zones: true, nodes: false },
        Some("PreferSameNode") if minor >= 34 => Preference { zones: true, nodes: true },
        _ => Preference::default(),
    }
}

/// A zone's share may exceed what its endpoints would take by so much.
const OVERLOAD: f64 = 0.2;

/// Labels of nodes whose CPUs do not count.
const EXCLUDED: [&str; 2] = ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];

/// True when the Service is annotated so that hints are allocated; `trafficDistribution` says nothing then. The old name wins.
pub(super) fn automatic(service: &Service) -> bool {
    let value = ["service.kubernetes.io/topology-aware-hints", "service.kubernetes.io/topology-mode"]
        .into_iter()
        .find_map(|name| service.annotations.get(name));
    value.is_some_and(|value| matches!(&**value, "Auto" | "auto"))
}

/// Why no hints are allocated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// A node's zone or CPUs are not known.
    Node(Arc<str>),
    /// The nodes are in fewer than two zones.
    Zones,
    /// There are fewer ready endpoints than zones.
    Endpoints,
    /// Some zone would be overloaded by more than 20 %.
    Overload,
    /// The node of an endpoint has no zone.
    EndpointZone,
}

impl Refused {
    /// A word for it, and the node it is about.
    pub(super) fn word(&self) -> (&'static str, &str) {
        match self {
            Self::Node(node) => ("node", node),
            Self::Zones => ("zones", ""),
            Self::Endpoints => ("endpoints", ""),
            Self::Overload => ("overload", ""),
            Self::EndpointZone => ("endpoint-zone", ""),
        }
    }
}

/// Part of all CPUs that each zone has, 0 to 1 (`SetNodes`).
fn ratios(nodes: &[Node]) -> Result<BTreeMap<&str, f64>, Refused> {
    let mut zones: BTreeMap<&str, u64> = BTreeMap::new();
    let counted = |node: &&Node| node.ready && !EXCLUDED.iter().any(|label| node.labels.contains_key(*label));
    for node in nodes.iter().filter(counted) {
        let (Some(zone), Some(cpu)) =
            (node.zone().filter(|zone| !zone.is_empty()), node.milli_cpu.filter(|cpu| *cpu > 0))
        else {
            return Err(Refused::Node(node.name.clone()));
        };
        let sum = zones.entry(zone).or_default();
        *sum = sum.saturating_add(cpu);
    }
    if zones.len() < 2 {
        return Err(Refused::Zones);
    }
    let total = zones.values().map(|cpu| *cpu as f64).sum::<f64>();
    Ok(zones.into_iter().map(|(zone, cpu)| (zone, cpu as f64 / total)).collect())
}

/// How many endpoints each zone should have (`getAllocations`).
fn wanted<'n>(ratios: &BTreeMap<&'n str, f64>, ready: usize) -> Result<BTreeMap<&'n str, f64>, Refused> {
    if ratios.len() > ready {
        return Err(Refused::Endpoints);
    }
    let mut least = 0.0;
    let mut all = BTreeMap::new();
    for (&zone, ratio) in ratios {
        let share = ratio * ready as f64;
        let minimum = (share / (1.0 + OVERLOAD)).ceil();
        least += minimum;
        all.insert(zone, share.max(minimum));
    }
    if least > ready as f64 { Err(Refused::Overload) } else { Ok(all) }
}

/// The zone with the most. The controller takes any of equal ones, here the first by name.
fn most<'n>(zones: &BTreeMap<&'n str, f64>) -> Option<(&'n str, f64)> {
    let mut found: Option<(&str, f64)> = None;
    for (&zone, &value) in zones {
        if value > found.map_or(0.0, |(_, most)| most) {
            found = Some((zone, value));
        }
    }
    found
}

/// One endpoint to allocate: whether it is ready, and the zone of its node.
pub(super) type Allocated<'a> = (bool, Option<&'a str>);

/// The zone each endpoint is hinted for, in the same order; none for one that is not ready (`AddHints` with new slices).
///
/// Where the controller goes over a Go map, whose order is random, the first zone by name is taken here.
pub(super) fn allocate(nodes: &[Node], endpoints: &[Allocated<'_>]) -> Result<Vec<Option<Arc<str>>>, Refused> {
    let ready = endpoints.iter().filter(|(ready, _)| *ready).count();
    let wanted = wanted(&ratios(nodes)?, ready)?;
    // Its own zone to begin with.
    let mut have: BTreeMap<&str, usize> = BTreeMap::new();
    let mut hints: Vec<Option<&str>> = Vec::with_capacity(endpoints.len());
    for &(ready, zone) in endpoints {
        if !ready {
            hints.push(None);
            continue;
        }
        let zone = zone.filter(|zone| !zone.is_empty()).ok_or(Refused::EndpointZone)?;
        *have.entry(zone).or_default() += 1;
        hints.push(Some(zone));
    }
    // What zones have too much of, and too little; then in whole endpoints.
    let (mut over, mut under) = (BTreeMap::new(), BTreeMap::new());
    for (&zone, &wanted) in &wanted {
        let more = have.get(zone).map_or(0.0, |count| *count as f64) - wanted;
        if more > 0.0 {
            over.insert(zone, more);
        } else if more < 0.0 {
            under.insert(zone, -more);
        }
    }
    let (mut giving, mut receiving): (BTreeMap<&str, usize>, BTreeMap<&str, usize>) = Default::default();
    while let (Some((from, give)), Some((to, take))) = (most(&over), most(&under)) {
        if (give < 1.0 && take < 1.0) || give < 0.5 || take < 0.5 {
            break;
        }
        *giving.entry(from).or_default() += 1;
        *receiving.entry(to).or_default() += 1;
        over.insert(from, give - 1.0);
        under.insert(to, take - 1.0);
    }
    for hint in hints.iter_mut().flatten() {
        let Some(give) = giving.get_mut(*hint).filter(|give| **give > 0) else { continue };
        let Some((to, take)) = receiving.iter_mut().find(|(_, take)| **take > 0) else { break };
        *give -= 1;
        *take -= 1;
        *hint = to;
    }
    Ok(hints.into_iter().map(|hint| hint.map(Arc::from)).collect())
}
