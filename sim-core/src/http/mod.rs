//! Requests and responses as processes read and write them: what a client asks, what a server answers, what stands on the wire (RFC 9110, RFC 9112).
//!
//! ```
//! use sim_core::http::{Request, Response};
//!
//! let request = Request::get("http", "web.shop", "/books?id=1");
//! assert!(request.bytes().starts_with(b"GET /books?id=1 HTTP/1.1\r\nHost: web.shop\r\n"));
//! assert_eq!((request.path(), request.query()), ("/books", Some("id=1")));
//! let response = Response::of(404).header("Server", "nginx");
//! assert!(response.bytes().starts_with(b"HTTP/1.1 404 Not Found\r\nServer: nginx\r\n"));
//! ```

mod announcement;
pub(crate) mod backend;
pub(crate) mod gateway;
mod headers;
mod message;
pub(crate) mod nginx;
mod pattern;
pub(crate) mod plain;
mod route;
mod tls;

pub use announcement::Announcement;
pub use headers::Headers;
pub use message::{Body, MAX_HEADERS, Message, Request, Response, reason};
pub use route::{Action, Backend, Because, Decision, Draw, Edit, Entry, Forward, Rule, Unread, Upstream, forwarded};
pub use tls::{alert, client_hello, record, server_hello};

/// Methods that a request may have (RFC 9110 section 9, RFC 5789).
pub const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"];
