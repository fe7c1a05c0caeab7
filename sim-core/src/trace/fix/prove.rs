//! Sends the probe again in the changed world.

use super::candidates::Candidate;
use super::elsewhere;
use super::kind::Elsewhere;
use crate::model::Model;
use crate::trace::branches::branches_within;
use crate::trace::journey::{Journey, Target};
use crate::trace::probe::parse_probe;
use crate::trace::probe_text::ProbeText;
use crate::trace::run::model_for_within;
use kubernetes::budget::Budget;
use kubernetes::cluster::model::NamespacedName;
use kubernetes::diagnostic::Severity;
use kubernetes::manifest::SourceText;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Ways of the probe that are tried.
const BRANCHES: usize = 8;

/// What changes elsewhere, if the probe passes in every way it can go; `None` if it does not.
pub(super) fn passes(
    model: &Model,
    text: &ProbeText,
    candidate: &Candidate,
    sources: Option<Vec<SourceText>>,
    budget: &Budget,
) -> Option<Vec<Elsewhere>> {
    let options = candidate.options.clone().unwrap_or_else(|| model.options.clone());
    let text = candidate.probe.clone().unwrap_or_else(|| text.clone());
    let Some(sources) = sources.or_else(|| candidate.options.as_ref().map(|_| model.parsed.sources.clone())) else {
        return sent(model, model, &text, budget).map(|_| Vec::new());
    };
    let changed = model.rebuilt_within(&sources, &options, budget).ok()?;
    if brings_errors(model, &changed) {
        return None;
    }
    let (journeys, changed) = sent(model, &changed, &text, budget)?;
    let about: BTreeSet<NamespacedName> = journeys.iter().flat_map(|journey| about(&changed, journey)).collect();
    // Like with like: both have what the probe needs, a name server, load balancers' machines, controllers.
    Some(elsewhere::compare(model, &changed, &about, &journeys))
}

/// True when there are more errors of some kind than before: what the API server would refuse is no fix.
pub(crate) fn brings_errors(model: &Model, changed: &Model) -> bool {
    let count = |model: &Model| {
        let mut all: BTreeMap<&'static str, usize> = BTreeMap::new();
        for found in model.diagnostics.iter().filter(|found| found.severity == Severity::Error) {
            *all.entry(found.code).or_default() += 1;
        }
        all
    };
    let before = count(model);
    count(changed).iter().any(|(code, count)| *count > before.get(code).copied().unwrap_or_default())
}

/// The same probe in a model whose input was changed: Pods whose names came out of their template are called as they are there.
pub fn probe_in(model: &Model, changed: &Model, text: &ProbeText) -> ProbeText {
    let mut text = text.clone();
    text.from = renamed(model, changed, &text.from);
    text.to = renamed(model, changed, &text.to);
    text
}

/// The journeys of the probe in the changed model, with that, if all of them pass.
fn sent<'m>(
    model: &Model,
    changed: &'m Model,
    text: &ProbeText,
    budget: &Budget,
) -> Option<(Vec<Journey>, Cow<'m, Model>)> {
    let mut text = probe_in(model, changed, text);
    // What was wished for need not exist any more.
    text.choose.clear();
    let probe = parse_probe(changed, &text).ok()?;
    let changed = model_for_within(changed, &probe, budget).ok()?;
    let all = branches_within(&changed, &probe, BRANCHES, budget).ok()?.journeys;
    (!all.is_empty() && all.iter().all(Journey::works)).then_some((all, changed))
}

/// Names of Pods that a workload makes may change with its template: the Pod of the same number stands for the one that was.
fn renamed(model: &Model, changed: &Model, text: &str) -> String {
    let Some(rest) = text.strip_prefix("pod/") else { return text.to_owned() };
    let (path, port) = rest.split_once(':').map_or((rest, ""), |(path, port)| (path, port));
    let Some((namespace, name)) = path.split_once('/') else { return text.to_owned() };
    if changed.cluster.pod_named(namespace, name).is_some() {
        return text.to_owned();
    }
    let before = &model.cluster.pods;
    let of = model.cluster.pod_named(namespace, name).and_then(|id| before.get(id.0 as usize));
    let renamed = of.and_then(|of| {
        let maker = of.made_by.as_ref()?;
        let number =
            before.iter().filter(|pod| pod.made_by.as_ref() == Some(maker)).position(|pod| pod.name == of.name)?;
        changed.cluster.pods.iter().filter(|pod| pod.made_by.as_ref() == Some(maker)).nth(number)
    });
    renamed.map_or_else(
        || text.to_owned(),
        |pod| {
            let port = if port.is_empty() { String::new() } else { format!(":{port}") };
            format!("pod/{}{port}", pod.name)
        },
    )
}

/// The Services a journey is about.
fn about(model: &Model, journey: &Journey) -> Vec<NamespacedName> {
    let services = &model.cluster.services;
    let mut all = Vec::new();
    if let Target::Service(id, _) = journey.probe.to {
        all.extend(services.get(id.0 as usize).map(|service| service.name.clone()));
    }
    for lookup in journey.lookups.iter().filter(|lookup| !lookup.addresses.is_empty()) {
        let object = lookup.origin.as_ref().map(|origin| &origin.object);
        all.extend(object.filter(|object| &*object.kind == "Service").map(|object| NamespacedName {
            namespace: object.namespace.clone().unwrap_or_else(|| "default".into()),
            name: object.name.clone(),
        }));
    }
    let first = journey.legs.iter().find(|leg| leg.lookup.is_none()).and_then(|leg| leg.hops.first());
    let to = first.map(|hop| hop.after.packet.destination());
    let front = to.and_then(|to| crate::trace::why::front_of(model, to, journey.probe.protocol));
    all.extend(front.and_then(|id| Some(services.get(id.0 as usize)?.name.clone())));
    all
}
