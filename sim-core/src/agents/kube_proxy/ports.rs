//! What both modes look at.

use super::endpoints;
use crate::agents::write::Writer;
use kernel::ids::NetnsId;
use kernel::packet::Protocol;
use kubernetes::cluster::model::{Cluster, NodeId, ProxyMode, Service, ServiceId, ServicePort, ServiceType};
use kubernetes::origin::Component;
use std::fmt;
/// Label that hands a Service to another proxy.
const LABEL_PROXY_NAME: &str = "service.kubernetes.io/service-proxy-name";

/// Label of headless Services made by the endpoint controller; kube-proxy's informer leaves them out.
const LABEL_HEADLESS: &str = "service.kubernetes.io/headless";

/// `namespace/name` or `namespace/name:port`, as kube-proxy names a Service port (`ServicePortName.String`).
#[derive(Clone, Copy, Debug)]
pub struct PortName<'a> {
    /// The Service.
    pub service: &'a Service,
    /// One of its ports.
    pub port: &'a ServicePort,
}

impl fmt::Display for PortName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.service.name.fmt(f)?;
        if self.port.name.is_empty() { Ok(()) } else { write!(f, ":{}", self.port.name) }
    }
}

/// Services kube-proxy looks at: with a ClusterIP of that family, not left to another proxy.
pub fn proxied(cluster: &Cluster, family: endpoints::Family) -> impl Iterator<Item = (ServiceId, &Service)> {
    let ids = (0u32..).map(ServiceId);
    ids.zip(&cluster.services).filter(move |(_, service)| {
        !service.headless
            && service.kind != ServiceType::ExternalName
            && service.cluster_ips.iter().any(|ip| family.has(*ip))
            && !service.labels.contains_key(LABEL_PROXY_NAME)
            && !service.labels.contains_key(LABEL_HEADLESS)
    })
}

/// Lower-case protocol name as kube-proxy writes it.
pub fn protocol_name(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Udp => "udp",
        Protocol::Sctp => "sctp",
        Protocol::Tcp | Protocol::Icmp | Protocol::Other(_) => "tcp",
    }
}

/// The node's own address of a family.
pub fn node_address(cluster: &Cluster, node: NodeId, family: endpoints::Family) -> Option<std::net::IpAddr> {
    let node = cluster.nodes.get(node.0 as usize)?;
    if family == endpoints::Family::V4 { Some(node.ip) } else { node.ip6 }
}

/// Every address a node has, its own first.
pub(super) fn addresses(
    writer: &mut Writer<'_>,
    netns: NetnsId,
    own: Option<std::net::IpAddr>,
) -> Vec<std::net::IpAddr> {
    let links = &writer.builder.netns(netns).links;
    let carried = links.iter().flat_map(|link| &link.addresses).map(|address| address.net.addr());
    let mut all: Vec<_> = own.into_iter().collect();
    for address in carried {
        if !all.contains(&address) {
            all.push(address);
        }
    }
    all
}

/// The mark kube-proxy uses: `1 << masqueradeBit`.
pub(super) fn mark(cluster: &Cluster) -> u32 {
    1u32.checked_shl(u32::from(cluster.settings.kube_proxy.masquerade_bit)).unwrap_or(1 << 14)
}

/// The component that runs in the cluster's mode.
pub(crate) fn component(cluster: &Cluster) -> Component {
    match cluster.settings.kube_proxy.mode {
        ProxyMode::Iptables => Component::KubeProxyIptables,
        ProxyMode::Nftables => Component::KubeProxyNftables,
    }
}
