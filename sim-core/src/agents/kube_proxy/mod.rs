//! kube-proxy: Services and endpoints to rules on one node.

pub mod conntrack;
pub mod endpoints;
pub mod iptables;
pub mod nftables;
mod ports;

pub(crate) use ports::component;
pub use ports::{PortName, node_address, protocol_name, proxied};

use crate::agents::agent::{Agent, On};
use crate::agents::write::Writer;
use kubernetes::cluster::model::{Cluster, DetectLocal, ProxyMode};
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

/// kube-proxy, in the mode it runs in. What the kernel refuses is not there; the reasons are kept.
pub(crate) struct KubeProxy;

impl Agent for KubeProxy {
    fn name(&self) -> &'static str {
        "kube-proxy"
    }

    fn write(&self, writer: &mut Writer<'_>, on: &On<'_>) {
        // One that has not followed yet writes what it knows.
        let now = (writer.cluster, Arc::clone(&writer.written));
        if let Some(known) = writer.cluster.lagging.get(&on.node) {
            (writer.cluster, writer.written) = (known, Arc::default());
        }
        match writer.cluster.settings.kube_proxy.mode {
            ProxyMode::Iptables => iptables::write(writer, on.at.netns, on.node),
            ProxyMode::Nftables => {
                let refused = nftables::write(writer, on.at.netns, on.node);
                writer.refusals.extend(refused);
            }
        }
        (writer.cluster, writer.written) = now;
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
