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

/// `/robots.txt`: what comes with the program may be listed, nothing that somebody uploaded or shared.
pub async fn robots() -> Response {
    const TEXT: &str = "User-agent: *\nAllow: /s/first-service\nDisallow: /s/\nDisallow: /x/\nDisallow: /embed/\nDisallow: /api/\nDisallow: /view\n";
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
