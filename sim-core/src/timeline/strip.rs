//! A stream of probes along a timeline: one after the other, each in the cluster as it is then.

use crate::model::{Model, Past};
use crate::trace::{self, Journey, ProbeError, ProbeText, check_choices};
use kernel::ids::NetnsId;
use kubernetes::assumption::Verdict;
use kubernetes::budget::{Budget, Stopped};
use kubernetes::timeline::moments;

/// Probes of a stream at most.
pub const CELLS: usize = 300;

/// Milliseconds behind the last moment that a stream goes on for where nobody says how long it is.
const AFTER: u64 = 10_000;

/// When probes are sent, in milliseconds since the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream {
    /// The first.
    pub from: u64,
    /// The last one is sent then, or before.
    pub until: u64,
    /// From one to the next.
    pub every: u64,
}

impl Stream {
    /// From the start until some time after the last moment, which is at this time, at this pace; both in milliseconds.
    pub fn over(last: u64, every: u64) -> Self {
        Self { from: 0, until: last + AFTER, every }
    }

    /// Times of probes, the first [`CELLS`].
    pub fn times(&self) -> impl Iterator<Item = u64> {
        let (from, until, every) = (self.from, self.until, self.every.max(1));
        (0..CELLS as u64)
            .map(move |number| from.saturating_add(every.saturating_mul(number)))
            .take_while(move |at| *at <= until)
    }

    /// Whole seconds from one to the next; `None` where it is no such time.
    fn seconds(&self) -> Option<u64> {
        (self.every >= 1_000 && self.every.is_multiple_of(1_000)).then_some(self.every / 1_000)
    }

    /// There are more than [`CELLS`].
    pub fn is_cut(&self) -> bool {
        let span = self.until.saturating_sub(self.from);
        span / self.every.max(1) >= CELLS as u64
    }
}

/// A probe of a stream.
#[derive(Clone, Debug)]
pub struct Cell {
    /// When it was sent.
    pub at: u64,
    /// As it was sent: a trace of it at that time is the same. It says how many were sent before; where they are no whole seconds apart, each has a
    /// seed of its own.
    pub probe: ProbeText,
    /// What came of it, or why it cannot be sent.
    pub came: Result<Answer, ProbeError>,
}

/// What came of a probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What the client's call reports, as [`crate::trace::ClientResult::code`] has it.
    pub result: String,
    /// The client has what it wanted.
    pub works: bool,
    /// How it ended, as [`crate::trace::OutcomeKind::code`] has it.
    pub outcome: &'static str,
    /// What that is worth.
    pub verdict: Verdict,
    /// Who answered: the name of its namespace, and its address.
    pub server: Option<(String, String)>,
    /// The status of a response over HTTP.
    pub status: Option<u16>,
}

impl Answer {
    fn of(model: &Model, journey: &Journey) -> Self {
        let name = |netns: NetnsId| model.site.network.name(netns).map(ToString::to_string).unwrap_or_default();
        let server = journey.server.as_ref();
        let response = journey.http.as_ref().and_then(|fetched| fetched.response.as_ref());
        Self {
            result: journey.client.code(),
            works: journey.works(),
            outcome: journey.outcome.kind.code(),
            verdict: journey.verdict,
            server: server.map(|server| (name(server.netns), server.local.to_string())),
            status: response.map(|response| response.status),
        }
    }
}

/// What becomes of the same probe, sent again and again: each in the cluster as it is then, and in kernels that know those before it; with
/// [`ProbeText::keep`] on one connection as long as that lasts. The model of a moment is built once for all that are sent in it.
///
/// # Errors
/// When the budget did not suffice, or nobody wants the result any more.
///
/// ```
/// use kubernetes::budget::Budget;
/// use kubernetes::manifest::{Limits, SourceText};
/// use sim_core::model::{Model, Options};
/// use sim_core::timeline::{Stream, strip};
/// use sim_core::trace::ProbeText;
///
/// let text = "
/// {apiVersion: kubehop.dev/v1alpha1, kind: Scenario, metadata: {name: t}, timeline: [{at: 2s, delete: pod/default/b}]}
/// ---
/// {apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: nginx}]}}
/// ---
/// {apiVersion: v1, kind: Pod, metadata: {name: b}, spec: {containers: [{name: c, image: nginx, ports: [{containerPort: 80}]}]}}
/// ";
/// let model = Model::build(&[SourceText::given("t.yaml", text)], &Limits::default(), &Options::default());
/// let ip = model.cluster.pods[model.cluster.pod_named("default", "b").unwrap().0 as usize].ip;
/// let probe = ProbeText { from: "pod/default/a".into(), to: format!("{ip}:80"), ..ProbeText::default() };
/// let cells = strip(&model, &probe, Stream { from: 0, until: 3_000, every: 1_000 }, &Budget::unlimited()).unwrap();
/// let works: Vec<bool> = cells.iter().map(|cell| cell.came.as_ref().unwrap().works).collect();
/// assert_eq!(works, [true, true, false, false]);
/// ```
pub fn strip(model: &Model, probe: &ProbeText, stream: Stream, budget: &Budget) -> Result<Vec<Cell>, Stopped> {
    let moments = moments(&model.parsed, &model.simulating(), budget);
    budget.check()?;
    let past = Past::of(model, &moments, stream.until);
    let Some(seconds) = stream.seconds() else { return alone(&past, probe, stream, budget) };
    let mut all: Vec<Cell> = Vec::new();
    trace::stream(&past, probe, stream.times(), budget, |at, within, came| {
        let probe = ProbeText {
            before: (!all.is_empty()).then(|| all.len().to_string()),
            wait: (seconds != 1).then(|| seconds.to_string()),
            ..probe.clone()
        };
        let answer = |journey: Journey| check_choices(&journey).map(|()| Answer::of(within, &journey));
        all.push(Cell { at, probe, came: came.and_then(answer) });
    })?;
    Ok(all)
}

/// The same at a pace that kernels have no clock for: each meets kernels without connections.
fn alone(past: &Past, probe: &ProbeText, stream: Stream, budget: &Budget) -> Result<Vec<Cell>, Stopped> {
    let mut all = Vec::new();
    for (number, at) in (0u64..).zip(stream.times()) {
        let probe = ProbeText { seed: probe.seed.wrapping_add(number), ..probe.clone() };
        trace::stream(past, &probe, std::iter::once(at), budget, |at, within, came| {
            let answer = |journey: Journey| check_choices(&journey).map(|()| Answer::of(within, &journey));
            all.push(Cell { at, probe: probe.clone(), came: came.and_then(answer) });
        })?;
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kubernetes::budget::Allowance;
    use kubernetes::manifest::{Limits, SourceText};
    use std::collections::BTreeSet;

    const CHURN: &str = "
{apiVersion: kubehop.dev/v1alpha1, kind: Scenario, metadata: {name: t}, timeline: [{at: 5s, scale: {workload: deploy/default/web, replicas: 0}}]}
---
{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: nginx}]}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 3, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: nginx, ports: [{containerPort: 80}]}]}}}}
---
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}
";

    fn model() -> Model {
        Model::build(&[SourceText::given("t.yaml", CHURN)], &Limits::default(), &crate::model::Options::default())
    }

    fn probe() -> ProbeText {
        ProbeText { from: "pod/default/a".into(), to: "svc/default/web:80".into(), ..ProbeText::default() }
    }

    #[test]
    fn each_probe_draws_anew_and_is_what_a_trace_at_its_time_is() {
        let model = model();
        for every in [500, 1_000] {
            each_is_a_trace(&model, Stream { from: 0, until: 23 * every, every });
        }
    }

    fn each_is_a_trace(model: &Model, stream: Stream) {
        let cells = strip(model, &probe(), stream, &Budget::unlimited()).unwrap();
        assert_eq!(cells.len(), 24);
        let servers: BTreeSet<String> =
            cells.iter().filter_map(|cell| Some(cell.came.as_ref().ok()?.server.as_ref()?.0.clone())).collect();
        assert_eq!(servers.len(), 3, "{servers:?}");
        let (before, after): (Vec<&Cell>, Vec<&Cell>) = cells.iter().partition(|cell| cell.at < 5_000);
        assert!(before.iter().all(|cell| cell.came.as_ref().unwrap().works));
        assert!(after.iter().all(|cell| cell.came.as_ref().unwrap().result == "refused"));
        // The trace that a cell leads to says the same.
        let all = moments(&model.parsed, &model.simulating(), &Budget::unlimited());
        for cell in &cells {
            let then = crate::timeline::at(model, &all, cell.at, &Budget::unlimited()).unwrap();
            let probe = trace::parse_probe(&then, &cell.probe).unwrap();
            let journey = trace::run(&trace::model_for(&then, &probe), &probe);
            assert_eq!(Answer::of(&then, &journey), *cell.came.as_ref().unwrap(), "{}", cell.at);
        }
    }

    #[test]
    fn a_stream_is_bounded_and_within_its_budget() {
        let all = Stream { from: 0, until: u64::MAX, every: 0 };
        assert_eq!((all.times().count(), all.is_cut()), (CELLS, true));
        let few = Stream { from: 5, until: 25, every: 10 };
        assert_eq!((few.times().collect::<Vec<_>>(), few.is_cut()), (vec![5, 15, 25], false));
        assert_eq!(Stream { from: 9, until: 5, every: 1 }.times().count(), 0);
        let little = Budget::of(Allowance { steps: 50, ..Allowance::default() });
        assert!(strip(&model(), &probe(), Stream { from: 0, until: 60_000, every: 1_000 }, &little).is_err());
    }

    #[test]
    fn what_cannot_be_sent_then_is_told_and_the_others_are_sent() {
        let probe = ProbeText { to: "pod/default/nobody:80".into(), ..probe() };
        let cells =
            strip(&model(), &probe, Stream { from: 0, until: 1_000, every: 1_000 }, &Budget::unlimited()).unwrap();
        assert!(cells.iter().all(|cell| cell.came.is_err()) && cells.len() == 2);
    }
}
