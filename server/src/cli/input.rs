//! The input of a command: gathered, modelled, and everything found in it told on standard error.

use super::common::Common;
use super::failure::Failure;
use super::findings;
use super::progress::Shown;
use super::values::Kustomize;
use crate::gather::{disk, kubectl};
use kubernetes::budget::{Allowance, Budget};
use kubernetes::manifest::{Limits, SourceText};
use kubernetes::timeline::scenario_of;
use sim_core::model::Model;
use sim_core::timeline;
use std::mem::ManuallyDrop;
use std::path::PathBuf;
use web::locale;
use web::timeline::line_error;

/// Bytes that what an input describes may take where nobody says.
const MEMORY: usize = 384 << 20;
/// Further bytes for each byte of the input.
const PER_BYTE: usize = 100;

/// A model, and whether all of its input could be used.
pub(super) struct Loaded {
    /// Never dropped: the process ends with the command, and giving a large cluster back piece by piece would take a tenth of its time.
    pub(super) model: ManuallyDrop<Model>,
    /// [`Failure::Errors`] when not: the result is printed all the same.
    pub(super) status: Result<(), Failure>,
}

/// The model of the given files, with everything found in them on standard error.
pub(super) fn load(common: &Common) -> Result<Loaded, Failure> {
    load_files(common, &common.files)
}

/// The same, each finding with the command that sends a probe where it is.
pub(super) fn load_to_check(common: &Common) -> Result<Loaded, Failure> {
    load_with(common, &common.files, &common.files)
}

/// The same with files of its own.
pub(super) fn load_files(common: &Common, files: &[PathBuf]) -> Result<Loaded, Failure> {
    load_with(common, files, &[])
}

/// Limits on what one gives to one's own machine: the dump of a large cluster is far larger than what others may upload.
fn limits() -> Limits {
    Limits { bytes: disk::BYTES as usize, nodes: 200_000_000, ..Limits::default() }
}

/// Memory that a cluster may take: a large input describes a large cluster; that a small one does is a mistake more often than not.
fn allowance(common: &Common, texts: &[SourceText]) -> Allowance {
    let input: usize = texts.iter().map(|text| text.text.len()).sum();
    let bytes = common.memory.map_or(MEMORY + input * PER_BYTE, |memory| memory.0);
    Allowance { bytes: bytes as u64, ..Allowance::default() }
}

fn load_with(common: &Common, files: &[PathBuf], named: &[PathBuf]) -> Result<Loaded, Failure> {
    let lang = common.language();
    let mut gathered = disk::gather(files);
    if let Some(given) = &common.given {
        gathered.texts.extend(given.texts.iter().cloned());
        gathered.problems.extend(given.problems.iter().cloned());
    }
    let events = scenario_of(&common.events).map_err(|error| Failure::Usage(line_error(lang, &error).join("\n")))?;
    if common.kustomize == Kustomize::Kubectl {
        gathered = kubectl::render(gathered)
            .map_err(|program| Failure::Usage(locale::ta(lang, "cli-no-program", &[("program", program.into())])))?;
    }
    let nothing = gathered.texts.is_empty() && !gathered.problems.is_empty();
    gathered.texts.extend(events);
    let shown = Shown::on_terminal(lang, Budget::of(allowance(common, &gathered.texts)));
    let build = || Model::build_within(&gathered.texts, &limits(), &common.options(), &shown.progress);
    let model = (!nothing).then(build).transpose();
    drop(shown);
    let too_much = |stopped| {
        let hint = locale::t(lang, "cli-too-much-hint");
        Failure::Usage(format!("{}\n{hint}", web::words::too_much(lang, &stopped).unwrap_or_default()))
    };
    let model = model.map_err(too_much)?;
    for problem in &gathered.problems {
        eprintln!("{}\n", kubernetes::shown::visible(&problem.words(lang)));
    }
    // Without any text there is nothing to work with.
    let Some(model) = model else { return Err(Failure::Unreadable) };
    findings::report(lang, &model, named)?;
    let clean = gathered.problems.is_empty() && !model.has_errors();
    let model = match common.at {
        Some(time) if !model.cluster.timeline.is_empty() => {
            let budget = Budget::of(allowance(common, &gathered.texts));
            let moments = timeline::moments(&model, &budget);
            timeline::at(&model, &moments, time, &budget).map_err(too_much)?
        }
        _ => model,
    };
    Ok(Loaded { model: ManuallyDrop::new(model), status: if clean { Ok(()) } else { Err(Failure::Errors) } })
}
