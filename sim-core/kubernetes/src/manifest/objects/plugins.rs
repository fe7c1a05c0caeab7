//! What network plugins and load balancers are configured with.

use super::{List, Text};
use crate::origin::Spanned;
use serde::Deserialize;

/// `projectcalico.org` IPPool, in the API's group or the CRD's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CalicoPool {
    /// `spec`.
    pub spec: CalicoPoolSpec,
}

/// `spec` of an IPPool.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CalicoPoolSpec {
    /// `cidr`.
    pub cidr: Option<Spanned<Text>>,
    /// `ipipMode`: `Always`, `CrossSubnet`, `Never` (the default).
    pub ipip_mode: Option<Text>,
    /// `vxlanMode`: likewise.
    pub vxlan_mode: Option<Text>,
    /// `disabled`.
    pub disabled: Option<bool>,
}

/// `operator.tigera.io` Installation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CalicoInstallation {
    /// `spec`.
    pub spec: CalicoInstallationSpec,
}

/// `spec` of an Installation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CalicoInstallationSpec {
    /// `cni`.
    pub cni: CalicoCni,
    /// `calicoNetwork`.
    pub calico_network: CalicoNetwork,
}

/// `spec.cni` of an Installation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CalicoCni {
    /// `type`: `Calico` (the default), or another plugin's name where Calico only enforces policies.
    #[serde(rename = "type")]
    pub kind: Option<Text>,
}

/// `spec.calicoNetwork` of an Installation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CalicoNetwork {
    /// `ipPools`.
    pub ip_pools: List<InstalledPool>,
    /// `linuxDataplane`: `Iptables` (the default), `BPF`, `Nftables`, `VPP`.
    pub linux_dataplane: Option<Spanned<Text>>,
}

/// One of `calicoNetwork.ipPools`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct InstalledPool {
    /// `cidr`.
    pub cidr: Option<Spanned<Text>>,
    /// `encapsulation`: `IPIP` (the default), `VXLAN`, `IPIPCrossSubnet`, `VXLANCrossSubnet`, `None`.
    pub encapsulation: Option<Text>,
}

/// OpenShift's cluster Network, `config.openshift.io` or `operator.openshift.io`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OpenShiftNetwork {
    /// `spec`.
    pub spec: OpenShiftNetworkSpec,
}

/// `spec` of OpenShift's Network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OpenShiftNetworkSpec {
    /// `clusterNetwork`.
    pub cluster_network: List<OpenShiftRange>,
    /// `serviceNetwork`.
    pub service_network: List<Text>,
    /// `networkType`: `OVNKubernetes`, `OpenShiftSDN`.
    pub network_type: Option<Text>,
}

/// One of `spec.clusterNetwork`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OpenShiftRange {
    /// `cidr`.
    pub cidr: Option<Spanned<Text>>,
}

/// `metallb.io` IPAddressPool.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AddressPool {
    /// `spec`.
    pub spec: AddressPoolSpec,
}

/// `spec` of an IPAddressPool.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AddressPoolSpec {
    /// `addresses`: CIDRs, or first and last address with a dash between.
    pub addresses: List<Text>,
}
