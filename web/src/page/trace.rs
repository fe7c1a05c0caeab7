//! `/s/{id}/trace`: one step of one journey.

use super::Chrome;
use askama::Template;
use sim_core::model::Model;
use sim_core::trace::{Branches, Journey, ProbeText};

/// What the page is about.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Id in the address.
    pub id: &'a str,
    /// Name to show.
    pub name: &'a str,
    /// The model.
    pub model: &'a Model,
    /// The probe as the address has it.
    pub probe_text: &'a ProbeText,
    /// The journey shown.
    pub journey: &'a Journey,
    /// All ways the probe can go.
    pub branches: &'a Branches,
    /// The step, from 1; clamped.
    pub step: u32,
}

#[derive(Template)]
#[template(path = "trace.html")]
struct Page<'a> {
    c: &'a Chrome,
    name: &'a str,
}

/// The page.
///
/// # Errors
/// Only what the template engine reports.
pub fn render(c: &Chrome, input: &Input<'_>) -> Result<String, askama::Error> {
    Page { c, name: input.name }.render()
}
