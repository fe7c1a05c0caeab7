//! The workloads that make Pods.

use super::{LabelSelector, Map, Metadata, PodTemplate, Text};
use crate::manifest::span::Spanned;
use serde::Deserialize;

/// `apps/v1` Deployment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Deployment {
    /// `metadata`.
    pub metadata: Metadata,
    /// `spec`.
    pub spec: ReplicatedSpec,
}

/// `apps/v1` ReplicaSet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ReplicaSet {
    /// `metadata`.
    pub metadata: Metadata,
    /// `spec`.
    pub spec: ReplicatedSpec,
}

/// `v1` ReplicationController: as a ReplicaSet, with a plain map for a selector.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::manifest) struct ReplicationController {
    pub(in crate::manifest) metadata: Metadata,
    pub(in crate::manifest) spec: ReplicationControllerSpec,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::manifest) struct ReplicationControllerSpec {
    pub(in crate::manifest) replicas: Option<Spanned<i64>>,
    pub(in crate::manifest) selector: Option<Spanned<Map>>,
    pub(in crate::manifest) template: PodTemplate,
}

impl From<ReplicationController> for ReplicaSet {
    fn from(controller: ReplicationController) -> Self {
        let ReplicationController { metadata, spec } = controller;
        let selector = spec.selector.map(|Spanned { value, span }| Spanned {
            value: LabelSelector { match_labels: value, match_expressions: Vec::new() },
            span,
        });
        Self { metadata, spec: ReplicatedSpec { replicas: spec.replicas, selector, template: spec.template } }
    }
}

/// `spec` of Deployments and ReplicaSets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ReplicatedSpec {
    /// `replicas`, as written: any number; absent is 1.
    pub replicas: Option<Spanned<i64>>,
    /// `selector`.
    pub selector: Option<Spanned<LabelSelector>>,
    /// `template`.
    pub template: PodTemplate,
}

/// `apps/v1` DaemonSet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DaemonSet {
    /// `metadata`.
    pub metadata: Metadata,
    /// `spec`; it has no `replicas`.
    pub spec: ReplicatedSpec,
}

/// `apps/v1` StatefulSet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StatefulSet {
    /// `metadata`.
    pub metadata: Metadata,
    /// `spec`.
    pub spec: StatefulSetSpec,
}

/// `spec` of a StatefulSet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StatefulSetSpec {
    /// `replicas`, as written: any number; absent is 1.
    pub replicas: Option<Spanned<i64>>,
    /// `serviceName`, the governing Service.
    pub service_name: Option<Spanned<Text>>,
    /// `ordinals.start`.
    pub ordinals: Ordinals,
    /// `selector`.
    pub selector: Option<Spanned<LabelSelector>>,
    /// `template`.
    pub template: PodTemplate,
}

/// `spec.ordinals` of a StatefulSet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Ordinals {
    /// Number of the first replica.
    pub start: i64,
}

/// `batch/v1` Job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Job {
    /// `metadata`.
    pub metadata: Metadata,
    /// `spec`.
    pub spec: JobSpec,
}

/// `spec` of a Job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct JobSpec {
    /// `parallelism`, as written: any number; absent is 1.
    pub parallelism: Option<Spanned<i64>>,
    /// `completions`.
    pub completions: Option<Spanned<i64>>,
    /// `completionMode`: `NonIndexed` or `Indexed`.
    pub completion_mode: Option<Text>,
    /// `suspend`.
    pub suspend: Option<bool>,
    /// `template`.
    pub template: PodTemplate,
}

/// `batch/v1` CronJob.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CronJob {
    /// `metadata`.
    pub metadata: Metadata,
    /// `spec`.
    pub spec: CronJobSpec,
}

/// `spec` of a CronJob.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CronJobSpec {
    /// `schedule`.
    pub schedule: Option<Spanned<Text>>,
    /// `suspend`.
    pub suspend: Option<bool>,
    /// `jobTemplate`.
    pub job_template: JobTemplate,
}

/// `spec.jobTemplate` of a CronJob.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct JobTemplate {
    /// `metadata`.
    pub metadata: Metadata,
    /// `spec`.
    pub spec: JobSpec,
}
