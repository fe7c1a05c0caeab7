//! What the cluster was set up with.

use super::{ControlPlaneComponent, List, Map, Text};
use crate::origin::Spanned;
use serde::Deserialize;

/// kind's `Cluster`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KindCluster {
    /// `name`; absent is `kind`.
    pub name: Option<Spanned<Text>>,
    /// `nodes`; absent is one control plane.
    pub nodes: List<KindNode>,
    /// `networking`.
    pub networking: KindNetworking,
    /// `kubeadmConfigPatches`: parts of kubeadm's configuration objects as text.
    pub kubeadm_config_patches: List<Text>,
}

/// One of kind's `nodes`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KindNode {
    /// `role`: `control-plane` (the default) or `worker`.
    pub role: Option<Spanned<Text>>,
    /// `image`, e.g. `kindest/node:v1.30.0@sha256:…`.
    pub image: Option<Spanned<Text>>,
    /// `labels`.
    pub labels: Map,
    /// `extraPortMappings`.
    pub extra_port_mappings: List<KindPortMapping>,
    /// `kubeadmConfigPatches`.
    pub kubeadm_config_patches: List<Text>,
}

/// One of kind's `extraPortMappings`: a port of the machine that leads to one of the node's container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KindPortMapping {
    /// `containerPort`.
    pub container_port: Option<Spanned<i64>>,
    /// `hostPort`; absent, 0 or -1 is a port that is picked.
    pub host_port: Option<Spanned<i64>>,
    /// `listenAddress`; absent is every address.
    pub listen_address: Option<Spanned<Text>>,
    /// `protocol`: `TCP` (the default), `UDP`, `SCTP`.
    pub protocol: Option<Spanned<Text>>,
}

/// kind's `networking`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KindNetworking {
    /// `ipFamily`: `ipv4`, `ipv6`, `dual`.
    pub ip_family: Option<Spanned<Text>>,
    /// `podSubnet`.
    pub pod_subnet: Option<Spanned<Text>>,
    /// `serviceSubnet`.
    pub service_subnet: Option<Spanned<Text>>,
    /// `kubeProxyMode`: `iptables`, `nftables`, `ipvs`, `none`.
    pub kube_proxy_mode: Option<Spanned<Text>>,
    /// `apiServerAddress`; absent is 127.0.0.1.
    pub api_server_address: Option<Spanned<Text>>,
    /// `apiServerPort`; absent or 0 is a port that kind draws.
    pub api_server_port: Option<Spanned<i64>>,
    /// `disableDefaultCNI`.
    #[serde(rename = "disableDefaultCNI")]
    pub disable_default_cni: Option<Spanned<bool>>,
}

/// kube-proxy's configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KubeProxyConfiguration {
    /// `mode`: empty or absent is `iptables`.
    pub mode: Option<Spanned<Text>>,
    /// `clusterCIDR`: up to one CIDR per family, separated by a comma.
    #[serde(rename = "clusterCIDR")]
    pub cluster_cidr: Option<Spanned<Text>>,
    /// `detectLocalMode`: `ClusterCIDR` (the default), `NodeCIDR`, `BridgeInterface`, `InterfaceNamePrefix`.
    pub detect_local_mode: Option<Spanned<Text>>,
    /// `detectLocal`.
    pub detect_local: DetectLocalConfiguration,
    /// `nodePortAddresses`.
    pub node_port_addresses: List<Text>,
    /// `featureGates`.
    pub feature_gates: std::collections::BTreeMap<Text, bool>,
    /// `iptables`.
    pub iptables: KubeProxyBackend,
    /// `nftables`.
    pub nftables: KubeProxyBackend,
}

/// `detectLocal`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DetectLocalConfiguration {
    /// `bridgeInterface`.
    pub bridge_interface: Option<Spanned<Text>>,
    /// `interfaceNamePrefix`.
    pub interface_name_prefix: Option<Spanned<Text>>,
}

/// `iptables` or `nftables` of kube-proxy's configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KubeProxyBackend {
    /// `masqueradeBit`, as written: any number; absent is 14.
    pub masquerade_bit: Option<Spanned<i64>>,
    /// `masqueradeAll`.
    pub masquerade_all: Option<Spanned<bool>>,
    /// `minSyncPeriod`; absent or 0 is one second.
    pub min_sync_period: Option<Spanned<Text>>,
    /// `localhostNodePorts`, `iptables` only; absent is true.
    pub localhost_node_ports: Option<Spanned<bool>>,
}

/// kubeadm's `ClusterConfiguration`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ClusterConfiguration {
    /// `kubernetesVersion`, e.g. `v1.30.2`.
    pub kubernetes_version: Option<Spanned<Text>>,
    /// `clusterName`.
    pub cluster_name: Option<Spanned<Text>>,
    /// `networking`.
    pub networking: KubeadmNetworking,
    /// `apiServer`.
    pub api_server: ControlPlaneComponent,
    /// `controllerManager`.
    pub controller_manager: ControlPlaneComponent,
}

/// `networking` of kubeadm's configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KubeadmNetworking {
    /// `podSubnet`.
    pub pod_subnet: Option<Spanned<Text>>,
    /// `serviceSubnet`.
    pub service_subnet: Option<Spanned<Text>>,
    /// `dnsDomain`.
    pub dns_domain: Option<Spanned<Text>>,
}

/// kubelet's configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KubeletConfiguration {
    /// `clusterDNS`.
    #[serde(rename = "clusterDNS")]
    pub cluster_dns: List<Text>,
    /// `clusterDomain`.
    pub cluster_domain: Option<Spanned<Text>>,
}
