//! What Calico was told: IP pools, and the options of Felix that change a packet's way.

use crate::origin::{Location, ObjectRef};
use ipnet::Ipv4Net;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Bits of an address block where the pool does not say (`blockSize`).
pub const BLOCK: u8 = 26;

/// When packets to another node are wrapped (`ipipMode`, `vxlanMode`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wraps {
    /// `Never`.
    #[default]
    Never,
    /// `CrossSubnet`: to nodes that are not of the node's own network.
    CrossSubnet,
    /// `Always`.
    Always,
}

impl Wraps {
    /// The mode of that name; any case, as environment variables have it.
    pub(super) fn read(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "never" | "off" | "" => Some(Self::Never),
            "crosssubnet" | "cross-subnet" => Some(Self::CrossSubnet),
            "always" => Some(Self::Always),
            _ => None,
        }
    }
}

/// An IP pool that addresses are given out of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// `cidr`; `None` is the cluster's Pod network.
    pub cidr: Option<Ipv4Net>,
    /// `blockSize`: length of the prefixes that nodes take, 20 to 32.
    pub block: u8,
    /// `ipipMode`.
    pub ipip: Wraps,
    /// `vxlanMode`.
    pub vxlan: Wraps,
    /// `natOutgoing`: what leaves the pools is masqueraded.
    pub nat_outgoing: bool,
    /// Who says so; `None` where it is assumed.
    pub said: Option<Said>,
}

impl Pool {
    /// A pool over the whole Pod network that nothing is said of.
    pub fn assumed(ipip: Wraps, vxlan: Wraps) -> Self {
        Self { cidr: None, block: BLOCK, ipip, vxlan, nat_outgoing: true, said: None }
    }
}

/// Where something stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The object.
    pub object: ObjectRef,
    /// The field in it.
    pub field: Arc<str>,
    /// Its place.
    pub location: Option<Location>,
}

/// What becomes of packets from a Pod to its own node, once its policies let them pass (`defaultEndpointToHostAction`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ToHost {
    /// `Accept`, as the install files set it.
    Accept,
    /// `Return`: the rest of INPUT decides.
    Return,
    /// `Drop`, which is Felix' own default.
    Drop,
}

/// Options of Felix that change a packet's way. Environment variables of its container come before FelixConfigurations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Felix {
    /// `chainInsertMode: Append`: its jumps stand behind what is there, by default before.
    pub append: bool,
    /// `defaultEndpointToHostAction`.
    pub to_host: ToHost,
    /// `iptablesFilterAllowAction: Return`: what its rules let pass goes on to the rules behind.
    pub filter_returns: bool,
    /// `iptablesMangleAllowAction: Return`.
    pub mangle_returns: bool,
    /// `ipipEnabled`; `None` follows the pools.
    pub ipip: Option<bool>,
    /// `vxlanEnabled`; `None` follows the pools.
    pub vxlan: Option<bool>,
    /// `ipipMTU` in bytes; `None` is told from the uplink.
    pub ipip_mtu: Option<u32>,
    /// `vxlanMTU` in bytes; `None` is told from the uplink.
    pub vxlan_mtu: Option<u32>,
    /// `vxlanPort`, UDP.
    pub vxlan_port: u16,
    /// `vxlanVNI`, 24 bits.
    pub vxlan_vni: u32,
    /// `natOutgoingAddress`: the source of what leaves the pools, in place of the node's own.
    pub nat_address: Option<Ipv4Addr>,
    /// `natPortRange`, first and last.
    pub nat_ports: Option<(u16, u16)>,
    /// `allowVXLANPacketsFromWorkloads`.
    pub vxlan_from_pods: bool,
    /// `allowIPIPPacketsFromWorkloads`.
    pub ipip_from_pods: bool,
    /// Who says what of these, by option in lower case.
    pub said: BTreeMap<Arc<str>, Said>,
}

impl Default for Felix {
    fn default() -> Self {
        Self {
            append: false,
            to_host: ToHost::Accept,
            filter_returns: false,
            mangle_returns: false,
            ipip: None,
            vxlan: None,
            ipip_mtu: None,
            vxlan_mtu: None,
            vxlan_port: 4789,
            vxlan_vni: 4096,
            nat_address: None,
            nat_ports: None,
            vxlan_from_pods: false,
            ipip_from_pods: false,
            said: BTreeMap::new(),
        }
    }
}

/// All that Calico was told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CalicoConfig {
    /// Pools for IPv4 that are not disabled, in the input's order. Empty where Calico is not the data path.
    pub pools: Vec<Pool>,
    /// Felix' options.
    pub felix: Felix,
    /// All of it for nodes whose Felix has options of its own (FelixConfiguration `node.NAME`), by name.
    pub nodes: BTreeMap<Arc<str>, CalicoConfig>,
    /// MTU of Pods in bytes (`veth_mtu`, `calicoNetwork.mtu`); `None` is told from the uplink and what wraps.
    pub mtu: Option<u32>,
    /// Blocks that a BlockAffinity gives to a node, by name.
    pub affinities: BTreeMap<Ipv4Net, Arc<str>>,
    /// Addresses of nodes' tunnel devices that Nodes tell of, by node.
    pub tunnels: BTreeMap<Arc<str>, IpAddr>,
}

impl CalicoConfig {
    /// What it was told on a node.
    pub fn on(&self, node: &str) -> &Self {
        self.nodes.get(node).unwrap_or(self)
    }

    /// The pool an address is of, else the first.
    pub fn pool_of(&self, ip: IpAddr) -> Option<&Pool> {
        let holds = |pool: &&Pool| matches!((pool.cidr, ip), (Some(cidr), IpAddr::V4(ip)) if cidr.contains(&ip));
        self.pools.iter().find(holds).or(self.pools.first())
    }

    /// Some pool wraps in IP in IP, or Felix is told to.
    pub fn has_ipip(&self) -> bool {
        self.felix.ipip.unwrap_or_else(|| self.pools.iter().any(|pool| pool.ipip != Wraps::Never))
    }

    /// Some pool wraps in VXLAN, or Felix is told to.
    pub fn has_vxlan(&self) -> bool {
        self.felix.vxlan.unwrap_or_else(|| self.pools.iter().any(|pool| pool.vxlan != Wraps::Never))
    }
}
