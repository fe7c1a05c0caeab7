//! `/lessons`, `/lessons/{slug}`: the course, and one step of one lesson. An answer is part of the address; a text that is tried is posted,
//! played and shown, and nothing of it is kept.

use crate::about;
use crate::answer::{self, Answer};
use crate::error::Error;
use crate::fragment::{Link, Packed, VIEWED};
use crate::lessons;
use crate::limits;
use crate::scenario;
use crate::state::AppState;
use crate::store::File;
use crate::visitor::Visitor;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use kubernetes::budget::Budget;
use kubernetes::diagnostic::Diagnostic;
use kubernetes::manifest::Progress;
use serde::Deserialize;
use sim_core::model::{Model, Options};
use std::sync::Arc;
use time::{Date, Month, OffsetDateTime};
use web::finding;
use web::lessons::{
    Bounds, Kind, Lesson, Played, Reached, SEED, Sent, Step, Task, Value, World, challenge, errors, of_result,
};
use web::locale::{self, Lang};
use web::page::lesson::{self, Input, Shown, Tried, value_words};
use web::url;

/// Any site may frame a step that says so; it runs its own script and asks its own server.
const FRAMED: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; \
                      frame-ancestors *";
/// Size of a frame that is offered, in pixels.
const FRAME: (u32, u32) = (960, 640);
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
    let html = seed(&visitor).and_then(|seed| {
        let seed = seed.unwrap_or_else(|| "1".to_owned());
        Ok(lesson::map(&visitor.chrome, &state.course, chosen.as_deref(), &seed)?)
    });
    answer::page(&visitor, html.map(|html| Html(html).into_response()))
}

/// The seed of challenges that an address says.
fn seed(visitor: &Visitor) -> Result<Option<String>, Error> {
    let Some(seed) = visitor.query.get("seed") else { return Ok(None) };
    let fits = seed.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) && seed.len() <= SEED;
    if fits { Ok(Some(seed.to_owned())) } else { Err(Error::Parameter { name: "seed", value: seed.to_owned() }) }
}

/// `/lessons/today`: on to the challenge of the day that the address says, else of today (UTC).
pub async fn today(State(state): State<Arc<AppState>>, visitor: Visitor) -> Response {
    let all: Vec<(&str, usize)> = state
        .course
        .lessons()
        .iter()
        .flat_map(|lesson| lesson.challenges().into_iter().map(|step| (lesson.path.as_str(), step)))
        .collect();
    let answer = day(&visitor).and_then(|day| {
        let number = day.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte)));
        let (path, step) = all.get(number % all.len().max(1)).ok_or(Error::NotFound)?;
        Ok(answer::see_other(&url::challenge(path, *step, &day), &visitor))
    });
    answer::page(&visitor, answer)
}

/// A day as `2026-11-30`.
fn day(visitor: &Visitor) -> Result<String, Error> {
    let Some(text) = visitor.query.get("date") else { return Ok(OffsetDateTime::now_utc().date().to_string()) };
    let mut parts = text.splitn(3, '-');
    let mut number = || parts.next()?.parse::<u16>().ok();
    let date = (|| {
        let (year, month, day) = (number()?, number()?, number()?);
        let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
        Date::from_calendar_date(i32::from(year), month, u8::try_from(day).ok()?).ok()
    })();
    let unclear = || Error::Parameter { name: "date", value: text.to_owned() };
    date.map(|date| date.to_string()).ok_or_else(unclear)
}

/// `/embed/lessons/{slug}`: on to the step as frames have it.
pub async fn embed(State(state): State<Arc<AppState>>, Path(slug): Path<String>, visitor: Visitor) -> Response {
    let answer = (|| {
        let lesson = state.course.find(&slug).ok_or(Error::NotFound)?;
        let step: usize = visitor.query.number("step")?.unwrap_or(1);
        if step == 0 || step > lesson.steps.len() {
            return Err(Error::NotFound);
        }
        let href = url::replace(&url::lesson(&lesson.path, step), "embed", "1");
        let kept = ["lang", "theme", "seed"].into_iter().filter_map(|name| Some((name, visitor.query.get(name)?)));
        let href = kept.fold(href, |href, (name, value)| url::replace(&href, name, value));
        Ok(answer::see_other(&href, &visitor))
    })();
    answer::page(&visitor, answer)
}

/// A step.
pub async fn page(State(state): State<Arc<AppState>>, Path(slug): Path<String>, visitor: Visitor) -> Response {
    let answer = match state.course.find(&slug) {
        Some(lesson) => show(&state, &visitor, Arc::clone(lesson), None).await,
        None => Err(Error::NotFound),
    };
    answer::page(&visitor, answer)
}

/// A step of a lesson that was uploaded.
pub async fn stored(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    let answer = async { show(&state, &visitor, of_store(&state, &id).await?, None).await };
    answer::page(&visitor, answer.await)
}

/// The lesson that is stored as a scenario.
async fn of_store(state: &AppState, id: &str) -> Result<Arc<Lesson>, Error> {
    scenario::entry(state, id).await?;
    let stored = state.store.get(id).await?.ok_or(Error::NoScenario)?;
    let id = id.to_owned();
    let lesson = state.pool.run(move || {
        let files = stored.files()?;
        Ok::<_, Error>(lessons::of_files(&files).map(|lesson| Arc::new(lesson.stored(&id))))
    });
    lesson.await??.ok_or(Error::NotFound)
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
    let answer = match (form, state.course.find(&slug)) {
        (_, None) => Err(Error::NotFound),
        (Ok(Form(sending)), Some(lesson)) => show(&state, &visitor, Arc::clone(lesson), Some(sending)).await,
        (Err(rejection), _) => Err(refused(&rejection)),
    };
    answer::page(&visitor, answer)
}

/// The same in a lesson that was uploaded.
pub async fn tried_stored(
    State(state): State<Arc<AppState>>,
    Path(id): Path<String>,
    visitor: Visitor,
    form: Result<Form<Sending>, FormRejection>,
) -> Response {
    let answer = async {
        let Form(sending) = form.map_err(|rejection| refused(&rejection))?;
        show(&state, &visitor, of_store(&state, &id).await?, Some(sending)).await
    };
    answer::page(&visitor, answer.await)
}

fn refused(rejection: &FormRejection) -> Error {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge { limit: limits::LESSON, size: None },
        _ => Error::Request(rejection.body_text()),
    }
}

async fn show(state: &AppState, visitor: &Visitor, lesson: Arc<Lesson>, sending: Option<Sending>) -> Answer {
    let (course, chrome) = (Arc::clone(&state.course), visitor.chrome.clone());
    let (limits, max_pods) = (limits::manifests(&state.config), Some(state.config.max_pods));
    if visitor.query.get("step") == Some("end") {
        let work = move |budget: &Budget| {
            let bounds = Bounds { limits: &limits, max_pods, budget };
            let model = model(&lesson, &lesson.world, &bounds)?;
            Ok::<_, Error>(lesson::end(&chrome, &course, &lesson, &model)?)
        };
        return Ok(Html(state.pool.run_within(work).await??).into_response());
    }
    if visitor.query.get("step") == Some("all") {
        let work = move |budget: &Budget| {
            let bounds = Bounds { limits: &limits, max_pods, budget };
            let all = lesson.steps.iter().map(|step| match &step.kind {
                Kind::Task(task) => Ok(task_shown(chrome.lang, step, task, None, &bounds)?.0),
                _ => shown(&lesson, step, &bounds),
            });
            let all = all.collect::<Result<Vec<Shown>, Error>>()?;
            Ok::<_, Error>(lesson::handout(&chrome, &lesson, &all, budget)?)
        };
        return Ok(Html(state.pool.run_within(work).await??).into_response());
    }
    let number: usize = visitor.query.number("step")?.unwrap_or(1);
    if number == 0 || number > lesson.steps.len() {
        let args = [("steps", lesson.steps.len().into())];
        return Err(Error::NoObject(chrome.ta("lesson-no-step", &args)));
    }
    let answer = lesson::Answer {
        choice: visitor.query.number("answer")?,
        // What is no number is a place that nothing has.
        places: visitor.query.all("order").map(|place| place.parse().unwrap_or_default()).collect(),
        sure: visitor.query.number("sure")?,
        present: visitor.query.has("present"),
        embed: visitor.query.has("embed"),
    };
    let embed = answer.embed;
    let wanted = seed(visitor)?;
    let framed = match &wanted {
        Some(seed) => url::challenge(&lesson.path, number, seed),
        None => url::lesson(&lesson.path, number),
    };
    let address = about::absolute(state, &url::replace(&framed, "embed", "1"));
    let frame = about::frame(&address, FRAME.0, FRAME.1);
    let work = move |budget: &Budget| {
        let Some(own) = lesson.steps.get(number - 1) else { return Err(Error::NotFound) };
        let lang = chrome.lang;
        let bounds = Bounds { limits: &limits, max_pods, budget };
        let challenge = match (&own.kind, &wanted) {
            (Kind::Task(task), Some(seed)) if task.code == "fix" => challenge(own, task, seed, &bounds)?,
            _ => None,
        };
        let step = challenge.as_ref().map_or(own, |challenge| &challenge.step);
        let (shown, tried) = match (&step.kind, sending) {
            (Kind::Task(task), sending) => task_shown(lang, step, task, sending, &bounds)?,
            _ => (shown(&lesson, step, &bounds)?, None),
        };
        // What stands there now, and not what the lesson begins with.
        let explorer = match &step.kind {
            Kind::Task(task) => {
                let text = tried.as_ref().map_or(&task.file.1, |tried| &tried.text);
                carried(&task.file.0, text, step, task)
            }
            _ => None,
        };
        let input = Input {
            explorer,
            lesson: &lesson,
            number,
            shown: &shown,
            answer: &answer,
            tried: tried.as_ref(),
            challenge: wanted.as_deref().zip(challenge.as_ref()),
            frame: &frame,
            no_challenge: wanted.is_some() && challenge.is_none(),
            budget,
        };
        Ok(lesson::step(&chrome, &input)?)
    };
    let html = Html(state.pool.run_within(work).await??);
    if !embed {
        return Ok(html.into_response());
    }
    let headers = [("content-security-policy", FRAMED), ("cross-origin-resource-policy", "cross-origin")];
    Ok((headers, html).into_response())
}

/// A link that carries a text and asks what a task's first goal asks.
fn carried(name: &str, text: &str, step: &Step, task: &Task) -> Option<String> {
    let goal = task.goal.first()?;
    let files = vec![File { name: name.to_owned(), text: text.to_owned() }];
    let id = url::in_world(VIEWED, &step.world.pairs());
    let address = url::trace(&id, "", &goal.probe, None);
    let below = address.strip_prefix(&url::scenario(VIEWED))?.to_owned();
    let link = Link { packed: Packed { files, comments: false }, below }.write().ok()?;
    Some(format!("/view#{link}"))
}

fn model(lesson: &Lesson, world: &World, bounds: &Bounds<'_>) -> Result<Model, Error> {
    let Bounds { limits, max_pods, budget } = *bounds;
    let options = Options { max_pods, ..world.options().unwrap_or_default() };
    let model = Model::build_within(&lesson.sources(), limits, &options, &Progress::within(budget.clone()))?;
    Ok(world.then(model, budget)?)
}

fn shown(lesson: &Lesson, step: &Step, bounds: &Bounds<'_>) -> Result<Shown, Error> {
    let send = |world: &World| {
        let model = model(lesson, world, bounds)?;
        Ok::<_, Error>(Sent::of(&model, &step.probe, bounds.budget)?)
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
    let Played { mut goals, .. } = played;
    let sent = (at < goals.len()).then(|| goals.swap_remove(at)).and_then(|goal| goal.sent);
    let sent = match sent {
        Some(sent) => Some(sent),
        // Nobody can send it now: the start is shown.
        None => {
            let start = task.play(step, &task.file.1, bounds)?;
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
            let result = of_result(&sent.journey.client.code()).shown(lang);
            // And what the goal asks about.
            let asked = goal.asked.iter().filter(|value| matches!(value, Value::Server | Value::Sees | Value::Ways));
            let found = asked.filter_map(|value| Some(value_words(lang, value, &value.find(&sent.asked())?)));
            std::iter::once(result).chain(found).collect::<Vec<_>>().join(" · ")
        }
    }
}

fn mistakes(lang: Lang, played: &Played) -> Vec<String> {
    let model = &played.model;
    let wrong = errors(model);
    let line = |finding: &Diagnostic| finding::line(lang, &model.parsed, finding);
    wrong.take(FINDINGS).map(line).collect()
}
