//! A rule of the API as rules of Calico's data model: of a policy of Kubernetes one for each protocol and peer (`k8sRuleToCalico`), of Calico's own
//! one; then with sets for selectors and names (`felix/calc/rule_scanner.go`).

use super::sets::{Sets, Wanted};
use ipnet::IpNet;
use kernel::packet::Protocol;
use kubernetes::cluster::model::Cluster;
use kubernetes::policy::{
    Action, Direction, Entity, Icmp, Peer, PeerKind, Policy, PortKind, PortMatch, PortSet, Protocols, Rule,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A rule of Calico's data model.
#[derive(Clone, Debug, Default)]
pub(super) struct Match {
    pub(super) action: Action,
    pub(super) protocol: Option<Protocol>,
    pub(super) not_protocol: Option<Protocol>,
    pub(super) icmp: Option<Icmp>,
    pub(super) not_icmp: Option<Icmp>,
    pub(super) source: Side,
    pub(super) destination: Side,
}

/// One end of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Side {
    pub(super) nets: Vec<IpNet>,
    pub(super) not_nets: Vec<IpNet>,
    /// Names of sets that hold the address.
    pub(super) sets: Vec<Arc<str>>,
    /// Of sets that do not.
    pub(super) not_sets: Vec<Arc<str>>,
    /// Ranges of ports, ends included.
    pub(super) ports: Vec<(u16, u16)>,
    /// Names of sets that hold address and port.
    pub(super) named: Vec<Arc<str>>,
    /// Ranges of ports that are not meant.
    pub(super) not_ports: Vec<(u16, u16)>,
    /// Names of sets that do not hold address and port.
    pub(super) not_named: Vec<Arc<str>>,
}

/// Ports of one protocol: by number, and by name. With neither, all of it.
type Of = (Vec<(u16, u16)>, Vec<Arc<str>>);

/// Rules of one rule; none for another family of addresses than IPv4.
pub(super) fn matches(
    cluster: &Cluster,
    policy: &Policy,
    direction: Direction,
    rule: &Rule,
    sets: &mut Sets,
) -> Vec<Match> {
    let is_entity = |peer: &Peer| matches!(peer.kind, PeerKind::Entity(_));
    if rule.besides.is_some() || rule.peers.iter().any(is_entity) || policy.is_calico() {
        return of_calico(cluster, direction, rule, sets).into_iter().collect();
    }
    let nobody = [None];
    let peers: Vec<Option<&Peer>> =
        if rule.peers.is_empty() { nobody.to_vec() } else { rule.peers.iter().map(Some).collect() };
    let mut all = Vec::new();
    for (protocol, (numbers, names)) in protocols(rule) {
        for peer in &peers {
            let mut one = Match { action: rule.action, protocol, ..Match::default() };
            let mut wanted = None;
            let other = match direction {
                Direction::Ingress => &mut one.source,
                Direction::Egress => &mut one.destination,
            };
            match peer.map(|peer| &peer.kind) {
                None => {}
                Some(PeerKind::Net { net: IpNet::V6(_), .. } | PeerKind::Entity(_)) => continue,
                Some(PeerKind::Net { net, except }) => {
                    other.nets = vec![*net];
                    other.not_nets = except.clone();
                }
                Some(PeerKind::Pods { namespaces, pods }) => {
                    let selects = Wanted::of(policy.namespace.as_deref(), namespaces, pods);
                    wanted = Some(selects);
                }
            }
            // A set of addresses with ports is already of those that the destination's selector means.
            let covered = direction == Direction::Egress && numbers.is_empty() && !names.is_empty();
            if let Some(wanted) = wanted.as_ref().filter(|_| !covered) {
                other.sets.push(sets.addresses(cluster, wanted));
            }
            one.destination.ports = numbers.clone();
            let protocol = protocol.unwrap_or(Protocol::Tcp);
            let of = wanted.as_ref().filter(|_| direction == Direction::Egress);
            one.destination.named = names.iter().map(|name| sets.ports(cluster, of, protocol, name)).collect();
            all.push(one);
        }
    }
    all
}

/// The rule of a rule of Calico's own; none for another family of addresses than IPv4 (`FilterRuleToIPVersion`).
fn of_calico(cluster: &Cluster, direction: Direction, rule: &Rule, sets: &mut Sets) -> Option<Match> {
    let besides = rule.besides.as_deref().cloned().unwrap_or_default();
    let mut one = Match { action: rule.action, ..Match::default() };
    match besides.protocol {
        Some(Protocols::Only(protocol)) => one.protocol = Some(protocol),
        Some(Protocols::Except(protocol)) => one.not_protocol = Some(protocol),
        None => {}
    }
    if one.protocol == Some(Protocol::Icmp) {
        (one.icmp, one.not_icmp) = (besides.icmp, besides.not_icmp);
    }
    let (other, own) = (rule.peers.first(), besides.own.as_ref());
    let (source, destination) = match direction {
        Direction::Ingress => (other, own),
        Direction::Egress => (own, other),
    };
    let of_names = one.protocol.unwrap_or(Protocol::Tcp);
    let entity = |peer: Option<&Peer>| match peer.map(|peer| &peer.kind) {
        Some(PeerKind::Entity(entity)) => (**entity).clone(),
        _ => Entity::default(),
    };
    one.source = side(cluster, entity(source), (&[], &[]), of_names, sets)?;
    let ports = (&rule.ports[..], &besides.not_ports[..]);
    one.destination = side(cluster, entity(destination), ports, of_names, sets)?;
    Some(one)
}

/// One end of it, with ports that are meant, and ports that are not (`ruleToParsedRule`).
fn side(
    cluster: &Cluster,
    entity: Entity,
    (ports, not_ports): (&[PortMatch], &[PortMatch]),
    of_names: Protocol,
    sets: &mut Sets,
) -> Option<Side> {
    let mut side = Side { nets: of_ipv4(&entity.nets)?, not_nets: of_ipv4(&entity.not_nets)?, ..Side::default() };
    // No rule of iptables can say that it is not any address, and nobody would match it.
    if side.not_nets.iter().any(|net| net.prefix_len() == 0) {
        return None;
    }
    let wanted = entity.selector.map(Wanted::Labelled);
    let mut names = |ports: &[PortMatch]| -> Vec<Arc<str>> {
        let names = ports.iter().filter_map(|port| match &port.kind {
            PortKind::Named(name) => Some(name),
            PortKind::Any | PortKind::Range(..) => None,
        });
        names.map(|name| sets.ports(cluster, wanted.as_ref(), of_names, name)).collect()
    };
    (side.named, side.not_named) = (names(ports), names(not_ports));
    (side.ports, side.not_ports) = (numbers(ports), numbers(not_ports));
    // Sets of addresses with ports are already of those that the selector means.
    let covered = side.ports.is_empty() && !side.named.is_empty();
    if let Some(wanted) = wanted.filter(|_| !covered) {
        side.sets.push(sets.addresses(cluster, &wanted));
    }
    if let Some(not) = entity.not_selector {
        side.not_sets.push(sets.addresses(cluster, &Wanted::Labelled(not)));
    }
    Some(side)
}

/// Those of IPv4; nothing where there are others only (`filterNets`).
fn of_ipv4(nets: &[IpNet]) -> Option<Vec<IpNet>> {
    let own: Vec<IpNet> = nets.iter().filter(|net| net.addr().is_ipv4()).copied().collect();
    (nets.is_empty() || !own.is_empty()).then_some(own)
}

/// Ranges of ports by number, as they are written.
fn numbers(ports: &[PortMatch]) -> Vec<(u16, u16)> {
    let ranges = ports.iter().filter_map(|port| match &port.kind {
        PortKind::Range(first, last) => Some((*first, *last)),
        PortKind::Any | PortKind::Named(_) => None,
    });
    ranges.collect()
}

/// Ports by protocol, in the order of names; without ports one entry for every protocol. What is written and means no port has none.
fn protocols(rule: &Rule) -> Vec<(Option<Protocol>, Of)> {
    if rule.ports.is_empty() {
        return vec![(None, Of::default())];
    }
    let mut all: BTreeMap<&'static str, (Protocol, bool, Of)> = BTreeMap::new();
    for port in &rule.ports {
        let name = match port.protocol {
            Protocol::Tcp => "TCP",
            Protocol::Udp => "UDP",
            _ => "SCTP",
        };
        let (_, whole, of) = all.entry(name).or_insert((port.protocol, false, Of::default()));
        match &port.kind {
            PortKind::Any => *whole = true,
            PortKind::Range(first, last) => of.0.push((*first, *last)),
            PortKind::Named(name) => of.1.push(name.clone()),
        }
    }
    let one = |(protocol, whole, of): (Protocol, bool, Of)| {
        let (numbers, mut names) = if whole { Of::default() } else { of };
        let written = !numbers.is_empty();
        names.sort();
        names.dedup();
        // In order, those that touch each other as one (`SimplifyPorts`).
        let mut ports = PortSet::default();
        numbers.iter().for_each(|(first, last)| ports.add(&PortSet::range(*first, *last)));
        // A range that ends before it begins, as a dump may have it.
        let nothing = written && ports.is_empty() && names.is_empty();
        (!nothing).then(|| (Some(protocol), (ports.ranges().to_vec(), names)))
    };
    all.into_values().filter_map(one).collect()
}
