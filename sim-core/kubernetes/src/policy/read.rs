//! What the API says of a connection, read off the policies: first the sender's side, then the receiver's, each on its own.

use super::model::{
    Action, Direction, Entity, Namespaces, Peer, PeerKind, Policies, Policy, PortKind, PortMatch, Rule,
};
use super::ports::{PortSet, Ports};
use super::selector::{Endpoint, Selector};
use crate::manifest::objects::Text;
use crate::origin::Location;
use ipnet::IpNet;
use kernel::packet::Protocol;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

/// A Pod, as policies see it.
#[derive(Clone, Copy, Debug)]
pub struct PodParty<'a> {
    /// Namespace.
    pub namespace: &'a str,
    /// Labels.
    pub labels: &'a BTreeMap<Text, Text>,
    /// Ports that its containers declare by name.
    pub ports: &'a [(Text, Protocol, u16)],
}

/// One end of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Party<'a> {
    /// The Pod; nothing where it is none, or one in its node's own network, which no policy selects.
    pub pod: Option<PodParty<'a>>,
    /// Its address, where that is known: ranges are compared with it.
    pub ip: Option<IpAddr>,
}

/// A connection that somebody would open.
#[derive(Clone, Copy, Debug)]
pub struct Flow<'a> {
    /// Who opens it.
    pub from: Party<'a>,
    /// To whom.
    pub to: Party<'a>,
    /// Protocol.
    pub protocol: Protocol,
    /// The destination's own port, behind every translation.
    pub port: u16,
}

/// What the policies of one direction say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// The connection may pass as far as this direction goes.
    pub allowed: bool,
    /// Policies that were asked, in order.
    pub considered: Vec<Considered>,
    /// The policy that decided, by its place among [`Self::considered`], and its rule; nothing where no policy selects the Pod, or none of
    /// their rules matched.
    pub by: Option<(usize, usize)>,
}

impl Decision {
    /// Some policy selects the Pod for that direction.
    pub fn isolated(&self) -> bool {
        !self.considered.is_empty()
    }
}

/// A policy that was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Considered {
    /// Its place in [`Policies::all`].
    pub policy: usize,
    /// What each of its rules said, until one decided.
    pub rules: Vec<RuleSaid>,
}

/// What a rule said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleSaid {
    /// Its place among the policy's rules.
    pub rule: usize,
    /// Nothing where it matched.
    pub missed: Option<Missed>,
}

/// What of a rule a connection does not match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missed {
    /// The other end is none of its peers.
    Peer(Arc<str>, Option<Location>),
    /// The other end is one of them, and the port none of its ports.
    Port(Arc<str>, Option<Location>),
    /// The Pod that the policy selects is none of those that the rule is for.
    Own(Arc<str>, Option<Location>),
}

/// Whether policies let a connection pass in one direction, and by which rule. A Pod is never cut off from itself, which is not asked here.
pub fn decide(policies: &Policies, direction: Direction, flow: &Flow<'_>) -> Decision {
    let (subject, _) = ends(direction, flow);
    let mut decision = Decision::default();
    let Some(pod) = subject.pod else { return Decision { allowed: true, ..decision } };
    let mut tier = None;
    let mut done: Option<Action> = None;
    for (at, policy) in policies.selecting(direction, pod.namespace, pod.labels) {
        if tier.as_ref() != Some(&policy.tier) {
            if done.is_some_and(|action| action != Action::Pass) {
                break;
            }
            if done.is_none() && tier.as_ref().is_some_and(|before| before.ends == Action::Deny) {
                done = Some(Action::Deny);
                break;
            }
            (tier, done) = (Some(policy.tier.clone()), None);
        }
        if done.is_some() {
            // Of this tier the rest is not asked.
            if done == Some(Action::Pass) {
                continue;
            }
            break;
        }
        let mut rules = Vec::new();
        for (number, rule) in policy.rules(direction).unwrap_or_default().iter().enumerate() {
            let missed = missed(policies, policy, rule, direction, flow);
            let matched = missed.is_none();
            rules.push(RuleSaid { rule: number, missed });
            if matched && rule.action != Action::Log {
                done = Some(rule.action);
                if rule.action != Action::Pass {
                    decision.by = Some((decision.considered.len(), number));
                }
                break;
            }
        }
        decision.considered.push(Considered { policy: at, rules });
    }
    decision.allowed = match (done, tier) {
        (Some(action), _) => action != Action::Deny,
        (None, Some(tier)) => tier.ends != Action::Deny,
        (None, None) => true,
    };
    decision
}

fn ends<'f>(direction: Direction, flow: &Flow<'f>) -> (Party<'f>, Party<'f>) {
    match direction {
        Direction::Ingress => (flow.to, flow.from),
        Direction::Egress => (flow.from, flow.to),
    }
}

/// What of a rule a connection does not match; nothing where it matches.
fn missed(policies: &Policies, policy: &Policy, rule: &Rule, direction: Direction, flow: &Flow<'_>) -> Option<Missed> {
    let (subject, peer) = ends(direction, flow);
    let own = rule.besides.as_ref().and_then(|besides| besides.own.as_ref());
    if let Some(own) = own.filter(|own| !is_peer(policies, policy, own, &subject)) {
        return Some(Missed::Own(own.field.clone(), own.location.clone()));
    }
    if !rule.peers.is_empty() && !rule.peers.iter().any(|one| is_peer(policies, policy, one, &peer)) {
        let first = rule.peers.first();
        let field = match first {
            Some(Peer { kind: PeerKind::Entity(_), field, .. }) => field.clone(),
            _ => Arc::from(format!("{}.{}", rule.field, direction.peers())),
        };
        return Some(Missed::Peer(field, first.and_then(|first| first.location.clone())));
    }
    let names = rule.names_at(direction, flow.to.pod.map(|pod| endpoint(policies, pod)).as_ref());
    let set = |one: &PortMatch| one.set(|name, protocol| named(&flow.to, name, protocol, names));
    let fits = |one: &PortMatch| one.protocol == flow.protocol && set(one).has(flow.port);
    if let Some(besides) = &rule.besides {
        let echo = flow.protocol == Protocol::Icmp;
        let icmp = besides.icmp.is_none_or(|icmp| echo && icmp.is_echo())
            && besides.not_icmp.is_none_or(|not| !(echo && not.is_echo()));
        if !icmp || besides.protocol.is_some_and(|protocol| !protocol.has(flow.protocol)) {
            let field = Arc::from(format!("{}.protocol", rule.field));
            return Some(Missed::Port(field, besides.location.clone()));
        }
        if let Some(not) = besides.not_ports.iter().find(|one| fits(one)) {
            return Some(Missed::Port(list_of(not), not.location.clone()));
        }
    }
    if !rule.ports.is_empty() && !rule.ports.iter().any(fits) {
        let first = rule.ports.first();
        let field = first.map_or_else(|| Arc::from("ports"), list_of);
        return Some(Missed::Port(field, first.and_then(|first| first.location.clone())));
    }
    None
}

/// The list that an entry is of: `spec.ingress[0].ports` of `spec.ingress[0].ports[1]`.
fn list_of(port: &PortMatch) -> Arc<str> {
    port.field.rsplit_once('[').map_or_else(|| port.field.clone(), |(list, _)| Arc::from(list))
}

/// Whether somebody is the peer of a rule.
fn is_peer(policies: &Policies, policy: &Policy, peer: &Peer, party: &Party<'_>) -> bool {
    match &peer.kind {
        PeerKind::Pods { namespaces, pods } => party.pod.is_some_and(|pod| {
            let meant = match namespaces {
                Namespaces::Own => policy.namespace.as_deref().is_none_or(|own| own == pod.namespace),
                Namespaces::Selected(selector) => {
                    policies.labels_of(pod.namespace).is_some_and(|labels| selector.matches(labels))
                }
            };
            meant && pods.matches(pod.labels)
        }),
        PeerKind::Net { net, except } => {
            party.ip.is_some_and(|ip| net.contains(&ip) && !except.iter().any(|not| not.contains(&ip)))
        }
        PeerKind::Entity(entity) => {
            let endpoint = party.pod.map(|pod| endpoint(policies, pod));
            entity.is(policies, endpoint.as_ref(), party.ip)
        }
    }
}

impl Entity {
    /// Whether somebody fulfils all of it: a Pod, or who has an address.
    pub fn is(&self, policies: &Policies, endpoint: Option<&Endpoint<'_>>, ip: Option<IpAddr>) -> bool {
        let selected = |selector: &Selector| {
            let in_set = |ip: IpAddr| policies.nets_of(selector).any(|net| net.contains(&ip));
            endpoint.is_some_and(|endpoint| selector.matches(endpoint)) || ip.is_some_and(in_set)
        };
        self.has_address(ip)
            && self.selector.as_ref().is_none_or(selected)
            && !self.not_selector.as_ref().is_some_and(selected)
    }

    /// Whether its ranges mean an address; one that is not known is in none of them.
    pub fn has_address(&self, ip: Option<IpAddr>) -> bool {
        let inside = |nets: &[IpNet]| ip.is_some_and(|ip| nets.iter().any(|net| net.contains(&ip)));
        // What is left out of another family of addresses only leaves nothing of this one (`filterNets`).
        let of_family = |ip: IpAddr| self.not_nets.iter().any(|net| net.addr().is_ipv4() == ip.is_ipv4());
        (self.nets.is_empty() || inside(&self.nets))
            && (self.not_nets.is_empty() || ip.is_none_or(of_family) && !inside(&self.not_nets))
    }
}

fn endpoint<'p>(policies: &'p Policies, pod: PodParty<'p>) -> Endpoint<'p> {
    Endpoint { namespace: pod.namespace, of_namespace: policies.labels_of(pod.namespace), labels: pod.labels }
}

/// The ports that a destination declares by a name, where names mean something at it.
fn named(to: &Party<'_>, name: &str, protocol: Protocol, names: bool) -> PortSet {
    let mut set = PortSet::default();
    if !names {
        return set;
    }
    let declared = to.pod.map_or(&[][..], |pod| pod.ports);
    for (_, _, port) in declared.iter().filter(|(own, of, _)| **own == *name && *of == protocol) {
        set.add(&PortSet::range(*port, *port));
    }
    set
}

impl PortMatch {
    /// The ports that it means, where names mean these.
    pub fn set(&self, named: impl Fn(&Text, Protocol) -> PortSet) -> PortSet {
        match &self.kind {
            PortKind::Any => PortSet::all(),
            PortKind::Range(first, last) => PortSet::range(*first, *last),
            PortKind::Named(name) => named(name, self.protocol),
        }
    }
}

impl Rule {
    /// The selector that the destination has to fulfil.
    pub fn destination(&self, direction: Direction) -> Option<&Selector> {
        let peer = match direction {
            Direction::Ingress => self.besides.as_ref()?.own.as_ref(),
            Direction::Egress => self.peers.first(),
        };
        match &peer?.kind {
            PeerKind::Entity(entity) => entity.selector.as_ref(),
            PeerKind::Pods { .. } | PeerKind::Net { .. } => None,
        }
    }

    /// Whether names of ports mean something at a destination: they are looked up among the Pods that the selector means by their labels
    /// (`namedPortsToIPSets`), not where a range of a set is what it means.
    pub fn names_at(&self, direction: Direction, to: Option<&Endpoint<'_>>) -> bool {
        self.destination(direction).is_none_or(|selector| to.is_some_and(|to| selector.matches(to)))
    }

    /// The ports that it means at a destination, where names mean these.
    pub fn ports_at(&self, named: impl Fn(&Text, Protocol) -> PortSet) -> Ports {
        let mut meant = Ports::default();
        match self.ports.as_slice() {
            [] => meant = Ports::all(),
            ports => ports.iter().for_each(|one| meant.add(&Ports::of(one.protocol, one.set(&named)))),
        }
        let Some(besides) = &self.besides else { return meant };
        if besides.icmp.is_some() {
            return Ports::default();
        }
        if let Some(protocol) = besides.protocol {
            let mut of = Ports::default();
            let own = Ports::PROTOCOLS.into_iter().filter(|one| protocol.has(*one));
            own.for_each(|one| of.add(&Ports::of(one, PortSet::all())));
            meant = meant.and(&of);
        }
        for not in &besides.not_ports {
            meant = meant.without(&Ports::of(not.protocol, not.set(&named)));
        }
        meant
    }
}

/// All ports of the destination on which policies of one direction let connections pass: what [`decide`] says of each of them.
pub fn allowed(policies: &Policies, direction: Direction, from: Party<'_>, to: Party<'_>) -> Ports {
    let flow = Flow { from, to, protocol: Protocol::Tcp, port: 0 };
    let (subject, peer) = ends(direction, &flow);
    let Some(pod) = subject.pod else { return Ports::all() };
    let selecting = policies.selecting(direction, pod.namespace, pod.labels).map(|(_, policy)| policy);
    let (mut open, mut passed, mut allowed) = (Ports::all(), Ports::default(), Ports::default());
    let mut tier = None;
    for policy in selecting {
        if tier != Some(&policy.tier) {
            open = after(tier, open, &mut passed);
            tier = Some(&policy.tier);
        }
        for rule in policy.rules(direction).unwrap_or_default() {
            if open.is_empty() {
                break;
            }
            let own = rule.besides.as_ref().and_then(|besides| besides.own.as_ref());
            let held = own.is_none_or(|own| is_peer(policies, policy, own, &subject))
                && (rule.peers.is_empty() || rule.peers.iter().any(|one| is_peer(policies, policy, one, &peer)));
            if !held || rule.action == Action::Log {
                continue;
            }
            let names = rule.names_at(direction, to.pod.map(|pod| endpoint(policies, pod)).as_ref());
            let meant = rule.ports_at(|name, protocol| named(&to, name, protocol, names)).and(&open);
            open = open.without(&meant);
            match rule.action {
                Action::Allow => allowed.add(&meant),
                Action::Pass => passed.add(&meant),
                Action::Deny | Action::Log => {}
            }
        }
    }
    allowed.add(&after(tier, open, &mut passed));
    allowed
}

/// What is left for the next tier behind one: what was passed on, and what nobody decided where that is not denied.
fn after(tier: Option<&super::Tier>, open: Ports, passed: &mut Ports) -> Ports {
    let mut left = std::mem::take(passed);
    if tier.is_none_or(|tier| tier.ends != Action::Deny) {
        left.add(&open);
    }
    left
}
