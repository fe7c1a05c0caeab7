//! Outcomes where the connection was never tried, or left what is simulated: names without an address, Services without a way in, and
//! packets that end at the gateway.

use super::ended::left_the_model;
use super::journey::{Leg, Outcome, OutcomeKind};
use super::no_way::NoWay;
use super::why::{self, Failed, Why};
use crate::agents::outside;
use crate::dns::resolver::Failure;
use crate::model::Model;

fn outcome(kind: OutcomeKind, at: Option<(u32, u32)>, why: Option<Why>) -> Outcome {
    Outcome { kind, at, cause: None, why, fixes: Vec::new(), leans_on: Vec::new() }
}

/// The end of the last leg.
fn last(legs: &[Leg]) -> Option<(u32, u32)> {
    let leg = legs.len().checked_sub(1)?;
    Some((leg as u32, legs.get(leg)?.hops.len().saturating_sub(1) as u32))
}

/// A name without an address.
pub(super) fn name(failed: Failed<'_>, failure: Failure) -> Outcome {
    let kind = match failure {
        Failure::NoServer => OutcomeKind::NoNameServer,
        Failure::NoAnswer => OutcomeKind::NameServerUnreachable,
        Failure::NotFound => OutcomeKind::NameNotFound,
        Failure::NoAddress => OutcomeKind::NameWithoutAddress,
        Failure::Failed => OutcomeKind::NameServerFailed,
        Failure::Ipv6Only(_) => OutcomeKind::Ipv6Only,
        Failure::Beyond => OutcomeKind::NameBeyond,
    };
    outcome(kind, last(failed.legs), why::unresolved(failed, failure))
}

/// A destination without an address to call.
pub(super) fn no_way(model: &Model, no_way: NoWay) -> Outcome {
    let kind = match no_way {
        NoWay::Ipv6(_) => OutcomeKind::Ipv6Only,
        NoWay::Pending(_) | NoWay::Port(_) | NoWay::Name => OutcomeKind::NoWayIn,
    };
    outcome(kind, None, why::no_way(model, no_way))
}

/// What became of a packet that ended at the gateway: it was on its way to what only the cluster knows, or it left what is simulated.
/// `None` for one that was lost elsewhere.
pub(super) fn at_gateway(model: &Model, leg: &Leg) -> Option<OutcomeKind> {
    let hop = leg.hops.last().filter(|_| left_the_model(model, leg))?;
    let dst = hop.after.packet.innermost().ip.dst;
    if !outside::is_inside(&model.cluster, dst) {
        return Some(OutcomeKind::BeyondGateway);
    }
    Some(OutcomeKind::NothingLeadsThere)
}
