//! `/s/{id}/edit`: what if the input was another. The texts in a form, and beside it what becomes of the probe: of what was made of another
//! version the old way and the new one.

use super::Chrome;
use super::beside::{Beside, Line, Side};
use crate::compare::{Comparison, Told};
use crate::picture::short;
use crate::url;
use crate::words::{FixWords, StepWords};
use askama::Template;
use sim_core::trace::ProbeText;

/// A text in the form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Name of its field.
    pub field: String,
    /// Name of its file.
    pub file: String,
    /// As it stands in the form.
    pub text: String,
    /// Line of the file that it begins in, from 1.
    pub first: u32,
    /// All of the file.
    pub whole: bool,
    /// The line of the file that it is opened for.
    pub hit: Option<u32>,
}

/// What became of the probe in a version.
#[derive(Clone, Copy, Debug)]
pub enum Way<'a> {
    /// It was sent: the version's id, the probe as it is asked there, and what came of it.
    Sent(&'a str, &'a ProbeText, &'a Told),
    /// It cannot be: why, in words.
    Refused(&'a str),
}

/// The version that a scenario was made of.
#[derive(Clone, Copy, Debug)]
pub enum Older<'a> {
    /// It was made of none.
    None,
    /// That is gone.
    Gone,
    /// Its id and name, and the probe as it is asked there.
    There(&'a str, &'a str, Option<&'a ProbeText>),
}

/// A change with which the probe passes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mending {
    /// In words.
    pub fix: FixWords,
    /// The address that makes it, where it is a change of the input.
    pub try_it: Option<String>,
}

/// Why a form was not taken.
#[derive(Clone, Copy, Debug)]
pub struct Refusal<'a> {
    /// Code of the error.
    pub code: &'a str,
    /// What exactly, with its place: a line each.
    pub details: &'a [String],
}

/// What the page is about.
pub struct Input<'a> {
    /// The scenario.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The probe as it was asked, where one was.
    pub probe: Option<&'a ProbeText>,
    /// What stands in the form; the first is open.
    pub parts: &'a [Part],
    /// Names of files that do not, and whether one can when it is asked for.
    pub left_out: &'a [(String, bool)],
    /// What becomes of the probe.
    pub now: Option<Way<'a>>,
    /// What it was made of.
    pub older: Older<'a>,
    /// What became of the probe there.
    pub before: Option<Way<'a>>,
    /// Both, where they can be compared.
    pub comparison: Option<&'a Comparison>,
    /// What would let the probe through, where it fails.
    pub fixes: &'a [Mending],
    /// Why the form was not taken.
    pub refusal: Option<Refusal<'a>>,
    /// The form changed nothing.
    pub unchanged: bool,
}

/// A text with the numbers of its lines.
struct PartView<'a> {
    part: &'a Part,
    /// Numbers before the line it is opened for, that one, and those behind it.
    numbers: (String, String, String),
    /// Rows of its field.
    rows: usize,
    title: String,
}

#[derive(Template)]
#[template(path = "edit.html")]
struct Page<'a> {
    c: &'a Chrome,
    input: &'a Input<'a>,
    /// What a form that was not taken is called.
    refused: String,
    scenario_href: String,
    trace_href: Option<String>,
    heading: String,
    action: String,
    parts: Vec<PartView<'a>>,
    left_out: Vec<(&'a str, Option<String>)>,
    undo: Option<String>,
    versions: Option<String>,
    gone: bool,
    beside: Beside<'a>,
}

/// Lines of a field beyond its text: there is room to type, and their numbers are there.
const BELOW: usize = 2;
/// Numbers beyond the text: they show as the field grows.
const NUMBERS: u32 = 200;
/// Rows of a field at most where browsers do not fit it to its text.
const ROWS: usize = 4_000;

impl<'a> PartView<'a> {
    fn of(c: &Chrome, part: &'a Part) -> Self {
        let lines = part.text.lines().count().max(1);
        let last = part.first.saturating_add(lines as u32).saturating_add(NUMBERS);
        let hit = part.hit.filter(|hit| (part.first..last).contains(hit));
        let numbers = |range: std::ops::Range<u32>| range.map(|n| format!("{n}\n")).collect::<String>();
        let title = match part.hit {
            Some(line) => c.ta("whatif-line", &[("line", line.into())]),
            None => String::new(),
        };
        Self {
            part,
            numbers: match hit {
                Some(hit) => (numbers(part.first..hit), hit.to_string(), numbers(hit + 1..last)),
                None => (numbers(part.first..last), String::new(), String::new()),
            },
            rows: (lines + BELOW).min(ROWS),
            title,
        }
    }
}

/// Of a version what is shown.
fn side<'a>(c: &Chrome, name: &str, way: Way<'a>) -> Side<'a> {
    let (href, told, refused) = match way {
        Way::Sent(id, probe, told) => (url::trace(id, "", probe, None), Some(told), None),
        Way::Refused(why) => (String::new(), None, Some(why.to_owned())),
    };
    Side { name: c.t(name), options: "", href, told, refused }
}

/// The page.
///
/// # Errors
/// Only what the template engine reports.
pub fn render(c: &Chrome, input: &Input<'_>) -> Result<String, askama::Error> {
    let names = if input.before.is_some() { ("whatif-before", "whatif-after") } else { ("", "whatif-now") };
    let sides = input.before.map(|way| (names.0, way)).into_iter().chain(input.now.map(|way| (names.1, way)));
    let sides: Vec<Side<'_>> = sides.map(|(name, way)| side(c, name, way)).collect();
    let href = |at: usize, step: &StepWords| match if at == 0 { input.before } else { input.now } {
        Some(Way::Sent(id, probe, _)) => url::trace(id, "", probe, Some(step.n)),
        _ => String::new(),
    };
    let address = |id: &str, probe: Option<&ProbeText>| url::edit(id, probe);
    let page = Page {
        c,
        input,
        refused: match input.refusal {
            Some(Refusal { code: "unusable", .. }) => c.t("whatif-wrong"),
            Some(Refusal { code, .. }) => c.t(&format!("error-{code}-title")),
            None => String::new(),
        },
        scenario_href: url::scenario(input.id),
        trace_href: input.probe.map(|probe| match input.now {
            Some(Way::Sent(id, probe, _)) => url::trace(id, "", probe, None),
            _ => url::trace(input.id, "", probe, None),
        }),
        heading: match input.probe {
            Some(probe) => {
                let (from, to) = (short(&probe.from), short(&probe.to));
                c.ta("whatif-heading", &[("from", (&*from).into()), ("to", (&*to).into())])
            }
            None => c.t("whatif-title"),
        },
        action: address(input.id, input.probe),
        parts: input.parts.iter().map(|part| PartView::of(c, part)).collect(),
        left_out: input
            .left_out
            .iter()
            .map(|(name, can)| {
                let asked = || url::replace(&address(input.id, input.probe), "file", name);
                (name.as_str(), can.then(asked))
            })
            .collect(),
        undo: match input.older {
            Older::There(id, _, probe) => Some(address(id, probe)),
            _ => None,
        },
        versions: matches!(input.older, Older::There(..)).then(|| url::versions(input.id)),
        gone: matches!(input.older, Older::Gone),
        beside: match input.comparison {
            Some(comparison) => Beside::of(c, sides, comparison, &href),
            None => Beside::alone(sides),
        },
    };
    page.render()
}
