//! `status` of a Pod, as kubelet writes it.

use super::{Condition, List, Text};
use crate::origin::Spanned;
use serde::Deserialize;

/// `status` of a Pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodStatus {
    /// `phase`: `Pending`, `Running`, `Succeeded`, `Failed`, `Unknown`.
    pub phase: Option<Spanned<Text>>,
    /// `reason`, e.g. `Evicted`.
    pub reason: Option<Spanned<Text>>,
    /// `podIP`.
    #[serde(rename = "podIP")]
    pub pod_ip: Option<Spanned<Text>>,
    /// `podIPs`.
    #[serde(rename = "podIPs")]
    pub pod_ips: List<PodIp>,
    /// `hostIP`.
    #[serde(rename = "hostIP")]
    pub host_ip: Option<Spanned<Text>>,
    /// `conditions`.
    pub conditions: List<Condition>,
    /// `containerStatuses`.
    pub container_statuses: List<ContainerStatus>,
    /// `initContainerStatuses`.
    pub init_container_statuses: List<ContainerStatus>,
}

/// One of `status.podIPs`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodIp {
    /// `ip`.
    pub ip: Text,
}

/// One of `status.containerStatuses`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContainerStatus {
    /// `name` of the container.
    pub name: Text,
    /// `ready`.
    pub ready: Option<Spanned<bool>>,
    /// `started`: its startup probe succeeded.
    pub started: Option<Spanned<bool>>,
    /// `state`.
    pub state: StateOfContainer,
}

/// `state` of a container: at most one of them is there; none is `waiting`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StateOfContainer {
    /// `running`.
    pub running: Option<Spanned<Running>>,
    /// `waiting`.
    pub waiting: Option<Spanned<Waiting>>,
    /// `terminated`.
    pub terminated: Option<Spanned<Terminated>>,
}

/// `state.running`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Running {
    /// `startedAt`, verbatim.
    pub started_at: Option<Text>,
}

/// `state.waiting`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Waiting {
    /// `reason`, e.g. `CrashLoopBackOff`.
    pub reason: Option<Spanned<Text>>,
}

/// `state.terminated`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Terminated {
    /// `reason`, e.g. `Completed`, `Error`, `OOMKilled`.
    pub reason: Option<Spanned<Text>>,
    /// `exitCode`.
    pub exit_code: Option<i64>,
}
