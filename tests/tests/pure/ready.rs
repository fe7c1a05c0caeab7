//! The ready scenarios of data paths, kept as they are: what every machine in them holds, and the way of every probe that they suggest.
//!
//! A line of a way is a machine with its steps; rules are counted, and answers left out. Those of Docker are held against recorded runs instead (`docker/recorded.rs`), those
//! of names and of requests are cases (`tests/cases/names.tsv`, `http.tsv`).

use sim_core::model::{Model, Options};
use sim_core::print::{self, What};
use sim_core::trace;
use std::collections::BTreeMap;
use std::fmt::Write;
use web::gallery;
use web::locale::Lang;

/// Lines of a tool, without what is the same on every machine.
fn tool(model: &Model, netns: kernel::ids::NetnsId, what: What) -> Vec<String> {
    let text = print::state(model, netns, what);
    let usual = [" table local ", " dev lo ", "link/", "valid_lft", "127.0.0.1"];
    let lines = text.lines().filter(|line| !usual.iter().any(|usual| line.contains(usual)));
    lines.map(|line| line.trim().to_owned()).collect()
}

/// `DEVICE mtu N: ADDRESSES`, without `lo`.
fn devices(model: &Model, netns: kernel::ids::NetnsId) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for line in tool(model, netns, What::Addr) {
        let words: Vec<&str> = line.split(' ').collect();
        let after = |word: &str| words.iter().position(|have| *have == word).and_then(|at| words.get(at + 1).copied());
        if words[0] == "inet" {
            if let Some(device) = all.last_mut() {
                write!(device, " {}", words[1]).unwrap();
            }
        } else {
            let name = words[1].trim_end_matches(':').split('@').next().unwrap_or_default();
            let port = after("master").map(|master| format!(" in {master}")).unwrap_or_default();
            all.push(format!("{name}{port} mtu {}:", after("mtu").unwrap_or_default()));
        }
    }
    all.retain(|device| !device.starts_with("lo "));
    all
}

/// Chains that kube-proxy did not make, with how many rules they have.
fn chains(model: &Model, netns: kernel::ids::NetnsId) -> Vec<String> {
    let mut table = String::new();
    let mut rules: BTreeMap<String, usize> = BTreeMap::new();
    for line in print::state(model, netns, What::Iptables).lines() {
        if let Some(name) = line.strip_prefix('*') {
            table = name.to_owned();
        } else if let Some(rule) = line.strip_prefix("-A ").filter(|rule| !rule.contains("KUBE-")) {
            *rules.entry(format!("{table} {}", rule.split(' ').next().unwrap_or_default())).or_default() += 1;
        }
    }
    rules.iter().map(|(chain, count)| format!("{chain}: {count}")).collect()
}

fn state(out: &mut String, model: &Model) {
    let network = &model.site.network;
    let machines = network.ids().filter(|id| {
        let name = network.netns(*id).name.clone();
        !name.starts_with("net/")
    });
    for netns in machines {
        writeln!(out, "== {}", network.netns(netns).name).unwrap();
        for (title, lines) in [
            ("devices", devices(model, netns)),
            ("routes", tool(model, netns, What::Route)),
            ("neighbours", tool(model, netns, What::Neigh)),
            ("other ends", tool(model, netns, What::Fdb).into_iter().filter(|line| line.contains(" dst ")).collect()),
            ("answers", network.netns(netns).answers.iter().map(|answer| answer.ip.to_string()).collect()),
            ("chains", chains(model, netns)),
        ] {
            for line in lines {
                writeln!(out, "  {title}: {}", line.trim()).unwrap();
            }
        }
    }
}

/// The steps of a way, a line for each machine.
fn way(out: &mut String, model: &Model, probe: &trace::ProbeText) {
    let asked = trace::parse_probe(model, probe).unwrap();
    let model = trace::model_for(model, &asked);
    let journey = trace::run(&model, &asked);
    let mut text = String::new();
    web::text::write_trace(&mut text, Lang::En, &model, &journey, None).unwrap();
    writeln!(out, "-- {} to {}: {}", probe.from, probe.to, journey.outcome.kind.code()).unwrap();
    let (mut at, mut answer) = (String::new(), false);
    for line in text.lines() {
        let number = line.trim_start().split(' ').next().unwrap_or_default();
        let Some((place, step)) = line.split_once(" · ").filter(|_| number.parse::<u32>().is_ok()) else { continue };
        let place = place.trim_start().trim_start_matches(number).trim();
        if step.contains(": sends ") {
            answer = step.contains(": sends TCP SYN,ACK");
        }
        if answer {
            continue;
        }
        let starts = step.contains(": sends ") || place != at;
        let start = format!("{}{place}: ", if at.is_empty() { "" } else { "\n" });
        out.push_str(if starts { &start } else { " | " });
        out.push_str(step);
        place.clone_into(&mut at);
    }
    out.push('\n');
    out.truncate(out.trim_end().len());
    out.push('\n');
    if let Some(server) = &journey.server {
        writeln!(out, "sees {}", server.sees).unwrap();
    }
}

#[test]
fn machines_and_ways_are_as_they_were() {
    let of_docker = |example: &&gallery::Example| {
        !matches!(example.group.as_deref(), Some("docker" | "http" | "mistakes" | "names"))
            && example.id != "published-port"
    };
    let mut count = 0;
    for example in gallery::examples().iter().filter(of_docker) {
        let model = Model::build(&example.sources(), &kubernetes::manifest::Limits::default(), &Options::default());
        let mut out = String::new();
        state(&mut out, &model);
        for probe in gallery::suggested(&model) {
            way(&mut out, &model, &probe);
        }
        insta::assert_snapshot!(example.id.as_str(), out);
        count += 1;
    }
    assert_eq!(count, 17);
}
