//! Who may connect to whom by namespaces, without a look at each pair: for clusters with more pairs than can be listed.

use super::ends::Who;
use super::engine::Reach;
use super::pairs::{Chosen, Filter, Peer, cut, takes};
use kubernetes::budget::{Budget, Stopped};
use kubernetes::policy::Ports;
use std::collections::{BTreeMap, HashMap};
use std::net::Ipv4Addr;
use std::sync::Arc;

/// Who stands together in an overview.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The workloads of a namespace.
    Namespace(Arc<str>),
    /// Addresses outside of the cluster.
    Outside,
    /// Whoever serves Ingresses and Routes.
    Ingress,
}

/// What connects two parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Between {
    /// Ports on which some pair may connect.
    pub ports: Ports,
    /// How many pairs may; of addresses outside one for each stretch that policies tell apart.
    pub pairs: u64,
    /// All pairs may, on all of these ports.
    pub whole: bool,
}

/// Parts with their workloads, and what connects them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overview {
    /// Who is in each part.
    pub parts: BTreeMap<Part, Vec<Peer>>,
    /// From whom to whom.
    pub cells: BTreeMap<(Part, Part), Between>,
}

impl Reach<'_> {
    /// By namespaces, of those that are asked for.
    ///
    /// # Errors
    /// When the budget did not suffice, or nobody wants the result any more.
    pub fn overview(&self, filter: &Filter, budget: &Budget) -> Result<Overview, Stopped> {
        let mut found = Overview::default();
        for (at, own) in self.ends.workloads.iter().enumerate() {
            if takes(filter.from.as_ref(), at) || takes(filter.to.as_ref(), at) {
                let part = Part::Namespace(Arc::from(own.namespace()));
                found.parts.entry(part).or_default().push(Peer::Workload(at));
            }
        }
        budget.spend(self.ends.workloads.len() as u64)?;
        let mut known: [HashMap<usize, BTreeMap<Part, u64>>; 2] = Default::default();
        let mut alike: BTreeMap<(Part, Part), Option<usize>> = BTreeMap::new();
        for flow in &self.flows {
            for (side, set, chosen) in [(0, flow.from, &filter.from), (1, flow.to, &filter.to)] {
                known[side].entry(set).or_insert_with(|| self.in_parts(set, chosen.as_ref()));
            }
            let (Some(from), Some(to)) = (known[0].get(&flow.from), known[1].get(&flow.to)) else { continue };
            budget.spend((from.len() * to.len() + self.set(flow.from).len() / 16) as u64 + 1)?;
            let itself = self.itself(flow.from, flow.to, filter);
            for (from, count) in from {
                for (to, other) in to {
                    let own = if from == to { itself.get(from).copied().unwrap_or(0) } else { 0 };
                    let pairs = count.saturating_mul(*other).saturating_sub(own);
                    if pairs == 0 || (*from == Part::Outside && *to == Part::Outside) {
                        continue;
                    }
                    let key = (from.clone(), to.clone());
                    let cell = found.cells.entry(key.clone()).or_default();
                    cell.ports.add(self.ports(flow.ports));
                    cell.pairs += pairs;
                    let own = alike.entry(key).or_insert(Some(flow.ports));
                    if *own != Some(flow.ports) {
                        *own = None;
                    }
                }
            }
        }
        for pair in self.behind_doors(filter) {
            let Peer::Workload(at) = pair.to else { continue };
            let Some(own) = self.ends.workloads.get(at) else { continue };
            let cell = found.cells.entry((Part::Ingress, Part::Namespace(Arc::from(own.namespace())))).or_default();
            cell.ports.add(self.ports_of(&pair));
            cell.pairs += 1;
        }
        let stretches = self.ends.ranges.len() as u64;
        let sizes: BTreeMap<Part, u64> =
            found.parts.iter().map(|(part, own)| (part.clone(), own.len() as u64)).collect();
        let size = |part: &Part| match part {
            Part::Outside => stretches,
            part => sizes.get(part).copied().unwrap_or(0),
        };
        for (key, cell) in &mut found.cells {
            let own = if key.0 == key.1 { size(&key.0) } else { 0 };
            let all = size(&key.0).saturating_mul(size(&key.1)).saturating_sub(own);
            cell.whole = cell.pairs >= all && alike.get(key).is_some_and(Option::is_some);
        }
        for part in found.cells.keys().flat_map(|(from, to)| [from, to]) {
            match part {
                Part::Ingress => drop(found.parts.entry(Part::Ingress).or_insert_with(|| vec![Peer::Ingress])),
                Part::Outside => {
                    let all = Peer::Range(Ipv4Addr::UNSPECIFIED, Ipv4Addr::BROADCAST);
                    found.parts.entry(Part::Outside).or_insert_with(|| vec![all]);
                }
                Part::Namespace(_) => {}
            }
        }
        Ok(found)
    }

    /// How many of a set are in each part.
    fn in_parts(&self, set: usize, chosen: Option<&Chosen>) -> BTreeMap<Part, u64> {
        let mut all = BTreeMap::new();
        for unit in self.set(set) {
            match self.ends.units.get(*unit).map(|unit| &unit.who) {
                Some(Who::Workloads(own)) => {
                    for at in own.iter().filter(|at| takes(chosen, **at)) {
                        let Some(workload) = self.ends.workloads.get(*at) else { continue };
                        *all.entry(Part::Namespace(Arc::from(workload.namespace()))).or_insert(0) += 1;
                    }
                }
                Some(Who::Range(first, last)) if cut(chosen, (*first, *last)).is_some() => {
                    *all.entry(Part::Outside).or_insert(0) += 1;
                }
                _ => {}
            }
        }
        all
    }

    /// How many workloads are on both sides: a workload is not connected to itself.
    fn itself(&self, from: usize, to: usize, filter: &Filter) -> BTreeMap<Part, u64> {
        let mut all = BTreeMap::new();
        let others = self.set(to);
        for unit in self.set(from).iter().filter(|unit| others.binary_search(unit).is_ok()) {
            for at in self.workloads_of(*unit) {
                let both = takes(filter.from.as_ref(), *at) && takes(filter.to.as_ref(), *at);
                if let Some(workload) = self.ends.workloads.get(*at).filter(|_| both) {
                    *all.entry(Part::Namespace(Arc::from(workload.namespace()))).or_insert(0) += 1;
                }
            }
        }
        all
    }
}
