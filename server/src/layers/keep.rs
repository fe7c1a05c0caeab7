//! Answers that are kept, and compressed as the client takes them: what is kept is what is sent. Large answers are compressed where everything
//! else is computed, never on a thread that answers requests.

use crate::cache::{Kept, Turn};
use crate::client::Client;
use crate::scenario;
use crate::state::AppState;
use crate::tag;
use crate::visitor::Visitor;
use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::{RawPathParams, Request, State};
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{self, Write};
use std::sync::Arc;
use web::gallery;

/// Bytes that are worth compressing.
const WORTH: usize = 1_024;
/// Bytes that are compressed at once, without a worker.
const SMALL: usize = 16 << 10;
/// Bytes of one answer at most.
const LARGEST: usize = 256 << 20;

/// How a body is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Plain,
    Gzip,
    Brotli,
}

impl Encoding {
    /// The best that a client takes.
    fn taken(headers: &HeaderMap) -> Self {
        let (mut gzip, mut brotli) = (false, false);
        let lines = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        for element in lines.flat_map(|line| line.split(',')) {
            let (name, weight) = element.split_once(';').unwrap_or((element, ""));
            let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.trim().parse().ok());
            let takes = weight.unwrap_or(1.0_f32) > 0.0;
            match name.trim() {
                name if name.eq_ignore_ascii_case("br") => brotli = takes,
                name if name.eq_ignore_ascii_case("gzip") => gzip = takes,
                _ => {}
            }
        }
        match (brotli, gzip) {
            (true, _) => Self::Brotli,
            (_, true) => Self::Gzip,
            _ => Self::Plain,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Plain => "identity",
            Self::Gzip => "gzip",
            Self::Brotli => "br",
        }
    }

    /// Takes its time.
    fn compress(self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        match self {
            Self::Plain => Ok(bytes.to_vec()),
            Self::Gzip => {
                let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), Compression::new(5));
                encoder.write_all(bytes)?;
                encoder.finish()
            }
            Self::Brotli => {
                let mut packed = Vec::with_capacity(bytes.len() / 4);
                let parameters = BrotliEncoderParams { quality: 4, lgwin: 20, ..BrotliEncoderParams::default() };
                brotli::BrotliCompress(&mut &*bytes, &mut packed, &parameters)?;
                Ok(packed)
            }
        }
    }
}

/// Whether a kind of content becomes smaller.
fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.starts_with("text/") || kind.ends_with("json") || kind.ends_with("xml") || kind.ends_with("javascript")
}

/// The layer of routes whose answers are the same whenever they are asked for, as long as the scenario of their `{id}` is there.
pub async fn keep(
    State(state): State<Arc<AppState>>,
    visitor: Visitor,
    parameters: RawPathParams,
    request: Request,
    next: Next,
) -> Response {
    if *request.method() != Method::GET {
        return next.run(request).await;
    }
    let id = parameters.iter().find(|(name, _)| *name == "id").map(|(_, id)| id);
    // A share's card is called as its page is.
    let id = id.map(|id| id.strip_suffix(".png").unwrap_or(id));
    // Asked for each time: what was deleted is not shown from what is kept, nor an end that was changed.
    let expires = match id.filter(|id| !gallery::comes_with(id)) {
        None => None,
        Some(id) => match scenario::entry(&state, id).await {
            Ok(entry) => entry.expires.filter(|_| entry.shared),
            Err(_) => return next.run(request).await,
        },
    };
    let encoding = Encoding::taken(request.headers());
    let chrome = &visitor.chrome;
    let fragment = if visitor.fragment { "part" } else { "page" };
    let (lang, theme) = (chrome.code(), chrome.theme_code());
    // Who came from a step is led back to it, and nobody else.
    let back = chrome.back.as_deref().unwrap_or_default();
    let key = format!("{lang} {theme} {fragment} {} {expires:?} {} {back}", encoding.name(), chrome.path_and_query);
    let maker = loop {
        if let Some(kept) = state.pages.find(&key) {
            return tag::unless_known(request.headers(), kept.response());
        }
        match state.pages.turn(&key) {
            Turn::Mine(maker) => break maker,
            Turn::Others(mut made) => {
                if made.wait_for(|made| *made).await.is_ok() {
                    // What could not be kept is made for each.
                    let Some(kept) = state.pages.find(&key) else { return next.run(request).await };
                    return tag::unless_known(request.headers(), kept.response());
                }
            }
        }
    };
    let response = finish(&state, next.run(request).await, encoding, Some(key)).await;
    maker.made();
    response
}

/// The layer of all routes: compresses what is not yet.
pub async fn pack(State(state): State<Arc<AppState>>, request: Request, next: Next) -> Response {
    let encoding = Encoding::taken(request.headers());
    let head = *request.method() == Method::HEAD;
    let response = next.run(request).await;
    if head {
        return response;
    }
    finish(&state, response, encoding, None).await
}

/// Compresses an answer, and keeps it under its key.
async fn finish(state: &AppState, response: Response, encoding: Encoding, key: Option<String>) -> Response {
    if response.headers().contains_key(CONTENT_ENCODING) {
        return response;
    }
    let text = is_text(response.headers());
    let keeps = key.filter(|_| response.status() == StatusCode::OK && !response.headers().contains_key(SET_COOKIE));
    let known = response.body().size_hint().exact();
    let packs = text && encoding != Encoding::Plain && known.is_some_and(|size| size >= WORTH as u64);
    if known.is_none() || (keeps.is_none() && !packs) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(mut bytes) = to_bytes(body, LARGEST).await else {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        return response;
    };
    let mut complete = true;
    if packs {
        match packed(state, &bytes, encoding).await {
            Some(smaller) => {
                bytes = smaller;
                parts.headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding.name()));
                parts.headers.remove(CONTENT_LENGTH);
            }
            // No worker was free for it: it goes as it is, and the next one may be smaller.
            None => complete = false,
        }
    }
    if let Some(key) = keeps.filter(|_| complete) {
        state.pages.keep(Client::of_task(), &key, Kept { headers: parts.headers.clone(), body: bytes.clone() });
    }
    Response::from_parts(parts, Body::from(bytes))
}

async fn packed(state: &AppState, bytes: &Bytes, encoding: Encoding) -> Option<Bytes> {
    let packed = if bytes.len() <= SMALL {
        encoding.compress(bytes)
    } else {
        let bytes = bytes.clone();
        state.pool.run(move || encoding.compress(&bytes)).await.ok()?
    };
    packed.ok().map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn the_best_encoding_that_is_taken() {
        for (taken, encoding) in [
            ("", Encoding::Plain),
            ("gzip, deflate, br", Encoding::Brotli),
            ("gzip", Encoding::Gzip),
            ("GZIP;q=0.5", Encoding::Gzip),
            ("br;q=0, gzip;q=1.0", Encoding::Gzip),
            ("gzip;q=0", Encoding::Plain),
            ("identity, zstd", Encoding::Plain),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(taken))]);
            assert_eq!(Encoding::taken(&headers), encoding, "{taken}");
        }
    }

    #[test]
    fn what_is_compressed_is_what_it_was() {
        let text = "a journey of a packet ".repeat(1_000);
        let (gzip, brotli) = (Encoding::Gzip.compress(text.as_bytes()), Encoding::Brotli.compress(text.as_bytes()));
        let (gzip, brotli) = (gzip.unwrap(), brotli.unwrap());
        assert!(gzip.len() < 1_000 && brotli.len() < 1_000);
        let (mut first, mut second) = (String::new(), Vec::new());
        flate2::read::GzDecoder::new(&*gzip).read_to_string(&mut first).unwrap();
        brotli::BrotliDecompress(&mut &*brotli, &mut second).unwrap();
        assert!(first == text && second == text.as_bytes());
    }
}
