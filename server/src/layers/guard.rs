//! Who may ask now: by the host's name, by a client's rates, and by how much of it is under way.

use crate::client::Client;
use crate::state::AppState;
use axum::body::HttpBody;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Routes that machines ask, by whatever name.
const PROBES: [&str; 2] = ["/healthz", "/readyz"];

/// How long who asks too much waits for being told so: else a client that asks again at once takes the time of all others with refusals.
const HELD: Duration = Duration::from_millis(250);

fn sent_away(why: &'static str, status: StatusCode, wait: Duration) -> Response {
    metrics::counter!("kubehop_refused_total", "why" => why).increment(1);
    let seconds = wait.as_secs().saturating_add(1);
    ([(RETRY_AFTER, HeaderValue::from(seconds))], status).into_response()
}

/// The layer.
pub async fn guard(State(state): State<Arc<AppState>>, request: Request, next: Next) -> Response {
    let guard = &state.guard;
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    if PROBES.contains(&route) {
        return next.run(request).await;
    }
    if let Err(status) = guard.hosts.check(&request) {
        return sent_away("host", status, Duration::ZERO);
    }
    if route.starts_with("/static/") {
        return next.run(request).await;
    }
    let client = request.extensions().get::<Client>().copied().unwrap_or_default();
    let (now, moment) = (Instant::now(), Duration::ZERO);
    if let Err(wait) = guard.requests.take(client, now) {
        tokio::time::sleep(HELD).await;
        return sent_away("rate", StatusCode::TOO_MANY_REQUESTS, wait);
    }
    let Some(_one) = guard.under_way.begin(client) else {
        tokio::time::sleep(HELD).await;
        return sent_away("under-way", StatusCode::TOO_MANY_REQUESTS, moment);
    };
    next.run(request).await
}

/// Bytes that an upload is counted as at least: what there is beside its body.
const LEAST: usize = 64 << 10;

/// Bytes that an upload may come to: those it announces, else as many as one may have. Small ones that come slowly leave room for others.
fn size(request: &Request, most: usize) -> usize {
    let announced = request.body().size_hint().exact().and_then(|size| usize::try_from(size).ok());
    announced.unwrap_or(most).max(LEAST).min(most)
}

/// The layer of routes whose POST takes an upload, or makes one.
pub async fn uploads(State(state): State<Arc<AppState>>, request: Request, next: Next) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    let guard = &state.guard;
    let client = request.extensions().get::<Client>().copied().unwrap_or_default();
    let (now, moment) = (Instant::now(), Duration::ZERO);
    if let Err(wait) = guard.uploads.take(client, now) {
        return sent_away("upload-rate", StatusCode::TOO_MANY_REQUESTS, wait);
    }
    let Some(_upload) = guard.uploading.begin(client) else {
        return sent_away("client-uploads", StatusCode::TOO_MANY_REQUESTS, moment);
    };
    let Some(_place) = guard.all_uploading.begin_as((), size(&request, state.config.max_body.0)) else {
        return sent_away("uploads", StatusCode::SERVICE_UNAVAILABLE, moment);
    };
    next.run(request).await
}
