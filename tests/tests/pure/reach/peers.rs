//! What the analyzer of NetworkPolicies of np-guard says of its own cases, where they are at hand.

use super::decided;
use kubehop_tests::suite::{self, list, text};
use kubehop_tests::{agree, read};
use kubernetes::budget::Budget;
use kubernetes::manifest::SourceText;
use kubernetes::policy::Ports;
use serde_json::{Value, json};
use sim_core::reach::{Asked, Filter, Peer, Reach};
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::path::Path;

/// All manifests of a folder, those of folders inside it too.
fn manifests(folder: &Path, into: &mut Vec<SourceText>) {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            manifests(&path, into);
        } else if path.extension().is_some_and(|ending| ["yaml", "yml", "json"].iter().any(|own| ending == *own)) {
            into.push(SourceText::given(path.to_string_lossy(), read(&path)));
        }
    }
}

/// Who, and who to, with what one says of them: addresses as stretches.
type Said = BTreeMap<(String, String), Value>;
type Stretches = BTreeMap<(String, bool), Vec<(u32, u32, String)>>;

fn connections(ports: &Ports) -> Value {
    if ports.is_all() { json!({"all": true}) } else { json!(ports.by_name()) }
}

/// Neighbours that are alike become one.
fn merged(all: Stretches) -> Stretches {
    let merge = |mut stretches: Vec<(u32, u32, String)>| {
        stretches.sort();
        let mut merged: Vec<(u32, u32, String)> = Vec::new();
        for (first, last, said) in stretches {
            match merged.last_mut() {
                Some(before) if before.2 == said && before.1.checked_add(1) == Some(first) => before.1 = last,
                _ => merged.push((first, last, said)),
            }
        }
        merged
    };
    all.into_iter().map(|(key, stretches)| (key, merge(stretches))).collect()
}

fn expected(case: &Value, without: &BTreeSet<String>) -> (Said, Stretches) {
    let (mut said, mut stretches) = (Said::new(), Stretches::new());
    let name = |peer: &Value| match text(peer, "kind") {
        "workload" => format!("{}/{}[{}]", text(peer, "ns"), text(peer, "name"), text(peer, "workloadKind")),
        kind => kind.to_owned(),
    };
    for line in list(case, "expect") {
        let (from, to) = (name(&line["src"]), name(&line["dst"]));
        if without.contains(&from) || without.contains(&to) {
            continue;
        }
        let connections = line["connections"].clone();
        let range = |peer: &Value| -> Option<(u32, u32)> {
            let (first, last) = text(peer, "range").split_once('-')?;
            Some((first.parse::<Ipv4Addr>().ok()?.into(), last.parse::<Ipv4Addr>().ok()?.into()))
        };
        match (range(&line["src"]), range(&line["dst"])) {
            (Some((first, last)), _) => {
                stretches.entry((to, true)).or_default().push((first, last, connections.to_string()));
            }
            (_, Some((first, last))) => {
                stretches.entry((from, false)).or_default().push((first, last, connections.to_string()));
            }
            _ => drop(said.insert((from, to), connections)),
        }
    }
    (said, merged(stretches))
}

fn ours(reach: &Reach<'_>, without: &BTreeSet<String>) -> (Said, Stretches) {
    let (mut said, mut stretches) = (Said::new(), Stretches::new());
    let name = |peer: &Peer| match peer {
        Peer::Workload(at) => written(reach, *at),
        Peer::Ingress => "ingress-controller".to_owned(),
        _ => "external".to_owned(),
    };
    for pair in reach.pairs(&Filter::default()) {
        let (from, to) = (name(&pair.from), name(&pair.to));
        if without.contains(&from) || without.contains(&to) {
            continue;
        }
        let connections = connections(reach.ports_of(&pair));
        match (pair.from, pair.to) {
            (Peer::Range(first, last), _) => {
                stretches.entry((to, true)).or_default().push((first.into(), last.into(), connections.to_string()));
            }
            (_, Peer::Range(first, last)) => {
                stretches.entry((from, false)).or_default().push((first.into(), last.into(), connections.to_string()));
            }
            _ => drop(said.insert((from, to), connections)),
        }
    }
    (said, merged(stretches))
}

fn written(reach: &Reach<'_>, at: usize) -> String {
    let object = &reach.workloads()[at].object;
    format!("{}/{}[{}]", object.namespace.as_deref().unwrap_or_default(), object.name, object.kind)
}

#[test]
fn connections_are_those_that_the_analyzer_of_np_guard_lists() {
    compare("cases.json");
}

#[test]
fn so_they_are_with_policies_of_administrators() {
    compare("cases-anp.json");
}

fn compare(name: &str) {
    let Some(folder) = suite::folder("netpol") else { return };
    let cases: Value = serde_json::from_str(&read(&folder.join(name))).expect("cases");
    let results: Vec<(String, Result<(), String>)> = list(&cases, "cases")
        .iter()
        .map(|case| {
            let mut texts = Vec::new();
            manifests(&folder.join(text(case, "manifests")), &mut texts);
            let (parsed, cluster) = decided(&texts);
            let reach = Reach::of(&parsed, &cluster, Asked::All, &Budget::unlimited()).expect("unlimited");
            // What is in its node's network is an ordinary Pod to the analyzer.
            let all = reach.workloads().iter().enumerate();
            let host = all.filter(|(_, workload)| workload.host_network).map(|(at, _)| written(&reach, at)).collect();
            let (expected, ours) = (expected(case, &host), ours(&reach, &host));
            let mut wrong = Vec::new();
            for (key, said) in expected.0.iter().chain(&ours.0) {
                let (theirs, own) = (expected.0.get(key), ours.0.get(key));
                if theirs != own {
                    wrong.push(format!("{} => {}: {theirs:?}, here {own:?} ({said})", key.0, key.1));
                }
            }
            for key in expected.1.keys().chain(ours.1.keys()) {
                let (theirs, own) = (expected.1.get(key), ours.1.get(key));
                if theirs != own {
                    wrong.push(format!("{key:?}: {theirs:?}, here {own:?}"));
                }
            }
            wrong.sort();
            wrong.dedup();
            wrong.truncate(8);
            (text(case, "case").to_owned(), if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n  ")) })
        })
        .collect();
    assert!(results.len() > 50, "{}", results.len());
    agree(&results, &[]);
}
