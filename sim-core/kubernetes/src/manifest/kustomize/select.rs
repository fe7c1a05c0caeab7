//! Which objects a patch or a replacement is for.

use super::object::Item;
use super::value::Node;
use regex_lite::{Regex, RegexBuilder};

/// Bytes that a compiled pattern may take.
const PATTERN: usize = 64 << 10;

/// A selector as `target`, `select` and `reject` write it. Texts are patterns that have to match as a whole.
pub(super) struct Selector {
    group: Option<Regex>,
    version: Option<Regex>,
    kind: Option<Regex>,
    name: Option<Regex>,
    namespace: Option<Regex>,
    labels: Vec<Requirement>,
    annotations: Vec<Requirement>,
}

/// One part of a label selector.
enum Requirement {
    Is(String, Vec<String>),
    IsNot(String, Vec<String>),
    Exists(String),
    Absent(String),
}

impl Selector {
    /// # Errors
    /// The field whose text is no pattern.
    pub(super) fn read(node: &Node) -> Result<Self, &'static str> {
        let pattern = |key: &'static str| match node.get(key).and_then(Node::scalar).filter(|text| !text.is_empty()) {
            None => Ok(None),
            Some(text) => {
                RegexBuilder::new(&format!("^(?:{text})$")).size_limit(PATTERN).build().map(Some).map_err(|_| key)
            }
        };
        let of_labels = |key| node.text_of(&[key]).map(requirements).unwrap_or_default();
        Ok(Self {
            group: pattern("group")?,
            version: pattern("version")?,
            kind: pattern("kind")?,
            name: pattern("name")?,
            namespace: pattern("namespace")?,
            labels: of_labels("labelSelector"),
            annotations: of_labels("annotationSelector"),
        })
    }

    /// Names and namespaces may be those of the file or those of now.
    pub(super) fn selects(&self, item: &Item) -> bool {
        let (now, first) = (item.id(), item.original());
        let fits = |pattern: &Option<Regex>, texts: &[&str]| {
            pattern.as_ref().is_none_or(|pattern| texts.iter().any(|text| pattern.is_match(text)))
        };
        fits(&self.group, &[&now.group])
            && fits(&self.version, &[&now.version])
            && fits(&self.kind, &[&now.kind])
            && fits(&self.name, &[&first.name, &now.name])
            && fits(&self.namespace, &[first.effective_namespace(), now.effective_namespace()])
            && meets(&self.labels, item.node.at(&["metadata", "labels"]))
            && meets(&self.annotations, item.node.at(&["metadata", "annotations"]))
    }

    /// The same where anything that an object ever was counts, as replacements do.
    pub(super) fn selects_any(&self, item: &Item) -> bool {
        let fits = |pattern: &Option<Regex>, text: &str| pattern.as_ref().is_none_or(|pattern| pattern.is_match(text));
        let any = item.ids().any(|id| {
            fits(&self.group, &id.group)
                && fits(&self.version, &id.version)
                && fits(&self.kind, &id.kind)
                && fits(&self.name, &id.name)
                && fits(&self.namespace, id.effective_namespace())
        });
        any && meets(&self.labels, item.node.at(&["metadata", "labels"]))
            && meets(&self.annotations, item.node.at(&["metadata", "annotations"]))
    }
}

fn meets(requirements: &[Requirement], labels: Option<&Node>) -> bool {
    let value = |key: &str| labels.and_then(|labels| labels.get(key)).and_then(Node::scalar);
    requirements.iter().all(|requirement| match requirement {
        Requirement::Is(key, values) => value(key).is_some_and(|value| values.contains(&value)),
        Requirement::IsNot(key, values) => value(key).is_none_or(|value| !values.contains(&value)),
        Requirement::Exists(key) => value(key).is_some(),
        Requirement::Absent(key) => value(key).is_none(),
    })
}

/// `a=b,c!=d,e in (f,g),h notin (i),j,!k`.
fn requirements(text: &str) -> Vec<Requirement> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0_i32, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    let set = |text: &str| {
        let inner = text.trim().trim_start_matches('(').trim_end_matches(')');
        inner.split(',').map(|value| value.trim().to_owned()).collect::<Vec<_>>()
    };
    let one = |value: &str| vec![value.trim().to_owned()];
    let requirement = |part: &str| {
        let part = part.trim();
        if let Some((key, values)) = part.split_once(" notin ") {
            Requirement::IsNot(key.trim().to_owned(), set(values))
        } else if let Some((key, values)) = part.split_once(" in ") {
            Requirement::Is(key.trim().to_owned(), set(values))
        } else if let Some((key, value)) = part.split_once("!=") {
            Requirement::IsNot(key.trim().to_owned(), one(value))
        } else if let Some((key, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
            Requirement::Is(key.trim().to_owned(), one(value))
        } else if let Some(key) = part.strip_prefix('!') {
            Requirement::Absent(key.trim().to_owned())
        } else {
            Requirement::Exists(part.to_owned())
        }
    };
    parts.into_iter().filter(|part| !part.trim().is_empty()).map(requirement).collect()
}
