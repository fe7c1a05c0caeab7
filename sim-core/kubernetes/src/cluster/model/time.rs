//! What happens to a cluster over time, as a Scenario says.

use super::NamespacedName;
use crate::origin::{Location, ObjectRef};
use std::sync::Arc;

/// Something that happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Milliseconds since the start.
    pub at: u64,
    /// What.
    pub what: Happens,
    /// The Scenario.
    pub object: ObjectRef,
    /// Its field, `timeline[2]`.
    pub field: Arc<str>,
    /// Its line.
    pub location: Option<Location>,
}

/// What happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happens {
    /// A Pod is deleted.
    Delete(NamespacedName),
    /// The condition `Ready` of a Pod turns `True` or `False`, and stays so.
    Ready(NamespacedName, bool),
    /// A workload is given another number of replicas.
    Scale(ObjectRef, u32),
    /// The Pods of a workload are made anew, as its strategy says.
    Rollout(ObjectRef),
    /// A Node takes no more Pods, and those that no DaemonSet made leave it.
    Drain(Arc<str>),
    /// kube-proxy of a Node, or of every one, stops following, follows again, or follows later.
    Sync(Option<Arc<str>>, Sync),
    /// A packet is sent.
    Probe(Sent),
}

/// How a component follows what the API server says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sync {
    /// Not any more: what it wrote stays.
    Stop,
    /// At once.
    Start,
    /// So many milliseconds later.
    Lag(u64),
}

impl Happens {
    /// The word of a Scenario for it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Delete(_) => "delete",
            Self::Ready(_, true) => "ready",
            Self::Ready(_, false) => "notReady",
            Self::Scale(..) => "scale",
            Self::Rollout(_) => "rollout",
            Self::Drain(_) => "drain",
            Self::Sync(_, Sync::Stop) => "stop",
            Self::Sync(_, Sync::Start) => "start",
            Self::Sync(_, Sync::Lag(_)) => "lag",
            Self::Probe(_) => "probe",
        }
    }
}

/// A packet that is sent at a time, in the words of the command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// From where.
    pub from: Arc<str>,
    /// To where.
    pub to: Arc<str>,
    /// Protocol, where it is not TCP.
    pub proto: Option<Arc<str>>,
    /// The connection stays open.
    pub keep: bool,
}
