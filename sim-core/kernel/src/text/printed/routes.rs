//! `ip route show table all` and `ip rule`.

use super::line::{Read, Words, is_ipv6, lines, number, prefix};
use crate::config::{RouteKind, RouteProtocol, Scope, TableId};
use ipnet::IpNet;
use std::net::IpAddr;
use std::sync::Arc;

/// A route as `ip` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteRead {
    /// Table; `main` where the text says none.
    pub table: TableId,
    /// Destination.
    pub dst: IpNet,
    /// What it does.
    pub kind: RouteKind,
    /// `via`.
    pub via: Option<IpAddr>,
    /// `dev`.
    pub dev: Option<Arc<str>>,
    /// `src`.
    pub src: Option<IpAddr>,
    /// `metric`.
    pub metric: u32,
    /// `proto`.
    pub protocol: RouteProtocol,
    /// `scope`.
    pub scope: Scope,
    /// `onlink`.
    pub onlink: bool,
    /// Next hops, where there are several.
    pub hops: Vec<HopRead>,
}

/// A next hop of a route that has several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HopRead {
    /// `via`.
    pub via: Option<IpAddr>,
    /// `dev`.
    pub dev: Option<Arc<str>>,
    /// `weight`, 1 to 256.
    pub weight: u16,
    /// `onlink`.
    pub onlink: bool,
}

/// A rule of policy routing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleRead {
    /// Priority.
    pub priority: u32,
    /// `from`, unless it is `all`.
    pub from: Option<IpNet>,
    /// `to`.
    pub to: Option<IpNet>,
    /// `fwmark`, with its mask.
    pub fwmark: Option<(u32, u32)>,
    /// `lookup`.
    pub table: TableId,
}

/// Reads routes. Those of IPv6 are passed over.
pub fn read_routes(text: &str) -> Read<RouteRead> {
    let mut read: Read<RouteRead> = Read::default();
    for (at, line) in lines(text) {
        let bare = line.trim();
        if bare.starts_with("nexthop ") {
            let hop = hops(&mut Words::of(bare));
            match read.items.last_mut().filter(|_| !hop.is_empty()) {
                Some((_, route)) => route.hops.extend(hop),
                None => read.aside(at, line),
            }
            continue;
        }
        match route(bare) {
            Some(Some(route)) => read.items.push((at, route)),
            Some(None) => {}
            None => read.aside(at, line),
        }
    }
    read
}

/// A route; `Some(None)` for one of no concern.
fn route(line: &str) -> Option<Option<RouteRead>> {
    let mut words = Words::of(line);
    let mut first = words.next()?;
    let kind = match first {
        "unicast" => RouteKind::Unicast,
        "local" => RouteKind::Local,
        "broadcast" => RouteKind::Broadcast,
        "blackhole" => RouteKind::Blackhole,
        "unreachable" => RouteKind::Unreachable,
        "prohibit" => RouteKind::Prohibit,
        // Of no packet that is simulated.
        "multicast" | "anycast" | "cache" => return Some(None),
        _ => RouteKind::Unicast,
    };
    if matches!(first, "unicast" | "local" | "broadcast" | "blackhole" | "unreachable" | "prohibit") {
        first = words.next()?;
    }
    if is_ipv6(first) {
        return Some(None);
    }
    let mut route = RouteRead {
        table: TableId::MAIN,
        dst: prefix(first)?.trunc(),
        kind,
        via: None,
        dev: None,
        src: None,
        metric: 0,
        protocol: RouteProtocol::Boot,
        scope: Scope::Global,
        onlink: false,
        hops: Vec::new(),
    };
    while let Some(word) = words.next() {
        match word {
            "via" => match words.next()? {
                // Over another family: nothing of that is simulated.
                "inet6" => return None,
                text => route.via = Some(text.parse().ok()?),
            },
            "dev" => route.dev = Some(Arc::from(words.next()?)),
            "src" => route.src = Some(words.read()?),
            "metric" => route.metric = words.read()?,
            "table" => route.table = table(words.next()?)?,
            "proto" => route.protocol = protocol(words.next()?),
            "scope" => {
                route.scope = match words.next()? {
                    "link" | "253" => Scope::Link,
                    "host" | "254" => Scope::Host,
                    _ => Scope::Global,
                }
            }
            "onlink" => route.onlink = true,
            "nexthop" => {
                let rest: Vec<&str> = std::iter::once("nexthop").chain(words.0.by_ref()).collect();
                route.hops = hops(&mut Words::of(&rest.join(" ")));
            }
            _ => {}
        }
    }
    // The default route of IPv6 has nothing else of it than its next hop.
    if route.via.is_some_and(|via| via.is_ipv6()) {
        return Some(None);
    }
    Some(Some(route))
}

/// `nexthop via 10.0.0.1 dev eth0 weight 1 onlink`, any number of them.
fn hops(words: &mut Words<'_>) -> Vec<HopRead> {
    let mut all: Vec<HopRead> = Vec::new();
    while let Some(word) = words.next() {
        if word == "nexthop" {
            all.push(HopRead { via: None, dev: None, weight: 1, onlink: false });
            continue;
        }
        let Some(hop) = all.last_mut() else { continue };
        match word {
            "via" => hop.via = words.read(),
            "dev" => hop.dev = words.next().map(Arc::from),
            "weight" => hop.weight = words.read().unwrap_or(1),
            "onlink" => hop.onlink = true,
            _ => {}
        }
    }
    all
}

fn table(text: &str) -> Option<TableId> {
    Some(match text {
        "local" => TableId::LOCAL,
        "main" => TableId::MAIN,
        "default" => TableId::DEFAULT,
        // A name of `/etc/iproute2/rt_tables` that is no number stands for one that nobody can tell: it is one of its own.
        other => TableId(number(other).unwrap_or_else(|| named(other))),
    })
}

/// A number for a table's name, the same for the same name, beyond those that administrators choose.
fn named(name: &str) -> u32 {
    name.bytes().fold(1_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte))) | 0x8000_0000
}

fn protocol(text: &str) -> RouteProtocol {
    match text {
        "kernel" => RouteProtocol::Kernel,
        "boot" => RouteProtocol::Boot,
        "static" => RouteProtocol::Static,
        "zebra" => RouteProtocol::Numbered(11),
        "bird" => RouteProtocol::BIRD,
        "dhcp" => RouteProtocol::Numbered(16),
        "bgp" => RouteProtocol::Numbered(186),
        "ospf" => RouteProtocol::Numbered(188),
        "ra" => RouteProtocol::Numbered(9),
        other => other.parse().map_or(RouteProtocol::Static, RouteProtocol::Numbered),
    }
}

/// Reads rules of policy routing. One that asks for more than addresses and a mark is not understood.
pub fn read_rules(text: &str) -> Read<RuleRead> {
    let mut read = Read::default();
    for (at, line) in lines(text) {
        match rule(line.trim()) {
            Some(rule) => read.items.push((at, rule)),
            None => read.aside(at, line),
        }
    }
    read
}

fn rule(line: &str) -> Option<RuleRead> {
    let (priority, rest) = line.split_once(':')?;
    let mut rule =
        RuleRead { priority: priority.trim().parse().ok()?, from: None, to: None, fwmark: None, table: TableId::MAIN };
    let mut words = Words::of(rest);
    let mut looks = false;
    while let Some(word) = words.next() {
        match word {
            "from" => rule.from = prefix(words.next()?).filter(|net| net.prefix_len() > 0),
            "to" => rule.to = prefix(words.next()?).filter(|net| net.prefix_len() > 0),
            "fwmark" => {
                let text = words.next()?;
                let (value, mask) = text.split_once('/').unwrap_or((text, "0xffffffff"));
                rule.fwmark = Some((number(value)?, number(mask)?));
            }
            "lookup" => {
                rule.table = table(words.next()?)?;
                looks = true;
            }
            // Who wrote it.
            "proto" => {
                words.next()?;
            }
            _ => return None,
        }
    }
    looks.then_some(rule)
}
