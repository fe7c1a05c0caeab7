//! What Pods and their containers are doing: what kubelet and the scheduler have said of them.

mod read;
#[cfg(test)]
mod tests;

pub(super) use read::{given, is_sidecar};

use super::model::{Cluster, Container, NamespacedName, Pod, Service};
use crate::origin::{Location, ObjectRef};
use std::collections::BTreeMap;
use std::sync::Arc;

/// `status.phase` of a Pod.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// `Pending`: not all of its containers were started yet.
    Pending,
    /// `Running`; also what a Pod without a status is taken to be.
    #[default]
    Running,
    /// `Succeeded`: all containers ended well and will not start again.
    Succeeded,
    /// `Failed`: all containers ended, one of them badly, or the Pod was evicted.
    Failed,
    /// `Unknown`: its node does not answer.
    Unknown,
}

/// What one container is doing (`state` in the Pod's status).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContainerState {
    /// It runs, or nothing is said of it.
    #[default]
    Running,
    /// It does not run now, but kubelet means to start it.
    Waiting {
        /// kubelet's word: `ContainerCreating`, `CrashLoopBackOff`, `ImagePullBackOff` …
        reason: Arc<str>,
        /// Where the input says so.
        at: Option<Location>,
    },
    /// It ended.
    Terminated {
        /// kubelet's word: `Completed`, `Error`, `OOMKilled` …
        reason: Arc<str>,
        /// Where the input says so.
        at: Option<Location>,
    },
}

impl ContainerState {
    /// True when its process is there and may listen.
    pub fn runs(&self) -> bool {
        *self == Self::Running
    }
}

/// What keeps a Pod from being ready, or from being there at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObstacleKind {
    /// It ended: phase `Succeeded` or `Failed`.
    Ended,
    /// No node has it.
    Unscheduled,
    /// A node has it, but it has no address yet.
    NotStarted,
    /// An init container has not finished.
    InitContainer,
    /// A container does not run.
    Container,
    /// A container's startup probe has not succeeded.
    StartupProbe,
    /// A container's readiness probe fails.
    ReadinessProbe,
    /// A readiness gate is not `True`.
    ReadinessGate,
    /// The condition `Ready` is not `True`, and nothing says why.
    Condition,
}

impl ObstacleKind {
    /// Its word in findings, kebab-case.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ended => "ended",
            Self::Unscheduled => "unscheduled",
            Self::NotStarted => "not-started",
            Self::InitContainer => "init-container",
            Self::Container => "container",
            Self::StartupProbe => "startup-probe",
            Self::ReadinessProbe => "readiness-probe",
            Self::ReadinessGate => "readiness-gate",
            Self::Condition => "condition",
        }
    }
}

/// The first thing that keeps a Pod from being ready.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Obstacle {
    /// What kind of thing.
    pub kind: ObstacleKind,
    /// The container it is about.
    pub container: Option<Arc<str>>,
    /// The input's own word: `CrashLoopBackOff`, `Evicted`, a readiness gate's condition; empty where it has none.
    pub reason: Arc<str>,
    /// The field to look at: the probe, the state, the condition.
    pub at: Option<Location>,
}

/// What a Pod is doing. The default is a Pod that runs with nothing against it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodState {
    /// Phase.
    pub phase: Phase,
    /// Why it is not ready; `None` for a Pod that is.
    pub obstacle: Option<Obstacle>,
    /// Where `metadata.deletionTimestamp` stands, while it is being deleted.
    pub deleted_at: Option<Location>,
}

/// A Pod that is an object and no more: it has no network, nothing reaches it, and it is no endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AbsentPod {
    /// Namespace and name.
    pub name: NamespacedName,
    /// Labels.
    pub labels: BTreeMap<Arc<str>, Arc<str>>,
    /// Containers, without init containers.
    pub containers: Vec<Container>,
    /// Phase.
    pub phase: Phase,
    /// Why it has no network.
    pub obstacle: Obstacle,
    /// The object in the input that caused it: the Pod itself or its workload.
    pub origin: super::model::Origin,
    /// The workload that made it, when it was made and not given.
    pub made_by: Option<ObjectRef>,
}

/// The Pods a Service's selector finds that are not ready, each with why: those with a network first, then those without.
/// Empty where it has no selector.
pub fn not_ready<'c>(cluster: &'c Cluster, service: &Service) -> Vec<(&'c NamespacedName, &'c Obstacle)> {
    let own = |name: &NamespacedName, labels: &BTreeMap<Arc<str>, Arc<str>>| {
        !service.selector.is_empty()
            && name.namespace == service.name.namespace
            && service.selector.iter().all(|(key, value)| labels.get(key) == Some(value))
    };
    let present = cluster.pods.iter().filter(|pod| own(&pod.name, &pod.labels));
    let present = present.filter_map(|pod| Some((&pod.name, pod.state.obstacle.as_ref()?)));
    let absent = cluster.absent.iter().filter(|pod| own(&pod.name, &pod.labels));
    present.chain(absent.map(|pod| (&pod.name, &pod.obstacle))).collect()
}

impl AbsentPod {
    /// What is left of a Pod that gets no network; its state says why.
    pub(super) fn of(pod: Pod) -> Self {
        let Pod { name, labels, containers, origin, made_by, state, .. } = pod;
        let unknown = Obstacle { kind: ObstacleKind::Unscheduled, container: None, reason: Arc::from(""), at: None };
        let obstacle = state.obstacle.unwrap_or(unknown);
        Self { name, labels, containers, phase: state.phase, obstacle, origin, made_by }
    }
}
