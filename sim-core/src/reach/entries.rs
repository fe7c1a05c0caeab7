//! Whom the entries of a rule mean, one by one, and whom they would mean if selectors of one entry stood in two, or those of two in one: the
//! difference of a dash (`NetworkPolicyPeer`: selectors of an entry have to hold together, entries add up).

use super::reason::Reasons;
use kubernetes::origin::Location;
use kubernetes::policy::{Direction, Namespaces, Peer, PeerKind, Policy, Rule, Selector};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What an entry looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Looks {
    /// Labels of Pods of the policy's own namespace; of a policy of the cluster of every one.
    Pods(Selector),
    /// Labels of namespaces.
    Namespaces(Selector),
    /// Both: labels of namespaces, and of Pods there.
    Both(Selector, Selector),
    /// Addresses, as they are written.
    Addresses(String),
    /// All that an entry of Calico asks for, in its words.
    Calico(String),
}

/// An entry of a rule's peers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it looks at.
    pub looks: Looks,
    /// Workloads that it means, with all their Pods, by their place in [`super::Reach::workloads`].
    pub means: BTreeSet<usize>,
    /// Its field.
    pub field: Arc<str>,
    /// Its line.
    pub location: Option<Location>,
}

/// The same selectors, written otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Otherwise {
    /// Two selectors of one entry as two entries: who would be meant then.
    Or(BTreeSet<usize>),
    /// Those of two entries in one: who would be meant then.
    And(BTreeSet<usize>),
}

/// A rule's entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entries {
    /// In their order; none where the rule means everybody.
    pub entries: Vec<Entry>,
    /// The other way of writing it, where it would mean others of the input.
    pub otherwise: Option<Otherwise>,
}

impl Entries {
    /// All that are meant.
    pub fn means(&self) -> BTreeSet<usize> {
        self.entries.iter().flat_map(|entry| entry.means.iter().copied()).collect()
    }
}

impl Reasons<'_> {
    /// Whom a rule's entries mean.
    pub fn entries(&self, direction: Direction, rule: (usize, usize)) -> Option<Entries> {
        let (policy, rule) = self.rule(direction, rule)?;
        let entries = rule.peers.iter().map(|peer| Entry {
            looks: looks(&peer.kind),
            means: self.meant(policy, peer),
            field: peer.field.clone(),
            location: peer.location.clone(),
        });
        let entries: Vec<Entry> = entries.collect();
        let otherwise = self.otherwise(policy, rule, &entries);
        Some(Entries { entries, otherwise })
    }

    fn otherwise(&self, policy: &Policy, rule: &Rule, entries: &[Entry]) -> Option<Otherwise> {
        let now: BTreeSet<usize> = entries.iter().flat_map(|entry| entry.means.iter().copied()).collect();
        let meant = |namespaces: Namespaces, pods: &Selector| {
            let kind = PeerKind::Pods { namespaces, pods: pods.clone() };
            self.meant(policy, &Peer { kind, field: Arc::from(""), location: None })
        };
        let mut or = now.clone();
        for entry in entries {
            if let Looks::Both(namespaces, pods) = &entry.looks {
                or.extend(meant(Namespaces::Selected(namespaces.clone()), &Selector::ALL));
                or.extend(meant(Namespaces::Own, pods));
            }
        }
        if or != now {
            return Some(Otherwise::Or(or));
        }
        let (mut and, mut several) = (BTreeSet::new(), false);
        let mut at = 0;
        while let Some(entry) = entries.get(at) {
            let pair = (&entry.looks, entries.get(at + 1).map(|next| &next.looks));
            match pair {
                (Looks::Namespaces(spaces), Some(Looks::Pods(pods)))
                | (Looks::Pods(pods), Some(Looks::Namespaces(spaces)))
                    if rule.peers.len() > 1 =>
                {
                    and.extend(meant(Namespaces::Selected(spaces.clone()), pods));
                    several = true;
                    at += 2;
                }
                _ => {
                    and.extend(entry.means.iter().copied());
                    at += 1;
                }
            }
        }
        (several && and != now).then_some(Otherwise::And(and))
    }
}

fn looks(kind: &PeerKind) -> Looks {
    match kind {
        PeerKind::Pods { namespaces: Namespaces::Own, pods } => Looks::Pods(pods.clone()),
        PeerKind::Pods { namespaces: Namespaces::Selected(spaces), pods } if pods.is_all() => {
            Looks::Namespaces(spaces.clone())
        }
        PeerKind::Pods { namespaces: Namespaces::Selected(spaces), pods } => Looks::Both(spaces.clone(), pods.clone()),
        PeerKind::Net { net, except } => {
            let but: String = except.iter().map(|net| format!(" - {net}")).collect();
            Looks::Addresses(format!("{net}{but}"))
        }
        PeerKind::Entity(entity) => {
            let nets = |word: &str, nets: &[ipnet::IpNet]| {
                let all: Vec<String> = nets.iter().map(ToString::to_string).collect();
                (!all.is_empty()).then(|| format!("{word} {}", all.join(", ")))
            };
            let selector = entity.selector.as_ref().map(|selector| format!("selector {selector}"));
            let not = entity.not_selector.as_ref().map(|selector| format!("notSelector {selector}"));
            let all = [nets("nets", &entity.nets), nets("notNets", &entity.not_nets), selector, not];
            Looks::Calico(all.into_iter().flatten().collect::<Vec<_>>().join("; "))
        }
    }
}
