//! `POST /api/v1/scenarios`: keeps manifests that come as a form or as JSON.

use crate::about;
use crate::answer::{self, Answer};
use crate::error::Error;
use crate::page;
use crate::scenario::Scenario;
use crate::state::AppState;
use crate::store::File;
use crate::upload::{self, Upload};
use crate::visitor::Visitor;
use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use web::{listing, url};

/// A body in JSON.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    files: Vec<File>,
}

pub(super) async fn answer(State(state): State<Arc<AppState>>, visitor: Visitor, request: Request) -> Response {
    answer::program(&visitor, keep(&state, &visitor, request).await)
}

async fn keep(state: &Arc<AppState>, visitor: &Visitor, request: Request) -> Answer {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let upload = if kind.starts_with("application/json") {
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge { limit: state.config.max_body.0, size: None },
            _ => Error::Request(rejection.body_text()),
        })?;
        let read = move || serde_json::from_slice::<Body>(&bytes).map_err(|error| Error::Request(error.to_string()));
        let Body { files } = state.pool.run(read).await??;
        upload::given(files, state.config.max_body.0)?
    } else {
        let form = Multipart::from_request(request, state).await;
        let form = form.map_err(|rejection| Error::Form(rejection.body_text()))?;
        let read = upload::read(form, &state.pool, state.config.max_body.0).await;
        match read.error {
            Some(error) => return Err(error),
            None => read.upload,
        }
    };
    let uploaded = page::upload::keep(state, visitor, Upload { example: None, ..upload }).await?;
    let id = uploaded.id;
    let scenario = Scenario::open(state, visitor, &id).await?;
    let lang = visitor.chrome.lang;
    let check = scenario.work(state, move |scenario: Scenario| listing::check(lang, &scenario.model)).await?;
    let body = json!({
        "schema": "kubehop.uploaded/1",
        "id": id,
        "url": url::scenario(&id),
        "expires": about::instant(uploaded.expires),
        "redacted": uploaded.redacted,
        "findings": check["findings"],
    });
    let headers = [(LOCATION, format!("/api/v1/scenarios/{id}")), (CONTENT_TYPE, "application/json".to_owned())];
    Ok((StatusCode::CREATED, headers, body.to_string()).into_response())
}
