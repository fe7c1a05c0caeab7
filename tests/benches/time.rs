//! A cluster of 1,000 nodes and 30,000 Pods over time: what an event costs, until the rules of the nodes that are looked at are there.
//!
//! Figures and how they were taken: `BENCHMARKS.md`.

use criterion::{Criterion, criterion_group, criterion_main};
use kubehop_tests::fleet::{self, Size};
use kubernetes::budget::Budget;
use kubernetes::cluster::model::NodeId;
use kubernetes::manifest::{Limits, SourceText};
use sim_core::model::{Model, Options};
use sim_core::{print, timeline};
use std::hint::black_box;

/// What happens: a condition, a deletion, a workload that grows.
const EVENTS: &str = "apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: {name: time}
timeline:
- {at: 10s, scale: {workload: deploy/default/app-7, replicas: 29}}
- {at: 30s, scale: {workload: deploy/default/app-7, replicas: 30}}
- {at: 60s, patch: {object: svc/default/app-7, merge: {spec: {selector: {app: app-8}}}}}
";

fn time(c: &mut Criterion) {
    let size = Size { nodes: 1_000, pods: 30_000, services: 1_000 };
    let texts = [SourceText::given("time.yaml", EVENTS), SourceText::given("fleet.json", fleet::manifests(size))];
    let options = Options { max_pods: Some(40_000), ..Options::default() };
    let start = Model::build(&texts, &Limits::default(), &options);
    let budget = Budget::unlimited();
    let moments = timeline::moments(&start, &budget);
    assert!(moments.len() >= 4, "{}", moments.len());
    let mut group = c.benchmark_group("time");
    group.sample_size(10);
    group.bench_function("moments", |b| b.iter(|| black_box(timeline::moments(&start, &budget)).len()));
    let last = moments.last();
    group.bench_function("event", |b| {
        b.iter(|| {
            let then = last.and_then(|moment| start.of_moment(moment, &budget).ok());
            then.map(|then| print::rules(&then, NodeId(5)).len())
        });
    });
    group.finish();
}

criterion_group!(benches, time);
criterion_main!(benches);
