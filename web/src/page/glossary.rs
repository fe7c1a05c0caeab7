//! `/glossary`: what terms mean.

use super::Chrome;
use crate::glossary::{Glossary, Term};
use askama::Template;

#[derive(Template)]
#[template(path = "glossary.html")]
struct Page<'a> {
    c: &'a Chrome,
    terms: Vec<&'a Term>,
}

/// The page.
///
/// # Errors
/// Only what the template engine reports.
pub fn page(c: &Chrome) -> Result<String, askama::Error> {
    let mut terms: Vec<&Term> = Glossary::of(c.lang).terms().iter().collect();
    terms.sort_by_key(|term| term.title.to_lowercase());
    Page { c, terms }.render()
}
