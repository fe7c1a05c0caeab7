//! The long run: thousands of random probes against the real kernel, with a report.
//!
//! `cargo run --release -p kubehop-tests --bin judge -- --probes 5000 --seed 1 > tests/kernel/REPORT.md`, as root.

use kubehop_tests::judge::kernel::require;
use kubehop_tests::judge::long::{Plan, Report, run};
use std::time::{Duration, Instant};

fn number(name: &str, default: u64) -> u64 {
    let mut arguments = std::env::args().skip_while(|argument| argument != name).skip(1);
    arguments.next().map_or(default, |value| value.parse().unwrap_or_else(|_| panic!("{name} takes a number")))
}

fn main() {
    require();
    let plan = Plan {
        probes: number("--probes", 300) as usize,
        per_network: number("--per-network", 20) as usize,
        seed: number("--seed", 1),
        shrink: Duration::from_secs(number("--shrink-seconds", 60)),
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

fn print(plan: &Plan, report: &Report, time: Duration) {
    println!("# The simulation against the real kernel\n");
    println!(
        "`judge --probes {} --per-network {} --seed {}`, {} s\n",
        plan.probes,
        plan.per_network,
        plan.seed,
        time.as_secs()
    );
    println!(
        "- networks: {}\n- probes compared: {}\n- differences: {}",
        report.networks,
        report.probes,
        report.differences.len()
    );
    println!("- differences that did not show again when the network was built anew: {}", report.unrepeated.len());
    let [packets, rules, entries] = report.compared;
    println!(
        "- packets at devices that agree: {packets}\n- rules and policies that agree: {rules}\n- conntrack entries that agree: {entries}\n"
    );
    println!("| client reported | probes |\n| --- | --- |");
    for (outcome, count) in &report.outcomes {
        println!("| {outcome} | {count} |");
    }
    for (number, text) in &report.unrepeated {
        println!("\n## Not repeated, network {number}\n\n```\n{text}\n```");
    }
    for (number, case, text) in &report.differences {
        println!("\n## Difference in network {number}\n\n```\n{case}\n{text}\n```");
    }
}
