//! The Pods that objects are or make, to be looked at.

use crate::assumption::Because;
use crate::manifest::Parsed;
use crate::manifest::objects::{Container, Metadata, Object, PodSpec};
use crate::origin::{ObjectRef, Span};
use std::sync::Arc;

/// The Pod that an object is or makes: its metadata and its spec.
pub(in crate::cluster) fn pod_of(object: &Object) -> Option<(&Metadata, &PodSpec)> {
    object.pod()
}

/// Containers of a Pod, init containers last.
pub(in crate::cluster) fn containers(spec: &PodSpec) -> impl Iterator<Item = &Container> {
    spec.containers.iter().chain(&spec.init_containers).map(|container| &container.value)
}

/// Where something was found.
pub(super) fn because(parsed: &Parsed, object: &ObjectRef, field: &str, span: Span) -> Because {
    Because { object: Some(object.clone()), field: Some(Arc::from(field)), location: parsed.locate(span) }
}
