//! `/s/{id}/ends`: sources and destinations to choose from.

use crate::answer::{self, Answer};
use crate::error::Error;
use crate::probe;
use crate::query::Query;
use crate::scenario::Scenario;
use crate::state::AppState;
use crate::visitor::Visitor;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Response};
use sim_core::trace::ProbeText;
use std::sync::Arc;
use web::page::ends::{self, Side};

/// What the address takes.
#[derive(Debug)]
struct Asked {
    probe: ProbeText,
    side: Side,
    wanted: String,
}

impl Asked {
    fn of(query: &Query) -> Result<Self, Error> {
        let bad = |name: &'static str| Error::Parameter { name, value: query.text(name) };
        let side = match query.get("side") {
            Some("from") => Side::From,
            Some("to") => Side::To,
            _ => return Err(bad("side")),
        };
        let wanted = query.text("q");
        if wanted.chars().count() > ends::TEXT {
            return Err(bad("q"));
        }
        Ok(Self { probe: probe::asked(query)?, side, wanted: wanted.trim().to_owned() })
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
        let input = ends::Input {
            id: &scenario.id,
            name: &scenario.name,
            model: &scenario.model,
            side: asked.side,
            wanted: &asked.wanted,
            probe: &asked.probe,
            fragment,
        };
        Ok::<_, Error>(ends::render(&chrome, &input)?)
    };
    Ok(Html(Scenario::open(state, visitor, id).await?.work(state, work).await??).into_response())
}
