//! Node.

use super::{List, Metadata, Text};
use crate::origin::Spanned;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;

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
    /// `allocatable`.
    pub allocatable: NodeResources,
    /// `capacity`.
    pub capacity: NodeResources,
}

/// What of `status.allocatable` and `status.capacity` is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeResources {
    /// `cpu`.
    pub cpu: Option<Quantity>,
}

/// An amount (`resource.Quantity`), rounded up to thousandths. Text that is none counts as 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quantity {
    /// Thousandths.
    pub milli: u64,
}

impl Quantity {
    /// Plain, or with one of the decimal suffixes that CPUs have: `4`, `0.5`, `3920m`.
    pub fn parse(text: &str) -> Option<Self> {
        let units = [("n", 1e-6), ("u", 1e-3), ("m", 1.0), ("k", 1e6)];
        let unit = units.into_iter().find_map(|(suffix, unit)| Some((text.strip_suffix(suffix)?, unit)));
        let (number, unit) = unit.unwrap_or((text, 1e3));
        let plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let value: f64 = number.parse().ok().filter(|_| plain)?;
        Some(Self { milli: (value * unit).ceil() as u64 })
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Amount;

        impl Visitor<'_> for Amount {
            type Value = Quantity;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("int-or-string")
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Quantity, E> {
                self.visit_str(&value.to_string())
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Quantity, E> {
                self.visit_str(&value.to_string())
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Quantity, E> {
                Ok(Quantity::parse(value).unwrap_or_default())
            }
        }

        deserializer.deserialize_any(Amount)
    }
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
    /// `reason`, e.g. `ContainersNotReady`.
    pub reason: Option<Spanned<Text>>,
}

/// `status.nodeInfo`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeInfo {
    /// `kubeletVersion`, e.g. `v1.30.2`.
    pub kubelet_version: Option<Spanned<Text>>,
    /// `kubeProxyVersion`.
    pub kube_proxy_version: Option<Spanned<Text>>,
    /// `operatingSystem`: `linux`, `windows`.
    pub operating_system: Option<Text>,
    /// `architecture`, e.g. `amd64`.
    pub architecture: Option<Text>,
    /// `kernelVersion`, e.g. `5.15.0-91-generic`.
    pub kernel_version: Option<Text>,
    /// `osImage`, e.g. `Ubuntu 22.04.4 LTS`.
    pub os_image: Option<Text>,
}
