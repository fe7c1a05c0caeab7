//! The few directives of `configuration-snippet` that only set header fields.

use crate::http::{Edit, Request};
use std::sync::Arc;

/// What a snippet sets.
#[derive(Clone, Default)]
pub(super) struct Snippet {
    /// Fields of the request that goes on.
    request: Vec<(Arc<str>, Arc<str>)>,
    /// Fields of the response.
    response: Vec<Edit>,
    /// It has something else.
    pub(super) unread: bool,
}

impl Snippet {
    pub(super) fn read(text: &str) -> Self {
        let mut all = Self::default();
        for line in text.split([';', '\n']).map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            let rest = rest.trim();
            // What is no variable of the list is nginx' to know.
            let known = variables(rest).all(|name| KNOWN.contains(&name) || name.starts_with("http_"));
            match word {
                "proxy_set_header" if known => {
                    let (name, value) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
                    all.request.push((Arc::from(name), Arc::from(unquoted(value.trim()))));
                }
                "more_set_input_headers" | "more_set_headers" | "add_header" if known => {
                    let text = unquoted(rest);
                    let pair = match word {
                        "add_header" => {
                            rest.split_once(char::is_whitespace).map(|(name, value)| (name, unquoted(value)))
                        }
                        _ => text.split_once(':'),
                    };
                    let Some((name, value)) = pair else {
                        all.unread = true;
                        continue;
                    };
                    let (name, value) = (Arc::from(name.trim()), Arc::from(value.trim()));
                    match word {
                        "more_set_input_headers" => all.request.push((name, value)),
                        "more_set_headers" => all.response.push(Edit::Set(name, value)),
                        _ => all.response.push(Edit::Add(name, value)),
                    }
                }
                _ => all.unread = true,
            }
        }
        all
    }

    /// Sets the fields of a request that goes on; `variable` says what stands for one.
    pub(super) fn edit(&self, request: &mut Request, variable: &dyn Fn(&str) -> Option<String>) {
        for (name, value) in &self.request {
            let value: Arc<str> = Arc::from(filled(value, variable));
            match name.eq_ignore_ascii_case("host") {
                true => request.authority = value.clone(),
                false if value.is_empty() => request.headers.remove(name),
                false => request.headers.set(name, value.clone()),
            }
        }
    }

    /// Changes of a response.
    pub(super) fn edits(&self) -> impl Iterator<Item = Edit> + '_ {
        self.response.iter().cloned()
    }
}

/// Variables whose value is known.
const KNOWN: &[&str] = &[
    "args",
    "best_http_host",
    "host",
    "ingress_name",
    "location_path",
    "namespace",
    "pass_access_scheme",
    "remote_addr",
    "request_method",
    "request_uri",
    "scheme",
    "server_port",
    "service_name",
    "service_port",
    "uri",
];

/// The variables of a text: `$name`.
fn variables(text: &str) -> impl Iterator<Item = &str> {
    text.split('$')
        .skip(1)
        .map(|rest| rest.split(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_').next().unwrap_or(""))
}

fn filled(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> String {
    let mut parts = text.split('$');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for rest in parts {
        let name = rest.split(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_').next().unwrap_or("");
        out.push_str(&variable(name).unwrap_or_default());
        out.push_str(rest.get(name.len()..).unwrap_or_default());
    }
    out
}

fn unquoted(text: &str) -> &str {
    text.trim().trim_matches(['"', '\''])
}
