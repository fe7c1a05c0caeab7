//! The probe of an address, and what becomes of it.

use crate::answer;
use crate::cache::FixCache;
use crate::error::Error;
use crate::limits;
use crate::query::Query;
use crate::scenario::Scenario;
use crate::state::AppState;
use crate::step::Wanted;
use kubernetes::budget::Stopped;
use sim_core::model::Model;
use sim_core::trace::{self, Branches, Journey, Probe, ProbeError, ProbeText};
use std::borrow::Cow;
use std::sync::Arc;
use web::json;
use web::page::trace::{EVERY_STEP, LEVELS};

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
        keep: text("keep"),
        size: text("size"),
        method: text("method"),
        // A form has them in one field, each on a line.
        headers: query
            .all("header")
            .flat_map(str::lines)
            .map(|line| line.trim().to_owned())
            .filter(|line| !line.is_empty())
            .collect(),
        connect: text("connect"),
        seed: query.number("seed")?.unwrap_or_default(),
    })
}

/// What the address of a trace asks for, in whatever form.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The probe.
    pub probe: ProbeText,
    /// The step.
    pub wanted: Wanted,
    /// How much is told.
    pub level: Option<&'static str>,
    /// Every branch.
    pub all: bool,
}

impl Asked {
    /// Reads an address.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a seed that is no number and a level that nobody knows; the rest is read with the model.
    pub fn of(query: &Query) -> Result<Self, Error> {
        Ok(Self {
            probe: asked(query)?,
            wanted: query.wanted(),
            // A number alone counts every step: such links are older than levels.
            level: query.word("level", &LEVELS)?.or((query.has("step") && !query.has("at")).then_some(EVERY_STEP)),
            all: query.has("all"),
        })
    }

    /// The same for what is of one way only.
    ///
    /// # Errors
    /// As [`Self::of`]; [`Error::Parameter`] where every branch is asked for.
    pub fn of_one(query: &Query) -> Result<Self, Error> {
        let asked = Self::of(query)?;
        if asked.all { Err(Error::Parameter { name: "all", value: query.text("all") }) } else { Ok(asked) }
    }
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

/// The JSON of a probe, with what would mend it; or of every way that it could go.
///
/// # Errors
/// Those of the server; what cannot be understood of the probe.
pub async fn told(state: &AppState, scenario: Scenario, asked: Asked) -> Result<String, Error> {
    let Asked { probe, wanted, all, .. } = asked;
    let Traced { scenario, journey, branches, .. } = send(state, scenario, probe, !all).await??;
    let work = move |scenario: Scenario| {
        let model = &scenario.model;
        let value = match all {
            true => json::branches(model, &branches),
            false => json::trace_at(model, &journey, wanted.find(model, &journey)?),
        };
        Ok(answer::written(&value))
    };
    scenario.work(state, work).await?
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

/// Why there is no journey.
#[derive(Debug)]
pub enum Amiss {
    /// The probe cannot be understood, or not be chosen.
    Probe(ProbeError),
    /// It would take too much, or nobody waits for it.
    Stopped(Stopped),
}

impl From<ProbeError> for Amiss {
    fn from(error: ProbeError) -> Self {
        Self::Probe(error)
    }
}

impl From<Stopped> for Amiss {
    fn from(stopped: Stopped) -> Self {
        Self::Stopped(stopped)
    }
}

impl From<Amiss> for Error {
    fn from(amiss: Amiss) -> Self {
        match amiss {
            Amiss::Probe(error) => Self::Probe(error),
            Amiss::Stopped(stopped) => stopped.into(),
        }
    }
}

/// The probe in the model that it runs in, which the scenario then has: another for hosts outside, and for names in a whole cluster without
/// DNS.
///
/// # Errors
/// What cannot be understood of it; the scenario's budget.
pub fn aim(scenario: &mut Scenario, text: &ProbeText) -> Result<Probe, Amiss> {
    let probe = trace::parse_probe(&scenario.model, text)?;
    let other: Option<Model> = match trace::model_for_within(&scenario.model, &probe, &scenario.budget)? {
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
/// What cannot be understood of the probe, or not be chosen; the scenario's budget.
pub fn replay(scenario: &mut Scenario, text: &ProbeText) -> Result<Journey, Amiss> {
    let probe = aim(scenario, text)?;
    let journey = trace::run_within(&scenario.model, &probe, &scenario.budget)?;
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
    let fixes = wants_fixes.then(|| Arc::clone(&state.fixes));
    Ok(scenario.work(state, move |scenario| sent(scenario, text, fixes.as_deref())).await??)
}

/// The same at once; what would mend it is looked for with `fixes`. Takes its time.
///
/// # Errors
/// The scenario's budget; a probe that is refused is a result.
pub fn sent(
    mut scenario: Scenario,
    text: ProbeText,
    fixes: Option<&FixCache>,
) -> Result<Result<Traced, Box<Refused>>, Stopped> {
    let mut journey = match replay(&mut scenario, &text) {
        Ok(journey) => journey,
        Err(Amiss::Probe(error)) => return Ok(Err(Box::new(Refused { scenario, error }))),
        Err(Amiss::Stopped(stopped)) => return Err(stopped),
    };
    let (model, budget) = (&scenario.model, &scenario.budget);
    let branches = trace::branches_within(model, &journey.probe, limits::BRANCHES, budget)?;
    if let Some(fixes) = fixes {
        let look = || trace::fixes_within(model, &journey, &trace::Effort::default(), budget);
        // What came with the request has no name to be kept under.
        let found = if scenario.viewed { look()? } else { fixes.of(&scenario.id, &text, look)?.to_vec() };
        journey.outcome.fixes = found;
    }
    Ok(Ok(Traced { scenario, text, journey, branches }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_fields_come_one_by_one_or_one_a_line() {
        let query = Query::read(
            "to=http://web/&header=X-A:%201%0D%0A%0D%0A%20X-B:%202%0A&header=X-C:%203&method=&connect=+ingress+",
        );
        let text = asked(&query).unwrap();
        assert_eq!(text.headers, ["X-A: 1", "X-B: 2", "X-C: 3"]);
        assert_eq!((text.method.as_deref(), text.connect.as_deref()), (None, Some("ingress")));
    }
}
