//! Why a pair may connect or not: the rules of either side, or that no policy selects it.

use super::ends::Kind;
use super::engine::Reach;
use super::index::Index;
use super::pairs::Peer;
use kubernetes::origin::Location;
use kubernetes::policy::{Direction, Policy, Ports, Rule};
use std::collections::{BTreeSet, HashMap};

/// What one side says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Side {
    /// It is no Pod of the cluster: nothing limits it here.
    Outside,
    /// It is in its node's own network: no policy selects it.
    Host,
    /// No policy selects it for this direction.
    Free,
    /// Policies select it.
    Policies {
        /// Policies by their place, in the order in which they are asked.
        selecting: Vec<usize>,
        /// Rules that mean the other side, each by its policy and its place there, whatever ports they are for.
        rules: Vec<(usize, usize)>,
    },
}

/// What both sides say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Because {
    /// Who connects.
    pub egress: Side,
    /// To whom.
    pub ingress: Side,
}

/// Finds reasons.
pub struct Reasons<'r> {
    reach: &'r Reach<'r>,
    index: Index<'r>,
    selecting: HashMap<(usize, Direction), Vec<usize>>,
}

impl<'r> Reasons<'r> {
    /// For pairs of a whole cluster.
    pub fn of(reach: &'r Reach<'r>) -> Self {
        let index = Index::of(&reach.cluster.policies, &reach.ends.kinds);
        Self { reach, index, selecting: HashMap::new() }
    }

    /// Why; of workloads whose Pods differ for the first kind of its Pods. `None` for groups.
    pub fn because(&mut self, from: &Peer, to: &Peer) -> Option<Because> {
        let (from, to) = (self.kind(from)?, self.kind(to)?);
        Some(Because {
            egress: self.side(Direction::Egress, from, to),
            ingress: self.side(Direction::Ingress, to, from),
        })
    }

    fn kind(&self, peer: &Peer) -> Option<usize> {
        let ends = &self.reach.ends;
        let unit = match peer {
            Peer::Workload(at) => ends.workloads.get(*at)?.unit,
            Peer::Range(first, _) => {
                let ranges = ends.units.get(ends.ranges.clone())?;
                let at = ranges.partition_point(|unit| match unit.who {
                    super::ends::Who::Range(start, _) => start <= *first,
                    _ => false,
                });
                ends.ranges.start + at.checked_sub(1)?
            }
            Peer::Ingress => ends.anybody,
            Peer::Group(_) => return None,
        };
        ends.units.get(unit)?.kinds.first().copied()
    }

    fn side(&mut self, direction: Direction, own: usize, other: usize) -> Side {
        let ends = &self.reach.ends;
        let (Some(kind), Some(other)) = (ends.kinds.get(own), ends.kinds.get(other)) else { return Side::Outside };
        if kind.pod.is_none() {
            let first = ends.units.get(ends.ranges.start).and_then(|unit| unit.kinds.first());
            return if first.is_some_and(|first| own >= *first) { Side::Outside } else { Side::Host };
        }
        if kind.pod.as_ref().is_some_and(|pod| pod.namespace.is_empty()) {
            return Side::Outside;
        }
        let index = &self.index;
        let selecting = self.selecting.entry((own, direction)).or_insert_with(|| index.selecting(direction, kind));
        if selecting.is_empty() {
            return Side::Free;
        }
        let mut rules = Vec::new();
        for at in selecting.iter() {
            let Some(policy) = index.policies.all.get(*at) else { continue };
            let own = policy.rules(direction).unwrap_or_default().iter().enumerate();
            rules
                .extend(own.filter(|(_, rule)| means(index, policy, rule, (kind, other))).map(|(rule, _)| (*at, rule)));
        }
        Side::Policies { selecting: selecting.clone(), rules }
    }

    /// A policy.
    pub fn policy(&self, at: usize) -> Option<&'r Policy> {
        self.reach.cluster.policies.all.get(at)
    }

    /// A rule of a policy, with its field and its line.
    pub fn rule(&self, direction: Direction, (policy, rule): (usize, usize)) -> Option<(&'r Policy, &'r Rule)> {
        let policy = self.policy(policy)?;
        Some((policy, policy.rules(direction)?.get(rule)?))
    }

    /// The ports of a destination that a rule is for; none where it names ports that the destination does not declare.
    pub fn ports(&self, direction: Direction, rule: &Rule, to: &Peer) -> Ports {
        let kind = self.kind(to).and_then(|at| self.reach.ends.kinds.get(at));
        self.index.ports_at(rule, direction, kind)
    }

    /// Workloads that an entry of a rule means, with all their Pods, by their place.
    pub fn meant(&self, policy: &Policy, peer: &kubernetes::policy::Peer) -> BTreeSet<usize> {
        self.workloads(|kind| self.index.is_peer(policy, peer, kind))
    }

    /// Workloads that a policy selects for a direction, one of their Pods at least, by their place.
    pub fn selected(&self, policy: usize, direction: Direction) -> BTreeSet<usize> {
        let ends = &self.reach.ends;
        let all = ends.workloads.iter().enumerate().filter(|(_, workload)| {
            let kinds = ends.units.get(workload.unit).map_or(&[][..], |unit| &unit.kinds);
            let mut kinds = kinds.iter().filter_map(|at| ends.kinds.get(*at));
            kinds.any(|kind| self.index.selecting(direction, kind).contains(&policy))
        });
        all.map(|(at, _)| at).collect()
    }

    /// Workloads all of whose Pods are such.
    fn workloads(&self, is: impl Fn(&Kind) -> bool) -> BTreeSet<usize> {
        let ends = &self.reach.ends;
        let unit = |unit: &super::ends::Unit| {
            let mut kinds = unit.kinds.iter().filter_map(|at| ends.kinds.get(*at));
            !unit.kinds.is_empty() && kinds.all(&is)
        };
        let of_unit: Vec<bool> = ends.units.iter().map(unit).collect();
        let all = ends.workloads.iter().enumerate();
        all.filter(|(_, own)| of_unit.get(own.unit).copied().unwrap_or_default()).map(|(at, _)| at).collect()
    }

    /// The line of a policy's selection.
    pub fn selection(&self, at: usize) -> Option<(&'static str, Option<&'r Location>)> {
        self.policy(at).map(|policy| (policy.field, policy.location.as_ref()))
    }
}

/// Whether a rule is for a Pod that its policy selects, and means the other end.
fn means(index: &Index<'_>, policy: &Policy, rule: &Rule, (own, other): (&Kind, &Kind)) -> bool {
    index.is_for(policy, rule, own)
        && (rule.peers.is_empty() || rule.peers.iter().any(|peer| index.is_peer(policy, peer, other)))
}
