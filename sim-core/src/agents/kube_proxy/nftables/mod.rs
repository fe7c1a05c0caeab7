//! kube-proxy in nftables mode (pkg/proxy/nftables/proxier.go): one table a family, and nothing outside it.

mod fixed;
mod names;
pub(crate) mod refusal;
mod rule;
mod service;
mod table;

use super::endpoints;
use crate::agents::write::Writer;
use fixed::Shared;
use ipnet::IpNet;
use kernel::ids::NetnsId;
use kubernetes::cluster::model::{Cluster, DetectLocal, NodeId};
use kubernetes::origin::Component;
use rule::{Detector, Ip};
use service::PortOn;
use table::{Draft, Layout};

pub use refusal::Refusal;
pub(crate) use refusal::findings;

/// Writes the tables of one node. What nft refuses is not there; the reasons are returned.
pub(crate) fn write(writer: &mut Writer<'_>, netns: NetnsId, node: NodeId) -> Vec<Refusal> {
    let own = writer.component(Component::KubeProxyNftables);
    let layout = Layout::of(writer.cluster.settings.version);
    let mut refused = Vec::new();
    for ip in [Ip::V4, Ip::V6] {
        let newer = layout.since().map_or(own, |minor| writer.since(own, minor));
        let mut draft = Draft::new(ip, layout, own, newer);
        family(writer, &mut draft, netns, node);
        match draft.refused {
            Some(reason) => refused.push(reason),
            None => {
                writer.builder.netns(netns).nft.tables.push(draft.table);
            }
        }
    }
    refused
}

fn family(writer: &mut Writer<'_>, draft: &mut Draft, netns: NetnsId, node: NodeId) {
    let cluster = writer.cluster;
    let bit = super::ports::mark(cluster);
    let shared = fixed::write(draft, bit, everywhere(cluster, draft.ip));
    node_port_ips(writer, draft, &shared, netns, node);
    let detector = detector(writer, draft.ip, netns, node);
    let settings = &cluster.settings;
    if settings.version.minor >= 33 && draft.ip.has(settings.service_cidr.addr()) {
        let cause = writer.since(draft.own, 33);
        fixed::service_network(draft, settings.service_cidr, cause);
    }
    if draft.layout >= Layout::V36 {
        let outside = detector.as_ref().map(|detector| detector.statement(draft.ip, false));
        fixed::masquerade_cluster_ips(draft, &shared, settings.kube_proxy.masquerade_all, outside);
    }
    for (id, service) in super::proxied(cluster, draft.ip) {
        let by_port = endpoints::ByPort::of(cluster, id);
        for (index, port) in service.ports.iter().enumerate() {
            let field = format!("spec.ports[{index}]");
            let cause = writer.object(Component::KubeProxyNftables, &service.origin, &field, port.location.as_ref());
            let newer = draft.layout.since().map_or(cause, |minor| writer.since(cause, minor));
            let found = &endpoints::categorize(cluster, &by_port, port, node, draft.ip);
            service::write(
                writer,
                draft,
                &shared,
                detector.as_ref(),
                &PortOn { node, service, port, found, cause, newer },
            );
        }
    }
}

/// Node ports work on every address: `nodePortAddresses` has all of them.
fn everywhere(cluster: &Cluster, ip: Ip) -> bool {
    let given = &cluster.settings.kube_proxy.node_port_addresses;
    let nets = given.iter().filter_map(|text| text.parse::<IpNet>().ok());
    nets.into_iter().any(|net| ip.has(net.addr()) && net.prefix_len() == 0)
}

/// Addresses that take node ports: the node's own, unless others are named. Never those of loopback.
fn node_port_ips(writer: &mut Writer<'_>, draft: &mut Draft, shared: &Shared, netns: NetnsId, node: NodeId) {
    let Some(set) = shared.node_port_ips else { return };
    let cluster = writer.cluster;
    let given = &cluster.settings.kube_proxy.node_port_addresses;
    let nets: Vec<IpNet> = given.iter().filter_map(|text| text.parse().ok()).collect();
    let primary = given.is_empty() || given.iter().any(|text| &**text == "primary");
    let own = super::node_address(cluster, node, draft.ip);
    let all = super::ports::addresses(writer, netns, own);
    let Some(origin) = cluster.nodes.get(node.0 as usize).map(|node| node.origin.clone()) else { return };
    for address in all {
        let wanted = (primary && Some(address) == own) || nets.iter().any(|net| net.contains(&address));
        if wanted && draft.ip.has(address) && !address.is_loopback() {
            let cause = writer.object(Component::KubeProxyNftables, &origin, "status.addresses", None);
            draft.element(set, vec![rule::pattern(IpNet::from(address))], None, None, cause, &origin.object);
        }
    }
}

/// How local traffic is told.
fn detector(writer: &mut Writer<'_>, ip: Ip, netns: NetnsId, node: NodeId) -> Option<Detector> {
    let settings = &writer.cluster.settings;
    let detect = &settings.kube_proxy.detect_local;
    if let Some(name) = rule::device_name(detect) {
        // Up to 1.33 the device's index is compared, which nft wants to know when it reads the rule.
        if settings.version.minor >= 34 {
            return Some(Detector::Name(name));
        }
        let there = writer.builder.netns(netns).links.iter().any(|link| link.name == name);
        return Some(if there { Detector::Device(name) } else { Detector::Missing(name) });
    }
    let net = match (detect, ip) {
        (DetectLocal::ClusterCidr(net), Ip::V4) => *net,
        (DetectLocal::ClusterCidr(_), Ip::V6) => settings.kube_proxy.cluster_cidr6,
        _ => {
            let node = writer.cluster.nodes.get(node.0 as usize)?;
            let mut nets = std::iter::once(&node.pod_cidr).chain(&node.pod_cidrs);
            nets.find(|net| ip.has(net.addr())).copied()
        }
    };
    net.map(|net| Detector::Net(net.trunc()))
}
