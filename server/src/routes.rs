//! Every address the server answers, and what surrounds all of them.

use crate::api;
use crate::error::Error;
use crate::layers::{body, guard, keep, record, surround};
use crate::limits;
use crate::page;
use crate::state::AppState;
use crate::visitor::Visitor;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Uri;
use axum::middleware::from_fn_with_state;
use axum::response::Redirect;
use axum::routing::{get, post};
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;

/// What there is not at an address: a trace in some other form, or anything.
fn nothing(path: &str) -> Error {
    let file = path.strip_prefix("/s/").and_then(|rest| rest.split_once('/')).map(|(_, file)| file);
    match file.and_then(|file| file.strip_prefix("trace.")) {
        Some(suffix) => Error::Suffix(suffix.to_owned()),
        None => Error::NotFound,
    }
}

type Routes = Router<Arc<AppState>>;

/// All routes.
pub fn all(state: Arc<AppState>, files: Routes) -> Router {
    let read = limits::read(&state.config);
    let uploads = from_fn_with_state(state.clone(), guard::uploads);
    lasting()
        .route_layer(from_fn_with_state(state.clone(), keep::keep))
        .merge(passing(read))
        .route_layer(uploads)
        .merge(changing())
        .merge(api::routes(&state, read))
        .merge(files)
        .fallback(async |uri: Uri, visitor: Visitor| nothing(uri.path()).page(&visitor))
        .method_not_allowed_fallback(async |visitor: Visitor| Error::Method.page(&visitor))
        .layer(CsrfLayer::new())
        .layer(CatchPanicLayer::new())
        .layer(from_fn_with_state(state.clone(), keep::pack))
        .layer(from_fn_with_state(state.clone(), body::body))
        .layer(from_fn_with_state(state.clone(), guard::guard))
        .layer(from_fn_with_state(state.clone(), surround::surround))
        .layer(from_fn_with_state(state.clone(), record::record))
        .with_state(state)
}

/// What is the same whenever it is asked for, by language and colours, as long as the scenario of its `{id}` is there: such answers are kept.
fn lasting() -> Routes {
    Router::new()
        .route("/", get(page::home::page))
        .merge(page::below::routes())
        // Its card, `/x/{id}.png`; the page itself leads elsewhere, and what leads elsewhere is not kept.
        .route("/x/{id}", get(page::share::open))
        .route("/help/{code}", get(page::help::page))
        .route("/lessons", get(page::lesson::map))
        .route("/lessons/", get(async || Redirect::permanent("/lessons")))
        .route("/glossary", get(page::glossary::page))
}

/// What depends on the moment or on who asks, and what makes something: every POST counts as an upload. Of an upload `read` bytes are read.
fn passing(read: usize) -> Routes {
    Router::new()
        .route("/s", post(page::upload::page).layer(DefaultBodyLimit::max(read)))
        .route("/lessons", post(page::import::page).layer(DefaultBodyLimit::max(limits::IMPORT)))
        .route("/s/{id}/fix", post(page::fix::page))
        .route(
            "/s/{id}/edit",
            get(page::edit::page).post(page::edit::change).layer(DefaultBodyLimit::max(limits::FORM)),
        )
        .route("/s/{id}/policy", post(page::policy::change).layer(DefaultBodyLimit::max(limits::TICK)))
        .route("/s/{id}/share", post(page::share::form))
        .route("/s/{id}/versions", get(page::versions::page))
        .route("/embed/lessons/{slug}", get(page::lesson::embed))
        .route("/embed/x/{id}", get(page::embed::page))
        .route("/oembed", get(page::embed::oembed))
        .route("/robots.txt", get(page::plain::robots))
        .route("/schema/{name}", get(page::plain::schema))
        .route("/favicon.ico", get(page::plain::icon))
        .route("/healthz", get(async || "ok"))
        .route("/readyz", get(page::plain::ready))
}

/// What changes a little of what is there, and what only shows what is posted: it counts as any request.
fn changing() -> Routes {
    Router::new()
        .route(
            "/lessons/{slug}",
            get(page::lesson::page).post(page::lesson::tried).layer(DefaultBodyLimit::max(limits::LESSON)),
        )
        .route(
            "/s/{id}/lesson",
            get(page::lesson::stored).post(page::lesson::tried_stored).layer(DefaultBodyLimit::max(limits::LESSON)),
        )
        .route("/lessons/today", get(page::lesson::today))
        .route("/x/{id}/share", get(page::share::manage).post(page::share::changed))
        .route("/view", get(page::view::page).post(page::view::open).layer(DefaultBodyLimit::max(limits::LINK)))
}
