//! The input of a command: gathered, modelled, and everything found in it told on standard error.

use super::Failure;
use super::arguments::{Common, Kustomize};
use super::findings;
use crate::gather::{disk, kubectl};
use sim_core::manifest::{Limits, SourceText};
use sim_core::model::Model;
use std::mem::ManuallyDrop;
use std::path::PathBuf;
use web::locale;

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
    let build = |texts: &[SourceText]| Model::build(texts, &Limits::default(), &common.options());
    load_with(common, &common.files, &common.files, build)
}

/// The same with files of its own.
pub(super) fn load_files(common: &Common, files: &[PathBuf]) -> Result<Loaded, Failure> {
    load_with(common, files, &[], |texts| Model::build(texts, &Limits::default(), &common.options()))
}

fn load_with(
    common: &Common,
    files: &[PathBuf],
    shown: &[PathBuf],
    build: impl FnOnce(&[SourceText]) -> Model,
) -> Result<Loaded, Failure> {
    let lang = common.language();
    let mut gathered = disk::gather(files);
    if common.kustomize == Kustomize::Kubectl {
        gathered = kubectl::render(gathered)
            .map_err(|program| Failure::Usage(locale::ta(lang, "cli-no-program", &[("program", program.into())])))?;
    }
    for problem in &gathered.problems {
        eprintln!("{}\n", problem.words(lang));
    }
    if gathered.texts.is_empty() && !gathered.problems.is_empty() {
        // There is nothing to work with.
        return Err(Failure::Unreadable);
    }
    let model = build(&gathered.texts);
    findings::report(lang, &model, shown)?;
    let clean = gathered.problems.is_empty() && !model.has_errors();
    Ok(Loaded { model: ManuallyDrop::new(model), status: if clean { Ok(()) } else { Err(Failure::Errors) } })
}
