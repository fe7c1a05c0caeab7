//! The objects of a running cluster, read through the kubectl of this machine: with its access, by its configuration, and nothing else.
//!
//! Secrets are never asked for. Everything is read with `get`, so that read-only access is enough.

use super::kubectl;
use super::run::{self, Bounds};
use super::{Gathered, Problem};
use kubernetes::manifest::SourceText;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Kinds without which there is no cluster.
pub const NEEDED: [&str; 4] = ["nodes", "pods", "services", "endpointslices.discovery.k8s.io"];
/// Kinds that say more; where the cluster does not have one, or does not show it, that is told and the others are used.
pub const MORE: [&str; 24] = [
    "namespaces",
    "endpoints",
    "deployments.apps",
    "replicasets.apps",
    "statefulsets.apps",
    "daemonsets.apps",
    "jobs.batch",
    "ingresses.networking.k8s.io",
    "ingressclasses.networking.k8s.io",
    "networkpolicies.networking.k8s.io",
    "gateways.gateway.networking.k8s.io",
    "gatewayclasses.gateway.networking.k8s.io",
    "httproutes.gateway.networking.k8s.io",
    "referencegrants.gateway.networking.k8s.io",
    "ippools.crd.projectcalico.org",
    "felixconfigurations.crd.projectcalico.org",
    "networkpolicies.crd.projectcalico.org",
    "globalnetworkpolicies.crd.projectcalico.org",
    "tiers.crd.projectcalico.org",
    "networksets.crd.projectcalico.org",
    "globalnetworksets.crd.projectcalico.org",
    "installations.operator.tigera.io",
    "ipaddresspools.metallb.io",
    "l2advertisements.metallb.io",
];
/// Kinds that belong to no namespace.
const CLUSTERED: [&str; 10] = [
    "nodes",
    "namespaces",
    "ingressclasses.networking.k8s.io",
    "gatewayclasses.gateway.networking.k8s.io",
    "ippools.crd.projectcalico.org",
    "felixconfigurations.crd.projectcalico.org",
    "globalnetworkpolicies.crd.projectcalico.org",
    "tiers.crd.projectcalico.org",
    "globalnetworksets.crd.projectcalico.org",
    "installations.operator.tigera.io",
];
/// ConfigMaps that say how the cluster's network is set up, with their namespaces. No others are read.
pub const CONFIGURATION: [(&str, &str); 8] = [
    ("kube-system", "coredns"),
    ("kube-system", "kube-proxy"),
    ("kube-system", "kubeadm-config"),
    ("kube-system", "kubelet-config"),
    ("kube-system", "kube-flannel-cfg"),
    ("kube-flannel", "kube-flannel-cfg"),
    ("kube-system", "calico-config"),
    ("metallb-system", "config"),
];
/// What kubectl may take for one kind.
const BOUNDS: Bounds = Bounds { time: Duration::from_secs(120), output: super::disk::BYTES };
/// Kinds that are asked for at the same time.
const AT_ONCE: usize = 4;

/// Which cluster, and how much of it.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// `--context` of kubectl.
    pub context: Option<String>,
    /// `--kubeconfig` of kubectl.
    pub kubeconfig: Option<String>,
    /// Only these namespaces; all of them where there is none.
    pub namespaces: Vec<String>,
}

/// What was read of a cluster.
#[derive(Debug)]
pub struct Read {
    /// Objects, and what could not be read that is needed.
    pub gathered: Gathered,
    /// Kinds that could not be read and are not needed, with kubectl's words.
    pub without: Vec<(String, String)>,
}

/// Reads a cluster.
///
/// # Errors
/// There is no kubectl here (`None`), or the cluster does not answer it: its words.
pub fn read(asked: &Asked) -> Result<Read, Option<String>> {
    let kubectl = kubectl::find().ok_or(None)?;
    let known = get(&kubectl, asked, &["api-resources", "--verbs=list", "--output=name"]).map_err(Some)?;
    let known: Vec<&str> = known.lines().map(str::trim).collect();
    let mut questions: Vec<(String, Vec<String>)> = Vec::new();
    for kind in NEEDED.iter().chain(MORE.iter().filter(|kind| known.contains(kind))) {
        for place in places(kind, asked) {
            let words = ["get", kind].map(str::to_owned).into_iter().chain(place);
            questions.push(((*kind).to_owned(), words.collect()));
        }
    }
    for (namespace, name) in CONFIGURATION {
        let words = ["get", "configmaps", name, "--ignore-not-found", "--namespace", namespace];
        questions.push((format!("configmaps {name}"), words.map(str::to_owned).to_vec()));
    }
    let mut read = Read { gathered: Gathered { texts: Vec::new(), problems: Vec::new() }, without: Vec::new() };
    for some in questions.chunks(AT_ONCE) {
        let ask = |words: &[String]| {
            let words: Vec<&str> = words.iter().map(String::as_str).chain(["--output=json"]).collect();
            get(&kubectl, asked, &words)
        };
        let answers = std::thread::scope(|scope| {
            let asking: Vec<_> = some.iter().map(|(_, words)| scope.spawn(|| ask(words))).collect();
            let broken = |_| Err("?".to_owned());
            asking.into_iter().map(|one| one.join().unwrap_or_else(broken)).collect::<Vec<_>>()
        });
        for ((kind, words), answer) in some.iter().zip(answers) {
            match answer {
                Ok(text) if text.trim().is_empty() => {}
                Ok(text) => read.gathered.texts.push(SourceText::given(format!("kubectl {}", words.join(" ")), text)),
                Err(said) if NEEDED.contains(&kind.as_str()) => {
                    read.gathered.problems.push(Problem::Cluster { kind: kind.clone(), said });
                }
                Err(said) => read.without.push((kind.clone(), said)),
            }
        }
    }
    Ok(read)
}

/// Where a kind is asked for: everywhere, or in some namespaces.
fn places(kind: &str, asked: &Asked) -> Vec<Vec<String>> {
    if CLUSTERED.contains(&kind) {
        return vec![Vec::new()];
    }
    if asked.namespaces.is_empty() {
        return vec![vec!["--all-namespaces".to_owned()]];
    }
    asked.namespaces.iter().map(|namespace| vec![format!("--namespace={namespace}")]).collect()
}

fn get(kubectl: &Path, asked: &Asked, words: &[&str]) -> Result<String, String> {
    let mut command = Command::new(kubectl);
    command.args(words).arg("--request-timeout=100s");
    for (option, value) in [("--context", &asked.context), ("--kubeconfig", &asked.kubeconfig)] {
        if let Some(value) = value {
            command.arg(format!("{option}={value}"));
        }
    }
    String::from_utf8(run::run(&mut command, BOUNDS)?).map_err(|error| error.to_string())
}
