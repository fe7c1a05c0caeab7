//! A packet that a policy's enforcer discarded: who was asked for, as the enforcer saw it, and every policy that was asked, with what of it
//! the connection does not match.

use super::journey::{Journey, Leg, Purpose};
use crate::agents::cni;
use crate::model::Model;
use kernel::ids::{NetnsId, RuleRef};
use kernel::packet::Protocol;
use kernel::walk::{DropReason, End};
use kubernetes::cluster::model::{Cluster, Enforcement, Pod, PodId};
use kubernetes::policy::{Decision, Direction, Flow, Party, PodParty, decide};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Ports that the containers of a Pod declare by name.
pub(in crate::trace) type Named = Vec<(Arc<str>, Protocol, u16)>;

/// A connection as an enforcer sees it.
#[derive(Clone, Debug)]
pub struct Policed {
    /// The Pod whose policies stopped it.
    pub pod: PodId,
    /// The direction they are of.
    pub direction: Direction,
    /// The Pod at the other end; nothing where it is none, or one in its node's network.
    pub other: Option<PodId>,
    /// Where it comes from, as the enforcer sees it.
    pub from: SocketAddr,
    /// Where it goes to: behind the translation of Services.
    pub to: SocketAddr,
    /// Protocol.
    pub protocol: Protocol,
    /// What was asked, in order, and why nothing let it pass.
    pub decision: Decision,
    /// What the policies of the other end say, where that is a Pod; it may not have been asked yet.
    pub beyond: Option<Decision>,
    /// The address that was dialled, where it is another.
    pub dialled: Option<SocketAddr>,
    /// The sender's own address, where the enforcer sees another one.
    pub sender: Option<IpAddr>,
}

/// What a leg's last packet was discarded for, if a policy's enforcer did it.
pub fn policed(model: &Model, leg: &Leg) -> Option<Policed> {
    let End::Dropped { netns, reason: DropReason::Rule(rule) } = &leg.end else { return None };
    let cluster = &model.cluster;
    let packet = leg.hops.last()?.after.packet.innermost().clone();
    let (from, to, protocol) = (packet.source(), packet.destination(), packet.protocol());
    let chain = chain(model, *netns, *rule)?;
    // A rule that denies stands in the policy's own chain, which all Pods share that it selects.
    let shared = |direction: Direction| {
        let own = if direction == Direction::Ingress { to.ip() } else { from.ip() };
        Some((wired(cluster, own)?, direction))
    };
    let (pod, direction) =
        cni::endpoint_of_chain(cluster, &chain).or_else(|| shared(cni::direction_of_policy_chain(&chain)?))?;
    let other = match direction {
        Direction::Ingress => from.ip(),
        Direction::Egress => to.ip(),
    };
    let other = wired(cluster, other);
    let said = {
        let (sender, receiver) = ends(direction, pod, other);
        let (own, its) = (named(cluster, sender), named(cluster, receiver));
        let flow = Flow {
            from: party(cluster, sender, &own, from.ip()),
            to: party(cluster, receiver, &its, to.ip()),
            protocol,
            port: to.port(),
        };
        flow_decision(cluster, &flow)
    };
    let [egress, ingress] = said;
    let (decision, beyond) = match direction {
        Direction::Ingress => (ingress, egress),
        Direction::Egress => (egress, ingress),
    };
    let first = leg.hops.first()?.before.packet.innermost().clone();
    let dialled = Some(first.destination()).filter(|dialled| *dialled != to);
    let sender = Some(first.source().ip()).filter(|sender| *sender != from.ip() && !sender.is_unspecified());
    let beyond = other.map(|_| beyond);
    (!decision.allowed).then_some(Policed {
        pod,
        direction,
        other,
        from,
        to,
        protocol,
        decision,
        beyond,
        dialled,
        sender,
    })
}

fn ends(direction: Direction, pod: PodId, other: Option<PodId>) -> (Option<PodId>, Option<PodId>) {
    match direction {
        Direction::Ingress => (other, Some(pod)),
        Direction::Egress => (Some(pod), other),
    }
}

/// What both ends' policies say: the sender's, and the receiver's.
fn flow_decision(cluster: &Cluster, flow: &Flow<'_>) -> [Decision; 2] {
    [Direction::Egress, Direction::Ingress].map(|direction| decide(&cluster.policies, direction, flow))
}

/// The Pod with a network of its own that has an address.
pub(in crate::trace) fn wired(cluster: &Cluster, ip: IpAddr) -> Option<PodId> {
    let at = cluster.pods.iter().position(|pod| !pod.host_network && pod.ip == ip)?;
    Some(PodId(at as u32))
}

/// Ports of a Pod by name.
pub(in crate::trace) fn named(cluster: &Cluster, pod: Option<PodId>) -> Named {
    let pod = pod.and_then(|id| cluster.pods.get(id.0 as usize));
    let ports = pod.into_iter().flat_map(|pod| &pod.containers).flat_map(|container| &container.ports);
    ports.filter_map(|port| Some((port.name.clone()?, port.protocol, port.port.0))).collect()
}

/// An end as policies see it.
pub(in crate::trace) fn party<'c>(cluster: &'c Cluster, pod: Option<PodId>, ports: &'c Named, ip: IpAddr) -> Party<'c> {
    let pod = pod.and_then(|id| cluster.pods.get(id.0 as usize));
    let own = |pod: &'c Pod| PodParty { namespace: &pod.name.namespace, labels: &pod.labels, ports };
    Party { pod: pod.filter(|pod| !pod.host_network).map(own), ip: Some(ip) }
}

/// The chain of a rule of iptables.
fn chain(model: &Model, netns: NetnsId, rule: RuleRef) -> Option<String> {
    model.site.network.netns(netns).chain_name(rule.table, rule.chain).map(str::to_owned)
}

/// What the policies of one end of a connection were asked, and said.
#[derive(Clone, Debug)]
pub struct AskedOf {
    /// Whose policies.
    pub pod: PodId,
    /// Of which direction.
    pub direction: Direction,
    /// What they said; where nothing was considered, none selects the Pod for it.
    pub decision: Decision,
}

/// What policies said of a journey: of the packet that they stopped, else of its connection, the sender's before the receiver's. Nothing where
/// the cluster has no policies, or nobody enforces them.
pub fn policies_asked(model: &Model, journey: &Journey) -> Vec<AskedOf> {
    let cluster = &model.cluster;
    if cluster.policies.all.is_empty() || cluster.acting.enforcement == Enforcement::Nobody {
        return Vec::new();
    }
    if let Some(found) = journey.legs.iter().rev().find_map(|leg| policed(model, leg)) {
        let own = AskedOf { pod: found.pod, direction: found.direction, decision: found.decision };
        let beyond = found.other.zip(found.beyond).map(|(pod, decision)| {
            let direction = match found.direction {
                Direction::Ingress => Direction::Egress,
                Direction::Egress => Direction::Ingress,
            };
            AskedOf { pod, direction, decision }
        });
        let mut both: Vec<AskedOf> = [Some(own), beyond].into_iter().flatten().collect();
        both.sort_by_key(|asked| asked.direction != Direction::Egress);
        return both;
    }
    let connects = |leg: &&Leg| leg.purpose == Purpose::Connect && leg.hops.len() > 1;
    journey.legs.iter().find(connects).map(|leg| asked_of(cluster, leg)).unwrap_or_default()
}

/// What the policies of both ends say of a leg's connection, the sender's first. Nothing where it stays within one namespace.
fn asked_of(cluster: &Cluster, leg: &Leg) -> Vec<AskedOf> {
    let (Some(first), Some(last)) = (leg.hops.first(), leg.hops.last()) else { return Vec::new() };
    if first.netns == last.netns {
        return Vec::new();
    }
    let packet = last.after.packet.innermost();
    let (from, to) = (packet.source(), packet.destination());
    let sender = wired(cluster, first.before.packet.innermost().source().ip()).or_else(|| wired(cluster, from.ip()));
    let receiver = wired(cluster, to.ip());
    let (of_from, of_to) = (named(cluster, sender), named(cluster, receiver));
    let flow = Flow {
        from: party(cluster, sender, &of_from, from.ip()),
        to: party(cluster, receiver, &of_to, to.ip()),
        protocol: packet.protocol(),
        port: to.port(),
    };
    let [egress, ingress] = flow_decision(cluster, &flow);
    let of = |pod: Option<PodId>, direction, decision| Some(AskedOf { pod: pod?, direction, decision });
    [of(sender, Direction::Egress, egress), of(receiver, Direction::Ingress, ingress)].into_iter().flatten().collect()
}

/// What policies say of a journey's connections by the API alone, for whom somebody enforces them by no rules that are simulated: of those between
/// two Pods whose addresses are their own on the whole way, where the API leaves nothing open.
pub(in crate::trace) fn by_meaning(model: &Model, journey: &Journey) -> Vec<AskedOf> {
    let cluster = &model.cluster;
    if cluster.acting.enforcement != Enforcement::Unread || cluster.policies.all.is_empty() {
        return Vec::new();
    }
    let asks = |leg: &&Leg| matches!(leg.purpose, Purpose::Connect | Purpose::Proxy | Purpose::DnsQuery);
    let own = |leg: &&Leg| {
        let (Some(first), Some(last)) = (leg.hops.first(), leg.hops.last()) else { return false };
        let (from, to) =
            (last.after.packet.innermost().source().ip(), last.after.packet.innermost().destination().ip());
        let same = first.before.packet.innermost().source().ip();
        (same.is_unspecified() || same == from) && wired(cluster, from).is_some() && wired(cluster, to).is_some()
    };
    journey.legs.iter().filter(asks).filter(own).flat_map(|leg| asked_of(cluster, leg)).collect()
}
