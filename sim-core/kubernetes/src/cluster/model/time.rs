//! What happens to a cluster over time, as a Scenario says.

use super::NamespacedName;
use crate::manifest::objects::Object;
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
    /// A component stops, or runs again.
    Runs(Runs, bool),
    /// Slices of endpoints have what becomes of Pods so many milliseconds later.
    Batch(u64),
    /// An object is changed.
    Patch(Patch),
    /// A machine, or its link, is there again, or not any more.
    Power(Spot, bool),
    /// A packet is sent.
    Probe(Sent),
}

/// How long components wait, by their own settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delays {
    /// Milliseconds without a sign of life until the node controller marks a Node (kube-controller-manager's `--node-monitor-grace-period`).
    pub node_grace: u64,
    /// Seconds that a Pod which says nothing tolerates a Node that is unreachable (kube-apiserver's
    /// `--default-unreachable-toleration-seconds`).
    pub unreachable: u64,
    /// Milliseconds for which changes of Pods are collected before slices have them (kube-controller-manager's
    /// `--endpointslice-updates-batch-period`).
    pub slices: u64,
}

/// A component that stops and starts, besides kube-proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Runs {
    /// kubelet of a Node, or of every one.
    Kubelet(Option<Arc<str>>),
    /// The name servers of the cluster.
    CoreDns,
    /// kube-controller-manager, every one of it.
    ControllerManager,
    /// kube-scheduler, every one of it.
    Scheduler,
}

impl Runs {
    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Kubelet(_) => "kubelet",
            Self::CoreDns => "coredns",
            Self::ControllerManager => "kube-controller-manager",
            Self::Scheduler => "kube-scheduler",
        }
    }
}

/// A machine, or only its link.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// Name of the machine.
    pub machine: Arc<str>,
    /// Its link to its segment: the machine itself runs on.
    pub link: bool,
}

/// An object that is changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    /// The object.
    pub object: ObjectRef,
    /// The workload that made it, where it is a Pod that the input does not have.
    pub made_by: Option<ObjectRef>,
    /// What it is then: the object, behind it a configuration that it holds.
    pub objects: Arc<Vec<Object>>,
    /// Fields that are set or removed, as far as they are named.
    pub fields: Vec<Arc<str>>,
    /// Its Pods are made from another template.
    pub template: bool,
    /// `spec.replicas`, where that is another number.
    pub replicas: Option<u32>,
}

impl Patch {
    /// Of an object, with nothing changed.
    pub fn of(object: ObjectRef) -> Self {
        Self { object, made_by: None, objects: Arc::default(), fields: Vec::new(), template: false, replicas: None }
    }
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
            Self::Batch(_) => "lag",
            Self::Runs(_, true) => "start",
            Self::Runs(_, false) => "stop",
            Self::Patch(_) => "patch",
            Self::Power(_, true) => "up",
            Self::Power(_, false) => "down",
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
