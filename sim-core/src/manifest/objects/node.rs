//! Node.

use super::{List, Metadata, Text};
use crate::manifest::span::Spanned;
use serde::Deserialize;

/// `v1` Node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Node {
    /// `metadata`.
    pub metadata: Metadata,
    /// `spec`.
    pub spec: NodeSpec,
    /// `status`.
    pub status: NodeStatus,
}

/// `spec` of a Node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeSpec {
    /// `podCIDR`.
    #[serde(rename = "podCIDR")]
    pub pod_cidr: Option<Spanned<Text>>,
    /// `podCIDRs`.
    #[serde(rename = "podCIDRs")]
    pub pod_cidrs: List<Text>,
    /// `taints`.
    pub taints: List<Taint>,
    /// `unschedulable`.
    pub unschedulable: Option<Spanned<bool>>,
    /// `providerID`.
    #[serde(rename = "providerID")]
    pub provider_id: Option<Text>,
}

/// One of `spec.taints`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Taint {
    /// `key`.
    pub key: Text,
    /// `value`.
    pub value: Option<Text>,
    /// `effect`: `NoSchedule`, `PreferNoSchedule`, `NoExecute`.
    pub effect: Text,
}

/// `status` of a Node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeStatus {
    /// `addresses`.
    pub addresses: List<NodeAddress>,
    /// `conditions`.
    pub conditions: Vec<Condition>,
    /// `nodeInfo`.
    pub node_info: NodeInfo,
}

/// One of `status.addresses`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeAddress {
    /// `type`: `InternalIP`, `ExternalIP`, `Hostname`, `InternalDNS`, `ExternalDNS`.
    #[serde(rename = "type")]
    pub kind: Text,
    /// `address`.
    pub address: Spanned<Text>,
}

/// A condition in a `status`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Condition {
    /// `type`, e.g. `Ready`.
    #[serde(rename = "type")]
    pub kind: Text,
    /// `status`: `True`, `False`, `Unknown`.
    pub status: Text,
}

/// `status.nodeInfo`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeInfo {
    /// `kubeletVersion`, e.g. `v1.30.2`.
    pub kubelet_version: Option<Spanned<Text>>,
    /// `kubeProxyVersion`.
    pub kube_proxy_version: Option<Spanned<Text>>,
}
