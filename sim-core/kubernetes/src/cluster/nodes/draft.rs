//! Nodes while they are decided.

use super::labels;
use crate::cluster::model::{Node, NodeRole, Origin, SegmentId};
use crate::manifest::objects::Taint;
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

/// A node with what only the scheduler looks at.
pub(in crate::cluster) struct Candidate {
    pub(in crate::cluster) node: Node,
    pub(in crate::cluster) taints: Vec<Taint>,
    pub(in crate::cluster) unschedulable: bool,
    /// Added for Pods that no other node takes.
    pub(in crate::cluster) grown: bool,
}

/// A node before addresses are filled in.
pub(super) struct Draft {
    pub(super) name: Arc<str>,
    pub(super) role: NodeRole,
    pub(super) labels: BTreeMap<Arc<str>, Arc<str>>,
    pub(super) ip: Option<IpAddr>,
    pub(super) ip6: Option<IpAddr>,
    pub(super) cidrs: Vec<IpNet>,
    pub(super) cidr_at: Option<crate::origin::Location>,
    pub(super) origin: Origin,
    pub(super) taints: Vec<Taint>,
    pub(super) unschedulable: bool,
    pub(super) milli_cpu: Option<u64>,
    pub(super) ready: bool,
    /// Its `podCIDR` is none of the plugin's: Pods elsewhere have routes of their own.
    pub(super) host_routes: bool,
}

/// Where the nodes come from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::cluster) enum Source {
    /// Node objects: the input is the whole cluster.
    Given,
    /// kind's configuration.
    Kind,
    /// Nothing: assumed.
    Assumed,
}

pub(super) fn candidate(draft: Draft, segment: SegmentId) -> Candidate {
    let nowhere = IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED);
    let first = draft.cidrs.iter().copied().find(|net| net.addr().is_ipv4());
    let node = Node {
        name: draft.name,
        role: draft.role,
        ip: draft.ip.unwrap_or(nowhere),
        segment,
        container: None,
        ip6: draft.ip6,
        pod_cidr: first.unwrap_or(IpNet::from(nowhere)),
        pod_cidrs: draft.cidrs,
        labels: draft.labels,
        origin: draft.origin,
        pod_cidr_at: draft.cidr_at,
        host_routes: draft.host_routes,
        milli_cpu: draft.milli_cpu,
        ready: draft.ready,
    };
    Candidate { node, taints: draft.taints, unschedulable: draft.unschedulable, grown: false }
}

pub(super) fn draft(
    name: Arc<str>,
    role: NodeRole,
    mut labels: BTreeMap<Arc<str>, Arc<str>>,
    origin: Origin,
    alone: bool,
) -> Draft {
    let mut taints = Vec::new();
    labels::by_kubelet(&mut labels, &name, None);
    labels::by_kubeadm(&mut labels, role);
    if role == NodeRole::ControlPlane && !alone {
        taints.push(labels::control_plane_taint());
    }
    Draft {
        name,
        role,
        labels,
        ip: None,
        ip6: None,
        cidrs: Vec::new(),
        cidr_at: None,
        origin,
        taints,
        unschedulable: false,
        milli_cpu: None,
        ready: true,
        host_routes: true,
    }
}
