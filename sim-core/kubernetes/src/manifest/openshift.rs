//! OpenShift's Template: a list of objects with `${NAME}` in them, and the parameters that stand for the names.
//!
//! As `oc process` does it (`github.com/openshift/library-go/pkg/template`): `${NAME}` puts the value's text in its place, a whole
//! value `${{NAME}}` becomes what the parameter's value is in JSON, and a parameter without a value is empty unless it is required.

use crate::text::resolve;
use crate::text::tree::{NodeId, Tree, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What a generated value stands for: `oc process` draws one, here it is always the same.
const GENERATED: &str = "generated";

/// True for the kind, in its group and where it was before.
pub(super) fn is_template(kind: &str, api_version: &str) -> bool {
    kind == "Template" && (api_version == "v1" || api_version.starts_with("template.openshift.io/"))
}

/// The parameters of a template: name to value.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    values: BTreeMap<String, String>,
    /// Required ones without a value, with the place of their name.
    pub(super) missing: Vec<(String, NodeId)>,
}

impl Parameters {
    /// Reads `parameters`.
    pub(super) fn of(tree: &Tree<'_>, template: NodeId) -> Self {
        let mut read = Self::default();
        let Some(list) = tree.get(template, "parameters") else { return read };
        for parameter in tree.list(list) {
            let Some(at) = tree.get(*parameter, "name") else { continue };
            let Some(name) = tree.text(at) else { continue };
            let given = tree.get(*parameter, "value").and_then(|value| written(&tree.node(value).value));
            let is = |key: &str| tree.get(*parameter, key).is_some_and(|at| tree.node(at).value == Value::Bool(true));
            let generated = tree.get(*parameter, "generate").is_some();
            let value = match given {
                Some(value) if !value.is_empty() => value,
                _ if generated => GENERATED.to_owned(),
                _ if is("required") => {
                    read.missing.push((name.to_owned(), at));
                    continue;
                }
                _ => String::new(),
            };
            read.values.insert(name.to_owned(), value);
        }
        read
    }

    /// A value with the parameters put in; `None` where there are none in it.
    fn put<'a>(&self, value: &Value<'a>) -> Option<Value<'a>> {
        let Value::Text(text) = value else { return None };
        let whole = text.strip_prefix("${{").and_then(|rest| rest.strip_suffix("}}"));
        if let Some(value) = whole.and_then(|name| self.values.get(name)) {
            return Some(match Value::from(resolve::plain(value)) {
                // A plain word, and text in the quotes of JSON.
                Value::Text(_) => Value::Text(Cow::Owned(value.trim_matches('"').to_owned())),
                value => owned(value),
            });
        }
        let (mut made, mut rest, mut some) = (String::new(), &**text, false);
        while let Some((before, after)) = rest.split_once("${") {
            made.push_str(before);
            match after.split_once('}').and_then(|(name, rest)| Some((self.values.get(name)?, rest))) {
                Some((value, behind)) => {
                    made.push_str(value);
                    (rest, some) = (behind, true);
                }
                None => {
                    made.push_str("${");
                    rest = after;
                }
            }
        }
        made.push_str(rest);
        some.then_some(Value::Text(Cow::Owned(made)))
    }

    /// The document with the parameters put in; places stay those of the template.
    pub(super) fn fill<'a>(&self, tree: &Tree<'a>) -> Tree<'a> {
        tree.replaced(|value| self.put(value))
    }
}

/// A scalar as text.
fn written(value: &Value<'_>) -> Option<String> {
    Some(match value {
        Value::Text(text) => text.to_string(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::UInt(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        _ => return None,
    })
}

/// The same value, holding on to nothing.
fn owned<'a>(value: Value<'_>) -> Value<'a> {
    match value {
        Value::Bool(value) => Value::Bool(value),
        Value::Int(value) => Value::Int(value),
        Value::UInt(value) => Value::UInt(value),
        Value::Float(value) => Value::Float(value),
        Value::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
        Value::Null | Value::Merge | Value::List(_) | Value::Map(_) => Value::Null,
    }
}
