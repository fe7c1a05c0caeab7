//! What people write who learn, one case after the other in `learners.txt`: the findings, and the lines that are shown to
//! make it right.

use super::summary;
use crate::diagnostic::Severity;
use crate::manifest::{Limits, Parsed, SourceText, parse};
use std::fmt::Write;

const CASES: &str = include_str!("learners.txt");

fn parsed(name: &str, text: &str) -> Parsed {
    let parsed = parse(&[SourceText::given(name, text)], &Limits::default());
    parsed.diagnostics.iter().for_each(super::check_arguments);
    parsed
}

/// Names and texts of the cases; `→` stands for a tab.
fn cases() -> impl Iterator<Item = (&'static str, String)> {
    CASES.split("\n=== ").skip(1).map(|case| {
        let (name, text) = case.split_once('\n').unwrap_or((case, ""));
        (name, text.replace('→', "\t"))
    })
}

#[test]
fn all_cases() {
    let mut out = String::new();
    for (name, text) in cases() {
        let found = parsed(name, &text);
        let _ = writeln!(out, "=== {name}\n{}", summary(&found));
        for diagnostic in &found.diagnostics {
            if let Some(patch) = &diagnostic.patch {
                let _ = writeln!(out, "{}", patch.diff(&found.sources, 30));
            }
        }
    }
    insta::assert_snapshot!(out);
}

/// Where every error has its patch, the patched text has no error left.
#[test]
fn corrected_lines_are_right() {
    for (name, text) in cases() {
        let mut sources = vec![SourceText::given(name, text)];
        let mut rounds = 0;
        loop {
            let found = parse(&sources, &Limits::default());
            let errors: Vec<_> = found.diagnostics.iter().filter(|found| found.severity == Severity::Error).collect();
            let Some(patch) = errors.iter().find_map(|error| error.patch.as_ref()) else {
                assert!(errors.is_empty() || rounds == 0 || name.contains("(rest)"), "{name}: {errors:?}");
                break;
            };
            rounds += 1;
            assert!(rounds < 20, "{name} never ends");
            sources = patch.apply(&sources);
        }
    }
}
