//! `cargo xtask`: what whoever works on kubehop runs often. CONTRIBUTING.md says when.

mod notices;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const USAGE: &str = "cargo xtask test AREA [FILTER…]    tests of one area: kernel-crate, kubernetes, core, web, server, cases, pure, http, kernel (as root), browser, all
cargo xtask bench [FILTER]         the phases from text to page (criterion)
cargo xtask judge [PROBES] [KIND]  random networks on this kernel against the simulation (as root; 1000 probes); of one kind: clusters, wired,
                                   docker, or doors, whose probes are whole journeys; judge --help says what else there is
cargo xtask size                   writes the fleets that BENCHMARKS.md measures to target/fleet and times check and trace
cargo xtask screens                a contact sheet of every kind of page for each size, theme and language, to target/sheet
cargo xtask notices [--check]      licences of everything that is in the program, to THIRD-PARTY.md";

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.split_first() {
        Some((&"test", rest)) => test(rest),
        Some((&"bench", rest)) => {
            cargo(&[&["bench", "-p", "kubehop-tests", "--bench", "phases", "--"][..], rest].concat())
        }
        Some((&"judge", rest)) => judge(rest),
        Some((&"size", [])) => script("tests/benches/fleet.sh"),
        Some((&"screens", [])) => {
            let sheet = || run(Command::new("node").arg("tests/browser/sheet.mjs").env("KUBEHOP_BIN", binary()));
            Some(cargo(&["build"]).unwrap_or_default() && sheet())
        }
        Some((&"notices", [])) => Some(write_notices(false)),
        Some((&"notices", ["--check"])) => Some(write_notices(true)),
        _ => None,
    };
    match done {
        Some(true) => ExitCode::SUCCESS,
        Some(false) => ExitCode::FAILURE,
        None => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

/// The tests of one area; `None` for one that there is not.
fn test(words: &[&str]) -> Option<bool> {
    let (area, filters) = words.split_first()?;
    let nextest =
        |package: &str, more: &[&str]| cargo(&[&["nextest", "run", "-p", package][..], more, filters].concat());
    match *area {
        "kernel-crate" => nextest("kubehop-kernel", &[]),
        "kubernetes" => nextest("kubehop-kubernetes", &[]),
        "core" => nextest("kubehop-sim-core", &[]),
        "web" => nextest("kubehop-web", &[]),
        "server" => nextest("kubehop", &[]),
        "cases" => nextest("kubehop", &["--test", "cases"]),
        "pure" => nextest("kubehop-tests", &["--test", "pure"]),
        "http" => nextest("kubehop-tests", &["--test", "http"]),
        "kernel" => nextest("kubehop-tests", &["--test", "kernel", "--test-threads", "4"]),
        "browser" => {
            let built = cargo(&["build"])?;
            Some(built && run(Command::new("node").arg("--test").args(browser_tests()).env("KUBEHOP_BIN", binary())))
        }
        "all" => script("tests/run.sh"),
        _ => None,
    }
}

/// Kinds of networks that the judge draws.
const KINDS: [&str; 4] = ["clusters", "wired", "docker", "doors"];

/// The judge, with how many probes and of which kind; `None` for other words.
fn judge(words: &[&str]) -> Option<bool> {
    let (probes, kind) = match *words {
        [] => ("1000", None),
        [word] if KINDS.contains(&word) => ("1000", Some(word)),
        [probes] => (probes, None),
        [probes, kind] if KINDS.contains(&kind) => (probes, Some(kind)),
        _ => return None,
    };
    probes.parse::<u32>().ok()?;
    let mut arguments = vec!["run", "--release", "-p", "kubehop-tests", "--bin", "judge", "--", "--jobs", "4"];
    arguments.extend(["--probes", probes]);
    let weights: Vec<[String; 2]> = match kind {
        Some(kind) => KINDS.map(|other| [format!("--{other}"), u8::from(other == kind).to_string()]).to_vec(),
        None => Vec::new(),
    };
    arguments.extend(weights.iter().flatten().map(String::as_str));
    cargo(&arguments)
}

/// Writes the notices, or says whether those that are there are right.
fn write_notices(check: bool) -> bool {
    let (root, file) = (root(), root().join(notices::FILE));
    let done = notices::render(&root).and_then(|text| {
        if !check {
            return fs::write(&file, text).map_err(|error| error.to_string());
        }
        let there = fs::read_to_string(&file).unwrap_or_default();
        if there == text {
            Ok(())
        } else {
            Err(format!("{} is not that of Cargo.lock: cargo xtask notices", notices::FILE))
        }
    });
    done.inspect_err(|error| eprintln!("{error}")).is_ok()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_path_buf()
}

fn binary() -> PathBuf {
    root().join("target/debug/kubehop")
}

fn browser_tests() -> Vec<PathBuf> {
    let files = root().join("tests/browser").read_dir().into_iter().flatten().flatten().map(|entry| entry.path());
    let mut tests: Vec<PathBuf> = files.filter(|path| path.to_string_lossy().ends_with(".test.mjs")).collect();
    tests.sort();
    tests
}

fn cargo(words: &[&str]) -> Option<bool> {
    Some(run(Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into())).args(words)))
}

fn script(path: &str) -> Option<bool> {
    Some(run(&mut Command::new(root().join(path))))
}

fn run(command: &mut Command) -> bool {
    match command.current_dir(root()).status() {
        Ok(status) => status.success(),
        Err(error) => {
            eprintln!("{}: {error}", command.get_program().to_string_lossy());
            false
        }
    }
}
