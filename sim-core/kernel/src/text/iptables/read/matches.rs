//! What the options of a match mean.

use super::draft::Draft;
use super::error::{SaveErrorKind, Wrong};
use super::values::{
    addresses, byte, dev, icmp, mac, masked, names, net, number, port, ports, protocol_of, tcp_flags, unit, within,
    word32,
};
use crate::config::xtables::{
    AddrTypeMatch, AddrTypes, Connection, CtStates, CtStatuses, IfaceLimit, IpRanges, Match, MultiPort, Neg,
    OwnerMatch, PacketType, PhysDev, PortSide, Recent, RecentAction, ReversePath, SetMatch, SetSide, TcpFlagSet,
    TcpFlagsMatch, TtlCompare,
};
use crate::config::{AddrType, CtDirection, Hook, PortRange};
use crate::packet::{Port, Protocol};
use crate::text::iptables::write::protocol_number;
use std::sync::Arc;

/// Most ports of `-m multiport`; a range counts as two.
const MULTIPORT_MOST: usize = 15;

/// The match a draft means. `line` is where its text stands, `protocol` what `-p` says.
pub(super) fn build(draft: &Draft, line: &str, protocol: Option<Neg<Protocol>>) -> Result<Match, Wrong> {
    let unknown = || Match::Unknown { module: draft.name.clone(), text: draft.text(line) };
    if draft.module.is_none() {
        return Ok(unknown());
    }
    let needs = |wanted: &[u8]| match protocol {
        Some(have) if !have.not && wanted.contains(&have.value.number()) => Ok(()),
        _ => Err((draft.at, SaveErrorKind::NeedsProtocol { module: draft.name.clone() })),
    };
    Ok(match &*draft.name {
        "comment" => {
            let comment = draft.value("--comment", |text| (text.len() <= 255).then(|| Arc::from(text)))?;
            Match::Comment(comment.ok_or_else(|| draft.missing("--comment"))?)
        }
        "tcp" => {
            needs(&[6])?;
            if draft.has(&["--tcp-option"]) {
                return Ok(unknown());
            }
            transport(draft, Protocol::Tcp, flags(draft)?)?
        }
        "udp" => {
            needs(&[17])?;
            transport(draft, Protocol::Udp, None)?
        }
        "sctp" => {
            needs(&[132])?;
            if draft.has(&["--chunk-types"]) {
                return Ok(unknown());
            }
            transport(draft, Protocol::Sctp, None)?
        }
        "icmp" => {
            needs(&[1])?;
            Match::Icmp(draft.neg("--icmp-type", icmp)?.ok_or_else(|| draft.missing("--icmp-type"))?)
        }
        "multiport" => {
            needs(&[6, 17, 33, 132, 136])?;
            multiport(draft)?
        }
        "iprange" => {
            draft.any(&["--src-range", "--dst-range"])?;
            let (src, dst) = (draft.neg("--src-range", addresses)?, draft.neg("--dst-range", addresses)?);
            Match::IpRange(Box::new(IpRanges { src, dst }))
        }
        "set" => {
            let given = draft.one_of(&["--match-set"])?;
            if draft.given.iter().any(|given| !matches!(given.name, "--match-set" | "--return-nomatch")) {
                return Ok(unknown());
            }
            let name = name_of(given.at(0)).filter(|name| name.len() <= 31).ok_or_else(|| given.bad())?;
            let sides = names(given.at(1), &[("src", SetSide::Source), ("dst", SetSide::Destination)]);
            let sides = sides.filter(|sides| sides.len() <= 6).ok_or_else(|| given.bad())?;
            let return_nomatch = draft.flag("--return-nomatch")?;
            Match::Set(SetMatch { not: given.not, name: Arc::from(name), sides: Arc::from(sides), return_nomatch })
        }
        "physdev" => {
            let dev = PhysDev {
                is_in: draft.sign("--physdev-is-in"),
                in_dev: draft.neg("--physdev-in", dev)?,
                is_out: draft.sign("--physdev-is-out"),
                out_dev: draft.neg("--physdev-out", dev)?,
                is_bridged: draft.sign("--physdev-is-bridged"),
            };
            if dev == PhysDev::default() {
                return Err(draft.missing("--physdev-in"));
            }
            Match::PhysDev(Box::new(dev))
        }
        "conntrack" => connection(draft)?,
        "state" => {
            let states = draft.neg("--state", |text| states(text, false))?;
            Match::State(states.ok_or_else(|| draft.missing("--state"))?)
        }
        "mark" => Match::Mark(draft.neg("--mark", masked)?.ok_or_else(|| draft.missing("--mark"))?),
        "connmark" => Match::ConnMark(draft.neg("--mark", masked)?.ok_or_else(|| draft.missing("--mark"))?),
        "addrtype" => addr_type(draft)?,
        "statistic" => statistic(draft)?,
        "recent" => recent(draft)?,
        "limit" => limit(draft)?,
        "pkttype" => {
            let kinds = [
                ("unicast", PacketType::Unicast),
                ("host", PacketType::Unicast),
                ("broadcast", PacketType::Broadcast),
                ("bcast", PacketType::Broadcast),
                ("multicast", PacketType::Multicast),
                ("mcast", PacketType::Multicast),
            ];
            let kind = draft.neg("--pkt-type", |text| {
                kinds.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, kind)| *kind)
            })?;
            Match::PacketType(kind.ok_or_else(|| draft.missing("--pkt-type"))?)
        }
        "ttl" => {
            let given = draft.one_of(&["--ttl-eq", "--ttl-lt", "--ttl-gt"])?;
            let value = given.read(byte)?;
            let compare = match (given.name, given.not) {
                ("--ttl-eq", false) => TtlCompare::Equal,
                ("--ttl-eq", true) => TtlCompare::NotEqual,
                (_, true) => return Err((given.span.0, SaveErrorKind::NotInvertible(Arc::from(given.name)))),
                ("--ttl-lt", false) => TtlCompare::Less,
                _ => TtlCompare::Greater,
            };
            Match::Ttl { compare, value }
        }
        "length" => {
            let part = |text: &str, absent| if text.is_empty() { Some(absent) } else { number(text)?.try_into().ok() };
            let length = draft.neg("--length", |text| match text.split_once(':') {
                Some((first, last)) => Some((part(first, 0)?, part(last, u16::MAX)?)),
                None if text.is_empty() => None,
                None => Some((part(text, 0)?, part(text, 0)?)),
            })?;
            Match::Length(length.ok_or_else(|| draft.missing("--length"))?)
        }
        "mac" => Match::MacSource(draft.neg("--mac-source", mac)?.ok_or_else(|| draft.missing("--mac-source"))?),
        "dscp" => {
            draft.one_of(&["--dscp", "--dscp-class"])?;
            let dscp = draft.neg("--dscp", |text| within(text, 0, 63).map(|value| value as u8))?;
            Match::Dscp(dscp.or(draft.neg("--dscp-class", dscp_class)?).ok_or_else(|| draft.missing("--dscp"))?)
        }
        "tos" => Match::Tos(draft.neg("--tos", tos)?.ok_or_else(|| draft.missing("--tos"))?),
        "rpfilter" => Match::ReversePath(ReversePath {
            loose: draft.flag("--loose")?,
            valid_mark: draft.flag("--validmark")?,
            accept_local: draft.flag("--accept-local")?,
            invert: draft.flag("--invert")?,
        }),
        "owner" => {
            // A user by name is looked up on the machine; groups beside the first of a process are not kept.
            let named = draft.given.iter().any(|given| given.values.iter().any(|value| id_range(value).is_none()));
            if named || draft.has(&["--suppl-groups"]) {
                return Ok(unknown());
            }
            let (uid, gid) = (draft.neg("--uid-owner", id_range)?, draft.neg("--gid-owner", id_range)?);
            draft.any(&["--uid-owner", "--gid-owner", "--socket-exists"])?;
            Match::Owner(OwnerMatch { socket: draft.sign("--socket-exists"), uid, gid })
        }
        "nfacct" => {
            let name =
                draft.value("--nfacct-name", |text| name_of(text).filter(|name| name.len() <= 31).map(Arc::from))?;
            Match::Account(name.ok_or_else(|| draft.missing("--nfacct-name"))?)
        }
        _ => unknown(),
    })
}

impl Draft {
    /// One of these options at least.
    fn any(&self, names: &[&str]) -> Result<(), Wrong> {
        if self.has(names) { Ok(()) } else { Err(self.missing(names.first().copied().unwrap_or_default())) }
    }
}

/// `ID` or `FIRST-LAST`.
fn id_range(text: &str) -> Option<(u32, u32)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (word32(first)?, word32(last)?);
    (first <= last).then_some((first, last))
}

/// A name that can be printed in one line. Blanks and quotes are taken, as the tools do.
fn name_of(text: &str) -> Option<&str> {
    (!text.is_empty() && !text.contains(char::is_control)).then_some(text)
}

fn transport(draft: &Draft, protocol: Protocol, flags: Option<Neg<TcpFlagsMatch>>) -> Result<Match, Wrong> {
    // All ports are no condition.
    let all = PortRange { first: Port(0), last: Port(u16::MAX) };
    let some = |range: Option<Neg<PortRange>>| range.filter(|range| range.not || range.value != all);
    let (sport, dport) = (some(draft.neg("--sport", ports)?), some(draft.neg("--dport", ports)?));
    Ok(Match::Ports { protocol, sport, dport, flags })
}

fn flags(draft: &Draft) -> Result<Option<Neg<TcpFlagsMatch>>, Wrong> {
    if let Some(syn) = draft.sign("--syn") {
        draft.without("--tcp-flags", "--syn")?;
        return Ok(Some(Neg { not: syn.not, value: TcpFlagsMatch { mask: TcpFlagSet(0x17), set: TcpFlagSet(0x02) } }));
    }
    if !draft.has(&["--tcp-flags"]) {
        return Ok(None);
    }
    let given = draft.one_of(&["--tcp-flags"])?;
    let (mask, set) = (tcp_flags(given.at(0)), tcp_flags(given.at(1)));
    let (Some(mask), Some(set)) = (mask, set) else { return Err(given.bad()) };
    // Nothing looked at and nothing wanted is no condition.
    let empty = mask.0 == 0 && set.0 == 0 && !given.not;
    Ok((!empty).then_some(Neg { not: given.not, value: TcpFlagsMatch { mask, set } }))
}

fn multiport(draft: &Draft) -> Result<Match, Wrong> {
    let given = draft.one_of(&["--dports", "--sports", "--ports"])?;
    let side = match given.name {
        "--sports" => PortSide::Source,
        "--dports" => PortSide::Destination,
        _ => PortSide::Either,
    };
    let mut count = 0;
    let mut all = Vec::new();
    for part in given.at(0).split(',') {
        let range = match part.split_once(':') {
            Some((first, last)) => {
                count += 2;
                port(first).zip(port(last)).filter(|(first, last)| first < last)
            }
            None => {
                count += 1;
                port(part).map(|port| (port, port))
            }
        };
        let Some((first, last)) = range.filter(|_| count <= MULTIPORT_MOST) else { return Err(given.bad()) };
        all.push(PortRange { first: Port(first), last: Port(last) });
    }
    Ok(Match::MultiPort(MultiPort { side, ports: Neg { not: given.not, value: Arc::from(all) } }))
}

/// States of `--ctstate` (`nat`: with those of NAT) and `--state`.
fn states(text: &str, nat: bool) -> Option<CtStates> {
    let mut set = CtStates::default();
    for name in text.split(',') {
        let flag = match name.to_ascii_uppercase().as_str() {
            "INVALID" => &mut set.invalid,
            "NEW" => &mut set.new,
            "RELATED" => &mut set.related,
            "ESTABLISHED" => &mut set.established,
            "UNTRACKED" => &mut set.untracked,
            "SNAT" if nat => &mut set.snat,
            "DNAT" if nat => &mut set.dnat,
            _ => return None,
        };
        *flag = true;
    }
    Some(set)
}

fn statuses(text: &str) -> Option<CtStatuses> {
    let mut set = CtStatuses::default();
    for name in text.split(',') {
        match name.to_ascii_uppercase().as_str() {
            "NONE" => {}
            "EXPECTED" => set.expected = true,
            "SEEN_REPLY" => set.seen_reply = true,
            "ASSURED" => set.assured = true,
            "CONFIRMED" => set.confirmed = true,
            _ => return None,
        }
    }
    Some(set)
}

fn connection(draft: &Draft) -> Result<Match, Wrong> {
    let protocol = |text: &str| {
        let number = number(text).map_or_else(|| protocol_number(text), |number| number.try_into().ok());
        number.map(protocol_of)
    };
    // A range the wrong way round is taken; it holds nothing.
    let range = |text: &str| match text.split_once(':') {
        Some((first, last)) => Some(PortRange { first: Port(port(first)?), last: Port(port(last)?) }),
        None => ports(text),
    };
    let seconds = |text: &str| match text.split_once(':') {
        Some((first, last)) => Some((word32(first)?, word32(last)?)),
        None => Some((word32(text)?, word32(text)?)),
    };
    let direction = draft.value("--ctdir", |text| match text.to_ascii_uppercase().as_str() {
        "ORIGINAL" => Some(CtDirection::Original),
        "REPLY" => Some(CtDirection::Reply),
        _ => None,
    })?;
    let connection = Connection {
        state: draft.neg("--ctstate", |text| states(text, true))?,
        protocol: draft.neg("--ctproto", protocol)?,
        orig_src: draft.neg("--ctorigsrc", net)?,
        orig_dst: draft.neg("--ctorigdst", net)?,
        reply_src: draft.neg("--ctreplsrc", net)?,
        reply_dst: draft.neg("--ctrepldst", net)?,
        orig_src_port: draft.neg("--ctorigsrcport", range)?,
        orig_dst_port: draft.neg("--ctorigdstport", range)?,
        reply_src_port: draft.neg("--ctreplsrcport", range)?,
        reply_dst_port: draft.neg("--ctrepldstport", range)?,
        status: draft.neg("--ctstatus", statuses)?,
        expire: draft.neg("--ctexpire", seconds)?,
        direction,
    };
    if connection == Connection::default() {
        return Err(draft.missing("--ctstate"));
    }
    Ok(Match::Connection(Box::new(connection)))
}

fn addr_type(draft: &Draft) -> Result<Match, Wrong> {
    draft.any(&["--src-type", "--dst-type"])?;
    let read = |text: &str| {
        let known = AddrType::ALL.map(|(kind, name)| (name, kind));
        names(text, &known).map(|kinds| kinds.into_iter().fold(AddrTypes::default(), AddrTypes::with))
    };
    let limit = match (draft.flag("--limit-iface-in")?, draft.flag("--limit-iface-out")?) {
        (true, true) => {
            draft.without("--limit-iface-out", "--limit-iface-in")?;
            None
        }
        (true, false) => Some(IfaceLimit::In),
        (false, true) => Some(IfaceLimit::Out),
        (false, false) => None,
    };
    let (src, dst) = (draft.neg("--src-type", read)?, draft.neg("--dst-type", read)?);
    Ok(Match::AddrType(AddrTypeMatch { src, dst, limit }))
}

fn statistic(draft: &Draft) -> Result<Match, Wrong> {
    let mode = draft.value("--mode", |text| match text.to_ascii_lowercase().as_str() {
        "random" => Some(true),
        "nth" => Some(false),
        _ => None,
    })?;
    if mode.unwrap_or(true) {
        for name in ["--every", "--packet"] {
            draft.without(name, "--mode random")?;
        }
        let read = |text: &str| text.parse::<f64>().ok().filter(|p| (0.0..=1.0).contains(p));
        let found = draft.neg("--probability", read)?.ok_or_else(|| draft.missing("--probability"))?;
        let threshold = (found.value * f64::from(1u32 << 31)).round() as u32;
        return Ok(Match::Random { not: found.not, threshold });
    }
    draft.without("--probability", "--mode nth")?;
    let every = draft.neg("--every", |text| within(text, 1, u64::from(u32::MAX)).map(|value| value as u32))?;
    let every = every.ok_or_else(|| draft.missing("--every"))?;
    let packet = draft.value("--packet", word32)?.ok_or_else(|| draft.missing("--packet"))?;
    if packet >= every.value {
        return Err(draft.bad("--packet"));
    }
    Ok(Match::Nth { not: every.not, every: every.value, packet })
}

fn recent(draft: &Draft) -> Result<Match, Wrong> {
    let given = draft.one_of(&["--set", "--rcheck", "--update", "--remove"])?;
    let action = match given.name {
        "--set" => RecentAction::Set,
        "--rcheck" => RecentAction::Check,
        "--update" => RecentAction::Update,
        _ => RecentAction::Remove,
    };
    let positive = |text: &str| within(text, 1, u64::from(u32::MAX)).map(|value| value as u32);
    let seconds = draft.value("--seconds", positive)?;
    let hits = draft.value("--hitcount", |text| within(text, 1, 65_535).map(|value| value as u32))?;
    if matches!(action, RecentAction::Set | RecentAction::Remove) {
        for name in ["--seconds", "--hitcount", "--reap", "--rttl"] {
            draft.without(name, given.name)?;
        }
    }
    let reap = draft.flag("--reap")?;
    if reap && seconds.is_none() {
        return Err(draft.missing("--seconds"));
    }
    let name = draft.value("--name", |text| name_of(text).filter(|name| name.len() < 200).map(Arc::from))?;
    let mask = draft.value("--mask", |text| text.parse().ok())?;
    Ok(Match::Recent(Box::new(Recent {
        not: given.not,
        action,
        seconds,
        reap,
        hits,
        ttl: draft.flag("--rttl")?,
        name: name.unwrap_or_else(|| Arc::from("DEFAULT")),
        mask: mask.unwrap_or(std::net::Ipv4Addr::BROADCAST),
        destination: draft.flag("--rdest")? && !draft.flag("--rsource")?,
    })))
}

fn limit(draft: &Draft) -> Result<Match, Wrong> {
    let rate = |text: &str| {
        let (count, seconds) = match text.split_once('/') {
            Some((count, name)) => (count, unit(name)?),
            None => (text, 1),
        };
        let most = 10_000 * seconds;
        within(count, 1, most).map(|count| (most / count) as u32)
    };
    // Three an hour is the tool's default.
    let period = draft.value("--limit", rate)?.unwrap_or(12_000_000);
    let burst = draft.value("--limit-burst", |text| within(text, 1, 10_000).map(|value| value as u32))?.unwrap_or(5);
    Ok(Match::Limit { period, burst })
}

/// `CS0`–`CS7`, `BE`, `EF`, `AF11`–`AF43` (RFC 2474, RFC 2597, RFC 3246).
fn dscp_class(text: &str) -> Option<u8> {
    let name = text.to_ascii_uppercase();
    let digit = |c: char, most: u32| c.to_digit(10).filter(|digit| *digit <= most).map(|digit| digit as u8);
    match (name.as_str(), name.len()) {
        ("BE", _) => Some(0),
        ("EF", _) => Some(0x2e),
        (_, 3) => name.strip_prefix("CS").and_then(|rest| digit(rest.chars().next()?, 7)).map(|class| class << 3),
        (_, 4) => {
            let mut digits = name.strip_prefix("AF")?.chars();
            let (class, drop) = (digit(digits.next()?, 4)?, digit(digits.next()?, 3)?);
            (class > 0 && drop > 0).then_some(class << 3 | drop << 1)
        }
        _ => None,
    }
}

fn tos(text: &str) -> Option<(u8, u8)> {
    let named = [
        ("Minimize-Delay", 0x10),
        ("Maximize-Throughput", 0x08),
        ("Maximize-Reliability", 0x04),
        ("Minimize-Cost", 0x02),
        ("Normal-Service", 0x00),
    ];
    if let Some((_, value)) = named.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)) {
        return Some((*value, 0x3f));
    }
    match text.split_once('/') {
        Some((value, mask)) => Some((byte(value)?, byte(mask)?)),
        None => Some((byte(text)?, 0xff)),
    }
}

/// The name of a match that does not work at a hook.
pub(super) fn misplaced(part: &Match, hook: Hook) -> Option<&str> {
    let out = matches!(hook, Hook::Output | Hook::Postrouting);
    let early = matches!(hook, Hook::Prerouting | Hook::Input);
    match part {
        Match::MacSource(_) => out.then_some("mac"),
        Match::AddrType(AddrTypeMatch { limit: Some(IfaceLimit::In), .. }) => out.then_some("addrtype"),
        Match::AddrType(AddrTypeMatch { limit: Some(IfaceLimit::Out), .. }) => early.then_some("addrtype"),
        Match::PhysDev(dev) => {
            // Whether a local packet will leave by a bridge is not known that early.
            let leaves = dev.is_out.is_some() || dev.out_dev.is_some();
            let bridged = dev.is_bridged.is_some_and(|bridged| !bridged.not);
            (leaves && !bridged && hook == Hook::Output).then_some("physdev")
        }
        Match::Owner(_) => (!out).then_some("owner"),
        Match::Unknown { module, .. } if &**module == "owner" => (!out).then_some("owner"),
        _ => None,
    }
}
