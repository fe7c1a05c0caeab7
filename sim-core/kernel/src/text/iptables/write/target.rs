//! `-j` and its options.

use super::names::reject_name;
use super::parts::{write_name, write_net, write_quoted, write_range, write_rest};
use crate::config::xtables::{ConnMark, Log, Nflog, Table, Target, TtlChange};
use crate::config::{NatRange, RejectWith};
use std::fmt::{self, Write};

pub(super) fn write_target(out: &mut impl Write, table: &Table, target: &Target) -> fmt::Result {
    match target {
        Target::None => Ok(()),
        Target::Accept => out.write_str(" -j ACCEPT"),
        Target::Drop => out.write_str(" -j DROP"),
        Target::Return => out.write_str(" -j RETURN"),
        Target::Jump(id) => {
            out.write_str(" -j ")?;
            write_name(out, &table.get(*id).name)
        }
        Target::Goto(id) => {
            out.write_str(" -g ")?;
            write_name(out, &table.get(*id).name)
        }
        Target::Reject(RejectWith::PortUnreachable) if table.ipv6 => {
            out.write_str(" -j REJECT --reject-with icmp6-port-unreachable")
        }
        Target::Reject(with) => write!(out, " -j REJECT --reject-with {}", reject_name(*with)),
        Target::Dnat(range) => {
            out.write_str(" -j DNAT --to-destination ")?;
            write_socket(out, range)?;
            write_flags(out, range)
        }
        Target::Snat(range) => {
            out.write_str(" -j SNAT --to-source ")?;
            write_socket(out, range)?;
            write_flags(out, range)
        }
        Target::Masquerade(range) => {
            out.write_str(" -j MASQUERADE")?;
            write_to_ports(out, range)?;
            write_flags(out, range)
        }
        Target::Redirect(range) => {
            out.write_str(" -j REDIRECT")?;
            write_to_ports(out, range)?;
            write_flags(out, range)
        }
        Target::Netmap(net) => {
            out.write_str(" -j NETMAP --to ")?;
            write_net(out, *net)
        }
        Target::Mark { value, mask } => write!(out, " -j MARK --set-xmark 0x{value:x}/0x{mask:x}"),
        Target::ConnMark(ConnMark::Set { value, mask }) => {
            write!(out, " -j CONNMARK --set-xmark 0x{value:x}/0x{mask:x}")
        }
        Target::ConnMark(ConnMark::Save { packet_mask, ct_mask }) => {
            write!(out, " -j CONNMARK --save-mark --nfmask 0x{packet_mask:x} --ctmask 0x{ct_mask:x}")
        }
        Target::ConnMark(ConnMark::Restore { packet_mask, ct_mask }) => {
            write!(out, " -j CONNMARK --restore-mark --nfmask 0x{packet_mask:x} --ctmask 0x{ct_mask:x}")
        }
        Target::NoTrack => out.write_str(" -j CT --notrack"),
        Target::Zone(zone) => write!(out, " -j CT --zone {zone}"),
        Target::NoTrackAlias => out.write_str(" -j NOTRACK"),
        Target::Log(log) => write_log(out, log),
        Target::Nflog(log) => write_nflog(out, log),
        Target::Trace => out.write_str(" -j TRACE"),
        Target::Ttl(TtlChange::Set(value)) => write!(out, " -j TTL --ttl-set {value}"),
        Target::Ttl(TtlChange::Increase(by)) => write!(out, " -j TTL --ttl-inc {by}"),
        Target::Ttl(TtlChange::Decrease(by)) => write!(out, " -j TTL --ttl-dec {by}"),
        Target::Unknown { name, text } => {
            out.write_str(" -j ")?;
            write_name(out, name)?;
            write_rest(out, text)
        }
    }
}

/// `ADDRESS-ADDRESS:PORT-PORT/BASE`.
fn write_socket(out: &mut impl Write, range: &NatRange) -> fmt::Result {
    if let Some((first, last)) = range.addresses {
        // A port behind an IPv6 address wants brackets around it.
        let brackets = first.is_ipv6() && range.ports.is_some();
        out.write_str(if brackets { "[" } else { "" })?;
        write!(out, "{first}")?;
        if first != last {
            write!(out, "-{last}")?;
        }
        out.write_str(if brackets { "]" } else { "" })?;
    }
    if let Some(ports) = range.ports {
        out.write_char(':')?;
        write_range(out, &ports, '-')?;
        if let Some(base) = range.base {
            write!(out, "/{base}")?;
        }
    }
    Ok(())
}

fn write_to_ports(out: &mut impl Write, range: &NatRange) -> fmt::Result {
    let Some(ports) = range.ports else { return Ok(()) };
    out.write_str(" --to-ports ")?;
    write_range(out, &ports, '-')
}

fn write_flags(out: &mut impl Write, range: &NatRange) -> fmt::Result {
    let flags =
        [(range.random, " --random"), (range.random_fully, " --random-fully"), (range.persistent, " --persistent")];
    flags.iter().filter(|(set, _)| *set).try_for_each(|(_, name)| out.write_str(name))
}

fn write_log(out: &mut impl Write, log: &Log) -> fmt::Result {
    out.write_str(" -j LOG")?;
    if !log.prefix.is_empty() {
        out.write_str(" --log-prefix ")?;
        write_quoted(out, &log.prefix)?;
    }
    if log.level != Log::default().level {
        write!(out, " --log-level {}", log.level)?;
    }
    let flags = [
        (log.tcp_sequence, " --log-tcp-sequence"),
        (log.tcp_options, " --log-tcp-options"),
        (log.ip_options, " --log-ip-options"),
        (log.uid, " --log-uid"),
        (log.mac_decode, " --log-macdecode"),
    ];
    flags.iter().filter(|(set, _)| *set).try_for_each(|(_, name)| out.write_str(name))
}

fn write_nflog(out: &mut impl Write, log: &Nflog) -> fmt::Result {
    out.write_str(" -j NFLOG")?;
    if !log.prefix.is_empty() {
        out.write_str(" --nflog-prefix ")?;
        write_quoted(out, &log.prefix)?;
    }
    if log.group != 0 {
        write!(out, " --nflog-group {}", log.group)?;
    }
    if let Some(size) = log.size {
        write!(out, " --nflog-size {size}")?;
    }
    if log.threshold != 0 {
        write!(out, " --nflog-threshold {}", log.threshold)?;
    }
    Ok(())
}
