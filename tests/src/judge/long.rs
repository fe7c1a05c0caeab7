//! Many random networks and probes, with a report.

use super::drawn::{self, Drawn};
use super::journeys::{self, Agreed, Extent};
use super::kernel::Lab;
use super::{Record, judge, names};
use kernel::state::KernelState;
use kubernetes::cluster::model::Cni;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use sim_core::trace::{ClientResult, Purpose, write_probe};
use std::collections::BTreeMap;
use std::sync::Mutex;
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
    /// Of how many networks this many are clusters, wired by hand, Docker hosts, and clusters with doors.
    pub weights: [u32; 4],
    /// The plugin of all clusters; drawn where none is given.
    pub cni: Option<Cni>,
    /// Networks that are up at the same time, each with its probes one after the other.
    pub jobs: usize,
    /// Stop after this many differences, each job for itself.
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
    /// Names asked for by what the resolver concluded, and its questions.
    pub names: BTreeMap<String, usize>,
    /// Questions to name servers, each compared as a probe is.
    pub questions: usize,
    /// Probes of which some packet was in pieces inside a tunnel.
    pub wrapped_pieces: usize,
    /// What journeys had of what is about doors.
    pub doors: Doors,
    /// Packets at devices, rules and conntrack entries compared.
    pub compared: [usize; 3],
    /// Differences that did not show again in the same network, with its number: the machine was late.
    pub unrepeated: Vec<(usize, String)>,
    /// Differences: the seed's number of the network, the shrunk case, the comparison.
    pub differences: Vec<(usize, String, String)>,
}

/// Of journeys that both sides agree about: what they had. Those that had several things count for each.
#[derive(Clone, Debug, Default)]
pub struct Doors {
    /// All of them.
    pub journeys: usize,
    /// By what they asked or went through, and how often that was.
    pub had: BTreeMap<&'static str, (usize, usize)>,
    /// Streams by how much of them was compared.
    pub streams: BTreeMap<Extent, usize>,
    /// By what the client was told: the status of a response, else its error.
    pub results: BTreeMap<String, usize>,
}

impl Doors {
    fn add(&mut self, other: Self) {
        self.journeys += other.journeys;
        for (what, (journeys, times)) in other.had {
            let have = self.had.entry(what).or_default();
            *have = (have.0 + journeys, have.1 + times);
        }
        other.streams.into_iter().for_each(|(extent, count)| *self.streams.entry(extent).or_default() += count);
        other.results.into_iter().for_each(|(result, count)| *self.results.entry(result).or_default() += count);
    }

    fn count(&mut self, agreed: &Agreed) {
        let journey = &agreed.journey;
        self.journeys += 1;
        agreed.streams.iter().for_each(|(extent, count)| *self.streams.entry(*extent).or_default() += count);
        let forwards = || journey.lookups.iter().flat_map(|lookup| &lookup.forwards);
        let count = |purpose: Purpose| journey.legs.iter().filter(|leg| leg.purpose == purpose).count();
        let had = [
            ("questions over UDP", journey.lookups.iter().filter(|lookup| !lookup.stream).count()),
            ("questions over TCP", journey.lookups.iter().filter(|lookup| lookup.stream).count()),
            ("answers that did not fit", journey.lookups.iter().filter(|lookup| lookup.truncated).count()),
            ("questions that a name server passed on over UDP", forwards().filter(|one| !one.stream).count()),
            ("questions that a name server passed on over TCP", forwards().filter(|one| one.stream).count()),
            ("requests over HTTP", usize::from(journey.http.is_some())),
            ("second connections of proxies", count(Purpose::Proxy)),
            (
                "segments of requests, responses and TLS",
                count(Purpose::Request) + count(Purpose::Response) + count(Purpose::Tls),
            ),
        ];
        for (what, times) in had.into_iter().filter(|(_, times)| *times > 0) {
            let have = self.had.entry(what).or_default();
            *have = (have.0 + 1, have.1 + times);
        }
        let status = journey.http.as_ref().and_then(|http| Some(http.response.as_ref()?.status.to_string()));
        let result = status.filter(|_| journey.client == ClientResult::Ok).unwrap_or_else(|| journey.client.code());
        *self.results.entry(result).or_default() += 1;
    }
}

impl Report {
    /// Takes in what another job found.
    fn add(&mut self, other: Self) {
        self.networks += other.networks;
        self.probes += other.probes;
        self.questions += other.questions;
        self.wrapped_pieces += other.wrapped_pieces;
        for (into, from) in [(&mut self.outcomes, other.outcomes), (&mut self.names, other.names)] {
            from.into_iter().for_each(|(name, count)| *into.entry(name).or_default() += count);
        }
        self.compared.iter_mut().zip(other.compared).for_each(|(sum, count)| *sum += count);
        self.doors.add(other.doors);
        self.unrepeated.extend(other.unrepeated);
        self.differences.extend(other.differences);
        self.unrepeated.sort();
        self.differences.sort();
    }

    fn count(&mut self, record: &Record) {
        self.wrapped_pieces += usize::from(record.wraps_pieces());
        let counts = [record.packets.len(), record.rules.len(), record.conntrack.len()];
        for (sum, count) in self.compared.iter_mut().zip(counts) {
            *sum += count;
        }
    }
}

/// What became of one case.
enum Judged {
    Agrees,
    Differs(String),
}

/// Runs a plan. `progress` hears of each network from the job that had it, with what that job found so far.
///
/// # Panics
/// When the generator makes something that is no network.
pub fn run(plan: Plan, progress: impl FnMut(&Report) + Send) -> Report {
    let progress = Mutex::new(progress);
    let tell = |report: &Report| {
        if let Ok(mut progress) = progress.lock() {
            progress(report);
        }
    };
    let tell: &(dyn Fn(&Report) + Sync) = &tell;
    std::thread::scope(|scope| {
        let jobs: Vec<_> = (0..plan.jobs.max(1)).map(|job| scope.spawn(move || share(plan, job, tell))).collect();
        let mut report = Report::default();
        for job in jobs {
            report.add(job.join().unwrap());
        }
        report
    })
}

/// One job's share of a plan: every network is drawn by every job, in the same order, and built by one of them.
fn share(plan: Plan, job: usize, progress: &dyn Fn(&Report)) -> Report {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&plan.seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let strategy = drawn::drawn(plan.per_network, plan.weights, plan.cni);
    let mut report = Report::default();
    for number in 1..=plan.probes.div_ceil(plan.per_network.max(1)) {
        let mut tree = strategy.new_tree(&mut runner).unwrap();
        if number % plan.jobs.max(1) != job || plan.only.is_some_and(|only| only != number) {
            continue;
        }
        if report.differences.len() >= plan.max_differences {
            break;
        }
        report.networks += 1;
        let case = tree.current();
        if let Judged::Differs(text) = run_case(&case, job, Some(&mut report)) {
            if let Judged::Agrees = run_case(&case, job, None) {
                report.unrepeated.push((number, text));
                continue;
            }
            let (case, text) = shrink(&mut tree, case, text, (plan.shrink, job));
            report.differences.push((number, case.describe(), text));
        }
        progress(&report);
    }
    report
}

/// One network with its probes.
fn run_case(case: &Drawn, job: usize, mut report: Option<&mut Report>) -> Judged {
    let site = case.build();
    let network = site.network();
    let mut lab = match Lab::up(network, &format!("khj{}x{job}", std::process::id())) {
        Ok(lab) => lab,
        Err(error) => return Judged::Differs(format!("the lab does not come up: {error}")),
    };
    let servers = site.model().map(names::Servers::of);
    let mut state = KernelState::default();
    let mut errors = false;
    let wait = case.drops_by_route();
    for at in 0..case.probes() {
        // The kernel answers packets without a route at its own pace, and any ICMP error to the same host uses that up (`ip_error`,
        // `inet_peer_xrlim_allow`); that is not simulated.
        let pause = |errors: bool| {
            if errors && wait {
                std::thread::sleep(Duration::from_secs(1));
            }
        };
        pause(errors);
        if let Some(model) = site.model()
            && let Some(probe) = case.journey(model, at, 41000 + at as u16)
        {
            state.now = lab.started.elapsed().as_secs();
            match journeys::run(&mut lab, model, &mut state, &probe) {
                Ok(agreed) => {
                    errors = agreed.record.has_error();
                    if let Some(report) = report.as_deref_mut() {
                        report.probes += 1;
                        report.count(&agreed.record);
                        report.doors.count(&agreed);
                    }
                }
                Err(text) => {
                    let probe = write_probe(model, &probe);
                    return Judged::Differs(format!("journey {} from {} to {}\n{text}", at + 1, probe.from, probe.to));
                }
            }
            continue;
        }
        let asked = case.asked(&site, at);
        let mut resolved = None;
        if let (Some(asked), Some(servers)) = (&asked, &servers) {
            let done = match names::resolve(&mut lab, servers, network, &mut state, asked, wait) {
                Ok(done) => done,
                Err(text) => {
                    let from = &network.netns(asked.netns).name;
                    return Judged::Differs(format!("probe {} from {from} to name {}\n{text}", at + 1, asked.typed));
                }
            };
            errors = done.questions.last().is_some_and(Record::has_error);
            if let Some(report) = report.as_deref_mut() {
                let concluded = done.result.map_or_else(|failure| format!("{failure:?}"), |_| "address".to_owned());
                *report.names.entry(concluded).or_default() += 1;
                report.questions += done.questions.len();
                done.questions.iter().for_each(|record| report.count(record));
                report.probes += usize::from(done.result.is_err());
            }
            resolved = done.result.ok();
            if resolved.is_none() {
                continue;
            }
            pause(errors);
        }
        let Some(request) = case.request(network, at, 41000 + at as u16, resolved) else { continue };
        state.now = lab.started.elapsed().as_secs();
        match judge(&mut lab, network, &mut state, &request) {
            Ok(record) => {
                errors = record.has_error();
                if let Some(report) = report.as_deref_mut() {
                    report.probes += 1;
                    *report.outcomes.entry(format!("{} {}", request.protocol, record.client)).or_default() += 1;
                    report.count(&record);
                }
            }
            Err(text) => {
                let from = &network.netns(request.netns).name;
                return Judged::Differs(format!(
                    "probe {} from {from} to {}{} {} ttl {:?} size {}\n{text}",
                    at + 1,
                    asked.map_or_else(String::new, |asked| format!("{}: ", asked.typed)),
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
fn shrink(
    tree: &mut impl ValueTree<Value = Drawn>,
    case: Drawn,
    text: String,
    (time, job): (Duration, usize),
) -> (Drawn, String) {
    let end = Instant::now() + time;
    let mut smallest = (case, text);
    let mut more = !time.is_zero() && tree.simplify();
    while more && Instant::now() < end {
        let case = tree.current();
        more = match run_case(&case, job, None) {
            Judged::Differs(text) => {
                smallest = (case, text);
                tree.simplify()
            }
            Judged::Agrees => tree.complicate(),
        };
    }
    smallest
}
