//! What the pages of lessons have in common: pictures, words, what there is to choose from.

use super::super::Chrome;
use super::prose;
use crate::lessons::{Found, Goal, Kind, Lesson, Moment, Sent, Spot, Step, Value, hashed};
use crate::locale::FluentValue;
use crate::scene::svg::{self, Focus, View};
use crate::scene::{NoLinks, Scene};
use crate::theme::Theme;
use crate::url;
use crate::words::{Local, Say};
use kubernetes::budget::Budget;
use sim_core::facts::Facts;
use std::collections::BTreeSet;

/// Pictures wider than that show the surroundings of the packet, in pixels of their natural size.
pub(super) const WIDE: u32 = 1_100;

/// Ids in a picture that name it.
pub(super) const NAMES: [&str; 2] = ["scene-title", "scene-desc"];

/// A probe that was sent for a step, and the same in the other world of a comparison.
#[derive(Debug)]
pub struct Shown {
    /// Here.
    pub sent: Sent,
    /// There.
    pub other: Option<Sent>,
}

pub(super) struct Dot {
    pub(super) number: usize,
    pub(super) href: String,
    pub(super) current: bool,
    pub(super) past: bool,
}

pub(super) struct Choice {
    pub(super) number: usize,
    pub(super) text: String,
    /// It is an address, a number or a rule.
    pub(super) code: bool,
    /// What it is called beside that.
    pub(super) label: String,
    pub(super) chosen: bool,
    pub(super) right: bool,
    /// Why not, once it is shown.
    pub(super) why: Option<String>,
}

/// The words of a step, with the values that they name.
pub(super) struct Words<'a> {
    pub(super) c: &'a Chrome,
    pub(super) lesson: &'a Lesson,
    pub(super) args: Vec<(String, String)>,
    /// Values with the parts of the picture that they are of.
    pub(super) spots: Vec<(String, Spot)>,
}

impl<'a> Words<'a> {
    pub(super) fn of(c: &'a Chrome, lesson: &'a Lesson, step: &Step, sent: &Sent) -> Self {
        let found = |value: &Value| value.find(&sent.asked()).map(|found| found.shown(c.lang));
        let args = step.facts.iter().filter_map(|(name, value)| Some((name.clone(), found(value)?))).collect();
        let spot = |value: &Value| Some((found(value)?, value.spot(&sent.asked())?));
        let spots = step.facts.iter().filter_map(|(_, value)| spot(value)).collect();
        Self { c, lesson, args, spots }
    }

    /// A text for the page: values that parts of the picture have point at them, terms have their cards. A term has one in a page, `seen` says
    /// which had theirs.
    pub(super) fn shown(&self, key: &str, seen: &mut BTreeSet<&'static str>) -> String {
        prose::html(self.c.lang, &self.say(key), &self.spots, seen)
    }

    pub(super) fn say(&self, key: &str) -> String {
        let args: Vec<(&str, FluentValue<'_>)> =
            self.args.iter().map(|(name, value)| (name.as_str(), value.as_str().into())).collect();
        let book = self.lesson.books.get(&self.c.lang);
        book.and_then(|book| book.text(key, &args)).map(|(text, _)| text).unwrap_or_default()
    }
}

/// A choice before it is shown: its word, how it reads, whether it is right.
pub(super) type Candidate = (String, String, bool);

/// What there is to choose from, in an order that says nothing.
pub(super) fn candidates(words: &Words<'_>, step: &Step, sent: &Sent) -> Vec<Candidate> {
    let mut all: Vec<Candidate> = match &step.kind {
        Kind::Predict { right, wrong, .. } => {
            let shown = |value: &Value| value.find(&sent.asked()).map(|found: Found| found.shown(words.c.lang));
            let wrong = wrong.iter().filter_map(|(name, value)| Some((name.clone(), shown(value)?, false)));
            shown(right).map(|right| (String::new(), right, true)).into_iter().chain(wrong).collect()
        }
        Kind::Explain { right, wrong, .. } => {
            let text = |name: &String| words.say(&format!("{}.{name}", step.id));
            let wrong = wrong.iter().map(|name| (format!("{name}-why"), text(name), false));
            std::iter::once((String::new(), text(right), true)).chain(wrong).collect()
        }
        _ => Vec::new(),
    };
    // Numbers by size, everything else by a hash that is the same each time and in each language.
    let numbers = all.iter().all(|(_, text, _)| text.parse::<u64>().is_ok());
    match numbers {
        true => all.sort_by_key(|(_, text, _)| text.parse::<u64>().unwrap_or_default()),
        false => all.sort_by_key(|(word, ..)| hashed(&format!("{}/{word}", step.id))),
    }
    all
}

/// The items of an order, as they are offered: each its place in the right order, its name and its text. In an order that says nothing, and that is
/// not the right one.
pub(super) fn items(words: &Words<'_>, step: &Step) -> Vec<(usize, String, String)> {
    let Kind::Order { items, .. } = &step.kind else { return Vec::new() };
    let item = |(at, name): (usize, &String)| (at, name.clone(), words.say(&format!("{}.{name}", step.id)));
    let mut all: Vec<(usize, String, String)> = items.iter().enumerate().map(item).collect();
    all.sort_by_key(|(_, name, _)| hashed(&format!("{}/{name}", step.id)));
    if all.iter().is_sorted_by_key(|(at, ..)| *at) {
        all.rotate_left(1);
    }
    all
}

/// What a choice is called beside its value: as the lesson says, else whose link-layer address it is.
pub(super) fn label(words: &Words<'_>, step: &Step, sent: &Sent, word: &str, text: &str, right: bool) -> String {
    let said = words.say(&format!("{}.{}-label", step.id, if right { "right" } else { word }));
    let is_mac = text.len() == 17 && text.bytes().filter(|byte| *byte == b':').count() == 5;
    if !said.is_empty() || !is_mac {
        return said;
    }
    let network = &sent.model.site.network;
    let owner = network.namespaces().find_map(|netns| {
        let link = netns.links.iter().find(|link| link.mac.to_string() == text)?;
        Some(format!("{} {}", netns.name, link.name))
    });
    owner.unwrap_or_default()
}

/// What there is to choose from, as it is shown: with what is right and why not, once one is chosen.
pub(super) fn choices(
    words: &Words<'_>,
    step: &Step,
    sent: &Sent,
    all: &[Candidate],
    chosen: Option<usize>,
) -> Vec<Choice> {
    let code = matches!(&step.kind, Kind::Predict { .. });
    let why = |at: usize, word: &str, right: bool| {
        (!right && chosen == Some(at)).then(|| words.say(&format!("{}.{word}", step.id)))
    };
    let one = |(at, (word, text, right)): (usize, &Candidate)| Choice {
        number: at,
        text: text.clone(),
        code: code && !text.contains(' ') || text.starts_with('-'),
        label: label(words, step, sent, word, text, *right),
        chosen: chosen == Some(at),
        right: *right,
        why: why(at, word, *right),
    };
    all.iter().enumerate().map(one).collect()
}

/// Whether an answer is right, and what is said of it.
pub(super) fn verdict(c: &Chrome, right: bool, sure: Option<u8>) -> (bool, String) {
    let key = if right { "lesson-right" } else { "lesson-wrong" };
    let sure = sure.map(|sure| c.t(&format!("{key}-sure-{}", sure.clamp(1, 3))));
    (right, sure.unwrap_or_else(|| c.t(key)))
}

pub(super) fn dots(lesson: &Lesson, number: usize, keep: &impl Fn(String) -> String) -> Vec<Dot> {
    let dot = |at: usize| {
        let href = keep(url::lesson(&lesson.path, at));
        Dot { number: at, href, current: at == number, past: at < number }
    };
    (1..=lesson.steps.len()).map(dot).collect()
}

pub(super) fn code_of(kind: &Kind) -> &'static str {
    match kind {
        Kind::Observe { .. } => "observe",
        Kind::Predict { .. } => "predict",
        Kind::Explain { .. } | Kind::Order { .. } => "explain",
        Kind::Compare { .. } => "compare",
        Kind::Task(task) => task.code,
    }
}

/// What the picture shows; without one, how it ends.
pub(super) fn moment(step: &Step, revealed: bool) -> Option<&Moment> {
    match &step.kind {
        Kind::Predict { until, .. } if !revealed => Some(until),
        Kind::Observe { at }
        | Kind::Predict { at, .. }
        | Kind::Explain { at, .. }
        | Kind::Order { at, .. }
        | Kind::Compare { at, .. } => Some(at),
        Kind::Task(_) => None,
    }
}

/// The picture of a trace at the moment that a step shows.
pub(super) fn picture(
    c: &Chrome,
    step: &Step,
    sent: &Sent,
    revealed: bool,
    budget: &Budget,
) -> Result<String, askama::Error> {
    budget.rest();
    let mut scene = Scene::build(&sent.model, Some(&sent.journey));
    // What is asked for is not pointed at before it is told.
    let told = step.facts.iter().map(|(_, value)| value).chain(&step.points);
    scene.point_at(told.filter_map(|value| value.spot(&sent.asked())).map(|spot| (spot.netns, spot.link)).collect());
    let facts = Facts::of(&sent.model, &sent.journey);
    let say = Say { lang: c.lang, model: &sent.model, id: None };
    let at = moment(step, revealed).and_then(|moment| moment.find(&facts));
    let at = scene.steps.clamp(at.unwrap_or_else(|| say.opening(&sent.journey)));
    let shown = (!scene.steps.is_empty()).then_some(at);
    let all = View { step: shown, focus: Focus::All, theme: Theme::Auto, words: &Local(c.lang), links: &NoLinks };
    let wide = svg::size(&scene, &all).0 > WIDE;
    let view = View { focus: if wide { Focus::Step } else { Focus::All }, ..all };
    let mut out = String::new();
    svg::write(&mut out, &scene, &view).map_err(|_| askama::Error::Fmt)?;
    Ok(out)
}

/// The same of both worlds of a comparison, each with the words above it.
pub(super) fn pictures(
    c: &Chrome,
    step: &Step,
    shown: &Shown,
    revealed: bool,
    budget: &Budget,
) -> Result<Vec<(String, String)>, askama::Error> {
    let one = |sent: &Sent| picture(c, step, sent, revealed, budget);
    let Kind::Compare { with, differs, .. } = &step.kind else { return Ok(vec![(String::new(), one(&shown.sent)?)]) };
    let value = |sent: &Sent| differs.find(&sent.asked()).map(|found| found.shown(c.lang)).unwrap_or_default();
    let named: Vec<&str> = with.pairs().into_iter().map(|(_, value)| value).collect();
    let here = c.ta("lesson-here", &[("value", value(&shown.sent).into())]);
    let mut all = vec![(here, one(&shown.sent)?)];
    if let Some(other) = &shown.other {
        let args = [("world", named.join(", ").into()), ("value", value(other).into())];
        // Two pictures in one page, each with its own names.
        let other = NAMES.iter().fold(one(other)?, |svg, name| svg.replace(name, &format!("other-{name}")));
        all.push((c.ta("lesson-there", &args), other));
    }
    Ok(all)
}

/// What must come out, in words; as it is written where there are none for it.
pub(super) fn goal_words(c: &Chrome, goal: &Goal) -> String {
    let said = |((left, right), written): (&(Value, Value), &String)| match (left, right) {
        (Value::Result, Value::ResultIs(code)) => c.t(&format!("result-{code}")),
        (Value::Sees, Value::Address(namespace, _)) => c.ta("lesson-goal-sees", &[("who", namespace.as_str().into())]),
        (Value::Server, Value::Name(name)) => c.ta("lesson-goal-server", &[("who", name.as_str().into())]),
        (Value::Ways, Value::Number(ways)) => c.ta("lesson-goal-ways", &[("ways", (*ways).into())]),
        _ => written.clone(),
    };
    let said: Vec<String> = goal.holds.iter().zip(&goal.written).map(said).collect();
    let from = goal.probe.from.as_str();
    let to = match &goal.probe.connect {
        Some(by) => c.ta("lesson-goal-by", &[("to", goal.probe.to.as_str().into()), ("by", by.as_str().into())]),
        None => goal.probe.to.clone(),
    };
    c.ta("lesson-goal", &[("from", from.into()), ("to", to.into()), ("what", said.join(", ").into())])
}
