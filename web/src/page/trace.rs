//! `/s/{id}/trace`: one step of one journey.

use super::Chrome;
use super::exports::{self, Export};
use super::probe::ProbeForm;
use super::sent::{self, TimeView};
use super::story::{self, BeatView, Level};
use super::ways::{self, BranchView, TreeRow, branch, cut_common, fold, heading_of};
use crate::json;
use crate::names;
use crate::picture::short;
use crate::scene::svg::{self, Focus, View};
use crate::scene::{Links, Scene};
use crate::snippet;
use crate::theme::Theme;
use crate::timeline::{Bar, BarView};
use crate::url;
use crate::words::{
    AssumedWords, EventLine, ExchangeWords, Local, OutcomeWords, PoliciesWords, RoundWords, Say, StepWords, WayWords,
};
use askama::Template;
use kubernetes::budget::Budget;
use kubernetes::origin::Location;
use kubernetes::shown;
use sim_core::facts::{self, Facts, LegSpan};
use sim_core::model::Model;
use sim_core::timeline::Mark;
use sim_core::trace::{
    Branches, ClientResult, Journey, LegId, ProbeText, Remembered, Sizes, Source, Target, Traceroute,
};
use std::collections::BTreeMap;

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
    /// The moments of the timeline, and the present in milliseconds.
    pub time: (&'a [Mark], u64),
    /// Whether others go first between the parts of the work.
    pub budget: &'a Budget,
}

/// How much a page tells, in its address: a story of few beats, the steps at which something happens, every step.
pub const LEVELS: [&str; 3] = [Level::Story.code(), Level::Hops.code(), EVERY_STEP];
/// Of these the one that counts every step.
pub const EVERY_STEP: &str = Level::All.code();

/// Steps that are told before others go first.
const PART: usize = 16;

/// What a journey takes beside its steps: the form, the layout, the ways.
const ROOM: usize = 64 << 10;
/// What stands beside the picture, of one step, as markup.
const DETAIL: usize = 1_536;
/// A picture.
const PICTURE: usize = 48 << 10;
/// The page of a probe, with what the reader chose to see of it.
fn address(id: &str, probe: &ProbeText, step: Option<u32>, level: Option<&str>) -> String {
    let address = url::trace(id, "", probe, step);
    // A step alone means every step is told.
    let level = level.or(step.map(|_| Level::Story.code()));
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
        let level = format!("&level={}", url::encode(level.unwrap_or(Level::Story.code())));
        Self { around: (format!("{path}{sign}step="), level) }
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
    beats: Vec<BeatView>,
    /// The steps that its level stops at, in order.
    stops: Vec<u32>,
    /// The steps at which the header changes.
    edits: Vec<u32>,
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
    /// What policies said, by end.
    policies: Vec<PoliciesWords>,
    time: Option<TimeView>,
    /// The bar of time, where something happens.
    bar: Option<Bar>,
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
    /// The same as a tree of draws.
    tree: Vec<(TreeRow<'a>, Option<Way<'a>>)>,
    more_branches: Vec<Way<'a>>,
    total: u32,
    step: u32,
    first: String,
    previous: String,
    next: String,
    last: String,
    svg: String,
    legs: Vec<LegAt<'a>>,
    /// In place of the legs, where a story is told.
    beats: Vec<BeatAt<'a>>,
    levels: Vec<LevelLink>,
    /// The number of the stop that is shown, from 1, and how many there are.
    now: (usize, usize),
    level: &'static str,
    stops: String,
    edits: String,
    places: String,
    /// What can be looked at besides, at the step: in words, and the address.
    doors: Vec<(String, String)>,
    /// Where the input can be changed; nowhere for one that a link carries.
    what_if: Option<String>,
    /// Where the same is asked before it is shown.
    predict: Option<String>,
    exports: Vec<Export>,
    /// The bar of time over the steps, and the page of all moments.
    bar: Option<BarView<'a>>,
    time_href: String,
    /// Where the next moment is compared with this one, else the one before.
    beside_href: Option<(String, String)>,
}

/// Another level, at the same step.
struct LevelLink {
    code: &'static str,
    href: String,
    current: bool,
}

/// A beat in the list, with the address of the step at which it happens.
struct BeatAt<'a> {
    beat: &'a BeatView,
    href: String,
    /// The step that is shown is in it; it is that very one.
    active: bool,
    current: bool,
    steps: Vec<StepAt<'a>>,
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
    /// With the steps that a level stops at, and the one that is shown.
    fn of(leg: &'a LegView, addresses: &Addresses, current: u32, stops: &[u32]) -> Self {
        let at = |step: &'a StepView| StepAt { step, href: addresses.step(step.n), current: step.n == current };
        let told = leg.steps.iter().filter(|step| step.n == current || stops.binary_search(&step.n).is_ok());
        Self { leg, steps: told.map(at).collect() }
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
            input.branches.journeys.iter().map(|journey| branch(&say, input.journey, journey)).collect();
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
        let facts = Facts { model: input.model, journey: input.journey, steps: steps.clone() };
        let beats: Vec<BeatView> =
            facts.beats().iter().map(|beat| BeatView::of(c, &say, &facts, beat, &words)).collect();
        let stops = story::stops(Level::of(input.level), &facts, &beats);
        input.budget.rest();
        Ok(Self {
            id: input.id.to_owned(),
            name: input.name.to_owned(),
            probe: input.probe_text.clone(),
            level: input.level.map(str::to_owned),
            interfaces: input.interfaces.to_vec(),
            places: Facts::of(input.model, input.journey).places(),
            summary: json::summary(input.model, input.journey),
            opening: outcome.step.filter(|_| !outcome.good).or(stops.first().copied()).unwrap_or(1),
            edits: story::edits(&words),
            beats,
            stops,
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
            policies: say.policies(input.journey),
            time: sent::time(c, &say, (input.journey, input.probe_text), |text| {
                address(input.id, text, None, input.level)
            }),
            bar: Bar::of(c.lang, input.time.0, input.time.1),
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
        let level = Level::of(self.level.as_deref());
        let stops = &self.stops;
        let at = stops.partition_point(|stop| *stop <= step);
        let earlier = stops.iter().rev().find(|stop| **stop < step).copied();
        let later = stops.get(at).copied();
        let (begin, end) = (stops.first().copied().unwrap_or(1), stops.last().copied().unwrap_or(1));
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
            tree: ways::tree(c, &self.branches)
                .into_iter()
                .map(|row| (row.way.map(way), row))
                .map(|(w, row)| (row, w))
                .collect(),
            branches: self.branches.iter().map(way).collect(),
            more_branches: self.more_branches.iter().map(way).collect(),
            total,
            step,
            first: href(begin),
            previous: href(earlier.unwrap_or(begin)),
            next: href(later.unwrap_or(end)),
            last: href(end),
            svg,
            legs: match level {
                Level::Story => Vec::new(),
                _ => self.legs.iter().map(|leg| LegAt::of(leg, &addresses, step, &self.stops)).collect(),
            },
            beats: match level {
                Level::Story => self.beats.iter().map(|beat| self.beat_at(beat, &addresses, step)).collect(),
                _ => Vec::new(),
            },
            levels: self.level_links(level, step),
            now: (at.max(1), stops.len()),
            level: level.code(),
            stops: if level == Level::All { String::new() } else { numbers(stops) },
            edits: numbers(&self.edits),
            places: shown::json(&serde_json::to_string(&self.places).unwrap_or_default()).replace('<', "\\u003c"),
            doors: [("packet", "trace-layers"), ("connections", "trace-connections")]
                .map(|(what, word)| (c.t(word), url::door(id, probe, step, what, "", "")))
                .to_vec(),
            predict: (total > 0).then(|| url::predict(id, probe)),
            what_if: c.about.carried.is_none().then(|| format!("{}#line", url::edit(id, Some(probe)))),
            exports: exports::of(c, id, probe, &self.interfaces, shown),
            bar: self.bar.as_ref().map(|bar| bar.view(|time| self.then(time, step))),
            beside_href: self.bar.as_ref().and_then(Bar::other).map(|time| {
                let with = format!("--at {time}");
                let href = url::replace(&url::compare(id, probe), "with", &with);
                (c.ta("between-with", &[("time", time.to_owned().into())]), href)
            }),
            time_href: url::with_query(
                &url::time(id),
                &[
                    ("from", &probe.from),
                    ("via", probe.via.as_deref().unwrap_or_default()),
                    ("to", &probe.to),
                    ("proto", probe.proto.as_deref().unwrap_or_default()),
                ],
            ),
        };
        let mut html = String::with_capacity(self.details.0.len() + 2 * self.data.len() + ROOM);
        page.render_into(&mut html)?;
        Ok(html)
    }

    /// The same probe at another time, at the same place of its way.
    fn then(&self, time: &str, step: u32) -> String {
        let level = self.level.as_deref().unwrap_or(Level::Story.code());
        let place = (step as usize).checked_sub(1).and_then(|at| self.places.get(at));
        let then = url::trace(&url::at(&self.id, time), "", &self.probe, None);
        let then = place.map_or_else(|| then.clone(), |place| url::replace(&then, "at", place));
        url::replace(&then, "level", level)
    }

    fn beat_at<'t>(&'t self, beat: &'t BeatView, addresses: &Addresses, step: u32) -> BeatAt<'t> {
        let within = |own: &&StepView| (beat.first..=beat.last).contains(&own.n);
        let all = self.legs.iter().flat_map(|leg| &leg.steps).filter(within);
        BeatAt {
            beat,
            href: addresses.step(beat.at),
            active: (beat.first..=beat.last).contains(&step),
            current: beat.at == step,
            steps: all
                .map(|own| StepAt { step: own, href: addresses.step(own.n), current: own.n == step && beat.at != step })
                .collect(),
        }
    }

    fn level_links(&self, level: Level, step: u32) -> Vec<LevelLink> {
        let link = |other: Level| LevelLink {
            code: other.code(),
            href: address(&self.id, &self.probe, Some(step), Some(other.code())),
            current: other == level,
        };
        Level::ALL.into_iter().map(link).collect()
    }

    /// What stands beside the picture, step by step.
    fn details(&self) -> impl Iterator<Item = &str> {
        let (text, ends) = &self.details;
        let begins = std::iter::once(0).chain(ends.iter().copied());
        begins.zip(ends).map(|(from, to)| text.get(from..*to).unwrap_or_default())
    }
}

/// Numbers for an attribute.
fn numbers(all: &[u32]) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// Whether there is a size that arrives.
fn arrives(sizes: &Sizes) -> bool {
    sizes.ways.iter().any(|way| way.largest.is_some())
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
