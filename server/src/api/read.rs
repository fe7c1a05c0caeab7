//! Operations that read a scenario.

use super::operation::{Id, Operation};
use super::sealed::Sealed;
use crate::answer;
use crate::error::Error;
use crate::page::{compare, matrix, policy, reach, time};
use crate::places;
use crate::probe::{self, Asked};
use crate::query::Query;
use crate::scenario::Scenario;
use crate::state::AppState;
use crate::visitor::Visitor;
use axum::http::HeaderMap;
use axum::response::Response;
use kernel::ids::NetnsId;
use kernel::state::KernelState;
use serde_json::{Value, json};
use sim_core::dns::RecordType;
use sim_core::model::Model;
use sim_core::print::{self, What};
use sim_core::trace::{self, ProbeText};
use web::locale::Lang;
use web::{listing, measure, topology};

/// What a probe has besides its source.
const PROBE: [&str; 13] =
    ["to", "via", "proto", "sport", "choose", "before", "wait", "keep", "size", "method", "header", "connect", "seed"];

/// Answers one of them.
pub(super) async fn answer(
    operation: &'static Operation,
    state: &AppState,
    visitor: &Visitor,
    id: &str,
    headers: &HeaderMap,
) -> Response {
    let answer = async {
        operation.check(&visitor.query)?;
        let scenario = Scenario::open(state, visitor, id).await?;
        let (query, lang) = (visitor.query.clone(), visitor.chrome.lang);
        let sealed = match operation.id {
            Id::Trace | Id::Branches => {
                let all = operation.id == Id::Branches;
                let text = probe::told(state, scenario, Asked { all, ..Asked::of(&query)? }).await?;
                state.pool.run(move || Sealed::of(text)).await?
            }
            Id::Compare => {
                let value = compare::value(state, visitor, id).await?;
                state.pool.run(move || sealed(&value)).await?
            }
            id => {
                let work = move |scenario: Scenario| Ok::<_, Error>(sealed(&read(id, scenario, &query, lang)?));
                scenario.work(state, work).await??
            }
        };
        Ok(sealed.answer(headers, "application/json"))
    };
    answer::program(visitor, answer.await)
}

fn sealed(value: &Value) -> Sealed {
    Sealed::of(answer::written(value))
}

fn read(id: Id, mut scenario: Scenario, query: &Query, lang: Lang) -> Result<Value, Error> {
    let model = scenario.model.clone();
    match id {
        Id::Check => Ok(listing::check(lang, &model)),
        Id::Topology => Ok(topology::topology(&model)),
        Id::Rules => rules(&model, query, lang),
        Id::Dns => dns(&mut scenario, query),
        Id::Env => {
            let name = query.text("pod");
            let pod = places::pod(&model, &name).map_err(Error::Probe)?;
            let pod = pod.ok_or(Error::Parameter { name: "pod", value: name })?;
            Ok(web::environment::json(lang, &model, pod))
        }
        Id::State => holds(&mut scenario, query),
        Id::Sizes => {
            let journey = probe::replay(&mut scenario, &probe::asked(query)?)?;
            let sizes = trace::sizes_within(&scenario.model, &journey, &scenario.budget)?;
            Ok(measure::sizes(&scenario.model, &journey, sizes.as_ref()))
        }
        Id::Traceroute => {
            let journey = probe::replay(&mut scenario, &probe::asked(query)?)?;
            let route = trace::traceroute_within(&scenario.model, &journey, &scenario.budget)?;
            Ok(measure::traceroute(&scenario.model, &journey, route.as_ref()))
        }
        Id::Matrix => matrix::value(&scenario, query),
        Id::Reach => reach::value(&scenario, query),
        Id::Policy => policy::value(&scenario, query),
        Id::Timeline => time::value(&scenario, &time::Asked::of(query)?),
        Id::Scenario => Ok(topology::summary(&scenario.name, &model)),
        // Answered elsewhere.
        Id::Upload | Id::Trace | Id::Branches | Id::Compare | Id::Share | Id::ChangeShare | Id::DeleteShare => {
            Err(Error::Method)
        }
    }
}

/// The machine of a name.
fn machine(model: &Model, name: &str) -> Result<NetnsId, Error> {
    places::netns(model, name, "root").ok_or_else(|| Error::Parameter { name: "node", value: name.to_owned() })
}

/// What the command line prints, line by line.
fn lines(text: &str, about: &[(&str, &str)]) -> Value {
    let mut value = json!({ "schema": "kubehop.text/1" });
    for (name, word) in about {
        value[*name] = json!(word);
    }
    value["lines"] = json!(text.lines().collect::<Vec<_>>());
    value
}

fn rules(model: &Model, query: &Query, lang: Lang) -> Result<Value, Error> {
    let name = query.text("node");
    let node = machine(model, &name)?;
    let (chain, service, explain) = (query.get("chain"), query.get("service"), query.has("explain"));
    if query.has("ipv6") {
        // They are listed, and nothing more is known of them.
        let other = ["chain", "service", "explain"].into_iter().find(|name| query.has(name));
        if let Some(name) = other {
            return Err(Error::Parameter { name, value: query.text(name) });
        }
        return Ok(lines(&print::rules_ipv6_of(model, node), &[("node", &name)]));
    }
    if chain.is_none() && service.is_none() && !explain {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = print::write_rules(&mut text, model, node);
        return Ok(lines(&text, &[("node", &name)]));
    }
    let service = service.map(|name| trace::service_of(model, name)).transpose().map_err(Error::Probe)?;
    let service = service.and_then(|id| model.cluster.services.get(id.0 as usize)).map(|one| one.name.to_string());
    let found = listing::rules(lang, model, node, chain, service.as_deref());
    Ok(listing::rules_json(&name, &found, explain))
}

fn dns(scenario: &mut Scenario, query: &Query) -> Result<Value, Error> {
    let seed = query.number("seed")?.unwrap_or_default();
    let question = trace::parse_question(&scenario.model, &query.text("from"), &query.text("name"), seed);
    let probe = question.map_err(Error::Probe)?;
    let asked = query.text("type");
    let kind = RecordType::ALL.iter().find(|(_, name)| name.eq_ignore_ascii_case(&asked)).map(|(kind, _)| *kind);
    let model = trace::model_for_within(&scenario.model, &probe, &scenario.budget)?;
    Ok(listing::dns(&model, &trace::look_up(&model, &probe, kind)))
}

fn holds(scenario: &mut Scenario, query: &Query) -> Result<Value, Error> {
    let what = query.text("what");
    let unknown = |name: &'static str| Error::Parameter { name, value: query.text(name) };
    let what = What::ALL.iter().find(|(_, name)| *name == what).map(|(what, _)| *what);
    let what = what.ok_or_else(|| unknown("what"))?;
    // What belongs to a probe means nothing without one.
    if let (Some(_), None) = (PROBE.into_iter().find(|name| query.has(name)), query.get("from")) {
        return Err(Error::MissingParameter("from"));
    }
    let asked: Option<ProbeText> = query.get("from").map(|_| probe::asked(query)).transpose()?;
    let mut left = KernelState::default();
    if let Some(text) = &asked {
        let probe = probe::aim(scenario, text)?;
        left = trace::left_behind(&scenario.model, &probe);
    }
    let model = &scenario.model;
    let (machine, netns) = match (query.get("pod"), query.get("node")) {
        (Some(_), Some(_)) => return Err(unknown("node")),
        (Some(_), None) if query.has("netns") => return Err(unknown("netns")),
        (Some(pod), None) => places::of_pod(model, pod).map_err(Error::Probe)?.ok_or_else(|| unknown("pod"))?,
        (None, Some(name)) if places::netns(model, name, "root").is_some() => {
            (name.to_owned(), query.get("netns").unwrap_or("root").to_owned())
        }
        (None, Some(_)) => return Err(unknown("node")),
        (None, None) => return Err(Error::MissingParameter("node")),
    };
    let at = places::netns(model, &machine, &netns).ok_or_else(|| unknown("netns"))?;
    let text = match asked {
        Some(_) => print::state_after(model, at, what, &left),
        None => print::state(model, at, what),
    };
    Ok(lines(&text, &[("node", &machine), ("netns", &netns)]))
}
