//! `kubehop compare`: the same probe in two worlds, or with two inputs.

use super::arguments::{Compare, Format, With};
use super::failure::Failure;
use super::input::{self, Loaded};
use super::output::{pretty, print, text};
use super::probe::{probe_text, sent, unclear};
use super::urls;
use kubernetes::budget::{Budget, Stopped};
use serde_json::Value;
use sim_core::model::Model;
use sim_core::timeline;
use sim_core::trace::{self, Journey, ProbeText};
use std::borrow::Cow;
use std::mem::ManuallyDrop;
use web::compare::{self, Comparison, World};
use web::locale;
use web::page::scenario::settings;
use web::timeline::{BetweenWords, between_json, write_between};
use web::words::Say;

pub(super) fn compare(command: &Compare) -> Result<(), Failure> {
    let lang = command.common.language();
    let differs = command.with.as_deref().unwrap_or_default();
    let with = With::read(differs)
        .map_err(|why| Failure::Usage(locale::ta(lang, "compare-bad-with", &[("why", why.into())])))?;
    let Loaded { model, mut status } = input::load(&command.common)?;
    let changed = match command.changed.as_slice() {
        [] => None,
        files => Some(input::load_files(&command.common, files)?),
    };
    if let Some(changed) = &changed
        && changed.status.is_err()
    {
        status = Err(Failure::Errors);
    }
    let other = match changed {
        // It is in that world already.
        Some(changed) if differs.trim().is_empty() => changed.model,
        changed => {
            let sources = changed.as_ref().map_or(&model.parsed.sources, |changed| &changed.model.parsed.sources);
            let options = with.over(command.common.options());
            let other = model.rebuilt_within(sources, &options, &Budget::unlimited());
            let other = other.and_then(|other| then(other, with.at.or(command.common.at)));
            ManuallyDrop::new(other.map_err(|_| Failure::Unreadable)?)
        }
    };
    let Some(to) = &command.to else {
        urls::compare(command, &with, (&model, &other))?;
        return status;
    };
    if with.connect.is_some() {
        let why = "--connect needs --urls".to_owned();
        return Err(Failure::Usage(locale::ta(lang, "compare-bad-with", &[("why", why.into())])));
    }
    let asked = probe_text(&command.common, &command.from, to, &command.probe);
    let first = travelled(&model, command, &asked, None)?;
    let second = travelled(&other, command, &trace::probe_in(&model, &other, &asked), Some(&first.1))?;
    let said = |model: &Model| settings(&Say { lang, model, id: None });
    let own = own(command);
    let files = command.changed.iter().map(|file| format!("--changed {}", file.display()));
    let options = files.chain(differs.split_whitespace().map(str::to_owned)).collect::<Vec<_>>().join(" ");
    let beside = format!("{own} {options}");
    let left = World { options: &own, settings: said(&first.0), model: &first.0, journey: &first.1 };
    let right = World { options: beside.trim(), settings: said(&second.0), model: &second.0, journey: &second.1 };
    let comparison = Comparison::of(lang, &left, &right);
    let between = with.at.map(|at| between(command, &with, (&first.0, &second.0), at)).transpose()?;
    match command.format {
        Format::Text => print(&text(|out| {
            compare::write(out, lang, &comparison)?;
            between.as_ref().map_or(Ok(()), |between| write_between(out, lang, &between.0))
        }))?,
        Format::Json => {
            let mut value = compare::json(&comparison);
            if let Some((_, between)) = between {
                value["between"] = between;
            }
            print(&pretty(&value))?;
        }
    }
    status
}

/// A model at a time of its timeline.
fn then(model: Model, time: Option<u64>) -> Result<Model, Stopped> {
    let Some(time) = time.filter(|_| !model.cluster.timeline.is_empty()) else { return Ok(model) };
    let budget = Budget::unlimited();
    let moments = timeline::moments(&model, &budget);
    timeline::at(&model, &moments, time, &budget)
}

/// What differs between two times, in words and for programs.
fn between(
    command: &Compare,
    with: &With,
    (first, second): (&Model, &Model),
    at: u64,
) -> Result<(BetweenWords, Value), Failure> {
    let budget = Budget::unlimited();
    let found = || {
        let start = first.rebuilt_within(&first.parsed.sources, &with.over(command.common.options()), &budget)?;
        let marks = timeline::marks(&start, &timeline::moments(&start, &budget));
        Ok((marks, timeline::endpoints(first, second, &budget)?, timeline::rules(first, second, &budget)?))
    };
    let (marks, endpoints, rules) = found().map_err(|_: Stopped| Failure::Unreadable)?;
    let times = (command.common.at.unwrap_or_default(), at);
    let words = BetweenWords::of(command.common.language(), times, &marks, &endpoints, &rules);
    Ok((words, between_json(times, &endpoints, &rules)))
}

/// The world in which the probe was sent, and what became of it; where it can be, with the draws of another journey.
fn travelled<'m>(
    model: &'m Model,
    command: &Compare,
    asked: &ProbeText,
    beside: Option<&Journey>,
) -> Result<(Cow<'m, Model>, Journey), Failure> {
    let probe = trace::parse_probe(model, asked).map_err(|error| unclear(command.common.language(), &error))?;
    let model = trace::model_for(model, &probe);
    let alike = beside.and_then(|first| sent(&model, &command.common, &compare::alike(&probe, first)).ok());
    let journey = alike.map_or_else(|| sent(&model, &command.common, &probe), Ok)?;
    Ok((model, journey))
}

/// The options of the first world.
fn own(command: &Compare) -> String {
    let given = command.common.world().into_iter().filter_map(|(name, value)| Some(format!("{name} {}", value?)));
    given.collect::<Vec<_>>().join(" ")
}
