//! What failed, and the objects and fields around it.

use super::codes;
use super::field::{Field, Why};
use crate::model::Model;
use crate::trace::journey::{Leg, Lookup, Probe};
use kernel::ids::NetnsId;
use kernel::packet::Protocol;
use kernel::walk::DropReason;
use kubernetes::cluster::model::{NodeId, Pod, PodId, ServiceId};
use kubernetes::origin::Component;
use std::net::SocketAddr;

/// What a failed journey is about.
#[derive(Clone, Copy)]
pub(in crate::trace) struct Failed<'j> {
    pub(in crate::trace) model: &'j Model,
    pub(in crate::trace) probe: &'j Probe,
    pub(in crate::trace) legs: &'j [Leg],
    pub(in crate::trace) lookups: &'j [Lookup],
    /// The address and port that were dialled.
    pub(in crate::trace) remote: Option<SocketAddr>,
}

/// One packet that did not come through.
#[derive(Clone, Copy)]
pub(in crate::trace) struct Lost<'j> {
    pub(in crate::trace) failed: Failed<'j>,
    /// Where it was sent to.
    pub(in crate::trace) to: SocketAddr,
    pub(in crate::trace) protocol: Protocol,
    /// Its leg, where it ended and why.
    pub(in crate::trace) leg: &'j Leg,
    pub(in crate::trace) netns: NetnsId,
    pub(in crate::trace) reason: &'j DropReason,
}

/// The answer came from another address than the one asked: the node of the server did not translate it back.
pub(in crate::trace) fn not_recognised(failed: Failed<'_>, leg: &Leg) -> Option<Why> {
    let node = node_of(failed.model, leg.hops.first()?.netns)?;
    let name = &failed.model.cluster.nodes.get(node.0 as usize)?.name;
    Some(Why::new(codes::BRIDGE_NF).arg("node", name).by(Component::Administrator))
}

/// The node of a namespace: its own or that of its Pod.
pub(in crate::trace) fn node_of(model: &Model, netns: NetnsId) -> Option<NodeId> {
    let site = &model.site;
    let own = site.nodes.iter().find(|(_, at)| **at == netns).map(|(node, _)| *node);
    own.or_else(|| {
        let (pod, _) = site.pods.iter().find(|(_, at)| **at == netns)?;
        model.cluster.pods.get(pod.0 as usize).map(|pod| pod.node)
    })
}

/// The Pod whose own namespace this is.
pub(in crate::trace) fn pod_of(model: &Model, netns: NetnsId) -> Option<(PodId, &Pod)> {
    let (id, _) = model.site.pods.iter().find(|(_, at)| **at == netns)?;
    let pod = model.cluster.pods.get(id.0 as usize)?;
    (!pod.host_network).then_some((*id, pod))
}

/// A field of a Pod, in the object whose text says it: the Pod, or the template of its workload.
pub(in crate::trace) fn pod_field(pod: &Pod, path: &str) -> Option<Field> {
    let origin = &pod.origin;
    let prefix = match &*origin.object.kind {
        "Pod" => "",
        "CronJob" => "spec.jobTemplate.spec.template.",
        _ => "spec.template.",
    };
    (!origin.assumed).then(|| Field::new(&origin.object, format!("{prefix}{path}").as_str()))
}

/// A field of a Service.
pub(in crate::trace) fn service_field(model: &Model, service: ServiceId, path: &str) -> Option<Field> {
    let origin = &model.cluster.services.get(service.0 as usize)?.origin;
    (!origin.assumed).then(|| Field::new(&origin.object, path))
}

/// As manifests write it.
pub(in crate::trace) fn upper(protocol: Protocol) -> String {
    protocol.to_string().to_uppercase()
}
