//! `iptables-save` text of the real tool, read and printed again, byte for byte.

use kernel::config::xtables::{Match, Target, Xtables};
use kernel::text::iptables::read::{Limits, parse_save};
use kubehop_tests::{conformance, read};
use kubernetes::origin::CauseId;
use sim_core::print::iptables::write_save;
use std::path::{Path, PathBuf};

/// Recorded dumps, below `folder`.
fn dumps(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("readable folder").path();
            let name = path.file_name().expect("named").to_string_lossy().into_owned();
            if path.is_dir() {
                open.push(path);
            } else if name.starts_with("iptables-save")
                || (name.starts_with("iptables.") && name.ends_with(".rules.txt"))
            {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Without the tool's comments, and with counters at zero.
fn without_counters(text: &str) -> String {
    let line = |line: &str| match line.rsplit_once(" [") {
        Some((before, counters)) if line.starts_with(':') && counters.ends_with(']') => format!("{before} [0:0]\n"),
        _ => format!("{line}\n"),
    };
    text.lines().filter(|line| !line.starts_with('#')).map(line).collect()
}

fn parse(text: &str) -> Xtables {
    parse_save(text, &Limits::default(), &mut |_| CauseId(0)).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn print(xtables: &Xtables) -> String {
    let mut out = String::new();
    write_save(&mut out, xtables, &|_| true).expect("a String takes everything");
    out
}

/// Every dump in `folder` comes back as it was, and nothing in it is unknown.
fn check(folder: &str, least: usize) {
    let paths = dumps(&conformance().join(folder));
    assert!(paths.len() >= least, "{folder}: {} dumps", paths.len());
    for path in paths {
        let text = without_counters(&read(&path));
        let xtables = parse(&text);
        assert_eq!(print(&xtables), text, "{}", path.display());
        assert_eq!(parse(&print(&xtables)), xtables, "{}", path.display());
        for rule in xtables.tables.values().flat_map(|table| &table.chains).flat_map(|chain| &chain.rules) {
            assert!(!matches!(rule.target, Target::Unknown { .. }), "{rule:?}");
            assert!(!rule.matches.iter().any(|part| matches!(part, Match::Unknown { .. })), "{rule:?}");
        }
    }
}

#[test]
fn dumps_of_kube_proxy_come_back_as_they_were() {
    check("kube-proxy", 40);
}

#[test]
fn dumps_of_cni_plugins_come_back_as_they_were() {
    check("cni", 20);
}

#[test]
fn dumps_beside_traces_come_back_as_they_were() {
    check("trace", 30);
}

/// Recorded dumps with bytes taken out, doubled and swapped: an error or tables that print and read back, never a panic.
#[test]
fn damaged_dumps_are_errors_or_tables() {
    let mut state = 0x2545_f491_u32;
    let mut next = |most: usize| {
        // xorshift32: the same damage every time.
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as usize % most.max(1)
    };
    let (mut tables, mut errors) = (0, 0);
    for path in dumps(&conformance()) {
        let whole = without_counters(&read(&path));
        for _ in 0..40 {
            let mut bytes = whole.clone().into_bytes();
            for _ in 0..=next(3) {
                let (at, length) = (next(bytes.len()), next(12));
                let end = (at + length).min(bytes.len());
                match next(4) {
                    0 => drop(bytes.drain(at..end)),
                    1 => bytes.extend_from_within(at..end),
                    2 => bytes[at..end].reverse(),
                    _ => bytes.insert(at, b" \"!-\\:\n*"[next(8)]),
                }
            }
            let text = String::from_utf8(bytes).expect("dumps are ASCII");
            match parse_save(&text, &Limits::default(), &mut |_| CauseId(0)) {
                Ok(xtables) => {
                    tables += 1;
                    let printed = print(&xtables);
                    assert_eq!(print(&parse(&printed)), printed, "{}", path.display());
                }
                Err(found) => {
                    errors += 1;
                    let last = text.lines().count() as u32;
                    assert!(!found.0.is_empty() && found.0.iter().all(|error| error.line <= last));
                }
            }
        }
    }
    assert!(tables > 100 && errors > 100, "{tables} {errors}");
}
