//! `/s/{id}/matrix`: a Service from every kind of place in every way.

use super::Chrome;
use crate::matrix::{Case, CaseWords, Cell, Matrix, absent_words, percent, place_words, way_words};
use crate::url;
use askama::Template;

/// What the page is about.
pub struct Input<'a> {
    /// The scenario, in its world.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Ports of Services that it can be about, as `svc/NS/NAME:PORT`.
    pub services: &'a [String],
    /// The one that it is about; `None` where there is none.
    pub matrix: Option<&'a Matrix>,
}

/// A way at the head of a column.
struct Head<'a> {
    kind: &'static str,
    words: String,
    by: Option<&'a str>,
    to: &'a str,
}

struct Row<'a> {
    kind: &'static str,
    words: String,
    from: &'a str,
    behind: bool,
    cells: Vec<Entry<'a>>,
}

/// A cell, with the way that it is of.
struct Entry<'a> {
    way: String,
    cell: &'a Cell,
    ends: Vec<End<'a>>,
}

struct End<'a> {
    href: String,
    verdict: &'static str,
    words: &'a CaseWords,
    forwarded: Option<&'a str>,
    share: Option<String>,
}

#[derive(Template)]
#[template(path = "matrix.html")]
struct Page<'a> {
    c: &'a Chrome,
    input: &'a Input<'a>,
    scenario_href: String,
    action: String,
    hidden: Vec<(String, String)>,
    /// What is shown, among the choices even where there are too many of them.
    shown: String,
    listed: bool,
    policies: String,
    heads: Vec<Head<'a>>,
    rows: Vec<Row<'a>>,
    absent: Vec<String>,
}

/// The page.
///
/// # Errors
/// Only what the template engine reports.
pub fn render(c: &Chrome, input: &Input<'_>) -> Result<String, askama::Error> {
    let ways = input.matrix.map_or(&[][..], |matrix| &matrix.ways);
    let heads = ways.iter().map(|way| Head {
        kind: way.kind.code(),
        words: way_words(c.lang, way.kind),
        by: way.by.as_deref(),
        to: &way.to,
    });
    let rows = input.matrix.into_iter().flat_map(|matrix| &matrix.rows).map(|(place, cells)| Row {
        kind: place.kind.code(),
        words: place_words(c.lang, place.kind),
        from: place.from.as_deref().unwrap_or_default(),
        behind: place.also(),
        cells: ways
            .iter()
            .zip(cells)
            .map(|(way, cell)| Entry {
                way: format!("{} {}", way_words(c.lang, way.kind), way.to),
                cell,
                ends: cell.cases.iter().map(|case| end(c, input.id, cell, case)).collect(),
            })
            .collect(),
    });
    let policy = |local: bool| if local { "Local" } else { "Cluster" };
    let policies = input.matrix.map(|matrix| {
        let (external, internal) = matrix.local;
        c.ta("matrix-policies", &[("external", policy(external).into()), ("internal", policy(internal).into())])
    });
    let shown = input.matrix.map_or("", |matrix| &*matrix.to);
    let page = Page {
        c,
        input,
        scenario_href: url::scenario(input.id),
        action: url::action(input.id, "/matrix"),
        hidden: url::world(input.id),
        shown: shown.to_owned(),
        listed: input.services.iter().any(|one| one == shown),
        policies: policies.unwrap_or_default(),
        heads: heads.collect(),
        rows: rows.collect(),
        absent: input.matrix.map(|matrix| absent_words(c.lang, matrix)).unwrap_or_default(),
    };
    page.render()
}

/// One end of a cell; how probable it is where there are others.
fn end<'a>(c: &Chrome, id: &str, cell: &Cell, case: &'a Case) -> End<'a> {
    let share = || c.ta("trace-branch-share", &[("percent", percent(case).into())]);
    End {
        href: url::trace(id, "", &case.probe, None),
        verdict: case.verdict.code(),
        words: &case.words,
        forwarded: case.forwarded.as_deref(),
        share: (cell.cases.len() > 1).then(share),
    }
}
