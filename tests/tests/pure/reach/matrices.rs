//! The matrices of the end-to-end tests of Kubernetes, where they are at hand beside the suites of other projects.

use super::decided;
use kubehop_tests::suite::{self, list, text};
use kubehop_tests::{agree, read};
use kubernetes::budget::Budget;
use kubernetes::manifest::SourceText;
use kubernetes::policy::Ports;
use serde_json::{Value, json};
use sim_core::reach::{Asked, Filter, Peer, Reach};
use std::collections::BTreeMap;

/// The objects of a case.
fn objects(case: &Value, defaults: &Value) -> Vec<Value> {
    let of = |key: &str| if case[key].is_array() { list(case, key) } else { list(defaults, key) };
    let namespaces = of("namespaces").iter().map(|own| {
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": own["name"], "labels": own["labels"]}})
    });
    let pods = of("pods").iter().map(|own| {
        // A case that changes labels says nothing else of its Pods.
        let same = |default: &&Value| default["namespace"] == own["namespace"] && default["name"] == own["name"];
        let default = list(defaults, "pods").iter().find(same).unwrap_or(own);
        let ip = if own["ip"].is_null() { &default["ip"] } else { &own["ip"] };
        let ports = if own["ports"].is_null() { default } else { own };
        let containers = list(ports, "ports").iter().map(|port| {
            json!({
                "name": port["name"], "image": "echo",
                "ports": [{"name": port["name"], "containerPort": port["port"], "protocol": port["protocol"]}],
            })
        });
        json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": own["name"], "namespace": own["namespace"], "labels": own["labels"]},
            "spec": {"containers": containers.collect::<Vec<_>>()},
            "status": {"podIP": ip, "podIPs": [{"ip": ip}]},
        })
    });
    namespaces.chain(pods).chain(list(case, "policies").iter().cloned()).collect()
}

fn check(case: &Value, defaults: &Value) -> Result<(), String> {
    let text_of = json!({"apiVersion": "v1", "kind": "List", "items": objects(case, defaults)}).to_string();
    let (parsed, cluster) = decided(&[SourceText::given("case.json", text_of)]);
    let reach = Reach::of(&parsed, &cluster, Asked::All, &Budget::unlimited()).expect("unlimited");
    let name = |peer: &Peer| match peer {
        Peer::Workload(at) => {
            let object = &reach.workloads()[*at].object;
            format!("{}/{}", object.namespace.as_deref().unwrap_or_default(), object.name)
        }
        _ => "elsewhere".to_owned(),
    };
    let pairs = reach.pairs(&Filter::default());
    let ours: BTreeMap<(String, String), &Ports> =
        pairs.iter().map(|pair| ((name(&pair.from), name(&pair.to)), reach.ports_of(pair))).collect();
    let mut cells = 0;
    for check in list(case, "checks") {
        let (protocol, port) = (text(check, "protocol"), check["port"].as_u64().unwrap_or_default() as u16);
        for (from, row) in check["matrix"].as_object().expect("a matrix") {
            for (to, allowed) in row.as_object().expect("a row").iter().filter(|(to, _)| *to != from) {
                let ports = ours.get(&(from.clone(), to.clone()));
                let here = ports.is_some_and(|ports| {
                    let named = ports.by_name();
                    named.get(protocol).is_some_and(|ranges| ranges.iter().any(|own| own.0 <= port && port <= own.1))
                });
                cells += 1;
                if Some(here) != allowed.as_bool() {
                    return Err(format!("{from} => {to} {protocol} {port}: {allowed}, here {here}"));
                }
            }
        }
    }
    if cells == 72 { Ok(()) } else { Err(format!("{cells} cells")) }
}

#[test]
fn matrices_are_those_of_the_end_to_end_tests() {
    let Some(folder) = suite::folder("netpol") else { return };
    let Some(folder) = folder.parent().and_then(|peers| peers.parent()).map(|all| all.join("netpol-e2e")) else {
        return;
    };
    let file = folder.join("cases.json");
    if !file.exists() {
        println!("{} is not there: nothing is compared", file.display());
        return;
    }
    let all: Value = serde_json::from_str(&read(&file)).expect("cases");
    let results: Vec<(String, Result<(), String>)> =
        list(&all, "cases").iter().map(|case| (text(case, "case").to_owned(), check(case, &all["defaults"]))).collect();
    assert!(results.len() >= 40, "{}", results.len());
    agree(&results, &[]);
}
