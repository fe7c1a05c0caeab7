//! What the nodes' own resolver says: the one in their `resolv.conf`, which CoreDNS forwards to and Pods with `dnsPolicy: Default` ask.
//!
//! What the world's name servers know is not simulated. Three things can be said all the same: the names of the nodes are taken to be known
//! to it, a single label is no name of the world, and a name of the form that only clusters have is not there either.

use super::answer::{Answer, address_record, reverse_address};
use super::record::Rcode;
use super::record::{Leans, RecordType};
use kernel::packet::Protocol;
use kubernetes::cluster::model::docker::Desktop;
use kubernetes::cluster::model::{Cluster, HostSocket, NodeId, ServicePort};
use kubernetes::origin::Origin;
use std::net::{IpAddr, SocketAddr};

/// What is known about a name outside the cluster's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// It is a node's.
    Node(NodeId),
    /// It is that of a machine of the input which is no node.
    Host(IpAddr),
    /// It exists nowhere.
    Nowhere,
    /// It reads as a name within this cluster: taken to exist nowhere else.
    Meant,
    /// Nothing.
    Unknown,
}

/// What is at an address that CoreDNS forwards to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// A server of the Scenario, which knows its machines and the Internet's.
    Resolver,
    /// Nobody has the address.
    Silent,
    /// Nothing listens there.
    Refuses,
    /// It is not known.
    Unknown,
}

/// Who answers at an address.
pub(super) fn reach(cluster: &Cluster, to: SocketAddr) -> Reach {
    let ip = to.ip();
    let listens = |sockets: &[HostSocket]| {
        let own = |socket: &HostSocket| socket.address.is_none_or(|own| own == ip) && socket.port.0 == to.port();
        sockets.iter().any(|socket| own(socket) && socket.protocol == Protocol::Udp)
    };
    if let Some(host) = cluster.hosts.iter().find(|host| host.ip == ip) {
        return match host.sockets.is_empty() {
            true => Reach::Unknown,
            false if listens(&host.sockets) => Reach::Resolver,
            false => Reach::Refuses,
        };
    }
    if let Some(router) = cluster.routers.iter().find(|router| router.on.iter().any(|(_, own)| *own == ip)) {
        let answers = router.sockets.is_empty() || listens(&router.sockets);
        return if answers { Reach::Resolver } else { Reach::Refuses };
    }
    if let Some(pod) = cluster.pods.iter().find(|pod| pod.ip == ip && !pod.host_network) {
        let mut sockets = pod.sockets();
        let listens = sockets.any(|socket| socket.protocol == Protocol::Udp && socket.port.0 == to.port());
        return if listens { Reach::Unknown } else { Reach::Refuses };
    }
    let asks = |port: &ServicePort| port.protocol == Protocol::Udp && port.port.0 == to.port();
    if let Some(service) = cluster.services.iter().find(|service| service.cluster_ips.contains(&ip)) {
        return if service.ports.iter().any(asks) { Reach::Unknown } else { Reach::Silent };
    }
    let inside = cluster.settings.service_cidr.contains(&ip)
        || cluster.nodes.iter().any(|node| node.pod_cidrs.iter().any(|range| range.contains(&ip)));
    // A Scenario's Internet is its servers and nothing else.
    let world = cluster.segments.iter().any(|segment| segment.internet)
        && !cluster.segments.iter().any(|segment| !segment.internet && segment.cidr.contains(&ip));
    if inside || world { Reach::Silent } else { Reach::Unknown }
}

/// Top-level domains that exist for certain: every one of two letters, and the old generic ones.
fn is_public_domain(label: &str) -> bool {
    let letters = label.len() == 2 && label.bytes().all(|byte| byte.is_ascii_alphabetic());
    letters || ["com", "org", "net", "edu", "gov", "mil", "int", "arpa", "info", "biz"].contains(&label)
}

/// True for a server of the Internet, which everybody's name server knows.
pub(super) fn is_public(cluster: &Cluster, ip: IpAddr) -> bool {
    let host = cluster.hosts.iter().find(|host| host.ip == ip);
    let segment = host.and_then(|host| cluster.segments.get(host.segment.0 as usize));
    segment.is_some_and(|segment| segment.internet)
}

/// Machines of the input that are no nodes, by name.
fn machines(cluster: &Cluster) -> impl Iterator<Item = (&str, IpAddr)> {
    let hosts = cluster.hosts.iter().filter_map(|host| Some((host.name.as_ref()?, host.ip)));
    let routers = cluster.routers.iter().filter_map(|router| Some((router.name.as_ref()?, router.on.first()?.1)));
    let docker = cluster.docker.iter().filter(|host| !host.origin.assumed).map(|host| (&host.name, host.ip));
    let named = hosts.chain(routers).chain(docker).map(|(name, ip)| (&**name, ip));
    named.chain(desktop(cluster))
}

/// What Docker Desktop's own server says of the machine around its virtual machine.
fn desktop(cluster: &Cluster) -> impl Iterator<Item = (&str, IpAddr)> {
    let known = cluster.docker.iter().any(|host| host.desktop.is_some());
    Desktop::NAMES.into_iter().filter(move |_| known).map(|(name, ip)| (name, IpAddr::V4(ip)))
}

/// Names that have an answer, without a trailing dot.
pub(super) fn names(cluster: &Cluster) -> impl Iterator<Item = String> {
    let nodes = cluster.nodes.iter().map(|node| node.name.to_string());
    nodes.chain(machines(cluster).map(|(name, _)| name.to_string()))
}

/// What is known about a name: lower case, without trailing dot.
pub fn known(cluster: &Cluster, name: &str) -> Known {
    if let Some(node) = cluster.nodes.iter().position(|node| node.name.eq_ignore_ascii_case(name)) {
        return Known::Node(NodeId(node as u32));
    }
    if let Some((_, ip)) = machines(cluster).find(|(own, _)| own.eq_ignore_ascii_case(name)) {
        return Known::Host(ip);
    }
    let labels: Vec<&str> = name.split('.').collect();
    let under = labels.get(1..).unwrap_or_default();
    // No top-level domain is a number: an address taken for a name.
    let number = labels.last().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    if number
        || under.is_empty()
        || under.iter().any(|label| matches!(*label, "svc" | "pod"))
        || name.ends_with(".cluster.local")
    {
        return Known::Nowhere;
    }
    // What kubelet searches, and what CoreDNS has, nobody outside has.
    let zone = |zone: &str| name.len() > zone.len() && name.strip_suffix(zone).is_some_and(|rest| rest.ends_with('.'));
    let mut zones = cluster.corefile.domains().map(|zone| &**zone).chain([&*cluster.settings.dns_domain]);
    if zones.any(|own| zone(&own.trim_end_matches('.').to_lowercase())) {
        return Known::Meant;
    }
    let last = labels.last().copied().unwrap_or_default();
    let namespace = cluster.namespaces.iter().any(|have| have.eq_ignore_ascii_case(last));
    // NAME.NAMESPACE of a Service that is there, or POD.SERVICE.
    let service = || {
        let mut names = cluster.services.iter().map(|service| &service.name.name);
        names.any(|name| labels.iter().any(|label| name.eq_ignore_ascii_case(label)))
    };
    // POD.SERVICE by the number of a Pod.
    let numbered = || {
        let stem = labels.first().and_then(|first| first.rsplit_once('-'));
        let stem = stem.filter(|(_, number)| number.bytes().all(|byte| byte.is_ascii_digit())).map(|(stem, _)| stem);
        stem.is_some_and(|stem| {
            cluster.pods.iter().any(|pod| {
                let own = pod.name.name.rsplit_once('-').map(|(own, _)| own);
                let below = pod.subdomain.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(last));
                below && own.is_some_and(|own| own.eq_ignore_ascii_case(stem))
            })
        })
    };
    if namespace || (labels.len() == 2 && numbered()) || (labels.len() == 2 && !is_public_domain(last) && service()) {
        Known::Meant
    } else {
        Known::Unknown
    }
}

/// Answers a question as the nodes' resolver would.
pub fn answer(cluster: &Cluster, question: &str, kind: RecordType) -> Answer {
    let name = question.trim_end_matches('.').to_lowercase();
    if reverse_address(&name).is_some() {
        return beyond();
    }
    match known(cluster, &name) {
        Known::Node(id) => {
            let node = cluster.nodes.get(id.0 as usize);
            let ips = node.map_or([None, None], |node| [Some(node.ip), node.ip6]);
            let wanted = |ip: &IpAddr| match kind {
                RecordType::A => ip.is_ipv4(),
                RecordType::Aaaa => ip.is_ipv6(),
                _ => false,
            };
            let records = ips.into_iter().flatten().filter(wanted).map(|ip| address_record(question, ip, 300));
            Answer {
                rcode: Some(Rcode::NoError),
                records: records.collect(),
                origin: node.map(|node| node.origin.clone()),
                leans: vec![Leans::NodeNames],
                ..Answer::default()
            }
        }
        Known::Host(ip) => {
            let records = (kind == RecordType::A).then(|| address_record(question, ip, 300));
            let of = cluster.hosts.iter().find(|host| host.ip == ip);
            let because = of.map(|host| &host.because).and_then(|said| Some((said.object.clone()?, said)));
            let origin =
                because.map(|(object, said)| Origin { object, location: said.location.clone(), assumed: false });
            // The world knows its servers; who knows the machines of a segment, nobody says.
            let internet = of.and_then(|host| cluster.segments.get(host.segment.0 as usize));
            let local =
                !internet.is_some_and(|segment| segment.internet) && !desktop(cluster).any(|(own, _)| own == name);
            let leans = if local { vec![Leans::NodeNames] } else { Vec::new() };
            let records = records.into_iter().collect();
            Answer { rcode: Some(Rcode::NoError), records, origin, leans, ..Answer::default() }
        }
        Known::Nowhere => Answer { rcode: Some(Rcode::NxDomain), ..Answer::default() },
        Known::Meant => Answer { rcode: Some(Rcode::NxDomain), leans: vec![Leans::NotOutside], ..Answer::default() },
        Known::Unknown => beyond(),
    }
}

/// Nothing is known: a server would forward the question to one that is not simulated.
pub(super) fn beyond() -> Answer {
    Answer { rcode: Some(Rcode::ServFail), forwarded: true, ..Answer::default() }
}
