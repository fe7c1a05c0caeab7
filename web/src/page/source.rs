//! `/s/{id}/source`: a line of the input with those around it.

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
    let place = |line| Location { file: input.file.into(), line, column: 1 };
    let Some(mut lines) = snippet::at(&input.model.parsed, &place(input.line.max(1)), CONTEXT) else { return Ok(None) };
    if !lines.lines.iter().any(|line| line.hit) {
        return Ok(None);
    }
    lines.place = format!("{}:{}", input.file, input.line);
    let to = |line: u32| url::source(input.id, &place(line));
    let last = lines.lines.last().map_or(0, |line| line.number);
    let full = last == input.line.saturating_add(CONTEXT);
    Page {
        c,
        scenario: input.name,
        scenario_href: url::scenario(input.id),
        title: lines.place.clone(),
        previous: (input.line > CONTEXT + 1).then(|| to(input.line - CONTEXT)),
        next: full.then(|| to(last)),
        lines,
    }
    .render()
    .map(Some)
}
