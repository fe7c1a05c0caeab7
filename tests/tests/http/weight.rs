//! What the cache takes a model to weigh is what the process really grows by, within a factor of three.

use kubehop_tests::fleet::{Size, write_manifests};
use kubernetes::budget::Budget;
use kubernetes::manifest::{Limits, SourceText};
use server::cache::weight;
use sim_core::model::{Model, Options};
use sim_core::trace::{self, ProbeText};
use web::page::{Chrome, trace as page};

/// Bytes of memory that this process has.
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").expect("Linux");
    text.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).expect("pages") * 4096
}

fn model(text: &str, mode: &str, site: bool) -> Model {
    let options = Options::default().with_proxy_mode(mode).unwrap();
    let model = Model::build(&[SourceText::given("a.yaml", text)], &Limits::default(), &options);
    if site {
        model.site.network.namespaces().count();
    }
    model
}

/// Estimate and growth of one of `count` models or the like.
fn measured<T>(count: usize, make: &dyn Fn() -> T, weight: impl Fn(&T) -> usize) -> (usize, usize) {
    // What the allocator keeps of a first build is there for the others.
    let _first = (make(), make());
    let before = resident();
    let made: Vec<T> = (0..count).map(|_| make()).collect();
    let grown = (resident() - before) / count;
    (made.iter().map(weight).sum::<usize>() / count, grown)
}

fn check(what: &str, count: usize, make: &dyn Fn() -> Model) {
    check_as(what, measured(count, make, weight));
}

fn check_as(what: &str, (estimate, real): (usize, usize)) {
    println!("{what}: estimated {} KiB, {} KiB in truth", estimate >> 10, real >> 10);
    assert!(estimate <= 3 * real && real <= 3 * estimate, "{what}: estimated {estimate}, {real} in truth");
}

fn fleet(nodes: usize, pods: usize, services: usize) -> String {
    let mut text = String::new();
    write_manifests(&mut text, Size { nodes, pods, services }).unwrap();
    text
}

#[test]
fn a_model_nobody_looked_at() {
    let text = fleet(50, 1_000, 100);
    check("unbuilt", 12, &|| model(&text, "iptables", false));
}

#[test]
fn a_model_of_iptables_that_is_built_whole() {
    let text = fleet(20, 400, 40);
    check("iptables", 10, &|| model(&text, "iptables", true));
}

#[test]
fn a_model_of_nftables_that_is_built_whole() {
    let text = fleet(20, 400, 40);
    check("nftables", 10, &|| model(&text, "nftables", true));
}

#[test]
fn a_small_model() {
    let text = include_str!("../../../web/scenarios/first-service.yaml");
    check("small", 200, &|| model(text, "iptables", true));
}

#[test]
fn objects_that_are_mostly_text() {
    let data = "x".repeat(2_000);
    let text: String = (0..500)
        .map(|at| format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c{at}}}\ndata: {{a: {data}}}\n"))
        .collect();
    check("text", 12, &|| model(&text, "iptables", false));
}

#[test]
fn a_journey_that_was_told() {
    let model = kubehop_tests::ready();
    let text = ProbeText { from: "pod/default/client".into(), to: "web:80".into(), ..ProbeText::default() };
    let probe = trace::parse_probe(&model, &text).unwrap();
    let (journey, branches) = (trace::run(&model, &probe), trace::branches(&model, &probe, 16));
    let input = page::Input {
        interfaces: &[],
        id: "id",
        name: "name",
        model: &model,
        probe_text: &text,
        journey: &journey,
        branches: &branches,
        step: None,
        level: None,
        measured: (None, None),
        time: (&[], 0),
        budget: &Budget::unlimited(),
    };
    let tell = || page::Told::of(&Chrome::default(), &input).unwrap();
    check_as("told", measured(60, &tell, page::Told::weight));
}
