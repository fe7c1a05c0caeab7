//! `/s/{id}/urls` and `.json`: a list of URLs through two ways in, in one table.

use crate::answer;
use crate::error::Error;
use crate::limits;
use crate::scenario::Scenario;
use crate::state::AppState;
use crate::visitor::Visitor;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Response};
use sim_core::model::Model;
use sim_core::trace::{self, ProbeText};
use std::sync::Arc;
use web::page::urls as page_of;
use web::urls::{self, Row, Told};

/// The page.
pub async fn page(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    let chrome = visitor.chrome.clone();
    let show = move |table: &page_of::Input<'_>| Ok(Html(page_of::render(&chrome, table)?).into_response());
    answer::page(&visitor, asked(&state, &visitor, &id, show).await)
}

/// The same for programs.
pub async fn json(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    let show = |table: &page_of::Input<'_>| {
        let text = answer::written(&urls::json((table.first, table.other), table.rows));
        Ok(([("content-type", "application/json")], text).into_response())
    };
    answer::program(&visitor, asked(&state, &visitor, &id, show).await)
}

async fn asked<T: Send + 'static>(
    state: &AppState,
    visitor: &Visitor,
    id: &str,
    show: impl FnOnce(&page_of::Input<'_>) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let query = visitor.query.clone();
    let scenario = Scenario::open(state, visitor, id).await?;
    let work = move |scenario: Scenario| {
        let model = &scenario.model;
        let from = query.get("from").unwrap_or("external");
        let doors = page_of::doors(model);
        let first = query.get("connect").or(doors.first().map(String::as_str)).unwrap_or("ingress");
        let other = query.get("other").or(doors.get(1).map(String::as_str)).unwrap_or(first);
        let usual = || urls::of_rules(&model.cluster, limits::USUAL_URLS).join("\n");
        let list = query.get("urls").map_or_else(usual, str::to_owned);
        let mut rows = Vec::new();
        for line in urls::lines(&list) {
            if rows.len() == limits::URLS {
                return Err(Error::Parameter { name: "urls", value: format!("> {}", limits::URLS) });
            }
            let ask = |connect: &str| {
                let probe = ProbeText {
                    from: from.to_owned(),
                    to: line.url.to_owned(),
                    method: line.method.map(str::to_owned),
                    connect: Some(connect.to_owned()),
                    ..ProbeText::default()
                };
                told(model, &probe, &scenario).map(|told| (told, probe))
            };
            let (left, right) = (ask(first)?, ask(other)?);
            rows.push((Row::of(line.line, left.0, right.0), [left.1, right.1]));
        }
        let (rows, probes): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
        let (id, name) = (&*scenario.id, &*scenario.name);
        let doors = &*doors;
        show(&page_of::Input { id, name, from, first, other, doors, list: &list, rows: &rows, probes: &probes })
    };
    scenario.work(state, work).await?
}

fn told(model: &Model, text: &ProbeText, within: &Scenario) -> Result<Told, Error> {
    let probe = trace::parse_probe(model, text).map_err(Error::Probe)?;
    let model = trace::model_for_within(model, &probe, &within.budget)?;
    Ok(urls::told(&trace::run_within(&model, &probe, &within.budget)?))
}
