//! Pods that controllers make from workloads.

use super::barren::{Barren, Idle};
use super::context::{Context, name_of};
use super::model::NamespacedName;
use super::names::suffix;
use super::pods::{Draft, draft, weight};
use crate::assumption::codes as assumed_codes;
use crate::budget::Driver;
use crate::diagnostic::codes;
use crate::manifest::objects::{
    Condition, Document, LabelSelector, Map, Metadata, Object, OwnerReference, PodTemplate, WorkloadRef,
};
use crate::origin::{ObjectRef, Span, Spanned};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How the Pods of a workload are named.
enum Naming {
    /// `NAME-HASH-xxxxx` (Deployment, Rollout).
    Deployment,
    /// `NAME-1-xxxxx` (DeploymentConfig).
    Revision,
    /// `NAME-xxxxx` (ReplicaSet, Job).
    Random,
    /// `NAME-0`, `NAME-1` … from a first ordinal (StatefulSet), with `serviceName` as subdomain.
    Ordinal(i64, Option<Spanned<Arc<str>>>),
    /// One on every node that takes it (DaemonSet); expanded by the scheduler.
    EveryNode,
}

/// A workload, reduced to what matters here.
struct Workload<'p> {
    object: ObjectRef,
    metadata: &'p Metadata,
    span: Span,
    replicas: i64,
    selector: Option<&'p LabelSelector>,
    template: &'p PodTemplate,
    naming: Naming,
    /// Why it makes no Pods, where that does not follow from the number alone.
    idle: Option<Idle>,
}

/// Notes a workload that makes no Pods, and says so unless that is plain from another finding or nothing special.
pub(super) fn barren(context: &mut Context<'_>, object: &ObjectRef, at: Span, labels: Map, why: Idle) {
    let namespace = name_of(object).namespace;
    context.barren.push(Barren { object: object.clone(), namespace, labels, why });
    if !matches!(why, Idle::Refused | Idle::Done | Idle::NoNode) {
        let found = context.finding(codes::MAKES_NO_PODS, context.first_line(at), object);
        context.report(found.arg("object", object.to_string()).arg("reason", why.word()));
    }
}

/// Adds the Pods of workloads whose Pods are not in the input.
pub(super) fn expand<'p>(context: &mut Context<'p>, drafts: &mut Vec<Draft<'p>>) {
    let parsed = context.parsed;
    let present = Present::of(&parsed.objects);
    for object in &parsed.objects {
        let Some(workload) = workload(&parsed.objects, object) else { continue };
        let (name, at) = (name_of(&workload.object), context.name_span(workload.span, workload.metadata));
        let labels = || workload.template.metadata.labels.to_map();
        if context.is_refused(&workload.object) {
            barren(context, &workload.object, at, labels(), Idle::Refused);
            continue;
        }
        let Some(adopted) = present.count(context, &workload, &name) else { continue };
        if let Some(why) = workload.idle.or((workload.replicas <= 0).then_some(Idle::NoReplicas)) {
            // An owner speaks for what it owns: an old ReplicaSet of a Deployment says nothing.
            if workload.metadata.owner_references.is_empty() {
                barren(context, &workload.object, at, labels(), why);
            }
            continue;
        }
        let room = context.max_pods.saturating_sub(drafts.len());
        let asked = usize::try_from(workload.replicas).unwrap_or(0).saturating_sub(adopted);
        if asked > room {
            let cut = assumed_codes::REPLICAS_CUT.made().arg("object", workload.object.to_string());
            context.assume(cut.arg("asked", asked.to_string()).arg("made", room.to_string()));
            let found = context.finding(codes::TOO_MANY_PODS, workload.span, &workload.object);
            context.report(found.arg("limit", context.max_pods.to_string()));
        }
        for index in 0..asked.min(room) {
            let draft = make(context, &workload, &name, index);
            let weight = weight(&draft.pod);
            // All are alike.
            let more = if index == 0 { asked.min(room) - 1 } else { 0 };
            if !context.may(1, weight) || !context.foresee(Driver::Pods, more, weight) {
                return;
            }
            drafts.push(draft);
        }
    }
}

type Key = (Arc<str>, Arc<str>, Arc<str>);

/// A namespace, and a label.
type Labelled<'p> = (Arc<str>, &'p str, &'p str);

/// Which workloads are there in person: by their Pods, or by what they own.
struct Present<'p> {
    /// Namespace, kind and name of the owners of Pods, and of the owners of workloads in the input.
    owners: BTreeSet<Key>,
    /// Pods that nobody owns, by namespace and each of their labels.
    free: BTreeMap<Labelled<'p>, Vec<(&'p str, &'p Map)>>,
}

impl<'p> Present<'p> {
    /// Pods that ended count too: the Job of such a Pod has had its run.
    fn of(objects: &'p [Object]) -> Self {
        let mut present = Self { owners: BTreeSet::new(), free: BTreeMap::new() };
        for object in objects {
            let name = name_of(object.object());
            let Some(metadata) = object.metadata() else { continue };
            for owner in &metadata.owner_references {
                present.owns(&name.namespace, &owner.value);
            }
            if matches!(object, Object::Pod(_)) && metadata.owner_references.is_empty() {
                let labels: &Map = &metadata.labels;
                for (key, value) in labels {
                    let by = present.free.entry((name.namespace.clone(), key, value)).or_default();
                    by.push((&object.object().name, labels));
                }
            }
        }
        present
    }

    fn owns(&mut self, namespace: &Arc<str>, owner: &OwnerReference) {
        let all = makers(&owner.kind, &owner.name).into_iter();
        self.owners.extend(all.map(|(kind, name)| (namespace.clone(), kind, name)));
    }

    /// How many Pods it need not make; `None` when all of its Pods are there.
    fn count(&self, context: &Context<'_>, workload: &Workload<'_>, name: &NamespacedName) -> Option<usize> {
        let key = (name.namespace.clone(), workload.object.kind.clone(), name.name.clone());
        if self.owners.contains(&key) || context.parsed.held.workloads.contains(&workload.object) {
            return None;
        }
        let Some(selector) = workload.selector.filter(|selector| !selector.match_labels.is_empty()) else {
            return Some(0);
        };
        let first = selector.match_labels.first_key_value();
        let free = first.and_then(|(key, value)| self.free.get(&(name.namespace.clone(), &**key, &**value)));
        let free = free.map_or(&[][..], Vec::as_slice);
        // Each looks at all that have its label.
        if !context.may(free.len(), 0) {
            return Some(0);
        }
        let mut adopted = 0;
        for (pod, _) in free.iter().filter(|(_, labels)| selects(selector, labels)) {
            // A dump without owners: the name tells whose it is.
            if pod.strip_prefix(&*name.name).is_some_and(|rest| rest.starts_with('-')) {
                return None;
            }
            // ReplicaSets adopt what has their labels. A Deployment's has one label more.
            adopted += usize::from(matches!(workload.naming, Naming::Random));
        }
        Some(adopted)
    }
}

/// Kind and name of who owns something.
pub(super) type Owner = (Arc<str>, Arc<str>);

/// An owner, and who made it by the names controllers give: `WEB-HASH` is the ReplicaSet of Deployment `WEB`.
fn makers(kind: &str, name: &str) -> Vec<Owner> {
    let owner = |kind: &str, name: &str| (Arc::from(kind), Arc::from(name));
    let mut all = vec![owner(kind, name)];
    let Some((maker, tail)) = name.rsplit_once('-') else { return all };
    let number = tail.bytes().all(|byte| byte.is_ascii_digit());
    match kind {
        "ReplicaSet" => all.extend([owner("Deployment", maker), owner("Rollout", maker)]),
        "ReplicationController" if number => all.push(owner("DeploymentConfig", maker)),
        "Job" if number => all.push(owner("CronJob", maker)),
        _ => {}
    }
    all
}

/// Whose the Pods of the input are: by `ownerReferences`, also of their ReplicaSets; without any by the label and the names that
/// controllers give.
pub(super) fn owners(objects: &[Object]) -> BTreeMap<ObjectRef, BTreeSet<Owner>> {
    // A ReplicaSet that the input has says itself whose it is, whatever its name.
    let mut known: BTreeMap<Key, Vec<Owner>> = BTreeMap::new();
    for object in objects {
        let (Some(metadata), name) = (object.metadata(), name_of(object.object())) else { continue };
        let own = metadata.owner_references.iter().flat_map(|owner| makers(&owner.value.kind, &owner.value.name));
        known.insert((name.namespace, object.object().kind.clone(), name.name), own.collect());
    }
    let pods = objects.iter().filter(|object| matches!(object, Object::Pod(_)));
    let of = |object: &Object| {
        let (metadata, name) = (object.metadata()?, name_of(object.object()));
        let mut all = BTreeSet::new();
        for owner in &metadata.owner_references {
            let owner = &owner.value;
            let key = (name.namespace.clone(), owner.kind.clone(), owner.name.clone());
            match known.get(&key).filter(|said| !said.is_empty()) {
                Some(said) => {
                    all.insert((owner.kind.clone(), owner.name.clone()));
                    all.extend(said.iter().cloned());
                }
                None => all.extend(makers(&owner.kind, &owner.name)),
            }
        }
        if metadata.owner_references.is_empty() {
            let stem = name.name.rsplit_once('-').map_or("", |(stem, _)| stem);
            let label = |key: &str| metadata.labels.get(key).map(|value| &**value);
            let by_hash = |hash: &str| stem.strip_suffix(hash).is_some_and(|rest| rest.ends_with('-'));
            if label("pod-template-hash").is_some_and(by_hash) {
                all.extend(makers("ReplicaSet", stem));
            } else if label("statefulset.kubernetes.io/pod-name") == Some(&name.name) {
                all.extend(makers("StatefulSet", stem));
            } else if label("pod-template-generation").is_some() && label("controller-revision-hash").is_some() {
                all.extend(makers("DaemonSet", stem));
            }
        }
        Some((object.object().clone(), all))
    };
    pods.filter_map(of).collect()
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

/// An object as a workload, if it is one. `objects` are those a Rollout may take its template from.
fn workload<'p>(objects: &'p [Object], object: &'p Object) -> Option<Workload<'p>> {
    fn count(replicas: &Option<Spanned<i64>>) -> i64 {
        replicas.as_ref().map_or(1, |replicas| replicas.value)
    }
    fn selector(selector: &Option<Spanned<LabelSelector>>) -> Option<&LabelSelector> {
        selector.as_ref().map(|selector| &selector.value)
    }
    fn parts<'p, T>(
        (document, metadata): (&'p Document<T>, &'p Metadata),
        replicas: i64,
        selector: Option<&'p LabelSelector>,
        template: &'p PodTemplate,
        naming: Naming,
    ) -> Workload<'p> {
        let (object, span) = (document.object.clone(), document.span);
        Workload { object, metadata, span, replicas, selector, template, naming, idle: None }
    }
    Some(match object {
        Object::Deployment(d) => {
            let spec = &d.value.spec;
            let naming = if &*d.object.kind == "DeploymentConfig" { Naming::Revision } else { Naming::Deployment };
            let own =
                parts((d, &d.value.metadata), count(&spec.replicas), selector(&spec.selector), &spec.template, naming);
            match spec.workload_ref.as_ref().and_then(|of| referred(objects, &d.object, of)) {
                Some((selector, template)) => Workload { selector: own.selector.or(selector), template, ..own },
                None if spec.template.span.is_nowhere() => Workload { idle: Some(Idle::NoTemplate), ..own },
                None => own,
            }
        }
        Object::ReplicaSet(d) => {
            let spec = &d.value.spec;
            let replicas = count(&spec.replicas);
            parts((d, &d.value.metadata), replicas, selector(&spec.selector), &spec.template, Naming::Random)
        }
        Object::StatefulSet(d) => {
            let spec = &d.value.spec;
            let service = spec.service_name.clone();
            let first = spec.ordinals.start.as_ref().map_or(0, |start| start.value);
            let naming = Naming::Ordinal(first, service);
            parts((d, &d.value.metadata), count(&spec.replicas), selector(&spec.selector), &spec.template, naming)
        }
        Object::DaemonSet(d) => {
            let spec = &d.value.spec;
            parts((d, &d.value.metadata), 1, selector(&spec.selector), &spec.template, Naming::EveryNode)
        }
        Object::Job(d) => {
            let (spec, status) = (&d.value.spec, &d.value.status);
            let parallel = count(&spec.parallelism);
            let wanted = spec.completions.as_ref().map_or(parallel, |completions| parallel.min(completions.value));
            let ended = |condition: &Spanned<Condition>| {
                matches!(&*condition.kind, "Complete" | "Failed") && &*condition.status == "True"
            };
            let idle = match () {
                () if status.conditions.iter().any(ended) => Some(Idle::Done),
                () if spec.suspend == Some(true) => Some(Idle::Suspended),
                () => None,
            };
            let own = parts((d, &d.value.metadata), wanted, None, &spec.template, Naming::Random);
            Workload { idle, ..own }
        }
        Object::CronJob(d) => {
            let spec = &d.value.spec;
            let why = if spec.suspend == Some(true) { Idle::Suspended } else { Idle::AtTimes };
            let template = &spec.job_template.spec.template;
            let own = parts((d, &d.value.metadata), 0, None, template, Naming::Random);
            Workload { idle: Some(why), ..own }
        }
        _ => return None,
    })
}

/// Selector and template of the object a Rollout refers to.
fn referred<'p>(
    objects: &'p [Object],
    from: &ObjectRef,
    to: &WorkloadRef,
) -> Option<(Option<&'p LabelSelector>, &'p PodTemplate)> {
    objects.iter().find_map(|object| match object {
        Object::Deployment(d)
            if *d.object.kind == *to.kind && d.object.name == to.name && d.object.namespace == from.namespace =>
        {
            let spec = &d.value.spec;
            Some((spec.selector.as_ref().map(|selector| &selector.value), &spec.template.value))
        }
        _ => None,
    })
}

fn make<'p>(context: &mut Context<'p>, workload: &Workload<'p>, of: &NamespacedName, index: usize) -> Draft<'p> {
    let seed = format!("{} {of} {index}", workload.object.kind);
    let name = match &workload.naming {
        Naming::Deployment => format!("{}-{}-{}", of.name, suffix(&format!("{of}"), 10), suffix(&seed, 5)),
        Naming::Revision => format!("{}-1-{}", of.name, suffix(&seed, 5)),
        Naming::Random | Naming::EveryNode => format!("{}-{}", of.name, suffix(&seed, 5)),
        Naming::Ordinal(first, _) => format!("{}-{}", of.name, i128::from(*first) + index as i128),
    };
    let origin =
        super::model::Origin { object: workload.object.clone(), location: context.at(workload.span), assumed: false };
    let name = NamespacedName { namespace: of.namespace.clone(), name: Arc::from(name) };
    let template = workload.template;
    let mut made = draft(context, name, &template.metadata, &template.spec, origin, Some(workload.object.clone()));
    if let Naming::Ordinal(_, service) = &workload.naming {
        made.pod.hostname = Some(made.pod.name.name.clone());
        made.pod.subdomain = service.as_ref().map(|service| service.value.clone());
    }
    made.pinned = matches!(workload.naming, Naming::EveryNode);
    made
}
