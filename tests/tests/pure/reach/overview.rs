//! What is told by namespaces is what pairs say, one by one.

use super::decided;
use kubehop_tests::guarded;
use kubernetes::budget::Budget;
use kubernetes::manifest::SourceText;
use kubernetes::policy::Ports;
use sim_core::reach::{Asked, Chosen, Filter, Part, Peer, Reach};
use std::collections::BTreeMap;
use std::sync::Arc;

fn part(reach: &Reach<'_>, peer: &Peer) -> Part {
    match peer {
        Peer::Workload(at) => Part::Namespace(Arc::from(reach.workloads()[*at].namespace())),
        Peer::Ingress => Part::Ingress,
        _ => Part::Outside,
    }
}

#[test]
fn an_overview_is_the_sum_of_its_pairs() {
    let text = guarded::cluster(160, 40);
    let (parsed, cluster) = decided(&[SourceText::given("guarded.yaml", text.as_str())]);
    let reach = Reach::of(&parsed, &cluster, Asked::All, &Budget::unlimited()).expect("unlimited");
    let some = Chosen::Workloads((0..60).collect());
    for filter in
        [Filter::default(), Filter { from: Some(some.clone()), to: None }, Filter { from: None, to: Some(some) }]
    {
        let seen = reach.overview(&filter, &Budget::unlimited()).expect("unlimited");
        let mut wanted: BTreeMap<(Part, Part), (Ports, u64, bool)> = BTreeMap::new();
        for pair in reach.pairs(&filter) {
            let ports = reach.ports_of(&pair);
            let key = (part(&reach, &pair.from), part(&reach, &pair.to));
            let cell = wanted.entry(key).or_insert_with(|| (ports.clone(), 0, true));
            cell.2 &= cell.0 == *ports;
            cell.0.add(ports);
            cell.1 += 1;
        }
        assert_eq!(seen.cells.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>());
        for (key, cell) in &seen.cells {
            let (ports, pairs, alike) = &wanted[key];
            assert_eq!(cell.ports, *ports, "{key:?}");
            // Stretches of addresses are put together where pairs are listed.
            if key.0 != Part::Outside && key.1 != Part::Outside {
                assert_eq!(cell.pairs, *pairs, "{key:?}");
                let size = |part: &Part| seen.parts.get(part).map_or(0, Vec::len) as u64;
                let itself = if key.0 == key.1 { size(&key.0) } else { 0 };
                let all = *pairs == size(&key.0) * size(&key.1) - itself;
                assert_eq!(cell.whole, all && *alike, "{key:?} {cell:?}");
            }
        }
    }
}

#[test]
fn routes_of_gateways_are_doors_too() {
    let text = "
{apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {containers: [{name: c, image: nginx, ports: [{containerPort: 80}]}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}
---
{apiVersion: gateway.networking.k8s.io/v1, kind: GatewayClass, metadata: {name: some}, spec: {controllerName: example.com/some}}
---
{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: edge}, spec: {gatewayClassName: some, listeners: [{name: http, port: 80, protocol: HTTP}]}}
---
{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: web}, spec: {parentRefs: [{name: edge}], rules: [{backendRefs: [{name: web, port: 80}]}]}}
";
    let of = |text: &str| {
        let (parsed, cluster) = decided(&[SourceText::given("edge.yaml", text)]);
        let reach = Reach::of(&parsed, &cluster, Asked::All, &Budget::unlimited()).expect("unlimited");
        let pairs = reach.pairs(&Filter { from: Some(Chosen::Ingress), to: None });
        pairs.iter().map(|pair| reach.ports_of(pair).to_string()).collect::<Vec<_>>()
    };
    assert_eq!(of(text), ["TCP 80"]);
    // A route that no Gateway takes leads nowhere.
    assert!(of(&text.replace("parentRefs: [{name: edge}]", "parentRefs: [{name: other}]")).is_empty());
}
