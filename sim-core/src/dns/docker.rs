//! What the Docker engine's resolver in a container answers (`daemon/libnetwork/resolver.go`, `sandbox_dns_unix.go`): names of the containers
//! that it shares a network with; the rest it asks the host's own servers for.

use super::answer::{Answer, address_record, reverse_address};
use super::record::{Data, Rcode, Record, RecordType};
use super::upstream;
use crate::agents::docker::joins;
use kubernetes::cluster::model::docker::{Attachment, Container};
use kubernetes::cluster::model::{Cluster, ContainerId, DockerHost};
use std::net::{IpAddr, Ipv4Addr};

/// Seconds that an answer holds (`respTTL`).
const TTL: u32 = 600;

/// Answers a question of a container.
pub(super) fn answer(cluster: &Cluster, id: ContainerId, question: &str, kind: RecordType) -> Answer {
    own(cluster, id, question, kind).unwrap_or_else(|| upstream::answer(cluster, question, kind))
}

/// What it answers a container by itself; `None` for what it asks another server for.
pub(super) fn own(cluster: &Cluster, id: ContainerId, question: &str, kind: RecordType) -> Option<Answer> {
    let host = cluster.docker_host(id.host)?;
    let own = host.containers.get(joins(host, id.at as usize))?;
    let name = question.trim_end_matches('.');
    match reverse_address(&name.to_lowercase()) {
        Some(ip) => named(host, own, ip, question),
        None => addressed(host, own, name, question, kind),
    }
}

/// Names that have an answer in a container.
pub(super) fn names(cluster: &Cluster, id: ContainerId) -> Vec<String> {
    let Some(host) = cluster.docker_host(id.host) else { return Vec::new() };
    let Some(own) = host.containers.get(joins(host, id.at as usize)) else { return Vec::new() };
    let links = own.link_names.iter().map(|(name, _)| name.to_string());
    let others = own.attachments().iter().filter(|one| one.network != 0).flat_map(|one| on(host, one.network));
    others.flat_map(|(of, one)| one.aliases.iter().chain([&of.name])).map(ToString::to_string).chain(links).collect()
}

/// Everybody with a device on a network.
fn on(host: &DockerHost, network: u32) -> impl Iterator<Item = (&Container, &Attachment)> {
    let its = move |container| {
        let all: &[Attachment] = Container::attachments(container);
        all.iter().filter(move |one| one.network == network).map(move |one| (container, one))
    };
    host.containers.iter().flat_map(its)
}

/// The container that one of a container's own names for others leads to (`links`).
fn linked<'h>(host: &'h DockerHost, own: &Container, name: &str) -> Option<&'h Container> {
    let (_, at) = own.link_names.iter().find(|(have, _)| have.eq_ignore_ascii_case(name))?;
    host.containers.get(*at as usize)
}

/// Addresses of a name: those of the first of the container's networks that knows it. A name of `links` leads to its container and nowhere else.
fn addressed(host: &DockerHost, own: &Container, name: &str, question: &str, kind: RecordType) -> Option<Answer> {
    if let Some(other) = linked(host, own, name) {
        let mine = own.attachments().iter().filter(|one| one.network != 0);
        let mut there = mine.flat_map(|at| other.attachments().iter().filter(|one| one.network == at.network));
        let ip = there.next()?.ip;
        let record = || address_record(question, IpAddr::V4(ip), TTL);
        return Some(Answer::records(&other.origin, if kind == RecordType::A { vec![record()] } else { Vec::new() }));
    }
    // The default bridge has no names.
    for at in own.attachments().iter().filter(|one| one.network != 0) {
        let network = host.networks.get(at.network as usize)?;
        // NAME.NETWORK asks one network.
        let suffix = format!(".{}", network.name);
        let short = name.len().checked_sub(suffix.len()).and_then(|cut| {
            let (front, back) = (name.get(..cut)?, name.get(cut..)?);
            back.eq_ignore_ascii_case(&suffix).then_some(front)
        });
        let called = |(container, one): &(&Container, &Attachment)| {
            let names = one.aliases.iter().chain([&container.name]);
            names.into_iter().any(|have| {
                have.eq_ignore_ascii_case(name) || short.is_some_and(|short| have.eq_ignore_ascii_case(short))
            })
        };
        let known: Vec<(&Container, Ipv4Addr)> =
            on(host, at.network).filter(called).map(|(of, one)| (of, one.ip)).collect();
        let Some((first, _)) = known.first() else { continue };
        let records: Vec<Record> = match kind {
            RecordType::A => known.iter().map(|(_, ip)| address_record(question, IpAddr::V4(*ip), TTL)).collect(),
            _ => Vec::new(),
        };
        let rotates = records.len() > 1;
        return Some(Answer { rotates, ..Answer::records(&first.origin, records) });
    }
    None
}

/// The name of an address.
fn named(host: &DockerHost, own: &Container, ip: Ipv4Addr, question: &str) -> Option<Answer> {
    let of = own.attachments().iter().filter(|one| one.network != 0);
    let mut found = of.flat_map(|at| on(host, at.network)).filter(|(_, one)| one.ip == ip);
    let (container, one) = found.next()?;
    let network = host.networks.get(one.network as usize)?;
    let data = Data::Name(format!("{}.{}.", container.name, network.name));
    let record = Record { name: question.to_owned(), kind: RecordType::Ptr, ttl: TTL, data };
    Some(Answer { rcode: Some(Rcode::NoError), ..Answer::records(&container.origin, vec![record]) })
}
