//! Headers of every answer, cookies for a language or theme that was just chosen, pages for errors that layers and extractors answer in
//! plain text, and the longest time for one answer.

use crate::error::Error;
use crate::state::AppState;
use crate::visitor::Visitor;
use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY, RETRY_AFTER, SET_COOKIE, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use std::sync::Arc;
use std::time::Duration;
use web::gallery;

/// Longest time for one answer, once its body is there.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Nothing but our own files; no inline script or style.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// What no page of ours asks a browser for.
const PERMISSIONS: &str = "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), \
                           gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=()";
/// Headers that are the same on every answer.
const FIXED: [(HeaderName, HeaderValue); 2] = [
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
];
/// Headers that a page may have chosen otherwise: a picture that stands alone has a policy of its own, what is embedded is for others.
const USUAL: [(HeaderName, HeaderValue); 4] = [
    (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("permissions-policy"), HeaderValue::from_static(PERMISSIONS)),
];
/// Seconds after which who was sent away may ask again, where nothing else is known.
const AGAIN: HeaderValue = HeaderValue::from_static("5");

/// The layer.
pub async fn surround(
    State(state): State<Arc<AppState>>,
    visitor: Visitor,
    mut request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    let file = path.starts_with("/static/");
    let private = !request.method().is_safe() || is_private(path);
    // A body has a time of its own to come in.
    let longest = if request.method().is_safe() { TIMEOUT } else { TIMEOUT + state.config.longest_body() };
    request.extensions_mut().insert(visitor.clone());
    let mut response = match &visitor.unknown {
        // Nothing is taken for something else in silence.
        Some((name, value)) if !file => Error::Parameter { name, value: value.clone() }.page(&visitor),
        _ => {
            let answered = tokio::time::timeout(longest, next.run(request)).await;
            answered.unwrap_or_else(|_| Error::Timeout.page(&visitor))
        }
    };
    if let Some(error) = plain_error(&state, &response) {
        let wait = response.headers_mut().remove(RETRY_AFTER);
        response = error.page(&visitor);
        response.headers_mut().extend(wait.map(|wait| (RETRY_AFTER, wait)));
    }
    let wait = matches!(response.status(), StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS);
    let headers = response.headers_mut();
    if wait {
        headers.entry(RETRY_AFTER).or_insert(AGAIN);
    }
    headers.extend(FIXED);
    for (name, value) in USUAL {
        headers.entry(name).or_insert(value);
    }
    if !file {
        headers.append(VARY, HeaderValue::from_static("Accept-Encoding, Accept-Language, Cookie, HX-Request"));
        if private {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, nofollow"));
        }
        headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-cache"));
        let chosen = [("lang", visitor.chrome.code()), ("theme", visitor.chrome.theme_code())];
        // Who looks at a picture or takes a file along has chosen nothing for the pages.
        let page = headers.get(CONTENT_TYPE).is_none_or(|kind| kind.as_bytes().starts_with(b"text/html"));
        for (name, value) in chosen
            .into_iter()
            .filter(|(name, _)| page && visitor.unknown.is_none() && visitor.query.get(name).is_some())
        {
            let cookie = format!("{name}={value}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly");
            headers.extend(HeaderValue::try_from(cookie).map(|cookie| (SET_COOKIE, cookie)));
        }
    }
    response
}

/// True for what somebody uploaded or shared: nobody keeps a copy or lists it.
fn is_private(path: &str) -> bool {
    let mut parts = path.trim_start_matches('/').split('/');
    match parts.next() {
        Some("s") => parts.next().is_none_or(|id| !gallery::comes_with(id)),
        Some("x" | "embed" | "view") => true,
        Some("api") => parts.nth(2).is_some_and(|id| !gallery::comes_with(id)),
        _ => false,
    }
}

/// The error behind an answer in plain text: people get a page.
fn plain_error(state: &AppState, response: &Response) -> Option<Error> {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if kind.is_some_and(|kind| kind.starts_with("text/html") || kind.starts_with("application/problem+json")) {
        return None;
    }
    match response.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Some(Error::TooLarge { limit: state.config.max_body.0, size: None }),
        StatusCode::BAD_REQUEST => Some(Error::Request(String::new())),
        StatusCode::FORBIDDEN => Some(Error::CrossSite),
        StatusCode::REQUEST_TIMEOUT => Some(Error::Slow),
        StatusCode::TOO_MANY_REQUESTS => Some(Error::TooMany),
        StatusCode::MISDIRECTED_REQUEST => Some(Error::Host),
        StatusCode::INTERNAL_SERVER_ERROR => Some(Error::Internal("panic".to_owned())),
        _ => None,
    }
}
