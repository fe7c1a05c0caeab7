//! What Pods of the input prove of Nodes: that they exist, their addresses, and their Pod networks.

use crate::cluster::context::Context;
use crate::manifest::objects::{Document, Object, Pod};
use ipnet::Ipv4Net;
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::Arc;

/// What the Pods of one node say of it.
#[derive(Default)]
pub(super) struct Proof<'p> {
    /// The first Pod that names it.
    pub(super) by: Option<&'p Document<Pod>>,
    /// `hostIP`, or the address of a `hostNetwork` Pod.
    pub(super) ip: Option<Ipv4Addr>,
    /// Addresses of its Pods with a network of their own.
    pub(super) pods: BTreeSet<Ipv4Addr>,
    /// A Pod with a status: something ran there.
    pub(super) ran: bool,
    /// It runs an API server.
    pub(super) control_plane: bool,
}

/// What Pods say, by node, in order of the first Pod that names each.
pub(super) fn by_node<'p>(context: &Context<'p>) -> Vec<(Arc<str>, Proof<'p>)> {
    let mut all: Vec<(Arc<str>, Proof<'p>)> = Vec::new();
    let mut index: BTreeMap<Arc<str>, usize> = BTreeMap::new();
    for object in &context.parsed.objects {
        let Object::Pod(document) = object else { continue };
        let (spec, status) = (&document.value.spec, &document.value.status);
        let Some(name) = spec.node_name.as_ref().filter(|name| !name.value.is_empty()) else { continue };
        let at = *index.entry(name.value.clone()).or_insert_with(|| {
            all.push((name.value.clone(), Proof { by: Some(document), ..Proof::default() }));
            all.len() - 1
        });
        let Some((_, proof)) = all.get_mut(at) else { continue };
        let v4 = |text: &str| text.parse::<Ipv4Addr>().ok();
        let own = status.pod_ip.as_ref().and_then(|ip| v4(&ip.value));
        let own = own.or_else(|| status.pod_ips.iter().find_map(|ip| v4(&ip.value.ip)));
        let host = spec.host_network.as_ref().is_some_and(|flag| flag.value);
        proof.ip = proof.ip.or_else(|| v4(&status.host_ip.as_ref()?.value)).or(own.filter(|_| host));
        if !host {
            proof.pods.extend(own);
        }
        proof.ran |= status.pod_ip.is_some()
            || status.host_ip.is_some()
            || matches!(status.phase.as_ref().map(|phase| &*phase.value), Some("Running" | "Succeeded" | "Failed"));
        proof.control_plane |=
            document.value.metadata.labels.get("component").is_some_and(|label| &**label == "kube-apiserver");
    }
    all
}

/// Networks for nodes by the addresses of their Pods: for each node the one with most of them, at most a /24, and none that two nodes share.
/// What then lies outside is reached by a route of its own. `None` for a node without addresses, or whose Pods mix with another's.
pub(super) fn networks(nodes: &[BTreeSet<Ipv4Addr>]) -> Vec<Option<Ipv4Net>> {
    for len in 24..=28 {
        let mut owner: BTreeMap<Ipv4Net, usize> = BTreeMap::new();
        let mut shared = false;
        for (at, pods) in nodes.iter().enumerate() {
            for ip in pods {
                shared |= *owner.entry(Ipv4Net::new_assert(*ip, len).trunc()).or_insert(at) != at;
            }
        }
        if !shared {
            return nodes.iter().map(|pods| densest(pods, len)).collect();
        }
    }
    vec![None; nodes.len()]
}

/// The network of that length with most of the addresses; the lowest of several.
fn densest(pods: &BTreeSet<Ipv4Addr>, len: u8) -> Option<Ipv4Net> {
    let mut counts: BTreeMap<Ipv4Net, usize> = BTreeMap::new();
    for ip in pods {
        *counts.entry(Ipv4Net::new_assert(*ip, len).trunc()).or_default() += 1;
    }
    let most = counts.values().copied().max()?;
    counts.into_iter().find(|(_, count)| *count == most).map(|(net, _)| net)
}

#[cfg(test)]
mod tests {
    use super::networks;
    use std::collections::BTreeSet;
    use std::net::Ipv4Addr;

    #[test]
    fn nodes_share_no_network() {
        let networks = |nodes: &[&[&str]]| {
            let sets: Vec<BTreeSet<Ipv4Addr>> =
                nodes.iter().map(|pods| pods.iter().map(|ip| ip.parse().unwrap()).collect()).collect();
            let found = networks(&sets).into_iter();
            found.map(|net| net.map_or("-".to_owned(), |net| net.to_string())).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(networks(&[&["10.244.1.5", "10.244.1.9"], &["10.244.2.5"], &[]]), "10.244.1.0/24 10.244.2.0/24 -");
        assert_eq!(networks(&[&["10.0.1.5"], &["10.0.1.70"]]), "10.0.1.0/26 10.0.1.64/26");
        assert_eq!(networks(&[&["10.0.1.5", "10.0.1.7"], &["10.0.1.6"]]), "- -");
        assert_eq!(networks(&[&["10.0.1.5", "10.0.2.5", "10.0.2.6"], &["10.0.3.1"]]), "10.0.2.0/24 10.0.3.0/24");
    }
}
