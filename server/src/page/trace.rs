//! `/s/{id}/trace`, `.json` and `.svg`: one step of one trace.

use super::scenario;
use crate::about;
use crate::answer::{self, Answer};
use crate::error::Error;
use crate::probe::{self, Traced};
use crate::query::Query;
use crate::scenario::Scenario;
use crate::state::AppState;
use crate::visitor::Visitor;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Response};
use data_encoding::BASE64;
use sha2::{Digest, Sha256};
use sim_core::facts::Facts;
use sim_core::trace::ProbeText;
use std::sync::Arc;
use web::json;
use web::page::trace;
use web::scene::svg::{Focus, View};
use web::scene::{NoLinks, Scene, svg};
use web::words::{Local, Say};

/// How much is told, in an address.
const LEVELS: [&str; 3] = ["story", "hops", "all"];

/// What the address takes.
#[derive(Debug)]
struct Asked {
    probe: ProbeText,
    /// Step from 1; the nearest there is.
    step: Option<u32>,
    level: Option<&'static str>,
    /// Every branch, in JSON.
    all: bool,
}

impl Asked {
    fn of(query: &Query) -> Result<Self, Error> {
        Ok(Self {
            probe: probe::asked(query)?,
            step: query.step(),
            level: query.word("level", &LEVELS)?,
            all: query.has("all"),
        })
    }
}

/// The page.
pub async fn page(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    answer::page(&visitor, show(&state, &visitor, &id).await)
}

async fn show(state: &AppState, visitor: &Visitor, id: &str) -> Answer {
    let Asked { probe, step, level, .. } = Asked::of(&visitor.query)?;
    let scenario = Scenario::open(state, visitor, id).await?;
    let Traced { scenario, text, journey, branches } = match probe::send(state, scenario, probe.clone(), true).await? {
        Ok(traced) => traced,
        Err(refused) => return scenario::show(state, visitor, refused.scenario, probe, Some(refused.error)).await,
    };
    let mut chrome = about::chrome(state, visitor, &scenario);
    let at = visitor.query.get("at").map(str::to_owned);
    let work = move |scenario: Scenario| {
        let step = step.or_else(|| Facts::of(&scenario.model, &journey).step_at(at.as_deref()?));
        let shared = scenario.entry.as_ref().filter(|entry| entry.shared && !entry.result.is_empty());
        // The very question that was shared, whatever step of it.
        if let Some(entry) =
            shared.filter(|entry| probe::asked(&Query::read(&entry.query)).is_ok_and(|asked| asked == text))
        {
            let now = json::summary(&scenario.model, &journey);
            if now != entry.result {
                let args = [("then", entry.result.as_str().into()), ("now", now.into())];
                chrome.about.notes.push((chrome.ta("about-then-now", &args), None));
            }
        }
        let input = trace::Input {
            id: &scenario.id,
            name: &scenario.name,
            model: &scenario.model,
            probe_text: &text,
            journey: &journey,
            branches: &branches,
            step,
            level,
        };
        trace::render(&chrome, &input)
    };
    Ok(Html(scenario.work(state, work).await??).into_response())
}

/// The same for programs.
pub async fn json(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    let answer = async {
        let Asked { probe, all, .. } = Asked::of(&visitor.query)?;
        let scenario = Scenario::open(&state, &visitor, &id).await?;
        let text = probe::told(&state, scenario, probe, all).await?;
        Ok(([("content-type", "application/json")], text).into_response())
    };
    answer::program(&visitor, answer.await)
}

/// The picture of a step.
pub async fn svg(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    let answer = async {
        let Asked { probe, step, .. } = Asked::of(&visitor.query)?;
        let scenario = Scenario::open(&state, &visitor, &id).await?;
        let Traced { scenario, journey, .. } = probe::send(&state, scenario, probe, false).await??;
        let lang = visitor.chrome.lang;
        let work = move |scenario: Scenario| {
            let model = &scenario.model;
            let scene = Scene::build(model, Some(&journey));
            let step = step.unwrap_or_else(|| Say { lang, model, id: None }.opening(&journey));
            let step = Some(scene.steps.clamp(step));
            let view = View { step, focus: Focus::All, words: &Local(lang), links: &NoLinks };
            let mut text = String::new();
            svg::write_standalone(&mut text, &scene, &view).map(|()| text)
        };
        let text = scenario.work(&state, work).await?.map_err(|error| Error::Internal(error.to_string()))?;
        // A picture opened by itself brings its own style; that, and nothing else, is allowed in it.
        let style = BASE64.encode(&Sha256::digest(svg::STYLE));
        let policy = format!("default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; frame-ancestors 'none'");
        let headers = [("content-type", "image/svg+xml"), ("content-security-policy", policy.as_str())];
        Ok((headers, text).into_response())
    };
    answer::page(&visitor, answer.await)
}
