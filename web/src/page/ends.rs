//! `/s/{id}/ends`: sources and destinations of a probe, looked for by anything they are known by; each leads to the form that has it.

use super::Chrome;
use super::probe::{heading, label};
pub use crate::ends::Side;
use crate::ends::{self, Bounds, Heading};
use crate::url;
use askama::Template;
use sim_core::model::Model;
use sim_core::trace::ProbeText;

/// Characters of a search at most: those of a DNS name.
pub const TEXT: usize = 253;
/// What is shown where nothing is looked for: a few of everything.
const FEW: Bounds = Bounds { workload: 4, kind: 24 };
/// What is shown of what was found.
const MANY: Bounds = Bounds { workload: 40, kind: 80 };

/// What the page is about.
pub struct Input<'a> {
    /// Scenario.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The model.
    pub model: &'a Model,
    /// Which end is looked for.
    pub side: Side,
    /// What is looked for; everything where it is empty.
    pub wanted: &'a str,
    /// The probe that it is for.
    pub probe: &'a ProbeText,
    /// A fragment, not a page.
    pub fragment: bool,
}

struct EndAt {
    value: String,
    label: String,
    connect: Option<String>,
    silent: bool,
    href: String,
}

struct Found {
    heading: String,
    ends: Vec<EndAt>,
    /// How many more there are, and where they are.
    more: Option<(String, Option<String>)>,
}

/// What is shown.
struct Ends<'a> {
    title: String,
    side: &'static str,
    wanted: &'a str,
    action: String,
    hidden: Vec<(String, String)>,
    /// How many of how many.
    count: String,
    groups: Vec<Found>,
}

#[derive(Template)]
#[template(path = "ends.html")]
struct Page<'a> {
    c: &'a Chrome,
    scenario: &'a str,
    scenario_href: String,
    ends: Ends<'a>,
}

#[derive(Template)]
#[template(path = "ends_inner.html")]
struct Fragment<'a> {
    c: &'a Chrome,
    ends: Ends<'a>,
}

/// The page, or the fragment.
///
/// # Errors
/// Only what the template engine reports.
pub fn render(c: &Chrome, input: &Input<'_>) -> Result<String, askama::Error> {
    let ends = found(c, input);
    if input.fragment {
        return Fragment { c, ends }.render();
    }
    Page { c, scenario: input.name, scenario_href: url::scenario(input.id), ends }.render()
}

fn found<'a>(c: &Chrome, input: &Input<'a>) -> Ends<'a> {
    let Input { id, model, side, wanted, probe, .. } = *input;
    let groups = ends::ends(model, side, probe, wanted, if wanted.is_empty() { FEW } else { MANY });
    let (shown, total) =
        groups.iter().fold((0, 0), |(shown, total), group| (shown + group.ends.len(), total + group.found));
    let groups = groups.into_iter().map(|group| {
        let left = group.found - group.ends.len();
        // All Pods of a workload are found by its name.
        let narrower = match &group.heading {
            Heading::Workload(_, name) if name != wanted => {
                Some(url::with_query(&url::ends(id, side.code(), probe), &[("q", name)]))
            }
            _ => None,
        };
        let more = (left > 0).then(|| (c.ta("ends-more", &[("count", left.into())]), narrower));
        let at = |end: ends::End| {
            let mut asked = match side {
                Side::From => ProbeText { from: end.value.clone(), via: None, ..probe.clone() },
                Side::To => ProbeText { to: end.value.clone(), ..probe.clone() },
            };
            if side == Side::To {
                asked.connect.clone_from(&end.connect);
            }
            EndAt {
                href: url::ask(id, &asked),
                label: label(c, &end),
                value: end.value,
                connect: end.connect,
                silent: end.silent,
            }
        };
        Found { heading: heading(c, &group.heading), ends: group.ends.into_iter().map(at).collect(), more }
    });
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let own = [("side", side.code().to_owned()), ("from", probe.from.clone()), ("to", probe.to.clone())];
    let more = [("via", text(&probe.via)), ("proto", text(&probe.proto)), ("connect", text(&probe.connect))];
    let pairs = own.into_iter().chain(more).map(|(name, value)| (name.to_owned(), value));
    let hidden = pairs.chain(url::world(id));
    Ends {
        title: c.t(&format!("ends-{}", side.code())),
        side: side.code(),
        wanted,
        action: url::action(id, "/ends"),
        hidden: hidden.filter(|(_, value)| !value.is_empty()).collect(),
        count: if total == 0 {
            c.t("ends-none")
        } else {
            c.ta("ends-count", &[("shown", shown.into()), ("total", total.into())])
        },
        groups: groups.collect(),
    }
}
