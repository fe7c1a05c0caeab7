//! `kubectl kubehop`: the same commands, their input read from the current cluster.
//!
//! kubectl finds a plugin by its name on the search path: this program under the name `kubectl-kubehop`.

use super::arguments::{Arguments, Command};
use super::common::Common;
use super::failure::Failure;
use super::output::print;
use crate::gather::cluster::{self, Asked};
use clap::{Arg, ArgAction, ArgMatches, CommandFactory, FromArgMatches};
use std::ffi::OsString;
use std::path::Path;
use web::locale::{self, Lang};

/// What kubectl looks for.
const NAME: &str = "kubectl-kubehop";
/// Commands that have no input, and those that are about files alone.
const WITHOUT_INPUT: [&str; 5] = ["serve", "redact", "link", "lessons", "collect"];

/// Whether the program was started as the plugin.
pub(super) fn is_meant(program: Option<&OsString>) -> bool {
    let name = program.and_then(|program| Path::new(program).file_stem()).unwrap_or_default();
    name == NAME
}

fn option(name: &'static str, help: &'static str, value: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help).global(true).help_heading("Cluster")
}

/// The commands as the plugin has them: files may be given as well, none has to be.
fn definition() -> clap::Command {
    let dump = clap::Command::new("dump")
        .about("Print what is read of the cluster: for other machines, or to keep. Secrets are never read");
    let mut all = Arguments::command()
        .name(NAME)
        .bin_name("kubectl kubehop")
        .about("See what happens to a packet in the cluster of the current context")
        .long_about(
            "See what happens to a packet in the cluster of the current context.\n\nThe cluster's objects are read with kubectl get: \
             read access to Nodes, Pods, Services and EndpointSlices is needed, more is used where it is there. Secrets are never \
             read, of ConfigMaps only those that set up the network. Nothing is sent to the cluster. FILEs are looked at as well: a \
             Scenario, for example.",
        )
        .args_conflicts_with_subcommands(false)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .arg(option("context", "Context of the kubeconfig", "NAME"))
        .arg(option("kubeconfig", "Path of the kubeconfig", "FILE"))
        .arg(option("namespace", "Read this namespace only; may be repeated [default: all]", "NS").short('n').action(ArgAction::Append));
    // What only the server takes.
    let of_server: Vec<String> =
        all.get_arguments().filter(|arg| !arg.is_global_set()).map(|arg| arg.get_id().to_string()).collect();
    for id in of_server.iter().filter(|id| !matches!(id.as_str(), "help" | "version")) {
        all = all.mut_arg(id, |arg| arg.hide(true));
    }
    for command in WITHOUT_INPUT {
        all = all.mut_subcommand(command, |command| command.hide(true));
    }
    let names: Vec<String> = all.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    for name in names.iter().filter(|name| !WITHOUT_INPUT.contains(&name.as_str())) {
        all = all.mut_subcommand(name, |command| command.mut_arg("files", |arg| arg.required(false)));
    }
    all.subcommand(dump)
}

/// The command of the arguments, with the cluster as its input; `None` when it was done here.
pub(super) fn command() -> Result<Option<Command>, Failure> {
    let matches = definition().get_matches();
    let language = |common: Option<&Common>| common.map_or_else(|| Common::language_of(None), Common::language);
    if let Some(("dump", sub)) = matches.subcommand() {
        dump(language(None), &asked(sub))?;
        return Ok(None);
    }
    let asked = matches.subcommand().map(|(_, sub)| asked(sub)).unwrap_or_default();
    let arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let mut command = arguments.command.ok_or(Failure::Unreadable)?;
    if let Some(common) = command.common_mut() {
        let lang = language(Some(common));
        common.given = Some(read(lang, &asked)?);
    }
    Ok(Some(command))
}

fn asked(matches: &ArgMatches) -> Asked {
    Asked {
        context: matches.get_one::<String>("context").cloned(),
        kubeconfig: matches.get_one::<String>("kubeconfig").cloned(),
        namespaces: matches.get_many::<String>("namespace").unwrap_or_default().cloned().collect(),
    }
}

fn read(lang: Lang, asked: &Asked) -> Result<crate::gather::Gathered, Failure> {
    let read = cluster::read(asked).map_err(|said| {
        Failure::Usage(match said {
            None => locale::t(lang, "cli-no-kubectl"),
            Some(said) => locale::ta(lang, "cli-no-cluster", &[("said", said.into())]),
        })
    })?;
    for (kind, said) in &read.without {
        let said = said.lines().next().unwrap_or_default();
        eprintln!("{}", locale::ta(lang, "cli-without-kind", &[("kind", kind.as_str().into()), ("said", said.into())]));
    }
    Ok(read.gathered)
}

fn dump(lang: Lang, asked: &Asked) -> Result<(), Failure> {
    let gathered = read(lang, asked)?;
    for problem in &gathered.problems {
        eprintln!("{}", problem.words(lang));
    }
    for text in &gathered.texts {
        print(&format!("---\n# {}\n{}\n", text.name, text.text.trim_end()))?;
    }
    if gathered.problems.is_empty() { Ok(()) } else { Err(Failure::Errors) }
}
