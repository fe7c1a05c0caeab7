//! What is the same for everybody: the icon, the schema, whether the server is well.

use crate::error::Error;
use crate::state::AppState;
use crate::visitor::Visitor;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// `/favicon.ico`: the icon, for what is opened without a page around it.
pub async fn icon() -> Response {
    let headers = [("content-type", "image/svg+xml"), ("cache-control", "public, max-age=86400")];
    (headers, web::page::ICON).into_response()
}

/// `/schema/{name}`. Pages of other sites may read them.
pub async fn schema(Path(name): Path<String>, visitor: Visitor) -> Response {
    let Some(text) = web::schema::find(&name) else { return Error::NotFound.page(&visitor) };
    let headers = [
        ("content-type", "application/schema+json"),
        ("cache-control", "public, max-age=3600"),
        ("access-control-allow-origin", "*"),
    ];
    (headers, text).into_response()
}

/// `/robots.txt` (RFC 9309: the longest pattern counts). A link that somebody shares leads from `/x/` to a scenario or one trace of it: programs
/// that make previews of links may fetch these, and whoever does reads `X-Robots-Tag: noindex, nofollow` there, which nobody does who may not
/// fetch. Everything else of what was uploaded or shared is not for them.
pub async fn robots() -> Response {
    const TEXT: &str = "User-agent: *\nAllow: /x/\nDisallow: /x/*/\nAllow: /s/first-service\nAllow: /s/*$\nAllow: /s/*/trace?\nDisallow: /s/*/*\n\
        Disallow: /embed/\nDisallow: /api/\nDisallow: /view\n";
    ([("content-type", "text/plain; charset=utf-8"), ("cache-control", "public, max-age=86400")], TEXT).into_response()
}

/// `/readyz`: the store takes writes.
pub async fn ready(State(state): State<Arc<AppState>>) -> Response {
    if state.store.is_ready().await {
        "ready".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "store").into_response()
    }
}
