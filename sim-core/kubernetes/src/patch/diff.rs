//! Patches as unified diffs. Line pairs need no search: where the texts differ is known.

use super::edit::Edit;
use crate::origin::{SourceId, SourceText, begins_item, is_separator};
use std::fmt::Write;

/// Unchanged lines shown before and behind a change.
const CONTEXT: usize = 2;
/// Most characters of a line.
const LINE: usize = 200;

/// Lines of the old text that a hunk replaces, with what stands there instead.
struct Change<'t> {
    /// First line (from 0) and the line behind the last.
    old: (usize, usize),
    new: Vec<&'t str>,
}

/// What `edits` make of `sources`, which is `applied`, as at most `limit` lines.
pub(super) fn unified(all: &[Edit], applied: &[SourceText], sources: &[SourceText], limit: usize) -> String {
    let mut out = Vec::new();
    for (index, (source, after)) in sources.iter().zip(applied).enumerate() {
        let edits: Vec<&Edit> = all.iter().filter(|edit| edit.span.source == SourceId(index as u32)).collect();
        if edits.is_empty() || source.text == after.text {
            continue;
        }
        out.push(format!("--- {}", source.name));
        out.push(format!("+++ {}", source.name));
        let (old, new): (Vec<&str>, Vec<&str>) = (lines(&source.text), lines(&after.text));
        hunks(&old, &changes(&edits, &source.text, &old, &new), &mut out);
    }
    if out.len() > limit {
        out.truncate(limit.saturating_sub(1));
        out.push("…".to_owned());
    }
    out.iter().fold(String::new(), |mut text, line| {
        let _ = writeln!(text, "{line}");
        text
    })
}

fn lines(text: &str) -> Vec<&str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.split_terminator('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect()
}

/// What each group of edits does to whole lines, groups that share a line together.
fn changes<'t>(edits: &[&Edit], text: &str, old: &[&str], new: &[&'t str]) -> Vec<Change<'t>> {
    let line = |at: u32| text.get(..at as usize).unwrap_or_default().matches('\n').count();
    let mut groups: Vec<(usize, usize, isize)> = Vec::new();
    for edit in edits {
        let (first, last) = (line(edit.span.start), line(edit.span.end));
        let removed = text.get(edit.span.start as usize..edit.span.end as usize).unwrap_or_default();
        let more = edit.text.matches('\n').count() as isize - removed.matches('\n').count() as isize;
        match groups.last_mut() {
            Some(group) if first <= group.1 => (group.1, group.2) = (last.max(group.1), group.2 + more),
            _ => groups.push((first, last, more)),
        }
    }
    let mut shift = 0isize;
    let mut changes = Vec::new();
    for (first, last, more) in groups {
        let (mut from, mut to) = (first.min(old.len()), (last + 1).min(old.len()));
        let mut start = from.saturating_add_signed(shift).min(new.len());
        // A last line without a line break counts as one with.
        let end = to.saturating_add_signed(shift + more).min(new.len());
        let mut end = if to == old.len() { new.len().max(start) } else { end.max(start) };
        shift += more;
        while from < to && start < end && old.get(from) == new.get(start) {
            (from, start) = (from + 1, start + 1);
        }
        while from < to && start < end && old.get(to - 1) == new.get(end - 1) {
            (to, end) = (to - 1, end - 1);
        }
        changes.push(Change { old: (from, to), new: new.get(start..end).unwrap_or_default().to_vec() });
    }
    changes
}

fn hunks(old: &[&str], changes: &[Change<'_>], out: &mut Vec<String>) {
    let mut shift = 0isize;
    let mut rest = changes;
    while let Some(first) = rest.first() {
        // Changes whose context would touch share a hunk.
        let together = rest.windows(2).take_while(|pair| match pair {
            [a, b] => {
                let between = old.get(a.old.1..b.old.0).unwrap_or_default();
                b.old.0 <= a.old.1 + 2 * CONTEXT && !between.iter().any(|line| is_separator(line))
            }
            _ => false,
        });
        let (group, behind) = rest.split_at(together.count() + 1);
        rest = behind;
        let last = group.last().map_or(first.old.1, |change| change.old.1);
        let (from, to) = (above(old, first.old), below(old, last));
        let added: usize = group.iter().map(|change| change.new.len()).sum();
        let removed: usize = group.iter().map(|change| change.old.1 - change.old.0).sum();
        let range = |start: usize, count: usize| {
            let first = if count == 0 { start } else { start + 1 };
            if count == 1 { first.to_string() } else { format!("{first},{count}") }
        };
        let before = range(from, to - from);
        let after = range(from.saturating_add_signed(shift), to - from + added - removed);
        out.push(format!("@@ -{before} +{after} @@"));
        let mut at = from;
        let mut push = |sign: char, line: &str| out.push(cut(sign, line));
        for change in group {
            old.get(at..change.old.0).unwrap_or_default().iter().for_each(|line| push(' ', line));
            old.get(change.old.0..change.old.1).unwrap_or_default().iter().for_each(|line| push('-', line));
            change.new.iter().for_each(|line| push('+', line));
            at = change.old.1;
        }
        old.get(at..to).unwrap_or_default().iter().for_each(|line| push(' ', line));
        shift += added as isize - removed as isize;
    }
}

/// Where the context above a change begins: in its document, of a list in its item.
fn above(old: &[&str], (first, behind): (usize, usize)) -> usize {
    let mut from = first;
    // The change may begin the item itself.
    let mut open = first == behind || !old.get(first).is_some_and(|line| begins_item(line));
    while open && from > 0 && first - from < CONTEXT {
        let line = old.get(from - 1).copied().unwrap_or_default();
        if is_separator(line) {
            break;
        }
        from -= 1;
        open = !begins_item(line);
    }
    from
}

/// Where the context behind line `last` ends, likewise.
fn below(old: &[&str], last: usize) -> usize {
    let border = |line: &&str| is_separator(line) || begins_item(line);
    let behind = old.get(last..(last + CONTEXT).min(old.len())).unwrap_or_default();
    last + behind.iter().position(border).unwrap_or(behind.len())
}

fn cut(sign: char, line: &str) -> String {
    let mut text: String = std::iter::once(sign).chain(line.chars().take(LINE)).collect();
    if line.chars().nth(LINE).is_some() {
        text.push('…');
    }
    text
}
