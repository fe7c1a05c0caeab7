//! Workloads that make no Pods.

use crate::manifest::objects::Map;
use crate::origin::ObjectRef;
use std::sync::Arc;

/// Why a workload makes no Pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Idle {
    /// The API server refuses it.
    Refused,
    /// It asks for none.
    NoReplicas,
    /// `suspend: true`.
    Suspended,
    /// Its Pods come at their times and end (CronJob).
    AtTimes,
    /// It has had its run (Job).
    Done,
    /// The object whose template it uses is not in the input (Rollout).
    NoTemplate,
    /// No node takes its Pods (DaemonSet).
    NoNode,
}

impl Idle {
    /// Its word in findings.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::NoReplicas => "no-replicas",
            Self::Suspended => "suspended",
            Self::AtTimes => "at-times",
            Self::Done => "done",
            Self::NoTemplate => "no-template",
            Self::NoNode => "no-node",
        }
    }
}

/// A workload without Pods, with the labels they would have.
pub(super) struct Barren {
    pub(super) object: ObjectRef,
    pub(super) namespace: Arc<str>,
    pub(super) labels: Map,
    pub(super) why: Idle,
}
