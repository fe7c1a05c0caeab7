//! `/lessons`: the course as a map; `/lessons/{slug}`: one step of one lesson. Everything that a lesson shows is computed for the page.

use super::Chrome;
use crate::lessons::{Command, Course, Found, Goal, Kind, Lesson, Moment, Part, Sent, Step, Task, Value};
use crate::locale::FluentValue;
use crate::scene::svg::{self, Focus, View};
use crate::scene::{NoLinks, Scene};
use crate::theme::Theme;
use crate::url;
use crate::words::{Local, Say};
use askama::Template;
use kubernetes::budget::Budget;
use sim_core::facts::Facts;
use sim_core::model::Model;
use std::sync::Arc;

/// Pictures wider than that show the surroundings of the packet, in pixels of their natural size.
const WIDE: u32 = 1_100;

/// Ids in a picture that name it.
const NAMES: [&str; 2] = ["scene-title", "scene-desc"];

#[derive(Template)]
#[template(path = "lessons.html")]
struct Map<'a> {
    c: &'a Chrome,
    parts: Vec<PartView>,
    chosen: bool,
}

struct PartView {
    title: String,
    lessons: Vec<Card>,
}

struct Card {
    slug: String,
    href: String,
    title: String,
    about: String,
    steps: usize,
    /// Titles of what it builds on, with their addresses.
    after: Vec<(String, String)>,
}

/// The page of all lessons, or of those that a link lists, in its order.
///
/// # Errors
/// Only what the template engine reports.
pub fn map(c: &Chrome, course: &Course, chosen: Option<&[&str]>) -> Result<String, askama::Error> {
    let listed: Vec<&Arc<Lesson>> = match chosen {
        Some(slugs) => slugs.iter().filter_map(|slug| course.find(slug)).collect(),
        None => course.lessons().iter().collect(),
    };
    let card = |lesson: &Lesson| Card {
        slug: lesson.slug.clone(),
        href: url::lesson(&lesson.slug, 1),
        title: lesson.word(c.lang, "title"),
        about: lesson.word(c.lang, "about"),
        steps: lesson.steps.len(),
        after: lesson
            .after
            .iter()
            .filter_map(|slug| course.find(slug))
            .map(|other| (other.word(c.lang, "title"), url::lesson(&other.slug, 1)))
            .collect(),
    };
    let parts = match chosen {
        Some(_) => {
            vec![PartView { title: c.t("lessons-chosen"), lessons: listed.iter().map(|one| card(one)).collect() }]
        }
        None => {
            let part = |part: Part| PartView {
                title: c.t(&format!("lesson-part-{}", part.code())),
                lessons: listed.iter().filter(|lesson| lesson.part == part).map(|one| card(one)).collect(),
            };
            Part::ALL.into_iter().map(part).filter(|part| !part.lessons.is_empty()).collect()
        }
    };
    Map { c, parts, chosen: chosen.is_some() }.render()
}

/// What was asked for of a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Number of the choice, from 0, in the order shown.
    pub choice: Option<usize>,
    /// How sure somebody was: 1 to 3.
    pub sure: Option<u8>,
    /// It is shown to a class: large, by keys; links keep that.
    pub present: bool,
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

/// A probe that was sent for a step, and the same in the other world of a comparison.
#[derive(Debug)]
pub struct Shown {
    /// Here.
    pub sent: Sent,
    /// There.
    pub other: Option<Sent>,
}

/// A step to show.
pub struct Input<'a> {
    /// All lessons.
    pub course: &'a Course,
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
    text: String,
    /// Pictures, each with the words above it.
    pictures: Vec<(String, String)>,
    choices: Vec<Choice>,
    revealed: bool,
    /// What is said once a step is done.
    after: Option<String>,
    verdict: Option<(bool, String)>,
    task: Option<TaskView<'a>>,
    explorer: String,
    compare: Option<String>,
    previous: Option<String>,
    next: String,
    action: String,
    present: bool,
    /// The same shown to a class, or not.
    turned: String,
    handout: String,
}

struct Dot {
    number: usize,
    href: String,
    current: bool,
    past: bool,
}

struct Choice {
    number: usize,
    text: String,
    /// It is an address, a number or a rule.
    code: bool,
    /// What it is called beside that.
    label: String,
    chosen: bool,
    right: bool,
    /// Why not, once it is shown.
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
    reference: usize,
    /// Each with whether it was reached, and how its probe ended.
    goals: Vec<(String, Option<(bool, String)>)>,
}

/// The words of a step, with the values that they name.
struct Words<'a> {
    c: &'a Chrome,
    lesson: &'a Lesson,
    args: Vec<(String, String)>,
}

impl<'a> Words<'a> {
    fn of(c: &'a Chrome, lesson: &'a Lesson, step: &Step, sent: &Sent) -> Self {
        let found = |value: &Value| value.find(&sent.asked()).map(|found| found.shown(c.lang));
        let args = step.facts.iter().filter_map(|(name, value)| Some((name.clone(), found(value)?))).collect();
        Self { c, lesson, args }
    }

    fn say(&self, key: &str) -> String {
        let args: Vec<(&str, FluentValue<'_>)> =
            self.args.iter().map(|(name, value)| (name.as_str(), value.as_str().into())).collect();
        let book = self.lesson.books.get(&self.c.lang);
        book.and_then(|book| book.text(key, &args)).map(|(text, _)| text).unwrap_or_default()
    }
}

/// A choice before it is shown: its word, how it reads, whether it is right.
type Candidate = (String, String, bool);

/// What there is to choose from, in an order that says nothing.
fn candidates(words: &Words<'_>, step: &Step, sent: &Sent) -> Vec<Candidate> {
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

/// What a choice is called beside its value: as the lesson says, else whose link-layer address it is.
fn label(words: &Words<'_>, step: &Step, sent: &Sent, word: &str, text: &str, right: bool) -> String {
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

/// FNV-1a, 64 bits.
fn hashed(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The page of a step.
///
/// # Errors
/// Only what the template engine reports.
pub fn step(c: &Chrome, input: &Input<'_>) -> Result<String, askama::Error> {
    let Input { lesson, number, shown, answer, tried, .. } = *input;
    let Some(step) = lesson.steps.get(number.saturating_sub(1)) else { return Err(askama::Error::Fmt) };
    let sent = &shown.sent;
    let words = Words::of(c, lesson, step, sent);
    let all = candidates(&words, step, sent);
    let chosen = answer.choice.filter(|choice| *choice < all.len());
    let revealed = chosen.is_some();
    let is_right = chosen.and_then(|choice| all.get(choice)).is_some_and(|(.., right)| *right);
    let code = matches!(&step.kind, Kind::Predict { .. });
    let choices = all.iter().enumerate().map(|(at, (word, text, right))| Choice {
        number: at,
        text: text.clone(),
        code: code && !text.contains(' ') || text.starts_with('-'),
        label: label(&words, step, sent, word, text, *right),
        chosen: chosen == Some(at),
        right: *right,
        why: (revealed && !right && chosen == Some(at)).then(|| words.say(&format!("{}.{word}", step.id))),
    });
    let done = tried.is_some_and(|tried| tried.done);
    let after = match &step.kind {
        Kind::Observe { .. } => None,
        Kind::Compare { .. } => Some(()),
        Kind::Predict { .. } | Kind::Explain { .. } => revealed.then_some(()),
        Kind::Task(_) => done.then_some(()),
    };
    let verdict = revealed.then(|| {
        let key = if is_right { "lesson-right" } else { "lesson-wrong" };
        let sure = answer.sure.map(|sure| c.t(&format!("{key}-sure-{}", sure.clamp(1, 3))));
        (is_right, sure.unwrap_or_else(|| c.t(key)))
    });
    let pictures = pictures(c, step, shown, revealed, input.budget)?;
    let last = number >= lesson.steps.len();
    let keep = |href: String| if answer.present { url::replace(&href, "present", "1") } else { href };
    let here = url::lesson(&lesson.slug, number);
    let moment = moment(step, revealed);
    let facts = Facts::of(&sent.model, &sent.journey);
    let at = moment.and_then(|moment| moment.find(&facts));
    let id = url::in_world(&lesson.scenario(), &step.world.pairs());
    let page = Page {
        c,
        title: lesson.word(c.lang, "title"),
        part: c.t(&format!("lesson-part-{}", lesson.part.code())),
        slug: &lesson.slug,
        number,
        dots: dots(lesson, number),
        kind: code_of(&step.kind),
        kind_title: c.t(&format!("lesson-kind-{}", code_of(&step.kind))),
        about: (number == 1).then(|| lesson.word(c.lang, "about")),
        text: words.say(&step.id),
        pictures,
        choices: choices.collect(),
        revealed,
        after: after.map(|()| words.say(&format!("{}.after", step.id))),
        verdict,
        task: match &step.kind {
            Kind::Task(task) => Some(task_view(c, &words, step, task, tried)),
            _ => None,
        },
        explorer: url::replace(&url::trace(&id, "", &step.probe, at), "level", "all"),
        compare: matches!(&step.kind, Kind::Compare { .. }).then(|| compare_href(&id, step)),
        previous: (number > 1).then(|| keep(url::lesson(&lesson.slug, number - 1))),
        next: keep(if last { url::lesson_end(&lesson.slug) } else { url::lesson(&lesson.slug, number + 1) }),
        action: url::lesson_path(&lesson.slug),
        present: answer.present,
        turned: if answer.present { here.clone() } else { url::replace(&here, "present", "1") },
        handout: url::lesson_handout(&lesson.slug),
    };
    page.render()
}

fn compare_href(id: &str, step: &Step) -> String {
    let Kind::Compare { with, .. } = &step.kind else { return String::new() };
    let cni = with.cni.iter().map(|name| format!("--cni {name}"));
    let proxy = with.proxy.iter().map(|name| format!("--proxy-mode {name}"));
    let with: Vec<String> = cni.chain(proxy).collect();
    url::replace(&url::compare(id, &step.probe), "with", &with.join(" "))
}

fn dots(lesson: &Lesson, number: usize) -> Vec<Dot> {
    let dot =
        |at: usize| Dot { number: at, href: url::lesson(&lesson.slug, at), current: at == number, past: at < number };
    (1..=lesson.steps.len()).map(dot).collect()
}

fn code_of(kind: &Kind) -> &'static str {
    match kind {
        Kind::Observe { .. } => "observe",
        Kind::Predict { .. } => "predict",
        Kind::Explain { .. } => "explain",
        Kind::Compare { .. } => "compare",
        Kind::Task(task) => task.code,
    }
}

/// What the picture shows; without one, how it ends.
fn moment(step: &Step, revealed: bool) -> Option<&Moment> {
    match &step.kind {
        Kind::Predict { until, .. } if !revealed => Some(until),
        Kind::Observe { at } | Kind::Predict { at, .. } | Kind::Explain { at, .. } | Kind::Compare { at, .. } => {
            Some(at)
        }
        Kind::Task(_) => None,
    }
}

fn pictures(
    c: &Chrome,
    step: &Step,
    shown: &Shown,
    revealed: bool,
    budget: &Budget,
) -> Result<Vec<(String, String)>, askama::Error> {
    let one = |sent: &Sent| {
        budget.rest();
        let scene = Scene::build(&sent.model, Some(&sent.journey));
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
        Ok::<_, askama::Error>(out)
    };
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

fn task_view<'a>(c: &Chrome, words: &Words<'_>, step: &Step, task: &'a Task, tried: Option<&'a Tried>) -> TaskView<'a> {
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
        hints: (1..=hints).map(|hint| say(&format!("hint-{hint}"))).collect(),
        more_hints: hints < task.hints,
        tries,
        reference: task.solved().map_or(0, |solved| task.lines(&solved)),
        goals: goals.collect(),
        text,
        tried,
    }
}

/// What must come out, in words; as it is written where there are none for it.
fn goal_words(c: &Chrome, goal: &Goal) -> String {
    let said = |((left, right), written): (&(Value, Value), &String)| match (left, right) {
        (Value::Result, Value::ResultIs(code)) => c.t(&format!("result-{code}")),
        (Value::Sees, Value::Address(namespace, _)) => c.ta("lesson-goal-sees", &[("who", namespace.as_str().into())]),
        (Value::Server, Value::Name(name)) => c.ta("lesson-goal-server", &[("who", name.as_str().into())]),
        (Value::Ways, Value::Number(ways)) => c.ta("lesson-goal-ways", &[("ways", (*ways).into())]),
        _ => written.clone(),
    };
    let said: Vec<String> = goal.holds.iter().zip(&goal.written).map(said).collect();
    let (from, to) = (goal.probe.from.as_str(), goal.probe.to.as_str());
    c.ta("lesson-goal", &[("from", from.into()), ("to", to.into()), ("what", said.join(", ").into())])
}

#[derive(Template)]
#[template(path = "lesson_handout.html")]
struct Handout<'a> {
    c: &'a Chrome,
    title: String,
    part: String,
    about: String,
    recap: String,
    sheets: Vec<Sheet>,
}

/// A step on paper.
struct Sheet {
    number: usize,
    kind_title: String,
    text: String,
    pictures: Vec<(String, String)>,
    choices: Vec<String>,
    goals: Vec<String>,
    file: Option<(String, String)>,
    /// What is right, on the page of answers, and why.
    right: Option<String>,
    after: String,
}

/// A lesson on paper: every step with its picture and its question, the answers on a page of their own.
///
/// # Errors
/// Only what the template engine reports.
pub fn handout(c: &Chrome, lesson: &Lesson, all: &[Shown], budget: &Budget) -> Result<String, askama::Error> {
    let mut sheets = Vec::new();
    for (at, (step, shown)) in lesson.steps.iter().zip(all).enumerate() {
        let words = Words::of(c, lesson, step, &shown.sent);
        let candidates = candidates(&words, step, &shown.sent);
        // Each picture has names of its own.
        let named = |(title, svg): (String, String), which: usize| {
            let svg = NAMES.iter().fold(svg, |svg, name| svg.replace(name, &format!("step-{at}-{which}-{name}")));
            (title, svg)
        };
        let pictures = pictures(c, step, shown, false, budget)?;
        sheets.push(Sheet {
            number: at + 1,
            kind_title: c.t(&format!("lesson-kind-{}", code_of(&step.kind))),
            text: words.say(&step.id),
            pictures: pictures.into_iter().enumerate().map(|(which, picture)| named(picture, which)).collect(),
            right: candidates.iter().find(|(.., right)| *right).map(|(_, text, _)| text.clone()),
            choices: candidates.into_iter().map(|(_, text, _)| text).collect(),
            goals: match &step.kind {
                Kind::Task(task) => task.goal.iter().map(|goal| goal_words(c, goal)).collect(),
                _ => Vec::new(),
            },
            file: match &step.kind {
                Kind::Task(task) => Some(task.file.clone()),
                _ => None,
            },
            after: words.say(&format!("{}.after", step.id)),
        });
    }
    let page = Handout {
        c,
        title: lesson.word(c.lang, "title"),
        part: c.t(&format!("lesson-part-{}", lesson.part.code())),
        about: lesson.word(c.lang, "about"),
        recap: lesson.word(c.lang, "recap"),
        sheets,
    };
    page.render()
}

#[derive(Template)]
#[template(path = "lesson_end.html")]
struct End<'a> {
    c: &'a Chrome,
    title: String,
    part: String,
    slug: &'a str,
    dots: Vec<Dot>,
    recap: String,
    commands: Vec<(String, String, String)>,
    explorer: String,
    lab: String,
    next: Option<(String, String)>,
}

/// Lines of a command's output at most.
const LINES: usize = 400;

/// The page behind the last step: what was learned, what to type, and what to do next.
///
/// # Errors
/// Only what the template engine reports.
pub fn end(c: &Chrome, course: &Course, lesson: &Lesson, model: &Model) -> Result<String, askama::Error> {
    let id = lesson.scenario();
    let probe = lesson.steps.first().map(|step| step.probe.clone()).unwrap_or_default();
    let command = |command: &Command| {
        let printed = crate::lessons::printed(model, command).unwrap_or_default();
        let mut lines: Vec<&str> = printed.lines().take(LINES + 1).collect();
        if lines.len() > LINES {
            lines.truncate(LINES);
            lines.push("…");
        }
        (command.on.clone(), typed(&command.what).to_owned(), lines.join("\n"))
    };
    let page = End {
        c,
        title: lesson.word(c.lang, "title"),
        part: c.t(&format!("lesson-part-{}", lesson.part.code())),
        slug: &lesson.slug,
        dots: dots(lesson, lesson.steps.len() + 1),
        recap: lesson.word(c.lang, "recap"),
        commands: lesson.commands.iter().map(command).collect(),
        explorer: url::trace(&id, "", &probe, None),
        lab: url::lab(&id, &probe),
        next: course.next(&lesson.slug).map(|next| (next.word(c.lang, "title"), url::lesson(&next.slug, 1))),
    };
    page.render()
}

/// What one types for that output.
fn typed(what: &str) -> &str {
    match what {
        "addr" => "ip addr",
        "link" => "ip -d link",
        "route" => "ip route show table all",
        "rule" => "ip rule",
        "neigh" => "ip neigh",
        "fdb" => "bridge fdb",
        "sysctl" => "sysctl -a",
        "iptables" => "iptables-save",
        "nft" => "nft list ruleset",
        "listen" => "ss -lntu",
        "ipset" => "ipset save",
        other => other,
    }
}
