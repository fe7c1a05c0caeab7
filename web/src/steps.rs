//! The steps of a journey: what the picture and the hop list share, one step per hop over all legs, numbered from 1.
//!
//! # The page and the player
//!
//! The page is complete without JavaScript: every step is a page of its own. `static/js/player.js` takes over when it
//! finds this markup, and then stepping makes no request:
//!
//! - `<section id="player" data-steps-id="steps-data" data-step="N">`, N the step the server rendered. In it:
//!   - controls `<a data-act="first|prev|next|last" href="…?step=…">` and `<button data-act="play" hidden>`;
//!   - `<input type="range" data-act="scrub" min="1" max="TOTAL" value="N" hidden>`; beside it
//!     `<div data-scrub-legs></div>`, which the player fills with one segment per leg;
//!   - `<select data-act="speed" hidden>` with values `0.5`, `1`, `2`, `4`;
//!   - `<output data-now>`, where the player writes `n / total`;
//!   - `<p data-live class="visually-hidden" aria-live="polite"></p>`, where it announces a step in the words of the
//!     hop list;
//!   - `<button data-act="follow" aria-pressed="false" hidden>`: zoom to where the packet is.
//!
//!   What is `hidden` here needs JavaScript; the player shows it.
//! - `<figure id="scene">` with the SVG of [`crate::scene::svg::write`].
//! - `<script type="application/json" id="steps-data">` with [`crate::scene::Scene::to_json`], which is safe inside a script element.
//! - `<ol id="hops">` of `<li data-step="n">`, each with a link `<a href="…?step=n">`; the step of the page has
//!   `aria-current="step"` on its `<li>`. Where legs are nested lists the `<li data-step>` may be at any depth.
//! - `<div data-step-detail="n">`, all but the current one `hidden` and with their content in a `<template>`, which the player copies
//!   out while a step is shown: the page stays small however many steps there are.
//! - Optional: `data-leg="i"` on a leg's heading or list; the player sets `data-active` on the current leg's.
//! - Words the player needs are attributes of `#player`, all optional: `data-word-play`, `data-word-pause`,
//!   `data-word-leg-dns-query|dns-answer|connect|proxy|reply|error`.
//!
//! `static/js/pick.js` takes over `<button data-pick="from|to" hidden aria-pressed="false">`: while pressed, choosing
//! a Pod or a ClusterIP in the picture sets `select[name=from]` or `select[name=to]` (or an `input` of that name) to
//! the `data-pick-value` of what was chosen (`pod/NS/NAME`, `svc/NS/NAME`) and says so in `<output data-pick-state>`,
//! if there is one.

use kernel::config::{Netns, Policy};
use kernel::ids::{ChainId, CtId, NetnsId, RuleRef, TableRef};
use kernel::walk::{Event, Hop, NatBy, Skipped, Verdict};

use sim_core::trace::{Journey, Leg, Purpose};
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

/// A hop of a copy of the frame of `hop`: `INDEX.HOP` is the copy's number among those made there and the hop on its way, both from 0,
/// behind a `/` the same for a copy of that copy. Without any it is the hop itself.
pub fn copy_at<'a>(hop: &'a Hop, path: &str) -> Option<&'a Hop> {
    let mut at = hop;
    for part in path.split('/').filter(|part| !part.is_empty()) {
        let (index, number) = part.split_once('.')?;
        let copies = at.events.iter().find_map(|event| match event {
            Event::Copied { copies, .. } => Some(copies),
            _ => None,
        })?;
        at = copies.get(index.parse::<usize>().ok()?)?.hops.get(number.parse::<usize>().ok()?)?;
    }
    Some(at)
}

/// What happened in one chain: a rule that matched, or the chain's end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainLine {
    /// Table.
    pub table: TableRef,
    /// Chain.
    pub chain: ChainId,
    /// How many chains deep, 0 for a built-in chain.
    pub depth: u32,
    /// Which of the hop's passes through a chain; lines of one pass have the same number.
    pub pass: u32,
    /// The rule that matched; `None` where the chain ended without a verdict.
    pub rule: Option<RuleRef>,
    /// What the rule did.
    pub verdict: Option<Verdict>,
    /// The policy that decided at the end of a built-in chain.
    pub policy: Option<Policy>,
    /// How many rules the chain has.
    pub of: u32,
    /// Rules tried without success since the last line of this chain.
    pub skipped: Vec<Skipped>,
}

impl ChainLine {
    /// Number of the rule as `iptables -L --line-numbers` shows it, from 1.
    pub fn number(&self) -> Option<u32> {
        self.rule.map(|rule| rule.id.number())
    }

    /// How many rules were tried without success.
    pub fn skipped_count(&self) -> u32 {
        self.skipped.iter().map(|run| run.count).sum()
    }
}

/// The way through the chains at one hop, in order of evaluation.
pub fn chain_lines(hop: &Hop, netns: &Netns) -> Vec<ChainLine> {
    let of = |table: TableRef, chain: ChainId| netns.chain_len(table, chain);
    let mut stack: Vec<(TableRef, ChainId, u32)> = Vec::new();
    let mut passes = 0;
    let mut lines = Vec::new();
    for event in &hop.events {
        match event {
            Event::Chain { table, chain, from } => {
                match from {
                    None => stack.clear(),
                    Some(rule) => {
                        let at = stack.iter().rposition(|open| (open.0, open.1) == (rule.table, rule.chain));
                        stack.truncate(at.map_or(stack.len(), |at| at + 1));
                    }
                }
                stack.push((*table, *chain, passes));
                passes += 1;
            }
            Event::Rule { rule, skipped, verdict } => lines.push(ChainLine {
                table: rule.table,
                chain: rule.chain,
                depth: depth(&stack, rule.table, rule.chain).0,
                pass: depth(&stack, rule.table, rule.chain).1,
                rule: Some(*rule),
                verdict: Some(*verdict),
                policy: None,
                of: of(rule.table, rule.chain),
                skipped: skipped.clone(),
            }),
            Event::ChainEnd { table, chain, skipped, policy } => lines.push(ChainLine {
                table: *table,
                chain: *chain,
                depth: depth(&stack, *table, *chain).0,
                pass: depth(&stack, *table, *chain).1,
                rule: None,
                verdict: None,
                policy: *policy,
                of: of(*table, *chain),
                skipped: skipped.clone(),
            }),
            _ => {}
        }
    }
    lines
}

/// How deep a chain is, and which pass through it this is.
fn depth(stack: &[(TableRef, ChainId, u32)], table: TableRef, chain: ChainId) -> (u32, u32) {
    let at = stack.iter().rposition(|open| (open.0, open.1) == (table, chain));
    at.map_or((0, 0), |at| (at as u32, stack.get(at).map_or(0, |open| open.2)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::ids::LinkId;
    use kernel::walk::FrameCopy;
    use sim_core::manifest::{Limits, SourceText};
    use sim_core::model::{Model, Options};
    use sim_core::trace::{self, ProbeText};

    #[test]
    fn hops_of_copies_are_found_by_their_numbers() {
        let text = include_str!("../scenarios/first-service.yaml");
        let model = Model::build(&[SourceText::given("a.yaml", text)], &Limits::default(), &Options::default());
        let asked =
            ProbeText { from: "pod/default/client".into(), to: "svc/default/web:80".into(), ..ProbeText::default() };
        let journey = trace::run(&model, &trace::parse_probe(&model, &asked).unwrap());
        let hops = &journey.legs[0].hops;
        // A hop whose copies are made of the others of the leg, the second with a copy of its own.
        let copy = |hops: Vec<Hop>| FrameCopy { port: LinkId(0), remote: None, hops, end: journey.legs[0].end.clone() };
        let copied = |hop: &Hop, copies: Vec<FrameCopy>| {
            let mut hop = hop.clone();
            hop.events.push(Event::Copied { bridge: LinkId(0), copies, earlier: 0 });
            hop
        };
        let inner = copied(&hops[2], vec![copy(vec![hops[3].clone()])]);
        let outer = copied(&hops[0], vec![copy(vec![hops[1].clone()]), copy(vec![hops[4].clone(), inner.clone()])]);
        assert_eq!(copy_at(&outer, ""), Some(&outer));
        assert_eq!(copy_at(&outer, "0.0"), Some(&hops[1]));
        assert_eq!(copy_at(&outer, "1.1"), Some(&inner));
        assert_eq!(copy_at(&outer, "1.1/0.0"), Some(&hops[3]));
        for wrong in ["2.0", "0.1", "1.0/0.0", "x", "1", "1.x", "-1.0"] {
            assert_eq!(copy_at(&outer, wrong), None, "{wrong}");
        }
    }
}
