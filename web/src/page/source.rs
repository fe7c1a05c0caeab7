//! `/s/{id}/source`: a line of the input with those around it, as far as they are of its document, of a list of its item. Its links lead
//! through that and nowhere else; another document is shown to whoever asks for a line of it.

use super::Chrome;
use crate::snippet;
use crate::url;
use askama::Template;
use kubernetes::origin::Location;
use sim_core::model::Model;

/// Lines shown before and behind it.
const CONTEXT: u32 = 30;

/// Which line: as in `/s/{id}/source?file=…&line=…`.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Scenario.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The model.
    pub model: &'a Model,
    /// Name of the file.
    pub file: &'a str,
    /// Line, from 1.
    pub line: u32,
    /// Column in it, from 1.
    pub column: u32,
}

#[derive(Template)]
#[template(path = "source.html")]
struct Page<'a> {
    c: &'a Chrome,
    scenario: &'a str,
    scenario_href: String,
    title: String,
    lines: snippet::Lines,
    previous: Option<String>,
    next: Option<String>,
}

/// The page; `None` where there is no such line.
///
/// # Errors
/// Only what the template engine reports.
pub fn render(c: &Chrome, input: &Input<'_>) -> Result<Option<String>, askama::Error> {
    let place = |line, column| Location { file: input.file.into(), line, column };
    let asked = place(input.line.max(1), input.column);
    let Some(mut lines) = snippet::at(&input.model.parsed, &asked, CONTEXT) else { return Ok(None) };
    if !lines.lines.iter().any(|line| line.hit) {
        return Ok(None);
    }
    lines.place = format!("{}:{}", input.file, input.line);
    let to = |line: u32| url::source(input.id, &place(line, 1));
    let number = |line: Option<&snippet::Line>| line.map_or(0, |line| line.number);
    let (first, last) = (number(lines.lines.first()), number(lines.lines.last()));
    let full = last == input.line.saturating_add(CONTEXT);
    Page {
        c,
        scenario: input.name,
        scenario_href: url::scenario(input.id),
        title: lines.place.clone(),
        previous: (first > 1 && first.saturating_add(CONTEXT) == input.line).then(|| to(first)),
        next: full.then(|| to(last)),
        lines,
    }
    .render()
    .map(Some)
}
