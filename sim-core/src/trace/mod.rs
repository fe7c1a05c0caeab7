//! Drives packets through the network and records the [`Journey`].

mod journey;
pub use journey::*;

use crate::model::Model;

/// All ways one probe can go.
#[derive(Clone, Debug, PartialEq)]
pub struct Branches {
    /// Each way, most probable first, ties in rule order.
    pub journeys: Vec<Journey>,
    /// True when there were more than the limit.
    pub cut: bool,
}

/// One journey: choices as wanted, the rest by seed.
pub fn run(model: &Model, probe: &Probe) -> Journey {
    let _ = model;
    Journey {
        probe: probe.clone(),
        choices: Vec::new(),
        probability: 1.0,
        lookups: Vec::new(),
        legs: Vec::new(),
        client: ClientResult::Timeout,
        server: None,
        outcome: Outcome { kind: OutcomeKind::NameNotFound, at: None, cause: None, fixes: Vec::new() },
        assumed: Vec::new(),
    }
}

/// Every branch of a probe, at most `limit`.
pub fn branches(model: &Model, probe: &Probe, limit: usize) -> Branches {
    let _ = limit;
    Branches { journeys: vec![run(model, probe)], cut: false }
}

/// A probe as the command line and the URL write it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProbeText {
    /// `--from`.
    pub from: String,
    /// `--to`.
    pub to: String,
    /// `--proto`; default tcp.
    pub proto: Option<String>,
    /// `--sport`.
    pub sport: Option<String>,
    /// `--choose NAME=VALUE`, in order.
    pub choose: Vec<String>,
    /// `--seed`.
    pub seed: u64,
}

/// What is wrong with a [`ProbeText`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeError {
    /// Which part: `from`, `to`, `proto`, `sport`, `choose`.
    pub part: &'static str,
    /// Stable kebab-case code (`probe-{code}` in the locales).
    pub code: &'static str,
    /// What was written.
    pub given: String,
    /// What would be accepted, or similar names that exist.
    pub candidates: Vec<String>,
}

/// Reads a probe against the model's names.
///
/// # Errors
/// The first part that cannot be understood, with candidates.
pub fn parse_probe(model: &Model, text: &ProbeText) -> Result<Probe, ProbeError> {
    let _ = model;
    Err(ProbeError { part: "from", code: "unknown-source", given: text.from.clone(), candidates: Vec::new() })
}

/// Writes a probe the way [`parse_probe`] reads it.
pub fn write_probe(model: &Model, probe: &Probe) -> ProbeText {
    let _ = (model, probe);
    ProbeText::default()
}
