//! Who is at an end, and on which ports, in a few characters.

use crate::locale::{Lang, t};
use kubernetes::origin::ObjectRef;
use kubernetes::policy::Ports;
use serde_json::{Value, json};
use sim_core::reach::{End, Peer, Reach, Workload};
use std::collections::BTreeSet;
use std::net::Ipv4Addr;

/// Names of workloads: with their kind where several have one name.
pub struct Names<'r> {
    reach: &'r Reach<'r>,
    twice: BTreeSet<(&'r str, &'r str)>,
}

impl<'r> Names<'r> {
    /// Of one cluster.
    pub fn of(reach: &'r Reach<'r>) -> Self {
        let (mut seen, mut twice) = (BTreeSet::new(), BTreeSet::new());
        for workload in reach.workloads() {
            let key = (workload.namespace(), &*workload.object.name);
            if !seen.insert(key) {
                twice.insert(key);
            }
        }
        Self { reach, twice }
    }

    /// `shop/cart`, `0.0.0.0/0`, `ingress`, `group-3`.
    pub fn peer(&self, peer: &Peer) -> String {
        match peer {
            Peer::Workload(at) => match self.reach.workloads().get(*at) {
                Some(own) if self.twice.contains(&(own.namespace(), &*own.object.name)) => {
                    format!("{}[{}]", object_text(&own.object), own.object.kind)
                }
                Some(own) => object_text(&own.object),
                None => String::new(),
            },
            Peer::Range(first, last) => range_text(*first, *last),
            Peer::Ingress => "ingress".to_owned(),
            Peer::Group(at) => group_name(*at),
        }
    }

    /// As JSON.
    pub(crate) fn json(&self, peer: &Peer) -> Value {
        match peer {
            Peer::Workload(at) => self.reach.workloads().get(*at).map_or(Value::Null, |own| object_json(&own.object)),
            Peer::Range(first, last) => range_json(*first, *last),
            Peer::Ingress => json!({ "kind": "ingress" }),
            Peer::Group(at) => json!({ "kind": "group", "name": group_name(*at) }),
        }
    }
}

/// An end as addresses of pages write it: `Deployment/shop/cart`, `external/10.0.0.0-10.255.255.255`, `ingress`.
pub fn address(reach: &Reach<'_>, peer: &Peer) -> String {
    match peer {
        Peer::Workload(at) => reach
            .workloads()
            .get(*at)
            .map_or_else(String::new, |own| format!("{}/{}/{}", own.object.kind, own.namespace(), own.object.name)),
        Peer::Range(first, last) => format!("external/{first}-{last}"),
        Peer::Ingress => "ingress".to_owned(),
        Peer::Group(_) => String::new(),
    }
}

/// The end that an address means.
pub fn peer_at(reach: &Reach<'_>, written: &str) -> Option<Peer> {
    if let Some(range) = written.strip_prefix("external/") {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last): (Ipv4Addr, Ipv4Addr) = (first.parse().ok()?, last.parse().ok()?);
        return (first <= last).then_some(Peer::Range(first, last));
    }
    if written == "ingress" {
        return Some(Peer::Ingress);
    }
    let (kind, rest) = written.split_once('/')?;
    let (namespace, name) = rest.split_once('/')?;
    let is = |own: &Workload| *own.object.kind == *kind && own.namespace() == namespace && *own.object.name == *name;
    reach.workloads().iter().position(is).map(Peer::Workload)
}

pub(super) fn group_name(at: usize) -> String {
    format!("group-{}", at + 1)
}

fn object_text(object: &ObjectRef) -> String {
    format!("{}/{}", object.namespace.as_deref().unwrap_or("default"), object.name)
}

fn object_json(object: &ObjectRef) -> Value {
    json!({ "kind": "workload", "namespace": object.namespace, "name": object.name, "workload": object.kind })
}

fn range_json(first: Ipv4Addr, last: Ipv4Addr) -> Value {
    match cidr(first, last) {
        Some(net) => json!({ "kind": "external", "cidr": net }),
        None => json!({ "kind": "external", "range": format!("{first}-{last}") }),
    }
}

/// An end of a difference.
pub(crate) fn end_text(end: &End) -> String {
    match end {
        End::Workload(object) => object_text(object),
        End::Range(first, last) => range_text(*first, *last),
        End::Ingress => "ingress".to_owned(),
    }
}

/// The same as JSON.
pub(super) fn end_json(end: &End) -> Value {
    match end {
        End::Workload(object) => object_json(object),
        End::Range(first, last) => range_json(*first, *last),
        End::Ingress => json!({ "kind": "ingress" }),
    }
}

/// The network of which these are all addresses, where there is one.
fn cidr(first: Ipv4Addr, last: Ipv4Addr) -> Option<String> {
    let (start, end) = (u64::from(u32::from(first)), u64::from(u32::from(last)));
    let size = end.checked_sub(start)? + 1;
    let whole = size.is_power_of_two() && start.is_multiple_of(size);
    whole.then(|| format!("{first}/{}", 32 - size.ilog2()))
}

/// `10.0.0.0/8`, or `10.0.0.0-10.10.255.255` where that is no network.
pub fn range_text(first: Ipv4Addr, last: Ipv4Addr) -> String {
    cidr(first, last).unwrap_or_else(|| format!("{first}-{last}"))
}

/// `all`, or `TCP 80,443 UDP 53`.
pub fn ports_text(ports: &Ports) -> String {
    ports.to_string()
}

/// The same for a page: what is every port is said in its language.
pub fn ports_words(lang: Lang, ports: &Ports) -> String {
    if ports.is_all() { t(lang, "reach-all") } else { ports_text(ports) }
}

/// As JSON: `"all"`, or ranges by protocol.
pub(crate) fn ports_json(ports: &Ports) -> Value {
    if ports.is_all() { json!("all") } else { json!(ports.by_name()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_networks_where_they_can_be() {
        let text = |first: [u8; 4], last: [u8; 4]| range_text(first.into(), last.into());
        assert_eq!(text([0; 4], [255; 4]), "0.0.0.0/0");
        assert_eq!(text([10, 0, 0, 0], [10, 255, 255, 255]), "10.0.0.0/8");
        assert_eq!(text([10, 0, 0, 7], [10, 0, 0, 7]), "10.0.0.7/32");
        assert_eq!(text([10, 0, 0, 1], [10, 0, 0, 2]), "10.0.0.1-10.0.0.2");
        assert_eq!(text([0; 4], [9, 255, 255, 255]), "0.0.0.0-9.255.255.255");
    }
}
