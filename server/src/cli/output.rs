//! What goes to standard output.

use super::failure::Failure;
use kubernetes::shown;
use std::io::{self, Write};

/// Text that a writer makes; writing to memory does not fail.
pub(super) fn text(write: impl FnOnce(&mut String) -> std::fmt::Result) -> String {
    let mut out = String::new();
    let _ = write(&mut out);
    out
}

pub(super) fn pretty(value: &serde_json::Value) -> String {
    shown::json(&format!("{value:#}\n")).into_owned()
}

/// A word for a shell.
pub(super) fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | ':' | ',' | '@' | '+');
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// Writes text to standard output.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(shown::visible(text).as_bytes())?;
    Ok(out.flush()?)
}

/// Writes bytes to standard output.
pub(super) fn print_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    Ok(out.flush()?)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_as_words_of_a_shell() {
        assert_eq!(quoted("a/b-1"), "a/b-1");
        assert_eq!(quoted("it's here"), "'it'\\''s here'");
    }
}
