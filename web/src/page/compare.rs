//! `/s/{id}/compare`: the same probe in two worlds.

use super::Chrome;
use super::beside::{Beside, Line, Side};
use crate::compare::Comparison;
use crate::theme::Theme;
use crate::timeline::{BetweenWords, time_text};
use crate::url;
use crate::words::StepWords;
use askama::Template;
use sim_core::agents::cni;
use sim_core::model::Model;
use sim_core::timeline::Mark;
use sim_core::trace::ProbeText;

/// What the page is about.
pub struct Input<'a> {
    /// The scenario, in the first world.
    pub id: &'a str,
    /// The scenario, in the second world.
    pub other: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The first world.
    pub model: &'a Model,
    /// The probe as it was asked.
    pub probe: &'a ProbeText,
    /// The same as it was asked in the second world: with what was drawn in the first one.
    pub beside: &'a ProbeText,
    /// What differs in the second world, as options of the command line.
    pub with: &'a str,
    /// Both, compared.
    pub comparison: &'a Comparison,
    /// What lies between them, where they are at two times.
    pub between: Option<BetweenWords>,
    /// The moments of the timeline.
    pub marks: &'a [Mark],
}

#[derive(Template)]
#[template(path = "compare.html")]
struct Page<'a> {
    c: &'a Chrome,
    scenario: &'a str,
    scenario_href: String,
    action: String,
    trace_href: String,
    input: &'a Input<'a>,
    hidden: Vec<(&'a str, String)>,
    options: Vec<(String, bool)>,
    beside: Beside<'a>,
    pictures: Vec<Picture>,
}

/// The picture of a step at one of two times.
struct Picture {
    name: String,
    src: String,
    href: String,
}

/// Moments that are offered.
const OFFERED: usize = 24;

/// Worlds worth comparing with: other plugins, the other mode of kube-proxy, and the one that is shown.
fn options(model: &Model, with: &str, marks: &[Mark]) -> Vec<(String, bool)> {
    let settings = &model.cluster.settings;
    let plugins = cni::simulated().iter().filter(|plugin| **plugin != settings.data_path);
    let mut all: Vec<String> = plugins.map(|plugin| format!("--cni {}", plugin.name())).collect();
    let modes = ["iptables", "nftables"].into_iter().filter(|mode| *mode != settings.kube_proxy.mode.name());
    all.extend(modes.map(|mode| format!("--proxy-mode {mode}")));
    all.extend(marks.iter().take(OFFERED).map(|mark| format!("--at {}", time_text(mark.at))));
    if !all.iter().any(|one| one == with) {
        all.insert(0, with.to_owned());
    }
    all.into_iter().map(|one| (one.clone(), one == with)).collect()
}

/// Both pictures, where they part; of two times only.
fn pictures(c: &Chrome, input: &Input<'_>) -> Vec<Picture> {
    let (Some(between), comparison) = (&input.between, input.comparison) else { return Vec::new() };
    // Where their ways part for good: the last step that both have before one is alone.
    let both =
        |at: &usize| matches!(comparison.rows.get(*at).map(|row| comparison.steps(row)), Some((Some(_), Some(_))));
    let alone = (0..comparison.rows.len()).find(|at| !both(at));
    let parting = alone.and_then(|at| (0..at).rev().find(both)).or(comparison.first()).unwrap_or(0);
    let Some(row) = comparison.rows.get(parting) else { return Vec::new() };
    let (left, right) = comparison.steps(row);
    let theme = Some(c.theme_code()).filter(|theme| *theme != Theme::Auto.code()).unwrap_or_default();
    let one = |time: &str, id: &str, probe: &ProbeText, step: Option<&StepWords>| {
        let n = step?.n;
        let src = url::with_query(&url::trace(id, ".svg", probe, Some(n)), &[("theme", theme), ("lang", c.code())]);
        let name = c.ta("between-picture", &[("time", time.to_owned().into()), ("step", n.into())]);
        Some(Picture { name, src, href: url::trace(id, "", probe, Some(n)) })
    };
    let first = one(&between.times.0, input.id, input.probe, left);
    first.into_iter().chain(one(&between.times.1, input.other, input.beside, right)).collect()
}

/// The page.
///
/// # Errors
/// Only what the template engine reports.
pub fn render(c: &Chrome, input: &Input<'_>) -> Result<String, askama::Error> {
    let comparison = input.comparison;
    let worlds = [(input.id, input.probe), (input.other, input.beside)];
    let href = |side: usize, step: &StepWords| {
        worlds.get(side).map_or_else(String::new, |(id, probe)| url::trace(id, "", probe, Some(step.n)))
    };
    let own = input.between.as_ref().map(|between| format!("--at {}", between.times.0)).unwrap_or_default();
    let tolds = [("compare-left", own.as_str(), &comparison.left), ("compare-right", input.with, &comparison.right)];
    let sides = tolds.into_iter().zip(worlds).map(|((name, options, told), (id, probe))| Side {
        name: c.t(name),
        options,
        href: url::trace(id, "", probe, None),
        told: Some(told),
        refused: None,
    });
    let probe = input.probe;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let world = url::world(input.id);
    let mut hidden = vec![("from", probe.from.clone()), ("to", probe.to.clone()), ("via", text(&probe.via))];
    hidden.extend(world.iter().map(|(name, value)| (name.as_str(), value.clone())));
    hidden.extend([("proto", text(&probe.proto)), ("sport", text(&probe.sport))]);
    hidden.extend([("size", text(&probe.size)), ("method", text(&probe.method)), ("connect", text(&probe.connect))]);
    hidden.extend(probe.headers.iter().map(|header| ("header", header.clone())));
    hidden.extend(probe.choose.iter().map(|choice| ("choose", choice.clone())));
    let page = Page {
        c,
        scenario: input.name,
        scenario_href: url::scenario(input.id),
        action: url::action(input.id, "/compare"),
        trace_href: url::trace(input.id, "", probe, None),
        input,
        hidden: hidden.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
        options: options(input.model, input.with, input.marks),
        beside: Beside::of(c, sides.collect(), comparison, &href),
        pictures: pictures(c, input),
    };
    page.render()
}
