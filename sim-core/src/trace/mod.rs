//! Drives packets through the network and records the [`Journey`].

mod branches;
mod choose;
mod drive;
mod journey;
mod lookup;
mod outcome;
mod probe;

pub use branches::{Branches, branches};
pub use drive::run;
pub use journey::*;
pub use probe::{PROBE_ERRORS, ProbeError, ProbeText, parse_probe, sources, targets, write_probe};

/// Checks that every wished-for choice was one that the journey offered.
///
/// # Errors
/// A `choose` error with the values that exist.
pub fn check_choices(journey: &Journey) -> Result<(), ProbeError> {
    for (name, value) in &journey.probe.choose {
        let choice = journey.choices.iter().find(|choice| choice.name == *name);
        let candidates: Vec<String> =
            choice.map(|choice| choice.of.iter().map(|(value, _)| value.to_string()).collect()).unwrap_or_default();
        let known = choice.is_some_and(|choice| choice.value == *value);
        if choice.is_some() && !known {
            return Err(ProbeError {
                part: "choose",
                code: "unknown-value",
                given: format!("{name}={value}"),
                candidates,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
