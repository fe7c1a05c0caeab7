//! Answers that were made, kept as the bytes that are sent (compressed ones compressed): least recently used first to go. A scenario's id
//! stands for its content and nothing on a page depends on the time, so that the same address in the same language and colours is the same page
//! for as long as the server runs.

use axum::body::{Body, Bytes};
use axum::http::HeaderMap;
use axum::response::Response;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a header weighs beside its value.
const HEADER: usize = 100;

/// An answer of status 200.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl Kept {
    /// The same again.
    pub fn response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.headers_mut() = self.headers;
        response
    }

    fn weight(&self, key: &str) -> usize {
        let headers: usize = self.headers.values().map(|value| value.len() + HEADER).sum();
        2 * key.len() + headers + self.body.len()
    }
}

struct Entry {
    kept: Kept,
    weight: usize,
    /// When it was asked for last.
    used: u64,
}

#[derive(Default)]
struct Shelf {
    kept: HashMap<Arc<str>, Entry>,
    /// The one asked for last is the last.
    order: BTreeMap<u64, Arc<str>>,
    clock: u64,
    weight: usize,
}

impl Shelf {
    fn remove(&mut self, key: &str) {
        if let Some(gone) = self.kept.remove(key) {
            self.weight -= gone.weight;
            self.order.remove(&gone.used);
        }
    }
}

/// The answers.
#[derive(Clone)]
pub struct PageCache {
    shelf: Arc<Mutex<Shelf>>,
    room: usize,
}

impl PageCache {
    /// Without an answer yet. All together may have `room` bytes, with their addresses.
    pub fn new(room: usize) -> Self {
        Self { shelf: Arc::default(), room }
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An answer that is there.
    pub fn find(&self, key: &str) -> Option<Kept> {
        let mut shelf = self.shelf();
        let shelf = &mut *shelf;
        let entry = shelf.kept.get_mut(key)?;
        shelf.clock += 1;
        if let Some(name) = shelf.order.remove(&entry.used) {
            shelf.order.insert(shelf.clock, name);
        }
        entry.used = shelf.clock;
        Some(entry.kept.clone())
    }

    /// Keeps an answer. One that is larger than a tenth of all room is not worth the others.
    pub fn keep(&self, key: &str, kept: Kept) {
        let weight = kept.weight(key);
        if weight > self.room / 10 {
            return;
        }
        let mut shelf = self.shelf();
        shelf.remove(key);
        shelf.clock += 1;
        let (key, used): (Arc<str>, u64) = (Arc::from(key), shelf.clock);
        shelf.kept.insert(key.clone(), Entry { kept, weight, used });
        shelf.order.insert(used, key);
        shelf.weight += weight;
        while shelf.weight > self.room {
            let Some(oldest) = shelf.order.values().next().cloned() else { break };
            shelf.remove(&oldest);
        }
    }

    /// Bytes of all that are kept.
    pub fn weight(&self) -> usize {
        self.shelf().weight
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(bytes: usize) -> Kept {
        Kept { headers: HeaderMap::new(), body: Bytes::from(vec![b'x'; bytes]) }
    }

    #[test]
    fn pages_are_kept_as_far_as_there_is_room() {
        let pages = PageCache::new(1_000);
        for at in 0..10 {
            pages.keep(&at.to_string(), page(90));
        }
        assert_eq!(pages.find("0"), Some(page(90)));
        pages.keep("10", page(90));
        assert_eq!(pages.find("1"), None, "the one that nobody asked for longest");
        assert!(pages.find("0").is_some() && pages.find("10").is_some());
        pages.keep("0", page(80));
        assert_eq!(pages.find("0"), Some(page(80)), "the last one holds");
        pages.keep("large", page(101));
        assert_eq!(pages.find("large"), None);
        let shelf = pages.shelf();
        assert_eq!(shelf.kept.len(), shelf.order.len());
        assert_eq!(shelf.weight, shelf.kept.iter().map(|(key, entry)| entry.kept.weight(key)).sum::<usize>());
        assert!(shelf.weight <= 1_000);
    }
}
