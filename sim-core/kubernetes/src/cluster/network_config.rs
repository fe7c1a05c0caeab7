//! What the CNI configuration says to the plugin that wires Pods, and to `portmap` behind it.

use super::calico::CalicoConfig;
use crate::origin::{Location, ObjectRef};
use ipnet::{IpNet, Ipv4Net};
use kernel::packet::Mac;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

/// Name of the network where no configuration gives one.
pub(super) const NETWORK: &str = "podnet";
/// `markMasqBit` where none is given.
pub(super) const MARK_BIT: u32 = 13;

/// The bridge's name where none is given.
pub(super) const BRIDGE: &str = "cni0";

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
    /// How `bridge` or `ptp` is called.
    pub wiring: Wiring,
    /// What flannel's daemon was told.
    pub flannel: FlannelConfig,
    /// What Calico was told.
    pub calico: CalicoConfig,
    /// The configuration, or the ConfigMap it stands in.
    pub object: Option<ObjectRef>,
    /// Where the configuration starts; `None` when all of it is assumed.
    pub location: Option<Location>,
}

/// What a plugin writes rules with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RuleBackend {
    /// iptables.
    #[default]
    Iptables,
    /// nftables.
    Nftables,
}

/// Settings of the plugins `bridge` and `ptp`, and of `firewall` behind them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wiring {
    /// `bridge`: the bridge's name.
    pub bridge: Arc<str>,
    /// `isGateway`: the bridge has the first address of the range.
    pub gateway: bool,
    /// `isDefaultGateway`: and it is a Pod's way to everywhere.
    pub default_route: bool,
    /// `ipMasq`, and what it is written with.
    pub masquerade: Option<RuleBackend>,
    /// `promiscMode` of the bridge.
    pub promiscuous: bool,
    /// `mtu`; `None` is that of the node's network.
    pub mtu: Option<u32>,
    /// `ipam.routes`, with their gateways where they are others than the range's; `None` where no configuration is given.
    pub routes: Option<Vec<(IpNet, Option<IpAddr>)>>,
    /// The plugin `firewall` is chained: the name of the administrator's chain.
    pub firewall: Option<Arc<str>>,
}

impl Wiring {
    /// Whether a configuration of the input says it. Else whoever installed the plugin is taken to masquerade what leaves the cluster.
    pub fn is_said(&self) -> bool {
        self.routes.is_some()
    }
}

impl Default for Wiring {
    fn default() -> Self {
        Self {
            bridge: Arc::from(BRIDGE),
            gateway: true,
            default_route: true,
            masquerade: None,
            promiscuous: false,
            mtu: None,
            routes: None,
            firewall: None,
        }
    }
}

/// Settings of the plugin `portmap`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortMap {
    /// `backend`.
    pub backend: RuleBackend,
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
    /// Ethernet addresses of nodes' ends of the tunnel that the daemons noted on Nodes (`backend-data`), by node.
    pub macs: BTreeMap<Arc<str>, Mac>,
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
        Self { vni: 1, port: 8472, direct_routing: false, macs: BTreeMap::new(), object: None, location: None }
    }
}

impl Default for PortMap {
    fn default() -> Self {
        Self {
            backend: RuleBackend::Iptables,
            snat: true,
            mark: 1 << MARK_BIT,
            external_set_mark_chain: None,
            conditions: Vec::new(),
        }
    }
}

impl Default for NetworkConfig {
    fn default() -> Self {
        Self {
            network: Arc::from(NETWORK),
            hairpin: true,
            hairpin_at: None,
            portmap: Some(PortMap::default()),
            wiring: Wiring::default(),
            flannel: FlannelConfig::default(),
            calico: CalicoConfig::default(),
            object: None,
            location: None,
        }
    }
}
