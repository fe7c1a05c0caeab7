//! What the input shows of the cluster it comes from, beyond what its configuration objects say: the distribution, the network plugin,
//! the flags of the control plane, and addresses that were handed out.

mod cni;
mod distribution;
mod flags;
pub(in crate::cluster) mod pods;

pub(super) use cni::Installed;
pub(super) use distribution::{Distribution, Shown};
pub(super) use flags::{Flags, Said};

use super::context::Context;
use super::plugin::Cni;
use crate::assumption::Because;
use crate::manifest::objects::Object;
use std::net::{IpAddr, Ipv4Addr};

/// Everything in one place, gathered once.
pub(super) struct Evidence {
    /// The distribution, if something shows it.
    pub(super) distribution: Option<Shown>,
    /// The network plugin, if something installs or shows one.
    pub(super) cni: Option<Installed>,
    /// What shows that the network plugin does kube-proxy's work itself.
    pub(super) replaced: Option<(Cni, Because)>,
    /// Flags of the control plane and of kube-proxy.
    pub(super) flags: Flags,
    /// Addresses of Pods with a network of their own.
    pub(super) pods: Vec<Ipv4Addr>,
    /// Given ClusterIPs; that of `default/kubernetes` apart.
    pub(super) services: Vec<Ipv4Addr>,
    /// ClusterIP of `default/kubernetes`: the first address of the Service network.
    pub(super) kubernetes: Option<Ipv4Addr>,
    /// Addresses of Nodes.
    pub(super) nodes: Vec<Ipv4Addr>,
}

impl Evidence {
    pub(super) fn of(context: &mut Context<'_>) -> Self {
        let parsed = context.parsed;
        let flags = Flags::of(context);
        let distribution = distribution::shown(parsed);
        let cni = cni::installed(context, distribution.as_ref());
        let own = cni.as_ref().filter(|shown| shown.cni.info().own_services);
        let replaced = cni::replaces_proxy(parsed).or_else(|| own.map(|shown| (shown.cni, shown.because.clone())));
        let mut all = Self {
            distribution,
            cni,
            replaced,
            flags,
            pods: vec![],
            services: vec![],
            kubernetes: None,
            nodes: vec![],
        };
        for object in &parsed.objects {
            all.addresses(object);
        }
        all
    }

    fn addresses(&mut self, object: &Object) {
        let v4 = |text: &str| text.parse::<Ipv4Addr>().ok();
        match object {
            Object::Pod(document) => {
                let status = &document.value.status;
                let host = document.value.spec.host_network.as_ref().is_some_and(|flag| flag.value);
                self.nodes.extend(status.host_ip.as_ref().and_then(|ip| v4(&ip.value)));
                if !host {
                    let texts = status.pod_ip.iter().map(|ip| &*ip.value);
                    let ips = texts.chain(status.pod_ips.iter().map(|ip| &*ip.value.ip)).filter_map(v4);
                    self.pods.extend(ips.take(1));
                }
            }
            Object::Node(document) => {
                let addresses = document.value.status.addresses.iter();
                let own = addresses.filter(|address| &*address.value.kind == "InternalIP");
                self.nodes.extend(own.filter_map(|address| v4(&address.value.address.value)));
            }
            Object::Service(document) => {
                let spec = &document.value.spec;
                let texts = spec.cluster_ip.iter().chain(&spec.cluster_ips);
                let Some(ip) = texts.filter_map(|text| v4(&text.value)).next() else { return };
                let of = &document.object;
                if &*of.name == "kubernetes" && of.namespace.as_deref() == Some("default") {
                    self.kubernetes = Some(ip);
                } else {
                    self.services.push(ip);
                }
            }
            Object::KubeletConfiguration(document) => {
                // kubelet is told the DNS Service's address, which lies in the Service network.
                self.services.extend(document.value.cluster_dns.iter().filter_map(|text| v4(&text.value)).take(1));
            }
            _ => {}
        }
    }

    /// Nodes' and Pods' addresses that lie in a network.
    pub(super) fn within(&self, net: ipnet::IpNet) -> bool {
        self.nodes.iter().any(|ip| net.contains(&IpAddr::V4(*ip)))
    }
}
