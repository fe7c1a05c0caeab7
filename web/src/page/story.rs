//! How much of a journey its page tells: a story of a few beats, the steps at which something happens, or every step.

use super::Chrome;
use crate::words::{Say, StepWords};
use sim_core::facts::{Beat, BeatKind, Facts};
use sim_core::trace::{Journey, Lookup};

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Story,
    Hops,
    All,
}

impl Level {
    /// As the address says it; the story where it says nothing.
    pub(super) fn of(said: Option<&str>) -> Self {
        Self::ALL.into_iter().find(|level| Some(level.code()) == said).unwrap_or(Self::Story)
    }

    pub(super) const ALL: [Self; 3] = [Self::Story, Self::Hops, Self::All];

    /// Its word in the address.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Story => "story",
            Self::Hops => "hops",
            Self::All => "all",
        }
    }
}

/// A beat in words.
pub(super) struct BeatView {
    pub(super) kind: &'static str,
    pub(super) word: String,
    pub(super) text: String,
    pub(super) place: String,
    pub(super) first: u32,
    pub(super) last: u32,
    pub(super) at: u32,
    pub(super) depth: u32,
    /// How many steps it has.
    pub(super) count: String,
}

impl BeatView {
    pub(super) fn of(c: &Chrome, say: &Say<'_>, facts: &Facts<'_>, beat: &Beat, words: &[StepWords]) -> Self {
        let step = (beat.at as usize).checked_sub(1).and_then(|at| words.get(at));
        let title = step.map(|step| step.title.clone()).unwrap_or_default();
        let place = step.map(|step| step.place.clone()).unwrap_or_default();
        let text = match beat.kind {
            BeatKind::Names => asked(c, facts.journey, facts, beat).unwrap_or(title),
            BeatKind::Crossing => crossed(say, facts, beat).unwrap_or(title),
            _ => title,
        };
        Self {
            kind: beat.kind.code(),
            word: c.t(&format!("beat-{}", beat.kind.code())),
            text,
            place,
            first: beat.first,
            last: beat.last,
            at: beat.at,
            depth: beat.depth,
            count: c.ta("beat-steps", &[("count", (beat.last + 1 - beat.first).into())]),
        }
    }
}

/// What was asked, and what the last answer was.
fn asked(c: &Chrome, journey: &Journey, facts: &Facts<'_>, beat: &Beat) -> Option<String> {
    let lookup = |n: u32| -> Option<&Lookup> {
        let (leg, _) = facts.steps.get(n)?.of(journey)?;
        journey.lookups.get(leg.lookup? as usize)
    };
    let (first, last) = (lookup(beat.first)?, lookup(beat.last)?);
    let all = (beat.first..=beat.last).rev().filter_map(lookup);
    let told = all.into_iter().find(|lookup| !lookup.addresses.is_empty());
    let name = told.unwrap_or(first).name.to_string();
    Some(match told {
        Some(told) => {
            let mut to = told.addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            if let Some(age) = told.kept {
                to = format!("{to} ({})", c.ta("dns-kept-short", &[("age", age.into())]));
            }
            c.ta("beat-names-told", &[("name", name.into()), ("answer", to.into())])
        }
        None => {
            let code = last.rcode.map(|code| code.to_string());
            c.ta("beat-names-none", &[("name", name.into()), ("answer", code.unwrap_or_else(|| "–".to_owned()).into())])
        }
    })
}

/// What it goes over, and where it comes to.
fn crossed(say: &Say<'_>, facts: &Facts<'_>, beat: &Beat) -> Option<String> {
    let who = |n: u32| Some(say.who(facts.at(facts.steps.get(n)?)?.1.namespace.id));
    let (over, to) = (who(beat.at)?, who(beat.last + 1)?);
    Some(say.ta("beat-crossing-text", &[("over", over.into()), ("to", to.into())]))
}

/// The steps that a level stops at.
pub(super) fn stops(level: Level, facts: &Facts<'_>, beats: &[BeatView]) -> Vec<u32> {
    match level {
        Level::Story => beats.iter().map(|beat| beat.at).collect(),
        Level::Hops => facts.eventful(),
        Level::All => (1..=facts.steps.len()).collect(),
    }
}

/// The steps at which the header changes.
pub(super) fn edits(words: &[StepWords]) -> Vec<u32> {
    let mut outer = 0;
    let mut all = Vec::new();
    for step in words {
        let card = &step.card;
        let wrapped = card.outer.len() != outer;
        outer = card.outer.len();
        if card.src_before.is_some() || card.dst_before.is_some() || wrapped {
            all.push(step.n);
        }
    }
    all
}
