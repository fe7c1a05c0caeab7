//! A module with its options as they stand in the line, before they mean anything.

use super::error::{SaveErrorKind, Wrong};
use super::options::Module;
use crate::config::xtables::Neg;
use std::sync::Arc;

/// A module being read.
pub(super) struct Draft {
    /// Name.
    pub(super) name: Arc<str>,
    /// Where its name starts.
    pub(super) at: usize,
    /// `-p` brought it in, no `-m`.
    pub(super) implied: bool,
    /// What it can have; `None` for a module that is kept as text.
    pub(super) module: Option<&'static Module>,
    /// Options, in written order.
    pub(super) given: Vec<Given>,
    /// What a module kept as text takes: first byte and byte after the last, one of them between any two options of the rule itself.
    pub(super) spans: Vec<(usize, usize)>,
    /// The word behind the last of them.
    pub(super) behind: usize,
}

/// An option of a module.
pub(super) struct Given {
    /// Its usual name.
    pub(super) name: &'static str,
    /// `!` stands before it.
    pub(super) not: bool,
    /// Values.
    pub(super) values: Vec<Arc<str>>,
    /// Bytes of it in the line, with `!` and values.
    pub(super) span: (usize, usize),
}

impl Draft {
    pub(super) fn new(name: Arc<str>, at: usize, module: Option<&'static Module>) -> Self {
        Self { name, at, implied: false, module, given: Vec::new(), spans: Vec::new(), behind: 0 }
    }

    /// The options as text, for a module that is kept so.
    pub(super) fn text(&self, line: &str) -> Arc<str> {
        let whole = |(start, end): (usize, usize)| line.get(start..end).unwrap_or_default();
        let given = self.given.iter().map(|given| given.span);
        let parts: Vec<&str> = self.spans.iter().copied().chain(given).map(whole).collect();
        Arc::from(parts.join(" "))
    }

    /// Takes the words from `first` on, up to that behind the last, as text.
    pub(super) fn take(&mut self, (first, behind): (usize, usize), (start, end): (usize, usize)) {
        match self.spans.last_mut().filter(|_| self.behind == first) {
            Some(last) => last.1 = end,
            None => self.spans.push((start, end)),
        }
        self.behind = behind;
    }

    fn find(&self, name: &str) -> Option<&Given> {
        self.given.iter().find(|given| given.name == name)
    }

    /// An option without a value, that cannot be inverted.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Wrong> {
        match self.find(name) {
            Some(given) => given.plain().map(|()| true),
            None => Ok(false),
        }
    }

    /// An option without a value, that may be inverted.
    pub(super) fn sign(&self, name: &str) -> Option<Neg<()>> {
        self.find(name).map(|given| Neg { not: given.not, value: () })
    }

    /// An option with a value that may be inverted.
    pub(super) fn neg<T>(&self, name: &str, read: impl FnOnce(&str) -> Option<T>) -> Result<Option<Neg<T>>, Wrong> {
        let Some(given) = self.find(name) else { return Ok(None) };
        Ok(Some(Neg { not: given.not, value: given.read(read)? }))
    }

    /// An option with a value that cannot be inverted.
    pub(super) fn value<T>(&self, name: &str, read: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, Wrong> {
        let Some(given) = self.find(name) else { return Ok(None) };
        given.plain()?;
        given.read(read).map(Some)
    }

    /// All options of which one must be there, in written order.
    pub(super) fn one_of(&self, names: &[&'static str]) -> Result<&Given, Wrong> {
        let mut found = self.given.iter().filter(|given| names.contains(&given.name));
        match (found.next(), found.next()) {
            (Some(one), None) => Ok(one),
            (Some(one), Some(two)) => {
                Err((two.span.0, SaveErrorKind::Together(Arc::from(one.name), Arc::from(two.name))))
            }
            (None, _) => Err(self.missing(names.first().copied().unwrap_or_default())),
        }
    }

    /// The option must be there.
    pub(super) fn missing(&self, option: &str) -> Wrong {
        (self.at, SaveErrorKind::MissingOption { module: self.name.clone(), option: Arc::from(option) })
    }

    /// An option that is there though it must not be beside `other`.
    pub(super) fn without(&self, name: &str, other: &str) -> Result<(), Wrong> {
        match self.find(name) {
            Some(given) => Err((given.span.0, SaveErrorKind::Together(Arc::from(other), Arc::from(name)))),
            None => Ok(()),
        }
    }

    /// True when one of these options is there.
    pub(super) fn has(&self, names: &[&str]) -> bool {
        self.given.iter().any(|given| names.contains(&given.name))
    }

    /// The wrong value of an option.
    pub(super) fn bad(&self, name: &str) -> Wrong {
        match self.find(name) {
            Some(given) => given.bad(),
            None => self.missing(name),
        }
    }
}

impl Given {
    /// The value at a position; empty where there is none.
    pub(super) fn at(&self, index: usize) -> &str {
        self.values.get(index).map_or("", |value| &**value)
    }

    pub(super) fn read<T>(&self, read: impl FnOnce(&str) -> Option<T>) -> Result<T, Wrong> {
        read(self.at(0)).ok_or_else(|| self.bad())
    }

    pub(super) fn bad(&self) -> Wrong {
        let value = Arc::from(self.values.join(" "));
        (self.span.0, SaveErrorKind::Value { option: Arc::from(self.name), value })
    }

    /// It must not be inverted.
    pub(super) fn plain(&self) -> Result<(), Wrong> {
        match self.not {
            true => Err((self.span.0, SaveErrorKind::NotInvertible(Arc::from(self.name)))),
            false => Ok(()),
        }
    }
}
