//! Values that occur many times, each kept once.

use kubernetes::policy::Ports;
use std::collections::HashMap;
use std::hash::Hash;

/// Values by number.
#[derive(Clone, Debug)]
pub(super) struct Kept<T> {
    all: Vec<T>,
    known: HashMap<T, usize>,
}

impl<T: Clone + Eq + Hash> Kept<T> {
    pub(super) fn new() -> Self {
        Self { all: Vec::new(), known: HashMap::new() }
    }

    /// The number of a value.
    pub(super) fn keep(&mut self, value: T) -> usize {
        if let Some(known) = self.known.get(&value) {
            return *known;
        }
        self.all.push(value.clone());
        self.known.insert(value, self.all.len() - 1);
        self.all.len() - 1
    }

    pub(super) fn get(&self, at: usize) -> Option<&T> {
        self.all.get(at)
    }

    pub(super) fn into_all(self) -> Vec<T> {
        self.all
    }
}

/// Sets of ports by number, and what two of them have in common.
#[derive(Clone, Debug)]
pub(super) struct PortSets {
    kept: Kept<Ports>,
    common: HashMap<(usize, usize), usize>,
}

impl PortSets {
    /// No port.
    pub(super) const NONE: usize = 0;
    /// Every port.
    pub(super) const ALL: usize = 1;

    pub(super) fn new() -> Self {
        let mut kept = Kept::new();
        kept.keep(Ports::default());
        kept.keep(Ports::all());
        Self { kept, common: HashMap::new() }
    }

    pub(super) fn keep(&mut self, ports: Ports) -> usize {
        self.kept.keep(ports)
    }

    pub(super) fn get(&self, at: usize) -> Option<&Ports> {
        self.kept.get(at)
    }

    /// What is in both.
    pub(super) fn and(&mut self, a: usize, b: usize) -> usize {
        match (a.min(b), a.max(b)) {
            (Self::NONE, _) => Self::NONE,
            (Self::ALL, other) => other,
            (a, b) if a == b => a,
            key => {
                if let Some(known) = self.common.get(&key) {
                    return *known;
                }
                let both = match (self.kept.get(key.0), self.kept.get(key.1)) {
                    (Some(a), Some(b)) => a.and(b),
                    _ => Ports::default(),
                };
                let both = self.kept.keep(both);
                self.common.insert(key, both);
                both
            }
        }
    }

    pub(super) fn into_all(self) -> Vec<Ports> {
        self.kept.into_all()
    }
}
