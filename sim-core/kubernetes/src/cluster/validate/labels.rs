//! Labels and label selectors (`k8s.io/apimachinery/pkg/apis/meta/v1/validation`).

use super::names;
use crate::cluster::context::Context;
use crate::diagnostic::codes;
use crate::manifest::objects::{LabelSelector, Labels};
use crate::origin::{ObjectRef, Span};

/// Reports keys and values that no label may have.
pub(super) fn labels(context: &mut Context<'_>, labels: &Labels, path: &str, object: &ObjectRef) {
    for (key, value, at) in labels.placed() {
        let (part, text) = if !names::is_qualified(key) {
            ("key", key)
        } else if !names::is_label_value(value) {
            ("value", value)
        } else {
            continue;
        };
        let found = context.finding(codes::INVALID_LABEL, context.first_line(at), object).arg("path", path);
        context.report(found.arg("key", &**key).arg("value", &**text).arg("part", part));
    }
}

/// Reports requirements that no selector may have.
pub(super) fn selector(context: &mut Context<'_>, selector: &LabelSelector, path: &str, object: &ObjectRef) {
    labels(context, &selector.match_labels, &format!("{path}.matchLabels"), object);
    for (index, requirement) in selector.match_expressions.iter().enumerate() {
        let path = format!("{path}.matchExpressions[{index}]");
        let at = context.first_line(requirement.span);
        if !names::is_qualified(&requirement.key) {
            let found = context.finding(codes::INVALID_LABEL, at, object).arg("path", path.clone());
            context.report(found.arg("key", "").arg("value", &*requirement.key).arg("part", "key"));
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
