//! Every address the server answers, and what surrounds all of them.

use crate::error::Error;
use crate::limits;
use crate::page;
use crate::state::AppState;
use crate::visitor::Visitor;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, RETRY_AFTER, SET_COOKIE, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use std::sync::Arc;
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::csrf::CsrfLayer;
use tower_http::trace::TraceLayer;

/// Longest time for one answer.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Nothing but our own files; no inline script or style.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// All routes.
pub fn all(state: Arc<AppState>, files: Router<Arc<AppState>>) -> Router {
    // What is compressed already is left as it is.
    let packed = NotForContentType::const_new("application/gzip");
    Router::new()
        .route("/", get(page::home::page))
        .route("/s", post(page::upload::page).layer(DefaultBodyLimit::max(limits::READ)))
        .route("/s/{id}", get(page::scenario::page))
        .route("/s/{id}/trace", get(page::trace::page))
        .route("/s/{id}/fix", post(page::fix::page))
        .route("/s/{id}/trace.json", get(page::trace::json))
        .route("/s/{id}/trace.svg", get(page::trace::svg))
        .route("/s/{id}/lab.tar.gz", get(page::lab::page))
        .route("/s/{id}/rule", get(page::rule::page))
        .route("/s/{id}/rules", get(page::rules::page))
        .route("/s/{id}/service", get(page::service::page))
        .route("/s/{id}/state", get(page::state::page))
        .route("/s/{id}/state.json", get(page::state::json))
        .route("/s/{id}/source", get(page::source::page))
        .route("/s/{id}/link", get(page::link::page))
        .route("/help/{code}", get(page::help::page))
        .route("/schema/scenario.json", get(page::plain::schema))
        .route("/favicon.ico", get(page::plain::icon))
        .route("/healthz", get(async || "ok"))
        .route("/readyz", get(page::plain::ready))
        .merge(files)
        .fallback(async |visitor: Visitor| Error::NotFound.page(&visitor))
        .method_not_allowed_fallback(async |visitor: Visitor| Error::Method.page(&visitor))
        .layer(CsrfLayer::new())
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn_with_state(state.clone(), surround))
        .layer(CompressionLayer::new().compress_when(DefaultPredicate::new().and(packed)))
        .layer(TraceLayer::new_for_http())
        .with_state(state)
}

/// Headers of every answer, and cookies for a language or theme that was just chosen.
async fn surround(visitor: Visitor, request: Request, next: Next) -> Response {
    let file = request.uri().path().starts_with("/static/");
    let answered = tokio::time::timeout(TIMEOUT, next.run(request)).await;
    let mut response = answered.unwrap_or_else(|_| Error::Timeout.page(&visitor));
    // Layers and extractors answer in plain text; people get a page.
    if !is_html(&response) {
        let error = match response.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Some(Error::TooLarge { limit: limits::UPLOAD, size: None }),
            StatusCode::BAD_REQUEST => Some(Error::Request(String::new())),
            StatusCode::FORBIDDEN => Some(Error::CrossSite),
            StatusCode::INTERNAL_SERVER_ERROR => Some(Error::Internal("panic".to_owned())),
            _ => None,
        };
        response = error.map_or(response, |error| error.page(&visitor));
    }
    let wait = matches!(response.status(), StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS);
    let headers = response.headers_mut();
    if wait {
        headers.entry(RETRY_AFTER).or_insert(HeaderValue::from_static("5"));
    }
    // A picture that stands alone has a policy of its own.
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(POLICY));
    let fixed: [(HeaderName, &'static str); 2] =
        [(X_CONTENT_TYPE_OPTIONS, "nosniff"), (REFERRER_POLICY, "same-origin")];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !file {
        headers.append(VARY, HeaderValue::from_static("Accept-Language, Cookie, HX-Request"));
        headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-cache"));
        let chosen = [("lang", visitor.chrome.code()), ("theme", visitor.chrome.theme_code())];
        for (name, value) in chosen.into_iter().filter(|(name, _)| visitor.query.get(name).is_some()) {
            if let Ok(cookie) =
                HeaderValue::from_str(&format!("{name}={value}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly"))
            {
                headers.append(SET_COOKIE, cookie);
            }
        }
    }
    response.into_response()
}

fn is_html(response: &Response) -> bool {
    let kind = response.headers().get("content-type").and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/html") || kind.starts_with("application/problem+json"))
}
