//! What CoreDNS answers: its server block for the name, then the plugins `rewrite`, `hosts`, `kubernetes` and `forward` in that order. Names in
//! the cluster's zone follow the DNS-Based Service Discovery specification 1.1.0.

pub use super::answer::Answer;
use super::answer::{address_record, reverse_address};
use super::record::Rcode;
use super::record::{Data, Leans, Record, RecordType};
use super::upstream;
use kubernetes::cluster::model::{Cluster, Endpoint, Service};
use kubernetes::corefile::{Forward, Hosts, Kubernetes, PodNames, Server, falls_through, is_in};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

/// A CNAME may lead on so often.
const MAX_ALIASES: usize = 8;

/// Answers a question. Names are compared without case; answers keep the question's.
pub fn answer(cluster: &Cluster, question: &str, kind: RecordType) -> Answer {
    let question = if question.ends_with('.') { question.to_owned() } else { format!("{question}.") };
    answer_at(cluster, &question, kind, 0)
}

/// `depth` counts the aliases followed so far.
fn answer_at(cluster: &Cluster, question: &str, kind: RecordType, depth: usize) -> Answer {
    let mut name = question.trim_end_matches('.').to_lowercase();
    // No block is for the name.
    let Some(server) = cluster.corefile.server_for(&name) else { return Answer::of(Rcode::Refused) };
    for rule in &server.rewrites {
        let Some(to) = rule.apply(&name) else { continue };
        name = to;
        if !rule.more {
            break;
        }
    }
    let mut found = plugins(cluster, server, question, &name, kind, depth);
    let addresses = found.records.iter().filter(|record| matches!(record.data, Data::Address(_))).count();
    found.rotates = server.rotates && addresses > 1;
    if !server.others.is_empty() {
        found.leans.push(Leans::Corefile(server.others.join(", ").into()));
    }
    found
}

/// `question` is what the answer is for, `name` what it was rewritten to.
fn plugins(cluster: &Cluster, server: &Server, question: &str, name: &str, kind: RecordType, depth: usize) -> Answer {
    for plugin in &server.hosts {
        let zones = if plugin.zones.is_empty() { &server.zones } else { &plugin.zones };
        if !zones.iter().any(|zone| is_in(name, zone)) {
            continue;
        }
        let found = hosts(plugin, question, name, kind);
        if found.is_some() || !falls_through(plugin.fallthrough.as_ref(), name) {
            // The plugin has no SOA for a negative answer, so it reports a failure.
            return found.unwrap_or_else(|| Answer::of(Rcode::ServFail));
        }
    }
    for plugin in &server.kubernetes {
        let mut zones: Vec<&str> = plugin.zones.iter().map(AsRef::as_ref).filter(|zone| is_in(name, zone)).collect();
        zones.sort_by_key(|zone| std::cmp::Reverse(zone.len()));
        let Some(domain) = zones.first() else { continue };
        let zone = Zone { cluster, domain, plugin };
        let found = zone.answer(question, name, kind, depth);
        let missing = found.rcode == Some(Rcode::NxDomain);
        if !missing || !falls_through(plugin.fallthrough.as_ref(), name) {
            return found;
        }
    }
    let fits = |forward: &&Forward| is_in(name, &forward.from) && !forward.except.iter().any(|zone| is_in(name, zone));
    match server.forwards.iter().find(fits) {
        Some(forward) => forwarded(cluster, forward, question, name, kind),
        // There is no plugin left to ask.
        None => Answer::of(Rcode::ServFail),
    }
}

/// What comes back from where a question is forwarded to.
fn forwarded(cluster: &Cluster, forward: &Forward, question: &str, name: &str, kind: RecordType) -> Answer {
    let own = |server: &std::sync::Arc<str>| {
        let address =
            || server.parse::<IpAddr>().ok().or_else(|| Some(server.parse::<std::net::SocketAddr>().ok()?.ip()));
        let is_gateway = |ip: IpAddr| cluster.segments.iter().any(|segment| segment.gateway == ip);
        server.starts_with('/') || address().is_some_and(is_gateway)
    };
    if !forward.from.is_empty() || !forward.to.iter().any(own) {
        // A server of its own for these names, or one that knows nothing of the nodes.
        return match upstream::known(cluster, name) {
            upstream::Known::Nowhere | upstream::Known::Meant if forward.from.is_empty() => {
                upstream::answer(cluster, question, kind)
            }
            _ => upstream::beyond(),
        };
    }
    let asked = format!("{name}.");
    let mut found = upstream::answer(cluster, &asked, kind);
    for record in found.records.iter_mut().filter(|record| record.name == asked) {
        record.name = question.to_owned();
    }
    found
}

/// The plugin `hosts`; `None` where it has nothing of that name.
fn hosts(plugin: &Hosts, question: &str, name: &str, kind: RecordType) -> Option<Answer> {
    if let Some(address) = reverse_address(name) {
        let named = plugin.entries.iter().filter(|(ip, _)| *ip == IpAddr::V4(address)).flat_map(|(_, names)| names);
        let record = |name: &std::sync::Arc<str>| Record {
            name: question.to_owned(),
            kind: RecordType::Ptr,
            ttl: plugin.ttl,
            data: Data::Name(format!("{name}.")),
        };
        let records: Vec<Record> = named.map(record).filter(|_| kind == RecordType::Ptr).collect();
        return (!records.is_empty()).then(|| Answer { records, ..Answer::of(Rcode::NoError) });
    }
    let entries = plugin.entries.iter().filter(|(_, names)| names.iter().any(|have| **have == *name));
    let addresses: BTreeSet<IpAddr> = entries.map(|(ip, _)| *ip).collect();
    if addresses.is_empty() {
        return plugin.unread.then(upstream::beyond);
    }
    let records = addresses.into_iter().filter(|ip| wanted(kind, *ip));
    let records = records.map(|ip| address_record(question, ip, plugin.ttl)).collect();
    Some(Answer { records, ..Answer::of(Rcode::NoError) })
}

/// A zone that the plugin `kubernetes` is for.
struct Zone<'a> {
    cluster: &'a Cluster,
    domain: &'a str,
    plugin: &'a Kubernetes,
}

impl Zone<'_> {
    fn answer(&self, question: &str, name: &str, kind: RecordType, depth: usize) -> Answer {
        let cluster = self.cluster;
        if let Some(address) = reverse_address(name) {
            return self.reverse(question, address, kind);
        }
        if name == self.domain {
            return Answer::of(Rcode::NoError);
        }
        let Some(rest) = name.strip_suffix(&format!(".{}", self.domain)) else {
            return Answer::of(Rcode::NxDomain);
        };
        let labels: Vec<&str> = rest.split('.').collect();
        let no_pods = self.plugin.pods == PodNames::Disabled;
        match labels.as_slice() {
            [_, "pod"] if no_pods => Answer::of(Rcode::NxDomain),
            ["svc" | "pod"] => Answer::of(Rcode::NoError),
            [namespace, "svc" | "pod"] => {
                let known = cluster.namespaces.iter().any(|have| have.eq_ignore_ascii_case(namespace));
                Answer::of(if known { Rcode::NoError } else { Rcode::NxDomain })
            }
            [address, namespace, "pod"] => self.pod(question, address, namespace, kind),
            [before @ .., service, namespace, "svc"] => {
                self.in_service(question, before, (service, namespace), kind, depth)
            }
            _ => Answer::of(Rcode::NxDomain),
        }
    }

    /// PTR: a ClusterIP's Service, or the Services an endpoint belongs to. Anything else falls through to the forwarder.
    fn reverse(&self, question: &str, address: Ipv4Addr, kind: RecordType) -> Answer {
        let cluster = self.cluster;
        let address = IpAddr::V4(address);
        let ttl = self.plugin.ttl;
        let ptr =
            |name: String| Record { name: question.to_owned(), kind: RecordType::Ptr, ttl, data: Data::Name(name) };
        let mut names = Vec::new();
        let mut origin = None;
        for (service, lists) in cluster.services.iter().zip(&cluster.endpoints) {
            if service.cluster_ips.contains(&address) {
                names = vec![self.service_name(service)];
                origin = Some(service.origin.clone());
                break;
            }
            if let Some(endpoint) =
                lists.iter().flat_map(|list| &list.endpoints).find(|endpoint| endpoint.ip == address)
            {
                names.push(format!("{}.{}", self.label(endpoint), self.service_name(service)));
                origin = origin.or_else(|| Some(service.origin.clone()));
            }
        }
        match (names.is_empty(), kind) {
            (true, _) => Answer::of(Rcode::NxDomain),
            (false, RecordType::Ptr) => Answer {
                rcode: Some(Rcode::NoError),
                records: names.into_iter().map(ptr).collect(),
                origin,
                ..Answer::default()
            },
            (false, _) => Answer { origin, ..Answer::of(Rcode::NoError) },
        }
    }

    /// `10-244-1-5.ns.pod`: `pods insecure` echoes the address when the namespace exists, `pods verified` when a Pod there has it.
    fn pod(&self, question: &str, text: &str, namespace: &str, kind: RecordType) -> Answer {
        let cluster = self.cluster;
        let known = cluster.namespaces.iter().any(|have| have.eq_ignore_ascii_case(namespace));
        let Some(address) = text.replace('-', ".").parse::<Ipv4Addr>().ok().filter(|_| known) else {
            return Answer::of(Rcode::NxDomain);
        };
        let its = |pod: &&kubernetes::cluster::model::Pod| {
            pod.ip == IpAddr::V4(address) && pod.name.namespace.eq_ignore_ascii_case(namespace) && !pod.host_network
        };
        let mut answer = match self.plugin.pods {
            PodNames::Disabled => return Answer::of(Rcode::NxDomain),
            PodNames::Insecure => Answer::of(Rcode::NoError),
            PodNames::Verified => match cluster.pods.iter().find(its) {
                Some(pod) => Answer::records(&pod.origin, Vec::new()),
                None => return Answer::of(Rcode::NxDomain),
            },
        };
        if kind == RecordType::A {
            answer.records.push(self.address(question, IpAddr::V4(address)));
        }
        answer
    }

    /// Names of a Service and under it.
    fn in_service(
        &self,
        question: &str,
        before: &[&str],
        (name, namespace): (&str, &str),
        kind: RecordType,
        depth: usize,
    ) -> Answer {
        let cluster = self.cluster;
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
                [] => self.alias(question, service, target, kind, depth),
                _ => Answer::of(Rcode::NxDomain),
            };
        }
        let ready: Vec<(&str, kernel::packet::Protocol, &Endpoint)> = lists
            .iter()
            .flat_map(|list| {
                list.endpoints.iter().map(move |endpoint| {
                    (&*list.port_name, list.protocol.unwrap_or(kernel::packet::Protocol::Tcp), endpoint)
                })
            })
            .filter(|(.., endpoint)| endpoint.ready)
            .collect();
        if service.headless && ready.is_empty() {
            return Answer::of(Rcode::NxDomain);
        }
        match before {
            [] if kind == RecordType::Srv => self.srv(question, service, &ready, None),
            [] => {
                let all: BTreeSet<IpAddr> = if service.headless {
                    ready.iter().map(|(.., endpoint)| endpoint.ip).collect()
                } else {
                    service.cluster_ips.iter().copied().collect()
                };
                let records =
                    all.into_iter().filter(|ip| wanted(kind, *ip)).map(|ip| self.address(question, ip)).collect();
                Answer::records(&service.origin, records)
            }
            [one] => {
                let own: BTreeSet<IpAddr> = ready
                    .iter()
                    .filter(|(.., endpoint)| self.label(endpoint) == *one)
                    .map(|(.., endpoint)| endpoint.ip)
                    .collect();
                if own.is_empty() {
                    return Answer::of(Rcode::NxDomain);
                }
                let records =
                    own.into_iter().filter(|ip| wanted(kind, *ip)).map(|ip| self.address(question, ip)).collect();
                Answer::records(&service.origin, records)
            }
            [port, protocol] => match (port.strip_prefix('_'), protocol.strip_prefix('_')) {
                (Some(port), Some(protocol)) => self.srv_or_nodata(question, service, &ready, (port, protocol), kind),
                _ => Answer::of(Rcode::NxDomain),
            },
            _ => Answer::of(Rcode::NxDomain),
        }
    }

    fn srv_or_nodata(
        &self,
        question: &str,
        service: &Service,
        ready: &Ready<'_>,
        port: (&str, &str),
        kind: RecordType,
    ) -> Answer {
        let answer = self.srv(question, service, ready, Some(port));
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

    fn srv(&self, question: &str, service: &Service, ready: &Ready<'_>, port: Option<(&str, &str)>) -> Answer {
        let fits = |name: &str, protocol: kernel::packet::Protocol| {
            port.is_none_or(|(want, over)| {
                want.eq_ignore_ascii_case(name) && over.eq_ignore_ascii_case(&protocol.to_string())
            })
        };
        let own = self.service_name(service);
        let mut targets: Vec<(u16, String, Vec<IpAddr>)> = Vec::new();
        if service.headless {
            for (name, protocol, endpoint) in ready.iter().filter(|(.., endpoint)| endpoint.port.0 != 0) {
                if fits(name, *protocol) {
                    targets.push((endpoint.port.0, format!("{}.{own}", self.label(endpoint)), vec![endpoint.ip]));
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
            answer.records.push(Record {
                name: question.to_owned(),
                kind: RecordType::Srv,
                ttl: self.plugin.ttl,
                data,
            });
            if named.insert(target.clone()) {
                answer.additional.extend(ips.into_iter().map(|ip| self.address(&target, ip)));
            }
        }
        answer
    }

    /// ExternalName: a CNAME, followed inside the zone; a target outside is asked upstream.
    fn alias(&self, question: &str, service: &Service, target: &str, kind: RecordType, depth: usize) -> Answer {
        let target = format!("{}.", target.trim_end_matches('.'));
        let cname = Record {
            name: question.to_owned(),
            kind: RecordType::Cname,
            ttl: self.plugin.ttl,
            data: Data::Name(target.clone()),
        };
        let mut found = Answer::records(&service.origin, vec![cname]);
        if kind == RecordType::Cname || depth >= MAX_ALIASES {
            return found;
        }
        let onward = answer_at(self.cluster, &target, kind, depth + 1);
        found.forwarded = onward.forwarded;
        found.leans = onward.leans;
        if onward.rcode == Some(Rcode::ServFail) {
            found.rcode = Some(Rcode::ServFail);
        }
        found.records.extend(onward.records.into_iter().take(64));
        found
    }

    /// An address record with the zone's time to live.
    fn address(&self, name: &str, ip: IpAddr) -> Record {
        address_record(name, ip, self.plugin.ttl)
    }

    /// A Service's name with a trailing dot.
    fn service_name(&self, service: &Service) -> String {
        let domain = self.plugin.domain().map_or(self.domain, AsRef::as_ref);
        format!("{}.{}.svc.{domain}.", service.name.name, service.name.namespace)
    }

    /// The label of an endpoint: its hostname, its Pod's name where the plugin is told so, or its address with dashes.
    fn label(&self, endpoint: &Endpoint) -> String {
        if let Some(hostname) = &endpoint.hostname {
            return hostname.to_lowercase();
        }
        let pod = endpoint.pod.filter(|_| self.plugin.endpoint_pod_names);
        match pod.and_then(|id| self.cluster.pods.get(id.0 as usize)) {
            Some(pod) => pod.name.name.to_string(),
            None => endpoint.ip.to_string().replace(['.', ':'], "-"),
        }
    }
}

/// Names that have an answer: the zone's own, namespaces', Services', their endpoints' and ports', and each Pod's by its address; also
/// those of addresses. With a trailing dot.
pub fn names(cluster: &Cluster) -> impl Iterator<Item = String> {
    let plugins = cluster.corefile.servers.iter().filter(|server| server.port == 53);
    let plugins = plugins.flat_map(|server| &server.kubernetes);
    plugins.flat_map(move |plugin| {
        let domain = plugin.domain().map_or("", AsRef::as_ref);
        names_in(Zone { cluster, domain, plugin })
    })
}

fn names_in(zone: Zone<'_>) -> impl Iterator<Item = String> {
    let Zone { cluster, domain, .. } = zone;
    let top = [format!("{domain}."), format!("svc.{domain}."), format!("pod.{domain}.")];
    let spaces = cluster
        .namespaces
        .iter()
        .flat_map(move |namespace| ["svc", "pod"].map(|kind| format!("{namespace}.{kind}.{domain}.")));
    let services = cluster.services.iter().zip(&cluster.endpoints).flat_map(move |(service, lists)| {
        let own = zone.service_name(service);
        let endpoints = lists.iter().flat_map(|list| &list.endpoints);
        let labels: BTreeSet<String> = endpoints.clone().map(|endpoint| zone.label(endpoint)).collect();
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
        format!("{address}.{}.pod.{domain}.", pod.name.namespace)
    });
    top.into_iter().chain(spaces).chain(services).chain(pods)
}

fn wanted(kind: RecordType, ip: IpAddr) -> bool {
    matches!((kind, ip), (RecordType::A, IpAddr::V4(_)) | (RecordType::Aaaa, IpAddr::V6(_)))
}

/// `4.3.2.1.in-addr.arpa.` of an address.
fn reverse_name(address: IpAddr) -> Option<String> {
    let IpAddr::V4(address) = address else { return None };
    let [a, b, c, d] = address.octets();
    Some(format!("{d}.{c}.{b}.{a}.in-addr.arpa."))
}

type Ready<'a> = [(&'a str, kernel::packet::Protocol, &'a Endpoint)];
