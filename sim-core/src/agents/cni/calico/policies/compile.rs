//! A rule of the API as rules of Calico's data model: one for each protocol and peer (`k8sRuleToCalico`, `felix/calc/rule_scanner.go`).

use super::sets::{Sets, Wanted};
use ipnet::IpNet;
use kernel::packet::Protocol;
use kubernetes::cluster::model::Cluster;
use kubernetes::policy::{Action, Direction, Peer, PeerKind, Policy, PortKind, PortSet, Rule};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A rule of Calico's data model, as far as policies of Kubernetes need it.
#[derive(Clone, Debug, Default)]
pub(super) struct Match {
    pub(super) action: Action,
    pub(super) protocol: Option<Protocol>,
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
    /// Ranges of ports, ends included.
    pub(super) ports: Vec<(u16, u16)>,
    /// Names of sets that hold address and port.
    pub(super) named: Vec<Arc<str>>,
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
                Some(PeerKind::Net { net: IpNet::V6(_), .. }) => continue,
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

/// Ports by protocol, in the order of names; without ports one entry for every protocol.
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
        names.sort();
        names.dedup();
        // In order, those that touch each other as one (`SimplifyPorts`).
        let mut ports = PortSet::default();
        numbers.iter().for_each(|(first, last)| ports.add(&PortSet::range(*first, *last)));
        (Some(protocol), (ports.ranges().to_vec(), names))
    };
    all.into_values().map(one).collect()
}
