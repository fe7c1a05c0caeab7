//! Moments without their inputs: what a bar of time shows, whatever moment is looked at.

use crate::model::Model;
use kubernetes::cluster::model::Event;
use kubernetes::timeline::{Change, Moment};

/// A moment, and what happens then.
#[derive(Clone, Debug)]
pub struct Mark {
    /// Milliseconds since the start.
    pub at: u64,
    /// Events of the input.
    pub events: Vec<Event>,
    /// What changes, in order.
    pub changes: Vec<Change>,
}

/// Those of a model at its start; none without a timeline.
pub fn marks(model: &Model, moments: &[Moment]) -> Vec<Mark> {
    let mark = |moment: &Moment| Mark {
        at: moment.at,
        events: moment.events.iter().filter_map(|event| model.cluster.timeline.get(*event).cloned()).collect(),
        changes: moment.changes.clone(),
    };
    if model.cluster.timeline.is_empty() { Vec::new() } else { moments.iter().map(mark).collect() }
}
