//! `/s/{id}/predict`: what comes next in a trace is asked before it is shown, one question after the other; at the end stands what was missed.
//!
//! Everything that was answered is in the address, so that a score has one too.

use super::super::Chrome;
use super::parts::{Choice, Words, candidates, choices, moment, picture, verdict};
use crate::lessons::{Lesson, Sent, Step};
use crate::url;
use askama::Template;
use kubernetes::budget::Budget;
use sim_core::facts::Facts;
use sim_core::trace::ProbeText;
use std::collections::BTreeSet;

/// What stands for a question that was not answered.
const SKIPPED: char = '-';

/// What is asked about a trace.
#[derive(Clone, Copy)]
pub struct Quiz<'a> {
    /// Id of the scenario, with its world.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The probe as the address has it.
    pub probe: &'a ProbeText,
    /// Nothing but questions ([`crate::lessons::Written`]); `None` where there is nothing to ask.
    pub lesson: Option<&'a Lesson>,
    /// The trace.
    pub sent: &'a Sent,
    /// What was answered so far: a digit for each question, or `-`.
    pub answers: &'a str,
    /// The answer to the next one, from 0, and how sure somebody was.
    pub answer: (Option<usize>, Option<u8>),
    /// The link that carries the lesson of the trace; `None` where it is too long for one.
    pub carried: Option<&'a str>,
    /// Whether others go first between the parts of the work.
    pub budget: &'a Budget,
}

#[derive(Template)]
#[template(path = "predict.html")]
struct Page<'a> {
    c: &'a Chrome,
    name: &'a str,
    home: String,
    probe: &'a ProbeText,
    total: usize,
    ended: bool,
    /// Questions answered rightly.
    right: usize,
    missed: Vec<Missed>,
    number: usize,
    text: String,
    picture: String,
    choices: Vec<Choice>,
    hidden: Vec<(String, String)>,
    action: String,
    revealed: bool,
    verdict: Option<(bool, String)>,
    after: String,
    next: String,
    /// The step that answers the question.
    see: String,
    again: String,
    trace: String,
    take: String,
    carried: Option<&'a str>,
}

/// A question that was not answered rightly.
struct Missed {
    number: usize,
    text: String,
    said: String,
    after: String,
    step: String,
}

/// The page.
///
/// # Errors
/// Only what the template engine reports.
pub fn quiz(c: &Chrome, quiz: &Quiz<'_>) -> Result<String, askama::Error> {
    let Quiz { id, name, probe, lesson, sent, answers, answer, carried: _, budget } = *quiz;
    let steps: &[Step] = lesson.map_or(&[], |lesson| &lesson.steps);
    let given: Vec<Option<usize>> =
        answers.chars().take(steps.len()).map(|c| c.to_digit(10).map(|digit| digit as usize)).collect();
    let here = url::predict(id, probe);
    let mut page = Page {
        c,
        name,
        home: url::scenario(id),
        probe,
        total: steps.len(),
        ended: given.len() == steps.len(),
        right: 0,
        missed: Vec::new(),
        number: given.len() + 1,
        text: String::new(),
        picture: String::new(),
        choices: Vec::new(),
        hidden: Vec::new(),
        action: url::action(id, "/predict"),
        revealed: false,
        verdict: None,
        after: String::new(),
        next: String::new(),
        see: String::new(),
        again: here.clone(),
        trace: url::trace(id, "", probe, None),
        take: url::lesson_file(id, probe),
        carried: quiz.carried,
    };
    let Some(lesson) = lesson else { return page.render() };
    let facts = Facts::of(&sent.model, &sent.journey);
    let see = |step: &Step| {
        let at = moment(step, true).and_then(|moment| moment.find(&facts));
        url::replace(&url::trace(id, "", probe, at), "level", "all")
    };
    let Some(step) = steps.get(given.len()) else {
        for (at, (step, given)) in steps.iter().zip(&given).enumerate() {
            let words = Words::of(c, lesson, step, sent);
            let all = candidates(&words, step, sent);
            let chosen = given.and_then(|given| all.get(given));
            let Some((_, right, _)) = all.iter().find(|(.., right)| *right) else { continue };
            if chosen.is_some_and(|(.., right)| *right) {
                page.right += 1;
                continue;
            }
            let said = match chosen {
                Some((_, text, _)) => {
                    c.ta("predict-given", &[("given", text.as_str().into()), ("right", right.as_str().into())])
                }
                None => c.ta("predict-skipped", &[("right", right.as_str().into())]),
            };
            page.missed.push(Missed {
                number: at + 1,
                text: words.say(&step.id),
                said,
                after: words.say(&format!("{}.after", step.id)),
                step: see(step),
            });
        }
        return page.render();
    };
    let words = Words::of(c, lesson, step, sent);
    let all = candidates(&words, step, sent);
    let chosen = answer.0.filter(|choice| *choice < all.len());
    page.revealed = chosen.is_some();
    let is_right = chosen.and_then(|choice| all.get(choice)).is_some_and(|(.., right)| *right);
    page.verdict = chosen.map(|_| verdict(c, is_right, answer.1));
    let mut seen = BTreeSet::new();
    page.text = words.shown(&step.id, &mut seen);
    page.after = words.shown(&format!("{}.after", step.id), &mut seen);
    page.choices = choices(&words, step, sent, &all, chosen);
    page.picture = picture(&words, step, sent, page.revealed, budget)?;
    let so_far: String = answers.chars().take(given.len()).collect();
    let digit = chosen.and_then(|choice| char::from_digit(choice as u32, 10)).unwrap_or(SKIPPED);
    page.next = url::replace(&here, "answers", &format!("{so_far}{digit}"));
    page.see = see(step);
    page.hidden = url::fields(&here);
    page.hidden.push(("answers".to_owned(), so_far));
    page.render()
}
