//! `/`: ready scenarios, and a place for one's own manifests.

use super::Chrome;
use crate::url;
use askama::Template;
use sim_core::trace::ProbeText;

/// A scenario that comes with the program. Its words are the messages `ready-{id}-title` and `ready-{id}-text`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ready {
    /// `/s/{id}`.
    pub id: String,
    /// The probe its card leads to.
    pub probe: ProbeText,
}

#[derive(Template)]
#[template(path = "home.html")]
struct Page<'a> {
    c: &'a Chrome,
    ready: Vec<Card>,
}

struct Card {
    href: String,
    scenario: String,
    title: String,
    text: String,
}

/// The page.
///
/// # Errors
/// Only what the template engine reports.
pub fn render(c: &Chrome, ready: &[Ready]) -> Result<String, askama::Error> {
    let card = |ready: &Ready| Card {
        href: url::trace(&ready.id, "", &ready.probe, Some(1)),
        scenario: url::scenario(&ready.id),
        title: c.t(&format!("ready-{}-title", ready.id)),
        text: c.t(&format!("ready-{}-text", ready.id)),
    };
    Page { c, ready: ready.iter().map(card).collect() }.render()
}
