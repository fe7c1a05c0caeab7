//! What lies between two moments: what happened, whose endpoints stand otherwise, what kube-proxy wrote anew.

use super::words::{RuleWords, change_words, event_words, rule_words, time_text};
use crate::locale::{Lang, t, ta};
use serde_json::{Value, json};
use sim_core::timeline::{EndpointChange, Mark, RuleChange, Standing};
use std::fmt::{self, Write};

/// Moments that are told.
const MOMENTS: usize = 60;

/// Two moments in words.
#[derive(Default)]
pub struct BetweenWords {
    /// Both times.
    pub times: (String, String),
    /// Moments between, with what happened.
    pub moments: Vec<(String, String)>,
    /// How many more moments there are.
    pub more: usize,
    /// Endpoints that stand otherwise.
    pub endpoints: Vec<EndpointWords>,
    /// Rules by Node.
    pub rules: Vec<RuleWords>,
}

/// An endpoint that stands otherwise.
pub struct EndpointWords {
    /// `+`, `-`, or `~` where it is in both.
    pub sign: char,
    /// The Service.
    pub service: String,
    /// Address, and the Pod.
    pub who: String,
    /// How it stood, and how it stands.
    pub said: String,
}

impl BetweenWords {
    /// Of two times in milliseconds, the first of which may be the later one.
    pub fn of(
        lang: Lang,
        times: (u64, u64),
        marks: &[Mark],
        endpoints: &[EndpointChange],
        rules: &[RuleChange],
    ) -> Self {
        let (first, last) = (times.0.min(times.1), times.0.max(times.1));
        let within: Vec<&Mark> = marks.iter().filter(|mark| mark.at > first && mark.at <= last).collect();
        let told = |mark: &&Mark| {
            let events = mark.events.iter().map(|event| event_words(lang, event));
            let all: Vec<String> = events.chain(mark.changes.iter().map(|change| change_words(lang, change))).collect();
            (time_text(mark.at), all.join(" · "))
        };
        Self {
            times: (time_text(times.0), time_text(times.1)),
            moments: within.iter().take(MOMENTS).map(told).collect(),
            more: within.len().saturating_sub(MOMENTS),
            endpoints: endpoints.iter().map(|change| endpoint(lang, change)).collect(),
            rules: rules.iter().map(rule_words).collect(),
        }
    }
}

fn endpoint(lang: Lang, change: &EndpointChange) -> EndpointWords {
    let word = |standing: Option<Standing>| t(lang, &format!("endpoint-{}", standing.map_or("none", Standing::code)));
    EndpointWords {
        sign: match (change.before, change.after) {
            (None, _) => '+',
            (_, None) => '-',
            _ => '~',
        },
        service: change.service.to_string(),
        who: change.pod.as_ref().map_or_else(|| change.address.clone(), |pod| format!("{} · {pod}", change.address)),
        said: ta(
            lang,
            "endpoint-change",
            &[("before", word(change.before).into()), ("after", word(change.after).into())],
        ),
    }
}

/// The same as text.
///
/// # Errors
/// When it cannot be written.
pub fn write_between(out: &mut impl Write, lang: Lang, between: &BetweenWords) -> fmt::Result {
    let args = [("from", between.times.0.clone().into()), ("to", between.times.1.clone().into())];
    writeln!(out, "\n{}", ta(lang, "between-heading", &args))?;
    for (at, words) in &between.moments {
        writeln!(out, "  {at}: {words}")?;
    }
    if between.more > 0 {
        writeln!(out, "  {}", ta(lang, "timebar-more", &[("count", between.more.into())]))?;
    }
    for one in &between.endpoints {
        writeln!(out, "{} {} {}: {}", one.sign, one.service, one.who, one.said)?;
    }
    for rules in &between.rules {
        let args =
            [("node", rules.node.clone().into()), ("added", rules.counts.0.into()), ("removed", rules.counts.1.into())];
        writeln!(out, "{}", ta(lang, "time-rules", &args))?;
        rules.lines.iter().try_for_each(|(sign, within, line)| writeln!(out, "  {sign} {within}  {line}"))?;
        if rules.cut {
            writeln!(out, "  {}", t(lang, "time-lines-more"))?;
        }
    }
    Ok(())
}

/// The same for programs: `between` of `kubehop.compare/1`.
pub fn between_json(times: (u64, u64), endpoints: &[EndpointChange], rules: &[RuleChange]) -> Value {
    let endpoint = |change: &EndpointChange| {
        json!({
            "service": change.service.to_string(), "address": change.address, "pod": change.pod,
            "before": change.before.map(Standing::code), "after": change.after.map(Standing::code),
        })
    };
    let lines = |lines: &[(String, String)]| -> Vec<Value> {
        lines.iter().map(|(within, line)| json!({ "in": within, "line": line })).collect()
    };
    let node = |rules: &RuleChange| json!({ "node": rules.node, "added": lines(&rules.added), "removed": lines(&rules.removed), "cut": rules.cut });
    json!({
        "left": time_text(times.0), "right": time_text(times.1),
        "endpoints": endpoints.iter().map(endpoint).collect::<Vec<Value>>(),
        "rules": rules.iter().map(node).collect::<Vec<Value>>(),
    })
}
