//! Probes in a row: the same again, later, and from another Pod.

use super::Chrome;
use super::probe::source_name;
use crate::ask;
use crate::words::Say;
use sim_core::trace::{Journey, MAX_BEFORE, MAX_WAIT, ProbeText};

/// Of probes in a row so many are told apart at most; what lies between the first and these is left out.
const TABS: u32 = 6;

/// Probes in a row: those that were sent before this one, and where others can be sent for what nodes remember of it.
#[derive(Default)]
pub(super) struct TimeView {
    /// How many were sent before; what that means in words.
    pub(super) past: Option<String>,
    /// Each of them, this one the last; none where there is only this one.
    pub(super) sent: Vec<Tab>,
    pub(super) again: Option<String>,
    pub(super) later: Option<(String, String)>,
    pub(super) reset: Option<String>,
    /// Which connection it used, where one stays open.
    pub(super) kept: Option<String>,
    /// From another Pod.
    pub(super) another: Option<(String, String)>,
}

/// One of the probes in a row.
pub(super) struct Tab {
    pub(super) label: String,
    pub(super) href: String,
    pub(super) current: bool,
}

/// Sending again is on offer where a node remembers the client, or where something was sent before.
pub(super) fn time(
    c: &Chrome,
    say: &Say<'_>,
    (journey, asked): (&Journey, &ProbeText),
    address: impl Fn(&ProbeText) -> String,
) -> Option<TimeView> {
    let (model, probe) = (say.model, &journey.probe);
    let another = ask::from_another(model, asked).map(|other| {
        let from = source_name(c, &other);
        (address(&other), c.ta("probe-another", &[("from", from.into())]))
    });
    if journey.remembered.is_empty() && probe.before == 0 && !probe.keep && !probe.once {
        return another.map(|another| TimeView { another: Some(another), ..TimeView::default() });
    }
    let at = |before: u32, wait: u64| {
        let text = ProbeText {
            before: (before > 0).then(|| before.to_string()),
            wait: (before > 0 && wait != 1).then(|| wait.to_string()),
            ..asked.clone()
        };
        address(&text)
    };
    // In a timeline each was sent at a time of its own.
    let timed = model.past.is_some() && probe.wait > 0;
    let more = (probe.before < MAX_BEFORE && !timed).then_some(probe.before + 1);
    let longest = model.cluster.services.iter().filter_map(|service| service.session_affinity).max();
    // Long enough for every list to have forgotten.
    let past = longest.map(|seconds| u64::from(seconds) + 1).filter(|wait| *wait <= MAX_WAIT && *wait != probe.wait);
    let waited = [("count", probe.before.into()), ("wait", probe.wait.into())];
    let sent = (0..=probe.before).filter(|_| probe.before > 0 && !timed);
    // Of many the first one and the latest are enough to go back to.
    let sent = sent.filter(|before| *before == 0 || before + TABS > probe.before + 1);
    let tab = |before: u32| Tab {
        label: c.ta("probe-nth", &[("n", (before + 1).into())]),
        href: at(before, probe.wait),
        current: before == probe.before,
    };
    Some(TimeView {
        sent: sent.map(tab).collect(),
        another,
        kept: say.kept(journey),
        past: (probe.before > 0).then(|| say.ta("trace-time-past", &waited)),
        again: more.map(|before| at(before, probe.wait)),
        later: past.map(|wait| {
            let before = probe.before.max(1);
            (at(before, wait), say.ta("trace-time-later", &[("wait", wait.into())]))
        }),
        reset: (probe.before > 0).then(|| at(0, 1)),
    })
}
