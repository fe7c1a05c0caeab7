//! Many random networks and probes, with a report.

use super::generate::{self, Case};
use super::{judge, kernel::Lab};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use sim_core::linux::live::Live;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How much to run.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Probes in all.
    pub probes: usize,
    /// Probes through one network.
    pub per_network: usize,
    /// Seed of everything random.
    pub seed: u64,
    /// Shrink a difference for this long.
    pub shrink: Duration,
    /// Only this network of the seed, by its number.
    pub only: Option<usize>,
    /// Stop after this many differences.
    pub max_differences: usize,
}

/// What a run found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Networks built.
    pub networks: usize,
    /// Probes compared.
    pub probes: usize,
    /// Probes by what the client reported.
    pub outcomes: BTreeMap<String, usize>,
    /// Packets at devices, rules and conntrack entries compared.
    pub compared: [usize; 3],
    /// Differences that did not show again in the same network, with its number: the machine was late.
    pub unrepeated: Vec<(usize, String)>,
    /// Differences: the seed's number of the network, the shrunk case, the comparison.
    pub differences: Vec<(usize, String, String)>,
}

/// What became of one case.
enum Judged {
    Agrees,
    Differs(String),
}

/// Runs a plan.
pub fn run(plan: Plan, mut progress: impl FnMut(&Report)) -> Report {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&plan.seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let strategy = generate::case(plan.per_network);
    let mut report = Report::default();
    while report.probes < plan.probes && report.differences.len() < plan.max_differences {
        let mut tree = strategy.new_tree(&mut runner).unwrap();
        report.networks += 1;
        if plan.only.is_some_and(|only| only != report.networks) {
            report.probes += plan.per_network;
            continue;
        }
        let case = tree.current();
        if let Judged::Differs(text) = run_case(&case, Some(&mut report)) {
            if let Judged::Agrees = run_case(&case, None) {
                report.unrepeated.push((report.networks, text));
                continue;
            }
            let (case, text) = shrink(&mut tree, case, text, plan.shrink);
            report.differences.push((report.networks, describe(&case), text));
        }
        progress(&report);
    }
    report
}

/// One network with its probes.
fn run_case(case: &Case, mut report: Option<&mut Report>) -> Judged {
    let network = case.network();
    let mut lab = match Lab::up(&network, &format!("khj{}", std::process::id())) {
        Ok(lab) => lab,
        Err(error) => return Judged::Differs(format!("the lab does not come up: {error}")),
    };
    let mut live = Live::default();
    let mut errors = 0;
    for at in 0..case.probes.len() {
        // The kernel answers packets without a route at its own pace, and any ICMP error to the same host uses that up (`ip_error`,
        // `inet_peer_xrlim_allow`); that is not simulated.
        if errors >= 1 && case.drops_by_route() {
            std::thread::sleep(Duration::from_secs(1));
        }
        let request = case.request(&network, at, 41000 + at as u16);
        live.now = lab.started.elapsed().as_secs();
        match judge(&mut lab, &network, &mut live, &request) {
            Ok(record) => {
                let error = |line: &String| line.contains(" icmp 3/") || line.contains(" icmp 11/");
                errors = usize::from(record.packets.iter().any(error));
                if let Some(report) = report.as_deref_mut() {
                    report.probes += 1;
                    *report.outcomes.entry(format!("{} {}", request.protocol, record.client)).or_default() += 1;
                    let counts = [record.packets.len(), record.rules.len(), record.conntrack.len()];
                    for (sum, count) in report.compared.iter_mut().zip(counts) {
                        *sum += count;
                    }
                }
            }
            Err(text) => {
                let from = &network.netns(request.netns).name;
                return Judged::Differs(format!(
                    "probe {} from {from} to {} {} ttl {:?} size {}\n{text}",
                    at + 1,
                    request.protocol,
                    request.remote,
                    request.ttl,
                    request.payload.len()
                ));
            }
        }
    }
    Judged::Agrees
}

/// The smallest case found in the time given that still differs.
fn shrink(tree: &mut impl ValueTree<Value = Case>, case: Case, text: String, time: Duration) -> (Case, String) {
    let end = Instant::now() + time;
    let mut smallest = (case, text);
    let mut more = !time.is_zero() && tree.simplify();
    while more && Instant::now() < end {
        let case = tree.current();
        more = match run_case(&case, None) {
            Judged::Differs(text) => {
                smallest = (case, text);
                tree.simplify()
            }
            Judged::Agrees => tree.complicate(),
        };
    }
    smallest
}

fn describe(case: &Case) -> String {
    format!("{case:?}\n{}\n{}", case.manifests(), case.changes())
}
