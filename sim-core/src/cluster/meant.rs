//! Objects with a mistake for which kubectl refuses them, read as what was probably meant: that they are there is an assumption.

use super::context::{Context, name_of};
use super::model::{Pod, Service};
use crate::assumption::{About, Because, codes};
use crate::cause::ObjectRef;
use crate::diagnostic::Severity;
use crate::manifest::span::Span;
use std::collections::BTreeMap;

/// Says so for every Service, and for the Pods of every Pod and workload, whose text has a mended mistake.
pub(super) fn say(context: &mut Context<'_>, services: &[Service], pods: &[Pod]) {
    let parsed = context.parsed;
    let mended: Vec<Span> = parsed
        .diagnostics
        .iter()
        .filter(|found| found.severity == Severity::Error && found.patch.is_some())
        .map(|found| found.span)
        .collect();
    if mended.is_empty() {
        return;
    }
    let mut objects: Vec<(Span, &ObjectRef)> =
        parsed.objects.iter().map(|object| (object.span(), object.object())).collect();
    objects.sort();
    let mut by_object: BTreeMap<&ObjectRef, Span> = BTreeMap::new();
    for span in mended {
        let before = objects.partition_point(|(whole, _)| (whole.source, whole.start) <= (span.source, span.start));
        let found = before.checked_sub(1).and_then(|at| objects.get(at));
        if let Some((_, object)) = found.filter(|(whole, _)| whole.source == span.source && span.start <= whole.end) {
            by_object.entry(object).or_insert(span);
        }
    }
    for (object, span) in by_object {
        let made = codes::READ_AS_MEANT.made().arg("object", object.to_string());
        let because = Because { object: Some(object.clone()), field: None, location: context.at(span) };
        let name = name_of(object);
        let services = services.iter().filter(|service| &*object.kind == "Service" && service.name == name);
        let pods = pods.iter().filter(|pod| pod.origin.object == *object);
        let about = services.map(|service| About::Service(service.name.clone()));
        for about in about.chain(pods.map(|pod| About::Pod(pod.name.clone()))) {
            let mut one = made.clone().about(about);
            one.because = Some(because.clone());
            context.assume(one);
        }
    }
}
