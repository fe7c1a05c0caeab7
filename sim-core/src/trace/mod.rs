//! Drives packets through the network and records the [`Journey`].
//!
//! ```
//! use kubernetes::assumption::Verdict;
//! use kubernetes::manifest::Limits;
//! use kubernetes::origin::SourceText;
//! use sim_core::model::{Model, Options};
//! use sim_core::trace::{ProbeText, parse_probe, run};
//!
//! let text = "
//! {apiVersion: v1, kind: Pod, metadata: {name: client}, spec: {containers: [{name: curl, image: curlimages/curl}]}}
//! ---
//! {apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]}}
//! ---
//! {apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}";
//! let model = Model::build(&[SourceText::given("shop.yaml", text)], &Limits::default(), &Options::default());
//! let asked = ProbeText { from: "pod/default/client".into(), to: "svc/default/web:80".into(), ..ProbeText::default() };
//! let journey = run(&model, &parse_probe(&model, &asked)?);
//! assert_ne!(journey.verdict, Verdict::Fails);
//! // Every leg of it is what one packet met, hop by hop.
//! assert!(!journey.legs.is_empty());
//! # Ok::<(), sim_core::trace::ProbeError>(())
//! ```

mod acting;
mod announced;
mod asked;
mod branches;
mod bridged;
mod choice;
mod choose;
mod drive;
mod ended;
mod entrance;
mod fetch;
mod fix;
mod http;
mod journey;
mod kept;
mod knows;
mod leans;
mod leg_id;
mod listeners;
mod lookup;
mod machines;
mod measure;
mod musl;
mod named;
mod names;
mod no_way;
mod outcome;
mod passage;
mod policed;
mod probe;
mod probe_text;
mod race;
mod run;
mod sidecar;
mod sizes;
mod spent;
mod stand_in;
mod stream;
mod talk;
mod traceroute;
mod unreached;
mod unsound;
pub mod why;
mod wildcard;

use crate::model::Model;
use kubernetes::cluster::model::ServiceId;

pub use branches::{Branches, branches, branches_within};
pub use choice::{ChoiceKind, ChoiceName, NoSuchChoice};
pub(crate) use fix::{Change, brings_errors, patch_of};
pub use fix::{Effort, Elsewhere, Fix, FixKind, fixes, fixes_within, probe_in};
pub use http::{Fetched, Routed, Seen};
pub use journey::*;
pub use lookup::{hosts_file, resolv_conf};
pub use measure::Direction;
pub use musl::{Differs, Musl, musl};
pub use passage::{Running, left_behind, run, run_within, stream};
pub use policed::{AskedOf, Policed, policed, policies_asked};
pub use probe::{KEEPS, parse_probe, parse_question, sources, targets, write_probe};
pub use probe_text::{PROBE_ERRORS, ProbeError, ProbeText, is_near};
pub use race::{Fate, KERNELS, Kernels, NoRace, Race, Tracked, race};
pub use run::{look_up, model_for, model_for_within, run_beside};
pub(crate) use sidecar::{passthrough, served_by};
pub use sizes::{Limit, Sized, Sizes, Stop, Told, sizes, sizes_within};
pub use spent::{Spent, spent};
pub use stream::MAX_PROXIES;
pub use traceroute::{Heard, MAX_TTL, Round, Traceroute, traceroute, traceroute_within};
pub use why::{Field, Why};

/// The Service of a name, `NAMESPACE/NAME` or where only one has the name `NAME`.
///
/// # Errors
/// A `service` error with similar names where there is none, or with all of the name where there are several.
pub fn service_of(model: &Model, text: &str) -> Result<ServiceId, ProbeError> {
    let path: Vec<&str> = text.split('/').collect();
    named::service(&model.cluster, "svc", &path).map_err(|wrong| ProbeError { part: "service", ..wrong })
}

/// Checks that every wished-for choice was one that the journey offered. Where there was only one endpoint, wishing for it is no
/// choice but no mistake either.
///
/// # Errors
/// A `choose` error with the values that exist.
pub fn check_choices(journey: &Journey) -> Result<(), ProbeError> {
    let only = journey.server.as_ref().map(|server| server.local.to_string());
    for (name, value) in &journey.probe.choose {
        let choice = journey.choices.iter().find(|choice| choice.name == *name);
        let (granted, candidates) = match choice {
            Some(choice) => (choice.value == *value, choice.of.iter().map(|(value, _)| value.to_string()).collect()),
            None if *name != ChoiceKind::Endpoint.into() => (false, Vec::new()),
            None => (only.as_deref().is_none_or(|only| only == &**value), only.iter().cloned().collect()),
        };
        if !granted {
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
#[cfg(test)]
mod tests_keep;
#[cfg(test)]
mod tests_nftables;
#[cfg(test)]
mod tests_proxies;
#[cfg(test)]
mod tests_sidecars;
#[cfg(test)]
mod tests_time;
