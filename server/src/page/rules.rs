//! `/s/{id}/rules`: a node's chains, one chain or set, what a search finds, or what one packet met in a chain.

use crate::answer::{self, Answer};
use crate::error::Error;
use crate::probe;
use crate::query::Query;
use crate::scenario::Scenario;
use crate::state::AppState;
use crate::visitor::Visitor;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Response};
use sim_core::trace::ProbeText;
use std::sync::Arc;
use web::page::rules;

/// What the address takes.
#[derive(Debug)]
struct Asked {
    node: String,
    netns: String,
    table: String,
    chain: String,
    set: String,
    q: String,
    page: usize,
    /// Rule to mark, from 1.
    number: usize,
    packet: Option<Packet>,
    /// An address of former days says itself what became of the rules.
    claims: bool,
}

/// One packet's pass through the chain. What became of it is computed again: an address could say anything.
#[derive(Debug)]
struct Packet {
    probe: ProbeText,
    step: u32,
    copy: String,
    pass: u32,
}

impl Asked {
    fn of(query: &Query) -> Result<Self, Error> {
        let packet = match query.number("pass")? {
            Some(pass) => Some(Packet {
                probe: probe::asked(query)?,
                step: query.number("step")?.unwrap_or(1),
                copy: query.text("copy"),
                pass,
            }),
            None => None,
        };
        Ok(Self {
            node: query.text("node"),
            netns: query.text("netns"),
            table: query.text("table"),
            chain: query.text("chain"),
            set: query.text("set"),
            q: query.text("q"),
            page: query.number("page")?.unwrap_or_default(),
            number: query.number("n")?.unwrap_or_default(),
            packet,
            claims: query.get("way").is_some(),
        })
    }
}

/// The page.
pub async fn page(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    answer::page(&visitor, show(&state, &visitor, &id).await)
}

async fn show(state: &AppState, visitor: &Visitor, id: &str) -> Answer {
    let asked = Asked::of(&visitor.query)?;
    let chrome = visitor.chrome.clone();
    let work = move |mut scenario: Scenario| {
        let replay = |packet: &Packet| probe::replay(&mut scenario, &packet.probe);
        let journey = asked.packet.as_ref().map(replay).transpose()?;
        let passed = asked.packet.as_ref().zip(journey.as_ref());
        let input = rules::Input {
            id: &scenario.id,
            name: &scenario.name,
            model: &scenario.model,
            node: &asked.node,
            netns: &asked.netns,
            table: &asked.table,
            chain: &asked.chain,
            set: &asked.set,
            q: &asked.q,
            page: asked.page,
            number: asked.number,
            packet: passed.map(|(Packet { step, copy, pass, .. }, journey)| rules::Packet {
                journey,
                step: *step,
                copy,
                pass: *pass,
            }),
            claims: asked.claims,
        };
        Ok::<_, Error>(rules::render(&chrome, &input)?)
    };
    let html = Scenario::open(state, visitor, id).await?.work(state, work).await??;
    Ok(Html(html.ok_or(Error::NotFound)?).into_response())
}
