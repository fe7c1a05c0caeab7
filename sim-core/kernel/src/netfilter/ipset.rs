//! Whether a set holds a packet (net/netfilter/ipset).

use crate::config::Netns;
use crate::config::ipset::{IpSet, SetKey, SetType};
use crate::config::xtables::{SetMatch, SetSide};
use crate::packet::{L4, Packet};
use ipnet::IpNet;

/// What was found for a packet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Covered {
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
        Covered::No => false,
        Covered::Yes => !turns,
        Covered::NoMatch => turns,
    }
}

/// The most specific element that covers the packet.
fn lookup(set: &IpSet, want: &SetMatch, packet: &Packet) -> Covered {
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
        None => Covered::No,
        Some((_, true)) => Covered::NoMatch,
        Some((_, false)) => Covered::Yes,
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
