//! `/s/{id}/time`: what happens when.

use super::Chrome;
use crate::locale::Lang;
use crate::timeline::{
    Acts, Bar, BarView, CellWords, LaterWords, Meaning, MomentWords, PART, RuleWords, notes, stream_heading,
    strip_words, told, window_words,
};
use crate::url;
use askama::Template;
use kubernetes::cluster::model::{Happens, NodeId, PodId};
use kubernetes::origin::Location;
use kubernetes::timeline::{EVENTS, scenario_line, scenario_of};
use sim_core::model::Model;
use sim_core::timeline::{CELLS, Cell, Mark, Played, STARTS, Stream};
use sim_core::trace::ProbeText;

/// Moments on one page.
const SHOWN: usize = 120;
/// Lines of rules that are shown of one Node.
const LINES: usize = 40;

/// Pods and Nodes whose events are offered, and events that are.
const OFFERED: usize = 24;
const MOST_OFFERED: usize = 80;

/// What the page is about.
pub struct Input<'a> {
    /// The scenario, in its world, at its start.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The model at the start.
    pub model: &'a Model,
    /// Its moments.
    pub played: &'a [Played],
    /// Their marks.
    pub marks: &'a [Mark],
    /// A stream of probes: which, how it is sent, and what came of it.
    pub stream: Option<(&'a ProbeText, Stream, Vec<Cell>)>,
    /// What the form for a stream starts with.
    pub probe: &'a ProbeText,
    /// How fast and how long, as the address has it.
    pub pace: (&'a str, &'a str),
}

/// An event of the address.
struct Said {
    event: String,
    /// The address without it.
    away: String,
    /// What is wrong with it.
    wrong: Option<String>,
}

struct Row {
    words: MomentWords,
    href: String,
    first: bool,
    rules: Vec<RuleWords>,
    traces: Vec<String>,
}

#[derive(Template)]
#[template(path = "time.html")]
struct Page<'a> {
    c: &'a Chrome,
    input: &'a Input<'a>,
    scenario_href: String,
    rows: Vec<Row>,
    more: usize,
    seconds: u64,
    notes: Vec<String>,
    windows: Vec<String>,
    none: bool,
    bar: Option<BarView<'a>>,
    /// Events of the address, and what a form for one more sends along.
    said: Vec<Said>,
    action: String,
    hidden: Vec<(String, String)>,
    /// Events that could be meant.
    offered: Vec<String>,
    /// All as a text for a file.
    scenario_text: String,
    time_href: String,
    /// Nothing is compared here.
    beside_href: Option<(String, String)>,
    strip: Option<StripView>,
    /// Probes whose stream is worth a look.
    streams: Vec<(String, String)>,
}

/// A stream of probes, in tens.
struct StripView {
    heading: String,
    parts: Vec<(String, Vec<(CellWords, String)>)>,
    legend: Vec<Meaning>,
    cut: Option<String>,
}

/// Streams that are offered.
const STREAMS: usize = 4;

fn strip(c: &Chrome, input: &Input<'_>, (probe, stream, cells): &(&ProbeText, Stream, Vec<Cell>)) -> StripView {
    let words = strip_words(c.lang, cells, stream, input.marks);
    let href = |cell: &CellWords| {
        let time = if cell.at == "0s" { "" } else { &cell.at };
        url::trace(&url::at(input.id, time), "", &cell.probe, None)
    };
    let mut parts: Vec<(String, Vec<(CellWords, String)>)> = Vec::new();
    for (number, cell) in words.cells.into_iter().enumerate() {
        if number % PART == 0 {
            parts.push((cell.at.clone(), Vec::new()));
        }
        let href = href(&cell);
        if let Some((_, part)) = parts.last_mut() {
            part.push((cell, href));
        }
    }
    let cut = words.cut.then(|| c.ta("strip-cut", &[("limit", CELLS.into())]));
    StripView { heading: stream_heading(c.lang, probe, stream), parts, legend: words.legend, cut }
}

/// Streams of the timeline's own packets, and of those worth sending.
fn streams(input: &Input<'_>) -> Vec<(String, String)> {
    let own = input.model.cluster.timeline.iter().filter_map(|event| match &event.what {
        Happens::Probe(sent) => Some(ProbeText {
            from: sent.from.to_string(),
            to: sent.to.to_string(),
            proto: sent.proto.as_ref().map(ToString::to_string),
            keep: sent.keep.then(|| "1".to_owned()),
            ..ProbeText::default()
        }),
        _ => None,
    });
    let alone = |probe: ProbeText| ProbeText {
        from: probe.from,
        to: probe.to,
        proto: probe.proto,
        keep: probe.keep,
        ..ProbeText::default()
    };
    let mut all: Vec<ProbeText> = Vec::new();
    for probe in own.chain(crate::gallery::suggested(input.model)).map(alone) {
        if all.len() < STREAMS && !all.contains(&probe) {
            all.push(probe);
        }
    }
    let named = |probe: ProbeText| {
        let (proto, keep) = (probe.proto.as_deref().unwrap_or_default(), probe.keep.as_deref().unwrap_or_default());
        let pairs = [("from", probe.from.as_str()), ("to", &probe.to), ("proto", proto), ("keep", keep)];
        let href = url::with_query(&url::time(input.id), &pairs);
        (format!("{} → {}", probe.from.trim_start_matches("pod/"), probe.to), format!("{href}#strip-heading"))
    };
    all.into_iter().map(named).collect()
}

/// A moment on this page.
fn anchor(time: &str) -> String {
    format!("#at-{time}")
}

/// The events of the address, each with what was found of it.
fn said(c: &Chrome, input: &Input<'_>) -> Vec<Said> {
    let events = url::events(input.id);
    let parsed = &input.model.parsed;
    let wrong = |at: usize| {
        let line = scenario_line(at);
        let is = |place: &Location| &*place.file == EVENTS && place.line == line;
        let found =
            input.model.diagnostics.iter().find(|found| parsed.locate(found.span).is_some_and(|place| is(&place)));
        found.map(|found| crate::finding::message(c.lang, found))
    };
    let one = |(at, event): (usize, &String)| {
        let mut others = events.clone();
        others.remove(at);
        Said { event: event.clone(), away: url::time(&url::with_events(input.id, &others, "")), wrong: wrong(at) }
    };
    events.iter().enumerate().map(one).collect()
}

/// Some events that the form offers while somebody writes: of the Pods, workloads and Nodes at the start.
fn offered(input: &Input<'_>) -> Vec<String> {
    let cluster = &input.model.cluster;
    let acts = Acts { lang: Lang::En, id: input.id, model: input.model, marks: &[] };
    let pods = (0u32..).zip(&cluster.pods).take(OFFERED).flat_map(|(at, _)| acts.of_pod(PodId(at)));
    let nodes = (0u32..).zip(&cluster.nodes).take(OFFERED).flat_map(|(at, _)| acts.of_node(NodeId(at)));
    let mut all: Vec<String> = pods.chain(nodes).map(|act| act.event).collect();
    all.sort_by_cached_key(|event| (event.split(' ').nth(1).map(str::to_owned), event.clone()));
    all.dedup();
    all.truncate(MOST_OFFERED);
    all
}

impl Page<'_> {
    /// Where what was sent later on a connection is shown.
    fn later(&self, later: &LaterWords) -> String {
        url::trace(&url::replace(self.input.id, "t", &later.at), "", &later.probe, None)
    }
}

/// The page.
///
/// # Errors
/// Only what the template engine reports.
pub fn render(c: &Chrome, input: &Input<'_>) -> Result<String, askama::Error> {
    let row = |(at, mut words): (usize, MomentWords)| {
        let then = url::at(input.id, if at == 0 { "" } else { &words.at });
        let mut rules = std::mem::take(&mut words.rules);
        for rule in &mut rules {
            rule.cut |= rule.lines.len() > LINES;
            rule.lines.truncate(LINES);
        }
        Row {
            href: url::scenario(&then),
            first: at == 0,
            traces: words.sent.iter().map(|sent| url::trace(&then, "", &sent.probe, None)).collect(),
            rules,
            words,
        }
    };
    let all = told(c.lang, input.model, input.played);
    let more = all.len().saturating_sub(SHOWN);
    let bar = Bar::of(c.lang, input.marks, 0);
    let page = Page {
        c,
        input,
        scenario_href: url::scenario(input.id),
        rows: all.into_iter().take(SHOWN).enumerate().map(row).collect(),
        more,
        seconds: STARTS / 1_000,
        notes: notes(c.lang, input.model),
        windows: window_words(c.lang, input.model, input.played),
        none: input.model.cluster.timeline.is_empty(),
        bar: bar.as_ref().map(|bar| bar.view(|time| anchor(if time.is_empty() { "0s" } else { time }))),
        said: said(c, input),
        action: url::action(input.id, "/time"),
        hidden: url::world(input.id).into_iter().filter(|(name, _)| name != "t").collect(),
        offered: offered(input),
        scenario_text: scenario_of(&url::events(input.id))
            .ok()
            .flatten()
            .map_or_else(String::new, |text| text.text.to_string()),
        beside_href: None,
        time_href: url::time(input.id),
        strip: input.stream.as_ref().map(|stream| strip(c, input, stream)),
        streams: streams(input),
    };
    page.render()
}
