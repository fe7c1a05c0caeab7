//! Labels, label selectors and annotations (`k8s.io/apimachinery/pkg/apis/meta/v1/validation`, `pkg/api/validation/objectmeta.go`).

use super::names;
use crate::cluster::context::Context;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::codes;
use crate::manifest::objects::{LabelSelector, Labels, Map, Text};
use crate::origin::{ObjectRef, Span, Spanned};

/// Bytes that the keys and values of an object's annotations have at most (`TotalAnnotationSizeLimitB`).
const ANNOTATIONS: usize = 256 << 10;

/// Reports keys and values that no label may have.
pub(super) fn labels(context: &mut Context<'_>, labels: &Labels, path: &str, object: &ObjectRef) {
    for (key, value, at) in labels.placed() {
        pair(context, (key, value), at, path, object);
    }
}

/// The same of a map that has one place: a Service's selector, a Pod's `nodeSelector`.
pub(super) fn map(context: &mut Context<'_>, map: &Option<Spanned<Map>>, path: &str, object: &ObjectRef) {
    let Some(map) = map else { return };
    for of in &map.value {
        pair(context, of, map.span, path, object);
    }
}

fn pair(context: &mut Context<'_>, (key, value): (&Text, &Text), at: Span, path: &str, object: &ObjectRef) {
    let (part, text, like) = if !names::is_qualified(key) {
        ("key", key, names::like_qualified(key))
    } else if !names::is_label_value(value) {
        ("value", value, names::like_label_value(value))
    } else {
        return;
    };
    let found = context.finding(codes::INVALID_LABEL, context.first_line(at), object).arg("path", path);
    context.report(or_like(found.arg("key", &**key).arg("value", &**text).arg("part", part), like));
}

fn or_like(found: Diagnostic, like: Option<String>) -> Diagnostic {
    match like {
        Some(like) => found.arg("suggestion", like).hint(codes::HINT_NAME_LIKE),
        None => found,
    }
}

/// Reports keys that no annotation may have, and more of them than an object may have, at the largest.
pub(super) fn annotations(context: &mut Context<'_>, annotations: &Labels, path: &str, object: &ObjectRef) {
    let (mut size, mut largest) = (0, None);
    for (key, value, at) in annotations.placed() {
        // Unlike a label's key it may have large letters in its domain.
        if !names::is_qualified(&key.to_lowercase()) {
            let found = context.finding(codes::INVALID_LABEL, context.first_line(at), object).arg("path", path);
            let found = found.arg("key", &**key).arg("value", &**key).arg("part", "key");
            context.report(or_like(found, names::like_qualified(key)));
        }
        let own = key.len() + value.len();
        size += own;
        if largest.is_none_or(|(most, _, _)| own > most) {
            largest = Some((own, key, at));
        }
    }
    if let Some((own, key, at)) = largest.filter(|_| size > ANNOTATIONS) {
        let found = context.finding(codes::ANNOTATIONS_TOO_LARGE, context.first_line(at), object).arg("path", path);
        let found = found.arg("size", size.to_string()).arg("limit", ANNOTATIONS.to_string());
        let found = found.arg("key", &**key).arg("most", own.to_string());
        context.report(found.hint(codes::HINT_ANNOTATIONS));
    }
}

/// Reports requirements that no selector may have.
pub(in crate::cluster) fn selector(
    context: &mut Context<'_>,
    selector: &LabelSelector,
    path: &str,
    object: &ObjectRef,
) {
    labels(context, &selector.match_labels, &format!("{path}.matchLabels"), object);
    for (index, requirement) in selector.match_expressions.iter().enumerate() {
        let path = format!("{path}.matchExpressions[{index}]");
        let at = context.first_line(requirement.span);
        if !names::is_qualified(&requirement.key) {
            let found = context.finding(codes::INVALID_LABEL, at, object).arg("path", path.clone());
            let found = found.arg("key", "").arg("value", &*requirement.key).arg("part", "key");
            context.report(or_like(found, names::like_qualified(&requirement.key)));
        }
        let (operator, some) = (&*requirement.operator, !requirement.values.is_empty());
        let wants = match operator {
            "In" | "NotIn" => true,
            "Exists" | "DoesNotExist" => false,
            _ => {
                let found = context.finding(codes::INVALID_CHOICE, at, object).arg("path", format!("{path}.operator"));
                let expected = "In, NotIn, Exists, DoesNotExist";
                context.report(found.arg("value", operator).arg("expected", expected));
                continue;
            }
        };
        if wants != some {
            let found = context.finding(codes::SELECTOR_VALUES, at, object).arg("path", format!("{path}.values"));
            context.report(found.arg("operator", operator));
        }
    }
}

/// Where labels stand, else where they would.
pub(super) fn place(labels: &Labels, or: Span) -> Span {
    if labels.span().is_nowhere() { or } else { labels.span() }
}
