//! `/metrics` for Prometheus, on a listener of its own: what is counted where it happens, and what is read when somebody asks.

use crate::state::AppState;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics::gauge;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::sync::Arc;
use std::time::Duration;

/// Bounds of request times, in seconds.
const SECONDS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];
/// How often what was measured is put where it is asked for.
const UPKEEP: Duration = Duration::from_secs(5);

/// What was measured.
#[derive(Clone)]
pub struct Measures(PrometheusHandle);

impl Measures {
    /// Measures from here on, in the whole process.
    ///
    /// # Errors
    /// In words, when something else measures already.
    pub fn install() -> Result<Self, String> {
        let matcher = Matcher::Suffix("_seconds".to_owned());
        let builder = PrometheusBuilder::new().set_buckets_for_metric(matcher, &SECONDS);
        let handle = builder.map_err(|error| error.to_string())?.install_recorder();
        Ok(Self(handle.map_err(|error| error.to_string())?))
    }

    /// The one address, `/metrics`.
    pub fn app(self, state: Arc<AppState>) -> Router {
        let handle = self.0.clone();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(UPKEEP).await;
                handle.run_upkeep();
            }
        });
        Router::new().route("/metrics", get(read)).with_state((self, state))
    }
}

async fn read(State((measures, state)): State<(Measures, Arc<AppState>)>) -> Response {
    let (busy, waiting) = state.pool.load();
    gauge!("kubehop_workers_busy").set(busy as f64);
    gauge!("kubehop_work_waiting").set(waiting as f64);
    gauge!("kubehop_page_cache_bytes").set(state.pages.weight() as f64);
    gauge!("kubehop_trace_cache_bytes").set(state.told.weight() as f64);
    gauge!("kubehop_model_cache_bytes").set(state.models.weight() as f64);
    gauge!("kubehop_clients_remembered").set(state.guard.requests.remembered() as f64);
    ([("content-type", "text/plain; version=0.0.4")], measures.0.render()).into_response()
}
