//! What the texts say, whether the cluster could use it or not.

use super::codes;
use super::field::{Field, Why};
use crate::model::Model;
use kubernetes::diagnostic::{Severity, codes as findings};
use kubernetes::edit::FieldPath;
use kubernetes::manifest::objects::{LabelSelector, Map, Object, PodSpec, PodTemplate};
use kubernetes::origin::{Location, ObjectRef, Spanned};

/// Something that is a Pod or makes some.
#[derive(Clone, Copy, Debug)]
pub(in crate::trace) struct Maker<'m> {
    pub(in crate::trace) object: &'m ObjectRef,
    /// Before the paths of its Pods' fields.
    pub(in crate::trace) prefix: &'static str,
    pub(in crate::trace) labels: &'m Map,
    pub(in crate::trace) selector: Option<&'m Map>,
    pub(in crate::trace) spec: &'m PodSpec,
    /// How many Pods are asked for; `None` for kinds that do not say it in `spec.replicas`.
    pub(in crate::trace) replicas: Option<i64>,
    /// `status.phase` of a Pod.
    pub(in crate::trace) phase: Option<&'m str>,
}

impl Maker<'_> {
    pub(in crate::trace) fn namespace(&self) -> &str {
        self.object.namespace.as_deref().unwrap_or("default")
    }

    /// A field of its Pods.
    pub(in crate::trace) fn field(&self, path: &str) -> Field {
        Field::new(self.object, format!("{}{path}", self.prefix).as_str())
    }

    /// A label of its Pods.
    pub(in crate::trace) fn label(&self, key: &str) -> Field {
        let labels = FieldPath::parse(&format!("{}metadata.labels", self.prefix));
        Field { object: self.object.clone(), path: labels.key(key), at: None }
    }

    /// True when its Pods have all of the labels, or were meant to: the workload's own selector has them.
    pub(in crate::trace) fn has(&self, labels: &Map) -> bool {
        let all = |own: &Map| labels.iter().all(|(key, value)| own.get(key) == Some(value));
        !labels.is_empty() && (all(self.labels) || self.selector.is_some_and(all))
    }
}

/// All Pods and workloads of the input, in its order.
pub(in crate::trace) fn makers(model: &Model) -> impl Iterator<Item = Maker<'_>> {
    const TEMPLATE: &str = "spec.template.";
    fn of<'m>(
        object: &'m ObjectRef,
        prefix: &'static str,
        template: &'m PodTemplate,
        selector: Option<&'m Spanned<LabelSelector>>,
        replicas: Option<i64>,
    ) -> Maker<'m> {
        let selector = selector.map(|selector| &*selector.value.match_labels);
        Maker {
            object,
            prefix,
            labels: &template.metadata.labels,
            selector,
            spec: &template.spec,
            replicas,
            phase: None,
        }
    }
    let count = |replicas: &Option<Spanned<i64>>| Some(replicas.as_ref().map_or(1, |replicas| replicas.value));
    model.parsed.objects.iter().filter_map(move |object| {
        Some(match object {
            Object::Pod(document) => Maker {
                object: &document.object,
                prefix: "",
                labels: &document.value.metadata.labels,
                selector: None,
                spec: &document.value.spec,
                replicas: None,
                phase: document.value.status.phase.as_ref().map(|phase| &*phase.value),
            },
            Object::Deployment(document) => {
                let spec = &document.value.spec;
                of(&document.object, TEMPLATE, &spec.template, spec.selector.as_ref(), count(&spec.replicas))
            }
            Object::ReplicaSet(document) => {
                let spec = &document.value.spec;
                of(&document.object, TEMPLATE, &spec.template, spec.selector.as_ref(), count(&spec.replicas))
            }
            Object::StatefulSet(document) => {
                let spec = &document.value.spec;
                of(&document.object, TEMPLATE, &spec.template, spec.selector.as_ref(), count(&spec.replicas))
            }
            Object::DaemonSet(document) => {
                let spec = &document.value.spec;
                of(&document.object, TEMPLATE, &spec.template, spec.selector.as_ref(), None)
            }
            Object::Job(document) => of(&document.object, TEMPLATE, &document.value.spec.template, None, None),
            Object::CronJob(document) => {
                let template = &document.value.spec.job_template.spec.template;
                of(&document.object, "spec.jobTemplate.spec.template.", template, None, None)
            }
            _ => return None,
        })
    })
}

/// The first error about an object: what the API server would say to it.
pub(in crate::trace) fn refused(model: &Model, object: &ObjectRef) -> Option<Field> {
    let errors = model.diagnostics.iter().filter(|found| found.severity == Severity::Error);
    let mut own = errors.filter(|found| found.object.as_ref() == Some(object));
    own.next().map(|found| finding_field(model, object, found))
}

/// Why an object is refused: at the first error about it; a type that its other fields do not go with is what is to look at.
pub(in crate::trace) fn refusal(model: &Model, object: &ObjectRef) -> Option<Why> {
    let field = refused(model, object)?;
    let why = Why::new(codes::OBJECT_REFUSED).arg("object", object);
    let kind = model.parsed.objects.iter().find_map(|own| match own {
        Object::Service(document) if document.object == *object => document.value.spec.kind.as_ref(),
        _ => None,
    });
    let by_type = [findings::FIELD_ONLY_WITH.code, findings::MISSING_FIELD.code];
    let found = model.diagnostics.iter().find(|found| {
        found.severity == Severity::Error && found.object.as_ref() == Some(object) && by_type.contains(&found.code)
    });
    let of_type = kind.is_some_and(|kind| matches!(&*kind.value, "ExternalName" | "ClusterIP"));
    Some(match found.filter(|_| of_type) {
        Some(_) => why.at(Field::new(object, "spec.type")).against(field),
        None => why.at(field),
    })
}

/// The first finding with a code about an object.
pub(in crate::trace) fn finding(model: &Model, code: &str, object: &ObjectRef) -> Option<Field> {
    let mut own = model.diagnostics.iter().filter(|found| found.code == code);
    own.find(|found| found.object.as_ref() == Some(object)).map(|found| finding_field(model, object, found))
}

fn finding_field(model: &Model, object: &ObjectRef, found: &kubernetes::diagnostic::Diagnostic) -> Field {
    let path = found.args.get("path").map_or_else(FieldPath::default, |path| FieldPath::parse(path));
    Field { object: object.clone(), path, at: model.parsed.locate(found.span) }
}

/// An object of that kind and name that is in the input but not in the cluster as it was written: it, or what is wrong with it.
pub(in crate::trace) fn refused_named<'m>(
    model: &'m Model,
    kind: &'m str,
    namespace: &'m str,
    name: &'m str,
) -> Option<(&'m ObjectRef, Field)> {
    let errors = model.diagnostics.iter().filter(|found| found.severity == Severity::Error);
    errors.filter_map(|found| Some((found.object.as_ref()?, found))).find_map(|(object, found)| {
        let same = &*object.kind == kind
            && object.namespace.as_deref().unwrap_or("default") == namespace
            && &*object.name == name;
        same.then(|| (object, finding_field(model, object, found)))
    })
}

/// A document that could not be read at all: the first one. Those that were read as meant are no such.
pub(in crate::trace) fn unread(model: &Model) -> Option<Location> {
    let errors = model.parsed.diagnostics.iter().filter(|found| found.severity == Severity::Error);
    errors
        .filter(|found| found.object.is_none() && found.patch.is_none())
        .find_map(|found| model.parsed.locate(found.span))
}

/// `spec.serviceName` of a StatefulSet.
pub(in crate::trace) fn service_name<'m>(model: &'m Model, object: &ObjectRef) -> Option<&'m str> {
    model.parsed.objects.iter().find_map(|own| match own {
        Object::StatefulSet(document) if document.object == *object => {
            document.value.spec.service_name.as_ref().map(|name| &*name.value)
        }
        _ => None,
    })
}

/// The numbers of a StatefulSet's Pods: the first, and how many there are.
pub(in crate::trace) fn ordinals(model: &Model, object: &ObjectRef) -> Option<(i64, i64)> {
    model.parsed.objects.iter().find_map(|own| match own {
        Object::StatefulSet(document) if document.object == *object => {
            let spec = &document.value.spec;
            let first = spec.ordinals.start.as_ref().map_or(0, |start| start.value);
            Some((first, spec.replicas.as_ref().map_or(1, |replicas| replicas.value).max(0)))
        }
        _ => None,
    })
}
