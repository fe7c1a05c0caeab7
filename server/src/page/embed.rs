//! `/embed/x/{id}`: a share in a frame of another site, and `/oembed`, by which other sites find that frame.

use crate::about;
use crate::answer;
use crate::error::Error;
use crate::probe;
use crate::query::Query;
use crate::scenario::{self, Scenario};
use crate::state::AppState;
use crate::visitor::Visitor;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use sim_core::facts::Facts;
use std::sync::Arc;
use web::page::share;
use web::words::summary;
use web::{json, url};

/// Any site may frame it; it runs no script and sends nothing.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors *";
/// Size that is offered, in pixels.
const SIZE: (u32, u32) = (800, 500);

/// The frame: the picture of a step with what came out, and links to the steps around it.
pub async fn page(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    let answer = async {
        let entry = scenario::share(&state, &id).await?;
        let target = about::target(&entry);
        let asked = Query::read(&entry.query);
        if asked.get("from").is_none() {
            return Err(Error::NotFound);
        }
        let asking = Visitor { query: asked.clone(), ..visitor.clone() };
        let scenario = Scenario::open(&state, &asking, &id).await?;
        let traced = probe::send(&state, scenario, probe::asked(&asked)?, false).await??;
        let (chrome, wanted) = (visitor.chrome.clone(), visitor.query.wanted());
        let journey = traced.journey;
        let picture = format!("{}/trace.svg?{}", url::scenario(&id), asked.without(&["at", "step"]));
        let frame = format!("/embed/x/{}", url::encode(&id));
        let work = move |scenario: Scenario| {
            let facts = Facts::of(&scenario.model, &journey);
            // A frame has no room for what is wrong with its address: it shows the nearest step.
            let step = wanted.nearest(&scenario.model, &journey).0.or_else(|| facts.step_at(asked.get("at")?));
            let step = facts.steps.clamp(step.unwrap_or(1));
            let input = share::Frame {
                name: &scenario.name,
                result: &summary::result(chrome.lang, &json::summary(&scenario.model, &journey)),
                picture: &url::replace(&url::replace(&picture, "step", &step.to_string()), "lang", chrome.code()),
                frame: &frame,
                target: &target,
                step,
                total: facts.steps.len(),
            };
            share::frame(&chrome, input)
        };
        let html = traced.scenario.work(&state, work).await??;
        let headers = [
            ("content-type", "text/html; charset=utf-8"),
            ("content-security-policy", POLICY),
            ("cross-origin-resource-policy", "cross-origin"),
        ];
        Ok((headers, html).into_response())
    };
    answer::page(&visitor, answer.await)
}

/// The id of the share that an address names.
fn share_of<'u>(state: &AppState, address: &'u str) -> Option<&'u str> {
    let public = state.config.public_url.as_deref().unwrap_or_default();
    let path = address.strip_prefix(public)?;
    let id = path.strip_prefix("/x/")?.split(['?', '#', '/']).next()?;
    (!id.is_empty()).then_some(id)
}

/// `/oembed?url=…` (<https://oembed.com>).
pub async fn oembed(State(state): State<Arc<AppState>>, visitor: Visitor) -> Response {
    let answer = async {
        let query = &visitor.query;
        if query.get("format").is_some_and(|format| format != "json") {
            return Ok(StatusCode::NOT_IMPLEMENTED.into_response());
        }
        let side = |name, most: u32| Ok::<_, Error>(query.number::<u32>(name)?.unwrap_or(most).min(most));
        let (width, height) = (side("maxwidth", SIZE.0)?, side("maxheight", SIZE.1)?);
        let id = query.get("url").and_then(|address| share_of(&state, address)).ok_or(Error::NotFound)?;
        let entry = scenario::share(&state, id).await?;
        let body = json!({
            "version": "1.0",
            "type": "rich",
            "provider_name": "kubehop",
            "provider_url": about::absolute(&state, "/"),
            "title": entry.name,
            "html": about::frame(&about::absolute(&state, &format!("/embed/x/{}", url::encode(id))), width, height),
            "width": width,
            "height": height,
        });
        Ok(([("content-type", "application/json")], body.to_string()).into_response())
    };
    answer::program(&visitor, answer.await)
}
