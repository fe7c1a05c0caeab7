//! `/s/{id}/reach` and `.json`: who may connect to whom, as policies say.

use crate::answer;
use crate::error::Error;
use crate::query::Query;
use crate::scenario::Scenario;
use crate::state::AppState;
use crate::visitor::Visitor;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Response};
use serde_json::Value;
use sim_core::reach::{Asked, Chosen, Filter, Reach};
use std::sync::Arc;
use web::page::reach as page_of;
use web::reach::{self, PAIRS};

/// The page.
pub async fn page(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    answer::page(&visitor, shown(&state, &visitor, &id).await)
}

async fn shown(state: &AppState, visitor: &Visitor, id: &str) -> Result<Response, Error> {
    let (query, chrome) = (visitor.query.clone(), visitor.chrome.clone());
    let scenario = Scenario::open(state, visitor, id).await?;
    let work = move |scenario: Scenario| {
        let word = |name: &str| query.get(name).unwrap_or_default();
        let number = |name: &str| query.get(name).and_then(|text| text.parse().ok()).unwrap_or(0);
        let reach = of(&scenario, ports(&query)?)?;
        let asked = page_of::Asked {
            from: word("from"),
            to: word("to"),
            group: word("group"),
            ports: word("ports"),
            place: (number("row"), number("column")),
            why: (word("why_from"), word("why_to")),
        };
        let input =
            page_of::Input { id: &scenario.id, name: &scenario.name, reach: &reach, asked, budget: &scenario.budget };
        Ok(Html(page_of::render(&chrome, &input)?).into_response())
    };
    scenario.work(state, work).await?
}

/// The same for programs.
pub async fn json(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    answer::program(&visitor, told(&state, &visitor, &id).await)
}

async fn told(state: &AppState, visitor: &Visitor, id: &str) -> Result<Response, Error> {
    let query = visitor.query.clone();
    let scenario = Scenario::open(state, visitor, id).await?;
    let work = move |scenario: Scenario| {
        let text = answer::written(&value(&scenario, &query)?);
        Ok(([("content-type", "application/json")], text).into_response())
    };
    scenario.work(state, work).await?
}

/// `kubehop.reach/1` of what a query asks for.
///
/// # Errors
/// Ends that nobody is, ports that there are not, a budget that is spent.
pub fn value(scenario: &Scenario, query: &Query) -> Result<Value, Error> {
    let asked = ports(query)?;
    let reach = of(scenario, asked)?;
    let end = |name: &'static str| match query.get(name).filter(|text| !text.is_empty()) {
        Some(text) => {
            let wrong = || Error::Parameter { name, value: text.to_owned() };
            Chosen::read(&reach, text).map(Some).ok_or_else(wrong)
        }
        None => Ok(None),
    };
    let filter = Filter { from: end("from")?, to: end("to")? };
    Ok(reach::json(&reach, &reach.listing(&filter, PAIRS), asked))
}

fn ports(query: &Query) -> Result<Asked, Error> {
    match query.get("ports") {
        None | Some("" | "all") => Ok(Asked::All),
        Some("declared") => Ok(Asked::Declared),
        Some(other) => Err(Error::Parameter { name: "ports", value: other.to_owned() }),
    }
}

fn of(scenario: &Scenario, asked: Asked) -> Result<Reach<'_>, Error> {
    Ok(Reach::of(&scenario.model.parsed, &scenario.model.cluster, asked, &scenario.budget)?)
}
