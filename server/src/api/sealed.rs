//! Answers with an entity tag.

use axum::http::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
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

    /// The answer, or 304 to who has it (RFC 9110, 13.1.2).
    pub(super) fn answer(self, request: &HeaderMap, kind: &'static str) -> Response {
        let lines = request.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        let has =
            lines.flat_map(|line| line.split(',')).map(str::trim).any(|tag| tag == "*" || is_same(tag, &self.tag));
        match has {
            true => (StatusCode::NOT_MODIFIED, [(ETAG, self.tag)]).into_response(),
            false => ([(ETAG, self.tag.as_str()), (CONTENT_TYPE, kind)], self.text).into_response(),
        }
    }
}

/// Weak comparison (RFC 9110, 8.8.3.2).
fn is_same(one: &str, other: &str) -> bool {
    let bare = |tag| str::strip_prefix(tag, "W/").unwrap_or(tag).to_owned();
    bare(one) == bare(other)
}
