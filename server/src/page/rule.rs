//! `/s/{id}/rule`: one rule and why it is there.

use crate::answer::{self, Answer};
use crate::error::Error;
use crate::query::Query;
use crate::scenario::Scenario;
use crate::state::AppState;
use crate::visitor::Visitor;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Response};
use std::sync::Arc;
use web::page::detail;

/// What the address takes.
#[derive(Debug)]
struct Asked {
    netns: String,
    table: String,
    chain: String,
    /// Rule, from 1.
    number: u32,
}

impl Asked {
    fn of(query: &Query) -> Result<Self, Error> {
        Ok(Self {
            netns: query.text("netns"),
            table: query.text("table"),
            chain: query.text("chain"),
            number: query.number("n")?.unwrap_or_default(),
        })
    }
}

/// The page.
pub async fn page(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    answer::page(&visitor, show(&state, &visitor, &id).await)
}

async fn show(state: &AppState, visitor: &Visitor, id: &str) -> Answer {
    let asked = Asked::of(&visitor.query)?;
    let (chrome, fragment) = (visitor.chrome.clone(), visitor.fragment);
    let work = move |scenario: Scenario| {
        let input = detail::RuleInput {
            id: &scenario.id,
            name: &scenario.name,
            model: &scenario.model,
            netns: &asked.netns,
            table: &asked.table,
            chain: &asked.chain,
            number: asked.number,
            fragment,
        };
        detail::rule(&chrome, &input)
    };
    let html = Scenario::open(state, visitor, id).await?.work(state, work).await??;
    Ok(Html(html.ok_or(Error::NotFound)?).into_response())
}
