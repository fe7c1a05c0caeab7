//! `/lessons`: the course as a map.

use super::super::Chrome;
use crate::lessons::{Course, Lesson, Part};
use crate::url;
use askama::Template;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "lessons.html")]
struct Map<'a> {
    c: &'a Chrome,
    parts: Vec<PartView>,
    chosen: bool,
    /// Tasks with variants: each its lesson's title and its address.
    challenges: Vec<(String, String)>,
    seed: &'a str,
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

/// The page of all lessons, or of those that a link lists, in its order; `seed` is that of their challenges.
///
/// # Errors
/// Only what the template engine reports.
pub fn map(c: &Chrome, course: &Course, chosen: Option<&[&str]>, seed: &str) -> Result<String, askama::Error> {
    let listed: Vec<&Arc<Lesson>> = match chosen {
        Some(slugs) => slugs.iter().filter_map(|slug| course.find(slug)).collect(),
        None => course.lessons().iter().collect(),
    };
    let card = |lesson: &Lesson| Card {
        slug: lesson.slug.clone(),
        href: url::lesson(&lesson.path, 1),
        title: lesson.word(c.lang, "title"),
        about: lesson.word(c.lang, "about"),
        steps: lesson.steps.len(),
        after: lesson
            .after
            .iter()
            .filter_map(|slug| course.find(slug))
            .map(|other| (other.word(c.lang, "title"), url::lesson(&other.path, 1)))
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
    let of = |lesson: &Lesson| {
        let title = lesson.word(c.lang, "title");
        let steps = lesson.challenges();
        let several = steps.len() > 1;
        let name = |step| if several { format!("{title} · {step}") } else { title.clone() };
        steps.into_iter().map(|step| (name(step), url::challenge(&lesson.path, step, seed))).collect::<Vec<_>>()
    };
    let challenges = listed.iter().flat_map(|lesson| of(lesson)).collect();
    Map { c, parts, chosen: chosen.is_some(), challenges, seed }.render()
}
