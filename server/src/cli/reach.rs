//! `kubehop reach`: who may connect to whom.

use super::arguments_policies::Reach;
use super::failure::Failure;
use super::input::{self, Loaded};
use super::output::{pretty, print, text};
use super::values::{FailOn, ReachFormat, ReachPorts};
use kubernetes::budget::Budget;
use kubernetes::shown;
use sim_core::model::Model;
use sim_core::reach::{self, Asked, Change, Chosen, Diff, Filter};
use std::path::PathBuf;
use web::locale::{self, Lang};
use web::reach::{self as shown_as, Fold, PAIRS};

/// Differences that are listed at most; behind that they are counted.
const LINES: usize = 50_000;

pub(super) fn reach(command: &Reach) -> Result<(), Failure> {
    let lang = command.common.language();
    let asked = match command.ports {
        ReachPorts::All => Asked::All,
        ReachPorts::Declared => Asked::Declared,
    };
    if !command.diff.is_empty() {
        return differences(command, asked);
    }
    let Loaded { model, status } = input::load(&command.common)?;
    let reach = of(&model, asked)?;
    let filter = filter(lang, command, &reach).map_err(|wrong| nobody(lang, &wrong))?;
    let listing = reach.listing(&filter, PAIRS);
    for note in shown_as::notes(lang, &reach, Some(&listing)) {
        eprintln!("{}", shown::visible(&note));
    }
    match command.format {
        ReachFormat::Json => print(&pretty(&shown_as::json(&reach, &listing, asked)))?,
        ReachFormat::Csv | ReachFormat::Md | ReachFormat::Dot | ReachFormat::Svg if command.exposure => {
            return Err(Failure::Usage(locale::t(lang, "reach-exposure-format")));
        }
        _ if command.exposure => print(&text(|out| shown_as::exposure_text(out, &reach)))?,
        ReachFormat::Text => print(&text(|out| shown_as::text(out, &reach, &listing)))?,
        ReachFormat::Csv => print(&text(|out| shown_as::csv(out, &reach, &listing)))?,
        ReachFormat::Md => print(&text(|out| shown_as::markdown(out, lang, &reach, &listing)))?,
        ReachFormat::Dot => print(&text(|out| shown_as::dot(out, &reach, &listing)))?,
        ReachFormat::Svg => {
            // More than can be drawn is drawn by namespace.
            let fold = if listing.pairs.len() > shown_as::ARROWS { Fold::Namespace } else { Fold::Not };
            let folded = shown_as::folded(&reach, &listing.pairs, &[], &fold);
            print(&text(|out| shown_as::svg(out, lang, &folded, true)))?;
        }
    }
    status
}

fn of(model: &Model, asked: Asked) -> Result<reach::Reach<'_>, Failure> {
    reach::Reach::of(&model.parsed, &model.cluster, asked, &Budget::unlimited()).map_err(|_| Failure::Unreadable)
}

fn nobody(lang: Lang, written: &str) -> Failure {
    Failure::Usage(locale::ta(lang, "reach-nobody", &[("name", written.to_owned().into())]))
}

/// What is asked for; what means nobody, as it was written.
fn filter(_: Lang, command: &Reach, reach: &reach::Reach<'_>) -> Result<Filter, String> {
    let read = |text: &Option<String>| match text {
        Some(text) => Chosen::read(reach, text).map(Some).ok_or_else(|| text.clone()),
        None => Ok(None),
    };
    Ok(Filter { from: read(&command.from)?, to: read(&command.to)? })
}

fn differences(command: &Reach, asked: Asked) -> Result<(), Failure> {
    let lang = command.common.language();
    let (before, after): (&[PathBuf], &[PathBuf]) = match (command.common.files.as_slice(), command.diff.as_slice()) {
        ([], [before, after @ ..]) if !after.is_empty() => (std::slice::from_ref(before), after),
        ([], _) => return Err(Failure::Usage(locale::t(lang, "reach-diff-two"))),
        (files, diff) => (files, diff),
    };
    let (before, after) = (input::load_files(&command.common, before)?, input::load_files(&command.common, after)?);
    let (old, new) = (of(&before.model, asked)?, of(&after.model, asked)?);
    let (old_asked, new_asked) = match (filter(lang, command, &old), filter(lang, command, &new)) {
        (Err(wrong), Err(_)) => return Err(nobody(lang, &wrong)),
        // Whoever is in one of them only has no connection in the other.
        (old, new) => (old.unwrap_or_else(|_| none(command)), new.unwrap_or_else(|_| none(command))),
    };
    let diff = reach::diff((&old, &old_asked), (&new, &new_asked), LINES, &Budget::unlimited())
        .map_err(|_| Failure::Unreadable)?;
    for note in shown_as::notes(lang, &new, None) {
        eprintln!("{}", shown::visible(&note));
    }
    match command.format {
        ReachFormat::Json => print(&pretty(&shown_as::diff_json(&diff)))?,
        ReachFormat::Text => print(&text(|out| shown_as::diff_text(out, &diff)))?,
        ReachFormat::Csv => print(&text(|out| shown_as::diff_csv(out, &diff)))?,
        ReachFormat::Md => print(&text(|out| shown_as::diff_markdown(out, lang, &diff)))?,
        ReachFormat::Dot | ReachFormat::Svg => return Err(Failure::Usage(locale::t(lang, "reach-diff-format"))),
    }
    if command.fail_on.iter().any(|kind| count(&diff, *kind) > 0) {
        return Err(Failure::Result);
    }
    before.status.and(after.status)
}

/// Nobody, on the sides that are filtered.
fn none(command: &Reach) -> Filter {
    let nobody = |text: &Option<String>| text.is_some().then(|| Chosen::Workloads(Default::default()));
    Filter { from: nobody(&command.from), to: nobody(&command.to) }
}

fn count(diff: &Diff, kind: FailOn) -> u64 {
    let change = match kind {
        FailOn::Added => Change::Added,
        FailOn::Removed => Change::Removed,
        FailOn::Changed => Change::Changed,
    };
    Change::ALL.iter().zip(diff.counts).filter(|(own, _)| **own == change).map(|(_, count)| count).sum()
}
