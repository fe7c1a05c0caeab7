//! What the pages of lessons have in common: pictures, words, what there is to choose from.

use super::super::Chrome;
use super::prose;
use crate::lessons::{Found, Goal, Kind, Lesson, Moment, Seen, Sent, Spot, Step, Value, hashed, named, of_result};
use crate::locale::{self, FluentValue, Lang};
use crate::scene::svg::{self, Focus, View};
use crate::scene::{NoLinks, Scene};
use crate::theme::Theme;
use crate::url;
use crate::words::{Local, Say};
use kernel::packet::Field;
use kubernetes::budget::Budget;
use sim_core::facts::Facts;
use std::collections::BTreeSet;

/// Pictures wider than that show the surroundings of the packet, in pixels of their natural size.
pub(super) const WIDE: u32 = 1_100;

/// Least size of a picture, in percent of its natural one: smaller letters cannot be read.
const LEAST: u32 = 80;

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
    /// What stands at the right one, once it is shown.
    pub(super) mark: String,
    /// Why not, once it is shown.
    pub(super) why: Option<String>,
}

/// The words of a step, with the values that they name.
pub(super) struct Words<'a> {
    pub(super) c: &'a Chrome,
    pub(super) lesson: &'a Lesson,
    pub(super) args: Vec<(String, String)>,
    /// Values with the parts of the picture that they are of, and names of machines, which stand on one line.
    pub(super) spots: Vec<(String, Option<Spot>)>,
}

impl<'a> Words<'a> {
    pub(super) fn of(c: &'a Chrome, lesson: &'a Lesson, step: &Step, sent: &Sent) -> Self {
        let found = |value: &Value| value.find(&sent.asked()).map(|found| found.shown(c.lang));
        let args = step.facts.iter().filter_map(|(name, value)| Some((name.clone(), found(value)?))).collect();
        let spot = |value: &Value| Some((found(value)?, Some(value.spot(&sent.asked())?)));
        let cluster = &sent.model.cluster;
        let machines = cluster.nodes.iter().map(|node| &*node.name);
        let names = machines.chain(cluster.pods.iter().map(|pod| &*pod.name.name)).filter(|name| name.contains('-'));
        let names = names.map(|name| (name.to_owned(), None));
        let spots = step.facts.iter().filter_map(|(_, value)| spot(value)).chain(names).collect();
        Self { c, lesson, args, spots }
    }

    /// Whether a text names a fact.
    fn names(&self, key: &str, fact: &str) -> bool {
        const HERE: &str = "\u{2}";
        let value = |name: &'_ str, value: &'_ str| if name == fact { HERE.to_owned() } else { value.to_owned() };
        let args: Vec<(&str, FluentValue<'_>)> =
            self.args.iter().map(|(name, own)| (name.as_str(), value(name, own).into())).collect();
        let book = self.lesson.books.get(&self.c.lang);
        book.and_then(|book| book.text(key, &args)).is_some_and(|(text, _)| text.contains(HERE))
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
        Some(format!("{} {}", named(words.c.lang, &netns.name), link.name))
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
    // A reason is right or wrong; anything else is what happens, or not.
    let mark = words.c.t(if code { "lesson-mark-right" } else { "lesson-mark-reason" });
    let one = |(at, (word, text, right)): (usize, &Candidate)| {
        let label = label(words, step, sent, word, text, *right);
        // `Pod web` needs no `Pod web` beside it.
        let said = text.contains(' ') && label.rsplit(' ').next() == text.rsplit(' ').next();
        let (text, label) = if said { (label, String::new()) } else { (text.clone(), label) };
        Choice {
            number: at,
            code: code && !text.contains(' ') || text.starts_with('-'),
            text,
            label,
            chosen: chosen == Some(at),
            right: *right,
            mark: mark.clone(),
            why: why(at, word, *right),
        }
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

/// The parts of the picture that the words are about. What is asked for is not pointed at before it is told.
fn pointed(words: &Words<'_>, step: &Step, sent: &Sent, revealed: bool) -> Vec<Spot> {
    let asked = sent.asked();
    let hides = !revealed && !matches!(&step.kind, Kind::Observe { .. } | Kind::Compare { .. });
    let named = step.facts.iter().filter(|(name, _)| !hides || words.names(&step.id, name)).map(|(_, value)| value);
    let answer = match &step.kind {
        Kind::Predict { right, .. } if hides => right.spot(&asked),
        _ => None,
    };
    let spots = |value: &Value| value.spot(&asked);
    let points = step.points.iter().filter_map(spots).filter(|spot| answer.as_ref() != Some(spot));
    named.filter_map(spots).chain(points).collect()
}

/// The picture of a trace at the moment that a step shows.
pub(super) fn picture(
    words: &Words<'_>,
    step: &Step,
    sent: &Sent,
    revealed: bool,
    budget: &Budget,
) -> Result<String, askama::Error> {
    budget.rest();
    let c = words.c;
    let mut scene = Scene::build(&sent.model, Some(&sent.journey));
    let pointed = pointed(words, step, sent, revealed);
    scene.point_at(pointed.into_iter().map(|spot| (spot.netns, spot.link)).collect());
    let facts = Facts::of(&sent.model, &sent.journey);
    let say = Say { lang: c.lang, model: &sent.model, id: None };
    // What a change opened is shown where it arrives; what does not pass opens where it ends.
    let arrives = matches!(&step.kind, Kind::Task(_)) && sent.journey.works();
    let moment = moment(step, revealed).or(arrives.then_some(&Moment::Arrival));
    let at = moment.and_then(|moment| moment.find(&facts));
    let at = scene.steps.clamp(at.unwrap_or_else(|| say.opening(&sent.journey)));
    let shown = (!scene.steps.is_empty()).then_some(at);
    let all = View { step: shown, focus: Focus::All, theme: Theme::Auto, words: &Local(c.lang), links: &NoLinks };
    let wide = svg::size(&scene, &all).0 > WIDE;
    let view = View { focus: if wide { Focus::Step } else { Focus::All }, ..all };
    // An empty picture behind it keeps the room that its letters need: the page's style knows no sizes of pictures.
    let (w, h) = svg::natural(&scene, &view);
    let least = |natural: u32| natural * LEAST / 100;
    let mut out =
        format!("<svg class=\"least\" width=\"{}\" height=\"{}\" aria-hidden=\"true\"></svg>", least(w), least(h));
    svg::write(&mut out, &scene, &view).map_err(|_| askama::Error::Fmt)?;
    Ok(out)
}

/// The same of both worlds of a comparison, each with the words above it.
pub(super) fn pictures(
    words: &Words<'_>,
    step: &Step,
    shown: &Shown,
    revealed: bool,
    budget: &Budget,
) -> Result<Vec<(String, String)>, askama::Error> {
    let c = words.c;
    let one = |sent: &Sent| picture(words, step, sent, revealed, budget);
    let Kind::Compare { with, differs, .. } = &step.kind else { return Ok(vec![(String::new(), one(&shown.sent)?)]) };
    let value =
        |sent: &Sent| differs.find(&sent.asked()).map(|found| value_words(c.lang, differs, &found)).unwrap_or_default();
    let world = |(name, value): (&str, &str)| c.ta(&format!("lesson-world-{name}"), &[("name", value.into())]);
    let named: Vec<String> = with.pairs().into_iter().map(world).collect();
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

/// A value with what it is of: `TTL 64`, `it can go 2 ways`. What says that itself, as results do, stands alone.
pub fn value_words(lang: Lang, value: &Value, found: &Found) -> String {
    let shown = found.shown(lang);
    let key = match value {
        Value::Ways => "lesson-goal-ways",
        Value::Server => "lesson-goal-server",
        Value::Sees => "lesson-value-sees",
        Value::Questions => "lesson-value-questions",
        Value::Status => "lesson-value-status",
        Value::Mtu(..) => "lesson-value-mtu",
        Value::Step(Seen::Ttl, ..) => "lesson-value-ttl",
        Value::Step(Seen::Device, ..) => "lesson-value-device",
        _ => return shown,
    };
    let number = || shown.parse::<i64>().unwrap_or_default().into();
    match value {
        Value::Ways => locale::ta(lang, key, &[("ways", number())]),
        Value::Questions => locale::ta(lang, key, &[("count", number())]),
        _ => locale::ta(lang, key, &[("who", shown.as_str().into())]),
    }
}

/// What must come out, in words; as it is written where there are none for it.
pub(super) fn goal_words(c: &Chrome, goal: &Goal) -> String {
    let who = |code: &str| [("who", named(c.lang, code).into())];
    let said = |((left, right), written): (&(Value, Value), &String)| match (left, right) {
        (Value::Result, Value::ResultIs(code)) => of_result(code).shown(c.lang),
        (Value::Sees, Value::Address(namespace, _)) => c.ta("lesson-goal-sees", &who(namespace)),
        (Value::Sees, Value::Name(address)) => c.ta("lesson-value-sees", &who(address)),
        (Value::Server, Value::Name(name)) => c.ta("lesson-goal-server", &who(name)),
        (Value::Ways, Value::Number(ways)) => c.ta("lesson-goal-ways", &[("ways", (*ways).into())]),
        (Value::Questions, Value::Number(count)) => c.ta("lesson-value-questions", &[("count", (*count).into())]),
        (Value::Step(Seen::Machine, _, Moment::First(event)), Value::Name(name)) if event.code == "list" => {
            c.ta("lesson-goal-list", &who(name))
        }
        (Value::Step(Seen::Header(Field::Source), _, Moment::End(None)), Value::ClusterIp(service)) => {
            c.ta("lesson-goal-answer", &who(service))
        }
        _ => written.clone(),
    };
    let said: Vec<String> = goal.holds.iter().zip(&goal.written).map(said).collect();
    let from = named(c.lang, &goal.probe.from);
    let to = named(c.lang, &goal.probe.to);
    let to = match &goal.probe.connect {
        Some(by) => c.ta("lesson-goal-by", &[("to", to.into()), ("by", by.as_str().into())]),
        None => to,
    };
    c.ta("lesson-goal", &[("from", from.into()), ("to", to.into()), ("what", said.join(", ").into())])
}
