//! `ipset save`.

use crate::config::ipset::{IpSet, SetKey, SetType};
use crate::packet::Protocol;
use crate::text::iptables::write::protocol_name;
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::sync::Arc;

/// Names of ICMP types with code, as elements of sets are printed.
const ICMP: [(u8, u8, &str); 26] = [
    (0, 0, "echo-reply"),
    (3, 0, "network-unreachable"),
    (3, 1, "host-unreachable"),
    (3, 2, "protocol-unreachable"),
    (3, 3, "port-unreachable"),
    (3, 4, "fragmentation-needed"),
    (3, 5, "source-route-failed"),
    (3, 6, "network-unknown"),
    (3, 7, "host-unknown"),
    (3, 9, "network-prohibited"),
    (3, 10, "host-prohibited"),
    (3, 11, "TOS-network-unreachable"),
    (3, 12, "TOS-host-unreachable"),
    (3, 13, "communication-prohibited"),
    (3, 14, "host-precedence-violation"),
    (3, 15, "precedence-cutoff"),
    (4, 0, "source-quench"),
    (5, 0, "network-redirect"),
    (5, 1, "host-redirect"),
    (5, 2, "TOS-network-redirect"),
    (5, 3, "TOS-host-redirect"),
    (8, 0, "echo-request"),
    (9, 0, "router-advertisement"),
    (10, 0, "router-solicitation"),
    (11, 0, "ttl-zero-during-transit"),
    (11, 1, "ttl-zero-during-reassembly"),
];

/// Type and code behind a name of an ICMP message.
pub(crate) fn icmp_by_name(name: &str) -> Option<(u8, u8)> {
    ICMP.iter().find(|(.., known)| *known == name).map(|(kind, code, _)| (*kind, *code))
}

/// Writes all sets, lists after the sets they can hold, each with its elements.
///
/// # Errors
/// Those of `out`.
pub fn write_sets(out: &mut impl Write, sets: &BTreeMap<Arc<str>, IpSet>) -> fmt::Result {
    let (lists, others): (Vec<_>, Vec<_>) = sets.iter().partition(|(_, set)| set.kind == SetType::List);
    for (name, set) in others.into_iter().chain(lists) {
        let kind = SetType::ALL.iter().find(|(kind, _)| *kind == set.kind).map_or("", |(_, name)| name);
        write!(out, "create {name} {kind}")?;
        write_rest(out, &set.header)?;
        for element in &set.elements {
            write!(out, "add {name} ")?;
            write_key(out, &element.key)?;
            write_rest(out, &element.rest)?;
        }
    }
    Ok(())
}

fn write_rest(out: &mut impl Write, rest: &str) -> fmt::Result {
    if rest.is_empty() { out.write_char('\n') } else { writeln!(out, " {rest}") }
}

fn write_net(out: &mut impl Write, net: &IpNet) -> fmt::Result {
    write!(out, "{}", net.addr())?;
    if net.prefix_len() == net.max_prefix_len() { Ok(()) } else { write!(out, "/{}", net.prefix_len()) }
}

fn write_port(out: &mut impl Write, protocol: Protocol, port: u16) -> fmt::Result {
    write!(out, ",{}:", protocol_name(protocol))?;
    if protocol != Protocol::Icmp {
        return write!(out, "{port}");
    }
    let [kind, code] = port.to_be_bytes();
    match ICMP.iter().find(|known| (known.0, known.1) == (kind, code)) {
        Some((.., name)) => out.write_str(name),
        None => write!(out, "{kind}/{code}"),
    }
}

/// An element as `ipset` writes it.
///
/// # Errors
/// Those of `out`.
pub fn write_key(out: &mut impl Write, key: &SetKey) -> fmt::Result {
    match key {
        SetKey::Net(net) => write_net(out, net),
        SetKey::NetPort(net, protocol, port) => {
            write_net(out, net)?;
            write_port(out, *protocol, *port)
        }
        SetKey::NetPortNet(net, protocol, port, second) => {
            write_net(out, net)?;
            write_port(out, *protocol, *port)?;
            out.write_char(',')?;
            write_net(out, second)
        }
        SetKey::Port(port) => write!(out, "{port}"),
        SetKey::Set(name) => out.write_str(name),
    }
}
