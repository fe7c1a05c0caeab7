//! Tasks, played: a changed input against the goal, and how much was changed.

use super::query::{Asked, Value};
use super::read::{Fault, Goal, Step, Task};
use crate::finding;
use crate::locale::Lang;
use kubernetes::budget::{Budget, Stopped};
use kubernetes::diagnostic::{Diagnostic, Severity};
use kubernetes::manifest::{Limits, Progress, SourceText};
use sim_core::model::{Model, Options};
use sim_core::trace::{self, Journey, ProbeText};
use similar::{ChangeTag, TextDiff};

/// What a text that somebody sends may take.
#[derive(Clone, Copy, Debug)]
pub struct Bounds<'a> {
    /// Of its manifests.
    pub limits: &'a Limits,
    /// Pods that it may ask for; the default of [`Options`] where nothing is said.
    pub max_pods: Option<usize>,
    /// Of everything that is computed.
    pub budget: &'a Budget,
}

/// What became of a changed input.
#[derive(Debug)]
pub struct Played {
    /// The model that was made of it.
    pub model: Model,
    /// Each goal, in order.
    pub goals: Vec<Reached>,
    /// Lines that differ from the start: removed or added, whichever is more, hunk by hunk.
    pub lines: usize,
}

impl Played {
    /// Nothing is wrong with the input, and every goal is reached.
    pub fn done(&self) -> bool {
        !self.model.has_errors() && self.goals.iter().all(|goal| goal.met)
    }
}

/// One goal.
#[derive(Debug)]
pub struct Reached {
    /// It is reached.
    pub met: bool,
    /// What became of its probe; `None` where nobody can send it.
    pub sent: Option<Sent>,
    /// What it asks about.
    pub asked: Vec<Value>,
}

/// A probe that was sent.
#[derive(Debug)]
pub struct Sent {
    /// The model that it was sent in: with a host outside, if it starts at one.
    pub model: Model,
    /// What became of it.
    pub journey: Journey,
    /// In how many ways it can go.
    pub ways: usize,
}

impl Sent {
    /// Sends a probe; `None` where it means nothing there.
    ///
    /// # Errors
    /// When the budget is spent.
    pub fn of(model: &Model, probe: &ProbeText, budget: &Budget) -> Result<Option<Self>, Stopped> {
        let Ok(asked) = trace::parse_probe(model, probe) else { return Ok(None) };
        let model = trace::model_for_within(model, &asked, budget)?;
        let journey = trace::run_within(&model, &asked, budget)?;
        let ways = trace::branches_within(&model, &asked, WAYS, budget)?.journeys.len();
        Ok(Some(Self { model: model.into_owned(), journey, ways }))
    }

    /// For queries.
    pub fn asked(&self) -> Asked<'_> {
        Asked { model: &self.model, journey: &self.journey, ways: self.ways }
    }

    /// Whether two values are there and equal.
    pub fn holds(&self, (left, right): &(Value, Value)) -> bool {
        let found = |value: &Value| value.find(&self.asked()).map(|found| found.code);
        found(left).is_some_and(|left| Some(left) == found(right))
    }
}

/// Ways counted at most.
const WAYS: usize = 64;

impl Task {
    /// The text with changes of one click, in order; `None` where one does not fit.
    pub fn changed(&self, text: &str, names: &[String]) -> Option<String> {
        names.iter().try_fold(text.to_owned(), |text, name| {
            let (_, replace, by) = self.changes.iter().find(|(own, ..)| own == name)?;
            text.contains(replace.as_str()).then(|| text.replacen(replace.as_str(), by, 1))
        })
    }

    /// A change of one click more, or one that was made taken back: the names that are made then, and the text. What was made and does not
    /// fit beside the new one is taken back; `None` where it fits nowhere.
    pub fn turned(&self, made: &[String], change: &str) -> Option<(Vec<String>, String)> {
        let others: Vec<String> = made.iter().filter(|name| *name != change).cloned().collect();
        if others.len() < made.len() {
            let text = self.changed(&self.file.1, &others)?;
            return Some((others, text));
        }
        let mut kept = vec![change.to_owned()];
        let mut text = self.changed(&self.file.1, &kept)?;
        for name in others {
            let with: Vec<String> = kept.iter().cloned().chain([name]).collect();
            if let Some(changed) = self.changed(&self.file.1, &with) {
                (kept, text) = (with, changed);
            }
        }
        Some((kept, text))
    }

    /// The reference solution's text; `None` where it cannot be made.
    pub fn solved(&self) -> Option<String> {
        self.mended.clone().or_else(|| self.changed(&self.file.1, &self.solution))
    }

    /// Lines in which a text differs from the start.
    pub fn lines(&self, text: &str) -> usize {
        let diff = TextDiff::from_lines(self.file.1.as_str(), text);
        let hunks = diff.grouped_ops(0);
        let count = |ops: &Vec<similar::DiffOp>, tag| {
            ops.iter().flat_map(|op| diff.iter_changes(op)).filter(|change| change.tag() == tag).count()
        };
        hunks.iter().map(|ops| count(ops, ChangeTag::Delete).max(count(ops, ChangeTag::Insert))).sum()
    }

    /// What comes out of a text.
    ///
    /// # Errors
    /// When the budget is spent.
    pub fn play(&self, step: &Step, text: &str, bounds: &Bounds<'_>) -> Result<Played, Stopped> {
        let Bounds { limits, max_pods, budget } = *bounds;
        let mut options = step.world.options().unwrap_or_else(|_| Options::default());
        options.max_pods = max_pods;
        let sources = [SourceText::given(self.file.0.as_str(), text)];
        let model = Model::build_within(&sources, limits, &options, &Progress::within(budget.clone()))?;
        let model = step.world.then(model, budget)?;
        let goals = self.goal.iter().map(|goal| reached(&model, goal, budget)).collect::<Result<_, _>>()?;
        Ok(Played { goals, lines: self.lines(text), model })
    }
}

fn reached(model: &Model, goal: &Goal, budget: &Budget) -> Result<Reached, Stopped> {
    let sent = Sent::of(model, &goal.probe, budget)?;
    let met = sent.as_ref().is_some_and(|sent| goal.holds.iter().all(|pair| sent.holds(pair)));
    Ok(Reached { met, sent, asked: goal.holds.iter().map(|(asked, _)| asked.clone()).collect() })
}

/// Mistakes of a model, for whoever wrote its input: each with its place.
pub(super) fn mistakes(model: &Model) -> impl Iterator<Item = Fault> {
    errors(model).map(|finding| {
        let line = finding::line(Lang::En, &model.parsed, finding);
        let (place, what) = line.split_once(": ").unwrap_or(("", &line));
        Fault::at(place, what)
    })
}

/// The findings that are mistakes.
pub fn errors(model: &Model) -> impl Iterator<Item = &Diagnostic> {
    model.diagnostics.iter().filter(|finding| finding.severity == Severity::Error)
}
