//! `/s/{id}/source`: one line of the input.

use crate::answer::{self, Answer};
use crate::error::Error;
use crate::scenario::Scenario;
use crate::state::AppState;
use crate::visitor::Visitor;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Response};
use std::sync::Arc;
use web::page::source;

/// The page.
pub async fn page(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    answer::page(&visitor, show(&state, &visitor, &id).await)
}

async fn show(state: &AppState, visitor: &Visitor, id: &str) -> Answer {
    let (file, line) = (visitor.query.text("file"), visitor.query.number("line")?.unwrap_or_default());
    let column = visitor.query.number("col")?.unwrap_or(1);
    let chrome = visitor.chrome.clone();
    let work = move |scenario: Scenario| {
        let input =
            source::Input { id: &scenario.id, name: &scenario.name, model: &scenario.model, file: &file, line, column };
        source::render(&chrome, &input)
    };
    let html = Scenario::open(state, visitor, id).await?.work(state, work).await??;
    Ok(Html(html.ok_or(Error::NotFound)?).into_response())
}
