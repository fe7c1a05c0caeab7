//! Objects with a mistake for which kubectl refuses them, read as what was probably meant: that they are there is an assumption. So is
//! a number that stands in for a port that is still to be filled in.

use super::context::{Context, name_of};
use super::model::{Pod, Service};
use crate::assumption::{About, Because, codes};
use crate::diagnostic::{Diagnostic, Severity, codes as findings};
use crate::origin::{ObjectRef, Span};
use std::collections::BTreeMap;

/// Says so for every Service, and for the Pods of every Pod and workload, whose text has a mended mistake.
pub(super) fn say(context: &mut Context<'_>, services: &[Service], pods: &[Pod]) {
    let parsed = context.parsed;
    let stands_in = |found: &Diagnostic| found.code == findings::PLACEHOLDER_PORT.code;
    let mended: Vec<&Diagnostic> = parsed
        .diagnostics
        .iter()
        .filter(|found| found.severity == Severity::Error && found.patch.is_some() || stands_in(found))
        .collect();
    if mended.is_empty() {
        return;
    }
    let mut objects: Vec<(Span, &ObjectRef)> =
        parsed.objects.iter().map(|object| (object.span(), object.object())).collect();
    objects.sort();
    let mut by_object: BTreeMap<(&ObjectRef, bool), &Diagnostic> = BTreeMap::new();
    for finding in mended {
        let span = finding.span;
        let before = objects.partition_point(|(whole, _)| (whole.source, whole.start) <= (span.source, span.start));
        let found = before.checked_sub(1).and_then(|at| objects.get(at));
        let around = found.filter(|(whole, _)| whole.source == span.source && span.start <= whole.end);
        // Between two objects it is the one behind that would not be there.
        let behind = || objects.get(before).filter(|(whole, _)| whole.source == span.source);
        if let Some((_, object)) = around.or_else(behind) {
            by_object.entry((object, stands_in(finding))).or_insert(finding);
        }
    }
    for ((object, port), finding) in by_object {
        let arg = |name: &str| finding.args.get(name).cloned().unwrap_or_default();
        let made = if port {
            codes::PORT_STANDS_IN.made().arg("placeholder", arg("placeholder")).arg("value", arg("value"))
        } else {
            codes::READ_AS_MEANT.made()
        };
        let made = made.arg("object", object.to_string());
        let because = Because { object: Some(object.clone()), field: None, location: context.at(finding.span) };
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
