//! Answers against those the real CoreDNS 1.13 gave for the same objects.

use kubehop_tests::{agree, conformance, model, read};
use serde_json::Value;
use sim_core::agents::ResolvConf;
use sim_core::dns::{Leans, RecordType, resolver, zone};
use sim_core::model::Options;
use sim_core::trace::Rcode;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Record types that are answered; the others are no part of a probe.
fn record_type(text: &str) -> Option<RecordType> {
    RecordType::ALL.iter().find(|(_, name)| *name == text).map(|(kind, _)| *kind)
}

fn rcode(code: Option<Rcode>) -> &'static str {
    match code {
        Some(Rcode::NoError) => "NOERROR",
        Some(Rcode::NxDomain) => "NXDOMAIN",
        Some(Rcode::Refused) => "REFUSED",
        Some(Rcode::ServFail) | None => "SERVFAIL",
    }
}

/// Records without their TTLs, which count down.
fn records(lines: &Value, kind: RecordType) -> BTreeSet<String> {
    let lines = lines.as_array().expect("records").iter().map(|line| line.as_str().expect("text"));
    let short = lines.map(|line| {
        line.split_whitespace()
            .enumerate()
            .filter(|(at, _)| *at != 1)
            .map(|(_, word)| word)
            .collect::<Vec<_>>()
            .join(" ")
    });
    short.filter(|line| line.contains(&format!(" {kind} ")) || line.contains(" CNAME ")).collect()
}

/// What was recorded with a Corefile (`VARIANT` of `Corefile.VARIANT`; empty for kubeadm's, which is assumed), and the model of the same.
fn golden(variant: &str) -> (sim_core::model::Model, Value) {
    let folder = conformance().join("coredns");
    let input = read(&folder.join("input.yaml"));
    if variant.is_empty() {
        let model = model(&[("input.yaml", &input)], &Options::default());
        return (model, serde_json::from_str(&read(&folder.join("dns.json"))).expect("recording"));
    }
    let corefile = read(&folder.join(format!("Corefile.{variant}")));
    let map = serde_json::json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": { "name": "coredns", "namespace": "kube-system" },
        "data": { "Corefile": corefile },
    });
    let model = model(&[("input.yaml", &input), ("corefile.json", &map.to_string())], &Options::default());
    assert!(model.cluster.corefile.at.is_some(), "{variant}: the Corefile is the input's");
    (model, serde_json::from_str(&read(&folder.join(format!("dns.{variant}.json")))).expect("recording"))
}

/// Names the recorder's own upstream server knew, and names only it could refuse: outside of what is simulated.
fn is_upstream(name: &str) -> bool {
    !name.ends_with("cluster.local.") && !name.ends_with("in-addr.arpa.")
}

#[test]
fn answers_are_those_of_the_real_coredns() {
    // With `autopath` a name of the first entry of a search list may be answered with what a later one has.
    let variants = [
        ("", false),
        ("autopath", true),
        ("endpoint-pod-names", false),
        ("pods-disabled", false),
        ("pods-verified", false),
    ];
    for (variant, leaning) in variants {
        answers(variant, leaning);
    }
}

/// `leaning`: the Corefile has plugins that are not simulated.
fn answers(variant: &str, leaning: bool) {
    let (model, recorded) = golden(variant);
    let mut results = Vec::new();
    let mut left_out = BTreeSet::new();
    for query in recorded["queries"].as_array().expect("queries") {
        let (name, kind) = (query["name"].as_str().expect("name"), query["type"].as_str().expect("type"));
        if query["transport"].as_str() != Some("udp") {
            continue;
        }
        let Some(kind) = record_type(kind).filter(|_| !is_upstream(name)) else {
            left_out.insert(format!("{name} {kind}"));
            continue;
        };
        let ours = zone::answer(&model.cluster, name, kind);
        // What a plugin that is not simulated would do is said with each answer.
        let left = ours.leans.iter().any(|leans| matches!(leans, Leans::Corefile(_)));
        assert_eq!(left, leaning, "{variant}: {name} {kind}");
        // What is forwarded is answered by a server that is not simulated.
        if ours.forwarded {
            left_out.insert(format!("{name} {kind}"));
            continue;
        }
        let own: BTreeSet<String> = ours
            .records
            .iter()
            .map(|record| {
                record
                    .to_string()
                    .split_whitespace()
                    .enumerate()
                    .filter(|(at, _)| *at != 1)
                    .map(|(_, word)| word.to_owned())
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .collect();
        let real = (query["rcode"].as_str().expect("rcode"), records(&query["answer"], kind));
        let result = if (rcode(ours.rcode), &own) == (real.0, &real.1) {
            Ok(())
        } else {
            Err(format!("  real {real:?}\n  ours {:?}", (rcode(ours.rcode), own)))
        };
        results.push((format!("{variant} {name} {kind}").trim_start().to_owned(), result));
    }
    assert!(results.len() > 40, "only {} questions compared; left out: {left_out:#?}", results.len());
    agree(&results, KNOWN_GAPS);
}

/// Differences that remain, each with its reason.
const KNOWN_GAPS: &[(&str, &str)] = &[];

#[test]
fn names_are_asked_for_in_the_recorded_order() {
    let (_, recorded) = golden("");
    let mut walks = 0;
    for walk in recorded["resolverWalks"].as_array().expect("walks") {
        let (typed, namespace) =
            (walk["lookup"].as_str().expect("lookup"), walk["podNamespace"].as_str().expect("namespace"));
        let search =
            [format!("{namespace}.svc.cluster.local"), "svc.cluster.local".to_owned(), "cluster.local".to_owned()];
        let ndots = u8::try_from(walk["ndots"].as_u64().expect("ndots")).expect("small");
        let conf = ResolvConf {
            search: search.map(|domain| Arc::from(domain.as_str())).to_vec(),
            ndots,
            ..ResolvConf::default()
        };
        let steps = walk["steps"].as_array().expect("steps");
        let mut real: Vec<&str> = steps.iter().map(|step| step["name"].as_str().expect("name")).collect();
        real.dedup();
        let ours: Vec<String> =
            resolver::candidates(&conf, typed).into_iter().map(|candidate| candidate.name).collect();
        assert_eq!(
            ours.iter().take(real.len()).map(String::as_str).collect::<Vec<_>>(),
            real,
            "{typed} in {namespace}"
        );
        walks += 1;
    }
    assert!(walks > 5);
}
