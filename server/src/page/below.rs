//! What there is below a scenario: all that is read of it, nothing that makes another. Of a stored one and of one that a link carries.

use super::{
    compare, door, ends, export, lab, link, matrix, picture, policy, predict, reach, rule, rules, scenario, service,
    source, state, time, trace, urls,
};
use crate::state::AppState;
use axum::Router;
use axum::routing::get;
use std::sync::Arc;

/// The pages; each is the same whenever it is asked for, as long as the scenario is there.
pub fn routes() -> Router<Arc<AppState>> {
    Router::new()
        .route("/s/{id}", get(scenario::page))
        .route("/s/{id}/trace", get(trace::page))
        .route("/s/{id}/trace.json", get(trace::json))
        .route("/s/{id}/trace.svg", get(picture::svg))
        .route("/s/{id}/trace.png", get(picture::png))
        .route("/s/{id}/trace.md", get(export::markdown))
        .route("/s/{id}/trace.pcapng", get(export::pcapng))
        .route("/s/{id}/lab.tar.gz", get(lab::page))
        .route("/s/{id}/predict", get(predict::page))
        .route("/s/{id}/lesson.tar.gz", get(predict::file))
        .route("/s/{id}/compare", get(compare::page))
        .route("/s/{id}/compare.json", get(compare::json))
        .route("/s/{id}/matrix", get(matrix::page))
        .route("/s/{id}/matrix.json", get(matrix::json))
        .route("/s/{id}/reach", get(reach::page))
        .route("/s/{id}/reach.json", get(reach::json))
        .route("/s/{id}/policy", get(policy::page))
        .route("/s/{id}/policy.json", get(policy::json))
        .route("/s/{id}/time", get(time::page))
        .route("/s/{id}/time.json", get(time::json))
        .route("/s/{id}/urls", get(urls::page))
        .route("/s/{id}/urls.json", get(urls::json))
        .route("/s/{id}/rule", get(rule::page))
        .route("/s/{id}/rules", get(rules::page))
        .route("/s/{id}/service", get(service::page))
        .route("/s/{id}/state", get(state::page))
        .route("/s/{id}/state.json", get(state::json))
        .route("/s/{id}/source", get(source::page))
        .route("/s/{id}/link", get(link::page))
        .route("/s/{id}/door", get(door::page))
        .route("/s/{id}/ends", get(ends::page))
}
