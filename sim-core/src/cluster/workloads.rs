//! Pods that controllers make from workloads.

use super::context::{Context, name_of};
use super::model::NamespacedName;
use super::names::suffix;
use super::pods::{Draft, draft};
use crate::assumption::codes as assumed_codes;
use crate::cause::ObjectRef;
use crate::diagnostic::codes;
use crate::manifest::objects::{Document, LabelSelector, Map, Object, OwnerReference, PodTemplate};
use crate::manifest::span::Spanned;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Pods of one input at most.
pub(super) const MAX_PODS: usize = 20_000;

/// How the Pods of a workload are named.
enum Naming {
    /// `NAME-HASH-xxxxx` (Deployment).
    Deployment,
    /// `NAME-xxxxx` (ReplicaSet, Job).
    Random,
    /// `NAME-0`, `NAME-1` … from a first ordinal (StatefulSet), with `serviceName` as subdomain.
    Ordinal(i64, Option<Arc<str>>),
    /// One on every node that takes it (DaemonSet); expanded by the scheduler.
    EveryNode,
}

/// A workload, reduced to what matters here.
struct Workload<'p> {
    object: ObjectRef,
    replicas: i64,
    selector: Option<&'p LabelSelector>,
    template: &'p PodTemplate,
    naming: Naming,
}

/// Adds the Pods of workloads whose Pods are not in the input.
pub(super) fn expand<'p>(context: &mut Context<'p>, drafts: &mut Vec<Draft<'p>>) {
    let parsed = context.parsed;
    // Pods that ended count too: the Job of such a Pod has had its run.
    let present: Vec<Presence> = parsed.objects.iter().filter_map(Presence::of).collect();
    // A ReplicaSet that a Deployment owns, and a Job of a CronJob, are expanded themselves; their owners are not.
    let owned: BTreeSet<(Arc<str>, Arc<str>, Arc<str>)> = parsed.objects.iter().flat_map(owners).collect();
    for object in &parsed.objects {
        let Some((workload, document)) = workload(object) else { continue };
        let name = name_of(&workload.object);
        let key = (name.namespace.clone(), workload.object.kind.clone(), name.name.clone());
        if owned.contains(&key) || present.iter().any(|pod| pod.belongs_to(&workload, &name.namespace)) {
            continue;
        }
        let span = document;
        let room = MAX_PODS.saturating_sub(drafts.len());
        let asked = usize::try_from(workload.replicas).unwrap_or(0);
        if asked > room {
            let cut = assumed_codes::REPLICAS_CUT.made().arg("object", workload.object.to_string());
            context.assume(cut.arg("asked", asked.to_string()).arg("made", room.to_string()));
            let found =
                context.finding(codes::TOO_MANY_PODS, span, &workload.object).arg("limit", MAX_PODS.to_string());
            context.report(found);
        }
        for index in 0..asked.min(room) {
            drafts.push(make(context, &workload, &name, index, span));
        }
    }
}

/// What is known of a given Pod's membership.
struct Presence {
    namespace: Arc<str>,
    labels: Map,
    owners: Vec<(Arc<str>, Arc<str>)>,
}

impl Presence {
    fn of(object: &Object) -> Option<Self> {
        let Object::Pod(document) = object else { return None };
        let metadata = &document.value.metadata;
        let owner = |owner: &Spanned<OwnerReference>| (owner.value.kind.clone(), owner.value.name.clone());
        Some(Self {
            namespace: name_of(&document.object).namespace,
            labels: metadata.labels.clone(),
            owners: metadata.owner_references.iter().map(owner).collect(),
        })
    }

    fn belongs_to(&self, workload: &Workload<'_>, namespace: &Arc<str>) -> bool {
        if self.namespace != *namespace {
            return false;
        }
        let object = &workload.object;
        let owned = self.owners.iter().any(|(kind, name)| {
            let through_set = *object.kind == *"Deployment"
                && **kind == *"ReplicaSet"
                && name.starts_with(&format!("{}-", object.name));
            (kind == &object.kind && name == &object.name) || through_set
        });
        owned
            || (self.owners.is_empty()
                && workload
                    .selector
                    .is_some_and(|selector| !selector.match_labels.is_empty() && selects(selector, &self.labels)))
    }
}

/// `matchLabels` and `matchExpressions` (`LabelSelectorAsSelector`).
pub fn selects(selector: &LabelSelector, labels: &Map) -> bool {
    selector.match_labels.iter().all(|(key, value)| labels.get(key) == Some(value))
        && selector.match_expressions.iter().all(|requirement| {
            let have = labels.get(&requirement.key);
            match &*requirement.operator {
                "In" => have.is_some_and(|have| requirement.values.contains(have)),
                "NotIn" => have.is_none_or(|have| !requirement.values.contains(have)),
                "Exists" => have.is_some(),
                "DoesNotExist" => have.is_none(),
                _ => false,
            }
        })
}

fn owners(object: &Object) -> Vec<(Arc<str>, Arc<str>, Arc<str>)> {
    let metadata = match object {
        Object::ReplicaSet(document) => &document.value.metadata,
        Object::Job(document) => &document.value.metadata,
        _ => return Vec::new(),
    };
    let namespace = name_of(object.object()).namespace;
    metadata
        .owner_references
        .iter()
        .map(|owner| (namespace.clone(), owner.value.kind.clone(), owner.value.name.clone()))
        .collect()
}

fn workload(object: &Object) -> Option<(Workload<'_>, crate::manifest::span::Span)> {
    fn count(replicas: &Option<Spanned<i64>>) -> i64 {
        replicas.as_ref().map_or(1, |replicas| replicas.value)
    }
    fn selector(selector: &Option<Spanned<LabelSelector>>) -> Option<&LabelSelector> {
        selector.as_ref().map(|selector| &selector.value)
    }
    fn parts<'p, T>(
        document: &'p Document<T>,
        replicas: i64,
        selector: Option<&'p LabelSelector>,
        template: &'p PodTemplate,
        naming: Naming,
    ) -> (Workload<'p>, crate::manifest::span::Span) {
        (Workload { object: document.object.clone(), replicas, selector, template, naming }, document.span)
    }
    Some(match object {
        Object::Deployment(d) => {
            let spec = &d.value.spec;
            parts(d, count(&spec.replicas), selector(&spec.selector), &spec.template, Naming::Deployment)
        }
        Object::ReplicaSet(d) => {
            let spec = &d.value.spec;
            parts(d, count(&spec.replicas), selector(&spec.selector), &spec.template, Naming::Random)
        }
        Object::StatefulSet(d) => {
            let spec = &d.value.spec;
            let service = spec.service_name.as_ref().map(|name| name.value.clone());
            parts(
                d,
                count(&spec.replicas),
                selector(&spec.selector),
                &spec.template,
                Naming::Ordinal(spec.ordinals.start, service),
            )
        }
        Object::DaemonSet(d) => {
            let spec = &d.value.spec;
            parts(d, 1, selector(&spec.selector), &spec.template, Naming::EveryNode)
        }
        Object::Job(d) => {
            let spec = &d.value.spec;
            let parallel = count(&spec.parallelism);
            let wanted = spec.completions.as_ref().map_or(parallel, |completions| parallel.min(completions.value));
            let running = if spec.suspend == Some(true) { 0 } else { wanted };
            parts(d, running, None, &spec.template, Naming::Random)
        }
        _ => return None,
    })
}

fn make<'p>(
    context: &mut Context<'p>,
    workload: &Workload<'p>,
    of: &NamespacedName,
    index: usize,
    span: crate::manifest::span::Span,
) -> Draft<'p> {
    let seed = format!("{} {of} {index}", workload.object.kind);
    let name = match &workload.naming {
        Naming::Deployment => format!("{}-{}-{}", of.name, suffix(&format!("{of}"), 10), suffix(&seed, 5)),
        Naming::Random | Naming::EveryNode => format!("{}-{}", of.name, suffix(&seed, 5)),
        Naming::Ordinal(first, _) => format!("{}-{}", of.name, i128::from(*first) + index as i128),
    };
    let origin = super::model::Origin { object: workload.object.clone(), location: context.at(span), assumed: false };
    let name = NamespacedName { namespace: of.namespace.clone(), name: Arc::from(name) };
    let template = workload.template;
    let mut made = draft(context, name, &template.metadata, &template.spec, origin, Some(workload.object.clone()));
    if let Naming::Ordinal(_, service) = &workload.naming {
        made.pod.hostname = Some(made.pod.name.name.clone());
        made.pod.subdomain = service.clone();
    }
    made.pinned = matches!(workload.naming, Naming::EveryNode);
    made
}
