//! What is kept as far as there is room. What was asked for again stays before what was asked for once (S3-FIFO of `quick_cache`), so that
//! a client that walks through a thousand addresses does not drive out what others come back to.

use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, Options, OptionsBuilder, Weighter};
use std::sync::Arc;

/// What an entry weighs beside its value and its name, on average: the places of both in the table.
const ENTRY: usize = 64;

/// Values of about this weight are expected: so many names are remembered of what went.
const USUAL: usize = 16 << 10;

#[derive(Clone)]
struct Entry<T> {
    kept: T,
    weight: usize,
}

#[derive(Clone)]
struct Weighs;

impl<T> Weighter<Arc<str>, Entry<T>> for Weighs {
    fn weight(&self, _: &Arc<str>, entry: &Entry<T>) -> u64 {
        entry.weight as u64
    }
}

/// Values that are cheap to clone, by name.
#[derive(Clone)]
pub(super) struct Shelf<T> {
    entries: Arc<Cache<Arc<str>, Entry<T>, Weighs>>,
    room: usize,
}

impl<T: Clone> Shelf<T> {
    /// An empty one. All together may weigh `room` bytes, with their names.
    pub(super) fn new(room: usize) -> Self {
        let lifecycle = DefaultLifecycle::default();
        let cache = match options(room) {
            Some(options) => Cache::with_options(options, Weighs, DefaultHashBuilder::default(), lifecycle),
            None => Cache::with(room / USUAL, room as u64, Weighs, DefaultHashBuilder::default(), lifecycle),
        };
        Self { entries: Arc::new(cache), room }
    }

    /// What is there of that name.
    pub(super) fn find(&self, key: &str) -> Option<T> {
        self.entries.get(key).map(|entry| entry.kept)
    }

    /// Keeps a value that weighs so many bytes. One that is heavier than a tenth of all room is not worth the others.
    pub(super) fn keep(&self, key: &str, weight: usize, kept: T) {
        let weight = weight + key.len() + ENTRY;
        if weight <= self.room / 10 {
            self.entries.insert(Arc::from(key), Entry { kept, weight });
        }
    }

    /// Bytes of all that are kept.
    pub(super) fn weight(&self) -> usize {
        usize::try_from(self.entries.weight()).unwrap_or(usize::MAX)
    }
}

/// One part only: values may be as heavy as a tenth of all room, which is more than a part of many would have.
fn options(room: usize) -> Option<Options> {
    let mut options = OptionsBuilder::new();
    options.shards(1).estimated_items_capacity((room / USUAL).max(16)).weight_capacity(room as u64);
    options.build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_much_is_kept_as_there_is_room() {
        let shelf = Shelf::new(10_000);
        for at in 0..100 {
            shelf.keep(&at.to_string(), 900 - at.to_string().len() - ENTRY, at);
            assert!(shelf.weight() <= 10_000);
            assert_eq!(shelf.find(&at.to_string()), Some(at), "the last one is there");
        }
        assert_eq!(shelf.weight(), 9_900, "as many as there is room for");
        shelf.keep("99", 80, 7);
        assert_eq!(shelf.find("99"), Some(7), "the last one holds");
        shelf.keep("large", 1_001, 1);
        assert_eq!(shelf.find("large"), None);
        let none = Shelf::new(0);
        none.keep("a", 0, 1);
        assert_eq!((none.find("a"), none.weight()), (None, 0));
    }

    #[test]
    fn what_is_asked_for_again_stays_whatever_is_asked_for_once() {
        let shelf = Shelf::new(100_000);
        let asked = |name: String| {
            let found = shelf.find(&name).is_some();
            if !found {
                shelf.keep(&name, 900, ());
            }
            found
        };
        for at in 0..300 {
            asked(format!("liked {}", at % 30));
        }
        for at in 0..3_000 {
            asked(format!("other {at}"));
            if at % 10 == 0 {
                assert!(asked(format!("liked {}", at / 10 % 30)), "{at}");
            }
        }
    }
}
