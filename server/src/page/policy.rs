//! `/s/{id}/policy`: a workload's policies, drawn. GET shows them; POST opens or closes a connection, and leads to the input that it makes.

use super::edit::{self, Older};
use super::fix::{changed_files, changed_name, texts_of};
use super::upload;
use crate::answer::{self, Answer};
use crate::error::Error;
use crate::probe;
use crate::query::Query;
use crate::scenario::Scenario;
use crate::state::AppState;
use crate::store::Stored;
use crate::tick::{self, Pressed};
use crate::visitor::Visitor;
use crate::{about, limits};
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use kernel::packet::Protocol;
use kubernetes::origin::ObjectRef;
use kubernetes::policy::Direction;
use serde_json::Value;
use sim_core::permit::{Refusal, What, permit};
use sim_core::reach::{self, Asked, Diff, Filter, Peer, Reach};
use std::collections::BTreeSet;
use std::sync::Arc;
use web::locale::Lang;
use web::page::policy::{self as page_of, Done, Input};
use web::policy::{Drawn, ends, json as told, probe as packet};
use web::reach::{address, peer_at};
use web::words::Say;
use web::{finding, url};

/// Differences that a change is told of at most.
const LINES: usize = 500;
/// Findings that are told at most.
const FINDINGS: usize = 12;

/// The page.
pub async fn page(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    answer::page(&visitor, show(&state, &visitor, &id, None).await)
}

/// The same for programs.
pub async fn json(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    let answer = async {
        let query = visitor.query.clone();
        let scenario = Scenario::open(&state, &visitor, &id).await?;
        let work = move |scenario: Scenario| {
            let text = answer::written(&value(&scenario, &query)?);
            Ok::<_, Error>(([("content-type", "application/json")], text).into_response())
        };
        scenario.work(&state, work).await?
    };
    answer::program(&visitor, answer.await)
}

/// `kubehop.policy/1` of the workload that a query asks for.
///
/// # Errors
/// No such workload, or none is named; a budget that is spent.
pub fn value(scenario: &Scenario, query: &Query) -> Result<Value, Error> {
    let reach = reach_of(scenario)?;
    let of = subject(&reach, query)?.ok_or(Error::MissingParameter("of"))?;
    Ok(told(&Drawn::of(&reach, of, &scenario.budget)?))
}

/// A connection is opened or closed.
pub async fn change(
    State(state): State<Arc<AppState>>,
    Path(id): Path<String>,
    visitor: Visitor,
    form: Result<Form<Pressed>, FormRejection>,
) -> Response {
    let answer = async {
        let Form(pressed) = form.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge { limit: limits::TICK, size: None },
            _ => Error::Request(rejection.body_text()),
        })?;
        take(&state, &visitor, &id, pressed).await
    };
    answer::page(&visitor, answer.await)
}

fn reach_of(scenario: &Scenario) -> Result<Reach<'_>, Error> {
    Ok(Reach::of(&scenario.model.parsed, &scenario.model.cluster, Asked::All, &scenario.budget)?)
}

/// The workload whose policies are asked for; nothing where none is.
fn subject(reach: &Reach<'_>, query: &Query) -> Result<Option<usize>, Error> {
    let Some(of) = query.get("of").filter(|of| !of.is_empty()) else { return Ok(None) };
    tick::one(reach, of).map(Some).ok_or_else(|| Error::Parameter { name: "of", value: of.to_owned() })
}

/// What a form makes of a scenario.
enum Made {
    /// Why nothing, in a sentence.
    Refused(String),
    /// Another scenario, and what was pressed.
    Other(Stored, Tried),
}

/// The connection that was changed, as the address of the page has it.
#[derive(Clone, Debug)]
struct Tried {
    of: String,
    way: Direction,
    /// Nothing where a whole direction was denied.
    peer: String,
    port: Option<tick::Port>,
}

async fn take(state: &AppState, visitor: &Visitor, id: &str, pressed: Pressed) -> Answer {
    let scenario = Scenario::open(state, visitor, id).await?;
    let world = scenario.id.clone();
    let before = texts_of(state, id, "").await?;
    let (lang, query) = (visitor.chrome.lang, visitor.query.clone());
    let name = changed_name(lang, &scenario.name);
    let (most, asked) = (limits::manifests(&state.config).bytes, pressed.clone());
    let work = move |scenario: Scenario| {
        let model = &scenario.model;
        let reach = reach_of(&scenario)?;
        let of = subject(&reach, &query)?.ok_or(Error::MissingParameter("of"))?;
        let (wish, port) = match tick::wish(lang, &reach, of, &asked, &scenario.budget) {
            Ok(wish) => wish,
            Err(words) => return Ok(Made::Refused(words)),
        };
        let changed = match permit(model, &reach, &wish, &scenario.budget) {
            Ok(changed) => changed,
            Err(Refusal::Stopped) => {
                scenario.budget.check()?;
                return Ok(Made::Refused(tick::refused(lang, &Refusal::Stopped)));
            }
            Err(refusal) => return Ok(Made::Refused(tick::refused(lang, &refusal))),
        };
        let after = changed.patch.apply(&model.parsed.sources);
        let Some(files) = changed_files(before.files()?, &model.parsed.sources, &after) else {
            let object = reach.workloads().get(of).map(|own| own.object.clone());
            let refusal = object.map_or(Refusal::Already, Refusal::Text);
            return Ok(Made::Refused(tick::refused(lang, &refusal)));
        };
        let size: usize = files.iter().map(|file| file.text.len()).sum();
        if size > most {
            return Err(Error::TooLarge { limit: most, size: Some(size) });
        }
        let peer = match wish.what {
            What::Open(peer, _) | What::Close(peer) => address(&reach, &peer),
            What::Isolate => String::new(),
        };
        let tried = Tried { of: address(&reach, &Peer::Workload(of)), way: wish.direction, peer, port };
        Ok(Made::Other(Stored::of(&name, &files, before.redacted)?, tried))
    };
    match scenario.work(state, work).await?? {
        Made::Refused(words) => show(state, visitor, id, Some((words, pressed))).await,
        Made::Other(stored, tried) => {
            let new = state.store.put(&stored, upload::kept(state, &upload::owner(), id)).await?;
            let page = url::policy(&url::in_world(&new, &url::world(&world)));
            let (port, proto) = tried.port.map_or((String::new(), String::new()), |(protocol, port)| {
                (port.to_string(), protocol.to_string().to_lowercase())
            });
            let pairs = [
                ("of", tried.of.as_str()),
                ("tried", tick::way(tried.way)),
                ("peer", &tried.peer),
                ("port", &port),
                ("proto", &proto),
            ];
            Ok(answer::see_other(&url::with_query(&page, &pairs), visitor))
        }
    }
}

async fn show(state: &AppState, visitor: &Visitor, id: &str, refused: Option<(String, Pressed)>) -> Answer {
    let scenario = Scenario::open(state, visitor, id).await?;
    let chrome = about::chrome(state, visitor, &scenario);
    let query = visitor.query.clone();
    let older: Option<Older> = match query.has("tried") {
        true => edit::older(state, visitor, &scenario).await?.flatten(),
        false => None,
    };
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let work = move |mut scenario: Scenario| {
        let sent = sent(chrome.lang, &mut scenario, &query);
        let reach = reach_of(&scenario)?;
        let of = subject(&reach, &query)?;
        let drawn = of.map(|of| Drawn::of(&reach, of, &scenario.budget)).transpose()?;
        let was = older.as_ref().map(|older| reach_of(&older.scenario)).transpose()?;
        let diff = match (&was, of) {
            (Some(was), Some(_)) => Some(difference(was, &reach, &scenario)?),
            _ => None,
        };
        let before = older.as_ref().map(|older| older.scenario.id.as_str()).unwrap_or_default();
        let done = diff.as_ref().map(|diff| Done { before, diff, sent });
        let findings = findings(chrome.lang, &scenario, drawn.as_ref());
        let pressed = refused.as_ref().map(|(_, pressed)| (pressed.peer.as_str(), pressed.port.as_str()));
        let input = Input {
            id: &scenario.id,
            name: &scenario.name,
            reach: &reach,
            drawn: drawn.as_ref(),
            search: query.get("q").unwrap_or_default(),
            refused: refused.as_ref().map(|(words, _)| words.clone()),
            done,
            later: scenario.model.parsed.held.later,
            sources: &scenario.model.parsed.sources,
            findings: &findings,
            form: pressed.unwrap_or_default(),
        };
        Ok::<_, Error>(page_of::render(&chrome, &input)?)
    };
    let html = scenario.work(state, work).await??;
    Ok((status, Html(html)).into_response())
}

/// What other connections a change made possible or impossible.
fn difference(was: &Reach<'_>, is: &Reach<'_>, scenario: &Scenario) -> Result<Diff, Error> {
    let all = Filter::default();
    Ok(reach::diff((was, &all), (is, &all), LINES, &scenario.budget)?)
}

/// What was found about the policies that are drawn.
fn findings(lang: Lang, scenario: &Scenario, drawn: Option<&Drawn<'_>>) -> Vec<String> {
    let ways = drawn.iter().flat_map(|drawn| &drawn.ways);
    let own: BTreeSet<&ObjectRef> = ways.flat_map(|way| &way.policies).map(|policy| &policy.object).collect();
    let model = &scenario.model;
    let found = model.diagnostics.iter().filter(|found| found.object.as_ref().is_some_and(|of| own.contains(of)));
    found.take(FINDINGS).map(|found| finding::line(lang, &model.parsed, found)).collect()
}

/// The packet of the connection that was pressed: from, to, what came of it, and the address of its trace.
fn sent(lang: Lang, scenario: &mut Scenario, query: &Query) -> Option<(String, String, String, String)> {
    let direction = tick::direction(query.get("tried")?)?;
    let text = {
        let reach = reach_of(scenario).ok()?;
        let of = subject(&reach, query).ok()??;
        let peer = peer_at(&reach, query.get("peer")?)?;
        let port = query.number::<u16>("port").ok()?;
        let asked = port.map(|port| (query.get("proto").and_then(tick::protocol).unwrap_or(Protocol::Tcp), port));
        packet(&reach, ends(direction, of, peer), asked)?
    };
    let model = Arc::clone(&scenario.model);
    let journey = probe::replay(scenario, &text).ok();
    let result = journey.map(|journey| Say { lang, model: &scenario.model, id: None }.result_short(&journey));
    scenario.model = model;
    let href = url::trace(&scenario.id, "", &text, None);
    Some((text.from, text.to, result?, href))
}
