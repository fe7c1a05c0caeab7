//! Objects that events change: what each patch makes of them, one after the other, held to what the API server takes.

use crate::cluster::context::Context;
use crate::cluster::model::{Event, Happens, Patch};
use crate::cluster::options::Options;
use crate::cluster::{Besides, decide_until};
use crate::diagnostic::{Diagnostic, Severity, codes};
use crate::manifest::Held;
use crate::manifest::kustomize::{Patched, Patching, Unpatched};
use crate::manifest::objects::Object;
use crate::origin::{ObjectRef, Span};
use std::sync::Arc;

/// The label of the control plane's own Pods, whose flags are settings.
const COMPONENT: &str = "component";

/// The events with what their patches make; those that make nothing are told and left out.
pub(super) fn made(context: &mut Context<'_>, options: &Options, read: Vec<(Event, Option<Span>)>) -> Vec<Event> {
    let mut patching = Patching::of(context.parsed);
    let mut all = Vec::with_capacity(read.len());
    for (mut event, merge) in read {
        let (Happens::Patch(patch), Some(merge)) = (&event.what, merge) else {
            all.push(event);
            continue;
        };
        match apply(context, options, &mut patching, (patch, merge)) {
            Ok(made) => {
                event.what = Happens::Patch(made);
                all.push(event);
            }
            Err(why) => tell(context, &event, merge, why),
        }
    }
    all
}

fn apply(
    context: &Context<'_>,
    options: &Options,
    patching: &mut Patching<'_>,
    (patch, merge): (&Patch, Span),
) -> Result<Patch, Unpatched> {
    let maker = patch.made_by.as_ref();
    if context.is_refused(&patch.object) || maker.is_some_and(|maker| context.is_refused(maker)) {
        return Err(Unpatched::Text);
    }
    let made = patching.patched(&patch.object, maker, merge)?;
    let errors = refusals(context, options, &patch.object, &made);
    if !errors.is_empty() {
        return Err(Unpatched::Invalid(errors));
    }
    patching.keep(&patch.object, &made);
    Ok(Patch {
        replicas: made.replicas.map(|count| u32::try_from(count).unwrap_or(0)),
        template: made.template,
        fields: made.fields,
        objects: Arc::new(made.objects),
        ..patch.clone()
    })
}

/// What the API server has against an object that it had nothing against before: decided beside the objects that share names, addresses and
/// settings with it.
fn refusals(context: &Context<'_>, options: &Options, object: &ObjectRef, made: &Patched) -> Vec<Diagnostic> {
    let beside = |own: &&Object| {
        let makes = own.pod().is_some() && own.metadata().is_none_or(|own| own.labels.get(COMPONENT).is_none());
        let other = !matches!(own, Object::Scenario(_) | Object::EndpointSlice(_) | Object::Endpoints(_));
        own.object() != object && other && !makes
    };
    let mut objects: Vec<Object> = context.parsed.objects.iter().filter(beside).cloned().collect();
    objects.extend(made.objects.iter().cloned());
    let parsed = context.parsed.with(objects, Held::default());
    let decided = decide_until(&parsed, options, Besides::NOTHING, &context.budget);
    let is_error = |found: &Diagnostic| {
        let mut codes = codes::ALL.iter().filter(|code| code.code == found.code);
        codes.any(|code| code.severity == Severity::Error)
    };
    let known = |found: &Diagnostic| {
        let mut all = context.diagnostics.iter();
        all.any(|own| own.code == found.code && own.args == found.args && own.object == found.object)
    };
    let own = decided.diagnostics.into_iter().filter(|found| found.object.as_ref() == Some(object));
    own.filter(|found| is_error(found) && !known(found)).collect()
}

/// Says at the event why there is no such object, with what stands in the way.
fn tell(context: &mut Context<'_>, event: &Event, merge: Span, why: Unpatched) {
    let Happens::Patch(patch) = &event.what else { return };
    let found = context.finding(codes::SCENARIO_PATCH, context.first_line(merge), &event.object);
    let field = if let Unpatched::Immutable(field) = &why { *field } else { "" };
    let found = found.arg("path", format!("{}.patch", event.field)).arg("object", patch.object.to_string());
    context.note(found.arg("reason", why.code()).arg("field", field));
    if let Unpatched::Invalid(errors) = why {
        // It is not the object of the input that has the mistake.
        for found in errors {
            context.note(Diagnostic { patch: None, ..found.about(event.object.clone()) });
        }
    }
}
