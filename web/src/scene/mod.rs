//! The picture: layout of a cluster and the state of the picture at every step of a journey.
//!
//! [`Scene::build`] lays everything out once; no step, theme or language moves anything. [`svg::write`] draws it at one
//! step; [`Scene::to_json`] hands the states of all steps to the player in the browser.

mod card;
mod cast;
mod geometry;
mod json;
mod layout;
mod panel;
mod shape;
mod states;
pub mod svg;
#[cfg(test)]
mod tests;
mod text;
mod wires;
mod words;

pub use words::{Label, Links, NoLinks, Words};

use kubernetes::assumption::Verdict;
use layout::{Layout, Reserve};
use sim_core::facts::{Facts, Steps};
use sim_core::model::Model;
use sim_core::trace::Journey;
use states::State;

/// A laid-out picture.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    /// The steps it can show; empty without a journey.
    pub steps: Steps,
    layout: Layout,
    states: Vec<State>,
    /// Without a step: names of the surfaces of who would have sent.
    source: Vec<String>,
    nodes: u64,
    pods: u64,
    verdict: Option<Verdict>,
}

impl Scene {
    /// Lays out a model, with room for what a journey will show.
    pub fn build(model: &Model, journey: Option<&Journey>) -> Self {
        let facts = journey.map(|journey| Facts::of(model, journey));
        let cast = cast::Cast::of(model, journey);
        let contents = facts.as_ref().map(states::contents).unwrap_or_default();
        let reserve = if contents.is_empty() { Reserve::default() } else { states::reserve(&contents) };
        let layout = Layout::of(model, &cast, reserve, !contents.is_empty());
        let states = facts.as_ref().map(|facts| states::states(facts, &layout, &contents)).unwrap_or_default();
        let steps = facts.map(|facts| facts.steps).unwrap_or_default();
        let (nodes, pods) = (model.cluster.nodes.len() as u64, model.cluster.pods.len() as u64);
        let verdict = journey.map(|journey| journey.verdict);
        let source = journey.filter(|_| steps.is_empty()).and_then(|journey| cast::source(model, journey));
        let source = source.and_then(|netns| layout.surfaces.get(&netns).cloned()).unwrap_or_default();
        Self { steps, layout, states, source, nodes, pods, verdict }
    }

    /// Width and height in pixels at which text has its natural size.
    pub fn size(&self) -> (u32, u32) {
        (self.layout.size.x.max(0) as u32, self.layout.size.y.max(0) as u32)
    }

    /// States of all steps as JSON, safe inside a `<script type="application/json">` element.
    pub fn to_json(&self, words: &dyn Words) -> String {
        json::write(self, words)
    }

    fn state(&self, step: Option<u32>) -> Option<&State> {
        self.states.get((step? as usize).checked_sub(1)?)
    }
}
