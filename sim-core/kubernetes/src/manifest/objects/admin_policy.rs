//! Policies of administrators (`policy.networking.k8s.io`): AdminNetworkPolicy and BaselineAdminNetworkPolicy, and ClusterNetworkPolicy, which
//! takes their place.

use super::{LabelSelector, List, Metadata, Text};
use crate::origin::Spanned;
use serde::Deserialize;

/// An AdminNetworkPolicy, a BaselineAdminNetworkPolicy or a ClusterNetworkPolicy; its identity says which.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AdminPolicy {
    /// `metadata`.
    pub metadata: Metadata,
    /// `spec`.
    pub spec: Spanned<AdminPolicySpec>,
}

/// `spec` of a policy of an administrator.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AdminPolicySpec {
    /// `tier` of a ClusterNetworkPolicy: `Admin` or `Baseline`.
    pub tier: Option<Spanned<Text>>,
    /// `priority`: the lowest is asked first; 0 to 1000.
    pub priority: Option<Spanned<i64>>,
    /// `subject`.
    pub subject: Option<Spanned<AdminSubject>>,
    /// `ingress`: rules in order.
    pub ingress: List<AdminIngressRule>,
    /// `egress`: rules in order.
    pub egress: List<AdminEgressRule>,
}

/// `subject`: whom it selects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AdminSubject {
    /// `namespaces`: all Pods of namespaces.
    pub namespaces: Option<Spanned<LabelSelector>>,
    /// `pods`.
    pub pods: Option<Spanned<NamespacedPods>>,
}

/// Pods of namespaces, both by labels.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NamespacedPods {
    /// `namespaceSelector`.
    pub namespace_selector: LabelSelector,
    /// `podSelector`.
    pub pod_selector: LabelSelector,
}

/// One of `ingress`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AdminIngressRule {
    /// `name`.
    pub name: Option<Text>,
    /// `action`: `Allow` (`Accept`), `Deny`, `Pass`.
    pub action: Option<Spanned<Text>>,
    /// `from`.
    pub from: List<AdminPeer>,
    /// `ports`, of the first version; absent for all.
    pub ports: List<AdminPort>,
    /// `protocols`, of ClusterNetworkPolicy; absent for all.
    pub protocols: List<AdminProtocol>,
}

/// One of `egress`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AdminEgressRule {
    /// `name`.
    pub name: Option<Text>,
    /// `action`: `Allow` (`Accept`), `Deny`, `Pass`.
    pub action: Option<Spanned<Text>>,
    /// `to`.
    pub to: List<AdminPeer>,
    /// `ports`, of the first version; absent for all.
    pub ports: List<AdminPort>,
    /// `protocols`, of ClusterNetworkPolicy; absent for all.
    pub protocols: List<AdminProtocol>,
}

/// One of `from` or `to`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AdminPeer {
    /// `namespaces`: all Pods of namespaces.
    pub namespaces: Option<Spanned<LabelSelector>>,
    /// `pods`.
    pub pods: Option<Spanned<NamespacedPods>>,
    /// `nodes`: addresses of nodes, in `to` only.
    pub nodes: Option<Spanned<LabelSelector>>,
    /// `networks`: ranges of addresses, in `to` only.
    pub networks: List<Text>,
    /// `domainNames`, in `to` only.
    pub domain_names: List<Text>,
}

/// One of `ports` of the first version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AdminPort {
    /// `portNumber`.
    pub port_number: Option<Spanned<AdminPortNumber>>,
    /// `portRange`.
    pub port_range: Option<Spanned<AdminPortRange>>,
    /// `namedPort`: of whatever protocol.
    pub named_port: Option<Spanned<Text>>,
}

/// `portNumber`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AdminPortNumber {
    /// `protocol`: `TCP` (the default), `UDP`, `SCTP`.
    pub protocol: Option<Spanned<Text>>,
    /// `port`.
    pub port: Option<Spanned<i64>>,
}

/// `portRange`, and `range` of ClusterNetworkPolicy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AdminPortRange {
    /// `protocol`: `TCP` (the default), `UDP`, `SCTP`.
    pub protocol: Option<Spanned<Text>>,
    /// `start`.
    pub start: Option<Spanned<i64>>,
    /// `end`.
    pub end: Option<Spanned<i64>>,
}

/// One of `protocols` of ClusterNetworkPolicy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AdminProtocol {
    /// `tcp`.
    pub tcp: Option<Spanned<AdminTransport>>,
    /// `udp`.
    pub udp: Option<Spanned<AdminTransport>>,
    /// `sctp`.
    pub sctp: Option<Spanned<AdminTransport>>,
    /// `destinationNamedPort`: of whatever protocol.
    pub destination_named_port: Option<Spanned<Text>>,
}

/// `tcp`, `udp` or `sctp`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AdminTransport {
    /// `destinationPort`; absent for all.
    pub destination_port: Option<Spanned<AdminDestination>>,
}

/// `destinationPort`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AdminDestination {
    /// `number`.
    pub number: Option<Spanned<i64>>,
    /// `range`.
    pub range: Option<Spanned<AdminPortRange>>,
}
