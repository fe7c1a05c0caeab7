//! `/s/{id}/matrix` and `.json`: a Service from every kind of place in every way.

use crate::answer;
use crate::error::Error;
use crate::limits;
use crate::query::Query;
use crate::scenario::Scenario;
use crate::state::AppState;
use crate::visitor::Visitor;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Response};
use serde_json::Value;
use std::sync::Arc;
use web::locale::Lang;
use web::matrix::{self, Asked, Matrix};
use web::page::matrix as page_of;

/// The page: of the Service that is asked for, else of the first of those that it lists.
pub async fn page(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    answer::page(&visitor, shown(&state, &visitor, &id).await)
}

async fn shown(state: &AppState, visitor: &Visitor, id: &str) -> Result<Response, Error> {
    let (query, chrome) = (visitor.query.clone(), visitor.chrome.clone());
    let scenario = Scenario::open(state, visitor, id).await?;
    let work = move |scenario: Scenario| {
        let services = matrix::services(&scenario.model, limits::SERVICES);
        let to = query.get("to").filter(|to| !to.is_empty()).or(services.first().map(String::as_str));
        let matrix = to.map(|to| of(&scenario, to, chrome.lang)).transpose()?;
        let input =
            page_of::Input { id: &scenario.id, name: &scenario.name, services: &services, matrix: matrix.as_ref() };
        Ok(Html(page_of::render(&chrome, &input)?).into_response())
    };
    scenario.work(state, work).await?
}

/// The same for programs, which say which Service where there are several.
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

/// `kubehop.matrix/1` of the Service that a query asks for, which may be left out where there is only one.
///
/// # Errors
/// No such Service, or several and none is named; a budget that is spent.
pub fn value(scenario: &Scenario, query: &Query) -> Result<Value, Error> {
    let names = matrix::names(&scenario.model);
    let to = match (query.get("to"), names.as_slice()) {
        (Some(to), _) => to,
        (None, [only]) => only,
        (None, _) => return Err(Error::MissingParameter("to")),
    };
    Ok(matrix::json(&of(scenario, to, Lang::En)?))
}

fn of(scenario: &Scenario, to: &str, lang: Lang) -> Result<Matrix, Error> {
    let asked = Asked::read(&scenario.model, to).map_err(Error::Probe)?;
    Ok(matrix::matrix(lang, &asked, &scenario.budget)?)
}
