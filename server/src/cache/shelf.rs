//! What is kept as far as there is room, least recently used first to go.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

struct Entry<T> {
    kept: T,
    weight: usize,
    /// When it was asked for last.
    used: u64,
}

struct Inner<T> {
    kept: HashMap<Arc<str>, Entry<T>>,
    /// The one asked for last is the last.
    order: BTreeMap<u64, Arc<str>>,
    clock: u64,
    weight: usize,
}

impl<T> Inner<T> {
    fn remove(&mut self, key: &str) -> Option<T> {
        let gone = self.kept.remove(key)?;
        self.weight -= gone.weight;
        self.order.remove(&gone.used);
        Some(gone.kept)
    }
}

/// Values that are cheap to clone, by name.
#[derive(Clone)]
pub(super) struct Shelf<T> {
    inner: Arc<Mutex<Inner<T>>>,
    room: usize,
}

impl<T: Clone> Shelf<T> {
    /// An empty one. All together may weigh `room` bytes, with their names.
    pub(super) fn new(room: usize) -> Self {
        let inner = Inner { kept: HashMap::new(), order: BTreeMap::new(), clock: 0, weight: 0 };
        Self { inner: Arc::new(Mutex::new(inner)), room }
    }

    fn inner(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is there of that name.
    pub(super) fn find(&self, key: &str) -> Option<T> {
        let mut inner = self.inner();
        let inner = &mut *inner;
        let entry = inner.kept.get_mut(key)?;
        inner.clock += 1;
        if let Some(name) = inner.order.remove(&entry.used) {
            inner.order.insert(inner.clock, name);
        }
        entry.used = inner.clock;
        Some(entry.kept.clone())
    }

    /// Keeps a value that weighs so many bytes. One that is heavier than a tenth of all room is not worth the others.
    pub(super) fn keep(&self, key: &str, weight: usize, kept: T) {
        let weight = weight + 2 * key.len();
        if weight > self.room / 10 {
            return;
        }
        // What goes with the old ones goes after the lock.
        let mut gone = Vec::new();
        let mut inner = self.inner();
        gone.extend(inner.remove(key));
        inner.clock += 1;
        let (key, used): (Arc<str>, u64) = (Arc::from(key), inner.clock);
        inner.kept.insert(key.clone(), Entry { kept, weight, used });
        inner.order.insert(used, key);
        inner.weight += weight;
        while inner.weight > self.room {
            let Some(oldest) = inner.order.values().next().cloned() else { break };
            gone.extend(inner.remove(&oldest));
        }
        drop(inner);
    }

    /// Bytes of all that are kept.
    pub(super) fn weight(&self) -> usize {
        self.inner().weight
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_much_is_kept_as_there_is_room() {
        let shelf = Shelf::new(1_000);
        for at in 0..10 {
            shelf.keep(&at.to_string(), 98, at);
        }
        assert_eq!((shelf.find("0"), shelf.weight()), (Some(0), 1_000));
        shelf.keep("10", 90, 10);
        assert_eq!(shelf.find("1"), None, "the one that nobody asked for longest");
        assert!(shelf.find("0").is_some() && shelf.find("10").is_some());
        shelf.keep("0", 80, 7);
        assert_eq!(shelf.find("0"), Some(7), "the last one holds");
        shelf.keep("large", 101, 1);
        assert_eq!(shelf.find("large"), None);
        let inner = shelf.inner();
        assert_eq!(inner.kept.len(), inner.order.len());
        assert_eq!(inner.weight, inner.kept.values().map(|entry| entry.weight).sum::<usize>());
        assert!(inner.weight <= 1_000);
    }
}
