//! When kube-proxy writes what it has heard: at once where it was quiet before, else once `minSyncPeriod` is over, all that came meanwhile
//! together.
//!
//! Up to 1.33 that is `async.BoundedFrequencyRunner` with a bucket of two syncs, which is filled by one a period; from 1.34 on
//! `pkg/proxy/runner`, which waits a period behind every sync. A sync itself is taken to take no time. All kube-proxies hear the same at
//! the same time, so that one of them stands for all that nobody holds up.

use crate::cluster::model::{KubernetesVersion, Settings};
use crate::manifest::Parsed;
use std::sync::Arc;

/// Syncs in the bucket (`burstSyncs`).
const BURST: u64 = 2;

/// The minor release of 1 that has no bucket any more.
const WITHOUT_BUCKET: u32 = 34;

/// The runner of kube-proxies that follow.
#[derive(Clone, Debug)]
pub(super) struct Runner {
    /// Milliseconds between two syncs.
    period: u64,
    bucket: bool,
    /// Milliseconds' worth of syncs that may be done at once, and when that was counted.
    saved: (u64, u64),
    last: Option<u64>,
    /// When the next sync is due, where something was heard that is not written yet.
    pub(super) due: Option<u64>,
    /// What was written last.
    pub(super) known: Arc<Parsed>,
}

impl Runner {
    pub(super) fn of(settings: &Settings, known: Arc<Parsed>) -> Self {
        let KubernetesVersion { major, minor } = settings.version;
        let period = settings.kube_proxy.min_sync;
        let bucket = (major, minor) < (1, WITHOUT_BUCKET);
        Self { period, bucket, saved: (BURST * period, 0), last: None, due: None, known }
    }

    /// Something is there that kube-proxy writes, or the time of a sync has come. Says when the next one is due, where that is new.
    pub(super) fn hear(&mut self, now: u64, parsed: &Arc<Parsed>) -> Option<u64> {
        if self.due.is_some_and(|due| due > now) {
            // It is collected with what waits already.
            return None;
        }
        let next = self.next(now);
        if next > now {
            self.due = Some(next);
            return Some(next);
        }
        if self.bucket {
            let saved = self.saved_at(now);
            self.saved = (saved - self.period, now);
        }
        (self.last, self.due) = (Some(now), None);
        self.known = Arc::clone(parsed);
        None
    }

    /// Something else changed: what it writes is the same.
    pub(super) fn pass(&mut self, parsed: &Arc<Parsed>) {
        if self.due.is_none() {
            self.known = Arc::clone(parsed);
        }
    }

    fn saved_at(&self, now: u64) -> u64 {
        let (saved, at) = self.saved;
        saved.saturating_add(now.saturating_sub(at)).min(BURST * self.period)
    }

    /// When the next sync may begin.
    fn next(&self, now: u64) -> u64 {
        let behind = self.last.map_or(now, |last| last.saturating_add(self.period));
        match self.bucket {
            true if self.saved_at(now) >= self.period => now,
            _ => behind.max(now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Runner;
    use crate::manifest::Parsed;
    use std::sync::Arc;

    fn runner(bucket: bool) -> Runner {
        let (period, known) = (1_000, Arc::new(Parsed::default()));
        Runner { period, bucket, saved: (2_000, 0), last: None, due: None, known }
    }

    /// When syncs happen for changes at these times.
    fn syncs(mut runner: Runner, changes: &[u64]) -> Vec<u64> {
        let mut all = Vec::new();
        let mut times: Vec<(u64, Arc<Parsed>)> = changes.iter().map(|at| (*at, Arc::new(Parsed::default()))).collect();
        let mut newest = Arc::clone(&runner.known);
        while !times.is_empty() {
            times.sort_by_key(|(at, _)| *at);
            let (now, parsed) = times.remove(0);
            if changes.contains(&now) && runner.due != Some(now) {
                newest = Arc::clone(&parsed);
            }
            let before = Arc::clone(&runner.known);
            if let Some(next) = runner.hear(now, &newest) {
                times.push((next, parsed));
            }
            if !Arc::ptr_eq(&before, &runner.known) {
                all.push(now);
            }
        }
        all
    }

    #[test]
    fn what_follows_at_once_is_collected() {
        assert_eq!(syncs(runner(false), &[5_000, 5_200, 5_400, 7_000]), [5_000, 6_000, 7_000]);
        // Two at once, then one a period.
        assert_eq!(syncs(runner(true), &[5_000, 5_200, 5_400, 5_600]), [5_000, 5_200, 6_200]);
        for bucket in [true, false] {
            assert_eq!(syncs(runner(bucket), &[1_000, 9_000, 20_000]), [1_000, 9_000, 20_000]);
            assert_eq!(syncs(runner(bucket), &[1_000, 2_000, 3_000]), [1_000, 2_000, 3_000]);
        }
    }
}
