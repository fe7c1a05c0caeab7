//! `/s/{id}/state` and `.json`: what a namespace holds, after a probe where the address has one.

use crate::answer;
use crate::answer::written;
use crate::error::Error;
use crate::probe;
use crate::query::Query;
use crate::scenario::Scenario;
use crate::state::AppState;
use crate::visitor::Visitor;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Response};
use kernel::state::KernelState;
use sim_core::trace::{self, ProbeText};
use std::sync::Arc;
use web::page::state;

/// What the address takes.
#[derive(Debug)]
struct Asked {
    node: String,
    netns: String,
    what: String,
    page: usize,
    probe: Option<ProbeText>,
}

impl Asked {
    fn of(query: &Query) -> Result<Self, Error> {
        Ok(Self {
            node: query.text("node"),
            netns: query.text("netns"),
            what: query.text("what"),
            page: query.number("page")?.unwrap_or_default(),
            probe: query.get("from").map(|_| probe::asked(query)).transpose()?,
        })
    }
}

async fn of<T: Send + 'static>(
    app: &AppState,
    visitor: &Visitor,
    id: &str,
    show: impl FnOnce(&Visitor, &state::Input<'_>) -> T + Send + 'static,
) -> Result<T, Error> {
    let asked = Asked::of(&visitor.query)?;
    let visitor_of_work = visitor.clone();
    let work = move |mut scenario: Scenario| {
        let mut kernel_state = KernelState::default();
        if let Some(text) = &asked.probe {
            let probe = probe::aim(&mut scenario, text)?;
            kernel_state = trace::left_behind(&scenario.model, &probe);
        }
        let input = state::Input {
            id: &scenario.id,
            name: &scenario.name,
            model: &scenario.model,
            node: &asked.node,
            netns: &asked.netns,
            what: &asked.what,
            page: asked.page,
            probe: asked.probe.as_ref(),
            state: &kernel_state,
        };
        Ok::<_, Error>(show(&visitor_of_work, &input))
    };
    Scenario::open(app, visitor, id).await?.work(app, work).await?
}

/// The page.
pub async fn page(State(app): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    let answer = async {
        let html = of(&app, &visitor, &id, |visitor, input| state::render(&visitor.chrome, input)).await??;
        Ok(Html(html.ok_or(Error::NotFound)?).into_response())
    };
    answer::page(&visitor, answer.await)
}

/// The same for programs.
pub async fn json(State(app): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    let answer = async {
        let show = |visitor: &Visitor, input: &state::Input<'_>| {
            state::json(&visitor.chrome, input).map(|value| written(&value))
        };
        let text = of(&app, &visitor, &id, show).await?.ok_or(Error::NotFound)?;
        Ok(([("content-type", "application/json")], text).into_response())
    };
    answer::program(&visitor, answer.await)
}
