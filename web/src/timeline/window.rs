//! Windows in which nodes still send to a Pod that is gone, in words and as JSON.

use super::words::time_text;
use crate::locale::{Lang, ta};
use serde_json::{Value, json};
use sim_core::model::Model;
use sim_core::timeline::{Moment, Played, Window, sleeps, windows};

/// Windows in words at most.
const SHOWN: usize = 20;

fn of(model: &Model, played: &[Played]) -> Vec<Window> {
    let moments: Vec<Moment> = played.iter().map(|one| one.moment.clone()).collect();
    windows(model, &moments)
}

/// Every window of a timeline, and for each workload the sleep that closes its own.
pub fn window_words(lang: Lang, model: &Model, played: &[Played]) -> Vec<String> {
    let all = of(model, played);
    let one = |window: &Window| {
        let (node, until) = match &window.followed {
            Some((at, node)) => (node.to_string(), time_text(*at)),
            None => (String::new(), String::new()),
        };
        let args = [
            ("pod", window.pod.to_string().into()),
            ("ended", time_text(window.ended).into()),
            ("node", node.into()),
            ("until", until.into()),
            ("ends", if window.followed.is_some() { "yes" } else { "no" }.into()),
        ];
        ta(lang, "time-window", &args)
    };
    let mut lines: Vec<String> = all.iter().take(SHOWN).map(one).collect();
    if all.len() > SHOWN {
        lines.push(ta(lang, "time-windows-more", &[("count", (all.len() - SHOWN).into())]));
    }
    for (workload, sleep) in sleeps(&all) {
        let Some(sleep) = sleep else { continue };
        let args = [("workload", workload.to_string().into()), ("seconds", sleep.into())];
        lines.push(ta(lang, "time-sleep", &args));
    }
    lines
}

/// The same for programs.
pub(super) fn window_json(model: &Model, played: &[Played]) -> Vec<Value> {
    let one = |window: Window| {
        json!({
            "pod": window.pod.to_string(), "workload": window.workload.as_ref().map(ToString::to_string), "left": window.left,
            "ended": window.ended, "followed": window.followed.as_ref().map(|(at, _)| at),
            "node": window.followed.as_ref().map(|(_, node)| node), "sleep": window.sleep(),
        })
    };
    of(model, played).into_iter().map(one).collect()
}
