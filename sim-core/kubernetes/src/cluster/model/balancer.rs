//! Load balancers: the addresses they give Services, and how packets for these come to nodes.

use std::net::IpAddr;
use std::sync::Arc;

/// An entry of `status.loadBalancer.ingress`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LbIngress {
    /// Address.
    pub ip: IpAddr,
    /// `ipMode: Proxy`: kube-proxy does not short-cut it.
    pub proxy_mode: bool,
    /// How packets for it come to nodes.
    pub way: LbWay,
}

/// How packets for an address of a load balancer come to nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LbWay {
    /// The input shows the address and does not say how.
    Shown,
    /// One node answers ARP for it (MetalLB's layer 2 mode): one of these, or of all.
    Layer2 {
        /// Names of the nodes that may.
        nodes: Option<Arc<[Arc<str>]>>,
    },
    /// Routers have equal routes to it by nodes (MetalLB's BGP mode): by these, or all.
    Bgp {
        /// Names of the nodes that may.
        nodes: Option<Arc<[Arc<str>]>>,
        /// Which routers they tell; `None` for all.
        sessions: Option<Arc<[BgpSession]>>,
    },
    /// A cloud's load balancer keeps the destination and sends each flow to one of the nodes.
    Cloud,
    /// A machine has it, which ends connections and opens its own (`ipMode: Proxy`): one of the hosts where somebody asks for it.
    Machine,
    /// It is a node's own address.
    Node,
    /// Nobody tells the network.
    Nobody,
}

/// Nodes that speak BGP to a router.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BgpSession {
    /// The router's address; `None` for every router, where no router of the input has the address that is named.
    pub router: Option<IpAddr>,
    /// Names of the nodes.
    pub nodes: Arc<[Arc<str>]>,
}
