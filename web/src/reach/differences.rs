//! What two inputs differ in.

use super::formats::{cell, field};
use super::names::{end_json, end_text, ports_json, ports_text};
use crate::locale::{Lang, t};
use serde_json::{Value, json};
use sim_core::reach::{Change, Diff, Difference};
use std::fmt::{self, Write};

fn ports(line: &Difference) -> (String, String) {
    let of = |ports: &kubernetes::policy::Ports| match ports.is_empty() {
        true => "-".to_owned(),
        false => ports_text(ports),
    };
    (of(&line.before), of(&line.after))
}

/// `+ FROM => TO : PORTS`, `-` and `~` likewise, what changed with both.
///
/// # Errors
/// When it cannot be written.
pub fn diff_text(out: &mut impl Write, diff: &Diff) -> fmt::Result {
    for line in &diff.lines {
        let (before, after) = ports(line);
        let pair = format!("{} => {}", end_text(&line.from), end_text(&line.to));
        match line.change() {
            Change::Added => writeln!(out, "+ {pair} : {after}")?,
            Change::Removed => writeln!(out, "- {pair} : {before}")?,
            Change::Changed => writeln!(out, "~ {pair} : {before} -> {after}")?,
        }
    }
    let told: Vec<String> =
        Change::ALL.iter().zip(diff.counts).map(|(change, count)| format!("{} {count}", change.code())).collect();
    writeln!(out, "{}", told.join(", "))
}

/// A line for each difference.
///
/// # Errors
/// When it cannot be written.
pub fn diff_csv(out: &mut impl Write, diff: &Diff) -> fmt::Result {
    writeln!(out, "change,from,to,before,after")?;
    for line in &diff.lines {
        let ((before, after), code) = (ports(line), line.change().code());
        let (from, to) = (field(&end_text(&line.from)), field(&end_text(&line.to)));
        let bare = |text: &str| if text == "-" { String::new() } else { field(text) };
        writeln!(out, "{code},{from},{to},{},{}", bare(&before), bare(&after))?;
    }
    Ok(())
}

/// A table in Markdown.
///
/// # Errors
/// When it cannot be written.
pub fn diff_markdown(out: &mut impl Write, lang: Lang, diff: &Diff) -> fmt::Result {
    let head = ["reach-change", "reach-from", "reach-to", "reach-before", "reach-after"].map(|id| t(lang, id));
    writeln!(out, "| {} |\n| --- | --- | --- | --- | --- |", head.join(" | "))?;
    for line in &diff.lines {
        let (before, after) = ports(line);
        let change = t(lang, &format!("reach-{}", line.change().code()));
        let all = [change, end_text(&line.from), end_text(&line.to), before, after].map(|text| cell(&text));
        writeln!(out, "| {} |", all.join(" | "))?;
    }
    Ok(())
}

/// `kubehop.reach-diff/1`.
pub fn diff_json(diff: &Diff) -> Value {
    let line = |line: &Difference| {
        json!({
            "change": line.change().code(),
            "from": end_json(&line.from),
            "to": end_json(&line.to),
            "before": if line.before.is_empty() { Value::Null } else { ports_json(&line.before) },
            "after": if line.after.is_empty() { Value::Null } else { ports_json(&line.after) },
        })
    };
    json!({
        "schema": "kubehop.reach-diff/1",
        "added": diff.counts[0],
        "removed": diff.counts[1],
        "changed": diff.counts[2],
        "differences": diff.lines.iter().map(line).collect::<Vec<_>>(),
    })
}
