//! The command line: arguments, one function a subcommand, exit status.

mod arguments;
mod commands;
mod failure;
mod findings;
mod input;
mod lab;
mod output;
mod probe;
mod progress;
mod serve;

use arguments::{Arguments, Command};
use clap::Parser;
use failure::Failure;
use std::io::{self, Write};
use std::process::ExitCode;

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
