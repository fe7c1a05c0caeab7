//! Sets of addresses and ports that rules look up (net/netfilter/ipset).

use super::netfilter::xtables::{SetMatch, SetSide};
use super::state::Netns;
use crate::ids::CauseId;
use crate::packet::{L4, Packet, Protocol};
use ipnet::IpNet;
use std::sync::Arc;

/// What the elements of a set are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SetType {
    /// `hash:ip`.
    Ip,
    /// `hash:net`.
    Net,
    /// `hash:ip,port`.
    IpPort,
    /// `hash:net,port`.
    NetPort,
    /// `hash:ip,port,ip`.
    IpPortIp,
    /// `hash:ip,port,net`.
    IpPortNet,
    /// `bitmap:port`.
    Port,
    /// `list:set`.
    List,
}

impl SetType {
    /// All, with their names.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::Ip, "hash:ip"),
        (Self::Net, "hash:net"),
        (Self::IpPort, "hash:ip,port"),
        (Self::NetPort, "hash:net,port"),
        (Self::IpPortIp, "hash:ip,port,ip"),
        (Self::IpPortNet, "hash:ip,port,net"),
        (Self::Port, "bitmap:port"),
        (Self::List, "list:set"),
    ];

    /// Parts of an element; a match must name a side for each.
    pub fn parts(self) -> usize {
        match self {
            Self::Ip | Self::Net | Self::Port | Self::List => 1,
            Self::IpPort | Self::NetPort => 2,
            Self::IpPortIp | Self::IpPortNet => 3,
        }
    }
}

/// One set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IpSet {
    /// What its elements are made of.
    pub kind: SetType,
    /// `netmask`: addresses of `hash:ip` types are compared this long, in bits.
    pub netmask: Option<u8>,
    /// The options of its creation as `ipset save` prints them.
    pub header: Arc<str>,
    /// Elements, in the order they were added.
    pub elements: Vec<SetElement>,
    /// Who made it.
    pub cause: CauseId,
}

/// An element of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetElement {
    /// What it is.
    pub key: SetKey,
    /// `nomatch`: what it covers is taken out of a wider element.
    pub no_match: bool,
    /// Further options as `ipset save` prints them (`timeout`, `comment`).
    pub rest: Arc<str>,
}

/// What an element of a set is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SetKey {
    /// An address or network.
    Net(IpNet),
    /// With protocol and port (ICMP: type · 256 + code).
    NetPort(IpNet, Protocol, u16),
    /// With a second address or network.
    NetPortNet(IpNet, Protocol, u16, IpNet),
    /// A port.
    Port(u16),
    /// Another set.
    Set(Arc<str>),
}

/// What was found for a packet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    No,
    Yes,
    /// An element with `nomatch`.
    NoMatch,
}

/// Sets in a list may hold lists no further than this.
const MOST_NESTED: u32 = 4;

/// Whether a packet's addresses and ports are in the set, before `!` (`ip_set_test`). A set that does not exist holds nothing.
pub(crate) fn matches(netns: &Netns, want: &SetMatch, packet: &Packet) -> bool {
    netns.sets.get(&want.name).is_some_and(|set| in_set(netns, set, want, packet, 0))
}

fn in_set(netns: &Netns, set: &IpSet, want: &SetMatch, packet: &Packet, depth: u32) -> bool {
    if want.sides.len() < set.kind.parts() || depth > MOST_NESTED {
        return false;
    }
    if set.kind == SetType::List {
        return set.elements.iter().any(|element| match &element.key {
            SetKey::Set(name) => {
                netns.sets.get(name).is_some_and(|inner| in_set(netns, inner, want, packet, depth + 1))
            }
            _ => false,
        });
    }
    let found = lookup(set, want, packet);
    // `--return-nomatch` turns a found element round.
    let turns = want.return_nomatch && matches!(set.kind, SetType::Net | SetType::NetPort | SetType::IpPortNet);
    match found {
        Found::No => false,
        Found::Yes => !turns,
        Found::NoMatch => turns,
    }
}

/// The most specific element that covers the packet.
fn lookup(set: &IpSet, want: &SetMatch, packet: &Packet) -> Found {
    let side = |part: usize| want.sides.get(part).copied().unwrap_or(SetSide::Source);
    let address = |part| match side(part) {
        SetSide::Source => packet.ip.src,
        SetSide::Destination => packet.ip.dst,
    };
    let port_part = if set.kind == SetType::Port { 0 } else { 1 };
    let port = port(&packet.l4, side(port_part));
    let protocol = packet.protocol().number();
    let covers = |net: &IpNet, part: usize| match set.netmask {
        Some(bits) => IpNet::new(net.addr(), bits.min(net.prefix_len())).is_ok_and(|net| net.contains(&address(part))),
        None => net.contains(&address(part)),
    };
    let covering = set.elements.iter().filter_map(|element| {
        let (holds, length) = match &element.key {
            SetKey::Net(net) => (covers(net, 0), net.prefix_len()),
            SetKey::NetPort(net, of, number) => {
                (covers(net, 0) && of.number() == protocol && port == Some(*number), net.prefix_len())
            }
            SetKey::NetPortNet(net, of, number, second) => {
                let holds = covers(net, 0) && of.number() == protocol && port == Some(*number);
                (holds && second.contains(&address(2)), second.prefix_len())
            }
            SetKey::Port(number) => (port == Some(*number) && packet.l4.source_port().is_some(), 0),
            SetKey::Set(_) => (false, 0),
        };
        holds.then_some((length, element.no_match))
    });
    match covering.max_by_key(|(length, _)| *length) {
        None => Found::No,
        Some((_, true)) => Found::NoMatch,
        Some((_, false)) => Found::Yes,
    }
}

/// The port part of a packet (`ip_set_get_ip4_port`).
fn port(l4: &L4, side: SetSide) -> Option<u16> {
    match l4 {
        L4::Icmp(icmp) => {
            let (kind, code) = icmp.type_code();
            Some(u16::from(kind) << 8 | u16::from(code))
        }
        L4::Other(_) => Some(0),
        _ => match side {
            SetSide::Source => l4.source_port(),
            SetSide::Destination => l4.destination_port(),
        }
        .map(|port| port.0),
    }
}
