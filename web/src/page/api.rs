//! The page of the API: what can be asked.

use super::Chrome;
use askama::Template;

/// An operation.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Its name in the document.
    pub name: &'static str,
    /// `GET`, `POST`.
    pub method: String,
    /// Where.
    pub path: &'static str,
    /// What it does.
    pub about: String,
    /// What its address takes.
    pub parameters: Vec<Parameter>,
    /// Files of the schemas of its answers, under `/schema/`.
    pub schemas: &'static [&'static str],
}

/// A parameter of an address.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it means.
    pub about: String,
    /// What it takes, where that can be listed.
    pub takes: String,
    /// It has to be there.
    pub required: bool,
}

#[derive(Template)]
#[template(path = "api.html")]
struct Page<'a> {
    c: &'a Chrome,
    operations: &'a [Operation],
}

/// The page.
///
/// # Errors
/// Only what the template engine reports.
pub fn render(c: &Chrome, operations: &[Operation]) -> Result<String, askama::Error> {
    Page { c, operations }.render()
}
