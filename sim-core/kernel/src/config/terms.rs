//! What both rule languages speak of: hooks, policies, ports, addresses, answers, translations.

use crate::packet::Port;
use std::fmt;
use std::net::IpAddr;

/// The five netfilter hooks of a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hook {
    /// After a device handed the packet to IP, before routing.
    Prerouting,
    /// Routed to this host.
    Input,
    /// Routed onward.
    Forward,
    /// Made by this host.
    Output,
    /// About to leave.
    Postrouting,
}

impl fmt::Display for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Prerouting => "PREROUTING",
            Self::Input => "INPUT",
            Self::Forward => "FORWARD",
            Self::Output => "OUTPUT",
            Self::Postrouting => "POSTROUTING",
        })
    }
}

/// Policy of a built-in chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Policy {
    /// `ACCEPT`.
    #[default]
    Accept,
    /// `DROP`.
    Drop,
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Accept => "ACCEPT",
            Self::Drop => "DROP",
        })
    }
}

/// An inclusive port range; one port has equal ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortRange {
    /// First.
    pub first: Port,
    /// Last.
    pub last: Port,
}

impl PortRange {
    /// Exactly one port.
    pub fn one(port: u16) -> Self {
        Self { first: Port(port), last: Port(port) }
    }

    /// Whether `port` lies in it.
    pub fn contains(&self, port: Port) -> bool {
        self.first <= port && port <= self.last
    }
}

/// Address types of `-m addrtype` (rtn types of a table lookup).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AddrType {
    /// `UNSPEC`.
    Unspec,
    /// `UNICAST`.
    Unicast,
    /// `LOCAL`.
    Local,
    /// `BROADCAST`.
    Broadcast,
    /// `ANYCAST`.
    Anycast,
    /// `MULTICAST`.
    Multicast,
    /// `BLACKHOLE`.
    Blackhole,
    /// `UNREACHABLE`.
    Unreachable,
    /// `PROHIBIT`.
    Prohibit,
    /// `THROW`.
    Throw,
    /// `NAT`.
    Nat,
    /// `XRESOLVE`.
    XResolve,
}

impl AddrType {
    /// All, in the order `iptables-save` prints them, with their names.
    pub const ALL: [(Self, &'static str); 12] = [
        (Self::Unspec, "UNSPEC"),
        (Self::Unicast, "UNICAST"),
        (Self::Local, "LOCAL"),
        (Self::Broadcast, "BROADCAST"),
        (Self::Anycast, "ANYCAST"),
        (Self::Multicast, "MULTICAST"),
        (Self::Blackhole, "BLACKHOLE"),
        (Self::Unreachable, "UNREACHABLE"),
        (Self::Prohibit, "PROHIBIT"),
        (Self::Throw, "THROW"),
        (Self::Nat, "NAT"),
        (Self::XResolve, "XRESOLVE"),
    ];
}

/// What NAT may choose from (`struct nf_nat_range2`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NatRange {
    /// Addresses, inclusive; `None` keeps the address (or leaves it to the target).
    pub addresses: Option<(IpAddr, IpAddr)>,
    /// Ports; `None` keeps the port where it is free.
    pub ports: Option<PortRange>,
    /// `FIRST-LAST/BASE`: the port is moved by its distance from this one (DNAT).
    pub base: Option<Port>,
    /// `--random`: the port is drawn.
    pub random: bool,
    /// `--random-fully`: the same today (SNAT, MASQUERADE).
    pub random_fully: bool,
    /// `--persistent`: the address does not depend on the other end's.
    pub persistent: bool,
}

impl NatRange {
    /// One address, the port kept.
    pub fn to(address: IpAddr) -> Self {
        Self { addresses: Some((address, address)), ..Self::default() }
    }

    /// The same with ports.
    #[must_use]
    pub fn with_ports(self, ports: Option<PortRange>) -> Self {
        Self { ports, ..self }
    }

    /// The same with `--random-fully` or without.
    #[must_use]
    pub fn fully_random(self, random_fully: bool) -> Self {
        Self { random_fully, ..self }
    }

    /// Ports are drawn whether or not the old one is free.
    pub fn draws_port(&self) -> bool {
        self.random || self.random_fully
    }
}

/// What `REJECT` answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RejectWith {
    /// `icmp-net-unreachable` (3/0).
    NetUnreachable,
    /// `icmp-host-unreachable` (3/1).
    HostUnreachable,
    /// `icmp-proto-unreachable` (3/2).
    ProtoUnreachable,
    /// `icmp-port-unreachable` (3/3), the default.
    PortUnreachable,
    /// `icmp-net-prohibited` (3/9).
    NetProhibited,
    /// `icmp-host-prohibited` (3/10).
    HostProhibited,
    /// `icmp-admin-prohibited` (3/13).
    AdminProhibited,
    /// `tcp-reset`.
    TcpReset,
}

/// Direction inside a tracked connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CtDirection {
    /// As the first packet.
    Original,
    /// The other way.
    Reply,
}

codes!(CtDirection {
    Self::Original => "original",
    Self::Reply => "reply",
});
