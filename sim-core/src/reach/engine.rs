//! Who may connect to whom, for everybody at once: those whom the same policies select are looked at together, and peers of whom a policy says
//! the same stay together.

use super::bits::Bits;
use super::doors;
use super::ends::{Ends, Unit, Who, Workload};
use super::index::Index;
use super::parts::parts;
use super::sets::{Kept, PortSets};
use kubernetes::budget::{Budget, Stopped};
use kubernetes::cluster::model::Cluster;
use kubernetes::cluster::owned;
use kubernetes::manifest::Parsed;
use kubernetes::policy::{Direction, Ports};
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::LazyLock;

/// Connections that are kept apart at most; behind that the answer says that it is cut.
const FLOWS: usize = 2_000_000;

/// Which ports are answered for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Asked {
    /// All that policies allow.
    #[default]
    All,
    /// Of Pods those that their containers declare.
    Declared,
}

/// Everybody of some may connect to everybody of others, but not to itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flow {
    /// Who: a number of `Reach::set`.
    pub from: usize,
    /// To whom.
    pub to: usize,
    /// On which ports: a number of [`Reach::ports`].
    pub ports: usize,
}

/// How far somebody is open, in one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Open {
    /// Ports for any Pod of any namespace, whatever its labels: numbers of [`Reach::ports`].
    pub cluster: usize,
    /// Ports for every address outside.
    pub internet: usize,
    /// Ports for some address outside: those of one part of the addresses that is open at all.
    pub somewhere: bool,
    /// Some policy selects it for this direction.
    pub isolated: bool,
}

/// Who may connect to whom, as policies say.
#[derive(Clone, Debug)]
pub struct Reach<'m> {
    pub(super) cluster: &'m Cluster,
    pub(super) ends: Ends,
    pub(super) ports: Vec<Ports>,
    pub(super) sets: Vec<Vec<usize>>,
    pub(super) flows: Vec<Flow>,
    /// Flows by who they are from.
    pub(super) from: Vec<Vec<usize>>,
    /// By unit: towards it, and from it.
    pub(super) open: Vec<(Open, Open)>,
    /// Workloads behind Ingresses and Routes, and the ports on which a controller of unknown labels may connect.
    pub(super) doors: Vec<(usize, Ports)>,
    /// There were too many connections: the rest is missing.
    pub(super) cut: bool,
}

/// Groups of units by what selects them.
struct Groups {
    /// Of each unit.
    of: Vec<usize>,
    /// By group: the number of its profile set.
    members: Vec<Vec<usize>>,
    /// By group: profiles of its kinds.
    profiles: Vec<Vec<usize>>,
    /// By profile: policies, and one of the kinds that have it.
    selecting: Vec<(Vec<usize>, usize)>,
}

impl<'m> Reach<'m> {
    /// Looks at a whole cluster.
    ///
    /// # Errors
    /// When the budget did not suffice, or nobody wants the result any more.
    pub fn of(parsed: &Parsed, cluster: &'m Cluster, asked: Asked, budget: &Budget) -> Result<Self, Stopped> {
        let given = owned::workloads(parsed, cluster);
        budget.spend(given.len() as u64)?;
        let ends = Ends::of(&given, &cluster.policies, asked == Asked::Declared);
        let mut all = PortSets::new();
        let mut found = {
            let mut index = Index::of(&cluster.policies, &ends.kinds);
            Search { ends: &ends, index: &mut index, ports: &mut all, budget }.run()?
        };
        let doors = doors::behind((parsed, cluster), &given, |workload| {
            let unit: Option<&Workload> = ends.workloads.get(workload);
            let open = unit.and_then(|workload| found.open.get(workload.unit));
            open.and_then(|(ingress, _)| all.get(ingress.cluster).cloned()).unwrap_or_default()
        });
        let mut from = vec![Vec::new(); ends.units.len()];
        found.flows.sort_unstable();
        for (at, flow) in found.flows.iter().enumerate() {
            for unit in found.sets.get(flow.from).into_iter().flatten() {
                if let Some(own) = from.get_mut(*unit) {
                    own.push(at);
                }
            }
        }
        let Found { sets, flows, open, cut } = found;
        Ok(Self { cluster, ends, ports: all.into_all(), sets, flows, from, open, doors, cut })
    }
}

struct Search<'s, 'p> {
    ends: &'s Ends,
    index: &'s mut Index<'p>,
    ports: &'s mut PortSets,
    budget: &'s Budget,
}

struct Found {
    sets: Vec<Vec<usize>>,
    flows: Vec<Flow>,
    open: Vec<(Open, Open)>,
    cut: bool,
}

/// Units in parts, each with a number of ports.
type Row = Vec<(usize, Bits)>;

impl Search<'_, '_> {
    fn run(&mut self) -> Result<Found, Stopped> {
        let units = self.ends.units.len();
        let (egress, ingress) = (self.groups(Direction::Egress)?, self.groups(Direction::Ingress)?);
        let mut may_send = Vec::with_capacity(egress.members.len());
        for group in 0..egress.members.len() {
            let row = self.row(Direction::Egress, &egress, group)?;
            let row = self.in_parts(&row);
            self.budget.take((row.len() * units / 8) as u64)?;
            may_send.push(row);
        }
        let mut open = vec![(Open::default(), Open::default()); units];
        for (group, row) in may_send.iter().enumerate() {
            let of = |at: usize| row.iter().find(|(_, bits)| bits.has(at)).map_or(PortSets::NONE, |(ports, _)| *ports);
            let own = openness(self.ports, self.ends, of, egress.isolated(group));
            for unit in egress.members.get(group).into_iter().flatten() {
                open[*unit].1 = own;
            }
        }
        // By who and on which ports: to whom.
        let mut sets: Kept<Vec<usize>> = Kept::new();
        let mut merged: HashMap<(usize, usize), Vec<usize>> = HashMap::new();
        let (mut cut, mut count) = (false, 0);
        for group in 0..ingress.members.len() {
            let row = self.row(Direction::Ingress, &ingress, group)?;
            let members = ingress.members.get(group).map_or(&[][..], Vec::as_slice);
            let of = |at: usize| row.get(at).copied().unwrap_or_default();
            let own = openness(self.ports, self.ends, of, ingress.isolated(group));
            members.iter().for_each(|unit| open[*unit].0 = own);
            self.budget.spend(egress.members.len() as u64 / 64 + 1)?;
            let mut found: BTreeMap<(Vec<usize>, usize), Vec<usize>> = BTreeMap::new();
            for (from, sends) in egress.members.iter().zip(&may_send) {
                let mut split: Option<Vec<(usize, Vec<usize>)>> = None;
                for unit in from.iter().filter(|unit| row.get(**unit).is_some_and(|ports| *ports != PortSets::NONE)) {
                    let split = split.get_or_insert_with(|| {
                        let own = |(ports, bits): &(usize, Bits)| {
                            let own: Vec<usize> = members.iter().copied().filter(|to| bits.has(*to)).collect();
                            (!own.is_empty()).then_some((*ports, own))
                        };
                        sends.iter().filter_map(own).collect()
                    });
                    for (ports, to) in split.iter() {
                        let both = self.ports.and(*ports, of(*unit));
                        if both != PortSets::NONE {
                            match found.get_mut(&(to.clone(), both)) {
                                Some(all) => all.push(*unit),
                                None => drop(found.insert((to.clone(), both), vec![*unit])),
                            }
                        }
                    }
                }
            }
            for ((to, ports), mut from) in found {
                from.sort_unstable();
                for (from, to) in self.sides(&from, &to) {
                    if count >= FLOWS {
                        cut = true;
                        continue;
                    }
                    count += 1;
                    self.budget.take(8 * (to.len() + 8) as u64)?;
                    let from = sets.keep(from);
                    merged.entry((from, ports)).or_default().extend(to);
                }
            }
        }
        let flows = merged.into_iter().map(|((from, ports), mut to)| {
            to.sort_unstable();
            Flow { from, to: sets.keep(to), ports }
        });
        let mut flows: Vec<Flow> = flows.collect();
        flows.sort_unstable();
        Ok(Found { flows, sets: sets.into_all(), open, cut })
    }

    /// Without who is anybody, and apart where one side is outside of the cluster; outside to outside is nobody's business here.
    fn sides(&self, from: &[usize], to: &[usize]) -> Vec<(Vec<usize>, Vec<usize>)> {
        let apart = |all: &[usize]| -> (Vec<usize>, Vec<usize>) {
            let known = all.iter().copied().filter(|unit| *unit != self.ends.anybody);
            known.partition(|unit| !self.ends.ranges.contains(unit))
        };
        let ((inside, outside), (in_to, out_to)) = (apart(from), apart(to));
        let mut all = Vec::new();
        if !outside.is_empty() && !in_to.is_empty() {
            all.push((outside, in_to.clone()));
        }
        if !inside.is_empty() && !out_to.is_empty() {
            all.push((inside.clone(), out_to));
        }
        if !inside.is_empty() && !in_to.is_empty() {
            all.push((inside, in_to));
        }
        all
    }

    fn groups(&mut self, direction: Direction) -> Result<Groups, Stopped> {
        let kinds = self.index.kinds;
        let mut known: BTreeMap<_, usize> = BTreeMap::new();
        let mut selecting: Vec<(Vec<usize>, usize)> = Vec::new();
        let mut of_kind = Vec::with_capacity(kinds.len());
        for (at, kind) in kinds.iter().enumerate() {
            self.budget.spend(1)?;
            let policies = self.index.selecting(direction, kind);
            // Names of ports are looked up at the destination.
            let own = match (direction, &kind.pod) {
                (Direction::Ingress, Some(pod)) if !policies.is_empty() => &pod.ports[..],
                _ => &[],
            };
            let declared = kind.declared.as_ref().filter(|_| direction == Direction::Ingress);
            let held = self.index.held(direction, &policies, kind);
            self.budget.spend(held.len() as u64)?;
            let profile = *known.entry((policies, own, declared, held)).or_insert_with_key(|(policies, ..)| {
                selecting.push((policies.clone(), at));
                selecting.len() - 1
            });
            of_kind.push(profile);
        }
        let mut numbers: BTreeMap<Vec<usize>, usize> = BTreeMap::new();
        let mut groups = Groups { of: Vec::new(), members: Vec::new(), profiles: Vec::new(), selecting };
        for (at, unit) in self.ends.units.iter().enumerate() {
            let mut own: Vec<usize> = unit.kinds.iter().filter_map(|kind| of_kind.get(*kind).copied()).collect();
            own.sort_unstable();
            own.dedup();
            let group = *numbers.entry(own).or_insert_with_key(|own| {
                groups.profiles.push(own.clone());
                groups.members.push(Vec::new());
                groups.members.len() - 1
            });
            groups.of.push(group);
            if let Some(members) = groups.members.get_mut(group) {
                members.push(at);
            }
        }
        Ok(groups)
    }

    /// By unit, on which ports it may be the other end for all kinds of a group's Pods.
    fn row(&mut self, direction: Direction, groups: &Groups, group: usize) -> Result<Vec<usize>, Stopped> {
        let mut of_kinds = vec![PortSets::ALL; self.index.kinds.len()];
        for profile in groups.profiles.get(group).into_iter().flatten() {
            let Some((policies, own)) = groups.selecting.get(*profile) else { continue };
            let mut of = vec![PortSets::NONE; of_kinds.len()];
            let declared = match direction {
                Direction::Ingress => self.index.kinds.get(*own).and_then(|kind| kind.declared.clone()),
                Direction::Egress => None,
            };
            for (ports, bits) in parts(self.index, direction, policies, *own, self.budget)? {
                let ports = declared.as_ref().map_or(ports.clone(), |declared| ports.and(declared));
                let ports = self.ports.keep(ports);
                bits.iter().for_each(|kind| of[kind] = ports);
            }
            for (all, own) in of_kinds.iter_mut().zip(of) {
                *all = self.ports.and(*all, own);
            }
        }
        let of_unit = |unit: &Unit| {
            unit.kinds
                .iter()
                .fold(PortSets::ALL, |all, kind| self.ports.and(all, of_kinds.get(*kind).copied().unwrap_or_default()))
        };
        Ok(self.ends.units.iter().map(of_unit).collect())
    }

    fn in_parts(&self, row: &[usize]) -> Row {
        let mut all: BTreeMap<usize, Bits> = BTreeMap::new();
        for (unit, ports) in row.iter().enumerate().filter(|(_, ports)| **ports != PortSets::NONE) {
            all.entry(*ports).or_insert_with(|| Bits::none(row.len())).set(unit);
        }
        all.into_iter().collect()
    }
}

impl Groups {
    /// Some policy selects all Pods of a group.
    fn isolated(&self, group: usize) -> bool {
        let mut profiles = self.profiles.get(group).into_iter().flatten();
        profiles.all(|profile| self.selecting.get(*profile).is_some_and(|(policies, _)| !policies.is_empty()))
    }
}

fn openness(ports: &mut PortSets, ends: &Ends, of: impl Fn(usize) -> usize, isolated: bool) -> Open {
    let outside: Range<usize> = ends.ranges.clone();
    let internet = outside.clone().fold(PortSets::ALL, |all, unit| ports.and(all, of(unit)));
    let somewhere = outside.into_iter().any(|unit| of(unit) != PortSets::NONE);
    Open { cluster: of(ends.anybody), internet, somewhere, isolated }
}

impl Reach<'_> {
    /// Workloads, in order of namespace, name and kind.
    pub fn workloads(&self) -> &[Workload] {
        &self.ends.workloads
    }

    /// Workloads that are alike: none of them may connect to, or be reached by, anybody whom the others may not.
    pub fn alike(&self, workload: usize) -> &[usize] {
        let unit = self.ends.workloads.get(workload).and_then(|workload| self.ends.units.get(workload.unit));
        match unit.map(|unit| &unit.who) {
            Some(Who::Workloads(all)) => all,
            _ => &[],
        }
    }

    /// A set of ports.
    pub fn ports(&self, number: usize) -> &Ports {
        static NONE: LazyLock<Ports> = LazyLock::new(Ports::default);
        self.ports.get(number).unwrap_or(&NONE)
    }

    /// How far a workload is open: towards it, and from it.
    pub fn open(&self, workload: usize) -> (Open, Open) {
        let unit = self.ends.workloads.get(workload).map_or(0, |workload| workload.unit);
        self.open.get(unit).copied().unwrap_or_default()
    }

    /// Workloads behind an Ingress or a Route, with the ports on which whoever serves these may connect, of whom nothing is known.
    pub fn doors(&self) -> &[(usize, Ports)] {
        &self.doors
    }

    /// There were too many connections for all to be told.
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    /// The cluster.
    pub fn cluster(&self) -> &Cluster {
        self.cluster
    }
}
