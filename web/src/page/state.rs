//! `/s/{id}/state`: what a node or Pod holds, as the tool of that name prints it; after a probe, with what rules remember of it.

use super::Chrome;
use crate::url;
use crate::words::Say;
use askama::Template;
use kernel::ids::NetnsId;
use kernel::state::KernelState;
use kubernetes::cluster::model::PodId;
use serde_json::{Value, json};
use sim_core::model::Model;
use sim_core::print::{What, state_after};
use sim_core::trace::ProbeText;

/// Lines on one page.
const LINES: usize = 1000;

/// What is asked for: as in the address.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Scenario.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The model.
    pub model: &'a Model,
    /// Node; or else `netns`.
    pub node: &'a str,
    /// Name of a namespace.
    pub netns: &'a str,
    /// One of [`What::ALL`]; `addr` where there is none.
    pub what: &'a str,
    /// Page, from 1.
    pub page: usize,
    /// The probe as the address has it, where one was sent.
    pub probe: Option<&'a ProbeText>,
    /// What it left behind; nothing before the first packet.
    pub state: &'a KernelState,
}

#[derive(Template)]
#[template(path = "state.html")]
struct Page<'a> {
    c: &'a Chrome,
    scenario: &'a str,
    scenario_href: String,
    up: (String, String),
    title: String,
    after: Option<(String, String)>,
    kinds: Vec<(&'static str, String, bool)>,
    text: String,
    range: Option<String>,
    previous: Option<String>,
    next: Option<String>,
    json: String,
}

fn find(say: &Say<'_>, input: &Input<'_>) -> Option<NetnsId> {
    let mut nodes = input.model.site.nodes.iter();
    match input.node {
        "" => input.model.site.network.find(input.netns),
        name => nodes.find(|(node, _)| say.node_name(**node) == Some(name)).map(|(_, at)| *at),
    }
}

/// The word for a Pod's variables, which are no state of the kernel's.
const ENV: &str = "env";

/// The Pod whose own namespace it is.
fn pod_at(input: &Input<'_>, at: NetnsId) -> Option<PodId> {
    let mut pods = input.model.site.pods.iter();
    let found = pods.find(|(_, netns)| **netns == at).map(|(pod, _)| *pod)?;
    input.model.cluster.pods.get(found.0 as usize).filter(|pod| !pod.host_network)?;
    Some(found)
}

/// The Pod whose variables are asked for.
fn environment(say: &Say<'_>, input: &Input<'_>) -> Option<(NetnsId, PodId)> {
    let at = find(say, input).filter(|_| input.what == ENV)?;
    Some((at, pod_at(input, at)?))
}

fn what(input: &Input<'_>) -> Option<(What, &'static str)> {
    let wanted = if input.what.is_empty() { "addr" } else { input.what };
    What::ALL.iter().find(|(_, name)| *name == wanted).copied()
}

/// The page; `None` where there is no such namespace or kind of state.
///
/// # Errors
/// Only what the template engine reports.
pub fn render(c: &Chrome, input: &Input<'_>) -> Result<Option<String>, askama::Error> {
    let say = Say { lang: c.lang, model: input.model, id: Some(input.id) };
    let shown = match environment(&say, input) {
        Some((at, pod)) => {
            let mut text = String::new();
            // Writing to a String cannot fail.
            let _ = crate::environment::write(&mut text, c.lang, input.model, pod);
            Some((at, ENV, text))
        }
        None => {
            let held = |(at, (kind, name))| (at, name, state_after(input.model, at, kind, input.state));
            find(&say, input).zip(what(input)).map(held)
        }
    };
    let Some((at, name, text)) = shown else { return Ok(None) };
    let of = text.lines().count();
    let pages = of.div_ceil(LINES).max(1);
    let page = input.page.clamp(1, pages);
    let first = (page - 1) * LINES;
    let shown: Vec<&str> = text.lines().skip(first).take(LINES).collect();
    let netns = &input.model.site.network.netns(at).name;
    let href = |suffix: &str, what: &str| url::state(input.id, suffix, netns, what, input.probe);
    let base = href("", name);
    let to = |page: usize| url::replace(&base, "page", &page.to_string());
    let args = [("first", (first + 1).into()), ("last", (first + shown.len()).into()), ("of", of.into())];
    Page {
        c,
        scenario: input.name,
        scenario_href: url::scenario(input.id),
        up: (c.ta("rules-heading", &[("who", say.who(at).into())]), url::rules(input.id, netns, "", "", 0)),
        title: c.ta("state-heading", &[("who", say.who(at).into())]),
        after: input.probe.map(|probe| {
            let args = [("from", probe.from.as_str().into()), ("to", probe.to.as_str().into())];
            (c.ta("state-after", &args), url::trace(input.id, "", probe, None))
        }),
        kinds: What::ALL
            .iter()
            .map(|(_, other)| *other)
            .chain(pod_at(input, at).map(|_| ENV))
            .map(|other| (other, href("", other), other == name))
            .collect(),
        text: shown.join("\n"),
        range: (pages > 1).then(|| c.ta("rules-page", &args)),
        previous: (page > 1).then(|| to(page - 1)),
        next: (page < pages).then(|| to(page + 1)),
        json: href(".json", name),
    }
    .render()
    .map(Some)
}

/// The same as `kubehop.text/1`, all lines of it.
pub fn json(c: &Chrome, input: &Input<'_>) -> Option<Value> {
    let say = Say { lang: c.lang, model: input.model, id: Some(input.id) };
    if let Some((_, pod)) = environment(&say, input) {
        return Some(crate::environment::json(c.lang, input.model, pod));
    }
    let (at, (kind, _)) = find(&say, input).zip(what(input))?;
    let text = state_after(input.model, at, kind, input.state);
    let netns = match say.tree().node_at(at) {
        Some(_) => "root",
        None => &*input.model.site.network.netns(at).name,
    };
    let lines: Vec<&str> = text.lines().collect();
    Some(json!({ "schema": "kubehop.text/1", "node": say.node(at), "netns": netns, "lines": lines }))
}
