//! What goes to standard output.

use super::failure::Failure;
use kubernetes::shown;
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use web::locale::{self, Lang};

/// Text that a writer makes; writing to memory does not fail.
pub(super) fn text(write: impl FnOnce(&mut String) -> std::fmt::Result) -> String {
    let mut out = String::new();
    let _ = write(&mut out);
    out
}

pub(super) fn pretty(value: &serde_json::Value) -> String {
    shown::json(&format!("{value:#}\n")).into_owned()
}

/// Writes text to standard output.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(shown::visible(text).as_bytes())?;
    Ok(out.flush()?)
}

/// Writes text to a file, or to standard output.
pub(super) fn deliver(file: Option<&Path>, text: &str) -> Result<(), Failure> {
    match file {
        Some(file) => deliver_bytes(Some(file), shown::visible(text).as_bytes()),
        None => print(text),
    }
}

/// Writes bytes to a file, or to standard output.
pub(super) fn deliver_bytes(file: Option<&Path>, bytes: &[u8]) -> Result<(), Failure> {
    match file {
        Some(file) => fs::write(file, bytes)
            .map_err(|error| Failure::Output(io::Error::new(error.kind(), format!("{}: {error}", file.display())))),
        None => {
            let mut out = io::stdout().lock();
            out.write_all(bytes)?;
            Ok(out.flush()?)
        }
    }
}

/// What is no text is not written to a terminal.
pub(super) fn refuse_terminal(lang: Lang, file: Option<&Path>, format: &str) -> Result<(), Failure> {
    match file {
        None if io::stdout().is_terminal() => {
            Err(Failure::Usage(locale::ta(lang, "cli-terminal", &[("format", format.into())])))
        }
        _ => Ok(()),
    }
}

/// Standard output for text that is written as it is made.
pub(super) struct Out {
    to: io::BufWriter<io::StdoutLock<'static>>,
    failed: Option<io::Error>,
}

impl std::fmt::Write for Out {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.to.write_all(shown::visible(text).as_bytes()).map_err(|error| {
            self.failed = Some(error);
            std::fmt::Error
        })
    }
}

/// Writes text to standard output piece by piece, so that it is never held as a whole.
pub(super) fn print_with(write: impl FnOnce(&mut Out) -> std::fmt::Result) -> Result<(), Failure> {
    let mut out = Out { to: io::BufWriter::with_capacity(1 << 16, io::stdout().lock()), failed: None };
    let written = write(&mut out);
    match out.failed {
        Some(error) => Err(error.into()),
        None => {
            written.map_err(io::Error::other)?;
            Ok(out.to.flush()?)
        }
    }
}
