//! Changes with which a probe that fails would pass: each is applied and the probe sent again before it is offered.
//!
//! `candidates` thinks of changes (its files: one a subject), `prove` builds the model of the changed input and sends the probe,
//! `elsewhere` compares the two.

mod candidates;
mod elsewhere;
pub(super) mod kind;
mod prove;

pub(crate) use candidates::{Change, patch_of};
pub use kind::{Elsewhere, Fix, FixKind};
pub(crate) use prove::brings_errors;
pub use prove::probe_in;

use super::journey::Journey;
use super::probe::write_probe;
use super::why::Field;
use crate::model::Model;
use candidates::{Candidate, candidates};
use kubernetes::budget::{Budget, Stopped};
use kubernetes::manifest::SourceText;
use kubernetes::patch::Patch;
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// What is spent on finding fixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Fixes wanted; the search ends with that many.
    pub wanted: usize,
    /// Models built at most.
    pub builds: usize,
    /// Bytes of input up to which models are built again; larger ones get fixes that need none.
    pub bytes: usize,
    /// Of all models that are built: nodes times Pods and Services' ports.
    pub work: usize,
}

impl Default for Effort {
    fn default() -> Self {
        Self { wanted: 3, builds: 40, bytes: 1 << 20, work: 100_000 }
    }
}

/// Looks for changes with which the journey's probe passes in every way it can go: smallest first, proven by sending it again.
///
/// `model` is the one the journey was made in. Nothing is looked for where the probe passes.
pub fn fixes(model: &Model, journey: &Journey, effort: &Effort) -> Vec<Fix> {
    fixes_until(model, journey, effort, &Budget::unlimited())
}

/// The same, with what `budget` allows.
///
/// # Errors
/// When that did not suffice, or nobody wants the result any more.
pub fn fixes_within(model: &Model, journey: &Journey, effort: &Effort, budget: &Budget) -> Result<Vec<Fix>, Stopped> {
    let fixes = fixes_until(model, journey, effort, budget);
    budget.check().map(|()| fixes)
}

fn fixes_until(model: &Model, journey: &Journey, effort: &Effort, budget: &Budget) -> Vec<Fix> {
    // A moment is not made of its texts alone: what they would come to at another time proves nothing.
    if journey.works() || effort.wanted == 0 || model.parsed.held.later {
        return Vec::new();
    }
    let text = write_probe(model, &journey.probe);
    let fields: Vec<&Field> = journey.outcome.why.iter().flat_map(|why| why.field.iter().chain(&why.against)).collect();
    let touches = |candidate: &Candidate| {
        fields.iter().any(|field| candidate.fields().any(|own| own.object == field.object && related(own, field)))
    };
    let mut all: Vec<(bool, usize, Candidate, Option<Patch>)> = Vec::new();
    for candidate in candidates(model, journey, &text) {
        let patch = if candidate.changes.is_empty() {
            None
        } else {
            let Some(patch) = candidate.patch(model) else { continue };
            Some(patch)
        };
        if candidate.probe.is_some() && all.iter().any(|(_, _, other, _)| other.probe == candidate.probe) {
            continue;
        }
        let size = patch.as_ref().map_or_else(|| candidate.size(&text), Patch::size) + candidate.weight();
        all.push((!touches(&candidate) && patch.is_some(), size, candidate, patch));
    }
    all.sort_by_key(|(apart, size, ..)| (*apart, *size));
    let cluster = &model.cluster;
    let may_build = model.parsed.sources.iter().map(|source| source.text.len()).sum::<usize>() <= effort.bytes;
    let ports: usize = cluster.services.iter().map(|service| service.ports.len().max(1)).sum();
    let one = cluster.nodes.len().saturating_mul(cluster.pods.len() + ports).max(1);
    let most = effort.builds.min(effort.work / one);
    let mut builds = 0;
    let mut found: Vec<Fix> = Vec::new();
    // Texts that were tried: different edits may come to the same.
    let mut tried: BTreeSet<u64> = [hash(&model.parsed.sources)].into();
    for (_, _, candidate, patch) in all {
        if found.len() >= effort.wanted || budget.is_stopped() {
            break;
        }
        let needs_build = patch.is_some() || candidate.options.is_some();
        if needs_build && (!may_build || builds >= most) {
            continue;
        }
        let sources = patch.as_ref().map(|patch| patch.apply(&model.parsed.sources));
        if sources.as_ref().is_some_and(|sources| !tried.insert(hash(sources))) {
            continue;
        }
        builds += usize::from(needs_build);
        // Another probe of the same kind says the same again.
        let same = |fix: &Fix| fix.probe.is_some() && candidate.probe.is_some() && fix.kind == candidate.kind;
        if found.iter().filter(|fix| same(fix)).count() >= 2 {
            continue;
        }
        let before = budget.bytes();
        let passes = prove::passes(model, &text, &candidate, sources, budget);
        // Its model is gone.
        budget.give_back(budget.bytes().saturating_sub(before));
        if let Some(elsewhere) = passes {
            let Candidate { kind, args, probe, options, .. } = candidate;
            found.push(Fix { kind, args, patch, probe, options, elsewhere });
        }
    }
    found
}

fn hash(sources: &[SourceText]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for source in sources {
        source.text.hash(&mut hasher);
    }
    hasher.finish()
}

/// True when one field is the other or inside it.
fn related(a: &Field, b: &Field) -> bool {
    a.path.0.starts_with(&b.path.0) || b.path.0.starts_with(&a.path.0)
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_requests;
