//! `/s/{id}/trace` and `.json`: one step of one trace.

use super::scenario;
use crate::about;
use crate::answer::{self, Answer};
use crate::probe::{self, Asked, Traced};
use crate::query::Query;
use crate::scenario::Scenario;
use crate::state::AppState;
use crate::visitor::Visitor;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Response};
use std::sync::Arc;
use web::json;
use web::page::trace;

/// The page.
pub async fn page(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    answer::page(&visitor, show(&state, &visitor, &id).await)
}

async fn show(state: &AppState, visitor: &Visitor, id: &str) -> Answer {
    let Asked { probe, wanted, level, .. } = Asked::of(&visitor.query)?;
    let scenario = Scenario::open(state, visitor, id).await?;
    let Traced { scenario, text, journey, branches } = match probe::send(state, scenario, probe.clone(), true).await? {
        Ok(traced) => traced,
        Err(refused) => return scenario::show(state, visitor, refused.scenario, probe, Some(refused.error)).await,
    };
    let mut chrome = about::chrome(state, visitor, &scenario);
    let work = move |scenario: Scenario| {
        // The nearest step is shown, and that it is another one is said.
        let (step, missing) = wanted.nearest(&scenario.model, &journey);
        if let Some(missing) = missing {
            chrome.about.notes.push((answer::no_step(&chrome, &missing), None));
        }
        let shared = scenario.entry.as_ref().filter(|entry| entry.shared && !entry.result.is_empty());
        // The very question that was shared, whatever step of it.
        if let Some(entry) =
            shared.filter(|entry| probe::asked(&Query::read(&entry.query)).is_ok_and(|asked| asked == text))
        {
            let now = json::summary(&scenario.model, &journey);
            if now != entry.result {
                let args = [("then", entry.result.as_str().into()), ("now", now.into())];
                chrome.about.notes.push((chrome.ta("about-then-now", &args), None));
            }
        }
        let input = trace::Input {
            id: &scenario.id,
            name: &scenario.name,
            model: &scenario.model,
            probe_text: &text,
            journey: &journey,
            branches: &branches,
            step,
            level,
        };
        trace::render(&chrome, &input)
    };
    Ok(Html(scenario.work(state, work).await??).into_response())
}

/// The same for programs.
pub async fn json(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    let answer = async {
        let asked = Asked::of(&visitor.query)?;
        let scenario = Scenario::open(&state, &visitor, &id).await?;
        let text = probe::told(&state, scenario, asked).await?;
        Ok(([("content-type", "application/json")], text).into_response())
    };
    answer::program(&visitor, answer.await)
}
