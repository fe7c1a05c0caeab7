//! Calico's own policies (`projectcalico.org/v3`, and `crd.projectcalico.org/v1` as they are kept): NetworkPolicy and GlobalNetworkPolicy, tiers,
//! and sets of networks.

use super::{IntOrString, List, Metadata, Text, Unread};
use crate::origin::Spanned;
use serde::{Deserialize, Deserializer};

/// The kind by which Calico's NetworkPolicies are told from those of Kubernetes, as `kubectl` takes it.
pub const CALICO_POLICY: &str = "NetworkPolicy.projectcalico.org";

/// A NetworkPolicy or GlobalNetworkPolicy; its identity says which.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CalicoPolicy {
    /// `metadata`.
    pub metadata: Metadata,
    /// `spec`.
    pub spec: Spanned<CalicoPolicySpec>,
}

/// `spec` of a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CalicoPolicySpec {
    /// `tier`: `default` where absent.
    pub tier: Option<Spanned<Text>>,
    /// `order`: the lowest of a tier is asked first; without, behind all others.
    pub order: Option<Spanned<Thousandths>>,
    /// `selector`: Pods; all of them where absent.
    pub selector: Option<Spanned<Text>>,
    /// `namespaceSelector`, of a GlobalNetworkPolicy.
    pub namespace_selector: Option<Spanned<Text>>,
    /// `serviceAccountSelector`.
    pub service_account_selector: Option<Spanned<Text>>,
    /// `types`: `Ingress`, `Egress`.
    pub types: List<Text>,
    /// `ingress`: rules in order.
    pub ingress: List<CalicoRule>,
    /// `egress`: rules in order.
    pub egress: List<CalicoRule>,
    /// `doNotTrack`, of policies for hosts.
    pub do_not_track: Option<Spanned<bool>>,
    /// `preDNAT`, of policies for hosts.
    #[serde(rename = "preDNAT")]
    pub pre_dnat: Option<Spanned<bool>>,
    /// `applyOnForward`, of policies for hosts: what Pods may is the same.
    pub apply_on_forward: Option<bool>,
    /// `performanceHints`.
    pub performance_hints: Option<Unread>,
}

/// One of `ingress` or `egress`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CalicoRule {
    /// `action`: `Allow`, `Deny`, `Pass`, `Log`.
    pub action: Option<Spanned<Text>>,
    /// `ipVersion`: 4 or 6.
    pub ip_version: Option<Spanned<i64>>,
    /// `protocol`: a name or a number.
    pub protocol: Option<Spanned<IntOrString>>,
    /// `notProtocol`.
    pub not_protocol: Option<Spanned<IntOrString>>,
    /// `icmp`.
    pub icmp: Option<Spanned<CalicoIcmp>>,
    /// `notICMP`.
    #[serde(rename = "notICMP")]
    pub not_icmp: Option<Spanned<CalicoIcmp>>,
    /// `source`.
    pub source: Option<Spanned<CalicoEntity>>,
    /// `destination`.
    pub destination: Option<Spanned<CalicoEntity>>,
    /// `http`.
    pub http: Option<Spanned<Unread>>,
    /// `metadata`: annotations that become comments.
    pub metadata: Option<Unread>,
}

/// `icmp`: which messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CalicoIcmp {
    /// `type`.
    #[serde(rename = "type")]
    pub kind: Option<Spanned<i64>>,
    /// `code`.
    pub code: Option<Spanned<i64>>,
}

/// `source` or `destination`: what the end has to fulfil, all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CalicoEntity {
    /// `nets`.
    pub nets: List<Text>,
    /// `notNets`.
    pub not_nets: List<Text>,
    /// `selector`.
    pub selector: Option<Spanned<Text>>,
    /// `notSelector`.
    pub not_selector: Option<Spanned<Text>>,
    /// `namespaceSelector`.
    pub namespace_selector: Option<Spanned<Text>>,
    /// `ports`: numbers, ranges `80:90`, names.
    pub ports: List<IntOrString>,
    /// `notPorts`: likewise.
    pub not_ports: List<IntOrString>,
    /// `services`.
    pub services: Option<Spanned<Unread>>,
    /// `serviceAccounts`.
    pub service_accounts: Option<Spanned<Unread>>,
    /// `domains`, which only Calico's commercial editions have.
    pub domains: Option<Spanned<Unread>>,
}

/// `projectcalico.org` Tier.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CalicoTier {
    /// `metadata`.
    pub metadata: Metadata,
    /// `spec`.
    pub spec: CalicoTierSpec,
}

/// `spec` of a Tier.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CalicoTierSpec {
    /// `order`: the lowest is asked first; without, behind all others.
    pub order: Option<Spanned<Thousandths>>,
    /// `defaultAction`: `Deny` (the default) or `Pass`.
    pub default_action: Option<Spanned<Text>>,
}

/// `projectcalico.org` NetworkSet or GlobalNetworkSet; its identity says which.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CalicoNetworkSet {
    /// `metadata`.
    pub metadata: Metadata,
    /// `spec`.
    pub spec: CalicoNetworkSetSpec,
}

/// `spec` of a set of networks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CalicoNetworkSetSpec {
    /// `nets`: ranges and addresses.
    pub nets: List<Text>,
    /// `allowedEgressDomains`, which only Calico's commercial editions have.
    pub allowed_egress_domains: Option<Unread>,
}

/// A number with a fraction, in thousandths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Thousandths(pub i64);

impl<'de> Deserialize<'de> for Thousandths {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        // Beyond the range of the type the nearest is taken, one before that of what has no order.
        let number = (f64::deserialize(from)? * 1_000.0).round() as i64;
        Ok(Self(number.min(i64::MAX - 1)))
    }
}
