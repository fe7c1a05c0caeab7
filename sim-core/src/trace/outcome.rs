//! How a journey ended, and what decided it.

use super::http::{self, Fetched};
use super::journey::{self, ClientResult, Leg, LegId, Outcome, OutcomeKind, Purpose};
use super::stream::MAX_PROXIES;
use super::why::{self, Failed, Why};
use super::{bridged, listeners, unreached};
use crate::http::{Action, Because, Message};
use crate::model::Model;
use kernel::config::Netns;
use kernel::ids::{NetnsId, RuleRef};
use kernel::walk::{AnswerKind, Delivery, DropReason, End, Event, SetHit};
use kubernetes::origin::CauseId;

/// Decides the outcome from the legs.
pub(super) fn decide(failed: Failed<'_>, client: &ClientResult, http: Option<&Fetched>) -> Outcome {
    let Failed { model, legs, .. } = failed;
    let connection: Vec<(usize, &Leg)> = legs.iter().enumerate().filter(|(_, leg)| leg.lookup.is_none()).collect();
    let place = |at: usize| Some((at as u32, last_hop(legs.get(at))));
    if let Some(outcome) = http.and_then(|fetched| answered(failed, client, fetched, &connection)) {
        return outcome;
    }
    if *client == ClientResult::Ok {
        let at = connection.last().and_then(|(at, _)| place(*at));
        return Outcome {
            kind: OutcomeKind::Delivered,
            at,
            cause: None,
            why: None,
            fixes: Vec::new(),
            leans_on: Vec::new(),
        };
    }
    // The leg that went wrong first decides; what follows are its consequences.
    for (at, leg) in &connection {
        let End::Dropped { netns, reason } = &leg.end else { continue };
        if let DropReason::MtuExceeded { mtu } = reason {
            let told = |(_, answer): &&(usize, &Leg)| {
                answer.parent == Some(LegId(*at as u32))
                    && matches!(answer.answer, Some(AnswerKind::IcmpError { kind: 3, code: 4 }))
            };
            match connection.iter().find(told).map(|(at, answer)| (*at, *answer, &answer.end)) {
                // Who sent it goes on with shorter segments.
                Some((_, _, End::Delivered { delivery: Delivery::Told { .. }, .. })) => continue,
                Some((at, answer, End::Dropped { netns: lost_at, reason })) if *client == ClientResult::Timeout => {
                    let kind = OutcomeKind::BlackHole { mtu: *mtu };
                    let cause = cause(model, *lost_at, reason, answer);
                    return Outcome { kind, at: place(at), cause, why: None, fixes: Vec::new(), leans_on: Vec::new() };
                }
                _ => {}
            }
        }
        let cause = cause(model, *netns, reason, leg);
        let kind = match reason {
            DropReason::Rejected(_) => OutcomeKind::Rejected,
            DropReason::NoListener => OutcomeKind::NoListener,
            DropReason::NoSocket if leg.purpose == Purpose::Reply => OutcomeKind::AnswerNotRecognised,
            reason => {
                let gone = unreached::at_gateway(model, leg);
                gone.unwrap_or_else(|| OutcomeKind::Dropped(reason.clone()))
            }
        };
        let by = cause.and_then(|cause| model.site.causes.get(cause)).map(|cause| cause.component);
        let why = why::lost(failed, &kind, leg).map(|why| why.or_by(by));
        return Outcome { kind, at: place(*at), cause, why, fixes: Vec::new(), leans_on: Vec::new() };
    }
    let at = connection.last().and_then(|(at, _)| place(*at));
    let circles = connection.iter().any(|(at, _)| journey::depth(legs, LegId(*at as u32)) >= MAX_PROXIES);
    let reason = if circles { DropReason::Loop } else { DropReason::NoSocket };
    let kind = OutcomeKind::Dropped(reason);
    Outcome { kind, at, cause: None, why: None, fixes: Vec::new(), leans_on: Vec::new() }
}

/// What became of a request that was heard, and was not answered as one wants it.
fn answered(
    failed: Failed<'_>,
    client: &ClientResult,
    fetched: &Fetched,
    connection: &[(usize, &Leg)],
) -> Option<Outcome> {
    let Failed { model, legs, .. } = failed;
    let end = |leg: u32| (leg, last_hop(legs.get(leg as usize)));
    let outcome = |kind, at, why| Outcome { kind, at, cause: None, why, fixes: Vec::new(), leans_on: Vec::new() };
    let last =
        connection.iter().rfind(|(_, leg)| matches!(leg.carries, Some(Message::Request(_) | Message::Hello { .. })));
    let heard = last.map(|(at, _)| end(*at as u32));
    let process = fetched.served.and_then(|served| Some((served, model.site.process(served.netns, served.socket?)?)));
    let spoken = |code| {
        let (served, process) = process.as_ref()?;
        let speaks = http::speaks(model, *served, Some(process));
        let why = Why::new(code).arg("process", &process.name).arg("port", served.local.port());
        Some(if code == why::codes::NOT_HTTP { why.arg("speaks", speaks.text()) } else { why })
    };
    match client {
        ClientResult::Eof => {
            let refused = fetched.decision().filter(|decision| decision.action == Action::Close)?;
            let at = fetched.routed.last().and_then(|routed| routed.leg).map(|leg| end(leg.0)).or(heard);
            return Some(outcome(OutcomeKind::Closed, at, why::http::announced(failed, refused)));
        }
        ClientResult::Tls if fetched.decision().is_some_and(|own| own.because == Because::Announced) => {
            let why = fetched.decision().and_then(|own| why::http::announced(failed, own));
            return Some(outcome(OutcomeKind::Closed, heard, why));
        }
        ClientResult::Tls => return Some(outcome(OutcomeKind::TlsMismatch, heard, spoken(why::codes::TLS_TO_PLAIN))),
        ClientResult::NotHttp => return Some(outcome(OutcomeKind::NotHttp, heard, spoken(why::codes::NOT_HTTP))),
        ClientResult::Ok => {}
        _ => return None,
    }
    let response = fetched.response.as_ref().filter(|response| response.status >= 400)?;
    let kind = OutcomeKind::HttpError { status: response.status };
    // Where the server behind could not be reached, what happened there is the reason.
    if let Some((at, leg)) = connection.iter().rfind(|(_, leg)| matches!(leg.end, End::Dropped { .. }))
        && matches!(response.status, 502 | 504)
        && let End::Dropped { netns, reason } = &leg.end
    {
        let inner = match reason {
            DropReason::Rejected(_) => OutcomeKind::Rejected,
            DropReason::NoListener => OutcomeKind::NoListener,
            reason => OutcomeKind::Dropped(reason.clone()),
        };
        let cause = cause(model, *netns, reason, leg);
        let by = cause.and_then(|cause| model.site.causes.get(cause)).map(|cause| cause.component);
        let why = why::behind(failed, &inner, leg, why::http::through(failed, fetched))
            .or_else(|| why::http::answered(failed, fetched, response));
        let why = why.map(|why| why.or_by(by));
        return Some(Outcome { cause, ..outcome(kind, Some(end(*at as u32)), why) });
    }
    let at = fetched.routed.last().and_then(|routed| routed.leg).map(|leg| end(leg.0)).or(heard);
    Some(outcome(kind, at, why::http::answered(failed, fetched, response)))
}

fn last_hop(leg: Option<&Leg>) -> u32 {
    leg.map_or(0, |leg| leg.hops.len().saturating_sub(1) as u32)
}

/// The cause of the rule, policy or route that ended a packet.
pub(super) fn cause(model: &Model, netns: NetnsId, reason: &DropReason, leg: &Leg) -> Option<CauseId> {
    let here = model.site.network.netns(netns);
    match reason {
        DropReason::Rule(rule) | DropReason::Rejected(rule) => {
            let own = here.rule_cause(*rule)?;
            Some(if for_object(model, own) { own } else { element_cause(model, here, *rule, leg).unwrap_or(own) })
        }
        DropReason::Policy { table, chain } => here.chain_cause(*table, *chain),
        DropReason::RouteType { route, .. } => Some(here.routes.get(*route)?.cause),
        DropReason::NoBridgePort => bridged::hairpin_off(model, leg),
        DropReason::NoListener => listeners::against(model, netns, leg),
        DropReason::MartianSource => why::hairpin::cause(model, leg),
        DropReason::ReversePath => {
            let of = here.sysctls.iter().filter(|(name, _)| name.ends_with(".rp_filter"));
            of.max_by_key(|(_, sysctl)| sysctl.value.parse::<u32>().unwrap_or(0)).map(|(_, sysctl)| sysctl.cause)
        }
        DropReason::ForwardingOff => here.sysctls.get("net.ipv4.ip_forward").map(|sysctl| sysctl.cause),
        _ => None,
    }
}

/// True when a cause names an object.
fn for_object(model: &Model, cause: CauseId) -> bool {
    model.site.causes.get(cause).is_some_and(|cause| cause.object.is_some())
}

/// Rules all share lead on by the elements of maps and sets: the cause of the last one that counted.
fn element_cause(model: &Model, here: &Netns, rule: RuleRef, leg: &Leg) -> Option<CauseId> {
    let hop = leg.hops.last()?;
    let ip = &hop.after.packet.ip;
    let looked_up = hop.events.iter().rev().find_map(|event| match event {
        Event::NftLookup { rule: at, statement, key: _, hit: SetHit::Element(element) } if at.table == rule.table => {
            here.element(*at, *statement, *element)
        }
        _ => None,
    });
    let element = here.address_element(rule, ip.src, ip.dst).or(looked_up)?;
    Some(element.cause).filter(|cause| for_object(model, *cause))
}
