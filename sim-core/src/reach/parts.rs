//! What the policies of one Pod say of everybody at once: peers in parts, each with its ports.

use super::bits::Bits;
use super::index::Index;
use kernel::packet::Protocol;
use kubernetes::budget::{Budget, Stopped};
use kubernetes::manifest::objects::Text;
use kubernetes::policy::{Action, Direction, Policy, PortKind, Ports, Rule, Tier};
use std::collections::{BTreeMap, BTreeSet};

/// What is decided of some peers so far.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    /// Nothing decided these in this tier.
    open: Ports,
    /// Left to the next tier.
    passed: Ports,
    /// Let through.
    allowed: Ports,
}

impl State {
    fn start() -> Self {
        Self { open: Ports::all(), passed: Ports::default(), allowed: Ports::default() }
    }

    /// Behind a rule that means them.
    fn after(&self, action: Action, ports: &Ports) -> Self {
        let meant = ports.and(&self.open);
        let mut next = Self { open: self.open.without(&meant), ..self.clone() };
        match action {
            Action::Allow => next.allowed.add(&meant),
            Action::Pass => next.passed.add(&meant),
            Action::Deny | Action::Log => {}
        }
        next
    }

    /// What is left behind a tier: what was passed on, and what nobody decided where that is not denied.
    fn left(&self, tier: Option<&Tier>) -> Ports {
        let mut left = self.passed.clone();
        if tier.is_none_or(|tier| tier.ends != Action::Deny) {
            left.add(&self.open);
        }
        left
    }
}

type Parts = BTreeMap<State, Bits>;

fn put(parts: &mut Parts, state: State, bits: Bits) {
    match parts.get_mut(&state) {
        Some(own) => own.add(&bits),
        None => drop(parts.insert(state, bits)),
    }
}

/// All peers in parts, by the ports on which these policies let connections pass between them and a Pod that they select; `own` is that Pod,
/// by its place, whose ports are meant where connections go to it. Peers that may not connect at all are in no part.
pub(super) fn parts(
    index: &mut Index<'_>,
    direction: Direction,
    policies: &[usize],
    own: usize,
    budget: &Budget,
) -> Result<Vec<(Ports, Bits)>, Stopped> {
    let all = index.policies;
    let mut parts = Parts::from([(State::start(), Bits::all(index.kinds.len()))]);
    let mut tier: Option<&Tier> = None;
    for policy in policies.iter().filter_map(|at| all.all.get(*at)) {
        if tier != Some(&policy.tier) {
            let mut next = Parts::new();
            for (state, bits) in parts {
                let open = state.left(tier);
                put(&mut next, State { open, passed: Ports::default(), ..state }, bits);
            }
            (parts, tier) = (next, Some(&policy.tier));
        }
        for rule in policy.rules(direction).unwrap_or_default() {
            let held = index.kinds.get(own).is_some_and(|kind| index.is_for(policy, rule, kind));
            if !held || rule.action == Action::Log {
                continue;
            }
            for (bits, ports) in meant(index, policy, rule, direction, own) {
                budget.spend(parts.len() as u64)?;
                let mut next = Parts::new();
                for (state, own) in parts {
                    let hit = if state.open.is_empty() { Bits::default() } else { own.and(&bits) };
                    if hit.is_empty() {
                        put(&mut next, state, own);
                        continue;
                    }
                    let rest = own.without(&bits);
                    put(&mut next, state.after(rule.action, &ports), hit);
                    if !rest.is_empty() {
                        put(&mut next, state, rest);
                    }
                }
                parts = next;
            }
        }
    }
    let mut done: BTreeMap<Ports, Bits> = BTreeMap::new();
    for (state, bits) in parts {
        let mut ports = state.allowed.clone();
        ports.add(&state.left(tier));
        match done.get_mut(&ports) {
            Some(own) => own.add(&bits),
            None => drop(done.insert(ports, bits)),
        }
    }
    Ok(done.into_iter().filter(|(ports, _)| !ports.is_empty()).collect())
}

/// Whom a rule means, with the ports that it means at them: peers of whom it means others are apart.
fn meant(index: &mut Index<'_>, policy: &Policy, rule: &Rule, direction: Direction, own: usize) -> Vec<(Bits, Ports)> {
    let who = match rule.peers.as_slice() {
        [] => Bits::all(index.kinds.len()),
        peers => {
            let mut bits = Bits::none(index.kinds.len());
            peers.iter().for_each(|peer| bits.add(&index.peers(policy, peer)));
            bits
        }
    };
    let besides = rule.besides.as_deref();
    let not_ports = besides.map_or(&[][..], |besides| &besides.not_ports);
    if rule.ports.is_empty() && besides.is_none() {
        return vec![(who, Ports::all())];
    }
    if direction == Direction::Ingress {
        let ports = index.ports_at(rule, direction, index.kinds.get(own));
        return if who.is_empty() || ports.is_empty() { Vec::new() } else { vec![(who, ports)] };
    }
    // What names mean is another at each peer: those who declare other ports by them are apart, and those at whom they mean nothing.
    let names = rule.ports.iter().chain(not_ports).filter_map(|port| match &port.kind {
        PortKind::Named(name) => Some((name.clone(), port.protocol)),
        PortKind::Any | PortKind::Range(..) => None,
    });
    let names: BTreeSet<(Text, Protocol)> = names.collect();
    let mut all = vec![who];
    if let Some(selector) = rule.destination(direction).filter(|_| !names.is_empty()) {
        all = apart(all, std::iter::once(&index.pods_meant(selector)));
    }
    for (name, protocol) in names {
        let resolved = index.named(&name, protocol);
        all = apart(all, resolved.iter().map(|(_, whose)| whose));
    }
    let ports = |who: Bits| {
        let first = who.iter().next().and_then(|at| index.kinds.get(at));
        let ports = index.ports_at(rule, direction, first);
        (who, ports)
    };
    let mut all: Vec<(Bits, Ports)> = all.into_iter().map(ports).collect();
    all.retain(|(bits, ports)| !bits.is_empty() && !ports.is_empty());
    all
}

/// Parts, of which each is divided by these sets, which have nothing in common.
fn apart<'b>(parts: Vec<Bits>, by: impl Iterator<Item = &'b Bits> + Clone) -> Vec<Bits> {
    let mut all = Vec::new();
    for part in parts {
        let mut rest = part.clone();
        for set in by.clone() {
            let hit = part.and(set);
            if !hit.is_empty() {
                rest = rest.without(set);
                all.push(hit);
            }
        }
        if !rest.is_empty() {
            all.push(rest);
        }
    }
    all
}
