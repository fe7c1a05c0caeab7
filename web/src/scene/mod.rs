//! The picture: layout of a cluster and a still of it at every step of a journey.
//!
//! [`Scene::build`] lays everything out once; no step, theme or language moves anything. [`svg::write`] draws it at one
//! step; [`Scene::to_json`] hands the stills of all steps to the player in the browser.
//!
//! ```
//! use kubernetes::manifest::Limits;
//! use kubernetes::origin::SourceText;
//! use sim_core::model::{Model, Options};
//! use sim_core::trace::{ProbeText, parse_probe, run};
//! use web::scene::Scene;
//!
//! let text = "
//! {apiVersion: v1, kind: Pod, metadata: {name: client}, spec: {containers: [{name: curl, image: curlimages/curl}]}}
//! ---
//! {apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]}}
//! ---
//! {apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}";
//! let model = Model::build(&[SourceText::given("shop.yaml", text)], &Limits::default(), &Options::default());
//! let asked = ProbeText { from: "pod/default/client".into(), to: "svc/default/web:80".into(), ..ProbeText::default() };
//! let journey = run(&model, &parse_probe(&model, &asked)?);
//! let (empty, scene) = (Scene::build(&model, None), Scene::build(&model, Some(&journey)));
//! assert!(empty.steps.is_empty() && !scene.steps.is_empty());
//! // What the steps show needs room: the picture is laid out once, for all of them.
//! assert!(scene.size().1 > empty.size().1);
//! # Ok::<(), sim_core::trace::ProbeError>(())
//! ```

pub mod animated;
mod card;
mod carried;
pub(crate) use card::{outers, tunnel};
pub(crate) use carried::{carried, clipped, status};
pub(crate) mod geometry;
mod holder;
mod json;
mod layout;
mod panel;
pub mod preview;
mod selection;
mod shape;
mod stills;
mod style;
pub mod svg;
#[cfg(test)]
mod tests;
pub(crate) mod text;
mod wires;
mod words;

pub use selection::Around;
pub use words::{Label, Links, NoLinks, Words};

use holder::Holder;
use kubernetes::assumption::Verdict;
use layout::{Layout, Reserve};
use sim_core::facts::{Facts, Steps};
use sim_core::model::Model;
use sim_core::trace::Journey;
use stills::Still;

/// A laid-out picture.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    /// The steps it can show; empty without a journey.
    pub steps: Steps,
    layout: Layout,
    stills: Vec<Still>,
    /// Without a step: names of the surfaces of who would have sent.
    source: Vec<String>,
    nodes: u64,
    pods: u64,
    verdict: Option<Verdict>,
    /// Machines that the packet comes to, in that order, and their names.
    lanes: Vec<(Holder, String)>,
    /// Parts that a text beside the picture is about: a namespace by its name, or a device of one.
    pointed: Vec<(String, Option<String>)>,
}

impl Scene {
    /// Lights up the parts that a text is about: each a namespace by its name, or a device of one.
    pub fn point_at(&mut self, parts: Vec<(String, Option<String>)>) {
        self.pointed = parts;
    }

    /// Lays out a model, with room for what a journey will show.
    pub fn build(model: &Model, journey: Option<&Journey>) -> Self {
        let facts = journey.map(|journey| Facts::of(model, journey));
        let selection = selection::Selection::of(model, journey);
        let contents = facts.as_ref().map(stills::contents).unwrap_or_default();
        let reserve = if contents.is_empty() { Reserve::default() } else { stills::reserve(&contents) };
        let layout = Layout::of(model, &selection, reserve, !contents.is_empty());
        let stills = facts.as_ref().map(|facts| stills::stills(facts, &layout, &contents)).unwrap_or_default();
        let steps = facts.map(|facts| facts.steps).unwrap_or_default();
        let (nodes, pods) = (model.cluster.nodes.len() as u64, model.cluster.pods.len() as u64);
        let verdict = journey.map(|journey| journey.verdict);
        let source = journey.filter(|_| steps.is_empty()).and_then(|journey| selection::source(model, journey));
        let source = source.and_then(|netns| layout.surfaces.get(&netns).cloned()).unwrap_or_default();
        let mut lanes: Vec<(Holder, String)> = Vec::new();
        for of in stills.iter().filter_map(|still| still.lane) {
            if lanes.iter().all(|(seen, _)| *seen != of) {
                lanes.push((of, of.name(&model.cluster).to_owned()));
            }
        }
        Self { steps, layout, stills, source, nodes, pods, verdict, lanes, pointed: Vec::new() }
    }

    /// Lays out one machine or one Pod with what it stands in.
    pub fn around(model: &Model, at: Around) -> Self {
        let selection = selection::Selection::around(model, at);
        let layout = Layout::of(model, &selection, Reserve::default(), false);
        let nodes = selection.nodes.iter().filter(|node| node.of.node().is_some()).count() as u64;
        Self { layout, nodes, pods: selection.pods_total, ..Self::default() }
    }

    /// Width and height in pixels at which text has its natural size.
    pub fn size(&self) -> (u32, u32) {
        (self.layout.size.x.max(0) as u32, self.layout.size.y.max(0) as u32)
    }

    /// Stills of all steps as JSON, safe inside a `<script type="application/json">` element.
    pub fn to_json(&self, words: &dyn Words) -> String {
        json::write(self, words)
    }

    fn still(&self, step: Option<u32>) -> Option<&Still> {
        self.stills.get((step? as usize).checked_sub(1)?)
    }
}
