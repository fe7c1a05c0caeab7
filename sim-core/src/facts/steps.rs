//! The steps of a journey: one per hop over all legs, numbered from 1.

use crate::trace::{Journey, Leg, Purpose};
use kernel::ids::{CtId, NetnsId};
use kernel::walk::{Event, Hop, NatBy};
use std::collections::BTreeMap;

/// One step: one hop of one leg.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Number over the whole journey, from 1.
    pub n: u32,
    /// Index into [`Journey::legs`].
    pub leg: usize,
    /// Index into that leg's hops.
    pub hop: usize,
    /// What the leg is for.
    pub purpose: Purpose,
    /// It is the leg's first hop.
    pub first: bool,
    /// It is the leg's last hop.
    pub last: bool,
    /// Translations that are made or undone here, in order, each with the number of its conntrack entry.
    pub badges: Vec<Badge>,
}

/// The number that marks one conntrack entry with NAT wherever it shows up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Badge {
    /// From 1, in order of creation over the journey.
    pub number: u32,
    /// The namespace whose table holds the entry.
    pub netns: NetnsId,
    /// The entry.
    pub entry: CtId,
    /// True where a rule sets the translation up, false where the entry applies or undoes it.
    pub made: bool,
}

/// `①` to `⑳`, then `(21)`.
pub fn badge_text(number: u32) -> String {
    match number {
        1..=20 => char::from_u32(0x2460 + number - 1).map(String::from).unwrap_or_default(),
        _ => format!("({number})"),
    }
}

/// The steps of one leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LegSpan {
    /// Index into [`Journey::legs`].
    pub leg: usize,
    /// What it is for.
    pub purpose: Purpose,
    /// Its first step.
    pub first: u32,
    /// Its last step.
    pub last: u32,
}

/// All steps of a journey.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Steps {
    /// In order; the step numbered `n` is at `n - 1`.
    pub steps: Vec<Step>,
    /// One per leg, in order.
    pub legs: Vec<LegSpan>,
    badges: BTreeMap<(NetnsId, CtId), u32>,
}

impl Steps {
    /// Flattens a journey.
    pub fn of(journey: &Journey) -> Self {
        let mut all = Self::default();
        for (leg_index, leg) in journey.legs.iter().enumerate() {
            let first = all.steps.len() as u32 + 1;
            for (hop_index, hop) in leg.hops.iter().enumerate() {
                let badges = all.badges_of(hop);
                all.steps.push(Step {
                    n: all.steps.len() as u32 + 1,
                    leg: leg_index,
                    hop: hop_index,
                    purpose: leg.purpose,
                    first: hop_index == 0,
                    last: hop_index + 1 == leg.hops.len(),
                    badges,
                });
            }
            let last = all.steps.len() as u32;
            if first <= last {
                all.legs.push(LegSpan { leg: leg_index, purpose: leg.purpose, first, last });
            }
        }
        all
    }

    /// How many there are.
    pub fn len(&self) -> u32 {
        self.steps.len() as u32
    }

    /// True for a journey without a hop.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The step numbered `n`.
    pub fn get(&self, n: u32) -> Option<&Step> {
        self.steps.get((n as usize).checked_sub(1)?)
    }

    /// The nearest existing step number, 1 for a journey without hops: what `?step=` means.
    pub fn clamp(&self, n: u32) -> u32 {
        n.clamp(1, self.len().max(1))
    }

    /// The number of a conntrack entry that has one: those that translate.
    pub fn badge(&self, netns: NetnsId, entry: CtId) -> Option<u32> {
        self.badges.get(&(netns, entry)).copied()
    }

    fn badges_of(&mut self, hop: &Hop) -> Vec<Badge> {
        let mut found: Vec<Badge> = Vec::new();
        for event in &hop.events {
            let Event::Nat { by, .. } = event else { continue };
            let (entry, made) = match by {
                NatBy::Conntrack(entry) => (Some(*entry), false),
                NatBy::Rule(_) => (hop.after.ct.or(hop.before.ct).map(|(entry, _)| entry), true),
            };
            let Some(entry) = entry else { continue };
            let next = self.badges.len() as u32 + 1;
            let number = *self.badges.entry((hop.netns, entry)).or_insert(next);
            let badge = Badge { number, netns: hop.netns, entry, made };
            if !found.contains(&badge) {
                found.push(badge);
            }
        }
        found
    }
}

impl Step {
    /// The leg and hop this step stands for; `None` with another journey.
    pub fn of<'a>(&self, journey: &'a Journey) -> Option<(&'a Leg, &'a Hop)> {
        let leg = journey.legs.get(self.leg)?;
        Some((leg, leg.hops.get(self.hop)?))
    }
}
