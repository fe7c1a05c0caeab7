//! What the tests of several areas share: fixtures, and models built from them.

pub mod ask;
pub mod fleet;
pub mod fuzz;
pub mod guarded;
pub mod hostile;
pub mod judge;
pub mod large;
pub mod mutate;
pub mod namespace;
pub mod plugins;
pub mod policies;
pub mod service;
pub mod suite;

use kubernetes::manifest::{Limits, SourceText};
use sim_core::model::{Model, Options};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A folder of fixtures.
pub fn fixtures(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

/// The folder of recorded behaviour of the real components.
pub fn conformance() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/conformance")
}

/// Reads a fixture.
///
/// # Panics
/// When it is not there: the test then tests nothing.
pub fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Names of the cases in a folder, sorted.
///
/// # Panics
/// When there is none.
pub fn cases(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    assert!(!names.is_empty(), "no cases in {}", folder.display());
    names
}

/// A model of texts, each with a name.
pub fn model(texts: &[(&str, &str)], options: &Options) -> Model {
    let inputs: Vec<SourceText> = texts.iter().map(|(name, text)| SourceText::given(*name, *text)).collect();
    Model::build(&inputs, &Limits::default(), options)
}

/// The ready scenario, as the server offers it.
pub fn ready() -> Model {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/scenarios/first-service.yaml");
    model(&[("first-service.yaml", &read(&path))], &Options::default())
}

/// kube-proxy's configuration for a recorded case: what its `case.json` overrides, and the recorder's defaults.
///
/// # Panics
/// When the case's description cannot be read.
pub fn kube_proxy_configuration(case: &Path) -> String {
    let about: serde_json::Value = serde_json::from_str(&read(&case.join("case.json"))).expect("case.json");
    let mut config = serde_json::json!({
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "clusterCIDR": "10.244.0.0/16",
        "detectLocalMode": "ClusterCIDR",
    });
    for (name, value) in about["kubeProxyConfigOverrides"].as_object().expect("overrides") {
        config[name] = value.clone();
    }
    config.to_string()
}

/// Tables of nftables as a map: sets and chains by name, chains with their rules in order, elements of sets in an order of their own. In which
/// order sets and chains were made is left out.
///
/// # Panics
/// When an element is listed twice.
pub fn nft_tables(text: &str) -> BTreeMap<String, Vec<String>> {
    let mut table = String::new();
    let mut block = String::new();
    let mut blocks: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && *line != "}") {
        match line.strip_suffix(" {") {
            Some(name) if name.starts_with("table ") => (table, block) = (name.to_owned(), name.to_owned()),
            Some(name) => block = format!("{table} {name}"),
            None => blocks.entry(block.clone()).or_default().push(line.trim_end_matches(',').to_owned()),
        }
        blocks.entry(block.clone()).or_default();
    }
    for (name, lines) in blocks.iter_mut().filter(|(name, _)| name.contains(" set ") || name.contains(" map ")) {
        let Some(at) = lines.iter().position(|line| line.starts_with("elements = { ")) else { continue };
        let listed = lines.split_off(at).join(", ");
        let listed = listed.trim_start_matches("elements = { ").trim_end_matches('}').trim_end();
        let mut elements: Vec<String> = listed.split(", ").map(|element| format!("element {element}")).collect();
        elements.sort();
        assert!(elements.windows(2).all(|pair| pair[0] != pair[1]), "{name}: an element twice");
        lines.extend(elements);
    }
    blocks
}

/// Compares a set of cases with a strict list of known gaps: a case that fails must be listed with its reason, and a listed case must fail.
///
/// # Panics
/// When the two do not agree.
pub fn agree(results: &[(String, Result<(), String>)], known_gaps: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (case, result) in results {
        let gap = known_gaps.iter().find(|(name, _)| name == case);
        match (result, gap) {
            (Err(difference), None) => wrong.push(format!("== {case}\n{difference}")),
            (Ok(()), Some((_, reason))) => {
                wrong.push(format!("== {case} agrees now; take it off the list (was: {reason})"))
            }
            _ => {}
        }
    }
    for (name, _) in known_gaps {
        assert!(results.iter().any(|(case, _)| case == name), "known gap {name} is no case");
    }
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), results.len(), wrong.join("\n"));
}

/// The recorder's plain Pods (address `.200` on each node), which are not among the case's objects.
///
/// # Panics
/// When the recording does not say which there are.
pub fn plain_pods(recorded: &serde_json::Value, input: &str) -> String {
    let pods = recorded["topology"]["pods"].as_object().expect("pods");
    let missing = pods.iter().filter(|(ip, _)| !input.contains(&format!("podIP: {ip}\n")));
    missing
        .map(|(ip, node)| {
            let name = format!("plain-{}", ip.replace('.', "-"));
            format!(
                "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec: {{nodeName: {}, containers: [{{name: c, image: x}}]}}\nstatus: {{podIP: {ip}}}\n",
                node.as_str().expect("node")
            )
        })
        .collect()
}
