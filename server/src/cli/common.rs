//! Input and options that all subcommands share.

use super::values::{Kustomize, LangName};
use crate::config::Bytes;
use crate::gather::Gathered;
use clap::Args;
use kubernetes::cluster::model::docker::{Engine, FirewallBackend};
use kubernetes::cluster::model::{Cni, KubernetesVersion};
use kubernetes::cluster::{Options, time_of};
use kubernetes::timeline::{plain_line, scenario_of};
use sim_core::agents::cni;
use std::path::PathBuf;
use web::locale::Lang;
use web::timeline::line_error;

/// Pods that one input of the command line may have: who runs it has the memory or not. The server keeps to the default.
const MAX_PODS: usize = 1_000_000;

/// Input and options that all commands share.
#[derive(Args)]
pub(crate) struct Common {
    /// Manifests: files, folders (searched for .yaml, .yml, .json), archives (.tar, .tar.gz, .zip), or - for standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// What was read of a cluster, besides the files.
    #[arg(skip)]
    pub(crate) given: Option<Gathered>,
    /// CNI plugin [default: what the input shows; else, where it has NetworkPolicies, calico; else bridge]. bridge stands in for one that is
    /// not simulated, and the verdict says so
    #[arg(long, value_name = "PLUGIN", value_parser = cni)]
    pub(crate) cni: Option<Cni>,
    /// kube-proxy mode [default: what the input shows, else iptables]. ipvs and cilium (its replacement of kube-proxy) are not simulated;
    /// iptables stands in for them, and the verdict says so
    #[arg(long, value_name = "MODE", value_parser = Options::PROXY_MODES)]
    pub(crate) proxy_mode: Option<String>,
    /// Kubernetes version whose behaviour is followed, e.g. 1.30 [default: that of the Nodes, else 1.30]
    #[arg(long, value_name = "VERSION", value_parser = version)]
    pub(crate) kubernetes_version: Option<KubernetesVersion>,
    /// Release of Docker Engine whose rules are followed [default: what the input says, else 29]
    #[arg(long, value_name = "VERSION", value_parser = engine)]
    pub(crate) docker_version: Option<Engine>,
    /// Which rules Docker Engine writes: iptables, or from engine 29 nftables [default: what the input says, else iptables]
    #[arg(long, value_name = "BACKEND", value_parser = firewall_backend)]
    pub(crate) firewall_backend: Option<FirewallBackend>,
    /// net.bridge.bridge-nf-call-iptables on every node [default: 1]
    #[arg(long, value_name = "0|1", value_parser = clap::value_parser!(u8).range(0..=1))]
    pub(crate) bridge_nf: Option<u8>,
    /// Leave aside what was seen of real machines: what their agents would have written, 1, in place of what they have [default: 0]
    #[arg(long, value_name = "0|1", num_args = 0..=1, default_missing_value = "1", require_equals = true,
        value_parser = clap::value_parser!(u8).range(0..=1))]
    pub(crate) expected: Option<u8>,
    /// Memory that what the input describes may take, as it is estimated before it is built: 2GiB [default: 384MiB, and 100 times the input]
    #[arg(long, env = "KUBEHOP_MEMORY", value_name = "SIZE")]
    pub(crate) memory: Option<Bytes>,
    /// Who renders folders with a kustomization.yaml: this program, or the kubectl of this machine
    #[arg(long, value_enum, default_value_t)]
    pub(crate) kustomize: Kustomize,
    /// A time of the timeline: 10s, 1m30s. What is asked is asked then
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) at: Option<u64>,
    /// An event besides those of the timeline: a time, a word of a timeline and what it is about, as "10s delete pod/shop/web-1", "16s scale
    /// deploy/shop/web 5", "20s rollout deploy/shop/web" or "30s drain node-b". More than once for more
    #[arg(long = "event", value_name = "EVENT", value_parser = event)]
    pub(crate) events: Vec<String>,
    /// Seed of everything the kernel would pick at random
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// Language of words for people [default: that of LANG]
    #[arg(long)]
    pub(crate) lang: Option<LangName>,
}

pub(super) fn time(text: &str) -> Result<u64, String> {
    time_of(text).ok_or_else(|| "a time looks like 10s, 1m30s or 500ms".to_owned())
}

/// A time that is none of nothing.
pub(super) fn pace(text: &str) -> Result<u64, String> {
    time(text).and_then(|pace| if pace == 0 { Err("a pace is longer than nothing".to_owned()) } else { Ok(pace) })
}

/// An event of its own; how many there are is seen when all are read.
fn event(text: &str) -> Result<String, String> {
    let line = plain_line(text);
    scenario_of(&[&line]).map(|_| line).map_err(|error| line_error(Common::language_of(None), &error).join("\n"))
}

pub(super) fn version(text: &str) -> Result<KubernetesVersion, String> {
    let parts: Vec<&str> = text.trim_start_matches('v').split('.').collect();
    let number = |at: usize| parts.get(at).and_then(|part| part.parse().ok());
    match (number(0), number(1)) {
        (Some(major), Some(minor)) => Ok(KubernetesVersion { major, minor }),
        _ => Err("a version looks like 1.30".to_owned()),
    }
}

impl Common {
    pub(crate) fn options(&self) -> Options {
        let options = Options {
            cni: self.cni,
            version: self.kubernetes_version,
            docker: self.docker_version,
            firewall_backend: self.firewall_backend,
            bridge_nf: self.bridge_nf.map(|flag| flag == 1),
            expected: self.expected == Some(1),
            seed: self.seed,
            max_pods: Some(MAX_PODS),
            ..Options::default()
        };
        let mode = self.proxy_mode.as_deref();
        mode.and_then(|mode| options.clone().with_proxy_mode(mode)).unwrap_or(options)
    }

    /// The options that make another world than the input's, each with its value; without one it was not given.
    pub(crate) fn world(&self) -> [(&'static str, Option<String>); 7] {
        [
            ("--cni", self.cni.map(|cni| cni.name().to_owned())),
            ("--proxy-mode", self.proxy_mode.clone()),
            ("--kubernetes-version", self.kubernetes_version.map(|version| version.to_string())),
            ("--docker-version", self.docker_version.map(|engine| engine.name().to_owned())),
            ("--firewall-backend", self.firewall_backend.map(|backend| backend.name().to_owned())),
            ("--bridge-nf", self.bridge_nf.map(|flag| flag.to_string())),
            ("--expected", self.expected.map(|flag| flag.to_string())),
        ]
    }

    pub(crate) fn language(&self) -> Lang {
        Self::language_of(self.lang)
    }

    /// The language that was named, else that of the environment.
    pub(crate) fn language_of(named: Option<LangName>) -> Lang {
        match named {
            Some(LangName::En) => Lang::En,
            Some(LangName::Ko) => Lang::Ko,
            None => {
                let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
                    .into_iter()
                    .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
                if set.is_some_and(|value| value.starts_with("ko")) { Lang::Ko } else { Lang::En }
            }
        }
    }
}

pub(super) fn engine(text: &str) -> Result<Engine, String> {
    Engine::named(text).ok_or_else(|| format!("one of {}", Engine::ALL.map(Engine::name).join(", ")))
}

pub(super) fn firewall_backend(text: &str) -> Result<FirewallBackend, String> {
    let known = FirewallBackend::ALL.map(FirewallBackend::name);
    FirewallBackend::named(text).ok_or_else(|| format!("one of {}", known.join(", ")))
}

pub(super) fn cni(text: &str) -> Result<Cni, String> {
    let names: Vec<&str> = Cni::KNOWN.into_iter().map(Cni::name).collect();
    cni::named(text).ok_or_else(|| format!("one of {}", names.join(", ")))
}
