//! Pairs that may connect, one by one or in groups.

use super::ends::Who;
use super::engine::{Flow, Reach};
use super::sets::PortSets;
use ipnet::Ipv4Net;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::Ipv4Addr;

/// Who may connect, or be connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Peer {
    /// A workload, by its place in [`Reach::workloads`].
    Workload(usize),
    /// Addresses outside of the cluster, from this to that.
    Range(Ipv4Addr, Ipv4Addr),
    /// Whoever serves Ingresses and Routes.
    Ingress,
    /// Several, by their place in [`Listing::groups`].
    Group(usize),
}

/// Who may connect to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pair {
    /// Who.
    pub from: Peer,
    /// To whom.
    pub to: Peer,
    /// On which ports: a number of [`Reach::ports`], or of [`Reach::doors`] where it comes from an Ingress.
    pub ports: usize,
}

/// Ends that are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// Workloads, by their place.
    Workloads(BTreeSet<usize>),
    /// Addresses outside of the cluster.
    Outside(Ipv4Net),
    /// Whoever serves Ingresses and Routes.
    Ingress,
}

/// What is asked for; without, everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Who connects.
    pub from: Option<Chosen>,
    /// To whom.
    pub to: Option<Chosen>,
}

pub(super) fn takes(chosen: Option<&Chosen>, workload: usize) -> bool {
    match chosen {
        None => true,
        Some(Chosen::Workloads(all)) => all.contains(&workload),
        Some(_) => false,
    }
}

/// What of a range is asked for.
pub(super) fn cut(chosen: Option<&Chosen>, (first, last): (Ipv4Addr, Ipv4Addr)) -> Option<(Ipv4Addr, Ipv4Addr)> {
    match chosen {
        None => Some((first, last)),
        Some(Chosen::Outside(net)) => {
            let both = (first.max(net.network()), last.min(net.broadcast()));
            (both.0 <= both.1).then_some(both)
        }
        Some(_) => None,
    }
}

/// Pairs, or groups where there would be too many.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Who may connect to whom.
    pub pairs: Vec<Pair>,
    /// What [`Peer::Group`] means; empty where pairs are listed one by one. A workload to itself is not meant.
    pub groups: Vec<Vec<Peer>>,
    /// How many pairs there are, one by one.
    pub count: u64,
}

/// Stretches of addresses, each with a number of ports.
pub(super) type Stretches = Vec<((Ipv4Addr, Ipv4Addr), usize)>;

/// Equal neighbours become one.
pub(super) fn merged(mut all: Stretches) -> Stretches {
    all.sort_unstable();
    let mut merged: Stretches = Vec::with_capacity(all.len());
    for ((first, last), ports) in all {
        match merged.last_mut() {
            Some((before, own)) if *own == ports && u32::from(before.1).checked_add(1) == Some(u32::from(first)) => {
                before.1 = last;
            }
            _ => merged.push(((first, last), ports)),
        }
    }
    merged
}

impl Reach<'_> {
    /// Flows from a unit: each unit that may be connected to, with the ports.
    pub(super) fn row(&self, unit: usize) -> impl Iterator<Item = (usize, usize)> {
        let flows = self.from.get(unit).into_iter().flatten().filter_map(|at| self.flows.get(*at));
        flows.flat_map(|flow| self.set(flow.to).iter().map(|to| (*to, flow.ports)))
    }

    pub(super) fn set(&self, at: usize) -> &[usize] {
        self.sets.get(at).map_or(&[], Vec::as_slice)
    }

    pub(super) fn workloads_of(&self, unit: usize) -> &[usize] {
        match self.ends.units.get(unit).map(|unit| &unit.who) {
            Some(Who::Workloads(own)) => own,
            _ => &[],
        }
    }

    pub(super) fn range(&self, unit: usize) -> Option<(Ipv4Addr, Ipv4Addr)> {
        match self.ends.units.get(unit)?.who {
            Who::Range(first, last) => Some((first, last)),
            _ => None,
        }
    }

    /// Stretches of addresses to which a workload may connect.
    pub(super) fn to_outside(&self, workload: usize) -> Stretches {
        let Some(workload) = self.ends.workloads.get(workload) else { return Vec::new() };
        let row = self.row(workload.unit);
        merged(row.filter_map(|(unit, ports)| Some((self.range(unit)?, ports))).collect())
    }

    /// Stretches of addresses that may connect, by workload.
    pub(super) fn outside_in(&self) -> BTreeMap<usize, Stretches> {
        let mut into: BTreeMap<usize, Stretches> = BTreeMap::new();
        for unit in self.ends.ranges.clone() {
            let Some(range) = self.range(unit) else { continue };
            for (to, ports) in self.row(unit) {
                into.entry(to).or_default().push((range, ports));
            }
        }
        let mut all = BTreeMap::new();
        for (unit, ranges) in into {
            let Some(Who::Workloads(own)) = self.ends.units.get(unit).map(|unit| &unit.who) else { continue };
            let ranges = merged(ranges);
            all.extend(own.iter().map(|workload| (*workload, ranges.clone())));
        }
        all
    }

    /// How many pairs are asked for; ranges of addresses as the policies' ranges divide them.
    pub fn count(&self, filter: &Filter) -> u64 {
        let weight = |chosen: Option<&Chosen>| -> Vec<u64> {
            let of = |who: &Who| match who {
                Who::Workloads(own) => own.iter().filter(|own| takes(chosen, **own)).count() as u64,
                Who::Range(first, last) => u64::from(cut(chosen, (*first, *last)).is_some()),
                Who::Anybody => 0,
            };
            self.ends.units.iter().map(|unit| of(&unit.who)).collect()
        };
        let (from, to) = (weight(filter.from.as_ref()), weight(filter.to.as_ref()));
        let sum = |weights: &[u64], set: usize| {
            self.set(set).iter().map(|unit| weights.get(*unit).copied().unwrap_or(0)).sum::<u64>()
        };
        let both = |unit: usize| match self.ends.units.get(unit).map(|unit| &unit.who) {
            Some(Who::Workloads(own)) => {
                let mut own = own.iter();
                let all =
                    own.by_ref().filter(|at| takes(filter.from.as_ref(), **at) && takes(filter.to.as_ref(), **at));
                all.count() as u64
            }
            _ => 0,
        };
        let of_flow = |flow: &Flow| {
            let all = sum(&from, flow.from).saturating_mul(sum(&to, flow.to));
            let in_to: &[usize] = self.set(flow.to);
            let own = self.set(flow.from).iter().filter(|unit| in_to.binary_search(unit).is_ok());
            all.saturating_sub(own.map(|unit| both(*unit)).sum())
        };
        let doors = match &filter.from {
            None | Some(Chosen::Ingress) => {
                self.doors.iter().filter(|(to, _)| takes(filter.to.as_ref(), *to)).count() as u64
            }
            Some(_) => 0,
        };
        self.flows.iter().map(of_flow).fold(doors, u64::saturating_add)
    }

    /// All pairs that are asked for, in order.
    pub fn pairs(&self, filter: &Filter) -> Vec<Pair> {
        let mut all = Vec::new();
        for (from, workload) in self.ends.workloads.iter().enumerate() {
            if !takes(filter.from.as_ref(), from) {
                continue;
            }
            for (unit, ports) in self.row(workload.unit) {
                let Some(Who::Workloads(own)) = self.ends.units.get(unit).map(|unit| &unit.who) else { continue };
                let own = own.iter().filter(|to| **to != from && takes(filter.to.as_ref(), **to));
                all.extend(own.map(|to| Pair { from: Peer::Workload(from), to: Peer::Workload(*to), ports }));
            }
            if matches!(filter.to, None | Some(Chosen::Outside(_))) {
                let outside = self.to_outside(from).into_iter();
                let outside = outside.filter_map(|(range, ports)| Some((cut(filter.to.as_ref(), range)?, ports)));
                all.extend(outside.map(|((first, last), ports)| Pair {
                    from: Peer::Workload(from),
                    to: Peer::Range(first, last),
                    ports,
                }));
            }
        }
        if matches!(filter.from, None | Some(Chosen::Outside(_))) {
            let into = self.outside_in().into_iter().filter(|(to, _)| takes(filter.to.as_ref(), *to));
            all.extend(into.flat_map(|(to, ranges)| {
                let own = ranges.into_iter();
                let own = own.filter_map(|(range, ports)| Some((cut(filter.from.as_ref(), range)?, ports)));
                own.map(move |((first, last), ports)| Pair {
                    from: Peer::Range(first, last),
                    to: Peer::Workload(to),
                    ports,
                })
            }));
        }
        all.extend(self.behind_doors(filter));
        all.sort_unstable();
        all
    }

    pub(super) fn behind_doors(&self, filter: &Filter) -> impl Iterator<Item = Pair> {
        let asked = matches!(filter.from, None | Some(Chosen::Ingress));
        let doors = self.doors.iter().enumerate().filter(move |(_, (to, _))| asked && takes(filter.to.as_ref(), *to));
        doors.map(|(ports, (to, _))| Pair { from: Peer::Ingress, to: Peer::Workload(*to), ports })
    }

    /// The ports of a pair.
    pub fn ports_of(&self, pair: &Pair) -> &kubernetes::policy::Ports {
        match pair.from {
            Peer::Ingress => self.doors.get(pair.ports).map_or(self.ports(PortSets::NONE), |(_, ports)| ports),
            _ => self.ports(pair.ports),
        }
    }

    /// Pairs that are asked for, one by one where there are no more than `most`.
    pub fn listing(&self, filter: &Filter, most: u64) -> Listing {
        let count = self.count(filter);
        if count <= most {
            let pairs = self.pairs(filter);
            return Listing { count: pairs.len() as u64, pairs, groups: Vec::new() };
        }
        let mut groups: Vec<Vec<Peer>> = Vec::new();
        let mut known: HashMap<Vec<Peer>, usize> = HashMap::new();
        let mut peer = |members: Vec<Peer>| match members.as_slice() {
            [] => None,
            [only] => Some(*only),
            _ => Some(Peer::Group(*known.entry(members).or_insert_with_key(|members| {
                groups.push(members.clone());
                groups.len() - 1
            }))),
        };
        let mut sides: [HashMap<usize, Option<Peer>>; 2] = Default::default();
        let mut pairs = Vec::new();
        for flow in &self.flows {
            let mut side = |at: usize, set: usize, chosen: Option<&Chosen>| {
                *sides[at].entry(set).or_insert_with(|| peer(self.members(set, chosen)))
            };
            let from = side(0, flow.from, filter.from.as_ref());
            let to = side(1, flow.to, filter.to.as_ref());
            // One workload alone is not connected to itself.
            if let (Some(from), Some(to)) = (from, to)
                && (from != to || matches!(from, Peer::Group(_)))
            {
                pairs.push(Pair { from, to, ports: flow.ports });
            }
        }
        pairs.extend(self.behind_doors(filter));
        pairs.sort_unstable();
        pairs.dedup();
        Listing { pairs, groups, count }
    }

    /// Who is in a set.
    fn members(&self, set: usize, chosen: Option<&Chosen>) -> Vec<Peer> {
        let mut all = Vec::new();
        let mut ranges = Vec::new();
        for unit in self.set(set) {
            match self.ends.units.get(*unit).map(|unit| &unit.who) {
                Some(Who::Workloads(own)) => {
                    all.extend(own.iter().filter(|own| takes(chosen, **own)).map(|own| Peer::Workload(*own)));
                }
                Some(Who::Range(first, last)) => {
                    ranges.extend(cut(chosen, (*first, *last)).map(|range| (range, PortSets::ALL)));
                }
                _ => {}
            }
        }
        all.extend(merged(ranges).into_iter().map(|((first, last), _)| Peer::Range(first, last)));
        all.sort_unstable();
        all
    }
}
