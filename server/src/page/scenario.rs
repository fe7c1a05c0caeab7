//! `/s/{id}`: the cluster, what was found in the input, and the form for a probe.

use crate::about;
use crate::answer::{self, Answer};
use crate::probe;
use crate::scenario::Scenario;
use crate::state::AppState;
use crate::visitor::Visitor;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use sim_core::trace::{ProbeError, ProbeText};
use std::sync::Arc;
use web::page::scenario;

/// The page.
pub async fn page(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    let answer = async {
        let asked = probe::asked(&visitor.query)?;
        let scenario = Scenario::open(&state, &visitor, &id).await?;
        show(&state, &visitor, scenario, asked, None).await
    };
    answer::page(&visitor, answer.await)
}

/// The page with a probe in its form; with an error it says why that cannot be sent.
pub(super) async fn show(
    state: &AppState,
    visitor: &Visitor,
    scenario: Scenario,
    asked: ProbeText,
    error: Option<ProbeError>,
) -> Answer {
    let chrome = about::chrome(state, visitor, &scenario);
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let work = move |scenario: Scenario| {
        let input = scenario::Input {
            id: &scenario.id,
            name: &scenario.name,
            model: &scenario.model,
            probe_text: &asked,
            error: error.as_ref(),
        };
        scenario::render(&chrome, &input)
    };
    Ok((status, Html(scenario.work(state, work).await??)).into_response())
}
