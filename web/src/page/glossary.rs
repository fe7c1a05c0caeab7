//! `/glossary`: what terms mean.

use super::Chrome;
use crate::glossary::{Glossary, Term};
use askama::Template;

#[derive(Template)]
#[template(path = "glossary.html")]
struct Page<'a> {
    c: &'a Chrome,
    terms: &'a [Term],
}

/// The page.
///
/// # Errors
/// Only what the template engine reports.
pub fn page(c: &Chrome) -> Result<String, askama::Error> {
    Page { c, terms: Glossary::of(c.lang).terms() }.render()
}
