//! NetworkPolicy (`networking.k8s.io/v1`).

use super::{IntOrString, LabelSelector, List, Metadata, Text};
use crate::origin::Spanned;
use serde::Deserialize;

/// `networking.k8s.io/v1` NetworkPolicy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NetworkPolicy {
    /// `metadata`.
    pub metadata: Metadata,
    /// `spec`.
    pub spec: Spanned<NetworkPolicySpec>,
}

/// `spec` of a NetworkPolicy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NetworkPolicySpec {
    /// `podSelector`: Pods of the policy's own namespace; an empty one selects all of them.
    pub pod_selector: Option<Spanned<LabelSelector>>,
    /// `policyTypes`: `Ingress`, `Egress`. Absent: `Ingress`, and `Egress` where there are rules for it.
    pub policy_types: List<Text>,
    /// `ingress`: rules that add up.
    pub ingress: Option<Spanned<List<PolicyIngressRule>>>,
    /// `egress`: rules that add up.
    pub egress: Option<Spanned<List<PolicyEgressRule>>>,
}

/// One of `spec.ingress`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PolicyIngressRule {
    /// `from`: empty or absent for anybody.
    pub from: List<PolicyPeer>,
    /// `ports`: empty or absent for every port.
    pub ports: List<PolicyPort>,
}

/// One of `spec.egress`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PolicyEgressRule {
    /// `to`: empty or absent for anybody.
    pub to: List<PolicyPeer>,
    /// `ports`: empty or absent for every port.
    pub ports: List<PolicyPort>,
}

/// One of `from` or `to`: selectors, or a range of addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PolicyPeer {
    /// `podSelector`: alone of the policy's own namespace.
    pub pod_selector: Option<Spanned<LabelSelector>>,
    /// `namespaceSelector`: with `podSelector` in the same entry both have to match.
    pub namespace_selector: Option<Spanned<LabelSelector>>,
    /// `ipBlock`.
    pub ip_block: Option<Spanned<IpBlock>>,
}

/// `ipBlock`: a range of addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IpBlock {
    /// `cidr`.
    pub cidr: Option<Spanned<Text>>,
    /// `except`: parts of it that are not meant.
    pub except: List<Text>,
}

/// One of `ports`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PolicyPort {
    /// `protocol`: `TCP` (the default), `UDP`, `SCTP`.
    pub protocol: Option<Spanned<Text>>,
    /// `port`: a number, or the name of a container's port; absent for every port.
    pub port: Option<Spanned<IntOrString>>,
    /// `endPort`: the last one of a range that begins with `port`.
    pub end_port: Option<Spanned<i64>>,
}
