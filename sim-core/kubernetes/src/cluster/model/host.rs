//! Segments, machines that are no nodes, and what the input says of a machine's kernel.

use super::balancer::Announces;
use crate::assumption::Because;
use crate::origin::{Location, ObjectRef, Span};
use ipnet::IpNet;
use kernel::packet::{Port, Protocol};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Index of a node in [`super::Cluster::nodes`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

/// Index of a segment in [`super::Cluster::segments`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentId(pub u32);

/// An Ethernet segment (a switch) with the machines on it. A router joins all segments; it is their default gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its name, where the input has one.
    pub name: Option<Arc<str>>,
    /// Network of the addresses on it.
    pub cidr: IpNet,
    /// The router's address on it.
    pub gateway: IpAddr,
    /// Bytes of the largest packet, of its switch and of the devices that are plugged into it.
    pub mtu: u32,
    /// It stands for the Internet: servers there have addresses of their own, and no default route.
    pub internet: bool,
    /// The field of the input that says it; `None` for one that was assumed.
    pub because: Option<Because>,
}

impl Segment {
    /// One that the input does not say: Ethernet's MTU, and no name.
    pub fn assumed(cidr: IpNet, gateway: IpAddr) -> Self {
        Self { name: None, cidr, gateway, mtu: 1500, internet: false, because: None }
    }
}

/// What joins segments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Router {
    /// Its name; `None` for the one that is assumed, which discards what it has no route for and says nothing.
    pub name: Option<Arc<str>>,
    /// Its address on each segment, in the order of its devices `eth0` onward.
    pub on: Vec<(SegmentId, IpAddr)>,
    /// Routes besides those of its segments.
    pub routes: Vec<HostRoute>,
    /// It leads to the servers of the Internet.
    pub internet: bool,
    /// It masquerades what it sends there.
    pub nat: bool,
    /// What listens on it; a resolver, where nothing is said.
    pub sockets: Vec<HostSocket>,
    /// Its rules.
    pub said: NodeSaid,
    /// The field of the input that says it.
    pub because: Option<Because>,
}

/// A machine that is no node, on a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Its name, where the input has one.
    pub name: Option<Arc<str>>,
    /// Address.
    pub ip: IpAddr,
    /// The segment it is on.
    pub segment: SegmentId,
    /// Routes besides those of its segment and its default gateway.
    pub routes: Vec<HostRoute>,
    /// Name servers of its `resolv.conf`; empty for its gateway.
    pub resolv: Vec<IpAddr>,
    /// What listens there.
    pub sockets: Vec<HostSocket>,
    /// Its sysctls and rules.
    pub said: NodeSaid,
    /// The field of the input that names it first.
    pub because: Because,
    /// All objects that name it.
    pub named_by: Vec<ObjectRef>,
}

impl Host {
    /// The ports that something listens on, as a list for people.
    pub fn ports(&self) -> String {
        crate::cluster::listener::list(self.sockets.iter().map(|socket| (socket.port, socket.protocol)))
    }
}

/// A route of a [`Host`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostRoute {
    /// Destination.
    pub to: IpNet,
    /// Next hop, on its segment.
    pub via: IpAddr,
    /// The field of the input that says it.
    pub because: Because,
}

/// A listening socket of a [`Host`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostSocket {
    /// Protocol.
    pub protocol: Protocol,
    /// Port.
    pub port: Port,
    /// The one address it listens on; `None` for every one.
    pub address: Option<IpAddr>,
    /// Where its process goes on to, if it is a proxy; `None` for one that answers.
    pub onward: Option<Onward>,
    /// The field of the input that names it.
    pub because: Because,
}

/// Where a proxy goes on to with what it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Onward {
    /// Its servers, one or more.
    pub to: Arc<[SocketAddr]>,
    /// How it spreads connections over them.
    pub by: Balancing,
    /// It says first on each whose it is.
    pub announces: Option<Announces>,
    /// It takes only connections on which that is said first: the field that says so.
    pub accepts: Option<Because>,
}

/// How a proxy spreads connections over several servers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Balancing {
    /// One after the other. Which one is next depends on how many came before, so the first of a journey is drawn.
    #[default]
    RoundRobin,
    /// Any, for each connection.
    Random,
    /// By a hash of the client's address: the same for all connections of a client, as long as the list stays.
    Source,
}

/// A sysctl of a node that the input says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeSysctl {
    /// Name, with dots.
    pub name: Arc<str>,
    /// Value.
    pub value: u32,
    /// Where it is said.
    pub because: Because,
}

/// Rules of a node that the input says, as text for iptables-restore(8) or nft(8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeRules {
    /// Lines of the text; those without a place were added.
    pub lines: Vec<RuleLine>,
    /// The text is a script for `nft -f`.
    pub nft: bool,
    /// Where it is said.
    pub because: Because,
    /// The same as a span, for findings.
    pub span: Span,
}

/// A line of [`NodeRules`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleLine {
    /// Text.
    pub text: Arc<str>,
    /// Its place.
    pub location: Option<Location>,
    /// The same as a span, for findings.
    pub span: Span,
}

/// What a Scenario says of a node's kernel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeSaid {
    /// Sysctls, the later over the earlier.
    pub sysctls: Vec<NodeSysctl>,
    /// Rules.
    pub rules: Vec<NodeRules>,
}
