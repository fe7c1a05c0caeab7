//! `/s/{id}/lab.tar.gz`: the network, with the probe of the query, as scripts for a real kernel.

use crate::answer::{self, Answer};
use crate::error::Error;
use crate::limits;
use crate::pack;
use crate::probe::{self, Traced};
use crate::query::Query;
use crate::scenario::Scenario;
use crate::state::AppState;
use crate::visitor::Visitor;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use sim_core::lab::TAG;
use sim_core::trace::ProbeText;
use std::sync::Arc;
use web::locale;

/// The one folder everything is in.
const TOP: &str = "kubehop-lab";

/// What the address takes.
#[derive(Debug)]
struct Asked {
    probe: Option<ProbeText>,
}

impl Asked {
    fn of(query: &Query) -> Result<Self, Error> {
        Ok(Self { probe: query.get("from").map(|_| probe::asked(query)).transpose()? })
    }
}

/// The answer: an archive, or the page that says why there is none.
pub async fn page(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    answer::page(&visitor, archive(&state, &visitor, &id).await)
}

async fn archive(state: &AppState, visitor: &Visitor, id: &str) -> Answer {
    let asked = Asked::of(&visitor.query)?;
    let mut scenario = Scenario::open(state, visitor, id).await?;
    let mut way = None;
    if let Some(probe) = asked.probe {
        let traced: Traced = probe::send(state, scenario, probe, false).await??;
        (scenario, way) = (traced.scenario, Some((traced.journey, traced.branches)));
    }
    let lang = visitor.chrome.lang;
    let work = move |scenario: Scenario| {
        let model = &*scenario.model;
        limits::lab(model).map_err(|over| {
            let args = [("count", over.count.into()), ("limit", over.limit.into())];
            Error::LabTooLarge(locale::ta(lang, &format!("lab-limit-{}", over.what), &args))
        })?;
        let expected = way.as_ref().map(|(journey, branches)| web::lab::Expected { journey, branches });
        let files = web::lab::files(&web::lab::Input { lang, model, tag: TAG, expected });
        pack::tar_gz(TOP, files.iter().map(|file| (file.path.as_str(), file.text.as_str(), file.executable)))
    };
    let bytes = scenario.work(state, work).await??;
    let headers =
        [("content-type", "application/gzip"), ("content-disposition", "attachment; filename=\"kubehop-lab.tar.gz\"")];
    Ok((headers, bytes).into_response())
}
