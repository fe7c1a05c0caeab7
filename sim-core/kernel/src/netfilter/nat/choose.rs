//! Which address and port NAT gives a connection (`get_unique_tuple` in net/netfilter/nf_nat_core.c).

use crate::config::{NatRange, PortRange};
use crate::ids::{CtId, NetnsId, RuleRef};
use crate::netfilter::conntrack;
use crate::packet::{Port, Protocol};
use crate::state::{KernelState, Tuple};
use crate::walk::{Chooser, NatKind};
use std::net::{IpAddr, Ipv4Addr};

/// Tries in one search for a free port (`NF_NAT_MAX_ATTEMPTS`).
const ATTEMPTS: u32 = 128;

/// The tuple of a connection's first packet after one side's translation. `at` is namespace, entry and the rule that asks, if one
/// does.
pub(super) fn tuple(
    state: &KernelState,
    chooser: &mut dyn Chooser,
    at: (NetnsId, CtId, Option<RuleRef>),
    current: Tuple,
    range: &NatRange,
    side: NatKind,
) -> Tuple {
    let (netns, id, _) = at;
    let used = |tuple: Tuple| conntrack::reply_is_taken(state, netns, id, tuple.inverted());
    if side == NatKind::Source && !range.draws_port() {
        if source_in_range(&current, range) {
            if !used(current) {
                return current;
            }
        } else if let Some(tuple) = as_before(state, netns, current, range)
            && !used(tuple)
        {
            return tuple;
        }
    }
    let mut tuple = current;
    if let Some(addresses) = range.addresses {
        let address = spread(&current, addresses, range.persistent);
        match side {
            NatKind::Source => tuple.src.set_ip(address),
            NatKind::Destination => tuple.dst.set_ip(address),
        }
    }
    if !range.draws_port() {
        match range.ports {
            Some(ports) => {
                let fits = range.base.is_none() && ports.contains(Port(key(&tuple, side)));
                if fits && (ports.first == ports.last || !used(tuple)) {
                    return tuple;
                }
            }
            None if !used(tuple) => return tuple,
            None => {}
        }
    }
    port(state, chooser, at, tuple, range, side)
}

/// The port (or ICMP identifier) that a side's translation changes.
fn key(tuple: &Tuple, side: NatKind) -> u16 {
    match side {
        NatKind::Destination if tuple.protocol != Protocol::Icmp => tuple.dst.port(),
        _ => tuple.src.port(),
    }
}

fn with_key(mut tuple: Tuple, side: NatKind, port: u16) -> Tuple {
    if side == NatKind::Source || tuple.protocol == Protocol::Icmp {
        tuple.src.set_port(port);
    }
    if side == NatKind::Destination || tuple.protocol == Protocol::Icmp {
        tuple.dst.set_port(port);
    }
    tuple
}

/// `nf_in_range`.
fn source_in_range(tuple: &Tuple, range: &NatRange) -> bool {
    let address = range.addresses.is_none_or(|(first, last)| first <= tuple.src.ip() && tuple.src.ip() <= last);
    address && range.ports.is_none_or(|ports| has_no_key(tuple) || ports.contains(Port(tuple.src.port())))
}

fn has_no_key(tuple: &Tuple) -> bool {
    !conntrack::has_ports(tuple.protocol)
}

/// The source another connection from the same address and port was given already (`find_appropriate_src`).
fn as_before(state: &KernelState, netns: NetnsId, current: Tuple, range: &NatRange) -> Option<Tuple> {
    let entries = state.conntrack.get(&netns)?;
    entries
        .iter()
        .filter(|entry| entry.src_done && entry.original.protocol == current.protocol)
        .filter(|entry| entry.original.src == current.src)
        .map(|entry| Tuple { src: entry.reply.dst, ..current })
        .find(|tuple| source_in_range(tuple, range))
}

/// The address of a range that a pair of hosts always gets (`find_best_ips_proto`): by hash, not by chance.
fn spread(tuple: &Tuple, (first, last): (IpAddr, IpAddr), persistent: bool) -> IpAddr {
    let (IpAddr::V4(low), IpAddr::V4(high)) = (first, last) else { return first };
    if low == high {
        return first;
    }
    let word = |address: IpAddr| match address {
        // As the kernel reads the bytes on the wire on a little-endian machine.
        IpAddr::V4(v4) => u32::from_le_bytes(v4.octets()),
        IpAddr::V6(_) => 0,
    };
    let initial = if persistent { 0 } else { word(tuple.dst.ip()) };
    let hash = jhash2([word(tuple.src.ip()), 0, 0, 0], initial);
    let (low, high) = (u32::from(low), u32::from(high));
    let size = high.wrapping_sub(low).wrapping_add(1);
    let offset = ((u64::from(hash) * u64::from(size)) >> 32) as u32;
    IpAddr::V4(Ipv4Addr::from(low.wrapping_add(offset)))
}

/// `jhash2` of four words (include/linux/jhash.h).
fn jhash2(words: [u32; 4], initial: u32) -> u32 {
    let start = 0xdead_beef_u32.wrapping_add(4 << 2).wrapping_add(initial);
    let [w0, w1, w2, w3] = words;
    let (mut a, mut b, mut c) = (start.wrapping_add(w0), start.wrapping_add(w1), start.wrapping_add(w2));
    a = a.wrapping_sub(c) ^ c.rotate_left(4);
    c = c.wrapping_add(b);
    b = b.wrapping_sub(a) ^ a.rotate_left(6);
    a = a.wrapping_add(c);
    c = c.wrapping_sub(b) ^ b.rotate_left(8);
    b = b.wrapping_add(a);
    a = a.wrapping_sub(c) ^ c.rotate_left(16);
    c = c.wrapping_add(b);
    b = b.wrapping_sub(a) ^ a.rotate_left(19);
    a = a.wrapping_add(c);
    c = c.wrapping_sub(b) ^ b.rotate_left(4);
    b = b.wrapping_add(a);
    a = a.wrapping_add(w3);
    c = (c ^ b).wrapping_sub(b.rotate_left(14));
    a = (a ^ c).wrapping_sub(c.rotate_left(11));
    b = (b ^ a).wrapping_sub(a.rotate_left(25));
    c = (c ^ b).wrapping_sub(b.rotate_left(16));
    a = (a ^ c).wrapping_sub(c.rotate_left(4));
    b = (b ^ a).wrapping_sub(a.rotate_left(14));
    (c ^ b).wrapping_sub(b.rotate_left(24))
}

/// A free port (`nf_nat_l4proto_unique_tuple`). Without a range a destination keeps its port, and a source stays in its class:
/// 1–511, 600–1023 or 1024–65535.
fn port(
    state: &KernelState,
    chooser: &mut dyn Chooser,
    (netns, id, rule): (NetnsId, CtId, Option<RuleRef>),
    tuple: Tuple,
    range: &NatRange,
    side: NatKind,
) -> Tuple {
    if has_no_key(&tuple) {
        return tuple;
    }
    let original = key(&tuple, side);
    let (low, high) = match range.ports {
        Some(PortRange { first, last }) => (first.0.min(last.0), last.0.max(first.0)),
        None => match (tuple.protocol, side, original) {
            (Protocol::Icmp, ..) => (0, u16::MAX),
            (_, NatKind::Destination, _) => return tuple,
            (_, _, 0..=511) => (1, 511),
            (_, _, 512..=1023) => (600, 1023),
            _ => (1024, u16::MAX),
        },
    };
    let size = u32::from(high - low) + 1;
    let start = match (range.base, side) {
        (Some(base), _) => u32::from(original.wrapping_sub(base.0)) % size,
        (None, NatKind::Destination) if !range.draws_port() && tuple.protocol != Protocol::Icmp => 0,
        (None, _) if low == high => 0,
        (None, NatKind::Destination) => {
            u32::from(chooser.destination_port(netns, rule, original, (low, high)).clamp(low, high) - low)
        }
        (None, NatKind::Source) => {
            u32::from(chooser.source_port(netns, rule, original, (low, high)).clamp(low, high) - low)
        }
    };
    let at = |step: u32| with_key(tuple, side, low + ((start + step) % size) as u16);
    // The kernel gives up after a bounded number of tries too.
    (0..size.min(ATTEMPTS))
        .map(at)
        .find(|tuple| !conntrack::reply_is_taken(state, netns, id, tuple.inverted()))
        .unwrap_or(at(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::SocketAddr;

    fn check(src: &str, dst: &str, range: (&str, &str), persistent: bool, expected: &str) {
        let socket = |text: &str| SocketAddr::new(text.parse().unwrap(), 80);
        let tuple = Tuple { protocol: Protocol::Tcp, src: socket(src), dst: socket(dst) };
        let range = (range.0.parse().unwrap(), range.1.parse().unwrap());
        assert_eq!(spread(&tuple, range, persistent).to_string(), expected, "{src} to {dst}");
    }

    /// What Linux 6.18 chose for these pairs.
    #[test]
    fn a_pair_of_hosts_gets_the_address_the_kernel_gives_it() {
        let range = ("10.2.0.2", "10.2.0.250");
        check("10.1.0.2", "10.9.0.1", range, false, "10.2.0.63");
        check("10.1.0.2", "10.9.0.2", range, false, "10.2.0.15");
        check("10.1.0.2", "10.9.3.4", range, false, "10.2.0.83");
        check("10.1.0.3", "10.9.0.1", range, false, "10.2.0.220");
        check("10.1.0.3", "10.9.0.2", range, false, "10.2.0.228");
        check("10.1.0.77", "10.9.3.4", range, false, "10.2.0.135");
        for dst in ["10.9.0.1", "10.9.0.2"] {
            check("10.1.0.2", dst, range, true, "10.2.0.34");
            check("10.1.0.3", dst, range, true, "10.2.0.203");
            check("10.1.0.77", dst, range, true, "10.2.0.86");
        }
        let range = ("10.2.0.100", "10.2.0.200");
        check("10.1.0.2", "10.2.0.2", range, false, "10.2.0.140");
        check("10.1.0.3", "10.2.0.2", range, false, "10.2.0.111");
        check("10.1.0.77", "10.2.0.2", range, false, "10.2.0.133");
    }
}
