//! What two inputs differ in: connections that came, went, or have other ports.

use super::engine::Reach;
use super::pairs::{Chosen, Filter, Pair, Peer, Stretches, cut};
use kubernetes::budget::{Budget, Stopped};
use kubernetes::origin::ObjectRef;
use kubernetes::policy::Ports;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::Ipv4Addr;

/// Who is at an end, in either input.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// A workload.
    Workload(ObjectRef),
    /// Addresses outside of the cluster, from this to that.
    Range(Ipv4Addr, Ipv4Addr),
    /// Whoever serves Ingresses and Routes.
    Ingress,
}

/// What became of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// There was none.
    Added,
    /// There is none any more.
    Removed,
    /// It has other ports.
    Changed,
}

impl Change {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Added, Self::Removed, Self::Changed];

    /// A word for JSON and command lines.
    pub fn code(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}

/// A connection that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Who connects.
    pub from: End,
    /// To whom.
    pub to: End,
    /// On which ports before.
    pub before: Ports,
    /// On which ports after.
    pub after: Ports,
}

impl Difference {
    /// What became of it.
    pub fn change(&self) -> Change {
        match (self.before.is_empty(), self.after.is_empty()) {
            (true, _) => Change::Added,
            (_, true) => Change::Removed,
            _ => Change::Changed,
        }
    }
}

/// All differences.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// In order of who connects, then to whom; no more than were asked for.
    pub lines: Vec<Difference>,
    /// How many there are of each kind, in the order of [`Change::ALL`].
    pub counts: [u64; 3],
}

/// Ports of both inputs, each once.
#[derive(Default)]
struct Both<'r> {
    numbers: HashMap<&'r Ports, usize>,
    all: Vec<&'r Ports>,
}

impl<'r> Both<'r> {
    fn keep(&mut self, ports: &'r Ports) -> usize {
        let all = &mut self.all;
        *self.numbers.entry(ports).or_insert_with(|| {
            all.push(ports);
            all.len() - 1
        })
    }
}

/// One of the two inputs.
struct Side<'r> {
    reach: &'r Reach<'r>,
    /// The place of each workload among those of both.
    places: Vec<usize>,
    /// Those that are asked for.
    from: Option<BTreeSet<usize>>,
    to: Option<BTreeSet<usize>>,
    /// Numbers among those of both.
    ports: Vec<usize>,
}

impl<'r> Side<'r> {
    fn of(reach: &'r Reach<'r>, filter: &Filter, all: &[ObjectRef], both: &mut Both<'r>) -> Self {
        let place = |own: &super::Workload| all.binary_search(&own.object).unwrap_or_default();
        let chosen = |chosen: &Option<Chosen>| match chosen {
            Some(Chosen::Workloads(all)) => Some(all.clone()),
            Some(_) => Some(BTreeSet::new()),
            None => None,
        };
        Self {
            reach,
            places: reach.workloads().iter().map(place).collect(),
            from: chosen(&filter.from),
            to: chosen(&filter.to),
            ports: reach.ports.iter().map(|ports| both.keep(ports)).collect(),
        }
    }

    fn number(&self, ports: usize) -> usize {
        self.ports.get(ports).copied().unwrap_or_default()
    }

    /// To whom a workload may connect, by the place among those of both.
    fn row(&self, own: usize, into: &mut BTreeMap<usize, usize>) {
        let Some(workload) = self.reach.ends.workloads.get(own) else { return };
        for (unit, ports) in self.reach.row(workload.unit) {
            let members = self.reach.workloads_of(unit).iter().filter(|to| **to != own);
            for to in members.filter(|to| self.to.as_ref().is_none_or(|all| all.contains(*to))) {
                into.insert(self.places.get(*to).copied().unwrap_or_default(), self.number(ports));
            }
        }
    }

    fn numbered(&self, stretches: Stretches) -> Stretches {
        stretches.into_iter().map(|(range, ports)| (range, self.number(ports))).collect()
    }
}

/// Where two lists of stretches differ, with the ports of either.
fn parted(before: &Stretches, after: &Stretches) -> Vec<((Ipv4Addr, Ipv4Addr), (usize, usize))> {
    let borders = before.iter().chain(after).flat_map(|((first, last), _)| {
        [Some(u32::from(*first)), u32::from(*last).checked_add(1)].into_iter().flatten()
    });
    let starts: Vec<u32> = borders.chain([0]).collect::<BTreeSet<u32>>().into_iter().collect();
    let at = |all: &Stretches, start: u32| {
        let behind = all.partition_point(|((first, _), _)| u32::from(*first) <= start);
        let own = behind.checked_sub(1).and_then(|at| all.get(at));
        own.filter(|((_, last), _)| u32::from(*last) >= start).map_or(0, |(_, ports)| *ports)
    };
    let mut all: Vec<((Ipv4Addr, Ipv4Addr), (usize, usize))> = Vec::new();
    for (number, start) in starts.iter().enumerate() {
        let last = starts.get(number + 1).map_or(u32::MAX, |next| next - 1);
        let own = (at(before, *start), at(after, *start));
        match all.last_mut() {
            Some((before, same)) if *same == own && u32::from(before.1).checked_add(1) == Some(*start) => {
                before.1 = Ipv4Addr::from(last);
            }
            _ => all.push(((Ipv4Addr::from(*start), Ipv4Addr::from(last)), own)),
        }
    }
    all.retain(|(_, (before, after))| before != after);
    all
}

/// What differs between two inputs, each with its own filter, `most` lines of it.
///
/// # Errors
/// When the budget did not suffice, or nobody wants the result any more.
pub fn diff<'r>(
    (before, before_asked): (&'r Reach<'r>, &Filter),
    (after, after_asked): (&'r Reach<'r>, &Filter),
    most: usize,
    budget: &Budget,
) -> Result<Diff, Stopped> {
    let objects = before.workloads().iter().chain(after.workloads()).map(|workload| workload.object.clone());
    let all: Vec<ObjectRef> = objects.collect::<BTreeSet<_>>().into_iter().collect();
    let mut both = Both::default();
    static NONE: std::sync::LazyLock<Ports> = std::sync::LazyLock::new(Ports::default);
    // Nothing is number 0.
    both.keep(&NONE);
    let old = Side::of(before, before_asked, &all, &mut both);
    let new = Side::of(after, after_asked, &all, &mut both);
    let mut found = Diff::default();
    let mut add = |from: End, to: End, ports: (&Ports, &Ports)| {
        let line = Difference { from, to, before: ports.0.clone(), after: ports.1.clone() };
        let count = match line.change() {
            Change::Added => &mut found.counts[0],
            Change::Removed => &mut found.counts[1],
            Change::Changed => &mut found.counts[2],
        };
        *count += 1;
        if found.lines.len() < most {
            found.lines.push(line);
        }
    };
    let ports = |number: usize| both.all.get(number).copied().unwrap_or(&NONE);
    let name = |at: usize| all.get(at).cloned().map_or(End::Ingress, End::Workload);
    let mut places: BTreeMap<usize, (Option<usize>, Option<usize>)> = BTreeMap::new();
    old.places.iter().enumerate().for_each(|(own, at)| places.entry(*at).or_default().0 = Some(own));
    new.places.iter().enumerate().for_each(|(own, at)| places.entry(*at).or_default().1 = Some(own));
    let (mut from_old, mut from_new) = (before.outside_in(), after.outside_in());
    for (at, own) in &places {
        let sides = [(&old, own.0), (&new, own.1)];
        let mut rows: [BTreeMap<usize, usize>; 2] = Default::default();
        let mut stretches: [Stretches; 2] = Default::default();
        for ((side, own), (row, out)) in sides.into_iter().zip(rows.iter_mut().zip(&mut stretches)) {
            let Some(own) = own.filter(|own| side.from.as_ref().is_none_or(|all| all.contains(own))) else { continue };
            side.row(own, row);
            *out = side.numbered(side.reach.to_outside(own));
        }
        budget.spend((rows[0].len() + rows[1].len()) as u64 / 64 + 1)?;
        let [was, is] = &rows;
        for to in was.keys().chain(is.keys()).collect::<BTreeSet<_>>() {
            let own = (was.get(to).copied().unwrap_or(0), is.get(to).copied().unwrap_or(0));
            if own.0 != own.1 {
                add(name(*at), name(*to), (ports(own.0), ports(own.1)));
            }
        }
        for (range, own) in parted(&stretches[0], &stretches[1]) {
            let Some((first, last)) = cut(before_asked.to.as_ref(), range) else { continue };
            add(name(*at), End::Range(first, last), (ports(own.0), ports(own.1)));
        }
    }
    for (at, own) in &places {
        let mut into: [Stretches; 2] = Default::default();
        let sides = [(&old, own.0, &mut from_old), (&new, own.1, &mut from_new)];
        for ((side, own, all), into) in sides.into_iter().zip(&mut into) {
            let Some(own) = own.filter(|own| side.to.as_ref().is_none_or(|all| all.contains(own))) else { continue };
            *into = side.numbered(all.remove(&own).unwrap_or_default());
        }
        for (range, own) in parted(&into[0], &into[1]) {
            let Some((first, last)) = cut(before_asked.from.as_ref(), range) else { continue };
            add(End::Range(first, last), name(*at), (ports(own.0), ports(own.1)));
        }
    }
    let doors = |side: &Side<'r>, filter: &Filter| -> BTreeMap<usize, &'r Ports> {
        let asked = Filter { from: filter.from.clone(), to: filter.to.clone() };
        let pairs = side.reach.behind_doors(&asked).collect::<Vec<Pair>>();
        let own = pairs.into_iter().filter_map(|pair| match pair.to {
            Peer::Workload(to) => Some((*side.places.get(to)?, side.reach.ports_of(&pair))),
            _ => None,
        });
        own.collect()
    };
    let (was, is) = (doors(&old, before_asked), doors(&new, after_asked));
    for to in was.keys().chain(is.keys()).collect::<BTreeSet<_>>() {
        let own = (was.get(to).copied().unwrap_or(&NONE), is.get(to).copied().unwrap_or(&NONE));
        if own.0 != own.1 {
            add(End::Ingress, name(*to), own);
        }
    }
    Ok(found)
}
