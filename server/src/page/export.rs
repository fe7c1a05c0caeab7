//! `/s/{id}/trace.md` and `.pcapng`: a trace to take along.

use crate::answer;
use crate::error::Error;
use crate::probe::{self, Asked, Traced};
use crate::scenario::Scenario;
use crate::state::AppState;
use crate::visitor::Visitor;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use web::markdown::Again;
use web::{capture, markdown, url};

/// What an address calls the world, and what the command line calls it.
const WORLD: [(&str, &str); 7] = [
    ("t", "--at"),
    (url::EVENT, "--event"),
    ("cni", "--cni"),
    ("proxy", "--proxy-mode"),
    ("docker", "--docker-version"),
    ("firewall-backend", "--firewall-backend"),
    ("expected", "--expected"),
];

/// The transcript.
pub async fn markdown(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    let answer = async {
        let Asked { probe, wanted, .. } = Asked::of_one(&visitor.query)?;
        let scenario = Scenario::open(&state, &visitor, &id).await?;
        let Traced { scenario, text, journey, .. } = probe::send(&state, scenario, probe, true).await??;
        let lang = visitor.chrome.lang;
        let work = move |scenario: Scenario| {
            let step = wanted.find(&scenario.model, &journey)?;
            let world = url::world(&scenario.id).into_iter().filter_map(|(name, value)| {
                let option = WORLD.into_iter().find(|(parameter, _)| *parameter == name)?.1;
                Some((option, value))
            });
            let again = Again { files: Vec::new(), probe: text, options: world.collect(), step };
            let mut out = String::new();
            let written = markdown::write(&mut out, lang, &scenario.model, &journey, &again);
            written.map(|()| out).map_err(|error| Error::Internal(error.to_string()))
        };
        let text = scenario.work(&state, work).await??;
        Ok(([("content-type", "text/markdown; charset=utf-8")], text).into_response())
    };
    answer::page(&visitor, answer.await)
}

/// The capture; `interface` names one device.
pub async fn pcapng(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    let answer = async {
        let asked = Asked::of_one(&visitor.query)?.probe;
        let interface = visitor.query.get("interface").map(str::to_owned);
        let scenario = Scenario::open(&state, &visitor, &id).await?;
        let Traced { scenario, journey, .. } = probe::send(&state, scenario, asked, false).await??;
        let work = move |scenario: Scenario| {
            let known = capture::interfaces(&scenario.model, &journey);
            match interface.as_ref().filter(|name| !known.contains(name)) {
                Some(value) => Err(Error::Parameter { name: "interface", value: value.clone() }),
                None => Ok(capture::pcapng(&scenario.model, &journey, interface.as_deref())),
            }
        };
        let bytes = scenario.work(&state, work).await??;
        let headers = [
            ("content-type", "application/x-pcapng"),
            ("content-disposition", "attachment; filename=\"trace.pcapng\""),
        ];
        Ok((headers, bytes).into_response())
    };
    answer::page(&visitor, answer.await)
}
