//! Paths of fields inside an object: `spec.ports[0].targetPort`, `metadata.labels[app.kubernetes.io/name]`.

use std::fmt;
use std::sync::Arc;

/// One step of a [`FieldPath`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// The value of a key.
    Key(Arc<str>),
    /// An item of a list, from 0.
    At(usize),
}

/// Where a field stands in its object. Written as Kubernetes writes it; keys with other characters than letters, digits and dashes stand in
/// brackets.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldPath(pub Vec<Step>);

impl FieldPath {
    /// Reads a path as [`fmt::Display`] writes it. Every text is some path.
    pub fn parse(text: &str) -> Self {
        let mut steps = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(inner) = rest.strip_prefix('[') {
                let (step, after) = inner.split_once(']').unwrap_or((inner, ""));
                let number = step.bytes().all(|byte| byte.is_ascii_digit()).then(|| step.parse().ok()).flatten();
                steps.push(number.map_or_else(|| Step::Key(Arc::from(step)), Step::At));
                rest = after.strip_prefix('.').unwrap_or(after);
            } else {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                let (step, after) = rest.split_at(end);
                steps.push(Step::Key(Arc::from(step)));
                rest = after.strip_prefix('.').unwrap_or(after);
            }
        }
        Self(steps)
    }

    /// The path of a key below it.
    #[must_use]
    pub fn key(mut self, key: &str) -> Self {
        self.0.push(Step::Key(Arc::from(key)));
        self
    }

    /// The path of an item of it.
    #[must_use]
    pub fn at(mut self, index: usize) -> Self {
        self.0.push(Step::At(index));
        self
    }
}

impl From<&str> for FieldPath {
    fn from(text: &str) -> Self {
        Self::parse(text)
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.0.iter().enumerate() {
            let plain = |key: &str| key.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_') && !key.is_empty();
            match step {
                Step::At(at) => write!(f, "[{at}]")?,
                Step::Key(key) if !plain(key) => write!(f, "[{key}]")?,
                Step::Key(key) if index == 0 => write!(f, "{key}")?,
                Step::Key(key) => write!(f, ".{key}")?,
            }
        }
        Ok(())
    }
}
