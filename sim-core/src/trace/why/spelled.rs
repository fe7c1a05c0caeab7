//! How a name would have to be written: what is suggested is tried first, as the resolver there would ask for it.

use super::codes;
use super::failed::{Failed, service_field};
use super::field::Why;
use crate::agents::{hosts, kubelet};
use crate::dns::resolver::{self, Asked, Reply};
use crate::dns::{RecordType, upstream, zone};
use crate::model::Model;
use crate::trace::journey::Source;
use crate::trace::lookup::{hosts_file, resolv_conf};
use crate::trace::probe_text::edits;
use kubernetes::cluster::model::{Cluster, NamespacedName, Service, ServiceId};
use kubernetes::origin::Component;
use std::net::IpAddr;

/// Whether a name has an address where the probe starts. Only answers that are sure count; that the servers answer at all is taken for
/// granted.
pub(in crate::trace) fn works(model: &Model, source: &Source, name: &str) -> bool {
    let cluster = &model.cluster;
    if hosts::find(&hosts_file(model, source), name).next().is_some_and(|line| line.ip.is_ipv4()) {
        return true;
    }
    let conf = resolv_conf(model, source);
    let ours = kubelet::cluster_dns(cluster);
    let answers = |server: IpAddr, name: &str, kind| {
        if server == cluster.settings.gateway {
            Some(upstream::answer(cluster, name, kind))
        } else if Some(server) == ours || is_name_server(cluster, server) {
            Some(zone::answer(cluster, name, kind))
        } else {
            None
        }
    };
    let found = resolver::walk(&conf, name, &[RecordType::A], |question| {
        let Some(found) = answers(question.server.ip(), &question.candidate.name, question.kind) else {
            return Asked::Silent;
        };
        if found.forwarded {
            return Asked::Beyond;
        }
        let own = found.records.iter().filter(|record| record.kind == question.kind);
        let addresses: Vec<IpAddr> = own
            .filter_map(|record| match record.data {
                crate::dns::Data::Address(ip) => Some(ip),
                _ => None,
            })
            .collect();
        let rcode = found.rcode.unwrap_or(crate::trace::Rcode::ServFail);
        Asked::Answered(Reply {
            rcode,
            answered: !addresses.is_empty(),
            addresses,
            records: found.records,
            truncated: false,
        })
    });
    matches!(found, Ok(Some(_)))
}

/// True for an address of CoreDNS itself, or of a Service in front of it.
fn is_name_server(cluster: &Cluster, server: IpAddr) -> bool {
    let is = |id: Option<kubernetes::cluster::model::PodId>| {
        id.and_then(|id| cluster.pods.get(id.0 as usize)).is_some_and(crate::dns::is_coredns)
    };
    let fronts = cluster.services.iter().zip(&cluster.endpoints);
    let mut fronts = fronts.filter(|(service, _)| service.cluster_ips.contains(&server));
    let behind = |lists: &[kubernetes::cluster::model::PortEndpoints]| {
        lists.iter().flat_map(|list| &list.endpoints).any(|endpoint| is(endpoint.pod))
    };
    fronts.any(|(_, lists)| behind(lists))
        || cluster.pods.iter().any(|pod| pod.ip == server && crate::dns::is_coredns(pod))
}

/// The ways to write a Service's name, the shortest first; `below` is the name of a Pod of it, with a dot behind.
fn ways(model: &Model, own: &str, name: &NamespacedName, below: &str) -> Vec<String> {
    let NamespacedName { namespace, name } = name;
    let zone = &model.cluster.settings.dns_domain;
    let short = (**namespace == *own).then(|| format!("{below}{name}"));
    let longer = ["".to_owned(), ".svc".to_owned(), format!(".svc.{zone}")];
    short.into_iter().chain(longer.iter().map(|end| format!("{below}{name}.{namespace}{end}"))).collect()
}

/// How the probe's source has to write the name of a Service; `None` where no way works.
pub(super) fn from_here(failed: Failed<'_>, own: &str, name: &NamespacedName, below: &str) -> Option<String> {
    ways(failed.model, own, name, below).into_iter().find(|name| works(failed.model, &failed.probe.from, name))
}

/// True for what stands where `svc` would, or before the zone: a mistake in the form of the name, no name of the world.
fn like_the_zone(zone: &str, rest: &[String]) -> bool {
    let (Some(first), text) = (rest.first(), rest.join(".")) else { return false };
    let svc = matches!(&**first, "svc" | "srv" | "svcs" | "service" | "services" | "pod" | "pods");
    svc || edits(&text, zone) <= 2 || edits(&text, &format!("svc.{zone}")) <= 3
}

/// The Service that a name means whose form is wrong: `web.shop.services.cluster.local`, `web.shop.cluster.local`,
/// `web.svc.cluster.local`. With the name of a Pod before it, and a dot behind that.
fn meant<'m>(model: &'m Model, own: &str, typed: &[String]) -> Option<(ServiceId, &'m Service, String)> {
    let cluster = &model.cluster;
    let zone = &*cluster.settings.dns_domain;
    let of = |name: &str, namespace: &str| {
        let id = cluster.service_named(namespace, name)?;
        Some((id, cluster.services.get(id.0 as usize)?))
    };
    for at in 0..typed.len().min(2) {
        let (before, rest) = typed.split_at(at);
        let below: String = before.iter().map(|label| format!("{label}.")).collect();
        let [name, rest @ ..] = rest else { continue };
        // With a namespace, and something else than the zone behind it.
        if let [namespace, rest @ ..] = rest
            && let Some((id, service)) = of(name, namespace)
            && like_the_zone(zone, rest)
            && rest.join(".") != format!("svc.{zone}")
            && rest != ["svc"]
        {
            return Some((id, service, below));
        }
        // The zone without a namespace.
        let read_so = matches!(rest, [namespace] if of(name, namespace).is_some());
        if at == 0 && !read_so && like_the_zone(zone, rest) {
            let all = (0u32..).map(ServiceId).zip(&cluster.services);
            let elsewhere = || all.clone().find(|(_, service)| *service.name.name == **name);
            if let Some((id, service)) = of(name, own).or_else(elsewhere) {
                return Some((id, service, below));
            }
        }
    }
    None
}

/// A name of the wrong form, with the right one.
pub(super) fn form(failed: Failed<'_>, typed: &[String], own: &str) -> Option<Why> {
    let (id, service, below) = meant(failed.model, own, typed)?;
    let suggestion = from_here(failed, own, &service.name, &below)?;
    let zone = &failed.model.cluster.settings.dns_domain;
    let why = Why::new(codes::NAME_FORM).arg("name", typed.join(".")).arg("zone", zone).by(Component::CoreDns);
    Some(why.arg("suggestion", suggestion).at(service_field(failed.model, id, "metadata.name")))
}

/// The whole name of a Service that has an address and that a target of an alias seems to mean.
pub(super) fn target(failed: Failed<'_>, own: &str, target: &str) -> Option<(ServiceId, String)> {
    let model = failed.model;
    let cluster = &model.cluster;
    let typed: Vec<String> = target.trim_end_matches('.').to_lowercase().split('.').map(str::to_owned).collect();
    let whole = |name: &NamespacedName, below: &str| ways(model, own, name, below).pop();
    let try_it = |id: ServiceId, below: &str| {
        let name = whole(&cluster.services.get(id.0 as usize)?.name, below)?;
        works(model, &failed.probe.from, &name).then_some((id, name))
    };
    // A short name: an alias leads to a whole one.
    if let [name] | [name, _] = &*typed {
        let namespace = typed.get(1).map_or(own, String::as_str);
        let found = cluster.service_named(namespace, name).and_then(|id| try_it(id, ""));
        if found.is_some() {
            return found;
        }
    }
    if let Some((id, _, below)) = meant(model, own, &typed) {
        return try_it(id, &below);
    }
    let zone = &cluster.settings.dns_domain;
    let all = (0u32..).map(ServiceId).zip(&cluster.services).filter(|(_, service)| service.external_name.is_none());
    let mut near: Vec<(usize, ServiceId)> = all
        .map(|(id, service)| {
            let name = format!("{}.{}.svc.{zone}", service.name.name, service.name.namespace);
            // The same name in another namespace, or nearly the same.
            let same = typed.first().is_some_and(|first| **first == *service.name.name);
            (if same { 0 } else { edits(&typed.join("."), &name) }, id)
        })
        .filter(|(far, _)| *far <= 2)
        .collect();
    near.sort();
    near.into_iter().take(4).find_map(|(_, id)| try_it(id, ""))
}
