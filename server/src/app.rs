//! The whole application as one service.

use crate::config::Config;
use crate::layers::slashes;
use crate::state::AppState;
use crate::store::Store;
use crate::{assets, routes};
use axum::Router;
use std::sync::Arc;

/// The application.
pub fn app(store: Store, config: &Config) -> Router {
    over(&Arc::new(state(store, config)))
}

/// What all requests of an application share.
pub fn state(store: Store, config: &Config) -> AppState {
    let (assets, htmx, _) = assets::load::<()>();
    AppState::new(store, config.clone(), assets, htmx)
}

/// The application over what its requests share.
pub fn over(state: &Arc<AppState>) -> Router {
    slashes::collapsed(routes::all(state.clone(), assets::load().2))
}

/// True when htmx was embedded.
pub fn has_htmx() -> bool {
    assets::load::<()>().1
}
