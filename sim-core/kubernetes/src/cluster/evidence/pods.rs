//! The Pods that objects are or make, to be looked at.

use crate::assumption::Because;
use crate::manifest::Parsed;
use crate::manifest::objects::{Container, Metadata, Object, PodSpec, PodTemplate};
use crate::origin::{ObjectRef, Span};
use std::sync::Arc;

/// The Pod that an object is or makes: its metadata and its spec.
pub(in crate::cluster) fn pod_of(object: &Object) -> Option<(&Metadata, &PodSpec)> {
    Some(match object {
        Object::Pod(document) => (&document.value.metadata, &document.value.spec),
        Object::Deployment(document) => of_template(&document.value.spec.template),
        Object::ReplicaSet(document) => of_template(&document.value.spec.template),
        Object::DaemonSet(document) => of_template(&document.value.spec.template),
        Object::StatefulSet(document) => of_template(&document.value.spec.template),
        Object::Job(document) => of_template(&document.value.spec.template),
        Object::CronJob(document) => of_template(&document.value.spec.job_template.spec.template),
        _ => return None,
    })
}

fn of_template(template: &PodTemplate) -> (&Metadata, &PodSpec) {
    (&template.metadata, &template.spec)
}

/// Containers of a Pod, init containers last.
pub(in crate::cluster) fn containers(spec: &PodSpec) -> impl Iterator<Item = &Container> {
    spec.containers.iter().chain(&spec.init_containers).map(|container| &container.value)
}

/// Where something was found.
pub(super) fn because(parsed: &Parsed, object: &ObjectRef, field: &str, span: Span) -> Because {
    Because { object: Some(object.clone()), field: Some(Arc::from(field)), location: parsed.locate(span) }
}
