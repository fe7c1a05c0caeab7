//! The command line: arguments, one function a subcommand, exit status.

mod arguments;
mod commands;
mod findings;
mod input;
mod lab;
mod progress;
mod serve;

use arguments::{Arguments, Command};
use clap::Parser;
use std::io::{self, Write};
use std::process::ExitCode;

/// How a command ends.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The result is not the expected one, or a check found errors: status 1.
    Result,
    /// The input has errors, and the result was printed all the same: status 3.
    Errors,
    /// Nothing of the input could be read, which was told: status 2.
    Unreadable,
    /// Wrong usage, in words for people: status 2.
    Usage(String),
    /// Output could not be written; a closed pipe is no error.
    Output(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// Reads the arguments, runs the command and returns the exit status: 0 done, 1 not the expected result, 2 wrong usage, 3 errors in the
/// input.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match arguments.command {
        None => serve::run(&arguments.serve),
        Some(Command::Serve(serve)) => serve::run(&serve),
        Some(Command::Check(command)) => commands::check(&command),
        Some(Command::Trace(command)) => commands::trace(&command),
        Some(Command::Rules(command)) => commands::rules(&command),
        Some(Command::State(command)) => commands::state(&command),
        Some(Command::Dns(command)) => commands::dns(&command),
        Some(Command::Render(command)) => commands::render(&command),
        Some(Command::Lab(command)) => lab::lab(&command),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Result) => ExitCode::from(1),
        Err(Failure::Errors) => ExitCode::from(3),
        Err(Failure::Unreadable) => ExitCode::from(2),
        Err(Failure::Usage(message)) => {
            let _ = writeln!(io::stderr(), "kubehop: {message}");
            ExitCode::from(2)
        }
        // Whoever reads our output has enough.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(Failure::Output(error)) => {
            let _ = writeln!(io::stderr(), "kubehop: {error}");
            ExitCode::from(2)
        }
    }
}

/// Writes text to standard output.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// Standard output for text that is written as it is made.
pub(crate) struct Out {
    to: io::BufWriter<io::StdoutLock<'static>>,
    failed: Option<io::Error>,
}

impl std::fmt::Write for Out {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.to.write_all(text.as_bytes()).map_err(|error| {
            self.failed = Some(error);
            std::fmt::Error
        })
    }
}

/// Writes text to standard output piece by piece, so that it is never held as a whole.
pub(crate) fn print_with(write: impl FnOnce(&mut Out) -> std::fmt::Result) -> Result<(), Failure> {
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
