//! Timelines on the real kernel: rules are replaced while it runs, and connections stay open over that.

use super::expect;
use super::generate::{OverTime, over_time};
use super::journeys::{Kept, run_on};
use super::kernel::Lab;
use kernel::packet::Port;
use kubernetes::budget::Budget;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use sim_core::model::Model;
use sim_core::timeline;
use sim_core::trace::{ClientResult, Probe, ProbeText, Running, parse_probe, run as run_once};
use std::collections::{BTreeMap, BTreeSet};

/// Port of the connection that stays open.
const SPORT: u16 = 40_400;

/// How much to run.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Timelines.
    pub timelines: usize,
    /// Events of each.
    pub events: usize,
    /// Seed of everything random.
    pub seed: u64,
    /// Only this one, counted from 1.
    pub only: Option<usize>,
    /// Labs that are up at the same time.
    pub jobs: usize,
}

/// What a run found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Timelines that were run through.
    pub timelines: usize,
    /// Moments whose rules were replaced on a kernel.
    pub moments: usize,
    /// Namespaces whose rules that were.
    pub replaced: usize,
    /// Packets on connections that were open before the rules were replaced, by what came of them.
    pub kept: BTreeMap<String, usize>,
    /// Probes that opened others, by what came of them.
    pub anew: BTreeMap<String, usize>,
    /// Entries of connection tracking that kube-proxy took out.
    pub cleared: usize,
    /// Those that did not show again, by number: the machine was late.
    pub unrepeated: Vec<(usize, String)>,
    /// Differences: the number, the input, the comparison.
    pub differences: Vec<(usize, String, String)>,
}

impl Report {
    fn add(&mut self, other: Self) {
        self.timelines += other.timelines;
        self.moments += other.moments;
        self.replaced += other.replaced;
        self.cleared += other.cleared;
        for (into, from) in [(&mut self.kept, other.kept), (&mut self.anew, other.anew)] {
            from.into_iter().for_each(|(name, count)| *into.entry(name).or_default() += count);
        }
        self.unrepeated.extend(other.unrepeated);
        self.differences.extend(other.differences);
    }
}

/// Runs a plan.
///
/// # Panics
/// When the generator makes something that is no network.
pub fn run(plan: Plan) -> Report {
    std::thread::scope(|scope| {
        let jobs: Vec<_> = (0..plan.jobs.max(1)).map(|job| scope.spawn(move || share(plan, job))).collect();
        let mut report = Report::default();
        for job in jobs {
            report.add(job.join().unwrap());
        }
        report
    })
}

fn share(plan: Plan, job: usize) -> Report {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&plan.seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let strategy = over_time(plan.events);
    let mut report = Report::default();
    for number in 1..=plan.timelines {
        let case = strategy.new_tree(&mut runner).unwrap().current();
        if number % plan.jobs.max(1) != job || plan.only.is_some_and(|only| only != number) {
            continue;
        }
        let mut found = Report::default();
        match through(&case, job, &mut found) {
            Ok(()) => report.add(Report { timelines: 1, ..found }),
            Err(text) => match through(&case, job, &mut Report::default()) {
                Ok(()) => report.unrepeated.push((number, text)),
                Err(text) => report.differences.push((number, case.manifests(), text)),
            },
        }
    }
    report
}

/// One timeline from its start to its end.
fn through(case: &OverTime, job: usize, report: &mut Report) -> Result<(), String> {
    let written = case.model();
    let moments = timeline::moments(&written, &Budget::unlimited());
    let at =
        |time| timeline::at(&written, &moments, time, &Budget::unlimited()).map_err(|stopped| format!("{stopped:?}"));
    let mut model = case.changed(at(0)?);
    // The first that is answered, else the first.
    let works = |text: &ProbeText| aimed(&model, text, SPORT).is_some_and(|probe| run_once(&model, &probe).works());
    let Some(kept_text) = case.kept().find(works).or_else(|| case.kept().next()) else { return Ok(()) };
    let mut lab = Lab::up(&model.site.network, &format!("khj{}x{job}", std::process::id()))?;
    let (mut running, mut kept) = (Running::default(), Kept::default());
    for (number, moment) in moments.iter().enumerate() {
        if number > 0 {
            let next = case.changed(at(moment.at)?);
            report.replaced += lab.replace_rules(&model.site.network, &next.site.network)?;
            report.moments += 1;
            running.set_time(lab.started.elapsed().as_secs());
            let before = alive(&running);
            running.pass(&model, &next);
            let gone: Vec<_> = before.difference(&alive(&running)).copied().collect();
            report.cleared += gone.len();
            for (netns, tuple) in gone {
                lab.forget(netns, &tuple)?;
            }
            model = next;
        }
        running.set_time(lab.started.elapsed().as_secs());
        let Some(probe) = aimed(&model, &kept_text, SPORT) else { return Ok(()) };
        let open = running.keeps();
        let (agreed, after) = run_on(&mut lab, &model, &mut running, &probe, kept)
            .map_err(|text| format!("moment {number}, kept from {} to {}\n{text}", kept_text.from, kept_text.to))?;
        kept = after;
        tracked(&lab, &model, &running).map_err(|text| format!("moment {number}, entries of the kept one\n{text}"))?;
        let result = agreed.journey.client.code();
        *if open { &mut report.kept } else { &mut report.anew }.entry(result.to_string()).or_default() += 1;
        // Segments that nobody acknowledges are sent again at the kernel's pace.
        if agreed.journey.client != ClientResult::Ok && probe.protocol == kernel::packet::Protocol::Tcp {
            return Ok(());
        }
        let Some(text) = case.anew(number) else { continue };
        let Some(probe) = aimed(&model, &text, 41_000 + number as u16) else { continue };
        running.set_time(lab.started.elapsed().as_secs());
        let (agreed, _) = run_on(&mut lab, &model, &mut running, &probe, Kept::default()).map_err(|text| {
            format!("moment {number}, anew from {} to {}\n{text}", probe_words(&model, &probe), moment.at)
        })?;
        *report.anew.entry(agreed.journey.client.code().to_string()).or_default() += 1;
    }
    Ok(())
}

fn probe_words(model: &Model, probe: &Probe) -> String {
    let text = sim_core::trace::write_probe(model, probe);
    format!("{} to {}", text.from, text.to)
}

fn aimed(model: &Model, text: &ProbeText, sport: u16) -> Option<Probe> {
    parse_probe(model, text).ok().map(|probe| Probe { sport: Some(Port(sport)), ..probe })
}

type Tuples = BTreeSet<(kernel::ids::NetnsId, kernel::state::Tuple)>;

/// Entries that are there, by their first tuples.
fn alive(running: &Running) -> Tuples {
    let state = running.state();
    let all = state.conntrack.iter().flat_map(|(netns, entries)| entries.iter().map(|entry| (*netns, entry)));
    all.filter(|(_, entry)| entry.is_alive(state.now)).map(|(netns, entry)| (netns, entry.original)).collect()
}

/// Entries of the connection that stays open, on both sides, but for how long they live.
fn tracked(lab: &Lab, model: &Model, running: &Running) -> Result<(), String> {
    let own = |line: &String| line.contains(&format!("sport={SPORT} ")) || line.contains(&format!("dport={SPORT} "));
    // Datagrams both ways make a stream more than two seconds after the first: the simulation's clock has whole seconds.
    let short = |line: &str| {
        let line = line.split(" timeout=").next().unwrap_or(line);
        if line.contains(" udp ") { line.replace(" [ASSURED]", "") } else { line.to_owned() }
    };
    let wanted = expect::conntrack(&model.site.network, running.state(), &BTreeMap::new());
    let wanted: BTreeSet<String> = wanted.iter().filter(|line| own(line)).map(|line| short(line)).collect();
    let seen: BTreeSet<String> = lab.entries().iter().filter(|line| own(line)).map(|line| short(line)).collect();
    if wanted == seen { Ok(()) } else { Err(format!("kernel {seen:#?}\nsimulated {wanted:#?}")) }
}
