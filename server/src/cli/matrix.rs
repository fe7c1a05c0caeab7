//! `kubehop matrix`: from every kind of place to a Service in every way.

use super::arguments::{Format, Matrix};
use super::failure::Failure;
use super::input::{self, Loaded};
use super::output::{pretty, print, text};
use super::probe::unclear;
use kubernetes::budget::Budget;
use web::locale;
use web::matrix::{self, Asked};

pub(super) fn matrix(command: &Matrix) -> Result<(), Failure> {
    let lang = command.common.language();
    let Loaded { model, status } = input::load(&command.common)?;
    let to = match &command.to {
        Some(to) => to.clone(),
        None => match matrix::names(&model).as_slice() {
            [] => return Err(Failure::Usage(locale::t(lang, "matrix-none"))),
            [only] => only.clone(),
            names => {
                let args = [("count", names.len().into()), ("names", names.join(", ").into())];
                return Err(Failure::Usage(locale::ta(lang, "cli-matrix-which", &args)));
            }
        },
    };
    let asked = Asked::read(&model, &to).map_err(|error| unclear(lang, &error))?;
    let matrix = matrix::matrix(lang, &asked, &Budget::unlimited()).map_err(|_| Failure::Unreadable)?;
    match command.format {
        Format::Text => print(&text(|out| matrix::write(out, lang, &matrix)))?,
        Format::Json => print(&pretty(&matrix::json(&matrix)))?,
    }
    status
}
