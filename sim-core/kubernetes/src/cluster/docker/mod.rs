//! Docker hosts: from Compose files, what `docker inspect` prints, `daemon.json` and a Scenario's hosts to networks, containers, addresses and published ports, as the
//! engine and Compose decide them.
//!
//! ```text
//! files of a folder ──project, load, merge──▶ Project ──order──▶ services ──network, ipam──▶ networks ──container, port──▶ containers
//! ```

mod container;
mod daemon;
mod depends;
mod firewall;
mod host;
mod ipam;
mod listening;
mod load;
mod merge;
mod network;
mod nodes;
mod order;
mod parts;
mod port;
mod project;
mod recorded;
#[cfg(test)]
mod tests;

use super::context::Context;
use super::lan::Lan;
use super::model::{DockerHost, DockerId, Node, Segment};
use super::options::Options;
use crate::manifest::Parsed;
use crate::manifest::objects::{Object, Text};
use container::Making;
use ipnet::IpNet;
use network::Networks;
pub(super) use nodes::{Inside, check};
use project::{Files, Project};
use recorded::Recorded;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// True where the input has anything for a Docker engine.
fn is_wanted(parsed: &Parsed) -> bool {
    parsed.objects.iter().any(|object| match object {
        Object::Compose(_) | Object::DockerDaemon(_) | Object::DockerContainer(_) | Object::DockerNetwork(_) => true,
        Object::Scenario(document) => document.value.hosts.iter().any(|host| host.value.docker.is_some()),
        _ => false,
    })
}

/// True where the input has nothing of Kubernetes beside it: no cluster is there then.
pub(super) fn is_alone(parsed: &Parsed) -> bool {
    let docker = |object: &Object| match object {
        Object::Compose(_) | Object::DockerDaemon(_) | Object::DockerContainer(_) | Object::DockerNetwork(_) => true,
        Object::Scenario(document) => document.value.nodes.is_empty(),
        _ => false,
    };
    is_wanted(parsed) && parsed.unused.is_empty() && parsed.objects.iter().all(docker)
}

/// Decides the Docker hosts. `segments` are those of the nodes, to which their own are added; `taken` are addresses of machines; `inside` are the
/// hosts where nodes are containers of the first.
pub(super) fn decide(
    context: &mut Context<'_>,
    options: &Options,
    lan: &Lan<'_>,
    (segments, taken): (&mut Vec<Segment>, &BTreeSet<IpAddr>),
    inside: Option<Inside>,
    nodes: &mut [Node],
) -> Vec<DockerHost> {
    if inside.is_none() && !is_wanted(context.parsed) {
        listening::said(context, &mut []);
        return Vec::new();
    }
    let (hosts, mut first) = match inside {
        Some(Inside { hosts, networks, made, .. }) => (hosts, Some((networks, made))),
        None => (host::all(context, options, lan, (segments, taken)), None),
    };
    let files = Files::of(context);
    let mut projects = project::all(context);
    let recorded = Recorded::of(context);
    projects.iter_mut().for_each(|project| recorded.leave_out(context, project));
    let mut all = Vec::new();
    let mut recorded = Some(recorded);
    for (mut host, mut told) in hosts {
        // All projects run on the first; what is recorded runs there already.
        let mut own = std::mem::take(&mut projects);
        let recorded = recorded.take().unwrap_or_default();
        recorded.tell(&mut host, &mut told);
        if !recorded.is_empty() {
            own.insert(0, recorded.project);
        }
        let orders: Vec<Vec<usize>> = own.iter().map(|project| order::services(context, &files, project)).collect();
        let used: Vec<BTreeSet<Text>> = own.iter().zip(&orders).map(|(project, order)| used(project, order)).collect();
        let segment = segments.get(host.segment.0 as usize).and_then(|segment| match segment.cidr {
            IpNet::V4(net) => Some(net),
            IpNet::V6(_) => None,
        });
        let (mut networks, made) = match first.take() {
            Some((networks, made)) => (networks, Some(made)),
            None => (Networks::new(context, &host, &told, segment), None),
        };
        let keys = network::make(context, &mut networks, &files, &own, &used);
        let mut making = Making::new(&mut host, &mut networks, &files);
        if let Some(made) = made {
            making.nodes(context, DockerId(all.len() as u32), &made, nodes);
        }
        for ((project, keys), order) in own.iter().zip(&keys).zip(&orders) {
            making.project(context, project, keys, order);
        }
        host.networks = networks.all;
        firewall::check(context, &host);
        own.iter().for_each(|project| depends::check(context, &files, &host, project));
        all.push(host);
    }
    let mut containers: Vec<&mut [super::model::docker::Container]> =
        all.iter_mut().map(|host| host.containers.as_mut_slice()).collect();
    listening::said(context, &mut containers);
    all
}

/// Keys of the networks that services which start are on.
fn used(project: &Project, order: &[usize]) -> BTreeSet<Text> {
    let mut all = BTreeSet::new();
    // What is recorded is there whoever uses it.
    if project.recorded {
        all.extend(project.networks.iter().map(|(key, _)| key.clone()));
    }
    for service in order.iter().filter_map(|at| project.services.get(*at)) {
        if service.of.network_mode.is_some() {
            continue;
        }
        if service.of.networks.0.is_empty() {
            all.insert(Text::from("default"));
        }
        all.extend(service.of.networks.0.iter().map(|(name, _)| name.clone()));
    }
    all
}
