//! Pages that were rendered, kept as bytes: least recently used first to go. A scenario's id stands for its content and nothing on a page
//! depends on the time, so that the same address in the same language and colours is the same page for as long as the server runs.

use axum::body::Bytes;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use web::page::Chrome;

/// The pages.
#[derive(Clone)]
pub struct PageCache {
    /// The one asked for last is the last.
    kept: Arc<Mutex<VecDeque<(String, Bytes)>>>,
    room: usize,
}

/// What a page depends on: its address, and who looks at it.
pub fn page_key(chrome: &Chrome) -> String {
    format!("{} {} {}", chrome.lang.code(), chrome.theme.code(), chrome.path_and_query)
}

impl PageCache {
    /// Without a page yet. All together may have `room` bytes, with their addresses.
    pub fn new(room: usize) -> Self {
        Self { kept: Arc::default(), room }
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<(String, Bytes)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A page that is there.
    pub fn find(&self, key: &str) -> Option<Bytes> {
        let mut kept = self.kept();
        let at = kept.iter().position(|(other, _)| other == key)?;
        let found = kept.remove(at)?;
        let page = found.1.clone();
        kept.push_back(found);
        Some(page)
    }

    /// Keeps a page. One that is larger than a tenth of all room is not worth the others.
    pub fn keep(&self, key: String, page: &Bytes) {
        let weight = |(key, page): &(String, Bytes)| key.len() + page.len();
        if page.len() > self.room / 10 {
            return;
        }
        let mut kept = self.kept();
        kept.retain(|(other, _)| *other != key);
        kept.push_back((key, page.clone()));
        let mut all: usize = kept.iter().map(weight).sum();
        while all > self.room {
            all -= kept.pop_front().as_ref().map_or(all, weight);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_kept_as_far_as_there_is_room() {
        let pages = PageCache::new(1_000);
        let page = Bytes::from(vec![b'x'; 90]);
        for at in 0..10 {
            pages.keep(at.to_string(), &page);
        }
        assert_eq!(pages.find("0"), Some(page.clone()));
        pages.keep("10".to_owned(), &page);
        assert_eq!(pages.find("1"), None, "the one that nobody asked for longest");
        assert!(pages.find("0").is_some() && pages.find("10").is_some());
        pages.keep("0".to_owned(), &page);
        assert_eq!(pages.kept().iter().filter(|(key, _)| key == "0").count(), 1);
        pages.keep("large".to_owned(), &Bytes::from(vec![b'x'; 101]));
        assert_eq!(pages.find("large"), None);
        assert!(pages.kept().iter().map(|(key, page)| key.len() + page.len()).sum::<usize>() <= 1_000);
    }
}
