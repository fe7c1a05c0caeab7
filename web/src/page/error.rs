//! Error pages: what went wrong and a way onward.

use super::Chrome;
use crate::{locale, words};
use askama::Template;
use sim_core::trace::ProbeError;

#[derive(Template)]
#[template(path = "error.html")]
struct Page<'a> {
    c: &'a Chrome,
    status: u16,
    title: String,
    text: String,
    details: Vec<String>,
    back: Option<String>,
}

/// The page for an error of the service. `code` is the message `error-{code}-title` and `error-{code}-text`:
/// `not-found`, `scenario-not-found`, `too-large`, `too-many-requests`, `bad-request`, `timeout`, `internal`; `args`
/// are shown as a list below. `back` is where to go from here, else `/`.
///
/// # Errors
/// Only what the template engine reports.
pub fn render(
    c: &Chrome,
    status: u16,
    code: &str,
    args: &[String],
    back: Option<&str>,
) -> Result<String, askama::Error> {
    let known = locale::has(c.lang, &format!("error-{code}-title"));
    let code = if known { code } else { "internal" };
    Page {
        c,
        status,
        title: c.t(&format!("error-{code}-title")),
        text: c.t(&format!("error-{code}-text")),
        details: args.to_vec(),
        back: back.map(str::to_owned),
    }
    .render()
}

/// The sentence for a probe that cannot be understood.
pub fn probe_error(c: &Chrome, error: &ProbeError) -> String {
    words::probe_error(c.lang, error)
}
