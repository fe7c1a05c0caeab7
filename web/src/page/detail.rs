//! One rule or one interface: its text as the Linux tool prints it, what wrote it and why.

use super::Chrome;
use askama::Template;
use sim_core::model::Model;

/// Which rule: as in the address `/s/{id}/rule?netns=…&table=…&chain=…&n=…`.
#[derive(Clone, Copy, Debug)]
pub struct RuleInput<'a> {
    /// Scenario.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The model.
    pub model: &'a Model,
    /// Name of the namespace.
    pub netns: &'a str,
    /// Table: `nat`, `filter` …
    pub table: &'a str,
    /// Chain.
    pub chain: &'a str,
    /// Number, from 1.
    pub number: u32,
    /// Only the inner part, for htmx (`HX-Request`).
    pub fragment: bool,
}

/// Which interface: as in the address `/s/{id}/link?netns=…&dev=…`.
#[derive(Clone, Copy, Debug)]
pub struct LinkInput<'a> {
    /// Scenario.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The model.
    pub model: &'a Model,
    /// Name of the namespace.
    pub netns: &'a str,
    /// Name of the device.
    pub dev: &'a str,
    /// Only the inner part, for htmx (`HX-Request`).
    pub fragment: bool,
}

#[derive(Template)]
#[template(path = "detail.html")]
struct Page<'a> {
    c: &'a Chrome,
    name: &'a str,
}

/// A rule; `None` where there is none.
///
/// # Errors
/// Only what the template engine reports.
pub fn rule(c: &Chrome, input: &RuleInput<'_>) -> Result<Option<String>, askama::Error> {
    Page { c, name: input.name }.render().map(Some)
}

/// An interface; `None` where there is none.
///
/// # Errors
/// Only what the template engine reports.
pub fn link(c: &Chrome, input: &LinkInput<'_>) -> Result<Option<String>, askama::Error> {
    Page { c, name: input.name }.render().map(Some)
}
