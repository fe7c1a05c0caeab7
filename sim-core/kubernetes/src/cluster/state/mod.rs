//! What Pods and their containers are doing: what kubelet and the scheduler have said of them.

mod read;
#[cfg(test)]
mod tests;

pub(super) use read::{given, is_sidecar};

use crate::origin::Location;
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
