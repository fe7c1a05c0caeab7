//! Diagnostics in words, those of one kind together, and the probe that shows what one is about.

use crate::ask;
use crate::locale::{self, Lang};
use fluent_bundle::FluentValue;
use sim_core::cluster::model::{Pod, PodId};
use sim_core::diagnostic::{Diagnostic, Severity};
use sim_core::manifest::Parsed;
use sim_core::model::Model;
use sim_core::trace::ProbeText;
use std::collections::BTreeMap;

/// The values of a message: types by their name in the reader's language, counts as numbers, so that words can follow them.
fn args(lang: Lang, finding: &Diagnostic) -> Vec<(&'static str, FluentValue<'_>)> {
    let value = |name: &str, value: &'_ str| -> FluentValue<'static> {
        let typed = format!("type-{value}");
        match (name, value.parse::<u64>()) {
            ("found" | "expected", _) if locale::has(lang, &typed) => locale::t(lang, &typed).into(),
            ("count", Ok(count)) => count.into(),
            _ => value.to_owned().into(),
        }
    };
    finding.args.iter().map(|(name, text)| (*name, value(name, text))).collect()
}

/// The sentence of a finding.
pub fn message(lang: Lang, finding: &Diagnostic) -> String {
    locale::ta(lang, &format!("diag-{}", finding.code), &args(lang, finding))
}

/// What to do about it, a sentence each.
pub fn hints(lang: Lang, finding: &Diagnostic) -> Vec<String> {
    finding.hints.iter().map(|hint| locale::ta(lang, &format!("hint-{hint}"), &args(lang, finding))).collect()
}

/// Most lines of a patch that are shown.
const PATCH_LINES: usize = 60;

/// The corrected lines as a unified diff, where it is plain what was meant.
pub fn patch(parsed: &Parsed, finding: &Diagnostic) -> Option<String> {
    finding.patch.as_ref().map(|patch| patch.diff(&parsed.sources, PATCH_LINES))
}

/// Word of a severity in JSON and locales.
pub fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    }
}

/// Findings of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Group<'a> {
    /// Their code.
    pub code: &'static str,
    /// How bad they are.
    pub severity: Severity,
    /// All of them, in input order; never empty.
    pub findings: Vec<&'a Diagnostic>,
}

/// Findings of one kind together: the worst first, then in the order of their first places.
pub fn groups<'a>(findings: impl IntoIterator<Item = &'a Diagnostic>) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    let mut at: BTreeMap<(Severity, &'static str), usize> = BTreeMap::new();
    for finding in findings {
        let (code, severity) = (finding.code, finding.severity);
        let index = *at.entry((severity, code)).or_insert_with(|| {
            groups.push(Group { code, severity, findings: Vec::new() });
            groups.len() - 1
        });
        if let Some(group) = groups.get_mut(index) {
            group.findings.push(finding);
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.severity));
    groups
}

/// A probe that meets what a finding is about, where there is one: to the Service or the Pod, from where it shows most.
pub fn probe(model: &Model, finding: &Diagnostic) -> Option<ProbeText> {
    let object = finding.object.as_ref()?;
    let cluster = &model.cluster;
    let namespace = object.namespace.as_deref()?;
    match &*object.kind {
        "Service" | "Endpoints" => {
            let id = cluster.service_named(namespace, &object.name)?;
            let port = cluster.services.get(id.0 as usize)?.ports.first()?;
            ask::of_service(model, id, port, false)
        }
        _ => {
            let of = |pod: &Pod| {
                let own = &*object.kind == "Pod" && *pod.name.namespace == *namespace && pod.name.name == object.name;
                own || pod.made_by.as_ref() == Some(object) || pod.origin.object == *object
            };
            let at = cluster.pods.iter().position(of)?;
            let (port, protocol) = ask::port_of(cluster.pods.get(at)?)?;
            ask::of_pod(model, PodId(at as u32), port, protocol)
        }
    }
}

/// Place, sentence and hints in one line.
pub fn line(lang: Lang, parsed: &Parsed, finding: &Diagnostic) -> String {
    let place = parsed.locate(finding.span).map(|place| format!("{place}: ")).unwrap_or_default();
    let hints = hints(lang, finding).into_iter().map(|hint| format!(" {hint}")).collect::<String>();
    format!("{place}{}{hints}", message(lang, finding))
}
