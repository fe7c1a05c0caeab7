//! Answers that were made, kept as the bytes that are sent (compressed ones compressed). A scenario's id stands for its content and nothing on a
//! page depends on the time, so that the same address in the same language and colours is the same page for as long as the server runs.

use super::shelf::Shelf;
use axum::body::{Body, Bytes};
use axum::http::HeaderMap;
use axum::response::Response;

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

/// The answers.
#[derive(Clone)]
pub struct PageCache(Shelf<Kept>);

impl PageCache {
    /// Without an answer yet. All together may have `room` bytes, with their addresses.
    pub fn new(room: usize) -> Self {
        Self(Shelf::new(room))
    }

    /// An answer that is there.
    pub fn find(&self, key: &str) -> Option<Kept> {
        self.0.find(key)
    }

    /// Keeps an answer, as far as there is room.
    pub fn keep(&self, key: &str, kept: Kept) {
        let headers: usize = kept.headers.values().map(|value| value.len() + HEADER).sum();
        self.0.keep(key, headers + kept.body.len(), kept);
    }

    /// Bytes of all that are kept.
    pub fn weight(&self) -> usize {
        self.0.weight()
    }
}
