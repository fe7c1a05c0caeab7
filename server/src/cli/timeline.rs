//! `kubehop timeline`: what happens when.

use super::arguments::{Format, Timeline};
use super::failure::Failure;
use super::input::{self, Loaded};
use super::output::{pretty, print, text};
use super::probe::{kept, unclear};
use kubernetes::budget::Budget;
use sim_core::model::Model;
use sim_core::timeline::{self, Cell, Mark, Stream};
use sim_core::trace::ProbeText;
use std::fmt::Write;
use web::timeline as told;

/// Milliseconds from one packet of a stream to the next where nobody says.
const EVERY: u64 = 1_000;

pub(super) fn timeline(command: &Timeline) -> Result<(), Failure> {
    let lang = command.common.language();
    let Loaded { model, status } = input::load(&command.common)?;
    for note in told::notes(lang, &model) {
        eprintln!("{}", kubernetes::shown::visible(&note));
    }
    let played = timeline::play(&model, &Budget::unlimited()).map_err(|_| Failure::Unreadable)?;
    let stream = stream(command, &model, played.last().map_or(0, |last| last.moment.at))?;
    match command.format {
        Format::Json => {
            let mut value = told::json(&model, &played);
            if let Some((probe, stream, cells)) = &stream {
                value["stream"] = told::strip_json(probe, stream, cells);
            }
            print(&pretty(&value))?;
        }
        _ => print(&text(|out| {
            told::text(out, lang, &told::told(lang, &model, &played))?;
            told::window_words(lang, &model, &played).iter().try_for_each(|line| writeln!(out, "{line}"))?;
            let Some((probe, stream, cells)) = &stream else { return Ok(()) };
            let marks: Vec<Mark> =
                played.iter().map(|one| Mark { at: one.moment.at, events: Vec::new(), changes: Vec::new() }).collect();
            told::write_strip(out, lang, probe, stream, &told::strip_words(lang, cells, stream, &marks))
        }))?,
    }
    status
}

/// The stream that is asked for, and what becomes of it.
fn stream(command: &Timeline, model: &Model, last: u64) -> Result<Option<(ProbeText, Stream, Vec<Cell>)>, Failure> {
    let (Some(from), Some(to)) = (&command.from, &command.to) else { return Ok(None) };
    let probe = ProbeText {
        from: from.clone(),
        to: to.clone(),
        via: command.via.clone(),
        proto: command.proto.clone(),
        keep: kept(command.keep.as_ref()),
        seed: command.common.seed,
        ..ProbeText::default()
    };
    let over = Stream::over(last, command.every.unwrap_or(EVERY));
    let stream = Stream { until: command.until.unwrap_or(over.until), ..over };
    let cells = timeline::strip(model, &probe, stream, &Budget::unlimited()).map_err(|_| Failure::Unreadable)?;
    // What can never be sent is told as a trace tells it.
    match cells.iter().map(|cell| cell.came.as_ref()).collect::<Result<Vec<_>, _>>() {
        Err(error) if cells.iter().all(|cell| cell.came.is_err()) => Err(unclear(command.common.language(), error)),
        _ => Ok(Some((probe, stream, cells))),
    }
}
