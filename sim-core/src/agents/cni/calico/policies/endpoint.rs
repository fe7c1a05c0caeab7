//! What policies make of the chains of a node: chains of their own, and the jumps to them from the chains of each Pod's device.

use super::super::COMPONENT;
use super::super::chains::{Chain, limited};
use super::super::marks::{Marks, clear, jump, said};
use super::compile::matches;
use super::render;
use super::sets::Sets;
use crate::agents::write::Writer;
use data_encoding::BASE64URL_NOPAD;
use kernel::config::ipset::IpSet;
use kernel::ids::CauseId;
use kubernetes::cluster::model::{Cluster, Pod};
use kubernetes::origin::{Cause, Location};
use kubernetes::policy::{Action, Direction, Policy};
use sha2::{Digest, Sha224};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Longest hash in the name of a group's chain.
const GROUP: usize = 28 - "cali-gi-".len();

/// Jumps in a group's chain between looks at whether one of them decided (`returnStride`).
const STRIDE: usize = 5;

/// Who enforces: `cali-pi-` and `cali-gi-` for what comes to Pods, `cali-po-` and `cali-go-` for what they send.
fn prefixes(direction: Direction) -> (&'static str, &'static str) {
    match direction {
        Direction::Ingress => ("cali-pi-", "cali-gi-"),
        Direction::Egress => ("cali-po-", "cali-go-"),
    }
}

/// A rule of a chain, and why it is there.
pub(in super::super) type Because = (String, Option<CauseId>);

/// The policies of a node.
#[derive(Default)]
pub(in super::super) struct Enforced {
    /// Chains that are jumped to, by name.
    chains: BTreeMap<String, Chain>,
    sets: Sets,
}

impl Enforced {
    /// The rules of a Pod's chain of one direction that ask policies: tier by tier, and in each every policy that selects the Pod, those
    /// with one selector as a group.
    pub(in super::super) fn of_pod(
        &mut self,
        writer: &mut Writer<'_>,
        marks: &Marks,
        pod: &Pod,
        direction: Direction,
    ) -> Vec<Because> {
        let cluster = writer.cluster;
        let selecting: Vec<&Policy> =
            cluster.policies.selecting(direction, &pod.name.namespace, &pod.labels).map(|(_, policy)| policy).collect();
        let mut rules = Vec::new();
        let mut from = 0;
        while let Some(first) = selecting.get(from) {
            let tier = &first.tier;
            let own: Vec<&Policy> =
                selecting.iter().skip(from).take_while(|policy| policy.tier == *tier).copied().collect();
            from += own.len();
            let cause = Some(because(writer, first, first.field, first.location.as_ref()));
            rules.push((said(&format!("Start of tier {}", tier.name), &clear(marks.pass)), cause));
            for group in groups(&own) {
                let chain = self.chain(writer, marks, &group, direction);
                let first = group.first().copied().unwrap_or(first);
                let cause = Some(because(writer, first, first.field, first.location.as_ref()));
                let unless = format!("-m mark --mark 0/{:#x}", marks.pass);
                rules.push((format!("{unless} {}", jump(&chain)), cause));
                rules.push((said("Return if policy accepted", &marks.accepted("RETURN")), cause));
            }
            if tier.ends == Action::Deny {
                let end = format!("End of tier {}. Drop if no policies passed packet", tier.name);
                let drop = format!("-m mark --mark 0/{:#x} --jump DROP", marks.pass);
                rules.push((said(&end, &drop), cause));
            }
        }
        rules
    }

    /// The chain of a group of policies: a policy's own, where there is one.
    fn chain(&mut self, writer: &mut Writer<'_>, marks: &Marks, group: &[&Policy], direction: Direction) -> String {
        let names: Vec<String> = group.iter().map(|policy| self.policy(writer, marks, policy, direction)).collect();
        if let [one] = names.as_slice() {
            return one.clone();
        }
        let name = format!("{}{}", prefixes(direction).1, group_id(group, direction));
        if !self.chains.contains_key(&name) {
            let decided = marks.accept | marks.pass;
            let mut chain = Chain::new::<String>(&name, []);
            for (at, (policy, to)) in group.iter().zip(&names).enumerate() {
                let cause = because(writer, policy, policy.field, policy.location.as_ref());
                if at > 0 && at % STRIDE == 0 {
                    let rule = format!("-m mark ! --mark 0/{decided:#x} --jump RETURN");
                    chain.push(said("Return on verdict", &rule), Some(cause));
                }
                let unless = if at % STRIDE == 0 { String::new() } else { format!("-m mark --mark 0/{decided:#x} ") };
                chain.push(format!("{unless}{}", jump(to)), Some(cause));
            }
            self.chains.insert(name.clone(), chain);
        }
        name
    }

    /// A policy's chain of one direction.
    fn policy(&mut self, writer: &mut Writer<'_>, marks: &Marks, policy: &Policy, direction: Direction) -> String {
        let id = policy.calico_name();
        let name = limited(prefixes(direction).0, &id);
        if self.chains.contains_key(&name) {
            return name;
        }
        let cluster: &Cluster = writer.cluster;
        let mut rules: Vec<Because> = Vec::new();
        for rule in policy.rules(direction).unwrap_or_default() {
            let cause = because(writer, policy, &rule.field, rule.location.as_ref());
            for one in matches(cluster, policy, direction, rule, &mut self.sets) {
                rules.extend(render::rules(marks, &one).into_iter().map(|rule| (rule, Some(cause))));
            }
        }
        // A return at the end is the end.
        while rules.last().is_some_and(|(rule, _)| rule.ends_with("--jump RETURN")) {
            rules.pop();
        }
        let comment = format!("Policy {id} {}", direction.field());
        match rules.first_mut() {
            Some((first, _)) => *first = said(&comment, first),
            None => {
                let cause = because(writer, policy, direction.rules_field(), policy.location.as_ref());
                rules.push((format!("-m comment --comment \"{comment}\""), Some(cause)));
            }
        }
        let mut chain = Chain::new::<String>(&name, []);
        rules.into_iter().for_each(|(rule, cause)| chain.push(rule, cause));
        self.chains.insert(name.clone(), chain);
        name
    }

    /// All chains, and all sets they look into, which are there because of `cause`.
    pub(in super::super) fn into_parts(self, cause: CauseId) -> (Vec<Chain>, Vec<(Arc<str>, IpSet)>) {
        (self.chains.into_values().collect(), self.sets.into_sets(cause).collect())
    }
}

/// Policies in a row that have one selector.
fn groups<'p>(policies: &[&'p Policy]) -> Vec<Vec<&'p Policy>> {
    let mut all: Vec<Vec<&Policy>> = Vec::new();
    for policy in policies {
        let same = |other: &&Policy| {
            let of = |one: &Policy| (one.is_calico(), one.namespace.clone());
            of(other) == of(policy) && (&other.namespaces, &other.pods) == (&policy.namespaces, &policy.pods)
        };
        match all.last_mut() {
            Some(group) if group.last().is_some_and(same) => group.push(policy),
            _ => all.push(vec![policy]),
        }
    }
    all
}

/// A hash of all that a group is.
fn group_id(group: &[&Policy], direction: Direction) -> String {
    let mut hash = Sha224::new();
    hash.update(direction.name());
    for policy in group {
        hash.update(format!("\n{}\n{}\n{}", policy.tier.name, policy.pods, policy.calico_name()));
    }
    let mut text = BASE64URL_NOPAD.encode(&hash.finalize());
    text.truncate(GROUP);
    text
}

fn because(writer: &mut Writer<'_>, policy: &Policy, field: &str, at: Option<&Location>) -> CauseId {
    writer.cause(Cause {
        object: Some(policy.object.clone()),
        field: Some(Arc::from(field)),
        location: at.cloned(),
        ..Cause::of(COMPONENT)
    })
}
