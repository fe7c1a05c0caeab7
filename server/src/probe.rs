//! The probe of an address, and what becomes of it.

use crate::error::Error;
use crate::limits;
use crate::query::Query;
use crate::scenario::Scenario;
use crate::state::AppState;
use sim_core::model::Model;
use sim_core::trace::{self, Branches, Journey, Probe, ProbeError, ProbeText};
use std::borrow::Cow;
use std::sync::Arc;

/// The probe that an address asks for.
///
/// # Errors
/// [`Error::Parameter`] for a seed that is no number; the rest is read with the model.
pub fn asked(query: &Query) -> Result<ProbeText, Error> {
    let text = |name| query.get(name).map(str::to_owned);
    Ok(ProbeText {
        from: text("from").unwrap_or_default(),
        via: text("via"),
        to: text("to_text").or_else(|| text("to")).unwrap_or_default(),
        proto: text("proto"),
        sport: text("sport"),
        choose: query.all("choose").map(str::to_owned).collect(),
        before: text("before"),
        wait: text("wait"),
        seed: query.number("seed")?.unwrap_or_default(),
    })
}

/// A probe that was sent, with every way it could have gone.
pub struct Traced {
    /// Where.
    pub scenario: Scenario,
    /// The probe as it was asked.
    pub text: ProbeText,
    /// The way it went.
    pub journey: Journey,
    /// All ways.
    pub branches: Branches,
}

/// A probe that cannot be sent.
pub struct Refused {
    /// Where.
    pub scenario: Scenario,
    /// Why.
    pub error: ProbeError,
}

impl From<Box<Refused>> for Error {
    fn from(refused: Box<Refused>) -> Self {
        Self::Probe(refused.error)
    }
}

/// The probe in the model that it runs in, which the scenario then has: another for hosts outside, and for names in a whole cluster without
/// DNS.
///
/// # Errors
/// What cannot be understood of it.
pub fn aim(scenario: &mut Scenario, text: &ProbeText) -> Result<Probe, ProbeError> {
    let probe = trace::parse_probe(&scenario.model, text)?;
    let other: Option<Model> = match trace::model_for(&scenario.model, &probe) {
        Cow::Owned(other) => Some(other),
        Cow::Borrowed(other) if !std::ptr::eq(other, &*scenario.model) => Some(other.clone()),
        Cow::Borrowed(_) => None,
    };
    if let Some(other) = other {
        scenario.model = Arc::new(other);
    }
    Ok(probe)
}

/// The journey of a probe alone: neither its branches nor what would mend it. Takes its time.
///
/// # Errors
/// What cannot be understood of the probe, or not be chosen.
pub fn replay(scenario: &mut Scenario, text: &ProbeText) -> Result<Journey, ProbeError> {
    let probe = aim(scenario, text)?;
    let journey = trace::run(&scenario.model, &probe);
    trace::check_choices(&journey)?;
    Ok(journey)
}

/// Sends a probe; with `wants_fixes` what would mend it is looked for.
///
/// # Errors
/// Those of the server; a probe that is refused is a result.
pub async fn send(
    state: &AppState,
    scenario: Scenario,
    text: ProbeText,
    wants_fixes: bool,
) -> Result<Result<Traced, Box<Refused>>, Error> {
    let fixes = Arc::clone(&state.fixes);
    let work = move |mut scenario: Scenario| {
        let mut journey = match replay(&mut scenario, &text) {
            Ok(journey) => journey,
            Err(error) => return Err(Box::new(Refused { scenario, error })),
        };
        let branches = trace::branches(&scenario.model, &journey.probe, limits::BRANCHES);
        if wants_fixes {
            let look = || trace::fixes(&scenario.model, &journey, &trace::Effort::default());
            journey.outcome.fixes = fixes.of(&scenario.id, &text, look).to_vec();
        }
        Ok(Traced { scenario, text, journey, branches })
    };
    scenario.work(state, work).await
}
