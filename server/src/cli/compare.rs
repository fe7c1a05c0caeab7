//! `kubehop compare`: the same probe in two worlds.

use super::arguments::{Compare, Format, With};
use super::failure::Failure;
use super::input::{self, Loaded};
use super::output::{pretty, print, text};
use super::probe::{probe, sent};
use super::urls;
use kubernetes::budget::Budget;
use sim_core::model::Model;
use sim_core::trace::{self, Journey};
use std::borrow::Cow;
use web::compare::{self, Comparison, World};
use web::locale;
use web::page::scenario::settings;
use web::words::Say;

pub(super) fn compare(command: &Compare) -> Result<(), Failure> {
    let lang = command.common.language();
    let with = With::read(&command.with)
        .map_err(|why| Failure::Usage(locale::ta(lang, "compare-bad-with", &[("why", why.into())])))?;
    let Loaded { model, status } = input::load(&command.common)?;
    let options = with.over(command.common.options());
    let other = model.rebuilt_within(&model.parsed.sources, &options, &Budget::unlimited());
    let other = std::mem::ManuallyDrop::new(other.map_err(|_| Failure::Unreadable)?);
    let Some(to) = &command.to else {
        urls::compare(command, &with, (&model, &other))?;
        return status;
    };
    if with.connect.is_some() {
        let why = "--connect needs --urls".to_owned();
        return Err(Failure::Usage(locale::ta(lang, "compare-bad-with", &[("why", why.into())])));
    }
    let first = travelled(&model, command, to, None)?;
    let second = travelled(&other, command, to, Some(&first.1))?;
    let said = |model: &Model| settings(&Say { lang, model, id: None });
    let own = own(command);
    let beside = format!("{own} {}", command.with.split_whitespace().collect::<Vec<_>>().join(" "));
    let left = World { options: &own, settings: said(&first.0), model: &first.0, journey: &first.1 };
    let right = World { options: beside.trim(), settings: said(&second.0), model: &second.0, journey: &second.1 };
    let comparison = Comparison::of(lang, &left, &right);
    match command.format {
        Format::Text => print(&text(|out| compare::write(out, lang, &comparison)))?,
        Format::Json => print(&pretty(&compare::json(&comparison)))?,
    }
    status
}

/// The world in which the probe was sent, and what became of it; where it can be, with the draws of another journey.
fn travelled<'m>(
    model: &'m Model,
    command: &Compare,
    to: &str,
    beside: Option<&Journey>,
) -> Result<(Cow<'m, Model>, Journey), Failure> {
    let probe = probe(model, &command.common, &command.from, to, &command.probe)?;
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
