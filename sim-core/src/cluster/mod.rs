//! What API server and controllers decide: defaults, Pods from workloads, scheduling, addresses, endpoints.

pub mod model;

use crate::diagnostic::Diagnostic;
use crate::manifest::Parsed;
use model::{Cluster, Cni, KubeProxyConfig, KubernetesVersion, ProxyMode, Settings};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// What the caller sets; an option wins over the input, the input wins over a default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `--cni`.
    pub cni: Option<Cni>,
    /// `--proxy-mode`.
    pub proxy_mode: Option<ProxyMode>,
    /// `--kubernetes-version`.
    pub version: Option<KubernetesVersion>,
    /// `--bridge-nf`.
    pub bridge_nf: Option<bool>,
    /// `--seed`.
    pub seed: u64,
}

/// The decided cluster and what was found on the way.
#[derive(Clone, Debug)]
pub struct Decided {
    /// The cluster.
    pub cluster: Cluster,
    /// Findings.
    pub diagnostics: Vec<Diagnostic>,
}

/// Decides everything the control plane would.
pub fn decide(parsed: &Parsed, options: &Options) -> Decided {
    let _ = (parsed, options);
    let v4 = |a, b, c, d, len| ipnet::IpNet::V4(ipnet::Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), len));
    let settings = Settings {
        version: KubernetesVersion { major: 1, minor: 30 },
        pod_cidr: v4(10, 244, 0, 0, 16),
        service_cidr: v4(10, 96, 0, 0, 12),
        dns_domain: Arc::from("cluster.local"),
        cni: Cni::Bridge,
        bridge_nf: true,
        kube_proxy: KubeProxyConfig::default(),
        lan: v4(192, 168, 10, 0, 24),
        gateway: IpAddr::V4(Ipv4Addr::new(192, 168, 10, 1)),
    };
    let cluster = Cluster {
        settings,
        nodes: Vec::new(),
        namespaces: Vec::new(),
        pods: Vec::new(),
        services: Vec::new(),
        endpoints: Vec::new(),
        assumptions: Vec::new(),
    };
    Decided { cluster, diagnostics: Vec::new() }
}
