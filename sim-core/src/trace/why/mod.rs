//! Why a probe failed: the field of the input that a person has to look at, found from what the packet met.
//!
//! `names` explains lookups, `service` what became of a packet for a Service's address, `endpoints` why there is nobody behind it,
//! `listener` why nobody took it where it arrived, `hairpin` why its own sender discarded it, `address` who has an address, `input` what the
//! texts say.

mod address;
pub mod codes;
mod docker;
mod endpoints;
mod failed;
pub(super) mod field;
pub(super) mod hairpin;
pub(super) mod http;
pub(super) mod input;
mod listener;
pub(super) mod mapping;
mod names;
mod outage;
mod plugin;
mod policy;
mod router;
pub(super) mod service;
mod spelled;

use super::journey::{Leg, OutcomeKind, Purpose};
use super::no_way::NoWay;
use crate::dns::resolver::Failure;
use crate::model::Model;
pub(super) use endpoints::{called, distance};
pub(super) use failed::Failed;
use failed::{Lost, not_recognised, service_field};
pub use field::{Field, Why};
use kernel::packet::Protocol;
use kernel::walk::{DropReason, End};
use kubernetes::cluster::model::ServiceId;
use kubernetes::origin::Component;
use std::net::SocketAddr;

/// Why no name server answered or none knew the name.
pub(super) fn unresolved(failed: Failed<'_>, failure: Failure) -> Option<Why> {
    if let Some(why) = docker::unresolved(failed) {
        return Some(why);
    }
    // A question that a policy keeps from the name server is answered by nobody.
    if matches!(failure, Failure::NoAnswer) {
        let asked = failed.legs.iter().filter(|leg| leg.lookup.is_some());
        if let Some(why) = asked.filter_map(|leg| policy::of_leg(failed.model, leg)).next() {
            return Some(why);
        }
    }
    match failure {
        Failure::NoServer => names::no_answer(failed),
        // A server that waits too long for another one is not heard either.
        Failure::NoAnswer => names::upstream(failed).or_else(|| names::no_answer(failed)),
        Failure::NotFound | Failure::NoAddress => {
            names::hidden(failed).or_else(|| names::zone_differs(failed)).or_else(|| names::not_found(failed))
        }
        Failure::Failed => names::upstream(failed).or_else(|| names::hidden(failed)),
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
    let on_node = |lost| {
        outage::lost(lost)
            .or_else(|| policy::lost(lost))
            .or_else(|| docker::inside(lost))
            .or_else(|| router::lost(lost))
            .or_else(|| docker::lost(lost))
            .or_else(|| plugin::lost(lost))
            .or_else(|| hairpin::lost(lost))
            .or_else(|| service::lost(lost))
            .or_else(|| listener::lost(lost, None))
            .or_else(|| docker::published(lost))
            .or_else(|| address::lost(lost))
    };
    if let Some(why) = names::mapped_alias(lost) {
        return Some(why);
    }
    if let Some((behind, said)) = proxied(lost) {
        return on_node(behind).or(Some(said));
    }
    mapping::lost(lost, on_node).or_else(|| on_node(lost))
}

/// Why a leg of a connection was the last that a proxy made, which reads what it passes on; `through` is the Service and port that led there.
pub(super) fn behind(
    failed: Failed<'_>,
    kind: &OutcomeKind,
    leg: &Leg,
    through: Option<(ServiceId, usize)>,
) -> Option<Why> {
    let mut first = leg;
    while first.purpose != Purpose::Proxy {
        first = failed.legs.get(first.parent?.0 as usize)?;
    }
    let to = first.hops.first()?.before.packet.destination();
    let failed = Failed { remote: Some(to), ..failed };
    if let (End::Dropped { netns, reason }, Some(_)) = (&leg.end, through) {
        let lost = Lost { failed, to, protocol: failed.probe.protocol, leg, netns: *netns, reason };
        if let Some(why) = listener::lost(lost, through) {
            return Some(why);
        }
    }
    lost(failed, kind, leg)
}

/// What a proxy of the input sent that got lost: where that was sent to, and the field that says so.
fn proxied(lost: Lost<'_>) -> Option<(Lost<'_>, Why)> {
    let Failed { model, legs, .. } = lost.failed;
    let mut leg = lost.leg;
    while leg.purpose != Purpose::Proxy {
        leg = legs.get(leg.parent?.0 as usize)?;
    }
    let first = leg.hops.first()?;
    let (at, to) = (first.netns, first.before.packet.destination());
    let host = model.cluster.hosts.iter().find(|host| model.site.hosts.get(&host.ip) == Some(&at))?;
    let mut sockets = host.sockets.iter();
    let socket = sockets.find(|socket| socket.onward.as_ref().is_some_and(|onward| onward.to.contains(&to)))?;
    let because = &socket.because;
    let field = because.object.as_ref().zip(because.field.as_deref());
    let field = field.map(|(object, path)| {
        let path = path.strip_suffix(".listen").map_or_else(|| path.to_owned(), |entry| format!("{entry}.to"));
        Field { at: because.location.clone(), ..Field::new(object, path.as_str()) }
    });
    let name = host.name.clone().unwrap_or_else(|| host.ip.to_string().into());
    let why = Why::new(codes::PROXY_BACKEND).arg("proxy", name).arg("server", to).at(field);
    Some((Lost { to, ..lost }, why))
}

/// The Service that an address and port belong to.
pub(super) fn front_of(model: &Model, to: SocketAddr, protocol: Protocol) -> Option<ServiceId> {
    service::front(&model.cluster, to, protocol).map(|front| front.service)
}

#[cfg(test)]
mod tests;
