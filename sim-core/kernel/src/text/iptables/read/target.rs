//! What the options of a target mean.

use super::draft::Draft;
use super::error::{SaveErrorKind, Wrong};
use super::values::{addresses, byte, masked, nat_ports, net, number, port, within, word32};
use crate::config::xtables::{ConnMark, Log, Neg, Nflog, Target, TtlChange};
use crate::config::{Hook, NatRange, RejectWith};
use crate::ids::TableName;
use crate::packet::{Port, Protocol};
use std::sync::Arc;

/// The target a draft means.
pub(super) fn build(draft: &Draft, line: &str, protocol: Option<Neg<Protocol>>) -> Result<Target, Wrong> {
    let unknown = || Target::Unknown { name: draft.name.clone(), text: draft.text(line) };
    if draft.module.is_none() {
        return Ok(unknown());
    }
    let with_ports = |range: NatRange| {
        let fits = protocol.is_some_and(|have| !have.not && matches!(have.value.number(), 1 | 6 | 17 | 33 | 132));
        match range.ports.is_none() || fits {
            true => Ok(range),
            false => Err((draft.at, SaveErrorKind::NeedsProtocol { module: draft.name.clone() })),
        }
    };
    Ok(match &*draft.name {
        "ACCEPT" => Target::Accept,
        "DROP" => Target::Drop,
        "RETURN" => Target::Return,
        "REJECT" => {
            let with = draft.value("--reject-with", reject)?.unwrap_or(RejectWith::PortUnreachable);
            if with == RejectWith::TcpReset && !protocol.is_some_and(|have| !have.not && have.value == Protocol::Tcp) {
                return Err((draft.at, SaveErrorKind::NeedsProtocol { module: draft.name.clone() }));
            }
            Target::Reject(with)
        }
        "DNAT" => Target::Dnat(with_ports(nat(draft, "--to-destination", true)?)?),
        "SNAT" => Target::Snat(with_ports(nat(draft, "--to-source", false)?)?),
        "MASQUERADE" => Target::Masquerade(with_ports(own_address(draft)?)?),
        "REDIRECT" => Target::Redirect(with_ports(own_address(draft)?)?),
        "NETMAP" => {
            Target::Netmap(draft.value("--to", |text| Some(net(text)?.trunc()))?.ok_or_else(|| draft.missing("--to"))?)
        }
        "MARK" => {
            let (value, mask) = mark(draft)?;
            Target::Mark { value, mask }
        }
        "CONNMARK" => {
            if draft.has(&["--left-shift-mark", "--right-shift-mark"]) {
                return Ok(unknown());
            }
            Target::ConnMark(connmark(draft)?)
        }
        "CT" if draft.given.iter().all(|given| given.name == "--notrack") && draft.flag("--notrack")? => {
            Target::NoTrack
        }
        "CT" if draft.given.iter().all(|given| given.name == "--zone") && draft.has(&["--zone"]) => {
            let zone = draft.value("--zone", |text| number(text)?.try_into().ok())?;
            Target::Zone(zone.ok_or_else(|| draft.missing("--zone"))?)
        }
        "NOTRACK" => Target::NoTrackAlias,
        "LOG" => Target::Log(Arc::new(log(draft)?)),
        "NFLOG" => Target::Nflog(Arc::new(nflog(draft)?)),
        "TRACE" => Target::Trace,
        "TTL" => {
            let given = draft.one_of(&["--ttl-set", "--ttl-inc", "--ttl-dec"])?;
            given.plain()?;
            let by = |text: &str| byte(text).filter(|by| *by > 0);
            Target::Ttl(match given.name {
                "--ttl-set" => TtlChange::Set(given.read(byte)?),
                "--ttl-inc" => TtlChange::Increase(given.read(by)?),
                _ => TtlChange::Decrease(given.read(by)?),
            })
        }
        _ => unknown(),
    })
}

/// `REJECT --reject-with`: a name, its short form, or a start of one of them.
fn reject(text: &str) -> Option<RejectWith> {
    let names = [
        ("icmp-net-unreachable", "net-unreach", RejectWith::NetUnreachable),
        ("icmp-host-unreachable", "host-unreach", RejectWith::HostUnreachable),
        ("icmp-proto-unreachable", "proto-unreach", RejectWith::ProtoUnreachable),
        ("icmp-port-unreachable", "port-unreach", RejectWith::PortUnreachable),
        ("icmp-net-prohibited", "net-prohib", RejectWith::NetProhibited),
        ("icmp-host-prohibited", "host-prohib", RejectWith::HostProhibited),
        ("tcp-reset", "tcp-rst", RejectWith::TcpReset),
        ("icmp-admin-prohibited", "admin-prohib", RejectWith::AdminProhibited),
    ];
    let starts = |name: &str| name.get(..text.len()).is_some_and(|start| start.eq_ignore_ascii_case(text));
    names.iter().find(|(name, short, _)| !text.is_empty() && (starts(name) || starts(short))).map(|(.., with)| *with)
}

/// `[ADDRESS[-ADDRESS]][:PORT[-PORT[/BASE]]]`.
fn nat(draft: &Draft, option: &'static str, base: bool) -> Result<NatRange, Wrong> {
    let read = |text: &str| {
        let (address, rest) = text.split_once(':').map_or((text, None), |(address, rest)| (address, Some(rest)));
        let mut range = NatRange::default();
        if !address.is_empty() {
            range.addresses = Some(addresses(address)?);
        }
        if let Some(rest) = rest {
            let (ports, from) = match rest.split_once('/') {
                Some((ports, from)) if base && ports.contains('-') => (ports, Some(Port(port(from)?))),
                Some(_) => return None,
                None => (rest, None),
            };
            range.ports = Some(nat_ports(ports)?);
            range.base = from;
        }
        (range != NatRange::default()).then_some(range)
    };
    let range = draft.value(option, read)?.ok_or_else(|| draft.missing(option))?;
    Ok(NatRange {
        random: draft.flag("--random")?,
        random_fully: draft.flag("--random-fully")?,
        persistent: draft.flag("--persistent")?,
        ..range
    })
}

fn own_address(draft: &Draft) -> Result<NatRange, Wrong> {
    Ok(NatRange {
        ports: draft.value("--to-ports", nat_ports)?,
        random: draft.flag("--random")?,
        random_fully: draft.flag("--random-fully")?,
        ..NatRange::default()
    })
}

const MARKS: [&str; 5] = ["--set-xmark", "--set-mark", "--and-mark", "--or-mark", "--xor-mark"];

/// Value and mask of `--set-xmark` that every other way of setting a mark is short for.
fn mark(draft: &Draft) -> Result<(u32, u32), Wrong> {
    let given = draft.one_of(&MARKS)?;
    given.plain()?;
    Ok(match given.name {
        "--set-xmark" => given.read(masked)?,
        "--set-mark" => {
            let (value, mask) = given.read(masked)?;
            (value, mask | value)
        }
        "--and-mark" => (0, !given.read(word32)?),
        "--or-mark" => {
            let bits = given.read(word32)?;
            (bits, bits)
        }
        _ => (given.read(word32)?, 0),
    })
}

fn connmark(draft: &Draft) -> Result<ConnMark, Wrong> {
    let (save, restore) = (draft.flag("--save-mark")?, draft.flag("--restore-mark")?);
    if !save && !restore {
        let (value, mask) = mark(draft)?;
        for name in ["--nfmask", "--ctmask", "--mask"] {
            draft.without(name, "--set-xmark")?;
        }
        return Ok(ConnMark::Set { value, mask });
    }
    let all = ["--save-mark", "--restore-mark", "--set-xmark", "--set-mark", "--and-mark", "--or-mark", "--xor-mark"];
    draft.one_of(&all)?;
    let mask = draft.value("--mask", word32)?;
    if mask.is_some() {
        for name in ["--nfmask", "--ctmask"] {
            draft.without(name, "--mask")?;
        }
    }
    let packet_mask = draft.value("--nfmask", word32)?.or(mask).unwrap_or(u32::MAX);
    let ct_mask = draft.value("--ctmask", word32)?.or(mask).unwrap_or(u32::MAX);
    Ok(if save { ConnMark::Save { packet_mask, ct_mask } } else { ConnMark::Restore { packet_mask, ct_mask } })
}

/// A prefix of up to `most` bytes; longer ones are cut as the tool cuts them.
fn prefix(text: &str, most: usize) -> Option<Arc<str>> {
    if text.is_empty() || text.contains('\n') {
        return None;
    }
    let end = (0..=most.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.get(..end).map(Arc::from)
}

fn log(draft: &Draft) -> Result<Log, Wrong> {
    let levels = ["emerg", "alert", "crit", "error", "warning", "notice", "info", "debug"];
    let level = draft.value("--log-level", |text| match number(text) {
        Some(level) => level.try_into().ok().filter(|level| *level <= 7),
        None if text.eq_ignore_ascii_case("panic") => Some(0),
        None => levels.iter().position(|name| name.eq_ignore_ascii_case(text)).map(|level| level as u8),
    })?;
    let default = Log::default();
    Ok(Log {
        level: level.unwrap_or(default.level),
        prefix: draft.value("--log-prefix", |text| prefix(text, 29))?.unwrap_or(default.prefix),
        tcp_sequence: draft.flag("--log-tcp-sequence")?,
        tcp_options: draft.flag("--log-tcp-options")?,
        ip_options: draft.flag("--log-ip-options")?,
        uid: draft.flag("--log-uid")?,
        mac_decode: draft.flag("--log-macdecode")?,
    })
}

fn nflog(draft: &Draft) -> Result<Nflog, Wrong> {
    let short = |text: &str| number(text)?.try_into().ok();
    // `--nflog-range` never had an effect; the tool forgets it too.
    Ok(Nflog {
        prefix: draft.value("--nflog-prefix", |text| prefix(text, 63))?.unwrap_or_default(),
        group: draft.value("--nflog-group", short)?.unwrap_or_default(),
        size: draft.value("--nflog-size", word32)?,
        threshold: draft
            .value("--nflog-threshold", |text| within(text, 1, 65_535).map(|value| value as u16))?
            .unwrap_or_default(),
    })
}

/// Where a target may stand: its name, the only table it works in, and the hooks it may be reached from.
pub(super) fn place(target: &Target) -> (&str, Option<TableName>, &'static [Hook]) {
    const ALL: &[Hook] = &[Hook::Prerouting, Hook::Input, Hook::Forward, Hook::Output, Hook::Postrouting];
    const BEFORE: &[Hook] = &[Hook::Prerouting, Hook::Output];
    match target {
        Target::Dnat(_) => ("DNAT", Some(TableName::Nat), BEFORE),
        Target::Redirect(_) => ("REDIRECT", Some(TableName::Nat), BEFORE),
        Target::Snat(_) => ("SNAT", Some(TableName::Nat), &[Hook::Postrouting, Hook::Input]),
        Target::Masquerade(_) => ("MASQUERADE", Some(TableName::Nat), &[Hook::Postrouting]),
        Target::Netmap(_) => ("NETMAP", Some(TableName::Nat), ALL),
        Target::Reject(_) => ("REJECT", Some(TableName::Filter), &[Hook::Input, Hook::Forward, Hook::Output]),
        Target::Ttl(_) => ("TTL", Some(TableName::Mangle), ALL),
        Target::NoTrack | Target::Zone(_) => ("CT", Some(TableName::Raw), ALL),
        Target::NoTrackAlias => ("NOTRACK", Some(TableName::Raw), ALL),
        Target::Unknown { name, .. } => {
            let table = match &**name {
                "CT" => Some(TableName::Raw),
                "TOS" | "DSCP" | "ECN" | "CHECKSUM" | "TPROXY" => Some(TableName::Mangle),
                _ => None,
            };
            (name, table, ALL)
        }
        _ => ("", None, ALL),
    }
}
