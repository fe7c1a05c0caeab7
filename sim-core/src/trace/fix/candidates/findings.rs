//! What the findings about the objects in question suggest.

use super::search::{Search, below};
use crate::trace::why::Field;
use kubernetes::diagnostic::{Diagnostic, Severity};
use kubernetes::edit::{Content, FieldPath};
use std::collections::BTreeSet;

/// Findings that are looked at.
const MOST: usize = 20;

pub(super) fn changes(search: &mut Search<'_>) {
    let model = search.model;
    let why = search.journey.outcome.why.iter().flat_map(|why| why.field.iter().chain(&why.against));
    let mut objects: BTreeSet<_> = why.map(|field| field.object.clone()).collect();
    for (id, _) in super::search::involved(search) {
        objects.extend(search.service(id).map(|service| service.origin.object.clone()));
    }
    let about = |found: &&Diagnostic| found.object.as_ref().is_some_and(|object| objects.contains(object));
    let found: Vec<&Diagnostic> = model.diagnostics.iter().filter(about).take(MOST).collect();
    for finding in found {
        let Some(object) = &finding.object else { continue };
        if let Some(path) = finding.args.get("path") {
            one(search, finding, &Field { object: object.clone(), path: FieldPath::parse(path), at: None });
        }
    }
    // An object that was refused for its type.
    for object in objects.iter().filter(|object| &*object.kind == "Service") {
        let of = Field::new(object, "spec");
        let Some(document) = search.document(object) else { continue };
        if document.value.spec.kind.is_some()
            && search
                .model
                .cluster
                .service_named(object.namespace.as_deref().unwrap_or("default"), &object.name)
                .is_none()
        {
            search.remove(below(&of, "type"));
            search.set(below(&of, "type"), Content::text("NodePort"));
            if document.value.spec.external_name.is_some() {
                search.set(below(&of, "type"), Content::text("ExternalName"));
            }
        }
    }
}

fn one(search: &mut Search<'_>, finding: &Diagnostic, field: &Field) {
    if finding.severity == Severity::Info {
        return;
    }
    let value = finding.args.get("value").map(String::as_str).unwrap_or_default();
    if let Some(expected) = finding.args.get("expected") {
        let mut words: Vec<&str> = expected.split(", ").collect();
        words.sort_by_key(|word| crate::trace::probe_text::edits(word, value));
        for word in words.into_iter().take(4) {
            search.set(field.clone(), Content::text(word));
        }
    }
    if let Some(suggestion) = finding.args.get("suggestion") {
        search.set(field.clone(), Content::text(suggestion));
    }
    if finding.severity == Severity::Error {
        search.remove(field.clone());
    }
    // A number of the wrong size: the port that was asked for.
    if finding.code == kubernetes::diagnostic::codes::INVALID_PORT.code && search.port != 0 {
        search.set(field.clone(), Content::Int(i64::from(search.port)));
    }
}
