//! Random clusters on the real kernel: every packet at every device, every rule, every conntrack entry, and both ends. What is known to
//! differ is not asked for here but in `kernel_known_gaps.rs`.

use kubehop_tests::judge::kernel::require;
use kubehop_tests::judge::long::{Plan, run};
use kubehop_tests::judge::over_time;
use std::time::Duration;

#[test]
fn random_networks_behave_as_simulated() {
    require();
    let plan = Plan {
        probes: 320,
        per_network: 8,
        seed: 20_261_128,
        shrink: Duration::from_secs(20),
        jobs: 2,
        max_differences: 3,
        weights: [3, 1, 0, 0],
        cni: None,
        only: None,
    };
    let report = run(plan, |_| {});
    for (number, case, text) in &report.differences {
        eprintln!("network {number} of seed {}\n{case}\n{text}", plan.seed);
    }
    assert!(report.differences.is_empty(), "{} differences", report.differences.len());
    assert!(report.networks >= 40 && report.probes >= 300, "{} networks, {} probes", report.networks, report.probes);
}

/// Compose projects with machines, routers and the Internet around their host.
#[test]
fn random_docker_hosts_behave_as_simulated() {
    require();
    let plan = Plan {
        probes: 160,
        per_network: 8,
        seed: 20_261_128,
        shrink: Duration::from_secs(20),
        jobs: 2,
        max_differences: 3,
        weights: [0, 0, 1, 0],
        cni: None,
        only: None,
    };
    let report = run(plan, |_| {});
    for (number, case, text) in &report.differences {
        eprintln!("network {number} of seed {}\n{case}\n{text}", plan.seed);
    }
    assert!(report.differences.is_empty(), "{} differences", report.differences.len());
    assert!(report.networks >= 20 && report.probes >= 150, "{} networks, {} probes", report.networks, report.probes);
}

/// Clusters with resolvers, caches and proxies of all kinds: whole journeys.
#[test]
fn random_journeys_go_as_simulated() {
    require();
    let plan = Plan {
        probes: 120,
        per_network: 20,
        seed: 20_261_129,
        shrink: Duration::from_secs(20),
        jobs: 2,
        max_differences: 3,
        weights: [0, 0, 0, 1],
        cni: None,
        only: None,
    };
    let report = run(plan, |_| {});
    for (number, case, text) in &report.differences {
        eprintln!("network {number} of seed {}\n{case}\n{text}", plan.seed);
    }
    assert!(report.differences.is_empty(), "{} differences", report.differences.len());
    let doors = &report.doors;
    assert!(report.networks >= 6 && doors.journeys >= 90, "{} networks, {} journeys", report.networks, doors.journeys);
    for (what, least) in [
        ("questions over UDP", 20),
        ("questions over TCP", 20),
        ("questions that a name server passed on over TCP", 10),
        ("second connections of proxies", 10),
    ] {
        let times = doors.had.get(what).map_or(0, |(_, times)| *times);
        assert!(times >= least, "{times} {what}");
    }
}

/// Timelines: rules are replaced on kernels that run, while connections stay open. `KUBEHOP_TEST_FULL=1` runs 500.
#[test]
fn connections_go_on_over_time_as_simulated() {
    require();
    let full = std::env::var_os("KUBEHOP_TEST_FULL").is_some();
    let timelines = if full { 500 } else { 24 };
    let plan = over_time::Plan { timelines, events: 6, seed: 20_261_130, only: None, jobs: 2 };
    let report = over_time::run(plan);
    for (number, case, text) in &report.differences {
        eprintln!("timeline {number} of seed {}\n{case}\n{text}", plan.seed);
    }
    println!("{:?}", over_time::Report { differences: Vec::new(), ..report.clone() });
    assert!(report.differences.is_empty(), "{} differences", report.differences.len());
    assert!(report.timelines >= timelines * 2 / 3 && report.replaced >= timelines, "{report:?}");
    assert!(report.kept.get("ok").is_some_and(|count| *count >= timelines), "{:?}", report.kept);
}
