//! `/s/{id}/compare` and `.json`: the same probe in two worlds.

use crate::answer;
use crate::error::Error;
use crate::probe;
use crate::query::Query;
use crate::scenario::Scenario;
use crate::state::AppState;
use crate::visitor::Visitor;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Response};
use serde_json::Value;
use sim_core::agents::cni;
use sim_core::model::Model;
use sim_core::timeline::{self, EndpointChange, RuleChange};
use sim_core::trace::{self, Journey, ProbeText};
use std::borrow::Cow;
use std::sync::Arc;
use web::compare::{self, Comparison, World};
use web::locale::Lang;
use web::page::{compare as page_of, scenario::settings};
use web::timeline::{BetweenWords, between_json};
use web::words::Say;

/// Options of the command line that an address can have, and the name of each there.
const OPTIONS: [(&str, &str); 6] = [
    ("--at", "t"),
    ("--cni", "cni"),
    ("--proxy-mode", "proxy"),
    ("--docker-version", "docker"),
    ("--firewall-backend", "firewall-backend"),
    (EXPECTED, "expected"),
];

/// The option that leaves what was seen of real machines aside.
const EXPECTED: &str = "--expected";

/// The page.
pub async fn page(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    let chrome = visitor.chrome.clone();
    let show = move |both: &Both<'_>| {
        let input = page_of::Input {
            id: &both.left.id,
            other: &both.right.id,
            name: &both.left.name,
            model: &both.left.model,
            probe: both.probe,
            beside: &both.beside,
            with: both.with,
            comparison: &both.comparison,
            between: both.between.as_ref().map(|between| between.words(chrome.lang, both.left)),
            marks: &both.left.marks,
        };
        Ok(Html(page_of::render(&chrome, &input)?).into_response())
    };
    answer::page(&visitor, compared(&state, &visitor, &id, show).await)
}

/// The same for programs.
pub async fn json(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    let show = |both: &Both<'_>| {
        let text = answer::written(&written(both));
        Ok(([("content-type", "application/json")], text).into_response())
    };
    answer::program(&visitor, compared(&state, &visitor, &id, show).await)
}

/// Two worlds and what was found of them.
struct Both<'a> {
    left: &'a Scenario,
    right: &'a Scenario,
    probe: &'a ProbeText,
    /// The same with what was drawn in the first world.
    beside: ProbeText,
    with: &'a str,
    comparison: Comparison,
    /// Where they are at two times: what differs.
    between: Option<Between>,
}

/// What differs between two times.
struct Between {
    times: (u64, u64),
    endpoints: Vec<EndpointChange>,
    rules: Vec<RuleChange>,
}

impl Between {
    /// Takes its time.
    fn of(left: &Scenario, right: &Scenario) -> Result<Option<Self>, Error> {
        if left.time == right.time {
            return Ok(None);
        }
        let budget = &right.budget;
        Ok(Some(Self {
            times: (left.time, right.time),
            endpoints: timeline::endpoints(&left.model, &right.model, budget)?,
            rules: timeline::rules(&left.model, &right.model, budget)?,
        }))
    }

    fn words(&self, lang: Lang, left: &Scenario) -> BetweenWords {
        BetweenWords::of(lang, self.times, &left.marks, &self.endpoints, &self.rules)
    }
}

/// `kubehop.compare/1`.
fn written(both: &Both<'_>) -> Value {
    let mut value = compare::json(&both.comparison);
    if let Some(between) = &both.between {
        value["between"] = between_json(between.times, &between.endpoints, &between.rules);
    }
    value
}

/// What the API answers.
///
/// # Errors
/// Those of the page.
pub(crate) async fn value(state: &AppState, visitor: &Visitor, id: &str) -> Result<Value, Error> {
    let show = |both: &Both<'_>| Ok(written(both));
    compared(state, visitor, id, show).await
}

async fn compared<T: Send + 'static>(
    state: &AppState,
    visitor: &Visitor,
    id: &str,
    show: impl FnOnce(&Both<'_>) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let probe = probe::asked(&visitor.query)?;
    let left = Scenario::open(state, visitor, id).await?;
    let with = match visitor.query.get("with") {
        Some(with) => with.split_whitespace().collect::<Vec<_>>().join(" "),
        None => usual(&left.model),
    };
    let right = Scenario::open_in(state, visitor, id, &other(&visitor.query, &with)?).await?;
    let lang = visitor.chrome.lang;
    let work = move |right: Scenario| {
        let first = sent(&left.model, &probe, &right, None)?;
        let second = sent(&right.model, &probe, &right, Some(&first.1))?;
        let said = |model: &Model| settings(&Say { lang, model, id: None });
        let comparison = Comparison::of(
            lang,
            &World { options: "", settings: said(&first.0), model: &first.0, journey: &first.1 },
            &World { options: &with, settings: said(&second.0), model: &second.0, journey: &second.1 },
        );
        let beside = ProbeText { seed: probe.seed, ..trace::write_probe(&second.0, &second.1.probe) };
        let between = Between::of(&left, &right)?;
        show(&Both { left: &left, right: &right, probe: &probe, beside, with: &with, comparison, between })
    };
    right.work(state, work).await?
}

/// What is compared where nobody says: what machines should have, where the input brings what they have; else another plugin.
fn usual(model: &Model) -> String {
    if !model.cluster.given.is_empty() {
        return EXPECTED.to_owned();
    }
    let other = cni::simulated().iter().find(|plugin| **plugin != model.cluster.settings.data_path);
    format!("--cni {}", other.map_or("bridge", |plugin| plugin.name()))
}

/// The address' query in the other world.
fn other(query: &Query, with: &str) -> Result<Query, Error> {
    let bad = || Error::Parameter { name: "with", value: with.to_owned() };
    let mut pairs = Vec::new();
    let mut words = with.split(' ').filter(|word| !word.is_empty());
    while let Some(word) = words.next() {
        let (option, value) = match word.split_once('=') {
            Some((option, value)) => (option, value),
            // That it is there says it.
            None if word == EXPECTED && words.clone().next().is_none_or(|next| next.starts_with("--")) => (word, "1"),
            None => (word, words.next().ok_or_else(bad)?),
        };
        let (_, name) = OPTIONS.iter().find(|(known, _)| *known == option).ok_or_else(bad)?;
        pairs.push((*name, value));
    }
    Ok(query.with(&pairs))
}

/// What becomes of the probe in a world; where it can be, with the draws of another journey. Takes its time.
///
/// # Errors
/// What cannot be understood of the probe, or not be chosen; the budget of `within`.
pub(super) fn sent<'m>(
    model: &'m Model,
    text: &ProbeText,
    within: &Scenario,
    beside: Option<&Journey>,
) -> Result<(Cow<'m, Model>, Journey), Error> {
    let probe = trace::parse_probe(model, text).map_err(Error::Probe)?;
    let model = trace::model_for_within(model, &probe, &within.budget)?;
    if let Some(first) = beside {
        let journey = trace::run_within(&model, &compare::alike(&probe, first), &within.budget)?;
        if trace::check_choices(&journey).is_ok() {
            return Ok((model, journey));
        }
    }
    let journey = trace::run_within(&model, &probe, &within.budget)?;
    trace::check_choices(&journey).map_err(Error::Probe)?;
    Ok((model, journey))
}
