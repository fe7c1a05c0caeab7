//! `/s/{id}/door`: what a part of the picture leads to at a step of a probe.

use crate::answer::{self, Answer};
use crate::error::Error;
use crate::probe;
use crate::query::Query;
use crate::scenario::Scenario;
use crate::state::AppState;
use crate::visitor::Visitor;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Response};
use sim_core::trace::{self, ProbeText};
use std::sync::Arc;
use web::page::door;

/// What the address takes.
#[derive(Debug)]
struct Asked {
    probe: ProbeText,
    step: u32,
    what: String,
    netns: String,
    of: String,
}

impl Asked {
    fn of(query: &Query) -> Result<Self, Error> {
        Ok(Self {
            probe: probe::asked(query)?,
            step: query.number("step")?.unwrap_or(1),
            what: query.text("what"),
            netns: query.text("netns"),
            of: query.text("of"),
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
    let work = move |mut scenario: Scenario| {
        let journey = probe::replay(&mut scenario, &asked.probe)?;
        let aimed = probe::aim(&mut scenario, &asked.probe)?;
        let left = || trace::left_behind(&scenario.model, &aimed);
        let input = door::Input {
            id: &scenario.id,
            name: &scenario.name,
            model: &scenario.model,
            probe: &asked.probe,
            journey: &journey,
            left: &left,
            step: asked.step,
            what: &asked.what,
            netns: &asked.netns,
            of: &asked.of,
            marks: &scenario.marks,
            fragment,
        };
        Ok::<_, Error>(door::render(&chrome, &input)?)
    };
    let html = Scenario::open(state, visitor, id).await?.work(state, work).await??;
    Ok(Html(html.ok_or(Error::NotFound)?).into_response())
}
