//! A CNI network configuration, as it lies in `/etc/cni/net.d` (CNI specification, version 1.0).

use super::{List, Text};
use crate::origin::Spanned;
use serde::Deserialize;

/// A list of plugins (`.conflist`), or one plugin alone (`.conf`), whose fields then stand beside `name`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CniConfig {
    /// `name` of the network.
    pub name: Option<Spanned<Text>>,
    /// `plugins`.
    pub plugins: List<CniPlugin>,
    /// `type`, of a plugin that stands alone.
    #[serde(rename = "type")]
    pub kind: Option<Spanned<Text>>,
    /// `hairpinMode`, of a plugin that stands alone.
    pub hairpin_mode: Option<Spanned<bool>>,
    /// `bridge`: the bridge's name.
    pub bridge: Option<Text>,
    /// `isGateway`: the bridge has the first address of the range.
    pub is_gateway: bool,
    /// `isDefaultGateway`: that, and it is the way to everywhere.
    pub is_default_gateway: bool,
    /// `ipMasq`: what leaves the node's range is masqueraded.
    pub ip_masq: bool,
    /// `ipMasqBackend`.
    pub ip_masq_backend: Option<Text>,
    /// `promiscMode`.
    pub promisc_mode: bool,
    /// `mtu`, as written.
    pub mtu: Option<Spanned<i64>>,
    /// `ipam`, as far as it is about routes.
    pub ipam: CniIpam,
}

impl CniConfig {
    /// The plugin that stands alone.
    pub fn alone(&self) -> CniPlugin {
        let of = self.clone();
        CniPlugin {
            kind: of.kind,
            hairpin_mode: of.hairpin_mode,
            bridge: of.bridge,
            is_gateway: of.is_gateway,
            is_default_gateway: of.is_default_gateway,
            ip_masq: of.ip_masq,
            ip_masq_backend: of.ip_masq_backend,
            promisc_mode: of.promisc_mode,
            mtu: of.mtu,
            ipam: of.ipam,
            ..CniPlugin::default()
        }
    }
}

/// One of `plugins`, as far as it is understood.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CniPlugin {
    /// `type`: the plugin's name.
    #[serde(rename = "type")]
    pub kind: Option<Spanned<Text>>,
    /// `hairpinMode` (bridge): frames may leave by the port they came in.
    pub hairpin_mode: Option<Spanned<bool>>,
    /// `bridge`: the bridge's name (bridge).
    pub bridge: Option<Text>,
    /// `isGateway` (bridge): the bridge has the first address of the range.
    pub is_gateway: bool,
    /// `isDefaultGateway` (bridge): that, and it is the way to everywhere.
    pub is_default_gateway: bool,
    /// `ipMasq` (bridge, ptp): what leaves the node's range is masqueraded.
    pub ip_masq: bool,
    /// `ipMasqBackend` (bridge, ptp).
    pub ip_masq_backend: Option<Text>,
    /// `promiscMode` (bridge).
    pub promisc_mode: bool,
    /// `mtu` (bridge, ptp), as written.
    pub mtu: Option<Spanned<i64>>,
    /// `ipam` (bridge, ptp), as far as it is about routes.
    pub ipam: CniIpam,
    /// `delegate` (flannel): what is handed to the plugin bridge.
    pub delegate: CniDelegate,
    /// `snat` (portmap); absent is true.
    pub snat: Option<bool>,
    /// `markMasqBit` (portmap), as written: any number; absent is 13.
    pub mark_masq_bit: Option<Spanned<i64>>,
    /// `externalSetMarkChain` (portmap).
    pub external_set_mark_chain: Option<Text>,
    /// `backend` (portmap): what it writes with.
    pub backend: Option<Text>,
    /// `ingressPolicy` (firewall): `open` where nothing is said.
    pub ingress_policy: Option<Spanned<Text>>,
    /// `iptablesAdminChainName` (firewall).
    pub iptables_admin_chain_name: Option<Text>,
    /// `conditionsV4` (portmap): further words of the rules that lead to a Pod's chain.
    pub conditions_v4: Vec<Text>,
}

/// `delegate` of the plugin flannel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CniDelegate {
    /// `hairpinMode`.
    pub hairpin_mode: Option<Spanned<bool>>,
    /// `mtu`, as written.
    pub mtu: Option<Spanned<i64>>,
}

/// `ipam`, as far as it is about routes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CniIpam {
    /// `routes`.
    pub routes: List<CniRoute>,
}

/// One of `ipam.routes`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CniRoute {
    /// `dst`: the network.
    pub dst: Option<Spanned<Text>>,
    /// `gw`; absent is the range's gateway.
    pub gw: Option<Spanned<Text>>,
}
