//! `/s/{id}`: the map of the input, what was understood, what was assumed, what is wrong, and the form for a probe.

use super::Chrome;
use super::error::probe_error;
use super::probe::ProbeForm;
use super::topology::{self, Pages, Topology};
use crate::atlas::{Asked, Level};
use crate::finding::Group;
use crate::inventory::{self, Inventory, NotUsed};
use crate::matrix;
use crate::snippet;
use crate::timeline::{Act, Acts, Bar, BarView};
use crate::url;
use crate::words::{AssumedWords, Say};
use askama::Template;
use kernel::ids::NetnsId;
use kubernetes::cluster::model::NodeId;
use kubernetes::diagnostic::{Diagnostic, Severity};
use kubernetes::manifest::SkippedField;
use kubernetes::origin::Span;
use sim_core::inventory::{Entry, Reason};
use sim_core::model::Model;
use sim_core::timeline::Mark;
use sim_core::trace::{ProbeError, ProbeText};
use std::collections::BTreeMap;

/// What the page is about.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Id in the address.
    pub id: &'a str,
    /// Name to show: the file's or the ready scenario's.
    pub name: &'a str,
    /// Where the lesson is that its files are.
    pub lesson: Option<&'a str>,
    /// The model.
    pub model: &'a Model,
    /// What of the map is shown.
    pub asked: &'a Asked,
    /// Page of the findings, from 1.
    pub findings: usize,
    /// What the form starts with: the query's `from` and `to`.
    pub probe_text: &'a ProbeText,
    /// The moments of the timeline, and the present in milliseconds.
    pub time: (&'a [Mark], u64),
    /// Why the probe asked for cannot be sent; the page is then an answer with status 422.
    pub error: Option<&'a ProbeError>,
}

#[derive(Template)]
#[template(path = "scenario.html")]
struct Page<'a> {
    c: &'a Chrome,
    name: &'a str,
    lesson: Option<&'a str>,
    summary: String,
    settings: String,
    form: ProbeForm,
    error: Option<String>,
    /// How many errors, and the first one.
    errors: Option<(String, String)>,
    glance: Vec<Glance>,
    findings_heading: String,
    findings: Vec<Kind>,
    kinds: Vec<KindCount>,
    partly: Vec<Partly>,
    unused: Vec<Unused>,
    assumptions: Vec<AssumedWords>,
    map: Topology,
    findings_pages: Option<Pages>,
    partly_more: usize,
    assumptions_more: usize,
    rule_nodes: Vec<(String, String)>,
    /// How many more there are, and where.
    rule_nodes_more: Option<(String, String)>,
    rule_services: Vec<(String, String)>,
    rule_services_more: Option<(String, String)>,
    /// Where rules for requests are compared, if there are any.
    urls: Option<String>,
    /// Where a Service is called from everywhere, if there is one.
    matrix: Option<String>,
    /// Who may connect to whom, if there are policies.
    reach: Option<String>,
    /// What can be made to happen with what is looked at: in words, and the address.
    acts: Vec<(String, String)>,
    /// What happens when.
    time_href: String,
    /// Nothing is compared here.
    beside_href: Option<(String, String)>,
    /// The bar of time, where something happens.
    bar: Option<BarView<'a>>,
}

/// Nodes and Services linked at the foot of the page at most: the map's search has all of them.
const LINKED: usize = 24;

/// Findings on one page.
const FINDINGS: usize = 20;
/// Groups of at most so many are open from the start.
const OPEN: usize = 3;
/// Objects, and fields of objects, listed in a part of the inventory at most.
const OBJECTS: usize = 40;
/// Assumptions listed at most.
const ASSUMED: usize = 60;

/// Findings of one kind.
struct Kind {
    severity: &'static str,
    severity_word: String,
    code: &'static str,
    /// The first one's sentence.
    message: String,
    count: usize,
    open: bool,
    findings: Vec<Finding>,
}

/// One figure of the line at the top, and the part of the page that says more.
struct Glance {
    class: &'static str,
    href: &'static str,
    text: String,
    /// Nothing is behind it.
    none: bool,
}

/// What became of the objects of one kind, and how many more of it were assumed.
struct KindCount {
    kind: String,
    counts: [usize; 4],
}

/// An object that is partly used, each with its place and page.
struct Partly {
    object: String,
    fields: Vec<(String, Option<(String, String)>)>,
}

/// Objects that are not used, and why.
struct Unused {
    reason: String,
    kinds: String,
    objects: Vec<(String, Option<(String, String)>)>,
    more: usize,
}

/// One finding about the input, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    /// `error`, `warning`, `info`.
    pub severity: &'static str,
    /// That in the reader's language.
    pub severity_word: String,
    /// Stable code.
    pub code: &'static str,
    /// The sentence.
    pub message: String,
    /// `file:line:col`.
    pub place: Option<String>,
    /// The object it is about.
    pub object: Option<String>,
    /// The lines.
    pub snippet: Option<snippet::Lines>,
    /// What to do.
    pub hints: Vec<String>,
    /// The corrected lines, as a diff.
    pub patch: Option<String>,
    /// A trace that shows it: its address, and what it sends.
    pub trace: Option<(String, String)>,
}

/// Puts a finding into words.
pub fn finding(say: &Say<'_>, diagnostic: &Diagnostic) -> Finding {
    let severity = crate::finding::severity(diagnostic.severity);
    let probe = say.id.and_then(|id| Some((id, crate::finding::probe(say.model, diagnostic)?)));
    let short = |value: &str| value.trim_start_matches("pod/").trim_start_matches("svc/").to_owned();
    let place = say.model.parsed.locate(diagnostic.span).map(|location| location.to_string());
    let snippet = say.model.parsed.snippet(diagnostic.span, 1);
    Finding {
        severity,
        severity_word: say.t(&format!("severity-{severity}")),
        code: diagnostic.code,
        message: crate::finding::message(say.lang, diagnostic),
        snippet: snippet.map(|snippet| snippet::of(&snippet, place.clone().unwrap_or_default())),
        place,
        object: diagnostic.object.as_ref().map(ToString::to_string),
        hints: crate::finding::hints(say.lang, diagnostic),
        patch: crate::finding::patch(&say.model.parsed, diagnostic),
        trace: probe.map(|(id, probe)| {
            let args = [("from", short(&probe.from).into()), ("to", short(&probe.to).into())];
            (url::trace(id, "", &probe, None), say.ta("finding-trace", &args))
        }),
    }
}

/// Presses about the Pod or the Node that is looked at. Where it may be gone then, the whole cluster is looked at.
fn acts(c: &Chrome, input: &Input<'_>, map: &Topology) -> Vec<(String, String)> {
    let cluster = &input.model.cluster;
    let acts = Acts { lang: c.lang, id: input.id, model: input.model, marks: input.time.0 };
    let all = match &map.asked.level {
        Some(Level::Pod(namespace, name)) => cluster.pod_named(namespace, name).map(|id| acts.of_pod(id)),
        Some(Level::Node(name)) => cluster.node_named(name).map(|id| acts.of_node(id)),
        _ => None,
    };
    let href = |act: Act| {
        let level = if act.leaves { Level::Cluster } else { map.asked.level.clone().unwrap_or(Level::Cluster) };
        (act.label, map.asked.at(level).href(&act.id))
    };
    all.unwrap_or_default().into_iter().map(href).collect()
}

/// The page.
///
/// # Errors
/// Only what the template engine reports.
pub fn render(c: &Chrome, input: &Input<'_>) -> Result<String, askama::Error> {
    let model = input.model;
    let say = Say { lang: c.lang, model, id: Some(input.id) };
    let cluster = &model.cluster;
    let map = topology::view(c, input.id, model, input.asked)?;
    let shown = |diagnostic: &&Diagnostic| diagnostic.code != "unused-kind";
    let found: Vec<&Diagnostic> = model.diagnostics.iter().filter(shown).collect();
    let inventory = Inventory::of(model);
    let errors = found.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
    let mut form = ProbeForm::of(c, input.id, model, input.probe_text);
    // What is wrong with a field stands beside it, if it has one of its own.
    let error = input.error.and_then(|error| {
        let text = probe_error(c, error);
        (!form.with_error(error.part, &text)).then_some(text)
    });
    let (findings, findings_pages) = findings(&say, input, &found);
    let (partly, partly_more) = partly(&say, &inventory);
    let more = |count: usize, asked: Asked| {
        (count > LINKED).then(|| (c.ta("atlas-all-of", &[("count", count.into())]), asked.href(input.id)))
    };
    let machines = cluster.nodes.len() + cluster.docker.len();
    let services = Asked { kind: String::from("Service"), ..input.asked.at(Level::Cluster) };
    let bar = Bar::of(c.lang, input.time.0, input.time.1);
    let acts = acts(c, input, &map);
    Page {
        c,
        name: input.name,
        lesson: input.lesson,
        summary: summary(&say),
        settings: if model.cluster.nodes.is_empty() { String::new() } else { settings(&say) },
        form,
        error,
        errors: found.iter().find(|diagnostic| diagnostic.severity == Severity::Error).map(|first| {
            let line = crate::finding::line(c.lang, &model.parsed, first);
            (c.ta("scenario-errors", &[("count", errors.into())]), line)
        }),
        glance: glance(&say, &found, &inventory),
        findings_heading: c.ta("scenario-findings", &[("count", found.len().into())]),
        findings,
        findings_pages,
        kinds: kinds(&inventory),
        partly,
        partly_more,
        unused: unused(&say, &inventory),
        assumptions: cluster.assumptions.iter().take(ASSUMED).map(|one| say.assumed_words(one)).collect(),
        assumptions_more: cluster.assumptions.len().saturating_sub(ASSUMED),
        map,
        rule_nodes: rule_nodes(&say, input.id),
        rule_nodes_more: more(machines, input.asked.at(Level::Nodes)),
        rule_services_more: more(cluster.services.len(), services),
        rule_services: cluster
            .services
            .iter()
            .take(LINKED)
            .map(|service| {
                (service.name.to_string(), url::service(input.id, &service.name.namespace, &service.name.name, None))
            })
            .collect(),
        urls: (!(cluster.fronts.ingresses.is_empty() && cluster.fronts.routes.is_empty())).then(|| url::urls(input.id)),
        matrix: (!matrix::names(model).is_empty()).then(|| url::matrix(input.id, "")),
        acts,
        beside_href: None,
        time_href: url::time(input.id),
        bar: bar.as_ref().map(|bar| bar.view(|time| input.asked.href(&url::at(input.id, time)))),
        reach: (!(cluster.policies.all.is_empty() && cluster.acting.policies.is_empty())).then(|| url::reach(input.id)),
    }
    .render()
}

/// Everything that can be counted about the input, each with a link to where it is told.
fn glance(say: &Say<'_>, found: &[&Diagnostic], inventory: &Inventory) -> Vec<Glance> {
    let of = |severity: Severity| found.iter().filter(|diagnostic| diagnostic.severity == severity).count();
    let totals = inventory.totals();
    let assumed = say.model.cluster.assumptions.len();
    let one = |(class, href, count): (&'static str, &'static str, usize)| Glance {
        class,
        href,
        text: say.ta(&format!("glance-{class}"), &[("count", count.into())]),
        none: count == 0,
    };
    [
        ("errors", "#findings", of(Severity::Error)),
        ("warnings", "#findings", of(Severity::Warning)),
        ("used", "#inventory", totals.used),
        ("partly", if totals.partly > 0 { "#partly" } else { "#inventory" }, totals.partly),
        ("unused", if totals.unused > 0 { "#unused" } else { "#inventory" }, totals.unused),
        ("assumptions", if assumed > 0 { "#assumed" } else { "#inventory" }, assumed),
    ]
    .into_iter()
    .map(one)
    .collect()
}

/// Kind by kind: used, used in part, not used, assumed.
fn kinds(inventory: &Inventory) -> Vec<KindCount> {
    let mut kinds: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    for (kind, count) in &inventory.counts {
        kinds.insert(kind, [count.used, count.partly, count.unused, 0]);
    }
    for (kind, count) in &inventory.assumed {
        kinds.entry(kind).or_default()[3] = *count;
    }
    kinds.into_iter().map(|(kind, counts)| KindCount { kind: kind.to_owned(), counts }).collect()
}

/// The rule view of each node; none is written for that.
fn rule_nodes(say: &Say<'_>, id: &str) -> Vec<(String, String)> {
    let nodes = say.model.site.nodes.iter().take(LINKED);
    let link = |(node, at): (&NodeId, &NetnsId)| {
        Some((say.node_name(*node)?.to_owned(), url::rules(id, say.model.site.network.name(*at)?, "", "", 0)))
    };
    let docker = say.model.cluster.docker.iter().take(LINKED).map(|host| {
        let netns = sim_core::agents::docker::host_name(host);
        (host.name.to_string(), url::rules(id, &netns, "", "", 0))
    });
    nodes.filter_map(link).chain(docker).take(LINKED).collect()
}

/// How much there is: of the cluster, and on Docker hosts.
fn summary(say: &Say<'_>) -> String {
    let docker = &say.model.cluster.docker;
    let alone = say.model.cluster.nodes.is_empty() && !docker.is_empty();
    let all = (!alone).then(|| cluster(say)).into_iter();
    all.chain(docker.iter().map(|host| crate::docker::summary(say, host))).collect::<Vec<_>>().join("; ")
}

/// How much there is of a cluster: nodes, Pods, Services.
pub fn cluster(say: &Say<'_>) -> String {
    let cluster = &say.model.cluster;
    let args = [
        ("nodes", cluster.nodes.len().into()),
        ("pods", cluster.pods.len().into()),
        ("services", cluster.services.len().into()),
    ];
    say.ta("scenario-summary", &args)
}

/// Version, CNI, mode and networks.
pub fn settings(say: &Say<'_>) -> String {
    let settings = &say.model.cluster.settings;
    let (cni, mode) = (settings.cni.name(), settings.kube_proxy.mode.name());
    let args = [
        ("version", settings.version.to_string().into()),
        ("cni", cni.into()),
        ("mode", mode.into()),
        ("pod_cidr", settings.pod_cidr.to_string().into()),
        ("service_cidr", settings.service_cidr.to_string().into()),
    ];
    say.ta("scenario-settings", &args)
}

/// The findings of one page, those of a kind together, and the ways to the other pages.
fn findings(say: &Say<'_>, input: &Input<'_>, found: &[&Diagnostic]) -> (Vec<Kind>, Option<Pages>) {
    let groups = crate::finding::groups(found.iter().copied());
    let last = found.len().div_ceil(FINDINGS).max(1);
    let page = input.findings.clamp(1, last);
    let (mut skip, mut left) = ((page - 1) * FINDINGS, FINDINGS);
    let mut kinds = Vec::new();
    for group in &groups {
        let here: Vec<&Diagnostic> = group.findings.iter().copied().skip(skip).take(left).collect();
        skip = skip.saturating_sub(group.findings.len());
        left -= here.len();
        if !here.is_empty() {
            kinds.push(kind(say, group, &here));
        }
    }
    let to = |page: usize| {
        let address = url::replace(&input.asked.href(input.id), "findings", &page.to_string());
        format!("{address}#findings")
    };
    let args = [("page", page.into()), ("of", last.into())];
    let pages = (last > 1).then(|| Pages {
        before: (page > 1).then(|| to(page - 1)),
        after: (page < last).then(|| to(page + 1)),
        range: say.ta("atlas-page", &args),
    });
    (kinds, pages)
}

fn kind(say: &Say<'_>, group: &Group<'_>, here: &[&Diagnostic]) -> Kind {
    let severity = crate::finding::severity(group.severity);
    let count = group.findings.len();
    Kind {
        severity,
        severity_word: say.t(&format!("severity-{severity}")),
        code: group.code,
        message: group.findings.first().map(|first| crate::finding::message(say.lang, first)).unwrap_or_default(),
        count,
        open: count <= OPEN,
        findings: here.iter().map(|diagnostic| finding(say, diagnostic)).collect(),
    }
}

/// A place and its page.
fn place(say: &Say<'_>, span: Span) -> Option<(String, String)> {
    let at = say.model.parsed.locate(span)?;
    Some((at.to_string(), url::source(say.id?, &at)))
}

/// Objects that are partly used, and how many more there are.
fn partly(say: &Say<'_>, inventory: &Inventory) -> (Vec<Partly>, usize) {
    let mut left = OBJECTS;
    let mut shown = Vec::new();
    for (entry, fields) in inventory.partly() {
        if left == 0 {
            break;
        }
        let fields: Vec<&SkippedField> = fields.iter().take(left).collect();
        left -= fields.len().max(1).min(left);
        let field = |field: &&SkippedField| (field.path.to_string(), place(say, field.span));
        shown.push(Partly { object: entry.object.to_string(), fields: fields.iter().map(field).collect() });
    }
    let more = inventory.totals().partly.saturating_sub(shown.len());
    (shown, more)
}

fn unused(say: &Say<'_>, inventory: &Inventory) -> Vec<Unused> {
    let mut left = OBJECTS;
    let one = |(why, groups): (Reason, Vec<NotUsed<'_>>)| {
        let counted: Vec<(&str, usize)> = groups.iter().map(|group| (group.kind, group.entries.len())).collect();
        let all: usize = counted.iter().map(|(_, count)| count).sum();
        let entries: Vec<&&Entry> = groups.iter().flat_map(|group| &group.entries).take(left).collect();
        left -= entries.len();
        Unused {
            reason: inventory::reason(say.lang, why),
            kinds: inventory::kinds(say.lang, &counted),
            more: all - entries.len(),
            objects: entries.iter().map(|entry| (entry.object.to_string(), place(say, entry.span))).collect(),
        }
    };
    inventory.unused().into_iter().map(one).collect()
}
