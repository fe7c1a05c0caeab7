//! What network plugins and load balancers are configured with.

use super::{LabelSelector, List, Metadata, Text};
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
    /// `natOutgoing`; by default off.
    pub nat_outgoing: Option<bool>,
    /// `blockSize`: prefix length of the blocks that nodes take, by default 26.
    pub block_size: Option<Spanned<i64>>,
    /// `nodeSelector`: the nodes that take blocks of it; `all()` by default.
    pub node_selector: Option<Spanned<Text>>,
}

/// `projectcalico.org` BlockAffinity: a block of a pool that a node has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CalicoAffinity {
    /// `spec`.
    pub spec: CalicoAffinitySpec,
}

/// `spec` of a BlockAffinity.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CalicoAffinitySpec {
    /// `cidr`.
    pub cidr: Option<Text>,
    /// `node`: its name.
    pub node: Option<Text>,
    /// `state`: `confirmed` once the node has it.
    pub state: Option<Text>,
    /// `deleted`: `true` or `false`, as text.
    pub deleted: Option<Text>,
}

/// `projectcalico.org` FelixConfiguration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CalicoFelix {
    /// `spec`.
    pub spec: FelixSpec,
}

/// `spec` of a FelixConfiguration, as far as it changes packets' ways.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FelixSpec {
    /// `chainInsertMode`: `Insert`, `Append`.
    pub chain_insert_mode: Option<Spanned<Text>>,
    /// `defaultEndpointToHostAction`: `Drop`, `Return`, `Accept`.
    pub default_endpoint_to_host_action: Option<Spanned<Text>>,
    /// `iptablesFilterAllowAction`: `Accept`, `Return`.
    pub iptables_filter_allow_action: Option<Spanned<Text>>,
    /// `iptablesMangleAllowAction`: `Accept`, `Return`.
    pub iptables_mangle_allow_action: Option<Spanned<Text>>,
    /// `natOutgoingAddress`.
    pub nat_outgoing_address: Option<Spanned<Text>>,
    /// `natPortRange`: `FIRST:LAST`.
    pub nat_port_range: Option<Spanned<Text>>,
    /// `nftablesMode`: `Enabled`, `Disabled`, `Auto`.
    pub nftables_mode: Option<Spanned<Text>>,
    /// `ipipMTU`; 0 is told from the uplink.
    #[serde(rename = "ipipMTU")]
    pub ipip_mtu: Option<Spanned<i64>>,
    /// `vxlanMTU`; 0 is told from the uplink.
    #[serde(rename = "vxlanMTU")]
    pub vxlan_mtu: Option<Spanned<i64>>,
    /// `vxlanPort`.
    pub vxlan_port: Option<Spanned<i64>>,
    /// `vxlanVNI`.
    #[serde(rename = "vxlanVNI")]
    pub vxlan_vni: Option<Spanned<i64>>,
    /// `ipipEnabled`.
    pub ipip_enabled: Option<Spanned<bool>>,
    /// `vxlanEnabled`.
    pub vxlan_enabled: Option<Spanned<bool>>,
    /// `bpfEnabled`.
    pub bpf_enabled: Option<Spanned<bool>>,
    /// `allowVXLANPacketsFromWorkloads`.
    #[serde(rename = "allowVXLANPacketsFromWorkloads")]
    pub allow_vxlan: Option<Spanned<bool>>,
    /// `allowIPIPPacketsFromWorkloads`.
    #[serde(rename = "allowIPIPPacketsFromWorkloads")]
    pub allow_ipip: Option<Spanned<bool>>,
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
    /// `mtu` of Pods; by default told from the uplink.
    pub mtu: Option<Spanned<i64>>,
}

/// One of `calicoNetwork.ipPools`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct InstalledPool {
    /// `cidr`.
    pub cidr: Option<Spanned<Text>>,
    /// `encapsulation`: `IPIP` (the default), `VXLAN`, `IPIPCrossSubnet`, `VXLANCrossSubnet`, `None`.
    pub encapsulation: Option<Text>,
    /// `natOutgoing`: `Enabled` (the default), `Disabled`.
    pub nat_outgoing: Option<Text>,
    /// `blockSize`, by default 26.
    pub block_size: Option<Spanned<i64>>,
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
    /// Metadata.
    pub metadata: Metadata,
    /// `spec`.
    pub spec: AddressPoolSpec,
}

/// `spec` of an IPAddressPool.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AddressPoolSpec {
    /// `addresses`: CIDRs, or first and last address with a dash between.
    pub addresses: List<Text>,
    /// `autoAssign`; absent is true.
    pub auto_assign: Option<Spanned<bool>>,
    /// `serviceAllocation`: whom it is for; absent is everybody.
    pub service_allocation: Option<ServiceAllocation>,
}

/// `serviceAllocation` of an IPAddressPool.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServiceAllocation {
    /// `priority`: a lower one comes first; 0 and none come last.
    pub priority: i64,
    /// `namespaces` of the Services.
    pub namespaces: List<Text>,
    /// `namespaceSelectors`.
    pub namespace_selectors: List<LabelSelector>,
    /// `serviceSelectors`.
    pub service_selectors: List<LabelSelector>,
}

/// `metallb.io` BGPPeer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BgpPeer {
    /// `spec`.
    pub spec: BgpPeerSpec,
}

/// `spec` of a [`BgpPeer`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BgpPeerSpec {
    /// `peerAddress`: the router.
    pub peer_address: Option<Spanned<Text>>,
    /// `nodeSelectors`: the nodes that speak to it; empty is all nodes.
    pub node_selectors: List<LabelSelector>,
}

/// `metallb.io` L2Advertisement or BGPAdvertisement, as far as they are alike.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Advertisement {
    /// `spec`.
    pub spec: AdvertisementSpec,
}

/// `spec` of an [`Advertisement`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AdvertisementSpec {
    /// `ipAddressPools`: names; with no selector either it is for all pools.
    #[serde(rename = "ipAddressPools")]
    pub ip_address_pools: List<Text>,
    /// `ipAddressPoolSelectors`.
    #[serde(rename = "ipAddressPoolSelectors")]
    pub ip_address_pool_selectors: List<LabelSelector>,
    /// `nodeSelectors`; empty is all nodes.
    pub node_selectors: List<LabelSelector>,
    /// `peers` (BGP): names of BGPPeers; empty is all.
    pub peers: List<Text>,
    /// `interfaces` (L2): devices whose speakers answer; empty is all.
    pub interfaces: List<Text>,
}
