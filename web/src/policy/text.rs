//! The picture in words.

use super::drawn::{Drawn, Way};
use super::meant::meant;
use crate::locale::{Lang, t, ta};
use crate::reach::ports_words;
use std::fmt::{self, Write};

/// Rows of one direction that are told at most.
const ROWS: usize = 500;

/// Both directions, a line for everybody at the other end, and whom each rule means.
///
/// # Errors
/// When it cannot be written.
pub fn text(out: &mut impl Write, lang: Lang, drawn: &Drawn<'_>) -> fmt::Result {
    writeln!(out, "{}", drawn.name())?;
    for way in &drawn.ways {
        writeln!(out, "\n{}: {}", t(lang, &format!("policy-{}", way.code())), isolation(lang, way))?;
        for row in way.rows.iter().take(ROWS) {
            let mark = if row.state.is_open() { "+" } else { "-" };
            let said = match row.state.is_open() {
                true => ports_words(lang, &row.ports),
                false => t(lang, &format!("policy-state-{}", row.state.code())),
            };
            writeln!(out, "  {mark} {}: {said}", drawn.peer(lang, &row.peer))?;
        }
        if way.rows.len() > ROWS {
            writeln!(out, "  … ({})", way.rows.len())?;
        }
        let (mark, anybody) = match way.around.anybody.is_empty() {
            true => ("-", t(lang, "policy-state-own")),
            false => ("+", ports_words(lang, &way.around.anybody)),
        };
        writeln!(out, "  {mark} {}: {anybody}", t(lang, "policy-others"))?;
    }
    for rule in meant(lang, drawn) {
        let place = rule.location.map(|at| format!(" ({at})")).unwrap_or_default();
        writeln!(out, "\n{}{place}", rule.title)?;
        for (at, entry) in rule.entries.iter().enumerate() {
            let or = if at > 0 { format!("{} ", t(lang, "policy-or")) } else { String::new() };
            writeln!(out, "  {or}{entry}")?;
        }
        writeln!(out, "  {}", rule.words)?;
        if let Some(otherwise) = rule.otherwise {
            writeln!(out, "  {otherwise}")?;
        }
    }
    Ok(())
}

/// Which policies select the workload, or that none does.
pub(crate) fn isolation(lang: Lang, way: &Way<'_>) -> String {
    if way.around.host {
        return t(lang, "policy-host");
    }
    if way.policies.is_empty() {
        return t(lang, "policy-free");
    }
    let names: Vec<String> = way.policies.iter().map(|policy| policy.object.to_string()).collect();
    ta(lang, "policy-isolated", &[("policies", names.join(", ").into())])
}
