//! kube-proxy in iptables mode (pkg/proxy/iptables/proxier.go), both families.

mod context;
mod endpoint;
mod fixed;
mod rule;
mod service;
mod tables;
pub(crate) mod written;

use super::endpoints;
use super::endpoints::Family;
use crate::agents::write::Writer;
use kernel::ids::NetnsId;
use kubernetes::cluster::model::{Cluster, Endpoint, NodeId, Service, ServiceId, TrafficPolicy};
use kubernetes::origin::{Cause, Component};
use std::sync::Arc;
use tables::{COUNTS_SINCE, Tables, node_ports_on_localhost};

/// Above this many endpoints in total the comments of endpoint rules are left out (`largeClusterEndpointsThreshold`).
const LARGE_CLUSTER: usize = 1000;

/// Writes all rules of one node.
pub(crate) fn write(writer: &mut Writer<'_>, netns: NetnsId, node: NodeId) {
    for family in [Family::V4, Family::V6] {
        let tables = tables(writer, netns, node, family);
        let of = writer.builder.netns(netns);
        tables.install(if family == Family::V4 { &mut of.xtables } else { &mut of.xtables6 });
    }
    sysctls(writer, netns);
}

fn tables(writer: &mut Writer<'_>, netns: NetnsId, node: NodeId, family: Family) -> Tables {
    let cluster = writer.cluster;
    let own = writer.component(Component::KubeProxyIptables);
    let mut tables = Tables::new(own, family);
    tables.counts = cluster.settings.version.minor >= COUNTS_SINCE;
    fixed::chains(&mut tables);
    fixed::jumps(&mut tables);
    fixed::rules(&mut tables, cluster, writer.since(own, COUNTS_SINCE));
    let ports = || {
        super::proxied(cluster, family).flat_map(|(id, service)| {
            let by_port = endpoints::ByPort::of(cluster, id);
            let found = move |port| endpoints::categorize(cluster, &by_port, port, node, family);
            let known = move |index| (service, (id, index, family));
            service.ports.iter().enumerate().map(move |(index, port)| (known(index), port, found(port)))
        })
    };
    // Only as many as it takes to know: the endpoints of all ports at once would take much memory.
    let mut total = 0_usize;
    let large = ports().any(|(.., found)| {
        total += found.total;
        total > LARGE_CLUSTER
    });
    tables.nat.reserve_chains(chains(cluster, family));
    for ((service, id), port, found) in ports() {
        let (_, index, _) = id;
        let cause = writer.object(
            Component::KubeProxyIptables,
            &service.origin,
            &format!("spec.ports[{index}]"),
            port.location.as_ref(),
        );
        service::write(writer, &mut tables, node, (service, id), port, &found, large, cause);
    }
    let addresses = super::ports::addresses(writer, netns, super::node_address(cluster, node, family));
    service::node_ports(&mut tables, cluster, &addresses);
    tables
}

/// About how many chains there will be: one an endpoint where a node may use them all, and one or two a port.
fn chains(cluster: &Cluster, family: Family) -> usize {
    let everywhere = |service: &Service| service.internal_traffic_policy == TrafficPolicy::Cluster;
    let of = |id: ServiceId| cluster.endpoints.get(id.0 as usize).map_or(&[][..], Vec::as_slice);
    let usable = |endpoint: &&Endpoint| endpoint.ready && family.has(endpoint.ip);
    super::proxied(cluster, family)
        .map(|(id, service)| {
            let endpoints = || of(id).iter().flat_map(|list| &list.endpoints).filter(usable).count();
            2 * service.ports.len() + if everywhere(service) { endpoints() } else { 0 }
        })
        .sum()
}

/// Sysctls kube-proxy sets: forwarding, and `route_localnet` when node ports are to work on localhost.
fn sysctls(writer: &mut Writer<'_>, netns: NetnsId) {
    let config = &writer.cluster.settings.kube_proxy;
    if node_ports_on_localhost(writer.cluster) {
        let cause = writer.cause(Cause {
            component: Component::KubeProxyIptables,
            object: None,
            since: None,
            field: Some(Arc::from("iptables.localhostNodePorts")),
            location: config.location.clone(),
        });
        writer.builder.sysctl(netns, "net.ipv4.conf.all.route_localnet", "1", cause);
    }
}
