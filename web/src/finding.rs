//! Diagnostics in words.

use crate::locale::{self, Lang};
use fluent_bundle::FluentValue;
use sim_core::diagnostic::Diagnostic;
use sim_core::manifest::Parsed;

fn args(finding: &Diagnostic) -> Vec<(&str, FluentValue<'_>)> {
    finding.args.iter().map(|(name, value)| (*name, placeable(name, value))).collect()
}

/// A value for a message: counts are numbers, so that their noun agrees with them.
pub fn placeable<'v>(name: &str, value: &'v str) -> FluentValue<'v> {
    let number = if name == "count" { value.parse::<u64>().ok() } else { None };
    number.map_or_else(|| FluentValue::from(value), FluentValue::from)
}

/// The sentence of a finding.
pub fn message(lang: Lang, finding: &Diagnostic) -> String {
    locale::ta(lang, &format!("diag-{}", finding.code), &args(finding))
}

/// What to do about it, a sentence each.
pub fn hints(lang: Lang, finding: &Diagnostic) -> Vec<String> {
    finding.hints.iter().map(|hint| locale::ta(lang, &format!("hint-{hint}"), &args(finding))).collect()
}

/// Place, sentence and hints in one line.
pub fn line(lang: Lang, parsed: &Parsed, finding: &Diagnostic) -> String {
    let place = parsed.locate(finding.span).map(|place| format!("{place}: ")).unwrap_or_default();
    let hints = hints(lang, finding).into_iter().map(|hint| format!(" {hint}")).collect::<String>();
    format!("{place}{}{hints}", message(lang, finding))
}
