//! What a Docker daemon is told: `daemon.json`.

use super::super::{List, Text};
use super::value;
use crate::origin::Spanned;
use serde::Deserialize;

/// `daemon.json`, as far as it is about networks of one host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct DockerDaemon {
    /// `icc`.
    pub icc: Option<Spanned<bool>>,
    /// `userland-proxy`.
    pub userland_proxy: Option<Spanned<bool>>,
    /// `iptables`.
    pub iptables: Option<Spanned<bool>>,
    /// `ip-forward`.
    pub ip_forward: Option<Spanned<bool>>,
    /// `ip-masq`.
    pub ip_masq: Option<Spanned<bool>>,
    /// `ip`: where ports are published that name no address.
    pub ip: Option<Spanned<Text>>,
    /// `bip`: address and network of the default bridge.
    pub bip: Option<Spanned<Text>>,
    /// `fixed-cidr`: addresses of the default bridge's containers.
    pub fixed_cidr: Option<Spanned<Text>>,
    /// `bridge`: a bridge of the administrator's in place of the default one, or `none`.
    pub bridge: Option<Spanned<Text>>,
    /// `default-gateway` of the default bridge's containers.
    pub default_gateway: Option<Spanned<Text>>,
    /// `mtu` of the default bridge.
    pub mtu: Option<Spanned<i64>>,
    /// `default-address-pools`.
    pub default_address_pools: List<DockerPool>,
    /// `dns`.
    pub dns: List<Text>,
    /// `firewall-backend`: `iptables`, `nftables`.
    pub firewall_backend: Option<Spanned<Text>>,
    /// `allow-direct-routing`.
    pub allow_direct_routing: Option<Spanned<bool>>,
    /// `bridge-accept-fwmark`: `MARK` or `MARK/MASK`.
    pub bridge_accept_fwmark: Option<Spanned<Text>>,
}

/// One of `default-address-pools`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct DockerPool {
    /// `base`.
    pub base: Option<Spanned<Text>>,
    /// `size`: prefix length of a network.
    pub size: Option<Spanned<i64>>,
}

/// A Docker host of a Scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ScenarioDocker {
    /// `version` of the engine.
    #[serde(deserialize_with = "value::text")]
    pub version: Option<Spanned<Text>>,
    /// `desktop`: it is the virtual machine of Docker Desktop.
    pub desktop: Option<bool>,
    /// `daemon`: the keys of `daemon.json`.
    pub daemon: Option<Spanned<DockerDaemon>>,
    /// `env`: variables of the daemon's environment.
    pub env: Option<Spanned<DockerEnv>>,
}

/// What a daemon's environment says, as far as it is about networks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct DockerEnv {
    /// `DOCKER_INSECURE_NO_IPTABLES_RAW`: `1` for no rules in the table `raw`.
    #[serde(rename = "DOCKER_INSECURE_NO_IPTABLES_RAW", deserialize_with = "value::text")]
    pub no_raw: Option<Spanned<Text>>,
}
