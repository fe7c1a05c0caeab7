//! Every way a probe can go.

use super::journey::{Journey, Probe};
use super::passage::earlier;
use super::run::{Scripted, run_scripted, send};
use crate::model::Model;
use kubernetes::budget::{Budget, Stopped};

/// All ways one probe can go.
///
/// Enumerated are the draws of the connection. Name resolution follows the seed: every DNS endpoint answers the same, so its choice changes
/// the way of the question and nothing behind it. [`Journey::probability`] is that of the enumerated choices.
#[derive(Clone, Debug, PartialEq)]
pub struct Branches {
    /// Each way, most probable first, ties in rule order.
    pub journeys: Vec<Journey>,
    /// True when there were more than the limit.
    pub cut: bool,
}

/// Every branch of a probe, at most `limit`.
pub fn branches(model: &Model, probe: &Probe, limit: usize) -> Branches {
    branches_until(model, probe, limit, &Budget::unlimited())
}

/// The same, with what `budget` allows.
///
/// # Errors
/// When that did not suffice, or nobody wants the result any more.
pub fn branches_within(model: &Model, probe: &Probe, limit: usize, budget: &Budget) -> Result<Branches, Stopped> {
    let branches = branches_until(model, probe, limit, budget);
    budget.check().map(|()| branches)
}

fn branches_until(model: &Model, probe: &Probe, limit: usize, budget: &Budget) -> Branches {
    // Those sent before went as they were wished to.
    let before = earlier(model, probe, budget);
    if before.open.is_some() {
        // Nothing is drawn for a connection that is open.
        let Scripted { journey, .. } = send((model, budget), probe, None, before).0;
        return Branches { journeys: vec![journey], cut: false };
    }
    let start = (&before.state, &before.knows);
    // All ways are wanted, so a wish for one does not count.
    let mut open = probe.clone();
    open.choose.retain(|(name, _)| !(name.kind.branches() && name.number == 1));
    let mut script = Some(Vec::new());
    let mut journeys = Vec::new();
    let mut cut = false;
    while let Some(current) = script {
        if journeys.len() >= limit.max(1) || budget.is_stopped() {
            cut = true;
            break;
        }
        let Scripted { journey, taken } = run_scripted(model, &open, Some(current), start, budget);
        journeys.push(journey);
        // The last draw that said yes says no next; everything behind it is open again.
        script = taken.iter().rposition(|taken| *taken).map(|at| {
            let mut next: Vec<bool> = taken.iter().take(at).copied().collect();
            next.push(false);
            next
        });
    }
    // Thresholds are rounded to 2^-31: what differs by less is equal.
    journeys.sort_by_key(|journey| std::cmp::Reverse((journey.probability * 1e6).round() as u64));
    Branches { journeys, cut }
}
