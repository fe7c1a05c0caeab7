//! Load balancers: the addresses they give Services, and how packets for these come to nodes.

use crate::assumption::Because;
use kernel::packet::Port;
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

/// Version of the PROXY protocol, in which a proxy says whose connection it carries on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProxyProtocol {
    /// A line of text.
    V1,
    /// Bytes.
    V2,
}

kernel::codes!(ProxyProtocol {
    Self::V1 => "v1",
    Self::V2 => "v2",
});

/// That a Service's load balancer says first, on each connection that it opens, whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announces {
    /// In which form.
    pub version: ProxyProtocol,
    /// On these ports of the Service; `None` for all.
    pub ports: Option<Vec<Port>>,
    /// The annotation that asks for it.
    pub because: Because,
}

impl Announces {
    /// The form on one port, if it does there.
    pub fn on(&self, port: Port) -> Option<ProxyProtocol> {
        self.ports.as_ref().is_none_or(|ports| ports.contains(&port)).then_some(self.version)
    }
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
    /// A machine has it, which ends connections and opens its own (`ipMode: Proxy`, or it says whose they are): one of the hosts where
    /// somebody asks for it.
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
