//! How far the reading of a large input is, for whoever waits for it, and how far it may go.

use crate::budget::Budget;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

/// What is being done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Nothing of it was looked at yet.
    #[default]
    Waiting,
    /// A list is gone through: whether it can be read item by item.
    Surveying,
    /// Objects are read.
    Reading,
    /// All is read: what API server and controllers make of it.
    Deciding,
}

/// Written by the thread that reads, read by another one.
#[derive(Debug, Default)]
pub struct Progress {
    phase: AtomicU8,
    bytes: AtomicU64,
    objects: AtomicU64,
    total: AtomicU64,
    budget: Budget,
}

/// What a [`Progress`] says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stage {
    /// What is being done.
    pub phase: Phase,
    /// Bytes of all texts up to there.
    pub bytes: u64,
    /// Bytes of all texts.
    pub total: u64,
    /// Objects that were read.
    pub objects: u64,
}

impl Progress {
    /// Of work that may take no more than `budget`.
    pub fn within(budget: Budget) -> Self {
        Self { budget, ..Self::default() }
    }

    /// What the work may take.
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// What is being done, and how far it is.
    pub fn stage(&self) -> Stage {
        let phase = match self.phase.load(Ordering::Relaxed) {
            0 => Phase::Waiting,
            1 => Phase::Surveying,
            2 => Phase::Reading,
            _ => Phase::Deciding,
        };
        let count = |of: &AtomicU64| of.load(Ordering::Relaxed);
        Stage { phase, bytes: count(&self.bytes), total: count(&self.total), objects: count(&self.objects) }
    }

    /// How many bytes there are.
    pub(super) fn expect(&self, bytes: usize) {
        self.total.store(bytes as u64, Ordering::Relaxed);
    }

    /// That `phase` has come to `bytes` of all.
    pub(super) fn at(&self, phase: Phase, bytes: usize) {
        self.bytes.store(bytes as u64, Ordering::Relaxed);
        self.enter(phase);
    }

    /// That `phase` has begun.
    pub fn enter(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::Relaxed);
    }

    /// That there is one more object.
    pub(super) fn object(&self) {
        self.objects.fetch_add(1, Ordering::Relaxed);
        let _ = self.budget.spend(1);
    }
}
