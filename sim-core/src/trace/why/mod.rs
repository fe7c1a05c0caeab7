//! Why a probe failed: the field of the input that a person has to look at, found from what the packet met.
//!
//! `names` explains lookups, `service` what became of a packet for a Service's address, `endpoints` why there is nobody behind it,
//! `listener` why nobody took it where it arrived, `address` who has an address, `input` what the texts say.

mod address;
pub mod codes;
mod endpoints;
pub(super) mod input;
mod listener;
mod names;
mod plugin;
pub(super) mod service;
mod spelled;

use super::drive::NoWay;
use super::journey::{Leg, Lookup, OutcomeKind, Probe};
use crate::dns::resolver::Failure;
use crate::model::Model;
use codes::WhyInfo;
pub(super) use endpoints::{called, distance};
use kernel::ids::NetnsId;
use kernel::packet::Protocol;
use kernel::walk::{DropReason, End};
use kubernetes::cluster::model::{NodeId, Pod, PodId, ServiceId};
use kubernetes::edit::{Editor, FieldPath};
use kubernetes::manifest::Stands;
use kubernetes::origin::{Component, Location, ObjectRef};
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// A field of an object of the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The object.
    pub object: ObjectRef,
    /// The field, whether it is there or not.
    pub path: FieldPath,
    /// Where, if that is known better than by the path.
    pub at: Option<Location>,
}

impl Field {
    /// A field by its path, e.g. `spec.ports[0].targetPort`.
    pub fn new(object: &ObjectRef, path: impl Into<FieldPath>) -> Self {
        Self { object: object.clone(), path: path.into(), at: None }
    }

    /// File and line: of the field, else of the nearest one around it, else of its object. `None` where no text stands behind it.
    pub fn locate(&self, model: &Model) -> Option<Location> {
        let parsed = &model.parsed;
        if self.at.is_some() {
            return self.at.clone();
        }
        // A line of an overlay, a patch or a generator decides as often as one of the base.
        if let Some(place) = parsed.rendered(&self.object).and_then(|made| made.place(&self.path)) {
            let whole = place.known == self.path.0.len() && place.stands == Stands::Scalar;
            return parsed.locate(if whole { place.value } else { place.key });
        }
        let object = parsed.objects.iter().find(|object| *object.object() == self.object)?;
        let span = Editor::reader(&parsed.sources, object.span()).map(|editor| editor.span(self.path.clone()));
        parsed.locate(span.unwrap_or_else(|| object.span()))
    }
}

/// The cause of a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// Stable code, see [`codes`].
    pub code: &'static str,
    /// Values for the sentence.
    pub args: BTreeMap<&'static str, String>,
    /// The field to look at; `None` where nothing of the input is behind it.
    pub field: Option<Field>,
    /// The field it does not go with.
    pub against: Option<Field>,
    /// Who acts by that field.
    pub component: Option<Component>,
}

impl Why {
    fn new(code: WhyInfo) -> Self {
        Self { code: code.code, args: BTreeMap::new(), field: None, against: None, component: None }
    }

    fn arg(mut self, name: &'static str, value: impl ToString) -> Self {
        self.args.insert(name, value.to_string());
        self
    }

    fn at(self, field: impl Into<Option<Field>>) -> Self {
        Self { field: field.into(), ..self }
    }

    fn against(self, field: impl Into<Option<Field>>) -> Self {
        Self { against: field.into(), ..self }
    }

    /// Who acted, where the field does not say it.
    pub(super) fn or_by(self, component: Option<Component>) -> Self {
        Self { component: self.component.or(component), ..self }
    }

    fn by(self, component: Component) -> Self {
        Self { component: Some(component), ..self }
    }
}

/// What a failed journey is about.
#[derive(Clone, Copy)]
pub(super) struct Failed<'j> {
    pub(super) model: &'j Model,
    pub(super) probe: &'j Probe,
    pub(super) legs: &'j [Leg],
    pub(super) lookups: &'j [Lookup],
    /// The address and port that were dialled.
    pub(super) remote: Option<SocketAddr>,
}

/// One packet that did not come through.
#[derive(Clone, Copy)]
pub(super) struct Lost<'j> {
    pub(super) failed: Failed<'j>,
    /// Where it was sent to.
    pub(super) to: SocketAddr,
    pub(super) protocol: Protocol,
    /// Its leg, where it ended and why.
    pub(super) leg: &'j Leg,
    pub(super) netns: NetnsId,
    pub(super) reason: &'j DropReason,
}

/// Why no name server answered or none knew the name.
pub(super) fn unresolved(failed: Failed<'_>, failure: Failure) -> Option<Why> {
    match failure {
        Failure::NoServer | Failure::NoAnswer => names::no_answer(failed),
        Failure::NotFound | Failure::NoAddress => {
            names::hidden(failed).or_else(|| names::zone_differs(failed)).or_else(|| names::not_found(failed))
        }
        Failure::Failed => names::hidden(failed),
        Failure::Beyond => {
            names::aliased(failed).or_else(|| names::hidden(failed)).or_else(|| names::meant_inside(failed))
        }
        Failure::Ipv6Only(_) => names::ipv6_only(failed),
    }
}

/// Why there is no address that a client could call.
pub(super) fn no_way(model: &Model, no_way: NoWay) -> Option<Why> {
    let (NoWay::Pending(id) | NoWay::Port(id) | NoWay::Ipv6(id)) = no_way else { return None };
    let service = model.cluster.services.get(id.0 as usize)?;
    let list = |all: Vec<String>| if all.is_empty() { "–".to_owned() } else { all.join(", ") };
    Some(match no_way {
        NoWay::Pending(_) => {
            let ports = service.ports.iter().filter_map(|port| port.node_port).map(|port| port.to_string());
            let why = Why::new(codes::LOAD_BALANCER_PENDING).arg("service", &service.name);
            let why = why.arg("nodePorts", list(ports.collect())).by(Component::LoadBalancer);
            why.at(service_field(model, id, "spec.type"))
        }
        NoWay::Port(_) => {
            let ports = list(service.ports.iter().map(|port| port.port.to_string()).collect());
            let why = Why::new(codes::NO_NODE_PORT).arg("service", &service.name).arg("ports", ports);
            why.at(service_field(model, id, "spec.ports"))
        }
        NoWay::Ipv6(_) | NoWay::Name => {
            let why = Why::new(codes::IPV6_SERVICE).arg("service", &service.name);
            why.at(service_field(model, id, "spec.ipFamilies"))
        }
    })
}

/// Why a leg of the connection was the last.
pub(super) fn lost(failed: Failed<'_>, kind: &OutcomeKind, leg: &Leg) -> Option<Why> {
    if *kind == OutcomeKind::AnswerNotRecognised {
        return not_recognised(failed, leg);
    }
    let End::Dropped { netns, reason } = &leg.end else { return None };
    // The machine's own setting, whatever it was for.
    if matches!(reason, DropReason::ForwardingOff | DropReason::ReversePath) {
        return None;
    }
    let lost = Lost { failed, to: failed.remote?, protocol: failed.probe.protocol, leg, netns: *netns, reason };
    plugin::lost(lost)
        .or_else(|| service::lost(lost))
        .or_else(|| listener::lost(lost, None))
        .or_else(|| address::lost(lost))
}

/// The answer came from another address than the one asked: the node of the server did not translate it back.
fn not_recognised(failed: Failed<'_>, leg: &Leg) -> Option<Why> {
    let node = node_of(failed.model, leg.hops.first()?.netns)?;
    let name = &failed.model.cluster.nodes.get(node.0 as usize)?.name;
    Some(Why::new(codes::BRIDGE_NF).arg("node", name).by(Component::Administrator))
}

/// The node of a namespace: its own or that of its Pod.
fn node_of(model: &Model, netns: NetnsId) -> Option<NodeId> {
    let built = &model.built;
    let own = built.nodes.iter().find(|(_, at)| **at == netns).map(|(node, _)| *node);
    own.or_else(|| {
        let (pod, _) = built.pods.iter().find(|(_, at)| **at == netns)?;
        model.cluster.pods.get(pod.0 as usize).map(|pod| pod.node)
    })
}

/// The Pod whose own namespace this is.
fn pod_of(model: &Model, netns: NetnsId) -> Option<(PodId, &Pod)> {
    let (id, _) = model.built.pods.iter().find(|(_, at)| **at == netns)?;
    let pod = model.cluster.pods.get(id.0 as usize)?;
    (!pod.host_network).then_some((*id, pod))
}

/// A field of a Pod, in the object whose text says it: the Pod, or the template of its workload.
pub(super) fn pod_field(pod: &Pod, path: &str) -> Option<Field> {
    let origin = &pod.origin;
    let prefix = match &*origin.object.kind {
        "Pod" => "",
        "CronJob" => "spec.jobTemplate.spec.template.",
        _ => "spec.template.",
    };
    (!origin.assumed).then(|| Field::new(&origin.object, format!("{prefix}{path}").as_str()))
}

/// A field of a Service.
pub(super) fn service_field(model: &Model, service: ServiceId, path: &str) -> Option<Field> {
    let origin = &model.cluster.services.get(service.0 as usize)?.origin;
    (!origin.assumed).then(|| Field::new(&origin.object, path))
}

/// The Service that an address and port belong to.
pub(super) fn front_of(model: &Model, to: SocketAddr, protocol: Protocol) -> Option<ServiceId> {
    service::front(&model.cluster, to, protocol).map(|front| front.service)
}

#[cfg(test)]
mod tests;
