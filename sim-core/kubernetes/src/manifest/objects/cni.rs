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
    /// `delegate` (flannel): what is handed to the plugin bridge.
    pub delegate: CniDelegate,
    /// `snat` (portmap); absent is true.
    pub snat: Option<bool>,
    /// `markMasqBit` (portmap), as written: any number; absent is 13.
    pub mark_masq_bit: Option<Spanned<i64>>,
    /// `externalSetMarkChain` (portmap).
    pub external_set_mark_chain: Option<Text>,
    /// `conditionsV4` (portmap): further words of the rules that lead to a Pod's chain.
    pub conditions_v4: Vec<Text>,
}

/// `delegate` of the plugin flannel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CniDelegate {
    /// `hairpinMode`.
    pub hairpin_mode: Option<Spanned<bool>>,
}
