//! How often a client may ask: a budget that fills at an even rate up to a burst, and how many of its requests are under way.
//!
//! Of a client one moment is kept: when its budget will be full again (the generic cell rate algorithm). Who has a full budget is like
//! who never came, and is forgotten; the number of those who are remembered is bounded.

use crate::client::Client;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Clients remembered at most.
const CLIENTS: usize = 65_536;

/// A rate for each client.
pub struct Rate {
    /// When each client's budget is full again.
    full: Mutex<HashMap<Client, Instant>>,
    /// From one to the next on average; none: any number.
    every: Option<Duration>,
    /// Debt at most.
    most: Duration,
    clients: usize,
}

impl Rate {
    /// So many in `per`, and `burst` at once above that; 0 is no limit.
    pub fn new(count: u32, per: Duration, burst: u32) -> Self {
        let every = (count > 0).then(|| per / count);
        let most = every.unwrap_or_default() * burst;
        Self { full: Mutex::default(), every, most, clients: CLIENTS }
    }

    /// Takes one from a client's budget.
    ///
    /// # Errors
    /// How long to wait where nothing is left.
    pub fn take(&self, client: Client, now: Instant) -> Result<(), Duration> {
        self.take_many(client, now, 1)
    }

    /// Takes so many at once: where anything is left, all of them, and the next ones wait for it.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub fn take_many(&self, client: Client, now: Instant, count: u32) -> Result<(), Duration> {
        let Some(every) = self.every else { return Ok(()) };
        let mut full = self.full.lock().unwrap_or_else(PoisonError::into_inner);
        if full.len() >= self.clients && !full.contains_key(&client) {
            forget(&mut full, self.clients, now);
        }
        let at = full.entry(client).or_insert(now);
        let debt = at.saturating_duration_since(now);
        if debt > self.most {
            return Err(debt - self.most);
        }
        *at = now + debt + every.saturating_mul(count);
        Ok(())
    }

    /// How many are remembered.
    pub fn remembered(&self) -> usize {
        self.full.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// Makes room: those whose budget is full; where that is too few, the half that asked least.
fn forget(full: &mut HashMap<Client, Instant>, room: usize, now: Instant) {
    full.retain(|_, at| *at > now);
    if full.len() < room {
        return;
    }
    let mut all: Vec<Instant> = full.values().copied().collect();
    let middle = all.len() / 2;
    let (_, middle, _) = all.select_nth_unstable(middle);
    let middle = *middle;
    full.retain(|_, at| *at > middle);
}

/// What is under way, by whose it is.
pub struct UnderWay<K> {
    now: Mutex<HashMap<K, usize>>,
    /// Of one at most; 0: any number.
    most: usize,
}

/// One under way, or as many as it counts for.
pub struct One<'u, K: Eq + Hash + Copy> {
    of: &'u UnderWay<K>,
    whose: K,
    counts: usize,
}

impl<K: Eq + Hash + Copy> UnderWay<K> {
    /// So many of one at most; 0 is no limit.
    pub fn new(most: usize) -> Self {
        Self { now: Mutex::default(), most }
    }

    fn now(&self) -> MutexGuard<'_, HashMap<K, usize>> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more; none where there are as many as may be.
    pub fn begin(&self, whose: K) -> Option<One<'_, K>> {
        self.begin_as(whose, 1)
    }

    /// One that counts for so many; none where they would be more than may be.
    pub fn begin_as(&self, whose: K, counts: usize) -> Option<One<'_, K>> {
        let mut now = self.now();
        let count = now.get(&whose).copied().unwrap_or_default();
        let all = count.saturating_add(counts);
        if self.most > 0 && all > self.most {
            return None;
        }
        now.insert(whose, all);
        Some(One { of: self, whose, counts })
    }
}

impl<K: Eq + Hash + Copy> Drop for One<'_, K> {
    fn drop(&mut self) {
        let mut now = self.of.now();
        if let Some(count) = now.get_mut(&self.whose) {
            *count -= self.counts;
            if *count == 0 {
                now.remove(&self.whose);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn client(number: u32) -> Client {
        Client::at(Ipv4Addr::from(number).into())
    }

    #[test]
    fn a_burst_passes_and_then_the_rate() {
        let rate = Rate::new(10, Duration::from_secs(1), 5);
        let start = Instant::now();
        let passed = (0..20).filter(|_| rate.take(client(1), start).is_ok()).count();
        assert_eq!(passed, 6, "one, and five at once above that");
        let wait = rate.take(client(1), start).unwrap_err();
        assert_eq!(wait, Duration::from_millis(100));
        assert!(rate.take(client(1), start + wait).is_ok() && rate.take(client(1), start + wait).is_err());
        assert!(rate.take(client(2), start).is_ok(), "others have their own");
        let later = start + Duration::from_secs(60);
        assert_eq!((0..20).filter(|_| rate.take(client(1), later).is_ok()).count(), 6, "no more is saved up");
    }

    #[test]
    fn many_at_once_are_paid_for_later() {
        let rate = Rate::new(10, Duration::from_secs(1), 5);
        let start = Instant::now();
        assert!(rate.take_many(client(1), start, 20).is_ok(), "there was a budget");
        assert_eq!(rate.take(client(1), start).unwrap_err(), Duration::from_millis(1_500));
        assert!(rate.take(client(1), start + Duration::from_millis(1_500)).is_ok());
    }

    #[test]
    fn without_a_rate_everything_passes() {
        let rate = Rate::new(0, Duration::from_secs(1), 0);
        assert!((0..1_000).all(|_| rate.take(client(1), Instant::now()).is_ok()));
        assert_eq!(rate.remembered(), 0);
    }

    #[test]
    fn those_remembered_are_bounded_and_who_asked_most_stays() {
        let rate = Rate { clients: 100, ..Rate::new(1, Duration::from_secs(1), 5) };
        let now = Instant::now();
        (0..10).for_each(|_| {
            let _ = rate.take(client(0), now);
        });
        for other in 1..1_000 {
            rate.take(client(other), now).unwrap();
            assert!(rate.remembered() <= 100);
        }
        assert!(rate.take(client(0), now).is_err(), "many others do not make one forgotten who is over the rate");
        rate.take(client(2_000), now + Duration::from_secs(60)).unwrap();
        (3_000..3_100).for_each(|other| rate.take(client(other), now + Duration::from_secs(60)).unwrap());
        assert!(rate.remembered() <= 101);
    }

    #[test]
    fn what_is_under_way_is_counted_until_it_ends() {
        let under_way = UnderWay::new(2);
        let first = under_way.begin(client(1)).unwrap();
        let _second = under_way.begin(client(1)).unwrap();
        assert!(under_way.begin(client(1)).is_none() && under_way.begin(client(2)).is_some());
        drop(first);
        assert!(under_way.begin(client(1)).is_some());
        assert_eq!(under_way.now().len(), 1);
    }
}
