//! Parse, build and trace: the ready scenario, and 1,000 Services with 10 endpoints each.

use criterion::{Criterion, criterion_group, criterion_main};
use sim_core::manifest::{self, Limits, SourceText};
use sim_core::model::{Model, Options};
use sim_core::trace::{self, ProbeText};
use std::fmt::Write;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

/// The ready scenario.
const READY: &str = include_str!("../../web/scenarios/first-service.yaml");

/// Services in the large input.
const SERVICES: usize = 1_000;
/// Endpoints of each.
const ENDPOINTS: usize = 10;

/// Three nodes, a client Pod, and Services whose endpoints are given as slices.
fn large() -> String {
    let mut text = String::new();
    for (at, node) in ["node-a", "node-b", "node-c"].into_iter().enumerate() {
        let _ = write!(
            text,
            "---\napiVersion: v1\nkind: Node\nmetadata: {{name: {node}}}\nspec: {{podCIDR: 10.244.{at}.0/24}}\n\
             status: {{addresses: [{{type: InternalIP, address: 192.168.10.{}}}]}}\n",
            11 + at
        );
    }
    text.push_str(
        "---\napiVersion: v1\nkind: Pod\nmetadata: {name: client, namespace: default}\n\
         spec: {nodeName: node-a, containers: [{name: c, image: x}]}\nstatus: {podIP: 10.244.0.10}\n",
    );
    for service in 0..SERVICES {
        let _ = write!(
            text,
            "---\napiVersion: v1\nkind: Service\nmetadata: {{name: s{service}, namespace: default}}\n\
             spec: {{clusterIP: 10.100.{}.{}, ports: [{{port: 80, targetPort: 8080}}]}}\n\
             ---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n\
             metadata: {{name: s{service}-1, namespace: default, labels: {{kubernetes.io/service-name: s{service}}}}}\n\
             addressType: IPv4\nports: [{{port: 8080, protocol: TCP}}]\nendpoints:\n",
            service / 250,
            1 + service % 250
        );
        for endpoint in 0..ENDPOINTS {
            let nth = service * ENDPOINTS + endpoint;
            let _ = writeln!(text, "- {{addresses: [10.244.{}.{}], nodeName: node-b}}", 100 + nth / 250, 1 + nth % 250);
        }
    }
    text
}

fn sources(text: &str) -> Vec<SourceText> {
    vec![SourceText { name: Arc::from("input.yaml"), text: Arc::from(text) }]
}

fn measure(criterion: &mut Criterion, name: &str, text: &str, from: &str, to: &str) {
    let (inputs, limits, options) = (sources(text), Limits::default(), Options::default());
    let model = Model::build(&inputs, &limits, &options);
    assert!(!model.has_errors(), "{:#?}", model.diagnostics);
    let asked = ProbeText { from: from.to_owned(), to: to.to_owned(), ..ProbeText::default() };
    let probe = trace::parse_probe(&model, &asked).unwrap_or_else(|error| panic!("{error:?}"));
    assert!(!trace::run(&model, &probe).legs.is_empty());
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    group.bench_function("parse", |bench| bench.iter(|| manifest::parse(black_box(&inputs), &limits)));
    group.bench_function("build", |bench| bench.iter(|| Model::build(black_box(&inputs), &limits, &options)));
    group.bench_function("trace", |bench| bench.iter(|| trace::run(&model, black_box(&probe))));
    group.finish();
}

fn phases(criterion: &mut Criterion) {
    measure(criterion, "ready scenario", READY, "pod/default/client", "web:80");
    measure(criterion, "1000 Services", &large(), "pod/default/client", "svc/default/s999:80");
}

criterion_group!(benches, phases);
criterion_main!(benches);
