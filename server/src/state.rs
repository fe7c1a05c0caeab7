//! What all requests share.

use crate::cache::{FixCache, ModelCache, PageCache};
use crate::pool::Pool;
use crate::store::Store;
use std::sync::Arc;
use web::page::AssetUrls;

/// Shared by all requests.
pub struct AppState {
    /// Uploaded scenarios.
    pub store: Store,
    /// Where everything that computes runs.
    pub pool: Pool,
    /// Models in use.
    pub models: ModelCache,
    /// Fixes in use.
    pub fixes: Arc<FixCache>,
    /// Pages in use.
    pub pages: PageCache,
    /// Where css and js are.
    pub assets: AssetUrls,
    /// htmx was embedded.
    pub htmx: bool,
}

impl AppState {
    /// With nothing kept yet.
    pub fn new(store: Store, assets: AssetUrls, htmx: bool) -> Self {
        let pool = Pool::default();
        let models = ModelCache::new(pool.clone());
        Self { store, pool, models, fixes: Arc::default(), pages: PageCache::default(), assets, htmx }
    }
}
