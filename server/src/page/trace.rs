//! `/s/{id}/trace` and `.json`: one step of one trace.

use super::scenario;
use crate::about;
use crate::answer::{self, Answer};
use crate::cache;
use crate::client::Client;
use crate::error::Error;
use crate::probe::{self, Asked, Traced};
use crate::query::Query;
use crate::scenario::Scenario;
use crate::state::AppState;
use crate::step::Wanted;
use crate::store::Entry;
use crate::visitor::Visitor;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Response};
use sim_core::trace::ProbeText;
use std::sync::Arc;
use web::capture;
use web::page::Chrome;
use web::page::trace::{self, Told};
use web::words::summary;

/// The page.
pub async fn page(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    answer::page(&visitor, show(&state, &visitor, &id).await)
}

async fn show(state: &AppState, visitor: &Visitor, id: &str) -> Answer {
    let Asked { probe, wanted, level, .. } = Asked::of(&visitor.query)?;
    let scenario = Scenario::open(state, visitor, id).await?;
    let chrome = about::chrome(state, visitor, &scenario);
    let key = cache::key(&scenario.id, chrome.lang, level, &probe);
    if let Some(told) = state.told.find(&key).filter(|_| !scenario.viewed) {
        let work = move |scenario: Scenario| shown(chrome, &scenario, &told, &probe, &wanted);
        return Ok(Html(scenario.work(state, work).await??).into_response());
    }
    let (fixes, kept, asked) = (Arc::clone(&state.fixes), state.told.clone(), probe.clone());
    let client = Client::of_task();
    let work = move |scenario: Scenario| {
        let traced = match probe::sent(scenario, asked, Some(&fixes))? {
            Ok(traced) => traced,
            Err(refused) => return Ok::<_, Error>(Err(refused)),
        };
        let Traced { scenario, text, journey, branches } = traced;
        let sizes = sim_core::trace::sizes_within(&scenario.model, &journey, &scenario.budget)?;
        let route = sim_core::trace::traceroute_within(&scenario.model, &journey, &scenario.budget)?;
        let input = trace::Input {
            id: &scenario.id,
            name: &scenario.name,
            model: &scenario.model,
            probe_text: &text,
            journey: &journey,
            branches: &branches,
            step: None,
            interfaces: &capture::interfaces(&scenario.model, &journey),
            level,
            measured: (sizes.as_ref(), route.as_ref()),
            time: (&scenario.marks, scenario.time),
            budget: &scenario.budget,
        };
        let told = Arc::new(trace::Told::of(&chrome, &input)?);
        scenario.budget.rest();
        // What came with the request has no name to be kept under.
        if !scenario.viewed {
            kept.keep(client, &key, &told);
        }
        Ok(Ok(shown(chrome, &scenario, &told, &text, &wanted)?))
    };
    match scenario.work(state, work).await?? {
        Ok(html) => Ok(Html(html).into_response()),
        Err(refused) => scenario::show(state, visitor, refused.scenario, probe, Some(refused.error)).await,
    }
}

/// The page of a step, or of a place.
fn shown(
    mut chrome: Chrome,
    scenario: &Scenario,
    told: &Told,
    text: &ProbeText,
    wanted: &Wanted,
) -> Result<String, askama::Error> {
    // The nearest step is shown, and that it is another one is said.
    let (step, missing) = wanted.nearest_of(told.total(), |place| told.step_at(place));
    if let Some(missing) = missing {
        chrome.about.notes.push((answer::no_step(&chrome, &missing), None));
    }
    let shared = scenario.entry.as_ref().filter(|entry| entry.shared && !entry.result.is_empty());
    // The very question that was shared, whatever step of it.
    let same = |entry: &&Entry| probe::asked(&Query::read(&entry.query)).is_ok_and(|asked| asked == *text);
    if let Some(entry) = shared.filter(same).filter(|entry| told.summary() != entry.result) {
        let said = |line: &str| summary::result(chrome.lang, line);
        let args = [("then", said(&entry.result).into()), ("now", said(told.summary()).into())];
        chrome.about.notes.push((chrome.ta("about-then-now", &args), None));
    }
    told.page(&chrome, step)
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
