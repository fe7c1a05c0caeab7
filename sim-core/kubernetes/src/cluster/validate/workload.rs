//! Workloads: selectors, templates, numbers (`pkg/apis/apps/validation`, `pkg/apis/batch/validation`, `pkg/apis/core/validation`).

use super::{containers, cron, labels, pods};
use crate::cluster::context::Context;
use crate::cluster::workloads::selects;
use crate::diagnostic::codes;
use crate::manifest::objects::{
    CronJob, DaemonSet, Deployment, Document, Job, JobSpec, LabelSelector, PodTemplate, ReplicaSet, StatefulSet,
};
use crate::origin::{ObjectRef, Span, Spanned};

/// What the kinds that keep Pods running have in common.
struct Keeper<'p> {
    object: &'p ObjectRef,
    spec: Span,
    whole: Span,
    replicas: Option<&'p Spanned<i64>>,
    selector: Option<&'p Spanned<LabelSelector>>,
    template: &'p Spanned<PodTemplate>,
    /// Volumes of a StatefulSet's claims.
    claims: Vec<&'p str>,
}

pub(super) fn deployment(context: &mut Context<'_>, document: &Document<Deployment>) {
    let spec = &document.value.spec;
    // A Rollout may take its template from another object.
    if spec.workload_ref.is_some() && spec.template.span.is_nowhere() {
        return;
    }
    keeper(context, &of(&document.object, spec.span, document.span, &spec.replicas, &spec.selector, &spec.template));
}

pub(super) fn replica_set(context: &mut Context<'_>, document: &Document<ReplicaSet>) {
    let spec = &document.value.spec;
    keeper(context, &of(&document.object, spec.span, document.span, &spec.replicas, &spec.selector, &spec.template));
}

pub(super) fn daemon_set(context: &mut Context<'_>, document: &Document<DaemonSet>) {
    let spec = &document.value.spec;
    keeper(context, &of(&document.object, spec.span, document.span, &None, &spec.selector, &spec.template));
}

pub(super) fn stateful_set(context: &mut Context<'_>, document: &Document<StatefulSet>) {
    let spec = &document.value.spec;
    let claims = spec.volume_claim_templates.iter().filter_map(|claim| claim.metadata.name.as_ref());
    let keeps = of(&document.object, spec.span, document.span, &spec.replicas, &spec.selector, &spec.template);
    keeper(context, &Keeper { claims: claims.map(|name| &*name.value).collect(), ..keeps });
    if let Some(start) = &spec.ordinals.start {
        not_negative(context, start, "spec.ordinals.start", &document.object);
    }
}

fn of<'p>(
    object: &'p ObjectRef,
    spec: Span,
    whole: Span,
    replicas: &'p Option<Spanned<i64>>,
    selector: &'p Option<Spanned<LabelSelector>>,
    template: &'p Spanned<PodTemplate>,
) -> Keeper<'p> {
    let (replicas, selector) = (replicas.as_ref(), selector.as_ref());
    Keeper { object, spec, whole, replicas, selector, template, claims: Vec::new() }
}

fn keeper(context: &mut Context<'_>, of: &Keeper<'_>) {
    let object = of.object;
    let parent = if of.spec.is_nowhere() { of.whole } else { of.spec };
    let at = context.first_line(parent);
    if let Some(replicas) = of.replicas {
        not_negative(context, replicas, "spec.replicas", object);
    }
    match of.selector {
        None => {
            let found = context.finding(codes::MISSING_FIELD, at, object).arg("path", "spec.selector");
            context.report(match of.template.metadata.labels.first_key_value() {
                Some((label, value)) => {
                    found.arg("label", &**label).arg("value", &**value).hint(codes::HINT_ADD_SELECTOR)
                }
                None => found,
            });
        }
        Some(selector) => {
            labels::selector(context, selector, "spec.selector", object);
            let empty = selector.match_labels.is_empty() && selector.match_expressions.is_empty();
            if empty {
                let span = context.first_line(selector.span);
                let found = context.finding(codes::EMPTY_SELECTOR, span, object).arg("path", "spec.selector");
                context.report(found);
            } else if !of.template.span.is_nowhere() && !selects(selector, &of.template.metadata.labels) {
                mismatch(context, of, selector);
            }
        }
    }
    template(context, of.template, "spec.template", object, parent, &of.claims);
    if !of.template.span.is_nowhere()
        && let Some(policy) = &of.template.spec.restart_policy
    {
        context.choice(policy, "spec.template.spec.restartPolicy", object, &[("Always", ())]);
    }
}

/// The selector does not find the Pods of its own template.
fn mismatch(context: &mut Context<'_>, of: &Keeper<'_>, selector: &LabelSelector) {
    let own = &of.template.metadata.labels;
    let words = |pairs: &crate::manifest::objects::Map| {
        pairs.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
    };
    let wrong = selector.match_labels.iter().find(|(key, value)| own.get(*key) != Some(*value));
    // At the label that differs, else at the labels.
    let differs = wrong.and_then(|(key, _)| own.placed().find(|(have, ..)| *have == key)).map(|(.., at)| at);
    let span = differs.unwrap_or_else(|| labels::place(own, of.template.span));
    let found = context.finding(codes::SELECTOR_MISMATCH, context.first_line(span), of.object);
    let found = found.arg("kind", &*of.object.kind).arg("labels", words(own));
    let found = found.arg("selector", words(&selector.match_labels));
    context.report(match wrong {
        Some((key, value)) => found.arg("label", &**key).arg("value", &**value).hint(codes::HINT_TEMPLATE_LABEL),
        None => found,
    });
}

/// What every template has to have.
fn template(
    context: &mut Context<'_>,
    template: &Spanned<PodTemplate>,
    path: &str,
    object: &ObjectRef,
    parent: Span,
    claims: &[&str],
) {
    if template.span.is_nowhere() {
        let found = context.finding(codes::MISSING_FIELD, context.first_line(parent), object).arg("path", path);
        context.report(found);
        return;
    }
    labels::labels(context, &template.metadata.labels, &format!("{path}.metadata.labels"), object);
    labels::annotations(context, &template.metadata.annotations, &format!("{path}.metadata.annotations"), object);
    let spec = format!("{path}.spec");
    pods::spec(context, &template.spec, &spec, object, template.span);
    // OpenShift fills in images by triggers.
    containers::check(context, &template.spec, &spec, object, claims, &*object.kind != "DeploymentConfig");
}

pub(super) fn job(context: &mut Context<'_>, document: &Document<Job>) {
    let spec = &document.value.spec;
    let parent = if spec.span.is_nowhere() { document.span } else { spec.span };
    job_spec(context, spec, "spec", &document.object, parent);
}

pub(super) fn cron_job(context: &mut Context<'_>, document: &Document<CronJob>) {
    /// The Jobs' names are eleven characters longer, and may have 63.
    const LONGEST: usize = 52;
    let (spec, object) = (&document.value.spec, &document.object);
    let parent = if spec.span.is_nowhere() { document.span } else { spec.span };
    if let Some(name) = document.value.metadata.name.as_ref().filter(|name| name.value.len() > LONGEST) {
        let found = context.finding(codes::NAME_TOO_LONG, name.span, object).arg("path", "metadata.name");
        context.report(found.arg("value", &*name.value).arg("limit", LONGEST.to_string()));
    }
    match spec.schedule.as_ref().filter(|schedule| !schedule.value.is_empty()) {
        None => {
            let at = spec.schedule.as_ref().map_or(context.first_line(parent), |schedule| schedule.span);
            let found = context.finding(codes::MISSING_FIELD, at, object).arg("path", "spec.schedule");
            context.report(found);
        }
        Some(schedule) if !cron::is_schedule(schedule) => {
            let found = context.finding(codes::CRON_SCHEDULE, schedule.span, object);
            context.report(found.arg("value", &*schedule.value).hint(codes::HINT_CRON_SCHEDULE));
        }
        Some(_) => {}
    }
    let jobs = &spec.job_template;
    let parent = [jobs.spec.span, jobs.span, parent].into_iter().find(|span| !span.is_nowhere()).unwrap_or(parent);
    job_spec(context, &jobs.spec, "spec.jobTemplate.spec", object, parent);
}

fn job_spec(context: &mut Context<'_>, spec: &JobSpec, path: &str, object: &ObjectRef, parent: Span) {
    for (field, number) in [("parallelism", &spec.parallelism), ("completions", &spec.completions)] {
        if let Some(number) = number {
            not_negative(context, number, &format!("{path}.{field}"), object);
        }
    }
    if spec.completion_mode.as_deref() == Some("Indexed") && spec.completions.is_none() {
        let at = context.first_line(parent);
        let found = context.finding(codes::MISSING_FIELD, at, object).arg("path", format!("{path}.completions"));
        context.report(found);
    }
    template(context, &spec.template, &format!("{path}.template"), object, parent, &[]);
    if spec.template.span.is_nowhere() {
        return;
    }
    let path = format!("{path}.template.spec.restartPolicy");
    match &spec.template.spec.restart_policy {
        Some(policy) => {
            context.choice(policy, &path, object, &[("OnFailure", ()), ("Never", ())]);
        }
        None => {
            let pods = &spec.template.spec;
            let at = if pods.span.is_nowhere() { spec.template.span } else { pods.span };
            let found = context.finding(codes::MISSING_FIELD, context.first_line(at), object).arg("path", path);
            context.report(found.hint(codes::HINT_JOB_RESTART));
        }
    }
}

fn not_negative(context: &mut Context<'_>, number: &Spanned<i64>, path: &str, object: &ObjectRef) {
    if number.value < 0 || number.value > i64::from(i32::MAX) {
        let found = context.finding(codes::OUT_OF_RANGE, number.span, object).arg("path", path);
        context.report(found.arg("value", number.value.to_string()));
    }
}
