//! Every phase from text to page: the ready scenario, and large clusters in both modes of kube-proxy.
//!
//! Figures and how they were taken: `BENCHMARKS.md`.

use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime};
use kubehop_tests::large;
use sim_core::cluster::model::{NodeId, ProxyMode};
use sim_core::manifest::{self, Limits, SourceText};
use sim_core::model::{Model, Options};
use sim_core::trace::{self, Probe, ProbeText};
use sim_core::{agents, cluster, print};
use std::hint::black_box;
use std::sync::Arc;
use web::page::{self, Chrome};

/// The ready scenario.
const READY: &str = include_str!("../../web/scenarios/first-service.yaml");

/// Services and endpoints of each; the largest has fewer endpoints, to stay within 64 MiB of text and a small machine's memory.
const SIZES: [(usize, usize); 3] = [(1_000, 10), (10_000, 10), (30_000, 3)];

/// What objects to rules is measured with.
const RULES: (usize, usize) = (10_000, 10);

/// Branches that a page offers at most.
const BRANCHES: usize = 64;

fn sources(text: &str) -> Vec<SourceText> {
    vec![SourceText { name: Arc::from("input.yaml"), text: Arc::from(text) }]
}

fn options(mode: ProxyMode) -> Options {
    Options { proxy_mode: Some(mode), ..Options::default() }
}

fn name(mode: ProxyMode) -> &'static str {
    match mode {
        ProxyMode::Iptables => "iptables",
        ProxyMode::Nftables => "nftables",
    }
}

fn group<'c>(criterion: &'c mut Criterion, name: &str) -> BenchmarkGroup<'c, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10);
    group
}

fn probe(model: &Model, from: &str, to: &str) -> (ProbeText, Probe) {
    let text = ProbeText { from: from.to_owned(), to: to.to_owned(), ..ProbeText::default() };
    let probe = trace::parse_probe(model, &text).unwrap_or_else(|error| panic!("{error:?}"));
    (text, probe)
}

/// One trace, all its branches, and the page that shows them.
fn journeys(group: &mut BenchmarkGroup<'_, WallTime>, model: &Model, from: &str, to: &str) {
    let (text, probe) = probe(model, from, to);
    let journey = trace::run(model, &probe);
    assert_eq!(journey.client, trace::ClientResult::Ok, "{:?}", journey.outcome);
    group.bench_function("trace", |bench| bench.iter(|| trace::run(model, black_box(&probe))));
    group.bench_function("branches", |bench| bench.iter(|| trace::branches(model, black_box(&probe), BRANCHES)));
    let (chrome, branches) = (Chrome::default(), trace::branches(model, &probe, BRANCHES));
    let input = page::trace::Input {
        id: "id",
        name: "name",
        model,
        probe_text: &text,
        journey: &journey,
        branches: &branches,
        step: 5,
    };
    let render = || page::trace::render(&chrome, black_box(&input)).unwrap_or_else(|error| panic!("{error}"));
    assert!(render().contains("<svg"));
    group.bench_function("page", |bench| bench.iter(render));
}

/// Objects to rules, step by step, for one node.
fn rules(criterion: &mut Criterion, mode: ProxyMode) {
    let (services, endpoints) = RULES;
    let (inputs, limits, options) = (sources(&large::cluster(services, endpoints)), Limits::default(), options(mode));
    let parsed = manifest::parse(&inputs, &limits);
    let decided = cluster::decide(&parsed, &options);
    let mut group = group(criterion, &format!("{services} Services x {endpoints}, {}", name(mode)));
    if mode == ProxyMode::Iptables {
        group.bench_function("parse", |bench| bench.iter(|| manifest::parse(black_box(&inputs), &limits)));
        group.bench_function("decide", |bench| bench.iter(|| cluster::decide(black_box(&parsed), &options)));
    }
    let node = NodeId(0);
    group.bench_function("build one node", |bench| {
        bench.iter(|| agents::build_node(black_box(&decided.cluster), node));
    });
    group.bench_function("objects to rules", |bench| {
        bench.iter(|| agents::build_node(&cluster::decide(black_box(&parsed), &options).cluster, node));
    });
    let model = Model::build_node(&inputs, &limits, &options, "node-a");
    assert!(!model.has_errors(), "{:#?}", model.diagnostics);
    let text = print::rules(&model, node);
    assert!(text.len() > 1 << 20);
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("print", |bench| bench.iter(|| print::rules(black_box(&model), node)));
    group.finish();
}

fn phases(criterion: &mut Criterion) {
    let (inputs, limits) = (sources(READY), Limits::default());
    let mut ready = group(criterion, "ready scenario");
    ready.bench_function("parse", |bench| bench.iter(|| manifest::parse(black_box(&inputs), &limits)));
    ready.bench_function("build", |bench| {
        bench.iter(|| Model::build(black_box(&inputs), &limits, &Options::default()));
    });
    let model = Model::build(&inputs, &limits, &Options::default());
    assert!(!model.has_errors(), "{:#?}", model.diagnostics);
    journeys(&mut ready, &model, "pod/default/client", "web:80");
    ready.finish();
    for mode in [ProxyMode::Iptables, ProxyMode::Nftables] {
        rules(criterion, mode);
        for (services, endpoints) in SIZES {
            let inputs = sources(&large::cluster(services, endpoints));
            let model = Model::build(&inputs, &limits, &options(mode));
            assert!(!model.has_errors(), "{:#?}", model.diagnostics);
            let mut group = group(criterion, &format!("{services} Services, {}", name(mode)));
            journeys(&mut group, &model, large::CLIENT, large::LAST);
            group.finish();
        }
    }
}

criterion_group!(benches, phases);
criterion_main!(benches);
