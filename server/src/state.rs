//! What all requests share.

use crate::cache::{FixCache, ModelCache, PageCache, ToldCache};
use crate::config::Config;
use crate::guard::Guard;
use crate::pool::{Pool, Width};
use crate::store::Store;
use std::sync::Arc;
use web::lessons::Course;
use web::page::AssetUrls;

/// Shared by all requests.
pub struct AppState {
    /// What whoever runs the server chose.
    pub config: Config,
    /// Uploaded scenarios.
    pub store: Store,
    /// Who may ask now.
    pub guard: Guard,
    /// Where everything that computes runs.
    pub pool: Pool,
    /// Models in use.
    pub models: ModelCache,
    /// Fixes in use.
    pub fixes: Arc<FixCache>,
    /// Pages in use.
    pub pages: PageCache,
    /// Traces in use.
    pub told: ToldCache,
    /// Lessons: those that come with the program, and the operator's.
    pub course: Arc<Course>,
    /// Where css and js are.
    pub assets: AssetUrls,
    /// htmx was embedded.
    pub htmx: bool,
}

impl AppState {
    /// With nothing kept yet.
    pub fn new(store: Store, config: Config, assets: AssetUrls, htmx: bool) -> Self {
        let pool = Pool::new(Width::of(&config));
        let models = ModelCache::new(pool.clone(), config.model_cache.0);
        let pages = PageCache::new(config.page_cache.0);
        let told = ToldCache::new(config.trace_cache.0);
        let guard = Guard::new(&config);
        let course = Arc::new(Course::builtin().clone());
        Self { course, config, guard, store, pool, models, fixes: Arc::default(), pages, told, assets, htmx }
    }
}
