//! Values of each type.

use crate::config::PortRange;
use crate::config::nft::data::{DataType, Datum, Pattern};
use crate::packet::Port;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

/// A number, decimal or hexadecimal.
pub(super) fn number(text: &str) -> Option<u128> {
    match text.strip_prefix("0x") {
        Some(hex) => u128::from_str_radix(hex, 16).ok(),
        None if text.starts_with(|c: char| c.is_ascii_digit()) => text.parse().ok(),
        None => None,
    }
}

/// Ports with a name in common use.
const SERVICES: [(&str, u128); 7] =
    [("ssh", 22), ("domain", 53), ("http", 80), ("ntp", 123), ("snmp", 161), ("https", 443), ("http-alt", 8080)];

/// One number of a type.
pub(super) fn single(kind: &DataType, text: &str) -> Option<u128> {
    let of_range = |value: u128| {
        let bits = u32::from(kind.bits());
        (bits >= 128 || value < 1u128 << bits).then_some(value)
    };
    match kind {
        DataType::Ipv4Addr => Some(u128::from(u32::from(text.parse::<Ipv4Addr>().ok()?))),
        DataType::Ipv6Addr => Some(u128::from(text.parse::<Ipv6Addr>().ok()?)),
        DataType::EtherAddr => mac(text),
        DataType::IfName | DataType::IfIndex | DataType::Other(_) => None,
        DataType::InetService => {
            let named = SERVICES.iter().find(|(name, _)| *name == text).map(|(_, port)| *port);
            named.or_else(|| number(text)).and_then(of_range)
        }
        _ => kind.symbol(text).or_else(|| number(text)).and_then(of_range),
    }
}

fn mac(text: &str) -> Option<u128> {
    let mut value = 0u128;
    let mut count = 0;
    for part in text.split(':') {
        value = (value << 8) | u128::from(u8::from_str_radix(part, 16).ok()?);
        count += 1;
    }
    (count == 6).then_some(value)
}

/// A word as a pattern of a type: a value, `VALUE/LENGTH` or `FIRST-LAST`.
pub(super) fn pattern(kind: &DataType, text: &str) -> Option<Pattern> {
    if text == "*" {
        return Some(Pattern::Any);
    }
    match kind {
        DataType::Other(_) => return Some(Pattern::One(Datum::Text(Arc::from(text)))),
        DataType::IfName | DataType::IfIndex => return Some(Pattern::One(Datum::Text(Arc::from(text)))),
        _ => {}
    }
    if let Some(value) = single(kind, text) {
        return Some(Pattern::number(value));
    }
    if let Some((value, length)) = text.split_once('/') {
        let (value, length) = (single(kind, value)?, length.parse::<u8>().ok()?);
        return (length <= kind.bits()).then(|| {
            let rest = u32::from(kind.bits() - length);
            let head = value.checked_shr(rest).and_then(|head| head.checked_shl(rest)).unwrap_or(0);
            if length == kind.bits() { Pattern::number(value) } else { Pattern::Prefix(head, length) }
        });
    }
    let (first, last) = text.split_once('-')?;
    let (first, last) = (single(kind, first)?, single(kind, last)?);
    (first <= last).then_some(Pattern::Range(first, last))
}

/// A time such as `1h30m` in milliseconds.
pub(super) fn time(text: &str) -> Option<u64> {
    let (mut total, mut rest) = (0u64, text);
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (count, after) = rest.split_at_checked(digits)?;
        let letters = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at_checked(letters)?;
        let size = match unit {
            "w" => 604_800_000,
            "d" => 86_400_000,
            "h" => 3_600_000,
            "m" => 60_000,
            "s" => 1000,
            "ms" => 1,
            _ => return None,
        };
        total = total.checked_add(count.parse::<u64>().ok()?.checked_mul(size)?)?;
        rest = after;
    }
    Some(total)
}

/// `80` or `80-90`.
pub(super) fn ports(text: &str) -> Option<PortRange> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let range = PortRange { first: Port(first.parse().ok()?), last: Port(last.parse().ok()?) };
    (range.first <= range.last).then_some(range)
}

/// First and last address and the ports of a translation, as one word writes them.
pub(super) type Target = (Option<(IpAddr, IpAddr)>, Option<PortRange>);

/// `ADDRESS[-ADDRESS][:PORTS]`, IPv6 addresses in brackets when ports follow, or `:PORTS`.
pub(super) fn nat_target(text: &str) -> Option<Target> {
    let (addresses, port) = if text.starts_with('[') {
        match text.rsplit_once("]:") {
            Some((head, port)) => (head.replace(['[', ']'], ""), Some(ports(port)?)),
            None => (text.replace(['[', ']'], ""), None),
        }
    } else if text.parse::<Ipv6Addr>().is_ok() {
        (text.to_owned(), None)
    } else {
        match text.split_once(':') {
            Some((head, port)) if !head.contains(':') && !port.contains(':') => (head.to_owned(), Some(ports(port)?)),
            _ => (text.to_owned(), None),
        }
    };
    if addresses.is_empty() {
        return port.is_some().then_some((None, port));
    }
    let (first, last) = addresses.split_once('-').unwrap_or((&addresses, &addresses));
    let (first, last): (IpAddr, IpAddr) = (first.parse().ok()?, last.parse().ok()?);
    (first.is_ipv4() == last.is_ipv4() && first <= last).then_some((Some((first, last)), port))
}
