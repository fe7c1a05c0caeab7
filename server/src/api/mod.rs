//! `/api/v1`: the same answers for programs.
//!
//! One table says what can be asked ([`operation`]); routes, the check of every parameter, the OpenAPI document and its page come from it.

mod document;
pub mod operation;
mod read;
mod sealed;
mod upload;

use crate::layers::{guard, keep};
use crate::page::share;
use crate::state::AppState;
use crate::visitor::Visitor;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::header::{ETAG, HeaderName, LINK, LOCATION, RETRY_AFTER};
use axum::http::{HeaderMap, Method};
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use operation::{Id, OPERATIONS, Operation};
use std::sync::Arc;
use std::time::Duration;
use tower_http::cors::{Any, CorsLayer};

/// How long a browser may remember that other sites may read here.
const REMEMBERED: Duration = Duration::from_secs(86_400);

/// Its routes. Pages of other sites may read, as everybody may, and send nothing. What reads a scenario is kept, what makes something counts as
/// an upload; of an upload `read` bytes are read.
pub fn routes(state: &Arc<AppState>, read: usize) -> Router<Arc<AppState>> {
    let exposed = [ETAG, LINK, LOCATION, RETRY_AFTER, HeaderName::from_static("x-request-id")];
    let readable = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::HEAD])
        .expose_headers(exposed)
        .max_age(REMEMBERED);
    let own = Router::new().route("/api/v1", get(document::page)).route("/api/v1/openapi.json", get(document::json));
    OPERATIONS
        .iter()
        .fold(own, |router, operation| router.route(operation.path, answering(operation, state, read)))
        .layer(readable)
}

fn answering(operation: &'static Operation, state: &Arc<AppState>, read: usize) -> MethodRouter<Arc<AppState>> {
    let route = match operation.id {
        Id::ChangeShare => return post(share::api_change),
        Id::DeleteShare => return post(share::api_delete),
        Id::Upload => post(upload::answer).layer(DefaultBodyLimit::max(read)),
        Id::Share => post(share::api_make),
        _ => get(
            async move |State(state): State<Arc<AppState>>,
                        Path(id): Path<String>,
                        visitor: Visitor,
                        headers: HeaderMap|
                        -> Response { read::answer(operation, &state, &visitor, &id, &headers).await },
        ),
    };
    match operation.method {
        operation::Method::Get => route.layer(from_fn_with_state(state.clone(), keep::keep)),
        operation::Method::Post => route.layer(from_fn_with_state(state.clone(), guard::uploads)),
    }
}
