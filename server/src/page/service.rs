//! `/s/{id}/service`: all rules of one Service on all nodes.

use crate::answer::{self, Answer};
use crate::error::Error;
use crate::query::Query;
use crate::scenario::Scenario;
use crate::state::AppState;
use crate::visitor::Visitor;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Response};
use std::sync::Arc;
use web::page::rules;

/// What the address takes.
#[derive(Debug)]
struct Asked {
    namespace: String,
    name: String,
    /// Index of a port; all of them without.
    port: Option<usize>,
    page: usize,
}

impl Asked {
    fn of(query: &Query) -> Result<Self, Error> {
        Ok(Self {
            namespace: query.text("ns"),
            name: query.text("name"),
            port: query.number("port")?,
            page: query.number("page")?.unwrap_or_default(),
        })
    }
}

/// The page.
pub async fn page(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    answer::page(&visitor, show(&state, &visitor, &id).await)
}

async fn show(state: &AppState, visitor: &Visitor, id: &str) -> Answer {
    let asked = Asked::of(&visitor.query)?;
    let chrome = visitor.chrome.clone();
    let work = move |scenario: Scenario| {
        let input = rules::ServiceInput {
            id: &scenario.id,
            name: &scenario.name,
            model: &scenario.model,
            namespace: &asked.namespace,
            service: &asked.name,
            port: asked.port,
            page: asked.page,
        };
        rules::service(&chrome, &input)
    };
    let html = Scenario::open(state, visitor, id).await?.work(state, work).await??;
    Ok(Html(html.ok_or(Error::NotFound)?).into_response())
}
