//! `/s/{id}/time` and `.json`: what happens when, and what becomes of a stream of probes meanwhile.

use crate::answer;
use crate::error::Error;
use crate::probe;
use crate::query::Query;
use crate::scenario::Scenario;
use crate::state::AppState;
use crate::visitor::Visitor;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Response};
use kubernetes::cluster::time_of;
use serde_json::Value;
use sim_core::timeline::{self, Cell, Stream};
use sim_core::trace::ProbeText;
use std::sync::Arc;
use web::page::time::{self, Input};

/// Milliseconds from one probe of a stream to the next where nobody says.
const EVERY: u64 = 1_000;

/// A stream that an address asks for.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    probe: ProbeText,
    every: Option<u64>,
    until: Option<u64>,
    /// Both as they are written.
    pace: (String, String),
}

impl Asked {
    /// Reads an address.
    ///
    /// # Errors
    /// [`Error::Parameter`] for what is no time, and for a seed that is no number.
    pub fn of(query: &Query) -> Result<Self, Error> {
        let time = |name: &'static str| {
            let read = |text: &str| time_of(text).ok_or_else(|| Error::Parameter { name, value: text.to_owned() });
            query.get(name).map(read).transpose()
        };
        let every = time("every")?;
        if every == Some(0) {
            return Err(Error::Parameter { name: "every", value: query.text("every") });
        }
        let pace = (query.text("every"), query.text("until"));
        Ok(Self { probe: probe::asked(query)?, every, until: time("until")?, pace })
    }

    /// What becomes of it; nothing where no probe is asked for.
    fn sent(&self, scenario: &Scenario) -> Result<Option<(Stream, Vec<Cell>)>, Error> {
        if self.probe.from.is_empty() || self.probe.to.is_empty() {
            return Ok(None);
        }
        let last = scenario.marks.last().map_or(0, |mark| mark.at);
        let over = Stream::over(last, self.every.unwrap_or(EVERY));
        let stream = Stream { until: self.until.unwrap_or(over.until), ..over };
        let cells = timeline::strip(&scenario.model, &self.probe, stream, &scenario.budget)?;
        Ok(Some((stream, cells)))
    }
}

/// The page: of the whole timeline, whatever time the address says.
pub async fn page(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    answer::page(&visitor, shown(&state, &visitor, &id).await)
}

async fn shown(state: &AppState, visitor: &Visitor, id: &str) -> Result<Response, Error> {
    let chrome = visitor.chrome.clone();
    let asked = Asked::of(&visitor.query)?;
    let scenario = Scenario::open_in(state, visitor, id, &visitor.query.with(&[("t", "")])).await?;
    let work = move |scenario: Scenario| {
        let played = timeline::play(&scenario.model, &scenario.budget)?;
        let sent = asked.sent(&scenario)?;
        let suggested = web::gallery::suggested(&scenario.model).into_iter().next().unwrap_or_default();
        let input = Input {
            id: &scenario.id,
            name: &scenario.name,
            model: &scenario.model,
            played: &played,
            marks: &scenario.marks,
            probe: if asked.probe.from.is_empty() && asked.probe.to.is_empty() { &suggested } else { &asked.probe },
            stream: sent.map(|(stream, cells)| (&asked.probe, stream, cells)),
            pace: (&asked.pace.0, &asked.pace.1),
        };
        Ok::<_, Error>(Html(time::render(&chrome, &input)?).into_response())
    };
    scenario.work(state, work).await?
}

/// The same for programs.
pub async fn json(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    let answer = async {
        let asked = Asked::of(&visitor.query)?;
        let scenario = Scenario::open_in(&state, &visitor, &id, &visitor.query.with(&[("t", "")])).await?;
        let work = move |scenario: Scenario| {
            let text = answer::written(&value(&scenario, &asked)?);
            Ok::<_, Error>(([("content-type", "application/json")], text).into_response())
        };
        scenario.work(&state, work).await?
    };
    answer::program(&visitor, answer.await)
}

/// `kubehop.timeline/1`.
///
/// # Errors
/// A budget that is spent.
pub fn value(scenario: &Scenario, asked: &Asked) -> Result<Value, Error> {
    let played = timeline::play(&scenario.model, &scenario.budget)?;
    let mut value = web::timeline::json(&scenario.model, &played);
    if let Some((stream, cells)) = asked.sent(scenario)? {
        value["stream"] = web::timeline::strip_json(&asked.probe, &stream, &cells);
    }
    Ok(value)
}
