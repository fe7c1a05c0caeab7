//! `/s/{id}/compare`: the same probe in two worlds.

use super::Chrome;
use super::beside::{Beside, Line, Side};
use crate::compare::Comparison;
use crate::url;
use crate::words::StepWords;
use askama::Template;
use sim_core::agents::cni;
use sim_core::model::Model;
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
}

/// Worlds worth comparing with: other plugins, the other mode of kube-proxy, and the one that is shown.
fn options(model: &Model, with: &str) -> Vec<(String, bool)> {
    let settings = &model.cluster.settings;
    let plugins = cni::simulated().iter().filter(|plugin| **plugin != settings.data_path);
    let mut all: Vec<String> = plugins.map(|plugin| format!("--cni {}", plugin.name())).collect();
    let modes = ["iptables", "nftables"].into_iter().filter(|mode| *mode != settings.kube_proxy.mode.name());
    all.extend(modes.map(|mode| format!("--proxy-mode {mode}")));
    if !all.iter().any(|one| one == with) {
        all.insert(0, with.to_owned());
    }
    all.into_iter().map(|one| (one.clone(), one == with)).collect()
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
    let tolds = [("compare-left", "", &comparison.left), ("compare-right", input.with, &comparison.right)];
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
        options: options(input.model, input.with),
        beside: Beside::of(c, sides.collect(), comparison, &href),
    };
    page.render()
}
