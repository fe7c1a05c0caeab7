//! Answers with an entity tag.

use crate::tag;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_TYPE, ETAG};
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};

/// JSON with its tag. Made where it is computed: hashing takes its time.
pub(super) struct Sealed {
    text: String,
    tag: String,
}

impl Sealed {
    pub(super) fn of(text: String) -> Self {
        let digest = Sha256::digest(text.as_bytes());
        // Weak: an answer may be sent compressed.
        let tag = format!("W/\"{}\"", BASE64URL_NOPAD.encode(digest.get(..12).unwrap_or_default()));
        Self { text, tag }
    }

    /// The answer, or 304 to who has it.
    pub(super) fn answer(self, request: &HeaderMap, kind: &'static str) -> Response {
        let response = ([(ETAG, self.tag.as_str()), (CONTENT_TYPE, kind)], self.text).into_response();
        tag::unless_known(request, response)
    }
}
