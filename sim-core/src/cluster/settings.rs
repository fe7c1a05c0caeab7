//! Cluster-wide settings: options, then the input's configuration objects, then kubeadm's defaults.

use super::Options;
use super::context::Context;
use super::model::{Cni, DetectLocal, KubeProxyConfig, KubernetesVersion, ProxyMode, Settings};
use crate::cause::ObjectRef;
use crate::diagnostic::{Diagnostic, codes};
use crate::manifest::objects::{KubeProxyConfiguration, Object};
use crate::manifest::span::{Span, Spanned};
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// The newest release whose behaviour is followed in full.
pub(super) const DEFAULT_VERSION: KubernetesVersion = KubernetesVersion { major: 1, minor: 30 };

pub(super) fn v4(a: u8, b: u8, c: u8, d: u8, len: u8) -> IpNet {
    IpNet::V4(ipnet::Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), len))
}

/// `v1.30.5`, `1.30`, `v1.30.5-gke.100` …
pub(super) fn parse_version(text: &str) -> Option<KubernetesVersion> {
    let mut parts = text.trim_start_matches('v').split('.');
    let (major, minor) = (parts.next()?.parse().ok()?, parts.next()?);
    let digits: String = minor.chars().take_while(char::is_ascii_digit).collect();
    Some(KubernetesVersion { major, minor: digits.parse().ok()? })
}

/// The oldest release that is followed.
pub(super) const OLDEST_VERSION: KubernetesVersion = KubernetesVersion { major: 1, minor: 29 };
/// The newest release of which something is known; from the one behind [`DEFAULT_VERSION`] on, only what this program selects by version.
pub(super) const NEWEST_VERSION: KubernetesVersion = KubernetesVersion { major: 1, minor: 37 };

/// The version of an object; `None` and a finding when it is none.
fn read_version(
    context: &mut Context<'_>,
    text: Option<&Spanned<Arc<str>>>,
    object: &ObjectRef,
) -> Option<(KubernetesVersion, Diagnostic)> {
    let text = text.filter(|text| !text.value.is_empty())?;
    let found = |code: codes::CodeInfo| code.at(text.span).about(object.clone());
    match parse_version(text) {
        Some(version) => Some((version, found(codes::VERSION_UNKNOWN))),
        None => {
            let found = found(codes::INVALID_VERSION).arg("value", &*text.value);
            context.report(found.arg("used", DEFAULT_VERSION.to_string()));
            None
        }
    }
}

/// The version that is followed for the one asked for. A release that is not known is followed as the newest that is known in full.
fn followed(context: &mut Context<'_>, asked: KubernetesVersion, place: Diagnostic) -> KubernetesVersion {
    let (code, used) = match asked {
        _ if asked > NEWEST_VERSION => (codes::VERSION_UNKNOWN, DEFAULT_VERSION),
        _ if asked < OLDEST_VERSION => (codes::VERSION_TOO_OLD, OLDEST_VERSION),
        _ => return asked,
    };
    let found = Diagnostic { code: code.code, severity: code.severity, ..place };
    context.report(found.arg("version", asked.to_string()).arg("used", used.to_string()));
    used
}

/// First IPv4 and first IPv6 CIDR of a comma-separated list.
fn first_of_each(
    context: &mut Context<'_>,
    text: &Spanned<Arc<str>>,
    path: &str,
    object: &ObjectRef,
) -> (Option<IpNet>, Option<IpNet>) {
    let parts = text.value.split(',').map(|part| Spanned { value: Arc::from(part.trim()), span: text.span });
    let nets: Vec<_> = parts.filter_map(|part| context.cidr(&part, path, object)).collect();
    let first = |v4| nets.iter().copied().find(|net| net.addr().is_ipv4() == v4);
    (first(true), first(false))
}

/// First IPv4 CIDR of a comma-separated list.
fn first_v4(context: &mut Context<'_>, text: &Spanned<Arc<str>>, path: &str, object: &ObjectRef) -> Option<IpNet> {
    first_of_each(context, text, path, object).0
}

/// Decides the settings. The LAN and the gateway follow with the nodes.
pub(super) fn decide(context: &mut Context<'_>, options: &Options) -> Settings {
    let mut settings = Settings {
        version: DEFAULT_VERSION,
        pod_cidr: v4(10, 244, 0, 0, 16),
        service_cidr: v4(10, 96, 0, 0, 12),
        dns_domain: Arc::from("cluster.local"),
        cni: options.cni.unwrap_or(Cni::Bridge),
        bridge_nf: options.bridge_nf.unwrap_or(true),
        kube_proxy: KubeProxyConfig::default(),
        lan: v4(192, 168, 10, 0, 24),
        gateway: IpAddr::V4(Ipv4Addr::new(192, 168, 10, 1)),
    };
    let mut version = None;
    let (mut pod_cidr, mut pod_cidr6) = (None, None);
    let mut cluster_cidr = None;
    let mut proxy = None;
    for object in &context.parsed.objects {
        match object {
            Object::Node(node) => {
                let found = node.value.status.node_info.kubelet_version.as_ref();
                version = version.or_else(|| read_version(context, found, &node.object));
            }
            Object::KindCluster(kind) => {
                let networking = &kind.value.networking;
                if let Some(text) = &networking.pod_subnet {
                    let (v4, v6) = first_of_each(context, text, "networking.podSubnet", &kind.object);
                    (pod_cidr, pod_cidr6) = (v4.or(pod_cidr), v6.or(pod_cidr6));
                }
                if let Some(text) = &networking.service_subnet
                    && let Some(net) = first_v4(context, text, "networking.serviceSubnet", &kind.object)
                {
                    settings.service_cidr = net;
                }
                if let Some(text) = &networking.kube_proxy_mode {
                    settings.kube_proxy.mode = mode(context, text, "networking.kubeProxyMode", &kind.object);
                }
                if networking.service_subnet.is_none() {
                    // kind's own default differs from kubeadm's: a /16.
                    settings.service_cidr = v4(10, 96, 0, 0, 16);
                }
            }
            Object::ClusterConfiguration(kubeadm) => {
                let networking = &kubeadm.value.networking;
                if let Some(text) = &networking.pod_subnet {
                    let (v4, v6) = first_of_each(context, text, "networking.podSubnet", &kubeadm.object);
                    (pod_cidr, pod_cidr6) = (v4.or(pod_cidr), v6.or(pod_cidr6));
                }
                if let Some(text) = &networking.service_subnet
                    && let Some(net) = first_v4(context, text, "networking.serviceSubnet", &kubeadm.object)
                {
                    settings.service_cidr = net;
                }
                if let Some(domain) = &networking.dns_domain {
                    settings.dns_domain = domain.value.clone();
                }
                let found = kubeadm.value.kubernetes_version.as_ref();
                version = version.or_else(|| read_version(context, found, &kubeadm.object));
            }
            Object::KubeletConfiguration(kubelet) => {
                if let Some(domain) = &kubelet.value.cluster_domain {
                    settings.dns_domain = domain.value.clone();
                }
            }
            Object::KubeProxyConfiguration(config) => {
                if let Some(text) = &config.value.cluster_cidr {
                    let nets = if text.value.is_empty() {
                        (None, None)
                    } else {
                        first_of_each(context, text, "clusterCIDR", &config.object)
                    };
                    cluster_cidr = Some(nets);
                    pod_cidr = pod_cidr.or(nets.0);
                }
                proxy = Some((config.value.clone(), config.object.clone(), config.span));
            }
            _ => {}
        }
    }
    settings.pod_cidr = pod_cidr.or_else(|| covering(context)).unwrap_or(settings.pod_cidr);
    let (local, local6) = cluster_cidr.unwrap_or((Some(settings.pod_cidr), pod_cidr6));
    settings.kube_proxy.detect_local = DetectLocal::ClusterCidr(local);
    settings.kube_proxy.cluster_cidr6 = local6;
    if let Some((config, object, span)) = proxy {
        settings.kube_proxy.location = context.at(span);
        if let Some(text) = &config.mode {
            settings.kube_proxy.mode = mode(context, text, "mode", &object);
        }
        settings.kube_proxy.mode = options.proxy_mode.unwrap_or(settings.kube_proxy.mode);
        configure(&config, &mut settings.kube_proxy, local);
    }
    settings.kube_proxy.mode = options.proxy_mode.unwrap_or(settings.kube_proxy.mode);
    let asked = options.version.map(|version| (version, codes::VERSION_UNKNOWN.at(Span::default()))).or(version);
    settings.version = match asked {
        Some((asked, place)) => followed(context, asked, place),
        None => {
            context.assume(crate::assumption::codes::VERSION.made().arg("version", DEFAULT_VERSION.to_string()));
            DEFAULT_VERSION
        }
    };
    settings
}

/// The Pod network that covers the nodes' given ones: 10.244.0.0/16 where it does, else the smallest prefix.
fn covering(context: &mut Context<'_>) -> Option<IpNet> {
    let mut nets: Vec<ipnet::Ipv4Net> = Vec::new();
    for object in &context.parsed.objects {
        let Object::Node(node) = object else { continue };
        let texts = node.value.spec.pod_cidr.iter().chain(&node.value.spec.pod_cidrs);
        nets.extend(texts.filter_map(|text| text.value.parse::<ipnet::Ipv4Net>().ok()));
    }
    let usual = ipnet::Ipv4Net::new_assert(Ipv4Addr::new(10, 244, 0, 0), 16);
    let first = *nets.first()?;
    if nets.iter().all(|net| usual.contains(net)) {
        return Some(IpNet::V4(usual));
    }
    let mut cover = first.trunc();
    while !nets.iter().all(|net| cover.contains(net)) {
        cover = cover.supernet()?;
    }
    // One node's network is not the cluster's: leave room as a controller manager would.
    let cover = if nets.len() == 1 { cover.supernet().unwrap_or(cover) } else { cover };
    Some(IpNet::V4(cover))
}

/// The mode a word stands for: iptables where none is given, and in place of one that is not simulated.
fn mode(context: &mut Context<'_>, text: &Spanned<Arc<str>>, path: &str, object: &ObjectRef) -> ProxyMode {
    let (iptables, nftables) = (Some(ProxyMode::Iptables), Some(ProxyMode::Nftables));
    let known = [("iptables", iptables), ("", iptables), ("nftables", nftables), ("ipvs", None)];
    let found = context.choice(text, path, object, &known);
    if found == Some(None) {
        let found = context.finding(codes::PROXY_MODE_NOT_MODELLED, text.span, object);
        context.report(found.arg("mode", &*text.value));
    }
    found.flatten().unwrap_or_default()
}

/// Takes a `KubeProxyConfiguration` over.
fn configure(given: &KubeProxyConfiguration, config: &mut KubeProxyConfig, cidr: Option<IpNet>) {
    let backend = match config.mode {
        ProxyMode::Iptables => &given.iptables,
        ProxyMode::Nftables => &given.nftables,
    };
    config.masquerade_bit = backend
        .masquerade_bit
        .as_ref()
        .and_then(|bit| u8::try_from(bit.value).ok())
        .filter(|bit| *bit < 32)
        .unwrap_or(14);
    config.masquerade_all = backend.masquerade_all.as_ref().is_some_and(|all| all.value);
    config.localhost_node_ports = backend.localhost_node_ports.as_ref().is_none_or(|on| on.value);
    config.node_port_addresses = given.node_port_addresses.iter().map(|text| text.value.clone()).collect();
    config.traffic_distribution_gate = given.feature_gates.get("ServiceTrafficDistribution").copied().unwrap_or(false);
    if let Some(text) = &given.detect_local_mode {
        let dev = |text: &Option<Spanned<Arc<str>>>| {
            text.as_ref().map(|text| text.value.clone()).unwrap_or_else(|| Arc::from(""))
        };
        let local = &given.detect_local;
        config.detect_local = match &*text.value {
            "NodeCIDR" => DetectLocal::NodeCidr,
            "BridgeInterface" => DetectLocal::BridgeInterface(dev(&local.bridge_interface)),
            "InterfaceNamePrefix" => DetectLocal::InterfaceNamePrefix(dev(&local.interface_name_prefix)),
            _ => DetectLocal::ClusterCidr(cidr),
        };
    }
}
