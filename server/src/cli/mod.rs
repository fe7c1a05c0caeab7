//! The command line: arguments, one function a subcommand, exit status.

mod arguments;
mod arguments_policies;
mod commands;
mod common;
mod compare;
mod failure;
mod findings;
mod input;
mod lab;
mod lessons;
mod matrix;
mod output;
mod picture;
mod plugin;
mod policy;
mod probe;
mod progress;
mod reach;
mod serve;
mod share;
mod timeline;
mod urls;
mod values;

use arguments::{Arguments, Command};
use clap::Parser;
use failure::Failure;
use std::io::{self, Write};
use std::process::ExitCode;

/// The script that collects what a machine has.
const COLLECT: &str = include_str!("collect.sh");

/// Reads the arguments, runs the command and returns the exit status: 0 done, 1 not the expected result, 2 wrong usage, 3 errors in the
/// input.
pub fn main() -> ExitCode {
    let result = match plugin::is_meant(std::env::args_os().next().as_ref()) {
        true => plugin::command().and_then(|command| command.map_or(Ok(()), |command| run(&command))),
        false => {
            let Arguments { command, serve } = Arguments::parse();
            run(&command.unwrap_or(Command::Serve(serve)))
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Result) => ExitCode::from(1),
        Err(Failure::Errors) => ExitCode::from(3),
        Err(Failure::Unreadable) => ExitCode::from(2),
        Err(Failure::Usage(message)) => {
            let _ = writeln!(io::stderr(), "kubehop: {}", kubernetes::shown::visible(&message));
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

fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Serve(serve) => serve::run(serve),
        Command::Check(command) => commands::check(command),
        Command::Trace(command) => commands::trace(command),
        Command::Compare(command) => compare::compare(command),
        Command::Matrix(command) => matrix::matrix(command),
        Command::Reach(command) => reach::reach(command),
        Command::Policy(command) => policy::policy(command),
        Command::Timeline(command) => timeline::timeline(command),
        Command::Rules(command) => commands::rules(command),
        Command::State(command) => commands::state(command),
        Command::Collect => output::print(COLLECT),
        Command::Dns(command) => commands::dns(command),
        Command::Env(command) => commands::env(command),
        Command::Render(command) => picture::render(command),
        Command::Lab(command) => lab::lab(command),
        Command::Link(command) => share::link(command),
        Command::Redact(command) => share::redact(command),
        Command::Lessons(command) => lessons::lessons(command),
    }
}
