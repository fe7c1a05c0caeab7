//! Journeys that were told, for the pages of their other steps: those have nearly everything in common.

use super::shelf::Shelf;
use crate::client::Client;
use sim_core::trace::ProbeText;
use std::sync::Arc;
use web::locale::Lang;
use web::page::trace::Told;

/// What a journey is told by: the scenario and its world, the language, the level of the links, and the probe.
pub fn key(id: &str, lang: Lang, level: Option<&str>, probe: &ProbeText) -> String {
    // Every field is in it, quoted, so that no two probes have one name.
    format!("{id} {} {level:?} {probe:?}", lang.code())
}

/// Bytes of names that are remembered of journeys that were told once.
const SEEN: usize = 1 << 20;

/// The journeys. A scenario's id stands for its content. One is kept when it is told for the second time: most are asked for once.
#[derive(Clone)]
pub struct ToldCache {
    kept: Shelf<Arc<Told>>,
    seen: Shelf<()>,
}

impl ToldCache {
    /// Without one yet. All together may weigh `room` bytes, by estimate.
    pub fn new(room: usize) -> Self {
        Self { kept: Shelf::new(room), seen: Shelf::new(SEEN) }
    }

    /// One that is there.
    pub fn find(&self, key: &str) -> Option<Arc<Told>> {
        self.kept.find(key)
    }

    /// Keeps one that was told before, for a client, as far as there is room.
    pub fn keep(&self, client: Client, key: &str, told: &Arc<Told>) {
        match self.seen.find(key) {
            Some(()) => self.kept.keep(client, key, told.weight(), Arc::clone(told)),
            None => self.seen.keep(client, key, 1, ()),
        }
    }

    /// Bytes of all that are kept, by estimate.
    pub fn weight(&self) -> usize {
        self.kept.weight()
    }
}
