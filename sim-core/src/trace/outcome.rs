//! How a journey ended, what decided it, and what would let the packet through.

use super::journey::{ClientResult, Fix, Leg, Outcome, OutcomeKind, Probe, Purpose, Target};
use super::probe::similar;
use crate::agents::NetnsRole;
use crate::cause::CauseId;
use crate::cluster::model::{PodId, Service, ServiceId};
use crate::dns::resolver::Failure;
use crate::linux::state::{Netns, NetnsId};
use crate::linux::walk::{DropReason, End, Event, RuleRef};
use crate::model::Model;
use crate::packet::Port;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Decides the outcome from the legs.
pub(super) fn decide(
    model: &Model,
    probe: &Probe,
    legs: &[Leg],
    client: &ClientResult,
    dns: Option<Failure>,
    remote: &Option<SocketAddr>,
) -> Outcome {
    if let Some(failure) = dns {
        let kind = match failure {
            Failure::NoServer => OutcomeKind::NameServerUnreachable,
            Failure::NotFound => OutcomeKind::NameNotFound,
        };
        let at = legs.len().checked_sub(1).map(|leg| (leg as u32, last_hop(legs.get(leg))));
        let fixes = if failure == Failure::NotFound { unknown_name(model, probe) } else { Vec::new() };
        return Outcome { kind, at, cause: None, fixes, leans_on: Vec::new() };
    }
    let connection: Vec<(usize, &Leg)> = legs.iter().enumerate().filter(|(_, leg)| leg.lookup.is_none()).collect();
    let place = |at: usize| Some((at as u32, last_hop(legs.get(at))));
    if *client == ClientResult::Ok {
        let at = connection.last().and_then(|(at, _)| place(*at));
        return Outcome { kind: OutcomeKind::Delivered, at, cause: None, fixes: Vec::new(), leans_on: Vec::new() };
    }
    // The leg that went wrong first decides; what follows are its consequences.
    for (at, leg) in &connection {
        let End::Dropped { netns, reason } = &leg.end else { continue };
        let cause = cause(model, *netns, reason, leg);
        let kind = match reason {
            DropReason::Rejected(_) => OutcomeKind::Rejected,
            DropReason::NoListener => OutcomeKind::NoListener,
            DropReason::NoSocket if leg.purpose == Purpose::Reply => OutcomeKind::AnswerNotRecognised,
            reason => OutcomeKind::Dropped(reason.clone()),
        };
        let fixes = fixes(model, &kind, *netns, leg, cause, *remote);
        return Outcome { kind, at: place(*at), cause, fixes, leans_on: Vec::new() };
    }
    let at = connection.last().and_then(|(at, _)| place(*at));
    Outcome {
        kind: OutcomeKind::Dropped(DropReason::NoSocket),
        at,
        cause: None,
        fixes: Vec::new(),
        leans_on: Vec::new(),
    }
}

fn last_hop(leg: Option<&Leg>) -> u32 {
    leg.map_or(0, |leg| leg.hops.len().saturating_sub(1) as u32)
}

/// The cause of the rule, policy or route that ended a packet.
fn cause(model: &Model, netns: NetnsId, reason: &DropReason, leg: &Leg) -> Option<CauseId> {
    let here = model.built.network.netns(netns);
    match reason {
        DropReason::Rule(rule) | DropReason::Rejected(rule) => {
            let own = here.rule_cause(*rule)?;
            Some(if for_object(model, own) { own } else { element_cause(model, here, *rule, leg).unwrap_or(own) })
        }
        DropReason::Policy { table, chain } => here.chain_cause(*table, *chain),
        DropReason::RouteType { route, .. } => Some(here.routes.get(*route as usize)?.cause),
        DropReason::ForwardingOff => here.sysctls.get("net.ipv4.ip_forward").map(|sysctl| sysctl.cause),
        _ => None,
    }
}

/// True when a cause names an object.
fn for_object(model: &Model, cause: CauseId) -> bool {
    model.built.network.causes().get(cause).is_some_and(|cause| cause.object.is_some())
}

/// Rules all share lead on by the elements of maps and sets: the cause of the last one that counted.
fn element_cause(model: &Model, here: &Netns, rule: RuleRef, leg: &Leg) -> Option<CauseId> {
    let hop = leg.hops.last()?;
    let ip = &hop.after.packet.ip;
    let looked_up = hop.events.iter().rev().find_map(|event| match event {
        Event::NftLookup { rule: at, statement, key: _, hit } if at.table == rule.table => {
            here.element(*at, *statement, *hit)
        }
        _ => None,
    });
    let element = here.address_element(rule, ip.src, ip.dst).or(looked_up)?;
    Some(element.cause).filter(|cause| for_object(model, *cause))
}

fn fixes(
    model: &Model,
    kind: &OutcomeKind,
    netns: NetnsId,
    leg: &Leg,
    cause: Option<CauseId>,
    remote: Option<SocketAddr>,
) -> Vec<Fix> {
    let cluster = &model.cluster;
    let dst = leg.hops.last().map(|hop| hop.after.packet.destination());
    match kind {
        OutcomeKind::Rejected => {
            let object =
                cause.and_then(|cause| model.built.network.causes().get(cause)).and_then(|cause| cause.object.as_ref());
            let service = object.filter(|object| &*object.kind == "Service");
            let service = service.and_then(|object| {
                cluster.service_named(object.namespace.as_deref().unwrap_or("default"), &object.name)
            });
            let port = remote.and_then(|remote| wrong_port(model, remote));
            port.or(service.map(|service| Fix::AddEndpoint { service })).into_iter().collect()
        }
        OutcomeKind::NoListener => {
            let pod = match model.built.roles.get(netns.0 as usize) {
                Some(NetnsRole::Pod(pod)) => *pod,
                _ => return Vec::new(),
            };
            let listening = listening(model, pod);
            dst.map(|dst| Fix::ListenOn { pod, port: Port(dst.port()), listening }).into_iter().collect()
        }
        OutcomeKind::AnswerNotRecognised => {
            let server = leg.hops.first().map(|hop| hop.netns);
            let node = server.and_then(|netns| match model.built.roles.get(netns.0 as usize)? {
                NetnsRole::Pod(pod) => cluster.pods.get(pod.0 as usize).map(|pod| pod.node),
                NetnsRole::Node(node) => Some(*node),
                _ => None,
            });
            node.map(|node| Fix::EnableBridgeNf { node }).into_iter().collect()
        }
        OutcomeKind::Dropped(_) => remote.map(|remote| unreachable(model, remote)).unwrap_or_default(),
        _ => Vec::new(),
    }
}

fn listening(model: &Model, pod: PodId) -> Vec<Port> {
    let pod = model.cluster.pods.get(pod.0 as usize);
    pod.into_iter()
        .flat_map(|pod| &pod.containers)
        .flat_map(|container| &container.ports)
        .map(|port| port.port)
        .collect()
}

/// A Service's address with a port that it does not have.
fn wrong_port(model: &Model, remote: SocketAddr) -> Option<Fix> {
    let services = &model.cluster.services;
    let (at, service) = services.iter().enumerate().find(|(_, service)| service.cluster_ips.contains(&remote.ip()))?;
    let ports: Vec<Port> = service.ports.iter().map(|port| port.port).collect();
    let wrong = !ports.contains(&Port(remote.port()));
    wrong.then_some(Fix::UseServicePort { service: ServiceId(at as u32), ports })
}

/// A destination that nothing answers for: a Service without that port, or an address nobody has.
fn unreachable(model: &Model, remote: SocketAddr) -> Vec<Fix> {
    let cluster = &model.cluster;
    if cluster.services.iter().any(|service| service.cluster_ips.contains(&remote.ip())) {
        return wrong_port(model, remote).into_iter().collect();
    }
    let outside = |service: &Service| {
        service.external_ips.contains(&remote.ip()) || service.load_balancer.iter().any(|lb| lb.ip == remote.ip())
    };
    let known = cluster.services.iter().any(outside)
        || cluster.pods.iter().any(|pod| pod.ip == remote.ip())
        || cluster.nodes.iter().any(|node| node.ip == remote.ip());
    if known { Vec::new() } else { vec![Fix::UnknownAddress { ip: remote.ip() }] }
}

fn unknown_name(model: &Model, probe: &Probe) -> Vec<Fix> {
    let name: Arc<str> = match &probe.to {
        Target::Name(name, _) => name.clone(),
        Target::Url { host, .. } if host.parse::<IpAddr>().is_err() => host.clone(),
        _ => return Vec::new(),
    };
    let names = model.cluster.services.iter().map(|service| match &*service.name.namespace {
        "default" => service.name.name.to_string(),
        namespace => format!("{}.{namespace}", service.name.name),
    });
    let similar = similar(&name, names).into_iter().take(3).map(Arc::from).collect();
    vec![Fix::UnknownName { name, similar }]
}
