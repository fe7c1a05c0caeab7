//! A timeline as JSON.

use super::window::window_json;
use super::words::{LaterWords, MomentWords, SentWords, told};
use crate::locale::Lang;
use kubernetes::cluster::model::Runs;
use serde_json::{Value, json};
use sim_core::model::Model;
use sim_core::timeline::{Change, Played};

/// `kubehop.timeline/1`.
pub fn json(model: &Model, played: &[Played]) -> Value {
    let words = told(Lang::En, model, played);
    let events: Vec<Value> = played.iter().zip(&words).map(|(one, words)| moment(model, one, words)).collect();
    json!({ "schema": "kubehop.timeline/1", "events": events, "windows": window_json(model, played) })
}

fn later(sent: &SentWords) -> Vec<Value> {
    let one = |later: &LaterWords| json!({ "at": later.at, "result": later.code, "server": later.server, "ended": later.ended });
    sent.later.iter().map(one).collect()
}

fn moment(model: &Model, one: &Played, words: &MomentWords) -> Value {
    let what = one.moment.events.iter().filter_map(|at| model.cluster.timeline.get(*at)).map(|event| {
        let at = event.location.as_ref();
        json!({ "what": event.what.word(), "field": event.field, "file": at.map(|at| &*at.file), "line": at.map(|at| at.line) })
    });
    let changes = one.moment.changes.iter().map(|change| {
        let mut value = json!({ "change": change.code() });
        let mut put = |name: &str, own: Value| {
            if let Some(map) = value.as_object_mut() {
                map.insert(name.to_owned(), own);
            }
        };
        if let Some(pod) = change.pod() {
            put("pod", json!(pod.to_string()));
        }
        match change {
            Change::Added(_, node, ip) => {
                put("node", json!(node));
                put("ip", json!(ip.to_string()));
            }
            Change::Gone(_, ip) => put("ip", json!(ip.to_string())),
            Change::Scaled(object, replicas) => {
                put("object", json!(object.to_string()));
                put("replicas", json!(replicas));
            }
            Change::Patched(object, fields) => {
                put("object", json!(object.to_string()));
                put("fields", json!(fields));
            }
            Change::Runs(what, _) => {
                put("component", json!(what.name()));
                if let Runs::Kubelet(node) = what {
                    put("node", json!(node));
                }
            }
            Change::Synced(node) => put("node", json!(node)),
            Change::Power(spot, _) => {
                put("machine", json!(spot.machine));
                put("link", json!(spot.link));
            }
            Change::Bound(_, node)
            | Change::NodeReady(node, _)
            | Change::Tainted(node)
            | Change::Cordoned(node)
            | Change::Follows(node, _) => put("node", json!(node)),
            Change::Waits(_)
            | Change::Ready(..)
            | Change::Terminating(_)
            | Change::Away
            | Change::Sliced
            | Change::Batches(_) => {}
        }
        value
    });
    let rules = one.rules.iter().map(|rules| {
        let lines = |lines: &[(String, String)]| -> Vec<Value> {
            lines.iter().map(|(within, line)| json!({ "in": within, "line": line })).collect()
        };
        json!({ "node": rules.node, "added": lines(&rules.added), "removed": lines(&rules.removed), "cut": rules.cut })
    });
    let sent = words.sent.iter().map(|sent| {
        let answered = sent.answered.as_ref();
        json!({
            "from": sent.probe.from, "to": sent.probe.to, "result": sent.code, "server": sent.server,
            "address": answered.map(|(address, _)| address), "sees": answered.map(|(_, sees)| sees),
            "keep": sent.probe.keep.is_some(), "later": later(sent),
        })
    });
    json!({
        "at": words.at, "milliseconds": one.moment.at, "what": what.collect::<Vec<Value>>(),
        "changes": changes.collect::<Vec<Value>>(), "rules": rules.collect::<Vec<Value>>(), "probes": sent.collect::<Vec<Value>>(),
    })
}
