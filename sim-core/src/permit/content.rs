//! Policies, rules and peers as they are written.

use crate::reach::{Peer, Reach, Workload};
use ipnet::{IpNet, Ipv4Net, Ipv4Subnets};
use kernel::packet::Protocol;
use kubernetes::edit::Content;
use kubernetes::policy::{Direction, NAMESPACE_NAME, Ports, is_label_of_one, is_name_label};
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::Arc;

type Labels = BTreeMap<Arc<str>, Arc<str>>;

/// Labels that mean a workload, and nobody else of its namespace where that can be; none where it has none.
pub(super) fn telling(reach: &Reach<'_>, workload: &Workload) -> Labels {
    let some = |takes: &dyn Fn(&str) -> bool| -> Labels {
        let all = workload.labels.iter().filter(|(key, _)| !is_label_of_one(key) && takes(key));
        all.map(|(key, value)| (key.clone(), value.clone())).collect()
    };
    let alone = |labels: &Labels| {
        let has = |other: &Workload| labels.iter().all(|(key, value)| other.labels.get(key) == Some(value));
        let mut others = reach.workloads().iter().filter(|other| other.namespace() == workload.namespace());
        !others.any(|other| other.object != workload.object && has(other))
    };
    let by_name = some(&is_name_label);
    if !by_name.is_empty() && alone(&by_name) { by_name } else { some(&|_| true) }
}

fn labels(all: Labels) -> Content {
    let labels = all.into_iter().map(|(key, value)| (key, Content::Text(value))).collect();
    Content::map([("matchLabels", Content::Map(labels))])
}

/// A selector of a workload's Pods; `None` where it has no labels.
pub(super) fn pods(reach: &Reach<'_>, workload: &Workload) -> Option<Content> {
    let own = telling(reach, workload);
    (!own.is_empty()).then(|| labels(own))
}

fn namespace(name: &str) -> Content {
    labels(Labels::from([(Arc::from(NAMESPACE_NAME), Arc::from(name))]))
}

/// A workload as a peer of a policy of that namespace; `None` where it has no labels.
pub(super) fn peer(reach: &Reach<'_>, own: &str, workload: &Workload) -> Option<Content> {
    let pods = pods(reach, workload)?;
    if workload.namespace() == own {
        return Some(Content::map([("podSelector", pods)]));
    }
    Some(Content::map([("namespaceSelector", namespace(workload.namespace())), ("podSelector", pods)]))
}

/// Every Pod of a namespace as a peer of a policy of that namespace.
pub(super) fn all_of(own: &str, name: &str) -> Content {
    match own == name {
        true => Content::map([("podSelector", Content::Map(Vec::new()))]),
        false => Content::map([("namespaceSelector", namespace(name))]),
    }
}

/// Every Pod of the cluster.
pub(super) fn every_pod() -> Content {
    Content::map([("namespaceSelector", Content::Map(Vec::new()))])
}

/// A range of addresses.
pub(super) fn block(net: IpNet, except: &[IpNet]) -> Content {
    let text = |net: &IpNet| Content::text(&net.to_string());
    let mut block = vec![(Arc::from("cidr"), text(&net))];
    if !except.is_empty() {
        block.push((Arc::from("except"), Content::List(except.iter().map(text).collect())));
    }
    Content::map([("ipBlock", Content::Map(block))])
}

/// Addresses outside of the cluster: networks that cover them, and nothing of them that is Pods'.
pub(super) fn outside(pods: IpNet, (first, last): (Ipv4Addr, Ipv4Addr)) -> Vec<(IpNet, Vec<IpNet>)> {
    let nets = Ipv4Subnets::new(first, last, 0).map(|net: Ipv4Net| IpNet::V4(net));
    nets.map(|net| (net, if net.contains(&pods) { vec![pods] } else { Vec::new() })).collect()
}

/// Workloads as peers: a namespace at once where all of it is meant. `Err` with one that has no labels.
pub(super) fn grouped(reach: &Reach<'_>, own: &str, meant: &BTreeSet<usize>) -> Result<Vec<Content>, usize> {
    let mut spaces: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, workload) in reach.workloads().iter().enumerate() {
        spaces.entry(workload.namespace()).or_default().push(at);
    }
    let mut all = Vec::new();
    for (name, members) in spaces {
        if members.iter().all(|at| meant.contains(at)) {
            all.push(all_of(own, name));
            continue;
        }
        for at in members.into_iter().filter(|at| meant.contains(at)) {
            // One in its node's network is meant by no selector anyway.
            let Some(workload) = reach.workloads().get(at).filter(|workload| !workload.host_network) else { continue };
            let entry = peer(reach, own, workload).ok_or(at)?;
            if !all.contains(&entry) {
                all.push(entry);
            }
        }
    }
    Ok(all)
}

/// Entries of `ports`; none where all are meant.
pub(super) fn ports(all: &Ports) -> Vec<Content> {
    if all.is_all() {
        return Vec::new();
    }
    let mut entries = Vec::new();
    for (name, ranges) in all.by_name() {
        for (first, last) in ranges {
            let mut entry = Vec::new();
            if name != "TCP" {
                entry.push((Arc::from("protocol"), Content::text(name)));
            }
            if (*first, *last) != kubernetes::policy::RANGE {
                entry.push((Arc::from("port"), Content::Int(i64::from(*first))));
            }
            if first != last && (*first, *last) != kubernetes::policy::RANGE {
                entry.push((Arc::from("endPort"), Content::Int(i64::from(*last))));
            }
            // An entry without anything is not one.
            if entry.is_empty() {
                entry.push((Arc::from("protocol"), Content::text(name)));
            }
            entries.push(Content::Map(entry));
        }
    }
    entries
}

/// A rule: these peers, and these ports.
pub(super) fn rule(direction: Direction, peers: Vec<Content>, ports: Vec<Content>) -> Content {
    let mut rule = Vec::new();
    if !peers.is_empty() {
        rule.push((Arc::from(direction.peers()), Content::List(peers)));
    }
    if !ports.is_empty() {
        rule.push((Arc::from("ports"), Content::List(ports)));
    }
    Content::Map(rule)
}

/// A rule that lets the cluster's name server be asked.
pub(super) fn names() -> Content {
    let server = labels(Labels::from([(Arc::from("k8s-app"), Arc::from("kube-dns"))]));
    let peer = Content::map([("namespaceSelector", namespace("kube-system")), ("podSelector", server)]);
    let port = |protocol: Protocol| {
        Content::map([("protocol", Content::text(&protocol.to_string().to_uppercase())), ("port", Content::Int(53))])
    };
    rule(Direction::Egress, vec![peer], vec![port(Protocol::Udp), port(Protocol::Tcp)])
}

/// A NetworkPolicy that selects these Pods for a direction.
pub(super) fn policy(name: &str, namespace: &str, pods: Content, direction: Direction, rules: Vec<Content>) -> Content {
    let text = Content::text;
    let mut spec =
        vec![(Arc::from("podSelector"), pods), (Arc::from("policyTypes"), Content::List(vec![text(direction.name())]))];
    if !rules.is_empty() {
        spec.push((Arc::from(direction.field()), Content::List(rules)));
    }
    Content::map([
        ("apiVersion", text("networking.k8s.io/v1")),
        ("kind", text("NetworkPolicy")),
        ("metadata", Content::map([("name", text(name)), ("namespace", text(namespace))])),
        ("spec", Content::Map(spec)),
    ])
}

/// A range of addresses that is everything outside.
pub(super) fn is_everything(peer: &Peer) -> bool {
    matches!(peer, Peer::Range(first, last) if first.is_unspecified() && last.is_broadcast())
}
