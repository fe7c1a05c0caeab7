//! NetworkPolicies, drawn at random: what the rules of the enforcer do to a packet, walked through the whole network, against what the API
//! says of the connection, read off the policies.

use kernel::packet::Protocol;
use kubehop_tests::model;
use kubehop_tests::mutate::Numbers;
use kubehop_tests::policies::{Words, calico_policy, calico_world, chance, pick, policy};
use kubehop_tests::suite::{list, text};
use kubernetes::cluster::model::{Cni, Enforcement, Pod};
use kubernetes::diagnostic::Severity;
use kubernetes::policy::{Direction, Flow, Party, PodParty, decide};
use serde_json::{Value, json};
use sim_core::model::{Model, Options};
use sim_core::trace::{ClientResult, ProbeText, parse_probe, run};
use std::fmt::Write;
use std::sync::Arc;

/// Clusters that are drawn, and questions to each.
const CLUSTERS: u64 = if cfg!(debug_assertions) { 60 } else { 200 };
const QUESTIONS: usize = 40;
/// With `KUBEHOP_TEST_FULL`: 100,000 pairs and more.
const FULL: u64 = 3_200;

const NAMESPACES: [&str; 3] = ["red", "green", "blue"];
const APPS: [&str; 3] = ["web", "db", "job"];
const TIERS: [&str; 2] = ["front", "back"];
/// What policies speak of.
const WORDS: Words = Words { namespaces: &NAMESPACES, apps: &APPS, tiers: &TIERS, ports: &PORTS };
const PORTS: [u16; 4] = [80, 81, 5000, 53];

/// Pods on two nodes in three namespaces, and policies.
fn drawn(seed: u64) -> String {
    let numbers = &mut Numbers(seed);
    let mut text = String::new();
    for (at, node) in ["node-a", "node-b"].iter().enumerate() {
        let _ = write!(
            text,
            "---\n{{apiVersion: v1, kind: Node, metadata: {{name: {node}}}, spec: {{podCIDR: 10.244.{at}.0/24}}, status: {{addresses: [{{type: InternalIP, address: 192.168.10.{}}}]}}}}\n",
            11 + at
        );
    }
    for name in NAMESPACES {
        let team = pick(numbers, &["a", "b", "c"]);
        let _ = write!(
            text,
            "---\n{{apiVersion: v1, kind: Namespace, metadata: {{name: {name}, labels: {{team: {team}}}}}}}\n"
        );
    }
    for number in 0..7 {
        let (namespace, app) = (pick(numbers, &NAMESPACES), pick(numbers, &APPS));
        let tier = if chance(numbers, 60) { format!(", tier: {}", pick(numbers, &TIERS)) } else { String::new() };
        let node = pick(numbers, &["node-a", "node-b"]);
        let host = if chance(numbers, 8) { "hostNetwork: true, " } else { "" };
        let http = PORTS[numbers.below(3)];
        let dns = if chance(numbers, 50) { ", {name: dns, containerPort: 53, protocol: UDP}" } else { "" };
        let ports = format!("ports: [{{name: http, containerPort: {http}}}{dns}]");
        let _ = write!(
            text,
            "---\n{{apiVersion: v1, kind: Pod, metadata: {{name: p{number}, namespace: {namespace}, labels: {{app: {app}{tier}}}}}, spec: {{{host}nodeName: {node}, containers: [{{name: c, image: example/c, {ports}}}]}}}}\n"
        );
    }
    let calico = chance(numbers, 60);
    let least = usize::from(!calico);
    for number in 0..least + numbers.below(if calico { 3 } else { 6 }) {
        let namespace = pick(numbers, &NAMESPACES);
        text.push_str(&policy(numbers, &WORDS, namespace, &format!("n{number}")));
    }
    if calico {
        text.push_str(&calico_world(numbers, &WORDS));
        for number in 0..1 + numbers.below(5) {
            text.push_str(&calico_policy(numbers, &WORDS, &format!("c{number}")));
        }
    }
    text
}

/// Ports that a Pod's containers declare by name.
fn declared(pod: &Pod) -> Vec<(Arc<str>, Protocol, u16)> {
    let ports = pod.containers.iter().flat_map(|container| &container.ports);
    ports.filter_map(|port| Some((port.name.clone()?, port.protocol, port.port.0))).collect()
}

fn party<'p>(pod: &'p Pod, ports: &'p [(Arc<str>, Protocol, u16)]) -> Party<'p> {
    let own = PodParty { namespace: &pod.name.namespace, labels: &pod.labels, ports };
    Party { pod: (!pod.host_network).then_some(own), ip: Some(pod.ip) }
}

/// Whether a connection passes, as the rules have it: whatever came back, something did.
fn walked(model: &Model, text: &ProbeText) -> Option<ClientResult> {
    Some(run(model, &parse_probe(model, text).ok()?).client)
}

fn compare(seed: u64, asked: &mut [usize; 4]) {
    let text = drawn(seed);
    let model = model(&[("in.yaml", &text)], &Options { cni: Some(Cni::CALICO), ..Options::default() });
    let cluster = &model.cluster;
    assert_eq!(cluster.acting.enforcement, Enforcement::Rules);
    let refused = |code: &str| code.starts_with("invalid") || matches!(code, "policy-selector" | "field-only-with");
    let errors: Vec<_> = model.diagnostics.iter().filter(|found| refused(found.code)).collect();
    assert!(errors.is_empty(), "{errors:?}\n{text}");
    assert!(cluster.policies.not_read.is_empty(), "{:?}\n{text}", cluster.policies.not_read);
    let own: Vec<&Pod> = cluster.pods.iter().filter(|pod| pod.name.name.starts_with('p')).collect();
    let mut numbers = Numbers(seed ^ 0xabcd);
    for _ in 0..QUESTIONS {
        let (from, to) = (own[numbers.below(own.len())], own[numbers.below(own.len())]);
        if from.name == to.name || (from.host_network && to.host_network) {
            continue;
        }
        let protocol = match numbers.below(10) {
            0 => Protocol::Icmp,
            1..=3 => Protocol::Udp,
            _ => Protocol::Tcp,
        };
        let port = if protocol == Protocol::Icmp { 0 } else { PORTS[numbers.below(PORTS.len())] };
        let (of_from, of_to) = (declared(from), declared(to));
        let mut flow = Flow { from: party(from, &of_from), to: party(to, &of_to), protocol, port };
        // Of a Pod in its node's network others see the address by which the node routes to them.
        if from.host_network {
            flow.from.ip = Some(cluster.nodes[from.node.0 as usize].ip);
        }
        // A node and its own Pods: nobody asks.
        let local = from.node == to.node && (from.host_network || to.host_network);
        let egress = decide(&cluster.policies, Direction::Egress, &flow);
        let ingress = decide(&cluster.policies, Direction::Ingress, &flow);
        // What a Pod sends to its own node is policed as what it sends; what a node sends to its own Pods is not.
        let expected = match local {
            true if from.host_network => true,
            _ => egress.allowed && ingress.allowed,
        };
        let question = ProbeText {
            from: format!("pod/{}", from.name),
            to: match (to.host_network, protocol) {
                (true, Protocol::Icmp) => to.ip.to_string(),
                (false, Protocol::Icmp) => format!("pod/{}", to.name),
                (true, _) => format!("{}:{port}", to.ip),
                (false, _) => format!("pod/{}:{port}", to.name),
            },
            proto: (protocol != Protocol::Tcp).then(|| protocol.to_string().to_lowercase()),
            ..ProbeText::default()
        };
        let Some(got) = walked(&model, &question) else { panic!("{question:?}\n{text}") };
        let passed = !matches!(got, ClientResult::Timeout);
        asked[usize::from(passed)] += 1;
        if cluster.policies.all.iter().any(|policy| policy.is_calico()) {
            asked[2 + usize::from(passed)] += 1;
        }
        assert_eq!(passed, expected, "seed {seed}: {question:?}: {got:?}\n{egress:?}\n{ingress:?}\n{text}");
    }
}

#[test]
fn rules_do_what_the_api_says() {
    let full = std::env::var_os("KUBEHOP_TEST_FULL").is_some();
    let mut asked = [0; 4];
    for seed in 0..if full { FULL } else { CLUSTERS } {
        compare(seed, &mut asked);
    }
    println!(
        "{} denied, {} allowed; with policies of Calico {} denied, {} allowed",
        asked[0], asked[1], asked[2], asked[3]
    );
    for both in asked.chunks(2) {
        assert!(both.iter().all(|count| *count * 5 > both.iter().sum::<usize>()), "{asked:?}");
    }
}

/// Policies and matrices of Kubernetes' own end-to-end tests, as facts: who may connect to whom.
const CASES: &str = include_str!("../../fixtures/conformance/netpol/cases.json");
/// The Pods they are about.
const BASE: &str = include_str!("../../fixtures/conformance/netpol/base.yaml");

/// A case's cluster, with the labels and addresses of its step.
fn cluster_of(case: &Value, defaults: &Value) -> Model {
    let mut documents: Vec<Value> = case["policies"].as_array().cloned().unwrap_or_default();
    for (at, node) in ["node-a", "node-b"].iter().enumerate() {
        let address = format!("192.168.10.{}", 11 + at);
        documents.push(json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": node},
            "status": {"addresses": [{"type": "InternalIP", "address": address}]}}));
    }
    let or_default = |key: &str| match case[key].as_array() {
        Some(own) => own.clone(),
        None => defaults[key].as_array().cloned().expect("defaults"),
    };
    let (namespaces, pods) = (or_default("namespaces"), or_default("pods"));
    for namespace in namespaces {
        documents.push(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": namespace}));
    }
    for (at, pod) in pods.iter().enumerate() {
        let ports: Vec<Value> = list(pod, "ports")
            .iter()
            .map(|port| json!({"name": port["name"], "containerPort": port["port"], "protocol": port["protocol"]}))
            .collect();
        documents.push(json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": pod["name"], "namespace": pod["namespace"], "labels": pod["labels"]},
            "spec": {"nodeName": if at % 2 == 0 { "node-a" } else { "node-b" },
                "containers": [{"name": "c", "image": "example.test/echo:1", "ports": ports}]},
            "status": {"phase": "Running", "podIP": pod["ip"]}}));
    }
    let text = json!({"apiVersion": "v1", "kind": "List", "items": documents}).to_string();
    model(&[("case.json", &text)], &Options { cni: Some(Cni::CALICO), ..Options::default() })
}

#[test]
fn matrices_of_kubernetes_own_tests_hold_packet_by_packet() {
    let all: Value = serde_json::from_str(CASES).expect("JSON");
    // The Pods of the cases are those of the base.
    let base = model(&[("base.yaml", BASE)], &Options::default());
    assert_eq!(base.cluster.pods.iter().filter(|pod| !pod.origin.assumed).count(), 9);
    let (mut cells, mut denied, mut wrong) = (0, 0, Vec::new());
    for case in list(&all, "cases") {
        let model = cluster_of(case, &all["defaults"]);
        let errors: Vec<_> = model
            .diagnostics
            .iter()
            .filter(|found| found.severity == Severity::Error)
            .map(|found| found.code)
            .collect();
        assert_eq!(errors, Vec::<&str>::new(), "{}", text(case, "case"));
        for check in list(case, "checks") {
            let (protocol, port) = (text(check, "protocol").to_lowercase(), check["port"].as_u64().expect("a port"));
            for (from, row) in check["matrix"].as_object().expect("a matrix") {
                // A Pod is never cut off from itself, which the tests leave out as well.
                for (to, allowed) in row.as_object().expect("a row").iter().filter(|(to, _)| *to != from) {
                    let question = ProbeText {
                        from: format!("pod/{from}"),
                        to: format!("pod/{to}:{port}"),
                        proto: Some(protocol.clone()),
                        ..ProbeText::default()
                    };
                    let got = walked(&model, &question).unwrap_or_else(|| panic!("{question:?}"));
                    // Where nothing listens the packet came through all the same.
                    let passed = got != ClientResult::Timeout;
                    cells += 1;
                    denied += usize::from(!passed);
                    if Some(passed) != allowed.as_bool() {
                        wrong.push(format!("{}: {from} -> {to}:{port}/{protocol}: {got:?}", text(case, "case")));
                    }
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!((cells, denied), (3_312, 413));
}
