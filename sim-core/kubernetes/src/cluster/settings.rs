//! Cluster-wide settings: options, then the input's configuration objects, then kubeadm's defaults.

use super::cidr::{first_of_each, v4};
use super::context::Context;
use super::evidence::{Evidence, Flags, Said as Flag};
use super::model::{Cni, Delays, DetectLocal, KubeProxyConfig, KubernetesVersion, ProxyMode, Settings};
use super::options::Options;
use super::ranges::{self, Range};
use crate::assumption::codes as assumed;
use crate::assumption::{About, Assumption, codes::AssumptionInfo};
use crate::diagnostic::{Diagnostic, codes};
use crate::manifest::objects::{KindCluster, KubeProxyConfiguration, Object};
use crate::origin::{ObjectRef, Span, Spanned};
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// The newest release whose behaviour is followed in full.
pub(super) const DEFAULT_VERSION: KubernetesVersion = KubernetesVersion { major: 1, minor: 30 };

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

/// First IPv4 CIDR of a comma-separated list.
fn first_v4(context: &mut Context<'_>, text: &Spanned<Arc<str>>, path: &str, object: &ObjectRef) -> Option<IpNet> {
    first_of_each(context, text, path, object).0
}

/// The settings, and what of them the input says itself.
pub(super) struct Said {
    pub(super) settings: Settings,
    pub(super) pods: Range,
}

/// Decides the settings. The segments follow with the nodes.
pub(super) fn decide(context: &mut Context<'_>, evidence: &Evidence, options: &Options) -> Said {
    let mut dns_domain = None;
    let mut cluster_dns: Vec<IpAddr> = Vec::new();
    let mut version = None;
    let (mut pod_cidr, mut pod_cidr6) = (None, None);
    let mut service_cidr = None;
    let mut cluster_cidr = None;
    let mut proxy = None;
    let mut proxy_mode = None;
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
                if let Some(text) = &networking.service_subnet {
                    let found = first_v4(context, text, "networking.serviceSubnet", &kind.object);
                    service_cidr = service_cidr.or(found);
                } else {
                    // kind's own default differs from kubeadm's: a /16.
                    service_cidr = service_cidr.or(Some(v4(10, 96, 0, 0, 16)));
                }
                if let Some(text) = &networking.kube_proxy_mode {
                    proxy_mode = Some((text.clone(), "networking.kubeProxyMode", kind.object.clone()));
                }
                version = version.or_else(|| kind_version(&kind.value, &kind.object));
            }
            Object::ClusterConfiguration(kubeadm) => {
                let networking = &kubeadm.value.networking;
                if let Some(text) = &networking.pod_subnet {
                    let (v4, v6) = first_of_each(context, text, "networking.podSubnet", &kubeadm.object);
                    (pod_cidr, pod_cidr6) = (v4.or(pod_cidr), v6.or(pod_cidr6));
                }
                if let Some(text) = &networking.service_subnet {
                    let found = first_v4(context, text, "networking.serviceSubnet", &kubeadm.object);
                    service_cidr = found.or(service_cidr);
                }
                if let Some(domain) = &networking.dns_domain {
                    dns_domain = Some(domain.value.clone());
                }
                let found = kubeadm.value.kubernetes_version.as_ref();
                version = version.or_else(|| read_version(context, found, &kubeadm.object));
            }
            Object::OpenShiftNetwork(network) => {
                let ranges = network.value.spec.service_network.iter();
                let texts: Vec<_> = ranges.collect();
                for text in texts {
                    let found = first_v4(context, text, "spec.serviceNetwork", &network.object);
                    service_cidr = service_cidr.or(found);
                }
            }
            Object::KubeletConfiguration(kubelet) => {
                if let Some(domain) = &kubelet.value.cluster_domain {
                    dns_domain = Some(domain.value.clone());
                }
                let given = kubelet.value.cluster_dns.iter();
                cluster_dns = given.filter_map(|text| context.ip(text, "clusterDNS", &kubelet.object)).collect();
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
                if let Some(text) = &config.value.mode {
                    proxy_mode = Some((text.clone(), "mode", config.object.clone()));
                }
                proxy = Some((config.value.clone(), config.span));
            }
            _ => {}
        }
    }
    let flags = &evidence.flags;
    let family = ip_family(context, evidence);
    if family == Family::V6 {
        context.assume(assumed::IPV6_CLUSTER.made());
    }
    let pod_cidr = pod_cidr.or_else(|| ranges::flag(context, flags.pod_range.as_ref()));
    if cluster_cidr.is_none()
        && let Some(net) = ranges::flag(context, flags.proxy_range.as_ref())
    {
        cluster_cidr = Some((Some(net), None));
    }
    let pod_cidr = pod_cidr.or(cluster_cidr.and_then(|(v4, _)| v4));
    let given = node_ranges(context);
    let pods = ranges::pods(context, evidence, pod_cidr, &given);
    let services = ranges::services(context, evidence, service_cidr);
    let (local, local6) = cluster_cidr.unwrap_or((Some(pods.net), pod_cidr6));
    let mut kube_proxy = KubeProxyConfig {
        detect_local: DetectLocal::ClusterCidr(local),
        cluster_cidr6: local6,
        ..KubeProxyConfig::default()
    };
    if proxy_mode.is_none()
        && let Some(said) = &flags.proxy_mode
    {
        proxy_mode = Some((said.value.clone(), "--proxy-mode", said.object.clone()));
    }
    kube_proxy.mode = mode(context, evidence, options, proxy_mode.as_ref());
    if let Some((config, span)) = proxy {
        kube_proxy.location = context.at(span);
        configure(&config, &mut kube_proxy, local);
    }
    let asked = options.version.map(|version| (version, codes::VERSION_UNKNOWN.at(Span::default()))).or(version);
    let version = match asked {
        Some((asked, place)) => followed(context, asked, place),
        None => {
            context.assume(assumed::VERSION.made().arg("version", DEFAULT_VERSION.to_string()));
            DEFAULT_VERSION
        }
    };
    let node_ports = flags.node_port_range(context);
    let cni = plugin(context, evidence, options);
    let data_path = cni.simulated(context.plugins);
    if data_path == Cni::WEAVE {
        context.assume(assumed::WEAVE.made().about(About::PodNetwork));
    }
    context.domain = dns_domain.unwrap_or_else(|| context.domain.clone());
    let settings = Settings {
        version,
        pod_cidr: pods.net,
        service_cidr: services.net,
        service_cidr_said: services.said,
        ipv6: family != Family::V4,
        node_ports,
        dns_domain: context.domain.clone(),
        cluster_dns,
        cni,
        data_path,
        network_config: super::cni_config::decide(context, data_path),
        masq_agent: super::masq_agent::decide(context).map(Arc::new),
        bridge_nf: options.bridge_nf.unwrap_or(true),
        delays: delays(flags, version),
        kube_proxy,
        lan: v4(192, 168, 10, 0, 24),
        gateway: IpAddr::V4(Ipv4Addr::new(192, 168, 10, 1)),
    };
    Said { settings, pods }
}

/// How long the node controller and Pods wait, by the control plane's flags. What is no time is as if it was not said.
fn delays(flags: &Flags, version: KubernetesVersion) -> Delays {
    let said = |said: &Option<Flag>| said.as_ref().map(|said| said.value.value.clone());
    let grace = said(&flags.node_grace).and_then(|text| super::time::duration(&text)).filter(|grace| *grace > 0);
    // 50 s instead of 40 s since 1.32 (kube-controller-manager's defaults).
    let usual = if version.minor >= 32 { 50_000 } else { 40_000 };
    let unreachable = said(&flags.unreachable).and_then(|text| text.trim().parse().ok());
    let slices = said(&flags.slices).and_then(|text| super::time::duration(&text)).unwrap_or(0);
    Delays { node_grace: grace.unwrap_or(usual), unreachable: unreachable.unwrap_or(300), slices }
}

/// Which address families the cluster's configuration has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    V4,
    Dual,
    V6,
}

/// By kind's `ipFamily`, and by the families of the subnets that are named.
fn ip_family(context: &Context<'_>, evidence: &Evidence) -> Family {
    let mut texts: Vec<&str> = Vec::new();
    for object in &context.parsed.objects {
        match object {
            Object::KindCluster(kind) => {
                let networking = &kind.value.networking;
                match networking.ip_family.as_ref().map(|family| &*family.value) {
                    Some("ipv6") => return Family::V6,
                    Some("dual") => return Family::Dual,
                    _ => {}
                }
                texts.extend(networking.pod_subnet.iter().chain(&networking.service_subnet).map(|text| &*text.value));
            }
            Object::Node(node) => {
                let own = node.value.status.addresses.iter().filter(|address| &*address.value.kind == "InternalIP");
                texts.extend(own.map(|address| &*address.value.address.value));
            }
            Object::ClusterConfiguration(kubeadm) => {
                let networking = &kubeadm.value.networking;
                texts.extend(networking.pod_subnet.iter().chain(&networking.service_subnet).map(|text| &*text.value));
            }
            _ => {}
        }
    }
    let flags = [&evidence.flags.service_range, &evidence.flags.pod_range];
    texts.extend(flags.into_iter().flatten().map(|said| &*said.value.value));
    let (four, six) = (texts.iter().any(|text| text.contains('.')), texts.iter().any(|text| text.contains(':')));
    match (four, six) {
        (false, true) => Family::V6,
        (true, true) => Family::Dual,
        (_, false) => Family::V4,
    }
}

/// The version in a node image of kind: `kindest/node:v1.34.0@sha256:…`.
fn kind_version(kind: &KindCluster, object: &ObjectRef) -> Option<(KubernetesVersion, Diagnostic)> {
    let images = kind.nodes.iter().filter_map(|node| node.value.image.as_ref());
    images
        .filter_map(|image| {
            let name = image.value.split('@').next().unwrap_or_default();
            let tag = name.rsplit('/').next().unwrap_or_default().split_once(':')?.1;
            let found = codes::VERSION_UNKNOWN.at(image.span).about(object.clone());
            Some((parse_version(tag)?, found))
        })
        .next()
}

/// The nodes' given Pod networks.
fn node_ranges(context: &Context<'_>) -> Vec<ipnet::Ipv4Net> {
    let mut nets = Vec::new();
    for object in &context.parsed.objects {
        let Object::Node(node) = object else { continue };
        let texts = node.value.spec.pod_cidr.iter().chain(&node.value.spec.pod_cidrs);
        nets.extend(texts.filter_map(|text| text.value.parse::<ipnet::Ipv4Net>().ok()));
    }
    nets
}

/// The plugin asked for, else the one the input shows, else one that enforces its NetworkPolicies, else `bridge`; said where another
/// stands in for it.
fn plugin(context: &mut Context<'_>, evidence: &Evidence, options: &Options) -> Cni {
    let simulated = context.plugins;
    let stands_in = |cni: Cni, code: AssumptionInfo| {
        let simulated = cni.simulated(simulated);
        let made = code.made().arg("cni", cni.described()).arg("simulated", simulated.name());
        (simulated != cni).then(|| made.about(About::PodNetwork))
    };
    if let Some(cni) = options.cni {
        stands_in(cni, assumed::CNI_STANDS_IN).into_iter().for_each(|made| context.assume(made));
        return cni;
    }
    if let Some(shown) = &evidence.cni {
        let made = stands_in(shown.cni, assumed::CNI_SIMULATED_AS);
        let made = made.map(|made| Assumption { because: Some(shown.because.clone()), ..made });
        made.into_iter().for_each(|made| context.assume(made));
        return shown.cni;
    }
    let mut objects = context.parsed.objects.iter();
    let Some(policy) = objects.find(|object| matches!(object, Object::NetworkPolicy(_) | Object::CalicoPolicy(_)))
    else {
        let cni = Cni::default().simulated(simulated);
        context.assume(assumed::CNI.made().arg("cni", cni.name()));
        return cni;
    };
    let cni = Cni::FOR_POLICIES;
    let made = assumed::CNI_FOR_POLICIES.made().arg("cni", cni.described());
    context.assume(made.because_at(policy.object().clone(), "kind", context.at(policy.span())));
    stands_in(cni, assumed::CNI_STANDS_IN).into_iter().for_each(|made| context.assume(made));
    cni
}

/// kube-proxy's mode: the one asked for, else the one said; iptables where that is not simulated, and where nothing is said.
fn mode(
    context: &mut Context<'_>,
    evidence: &Evidence,
    options: &Options,
    said: Option<&(Spanned<Arc<str>>, &'static str, ObjectRef)>,
) -> ProxyMode {
    if let Some(asked) = options.proxy_instead_of {
        let mode = options.proxy_mode.unwrap_or_default();
        let made = match Cni::named(asked) {
            Some(plugin) => assumed::PROXY_REPLACED.made().arg("by", plugin.name()),
            None => assumed::PROXY_MODE_STANDS_IN.made().arg("mode", asked),
        };
        context.assume(made.arg("simulated", mode.name()).about(About::Proxying));
        return mode;
    }
    if let Some(mode) = options.proxy_mode {
        return mode;
    }
    if let Some((plugin, because)) = &evidence.replaced {
        let made = assumed::PROXY_REPLACED.made().arg("by", plugin.name());
        let made = made.arg("simulated", ProxyMode::Iptables.name()).about(About::Proxying);
        context.assume(Assumption { because: Some(because.clone()), ..made });
        return ProxyMode::Iptables;
    }
    let Some((text, path, object)) = said else { return ProxyMode::Iptables };
    let (iptables, nftables) = (Some(ProxyMode::Iptables), Some(ProxyMode::Nftables));
    let known = [("iptables", iptables), ("", iptables), ("nftables", nftables)];
    // kind's word for no kube-proxy at all: something else does its work.
    let none = [("none", None)].into_iter().filter(|_| *path == "networking.kubeProxyMode");
    let all: Vec<_> = known.into_iter().chain(NOT_SIMULATED.map(|name| (name, None))).chain(none).collect();
    let found = context.choice(text, path, object, &all);
    if found == Some(None) {
        let found = context.finding(codes::PROXY_MODE_NOT_MODELLED, text.span, object);
        context.report(found.arg("mode", &*text.value));
        let made = assumed::PROXY_MODE_STANDS_IN.made().arg("mode", &*text.value);
        let made = made.arg("simulated", ProxyMode::Iptables.name()).about(About::Proxying);
        context.assume(made.because_at(object.clone(), path, context.at(text.span)));
    }
    found.flatten().unwrap_or_default()
}

/// Modes of kube-proxy, and of kind's configuration, that are read but not simulated.
const NOT_SIMULATED: [&str; 1] = ["ipvs"];

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
    let period = backend.min_sync_period.as_ref().and_then(|text| super::time::duration(&text.value));
    config.min_sync = period.filter(|period| *period > 0).unwrap_or(config.min_sync);
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
