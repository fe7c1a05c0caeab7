//! `kubehop timeline`: what happens when.

use super::arguments::{Format, Timeline};
use super::failure::Failure;
use super::input::{self, Loaded};
use super::output::{pretty, print, text};
use kubernetes::budget::Budget;
use sim_core::timeline;
use web::timeline as told;

pub(super) fn timeline(command: &Timeline) -> Result<(), Failure> {
    let lang = command.common.language();
    let Loaded { model, status } = input::load(&command.common)?;
    for note in told::notes(lang, &model) {
        eprintln!("{}", kubernetes::shown::visible(&note));
    }
    let played = timeline::play(&model, &Budget::unlimited()).map_err(|_| Failure::Unreadable)?;
    match command.format {
        Format::Json => print(&pretty(&told::json(&model, &played)))?,
        _ => {
            print(&text(|out| told::text(out, lang, &told::told(lang, &model, &played))))?;
            let windows = told::window_words(lang, &model, &played);
            print(&windows.iter().map(|line| format!("{line}\n")).collect::<String>())?;
        }
    }
    status
}
