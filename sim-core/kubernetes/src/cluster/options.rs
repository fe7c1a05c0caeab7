//! What the caller sets.

use super::model::docker::{Engine, FirewallBackend};
use super::model::{Cni, KubernetesVersion, ProxyMode};

/// What the caller sets; an option wins over the input, the input wins over a default.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Options {
    /// `--cni`.
    pub cni: Option<Cni>,
    /// Network plugins that are simulated; the first stands in for all others. None is the reference plugin alone.
    pub plugins: &'static [Cni],
    /// `--proxy-mode`.
    pub proxy_mode: Option<ProxyMode>,
    /// The mode that was asked for, where it is not simulated and [`Self::proxy_mode`] stands in for it.
    pub proxy_instead_of: Option<&'static str>,
    /// `--kubernetes-version`.
    pub version: Option<KubernetesVersion>,
    /// `--bridge-nf`.
    pub bridge_nf: Option<bool>,
    /// `--docker-version`.
    pub docker: Option<Engine>,
    /// `--firewall-backend`.
    pub firewall_backend: Option<FirewallBackend>,
    /// `--seed`.
    pub seed: u64,
    /// `--expected`: what tools printed on real machines is left aside, as if agents had written all.
    pub expected: bool,
    /// Pods at most, where 20,000 are too few or too many.
    pub max_pods: Option<usize>,
}

impl Options {
    /// Names that [`Self::with_proxy_mode`] takes.
    pub const PROXY_MODES: [&'static str; 4] = ["iptables", "nftables", "ipvs", "cilium"];

    /// With the proxy mode of that name; one that is not simulated has another stand in for it. `None` for any other text.
    #[must_use]
    pub fn with_proxy_mode(self, name: &str) -> Option<Self> {
        let name = Self::PROXY_MODES.into_iter().find(|known| *known == name)?;
        let simulated = match name {
            "iptables" => Some(ProxyMode::Iptables),
            "nftables" => Some(ProxyMode::Nftables),
            _ => None,
        };
        let proxy_instead_of = simulated.is_none().then_some(name);
        Some(Self { proxy_mode: Some(simulated.unwrap_or_default()), proxy_instead_of, ..self })
    }
}
