//! The same probe in two worlds: their steps beside each other, and where they part.
//!
//! Steps are aligned by where they are (a longest common subsequence of their places). What a step is compared by is what it says of the
//! packet and its way: Ethernet addresses are not of it, nor is another route that leads the same way.

use crate::locale::Lang;
use crate::words::{Say, StepWords};
use serde_json::{Value, json};
use sim_core::facts::Steps;
use sim_core::model::Model;
use sim_core::trace::{ChoiceKind, Journey, Probe};
use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::fmt::{self, Write};

/// One of the worlds.
#[derive(Clone)]
pub struct World<'a> {
    /// What makes it differ from what the input says, as options of the command line; empty for the input's own.
    pub options: &'a str,
    /// Version, plugin and mode, in words.
    pub settings: String,
    /// The model.
    pub model: &'a Model,
    /// What became of the probe.
    pub journey: &'a Journey,
}

/// What a world has to tell.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// The options that it has.
    pub options: String,
    /// Version, plugin and mode.
    pub settings: String,
    /// What the client's call reported.
    pub result: String,
    /// Code of the outcome, and of the verdict.
    pub codes: (String, String),
    /// The same in words.
    pub headline: String,
    /// The sign of the verdict.
    pub sign: &'static str,
    /// Why.
    pub reason: String,
    /// Who answered and what it saw, where somebody did.
    pub sees: Option<String>,
    /// Its steps.
    pub steps: Vec<StepWords>,
}

/// Steps that stand beside each other; one of them may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Index of the first world's step.
    pub left: Option<usize>,
    /// Index of the second one's.
    pub right: Option<usize>,
    /// Both are there and say the same.
    pub same: bool,
}

/// Two worlds, compared.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The first one.
    pub left: Told,
    /// The second one.
    pub right: Told,
    /// Their steps.
    pub rows: Vec<Row>,
}

/// What one world alone has to tell.
pub fn told(lang: Lang, world: &World<'_>) -> Told {
    let say = Say { lang, model: world.model, id: None };
    let outcome = say.outcome(world.journey);
    Told {
        options: world.options.to_owned(),
        settings: world.settings.clone(),
        result: outcome.result.to_string(),
        codes: (outcome.code.to_string(), outcome.verdict.to_string()),
        headline: outcome.headline.clone(),
        sign: outcome.sign,
        reason: outcome.reason.clone(),
        sees: outcome.sees.clone(),
        steps: say.wanted_steps(world.journey, &Steps::of(world.journey), |_| true),
    }
}

/// The probe for the second world: it takes what was drawn in the first one, so that chance does not part them.
pub fn alike(probe: &Probe, first: &Journey) -> Probe {
    let mut probe = probe.clone();
    let drawn = |kind| {
        matches!(kind, ChoiceKind::Endpoint | ChoiceKind::DnsEndpoint | ChoiceKind::Address | ChoiceKind::Backend)
    };
    for choice in first.choices.iter().filter(|choice| drawn(choice.name.kind) && choice.of.len() > 1) {
        if !probe.choose.iter().any(|(name, _)| *name == choice.name) {
            probe.choose.push((choice.name, choice.value.clone()));
        }
    }
    probe
}

/// What a step says of the packet and its way, line by line.
pub fn lines(step: &StepWords) -> Vec<String> {
    said(step, true)
}

/// The same; another route that leads the same way is no other way.
fn said(step: &StepWords, routes: bool) -> Vec<String> {
    let card = &step.card;
    let mark = card.mark.as_ref().map(|mark| format!(" mark {mark}")).unwrap_or_default();
    let mut all =
        vec![step.title.clone(), format!("{} {} -> {} ttl {}{mark}", card.kind, card.src, card.dst, card.ttl)];
    for event in &step.events {
        // Who is asked for an Ethernet address, and where a switch sends a frame, follows from the way.
        if !matches!(event.kind, "neigh" | "fdb") {
            all.push(event.text.clone());
        }
        all.extend(event.kernel.clone().filter(|_| routes || event.kind != "route"));
        let changes = event.changes.iter().filter(|change| !change.field.starts_with("eth"));
        all.extend(changes.map(|change| format!("{}: {} -> {}", change.field, change.before, change.after)));
    }
    all
}

impl Comparison {
    /// Compares them.
    pub fn of(lang: Lang, left: &World<'_>, right: &World<'_>) -> Self {
        let (left, right) = (told(lang, left), told(lang, right));
        let places = |told: &Told| told.steps.iter().map(|step| step.place.clone()).collect::<Vec<_>>();
        let ops = capture_diff_slices(Algorithm::Myers, &places(&left), &places(&right));
        let mut rows = Vec::new();
        let alone = |left: Option<usize>, right: Option<usize>| Row { left, right, same: false };
        for op in ops {
            match op {
                DiffOp::Equal { old_index, new_index, len } => rows.extend((0..len).map(|at| {
                    let (one, other) = (old_index + at, new_index + at);
                    let same = match (left.steps.get(one), right.steps.get(other)) {
                        (Some(one), Some(other)) => said(one, false) == said(other, false),
                        _ => false,
                    };
                    Row { left: Some(one), right: Some(other), same }
                })),
                DiffOp::Delete { old_index, old_len, .. } => {
                    rows.extend((old_index..old_index + old_len).map(|at| alone(Some(at), None)));
                }
                DiffOp::Insert { new_index, new_len, .. } => {
                    rows.extend((new_index..new_index + new_len).map(|at| alone(None, Some(at))));
                }
                DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                    rows.extend((old_index..old_index + old_len).map(|at| alone(Some(at), None)));
                    rows.extend((new_index..new_index + new_len).map(|at| alone(None, Some(at))));
                }
            }
        }
        Self { left, right, rows }
    }

    /// The row where they part.
    pub fn first(&self) -> Option<usize> {
        self.rows.iter().position(|row| !row.same)
    }

    /// Lines of a row that only one of its steps has: the first world's, the second one's.
    pub fn differing(&self, row: &Row) -> (Vec<String>, Vec<String>) {
        let of = |told: &Told, at: Option<usize>| at.and_then(|at| told.steps.get(at)).map(lines).unwrap_or_default();
        let (one, other) = (of(&self.left, row.left), of(&self.right, row.right));
        let only = |own: &[String], beside: &[String]| {
            own.iter().filter(|line| !beside.contains(line)).cloned().collect::<Vec<_>>()
        };
        (only(&one, &other), only(&other, &one))
    }

    /// The steps of a row.
    pub fn steps(&self, row: &Row) -> (Option<&StepWords>, Option<&StepWords>) {
        (row.left.and_then(|at| self.left.steps.get(at)), row.right.and_then(|at| self.right.steps.get(at)))
    }
}

/// For a terminal: what came of each, where they part, and the steps in a row each.
///
/// # Errors
/// Those of `out`.
pub fn write(out: &mut impl Write, lang: Lang, comparison: &Comparison) -> fmt::Result {
    use crate::locale::{t, ta};
    for (sign, told) in [("-", &comparison.left), ("+", &comparison.right)] {
        let own = t(lang, "compare-input");
        let options = if told.options.is_empty() { own.as_str() } else { told.options.as_str() };
        writeln!(out, "{sign} {options}: {}", told.settings)?;
        writeln!(out, "    {}: {}", told.result, told.headline)?;
        writeln!(out, "    {}", told.reason)?;
        if let Some(sees) = &told.sees {
            writeln!(out, "    {sees}")?;
        }
    }
    writeln!(out)?;
    let Some(first) = comparison.first().and_then(|at| comparison.rows.get(at)) else {
        return writeln!(out, "{}", t(lang, "compare-same"));
    };
    let (left, right) = comparison.steps(first);
    let place = left.or(right).map(|step| step.place.clone()).unwrap_or_default();
    writeln!(out, "{}", ta(lang, "compare-first", &[("place", place.into())]))?;
    let (one, other) = comparison.differing(first);
    one.iter().try_for_each(|line| writeln!(out, "  - {line}"))?;
    other.iter().try_for_each(|line| writeln!(out, "  + {line}"))?;
    writeln!(out)?;
    for row in &comparison.rows {
        let (left, right) = comparison.steps(row);
        let number = |step: Option<&StepWords>| step.map_or_else(String::new, |step| step.n.to_string());
        let sign = match (left, right, row.same) {
            (_, _, true) => " ",
            (Some(_), Some(_), false) => "≠",
            (Some(_), None, _) => "-",
            (None, ..) => "+",
        };
        let Some(step) = left.or(right) else { continue };
        writeln!(out, "{:>4} {:>4} {sign} {}: {}", number(left), number(right), step.place, step.title)?;
        if let (Some(_), Some(other), false) = (left, right, row.same)
            && other.title != step.title
        {
            writeln!(out, "            {}", other.title)?;
        }
    }
    Ok(())
}

/// For programs: `kubehop.compare/1`.
pub fn json(comparison: &Comparison) -> Value {
    let world = |told: &Told| {
        json!({
            "options": told.options,
            "client": { "result": told.result },
            "outcome": { "code": told.codes.0 },
            "verdict": told.codes.1,
            "reason": told.reason,
            "sees": told.sees,
            "steps": told.steps.len(),
        })
    };
    let rows = comparison.rows.iter().map(|row| {
        let (left, right) = comparison.steps(row);
        let (one, other) = if row.same { Default::default() } else { comparison.differing(row) };
        json!({
            "left": left.map(|step| step.n),
            "right": right.map(|step| step.n),
            "place": left.or(right).map(|step| &step.place),
            "same": row.same,
            "only": { "left": one, "right": other },
        })
    });
    let first = comparison.first();
    json!({
        "schema": "kubehop.compare/1",
        "left": world(&comparison.left),
        "right": world(&comparison.right),
        "same": first.is_none(),
        "first": first,
        "rows": rows.collect::<Vec<_>>(),
    })
}
