//! `${…}` as Compose fills it in.

use crate::diagnostic::codes::{self, CodeInfo};
use crate::text::tree::{NodeId, Tree, Value};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Variables in each other's defaults at most.
const DEPTH: usize = 8;
/// Bytes that all filled in values of a file may have.
pub(super) const MOST: usize = 4 << 20;

/// Where variables have their values from.
pub(super) trait Variables {
    /// The value of a variable.
    fn get(&self, name: &str) -> Option<&str>;
}

/// Something that is said about a value.
pub(super) struct Found {
    pub(super) code: CodeInfo,
    pub(super) node: NodeId,
    pub(super) text: String,
}

/// Why a text cannot be filled in.
pub(super) enum Bad {
    /// It is written in no way that Compose knows.
    Form,
    /// It comes to more than may be.
    Long,
}

/// Values of a document, filled in.
pub(super) struct Fill<'e> {
    environment: &'e dyn Variables,
    pub(super) values: BTreeMap<NodeId, Value<'static>>,
    pub(super) found: Vec<Found>,
    seen: BTreeSet<NodeId>,
    /// Variables without a value, and those that have to have one, with what is said then.
    missing: Vec<String>,
    required: Vec<String>,
    /// Variables that were told.
    told: BTreeSet<String>,
    left: usize,
}

impl<'e> Fill<'e> {
    pub(super) fn new(environment: &'e dyn Variables) -> Self {
        let (values, found, seen, missing, required, told) = Default::default();
        Self { environment, values, found, seen, missing, required, told, left: MOST }
    }

    /// Looks at all values of a document that was read from `text`; in keys nothing is filled in.
    pub(super) fn walk(&mut self, tree: &Tree<'_>, node: NodeId, text: &str) {
        match &tree.node(node).value {
            Value::Text(text) if text.contains('$') => self.scalar(node, text),
            Value::Bool(_) => self.word(tree, node, text),
            // What an alias stands for is looked at once.
            Value::List(items) if self.seen.insert(node) => {
                for item in tree.items(items) {
                    self.walk(tree, *item, text);
                }
            }
            Value::Map(entries) if self.seen.insert(node) => {
                for (key, value) in tree.entries(entries) {
                    if matches!(tree.text(*key), Some("true" | "false")) {
                        self.word(tree, *key, text);
                    }
                    self.walk(tree, *value, text);
                }
            }
            _ => {}
        }
    }

    /// Compose reads YAML 1.2: `yes`, `on` or `n` are words.
    fn word(&mut self, tree: &Tree<'_>, node: NodeId, text: &str) {
        let own = tree.node(node);
        let written = text.get(own.start as usize..own.end as usize).unwrap_or_default();
        if ["y", "yes", "on", "n", "no", "off"].iter().any(|word| written.eq_ignore_ascii_case(word)) {
            self.values.insert(node, Value::Text(Cow::Owned(written.to_owned())));
        }
    }

    fn scalar(&mut self, node: NodeId, text: &str) {
        if !self.seen.insert(node) {
            return;
        }
        match self.text(text, self.left) {
            Ok(value) => {
                self.left = self.left.saturating_sub(value.len());
                // A variable that is nothing leaves nothing, and one that is a number a number; who reads it takes both.
                self.values.insert(node, Value::Text(Cow::Owned(value)));
            }
            Err(Bad::Form) => {
                self.found.push(Found { code: codes::COMPOSE_INTERPOLATION, node, text: text.to_owned() });
            }
            Err(Bad::Long) => {}
        }
        let (missing, required) = (std::mem::take(&mut self.missing), std::mem::take(&mut self.required));
        let all = missing.into_iter().map(|name| (codes::COMPOSE_VARIABLE, name));
        for (code, text) in all.chain(required.into_iter().map(|text| (codes::COMPOSE_REQUIRED, text))) {
            if self.told.insert(text.clone()) {
                self.found.push(Found { code, node, text });
            }
        }
    }

    /// The text with its variables filled in.
    pub(super) fn text(&mut self, text: &str, most: usize) -> Result<String, Bad> {
        let mut to = String::new();
        self.part(text, &mut to, DEPTH, most)?;
        Ok(to)
    }

    fn part(&mut self, text: &str, to: &mut String, depth: usize, most: usize) -> Result<(), Bad> {
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            to.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(behind) = rest.strip_prefix('$') {
                to.push('$');
                rest = behind;
            } else if let Some(behind) = rest.strip_prefix('{') {
                let end = closing(behind).ok_or(Bad::Form)?;
                self.braced(&behind[..end], to, depth, most)?;
                rest = &behind[end + 1..];
            } else {
                let name = name(rest);
                if name.is_empty() {
                    return Err(Bad::Form);
                }
                self.value(name, to);
                rest = &rest[name.len()..];
            }
            if to.len() > most {
                return Err(Bad::Long);
            }
        }
        to.push_str(rest);
        Ok(())
    }

    /// What stands between braces.
    fn braced(&mut self, text: &str, to: &mut String, depth: usize, most: usize) -> Result<(), Bad> {
        let depth = depth.checked_sub(1).ok_or(Bad::Form)?;
        let name = name(text);
        if name.is_empty() {
            return Err(Bad::Form);
        }
        let rest = &text[name.len()..];
        let (colon, operator) = match rest.strip_prefix(':') {
            Some(behind) => (true, behind),
            None => (false, rest),
        };
        let known = self.environment.get(name).filter(|value| !colon || !value.is_empty());
        let Some(kind) = operator.chars().next() else {
            if colon {
                return Err(Bad::Form);
            }
            self.value(name, to);
            return Ok(());
        };
        let word = &operator[kind.len_utf8()..];
        match (kind, known) {
            ('-' | '?', Some(value)) => to.push_str(value),
            ('-', None) | ('+', Some(_)) => self.part(word, to, depth, most)?,
            ('?', None) => {
                let said = if word.is_empty() { name.to_owned() } else { format!("{name}: {word}") };
                self.required.push(said);
            }
            ('+', None) => {}
            _ => return Err(Bad::Form),
        }
        Ok(())
    }

    fn value(&mut self, name: &str, to: &mut String) {
        match self.environment.get(name) {
            Some(value) => to.push_str(value),
            None => self.missing.push(name.to_owned()),
        }
    }
}

/// The variable's name that a text begins with.
fn name(text: &str) -> &str {
    let first = |letter: char| letter.is_ascii_alphabetic() || letter == '_';
    let end = text.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_')).unwrap_or(text.len());
    let name = &text[..end];
    if name.starts_with(first) { name } else { "" }
}

/// Where the brace ends that was opened before the text.
fn closing(text: &str) -> Option<usize> {
    let mut open = 1_usize;
    let mut before = '\0';
    for (at, letter) in text.char_indices() {
        match letter {
            '{' if before == '$' => open += 1,
            '}' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return Some(at);
        }
        before = letter;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::Environment;
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("a$b", "a$b")]
    #[case("$$A ${A} $A-x", "$A 1 1-x")]
    #[case("${A:-9}${B:-9}${B-9}${C:-9}${C-9}", "1999")]
    #[case("${A:+x}${B:+x}${B+x}${C+x}", "xx")]
    #[case("${C:-${B:-${A}}}:80", "1:80")]
    #[case("${A:?no}", "1")]
    fn filled(#[case] text: &str, #[case] expected: &str) {
        let environment = Environment::of("A=1\nB=\nb=$$b");
        let mut fill = Fill::new(&environment);
        assert_eq!(fill.text(text, MOST).ok().as_deref(), Some(expected));
        assert!(fill.missing.is_empty() && fill.required.is_empty());
    }

    #[rstest]
    #[case("${")]
    #[case("$")]
    #[case("$1")]
    #[case("${A")]
    #[case("${A:}")]
    #[case("${A!x}")]
    #[case("${}")]
    fn not_filled(#[case] text: &str) {
        assert!(Fill::new(&Environment::of("A=1")).text(text, MOST).is_err());
    }

    #[test]
    fn what_has_no_value() {
        let environment = Environment::default();
        let mut fill = Fill::new(&environment);
        assert_eq!(fill.text("x${A}$B${C:?say it}", MOST).ok().as_deref(), Some("x"));
        assert_eq!((fill.missing, fill.required), (vec!["A".to_owned(), "B".to_owned()], vec!["C: say it".to_owned()]));
    }
}
