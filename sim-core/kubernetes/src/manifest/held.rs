//! What is known of an input's Pods at a moment of its timeline, besides what its objects say.

use super::objects::Text;
use crate::origin::{NamespacedName, ObjectRef, Origin};
use kernel::packet::{Port, Protocol};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

/// What is known. Empty for an input as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// It is a moment behind the start: controllers keep slices of endpoints up to date, whatever slices the input has.
    pub later: bool,
    /// Pods that have run before.
    pub pods: BTreeMap<NamespacedName, HeldPod>,
    /// Workloads all of whose Pods are among the objects, be it none: their controllers make no more.
    pub workloads: BTreeSet<ObjectRef>,
    /// Nodes that take no more Pods.
    pub cordoned: BTreeSet<Text>,
    /// Machines and links that have failed.
    pub outage: Outage,
    /// The cluster's name servers have stopped.
    pub dns_stopped: bool,
    /// Nodes that nobody has heard of for too long: their condition `Ready` is `Unknown`.
    pub unknown: BTreeSet<Text>,
    /// What Services were given before, where the input does not say it.
    pub services: BTreeMap<NamespacedName, HeldService>,
    /// The last address that was handed out on a node: the next one follows it (`host-local`).
    pub last: BTreeMap<Text, IpAddr>,
    /// Nodes on which Pods with networks of their own have run.
    pub had: BTreeSet<Text>,
    /// Slices of Services with a selector, where their controller has not brought them up to date.
    pub slices: Option<Arc<HeldSlices>>,
    /// Pods that nobody gives a Node: the scheduler does not run.
    pub unscheduled: BTreeSet<NamespacedName>,
}

/// What slices say, by Service.
pub type HeldSlices = BTreeMap<NamespacedName, Vec<HeldPort>>;

/// Endpoints of one port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldPort {
    /// Its name.
    pub name: Text,
    /// Its protocol.
    pub protocol: Option<Protocol>,
    /// Its endpoints.
    pub endpoints: Vec<HeldEndpoint>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldEndpoint {
    /// Address.
    pub ip: IpAddr,
    /// Port.
    pub port: Port,
    /// Conditions `ready`, `serving` and `terminating`.
    pub conditions: (bool, bool, bool),
    /// `nodeName`.
    pub node: Option<Text>,
    /// `zone`.
    pub zone: Option<Text>,
    /// Hints for zones, and for Nodes.
    pub hints: (Vec<Text>, Vec<Text>),
    /// `hostname`.
    pub hostname: Option<Text>,
    /// The Pod behind it.
    pub pod: Option<NamespacedName>,
    /// Where it comes from.
    pub origin: Origin,
}

/// Machines and links that have failed, by the names of machines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outage {
    /// Machines that are off.
    pub off: BTreeSet<Text>,
    /// Machines without a link to their segment.
    pub unplugged: BTreeSet<Text>,
}

impl Outage {
    /// Everything works.
    pub fn is_empty(&self) -> bool {
        self.off.is_empty() && self.unplugged.is_empty()
    }
}

/// What was allocated for a Service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldService {
    /// Its ClusterIPs.
    pub cluster_ips: Vec<IpAddr>,
    /// Node ports, by protocol and port.
    pub node_ports: BTreeMap<(Protocol, Port), Port>,
    /// The port for health checks.
    pub health_check_node_port: Option<Port>,
}

/// A Pod that has run before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldPod {
    /// The workload that made it, where the input does not have the Pod itself.
    pub made_by: Option<ObjectRef>,
    /// Its address.
    pub ip: IpAddr,
    /// The input gives that address.
    pub given: bool,
    /// Condition `Ready`.
    pub ready: bool,
    /// It is being deleted.
    pub terminating: bool,
    /// When it was made, in milliseconds since the start: another Pod of its name was made at another time.
    pub born: u64,
}
