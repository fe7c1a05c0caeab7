//! What one computation may take, and whether anybody still wants its result.
//!
//! Whoever starts a computation holds one end and may [`Budget::cancel`] it; the phases hold the other and ask inside their loops. Once it is
//! spent or cancelled it stays so: loops break off where they are, and the entry points (`…_within`) answer with [`Stopped`] instead of what was made
//! by then.
//!
//! ```
//! use kubernetes::budget::{Allowance, Budget, Resource, Stopped};
//!
//! let budget = Budget::of(Allowance { steps: 10, ..Allowance::default() });
//! assert_eq!(budget.spend(8), Ok(()));
//! assert_eq!(budget.spend(8), Err(Stopped::Exceeded { what: Resource::Steps, used: 16, limit: 10 }));
//! assert!(budget.is_stopped());
//!
//! let other = Budget::unlimited();
//! other.clone().cancel();
//! assert_eq!(other.check(), Err(Stopped::Cancelled));
//! ```

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// How much a computation may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Steps: an object read, a Pod or an endpoint decided, a hop of a packet, a rule that is written out. Each a few microseconds at most.
    pub steps: u64,
    /// Bytes on the heap, as those who build estimate them.
    pub bytes: u64,
}

impl Default for Allowance {
    /// As much as it takes.
    fn default() -> Self {
        Self { steps: u64::MAX, bytes: u64::MAX }
    }
}

/// What there is an allowance of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// [`Allowance::steps`].
    Steps,
    /// [`Allowance::bytes`].
    Bytes,
}

impl Resource {
    /// A word for codes and messages.
    pub fn code(self) -> &'static str {
        match self {
            Self::Steps => "steps",
            Self::Bytes => "bytes",
        }
    }
}

/// What makes a cluster large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Driver {
    /// Nodes.
    Nodes,
    /// Pods.
    Pods,
    /// Routes of a node to all others.
    Routes,
    /// Endpoints of Service ports.
    Endpoints,
    /// Source ranges of load balancers, for each port.
    Ranges,
    /// External addresses and those of load balancers, for each port.
    ExternalAddresses,
    /// Ports of Services.
    Ports,
}

impl Driver {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Nodes, Self::Pods, Self::Routes, Self::Endpoints, Self::Ranges, Self::ExternalAddresses, Self::Ports];

    /// A word for codes and messages.
    pub fn code(self) -> &'static str {
        match self {
            Self::Nodes => "nodes",
            Self::Pods => "pods",
            Self::Routes => "routes",
            Self::Endpoints => "endpoints",
            Self::Ranges => "ranges",
            Self::ExternalAddresses => "addresses",
            Self::Ports => "ports",
        }
    }
}

/// Why a computation ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// It took more than it may.
    Exceeded {
        /// Of what.
        what: Resource,
        /// How much it would have taken by then.
        used: u64,
        /// How much it may take.
        limit: u64,
    },
    /// It would take more memory than it may: told before that was done.
    Foreseen {
        /// What there would be most of.
        driver: Driver,
        /// How many of it.
        count: u64,
        /// Bytes that all would take.
        bytes: u64,
        /// Bytes that it may take.
        limit: u64,
    },
    /// Nobody wants the result any more.
    Cancelled,
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exceeded { what, used, limit } => write!(f, "{used} {} of {limit}", what.code()),
            Self::Foreseen { driver, count, bytes, limit } => {
                write!(f, "{count} {} would take {bytes} bytes of {limit}", driver.code())
            }
            Self::Cancelled => f.write_str("cancelled"),
        }
    }
}

impl std::error::Error for Stopped {}

#[derive(Debug, Default)]
struct Inner {
    allowance: Allowance,
    steps: AtomicU64,
    bytes: AtomicU64,
    cancelled: AtomicBool,
    foreseen: OnceLock<Stopped>,
    way: OnceLock<fn()>,
    asked: AtomicU32,
}

/// How often a computation that gives way asks before it does so once.
const TURNS: u32 = 32;

/// The allowance of one computation with what was used of it. A clone is the same budget.
#[derive(Clone, Debug, Default)]
pub struct Budget(Arc<Inner>);

impl Budget {
    /// One that ends nothing unless it is cancelled.
    pub fn unlimited() -> Self {
        Self::default()
    }

    /// One of which nothing is used yet.
    pub fn of(allowance: Allowance) -> Self {
        Self(Arc::new(Inner { allowance, ..Inner::default() }))
    }

    /// Ends whatever works with it, at the next place where that asks.
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::Relaxed);
    }

    /// From now on whatever works with it calls `let_others_go` (a thread's yield, where there are threads) each few times that it asks
    /// ([`Self::check`]): somebody who is woken meanwhile does not wait for the whole slice of time that the kernel gave it. It takes longer
    /// where there is no processor for all.
    pub fn give_way(&self, let_others_go: fn()) {
        self.0.way.get_or_init(|| let_others_go);
    }

    /// Whether it is to give way.
    pub fn gives_way(&self) -> bool {
        self.0.way.get().is_some()
    }

    /// Lets others go first, if it is to give way: between two parts of a work that do not ask.
    pub fn rest(&self) {
        if let Some(let_others_go) = self.0.way.get() {
            let_others_go();
        }
    }

    /// Uses `steps`.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub fn spend(&self, steps: u64) -> Result<(), Stopped> {
        add(&self.0.steps, steps);
        self.check()
    }

    /// Uses `bytes` of memory.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub fn take(&self, bytes: u64) -> Result<(), Stopped> {
        add(&self.0.bytes, bytes);
        self.check()
    }

    /// Gives `bytes` of memory back.
    pub fn give_back(&self, bytes: u64) {
        let less = |used: u64| Some(used.saturating_sub(bytes));
        let _ = self.0.bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }

    /// Asks whether `bytes` of memory more would be too much, without using them. Where they are, all ends here.
    ///
    /// # Errors
    /// [`Stopped::Foreseen`] then; else as [`Self::check`].
    pub fn foresee(&self, driver: Driver, count: u64, bytes: u64) -> Result<(), Stopped> {
        let (all, limit) = (self.bytes().saturating_add(bytes), self.0.allowance.bytes);
        if all > limit {
            let _ = self.0.foreseen.set(Stopped::Foreseen { driver, count, bytes: all, limit });
        }
        self.check()
    }

    /// Whether it may go on.
    ///
    /// # Errors
    /// [`Stopped::Cancelled`] once somebody said so; [`Stopped::Foreseen`] once something was found to take too much; [`Stopped::Exceeded`] once more
    /// was used than there is.
    pub fn check(&self) -> Result<(), Stopped> {
        let Inner { allowance, .. } = &*self.0;
        if self.gives_way() && self.0.asked.fetch_add(1, Ordering::Relaxed).is_multiple_of(TURNS) {
            self.rest();
        }
        if self.0.cancelled.load(Ordering::Relaxed) {
            return Err(Stopped::Cancelled);
        }
        if let Some(foreseen) = self.0.foreseen.get() {
            return Err(*foreseen);
        }
        let over = [(Resource::Steps, self.steps(), allowance.steps), (Resource::Bytes, self.bytes(), allowance.bytes)];
        match over.into_iter().find(|(_, used, limit)| used > limit) {
            Some((what, used, limit)) => Err(Stopped::Exceeded { what, used, limit }),
            None => Ok(()),
        }
    }

    /// True when it may not go on: for loops, which break off.
    pub fn is_stopped(&self) -> bool {
        self.check().is_err()
    }

    /// What may be used at most.
    pub fn allowance(&self) -> Allowance {
        self.0.allowance
    }

    /// Steps used by now.
    pub fn steps(&self) -> u64 {
        self.0.steps.load(Ordering::Relaxed)
    }

    /// Bytes used by now.
    pub fn bytes(&self) -> u64 {
        self.0.bytes.load(Ordering::Relaxed)
    }
}

/// Adds without ever starting over at zero.
fn add(to: &AtomicU64, more: u64) {
    let before = to.fetch_add(more, Ordering::Relaxed);
    if before.checked_add(more).is_none() {
        to.store(u64::MAX, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stays_stopped_and_never_starts_over() {
        let budget = Budget::of(Allowance { bytes: 5, ..Allowance::default() });
        assert_eq!(budget.take(5), Ok(()));
        assert!(budget.take(u64::MAX).is_err());
        assert!(budget.take(u64::MAX).is_err());
        assert_eq!(budget.check(), Err(Stopped::Exceeded { what: Resource::Bytes, used: u64::MAX, limit: 5 }));
        budget.cancel();
        assert_eq!(budget.check(), Err(Stopped::Cancelled), "whoever left is told nothing of sizes");
    }

    #[test]
    fn another_thread_can_end_it() {
        fn crosses<T: Send + Sync + Clone>(_: &T) {}
        let budget = Budget::unlimited();
        crosses(&budget);
        let other = budget.clone();
        let thread = std::thread::spawn(move || other.cancel());
        thread.join().unwrap();
        assert!(budget.is_stopped());
    }
}
