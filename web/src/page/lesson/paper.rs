//! A lesson on paper, and what stands behind its last step.

use super::super::Chrome;
use super::parts::{Dot, NAMES, Shown, Words, candidates, code_of, dots, goal_words, items, pictures};
use super::prose;
use crate::lessons::{Command, Course, Kind, Lesson};
use crate::url;
use askama::Template;
use kubernetes::budget::Budget;
use sim_core::model::Model;
use std::collections::BTreeSet;

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
        let mut offered = items(&words, step);
        let ordered: Vec<String> = offered.iter().map(|(_, _, text)| text.clone()).collect();
        offered.sort_by_key(|(at, ..)| *at);
        let in_order: Vec<String> = offered.into_iter().map(|(_, _, text)| text).collect();
        // Each picture has names of its own.
        let named = |(title, svg): (String, String), which: usize| {
            let svg = NAMES.iter().fold(svg, |svg, name| svg.replace(name, &format!("step-{at}-{which}-{name}")));
            (title, svg)
        };
        let pictures = pictures(&words, step, shown, false, budget)?;
        sheets.push(Sheet {
            number: at + 1,
            kind_title: c.t(&format!("lesson-kind-{}", code_of(&step.kind))),
            text: words.say(&step.id),
            pictures: pictures.into_iter().enumerate().map(|(which, picture)| named(picture, which)).collect(),
            right: match (&step.kind, ordered.is_empty()) {
                (Kind::Task(task), _) => {
                    let names = task.solution.iter().map(|name| words.say(&format!("{}.{name}", step.id)));
                    Some(names.collect::<Vec<_>>().join(" + ")).filter(|names| !names.is_empty())
                }
                (_, true) => candidates.iter().find(|(.., right)| *right).map(|(_, text, _)| text.clone()),
                (_, false) => Some(in_order.join(" → ")),
            },
            choices: candidates.into_iter().map(|(_, text, _)| text).chain(ordered).collect(),
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
    let id = lesson.id.clone();
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
        dots: dots(lesson, lesson.steps.len() + 1, &|href| href),
        recap: prose::html(c.lang, &lesson.word(c.lang, "recap"), &[], &mut BTreeSet::new()),
        commands: lesson.commands.iter().map(command).collect(),
        explorer: url::trace(&id, "", &probe, None),
        lab: url::lab(&id, &probe),
        next: course.next(&lesson.slug).map(|next| (next.word(c.lang, "title"), url::lesson(&next.path, 1))),
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
