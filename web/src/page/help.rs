//! `/help/{code}`: what an outcome or a finding means, why it happens, what to do.

use super::Chrome;
use crate::locale;
use askama::Template;

#[derive(Template)]
#[template(path = "help.html")]
struct Page<'a> {
    c: &'a Chrome,
    code: &'a str,
    title: String,
    paragraphs: Vec<String>,
}

/// The page of an outcome's code; `None` for a code nobody uses.
///
/// # Errors
/// Only what the template engine reports.
pub fn render(c: &Chrome, code: &str) -> Result<Option<String>, askama::Error> {
    let (title, text) = (format!("outcome-{code}"), format!("help-{code}"));
    if !locale::has(c.lang, &title) || !locale::has(c.lang, &text) {
        return Ok(None);
    }
    let paragraphs = c.t(&text).split("\n\n").map(str::to_owned).collect();
    Page { c, code, title: c.t(&title), paragraphs }.render().map(Some)
}
