//! A step by what it means: `LEG/NETNS/(HOOK|DEVICE)[~n]`. That holds as the simulation improves, where a number would count something else.

use super::{Facts, Visit};
use crate::trace::Purpose;
use kernel::walk::Place;
use std::collections::BTreeMap;

fn name(purpose: Purpose, visit: &Visit<'_>) -> String {
    let namespace = &visit.namespace;
    let netns = match namespace.name() {
        Some("root") => namespace.node_name().unwrap_or("root"),
        other => other.unwrap_or("?"),
    };
    let device = || visit.device().map(|device| device.name());
    let word = match visit.place {
        Place::Hook { .. } => visit.hook().map(|hook| hook.to_string()),
        Place::Ingress(_) | Place::Egress(_) | Place::Bridge(_) => device().map(str::to_owned),
        Place::Socket | Place::Routing => None,
    };
    format!("{}/{netns}/{}", purpose.code(), word.as_deref().unwrap_or(visit.place.code()))
}

impl Facts<'_> {
    /// The places of all steps, in order.
    pub fn places(&self) -> Vec<String> {
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let steps = self.steps.steps.iter().filter_map(|step| Some((step.purpose, self.at(step)?.1)));
        let numbered = steps.map(|(purpose, visit)| {
            let name = name(purpose, &visit);
            let count = seen.entry(name.clone()).and_modify(|count| *count += 1).or_insert(1);
            if *count == 1 { name } else { format!("{name}~{count}") }
        });
        numbered.collect()
    }

    /// The step that a place means, as [`step_at`] finds it.
    pub fn step_at(&self, place: &str) -> Option<u32> {
        step_at(&self.places(), place)
    }
}

/// The step that a place means among the places of all steps: that very one; else the nearest that is called so, without its number, its table,
/// or its hook.
pub fn step_at(places: &[String], place: &str) -> Option<u32> {
    let bare = |text: &str| text.split('~').next().unwrap_or_default().to_owned();
    let exact = |wanted: &str| places.iter().position(|place| place == wanted);
    let wanted = bare(place);
    let above = wanted.rsplit_once('/').map_or("", |(above, _)| above);
    let found = exact(place)
        .or_else(|| exact(&wanted))
        .or_else(|| exact(above))
        .or_else(|| places.iter().position(|place| !above.is_empty() && place.starts_with(&format!("{above}/"))));
    found.map(|at| at as u32 + 1)
}
