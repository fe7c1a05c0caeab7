//! `/s/{id}`: the map of the input at the level that is asked for, what was found in it, and the form for a probe.

use crate::about;
use crate::answer::{self, Answer};
use crate::error::Error;
use crate::probe;
use crate::query::Query;
use crate::scenario::Scenario;
use crate::state::AppState;
use crate::visitor::Visitor;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use sim_core::trace::{ProbeError, ProbeText};
use std::sync::Arc;
use web::atlas::{Asked, Wrong};
use web::page::{scenario, topology};

/// The page.
pub async fn page(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    let answer = async {
        let asked = probe::asked(&visitor.query)?;
        let scenario = Scenario::open(&state, &visitor, &id).await?;
        show(&state, &visitor, scenario, asked, None).await
    };
    answer::page(&visitor, answer.await)
}

/// What the address asks of the map, and which page of the findings.
fn map(query: &Query) -> Result<(Asked, usize), Error> {
    let asked = Asked::read(|name| query.get(name)).map_err(|Wrong(name, value)| Error::Parameter { name, value })?;
    Ok((asked, query.number("findings")?.unwrap_or(1)))
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
    // A probe that cannot be sent is shown over the whole map: its address asks for no part of one.
    let (map, findings) = if error.is_some() { (Asked::default(), 1) } else { map(&visitor.query)? };
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let work = move |scenario: Scenario| {
        if let Some(hint) = topology::missing(&chrome, &scenario.model, &map) {
            return Err(Error::NoObject(hint));
        }
        let input = scenario::Input {
            id: &scenario.id,
            name: &scenario.name,
            lesson: scenario.lesson.as_deref(),
            model: &scenario.model,
            asked: &map,
            findings,
            probe_text: &asked,
            time: (&scenario.marks, scenario.time),
            error: error.as_ref(),
        };
        Ok(scenario::render(&chrome, &input)?)
    };
    Ok((status, Html(scenario.work(state, work).await??)).into_response())
}
