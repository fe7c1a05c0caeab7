//! `/s/{id}/time` and `.json`: what happens when.

use crate::answer;
use crate::error::Error;
use crate::scenario::Scenario;
use crate::state::AppState;
use crate::visitor::Visitor;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Response};
use serde_json::Value;
use sim_core::timeline;
use std::sync::Arc;
use web::page::time::{self, Input};

/// The page: of the whole timeline, whatever time the address says.
pub async fn page(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    answer::page(&visitor, shown(&state, &visitor, &id).await)
}

async fn shown(state: &AppState, visitor: &Visitor, id: &str) -> Result<Response, Error> {
    let chrome = visitor.chrome.clone();
    let scenario = Scenario::open_in(state, visitor, id, &visitor.query.with(&[("t", "")])).await?;
    let work = move |scenario: Scenario| {
        let played = timeline::play(&scenario.model, &scenario.budget)?;
        let input = Input {
            id: &scenario.id,
            name: &scenario.name,
            model: &scenario.model,
            played: &played,
            marks: &scenario.marks,
        };
        Ok::<_, Error>(Html(time::render(&chrome, &input)?).into_response())
    };
    scenario.work(state, work).await?
}

/// The same for programs.
pub async fn json(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    let answer = async {
        let scenario = Scenario::open_in(&state, &visitor, &id, &visitor.query.with(&[("t", "")])).await?;
        let work = move |scenario: Scenario| {
            let text = answer::written(&value(&scenario)?);
            Ok::<_, Error>(([("content-type", "application/json")], text).into_response())
        };
        scenario.work(&state, work).await?
    };
    answer::program(&visitor, answer.await)
}

/// `kubehop.timeline/1`.
///
/// # Errors
/// A budget that is spent.
pub fn value(scenario: &Scenario) -> Result<Value, Error> {
    let played = timeline::play(&scenario.model, &scenario.budget)?;
    Ok(web::timeline::json(&scenario.model, &played))
}
