//! The picture as JSON.

use super::drawn::{Drawn, Row};
use crate::reach::{Names, ports_json};
use serde_json::{Value, json};

/// `kubehop.policy/1`.
pub fn json(drawn: &Drawn<'_>) -> Value {
    let names = Names::of(drawn.reach);
    let row = |row: &Row| json!({ "peer": names.json(&row.peer), "state": row.state.code(), "allowed": ports_json(&row.ports) });
    let ways: Vec<Value> = drawn
        .ways
        .iter()
        .map(|way| {
            let policies = way.policies.iter().map(|policy| {
                let at = policy.location.as_ref();
                json!({ "object": policy.object.to_string(), "file": at.map(|at| &*at.file), "line": at.map(|at| at.line) })
            });
            json!({
                "direction": way.code(),
                "hostNetwork": way.around.host,
                "policies": policies.collect::<Vec<Value>>(),
                "anybody": ports_json(&way.around.anybody),
                "peers": way.rows.iter().map(row).collect::<Vec<Value>>(),
            })
        })
        .collect();
    json!({ "schema": "kubehop.policy/1", "of": names.json(&sim_core::reach::Peer::Workload(drawn.of)), "ways": ways })
}
