//! Diagnostics in words.

use crate::locale::{self, Lang};
use fluent_bundle::FluentValue;
use sim_core::diagnostic::Diagnostic;
use sim_core::manifest::Parsed;

/// The values of a message: types by their name in the reader's language, counts as numbers, so that words can follow them.
fn args(lang: Lang, finding: &Diagnostic) -> Vec<(&'static str, FluentValue<'_>)> {
    let value = |name: &str, value: &'_ str| -> FluentValue<'static> {
        let typed = format!("type-{value}");
        match (name, value.parse::<u64>()) {
            ("found" | "expected", _) if locale::has(lang, &typed) => locale::t(lang, &typed).into(),
            ("count", Ok(count)) => count.into(),
            _ => value.to_owned().into(),
        }
    };
    finding.args.iter().map(|(name, text)| (*name, value(name, text))).collect()
}

/// The sentence of a finding.
pub fn message(lang: Lang, finding: &Diagnostic) -> String {
    locale::ta(lang, &format!("diag-{}", finding.code), &args(lang, finding))
}

/// What to do about it, a sentence each.
pub fn hints(lang: Lang, finding: &Diagnostic) -> Vec<String> {
    finding.hints.iter().map(|hint| locale::ta(lang, &format!("hint-{hint}"), &args(lang, finding))).collect()
}

/// Most lines of a patch that are shown.
const PATCH_LINES: usize = 60;

/// The corrected lines as a unified diff, where it is plain what was meant.
pub fn patch(parsed: &Parsed, finding: &Diagnostic) -> Option<String> {
    finding.patch.as_ref().map(|patch| patch.diff(&parsed.sources, PATCH_LINES))
}

/// Place, sentence and hints in one line.
pub fn line(lang: Lang, parsed: &Parsed, finding: &Diagnostic) -> String {
    let place = parsed.locate(finding.span).map(|place| format!("{place}: ")).unwrap_or_default();
    let hints = hints(lang, finding).into_iter().map(|hint| format!(" {hint}")).collect::<String>();
    format!("{place}{}{hints}", message(lang, finding))
}
