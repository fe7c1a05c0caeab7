//! Values of options: numbers, ports, addresses, names.

use crate::config::PortRange;
use crate::config::xtables::{DevMatch, IcmpType, TcpFlagSet};
use crate::packet::{Mac, Port, Protocol};
use crate::text::iptables::write::protocol_number;
use ipnet::{IpNet, Ipv4Net};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Services that rules written by hand name.
const SERVICES: [(&str, u16); 28] = [
    ("ftp-data", 20),
    ("ftp", 21),
    ("ssh", 22),
    ("telnet", 23),
    ("smtp", 25),
    ("domain", 53),
    ("bootps", 67),
    ("bootpc", 68),
    ("tftp", 69),
    ("http", 80),
    ("kerberos", 88),
    ("pop3", 110),
    ("sunrpc", 111),
    ("ntp", 123),
    ("imap2", 143),
    ("snmp", 161),
    ("bgp", 179),
    ("ldap", 389),
    ("https", 443),
    ("submission", 587),
    ("ldaps", 636),
    ("domain-s", 853),
    ("imaps", 993),
    ("pop3s", 995),
    ("nfs", 2049),
    ("mysql", 3306),
    ("postgresql", 5432),
    ("http-alt", 8080),
];

/// Names of ICMP types, with type and code.
const ICMP: [(&str, u8, Option<u8>); 39] = [
    ("any", 255, None),
    ("echo-reply", 0, None),
    ("pong", 0, None),
    ("destination-unreachable", 3, None),
    ("network-unreachable", 3, Some(0)),
    ("host-unreachable", 3, Some(1)),
    ("protocol-unreachable", 3, Some(2)),
    ("port-unreachable", 3, Some(3)),
    ("fragmentation-needed", 3, Some(4)),
    ("source-route-failed", 3, Some(5)),
    ("network-unknown", 3, Some(6)),
    ("host-unknown", 3, Some(7)),
    ("network-prohibited", 3, Some(9)),
    ("host-prohibited", 3, Some(10)),
    ("TOS-network-unreachable", 3, Some(11)),
    ("TOS-host-unreachable", 3, Some(12)),
    ("communication-prohibited", 3, Some(13)),
    ("host-precedence-violation", 3, Some(14)),
    ("precedence-cutoff", 3, Some(15)),
    ("source-quench", 4, None),
    ("redirect", 5, None),
    ("network-redirect", 5, Some(0)),
    ("host-redirect", 5, Some(1)),
    ("TOS-network-redirect", 5, Some(2)),
    ("TOS-host-redirect", 5, Some(3)),
    ("echo-request", 8, None),
    ("ping", 8, None),
    ("router-advertisement", 9, None),
    ("router-solicitation", 10, None),
    ("time-exceeded", 11, None),
    ("ttl-exceeded", 11, None),
    ("ttl-zero-during-transit", 11, Some(0)),
    ("ttl-zero-during-reassembly", 11, Some(1)),
    ("parameter-problem", 12, None),
    ("ip-header-bad", 12, Some(0)),
    ("required-option-missing", 12, Some(1)),
    ("timestamp-request", 13, None),
    ("timestamp-reply", 14, None),
    ("address-mask-request", 17, None),
];

/// A number as `strtoul` reads it: hexadecimal after `0x`, octal after `0`, else decimal.
pub(in crate::text) fn number(text: &str) -> Option<u64> {
    let digits = |text: &str, radix| {
        let plain = !text.is_empty() && text.chars().all(|c| c.is_digit(radix));
        if plain { u64::from_str_radix(text, radix).ok() } else { None }
    };
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => digits(hex, 16),
        None if text.len() > 1 && text.starts_with('0') => digits(text, 8),
        None => digits(text, 10),
    }
}

/// A number from `least` to `most`.
pub(in crate::text) fn within(text: &str, least: u64, most: u64) -> Option<u64> {
    number(text).filter(|value| (least..=most).contains(value))
}

pub(in crate::text) fn byte(text: &str) -> Option<u8> {
    number(text)?.try_into().ok()
}

pub(in crate::text) fn word32(text: &str) -> Option<u32> {
    number(text)?.try_into().ok()
}

/// `VALUE[/MASK]`; all bits without a mask.
pub(in crate::text) fn masked(text: &str) -> Option<(u32, u32)> {
    match text.split_once('/') {
        Some((value, mask)) => Some((word32(value)?, word32(mask)?)),
        None => Some((word32(text)?, u32::MAX)),
    }
}

/// A port, by number or name.
pub(in crate::text) fn port(text: &str) -> Option<u16> {
    match number(text) {
        Some(number) => number.try_into().ok(),
        None => SERVICES.iter().find(|(name, _)| *name == text).map(|(_, port)| *port),
    }
}

/// `PORT` or `[FIRST]:[LAST]`, in order.
pub(in crate::text) fn ports(text: &str) -> Option<PortRange> {
    let (first, last) = match text.split_once(':') {
        Some((first, last)) => {
            (if first.is_empty() { 0 } else { port(first)? }, if last.is_empty() { u16::MAX } else { port(last)? })
        }
        None => (port(text)?, port(text)?),
    };
    (first <= last).then_some(PortRange { first: Port(first), last: Port(last) })
}

/// `PORT` or `FIRST-LAST`, in order.
pub(in crate::text) fn nat_ports(text: &str) -> Option<PortRange> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (port(first)?, port(last)?);
    (first <= last).then_some(PortRange { first: Port(first), last: Port(last) })
}

/// `ADDRESS`, `ADDRESS/BITS` or `ADDRESS/MASK`; a mask with gaps is none. Host bits are kept.
pub(in crate::text) fn net(text: &str) -> Option<IpNet> {
    let (address, mask) = text.split_once('/').unwrap_or((text, "32"));
    let address: Ipv4Addr = address.parse().ok()?;
    let net = if mask.contains('.') {
        Ipv4Net::with_netmask(address, mask.parse().ok()?).ok()?
    } else {
        Ipv4Net::new(address, within(mask, 0, 32)? as u8).ok()?
    };
    Some(IpNet::V4(net))
}

/// `ADDRESS` or `FIRST-LAST`.
pub(in crate::text) fn addresses(text: &str) -> Option<(IpAddr, IpAddr)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let address = |text: &str| text.parse::<Ipv4Addr>().ok().map(IpAddr::V4);
    Some((address(first)?, address(last)?))
}

/// A device's name, with `+` for any that starts so; `None` for one that is empty, too long (15 bytes) or has a `/` or blank.
pub(in crate::text) fn dev(text: &str) -> Option<DevMatch> {
    if text.is_empty() || text.len() > 15 || text.contains(['/', ' ', '\t', '"', '\\', '\'']) {
        return None;
    }
    Some(match text.strip_suffix('+') {
        Some(prefix) => DevMatch { name: Arc::from(prefix), prefix: true },
        None => DevMatch { name: Arc::from(text), prefix: false },
    })
}

/// A protocol by number.
pub(in crate::text) fn protocol_of(number: u8) -> Protocol {
    match number {
        1 => Protocol::Icmp,
        6 => Protocol::Tcp,
        17 => Protocol::Udp,
        132 => Protocol::Sctp,
        other => Protocol::Other(other),
    }
}

/// A protocol by number or name; `Some(None)` is any.
pub(in crate::text) fn protocol(text: &str) -> Option<Option<Protocol>> {
    if text.eq_ignore_ascii_case("all") {
        return Some(None);
    }
    let number = match number(text) {
        Some(number) => number.try_into().ok()?,
        None => protocol_number(text)?,
    };
    Some((number != 0).then(|| protocol_of(number)))
}

/// A MAC address.
pub(in crate::text) fn mac(text: &str) -> Option<Mac> {
    let mut bytes = [0; 6];
    let mut parts = text.split(':');
    for byte in &mut bytes {
        let part = parts.next().filter(|part| (1..=2).contains(&part.len()))?;
        *byte = u8::from_str_radix(part, 16).ok().filter(|_| part.chars().all(|c| c.is_ascii_hexdigit()))?;
    }
    parts.next().is_none().then_some(Mac(bytes))
}

/// `FLAG,FLAG`, `ALL` or `NONE`.
pub(in crate::text) fn tcp_flags(text: &str) -> Option<TcpFlagSet> {
    let mut set = 0;
    for name in text.split(',') {
        set |= match () {
            () if name.eq_ignore_ascii_case("ALL") => 0x3f,
            () if name.eq_ignore_ascii_case("NONE") => 0,
            () => TcpFlagSet::NAMES.iter().find(|(_, known)| known.eq_ignore_ascii_case(name))?.0,
        };
    }
    Some(TcpFlagSet(set))
}

/// A name (or its one completion), `TYPE` or `TYPE/CODE`.
pub(in crate::text) fn icmp(text: &str) -> Option<IcmpType> {
    let of = |kind, code| if kind == 255 { IcmpType::Any } else { IcmpType::Of { kind, code } };
    let starts = |name: &str| name.get(..text.len()).is_some_and(|start| start.eq_ignore_ascii_case(text));
    if text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        let exact = ICMP.iter().find(|(name, ..)| name.eq_ignore_ascii_case(text));
        let mut starting = ICMP.iter().filter(|(name, ..)| starts(name));
        let (_, kind, code) = match (exact, starting.next(), starting.next()) {
            (Some(exact), ..) => exact,
            (None, Some(one), None) => one,
            _ if text.eq_ignore_ascii_case("address-mask-reply") => return Some(of(18, None)),
            _ => return None,
        };
        return Some(of(*kind, *code));
    }
    match text.split_once('/') {
        Some((kind, code)) => Some(of(byte(kind)?, Some(byte(code)?))),
        None => Some(of(byte(text)?, None)),
    }
}

/// Names of a comma list, each looked up without regard to case; `None` when one is unknown.
pub(in crate::text) fn names<T: Copy>(text: &str, known: &[(&str, T)]) -> Option<Vec<T>> {
    text.split(',')
        .map(|word| known.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, value)| *value))
        .collect()
}

/// A time unit of `--limit`, or a start of its name: seconds of it.
pub(in crate::text) fn unit(text: &str) -> Option<u64> {
    let units = [("second", 1), ("minute", 60), ("hour", 3600), ("day", 86_400)];
    let starts = |name: &str| name.get(..text.len()).is_some_and(|start| start.eq_ignore_ascii_case(text));
    units.iter().find(|(name, _)| !text.is_empty() && starts(name)).map(|(_, seconds)| *seconds)
}
