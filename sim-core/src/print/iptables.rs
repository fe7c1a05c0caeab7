//! `iptables-save` as version 1.8 prints it.

use crate::cause::CauseId;
use crate::linux::netfilter::xtables::{
    AddrType, Chain, CtStates, DevMatch, Match, Neg, Policy, PortRange, RecentAction, RejectWith, Rule, Table,
    TableName, Target, Xtables,
};
use ipnet::IpNet;
use std::fmt::{self, Write};
use std::net::IpAddr;

/// Order of the tables in the nf_tables back-end's output.
const ORDER: [TableName; 5] =
    [TableName::Mangle, TableName::Security, TableName::Raw, TableName::Filter, TableName::Nat];

/// Writes all tables; of user chains and rules only those whose cause is `wanted`. Counters are printed as zero.
///
/// # Errors
/// Those of `out`.
pub fn write_save(out: &mut impl Write, xtables: &Xtables, wanted: &dyn Fn(CauseId) -> bool) -> fmt::Result {
    for table in ORDER.iter().filter_map(|name| xtables.tables.get(name)) {
        writeln!(out, "*{}", table.name)?;
        let mut chains: Vec<&Chain> =
            table.chains.iter().filter(|chain| chain.base.is_some() || wanted(chain.cause)).collect();
        // Built-in chains keep their order, user chains are sorted by name.
        chains.sort_by(|a, b| {
            b.base.is_some().cmp(&a.base.is_some()).then_with(|| match (a.base, b.base) {
                (None, None) => a.name.cmp(&b.name),
                _ => std::cmp::Ordering::Equal,
            })
        });
        for chain in &chains {
            let policy = match chain.base {
                Some((_, Policy::Accept)) => "ACCEPT",
                Some((_, Policy::Drop)) => "DROP",
                None => "-",
            };
            writeln!(out, ":{} {policy} [0:0]", chain.name)?;
        }
        for chain in &chains {
            for rule in chain.rules.iter().filter(|rule| wanted(rule.cause)) {
                write_rule(out, table, &chain.name, rule)?;
                out.write_char('\n')?;
            }
        }
        writeln!(out, "COMMIT")?;
    }
    Ok(())
}

/// One rule as `iptables-save` prints it, without a line end.
///
/// # Errors
/// Those of `out`.
pub fn write_rule(out: &mut impl Write, table: &Table, chain: &str, rule: &Rule) -> fmt::Result {
    write!(out, "-A {chain}")?;
    let ip = &rule.ip;
    option(out, " -s", &ip.src, |out, net| write_net(out, *net))?;
    option(out, " -d", &ip.dst, |out, net| write_net(out, *net))?;
    option(out, " -i", &ip.in_dev, |out, dev| write_dev(out, dev))?;
    option(out, " -o", &ip.out_dev, |out, dev| write_dev(out, dev))?;
    option(out, " -p", &ip.protocol, |out, protocol| write!(out, "{protocol}"))?;
    for part in &rule.matches {
        write_match(out, part)?;
    }
    write_target(out, table, &rule.target)
}

/// ` ! OPTION VALUE`.
fn option<W: Write, T>(
    out: &mut W,
    name: &str,
    value: &Option<Neg<T>>,
    write: impl Fn(&mut W, &T) -> fmt::Result,
) -> fmt::Result {
    let Some(value) = value else { return Ok(()) };
    if value.not {
        out.write_str(" !")?;
    }
    out.write_str(name)?;
    out.write_char(' ')?;
    write(out, &value.value)
}

fn write_net(out: &mut impl Write, net: IpNet) -> fmt::Result {
    write!(out, "{}/{}", net.addr(), net.prefix_len())
}

fn write_dev(out: &mut impl Write, dev: &DevMatch) -> fmt::Result {
    out.write_str(&dev.name)?;
    if dev.prefix { out.write_char('+') } else { Ok(()) }
}

fn write_range(out: &mut impl Write, range: &PortRange, between: char) -> fmt::Result {
    write!(out, "{}", range.first)?;
    if range.first == range.last { Ok(()) } else { write!(out, "{between}{}", range.last) }
}

/// Quotes as `xtables_save_string` does.
fn write_quoted(out: &mut impl Write, text: &str) -> fmt::Result {
    let plain = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if plain {
        return out.write_str(text);
    }
    out.write_char('"')?;
    for c in text.chars() {
        if matches!(c, '"' | '\\' | '\'') {
            out.write_char('\\')?;
        }
        out.write_char(c)?;
    }
    out.write_char('"')
}

fn write_match<W: Write>(out: &mut W, part: &Match) -> fmt::Result {
    match part {
        Match::Comment(text) => {
            out.write_str(" -m comment --comment ")?;
            write_quoted(out, text)
        }
        Match::Ports { protocol, sport, dport } => {
            write!(out, " -m {protocol}")?;
            option(out, " --sport", sport, |out, range| write_range(out, range, ':'))?;
            option(out, " --dport", dport, |out, range| write_range(out, range, ':'))
        }
        Match::CtState(states) => {
            out.write_str(" -m conntrack")?;
            option(out, " --ctstate", &Some(*states), |out, states| write_states(out, states))
        }
        Match::Mark(mark) => {
            out.write_str(" -m mark")?;
            option(out, " --mark", &Some(*mark), |out, (value, mask)| write_masked(out, *value, *mask))
        }
        Match::AddrType { src, dst } => {
            out.write_str(" -m addrtype")?;
            option(out, " --src-type", src, |out, kind| out.write_str(addr_type(*kind)))?;
            option(out, " --dst-type", dst, |out, kind| out.write_str(addr_type(*kind)))
        }
        Match::Random { not, threshold } => {
            let bang = if *not { " !" } else { "" };
            write!(
                out,
                " -m statistic --mode random{bang} --probability {:.11}",
                f64::from(*threshold) / f64::from(1u32 << 31)
            )
        }
        Match::Recent { name, action } => {
            out.write_str(" -m recent ")?;
            match action {
                RecentAction::Set => out.write_str("--set")?,
                RecentAction::Check { seconds } => write!(out, "--rcheck --seconds {seconds} --reap")?,
            }
            write!(out, " --name {name} --mask 255.255.255.255 --rsource")
        }
        Match::Unknown { module, text } => {
            write!(out, " -m {module}")?;
            if text.is_empty() { Ok(()) } else { write!(out, " {text}") }
        }
    }
}

fn write_masked(out: &mut impl Write, value: u32, mask: u32) -> fmt::Result {
    write!(out, "0x{value:x}")?;
    if mask == u32::MAX { Ok(()) } else { write!(out, "/0x{mask:x}") }
}

fn write_states(out: &mut impl Write, states: &CtStates) -> fmt::Result {
    let all = [
        (states.invalid, "INVALID"),
        (states.new, "NEW"),
        (states.related, "RELATED"),
        (states.established, "ESTABLISHED"),
        (states.untracked, "UNTRACKED"),
        (states.snat, "SNAT"),
        (states.dnat, "DNAT"),
    ];
    let names: Vec<&str> = all.into_iter().filter(|(set, _)| *set).map(|(_, name)| name).collect();
    out.write_str(&names.join(","))
}

fn addr_type(kind: AddrType) -> &'static str {
    match kind {
        AddrType::Unspec => "UNSPEC",
        AddrType::Unicast => "UNICAST",
        AddrType::Local => "LOCAL",
        AddrType::Broadcast => "BROADCAST",
        AddrType::Multicast => "MULTICAST",
        AddrType::Blackhole => "BLACKHOLE",
        AddrType::Unreachable => "UNREACHABLE",
        AddrType::Prohibit => "PROHIBIT",
    }
}

fn write_target(out: &mut impl Write, table: &Table, target: &Target) -> fmt::Result {
    let socket = |out: &mut dyn Write, to: &IpAddr, port: &Option<PortRange>| {
        write!(out, "{to}")?;
        match port {
            Some(range) if range.first == range.last => write!(out, ":{}", range.first),
            Some(range) => write!(out, ":{}-{}", range.first, range.last),
            None => Ok(()),
        }
    };
    let fully = |random: bool| if random { " --random-fully" } else { "" };
    match target {
        Target::None => Ok(()),
        Target::Accept => out.write_str(" -j ACCEPT"),
        Target::Drop => out.write_str(" -j DROP"),
        Target::Return => out.write_str(" -j RETURN"),
        Target::Jump(id) => write!(out, " -j {}", table.get(*id).name),
        Target::Goto(id) => write!(out, " -g {}", table.get(*id).name),
        Target::Reject(with) => write!(out, " -j REJECT --reject-with {}", reject_name(*with)),
        Target::Dnat { to, port } => {
            out.write_str(" -j DNAT --to-destination ")?;
            socket(out, to, port)
        }
        Target::Snat { to, port, random_fully } => {
            out.write_str(" -j SNAT --to-source ")?;
            socket(out, to, port)?;
            out.write_str(fully(*random_fully))
        }
        Target::Masquerade { random_fully } => write!(out, " -j MASQUERADE{}", fully(*random_fully)),
        Target::Redirect { port } => {
            out.write_str(" -j REDIRECT")?;
            match port {
                Some(range) => {
                    out.write_str(" --to-ports ")?;
                    write_range(out, range, '-')
                }
                None => Ok(()),
            }
        }
        Target::Mark { value, mask } => write!(out, " -j MARK --set-xmark 0x{value:x}/0x{mask:x}"),
        Target::NoTrack => out.write_str(" -j CT --notrack"),
        Target::Unknown { name, text } => {
            write!(out, " -j {name}")?;
            if text.is_empty() { Ok(()) } else { write!(out, " {text}") }
        }
    }
}

/// Name of a REJECT answer as iptables writes it.
pub fn reject_name(with: RejectWith) -> &'static str {
    match with {
        RejectWith::NetUnreachable => "icmp-net-unreachable",
        RejectWith::HostUnreachable => "icmp-host-unreachable",
        RejectWith::ProtoUnreachable => "icmp-proto-unreachable",
        RejectWith::PortUnreachable => "icmp-port-unreachable",
        RejectWith::NetProhibited => "icmp-net-prohibited",
        RejectWith::HostProhibited => "icmp-host-prohibited",
        RejectWith::AdminProhibited => "icmp-admin-prohibited",
        RejectWith::TcpReset => "tcp-reset",
    }
}
