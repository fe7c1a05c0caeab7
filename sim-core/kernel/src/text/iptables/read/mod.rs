//! `iptables-save` text, as the tool of version 1.8 writes it and `iptables-restore` reads it.
//!
//! Matches and targets that are not modelled are kept word for word and print back unchanged. Nothing is taken over from a text
//! with an error in it.

mod draft;
pub(in crate::text) mod error;
mod matches;
mod options;
mod rule;
mod table;
mod target;
pub(in crate::text) mod values;
pub(in crate::text) mod words;

pub use error::{SaveError, SaveErrorKind, SaveErrors};

use crate::config::xtables::Xtables;
use crate::ids::{CauseId, TableName};
use error::Wrong;
use std::sync::Arc;
use table::Work;

/// What a text may be at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the text.
    pub bytes: usize,
    /// Bytes of a line.
    pub line: usize,
    /// Rules in all tables.
    pub rules: usize,
    /// Chains in all tables.
    pub chains: usize,
    /// Errors that are reported.
    pub errors: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 16 << 20, line: 16 << 10, rules: 400_000, chains: 100_000, errors: 100 }
    }
}

/// Reads a dump into tables of their own. `cause` names the cause of what a line (from 1) makes.
///
/// # Errors
/// Everything that is wrong with the text.
pub fn parse_save(text: &str, limits: &Limits, cause: &mut dyn FnMut(u32) -> CauseId) -> Result<Xtables, SaveErrors> {
    let mut xtables = Xtables::default();
    merge(&mut xtables, text, limits, cause)?;
    Ok(xtables)
}

/// Carries a dump out on tables that are there, as `iptables-restore --noflush` does: chains that are declared (`:NAME`) are
/// emptied or made, rules are added, everything else stays.
///
/// # Errors
/// Everything that is wrong with the text; the tables are then as before.
pub fn merge(
    xtables: &mut Xtables,
    text: &str,
    limits: &Limits,
    cause: &mut dyn FnMut(u32) -> CauseId,
) -> Result<(), SaveErrors> {
    let mut reader =
        SaveReader { limits, cause, done: xtables.clone(), open: None, errors: Vec::new(), rules: 0, chains: 0 };
    if text.len() > limits.bytes {
        return Err(SaveErrors(vec![SaveError {
            line: 0,
            column: 0,
            kind: SaveErrorKind::TooLong { limit: limits.bytes },
        }]));
    }
    let mut last = 0;
    for (index, line) in text.lines().enumerate() {
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        last = number;
        if let Err((at, kind)) = reader.line(number, line) {
            reader.error(number, line, at, kind);
        }
        if reader.errors.len() >= limits.errors {
            break;
        }
    }
    if let Some(work) = reader.open.take().filter(|_| reader.errors.len() < limits.errors) {
        reader.error(last, "", 0, SaveErrorKind::NoCommit(work.name()));
    }
    if !reader.errors.is_empty() {
        return Err(SaveErrors(reader.errors));
    }
    *xtables = reader.done;
    Ok(())
}

struct SaveReader<'a> {
    limits: &'a Limits,
    cause: &'a mut dyn FnMut(u32) -> CauseId,
    /// Tables that are committed.
    done: Xtables,
    /// The table between `*NAME` and `COMMIT`.
    open: Option<Work>,
    errors: Vec<SaveError>,
    rules: usize,
    chains: usize,
}

impl SaveReader<'_> {
    /// `at` counts bytes; columns count characters. An error at byte 0 of no word is about the line.
    fn error(&mut self, line: u32, text: &str, at: usize, kind: SaveErrorKind) {
        let whole = matches!(kind, SaveErrorKind::LineTooLong { .. } | SaveErrorKind::NoCommit(_))
            || matches!(kind, SaveErrorKind::Loop(_) | SaveErrorKind::Hook { .. });
        let before = text.get(..at).map_or(0, |before| before.chars().count());
        let column = if whole { 0 } else { u32::try_from(before + 1).unwrap_or(u32::MAX) };
        self.errors.push(SaveError { line, column, kind });
    }

    fn line(&mut self, number: u32, line: &str) -> Result<(), Wrong> {
        if line.len() > self.limits.line {
            return Err((0, SaveErrorKind::LineTooLong { limit: self.limits.line }));
        }
        let bare = line.trim();
        if bare.is_empty() || bare.starts_with('#') {
            return Ok(());
        }
        if let Some(name) = bare.strip_prefix('*') {
            return self.table(name.trim());
        }
        if bare == "COMMIT" {
            let Some(work) = self.open.take() else { return Err((0, SaveErrorKind::NoTable)) };
            let name = work.name();
            match work.finish() {
                Ok(table) => {
                    self.done.tables.insert(name, table);
                }
                // The line a rule stands in is known better there.
                Err(found) => {
                    for (line, kind) in found {
                        self.error(line, "", 0, kind);
                    }
                }
            }
            return Ok(());
        }
        let cause = (self.cause)(number);
        let Some(work) = &mut self.open else { return Err((0, SaveErrorKind::NoTable)) };
        let declares = line.trim_start().starts_with(':');
        let words = if declares { words::plain(line) } else { words::split(line)? };
        let Some((first, rest)) = words.split_first() else { return Ok(()) };
        if let Some(name) = first.text.strip_prefix(':') {
            self.chains += 1;
            if self.chains > self.limits.chains {
                return Err((0, SaveErrorKind::TooManyChains { limit: self.limits.chains }));
            }
            return work.declare(name, first, rest, cause);
        }
        let counted = first.text.starts_with('[') && first.text.ends_with(']');
        let (command, rest) = match rest.split_first() {
            Some((command, rest)) if counted => (command, rest),
            _ => (first, rest),
        };
        let added = work.command(number, line, command, rest, cause)?;
        self.rules += added;
        if self.rules > self.limits.rules {
            return Err((0, SaveErrorKind::TooManyRules { limit: self.limits.rules }));
        }
        Ok(())
    }

    fn table(&mut self, name: &str) -> Result<(), Wrong> {
        let all = [TableName::Raw, TableName::Mangle, TableName::Nat, TableName::Filter, TableName::Security];
        if let Some(open) = self.open.take() {
            // Go on with the new table, so that its lines are looked at too.
            self.open =
                all.into_iter().find(|table| table.to_string() == name).map(|table| Work::new(&self.done, table));
            return Err((0, SaveErrorKind::NoCommit(open.name())));
        }
        let found = all.into_iter().find(|table| table.to_string() == name);
        self.open = found.map(|table| Work::new(&self.done, table));
        found.map(|_| ()).ok_or_else(|| (0, SaveErrorKind::UnknownTable(Arc::from(name))))
    }
}

#[cfg(test)]
mod tests;
