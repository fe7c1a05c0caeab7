//! From every kind of place to a Service in every way: the result, and the source address that the server sees.
//!
//! Every cell is an ordinary probe, with its branches: where they end differently, the cell says each end.

mod asked;
mod places;
mod ways;

pub use asked::{Asked, names, services};
pub use places::{Place, PlaceKind};
pub use ways::{Absent, Way, WayKind};
pub(crate) use ways::{ingress_url, route_url};

use crate::locale::{Lang, t, ta};
use crate::words::{Say, result_code};
use kernel::ids::NetnsId;
use kubernetes::assumption::Verdict;
use kubernetes::budget::{Budget, Stopped};
use serde_json::{Value, json};
use sim_core::site::Kind;
use sim_core::trace::{self, Journey, ProbeError, ProbeText};
use std::fmt::{self, Write};
use std::net::IpAddr;

/// Cells of one matrix at most.
pub const CELLS: usize = 120;
/// Branches of one cell that are looked at, at most.
pub const BRANCHES: usize = 12;

/// All of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    /// `svc/NS/NAME:PORT`.
    pub to: String,
    /// The port's protocol: `TCP`.
    pub protocol: String,
    /// `externalTrafficPolicy` and `internalTrafficPolicy` are `Local`.
    pub local: (bool, bool),
    /// Ways, the columns.
    pub ways: Vec<Way>,
    /// Kinds of ways that there are none of, and why.
    pub absent: Vec<(WayKind, Absent)>,
    /// Places that there are, with a cell for each way.
    pub rows: Vec<(Place, Vec<Cell>)>,
    /// Kinds of places that there are none of.
    pub nowhere: Vec<PlaceKind>,
}

/// From one place by one way.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// The probe.
    pub probe: ProbeText,
    /// How it ends, most probable first; more than one where branches differ. Empty where the probe could not be asked.
    pub cases: Vec<Case>,
    /// There are more branches than were looked at.
    pub cut: bool,
    /// What is wrong with the probe, where it could not be asked.
    pub wrong: Option<ProbeError>,
}

/// One end.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// What it is worth.
    pub verdict: Verdict,
    /// What the client's call reported.
    pub result: String,
    /// The status of a response over HTTP.
    pub status: Option<u16>,
    /// Stable code of the outcome.
    pub outcome: &'static str,
    /// The peer address that the server saw; `None` where none was reached.
    pub sees: Option<IpAddr>,
    /// Who has it, as probes write it (`pod/NS/NAME`, `node/NAME`, `host/NAME`, `external/IP`); `None` where nobody on the way has it.
    pub owner: Option<String>,
    /// It is the client's own.
    pub own: bool,
    /// `X-Forwarded-For` as the server read it.
    pub forwarded: Option<String>,
    /// The Service that the request went to, where it is another one: `NS/NAME`.
    pub elsewhere: Option<String>,
    /// Who saw that, where it is none of those behind the Service, as probes write it.
    pub reached: Option<String>,
    /// 0 to 1.
    pub probability: f64,
    /// A probe that ends so.
    pub probe: ProbeText,
    /// For people.
    pub words: CaseWords,
}

/// An end in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseWords {
    /// The verdict's sign.
    pub sign: &'static str,
    /// The verdict.
    pub verdict: String,
    /// What the client has.
    pub result: String,
    /// Why it fails, or where else it went, in a few words; empty where neither is so.
    pub why: String,
    /// Which address the server saw; empty where none was reached.
    pub sees: String,
    /// Who has it; empty where that is not known.
    pub whose: String,
    /// Who saw it, where it is none of those behind the Service; else empty.
    pub reached: String,
}

impl Case {
    /// What makes two ends one.
    fn same(&self, other: &Self) -> bool {
        let key = |case: &Self| (case.verdict, case.status, case.outcome, case.sees, case.own);
        key(self) == key(other)
            && (&self.result, &self.owner) == (&other.result, &other.owner)
            && (&self.forwarded, &self.elsewhere, &self.reached) == (&other.forwarded, &other.elsewhere, &other.reached)
    }
}

/// Asks every question.
///
/// # Errors
/// When the budget did not suffice, or nobody wants the result any more.
pub fn matrix(lang: Lang, asked: &Asked<'_>, budget: &Budget) -> Result<Matrix, Stopped> {
    let places = places::places(asked);
    let (mut ways, absent) = ways::ways(asked);
    ways.truncate(CELLS / places.len().max(1));
    let nowhere = places.iter().filter(|place| place.from.is_none()).map(|place| place.kind).collect();
    let mut rows = Vec::new();
    for place in places {
        let Some(from) = place.from.clone() else { continue };
        let cells = ways.iter().map(|way| cell(lang, asked, way.probe(asked, &from), budget));
        let cells = cells.collect::<Result<Vec<_>, _>>()?;
        rows.push((place, cells));
    }
    let local = |policy| policy == kubernetes::cluster::model::TrafficPolicy::Local;
    Ok(Matrix {
        to: asked.written(),
        protocol: asked.port.protocol.to_string().to_uppercase(),
        local: (local(asked.service.external_traffic_policy), local(asked.service.internal_traffic_policy)),
        ways,
        absent,
        rows,
        nowhere,
    })
}

fn cell(lang: Lang, asked: &Asked<'_>, text: ProbeText, budget: &Budget) -> Result<Cell, Stopped> {
    let model = asked.model;
    let probe = match trace::parse_probe(model, &text) {
        Ok(probe) => probe,
        Err(wrong) => return Ok(Cell { probe: text, cases: Vec::new(), cut: false, wrong: Some(wrong) }),
    };
    let model = trace::model_for_within(model, &probe, budget)?;
    let branches = trace::branches_within(&model, &probe, BRANCHES, budget)?;
    let say = Say { lang, model: &model, id: None };
    let mut cases: Vec<Case> = Vec::new();
    for journey in &branches.journeys {
        let one = case(&say, asked, &text, journey);
        match cases.iter_mut().find(|have| have.same(&one)) {
            Some(have) => have.probability += one.probability,
            None => cases.push(one),
        }
    }
    // What all ways share needs no wish.
    if let [only] = cases.as_mut_slice() {
        only.probe.clone_from(&text);
    }
    cases.sort_by(|one, other| other.probability.total_cmp(&one.probability));
    Ok(Cell { probe: text, cases, cut: branches.cut, wrong: None })
}

fn case(say: &Say<'_>, asked: &Asked<'_>, text: &ProbeText, journey: &Journey) -> Case {
    let mut probe = text.clone();
    for choice in journey.choices.iter().filter(|choice| choice.of.len() > 1 && choice.name.kind.branches()) {
        probe.choose.push(format!("{}={}", choice.name, choice.value));
    }
    let http = journey.http.as_ref();
    let seen = journey.server.as_ref().map(|server| server.sees.ip());
    let holder = seen.and_then(|ip| holder(say, journey, ip));
    let client = journey.probe.from.netns(&say.model.site);
    let own = holder.is_some() && holder == client;
    let outcome = say.outcome(journey);
    let who = holder.map(|netns| say.who(netns)).or_else(|| say.owner(seen?));
    let strange = journey.server.as_ref().filter(|server| !asked.endpoints().any(|one| one.ip == server.local.ip()));
    let sees = seen.map(|ip| say.ta("matrix-sees", &[("address", ip.to_string().into())]));
    let whose = if own { say.t("matrix-own") } else { who.unwrap_or_default() };
    let decided = http.and_then(|http| http.decision()).and_then(|one| one.backend.as_ref());
    let other = decided.filter(|backend| backend.service != asked.service.name);
    let elsewhere = other.map(|backend| backend.service.to_string());
    let astray = elsewhere.as_ref().map(|name| say.ta("matrix-elsewhere", &[("name", name.clone().into())]));
    let reached = strange.map(|server| say.ta("matrix-reached", &[("who", say.who(server.netns).into())]));
    let why = if outcome.good { astray.unwrap_or_default() } else { say.t(&format!("outcome-{}", outcome.code)) };
    Case {
        verdict: journey.verdict,
        result: result_code(&journey.client),
        status: http.and_then(|http| http.response.as_ref()).map(|response| response.status),
        outcome: outcome.code,
        sees: seen,
        owner: holder.and_then(|netns| named(say, netns)),
        own,
        forwarded: http
            .and_then(|http| http.seen.as_ref())
            .and_then(|seen| seen.request.headers.get("X-Forwarded-For"))
            .map(ToString::to_string),
        elsewhere,
        reached: strange.and_then(|server| named(say, server.netns)),
        probability: journey.probability,
        probe,
        words: CaseWords {
            sign: outcome.sign,
            verdict: outcome.verdict_text,
            result: say.result_short(journey),
            why,
            sees: sees.unwrap_or_default(),
            whose,
            reached: reached.unwrap_or_default(),
        },
    }
}

/// Which namespace on the way has an address: the client's, else the last one that the packets came through before they had it.
fn holder(say: &Say<'_>, journey: &Journey, ip: IpAddr) -> Option<NetnsId> {
    let has = |id: &NetnsId| {
        let links = say.netns(*id).map(|netns| &netns.links);
        links.is_some_and(|links| links.iter().any(|link| link.addresses.iter().any(|own| own.net.addr() == ip)))
    };
    let client = journey.probe.from.netns(&say.model.site);
    let way = journey.legs.iter().rev().flat_map(|leg| leg.hops.iter().rev()).map(|hop| hop.netns);
    client.into_iter().chain(way).find(has)
}

/// A machine as probes write it.
fn named(say: &Say<'_>, netns: NetnsId) -> Option<String> {
    let (_, machine) = say.tree().machine_at(netns)?;
    Some(match machine.kind {
        Kind::Pod(pod) => format!("pod/{}", say.pod_name(pod)),
        Kind::Node(node) => format!("node/{}", say.node_name(node)?),
        Kind::Host(ip) => match machine.name.strip_prefix("host/") {
            Some(name) if name.parse::<IpAddr>().is_err() => format!("host/{name}"),
            _ => format!("external/{ip}"),
        },
        _ => machine.name.to_string(),
    })
}

/// A kind of place in words.
pub fn place_words(lang: Lang, kind: PlaceKind) -> String {
    t(lang, &format!("matrix-place-{}", kind.code()))
}

/// A kind of way in words.
pub fn way_words(lang: Lang, kind: WayKind) -> String {
    t(lang, &format!("matrix-way-{}", kind.code()))
}

/// Ways that there are none of, each with why.
pub fn absent_words(lang: Lang, matrix: &Matrix) -> Vec<String> {
    let mut told: Vec<String> =
        matrix.absent.iter().map(|(_, why)| t(lang, &format!("matrix-absent-{}", why.code()))).collect();
    told.dedup();
    told.extend(
        matrix.nowhere.iter().map(|kind| ta(lang, "matrix-nowhere", &[("place", place_words(lang, *kind).into())])),
    );
    told
}

/// How probable an end is, as a whole percentage.
pub(crate) fn percent(case: &Case) -> String {
    let percent = case.probability * 100.0;
    if percent < 0.5 { "< 1".to_owned() } else { format!("{percent:.0}") }
}

/// As text: a paragraph for each place, a line for each way.
///
/// # Errors
/// When it cannot be written.
pub fn write(out: &mut impl Write, lang: Lang, matrix: &Matrix) -> fmt::Result {
    writeln!(out, "{} {}", matrix.to, matrix.protocol)?;
    if matrix.ways.is_empty() {
        writeln!(out, "{}", t(lang, "matrix-no-way"))?;
    }
    for (place, cells) in matrix.rows.iter().filter(|(_, cells)| !cells.is_empty()) {
        let from = place.from.as_deref().unwrap_or_default();
        let behind = if place.also() { format!(" ({})", t(lang, "matrix-behind")) } else { String::new() };
        writeln!(out, "\n{}: {from}{behind}", place_words(lang, place.kind))?;
        for (way, cell) in matrix.ways.iter().zip(cells) {
            let by = way.by.as_ref().map(|by| format!(" {by}")).unwrap_or_default();
            writeln!(out, "  {}{by} {}", way_words(lang, way.kind), way.to)?;
            if cell.wrong.is_some() {
                writeln!(out, "    – {}", t(lang, "matrix-not-asked"))?;
            }
            for case in &cell.cases {
                let share = if cell.cases.len() > 1 { format!(" ({}%)", percent(case)) } else { String::new() };
                let words = &case.words;
                let whose = if words.whose.is_empty() { String::new() } else { format!(" ({})", words.whose) };
                let forwarded = case.forwarded.as_ref().map(|of| format!("X-Forwarded-For: {of}"));
                let all = [words.result.clone(), words.why.clone(), words.reached.clone()];
                let all = all.into_iter().chain([format!("{}{whose}", words.sees), forwarded.unwrap_or_default()]);
                let parts: Vec<String> = all.filter(|part| !part.is_empty()).collect();
                writeln!(out, "    {} {}{share}: {}", words.sign, words.verdict, parts.join("; "))?;
            }
            if cell.cut {
                writeln!(out, "    … {}", t(lang, "matrix-cut"))?;
            }
        }
    }
    writeln!(out)?;
    for line in absent_words(lang, matrix) {
        writeln!(out, "– {line}")?;
    }
    Ok(())
}

/// As `kubehop.matrix/1`.
pub fn json(matrix: &Matrix) -> Value {
    let case = |case: &Case| {
        json!({
            "verdict": case.verdict.code(),
            "result": case.result,
            "status": case.status,
            "outcome": case.outcome,
            "sees": case.sees.map(|ip| json!({ "ip": ip.to_string(), "owner": case.owner, "own": case.own })),
            "forwarded": case.forwarded,
            "elsewhere": case.elsewhere,
            "reached": case.reached,
            "probability": (case.probability * 10_000.0).round() / 10_000.0,
            "choose": case.probe.choose,
        })
    };
    let cell = |(way, cell): (usize, &Cell)| {
        json!({
            "way": way,
            "to": cell.probe.to,
            "connect": cell.probe.connect,
            "proto": cell.probe.proto.as_deref().unwrap_or("tcp"),
            "cases": cell.cases.iter().map(case).collect::<Vec<_>>(),
            "cut": cell.cut,
            "wrong": cell.wrong.as_ref().map(|wrong| json!({ "part": wrong.part, "code": wrong.code })),
        })
    };
    let policy = |local: bool| if local { "Local" } else { "Cluster" };
    json!({
        "schema": "kubehop.matrix/1",
        "to": matrix.to,
        "protocol": matrix.protocol,
        "externalTrafficPolicy": policy(matrix.local.0),
        "internalTrafficPolicy": policy(matrix.local.1),
        "ways": matrix.ways.iter().map(|way| json!({
            "kind": way.kind.code(), "to": way.to, "by": way.by, "connect": way.connect,
        })).collect::<Vec<_>>(),
        "absent": matrix.absent.iter().map(|(kind, why)| json!({ "kind": kind.code(), "why": why.code() })).collect::<Vec<_>>(),
        "places": matrix.rows.iter().map(|(place, cells)| json!({
            "kind": place.kind.code(),
            "from": place.from,
            "behind": place.behind,
            "cells": cells.iter().enumerate().map(cell).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "nowhere": matrix.nowhere.iter().map(PlaceKind::code).collect::<Vec<_>>(),
    })
}
