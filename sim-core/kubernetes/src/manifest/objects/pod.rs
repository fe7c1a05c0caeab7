//! Pod and the Pod template.

use super::{IntOrString, LabelSelector, List, Map, Metadata, PodStatus, SelectorRequirement, Text};
use crate::origin::Spanned;
use serde::Deserialize;

/// `v1` Pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Pod {
    /// `metadata`.
    pub metadata: Metadata,
    /// `spec`.
    pub spec: Spanned<PodSpec>,
    /// `status`.
    pub status: PodStatus,
}

/// `spec.template` of workloads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodTemplate {
    /// `metadata`.
    pub metadata: Metadata,
    /// `spec`.
    pub spec: Spanned<PodSpec>,
}

/// `spec` of a Pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodSpec {
    /// `nodeName`.
    pub node_name: Option<Spanned<Text>>,
    /// `nodeSelector`.
    pub node_selector: Option<Spanned<Map>>,
    /// `affinity`.
    pub affinity: Affinity,
    /// `tolerations`.
    pub tolerations: Vec<Toleration>,
    /// `topologySpreadConstraints`.
    pub topology_spread_constraints: List<SpreadConstraint>,
    /// `hostNetwork`.
    pub host_network: Option<Spanned<bool>>,
    /// `hostname`.
    pub hostname: Option<Spanned<Text>>,
    /// `subdomain`.
    pub subdomain: Option<Spanned<Text>>,
    /// `dnsPolicy`.
    pub dns_policy: Option<Spanned<Text>>,
    /// `dnsConfig`.
    pub dns_config: Option<Spanned<PodDnsConfig>>,
    /// `enableServiceLinks`: containers are told of the namespace's Services; absent is true.
    pub enable_service_links: Option<Spanned<bool>>,
    /// `hostAliases`.
    pub host_aliases: List<HostAlias>,
    /// `containers`.
    pub containers: List<Container>,
    /// `initContainers`.
    pub init_containers: List<Container>,
    /// `restartPolicy`: `Always`, `OnFailure`, `Never`.
    pub restart_policy: Option<Spanned<Text>>,
    /// `volumes`.
    pub volumes: List<Volume>,
    /// `terminationGracePeriodSeconds`, by default 30.
    pub termination_grace_period_seconds: Option<Spanned<i64>>,
    /// `readinessGates`: conditions that must be `True` besides the containers'.
    pub readiness_gates: List<ReadinessGate>,
}

/// One of `volumes`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Volume {
    /// `name`.
    pub name: Spanned<Text>,
}

/// One of a container's `volumeMounts`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VolumeMount {
    /// `name` of the volume.
    pub name: Spanned<Text>,
    /// `mountPath`.
    pub mount_path: Option<Text>,
}

/// One of `readinessGates`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ReadinessGate {
    /// `conditionType`, e.g. `target-health.elbv2.k8s.aws/web`.
    pub condition_type: Text,
}

/// `affinity`, as far as it binds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Affinity {
    /// `nodeAffinity`.
    pub node_affinity: NodeAffinity,
    /// `podAffinity`.
    pub pod_affinity: PodAffinity,
    /// `podAntiAffinity`.
    pub pod_anti_affinity: PodAffinity,
}

/// `affinity.podAffinity` or `affinity.podAntiAffinity`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodAffinity {
    /// `requiredDuringSchedulingIgnoredDuringExecution`: all must hold.
    #[serde(rename = "requiredDuringSchedulingIgnoredDuringExecution")]
    pub required: List<PodAffinityTerm>,
}

/// Pods, and how near.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodAffinityTerm {
    /// `labelSelector`; absent selects nothing.
    pub label_selector: Option<LabelSelector>,
    /// `namespaces`; empty is the Pod's own.
    pub namespaces: Vec<Text>,
    /// `namespaceSelector`; present and empty is all.
    pub namespace_selector: Option<LabelSelector>,
    /// `topologyKey`: Nodes with the same value of this label are one place.
    pub topology_key: Text,
}

/// One of `topologySpreadConstraints`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SpreadConstraint {
    /// `maxSkew`, 1 or more.
    pub max_skew: Option<i64>,
    /// `topologyKey`.
    pub topology_key: Text,
    /// `whenUnsatisfiable`: `DoNotSchedule` (the default) or `ScheduleAnyway`.
    pub when_unsatisfiable: Option<Text>,
    /// `labelSelector`; absent selects nothing.
    pub label_selector: Option<LabelSelector>,
}

/// `affinity.nodeAffinity`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeAffinity {
    /// `requiredDuringSchedulingIgnoredDuringExecution`.
    #[serde(rename = "requiredDuringSchedulingIgnoredDuringExecution")]
    pub required: Option<NodeSelector>,
}

/// Alternatives, one of which must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeSelector {
    /// `nodeSelectorTerms`.
    pub node_selector_terms: Vec<NodeSelectorTerm>,
}

/// Requirements all of which must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeSelectorTerm {
    /// `matchExpressions`, on labels.
    pub match_expressions: Vec<SelectorRequirement>,
    /// `matchFields`, on `metadata.name`.
    pub match_fields: Vec<SelectorRequirement>,
}

/// One of `tolerations`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Toleration {
    /// `key`; absent with `Exists` tolerates everything.
    pub key: Option<Text>,
    /// `operator`: `Equal` (the default) or `Exists`.
    pub operator: Option<Text>,
    /// `value`.
    pub value: Option<Text>,
    /// `effect`; absent tolerates all effects.
    pub effect: Option<Text>,
    /// `tolerationSeconds`, of `NoExecute`; absent is for ever.
    pub toleration_seconds: Option<i64>,
}

/// One of `hostAliases`: a line of `/etc/hosts`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HostAlias {
    /// `ip`.
    pub ip: Option<Spanned<Text>>,
    /// `hostnames`.
    pub hostnames: List<Text>,
}

/// `dnsConfig`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodDnsConfig {
    /// `nameservers`.
    pub nameservers: List<Text>,
    /// `searches`.
    pub searches: List<Text>,
    /// `options`.
    pub options: List<PodDnsOption>,
}

/// One of `dnsConfig.options`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodDnsOption {
    /// `name`, e.g. `ndots`.
    pub name: Text,
    /// `value`, e.g. `"2"`.
    pub value: Option<Text>,
}

/// A container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Container {
    /// `name`.
    pub name: Spanned<Text>,
    /// `image`.
    pub image: Option<Spanned<Text>>,
    /// `command`: in place of the image's entry point.
    pub command: List<Text>,
    /// `args`.
    pub args: List<Text>,
    /// `env`.
    pub env: List<EnvVar>,
    /// `ports`.
    pub ports: List<ContainerPort>,
    /// `envFrom`.
    pub env_from: List<EnvFrom>,
    /// `volumeMounts`.
    pub volume_mounts: List<VolumeMount>,
    /// `readinessProbe`.
    pub readiness_probe: Option<Spanned<ContainerProbe>>,
    /// `livenessProbe`.
    pub liveness_probe: Option<Spanned<ContainerProbe>>,
    /// `startupProbe`.
    pub startup_probe: Option<Spanned<ContainerProbe>>,
    /// `restartPolicy`: `Always` makes an init container a sidecar.
    pub restart_policy: Option<Spanned<Text>>,
    /// `lifecycle`.
    pub lifecycle: Lifecycle,
}

/// `lifecycle` of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Lifecycle {
    /// `preStop`: what is done before its process is told to end.
    pub pre_stop: PreStop,
}

/// `preStop`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PreStop {
    /// `sleep`.
    pub sleep: Option<Spanned<PreStopSleep>>,
    /// `exec`.
    pub exec: Option<Spanned<ProbeCommand>>,
}

/// `sleep` of a `preStop`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PreStopSleep {
    /// `seconds`.
    pub seconds: i64,
}

/// One of a container's `ports`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContainerPort {
    /// `name`.
    pub name: Option<Spanned<Text>>,
    /// `containerPort`, as written: any number.
    pub container_port: Option<Spanned<i64>>,
    /// `hostPort`, as written: any number.
    pub host_port: Option<Spanned<i64>>,
    /// `hostIP`.
    #[serde(rename = "hostIP")]
    pub host_ip: Option<Spanned<Text>>,
    /// `protocol`; absent is TCP.
    pub protocol: Option<Spanned<Text>>,
}

/// One of `env`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EnvVar {
    /// `name`.
    pub name: Text,
    /// `value`.
    pub value: Option<Spanned<Text>>,
    /// `valueFrom`.
    pub value_from: Option<EnvVarSource>,
}

/// `valueFrom` of a variable; Secrets are not looked into.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EnvVarSource {
    /// `fieldRef`.
    pub field_ref: Option<FieldRef>,
    /// `configMapKeyRef`.
    pub config_map_key_ref: Option<ConfigMapKeyRef>,
}

/// A field of the Pod itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FieldRef {
    /// `fieldPath`, e.g. `status.podIP`.
    pub field_path: Text,
}

/// A key of a ConfigMap.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ConfigMapKeyRef {
    /// `name` of the ConfigMap.
    pub name: Text,
    /// `key`.
    pub key: Text,
}

/// One of `envFrom`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EnvFrom {
    /// `prefix` of the variables' names.
    pub prefix: Option<Text>,
    /// `configMapRef`.
    pub config_map_ref: Option<ConfigMapRef>,
}

/// A ConfigMap.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ConfigMapRef {
    /// `name`.
    pub name: Text,
}

/// A probe of kubelet's: exactly one of its handlers is given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContainerProbe {
    /// `httpGet`.
    pub http_get: Option<Spanned<ProbePort>>,
    /// `tcpSocket`.
    pub tcp_socket: Option<Spanned<ProbePort>>,
    /// `grpc`.
    pub grpc: Option<Spanned<ProbePort>>,
    /// `exec`.
    pub exec: Option<Spanned<ProbeCommand>>,
    /// `initialDelaySeconds`.
    pub initial_delay_seconds: Option<Spanned<i64>>,
    /// `periodSeconds`; absent or 0 is 10.
    pub period_seconds: Option<i64>,
    /// `successThreshold`; absent or 0 is 1.
    pub success_threshold: Option<i64>,
}

/// `exec` of a probe.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ProbeCommand {
    /// `command`.
    pub command: Vec<Text>,
}

/// The port a probe asks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ProbePort {
    /// `port`.
    pub port: Option<Spanned<IntOrString>>,
}
