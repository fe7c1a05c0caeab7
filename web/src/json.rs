//! The JSON of a trace: `kubehop.trace/1` and `kubehop.branches/1`.

use serde_json::{Value, json};
use sim_core::model::Model;
use sim_core::trace::{Branches, Journey};

/// One journey as `kubehop.trace/1`.
pub fn trace(model: &Model, journey: &Journey) -> Value {
    let _ = (model, journey);
    json!({ "schema": "kubehop.trace/1" })
}

/// All branches as `kubehop.branches/1`.
pub fn branches(model: &Model, branches: &Branches) -> Value {
    let all: Vec<Value> = branches.journeys.iter().map(|journey| trace(model, journey)).collect();
    json!({ "schema": "kubehop.branches/1", "branches": all, "cut": branches.cut })
}
