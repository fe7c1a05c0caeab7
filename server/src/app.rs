//! What the server keeps, and the whole application as one service.

use crate::models::Models;
use crate::store::Store;
use crate::{assets, routes};
use axum::Router;
use std::sync::Arc;
use web::page::AssetUrls;

/// Shared by all requests.
pub struct State {
    /// Uploaded scenarios.
    pub store: Store,
    /// Models in use.
    pub models: Models,
    /// Where css and js are.
    pub assets: AssetUrls,
    /// htmx was embedded.
    pub htmx: bool,
}

/// The application.
pub fn app(store: Store) -> Router {
    let (assets, htmx, files) = assets::load();
    let state = Arc::new(State { store, models: Models::default(), assets, htmx });
    routes::all(state, files)
}

/// True when htmx was embedded.
pub fn has_htmx() -> bool {
    assets::load::<()>().1
}
