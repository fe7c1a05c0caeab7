//! What is read, what is found, and where.

mod borders;
mod broken;
mod compose;
mod kubectl;
mod learners;
mod limits;
mod lists;
mod objects;

use super::{Limits, Parsed, SourceText, parse};
use crate::diagnostic::{Diagnostic, codes};
use std::fmt::Write;

fn read(text: &str, limits: &Limits) -> Parsed {
    let parsed = parse(&[SourceText::given("in.yaml", text)], limits);
    parsed.diagnostics.iter().for_each(check_arguments);
    parsed
}

/// A finding carries what its code and its hints promise.
fn check_arguments(found: &Diagnostic) {
    let info = codes::ALL.iter().find(|info| info.code == found.code).unwrap();
    assert_eq!(info.severity, found.severity);
    let hints = found.hints.iter().map(|code| codes::HINTS.iter().find(|hint| hint.code == *code).unwrap());
    for arg in info.args.iter().chain(hints.flat_map(|hint| hint.args)) {
        assert!(found.args.contains_key(arg), "{} lacks {arg}: {found:?}", found.code);
    }
}

/// Objects, unused objects and findings, one a line.
fn summary(parsed: &Parsed) -> String {
    let mut lines = String::new();
    for object in &parsed.objects {
        let _ = writeln!(lines, "{}", object.object());
    }
    for unused in &parsed.unused {
        let _ = writeln!(lines, "unused {}", unused.object);
    }
    for found in &parsed.diagnostics {
        let at = parsed.locate(found.span).map_or("-".to_owned(), |at| format!("{}:{}", at.line, at.column));
        let _ = write!(lines, "{at} {}", found.code);
        for (name, value) in &found.args {
            let _ = write!(lines, " {name}={value}");
        }
        for hint in &found.hints {
            let _ = write!(lines, " +{hint}");
        }
        if let Some(snippet) = parsed.snippet(found.span, 0) {
            let marked = snippet.lines.iter().map(|line| &line.text[line.marked.clone().unwrap_or_default()]);
            let _ = write!(lines, " [{}]", marked.collect::<Vec<_>>().join("|"));
        }
        lines.push('\n');
    }
    lines
}

fn check(text: &str, expected: &str) {
    let expected: String = expected.trim().lines().map(|line| format!("{}\n", line.trim())).collect();
    assert_eq!(summary(&read(text, &Limits::default())), expected, "of\n{text}");
}
