//! `-m` and its options.

use super::parts::{bang, option, write_dev, write_masked, write_name, write_quoted, write_range, write_rest};
use crate::config::xtables::{
    AddrTypeMatch, AddrTypes, Connection, CtStates, CtStatuses, IcmpType, IfaceLimit, IpRanges, Match, MultiPort, Neg,
    PacketType, PhysDev, PortSide, Recent, RecentAction, SetMatch, SetSide, TcpFlagSet, TtlCompare,
};
use crate::config::{AddrType, CtDirection};
use ipnet::IpNet;
use std::fmt::{self, Write};
use std::net::{IpAddr, Ipv6Addr};

pub(super) fn write_match<W: Write>(out: &mut W, part: &Match, ipv6: bool) -> fmt::Result {
    match part {
        Match::Comment(text) => {
            out.write_str(" -m comment --comment ")?;
            write_quoted(out, text)
        }
        Match::Ports { protocol, sport, dport, flags } => {
            write!(out, " -m {protocol}")?;
            option(out, " --sport", sport, |out, range| write_range(out, range, ':'))?;
            option(out, " --dport", dport, |out, range| write_range(out, range, ':'))?;
            option(out, " --tcp-flags", flags, |out, flags| {
                write_flags(out, flags.mask)?;
                out.write_char(' ')?;
                write_flags(out, flags.set)
            })
        }
        Match::Icmp(kind) => {
            out.write_str(" -m icmp")?;
            option(out, " --icmp-type", &Some(*kind), |out, kind| match kind {
                IcmpType::Any => out.write_str("any"),
                IcmpType::Of { kind, code: None } => write!(out, "{kind}"),
                IcmpType::Of { kind, code: Some(code) } => write!(out, "{kind}/{code}"),
            })
        }
        Match::MultiPort(ports) => write_multiport(out, ports),
        Match::IpRange(ranges) => {
            let IpRanges { src, dst } = &**ranges;
            out.write_str(" -m iprange")?;
            let range = |out: &mut W, range: &(IpAddr, IpAddr)| write!(out, "{}-{}", range.0, range.1);
            option(out, " --src-range", src, range)?;
            option(out, " --dst-range", dst, range)
        }
        Match::Set(set) => write_set(out, set),
        Match::PhysDev(dev) => write_physdev(out, dev),
        Match::Connection(connection) => write_connection(out, connection),
        Match::State(states) => {
            out.write_str(" -m state")?;
            option(out, " --state", &Some(*states), write_states)
        }
        Match::Mark(mark) => {
            out.write_str(" -m mark")?;
            option(out, " --mark", &Some(*mark), |out, (value, mask)| write_masked(out, *value, *mask))
        }
        Match::ConnMark(mark) => {
            out.write_str(" -m connmark")?;
            option(out, " --mark", &Some(*mark), |out, (value, mask)| write_masked(out, *value, *mask))
        }
        Match::AddrType(kinds) => write_addr_type(out, kinds),
        Match::Random { not, threshold } => {
            out.write_str(" -m statistic --mode random")?;
            bang(out, *not)?;
            write!(out, " --probability {:.11}", f64::from(*threshold) / f64::from(1u32 << 31))
        }
        Match::Nth { not, every, packet } => {
            out.write_str(" -m statistic --mode nth")?;
            bang(out, *not)?;
            write!(out, " --every {every} --packet {packet}")
        }
        Match::Recent(recent) => write_recent(out, recent, ipv6),
        Match::Limit { period, burst } => write_limit(out, *period, *burst),
        Match::PacketType(kind) => {
            out.write_str(" -m pkttype")?;
            option(out, " --pkt-type", &Some(*kind), |out, kind| {
                out.write_str(match kind {
                    PacketType::Unicast => "unicast",
                    PacketType::Broadcast => "broadcast",
                    PacketType::Multicast => "multicast",
                })
            })
        }
        Match::Ttl { compare, value } => {
            let how = match compare {
                TtlCompare::Equal => "--ttl-eq",
                TtlCompare::NotEqual => "! --ttl-eq",
                TtlCompare::Less => "--ttl-lt",
                TtlCompare::Greater => "--ttl-gt",
            };
            write!(out, " -m ttl {how} {value}")
        }
        Match::Length(length) => {
            out.write_str(" -m length")?;
            option(out, " --length", &Some(*length), |out, (first, last)| match first == last {
                true => write!(out, "{first}"),
                false => write!(out, "{first}:{last}"),
            })
        }
        Match::MacSource(mac) => {
            out.write_str(" -m mac")?;
            option(out, " --mac-source", &Some(*mac), |out, mac| write!(out, "{mac}"))
        }
        Match::Dscp(dscp) => {
            out.write_str(" -m dscp")?;
            option(out, " --dscp", &Some(*dscp), |out, dscp| write!(out, "0x{dscp:02x}"))
        }
        Match::Tos(tos) => {
            out.write_str(" -m tos")?;
            option(out, " --tos", &Some(*tos), |out, (value, mask)| write!(out, "0x{value:02x}/0x{mask:02x}"))
        }
        Match::Owner(want) => {
            out.write_str(" -m owner")?;
            if let Some(socket) = want.socket {
                bang(out, socket.not)?;
                out.write_str(" --socket-exists")?;
            }
            let range = |out: &mut W, (first, last): &(u32, u32)| match first == last {
                true => write!(out, "{first}"),
                false => write!(out, "{first}-{last}"),
            };
            option(out, " --uid-owner", &want.uid, range)?;
            option(out, " --gid-owner", &want.gid, range)
        }
        Match::ReversePath(want) => {
            out.write_str(" -m rpfilter")?;
            let options = [
                (want.loose, " --loose"),
                (want.valid_mark, " --validmark"),
                (want.accept_local, " --accept-local"),
                (want.invert, " --invert"),
            ];
            options.iter().filter(|(set, _)| *set).try_for_each(|(_, option)| out.write_str(option))
        }
        // The tool prints two blanks here (1.8.9).
        Match::Account(name) => {
            out.write_str(" -m nfacct --nfacct-name  ")?;
            write_quoted(out, name)
        }
        Match::Unknown { module, text } => {
            out.write_str(" -m ")?;
            write_name(out, module)?;
            write_rest(out, text)
        }
    }
}

fn write_flags(out: &mut impl Write, flags: TcpFlagSet) -> fmt::Result {
    if flags.0 == 0 {
        return out.write_str("NONE");
    }
    let names: Vec<&str> =
        TcpFlagSet::NAMES.iter().filter(|(bit, _)| flags.0 & bit != 0).map(|(_, name)| *name).collect();
    out.write_str(&names.join(","))
}

fn write_multiport(out: &mut impl Write, ports: &MultiPort) -> fmt::Result {
    out.write_str(" -m multiport")?;
    bang(out, ports.ports.not)?;
    out.write_str(match ports.side {
        PortSide::Source => " --sports ",
        PortSide::Destination => " --dports ",
        PortSide::Either => " --ports ",
    })?;
    for (at, range) in ports.ports.value.iter().enumerate() {
        if at > 0 {
            out.write_char(',')?;
        }
        write_range(out, range, ':')?;
    }
    Ok(())
}

fn write_set(out: &mut impl Write, set: &SetMatch) -> fmt::Result {
    out.write_str(" -m set")?;
    bang(out, set.not)?;
    out.write_str(" --match-set ")?;
    write_name(out, &set.name)?;
    out.write_char(' ')?;
    for (at, side) in set.sides.iter().enumerate() {
        if at > 0 {
            out.write_char(',')?;
        }
        out.write_str(match side {
            SetSide::Source => "src",
            SetSide::Destination => "dst",
        })?;
    }
    if set.return_nomatch { out.write_str(" --return-nomatch") } else { Ok(()) }
}

fn write_physdev<W: Write>(out: &mut W, dev: &PhysDev) -> fmt::Result {
    out.write_str(" -m physdev")?;
    let flag = |out: &mut W, name: &str, flag: Option<Neg<()>>| match flag {
        Some(flag) => {
            bang(out, flag.not)?;
            out.write_str(name)
        }
        None => Ok(()),
    };
    flag(out, " --physdev-is-in", dev.is_in)?;
    option(out, " --physdev-in", &dev.in_dev, write_dev)?;
    flag(out, " --physdev-is-out", dev.is_out)?;
    option(out, " --physdev-out", &dev.out_dev, write_dev)?;
    flag(out, " --physdev-is-bridged", dev.is_bridged)
}

fn write_connection<W: Write>(out: &mut W, of: &Connection) -> fmt::Result {
    out.write_str(" -m conntrack")?;
    option(out, " --ctstate", &of.state, write_states)?;
    option(out, " --ctproto", &of.protocol, |out, protocol| write!(out, "{}", protocol.number()))?;
    let net = |out: &mut W, net: &IpNet| match net.prefix_len() == net.max_prefix_len() {
        true => write!(out, "{}", net.addr()),
        false => write!(out, "{}/{}", net.addr(), net.prefix_len()),
    };
    option(out, " --ctorigsrc", &of.orig_src, net)?;
    option(out, " --ctorigdst", &of.orig_dst, net)?;
    option(out, " --ctreplsrc", &of.reply_src, net)?;
    option(out, " --ctrepldst", &of.reply_dst, net)?;
    option(out, " --ctorigsrcport", &of.orig_src_port, |out, range| write_range(out, range, ':'))?;
    option(out, " --ctorigdstport", &of.orig_dst_port, |out, range| write_range(out, range, ':'))?;
    option(out, " --ctreplsrcport", &of.reply_src_port, |out, range| write_range(out, range, ':'))?;
    option(out, " --ctrepldstport", &of.reply_dst_port, |out, range| write_range(out, range, ':'))?;
    option(out, " --ctstatus", &of.status, write_statuses)?;
    option(out, " --ctexpire", &of.expire, |out, (first, last)| match first == last {
        true => write!(out, "{first}"),
        false => write!(out, "{first}:{last}"),
    })?;
    match of.direction {
        Some(CtDirection::Original) => out.write_str(" --ctdir ORIGINAL"),
        Some(CtDirection::Reply) => out.write_str(" --ctdir REPLY"),
        None => Ok(()),
    }
}

fn write_names(out: &mut impl Write, all: &[(bool, &str)]) -> fmt::Result {
    let names: Vec<&str> = all.iter().filter(|(set, _)| *set).map(|(_, name)| *name).collect();
    out.write_str(&names.join(","))
}

fn write_states(out: &mut impl Write, states: &CtStates) -> fmt::Result {
    write_names(
        out,
        &[
            (states.invalid, "INVALID"),
            (states.new, "NEW"),
            (states.related, "RELATED"),
            (states.established, "ESTABLISHED"),
            (states.untracked, "UNTRACKED"),
            (states.snat, "SNAT"),
            (states.dnat, "DNAT"),
        ],
    )
}

fn write_statuses(out: &mut impl Write, of: &CtStatuses) -> fmt::Result {
    if *of == CtStatuses::default() {
        return out.write_str("NONE");
    }
    let all = [
        (of.expected, "EXPECTED"),
        (of.seen_reply, "SEEN_REPLY"),
        (of.assured, "ASSURED"),
        (of.confirmed, "CONFIRMED"),
    ];
    write_names(out, &all)
}

fn write_addr_type(out: &mut impl Write, of: &AddrTypeMatch) -> fmt::Result {
    out.write_str(" -m addrtype")?;
    let types = |out: &mut _, types: &AddrTypes| {
        let names = AddrType::ALL.map(|(kind, name)| (types.contains(kind), name));
        write_names(out, &names)
    };
    option(out, " --src-type", &of.src, types)?;
    option(out, " --dst-type", &of.dst, types)?;
    match of.limit {
        Some(IfaceLimit::In) => out.write_str(" --limit-iface-in"),
        Some(IfaceLimit::Out) => out.write_str(" --limit-iface-out"),
        None => Ok(()),
    }
}

fn write_recent(out: &mut impl Write, of: &Recent, ipv6: bool) -> fmt::Result {
    out.write_str(" -m recent")?;
    bang(out, of.not)?;
    out.write_str(match of.action {
        RecentAction::Set => " --set",
        RecentAction::Check => " --rcheck",
        RecentAction::Update => " --update",
        RecentAction::Remove => " --remove",
    })?;
    if let Some(seconds) = of.seconds {
        write!(out, " --seconds {seconds}")?;
    }
    if of.reap {
        out.write_str(" --reap")?;
    }
    if let Some(hits) = of.hits {
        write!(out, " --hitcount {hits}")?;
    }
    if of.ttl {
        out.write_str(" --rttl")?;
    }
    let side = if of.destination { "--rdest" } else { "--rsource" };
    out.write_str(" --name ")?;
    write_name(out, &of.name)?;
    if ipv6 {
        // Masks of IPv6 lists are not kept: all bits count.
        return write!(out, " --mask {} {side}", Ipv6Addr::from(u128::MAX));
    }
    write!(out, " --mask {} {side}", of.mask)
}

/// The largest unit that says the rate without too much of a remainder, as `print_rate` chooses it.
fn write_limit(out: &mut impl Write, period: u32, burst: u32) -> fmt::Result {
    let units = [("day", 864_000_000), ("hour", 36_000_000), ("min", 600_000), ("sec", 10_000)];
    let period = period.max(1);
    let mut chosen = units[0];
    for unit in units.into_iter().skip(1) {
        if period > unit.1 || unit.1 / period < unit.1 % period {
            break;
        }
        chosen = unit;
    }
    write!(out, " -m limit --limit {}/{}", chosen.1 / period, chosen.0)?;
    if burst == 5 { Ok(()) } else { write!(out, " --limit-burst {burst}") }
}
