//! `/s/{id}/link`: one interface and why it is there.

use crate::answer::{self, Answer};
use crate::error::Error;
use crate::scenario::Scenario;
use crate::state::AppState;
use crate::visitor::Visitor;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Response};
use std::sync::Arc;
use web::page::detail;

/// The page.
pub async fn page(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    answer::page(&visitor, show(&state, &visitor, &id).await)
}

async fn show(state: &AppState, visitor: &Visitor, id: &str) -> Answer {
    let (netns, dev) = (visitor.query.text("netns"), visitor.query.text("dev"));
    let (chrome, fragment) = (visitor.chrome.clone(), visitor.fragment);
    let work = move |scenario: Scenario| {
        let input = detail::LinkInput {
            id: &scenario.id,
            name: &scenario.name,
            model: &scenario.model,
            netns: &netns,
            dev: &dev,
            fragment,
        };
        detail::link(&chrome, &input)
    };
    let html = Scenario::open(state, visitor, id).await?.work(state, work).await??;
    Ok(Html(html.ok_or(Error::NotFound)?).into_response())
}
