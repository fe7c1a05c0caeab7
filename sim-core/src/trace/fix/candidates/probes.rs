//! Other probes that would pass.

use super::search::Search;
use crate::trace::fix::kind::FixKind;
use crate::trace::journey::{Source, Target};
use crate::trace::probe_text::{ProbeText, edits, is_near};
use kernel::packet::Protocol;
use kubernetes::cluster::model::{PodId, ServiceId};
use std::collections::BTreeSet;

/// Destinations of a kind that are tried.
const MOST: usize = 4;

pub(super) fn to(search: &Search<'_>, to: String) -> ProbeText {
    ProbeText { to, ..search.text.clone() }
}

/// The part of the destination before its port.
fn host(search: &Search<'_>) -> String {
    let text = &*search.text.to;
    text.rsplit_once(':').map_or(text, |(host, _)| host).to_owned()
}

pub(super) fn of_service(search: &mut Search<'_>, id: ServiceId, index: Option<usize>) {
    let Some(service) = search.service(id) else { return };
    let url = matches!(search.journey.probe.to, Target::Url { .. });
    let from_pod = matches!(search.journey.probe.from, Source::Pod(_));
    let mut all = Vec::new();
    // Its own ports.
    if index.is_none() && !url && search.protocol != Protocol::Icmp {
        let own = service.ports.iter().filter(|port| port.protocol == search.protocol);
        all.extend(own.map(|port| format!("{}:{}", host(search), port.port)));
    }
    if search.protocol == Protocol::Icmp {
        for port in service.ports.iter().take(MOST) {
            let proto = (port.protocol != Protocol::Tcp).then(|| port.protocol.to_string());
            let text = ProbeText { proto, ..to(search, format!("{}:{}", host(search), port.port)) };
            search.probe(FixKind::UseProtocol, text);
        }
    }
    // Its name, where that is another; who failed to ask it did not mean the name server.
    let server = crate::agents::kubelet::cluster_dns_service(&search.model.cluster) == Some(id);
    let meant = !server || search.name.first().is_some_and(|first| **first == *service.name.name);
    if !search.name.is_empty() && from_pod && !url && meant {
        let short = *service.name.namespace == *search.namespace;
        let name = if short { service.name.name.to_string() } else { service.name.to_string() };
        let name = name.split('/').rev().collect::<Vec<_>>().join(".");
        let ports: BTreeSet<u16> = service.ports.iter().map(|port| port.port.0).collect();
        let port = if ports.contains(&search.port) { Some(search.port) } else { ports.first().copied() };
        all.push(format!("{name}:{}", port.unwrap_or(search.port)));
    }
    // An address of a load balancer that leads nowhere: the Service itself.
    let balanced = matches!(search.journey.probe.to, Target::LoadBalancer(..) | Target::Address(..));
    if balanced && from_pod && !service.cluster_ips.is_empty() {
        let own = service.ports.iter().filter(|port| port.protocol == search.protocol);
        let own = own.filter(|port| port.port.0 == search.port || service.ports.len() == 1);
        all.extend(own.map(|port| format!("svc/{}:{}", service.name, port.port)));
    }
    // Node ports, on nodes that serve it.
    let on_node = search.remote.is_some_and(|to| search.model.cluster.nodes.iter().any(|node| node.ip == to.ip()));
    if (on_node || !from_pod || search.remote.is_some_and(|to| to.ip().is_loopback())) && !url {
        let wanted = service.ports.iter().filter(|port| port.protocol == search.protocol);
        let ports: Vec<u16> = wanted.filter_map(|port| port.node_port).map(|port| port.0).collect();
        for port in ports {
            for node in search.model.cluster.nodes.iter().take(16) {
                all.push(format!("{}:{port}", node.ip));
            }
        }
    }
    // Another protocol that it has the port for.
    let (asked, over) = (search.port, search.protocol);
    for port in service.ports.iter().filter(|port| port.port.0 == asked && port.protocol != over) {
        let proto = (port.protocol != Protocol::Tcp).then(|| port.protocol.to_string());
        let text = ProbeText { proto, ..search.text.clone() };
        search.probe(FixKind::UseProtocol, text);
    }
    let own = search.text.to.clone();
    for text in all.into_iter().filter(|text| *text != own) {
        let probe = to(search, text);
        search.probe(FixKind::UseTo, probe);
    }
}

pub(super) fn changes(search: &mut Search<'_>) {
    // What the Pod that was reached listens on.
    let reached = search.journey.legs.iter().rev().find(|leg| leg.lookup.is_none());
    let netns = search.journey.outcome.at.and_then(|(leg, _)| search.journey.legs.get(leg as usize)).or(reached);
    let netns = netns.and_then(|leg| leg.hops.last()).map(|hop| hop.netns);
    let direct = matches!(search.journey.probe.to, Target::Pod(..) | Target::Address(..) | Target::Name(..));
    let found = search.model.site.pods.iter().find(|(_, own)| Some(**own) == netns).map(|(pod, _)| *pod);
    if let Some(pod) = found.filter(|_| direct) {
        listeners(search, pod);
    }
    host_ports(search);
    if search.name.is_empty() {
        return;
    }
    // What the cause suggests, then names that are near, in the form that works from there.
    let suggested = search.journey.outcome.why.as_ref().and_then(|why| why.args.get("suggestion")).cloned();
    let own = search.namespace.clone();
    let words: Vec<String> = search.name.iter().take(2).cloned().collect();
    let mut near: Vec<(usize, String)> = search
        .model
        .cluster
        .services
        .iter()
        .filter(|service| words.first().is_some_and(|first| is_near(first, &service.name.name)))
        .map(|service| {
            let short = *service.name.namespace == *own;
            let long = format!("{}.{}", service.name.name, service.name.namespace);
            let name = if short { service.name.name.to_string() } else { long };
            (words.first().map_or(0, |first| edits(first, &service.name.name)), name)
        })
        .collect();
    near.sort();
    let near = near.into_iter().map(|(_, name)| name).filter(|name| Some(name) != suggested.as_ref());
    for name in suggested.iter().cloned().chain(near.take(MOST)) {
        let text = match &search.journey.probe.to {
            Target::Url { path, port, .. } if port.0 == 80 => format!("http://{name}{path}"),
            Target::Url { path, port, .. } if port.0 == 443 => format!("https://{name}{path}"),
            Target::Url { path, port, .. } => format!("http://{name}:{port}{path}"),
            _ if search.port == 0 => name,
            _ => format!("{name}:{}", search.port),
        };
        if text != search.text.to {
            let probe = to(search, text);
            search.probe(FixKind::UseTo, probe);
        }
    }
}

/// The nodes where a Pod has the port of the node that was asked for.
fn host_ports(search: &mut Search<'_>) {
    let cluster = &search.model.cluster;
    let Some(to) = search.remote.filter(|to| cluster.nodes.iter().any(|node| node.ip == to.ip())) else { return };
    let has = |pod: &&kubernetes::cluster::model::Pod| {
        let mut ports = pod.containers.iter().flat_map(|container| &container.ports);
        let mapped =
            ports.any(|port| port.protocol == search.protocol && port.host_port.is_some_and(|own| own.0 == to.port()));
        let listens = pod.host_network
            && pod.sockets().any(|socket| socket.protocol == search.protocol && socket.port.0 == to.port());
        mapped || listens
    };
    let nodes: BTreeSet<_> = cluster.pods.iter().filter(has).map(|pod| pod.node).collect();
    let nodes = nodes.into_iter().filter_map(|id| cluster.nodes.get(id.0 as usize)).filter(|node| node.ip != to.ip());
    let all: Vec<String> = nodes.take(MOST).map(|node| node.ip.to_string()).collect();
    for ip in all {
        let name =
            search.model.cluster.nodes.iter().find(|node| node.ip.to_string() == ip).map(|node| node.name.clone());
        let text = match (&search.journey.probe.to, name) {
            (Target::Node(..), Some(name)) => format!("node/{name}:{}", to.port()),
            (Target::Url { .. }, _) => continue,
            _ => format!("{ip}:{}", to.port()),
        };
        let probe = self::to(search, text);
        search.probe(FixKind::UseTo, probe);
    }
}

fn listeners(search: &mut Search<'_>, pod: PodId) {
    let Some(netns) = search.model.site.pods.get(&pod) else { return };
    let ports: BTreeSet<(Protocol, u16)> = if search.pod(pod).is_some_and(|pod| pod.host_network) {
        // What the node itself listens on is nobody's answer to a question for a Pod.
        let given = search.model.cluster.pods.iter().filter(|pod| pod.host_network && !pod.origin.assumed);
        let here = given.filter(|own| search.pod(pod).is_some_and(|pod| pod.node == own.node));
        here.flat_map(|pod| pod.sockets()).map(|socket| (socket.protocol, socket.port.0)).take(20).collect()
    } else {
        let sockets = &search.model.site.network.netns(*netns).sockets;
        sockets.iter().map(|socket| (socket.protocol, socket.port.0)).take(20).collect()
    };
    let host = host(search);
    let (asked, over) = (search.port, search.protocol);
    for (_, port) in ports.iter().filter(|(protocol, _)| *protocol == over).take(MOST) {
        let probe = to(search, format!("{host}:{port}"));
        search.probe(FixKind::UseTo, probe);
    }
    for (protocol, _) in ports.iter().filter(|(protocol, port)| *protocol != over && *port == asked) {
        let proto = (*protocol != Protocol::Tcp).then(|| protocol.to_string());
        let probe = ProbeText { proto, ..search.text.clone() };
        search.probe(FixKind::UseProtocol, probe);
    }
}
