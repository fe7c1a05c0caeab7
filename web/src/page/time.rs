//! `/s/{id}/time`: what happens when.

use super::Chrome;
use crate::timeline::{LaterWords, MomentWords, RuleWords, notes, told, window_words};
use crate::url;
use askama::Template;
use sim_core::model::Model;
use sim_core::timeline::{Played, STARTS};

/// Moments on one page.
const SHOWN: usize = 120;
/// Lines of rules that are shown of one Node.
const LINES: usize = 40;

/// What the page is about.
pub struct Input<'a> {
    /// The scenario, in its world, at its start.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The model at the start.
    pub model: &'a Model,
    /// Its moments.
    pub played: &'a [Played],
}

struct Row {
    words: MomentWords,
    href: String,
    /// How far along, of a thousand.
    left: u64,
    first: bool,
    rules: Vec<RuleWords>,
    traces: Vec<String>,
}

#[derive(Template)]
#[template(path = "time.html")]
struct Page<'a> {
    c: &'a Chrome,
    input: &'a Input<'a>,
    scenario_href: String,
    rows: Vec<Row>,
    more: usize,
    seconds: u64,
    notes: Vec<String>,
    windows: Vec<String>,
    none: bool,
}

impl Page<'_> {
    /// Where what was sent later on a connection is shown.
    fn later(&self, later: &LaterWords) -> String {
        url::trace(&url::replace(self.input.id, "t", &later.at), "", &later.probe, None)
    }
}

/// The page.
///
/// # Errors
/// Only what the template engine reports.
pub fn render(c: &Chrome, input: &Input<'_>) -> Result<String, askama::Error> {
    let end = input.played.last().map_or(1, |last| last.moment.at).max(1);
    let row = |(at, (mut words, one)): (usize, (MomentWords, &Played))| {
        let then = url::replace(input.id, "t", if at == 0 { "" } else { &words.at });
        let mut rules = std::mem::take(&mut words.rules);
        for rule in &mut rules {
            rule.cut |= rule.lines.len() > LINES;
            rule.lines.truncate(LINES);
        }
        Row {
            href: url::scenario(&then),
            left: 10 + one.moment.at * 980 / end,
            first: at == 0,
            traces: words.sent.iter().map(|sent| url::trace(&then, "", &sent.probe, None)).collect(),
            rules,
            words,
        }
    };
    let all = told(c.lang, input.model, input.played);
    let more = all.len().saturating_sub(SHOWN);
    let page = Page {
        c,
        input,
        scenario_href: url::scenario(input.id),
        rows: all.into_iter().zip(input.played).take(SHOWN).enumerate().map(row).collect(),
        more,
        seconds: STARTS / 1_000,
        notes: notes(c.lang, input.model),
        windows: window_words(c.lang, input.model, input.played),
        none: input.model.cluster.timeline.is_empty(),
    };
    page.render()
}
