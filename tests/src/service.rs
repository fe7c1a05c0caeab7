//! The application over HTTP, without a socket.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use server::app::app;
use server::config::{Bytes, Config};
use server::store::Store;
use tower::ServiceExt;
use web::url;

/// The application with an empty store.
///
/// # Panics
/// When the store does not open.
pub async fn service() -> Router {
    // Small enough that tests need no large input to cross it.
    let limits = Config { max_body: Bytes(8 << 20), max_objects: 20_000, ..Config::default() };
    let config = limits.for_one_client();
    app(Store::open("sqlite::memory:").await.expect("store"), &config)
}

/// An answer.
#[derive(Debug)]
pub struct Got {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body, as text.
    pub body: String,
    /// Body, as it is.
    pub bytes: Vec<u8>,
}

impl Got {
    /// A header, empty where there is none.
    ///
    /// # Panics
    /// When it is no text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().expect("text")).unwrap_or_default()
    }
}

/// Sends a request.
///
/// # Panics
/// When there is no answer.
pub async fn send(app: &Router, request: Request<Body>) -> Got {
    let response = app.clone().oneshot(request).await.expect("answer");
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, 64 << 20).await.expect("body");
    let text = String::from_utf8_lossy(&body).into_owned();
    Got { status: parts.status, headers: parts.headers, body: text, bytes: body.into() }
}

/// Gets an address.
pub async fn get(app: &Router, path: &str) -> Got {
    get_with(app, path, &[]).await
}

/// Gets an address with headers.
///
/// # Panics
/// When the request cannot be made.
pub async fn get_with(app: &Router, path: &str, headers: &[(&str, &str)]) -> Got {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(app, request.body(Body::empty()).expect("request")).await
}

/// Posts a form of fields.
///
/// # Panics
/// When the request cannot be made.
pub async fn post_form(app: &Router, path: &str, fields: &[(&str, &str)]) -> Got {
    let pairs: Vec<String> = fields.iter().map(|(name, text)| format!("{name}={}", url::encode(text))).collect();
    let request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    send(app, request.body(Body::from(pairs.join("&"))).expect("request")).await
}

/// Posts a form of files (name, content) and pasted text.
pub async fn post(app: &Router, files: &[(&str, &str)], pasted: &str) -> Got {
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    post_bytes(app, &files, pasted.as_bytes(), &[]).await
}

/// The same with bytes that may be no text, and with headers.
///
/// # Panics
/// When the request cannot be made.
pub async fn post_bytes(app: &Router, files: &[(&str, &[u8])], pasted: &[u8], headers: &[(&str, &str)]) -> Got {
    let boundary = "----kubehop-test";
    let mut body = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"manifest\"\r\n\r\n").into_bytes();
    body.extend_from_slice(pasted);
    for (name, bytes) in files {
        let head = format!(
            "\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\nContent-Type: application/yaml\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
    }
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    let mut request = Request::post("/s").header("content-type", format!("multipart/form-data; boundary={boundary}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(app, request.body(Body::from(body)).expect("request")).await
}
