//! Error pages: what went wrong and a way onward.

use super::Chrome;
use crate::locale;
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
    let args = [
        ("part", c.t(&format!("probe-part-{}", error.part)).into()),
        ("given", error.given.as_str().into()),
        ("candidates", error.candidates.join(", ").into()),
    ];
    let id = format!("probe-{}", error.code);
    let id = if locale::has(c.lang, &id) { id } else { "probe-not-understood".to_owned() };
    let mut text = c.ta(&id, &args);
    if !error.candidates.is_empty() {
        text.push(' ');
        text.push_str(&c.ta("probe-candidates", &args));
    }
    text
}
