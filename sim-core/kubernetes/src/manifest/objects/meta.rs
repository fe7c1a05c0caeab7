//! `metadata`, and the kinds that are little else.

use super::{Labels, List, Text};
use crate::origin::Spanned;
use serde::Deserialize;

/// `metadata` of any object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Metadata {
    /// `name`.
    pub name: Option<Spanned<Text>>,
    /// `generateName`.
    pub generate_name: Option<Spanned<Text>>,
    /// `namespace`.
    pub namespace: Option<Spanned<Text>>,
    /// `labels`.
    pub labels: Labels,
    /// `annotations`.
    pub annotations: Labels,
    /// `uid`.
    pub uid: Option<Text>,
    /// `creationTimestamp`, verbatim.
    pub creation_timestamp: Option<Text>,
    /// `deletionTimestamp`, verbatim; present while the object is being deleted.
    pub deletion_timestamp: Option<Spanned<Text>>,
    /// `ownerReferences`.
    pub owner_references: List<OwnerReference>,
}

/// One of `metadata.ownerReferences`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OwnerReference {
    /// `apiVersion`.
    pub api_version: Text,
    /// `kind`.
    pub kind: Text,
    /// `name`.
    pub name: Text,
    /// `uid`.
    pub uid: Option<Text>,
    /// `controller`: this owner manages the object.
    pub controller: Option<bool>,
}

/// `spec.selector` of workloads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LabelSelector {
    /// `matchLabels`.
    pub match_labels: Labels,
    /// `matchExpressions`.
    pub match_expressions: List<SelectorRequirement>,
}

/// One of `matchExpressions` of label selectors and node selector terms.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SelectorRequirement {
    /// `key`.
    pub key: Text,
    /// `operator`: `In`, `NotIn`, `Exists`, `DoesNotExist`, and for nodes `Gt`, `Lt`.
    pub operator: Text,
    /// `values`.
    pub values: Vec<Text>,
}

/// `v1` Namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Namespace {
    /// `metadata`.
    pub metadata: Metadata,
}

/// `v1` ConfigMap.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ConfigMap {
    /// `metadata`.
    pub metadata: Metadata,
    /// `data`.
    pub data: std::collections::BTreeMap<Text, Spanned<Text>>,
}
