//! What the input has that acts on traffic, beside nodes, Services and the rules of policies.

use super::{Captured, NamespacedName, PodId};
use crate::manifest::objects::LabelSelector;
use crate::origin::{Location, ObjectRef};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Who enforces NetworkPolicies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Enforcement {
    /// Somebody whose rules are not simulated.
    #[default]
    Unread,
    /// The network plugin that is simulated, by rules on every node.
    Rules,
    /// Nobody: neither the plugin nor anything else that is in the input.
    Nobody,
}

/// A policy that limits the traffic of Pods, and whom it selects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActingPolicy {
    /// The object.
    pub object: ObjectRef,
    /// Its namespace; `None` when it selects in all.
    pub namespace: Option<Arc<str>>,
    /// Pods it selects; `None` when its way of selecting is not read: all of them.
    pub pods: Option<LabelSelector>,
    /// It limits what they take.
    pub ingress: bool,
    /// It limits what they send.
    pub egress: bool,
    /// Field of the selection, or the one that is not read.
    pub field: Arc<str>,
    /// Its line.
    pub location: Option<Location>,
    /// It is one of [`super::Cluster::policies`], read whole.
    pub read: bool,
}

/// An Ingress or a route of another kind of front door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActingDoor {
    /// The object.
    pub object: ObjectRef,
    /// Hosts, the Service that each leads to first (`-` when that is not read), and the line.
    pub hosts: Vec<(Arc<str>, Arc<str>, Option<Location>)>,
    /// The Service that requests for any host lead to.
    pub any: Option<(Arc<str>, Option<Location>)>,
}

/// An object by which a mesh's proxies route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActingMesh {
    /// The object.
    pub object: ObjectRef,
    /// Services whose traffic it routes, and the line of each.
    pub services: Vec<(NamespacedName, Option<Location>)>,
}

/// What the input has that acts on traffic and is not simulated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acting {
    /// Policies.
    pub policies: Vec<ActingPolicy>,
    /// Who enforces NetworkPolicies.
    pub enforcement: Enforcement,
    /// Front doors.
    pub doors: Vec<ActingDoor>,
    /// Services that Routes of OpenShift lead to: the Route, the Service, and the port of it that is named, by number or name.
    pub behind: Vec<(ObjectRef, NamespacedName, Option<Arc<str>>)>,
    /// Routes of meshes.
    pub meshes: Vec<ActingMesh>,
    /// Pods and workloads whose labels or annotations ask a mesh for its proxy (its name), or refuse it (`None`).
    pub injected: BTreeMap<ObjectRef, (Option<&'static str>, Option<Location>)>,
    /// Pods whose traffic comes to a proxy beside them, and how.
    pub captured: BTreeMap<PodId, Captured>,
    /// Namespaces whose Pods get it.
    pub injected_namespaces: BTreeMap<Arc<str>, (&'static str, Option<Location>)>,
}
