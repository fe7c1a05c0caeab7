//! Diagnostics in words, those of one kind together, and the probe that shows what one is about.

use crate::ask;
use crate::locale::{self, Lang};
use fluent_bundle::FluentValue;
use kubernetes::cluster::model::{Pod, PodId};
use kubernetes::diagnostic::{Diagnostic, Severity};
use kubernetes::manifest::Parsed;
use kubernetes::origin::ObjectRef;
use sim_core::model::Model;
use sim_core::trace::{self, ClientResult, ProbeText};
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

/// Findings that have a probe, besides the first of each kind.
const FINDINGS: usize = 50;

/// A probe that shows what a finding says, where there is one: to the Service or the Pod, from where it shows most. It was sent: it fails,
/// or leans on what was assumed, by the object that the finding is about.
pub fn probe(model: &Model, finding: &Diagnostic) -> Option<ProbeText> {
    let object = finding.object.as_ref()?;
    // Each is sent: of many findings the first of a kind have one, and the first of all.
    let early = model.diagnostics.iter().take(FINDINGS).any(|own| own == finding);
    if !early && model.diagnostics.iter().find(|own| own.code == finding.code) != Some(finding) {
        return None;
    }
    let cluster = &model.cluster;
    let namespace = object.namespace.as_deref()?;
    let probe = match &*object.kind {
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
    };
    probe.filter(|probe| shows(model, object, probe))
}

/// True when what becomes of a probe is about the object.
fn shows(model: &Model, object: &ObjectRef, probe: &ProbeText) -> bool {
    let Ok(probe) = trace::parse_probe(model, probe) else { return false };
    let model = trace::model_for(model, &probe);
    let journey = trace::run(&model, &probe);
    let why = journey.outcome.why.iter().flat_map(|why| why.field.iter().chain(&why.against));
    let mut named = why.map(|field| &field.object);
    let failed = journey.client != ClientResult::Ok && named.any(|own| own == object);
    let because = journey.assumed.iter().filter(|one| one.leans()).filter_map(|one| one.because.as_ref());
    failed || because.filter_map(|because| because.object.as_ref()).any(|own| own == object)
}

/// Place, sentence and hints in one line.
pub fn line(lang: Lang, parsed: &Parsed, finding: &Diagnostic) -> String {
    let place = parsed.locate(finding.span).map(|place| format!("{place}: ")).unwrap_or_default();
    let hints = hints(lang, finding).into_iter().map(|hint| format!(" {hint}")).collect::<String>();
    format!("{place}{}{hints}", message(lang, finding))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kubernetes::manifest::{Limits, SourceText};
    use sim_core::model::Options;

    const SHOP: &str = "\
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web, tier: front}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: a-web, labels: {app: web}}
spec: {containers: [{name: c, image: nginx}]}
---
apiVersion: v1
kind: Pod
metadata: {name: z-client}
spec: {containers: [{name: c, image: busybox}]}
";

    fn probe_of(text: &str, code: &str) -> Option<ProbeText> {
        let model = Model::build(&[SourceText::given("a.yaml", text)], &Limits::default(), &Options::default());
        let found = model.diagnostics.iter().find(|found| found.code == code);
        probe(&model, found.unwrap_or_else(|| panic!("{code}: {:?}", model.diagnostics)))
    }

    #[test]
    fn a_probe_for_a_finding_shows_it() {
        let shown = probe_of(SHOP, "selects-nothing").unwrap();
        assert_eq!((shown.from.as_str(), shown.to.as_str()), ("pod/default/z-client", "svc/default/web:80"));
        // Where the probe would work, it shows nothing.
        let twice = SHOP.replace(", tier: front", "").replace("{app: web}}", "{app: web, app: web}}");
        assert_eq!(probe_of(&twice, "yaml-duplicate-key"), None);
    }
}
