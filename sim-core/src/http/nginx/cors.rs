//! Cross-origin requests (`enable-cors`).

use super::annotations::Said;
use crate::http::pattern::Patterns;
use crate::http::{Edit, Request, Response};
use std::sync::Arc;

/// What annotations say of it; defaults are the controller's.
#[derive(Clone)]
pub(super) struct Cors {
    /// `None` for every origin.
    origins: Option<Arc<str>>,
    methods: Arc<str>,
    headers: Arc<str>,
    expose: Option<Arc<str>>,
    credentials: bool,
    age: u32,
}

impl Cors {
    pub(super) fn of(said: &Said<'_>) -> Option<Self> {
        if !said.is_on("enable-cors", false) {
            return None;
        }
        let text = |name: &str, default: &str| said.text(name).cloned().unwrap_or_else(|| Arc::from(default));
        let origins: Vec<Arc<str>> = said.list("cors-allow-origin").into_iter().filter(|one| is_origin(one)).collect();
        let every = origins.is_empty() || matches!(origins.as_slice(), [one] if &**one == "*");
        let quoted = |one: &Arc<str>| format!("({})", escape(one).replacen("\\*", "[A-Za-z0-9\\-]+", 1));
        let all = || origins.iter().map(quoted).collect::<Vec<_>>().join("|");
        Some(Self {
            // Only its end is bound.
            origins: (!every).then(|| Arc::from(format!("({})$", all()))),
            methods: text("cors-allow-methods", "GET, PUT, POST, DELETE, PATCH, OPTIONS"),
            headers: text(
                "cors-allow-headers",
                "DNT,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,Range,Authorization",
            ),
            expose: said.text("cors-expose-headers").cloned(),
            credentials: said.is_on("cors-allow-credentials", true),
            age: said.number("cors-max-age").unwrap_or(1_728_000),
        })
    }

    /// What is put on the response; nothing for an origin that may not.
    pub(super) fn edits(&self, request: &Request, patterns: &Patterns) -> Vec<Edit> {
        let origin = match &self.origins {
            None => Arc::from("*"),
            Some(origins) => match request.headers.get("Origin") {
                Some(origin) if patterns.finds(origins, true, origin) => origin.clone(),
                _ => return Vec::new(),
            },
        };
        let set = |name: &str, value: Arc<str>| Edit::Set(Arc::from(name), value);
        let mut all = vec![
            set("Access-Control-Allow-Origin", origin),
            set("Access-Control-Allow-Methods", self.methods.clone()),
            set("Access-Control-Allow-Headers", self.headers.clone()),
            set("Access-Control-Max-Age", Arc::from(self.age.to_string())),
        ];
        if self.credentials {
            all.insert(1, set("Access-Control-Allow-Credentials", Arc::from("true")));
        }
        all.extend(self.expose.clone().map(|headers| set("Access-Control-Expose-Headers", headers)));
        all
    }

    /// What a browser gets that asks first.
    pub(super) fn preflight(&self, request: &Request, patterns: &Patterns) -> Option<Response> {
        let edits = self.edits(request, patterns);
        if &*request.method != "OPTIONS" || edits.is_empty() {
            return None;
        }
        let mut response = Response::of(204);
        edits.iter().for_each(|edit| edit.apply(&mut response.headers));
        response.headers.set("Content-Type", "text/plain charset=UTF-8");
        response.headers.set("Content-Length", "0");
        Some(response)
    }
}

/// What the controller takes for an origin: `*`, or a scheme with a host, of which one label may be `*`, and a port.
fn is_origin(text: &str) -> bool {
    if text == "*" {
        return true;
    }
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let (host, port) = rest.split_once(':').unwrap_or((rest, "0"));
    let label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'*'))
    };
    !scheme.is_empty()
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && port.parse::<u16>().is_ok()
        && host.split('.').all(label)
}

/// The text as a pattern that means itself.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        if !sign.is_alphanumeric() && sign != '/' && sign != ':' && sign != '-' {
            out.push('\\');
        }
        out.push(sign);
    }
    out
}
