//! The long run: thousands of random probes against the real kernel, with a report.
//!
//! `cargo run --release -p kubehop-tests --bin judge -- --probes 5000 --seed 1 > tests/kernel/REPORT.md`, as root; `--help` says what else there is.

use clap::builder::PossibleValuesParser;
use clap::{CommandFactory, Parser};
use kubehop_tests::judge::kernel::require;
use kubehop_tests::judge::long::{Doors, Plan, Report, run};
use kubernetes::cluster::model::Cni;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Random networks on this machine's kernel and in the simulation, compared packet by packet, as root. The report is for stdout, what is under way for
/// stderr; the exit code is 1 where something differs.
///
/// Of a whole of networks, the four weights say how many are of which kind: with `--clusters 0 --wired 0 --docker 0 --doors 1` all are clusters whose
/// questions and requests go through name servers, caches and proxies.
#[derive(Parser)]
#[command(name = "judge", max_term_width = 120)]
struct Arguments {
    /// Probes in all
    #[arg(long, value_name = "COUNT", default_value_t = 300)]
    probes: usize,
    /// Probes through one network
    #[arg(long, value_name = "COUNT", default_value_t = 20, value_parser = at_least_one)]
    per_network: usize,
    /// Seed of everything random: the same one draws the same networks and probes
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// Builds only this network of the seed, counted from 1
    #[arg(long, value_name = "NUMBER", value_parser = at_least_one)]
    only: Option<usize>,
    /// Networks that are up at the same time
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = at_least_one)]
    jobs: usize,
    /// Stops after so many differences, each job for itself
    #[arg(long, value_name = "COUNT", default_value_t = 10, value_parser = at_least_one)]
    max_differences: usize,
    /// How long a difference is made smaller
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    shrink_seconds: u64,
    /// Weight of clusters
    #[arg(long, value_name = "WEIGHT", default_value_t = 3)]
    clusters: u32,
    /// Weight of networks wired by hand: routers, hosts, overlays
    #[arg(long, value_name = "WEIGHT", default_value_t = 1)]
    wired: u32,
    /// Weight of Docker hosts with what is around them
    #[arg(long, value_name = "WEIGHT", default_value_t = 1)]
    docker: u32,
    /// Weight of clusters with doors: each probe is a whole journey through resolvers, caches of names, Ingresses and Gateways
    #[arg(long, value_name = "WEIGHT", default_value_t = 0)]
    doors: u32,
    /// The plugin of all clusters; drawn where none is given
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(Cni::KNOWN.map(Cni::name)))]
    cni: Option<String>,
}

/// A count that is not 0.
fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("at least 1".to_owned()),
        Ok(count) => Ok(count),
        Err(error) => Err(format!("{error}")),
    }
}

impl Arguments {
    fn plan(&self) -> Plan {
        Plan {
            probes: self.probes,
            per_network: self.per_network,
            seed: self.seed,
            shrink: Duration::from_secs(self.shrink_seconds),
            only: self.only,
            weights: [self.clusters, self.wired, self.docker, self.doors],
            cni: self.cni.as_deref().and_then(Cni::named),
            jobs: self.jobs,
            max_differences: self.max_differences,
        }
    }
}

fn main() {
    let arguments = Arguments::parse();
    let plan = arguments.plan();
    if plan.weights == [0; 4] {
        let error = Arguments::command()
            .error(clap::error::ErrorKind::ValueValidation, "every kind of network has the weight 0");
        error.exit();
    }
    require();
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Result<Plan, clap::error::ErrorKind> {
        let words = std::iter::once(&"judge").chain(words);
        Arguments::try_parse_from(words).map(|arguments| arguments.plan()).map_err(|error| error.kind())
    }

    #[test]
    fn words_make_a_plan_or_are_refused() {
        Arguments::command().debug_assert();
        let plain = read(&[]).unwrap();
        assert_eq!((plain.probes, plain.per_network, plain.only, plain.weights), (300, 20, None, [3, 1, 1, 0]));
        let journeys = read(&[
            "--clusters",
            "0",
            "--wired",
            "0",
            "--docker",
            "0",
            "--doors",
            "1",
            "--only",
            "7",
            "--cni",
            "flannel",
        ]);
        let journeys = journeys.unwrap();
        assert_eq!((journeys.weights, journeys.only, journeys.cni), ([0, 0, 0, 1], Some(7), Cni::named("flannel")));
        use clap::error::ErrorKind::{DisplayHelp, InvalidValue, UnknownArgument, ValueValidation};
        for (words, kind) in [
            (&["--help"][..], DisplayHelp),
            (&["--probe", "3"], UnknownArgument),
            (&["--jobs", "0"], ValueValidation),
            (&["--probes", "many"], ValueValidation),
            (&["--cni", "nothing"], InvalidValue),
        ] {
            assert_eq!(read(words).err(), Some(kind), "{words:?}");
        }
    }
}
