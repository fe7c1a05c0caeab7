//! The workloads that make Pods.

use super::{Condition, IntOrString, LabelSelector, Labels, List, Metadata, PodTemplate, Text};
use crate::origin::Spanned;
use serde::Deserialize;

/// `apps/v1` Deployment; OpenShift's DeploymentConfig and Argo's Rollout are read as one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Deployment {
    /// `metadata`.
    pub metadata: Metadata,
    /// `spec`.
    pub spec: Spanned<ReplicatedSpec>,
}

/// `apps/v1` ReplicaSet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ReplicaSet {
    /// `metadata`.
    pub metadata: Metadata,
    /// `spec`.
    pub spec: Spanned<ReplicatedSpec>,
}

/// `v1` ReplicationController and OpenShift's DeploymentConfig: a plain map for a selector, which defaults to the template's labels.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::manifest) struct ReplicationController {
    pub(in crate::manifest) metadata: Metadata,
    pub(in crate::manifest) spec: Spanned<ReplicationControllerSpec>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::manifest) struct ReplicationControllerSpec {
    pub(in crate::manifest) replicas: Option<Spanned<i64>>,
    pub(in crate::manifest) selector: Labels,
    pub(in crate::manifest) template: Spanned<PodTemplate>,
}

impl ReplicationController {
    fn parts(self) -> (Metadata, Spanned<ReplicatedSpec>) {
        let Self { metadata, spec: Spanned { value: spec, span } } = self;
        let labels = &spec.template.metadata.labels;
        let match_labels = if spec.selector.is_empty() { labels.clone() } else { spec.selector };
        let selector = (!match_labels.is_empty()).then(|| {
            let span = match_labels.span();
            Spanned { value: LabelSelector { match_labels, match_expressions: Vec::new() }, span }
        });
        let spec =
            ReplicatedSpec { replicas: spec.replicas, selector, template: spec.template, ..ReplicatedSpec::default() };
        (metadata, Spanned { value: spec, span })
    }
}

impl From<ReplicationController> for ReplicaSet {
    fn from(controller: ReplicationController) -> Self {
        let (metadata, spec) = controller.parts();
        Self { metadata, spec }
    }
}

impl From<ReplicationController> for Deployment {
    fn from(config: ReplicationController) -> Self {
        let (metadata, spec) = config.parts();
        Self { metadata, spec }
    }
}

/// `argoproj.io` Rollout: as a Deployment, whose template may stand elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::manifest) struct Rollout {
    pub(in crate::manifest) metadata: Metadata,
    pub(in crate::manifest) spec: Spanned<RolloutSpec>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::manifest) struct RolloutSpec {
    pub(in crate::manifest) replicas: Option<Spanned<i64>>,
    pub(in crate::manifest) selector: Option<Spanned<LabelSelector>>,
    pub(in crate::manifest) template: Spanned<PodTemplate>,
    pub(in crate::manifest) workload_ref: Option<Spanned<WorkloadRef>>,
}

impl From<Rollout> for Deployment {
    fn from(rollout: Rollout) -> Self {
        let Rollout { metadata, spec: Spanned { value: spec, span } } = rollout;
        let RolloutSpec { replicas, selector, template, workload_ref } = spec;
        let value = ReplicatedSpec { replicas, selector, template, workload_ref, ..ReplicatedSpec::default() };
        Self { metadata, spec: Spanned { value, span } }
    }
}

/// `spec.workloadRef` of a Rollout: the object whose template it uses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WorkloadRef {
    /// `kind`, e.g. `Deployment`.
    pub kind: Text,
    /// `name`, in the same namespace.
    pub name: Text,
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
    pub template: Spanned<PodTemplate>,
    /// `strategy` of a Deployment.
    pub strategy: Strategy,
    /// `updateStrategy` of a DaemonSet.
    pub update_strategy: Strategy,
    /// `paused` of a Deployment.
    pub paused: Option<bool>,
    /// `minReadySeconds`.
    pub min_ready_seconds: Option<Spanned<i64>>,
    /// `workloadRef` of an Argo Rollout, in place of a template.
    #[serde(skip)]
    pub workload_ref: Option<Spanned<WorkloadRef>>,
}

/// `strategy` of a Deployment, `updateStrategy` of others: how their Pods are replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Strategy {
    /// `type`: `RollingUpdate` (the default), `Recreate`, `OnDelete`.
    #[serde(rename = "type")]
    pub kind: Option<Spanned<Text>>,
    /// `rollingUpdate`.
    pub rolling_update: RollingUpdate,
}

/// `rollingUpdate` of a strategy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RollingUpdate {
    /// `maxSurge`: a number or a share, by default 25%.
    pub max_surge: Option<Spanned<IntOrString>>,
    /// `maxUnavailable`: likewise.
    pub max_unavailable: Option<Spanned<IntOrString>>,
    /// `partition` of a StatefulSet: ordinals below stay as they are.
    pub partition: Option<Spanned<i64>>,
}

/// The selector that versions before `apps/v1beta2` gave a workload without one: the labels of its template
/// (`SetDefaults_Deployment` and the like of `extensions/v1beta1` and `apps/v1beta1`).
fn of_template(api_version: &str, selector: &mut Option<Spanned<LabelSelector>>, template: &PodTemplate) {
    let labels = &template.metadata.labels;
    if selector.is_none() && defaults_selector(api_version) && !labels.is_empty() {
        let value = LabelSelector { match_labels: labels.clone(), match_expressions: Vec::new() };
        *selector = Some(Spanned { value, span: labels.span() });
    }
}

/// True for versions in which `spec.selector` could be left out.
pub(in crate::manifest) fn defaults_selector(api_version: &str) -> bool {
    matches!(api_version, "extensions/v1beta1" | "apps/v1beta1")
}

impl ReplicatedSpec {
    /// With the defaults of an older version of the API.
    pub(in crate::manifest) fn older(&mut self, api_version: &str) {
        of_template(api_version, &mut self.selector, &self.template.value);
    }
}

impl StatefulSetSpec {
    /// With the defaults of an older version of the API.
    pub(in crate::manifest) fn older(&mut self, api_version: &str) {
        of_template(api_version, &mut self.selector, &self.template.value);
    }
}

/// `apps/v1` DaemonSet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DaemonSet {
    /// `metadata`.
    pub metadata: Metadata,
    /// `spec`; it has no `replicas`.
    pub spec: Spanned<ReplicatedSpec>,
}

/// `apps/v1` StatefulSet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StatefulSet {
    /// `metadata`.
    pub metadata: Metadata,
    /// `spec`.
    pub spec: Spanned<StatefulSetSpec>,
}

/// `spec` of a StatefulSet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StatefulSetSpec {
    /// `replicas`, as written: any number; absent is 1.
    pub replicas: Option<Spanned<i64>>,
    /// `serviceName`, the governing Service.
    pub service_name: Option<Spanned<Text>>,
    /// `ordinals`.
    pub ordinals: Ordinals,
    /// `updateStrategy`.
    pub update_strategy: Strategy,
    /// `podManagementPolicy`: `OrderedReady` (the default) or `Parallel`.
    pub pod_management_policy: Option<Spanned<Text>>,
    /// `volumeClaimTemplates`.
    pub volume_claim_templates: Vec<ClaimTemplate>,
    /// `selector`.
    pub selector: Option<Spanned<LabelSelector>>,
    /// `template`.
    pub template: Spanned<PodTemplate>,
}

/// `spec.ordinals` of a StatefulSet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Ordinals {
    /// `start`: number of the first replica; absent is 0.
    pub start: Option<Spanned<i64>>,
}

/// One of `spec.volumeClaimTemplates` of a StatefulSet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ClaimTemplate {
    /// `metadata`; its name is the volume's.
    pub metadata: Metadata,
}

/// `batch/v1` Job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Job {
    /// `metadata`.
    pub metadata: Metadata,
    /// `spec`.
    pub spec: Spanned<JobSpec>,
    /// `status`.
    pub status: JobStatus,
}

/// `status` of a Job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct JobStatus {
    /// `conditions`: `Complete` or `Failed` once it is over.
    pub conditions: List<Condition>,
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
    pub template: Spanned<PodTemplate>,
}

/// `batch/v1` CronJob.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CronJob {
    /// `metadata`.
    pub metadata: Metadata,
    /// `spec`.
    pub spec: Spanned<CronJobSpec>,
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
    pub job_template: Spanned<JobTemplate>,
}

/// `spec.jobTemplate` of a CronJob.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct JobTemplate {
    /// `metadata`.
    pub metadata: Metadata,
    /// `spec`.
    pub spec: Spanned<JobSpec>,
}
