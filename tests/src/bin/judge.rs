//! The long run: thousands of random probes against the real kernel, with a report.
//!
//! `cargo run --release -p kubehop-tests --bin judge -- --probes 5000 --seed 1 > tests/kernel/REPORT.md`, as root. `--clusters 0 --wired 1`
//! draws only networks wired by hand, `--clusters 0 --wired 0` only Docker hosts (`--docker 1`), with `--docker 0 --doors 1` clusters whose questions and
//! requests go through name servers, caches and proxies; `--only N` builds only network N of the seed; `--cni NAME` has all clusters
//! under one plugin; `--jobs N` has N networks up at a time.

use kubehop_tests::judge::kernel::require;
use kubehop_tests::judge::long::{Doors, Plan, Report, run};
use kubernetes::cluster::model::Cni;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

fn word(name: &str) -> Option<String> {
    std::env::args().skip_while(|argument| argument != name).nth(1)
}

fn number(name: &str, default: u64) -> u64 {
    word(name).map_or(default, |value| value.parse().unwrap_or_else(|_| panic!("{name} takes a number")))
}

fn main() {
    require();
    let plan = Plan {
        probes: number("--probes", 300) as usize,
        per_network: number("--per-network", 20) as usize,
        seed: number("--seed", 1),
        shrink: Duration::from_secs(number("--shrink-seconds", 60)),
        only: Some(number("--only", 0) as usize).filter(|only| *only > 0),
        weights: [number("--clusters", 3), number("--wired", 1), number("--docker", 1), number("--doors", 0)]
            .map(|count| count as u32),
        cni: word("--cni").map(|name| Cni::named(&name).unwrap_or_else(|| panic!("no plugin {name}"))),
        jobs: number("--jobs", 1) as usize,
        max_differences: number("--max-differences", 10) as usize,
    };
    let start = Instant::now();
    let report = run(plan, |report| {
        eprintln!(
            "{} networks, {} probes, {} differences, {:?}",
            report.networks,
            report.probes,
            report.differences.len(),
            start.elapsed()
        );
        if let Some((number, case, text)) = report.differences.last()
            && report.networks == *number
        {
            eprintln!("network {number}\n{case}\n{text}");
        }
    });
    print(&plan, &report, start.elapsed());
    std::process::exit(i32::from(!report.differences.is_empty()));
}

/// How many networks are no clusters, in words.
fn others([clusters, by_hand, docker, doors]: [u32; 4]) -> String {
    let whole = clusters + by_hand + docker + doors;
    let wired = "are wired by hand:\none to three routers, hosts on their bridges, VXLANs between them, odd routes and settings.";
    let hosts =
        "are Docker hosts:\nCompose projects, engines 20.10 to 29, machines, routers and the Internet around them.";
    let ways = "are clusters with doors:\nresolvers that ask over TCP, NodeLocal DNSCache, Ingresses and Gateways with who serves them; a probe is a whole journey.";
    let kinds = [(by_hand, wired), (docker, hosts), (doors, ways)].into_iter().filter(|(count, _)| *count > 0);
    let kinds = kinds.map(|(count, what)| format!("Of the networks, {count} in {whole} {what}"));
    kinds.collect::<Vec<_>>().join(" ")
}

fn print(plan: &Plan, report: &Report, time: Duration) {
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    println!("# The simulation against the real kernel\n");
    println!(
        "Random clusters (1 to 4 nodes, 1 to 10 Pods, Services of every type, both modes of kube-proxy), settings and rules that an"
    );
    println!(
        "administrator might have made, and probes from Pods, nodes and a host outside, by address and by name. {}",
        others(plan.weights)
    );
    println!(
        "Each network is built as a lab on the kernel; each probe is sent there and in the simulation, with the choices the kernel"
    );
    println!("made, and everything is compared in order. A difference ends its network.\n");
    println!(
        "Not compared: ARP frames (who resolved what shows in the packets), pure acknowledgements of TCP, its options but"
    );
    println!(
        "for their length, IPv6. The kernel's pace is left out: its limits on ICMP errors are lifted or waited for, neighbour entries"
    );
    println!("do not age, and nothing is sent twice.\n");
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    println!("```sh\ncargo run --release -p kubehop-tests --bin judge -- {}\n```\n", arguments.join(" "));
    println!(
        "Linux {}, {} s, {} networks, {} probes.\n",
        kernel.trim(),
        time.as_secs(),
        report.networks,
        report.probes
    );
    println!("| area | compared and equal | probes that differ |\n| --- | --- | --- |");
    let [packets, rules, entries] = report.compared;
    let areas = [
        ("packets", "packets at devices: namespace, device, direction, every header", packets),
        ("rules", "rules, policies and the packet at each base chain", rules),
        ("conntrack", "conntrack entries: tuples, state, mark, timeout", entries),
        ("client", "what the client's call reported", report.probes),
        ("server", "what the server's socket saw", report.probes),
    ];
    for (area, what, count) in areas {
        let differ =
            report.differences.iter().filter(|(_, _, text)| text.contains(&format!("\n{area} differ at"))).count();
        println!("| {what} | {count} | {differ} |");
    }
    println!(
        "\nDifferences: {}; differences that did not show again when the network was built anew: {}.\n",
        report.differences.len(),
        report.unrepeated.len()
    );
    println!("Of the probes, {} had packets in pieces inside a tunnel.\n", report.wrapped_pieces);
    journeys(&report.doors);
    let asked: usize = report.names.values().sum();
    println!(
        "Of the probes, {asked} asked for a name: {} questions to name servers, each compared as a probe is.\n",
        report.questions
    );
    table("| the resolver concluded | names |", &report.names);
    table("| client reported | probes |", &report.outcomes);
    for (number, text) in &report.unrepeated {
        println!("\n## Not repeated, network {number}\n\n```\n{text}\n```");
    }
    for (number, case, text) in &report.differences {
        println!("\n## Difference in network {number}\n\n```\n{case}\n{text}\n```");
    }
}

/// A table of counts, where there are any.
fn table(head: &str, counts: &BTreeMap<String, usize>) {
    if counts.is_empty() {
        return;
    }
    println!("{head}\n| --- | --- |");
    for (what, count) in counts {
        println!("| {what} | {count} |");
    }
    println!();
}

/// What journeys had, where there were any.
fn journeys(doors: &Doors) {
    if doors.journeys == 0 {
        return;
    }
    println!(
        "{} probes were whole journeys: names, then a connection or a request over HTTP, with all that name servers and",
        doors.journeys
    );
    println!(
        "proxies ask in turn. What processes do, the simulation says and processes of the lab do at the same time, act by act.\n"
    );
    println!("| journeys with | journeys | how many |\n| --- | --- | --- |");
    for (what, (journeys, times)) in &doors.had {
        println!("| {what} | {journeys} | {times} |");
    }
    println!("\nOf a stream is compared:\n\n| | streams |\n| --- | --- |");
    for (extent, count) in &doors.streams {
        println!("| {} | {count} |", extent.words());
    }
    println!(
        "\nNot compared of a stream: when bytes are acknowledged, and so how long an entry lives meanwhile; what is sent again;"
    );
    println!("of what is longer than a segment all but the first one.\n");
    table("| the client heard | journeys |", &doors.results);
}
