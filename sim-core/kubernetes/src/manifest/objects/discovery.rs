//! Where Services lead: EndpointSlice and Endpoints.

use super::{List, Metadata, Text};
use crate::origin::Spanned;
use serde::Deserialize;

/// `discovery.k8s.io/v1` EndpointSlice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EndpointSlice {
    /// `metadata`; the label `kubernetes.io/service-name` names the Service.
    pub metadata: Metadata,
    /// `addressType`: `IPv4`, `IPv6`, `FQDN`.
    pub address_type: Option<Spanned<Text>>,
    /// `endpoints`.
    pub endpoints: List<SliceEndpoint>,
    /// `ports`.
    pub ports: List<EndpointPort>,
}

/// One of `endpoints`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SliceEndpoint {
    /// `addresses`.
    pub addresses: List<Text>,
    /// `conditions`.
    pub conditions: EndpointConditions,
    /// `hostname`.
    pub hostname: Option<Spanned<Text>>,
    /// `nodeName`.
    pub node_name: Option<Text>,
    /// `zone`.
    pub zone: Option<Text>,
    /// `targetRef`.
    pub target_ref: Option<Box<ObjectReference>>,
    /// `hints`.
    pub hints: EndpointHints,
}

/// `conditions` of an endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EndpointConditions {
    /// `ready`; absent is true.
    pub ready: Option<bool>,
    /// `serving`; absent is what `ready` is.
    pub serving: Option<bool>,
    /// `terminating`; absent is false.
    pub terminating: Option<bool>,
}

/// `hints` of an endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EndpointHints {
    /// `forZones`.
    pub for_zones: Vec<NamedHint>,
    /// `forNodes`.
    pub for_nodes: Vec<NamedHint>,
}

/// One of `forZones` or `forNodes`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NamedHint {
    /// `name`.
    pub name: Spanned<Text>,
}

/// A reference to an object, e.g. `targetRef`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ObjectReference {
    /// `kind`.
    pub kind: Option<Text>,
    /// `namespace`.
    pub namespace: Option<Text>,
    /// `name`.
    pub name: Option<Text>,
}

/// A port of an EndpointSlice or of an Endpoints subset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EndpointPort {
    /// `name`; absent is the empty name.
    pub name: Option<Spanned<Text>>,
    /// `protocol`; absent is TCP.
    pub protocol: Option<Spanned<Text>>,
    /// `port`, as written: any number; absent means all ports (and kube-proxy skips it).
    pub port: Option<Spanned<i64>>,
    /// `appProtocol`.
    pub app_protocol: Option<Text>,
}

/// `v1` Endpoints.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Endpoints {
    /// `metadata`; the name is the Service's.
    pub metadata: Metadata,
    /// `subsets`.
    pub subsets: List<EndpointSubset>,
}

/// One of `subsets`: every address with every port.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EndpointSubset {
    /// `addresses`.
    pub addresses: List<EndpointAddress>,
    /// `notReadyAddresses`.
    pub not_ready_addresses: List<EndpointAddress>,
    /// `ports`.
    pub ports: List<EndpointPort>,
}

/// An address of a subset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EndpointAddress {
    /// `ip`.
    pub ip: Spanned<Text>,
    /// `hostname`.
    pub hostname: Option<Text>,
    /// `nodeName`.
    pub node_name: Option<Text>,
    /// `targetRef`.
    pub target_ref: Option<Box<ObjectReference>>,
}
