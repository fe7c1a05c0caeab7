//! `ipset save` text: `create NAME TYPE …` and `add NAME ELEMENT …`.

use crate::config::ipset::{IpSet, SetElement, SetKey, SetType};
use crate::ids::CauseId;
use crate::packet::Protocol;
use crate::text::ipset::write::icmp_by_name;
use crate::text::iptables::read::error::{SaveErrorKind, Wrong};
use crate::text::iptables::read::values::{byte, net, number, port, protocol};
use crate::text::iptables::read::words::{split, text};
use ipnet::{IpNet, Ipv4Net, Ipv4Subnets};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

/// What a text of sets may be at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the text.
    pub bytes: usize,
    /// Elements in all sets, ranges counted out.
    pub elements: usize,
    /// Errors that are reported.
    pub errors: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 16 << 20, elements: 200_000, errors: 100 }
    }
}

/// One thing that is wrong with a text of sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetError {
    /// Line, from 1; 0 for the text as a whole.
    pub line: u32,
    /// Column of the offending word in characters, from 1.
    pub column: u32,
    /// What.
    pub kind: SetErrorKind,
}

/// What can be wrong. The words are those of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SetErrorKind {
    /// The text is longer than so many bytes.
    TooLong {
        /// The limit.
        limit: usize,
    },
    /// More elements than allowed.
    TooManyElements {
        /// The limit.
        limit: usize,
    },
    /// Neither `create` nor `add`.
    UnknownCommand(Arc<str>),
    /// A type that is not modelled.
    UnknownType(Arc<str>),
    /// No set of that name.
    NoSet(Arc<str>),
    /// There is such a set already.
    SetExists(Arc<str>),
    /// A name no set may have.
    SetName(Arc<str>),
    /// A word is missing at the end.
    Missing {
        /// After which word.
        after: Arc<str>,
    },
    /// An element or value its set does not take.
    Value(Arc<str>),
    /// A quotation without an end.
    OpenQuote,
}

impl SetErrorKind {
    /// A short name that does not change, for words and programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "too-long",
            Self::TooManyElements { .. } => "too-many-elements",
            Self::UnknownCommand(_) => "unknown-command",
            Self::UnknownType(_) => "unknown-type",
            Self::NoSet(_) => "no-set",
            Self::SetExists(_) => "set-exists",
            Self::SetName(_) => "set-name",
            Self::Missing { .. } => "missing",
            Self::Value(_) => "value",
            Self::OpenQuote => "open-quote",
        }
    }
}

type Failed = (usize, SetErrorKind);

/// Reads sets. `cause` names the cause of what a line (from 1) makes.
///
/// # Errors
/// Everything that is wrong with the text; never an empty list.
pub fn parse_sets(
    all: &str,
    limits: &Limits,
    cause: &mut dyn FnMut(u32) -> CauseId,
) -> Result<BTreeMap<Arc<str>, IpSet>, Vec<SetError>> {
    if all.len() > limits.bytes {
        return Err(vec![SetError { line: 0, column: 0, kind: SetErrorKind::TooLong { limit: limits.bytes } }]);
    }
    let mut sets = BTreeMap::new();
    let mut errors = Vec::new();
    let mut count = 0;
    for (index, line) in all.lines().enumerate() {
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        if line.trim().is_empty() || line.trim().starts_with('#') {
            continue;
        }
        if let Err((at, kind)) = one(&mut sets, line, limits, &mut count, cause(number)) {
            let column = u32::try_from(line.get(..at).map_or(0, |before| before.chars().count()) + 1);
            errors.push(SetError { line: number, column: column.unwrap_or(u32::MAX), kind });
        }
        if errors.len() >= limits.errors {
            break;
        }
    }
    if errors.is_empty() { Ok(sets) } else { Err(errors) }
}

fn one(
    sets: &mut BTreeMap<Arc<str>, IpSet>,
    line: &str,
    limits: &Limits,
    count: &mut usize,
    cause: CauseId,
) -> Result<(), Failed> {
    let words = split(line).map_err(|(at, kind): Wrong| {
        (at, if kind == SaveErrorKind::OpenQuote { SetErrorKind::OpenQuote } else { SetErrorKind::Value("".into()) })
    })?;
    let need = |at: usize| match (words.get(at), words.last()) {
        (Some(word), _) => Ok(word),
        (None, Some(last)) => Err((last.start, SetErrorKind::Missing { after: text(last) })),
        (None, None) => Err((0, SetErrorKind::Missing { after: "".into() })),
    };
    let command = need(0)?;
    let name = need(1)?;
    let third = need(2)?;
    let rest = words.get(3).and_then(|word| line.get(word.start..)).unwrap_or_default().trim_end();
    match &*command.text {
        "create" => {
            let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\\' | '\'' | ',');
            if name.text.is_empty() || name.text.len() > 31 || name.text.contains(odd) {
                return Err((name.start, SetErrorKind::SetName(text(name))));
            }
            let kind = SetType::ALL.iter().find(|(_, known)| *known == third.text).map(|(kind, _)| *kind);
            let kind = kind.ok_or_else(|| (third.start, SetErrorKind::UnknownType(text(third))))?;
            if sets.contains_key(&*name.text) {
                return Err((name.start, SetErrorKind::SetExists(text(name))));
            }
            let value = |option: &str| {
                let at = words.iter().position(|word| word.is(option))?;
                words.get(at + 1)
            };
            if let Some(family) = value("family").filter(|family| family.text != "inet") {
                return Err((family.start, SetErrorKind::Value(text(family))));
            }
            let netmask = match value("netmask") {
                Some(word) => {
                    let bits = byte(&word.text).filter(|bits| (1..=32).contains(bits));
                    Some(bits.ok_or_else(|| (word.start, SetErrorKind::Value(text(word))))?)
                }
                None => None,
            };
            sets.insert(text(name), IpSet { kind, netmask, header: Arc::from(rest), elements: Vec::new(), cause });
        }
        "add" => {
            let known = |wanted: &str| sets.contains_key(wanted);
            let kind = sets.get(&*name.text).map(|set| (set.kind, set.netmask));
            let (kind, netmask) = kind.ok_or_else(|| (name.start, SetErrorKind::NoSet(text(name))))?;
            let room = limits.elements.saturating_sub(*count);
            let keys = keys(kind, netmask, &third.text, room);
            let keys = keys.ok_or_else(|| (third.start, SetErrorKind::Value(text(third))))?;
            if keys.len() > room {
                return Err((third.start, SetErrorKind::TooManyElements { limit: limits.elements }));
            }
            if let Some(SetKey::Set(wanted)) = keys.first().filter(|key| matches!(key, SetKey::Set(set) if !known(set)))
            {
                return Err((third.start, SetErrorKind::NoSet(wanted.clone())));
            }
            *count += keys.len();
            let no_match = words.iter().skip(3).any(|word| word.is("nomatch"));
            let rest: Arc<str> = Arc::from(rest);
            let Some(set) = sets.get_mut(&*name.text) else { return Ok(()) };
            set.elements.extend(keys.into_iter().map(|key| SetElement { key, no_match, rest: rest.clone() }));
        }
        _ => return Err((command.start, SetErrorKind::UnknownCommand(text(command)))),
    }
    Ok(())
}

/// The elements a word stands for: ranges are counted out, up to one more than `room`.
fn keys(kind: SetType, netmask: Option<u8>, word: &str, room: usize) -> Option<Vec<SetKey>> {
    let mut parts = word.split(',');
    let first = parts.next()?;
    let most = room.saturating_add(1);
    if kind == SetType::List {
        return parts.next().is_none().then(|| vec![SetKey::Set(Arc::from(word))]);
    }
    if kind == SetType::Port {
        let (first, last) = range(first)?;
        return parts.next().is_none().then(|| (first..=last).take(most).map(SetKey::Port).collect());
    }
    let nets =
        if matches!(kind, SetType::Net | SetType::NetPort) { nets(first, most)? } else { hosts(first, netmask, most)? };
    let ports = match kind {
        SetType::Ip | SetType::Net => None,
        _ => Some(ports(parts.next()?)?),
    };
    let second = match kind {
        SetType::IpPortIp => Some(hosts(parts.next()?, None, most)?),
        SetType::IpPortNet => Some(self::nets(parts.next()?, most)?),
        _ => None,
    };
    if parts.next().is_some() {
        return None;
    }
    let mut keys = Vec::new();
    for net in nets {
        let Some((protocol, first, last)) = ports else {
            keys.push(SetKey::Net(net));
            continue;
        };
        for port in first..=last {
            match &second {
                None => keys.push(SetKey::NetPort(net, protocol, port)),
                Some(second) => {
                    let left = most.saturating_sub(keys.len());
                    keys.extend(
                        second.iter().take(left).map(|second| SetKey::NetPortNet(net, protocol, port, *second)),
                    );
                }
            }
            if keys.len() >= most {
                return Some(keys);
            }
        }
    }
    Some(keys)
}

/// Single addresses, each cut to the set's netmask.
fn hosts(text: &str, netmask: Option<u8>, most: usize) -> Option<Vec<IpNet>> {
    let (first, last) = match text.split_once('-') {
        Some((first, last)) => (first.parse().ok()?, last.parse().ok()?),
        None => match net(text)? {
            IpNet::V4(net) if text.contains('/') => (net.network(), net.broadcast()),
            IpNet::V4(net) => (net.addr(), net.addr()),
            IpNet::V6(_) => return None,
        },
    };
    let (first, last): (Ipv4Addr, Ipv4Addr) = (first, last);
    if first > last {
        return None;
    }
    let cut = |address: u32| {
        let net = Ipv4Net::new(Ipv4Addr::from(address), netmask.unwrap_or(32)).ok()?.network();
        Some(IpNet::V4(Ipv4Net::new(net, 32).ok()?))
    };
    let mut all: Vec<IpNet> = (u32::from(first)..=u32::from(last)).take(most).filter_map(cut).collect();
    all.dedup();
    Some(all)
}

/// Networks; a range becomes the fewest that cover it.
fn nets(text: &str, most: usize) -> Option<Vec<IpNet>> {
    match text.split_once('-') {
        Some((first, last)) => {
            let (first, last): (Ipv4Addr, Ipv4Addr) = (first.parse().ok()?, last.parse().ok()?);
            (first <= last).then(|| Ipv4Subnets::new(first, last, 0).take(most).map(IpNet::V4).collect())
        }
        None => Some(vec![net(text)?.trunc()]),
    }
}

fn range(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (port(first)?, port(last)?);
    (first <= last).then_some((first, last))
}

/// `[PROTOCOL:]PORT[-PORT]`; ICMP has a name or `TYPE/CODE`.
fn ports(text: &str) -> Option<(Protocol, u16, u16)> {
    let Some((name, rest)) = text.split_once(':') else {
        let (first, last) = range(text)?;
        return Some((Protocol::Tcp, first, last));
    };
    let protocol = protocol(name)??;
    if protocol == Protocol::Icmp {
        let (kind, code) = match rest.split_once('/') {
            Some((kind, code)) => (byte(kind)?, byte(code)?),
            None if number(rest).is_some() => return None,
            None => icmp_by_name(rest)?,
        };
        let port = u16::from_be_bytes([kind, code]);
        return Some((protocol, port, port));
    }
    let (first, last) = range(rest)?;
    Some((protocol, first, last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::ipset::write::write_sets;

    fn read(text: &str) -> Result<BTreeMap<Arc<str>, IpSet>, Vec<SetError>> {
        parse_sets(text, &Limits { elements: 70_000, ..Limits::default() }, &mut |_| CauseId(0))
    }

    fn check(text: &str, expected: &str) {
        let sets = read(text).unwrap();
        let mut out = String::new();
        write_sets(&mut out, &sets).unwrap();
        assert_eq!(out, expected);
        assert_eq!(read(&out), Ok(sets), "what is printed reads back");
    }

    fn refused(text: &str, line: u32, column: u32, code: &str) {
        let errors = read(text).unwrap_err();
        let have: Vec<_> = errors.iter().map(|error| (error.line, error.column, error.kind.code())).collect();
        assert_eq!(have, [(line, column, code)], "{text}");
    }

    /// Lines of the real `ipset save`.
    const SAVED: &str = r#"create a hash:ip family inet hashsize 1024 maxelem 65536 netmask 24 timeout 100 comment bucketsize 12 initval 0xf9be73ac
add a 10.0.1.0 timeout 6
add a 10.0.0.0 timeout 99 comment "x y"
create bp bitmap:port range 0-1023
add bp 80
create ip hash:ip,port family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0xd81037ae
add ip 10.0.0.3,icmp:fragmentation-needed
add ip 10.0.0.1,tcp:80
add ip 10.0.0.3,sctp:80
add ip 10.0.0.3,ipencap:0
add ip 10.0.0.1,udp:53
add ip 10.0.0.1,icmp:echo-request
create ipi hash:ip,port,ip family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0xe57c5069
add ipi 10.0.0.1,tcp:80,10.0.0.2
create ipn hash:ip,port,net family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x308fa5d4
add ipn 10.0.0.1,tcp:80,10.0.0.0/8
create n hash:net family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x82ff244b
add n 10.0.0.0/24
add n 10.0.0.128/25 nomatch
add n 10.1.0.5
create np hash:net,port family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0xe76e6154
add np 10.0.0.0/24,tcp:80
create l list:set size 8
add l a
add l n
"#;

    #[test]
    fn saved_sets_come_back_as_they_were() {
        check(SAVED, SAVED);
    }

    #[test]
    fn ranges_are_counted_out() {
        check(
            "create r hash:ip\nadd r 10.0.0.0/31\nadd r 10.5.0.1-10.5.0.2\n",
            "create r hash:ip\nadd r 10.0.0.0\nadd r 10.0.0.1\nadd r 10.5.0.1\nadd r 10.5.0.2\n",
        );
        check(
            "create p hash:ip,port\nadd p 10.0.0.1,80-81\n",
            "create p hash:ip,port\nadd p 10.0.0.1,tcp:80\nadd p 10.0.0.1,tcp:81\n",
        );
        check(
            "create n hash:net\nadd n 10.0.0.1-10.0.0.4\n",
            "create n hash:net\nadd n 10.0.0.1\nadd n 10.0.0.2/31\nadd n 10.0.0.4\n",
        );
        check("create m hash:ip netmask 24\nadd m 10.0.0.7\n", "create m hash:ip netmask 24\nadd m 10.0.0.0\n");
    }

    #[test]
    fn errors_say_where() {
        refused("create x hash:mac", 1, 10, "unknown-type");
        refused("create x hash:ip family inet6", 1, 25, "value");
        refused("create x hash:ip\ncreate x hash:ip", 2, 8, "set-exists");
        refused("add x 10.0.0.1", 1, 5, "no-set");
        refused("create x hash:ip\nadd x 10.0.0.1,80", 2, 7, "value");
        refused("create x hash:ip\nadd x", 2, 5, "missing");
        refused("destroy x y", 1, 1, "unknown-command");
        refused("create l list:set\nadd l x", 2, 7, "no-set");
        refused("create x hash:ip\nadd x 10.0.0.0/8", 2, 7, "too-many-elements");
        refused("create x hash:ip,port\nadd x 0.0.0.0/0,0-65535", 2, 7, "too-many-elements");
        refused("create x hash:ip\nadd x 10.0.0.1 comment \"a", 2, 24, "open-quote");
    }
}
