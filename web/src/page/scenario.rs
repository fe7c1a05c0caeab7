//! `/s/{id}`: what was understood, what was assumed, what is wrong, and the form for a probe.

use super::error::probe_error;
use super::probe::ProbeForm;
use super::{Chrome, snippet};
use crate::scene::svg::{self, Focus, View};
use crate::scene::{Links, Scene};
use crate::url;
use crate::words::{Local, Say};
use askama::Template;
use sim_core::cluster::model::NodeId;
use sim_core::diagnostic::{Diagnostic, Severity};
use sim_core::linux::state::NetnsId;
use sim_core::model::Model;
use sim_core::trace::{ProbeError, ProbeText};
use std::collections::BTreeMap;

/// What the page is about.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Id in the address.
    pub id: &'a str,
    /// Name to show: the file's or the ready scenario's.
    pub name: &'a str,
    /// The model.
    pub model: &'a Model,
    /// What the form starts with: the query's `from` and `to`.
    pub probe_text: &'a ProbeText,
    /// Why the probe asked for cannot be sent; the page is then an answer with status 422.
    pub error: Option<&'a ProbeError>,
}

#[derive(Template)]
#[template(path = "scenario.html")]
struct Page<'a> {
    c: &'a Chrome,
    name: &'a str,
    summary: String,
    settings: String,
    form: ProbeForm,
    error: Option<String>,
    errors: Option<String>,
    findings_heading: String,
    findings: Vec<Finding>,
    assumptions: Vec<String>,
    unused: Vec<String>,
    svg: String,
    rule_nodes: Vec<(String, String)>,
    rule_services: Vec<(String, String)>,
}

/// Services linked on the page at most.
const SERVICES: usize = 200;

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
}

/// Puts a finding into words.
pub fn finding(say: &Say<'_>, diagnostic: &Diagnostic) -> Finding {
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    };
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
    }
}

struct PickLinks<'a> {
    id: &'a str,
    asked: &'a ProbeText,
}

impl Links for PickLinks<'_> {
    fn pod(&self, namespace: &str, name: &str) -> Option<String> {
        let pod = format!("pod/{namespace}/{name}");
        Some(url::with_query(&url::scenario(self.id), &[("from", &pod), ("to", &self.asked.to)]))
    }

    fn service(&self, namespace: &str, name: &str) -> Option<String> {
        let service = format!("svc/{namespace}/{name}");
        Some(url::with_query(&url::scenario(self.id), &[("from", &self.asked.from), ("to", &service)]))
    }
}

/// The page.
///
/// # Errors
/// Only what the template engine reports.
pub fn render(c: &Chrome, input: &Input<'_>) -> Result<String, askama::Error> {
    let model = input.model;
    let say = Say { lang: c.lang, model, id: Some(input.id) };
    let cluster = &model.cluster;
    let mut svg = String::new();
    let scene = Scene::build(model, None);
    let (words, links) = (Local(c.lang), PickLinks { id: input.id, asked: input.probe_text });
    svg::write(&mut svg, &scene, &View { step: None, focus: Focus::All, words: &words, links: &links })
        .map_err(|_| askama::Error::Fmt)?;
    let shown = |diagnostic: &&Diagnostic| diagnostic.code != "unused-kind";
    let mut found: Vec<&Diagnostic> = model.diagnostics.iter().filter(shown).collect();
    found.sort_by_key(|diagnostic| std::cmp::Reverse(diagnostic.severity));
    let errors = found.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
    Page {
        c,
        name: input.name,
        summary: summary(&say),
        settings: settings(&say),
        form: ProbeForm::of(c, input.id, model, input.probe_text),
        error: input.error.map(|error| probe_error(c, error)),
        errors: (errors > 0).then(|| c.ta("scenario-errors", &[("count", errors.into())])),
        findings_heading: c.ta("scenario-findings", &[("count", found.len().into())]),
        findings: found.into_iter().map(|diagnostic| finding(&say, diagnostic)).collect(),
        assumptions: cluster.assumptions.iter().map(|assumption| say.assumption(assumption)).collect(),
        unused: unused(&say),
        svg,
        rule_nodes: rule_nodes(&say, input.id),
        rule_services: cluster
            .services
            .iter()
            .take(SERVICES)
            .map(|service| {
                (service.name.to_string(), url::service(input.id, &service.name.namespace, &service.name.name, None))
            })
            .collect(),
    }
    .render()
}

/// The rule view of each node.
fn rule_nodes(say: &Say<'_>, id: &str) -> Vec<(String, String)> {
    let nodes = say.model.built.nodes.iter().take(SERVICES);
    let link = |(node, at): (&NodeId, &NetnsId)| {
        Some((say.node_name(*node)?.to_owned(), url::rules(id, &say.netns(*at)?.name, "", "", 0)))
    };
    nodes.filter_map(link).collect()
}

/// How much there is: nodes, Pods, Services.
pub fn summary(say: &Say<'_>) -> String {
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

/// Kinds that were read and take no part, with how many there are of each.
pub fn unused(say: &Say<'_>) -> Vec<String> {
    let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
    for diagnostic in say.model.diagnostics.iter().filter(|diagnostic| diagnostic.code == "unused-kind") {
        let count = diagnostic.args.get("count").and_then(|count| count.parse().ok()).unwrap_or(1);
        *kinds.entry(diagnostic.args.get("kind").cloned().unwrap_or_default()).or_default() += count;
    }
    let item = |(kind, count): (String, u64)| {
        say.ta("scenario-unused-item", &[("kind", kind.into()), ("count", count.into())])
    };
    kinds.into_iter().map(item).collect()
}
