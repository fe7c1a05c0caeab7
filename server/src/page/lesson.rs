//! `/lessons`, `/lessons/{slug}`: the course, and one step of one lesson. An answer is part of the address; a text that is tried is posted,
//! played and shown, and nothing of it is kept.

use crate::answer::{self, Answer};
use crate::error::Error;
use crate::limits;
use crate::state::AppState;
use crate::visitor::Visitor;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use kubernetes::budget::Budget;
use kubernetes::diagnostic::{Diagnostic, Severity};
use kubernetes::manifest::{Limits, Progress};
use serde::Deserialize;
use sim_core::model::{Model, Options};
use std::sync::Arc;
use web::finding;
use web::lessons::{Bounds, Kind, Lesson, Played, Reached, Sent, Step, Task, Value, World};
use web::locale::{self, Lang};
use web::page::lesson::{self, Input, Shown, Tried};

/// Lessons that a link lists at most.
const CHOSEN: usize = 64;
/// Attempts that are counted at most.
const TRIES: usize = 99;
/// Findings that are told at most.
const FINDINGS: usize = 8;

/// All lessons, or those that the address lists.
pub async fn map(State(state): State<Arc<AppState>>, visitor: Visitor) -> Response {
    let chosen: Option<Vec<&str>> =
        visitor.query.get("list").map(|list| list.split(',').filter(|slug| !slug.is_empty()).take(CHOSEN).collect());
    let html = lesson::map(&visitor.chrome, &state.course, chosen.as_deref()).map_err(Error::from);
    answer::page(&visitor, html.map(|html| Html(html).into_response()))
}

/// A step.
pub async fn page(State(state): State<Arc<AppState>>, Path(slug): Path<String>, visitor: Visitor) -> Response {
    answer::page(&visitor, show(&state, &visitor, &slug, None).await)
}

/// What a task's form sends.
#[derive(Debug, Deserialize)]
pub struct Sending {
    text: String,
    #[serde(default)]
    tries: usize,
    /// A change of one click.
    #[serde(default)]
    change: Option<String>,
    /// Those that are made in the text, with commas.
    #[serde(default)]
    made: String,
}

/// A text that is tried.
pub async fn tried(
    State(state): State<Arc<AppState>>,
    Path(slug): Path<String>,
    visitor: Visitor,
    form: Result<Form<Sending>, FormRejection>,
) -> Response {
    let answer = match form {
        Ok(Form(sending)) => show(&state, &visitor, &slug, Some(sending)).await,
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            Err(Error::TooLarge { limit: limits::LESSON, size: None })
        }
        Err(rejection) => Err(Error::Form(rejection.body_text())),
    };
    answer::page(&visitor, answer)
}

async fn show(state: &AppState, visitor: &Visitor, slug: &str, sending: Option<Sending>) -> Answer {
    let lesson = Arc::clone(state.course.find(slug).ok_or(Error::NotFound)?);
    let (course, chrome) = (Arc::clone(&state.course), visitor.chrome.clone());
    let (limits, max_pods) = (limits::manifests(&state.config), Some(state.config.max_pods));
    if visitor.query.get("step") == Some("end") {
        let work = move |budget: &Budget| {
            let model = model(&lesson, &World::default(), &limits, budget)?;
            Ok::<_, Error>(lesson::end(&chrome, &course, &lesson, &model)?)
        };
        return Ok(Html(state.pool.run_within(work).await??).into_response());
    }
    if visitor.query.get("step") == Some("all") {
        let work = move |budget: &Budget| {
            let bounds = Bounds { limits: &limits, max_pods, budget };
            let all = lesson.steps.iter().map(|step| match &step.kind {
                Kind::Task(task) => Ok(task_shown(chrome.lang, step, task, None, &bounds)?.0),
                _ => shown(&lesson, step, &limits, budget),
            });
            let all = all.collect::<Result<Vec<Shown>, Error>>()?;
            Ok::<_, Error>(lesson::handout(&chrome, &lesson, &all, budget)?)
        };
        return Ok(Html(state.pool.run_within(work).await??).into_response());
    }
    let number: usize = visitor.query.number("step")?.unwrap_or(1);
    if number == 0 || number > lesson.steps.len() {
        return Err(Error::NotFound);
    }
    let answer = lesson::Answer {
        choice: visitor.query.number("answer")?,
        sure: visitor.query.number("sure")?,
        present: visitor.query.has("present"),
    };
    let work = move |budget: &Budget| {
        let Some(step) = lesson.steps.get(number - 1) else { return Err(Error::NotFound) };
        let lang = chrome.lang;
        let (shown, tried) = match (&step.kind, sending) {
            (Kind::Task(task), sending) => {
                task_shown(lang, step, task, sending, &Bounds { limits: &limits, max_pods, budget })?
            }
            _ => (shown(&lesson, step, &limits, budget)?, None),
        };
        let input = Input {
            course: &course,
            lesson: &lesson,
            number,
            shown: &shown,
            answer: &answer,
            tried: tried.as_ref(),
            budget,
        };
        Ok(lesson::step(&chrome, &input)?)
    };
    Ok(Html(state.pool.run_within(work).await??).into_response())
}

fn model(lesson: &Lesson, world: &World, limits: &Limits, budget: &Budget) -> Result<Model, Error> {
    let options = world.options().unwrap_or_else(|_| Options::default());
    Ok(Model::build_within(&lesson.sources(), limits, &options, &Progress::within(budget.clone()))?)
}

fn shown(lesson: &Lesson, step: &Step, limits: &Limits, budget: &Budget) -> Result<Shown, Error> {
    let send = |world: &World| {
        let model = model(lesson, world, limits, budget)?;
        Ok::<_, Error>(Sent::of(&model, &step.probe, budget)?)
    };
    let sent = send(&step.world)?.ok_or(Error::NotFound)?;
    let other = match &step.kind {
        Kind::Compare { with, .. } => send(with)?,
        _ => None,
    };
    Ok(Shown { sent, other })
}

/// What becomes of a task's text: the picture is of the first goal that is not reached, else of the first.
fn task_shown(
    lang: Lang,
    step: &Step,
    task: &Task,
    sending: Option<Sending>,
    bounds: &Bounds<'_>,
) -> Result<(Shown, Option<Tried>), Error> {
    let (text, made, unfit) = match &sending {
        Some(sending) => changed(task, sending),
        None => (task.file.1.clone(), Vec::new(), false),
    };
    let played = task.play(step, &text, bounds)?;
    let tried = sending.map(|sending| Tried {
        tries: (sending.tries + usize::from(!played.done())).min(TRIES),
        goals: played.goals.iter().map(|goal| (goal.met, ended(lang, goal))).collect(),
        done: played.done(),
        lines: played.lines,
        mistakes: mistakes(lang, &played),
        text,
        made,
        unfit,
    });
    let at = played.goals.iter().position(|goal| !goal.met).unwrap_or(0);
    let Played { model, mut goals, .. } = played;
    let sent = (at < goals.len()).then(|| goals.swap_remove(at)).and_then(|goal| goal.sent);
    let sent = match sent {
        Some(sent) => Some(sent),
        // Nobody can send it now: the start is shown.
        None => {
            let start = task.play(step, &task.file.1, bounds)?;
            drop(model);
            start.goals.into_iter().find_map(|goal| goal.sent)
        }
    };
    Ok((Shown { sent: sent.ok_or(Error::NotFound)?, other: None }, tried))
}

/// A text that was sent, with the change that was asked for: what stands there then, the changes of one click that are made in it, and
/// whether the one that was asked for fits nowhere.
fn changed(task: &Task, sending: &Sending) -> (String, Vec<String>, bool) {
    let text = sending.text.replace("\r\n", "\n");
    // Each is made once at most: a change that can be made of its own outcome would grow without end.
    let named = sending.made.split(',').filter(|name| !name.is_empty());
    let made: Vec<String> = named.take(task.changes.len()).map(str::to_owned).collect();
    // Whoever wrote into the text goes on from there.
    let is_own = task.changed(&task.file.1, &made).as_ref() != Some(&text);
    let made = if is_own { Vec::new() } else { made };
    let Some(change) = &sending.change else { return (text, made, false) };
    if is_own {
        let fits = task.changed(&text, std::slice::from_ref(change));
        return fits.map_or_else(|| (text, Vec::new(), true), |text| (text, Vec::new(), false));
    }
    match task.turned(&made, change) {
        Some((made, text)) => (text, made, false),
        None => (text, made, true),
    }
}

fn ended(lang: Lang, goal: &Reached) -> String {
    match &goal.sent {
        None => locale::t(lang, "lesson-not-sent"),
        Some(sent) => {
            let code = sent.journey.client.code();
            let word = code.split(':').next().unwrap_or_default();
            let errno = code.rsplit(':').next().unwrap_or_default();
            let result = locale::ta(lang, &format!("result-{word}"), &[("errno", errno.into())]);
            // And what the goal asks about.
            let asked = goal.asked.iter().filter(|value| matches!(value, Value::Server | Value::Sees | Value::Ways));
            let found = asked.filter_map(|value| value.find(&sent.asked())).map(|found| found.shown(lang));
            std::iter::once(result).chain(found).collect::<Vec<_>>().join(" · ")
        }
    }
}

fn mistakes(lang: Lang, played: &Played) -> Vec<String> {
    let model = &played.model;
    let wrong = model.diagnostics.iter().filter(|finding| finding.severity == Severity::Error);
    let line = |finding: &Diagnostic| finding::line(lang, &model.parsed, finding);
    wrong.take(FINDINGS).map(line).collect()
}
