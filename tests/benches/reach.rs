//! Who may connect to whom, of clusters with many policies: from the decided cluster to every connection in groups, and the listing.
//!
//! Figures and how they were taken: `BENCHMARKS.md`.

use criterion::{Criterion, criterion_group, criterion_main};
use kubehop_tests::guarded;
use kubernetes::budget::Budget;
use kubernetes::cluster::{self, Options};
use kubernetes::manifest::{self, Limits, SourceText};
use sim_core::reach::{Asked, Filter, Reach};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Workloads and policies of each.
const SIZES: [(usize, usize); 2] = [(1_000, 300), (10_000, 5_000)];

/// Pairs that are listed one by one at most, as the command line does.
const PAIRS: u64 = 50_000;

fn reach(c: &mut Criterion) {
    let mut group = c.benchmark_group("reach");
    group.sample_size(10).measurement_time(Duration::from_secs(20));
    for (workloads, policies) in SIZES {
        let text = guarded::cluster(workloads, policies);
        let limits = Limits { nodes: 20_000_000, bytes: 64 << 20, ..Limits::default() };
        let begin = Instant::now();
        let parsed = manifest::parse(&[SourceText::given("guarded.yaml", text)], &limits);
        let parsing = begin.elapsed();
        let options = Options { max_pods: Some(1_000_000), ..Options::default() };
        let cluster = cluster::decide(&parsed, &options).cluster;
        println!("{workloads} workloads: parsed in {parsing:?}, decided in {:?}", begin.elapsed() - parsing);
        assert_eq!(cluster.policies.all.len(), policies);
        group.bench_function(format!("{workloads} workloads, {policies} policies"), |bench| {
            bench.iter(|| {
                let reach = Reach::of(&parsed, &cluster, Asked::All, &Budget::unlimited()).expect("unlimited");
                black_box(reach.listing(&Filter::default(), PAIRS)).pairs.len()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, reach);
criterion_main!(benches);
