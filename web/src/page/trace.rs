//! `/s/{id}/trace`: one step of one journey.

use super::Chrome;
use super::exports::{self, Export};
use super::probe::ProbeForm;
use crate::json;
use crate::names;
use crate::picture::short;
use crate::scene::svg::{self, Focus, View};
use crate::scene::{Links, Scene};
use crate::snippet;
use crate::theme::Theme;
use crate::url;
use crate::words::{AssumedWords, EventLine, ExchangeWords, Local, OutcomeWords, RoundWords, Say, StepWords, WayWords};
use askama::Template;
use kubernetes::budget::Budget;
use kubernetes::cluster::model::Pod;
use kubernetes::origin::Location;
use sim_core::facts::{self, Facts, LegSpan};
use sim_core::model::Model;
use sim_core::trace::{
    Branches, ChoiceKind, ClientResult, Journey, LegId, MAX_BEFORE, MAX_WAIT, ProbeText, Remembered, Sizes, Source,
    Target, Traceroute, write_probe,
};
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// What the page is about.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Id in the address.
    pub id: &'a str,
    /// Name to show.
    pub name: &'a str,
    /// The model.
    pub model: &'a Model,
    /// The probe as the address has it.
    pub probe_text: &'a ProbeText,
    /// The journey shown.
    pub journey: &'a Journey,
    /// All ways the probe can go.
    pub branches: &'a Branches,
    /// The step, from 1; clamped. Without one the page opens at the first, or where it was decided that it fails.
    pub step: Option<u32>,
    /// Interfaces that a capture of it would have, as it names them.
    pub interfaces: &'a [String],
    /// How much is told, as the address has it: links keep it.
    pub level: Option<&'a str>,
    /// How large its packets may be, and who answers at which TTL.
    pub measured: (Option<&'a Sizes>, Option<&'a Traceroute>),
    /// Whether others go first between the parts of the work.
    pub budget: &'a Budget,
}

/// Steps that are told before others go first.
const PART: usize = 16;

/// What a journey takes beside its steps: the form, the layout, the ways.
const ROOM: usize = 64 << 10;
/// What stands beside the picture, of one step, as markup.
const DETAIL: usize = 1_536;
/// A picture.
const PICTURE: usize = 48 << 10;
/// Ways listed beside the heading at most; the others are behind a line that opens them.
const WAYS: usize = 12;
/// How many of them are listed where there are more.
const WAYS_OF_MANY: usize = 8;

/// The page of a probe, with what the reader chose to see of it.
fn address(id: &str, probe: &ProbeText, step: Option<u32>, level: Option<&str>) -> String {
    let address = url::trace(id, "", probe, step);
    level.map_or_else(|| address.clone(), |level| url::replace(&address, "level", level))
}

/// The addresses of all steps, of which there are many.
struct Addresses {
    /// What stands before the number, and behind it.
    around: (String, String),
}

impl Addresses {
    fn of(id: &str, probe: &ProbeText, level: Option<&str>) -> Self {
        let path = url::trace(id, "", probe, None);
        let sign = if path.contains('?') { '&' } else { '?' };
        let level = level.map(|level| format!("&level={}", url::encode(level)));
        Self { around: (format!("{path}{sign}step="), level.unwrap_or_default()) }
    }

    fn step(&self, n: u32) -> String {
        let (before, after) = &self.around;
        format!("{before}{n}{after}")
    }
}

/// A journey told in one language: what the pages of all its steps have in common, which is nearly everything. It holds nothing of the model.
pub struct Told {
    id: String,
    name: String,
    probe: ProbeText,
    level: Option<String>,
    /// Interfaces that a capture would have.
    interfaces: Vec<String>,
    scene: Scene,
    /// The step that a page opens at.
    opening: u32,
    /// What all steps are called in links.
    places: Vec<String>,
    /// What came out, as shares remember it.
    summary: String,
    form: ProbeForm,
    outcome: OutcomeWords,
    /// The lines of the input that the cause names.
    culprit: Option<snippet::Lines>,
    /// Where a change that was proven is tried: the address that makes a scenario of it, for each fix that is one.
    tries: Vec<Option<String>>,
    /// The request, who decided about it, and the response.
    exchange: Option<ExchangeWords>,
    /// How the name of a probe was asked for.
    resolver: Option<ResolverView>,
    branches: Vec<BranchView>,
    more_branches: Vec<BranchView>,
    branches_heading: String,
    cut: bool,
    data: String,
    legs: Vec<LegView>,
    /// What stands beside the picture, of all steps, as markup one behind the other; and where that of each ends.
    details: (String, Vec<usize>),
    /// Each with the page of that list.
    remembered: Vec<(String, String)>,
    choices: Vec<String>,
    time: Option<TimeView>,
    /// What sizes make of the way, where anything arrives.
    ways: Vec<WayWords>,
    /// What TTLs make of it, with a heading.
    rounds: Vec<RoundWords>,
    rounds_heading: String,
}

#[derive(Template)]
#[template(path = "trace.html")]
struct Page<'a> {
    c: &'a Chrome,
    told: &'a Told,
    name: &'a str,
    scenario_href: String,
    form: &'a ProbeForm,
    heading: String,
    outcome: &'a OutcomeWords,
    outcome_href: String,
    outcome_step_href: Option<String>,
    not_simulated: Vec<&'a AssumedWords>,
    leans_on: Vec<&'a AssumedWords>,
    branches: Vec<Way<'a>>,
    more_branches: Vec<Way<'a>>,
    total: u32,
    step: u32,
    first: String,
    previous: String,
    next: String,
    last: String,
    svg: String,
    legs: Vec<LegAt<'a>>,
    exports: Vec<Export>,
}

/// A way that the probe can go, with its address.
struct Way<'a> {
    branch: &'a BranchView,
    href: String,
}

/// A leg in the list of hops.
struct LegAt<'a> {
    leg: &'a LegView,
    steps: Vec<StepAt<'a>>,
}

impl<'a> LegAt<'a> {
    fn of(leg: &'a LegView, addresses: &Addresses, current: u32) -> Self {
        let at = |step: &'a StepView| StepAt { step, href: addresses.step(step.n), current: step.n == current };
        Self { leg, steps: leg.steps.iter().map(at).collect() }
    }
}

/// A step in the list of hops, with its address.
struct StepAt<'a> {
    step: &'a StepView,
    href: String,
    current: bool,
}

#[derive(Template)]
#[template(path = "step.html")]
struct Detail<'a> {
    c: &'a Chrome,
    words: &'a StepWords,
    snippet: Option<&'a snippet::Lines>,
}

/// Where the same probe can be sent again, for what nodes remember of it.
struct TimeView {
    /// How many were sent before; what that means in words.
    past: Option<String>,
    again: Option<String>,
    later: Option<(String, String)>,
    reset: Option<String>,
}

struct BranchView {
    probe: ProbeText,
    label: String,
    /// What all labels begin with and what is this one's own.
    common: String,
    own: String,
    /// Where that is, and how it ends there.
    more: String,
    /// The result alone.
    result: String,
    share: String,
    current: bool,
    /// `works`, `fails`, `assumed`, `not-modelled`, in words and as a sign.
    verdict: &'static str,
    verdict_text: String,
    sign: &'static str,
}

struct LegView {
    index: usize,
    /// Proxies it lies behind.
    depth: u32,
    title: String,
    steps: Vec<StepView>,
}

struct StepView {
    n: u32,
    place: String,
    title: String,
    dropped: bool,
}

/// Clicks in the picture start or aim another probe.
struct ProbeLinks<'a> {
    id: &'a str,
    probe: &'a ProbeText,
}

impl Links for ProbeLinks<'_> {
    fn pod(&self, namespace: &str, name: &str) -> Option<String> {
        let pod = format!("pod/{namespace}/{name}");
        Some(url::ask(self.id, &ProbeText { from: pod, via: None, ..self.probe.clone() }))
    }

    fn service(&self, namespace: &str, name: &str) -> Option<String> {
        let service = format!("svc/{namespace}/{name}");
        Some(url::with_query(
            &url::scenario(self.id),
            &[("from", &self.probe.from), ("via", self.probe.via.as_deref().unwrap_or_default()), ("to", &service)],
        ))
    }
}

/// The page of the input's step.
///
/// # Errors
/// Only what the template engine reports.
pub fn render(c: &Chrome, input: &Input<'_>) -> Result<String, askama::Error> {
    Told::of(c, input)?.page(c, input.step)
}

impl Told {
    /// Tells a journey in the language of `c`, whatever the input's step.
    ///
    /// # Errors
    /// Only what the template engine reports.
    pub fn of(c: &Chrome, input: &Input<'_>) -> Result<Self, askama::Error> {
        let say = Say { lang: c.lang, model: input.model, id: Some(input.id) };
        let scene = Scene::build(input.model, Some(input.journey));
        input.budget.rest();
        let steps = &scene.steps;
        let words = say.steps(input.journey, steps);
        input.budget.rest();
        let outcome = say.outcome(input.journey);
        let legs = steps.legs.iter().map(|span| leg_view(&say, input.journey, span, &words)).collect();
        let mut branches: Vec<BranchView> =
            input.branches.journeys.iter().map(|journey| branch(&say, input, journey)).collect();
        let branches_heading = heading_of(&say, &branches);
        cut_common(&mut branches);
        let more_branches = fold(&mut branches);
        // Many steps are due to few lines, and finding a line takes as long as the text is.
        let mut snippets: BTreeMap<&Location, Option<snippet::Lines>> = BTreeMap::new();
        let mut details = (String::with_capacity(DETAIL * words.len()), Vec::with_capacity(words.len()));
        for (at, words) in words.iter().enumerate() {
            if at % PART == 0 {
                input.budget.rest();
            }
            let snippet = place(words).and_then(|location| {
                let found = || snippet::at(&input.model.parsed, location, 2);
                snippets.entry(location).or_insert_with(found).as_ref()
            });
            Detail { c, words, snippet }.render_into(&mut details.0)?;
            details.1.push(details.0.len());
        }
        let data = scene.to_json(&Local(c.lang));
        input.budget.rest();
        Ok(Self {
            id: input.id.to_owned(),
            name: input.name.to_owned(),
            probe: input.probe_text.clone(),
            level: input.level.map(str::to_owned),
            interfaces: input.interfaces.to_vec(),
            places: Facts::of(input.model, input.journey).places(),
            summary: json::summary(input.model, input.journey),
            opening: outcome.step.filter(|_| !outcome.good).unwrap_or(1),
            form: ProbeForm::of(c, input.id, input.model, input.probe_text),
            culprit: outcome.because.as_ref().filter(|_| !outcome.good).and_then(|because| {
                let location = because.location.as_ref()?;
                snippet::at(&input.model.parsed, location, 1)
            }),
            tries: (0..outcome.fixes.len())
                .map(|at| {
                    let has_patch = input.journey.outcome.fixes.get(at).is_some_and(|fix| fix.patch.is_some());
                    has_patch.then(|| url::fix(input.id, input.probe_text, at))
                })
                .collect(),
            outcome,
            exchange: say.exchange(input.journey),
            resolver: resolver(&say, input.journey),
            branches,
            more_branches,
            branches_heading,
            cut: input.branches.cut,
            data,
            legs,
            details,
            remembered: remembered(&say, input),
            choices: say.choices(input.journey),
            time: time(&say, input),
            ways: input.measured.0.filter(|sizes| arrives(sizes)).map(|sizes| say.sizes(sizes)).unwrap_or_default(),
            rounds: input.measured.1.map(|route| say.rounds(route)).unwrap_or_default(),
            rounds_heading: input.measured.1.map_or_else(String::new, |route| {
                let args = [("to", say.address(route.to).into()), ("protocol", route.protocol.to_string().into())];
                c.ta("ttl-heading", &args)
            }),
            scene,
        })
    }

    /// Bytes that it takes, by estimate.
    pub fn weight(&self) -> usize {
        // Shapes take about seven times what they do as JSON.
        self.details.0.len() + 8 * self.data.len() + ROOM
    }

    /// How many steps there are.
    pub fn total(&self) -> u32 {
        self.scene.steps.len()
    }

    /// What came out, as shares remember it.
    pub fn summary(&self) -> &str {
        &self.summary
    }

    /// The step that a place means, as links name it.
    pub fn step_at(&self, place: &str) -> Option<u32> {
        facts::step_at(&self.places, place)
    }

    /// The page of a step, from 1; clamped. Without one it opens at the first, or where it was decided that it fails.
    ///
    /// # Errors
    /// Only what the template engine reports.
    pub fn page(&self, c: &Chrome, asked: Option<u32>) -> Result<String, askama::Error> {
        let Self { id, probe, scene, outcome, .. } = self;
        let steps = &scene.steps;
        let (step, total) = (steps.clamp(asked.unwrap_or(self.opening)), steps.len());
        let mut svg = String::with_capacity(PICTURE);
        let (links, local) = (ProbeLinks { id, probe }, Local(c.lang));
        let shown = (total > 0).then_some(step);
        svg::write(
            &mut svg,
            scene,
            &View { step: shown, focus: Focus::All, theme: Theme::Auto, words: &local, links: &links },
        )
        .map_err(|_| askama::Error::Fmt)?;
        let addresses = Addresses::of(id, probe, self.level.as_deref());
        let href = |n: u32| addresses.step(n);
        // The same step on the other way, where the address names one.
        let way = |branch| Way { branch, href: address(id, &branch.probe, asked, self.level.as_deref()) };
        let page = Page {
            c,
            told: self,
            name: &self.name,
            scenario_href: url::ask(id, probe),
            form: &self.form,
            heading: c
                .ta("trace-heading", &[("from", (&*short(&probe.from)).into()), ("to", (&*short(&probe.to)).into())]),
            outcome_href: url::help(outcome.code),
            outcome_step_href: outcome.step.map(href),
            not_simulated: outcome.leans_on.iter().filter(|one| one.not_simulated).collect(),
            leans_on: outcome.leans_on.iter().filter(|one| !one.not_simulated).collect(),
            outcome,
            branches: self.branches.iter().map(way).collect(),
            more_branches: self.more_branches.iter().map(way).collect(),
            total,
            step,
            first: href(1),
            previous: href(step.saturating_sub(1).max(1)),
            next: href((step + 1).min(total.max(1))),
            last: href(total.max(1)),
            svg,
            legs: self.legs.iter().map(|leg| LegAt::of(leg, &addresses, step)).collect(),
            exports: exports::of(c, id, probe, &self.interfaces, shown),
        };
        let mut html = String::with_capacity(self.details.0.len() + 2 * self.data.len() + ROOM);
        page.render_into(&mut html)?;
        Ok(html)
    }

    /// What stands beside the picture, step by step.
    fn details(&self) -> impl Iterator<Item = &str> {
        let (text, ends) = &self.details;
        let begins = std::iter::once(0).chain(ends.iter().copied());
        begins.zip(ends).map(|(from, to)| text.get(from..*to).unwrap_or_default())
    }
}

/// Whether there is a size that arrives.
fn arrives(sizes: &Sizes) -> bool {
    sizes.ways.iter().any(|way| way.largest.is_some())
}

/// Sending again is on offer where a node remembers the client, or where something was sent before.
fn time(say: &Say<'_>, input: &Input<'_>) -> Option<TimeView> {
    let probe = &input.journey.probe;
    if input.journey.remembered.is_empty() && probe.before == 0 {
        return None;
    }
    let at = |before: u32, wait: u64| {
        let text = ProbeText {
            before: (before > 0).then(|| before.to_string()),
            wait: (before > 0 && wait != 1).then(|| wait.to_string()),
            ..input.probe_text.clone()
        };
        address(input.id, &text, None, input.level)
    };
    let more = (probe.before < MAX_BEFORE).then_some(probe.before + 1);
    let longest = input.model.cluster.services.iter().filter_map(|service| service.session_affinity).max();
    // Long enough for every list to have forgotten.
    let past = longest.map(|seconds| u64::from(seconds) + 1).filter(|wait| *wait <= MAX_WAIT && *wait != probe.wait);
    let waited = [("count", probe.before.into()), ("wait", probe.wait.into())];
    Some(TimeView {
        past: (probe.before > 0).then(|| say.ta("trace-time-past", &waited)),
        again: more.map(|before| at(before, probe.wait)),
        later: past.map(|wait| {
            let before = probe.before.max(1);
            (at(before, wait), say.ta("trace-time-later", &[("wait", wait.into())]))
        }),
        reset: (probe.before > 0).then(|| at(0, 1)),
    })
}

/// The last cause of a step with a place in the input is the one worth showing with its lines.
fn place(words: &StepWords) -> Option<&Location> {
    fn place(line: &EventLine) -> Option<&Location> {
        line.because.as_ref()?.location.as_ref()
    }
    let translated = words.events.iter().filter(|line| line.kind == "nat").find_map(place);
    translated.or_else(|| words.events.iter().rev().find_map(place))
}

/// What nodes remember afterwards, each with the page of that list.
fn remembered(say: &Say<'_>, input: &Input<'_>) -> Vec<(String, String)> {
    let entry = |entry: &Remembered| {
        let netns = say.netns(entry.netns);
        let is_set =
            netns.is_some_and(|netns| netns.nft.tables.iter().any(|table| table.find_set(&entry.list).is_some()));
        let name = netns.map(|netns| &*netns.name).unwrap_or_default();
        let what = if is_set { "sets" } else { "recent" };
        (say.remembered(entry), url::state(input.id, "", name, what, Some(input.probe_text)))
    };
    input.journey.remembered.iter().map(entry).collect()
}

fn leg_view(say: &Say<'_>, journey: &Journey, span: &LegSpan, words: &[StepWords]) -> LegView {
    let view = |words: &StepWords| StepView {
        n: words.n,
        place: words.place.clone(),
        title: words.title.clone(),
        dropped: words.dropped,
    };
    LegView {
        index: span.leg,
        depth: journey.depth(LegId(span.leg as u32)),
        title: journey.legs.get(span.leg).map(|leg| say.leg(journey, leg)).unwrap_or_default(),
        steps: words.iter().filter(|words| (span.first..=span.last).contains(&words.n)).map(view).collect(),
    }
}

fn branch(say: &Say<'_>, input: &Input<'_>, journey: &Journey) -> BranchView {
    let mut text = write_probe(input.model, &journey.probe);
    // What another branch differs in are its choices; a port drawn from a range is none.
    for choice in journey.choices.iter().filter(|choice| choice.of.len() > 1) {
        let wanted = format!("{}={}", choice.name, choice.value);
        let name = format!("{}=", choice.name);
        if !text.choose.iter().any(|choice| choice.starts_with(&name)) {
            text.choose.push(wanted);
        }
    }
    let outcome = say.outcome(journey);
    let result = say.result_short(journey);
    let endpoint = Endpoint::of(input.model, journey);
    let label =
        endpoint.as_ref().map_or_else(|| outcome.server.clone().unwrap_or_else(|| result.clone()), Endpoint::name);
    let mut more: Vec<String> = endpoint.map(Endpoint::place).unwrap_or_default();
    if !outcome.good || more.is_empty() {
        more.push(result.clone());
    }
    more.retain(|part| *part != label);
    let percent = journey.probability * 100.0;
    let percent = if percent < 0.5 { "< 1".to_owned() } else { format!("{percent:.0}") };
    BranchView {
        probe: text,
        own: label.clone(),
        common: String::new(),
        more: more.join(" · "),
        result,
        label,
        share: say.ta("trace-branch-share", &[("percent", percent.into())]),
        current: same_way(journey, input.journey),
        verdict: outcome.verdict,
        verdict_text: outcome.verdict_text,
        sign: outcome.sign,
    }
}

/// The endpoint that a way goes to.
struct Endpoint<'a> {
    address: &'a str,
    pod: Option<&'a Pod>,
    node: Option<&'a str>,
}

impl<'a> Endpoint<'a> {
    fn of(model: &'a Model, journey: &'a Journey) -> Option<Self> {
        let choice =
            journey.choices.iter().find(|choice| choice.name == ChoiceKind::Endpoint.into() && choice.of.len() > 1)?;
        let address: SocketAddr = choice.value.parse().ok()?;
        let cluster = &model.cluster;
        let pod = cluster.pods.iter().find(|pod| pod.ip == address.ip() && !pod.host_network);
        let node = match pod {
            Some(pod) => cluster.nodes.get(pod.node.0 as usize),
            None => cluster.nodes.iter().find(|node| node.ip == address.ip()),
        };
        Some(Self { address: &choice.value, pod, node: node.map(|node| &*node.name) })
    }

    /// The Pod, else the address.
    fn name(&self) -> String {
        self.pod.map_or_else(|| self.address.to_owned(), |pod| pod.name.to_string())
    }

    /// Address and node.
    fn place(self) -> Vec<String> {
        [Some(self.address), self.node].into_iter().flatten().map(str::to_owned).collect()
    }
}

/// How many ways there are, and how many of them end how.
fn heading_of(say: &Say<'_>, branches: &[BranchView]) -> String {
    let mut results: Vec<(&str, usize)> = Vec::new();
    for branch in branches {
        match results.iter_mut().find(|(result, _)| *result == branch.result) {
            Some((_, count)) => *count += 1,
            None => results.push((&branch.result, 1)),
        }
    }
    let one = |(result, count): &(&str, usize)| {
        say.ta("trace-branches-result", &[("count", (*count).into()), ("result", (*result).into())])
    };
    let heading = say.ta("trace-branches", &[("count", branches.len().into())]);
    format!("{heading}: {}", results.iter().map(one).collect::<Vec<_>>().join(", "))
}

/// Who asked for a name, how its resolver is set up, what it asked, what that cost, and what may go wrong with it.
struct ResolverView {
    heading: String,
    conf: String,
    questions: String,
    beside: Vec<String>,
    race_heading: String,
    race: Vec<String>,
}

fn resolver(say: &Say<'_>, journey: &Journey) -> Option<ResolverView> {
    let by_name = matches!(journey.probe.to, Target::Name(..) | Target::Url { .. });
    let nobody = journey.lookups.is_empty() && journey.client != ClientResult::NameNotResolved;
    if !by_name || nobody || journey.hosts.is_some() {
        return None;
    }
    let who = match &journey.probe.from {
        Source::Pod(pod) => say.ta("who-pod", &[("name", say.pod_name(*pod).into())]),
        Source::Node(node) => say.node_name(*node).unwrap_or_default().to_owned(),
        Source::Machine(id) => say.machine(*id),
        Source::External { .. } => say.t("scene-external"),
    };
    let (mut questions, mut beside) = (String::new(), String::new());
    // Writing to memory does not fail.
    let _ = names::write_questions(&mut questions, say, journey);
    let _ = names::write_beside(&mut beside, say, journey);
    let raced = sim_core::trace::race(say.model, journey);
    Some(ResolverView {
        heading: say.ta("trace-resolver", &[("who", who.into())]),
        conf: format!("# /etc/resolv.conf\n{}", resolv_conf(say.model, &journey.probe.from)),
        questions,
        beside: beside.lines().map(|line| line.trim().to_owned()).collect(),
        race_heading: say.t("race-heading"),
        race: raced.map(|race| names::race_lines(say, &race)).unwrap_or_default(),
    })
}

/// What all labels begin with is noise beside each other: the namespace, and a ReplicaSet's name where each Pod keeps
/// three characters or more of its own.
fn cut_common(branches: &mut [BranchView]) {
    let Some((first, rest)) = branches.split_first() else { return };
    let shared = |other: &BranchView| {
        let pairs = first.label.char_indices().zip(other.label.chars());
        pairs.take_while(|((_, a), b)| a == b).last().map_or(0, |((at, a), _)| at + a.len_utf8())
    };
    let Some(shared) = rest.iter().map(shared).min() else { return };
    let prefix = first.label.get(..shared).unwrap_or_default();
    let shortest = branches.iter().map(|branch| branch.label.len()).min().unwrap_or(0);
    let after = |end: char| prefix.rfind(end).map_or(0, |at| at + end.len_utf8());
    let at = if shortest >= after('-') + 3 { after('-').max(after('/')) } else { after('/') };
    for branch in branches {
        if let Some((common, own)) = branch.label.split_at_checked(at) {
            (branch.common, branch.own) = (common.to_owned(), own.to_owned());
        }
    }
}

/// Takes out what is not listed at once where there are many ways: the current one stays, then the first of each verdict,
/// then those in front.
fn fold(branches: &mut Vec<BranchView>) -> Vec<BranchView> {
    if branches.len() <= WAYS {
        return Vec::new();
    }
    let first = |at: usize| {
        let verdict = branches.get(at).map(|branch| branch.verdict);
        branches.iter().take(at).all(|earlier| Some(earlier.verdict) != verdict)
    };
    let current = branches.iter().position(|branch| branch.current);
    let mut kept: Vec<usize> = Vec::new();
    let firsts = (0..branches.len()).filter(|at| first(*at));
    for at in current.into_iter().chain(firsts).chain(0..branches.len()) {
        if kept.len() < WAYS_OF_MANY && !kept.contains(&at) {
            kept.push(at);
        }
    }
    let mut more = Vec::new();
    for (at, branch) in std::mem::take(branches).into_iter().enumerate() {
        if kept.contains(&at) { branches.push(branch) } else { more.push(branch) }
    }
    more
}

fn same_way(a: &Journey, b: &Journey) -> bool {
    let picked = |journey: &Journey| -> Vec<_> {
        let of = journey.choices.iter().filter(|choice| choice.of.len() > 1);
        of.map(|choice| (choice.name, choice.value.clone())).collect()
    };
    picked(a) == picked(b)
}

/// `/etc/resolv.conf` where a probe starts.
pub fn resolv_conf(model: &Model, source: &Source) -> String {
    let conf = sim_core::trace::resolv_conf(model, source);
    let mut text: String = conf.nameservers.iter().map(|server| format!("nameserver {server}\n")).collect();
    if !conf.search.is_empty() {
        text.push_str(&format!("search {}\n", conf.search.join(" ")));
    }
    let options = conf.options.iter().map(|option| format!(" {option}")).collect::<String>();
    text.push_str(&format!("options ndots:{}{options}\n", conf.ndots));
    text
}
