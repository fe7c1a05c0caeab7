//! Embedded files under addresses that change with their content.

use axum::Router;
use web::page::AssetUrls;

/// Path prefix of all files.
const PREFIX: &str = "/static";

/// Where each file is served, and the routes that serve them.
pub fn load<S: Clone + Send + Sync + 'static>() -> (AssetUrls, bool, Router<S>) {
    let files = memory_serve::load!().index_file(None).enable_hashed_routes(true);
    let mut urls = AssetUrls::default();
    let mut htmx = false;
    for (route, served) in files.manifest().iter() {
        let name = route.trim_start_matches('/');
        htmx |= name == "js/htmx.min.js";
        urls.insert(name, format!("{PREFIX}{served}"));
    }
    (urls, htmx, Router::new().nest(PREFIX, files.into_router()))
}
