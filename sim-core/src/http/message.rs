//! A request, a response, and what they are on the wire.

use super::{Announcement, Headers};
use std::fmt::Write;
use std::sync::Arc;

/// Header fields that a probe gives at most.
pub const MAX_HEADERS: usize = 32;

/// A request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Request {
    /// Method, in capitals.
    pub method: Arc<str>,
    /// It comes over TLS: the scheme is `https`.
    pub tls: bool,
    /// The host with the port, as the field `Host` has it; empty where there is none.
    pub authority: Arc<str>,
    /// Path with query, beginning with `/`.
    pub target: Arc<str>,
    /// All fields but `Host`.
    pub headers: Headers,
    /// What it carries.
    pub body: Body,
}

/// Bytes that a message carries; only their number is known, or they are text.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Body {
    /// Nothing.
    #[default]
    None,
    /// So many bytes.
    Size(u32),
    /// Text.
    Text(Arc<str>),
}

impl Body {
    /// Length in bytes.
    pub fn len(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Size(size) => *size as usize,
            Self::Text(text) => text.len(),
        }
    }

    /// Whether it has no byte.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::None => {}
            Self::Size(size) => out.resize(out.len() + *size as usize, b'k'),
            Self::Text(text) => out.extend_from_slice(text.as_bytes()),
        }
    }
}

impl Request {
    /// A plain one, with nothing but a host.
    pub fn get(scheme: &str, authority: &str, target: &str) -> Self {
        Self {
            method: Arc::from("GET"),
            tls: scheme == "https",
            authority: Arc::from(authority),
            target: Arc::from(target),
            headers: Headers::default(),
            body: Body::None,
        }
    }

    /// The same with another field.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.add(name, value);
        self
    }

    /// The host without the port, in small letters (RFC 3986 section 3.2.2).
    pub fn host(&self) -> String {
        host_of(&self.authority).to_ascii_lowercase()
    }

    /// The port that the field `Host` names.
    pub fn port(&self) -> Option<u16> {
        self.authority.strip_prefix(host_of(&self.authority))?.strip_prefix(':')?.parse().ok()
    }

    /// `http` or `https`.
    pub fn scheme(&self) -> &'static str {
        if self.tls { "https" } else { "http" }
    }

    /// The path without the query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// What stands behind `?`.
    pub fn query(&self) -> Option<&str> {
        self.target.split_once('?').map(|(_, query)| query)
    }

    /// The value of a parameter of the query, decoded; the first one.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let decode = |text: &str| {
            let spaced = text.replace('+', " ");
            percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
        };
        let mut pairs = self.query()?.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        pairs.find(|(have, _)| decode(have) == name).map(|(_, value)| decode(value))
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let all = self.headers.all("Cookie").flat_map(|value| value.split(';'));
        let mut pairs = all.filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(have, _)| *have == name).map(|(_, value)| value)
    }

    /// The address that it asks for.
    pub fn url(&self) -> String {
        format!("{}://{}{}", self.scheme(), self.authority, self.target)
    }

    /// As it stands on the wire (RFC 9112 section 3).
    pub fn bytes(&self) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        if !self.authority.is_empty() {
            let _ = write!(head, "Host: {}\r\n", self.authority);
        }
        finish(head, &self.headers, &self.body)
    }
}

/// The host of an authority: what stands before the port.
fn host_of(authority: &str) -> &str {
    match authority.rfind(']') {
        Some(end) => authority.get(..=end).unwrap_or(authority),
        None => authority.split(':').next().unwrap_or_default(),
    }
}

/// A response.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Response {
    /// Status code, 100 to 599.
    pub status: u16,
    /// Fields.
    pub headers: Headers,
    /// What it carries.
    pub body: Body,
}

impl Response {
    /// One that says no more than its status.
    pub fn of(status: u16) -> Self {
        Self { status, headers: Headers::default(), body: Body::None }
    }

    /// The same with another field.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.add(name, value);
        self
    }

    /// As it stands on the wire (RFC 9112 section 4).
    pub fn bytes(&self) -> Vec<u8> {
        let head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        finish(head, &self.headers, &self.body)
    }
}

fn finish(mut head: String, headers: &Headers, body: &Body) -> Vec<u8> {
    for (name, value) in headers.iter() {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    if !body.is_empty() && headers.get("Content-Length").is_none() {
        let _ = write!(head, "Content-Length: {}\r\n", body.len());
    }
    head.push_str("\r\n");
    let mut out = head.into_bytes();
    body.write(&mut out);
    out
}

/// The usual words for a status (RFC 9110 section 15); empty for one without.
pub fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        413 => "Content Too Large",
        421 => "Misdirected Request",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        508 => "Loop Detected",
        _ => "",
    }
}

/// What one write into a connection carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// A proxy says whose connection this is.
    Announcement(Announcement),
    /// The client's first words of TLS, with the name it wants (SNI, RFC 6066 section 3); an address is none.
    Hello {
        /// The name.
        name: Option<Arc<str>>,
    },
    /// The server's: its certificate among them.
    Certificate,
    /// The server cannot make anything of what it read: it closes.
    Alert,
    /// A request.
    Request(Arc<Request>),
    /// A response.
    Response(Arc<Response>),
}

kernel::codes!(Message {
    Self::Announcement(_) => "proxy-header",
    Self::Hello { .. } => "tls-hello",
    Self::Certificate => "tls-certificate",
    Self::Alert => "tls-alert",
    Self::Request(_) => "request",
    Self::Response(_) => "response",
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_as_it_is_written() {
        let request = Request::get("https", "Web.Shop:8443", "/a/b?x=1%202&y&x=3").header("Cookie", "a=1; b=2");
        assert_eq!((request.host().as_str(), request.port()), ("web.shop", Some(8443)));
        assert_eq!((request.path(), request.query()), ("/a/b", Some("x=1%202&y&x=3")));
        assert_eq!(request.parameter("x").as_deref(), Some("1 2"));
        assert_eq!((request.parameter("y").as_deref(), request.parameter("z")), (Some(""), None));
        assert_eq!((request.cookie("b"), request.cookie("c")), (Some("2"), None));
        assert_eq!(request.url(), "https://Web.Shop:8443/a/b?x=1%202&y&x=3");
        assert_eq!(Request::get("http", "[fd00::1]:80", "/").host(), "[fd00::1]");
    }

    #[test]
    fn a_body_has_its_length_before_it() {
        let response = Response { body: Body::Text("hi".into()), ..Response::of(200).header("Server", "s") };
        let text = String::from_utf8(response.bytes()).unwrap();
        assert_eq!(text, "HTTP/1.1 200 OK\r\nServer: s\r\nContent-Length: 2\r\n\r\nhi");
        assert_eq!(Response { body: Body::Size(3), ..Response::of(200) }.bytes().len(), 17 + 19 + 2 + 3);
    }
}
