//! Where packets can go in the picture: points, the lines between them, and the way from one place to another.

use super::geometry::{Pt, simplify};
use kernel::config::Hook;
use kernel::ids::{LinkRef, NetnsId};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// A place a packet can rest at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Spot {
    /// A device's port.
    Link(LinkRef),
    /// The bridge's side that hands frames up to IP.
    BridgeUp(LinkRef),
    /// The bridge's side that takes packets from IP.
    BridgeDown(LinkRef),
    /// Where a port meets its bridge.
    Tap(LinkRef),
    /// A netfilter hook.
    Hook(NetnsId, Hook),
    /// The routing decision for packets from outside.
    RouteIn(NetnsId),
    /// The routing decision for local packets.
    RouteOut(NetnsId),
    /// A process: container index of a Pod, 0 elsewhere.
    Process(NetnsId, u32),
    /// The middle of a stage, which packets pass through; they rest on its edge.
    Middle(NetnsId, Stage),
    /// A bend or joint that means nothing by itself.
    Joint(u32),
}

/// A stage of a node's rail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    Hook(Hook),
    RouteIn,
    RouteOut,
    Local,
}

impl Stage {
    /// The place a packet rests at in this stage.
    pub(crate) fn rest(self, netns: NetnsId) -> Spot {
        match self {
            Self::Hook(hook) => Spot::Hook(netns, hook),
            Self::RouteIn => Spot::RouteIn(netns),
            Self::RouteOut => Spot::RouteOut(netns),
            Self::Local => Spot::Process(netns, 0),
        }
    }
}

/// Points and lines.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wires {
    points: Vec<Pt>,
    spots: BTreeMap<Spot, usize>,
    edges: Vec<Vec<(usize, Vec<Pt>)>>,
    keys: BTreeMap<Spot, String>,
}

impl Wires {
    /// Adds a spot; a spot added twice keeps its first point.
    pub(crate) fn spot(&mut self, spot: Spot, at: Pt, key: Option<String>) -> Spot {
        if !self.spots.contains_key(&spot) {
            self.spots.insert(spot, self.points.len());
            self.points.push(at);
            self.edges.push(Vec::new());
        }
        if let Some(key) = key {
            self.keys.insert(spot, key);
        }
        spot
    }

    /// Adds a nameless point.
    pub(crate) fn joint(&mut self, x: i32, y: i32) -> Spot {
        self.spot(Spot::Joint(self.points.len() as u32), Pt::at(x, y), None)
    }

    /// A line that packets follow one way, through the given bends.
    pub(crate) fn one_way(&mut self, from: Spot, to: Spot, bends: &[Pt]) {
        let (Some(&a), Some(&b)) = (self.spots.get(&from), self.spots.get(&to)) else { return };
        if let Some(edges) = self.edges.get_mut(a) {
            edges.push((b, bends.to_vec()));
        }
    }

    /// A line that packets follow both ways.
    pub(crate) fn both_ways(&mut self, from: Spot, to: Spot, bends: &[Pt]) {
        self.one_way(from, to, bends);
        let back: Vec<Pt> = bends.iter().rev().copied().collect();
        self.one_way(to, from, &back);
    }

    /// Where a spot is.
    pub(crate) fn at(&self, spot: Spot) -> Option<Pt> {
        self.points.get(*self.spots.get(&spot)?).copied()
    }

    /// The name of what is drawn at a spot.
    pub(crate) fn key(&self, spot: Spot) -> Option<&str> {
        self.keys.get(&spot).map(String::as_str)
    }

    /// The shortest way along the lines; a plain angle where no line leads.
    pub(crate) fn way(&self, from: Spot, to: Spot) -> Vec<Pt> {
        let (Some(start), Some(goal)) = (self.at(from), self.at(to)) else { return Vec::new() };
        self.along(from, to).unwrap_or_else(|| simplify(&[start, Pt::at(goal.x, start.y), goal]))
    }

    /// The shortest way along the lines, if they lead there.
    pub(crate) fn along(&self, from: Spot, to: Spot) -> Option<Vec<Pt>> {
        let (&a, &b) = (self.spots.get(&from)?, self.spots.get(&to)?);
        let goal = *self.points.get(b)?;
        let mut best = vec![i32::MAX; self.points.len()];
        let mut came: Vec<Option<(usize, usize)>> = vec![None; self.points.len()];
        let mut queue = BinaryHeap::from([Reverse((0, a))]);
        if let Some(slot) = best.get_mut(a) {
            *slot = 0;
        }
        while let Some(Reverse((cost, here))) = queue.pop() {
            if here == b {
                break;
            }
            let Some(&here_at) = self.points.get(here) else { continue };
            for (index, (next, bends)) in self.edges.get(here).into_iter().flatten().enumerate() {
                let Some(&next_at) = self.points.get(*next) else { continue };
                let mut last = here_at;
                let mut far = cost + 1;
                for &bend in bends.iter().chain([&next_at]) {
                    far += last.manhattan(bend);
                    last = bend;
                }
                if let Some(slot) = best.get_mut(*next)
                    && far < *slot
                {
                    *slot = far;
                    if let Some(from) = came.get_mut(*next) {
                        *from = Some((here, index));
                    }
                    queue.push(Reverse((far, *next)));
                }
            }
        }
        let mut back = vec![goal];
        let mut here = b;
        while let Some(Some((before, index))) = came.get(here).copied() {
            let bends = self.edges.get(before).and_then(|edges| edges.get(index)).map(|edge| edge.1.as_slice());
            back.extend(bends.unwrap_or_default().iter().rev());
            back.extend(self.points.get(before));
            here = before;
        }
        if here != a {
            return None;
        }
        back.reverse();
        Some(simplify(&back))
    }
}

/// Moves centres as little as needed so that boxes of the given widths stand in order inside `from..to` with `gap` between.
pub(crate) fn spread(wanted: &[(i32, i32)], from: i32, to: i32, gap: i32) -> Vec<i32> {
    let mut centres: Vec<i32> = Vec::with_capacity(wanted.len());
    let mut edge = from;
    for &(centre, width) in wanted {
        let at = centre.max(edge + width / 2);
        edge = at + (width + 1) / 2 + gap;
        centres.push(at);
    }
    let mut edge = to;
    for (centre, &(_, width)) in centres.iter_mut().zip(wanted).rev() {
        *centre = (*centre).min(edge - (width + 1) / 2);
        edge = *centre - width / 2 - gap;
    }
    centres
}

/// Tracks for jogs from `a` to `b` (in order on both sides), so that no two lines cross or share a stretch.
pub(crate) fn tracks(jogs: &[(i32, i32)]) -> Vec<i32> {
    let mut track = vec![0; jogs.len()];
    let right: Vec<usize> = (0..jogs.len()).rev().filter(|&i| jogs.get(i).is_some_and(|jog| jog.1 > jog.0)).collect();
    let left: Vec<usize> = (0..jogs.len()).filter(|&i| jogs.get(i).is_some_and(|jog| jog.1 < jog.0)).collect();
    for side in [right, left] {
        for (rank, index) in side.into_iter().enumerate() {
            if let Some(slot) = track.get_mut(index) {
                *slot = rank as i32;
            }
        }
    }
    track
}
