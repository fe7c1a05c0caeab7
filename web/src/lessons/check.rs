//! What can be wrong with what a lesson says, and its solutions, played.

use super::course::Course;
use super::query::{self, Found, Moment, Value};
use super::read::{Command, Fault, Kind, Lesson, Step, Task, World};
use super::task::{self, Bounds, Sent};
use crate::locale::{FluentValue, Lang};
use kubernetes::budget::Budget;
use kubernetes::manifest::Limits;
use sim_core::facts::Facts;
use sim_core::model::Model;
use sim_core::print;
use std::collections::{BTreeMap, BTreeSet};

/// Words of one text at most, as white space parts them.
pub const WORDS: usize = 60;
/// Hints of a challenge: where it ends, why, and the line.
pub(super) const CHALLENGE_HINTS: usize = 3;
/// Steps of a lesson.
const STEPS: std::ops::RangeInclusive<usize> = 5..=10;

/// Things that are put into their order.
const ITEMS: std::ops::RangeInclusive<usize> = 3..=6;

/// A task of a lesson, played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Solved {
    /// The step.
    pub step: String,
    /// The untouched start does not reach the goal.
    pub is_needed: bool,
    /// The reference solution does.
    pub is_solved: bool,
    /// Lines that it changes.
    pub lines: usize,
}

/// Plays the reference solution of every task.
pub fn solve(lesson: &Lesson) -> Vec<Solved> {
    let tasks = lesson.steps.iter().filter_map(|step| match &step.kind {
        Kind::Task(task) => Some((step, task)),
        _ => None,
    });
    let play = |(step, task): (&Step, &Task)| {
        let done = |text: &str| {
            let (limits, budget) = (Limits::default(), Budget::unlimited());
            let played = task.play(step, text, &Bounds { limits: &limits, max_pods: None, budget: &budget });
            played.is_ok_and(|played| played.done())
        };
        let solved = task.solved();
        Solved {
            step: step.id.clone(),
            is_needed: !done(&task.file.1),
            is_solved: solved.as_deref().is_some_and(done),
            lines: solved.map_or(0, |text| task.lines(&text)),
        }
    };
    tasks.map(play).collect()
}

/// What is wrong with what a lesson says: texts that are missing in a language, too long or for nothing, queries that find nothing, wrong
/// answers that are right, facts that do not hold, tasks that nobody has to do or that their solution does not solve.
pub fn check(lesson: &Lesson) -> Vec<Fault> {
    let mut faults = counted(lesson);
    let needed = needed(lesson, &mut faults);
    let mut said: BTreeMap<String, Vec<(String, Found)>> = BTreeMap::new();
    let mut models: Vec<(World, Model)> = Vec::new();
    for step in &lesson.steps {
        let values =
            Checked::new(lesson, step, &mut models, &mut faults).map(|checked| checked.all()).unwrap_or_default();
        said.insert(step.id.clone(), values);
    }
    words(lesson, &needed, &said, &mut faults);
    for played in solve(lesson) {
        if !played.is_needed {
            faults.push(Fault::at(&played.step, "the start already reaches the goal"));
        }
        if !played.is_solved {
            faults.push(Fault::at(&played.step, "the solution does not reach the goal"));
        }
    }
    commands(lesson, &mut faults);
    faults
}

/// What is wrong with a lesson that can be told without playing it: texts that are missing, and how many steps it has.
pub fn check_written(lesson: &Lesson) -> Vec<Fault> {
    let mut faults = counted(lesson);
    let needed = needed(lesson, &mut faults);
    for (lang, book) in &lesson.books {
        let missing = needed.difference(book.keys());
        faults.extend(missing.map(|key| Fault::at(format!("{}.ftl: {key}", lang.code()), "it is missing")));
    }
    faults
}

/// A lesson has so many steps.
fn counted(lesson: &Lesson) -> Vec<Fault> {
    let count = lesson.steps.len();
    let what = || format!("{count} steps, where {} to {} are", STEPS.start(), STEPS.end());
    if STEPS.contains(&count) { Vec::new() } else { vec![Fault::at(&lesson.slug, what())] }
}

/// The texts that a lesson has to have.
fn needed(lesson: &Lesson, faults: &mut Vec<Fault>) -> BTreeSet<String> {
    let mut needed: BTreeSet<String> = ["title", "about", "recap"].map(str::to_owned).into();
    for step in &lesson.steps {
        if !needed.insert(step.id.clone()) {
            faults.push(Fault::at(&step.id, "there is another step of that name"));
        }
        needed.extend(parts(&step.kind).into_iter().map(|part| format!("{}.{part}", step.id)));
        // What an answer is called beside its value may be said: in both languages, or in none.
        let labels = labels(&step.kind).into_iter().map(|label| format!("{}.{label}", step.id));
        needed.extend(labels.filter(|label| lesson.books.values().any(|book| book.keys().contains(label))));
    }
    needed
}

/// What is wrong between lessons: one builds on something that is not there, or on itself.
pub fn check_course(course: &Course) -> Vec<Fault> {
    let mut faults = Vec::new();
    for lesson in course.lessons() {
        for other in lesson.after.iter().filter(|other| course.find(other).is_none()) {
            faults.push(Fault::at(&lesson.slug, format!("it builds on {other}, which is not there")));
        }
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut open: Vec<&str> = lesson.after.iter().map(String::as_str).collect();
        while let Some(slug) = open.pop() {
            if seen.insert(slug) {
                open.extend(course.find(slug).iter().flat_map(|lesson| lesson.after.iter().map(String::as_str)));
            }
        }
        if seen.contains(lesson.slug.as_str()) {
            faults.push(Fault::at(&lesson.slug, "it builds on itself"));
        }
    }
    faults
}

/// Attributes that the message of a step has.
pub(super) fn parts(kind: &Kind) -> Vec<String> {
    let after = || vec!["after".to_owned()];
    match kind {
        Kind::Observe { .. } => Vec::new(),
        Kind::Predict { wrong, .. } => wrong.iter().map(|(name, _)| name.clone()).chain(after()).collect(),
        Kind::Explain { right, wrong, .. } => {
            let why = wrong.iter().map(|name| format!("{name}-why"));
            wrong.iter().chain([right]).cloned().chain(why).chain(after()).collect()
        }
        Kind::Order { items, .. } => {
            let why = items.iter().map(|name| format!("{name}-why"));
            items.iter().cloned().chain(why).chain(after()).collect()
        }
        Kind::Compare { .. } => after(),
        Kind::Task(task) => {
            let hints = (1..=task.hints).map(|hint| format!("hint-{hint}"));
            task.changes.iter().map(|(name, ..)| name.clone()).chain(hints).chain(after()).collect()
        }
    }
}

/// Attributes that it may have: what its answers are called beside their values.
fn labels(kind: &Kind) -> Vec<String> {
    match kind {
        Kind::Predict { wrong, .. } => {
            wrong.iter().map(|(name, _)| name.as_str()).chain(["right"]).map(|name| format!("{name}-label")).collect()
        }
        _ => Vec::new(),
    }
}

/// A step whose probe was sent.
struct Checked<'a> {
    step: &'a Step,
    sent: Sent,
    faults: &'a mut Vec<Fault>,
}

impl<'a> Checked<'a> {
    fn new(
        lesson: &Lesson,
        step: &'a Step,
        models: &mut Vec<(World, Model)>,
        faults: &'a mut Vec<Fault>,
    ) -> Option<Self> {
        if let Kind::Task(task) = &step.kind {
            tasks(step, task, faults);
        }
        let options = match step.world.options() {
            Ok(options) => options,
            Err(name) => {
                faults.push(Fault::at(&step.id, format!("there is no {name:?}")));
                return None;
            }
        };
        // Steps of one world have one model.
        let made = models.iter().position(|(world, _)| *world == step.world);
        let made = made.unwrap_or_else(|| {
            let model = Model::build(&lesson.sources(), &Limits::default(), &options);
            models.push((step.world.clone(), at_time(&step.world, model)));
            models.len() - 1
        });
        let (_, model) = models.get(made)?;
        // What there is to mend may have mistakes.
        let mends = lesson.files.iter().all(|file| matches!(&step.kind, Kind::Task(task) if task.file == *file));
        if !mends {
            // Told once, however many steps have them.
            let told = task::mistakes(model).map(|fault| Fault::at(fault.place, fault.what));
            let told: Vec<Fault> = told.filter(|fault| !faults.contains(fault)).collect();
            faults.extend(told);
        }
        match Sent::of(model, &step.probe, &Budget::unlimited()) {
            Ok(Some(sent)) => Some(Self { step, sent, faults }),
            _ => {
                let what = format!("nobody can send {} → {}", step.probe.from, step.probe.to);
                faults.push(Fault::at(&step.id, what));
                None
            }
        }
    }

    fn fault(&mut self, what: String) {
        self.faults.push(Fault::at(&self.step.id, what));
    }

    fn moment(&mut self, moment: &Moment) {
        let found = moment.find(&Facts::of(&self.sent.model, &self.sent.journey));
        if found.is_none() {
            self.fault(format!("there is no such moment: {moment}"));
        }
    }

    fn value(&mut self, value: &Value) -> Option<Found> {
        let found = value.find(&self.sent.asked());
        if found.is_none() {
            self.fault(format!("there is no such value: {value}"));
        }
        found
    }

    /// Looks at everything; what its words can name.
    fn all(mut self) -> Vec<(String, Found)> {
        let step = self.step;
        for pair @ (left, right) in &step.holds {
            let found = (self.value(left), self.value(right));
            if let ((Some(one), Some(other)), false) = (&found, self.sent.holds(pair)) {
                self.fault(format!("it does not hold: {left} is {}, {right} is {}", one.code, other.code));
            }
        }
        for value in &step.points {
            if value.spot(&self.sent.asked()).is_none() {
                self.fault(format!("no part of the picture has that value: {}", value));
            }
        }
        match &step.kind {
            Kind::Observe { at } | Kind::Explain { at, .. } => self.moment(at),
            Kind::Order { at, items } => {
                self.moment(at);
                let mut seen = BTreeSet::new();
                if let Some(twice) = items.iter().find(|item| !seen.insert(*item)) {
                    self.fault(format!("{twice} is there twice"));
                }
                if !ITEMS.contains(&items.len()) {
                    self.fault(format!(
                        "{} things to order, where {} to {} are",
                        items.len(),
                        ITEMS.start(),
                        ITEMS.end()
                    ));
                }
            }
            Kind::Predict { until, at, right, wrong } => {
                self.moment(until);
                self.moment(at);
                let mut all: Vec<Option<Found>> = vec![self.value(right)];
                all.extend(wrong.iter().map(|(_, value)| self.value(value)));
                let codes: Vec<&str> = all.iter().flatten().map(|found| found.code.as_str()).collect();
                let twice =
                    codes.iter().enumerate().find(|(at, code)| codes.iter().take(*at).any(|other| other == *code));
                if let Some((_, code)) = twice {
                    let what = format!("two answers are the same: {code}");
                    self.fault(what);
                }
            }
            Kind::Compare { with, at, differs } => {
                self.moment(at);
                self.compared(with, at, differs);
            }
            Kind::Task(_) => {}
        }
        let facts: Vec<(String, Found)> =
            step.facts.iter().filter_map(|(name, value)| Some((name.clone(), self.value(value)?))).collect();
        facts
    }

    fn compared(&mut self, with: &World, at: &Moment, differs: &Value) {
        let here = self.value(differs);
        let there = with.options().ok().and_then(|options| {
            let sources = &self.sent.model.parsed.sources;
            let model = at_time(with, Model::build(sources, &Limits::default(), &options));
            Sent::of(&model, &self.step.probe, &Budget::unlimited()).ok().flatten()
        });
        let Some(there) = there else { return self.fault("nobody can send it in the other world".to_owned()) };
        if at.find(&Facts::of(&there.model, &there.journey)).is_none() {
            self.fault(format!("there is no such moment in the other world: {at}"));
        }
        match (here, differs.find(&there.asked())) {
            (Some(here), Some(other)) if here == other => {
                self.fault(format!("it does not differ: {differs} is {} in both worlds", here.code));
            }
            (_, None) => self.fault(format!("there is no such value in the other world: {differs}")),
            _ => {}
        }
    }
}

fn tasks(step: &Step, task: &Task, faults: &mut Vec<Fault>) {
    for (name, replace, _) in &task.changes {
        if !task.file.1.contains(replace.as_str()) {
            faults.push(Fault::at(&step.id, format!("the change {name} fits nowhere")));
        }
    }
    faults.extend(clashes(task).map(|(name, other)| {
        Fault::at(
            &step.id,
            format!("the change {name} writes what the change {other} replaces: it may change the wrong place"),
        )
    }));
    if task.goal.is_empty() || task.goal.iter().any(|goal| goal.holds.is_empty()) {
        faults.push(Fault::at(&step.id, "a goal says nothing"));
    }
    if task.hints == 0 {
        faults.push(Fault::at(&step.id, "there is no hint"));
    }
}

/// Changes that write what another one replaces, which was not there before: pressed after it, that one changes the wrong place.
fn clashes(task: &Task) -> impl Iterator<Item = (&str, &str)> {
    task.changes.iter().flat_map(|(name, replace, by)| {
        let taken = move |(other, text, _): &&(String, String, String)| {
            other != name && by.matches(text.as_str()).count() > replace.matches(text.as_str()).count()
        };
        task.changes.iter().filter(taken).map(|(other, ..)| (name.as_str(), other.as_str()))
    })
}

/// Every text is there in both languages, has its values, is short enough, and is used.
fn words(
    lesson: &Lesson,
    needed: &BTreeSet<String>,
    said: &BTreeMap<String, Vec<(String, Found)>>,
    faults: &mut Vec<Fault>,
) {
    for (lang, book) in &lesson.books {
        let place = |key: &str| format!("{}.ftl: {key}", lang.code());
        faults.extend(needed.difference(book.keys()).map(|key| Fault::at(place(key), "it is missing")));
        faults.extend(book.keys().difference(needed).map(|key| Fault::at(place(key), "nothing shows it")));
        for key in needed {
            let step = key.split('.').next().unwrap_or_default();
            let args = args(*lang, said.get(step).map(Vec::as_slice).unwrap_or_default());
            let args: Vec<(&str, FluentValue<'_>)> =
                args.iter().map(|(name, value)| (name.as_str(), value.as_str().into())).collect();
            let Some((text, errors)) = book.text(key, &args) else { continue };
            faults.extend(errors.into_iter().map(|error| Fault::at(place(key), error)));
            let words = text.split_whitespace().count();
            if words > WORDS {
                faults.push(Fault::at(place(key), format!("{words} words, where {WORDS} are the most")));
            }
        }
    }
}

/// Values as texts name them.
pub(super) fn args(lang: Lang, values: &[(String, Found)]) -> Vec<(String, String)> {
    values.iter().map(|(name, found)| (name.clone(), found.shown(lang))).collect()
}

/// The model at the time of a world.
fn at_time(world: &World, model: Model) -> Model {
    world.then(model.clone(), &Budget::unlimited()).unwrap_or(model)
}

fn commands(lesson: &Lesson, faults: &mut Vec<Fault>) {
    let options = lesson.world.options().unwrap_or_default();
    let model = at_time(&lesson.world, Model::build(&lesson.sources(), &Limits::default(), &options));
    for command in &lesson.commands {
        let known = print::What::ALL.into_iter().any(|(_, name)| name == command.what);
        let what = match printed(&model, command) {
            None if !known => {
                let all: Vec<&str> = print::What::ALL.into_iter().map(|(_, name)| name).collect();
                format!("there is no {:?} to print, only {}", command.what, all.join(", "))
            }
            None => format!("there is no machine {:?}", command.on),
            Some(printed) if printed.trim().is_empty() => format!("{} prints nothing on {}", command.what, command.on),
            Some(_) => continue,
        };
        faults.push(Fault::at(&lesson.slug, what));
    }
}

/// What a command prints; `None` where there is no such machine or command.
pub fn printed(model: &Model, command: &Command) -> Option<String> {
    let netns = query::namespace(model, &command.on)?;
    let (what, _) = print::What::ALL.into_iter().find(|(_, name)| *name == command.what)?;
    Some(print::state(model, netns, what))
}
