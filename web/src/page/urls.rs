//! `/s/{id}/urls`: a list of URLs through two ways in, in one table.

use super::Chrome;
use crate::url;
use crate::urls::{Row, line};
use askama::Template;
use sim_core::model::Model;
use sim_core::trace::ProbeText;

/// What the page is about.
pub struct Input<'a> {
    /// The scenario, in its world.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Who asks.
    pub from: &'a str,
    /// The first way in, as `--connect` says it.
    pub first: &'a str,
    /// The other one.
    pub other: &'a str,
    /// Ways in that there are.
    pub doors: &'a [String],
    /// The list.
    pub list: &'a str,
    /// What became of each URL.
    pub rows: &'a [Row],
    /// The probes of each, by the first way and by the other.
    pub probes: &'a [[ProbeText; 2]],
}

/// Ways in for requests: the controllers of Ingresses together, and each Gateway.
pub fn doors(model: &Model) -> Vec<String> {
    let fronts = &model.cluster.fronts;
    let ingress = (!fronts.ingresses.is_empty() || fronts.gateways.is_empty()).then(|| "ingress".to_owned());
    let gateways = fronts.gateways.iter().map(|gateway| format!("gateway/{}", gateway.name));
    ingress.into_iter().chain(gateways).collect()
}

/// What one way in made of a URL.
struct Cell {
    href: String,
    text: String,
}

struct Line<'a> {
    url: &'a str,
    differs: String,
    cells: [Cell; 2],
}

#[derive(Template)]
#[template(path = "urls.html")]
struct Page<'a> {
    c: &'a Chrome,
    input: &'a Input<'a>,
    scenario_href: String,
    action: String,
    hidden: Vec<(String, String)>,
    summary: String,
    lines: Vec<Line<'a>>,
}

/// The page.
///
/// # Errors
/// Only what the template engine reports.
pub fn render(c: &Chrome, input: &Input<'_>) -> Result<String, askama::Error> {
    let lines = input.rows.iter().zip(input.probes).map(|(row, probes)| {
        let [first, other] = probes;
        let cell = |probe, told| Cell { href: url::trace(input.id, "", probe, None), text: line(told) };
        Line {
            url: &row.url,
            differs: row.differs.iter().map(|part| c.t(&format!("urls-{part}"))).collect::<Vec<_>>().join(", "),
            cells: [cell(first, &row.first), cell(other, &row.other)],
        }
    });
    let differ = input.rows.iter().filter(|row| !row.differs.is_empty()).count();
    let args = [
        ("count", input.rows.len().into()),
        ("differ", differ.into()),
        ("first", input.first.into()),
        ("other", input.other.into()),
    ];
    let page = Page {
        c,
        input,
        scenario_href: url::scenario(input.id),
        action: url::action(input.id, "/urls"),
        hidden: url::world(input.id),
        summary: c.ta("compare-urls", &args),
        lines: lines.collect(),
    };
    page.render()
}
