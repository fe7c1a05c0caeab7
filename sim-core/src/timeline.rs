//! A model over time: the moments of its timeline, the model of each, and what rules differ.
//!
//! ```
//! use kubernetes::budget::Budget;
//! use kubernetes::manifest::{Limits, SourceText};
//! use sim_core::model::{Model, Options};
//! use sim_core::timeline::{at, moments, rules};
//!
//! let text = "
//! {apiVersion: kubehop.dev/v1alpha1, kind: Scenario, metadata: {name: t}, timeline: [{at: 10s, notReady: pod/default/b}]}
//! ---
//! {apiVersion: v1, kind: Pod, metadata: {name: a, labels: {app: w}}, spec: {containers: [{name: c, image: nginx}]}}
//! ---
//! {apiVersion: v1, kind: Pod, metadata: {name: b, labels: {app: w}}, spec: {containers: [{name: c, image: nginx}]}}
//! ---
//! {apiVersion: v1, kind: Service, metadata: {name: w}, spec: {selector: {app: w}, ports: [{port: 80}]}}
//! ";
//! let model = Model::build(&[SourceText::given("t.yaml", text)], &Limits::default(), &Options::default());
//! let all = moments(&model, &Budget::unlimited());
//! let later = at(&model, &all, 12_000, &Budget::unlimited()).unwrap();
//! let differ = rules(&model, &later, &Budget::unlimited()).unwrap();
//! assert!(differ.iter().all(|node| !node.removed.is_empty()), "kube-proxy takes the endpoint away on every node");
//! ```

mod endpoints;
mod marks;
mod strip;
mod window;

use crate::model::{Model, Past};
use crate::print;
use crate::trace::{
    self, ClientResult, Journey, ProbeError, ProbeText, ServerView, model_for_within, parse_probe, run_within,
};
pub use endpoints::{EndpointChange, Standing, endpoints};
use kubernetes::budget::{Budget, Stopped};
use kubernetes::cluster::model::{Happens, NodeId};
pub use kubernetes::timeline::{Change, Moment, STARTS};
pub use marks::{Mark, marks};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
pub use strip::{Answer, CELLS, Cell, Stream, strip};
pub use window::{Window, sleeps, windows};

/// Lines of rules that are told of one node at most.
const LINES: usize = 400;

/// Nodes whose rules are compared at most.
pub const NODES: usize = 24;

/// The moments of a model's timeline, the start among them.
pub fn moments(model: &Model, budget: &Budget) -> Vec<Moment> {
    kubernetes::timeline::moments(&model.parsed, &model.simulating(), budget)
}

/// The model at a time: that of the last moment before it, or of it.
///
/// # Errors
/// When the budget did not suffice, or nobody wants the result any more.
pub fn at(model: &Model, moments: &[Moment], time: u64, budget: &Budget) -> Result<Model, Stopped> {
    let last = moments.iter().take_while(|moment| moment.at <= time).last();
    let made = match last.filter(|moment| moment.parsed.held.later || !moment.lagging.is_empty()) {
        Some(moment) => model.of_moment(moment, budget)?,
        None => model.clone(),
    };
    let past = (!moments.is_empty()).then(|| Arc::new(Past::of(model, moments, time)));
    Ok(Model { past, ..made })
}

/// What differs of the rules that kube-proxy wrote on a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleChange {
    /// The Node.
    pub node: Arc<str>,
    /// Lines that were not there: the table or chain they are in, and the line.
    pub added: Vec<(String, String)>,
    /// Lines that are not there any more.
    pub removed: Vec<(String, String)>,
    /// There are more than are told.
    pub cut: bool,
}

/// What differs of the rules on Nodes that both have, the first [`NODES`]; those without a difference are left out.
///
/// # Errors
/// When the budget did not suffice, or nobody wants the result any more.
pub fn rules(before: &Model, after: &Model, budget: &Budget) -> Result<Vec<RuleChange>, Stopped> {
    let mut all = Vec::new();
    for (at, node) in before.cluster.nodes.iter().enumerate().take(NODES) {
        let Some(other) = after.cluster.nodes.iter().position(|own| own.name == node.name) else { continue };
        let (old, new) = (lines(before, NodeId(at as u32)), lines(after, NodeId(other as u32)));
        budget.spend((old.len() + new.len()) as u64)?;
        let mut change = RuleChange { node: node.name.clone(), ..RuleChange::default() };
        for (line, count) in &new {
            let had = old.get(line).copied().unwrap_or(0);
            change.added.extend(std::iter::repeat_n(line.clone(), count.saturating_sub(had)));
        }
        for (line, count) in &old {
            let has = new.get(line).copied().unwrap_or(0);
            change.removed.extend(std::iter::repeat_n(line.clone(), count.saturating_sub(has)));
        }
        change.cut = change.added.len() > LINES || change.removed.len() > LINES;
        change.added.truncate(LINES);
        change.removed.truncate(LINES);
        if !change.added.is_empty() || !change.removed.is_empty() {
            all.push(change);
        }
    }
    Ok(all)
}

/// Lines of a node's rules with what they are in, and how often each is there.
fn lines(model: &Model, node: NodeId) -> BTreeMap<(String, String), usize> {
    let mut all = BTreeMap::new();
    let mut within = String::new();
    for line in print::rules(model, node).lines() {
        let text = line.trim();
        if let Some(table) = text.strip_prefix('*') {
            within = table.to_owned();
        } else if text.ends_with('{') {
            within = text.trim_end_matches('{').trim().to_owned();
        } else if !text.is_empty() && !text.starts_with('#') && text != "}" && text != "COMMIT" {
            *all.entry((within.clone(), text.to_owned())).or_insert(0) += 1;
        }
    }
    all
}

/// A packet of the timeline, sent when it says.
#[derive(Debug)]
pub struct SentThen {
    /// Its event, by its place in the timeline.
    pub event: usize,
    /// What became of it, in the model it was sent in; or why it cannot be sent.
    pub came: Result<Box<(Model, Journey)>, ProbeError>,
    /// Where its connection stays open: what became of what was sent on it later, once a second, each time that is not as the last one.
    pub later: Vec<Later>,
}

/// What was sent later on a connection that stays open.
#[derive(Clone, Debug, PartialEq)]
pub struct Later {
    /// When, in milliseconds since the start.
    pub at: u64,
    /// What the client's call reported.
    pub client: ClientResult,
    /// Who answered: the name of its namespace, and its address.
    pub server: Option<(Arc<str>, SocketAddr)>,
    /// What the connection before it reported, where it was broken and another one was opened.
    pub ended: Option<ClientResult>,
}

/// Seconds that a connection of a timeline stays open at most.
const KEPT: u64 = 600;

/// What was sent later on the connection that a probe opens at a time, until the last moment: once a second, or less often where that would
/// be too often.
fn kept(past: &Past, text: &ProbeText, (from, end): (u64, u64), budget: &Budget) -> Result<Vec<Later>, Stopped> {
    let every = 1_000 * (end.saturating_sub(from) / 1_000).div_ceil(KEPT).max(1);
    let times = (0..).map(|number| from + number * every).take_while(|time| *time <= end + every);
    let (mut all, mut last) = (Vec::new(), None);
    trace::stream(past, text, times, budget, |at, model, sent| {
        let Ok(journey) = sent else { return };
        let named = |server: &ServerView| model.site.network.name(server.netns).cloned();
        let server = journey.server.as_ref().and_then(|server| Some((named(server)?, server.local)));
        let ended = journey.kept.as_ref().and_then(|kept| kept.ended.clone());
        let now = (journey.client.clone(), server.clone());
        if ended.is_some() || last.as_ref() != Some(&now) {
            let client = journey.client.clone();
            all.push(Later { at, client, server, ended });
        }
        last = Some(now);
    })?;
    // The first is the probe itself.
    all.retain(|later| later.at > from);
    Ok(all)
}

/// A moment with what it did.
#[derive(Debug)]
pub struct Played {
    /// The moment.
    pub moment: Moment,
    /// What kube-proxy rewrote.
    pub rules: Vec<RuleChange>,
    /// Packets that were sent.
    pub sent: Vec<SentThen>,
}

/// Every moment of a model's timeline, played: rules compared with those of the moment before, packets sent. Each packet meets kernels without
/// connections: what an earlier one left behind is not kept.
///
/// # Errors
/// When the budget did not suffice, or nobody wants the result any more.
pub fn play(model: &Model, budget: &Budget) -> Result<Vec<Played>, Stopped> {
    let mut all = Vec::new();
    let mut before: Option<(Moment, Model)> = None;
    let moments = moments(model, budget);
    let end = moments.last().map_or(0, |last| last.at);
    let past = Past::of(model, &moments, end);
    for moment in moments {
        budget.check()?;
        let same = before.as_ref().is_some_and(|(last, _)| last.is_same(&moment));
        let now = match before.as_ref().filter(|_| same) {
            Some((_, before)) => before.clone(),
            None if moment.parsed.held.later => model.of_moment(&moment, budget)?,
            None => model.clone(),
        };
        let differ = before.as_ref().filter(|_| !same).map(|(_, before)| rules(before, &now, budget));
        let rules = differ.transpose()?.unwrap_or_default();
        let mut sent = Vec::new();
        for event in &moment.events {
            let Some(Happens::Probe(probe)) = model.cluster.timeline.get(*event).map(|event| &event.what) else {
                continue;
            };
            let text = ProbeText {
                from: probe.from.to_string(),
                to: probe.to.to_string(),
                proto: probe.proto.as_ref().map(ToString::to_string),
                keep: probe.keep.then(|| "1".to_owned()),
                ..ProbeText::default()
            };
            let came = send(&now, &text, budget)?;
            let later = match probe.keep && came.is_ok() {
                true => kept(&past, &text, (moment.at, end), budget)?,
                false => Vec::new(),
            };
            sent.push(SentThen { event: *event, came, later });
        }
        before = Some((moment.clone(), now));
        all.push(Played { moment, rules, sent });
    }
    Ok(all)
}

type Came = Result<Box<(Model, Journey)>, ProbeError>;

fn send(model: &Model, text: &ProbeText, budget: &Budget) -> Result<Came, Stopped> {
    let probe = match parse_probe(model, text) {
        Ok(probe) => probe,
        Err(error) => return Ok(Err(error)),
    };
    let within = model_for_within(model, &probe, budget)?.into_owned();
    let journey = run_within(&within, &probe, budget)?;
    Ok(Ok(Box::new((within, journey))))
}
