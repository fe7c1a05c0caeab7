//! Answers that were made, kept as the bytes that are sent (compressed ones compressed). A scenario's id stands for its content and nothing on a
//! page depends on the time, so that the same address in the same language and colours is the same page for as long as the server runs.

use super::shelf::Shelf;
use crate::client::Client;
use axum::body::{Body, Bytes};
use axum::http::HeaderMap;
use axum::response::Response;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

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
}

/// The answers, and those that are being made.
#[derive(Clone)]
pub struct PageCache {
    kept: Shelf<Kept>,
    making: Making,
}

/// What those wait for who ask for an answer that is being made; true once it was.
type Making = Arc<Mutex<BTreeMap<String, watch::Receiver<bool>>>>;

fn locked(making: &Making) -> MutexGuard<'_, BTreeMap<String, watch::Receiver<bool>>> {
    making.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whose turn it is to make an answer.
pub enum Turn {
    /// Whoever asked now.
    Mine(Maker),
    /// Somebody else's, who has begun.
    Others(watch::Receiver<bool>),
}

/// Makes an answer; the next one has a turn when this goes.
pub struct Maker {
    key: String,
    making: Making,
    done: watch::Sender<bool>,
}

impl Maker {
    /// The answer was made, and kept where it can be.
    pub fn made(self) {
        self.done.send_replace(true);
    }
}

impl Drop for Maker {
    fn drop(&mut self) {
        locked(&self.making).remove(&self.key);
    }
}

impl PageCache {
    /// Without an answer yet. All together may have `room` bytes, with their addresses.
    pub fn new(room: usize) -> Self {
        Self { kept: Shelf::new(room), making: Making::default() }
    }

    /// An answer is made once, however many ask for it meanwhile.
    pub fn turn(&self, key: &str) -> Turn {
        let mut making = locked(&self.making);
        if let Some(others) = making.get(key) {
            return Turn::Others(others.clone());
        }
        let (done, others) = watch::channel(false);
        making.insert(key.to_owned(), others);
        Turn::Mine(Maker { key: key.to_owned(), making: Arc::clone(&self.making), done })
    }

    /// An answer that is there.
    pub fn find(&self, key: &str) -> Option<Kept> {
        self.kept.find(key)
    }

    /// Keeps an answer to a client, as far as there is room.
    pub fn keep(&self, client: Client, key: &str, kept: Kept) {
        let headers: usize = kept.headers.values().map(|value| value.len() + HEADER).sum();
        self.kept.keep(client, key, headers + kept.body.len(), kept);
    }

    /// Bytes of all that are kept.
    pub fn weight(&self) -> usize {
        self.kept.weight()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_makes_an_answer_and_the_others_hear_how_it_ended() {
        let pages = PageCache::new(1 << 20);
        let Turn::Mine(first) = pages.turn("a") else { panic!("nobody makes it") };
        let Turn::Others(mut waits) = pages.turn("a") else { panic!("it is being made") };
        assert!(matches!(pages.turn("b"), Turn::Mine(_)), "another one is another's");
        first.made();
        assert!(waits.wait_for(|made| *made).await.is_ok());
        let Turn::Mine(gone) = pages.turn("a") else { panic!("the first has ended") };
        let Turn::Others(mut waits) = pages.turn("a") else { panic!("it is being made") };
        drop(gone);
        assert!(waits.wait_for(|made| *made).await.is_err(), "who made it has gone: somebody else has to");
        assert!(matches!(pages.turn("a"), Turn::Mine(_)));
        assert!(locked(&pages.making).is_empty());
    }
}
