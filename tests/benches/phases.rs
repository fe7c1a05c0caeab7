//! Every phase from text to page: the ready scenario, and large clusters in both modes of kube-proxy.
//!
//! Figures and how they were taken: `BENCHMARKS.md`.

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use kernel::config::{IfAddr, NetworkBuilder, Scope};
use kernel::ids::{LinkId, LinkRef, NetnsId, RuleRef};
use kernel::packet::{Port, Protocol};
use kernel::state::KernelState;
use kernel::text::nft::read as nft;
use kernel::walk::{Chooser, Event};
use kernel::{socket, step};
use kubehop_tests::{hostile, large};
use kubernetes::budget::Budget;
use kubernetes::cluster;
use kubernetes::cluster::model::{Cluster, NodeId, ProxyMode};
use kubernetes::manifest::{self, Limits, SourceText};
use kubernetes::origin::CauseId;
use sim_core::agents::Site;
use sim_core::model::{Model, Options};
use sim_core::trace::{self, Probe, ProbeText};
use sim_core::{agents, print};
use std::hint::black_box;
use std::net::SocketAddr;
use std::sync::Arc;
use web::page::{self, Chrome};

/// The ready scenario.
const READY: &str = include_str!("../../web/scenarios/first-service.yaml");

/// Services and endpoints of each; the largest has fewer endpoints, to stay within 64 MiB of text and a small machine's memory.
const SIZES: [(usize, usize); 3] = [(1_000, 10), (10_000, 10), (30_000, 3)];

/// What objects to rules is measured with.
const RULES: (usize, usize) = (10_000, 10);

/// Rules of a chain, and intervals of a set, that are many.
const LONG: usize = 5_000;

/// Draws nothing: ports stay first in range.
struct First;

impl Chooser for First {
    fn random(&mut self, _: NetnsId, _: RuleRef, _: u32) -> bool {
        true
    }

    fn source_port(&mut self, _: NetnsId, _: Option<RuleRef>, _: u16, range: (u16, u16)) -> u16 {
        range.0
    }
}

/// What is written on one node.
fn one_node(cluster: &Arc<Cluster>, node: NodeId) -> Site {
    let site = agents::build(cluster);
    site.network.netns(site.nodes[&node]);
    site
}

/// Branches that a page offers at most.
const BRANCHES: usize = 64;

fn sources(text: &str) -> Vec<SourceText> {
    vec![SourceText::given("input.yaml", text)]
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
        interfaces: &[],
        id: "id",
        name: "name",
        model,
        probe_text: &text,
        journey: &journey,
        branches: &branches,
        step: Some(5),
        level: None,
        measured: (None, None),
        time: (&[], 0),
        budget: &Budget::unlimited(),
    };
    let render = || page::trace::render(&chrome, black_box(&input)).unwrap_or_else(|error| panic!("{error}"));
    assert!(render().contains("<svg"));
    group.bench_function("page", |bench| bench.iter(render));
    // What the page of another step of the same trace takes on a server.
    let told = page::trace::Told::of(&chrome, &input).unwrap_or_else(|error| panic!("{error}"));
    group.bench_function("page, told before", |bench| bench.iter(|| told.page(&chrome, black_box(Some(7)))));
}

/// A trace through a Service of many endpoints: four times as many take four times as long.
fn endpoints(criterion: &mut Criterion) {
    for nodes in [13, 52] {
        let text = hostile::input("nodes-services-pods", nodes).unwrap_or_else(|error| panic!("{error}"));
        let model = Model::build(&sources(&text), &Limits::default(), &Options::default());
        let (_, probe) = probe(&model, "node/n0", "svc/default/s0:1");
        assert_eq!(trace::run(&model, &probe).client, trace::ClientResult::Ok);
        let mut group = group(criterion, &format!("one Service x {}", 76 * nodes));
        group.bench_function("trace", |bench| bench.iter(|| trace::run(&model, black_box(&probe))));
        group.finish();
    }
}

/// Objects to rules, step by step, for one node.
fn rules(criterion: &mut Criterion, mode: ProxyMode) {
    let (services, endpoints) = RULES;
    let (inputs, limits, options) = (sources(&large::cluster(services, endpoints)), Limits::default(), options(mode));
    let parsed = manifest::parse(&inputs, &limits);
    let decided_cluster = Arc::new(cluster::decide(&parsed, &options).cluster);
    let mut group = group(criterion, &format!("{services} Services x {endpoints}, {}", name(mode)));
    if mode == ProxyMode::Iptables {
        group.bench_function("parse", |bench| bench.iter(|| manifest::parse(black_box(&inputs), &limits)));
        group.bench_function("decide", |bench| bench.iter(|| cluster::decide(black_box(&parsed), &options)));
    }
    let node = NodeId(0);
    group.bench_function("build one node", |bench| {
        bench.iter(|| one_node(black_box(&decided_cluster), node));
    });
    group.bench_function("objects to rules", |bench| {
        bench.iter(|| one_node(&Arc::new(cluster::decide(black_box(&parsed), &options).cluster), node));
    });
    let model = Model::build(&inputs, &limits, &options);
    assert!(!model.has_errors(), "{:#?}", model.diagnostics);
    let text = print::rules(&model, node);
    assert!(text.len() > 1 << 20);
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("print", |bench| bench.iter(|| print::rules(black_box(&model), node)));
    group.finish();
}

/// One look at a chain of nft's with many rules of which one matches, and at a set with many intervals.
fn long(criterion: &mut Criterion) {
    let (rules, ranges): (String, Vec<String>) = (0..LONG)
        .map(|at| {
            let (high, low) = (at / 250, at % 250);
            (format!("ip daddr 10.9.{high}.{low} counter\n"), format!("11.{high}.{low}.1-11.{high}.{low}.9"))
        })
        .unzip();
    let text = format!(
        "table ip long {{\nset s {{ type ipv4_addr; flags interval; elements = {{ {} }} }}\n\
         chain c {{ type filter hook output priority 0; policy accept;\nip daddr @s drop\n{rules}}}\n}}\n",
        ranges.join(", ")
    );
    let parsed = nft::parse(&text, nft::Source::Script, CauseId::default(), &nft::NftLimits::default());
    let mut builder = NetworkBuilder::default();
    let netns = builder.add_netns("host", CauseId::default());
    builder.netns(netns).nft = parsed.unwrap_or_else(|error| panic!("{error:?}"));
    let host = LinkRef { netns, link: LinkId(0) };
    let net = "10.9.9.9/32".parse().unwrap_or_else(|error| panic!("{error}"));
    builder.add_address(host, IfAddr { net, broadcast: None, scope: Scope::Global, cause: CauseId::default() });
    let network = builder.build().unwrap_or_else(|error| panic!("{error:?}"));
    let to = SocketAddr::from(([10, 9, 9, 9], 80));
    let send = || {
        let mut state = KernelState::default();
        let sent = socket::connect(&network, &mut state, &mut First, netns, Protocol::Tcp, (None, Port(40_000)), to);
        let (_, packet) = sent.unwrap_or_else(|error| panic!("{error:?}"));
        step::walk(&network, &mut state, &mut First, netns, packet)
    };
    let met = |event: &Event| matches!(event, Event::Rule { rule, .. } if rule.id.0 == 9 * 250 + 9 + 1);
    assert!(send().hops.iter().flat_map(|hop| &hop.events).any(met));
    group(criterion, "long").bench_function("walk of 5,000 nft rules and 5,000 intervals", |bench| bench.iter(send));
}

fn phases(criterion: &mut Criterion) {
    long(criterion);
    endpoints(criterion);
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
