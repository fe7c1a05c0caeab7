//! The plugin `kubernetes` of CoreDNS: names of Services, their endpoints and Pods (DNS-Based Service Discovery for Kubernetes 1.1.0;
//! plugin/kubernetes, plugin/backend_lookup.go).

use super::answer::{Answer, address_of, address_record, reverse_name};
use super::record::{Data, Rcode, Record, RecordType};
use crate::agents::runtime::is_coredns;
use kernel::packet::Protocol;
use kubernetes::cluster::model::{Cluster, Endpoint, Pod, PortEndpoints, Service};
use kubernetes::corefile::{Kubernetes, PodNames, is_in};
use kubernetes::origin::Origin;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// Aliases are followed so often.
const MAX_ALIASES: usize = 7;
/// The version of the specification that is followed, and how long it holds.
const VERSION: (&str, u32) = ("1.1.0", 28800);
/// Of the zone's SOA: the real serial is the time of the last change.
const SERIAL: u32 = 1;

/// A zone that the plugin is for.
pub(super) struct Zone<'a> {
    pub(super) cluster: &'a Cluster,
    /// Without trailing dot.
    pub(super) domain: &'a str,
    pub(super) plugin: &'a Kubernetes,
    /// The address of the server's own Pod.
    pub(super) server: Option<IpAddr>,
    /// Asks the whole server, for names that are outside of the zone.
    pub(super) lookup: &'a dyn Fn(&str, RecordType) -> Answer,
}

/// What a found object leads to.
enum Host<'a> {
    Address(IpAddr),
    /// ExternalName.
    Name(&'a str),
}

/// Something found.
struct Found<'a> {
    host: Host<'a>,
    /// `None` for what has no port.
    port: Option<u16>,
    /// Its own name, with a trailing dot.
    target: String,
    origin: Option<&'a Origin>,
}

/// The name does not exist.
struct Missing;

type Items<'a> = Result<Vec<Found<'a>>, Missing>;

impl<'a> Zone<'a> {
    /// Answers a question; `name` is it in lower case, without trailing dot.
    pub(super) fn answer(&self, question: &str, name: &str, kind: RecordType) -> Answer {
        let apex = name == self.domain;
        let answer = match kind {
            RecordType::A | RecordType::Aaaa => self.addresses(question, name, kind),
            RecordType::Srv => self.srv(question, name),
            RecordType::Cname => self.find(name, kind).map(|found| self.cname(question, &found)),
            RecordType::Ptr => self.pointer(question, name),
            RecordType::Txt => self.text(question, name),
            RecordType::Soa => {
                let records = apex.then(|| self.authority(question)).into_iter().collect();
                Ok(Answer { records, ..Answer::default() })
            }
            RecordType::Ns if apex => Ok(self.servers(question)),
            RecordType::Mx => self.find(name, kind).map(|_| Answer::default()),
            RecordType::Ns | RecordType::Any => self.addresses(question, name, RecordType::A).map(|found| {
                let origin = found.origin;
                Answer { origin, ..Answer::default() }
            }),
        };
        let (mut answer, rcode) = match answer {
            Ok(answer) => (answer, Rcode::NoError),
            Err(Missing) => (Answer::default(), Rcode::NxDomain),
        };
        answer.authoritative = true;
        answer.rcode = answer.rcode.or(Some(rcode));
        if answer.records.is_empty() {
            answer.authority = vec![self.authority(question)];
        }
        answer
    }

    /// The zone's SOA, its name written as the question has it.
    fn authority(&self, question: &str) -> Record {
        let start = question.len().saturating_sub(self.domain.len() + 1);
        let zone = question.get(start..).unwrap_or(question).to_owned();
        let ttl = self.plugin.ttl;
        let numbers = [SERIAL, 7200, 1800, 86400, ttl];
        let data = Data::Authority { server: format!("ns.dns.{zone}"), mailbox: format!("hostmaster.{zone}"), numbers };
        Record { name: zone, kind: RecordType::Soa, ttl: ttl.min(300), data }
    }

    /// Addresses of a name, aliases followed.
    fn addresses(&self, question: &str, name: &str, kind: RecordType) -> Result<Answer, Missing> {
        self.follow(question, name, kind, &mut Vec::new())
    }

    fn follow(
        &self,
        question: &str,
        name: &str,
        kind: RecordType,
        before: &mut Vec<(String, String)>,
    ) -> Result<Answer, Missing> {
        let mut answer = Answer::default();
        let mut addresses = BTreeSet::new();
        for found in self.find(name, kind)? {
            answer.origin = answer.origin.or_else(|| found.origin.cloned());
            let to = match found.host {
                Host::Address(ip) => {
                    addresses.extend(wanted(kind, ip).then_some(ip));
                    continue;
                }
                Host::Name(to) => to.trim_end_matches('.'),
            };
            let next = to.to_lowercase();
            // An alias of itself, or below itself; a circle; too many.
            let alias = (name.to_owned(), next.clone());
            if is_in(&next, name) || before.len() > MAX_ALIASES || before.contains(&alias) {
                continue;
            }
            let alias_record = self.alias(question, to);
            before.push(alias);
            if is_in(&next, self.domain) {
                // One that leads to nothing here is left out.
                if let Ok(onward) = self.follow(&format!("{to}."), &next, kind, before)
                    && (!onward.records.is_empty() || onward.forwarded)
                {
                    answer.records.push(alias_record);
                    answer.records.extend(onward.records);
                    answer.forwarded |= onward.forwarded;
                    answer.leans.extend(onward.leans);
                    answer.rcode = answer.rcode.or(onward.rcode);
                }
            } else {
                // Whatever is said there, the alias is known.
                let onward = (self.lookup)(&format!("{to}."), kind);
                answer.records.push(alias_record);
                answer.records.extend(onward.records.into_iter().take(64));
                answer.leans.extend(onward.leans);
                if onward.forwarded {
                    answer.forwarded = true;
                    answer.rcode = Some(Rcode::ServFail);
                }
            }
        }
        answer.records.extend(addresses.into_iter().map(|ip| self.address(question, ip)));
        Ok(answer)
    }

    fn alias(&self, question: &str, to: &str) -> Record {
        let data = Data::Name(format!("{to}."));
        Record { name: question.to_owned(), kind: RecordType::Cname, ttl: self.plugin.ttl, data }
    }

    fn cname(&self, question: &str, found: &[Found<'_>]) -> Answer {
        let mut answer = Answer::default();
        if let Some(first) = found.first() {
            answer.origin = first.origin.cloned();
            if let Host::Name(to) = first.host {
                answer.records.push(self.alias(question, to.trim_end_matches('.')));
            }
        }
        answer
    }

    fn text(&self, question: &str, name: &str) -> Result<Answer, Missing> {
        if self.labels(name).as_deref() == Some(&["dns-version"]) {
            let data = Data::Text(vec![VERSION.0.to_owned()]);
            let record = Record { name: question.to_owned(), kind: RecordType::Txt, ttl: VERSION.1, data };
            return Ok(Answer { records: vec![record], ..Answer::default() });
        }
        match self.find(name, RecordType::Txt)? {
            found if found.is_empty() => Err(Missing),
            _ => Ok(Answer::default()),
        }
    }

    /// SRV: one for each port, with the addresses of the targets; weights by how many there are.
    fn srv(&self, question: &str, name: &str) -> Result<Answer, Missing> {
        let found: Vec<Found<'_>> = self.find(name, RecordType::Srv)?;
        let found: Vec<(IpAddr, Found<'_>)> = found
            .into_iter()
            .filter_map(|found| match found.host {
                Host::Address(ip) => Some((ip, found)),
                Host::Name(_) => None,
            })
            .collect();
        let weight = (100 / u16::try_from(found.len()).unwrap_or(u16::MAX).max(1)).max(1);
        let mut answer = Answer::default();
        let (mut ports, mut addresses) = (BTreeSet::new(), BTreeSet::new());
        for (ip, found) in found {
            answer.origin = answer.origin.or_else(|| found.origin.cloned());
            let Some(port) = found.port else { continue };
            if ports.insert((found.target.clone(), port)) {
                let data = Data::Service { priority: 0, weight, port, target: found.target.clone() };
                let ttl = self.plugin.ttl;
                answer.records.push(Record { name: question.to_owned(), kind: RecordType::Srv, ttl, data });
            }
            if addresses.insert((found.target.clone(), ip)) {
                answer.additional.push(self.address(&found.target, ip));
            }
        }
        Ok(answer)
    }

    /// PTR: a ClusterIP's Service, or the names that an endpoint has in the Services it is of.
    fn pointer(&self, question: &str, name: &str) -> Result<Answer, Missing> {
        let Some(address) = address_of(name) else {
            let found = self.find(name, RecordType::Ptr)?;
            let origin = found.first().and_then(|found| found.origin.cloned());
            return Ok(Answer { origin, ..Answer::default() });
        };
        let exposed = self.cluster.services.iter().zip(&self.cluster.endpoints);
        let exposed = exposed.filter(|(service, _)| self.shows(service) && self.exposes(&service.name.namespace));
        let mut names = Vec::new();
        let mut origin = None;
        for (service, lists) in exposed {
            if service.cluster_ips.contains(&address) {
                names = vec![self.service_name(service)];
                origin = Some(service.origin.clone());
                break;
            }
            if let Some((.., endpoint)) = self.ready(lists).find(|(.., endpoint)| endpoint.ip == address) {
                names.push(format!("{}.{}", self.label(endpoint), self.service_name(service)));
                origin = origin.or_else(|| Some(service.origin.clone()));
            }
        }
        if names.is_empty() {
            return Err(Missing);
        }
        let ttl = self.plugin.ttl;
        let record = |name| Record { name: question.to_owned(), kind: RecordType::Ptr, ttl, data: Data::Name(name) };
        Ok(Answer { records: names.into_iter().map(record).collect(), origin, ..Answer::default() })
    }

    /// NS: the Services that the server's own Pod is an endpoint of.
    fn servers(&self, question: &str) -> Answer {
        let mut answer = Answer::default();
        for (name, ip) in self.own() {
            let have = answer.records.iter().any(|record| record.data == Data::Name(name.clone()));
            if !have {
                let (ttl, data) = (self.plugin.ttl, Data::Name(name.clone()));
                answer.records.push(Record { name: question.to_owned(), kind: RecordType::Ns, ttl, data });
            }
            answer.additional.push(self.address(&name, ip));
        }
        answer
    }

    /// Names and addresses of the server (`nsAddrs`).
    fn own(&self) -> Vec<(String, IpAddr)> {
        let pods = || self.cluster.pods.iter().find(|pod| is_coredns(pod)).map(|pod| pod.ip);
        let Some(server) = self.server.or_else(pods) else { return Vec::new() };
        let mut all = Vec::new();
        for (service, lists) in self.cluster.services.iter().zip(&self.cluster.endpoints) {
            if !self.ready(lists).any(|(.., endpoint)| endpoint.ip == server) {
                continue;
            }
            let name = self.service_name(service);
            if service.headless {
                let named =
                    |(.., endpoint): (_, _, &Endpoint)| (format!("{}.{name}", self.label(endpoint)), endpoint.ip);
                let named: BTreeSet<_> = self.ready(lists).map(named).collect();
                all.extend(named);
            } else {
                all.extend(service.cluster_ips.iter().map(|ip| (name.clone(), *ip)));
            }
        }
        if all.is_empty() {
            all.push((format!("ns.dns.{}.", self.domain), server));
        }
        all
    }

    /// Labels of a name before the zone.
    fn labels<'n>(&self, name: &'n str) -> Option<Vec<&'n str>> {
        let rest = name.strip_suffix(self.domain)?;
        let rest = rest.strip_suffix('.').unwrap_or(rest);
        Some(rest.split('.').filter(|label| !label.is_empty()).collect())
    }

    /// What a name stands for (`Services`, `Records`): nothing, where it is only there because of what is below it.
    fn find(&self, name: &str, kind: RecordType) -> Items<'a> {
        let labels = self.labels(name).ok_or(Missing)?;
        if let ["ns", "dns"] = labels.as_slice() {
            let own = |(target, ip)| Found { host: Host::Address(ip), port: Some(0), target, origin: None };
            return Ok(self.own().into_iter().map(own).collect());
        }
        let known = |namespace: &str| if self.exposes(namespace) { Ok(Vec::new()) } else { Err(Missing) };
        match labels.as_slice() {
            // What is below a reverse zone has no parts to look for.
            [] | ["svc" | "pod"] => Ok(Vec::new()),
            [_, "pod"] if self.plugin.pods == PodNames::Disabled => Err(Missing),
            [namespace, "svc" | "pod"] => known(namespace),
            [address, namespace, "pod"] => self.pod(address, namespace),
            [service, namespace, "svc"] => self.service(service, namespace, None, None),
            [endpoint, service, namespace, "svc"] => self.service(service, namespace, Some(endpoint), None),
            [port, protocol, service, namespace, "svc"] => {
                let bare = |label: &'_ str| label.strip_prefix('_').unwrap_or(label).to_owned();
                self.service(service, namespace, None, Some((&bare(port), &bare(protocol))))
            }
            // A Pod's name has nothing below it, but what stands before its address is not looked at.
            [_, address, namespace, "pod"] | [_, _, address, namespace, "pod"] => self.pod(address, namespace),
            _ => Err(Missing),
        }
        .map(|found| match kind {
            // An alias has no SRV.
            RecordType::Srv => found.into_iter().filter(|found| matches!(found.host, Host::Address(_))).collect(),
            _ => found,
        })
    }

    /// A namespace that exists and is shown.
    fn exposes(&self, namespace: &str) -> bool {
        let told = &self.plugin.namespaces;
        (told.is_empty() || told.iter().any(|have| have.eq_ignore_ascii_case(namespace)))
            && self.cluster.namespaces.iter().any(|have| have.eq_ignore_ascii_case(namespace))
    }

    fn shows(&self, service: &Service) -> bool {
        self.plugin.labels.as_ref().is_none_or(|labels| labels.fits(&service.labels))
    }

    /// `10-244-1-5.ns.pod`: `pods insecure` echoes the address, `pods verified` does so when a Pod there has it.
    fn pod(&self, text: &str, namespace: &str) -> Items<'a> {
        if !self.exposes(namespace) {
            return Err(Missing);
        }
        let four = text.matches('-').count() == 3 && !text.contains("--");
        let text = text.replace('-', if four { "." } else { ":" });
        let address: IpAddr = text.parse().map_err(|_| Missing)?;
        let its = |pod: &&Pod| {
            let shown = self.plugin.labels.as_ref().is_none_or(|labels| labels.fits(&pod.labels));
            pod.ip == address && pod.name.namespace.eq_ignore_ascii_case(namespace) && !pod.terminating && shown
        };
        let origin = match self.plugin.pods {
            PodNames::Disabled => return Err(Missing),
            PodNames::Insecure => None,
            PodNames::Verified => Some(&self.cluster.pods.iter().find(its).ok_or(Missing)?.origin),
        };
        let target = format!("{text}.{namespace}.pod.{}.", self.domain);
        Ok(vec![Found { host: Host::Address(address), port: Some(0), target, origin }])
    }

    /// A Service, one of its endpoints, or a port of it.
    fn service(&self, name: &str, namespace: &str, endpoint: Option<&str>, port: Option<(&str, &str)>) -> Items<'a> {
        let cluster = self.cluster;
        let same = |service: &Service| {
            service.name.name.eq_ignore_ascii_case(name) && service.name.namespace.eq_ignore_ascii_case(namespace)
        };
        let at = cluster.services.iter().position(same).filter(|_| self.exposes(namespace)).ok_or(Missing)?;
        let (service, lists) = cluster.services.get(at).zip(cluster.endpoints.get(at)).ok_or(Missing)?;
        if !self.shows(service) {
            return Err(Missing);
        }
        let origin = Some(&service.origin);
        if let Some(to) = &service.external_name {
            // An address is no name.
            return match endpoint.is_none() && to.parse::<IpAddr>().is_err() {
                true => {
                    Ok(vec![Found { host: Host::Name(to), port: Some(0), target: self.service_name(service), origin }])
                }
                false => Err(Missing),
            };
        }
        let fits = |name: &str, protocol: Protocol| {
            port.is_none_or(|(want, over)| {
                (want.is_empty() || want.eq_ignore_ascii_case(name))
                    && (over.is_empty() || over.eq_ignore_ascii_case(&protocol.to_string()))
            })
        };
        let own = self.service_name(service);
        if self.plugin.ignore_empty && !service.headless && self.ready(lists).next().is_none() {
            return Err(Missing);
        }
        let mut found = Vec::new();
        if service.headless || endpoint.is_some() {
            for (name, protocol, one) in self.ready(lists).filter(|(name, protocol, _)| fits(name, *protocol)) {
                let label = self.label(one);
                if endpoint.is_some_and(|wanted| !wanted.eq_ignore_ascii_case(&label)) {
                    continue;
                }
                let _ = (name, protocol);
                let port = Some(one.port.0).filter(|port| *port != 0);
                found.push(Found { host: Host::Address(one.ip), port, target: format!("{label}.{own}"), origin });
            }
        } else {
            let ports =
                service.ports.iter().filter(|port| fits(&port.name, port.protocol)).map(|port| Some(port.port.0));
            let none = (service.ports.is_empty() && port.is_none()).then_some(None);
            for port in ports.chain(none) {
                let addresses = service.cluster_ips.iter().map(|ip| Host::Address(*ip));
                found.extend(addresses.map(|host| Found { host, port, target: own.clone(), origin }));
            }
        }
        if found.is_empty() { Err(Missing) } else { Ok(found) }
    }

    /// Ready endpoints of each port.
    fn ready(&self, lists: &'a [PortEndpoints]) -> impl Iterator<Item = (&'a str, Protocol, &'a Endpoint)> {
        let known = !self.plugin.no_endpoints;
        let of = |list: &'a PortEndpoints| {
            let protocol = list.protocol.unwrap_or(Protocol::Tcp);
            list.endpoints.iter().map(move |endpoint| (&*list.port_name, protocol, endpoint))
        };
        lists.iter().filter(move |_| known).flat_map(of).filter(|(.., endpoint)| endpoint.ready)
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
            None => {
                let usual = || endpoint.ip.to_string();
                let written = endpoint.written.as_deref().map_or_else(usual, str::to_owned);
                written.replace(['.', ':'], "-")
            }
        }
    }

    /// Names that have an answer, with a trailing dot.
    pub(super) fn names(self) -> impl Iterator<Item = String> {
        let Zone { cluster, domain, .. } = self;
        let top = [format!("{domain}."), format!("svc.{domain}."), format!("pod.{domain}.")];
        let spaces = cluster
            .namespaces
            .iter()
            .flat_map(move |namespace| ["svc", "pod"].map(|kind| format!("{namespace}.{kind}.{domain}.")));
        let services = cluster.services.iter().zip(&cluster.endpoints).flat_map(move |(service, lists)| {
            let own = self.service_name(service);
            let endpoints = lists.iter().flat_map(|list| &list.endpoints);
            let labels: BTreeSet<String> = endpoints.clone().map(|endpoint| self.label(endpoint)).collect();
            let ports: BTreeSet<String> = service
                .ports
                .iter()
                .filter(|port| !port.name.is_empty())
                .map(|port| format!("_{}._{}", port.name, port.protocol.to_string().to_lowercase()))
                .collect();
            let addresses = endpoints.map(|endpoint| endpoint.ip).chain(service.cluster_ips.iter().copied());
            let reverse: BTreeSet<String> = addresses.map(reverse_name).collect();
            let under: Vec<String> = labels.into_iter().chain(ports).map(|label| format!("{label}.{own}")).collect();
            std::iter::once(own).chain(under).chain(reverse)
        });
        let pods = cluster.pods.iter().map(move |pod| {
            let address = pod.ip.to_string().replace(['.', ':'], "-");
            format!("{address}.{}.pod.{domain}.", pod.name.namespace)
        });
        top.into_iter().chain(spaces).chain(services).chain(pods)
    }
}

fn wanted(kind: RecordType, ip: IpAddr) -> bool {
    matches!((kind, ip), (RecordType::A, IpAddr::V4(_)) | (RecordType::Aaaa, IpAddr::V6(_)))
}
