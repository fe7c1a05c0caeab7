//! `/s/{id}/predict`: a trace that asks before it shows; `/s/{id}/lesson.tar.gz`: the same as a lesson to take along.

use crate::answer::{self, Answer};
use crate::error::Error;
use crate::fragment::{Link, Packed};
use crate::pack;
use crate::probe::{self, Traced};
use crate::scenario::Scenario;
use crate::state::AppState;
use crate::store::File;
use crate::visitor::Visitor;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Response};
use std::sync::Arc;
use web::lessons::{Lesson, Sent, World, Written, file_names};
use web::page::lesson::{self, Quiz};
use web::url;

/// Steps that a lesson has at least.
const STEPS: usize = 5;
/// A lesson that is taken along, as its folder is called.
const TOP: &str = "kubehop-lesson";

/// The page.
pub async fn page(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    answer::page(&visitor, show(&state, &visitor, &id).await)
}

/// A trace, as lessons have it.
fn sent(traced: Traced) -> (Scenario, Sent) {
    let Traced { scenario, journey, branches, .. } = traced;
    let model = (*scenario.model).clone();
    (scenario, Sent { model, journey, ways: branches.journeys.len() })
}

async fn show(state: &AppState, visitor: &Visitor, id: &str) -> Answer {
    let asked = probe::asked(&visitor.query)?;
    let answers = visitor.query.text("answers");
    let answer = (visitor.query.number("answer")?, visitor.query.number("sure")?);
    let scenario = Scenario::open(state, visitor, id).await?;
    let traced = probe::send(state, scenario, asked.clone(), false).await??;
    let (scenario, sent) = sent(traced);
    let chrome = visitor.chrome.clone();
    let work = move |scenario: Scenario| {
        let world = World::of(&url::world(&scenario.id));
        let written = Written { asked: sent.asked(), probe: &asked, world: &world, name: &scenario.name };
        let lesson = written.files(false).map(|files| Lesson::read("predict", &files)).transpose();
        let lesson = lesson.map_err(|faults| Error::Internal(format!("{faults:?}")))?;
        // Only where it is offered: at the end.
        let ends = lesson.as_ref().is_some_and(|lesson| answers.chars().count() >= lesson.steps.len());
        // Shorter than a lesson may be, it is taken along and not opened as one.
        let enough = lesson.as_ref().is_some_and(|lesson| lesson.steps.len() >= STEPS);
        let carried = (ends && enough).then(|| {
            let mut files = written.files(true)?;
            files.extend(file_names(&sent.model.parsed.sources));
            let files = files.into_iter().map(|(name, text)| File { name, text }).collect();
            let link = Link { packed: Packed { files, comments: false }, below: String::new() };
            Some(format!("{}#{}", url::LESSONS, link.write().ok()?))
        });
        let carried = carried.flatten();
        let input = Quiz {
            carried: carried.as_deref(),
            id: &scenario.id,
            name: &scenario.name,
            probe: &asked,
            lesson: lesson.as_ref(),
            sent: &sent,
            answers: &answers,
            answer,
            budget: &scenario.budget,
        };
        Ok::<_, Error>(lesson::quiz(&chrome, &input)?)
    };
    Ok(Html(scenario.work(state, work).await??).into_response())
}

/// The lesson's folder as an archive: what is asked, in every language, and the manifests.
pub async fn file(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    answer::page(&visitor, archive(&state, &visitor, &id).await)
}

async fn archive(state: &AppState, visitor: &Visitor, id: &str) -> Answer {
    let asked = probe::asked(&visitor.query)?;
    let scenario = Scenario::open(state, visitor, id).await?;
    // What was given, and not what was assumed besides for this probe.
    let sources = Arc::clone(&scenario.model.parsed);
    let traced = probe::send(state, scenario, asked.clone(), false).await??;
    let (scenario, sent) = sent(traced);
    let work = move |scenario: Scenario| {
        let world = World::of(&url::world(&scenario.id));
        let written = Written { asked: sent.asked(), probe: &asked, world: &world, name: &scenario.name };
        let mut files = written.files(true).ok_or(Error::NotFound)?;
        files.extend(file_names(&sources.sources));
        pack::tar_gz(TOP, files.iter().map(|(name, text)| (name.as_str(), text.as_str(), false)))
    };
    let bytes = scenario.work(state, work).await??;
    let headers = [
        ("content-type", "application/gzip"),
        ("content-disposition", "attachment; filename=\"kubehop-lesson.tar.gz\""),
    ];
    Ok((headers, bytes).into_response())
}
