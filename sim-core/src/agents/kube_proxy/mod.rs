//! kube-proxy: Services and endpoints to rules on one node.

pub mod endpoints;
pub mod iptables;
pub mod nftables;

use crate::agents::agent::{Agent, On};
use crate::agents::write::Writer;
use kernel::ids::NetnsId;
use kernel::packet::Protocol;
use kubernetes::cluster::model::{
    Cluster, DetectLocal, NodeId, ProxyMode, Service, ServiceId, ServicePort, ServiceType,
};
use kubernetes::origin::Component;
use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

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
fn addresses(writer: &mut Writer<'_>, netns: NetnsId, own: Option<std::net::IpAddr>) -> Vec<std::net::IpAddr> {
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
fn mark(cluster: &Cluster) -> u32 {
    1u32.checked_shl(u32::from(cluster.settings.kube_proxy.masquerade_bit)).unwrap_or(1 << 14)
}

/// kube-proxy, in the mode it runs in. What the kernel refuses is not there; the reasons are kept.
pub(crate) struct KubeProxy;

impl Agent for KubeProxy {
    fn name(&self) -> &'static str {
        "kube-proxy"
    }

    fn write(&self, writer: &mut Writer<'_>, on: &On<'_>) {
        match writer.cluster.settings.kube_proxy.mode {
            ProxyMode::Iptables => iptables::write(writer, on.at.netns, on.node),
            ProxyMode::Nftables => {
                let refused = nftables::write(writer, on.at.netns, on.node);
                writer.refusals.extend(refused);
            }
        }
    }
}

/// Whether a kernel could refuse what kube-proxy writes: in nftables mode, where two Service ports lay claim to one address and port, or a
/// rule names a device. May say yes too often, never too rarely.
pub(crate) fn may_be_refused(cluster: &Cluster) -> bool {
    let settings = &cluster.settings.kube_proxy;
    if settings.mode != ProxyMode::Nftables {
        return false;
    }
    if matches!(settings.detect_local, DetectLocal::BridgeInterface(_) | DetectLocal::InterfaceNamePrefix(_)) {
        return true;
    }
    let (mut claimed, mut node_ports) = (BTreeSet::new(), BTreeSet::new());
    cluster.services.iter().any(|service| {
        let balanced = service.load_balancer.iter().map(|ingress| ingress.ip);
        let ips: BTreeSet<IpAddr> =
            service.cluster_ips.iter().chain(&service.external_ips).copied().chain(balanced).collect();
        service.ports.iter().any(|port| {
            let taken = ips.iter().any(|ip| !claimed.insert((*ip, port.protocol, port.port)));
            taken || port.node_port.is_some_and(|node_port| !node_ports.insert((port.protocol, node_port)))
        })
    })
}

/// The component that runs in the cluster's mode.
pub(crate) fn component(cluster: &Cluster) -> Component {
    match cluster.settings.kube_proxy.mode {
        ProxyMode::Iptables => Component::KubeProxyIptables,
        ProxyMode::Nftables => Component::KubeProxyNftables,
    }
}
