//! The whole application as one service.

use crate::config::Config;
use crate::state::AppState;
use crate::store::Store;
use crate::{assets, routes};
use axum::Router;
use std::sync::Arc;

/// The application.
pub fn app(store: Store, config: &Config) -> Router {
    let (assets, htmx, files) = assets::load();
    routes::all(Arc::new(AppState::new(store, config.clone(), assets, htmx)), files)
}

/// True when htmx was embedded.
pub fn has_htmx() -> bool {
    assets::load::<()>().1
}
