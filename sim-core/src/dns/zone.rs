//! What CoreDNS's plugin `kubernetes` answers, with kubeadm's Corefile (`pods insecure`, `ttl 30`), by the DNS-Based Service Discovery
//! specification 1.1.0.

use super::{Data, Record, RecordType};
use crate::cluster::model::{Cluster, Endpoint, Origin, Service};
use crate::trace::Rcode;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

/// `ttl 30` of kubeadm's Corefile.
const TTL: u32 = 30;
/// A CNAME may lead on so often.
const MAX_ALIASES: usize = 8;

/// An answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// Code; [`Rcode::NoError`] without records is NODATA.
    pub rcode: Option<Rcode>,
    /// Answer section.
    pub records: Vec<Record>,
    /// Additional section.
    pub additional: Vec<Record>,
    /// The object the answer comes from.
    pub origin: Option<Origin>,
    /// The name is outside the cluster's zone: it was forwarded to a server that is not simulated and does not answer.
    pub forwarded: bool,
}

impl Answer {
    fn of(rcode: Rcode) -> Self {
        Self { rcode: Some(rcode), ..Self::default() }
    }

    fn records(origin: &Origin, records: Vec<Record>) -> Self {
        Self { rcode: Some(Rcode::NoError), records, origin: Some(origin.clone()), ..Self::default() }
    }
}

/// Answers a question. Names are compared without case; answers keep the question's.
pub fn answer(cluster: &Cluster, question: &str, kind: RecordType) -> Answer {
    answer_at(cluster, question, kind, 0)
}

/// `depth` counts the aliases followed so far.
fn answer_at(cluster: &Cluster, question: &str, kind: RecordType, depth: usize) -> Answer {
    let name = question.trim_end_matches('.').to_lowercase();
    let zone = cluster.settings.dns_domain.to_lowercase();
    if let Some(address) = reverse_address(&name) {
        return reverse(cluster, question, address, kind);
    }
    if name == zone {
        return Answer::of(Rcode::NoError);
    }
    let Some(rest) = name.strip_suffix(&format!(".{zone}")) else {
        return Answer { forwarded: true, ..Answer::of(Rcode::ServFail) };
    };
    let labels: Vec<&str> = rest.split('.').collect();
    match labels.as_slice() {
        ["svc" | "pod"] => Answer::of(Rcode::NoError),
        [namespace, "svc" | "pod"] => {
            let known = cluster.namespaces.iter().any(|have| have.eq_ignore_ascii_case(namespace));
            Answer::of(if known { Rcode::NoError } else { Rcode::NxDomain })
        }
        [address, namespace, "pod"] => pod(cluster, question, address, namespace, kind),
        [before @ .., service, namespace, "svc"] => {
            in_service(cluster, question, before, (service, namespace), kind, depth)
        }
        _ => Answer::of(Rcode::NxDomain),
    }
}

/// The address of `4.3.2.1.in-addr.arpa`.
fn reverse_address(name: &str) -> Option<Ipv4Addr> {
    let parts: Vec<u8> =
        name.strip_suffix(".in-addr.arpa")?.split('.').map(str::parse).collect::<Result<_, _>>().ok()?;
    match parts.as_slice() {
        [d, c, b, a] => Some(Ipv4Addr::new(*a, *b, *c, *d)),
        _ => None,
    }
}

fn service_name(cluster: &Cluster, service: &Service) -> String {
    format!("{}.{}.svc.{}.", service.name.name, service.name.namespace, cluster.settings.dns_domain)
}

/// PTR: a ClusterIP's Service, or the Services an endpoint belongs to. Anything else falls through to the forwarder.
fn reverse(cluster: &Cluster, question: &str, address: Ipv4Addr, kind: RecordType) -> Answer {
    let address = IpAddr::V4(address);
    let ptr =
        |name: String| Record { name: question.to_owned(), kind: RecordType::Ptr, ttl: TTL, data: Data::Name(name) };
    let mut names = Vec::new();
    let mut origin = None;
    for (service, lists) in cluster.services.iter().zip(&cluster.endpoints) {
        if service.cluster_ips.contains(&address) {
            names = vec![service_name(cluster, service)];
            origin = Some(service.origin.clone());
            break;
        }
        if let Some(endpoint) = lists.iter().flat_map(|list| &list.endpoints).find(|endpoint| endpoint.ip == address) {
            names.push(format!("{}.{}", label(endpoint), service_name(cluster, service)));
            origin = origin.or_else(|| Some(service.origin.clone()));
        }
    }
    match (names.is_empty(), kind) {
        (true, _) => Answer { forwarded: true, ..Answer::of(Rcode::ServFail) },
        (false, RecordType::Ptr) => Answer {
            rcode: Some(Rcode::NoError),
            records: names.into_iter().map(ptr).collect(),
            origin,
            ..Answer::default()
        },
        (false, _) => Answer { origin, ..Answer::of(Rcode::NoError) },
    }
}

/// `10-244-1-5.ns.pod`: `pods insecure` echoes the address when the namespace exists.
fn pod(cluster: &Cluster, question: &str, text: &str, namespace: &str, kind: RecordType) -> Answer {
    let known = cluster.namespaces.iter().any(|have| have.eq_ignore_ascii_case(namespace));
    let Some(address) = text.replace('-', ".").parse::<Ipv4Addr>().ok().filter(|_| known) else {
        return Answer::of(Rcode::NxDomain);
    };
    let mut answer = Answer::of(Rcode::NoError);
    if kind == RecordType::A {
        answer.records.push(address_record(question, IpAddr::V4(address)));
    }
    answer
}

fn address_record(name: &str, ip: IpAddr) -> Record {
    let kind = if ip.is_ipv4() { RecordType::A } else { RecordType::Aaaa };
    Record { name: name.to_owned(), kind, ttl: TTL, data: Data::Address(ip) }
}

/// The label of an endpoint: its hostname, or its address with dashes.
fn label(endpoint: &Endpoint) -> String {
    let dashes = || endpoint.ip.to_string().replace(['.', ':'], "-");
    endpoint.hostname.as_ref().map_or_else(dashes, |hostname| hostname.to_lowercase())
}

fn wanted(kind: RecordType, ip: IpAddr) -> bool {
    matches!((kind, ip), (RecordType::A, IpAddr::V4(_)) | (RecordType::Aaaa, IpAddr::V6(_)))
}

fn in_service(
    cluster: &Cluster,
    question: &str,
    before: &[&str],
    (name, namespace): (&str, &str),
    kind: RecordType,
    depth: usize,
) -> Answer {
    let same = |service: &&Service| {
        service.name.name.eq_ignore_ascii_case(name) && service.name.namespace.eq_ignore_ascii_case(namespace)
    };
    let Some(at) = cluster.services.iter().position(|service| same(&service)) else {
        return Answer::of(Rcode::NxDomain);
    };
    let (Some(service), Some(lists)) = (cluster.services.get(at), cluster.endpoints.get(at)) else {
        return Answer::of(Rcode::NxDomain);
    };
    if let Some(target) = &service.external_name {
        return match before {
            [] => alias(cluster, question, service, target, kind, depth),
            _ => Answer::of(Rcode::NxDomain),
        };
    }
    let ready: Vec<(&str, crate::packet::Protocol, &Endpoint)> = lists
        .iter()
        .flat_map(|list| {
            list.endpoints.iter().map(move |endpoint| {
                (&*list.port_name, list.protocol.unwrap_or(crate::packet::Protocol::Tcp), endpoint)
            })
        })
        .filter(|(.., endpoint)| endpoint.ready)
        .collect();
    if service.headless && ready.is_empty() {
        return Answer::of(Rcode::NxDomain);
    }
    match before {
        [] if kind == RecordType::Srv => srv(cluster, question, service, &ready, None),
        [] => {
            let all: BTreeSet<IpAddr> = if service.headless {
                ready.iter().map(|(.., endpoint)| endpoint.ip).collect()
            } else {
                service.cluster_ips.iter().copied().collect()
            };
            let records =
                all.into_iter().filter(|ip| wanted(kind, *ip)).map(|ip| address_record(question, ip)).collect();
            Answer::records(&service.origin, records)
        }
        [one] => {
            let own: BTreeSet<IpAddr> = ready
                .iter()
                .filter(|(.., endpoint)| label(endpoint) == *one)
                .map(|(.., endpoint)| endpoint.ip)
                .collect();
            if own.is_empty() {
                return Answer::of(Rcode::NxDomain);
            }
            let records =
                own.into_iter().filter(|ip| wanted(kind, *ip)).map(|ip| address_record(question, ip)).collect();
            Answer::records(&service.origin, records)
        }
        [port, protocol] => match (port.strip_prefix('_'), protocol.strip_prefix('_')) {
            (Some(port), Some(protocol)) => srv_or_nodata(cluster, question, service, &ready, (port, protocol), kind),
            _ => Answer::of(Rcode::NxDomain),
        },
        _ => Answer::of(Rcode::NxDomain),
    }
}

/// Names that have an answer: the zone's own, namespaces', Services', their endpoints' and ports', and each Pod's by its address; also
/// those of addresses. With a trailing dot.
pub fn names(cluster: &Cluster) -> impl Iterator<Item = String> {
    let zone = &cluster.settings.dns_domain;
    let top = [format!("{zone}."), format!("svc.{zone}."), format!("pod.{zone}.")];
    let spaces = cluster
        .namespaces
        .iter()
        .flat_map(move |namespace| ["svc", "pod"].map(|kind| format!("{namespace}.{kind}.{zone}.")));
    let services = cluster.services.iter().zip(&cluster.endpoints).flat_map(move |(service, lists)| {
        let own = service_name(cluster, service);
        let endpoints = lists.iter().flat_map(|list| &list.endpoints);
        let labels: BTreeSet<String> = endpoints.clone().map(label).collect();
        let ports: BTreeSet<String> = service
            .ports
            .iter()
            .filter(|port| !port.name.is_empty())
            .map(|port| format!("_{}._{}", port.name, port.protocol.to_string().to_lowercase()))
            .collect();
        let addresses = endpoints.map(|endpoint| endpoint.ip).chain(service.cluster_ips.iter().copied());
        let reverse: BTreeSet<String> = addresses.filter_map(reverse_name).collect();
        let under: Vec<String> = labels.into_iter().chain(ports).map(|label| format!("{label}.{own}")).collect();
        std::iter::once(own).chain(under).chain(reverse)
    });
    let pods = cluster.pods.iter().map(move |pod| {
        let address = pod.ip.to_string().replace('.', "-");
        format!("{address}.{}.pod.{zone}.", pod.name.namespace)
    });
    top.into_iter().chain(spaces).chain(services).chain(pods)
}

/// `4.3.2.1.in-addr.arpa.` of an address.
fn reverse_name(address: IpAddr) -> Option<String> {
    let IpAddr::V4(address) = address else { return None };
    let [a, b, c, d] = address.octets();
    Some(format!("{d}.{c}.{b}.{a}.in-addr.arpa."))
}

type Ready<'a> = [(&'a str, crate::packet::Protocol, &'a Endpoint)];

fn srv_or_nodata(
    cluster: &Cluster,
    question: &str,
    service: &Service,
    ready: &Ready<'_>,
    port: (&str, &str),
    kind: RecordType,
) -> Answer {
    let answer = srv(cluster, question, service, ready, Some(port));
    match (answer.records.is_empty(), kind) {
        (true, _) => Answer::of(Rcode::NxDomain),
        (false, RecordType::Srv) => answer,
        // The name exists; CoreDNS answers it with the targets' addresses for address questions.
        (false, _) => {
            let records = answer.additional.into_iter().filter(|record| record.kind == kind);
            Answer::records(
                &service.origin,
                records.map(|record| Record { name: question.to_owned(), ..record }).collect(),
            )
        }
    }
}

fn srv(cluster: &Cluster, question: &str, service: &Service, ready: &Ready<'_>, port: Option<(&str, &str)>) -> Answer {
    let fits = |name: &str, protocol: crate::packet::Protocol| {
        port.is_none_or(|(want, over)| {
            want.eq_ignore_ascii_case(name) && over.eq_ignore_ascii_case(&protocol.to_string())
        })
    };
    let own = service_name(cluster, service);
    let mut targets: Vec<(u16, String, Vec<IpAddr>)> = Vec::new();
    if service.headless {
        for (name, protocol, endpoint) in ready.iter().filter(|(.., endpoint)| endpoint.port.0 != 0) {
            if fits(name, *protocol) {
                targets.push((endpoint.port.0, format!("{}.{own}", label(endpoint)), vec![endpoint.ip]));
            }
        }
    } else {
        let ports = service.ports.iter().filter(|port| fits(&port.name, port.protocol));
        targets.extend(ports.map(|port| (port.port.0, own.clone(), service.cluster_ips.clone())));
    }
    let weight = if targets.is_empty() { 100 } else { (100 / targets.len() as u16).max(1) };
    let mut answer = Answer::records(&service.origin, Vec::new());
    let mut named = BTreeSet::new();
    for (port, target, ips) in targets {
        let data = Data::Service { priority: 0, weight, port, target: target.clone() };
        answer.records.push(Record { name: question.to_owned(), kind: RecordType::Srv, ttl: TTL, data });
        if named.insert(target.clone()) {
            answer.additional.extend(ips.into_iter().map(|ip| address_record(&target, ip)));
        }
    }
    answer
}

/// ExternalName: a CNAME, followed inside the zone; a target outside is asked upstream.
fn alias(cluster: &Cluster, question: &str, service: &Service, target: &str, kind: RecordType, depth: usize) -> Answer {
    let target = format!("{}.", target.trim_end_matches('.'));
    let cname =
        Record { name: question.to_owned(), kind: RecordType::Cname, ttl: TTL, data: Data::Name(target.clone()) };
    let mut found = Answer::records(&service.origin, vec![cname]);
    if kind == RecordType::Cname || depth >= MAX_ALIASES {
        return found;
    }
    let onward = answer_at(cluster, &target, kind, depth + 1);
    found.forwarded = onward.forwarded;
    if onward.rcode == Some(Rcode::ServFail) {
        found.rcode = Some(Rcode::ServFail);
    }
    found.records.extend(onward.records.into_iter().take(64));
    found
}
