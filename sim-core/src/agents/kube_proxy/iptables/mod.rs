//! kube-proxy in iptables mode (pkg/proxy/iptables/proxier.go), both families.

mod fixed;
mod rule;
mod service;
mod tables;

use super::endpoints;
use super::endpoints::Family;
use crate::agents::write::Writer;
use kernel::ids::NetnsId;
use kubernetes::cluster::model::NodeId;
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
            let found = move |port| endpoints::categorize(cluster, id, port, node, family);
            service.ports.iter().enumerate().map(move |(index, port)| (service, index, port, found(port)))
        })
    };
    // Only as many as it takes to know: the endpoints of all ports at once would take much memory.
    let mut total = 0_usize;
    let large = ports().any(|(.., found)| {
        total += found.total;
        total > LARGE_CLUSTER
    });
    for (service, index, port, found) in ports() {
        let cause = writer.object(
            Component::KubeProxyIptables,
            &service.origin,
            &format!("spec.ports[{index}]"),
            port.location.as_ref(),
        );
        service::write(writer, &mut tables, node, service, port, &found, large, cause);
    }
    let addresses = super::ports::addresses(writer, netns, super::node_address(cluster, node, family));
    service::node_ports(&mut tables, cluster, &addresses);
    tables
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
