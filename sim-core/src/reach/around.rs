//! One workload and everybody around it: who may connect to it or to whom it may connect, and whether its own policies say so or the other end's.

use super::bits::Bits;
use super::ends::Who;
use super::engine::Reach;
use super::index::Index;
use super::pairs::{Peer, merged};
use super::parts::parts;
use kubernetes::budget::{Budget, Stopped};
use kubernetes::policy::{Direction, Ports};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

/// Somebody at the other end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// Who: a workload, or addresses outside of the cluster.
    pub peer: Peer,
    /// Ports of the destination on which the workload's own policies let connections pass.
    pub own: Ports,
    /// Those on which the policies of both ends do.
    pub both: Ports,
}

/// One direction of a workload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Around {
    /// It is in its node's own network: policies say nothing of it.
    pub host: bool,
    /// Policies that select it for this direction, by their place, in the order in which they are asked; of Pods that policies tell apart all
    /// that select one of them.
    pub selecting: Vec<usize>,
    /// Every other workload, in the order of [`Reach::workloads`], then addresses outside of the cluster. Those of Pods are none of these.
    pub neighbours: Vec<Neighbour>,
    /// Ports on which its own policies let a Pod pass of which nothing is known.
    pub anybody: Ports,
}

impl Reach<'_> {
    /// Who is around a workload.
    ///
    /// # Errors
    /// When the budget did not suffice, or nobody wants the result any more.
    pub fn around(&self, workload: usize, direction: Direction, budget: &Budget) -> Result<Around, Stopped> {
        let Some(own) = self.ends.workloads.get(workload) else { return Ok(Around::default()) };
        let units = &self.ends.units;
        let kinds = units.get(own.unit).map_or(&[][..], |unit| &unit.kinds);
        let mut index = Index::of(&self.cluster.policies, &self.ends.kinds);
        budget.spend(self.ends.kinds.len() as u64)?;
        let mut around = Around { host: own.host_network, ..Around::default() };
        // What holds for all of its Pods.
        let mut of_kinds: Option<Vec<Ports>> = None;
        for at in kinds {
            let Some(kind) = self.ends.kinds.get(*at) else { continue };
            let selecting = index.selecting(direction, kind);
            let mut of = vec![Ports::default(); self.ends.kinds.len()];
            let said: Vec<(Ports, Bits)> = parts(&mut index, direction, &selecting, *at, budget)?;
            for (ports, bits) in said {
                bits.iter().for_each(|kind| of[kind] = ports.clone());
            }
            around.selecting.extend(selecting);
            of_kinds = Some(match of_kinds {
                None => of,
                Some(all) => all.iter().zip(&of).map(|(all, own)| all.and(own)).collect(),
            });
        }
        around.selecting.sort_unstable();
        around.selecting.dedup();
        let of_kinds = of_kinds.unwrap_or_default();
        let own_ports = |unit: usize| {
            let kinds = units.get(unit).map_or(&[][..], |unit| &unit.kinds);
            kinds
                .iter()
                .fold(Ports::all(), |all, kind| of_kinds.get(*kind).map_or(Ports::default(), |own| all.and(own)))
        };
        let both = self.with(own.unit, direction);
        let ports_both =
            |unit: usize| both.get(&unit).map_or_else(Ports::default, |number| self.ports(*number).clone());
        around.anybody = own_ports(self.ends.anybody);
        let mut of_unit: BTreeMap<usize, (Ports, Ports)> = BTreeMap::new();
        for (at, other) in self.ends.workloads.iter().enumerate().filter(|(at, _)| *at != workload) {
            let (own, both) =
                of_unit.entry(other.unit).or_insert_with(|| (own_ports(other.unit), ports_both(other.unit)));
            around.neighbours.push(Neighbour { peer: Peer::Workload(at), own: own.clone(), both: both.clone() });
        }
        around.neighbours.extend(self.outside(own_ports, ports_both));
        Ok(around)
    }

    /// Units that may connect to one, or to which it may connect, with a number of ports.
    fn with(&self, unit: usize, direction: Direction) -> BTreeMap<usize, usize> {
        match direction {
            Direction::Egress => self.row(unit).collect(),
            Direction::Ingress => {
                let to = self.flows.iter().filter(|flow| self.set(flow.to).binary_search(&unit).is_ok());
                to.flat_map(|flow| self.set(flow.from).iter().map(|from| (*from, flow.ports))).collect()
            }
        }
    }

    /// Addresses that are not those of Pods; all of them as one where nothing tells them apart.
    fn outside(&self, own: impl Fn(usize) -> Ports, both: impl Fn(usize) -> Ports) -> Vec<Neighbour> {
        let mut told: Vec<(Ports, Ports)> = Vec::new();
        let mut stretches = Vec::new();
        for unit in self.ends.ranges.clone() {
            let Some(Who::Range(first, last)) = self.ends.units.get(unit).map(|unit| &unit.who) else { continue };
            let said = (own(unit), both(unit));
            let number = told.iter().position(|other| *other == said).unwrap_or_else(|| {
                told.push(said);
                told.len() - 1
            });
            if !self.is_of_pods((*first, *last)) {
                stretches.push(((*first, *last), number));
            }
        }
        let all = match stretches.first() {
            Some((_, first)) if stretches.iter().all(|(_, other)| other == first) => {
                vec![((Ipv4Addr::UNSPECIFIED, Ipv4Addr::BROADCAST), *first)]
            }
            _ => merged(stretches),
        };
        let neighbour = |((first, last), number): ((Ipv4Addr, Ipv4Addr), usize)| {
            let (own, both) = told.get(number)?.clone();
            Some(Neighbour { peer: Peer::Range(first, last), own, both })
        };
        all.into_iter().filter_map(neighbour).collect()
    }

    /// All addresses of a stretch are Pods'.
    fn is_of_pods(&self, (first, last): (Ipv4Addr, Ipv4Addr)) -> bool {
        let pods = self.cluster.settings.pod_cidr;
        pods.contains(&IpAddr::V4(first)) && pods.contains(&IpAddr::V4(last))
    }
}
