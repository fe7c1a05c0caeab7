//! One step of a lesson.

use super::super::Chrome;
use super::parts::{
    Choice, Dot, Shown, Words, candidates, choices, code_of, dots, goal_words, items, moment, pictures, verdict,
};
use super::prose;
use crate::lessons::{Challenge, Kind, Lesson, Sent, Step, Task};
use crate::url;
use crate::words::Say;
use askama::Template;
use kubernetes::budget::Budget;
use sim_core::facts::Facts;
use similar::{ChangeTag, TextDiff};
use std::collections::BTreeSet;

/// What was asked for of a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Number of the choice, from 0, in the order shown.
    pub choice: Option<usize>,
    /// Of an order: the place that each item was given, from 1, as they are offered.
    pub places: Vec<usize>,
    /// How sure somebody was: 1 to 3.
    pub sure: Option<u8>,
    /// It is shown to a class: large, by keys; links keep that.
    pub present: bool,
    /// It is shown in a frame of another page: without what is around it; links keep that.
    pub embed: bool,
}

/// A text that somebody sent for a task, and what came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tried {
    /// The text.
    pub text: String,
    /// Changes of one click that are made in it, by name; none where it was changed by hand.
    pub made: Vec<String>,
    /// The change that was asked for fits nowhere in it.
    pub unfit: bool,
    /// How often it was tried.
    pub tries: usize,
    /// Each goal: whether it is reached, and how its probe ended.
    pub goals: Vec<(bool, String)>,
    /// Every goal is reached.
    pub done: bool,
    /// Lines that differ from the start.
    pub lines: usize,
    /// What is wrong with the text.
    pub mistakes: Vec<String>,
}

/// A step to show.
pub struct Input<'a> {
    /// The one.
    pub lesson: &'a Lesson,
    /// Which step, from 1.
    pub number: usize,
    /// What was sent.
    pub shown: &'a Shown,
    /// What was answered.
    pub answer: &'a Answer,
    /// What was tried.
    pub tried: Option<&'a Tried>,
    /// The step is a variant of the lesson's own, which it stands in place of.
    pub challenge: Option<(&'a str, &'a Challenge)>,
    /// A variant was asked for, and there is none.
    pub no_challenge: bool,
    /// Where a task's text is looked at step by step; `None` where it is too long for a link.
    pub explorer: Option<String>,
    /// The markup that shows the step in another page.
    pub frame: &'a str,
    /// Whether others go first between the parts of the work.
    pub budget: &'a Budget,
}

#[derive(Template)]
#[template(path = "lesson.html")]
struct Page<'a> {
    c: &'a Chrome,
    title: String,
    part: String,
    slug: &'a str,
    number: usize,
    dots: Vec<Dot>,
    kind: &'static str,
    kind_title: String,
    /// What the lesson is about, at its first step.
    about: Option<String>,
    /// The words without anything in them, and as HTML.
    plain: String,
    text: String,
    /// Pictures, each with the words above it.
    pictures: Vec<(String, String)>,
    choices: Vec<Choice>,
    items: Vec<Item>,
    /// What the form says besides.
    hidden: Vec<(&'static str, String)>,
    revealed: bool,
    /// What is said once a step is done.
    after: Option<String>,
    verdict: Option<(bool, String)>,
    task: Option<TaskView<'a>>,
    /// Another variant of the task.
    another: Option<String>,
    seed: Option<&'a str>,
    no_challenge: bool,
    /// Where a text is tried.
    post: String,
    explorer: String,
    compare: Option<String>,
    previous: Option<String>,
    next: String,
    action: String,
    present: bool,
    embed: bool,
    frame: &'a str,
    /// The step outside of a frame.
    whole: String,
    /// The same shown to a class, or not.
    turned: String,
    handout: String,
}

/// Something that is put into its order.
struct Item {
    text: String,
    /// The place that it was given, 0 for none, and the one that it has.
    given: usize,
    place: usize,
    /// Why it stands where it does, where it was put elsewhere.
    why: Option<String>,
}

struct TaskView<'a> {
    file: &'a str,
    text: String,
    rows: usize,
    /// Each by its name, in words, and whether it is made.
    changes: Vec<(String, String, bool)>,
    made: String,
    hints: Vec<String>,
    more_hints: bool,
    tried: Option<&'a Tried>,
    tries: usize,
    /// The name under which the fewest lines of it are kept in the browser.
    golf: String,
    reference: usize,
    /// Each with whether it was reached, and how its probe ended.
    goals: Vec<(String, Option<(bool, String)>)>,
}

/// The page of a step.
///
/// # Errors
/// Only what the template engine reports.
pub fn step(c: &Chrome, input: &Input<'_>) -> Result<String, askama::Error> {
    let &Input { lesson, number, shown, answer, tried, .. } = input;
    let Some(own) = lesson.steps.get(number.saturating_sub(1)) else { return Err(askama::Error::Fmt) };
    let step = input.challenge.map_or(own, |(_, challenge)| &challenge.step);
    let sent = &shown.sent;
    let words = Words::of(c, lesson, step, sent);
    let all = candidates(&words, step, sent);
    let chosen = answer.choice.filter(|choice| *choice < all.len());
    let ordered = items(&words, step);
    let is_ordered = !ordered.is_empty() && answer.places.len() == ordered.len();
    let revealed = chosen.is_some() || is_ordered;
    let is_right = match is_ordered {
        true => ordered.iter().zip(&answer.places).all(|((at, ..), place)| at + 1 == *place),
        false => chosen.and_then(|choice| all.get(choice)).is_some_and(|(.., right)| *right),
    };
    let item = |(nth, (at, name, text)): (usize, &(usize, String, String))| {
        let given = answer.places.get(nth).copied().filter(|_| is_ordered).unwrap_or_default();
        let missed = is_ordered && given != at + 1;
        let why = missed.then(|| words.say(&format!("{}.{name}-why", step.id)));
        Item { text: text.clone(), given, place: at + 1, why }
    };
    let mut ordered: Vec<Item> = ordered.iter().enumerate().map(item).collect();
    if is_ordered {
        ordered.sort_by_key(|item| item.place);
    }
    let choices = choices(&words, step, sent, &all, chosen);
    let done = tried.is_some_and(|tried| tried.done);
    let after = match &step.kind {
        Kind::Observe { .. } => None,
        Kind::Compare { .. } => Some(()),
        Kind::Predict { .. } | Kind::Explain { .. } | Kind::Order { .. } => revealed.then_some(()),
        Kind::Task(_) => done.then_some(()),
    };
    let verdict = revealed.then(|| verdict(c, is_right, answer.sure));
    let pictures = pictures(&words, step, shown, revealed, input.budget)?;
    let last = number >= lesson.steps.len();
    let keep = |href: String| {
        let views = [("present", answer.present), ("embed", answer.embed)];
        views.into_iter().filter(|(_, on)| *on).fold(href, |href, (name, _)| url::replace(&href, name, "1"))
    };
    let here = url::lesson(&lesson.path, number);
    let moment = moment(step, revealed);
    let facts = Facts::of(&sent.model, &sent.journey);
    let at = moment.and_then(|moment| moment.find(&facts));
    let id = url::in_world(&lesson.id, &step.world.pairs());
    let mut seen = BTreeSet::new();
    let page = Page {
        c,
        title: lesson.word(c.lang, "title"),
        part: c.t(&format!("lesson-part-{}", lesson.part.code())),
        slug: &lesson.slug,
        number,
        dots: dots(lesson, number, &keep),
        kind: code_of(&step.kind),
        kind_title: c.t(&format!("lesson-kind-{}", code_of(&step.kind))),
        about: (number == 1).then(|| words.shown("about", &mut seen)),
        plain: input.challenge.map_or_else(|| words.say(&step.id), |_| c.t("challenge-text")),
        text: match input.challenge {
            Some(_) => prose::html(c.lang, &c.t("challenge-text"), &[], &mut seen),
            None => words.shown(&step.id, &mut seen),
        },
        pictures,
        choices,
        items: ordered,
        hidden: hidden(answer, number),
        revealed,
        after: after.map(|()| match input.challenge {
            Some((_, challenge)) => was(c, challenge),
            None => words.shown(&format!("{}.after", step.id), &mut seen),
        }),
        another: match &own.kind {
            Kind::Task(task) if task.code == "fix" => {
                Some(another(lesson, number, input.challenge.map(|(seed, _)| seed)))
            }
            _ => None,
        },
        seed: input.challenge.map(|(seed, _)| seed),
        no_challenge: input.no_challenge,
        post: keep(match input.challenge {
            Some((seed, _)) => url::challenge(&lesson.path, number, seed),
            None => url::replace(&lesson.path, "step", &number.to_string()),
        }),
        verdict,
        task: match &step.kind {
            Kind::Task(task) => Some(task_view(&words, step, task, input)),
            _ => None,
        },
        explorer: match (&step.kind, &input.explorer) {
            (Kind::Task(_), Some(own)) => own.clone(),
            _ => url::replace(&url::trace(&id, "", &step.probe, at), "level", "all"),
        },
        compare: matches!(&step.kind, Kind::Compare { .. }).then(|| compare_href(&id, step)),
        previous: (number > 1).then(|| keep(url::lesson(&lesson.path, number - 1))),
        next: keep(if last { url::lesson_end(&lesson.path) } else { url::lesson(&lesson.path, number + 1) }),
        action: lesson.path.clone(),
        present: answer.present,
        embed: answer.embed,
        frame: input.frame,
        whole: input.challenge.map_or_else(|| here.clone(), |(seed, _)| url::challenge(&lesson.path, number, seed)),
        turned: if answer.present { here.clone() } else { url::replace(&here, "present", "1") },
        handout: url::lesson_handout(&lesson.path),
    };
    page.render()
}

/// What the form of an answer says besides.
fn hidden(answer: &Answer, number: usize) -> Vec<(&'static str, String)> {
    let present = answer.present.then(|| ("present", "1".to_owned()));
    let embed = answer.embed.then(|| ("embed", "1".to_owned()));
    std::iter::once(("step", number.to_string())).chain(present).chain(embed).collect()
}

fn compare_href(id: &str, step: &Step) -> String {
    let Kind::Compare { with, .. } = &step.kind else { return String::new() };
    let option = |(name, value): (&str, &str)| match name {
        "proxy" => format!("--proxy-mode {value}"),
        "docker" => format!("--docker-version {value}"),
        name => format!("--{name} {value}"),
    };
    let with: Vec<String> = with.pairs().into_iter().map(option).collect();
    url::replace(&url::compare(id, &step.probe), "with", &with.join(" "))
}

/// What a challenge made wrong, and how it should be.
fn was(c: &Chrome, challenge: &Challenge) -> String {
    let Kind::Task(task) = &challenge.step.kind else { return String::new() };
    let mended = task.mended.as_deref().unwrap_or_default();
    let diff = TextDiff::from_lines(task.file.1.as_str(), mended);
    let lines = |tag| {
        let all = diff.iter_all_changes().filter(|change| change.tag() == tag).map(|change| change.value().trim());
        all.collect::<Vec<_>>().join(" · ")
    };
    let (wrong, right) = (lines(ChangeTag::Delete), lines(ChangeTag::Insert));
    let key = match (wrong.is_empty(), right.is_empty()) {
        (true, _) => "challenge-after-missing",
        (_, true) => "challenge-after-extra",
        _ => "challenge-after",
    };
    let args = [("line", challenge.line.into()), ("was", right.into()), ("wrong", wrong.into())];
    prose::html(c.lang, &c.ta(key, &args), &[], &mut BTreeSet::new())
}

/// The variant behind one: the next number, or the first.
fn another(lesson: &Lesson, number: usize, seed: Option<&str>) -> String {
    let next = seed.map_or(1, |seed| seed.parse::<u64>().map_or(1, |seed| seed.saturating_add(1)));
    url::challenge(&lesson.path, number, &next.to_string())
}

/// The hints of a challenge: how it ends, why, and where the wrong line is.
fn found_out(c: &Chrome, sent: &Sent, challenge: &Challenge) -> Vec<String> {
    let say = Say { lang: c.lang, model: &sent.model, id: None };
    let outcome = say.outcome(&sent.journey);
    let facts = Facts::of(&sent.model, &sent.journey);
    let visit = outcome.step.and_then(|step| facts.visit(step));
    let place = visit.map(|visit| say.who(visit.namespace.id)).unwrap_or_default();
    let end = [("where", place.into()), ("result", outcome.title.into())];
    vec![
        c.ta("challenge-hint-end", &end),
        c.ta("challenge-hint-why", &[("why", outcome.reason.into())]),
        c.ta("challenge-hint-line", &[("line", challenge.line.into())]),
    ]
}

fn task_view<'a>(words: &Words<'_>, step: &Step, task: &'a Task, input: &Input<'a>) -> TaskView<'a> {
    let (c, tried) = (words.c, input.tried);
    let found = input.challenge.map(|(_, challenge)| found_out(c, &input.shown.sent, challenge)).unwrap_or_default();
    let text = tried.map_or_else(|| task.file.1.clone(), |tried| tried.text.clone());
    let say = |part: &str| words.say(&format!("{}.{part}", step.id));
    let tries = tried.map_or(0, |tried| tried.tries);
    let hints = tries.min(task.hints);
    let came = |at: usize| tried.and_then(|tried| tried.goals.get(at).cloned());
    let goals = task.goal.iter().enumerate().map(|(at, goal)| (goal_words(c, goal), came(at)));
    TaskView {
        file: &task.file.0,
        rows: text.lines().count().clamp(6, 28),
        changes: task
            .changes
            .iter()
            .map(|(name, ..)| (name.clone(), say(name), tried.is_some_and(|tried| tried.made.contains(name))))
            .collect(),
        made: tried.map(|tried| tried.made.join(",")).unwrap_or_default(),
        hints: match input.challenge {
            Some(_) => found.into_iter().take(hints).collect(),
            None => (1..=hints).map(|hint| say(&format!("hint-{hint}"))).collect(),
        },
        golf: match input.challenge {
            Some((seed, _)) => format!("{}/{}?{seed}", input.lesson.slug, step.id),
            None => format!("{}/{}", input.lesson.slug, step.id),
        },
        more_hints: hints < task.hints,
        tries,
        reference: task.solved().map_or(0, |solved| task.lines(&solved)),
        goals: goals.collect(),
        text,
        tried,
    }
}
