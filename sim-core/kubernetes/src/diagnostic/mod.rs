//! What is wrong with an input, where, and what to do about it. Words live in the locales; here are stable codes.
//!
//! ```
//! use kubernetes::manifest::{Limits, parse};
//! use kubernetes::origin::SourceText;
//!
//! let text = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: eighty}]}\n";
//! let parsed = parse(&[SourceText::given("web.yaml", text)], &Limits::default());
//! let found = &parsed.diagnostics[0];
//! assert_eq!(found.code, "wrong-type");
//! assert_eq!(found.args["path"], "spec.ports[0].port");
//! assert_eq!(parsed.locate(found.span).unwrap().to_string(), "web.yaml:4:23");
//! ```

pub mod codes;
mod hints;

use crate::origin::{ObjectRef, Span};
use crate::patch::Patch;
use crate::shown;
use std::collections::BTreeMap;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Something was assumed or left out; the result stands.
    Info,
    /// Probably not what was meant; the result stands with that meaning.
    Warning,
    /// This document or object could not be used as written.
    Error,
}

/// One finding about the input.
///
/// `code` is stable (a kebab-case word, see [`codes`]) and names both the message in the
/// locales (`diag-{code}`) and its help page; `args` fill the message's placeables.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// Stable code, kebab-case, e.g. `yaml-syntax`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Where; nowhere for findings about the whole input.
    pub span: Span,
    /// The object it is about, once known.
    pub object: Option<ObjectRef>,
    /// Values for the message: names, values found, values expected.
    pub args: BTreeMap<&'static str, String>,
    /// Codes of hints (`hint-{code}` in the locales), filled from the same `args`.
    pub hints: Vec<&'static str>,
    /// The corrected lines, where it is plain what was meant. Each finding's patch is for the texts as given, by itself.
    pub patch: Option<Patch>,
}

impl Diagnostic {
    /// A finding with no arguments yet.
    pub fn new(severity: Severity, code: &'static str, span: Span) -> Self {
        Self { code, severity, span, object: None, args: BTreeMap::new(), hints: Vec::new(), patch: None }
    }

    /// Adds a value for the message.
    #[must_use]
    pub fn arg(mut self, name: &'static str, value: impl Into<String>) -> Self {
        let value: String = value.into();
        let value = if value.len() > shown::VALUE { shown::cut(&value, shown::VALUE).into_owned() } else { value };
        self.args.insert(name, value);
        self
    }

    /// Adds a hint.
    #[must_use]
    pub fn hint(mut self, code: &'static str) -> Self {
        self.hints.push(code);
        self
    }

    /// Adds what makes it right.
    #[must_use]
    pub fn patch(mut self, patch: Option<Patch>) -> Self {
        self.patch = patch;
        self
    }

    /// Names the object it is about.
    #[must_use]
    pub fn about(mut self, object: ObjectRef) -> Self {
        self.object = Some(object);
        self
    }
}
