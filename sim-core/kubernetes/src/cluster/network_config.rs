//! What the CNI configuration says to the plugin that wires Pods, and to `portmap` behind it.

use super::calico::CalicoConfig;
use crate::origin::{Location, ObjectRef};
use ipnet::Ipv4Net;
use std::sync::Arc;

/// Name of the network where no configuration gives one.
pub(super) const NETWORK: &str = "podnet";
/// `markMasqBit` where none is given.
pub(super) const MARK_BIT: u32 = 13;

/// Settings of the plugin that wires Pods and of what is chained behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkConfig {
    /// `name` of the network.
    pub network: Arc<str>,
    /// `hairpinMode`: a Pod's frames may come back to it by its own bridge port. Assumed on where nothing is said.
    pub hairpin: bool,
    /// Where `hairpinMode` stands; `None` when it is assumed.
    pub hairpin_at: Option<Location>,
    /// The plugin that serves `hostPort`; `None` where a configuration is given that does not chain it.
    pub portmap: Option<PortMap>,
    /// What flannel's daemon was told.
    pub flannel: FlannelConfig,
    /// What Calico was told.
    pub calico: CalicoConfig,
    /// The configuration, or the ConfigMap it stands in.
    pub object: Option<ObjectRef>,
    /// Where the configuration starts; `None` when all of it is assumed.
    pub location: Option<Location>,
}

/// Settings of the plugin `portmap`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortMap {
    /// `snat`, by default true: who would otherwise get no answer is masqueraded.
    pub snat: bool,
    /// The mark of what is masqueraded, a single bit: `markMasqBit`, by default the 14th.
    pub mark: u32,
    /// `externalSetMarkChain`: another chain that marks, and is masqueraded by somebody else.
    pub external_set_mark_chain: Option<Arc<str>>,
    /// `conditionsV4`: words as iptables takes them.
    pub conditions: Vec<Arc<str>>,
}

/// Settings of flannel's daemon: `net-conf.json` (Documentation/configuration.md and Documentation/backends.md of flannel).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlannelConfig {
    /// `Backend.VNI`, 24 bits, of the backend vxlan; by default 1.
    pub vni: u32,
    /// `Backend.Port`, UDP, of the backend vxlan; by default the kernel's 8472.
    pub port: u16,
    /// `Backend.DirectRouting`: nodes on one network reach each other without the tunnel.
    pub direct_routing: bool,
    /// The ConfigMap.
    pub object: Option<ObjectRef>,
    /// Where `net-conf.json` stands; `None` when all of it is assumed.
    pub location: Option<Location>,
}

/// Settings of ip-masq-agent, which runs beside whatever plugin: Pods keep their address to some destinations and get their node's to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MasqAgent {
    /// The chain it writes: `--masq-chain`.
    pub chain: Arc<str>,
    /// `nonMasqueradeCIDRs`, IPv4, as written.
    pub stays: Vec<Ipv4Net>,
    /// `masqLinkLocal`: 169.254.0.0/16 is masqueraded, too.
    pub link_local: bool,
    /// Its ConfigMap, else what runs it.
    pub object: ObjectRef,
    /// Where its configuration stands; `None` for what it does without one.
    pub location: Option<Location>,
}

impl Default for FlannelConfig {
    fn default() -> Self {
        Self { vni: 1, port: 8472, direct_routing: false, object: None, location: None }
    }
}

impl Default for PortMap {
    fn default() -> Self {
        Self { snat: true, mark: 1 << MARK_BIT, external_set_mark_chain: None, conditions: Vec::new() }
    }
}

impl Default for NetworkConfig {
    fn default() -> Self {
        Self {
            network: Arc::from(NETWORK),
            hairpin: true,
            hairpin_at: None,
            portmap: Some(PortMap::default()),
            flannel: FlannelConfig::default(),
            calico: CalicoConfig::default(),
            object: None,
            location: None,
        }
    }
}
