//! Who asks, an id for the request, the access log, metrics. Of an address the route's pattern is written down, never the address itself:
//! it has ids and names in it.

use crate::client::{self, Client, Peer};
use crate::state::AppState;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{HeaderName, STRICT_TRANSPORT_SECURITY};
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use metrics::{counter, histogram};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Instant;

/// The header with the id of a request.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Written down in place of a pattern: for files, and for what is no address.
const FILES: &str = "/static/{file}";
const NONE: &str = "none";

/// An id for each request: nobody can tell from one what others there are.
fn new_id() -> HeaderValue {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    static KEYS: LazyLock<[RandomState; 2]> = LazyLock::new(Default::default);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let [first, second] = &*KEYS;
    let text = format!("{:016x}{:016x}", first.hash_one(count), second.hash_one(count));
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(NONE))
}

/// An id that a proxy gave, if it is one.
fn given(value: &HeaderValue) -> Option<HeaderValue> {
    let fits = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let bytes = value.as_bytes();
    (!bytes.is_empty() && bytes.len() <= 64 && bytes.iter().all(fits)).then(|| value.clone())
}

/// The pattern of a route, as it is written down.
fn pattern(path: Option<&MatchedPath>) -> &str {
    match path.map(MatchedPath::as_str) {
        Some(path) if path.starts_with("/static/") => FILES,
        Some(path) => path,
        None => NONE,
    }
}

/// A method by its name; those that nobody knows have one name.
fn name_of(method: &Method) -> &'static str {
    const KNOWN: [(Method, &str); 7] = [
        (Method::GET, "GET"),
        (Method::POST, "POST"),
        (Method::HEAD, "HEAD"),
        (Method::OPTIONS, "OPTIONS"),
        (Method::PUT, "PUT"),
        (Method::DELETE, "DELETE"),
        (Method::PATCH, "PATCH"),
    ];
    KNOWN.iter().find(|(known, _)| known == method).map_or("other", |(_, name)| name)
}

/// The layer.
pub async fn record(State(state): State<Arc<AppState>>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let (config, headers) = (&state.config, request.headers());
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0);
    let client = peer.map(|peer| client::client_of(config, peer, headers)).unwrap_or_default();
    let tls = config.public_url.as_ref().is_some_and(|url| url.starts_with("https:"))
        || peer.is_some_and(|peer| client::is_behind_tls(config, peer, headers));
    let trusted = peer.is_some_and(|peer| config.trusts(peer));
    let id = headers.get(&REQUEST_ID).filter(|_| trusted).and_then(given).unwrap_or_else(new_id);
    let path = request.extensions().get::<MatchedPath>().cloned();
    let method = name_of(request.method());
    request.extensions_mut().insert(client);

    let mut response = Client::scope(client, next.run(request)).await;

    let (time, status, route) = (started.elapsed(), response.status(), pattern(path.as_ref()));
    if config.access_log {
        let (id, status, micros) = (id.to_str().unwrap_or(NONE), status.as_u16(), time.as_micros());
        tracing::info!(target: "access", id, method, route, status, micros);
    }
    if config.metrics_listen.is_some() {
        let route = route.to_owned();
        histogram!("kubehop_request_seconds", "route" => route.clone()).record(time);
        let status = status.as_str().to_owned();
        counter!("kubehop_requests_total", "route" => route, "method" => method, "status" => status).increment(1);
    }
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id);
    if tls {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_all_different_and_given_ones_are_plain() {
        let ids: BTreeSet<String> = (0..1_000).map(|_| new_id().to_str().unwrap().to_owned()).collect();
        assert!(ids.len() == 1_000 && ids.iter().all(|id| id.len() == 32));
        let given = |text: &str| given(&HeaderValue::from_str(text).unwrap()).is_some();
        assert!(given("0af7651916cd43dd8448eb211c80319c") && given("a-b_c.d"));
        assert!(!given("") && !given("a b") && !given("a\"b") && !given(&"x".repeat(65)));
    }

    #[test]
    fn methods_are_few() {
        assert_eq!(name_of(&Method::GET), "GET");
        assert_eq!(name_of(&Method::from_bytes(b"HACK").unwrap()), "other");
    }
}
