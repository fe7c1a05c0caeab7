//! What is kept as far as there is room. What was asked for again stays before what was asked for once (S3-FIFO of `quick_cache`), so that
//! a client that walks through a thousand addresses does not drive out what others come back to. Who walks through them twice would: once there is
//! no room left, little of one client's is kept at a time.

use crate::client::Client;
use crate::rate::Rate;
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, Options, OptionsBuilder, Weighter};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What an entry weighs beside its value and its name, on average: the places of both in the table.
const ENTRY: usize = 64;

/// Values of about this weight are expected: so many names are remembered of what went.
const USUAL: usize = 16 << 10;

/// Of a full shelf one client has this part renewed at once,
const AT_ONCE: usize = 8;
/// and all of it within this time.
const RENEWED: Duration = Duration::from_secs(64);
/// In units of so many bytes.
const UNIT: usize = 1 << 10;

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
    /// What each client may renew.
    renews: Arc<Rate>,
}

/// `bytes` in units, up to the next one.
fn units(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX)
}

impl<T: Clone> Shelf<T> {
    /// An empty one. All together may weigh `room` bytes, with their names.
    pub(super) fn new(room: usize) -> Self {
        let lifecycle = DefaultLifecycle::default();
        let cache = match options(room) {
            Some(options) => Cache::with_options(options, Weighs, DefaultHashBuilder::default(), lifecycle),
            None => Cache::with(room / USUAL, room as u64, Weighs, DefaultHashBuilder::default(), lifecycle),
        };
        let renews = Rate::new(units(room), RENEWED, units(room / AT_ONCE));
        Self { entries: Arc::new(cache), room, renews: Arc::new(renews) }
    }

    /// What is there of that name.
    pub(super) fn find(&self, key: &str) -> Option<T> {
        self.entries.get(key).map(|entry| entry.kept)
    }

    /// Keeps a value that weighs so many bytes and was made for a client. One that is heavier than a tenth of all room is not worth the others.
    pub(super) fn keep(&self, client: Client, key: &str, weight: usize, kept: T) {
        let weight = weight + key.len() + ENTRY;
        if weight > self.room / 10 {
            return;
        }
        let full = self.weight() + weight > self.room;
        if full && self.renews.take_many(client, Instant::now(), units(weight)).is_err() {
            return;
        }
        self.entries.insert(Arc::from(key), Entry { kept, weight });
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
    use std::net::Ipv4Addr;

    /// A client of its own for each number.
    fn each(number: u32) -> Client {
        Client::at(Ipv4Addr::from(number).into())
    }

    #[test]
    fn as_much_is_kept_as_there_is_room() {
        let shelf = Shelf::new(10_000);
        for at in 0..100 {
            shelf.keep(each(at), &at.to_string(), 900 - at.to_string().len() - ENTRY, at);
            assert!(shelf.weight() <= 10_000);
            assert_eq!(shelf.find(&at.to_string()), Some(at), "the last one is there");
        }
        assert_eq!(shelf.weight(), 9_900, "as many as there is room for");
        shelf.keep(each(0), "99", 80, 7);
        assert_eq!(shelf.find("99"), Some(7), "the last one holds");
        shelf.keep(each(0), "large", 1_001, 1);
        assert_eq!(shelf.find("large"), None);
        let none = Shelf::new(0);
        none.keep(each(0), "a", 0, 1);
        assert_eq!((none.find("a"), none.weight()), (None, 0));
    }

    #[test]
    fn what_is_asked_for_again_stays_whatever_is_asked_for_once() {
        let shelf = Shelf::new(100_000);
        let asked = |number: u32, name: String| {
            let found = shelf.find(&name).is_some();
            if !found {
                shelf.keep(each(number), &name, 900, ());
            }
            found
        };
        for at in 0..300 {
            asked(at, format!("liked {}", at % 30));
        }
        for at in 0..3_000 {
            asked(at, format!("other {at}"));
            if at % 10 == 0 {
                assert!(asked(at, format!("liked {}", at / 10 % 30)), "{at}");
            }
        }
    }

    #[test]
    fn who_walks_the_same_way_again_drives_out_little() {
        let shelf = Shelf::new(10_000_000);
        let (visitor, walker) = (each(1), each(2));
        let liked = |at: u32| format!("liked {at}");
        for at in 0..500 {
            shelf.keep(visitor, &liked(at), 10_000, ());
            assert!(shelf.find(&liked(at)).is_some());
        }
        for at in (0..4).flat_map(|_| 0..2_000) {
            let name = format!("other {at}");
            if shelf.find(&name).is_none() {
                shelf.keep(walker, &name, 10_000, ());
            }
        }
        let left = (0..500).filter(|at| shelf.find(&liked(*at)).is_some()).count();
        assert!(left > 350, "an eighth of the room, and what the test's time renews: {left}");
        let first = |client| {
            shelf.keep(client, "new", 10_000, ());
            shelf.find("new").is_some()
        };
        assert!(!first(walker) && first(each(3)), "others are not concerned");
    }
}
