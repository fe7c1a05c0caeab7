//! Rules of both engines and sets as they were seen.
//!
//! A rule that stands where an agent wrote the same keeps that agent's cause: whoever asks why it is there hears of the object and the line of the
//! input that it comes from. All others have the line of what was printed.

use super::caused::cause;
use super::seen::{Seen, Unread};
use crate::agents::write::Writer;
use kernel::config::Netns;
use kernel::config::nft::{self, Family};
use kernel::config::xtables::{Match, Target, Xtables};
use kernel::ids::{CauseId, NetnsId, TableName};
use kernel::packet::{Port, Protocol};
use kernel::text::ipset::read as sets;
use kernel::text::iptables::read::{self, Limits, parse_save};
use kernel::text::iptables::write::write_rule;
use kernel::text::nft::read::{NftLimits, Source, parse};
use kernel::text::nft::write as nft_write;
use kubernetes::cluster::model::{GivenPart, GivenSpace, Tool};
use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Bytes, lines and rules of one text; what a machine has may be large.
const LIMITS: Limits = Limits { bytes: 128 << 20, line: 64 << 10, rules: 1_000_000, chains: 400_000, errors: 200 };
/// How often a text is read again without what was wrong with it.
const ROUNDS: usize = 4;
/// Lines of iptables-save that are named of those that cannot be read.
const NAMED: usize = 50;

/// Writes them.
pub(super) fn write(writer: &mut Writer<'_>, seen: &mut Seen, space: &GivenSpace, netns: NetnsId, before: &Netns) {
    // Sets first: rules look into them.
    if let Some(part) = space.part(Tool::Ipset) {
        ipsets(writer, seen, part, netns);
    }
    let four = space.part(Tool::Iptables).and_then(|part| iptables(writer, seen, part, &before.xtables));
    if let Some(tables) = four {
        writer.builder.netns(netns).xtables = tables;
    }
    let six = space.part(Tool::Ip6tables).and_then(|part| iptables(writer, seen, part, &before.xtables6));
    if let Some(mut tables) = six {
        tables.tables.values_mut().for_each(|table| table.ipv6 = true);
        writer.builder.netns(netns).xtables6 = tables;
    }
    if let Some(part) = space.part(Tool::Nft) {
        let managed = [space.part(Tool::Iptables).is_some(), space.part(Tool::Ip6tables).is_some()];
        let tables = nftables(writer, seen, part, managed, before);
        writer.builder.netns(netns).nft = nft::Ruleset::new(tables);
    }
}

/// Without the counters that `-c` prints in front of rules, line for line.
fn without_counters(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let bare = line.strip_prefix('[').and_then(|rest| rest.split_once("] "));
        let counted = |numbers: &str| numbers.bytes().all(|byte| byte.is_ascii_digit() || byte == b':');
        match bare.filter(|(numbers, rest)| counted(numbers) && rest.starts_with('-')) {
            Some((_, rest)) => out.push_str(rest),
            None => out.push_str(line),
        }
    }
    out
}

/// The tables of a dump, without the lines that cannot be read; `None` where it cannot be read at all: what agents wrote stays then, and is leaned
/// on.
fn iptables(writer: &mut Writer<'_>, seen: &mut Seen, part: &GivenPart, before: &Xtables) -> Option<Xtables> {
    let mut text = without_counters(part.text());
    let mut found: Option<Xtables> = None;
    for _ in 0..ROUNDS {
        let read = {
            let mut at = |line: u32| cause(writer, part, line);
            parse_save(&text, &LIMITS, &mut at)
        };
        match read {
            Ok(tables) => {
                found = Some(tables);
                break;
            }
            Err(errors) => {
                let lines: BTreeMap<u32, String> =
                    errors.0.iter().map(|error| (error.line, error.kind.code().to_owned())).collect();
                let named = lines.iter().take(NAMED).map(|(line, reason)| {
                    let own = text.lines().nth((*line as usize).saturating_sub(1)).unwrap_or_default().trim();
                    Unread { part: part.clone(), line: *line, text: Arc::from(own), reason: Arc::from(&**reason) }
                });
                seen.unread.extend(named);
                // A line that is about the text as a whole cannot be left out.
                if lines.contains_key(&0) {
                    break;
                }
                text = (1u32..)
                    .zip(text.split_inclusive('\n'))
                    .map(|(line, own)| if lines.contains_key(&line) { "\n" } else { own })
                    .collect();
                if errors.0.iter().any(|error| matches!(error.kind, read::SaveErrorKind::NoCommit(_))) {
                    text.push_str("\nCOMMIT\n");
                }
            }
        }
    }
    let mut tables = found?;
    keep_causes(&mut tables, before);
    Some(tables)
}

/// Rules that are the same as before keep their cause.
fn keep_causes(tables: &mut Xtables, before: &Xtables) {
    for (name, table) in &mut tables.tables {
        let Some(old) = before.tables.get(name) else { continue };
        let mut known: HashMap<(Arc<str>, String), Vec<CauseId>> = HashMap::new();
        for chain in old.chains.iter() {
            for rule in chain.rules.iter() {
                known.entry((chain.name.clone(), text_of(old, &chain.name, rule))).or_default().push(rule.cause);
            }
        }
        let written = table.clone();
        for chain in table.chains.iter_mut() {
            if let Some(same) = old.find(&chain.name).and_then(|id| old.chains.get(id)) {
                chain.cause = same.cause;
            }
            let name = chain.name.clone();
            for rule in chain.rules.iter_mut() {
                let key = (name.clone(), text_of(&written, &name, rule));
                if let Some(cause) = known.get_mut(&key).and_then(Vec::pop) {
                    rule.cause = cause;
                }
            }
        }
    }
}

pub(super) fn text_of(
    table: &kernel::config::xtables::Table,
    chain: &str,
    rule: &kernel::config::xtables::Rule,
) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write_rule(&mut text, table, chain, rule);
    text
}

/// Tables of `nft list ruleset`, each read by itself: one that cannot be read costs no other. Those that `iptables` shows are its.
fn nftables(
    writer: &mut Writer<'_>,
    seen: &mut Seen,
    part: &GivenPart,
    managed: [bool; 2],
    before: &Netns,
) -> Vec<nft::Table> {
    let mut all = Vec::new();
    for (line, text, of_iptables) in tables_of(part.text()) {
        let mut words = text.split_whitespace().skip(1);
        let (family, name) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let shown = match family {
            "ip" => managed[0],
            "ip6" => managed[1],
            _ => false,
        };
        let usual = matches!(name, "filter" | "nat" | "mangle" | "raw" | "security");
        if shown && usual && (of_iptables || text.contains(" xt ") || text.contains("counter packets")) {
            continue;
        }
        let own = cause(writer, part, line);
        match parse(text, Source::Listing, own, &NftLimits::default()) {
            Ok(read) => {
                for mut table in read.tables.iter().cloned() {
                    by_line(writer, part, (line, text), &mut table);
                    let same =
                        before.nft.tables.iter().find(|old| (old.family, &old.name) == (table.family, &table.name));
                    if let Some(old) = same {
                        keep_nft_causes(&mut table, old);
                    }
                    all.push(table);
                }
            }
            Err(error) => {
                let at = line + error.line.saturating_sub(1);
                let wrong = text.lines().nth(error.line.saturating_sub(1) as usize).unwrap_or_default().trim();
                let reason = Arc::from(error.kind.code());
                seen.unread.push(Unread { part: part.clone(), line: at, text: Arc::from(wrong), reason });
            }
        }
    }
    all
}

/// Gives each rule of a listed table the cause of its own line: a listing has one rule a line, in order.
fn by_line(writer: &mut Writer<'_>, part: &GivenPart, (first, text): (u32, &str), table: &mut nft::Table) {
    let mut chain: Option<Arc<str>> = None;
    let mut lines: HashMap<Arc<str>, Vec<u32>> = HashMap::new();
    for (number, line) in (first..).zip(text.lines()) {
        let bare = line.trim();
        if let Some(name) = bare.strip_prefix("chain ").and_then(|rest| rest.strip_suffix(" {")) {
            chain = Some(Arc::from(name.trim_matches('"')));
        } else if bare == "}" {
            chain = None;
        } else if let Some(chain) = &chain {
            // What a base chain says of itself, and of any its comment.
            let own = ["type ", "policy ", "comment ", "flags ", "#"].iter().any(|word| bare.starts_with(word));
            if !own && !bare.is_empty() {
                lines.entry(chain.clone()).or_default().push(number);
            }
        }
    }
    for chain in table.chains.iter_mut() {
        let Some(lines) = lines.get(&chain.name).filter(|lines| lines.len() == chain.rules.len()) else { continue };
        for (rule, line) in chain.rules.iter_mut().zip(lines) {
            rule.cause = cause(writer, part, *line);
        }
    }
}

/// Each table of a listing with its first line, from 1, and whether a warning says that iptables has it.
fn tables_of(text: &str) -> Vec<(u32, &str, bool)> {
    let mut all = Vec::new();
    let mut open: Option<(usize, u32, bool)> = None;
    let (mut at, mut warned) = (0, false);
    for (number, line) in (1u32..).zip(text.split_inclusive('\n')) {
        if line.starts_with("# Warning: table ") {
            warned = line.contains("iptables-nft") || line.contains("ip6tables-nft");
        } else if line.starts_with("table ") && open.is_none() {
            open = Some((at, number, warned));
            warned = false;
        } else if line.trim_end() == "}"
            && let Some((start, first, of_iptables)) = open.take()
        {
            all.push((first, text.get(start..at + line.len()).unwrap_or_default(), of_iptables));
        }
        at += line.len();
    }
    if let Some((start, first, of_iptables)) = open {
        all.push((first, text.get(start..).unwrap_or_default(), of_iptables));
    }
    all
}

fn keep_nft_causes(table: &mut nft::Table, old: &nft::Table) {
    table.cause = old.cause;
    let mut known: HashMap<(Arc<str>, String), Vec<CauseId>> = HashMap::new();
    for chain in old.chains.iter() {
        for rule in chain.rules.iter() {
            known.entry((chain.name.clone(), nft_text(old, rule))).or_default().push(rule.cause);
        }
    }
    let written = table.clone();
    for chain in table.chains.iter_mut() {
        if let Some(same) = old.find_chain(&chain.name).and_then(|id| old.chain(id)) {
            chain.cause = same.cause;
        }
        let name = chain.name.clone();
        for rule in chain.rules.iter_mut() {
            if let Some(cause) = known.get_mut(&(name.clone(), nft_text(&written, rule))).and_then(Vec::pop) {
                rule.cause = cause;
            }
        }
    }
}

/// A rule's text without what it counted.
pub(super) fn nft_text(table: &nft::Table, rule: &nft::Rule) -> String {
    let mut text = String::new();
    let _ = nft_write::write_rule(&mut text, table, rule);
    let mut out: Vec<&str> = Vec::new();
    let mut words = text.split(' ').peekable();
    while let Some(word) = words.next() {
        out.push(word);
        if word == "counter" && words.peek() == Some(&"packets") {
            (0..4).for_each(|_| {
                words.next();
            });
        }
    }
    out.join(" ")
}

fn ipsets(writer: &mut Writer<'_>, seen: &mut Seen, part: &GivenPart, netns: NetnsId) {
    let read = {
        let mut at = |line: u32| cause(writer, part, line);
        sets::parse_sets(part.text(), &sets::Limits::default(), &mut at)
    };
    let text = match read {
        Ok(sets) => {
            writer.builder.netns(netns).sets = sets;
            return;
        }
        Err(errors) => {
            let lines: BTreeMap<u32, &'static str> =
                errors.iter().map(|error| (error.line, error.kind.code())).collect();
            for (line, reason) in lines.iter().take(NAMED) {
                let own = part.text().lines().nth((*line as usize).saturating_sub(1)).unwrap_or_default().trim();
                let reason = Arc::from(*reason);
                seen.unread.push(Unread { part: part.clone(), line: *line, text: Arc::from(own), reason });
            }
            // Without a set what is added to it is left out, too: of IPv6, for example.
            let lost = |line: &str| line.split_whitespace().nth(1).map(str::to_owned);
            let all: Vec<&str> = part.text().split_inclusive('\n').collect();
            let gone: Vec<String> = (1u32..)
                .zip(&all)
                .filter(|(at, line)| lines.contains_key(at) && line.starts_with("create "))
                .filter_map(|(_, line)| lost(line))
                .collect();
            let keep = |(at, line): (u32, &&str)| {
                let of_lost = lost(line).is_some_and(|name| gone.contains(&name));
                if lines.contains_key(&at) || of_lost { "\n".to_owned() } else { (*line).to_owned() }
            };
            (1u32..).zip(&all).map(keep).collect::<String>()
        }
    };
    let mut at = |line: u32| cause(writer, part, line);
    if let Ok(sets) = sets::parse_sets(&text, &sets::Limits::default(), &mut at) {
        writer.builder.netns(netns).sets = sets;
    }
}

/// Where DNAT leads that a machine was seen to do.
pub(super) fn targets(writer: &mut Writer<'_>, netns: NetnsId) -> Vec<(IpAddr, Port, Protocol)> {
    published(writer, netns).into_iter().map(|(_, protocol, to)| (to.ip(), Port(to.port()), protocol)).collect()
}

/// Ports that a machine was seen to send elsewhere: port, protocol, and where to.
pub(super) fn published(writer: &mut Writer<'_>, netns: NetnsId) -> Vec<(Port, Protocol, SocketAddr)> {
    let own = writer.builder.netns(netns);
    let mut all = Vec::new();
    if let Some(table) = own.xtables.tables.get(&TableName::Nat) {
        for rule in table.chains.iter().flat_map(|chain| chain.rules.iter()) {
            let Target::Dnat(range) = &rule.target else { continue };
            let protocol = rule.ip.protocol.as_ref().filter(|own| !own.not).map_or(Protocol::Tcp, |own| own.value);
            let asked = rule.matches.iter().find_map(destination);
            let Some(ip) = range.addresses.map(|(first, _)| first) else { continue };
            let port = range.ports.map(|ports| ports.first).or(asked);
            if let Some(port) = port {
                all.push((asked.unwrap_or(port), protocol, SocketAddr::new(ip, port.0)));
            }
        }
    }
    all.extend(published_by_nft(&own.nft));
    all
}

/// The one port that a match asks for.
fn destination(part: &Match) -> Option<Port> {
    let Match::Ports { dport: Some(port), .. } = part else { return None };
    (!port.not && port.value.first == port.value.last).then_some(port.value.first)
}

/// The same of rules of nftables whose text is plain: `… tcp dport 8080 dnat to 172.17.0.2:80`.
fn published_by_nft(rules: &nft::Ruleset) -> Vec<(Port, Protocol, SocketAddr)> {
    let mut all = Vec::new();
    for table in rules.tables.iter().filter(|table| matches!(table.family, Family::Ip | Family::Inet)) {
        for rule in table.chains.iter().flat_map(|chain| chain.rules.iter()) {
            let text = nft_text(table, rule);
            let Some((before, to)) =
                text.split_once("dnat ").and_then(|(before, to)| Some((before, to.split_once("to ")?.1)))
            else {
                continue;
            };
            let words: Vec<&str> = before.split_whitespace().collect();
            let at = words.iter().position(|word| *word == "dport");
            let asked = at.and_then(|at| words.get(at + 1)?.parse().ok()).map(Port);
            let udp = at.and_then(|at| words.get(at.checked_sub(1)?)) == Some(&"udp");
            let protocol = if udp { Protocol::Udp } else { Protocol::Tcp };
            let word = to.split_whitespace().next().unwrap_or_default();
            let to = word.parse::<SocketAddr>().ok().or_else(|| {
                let ip: IpAddr = word.parse().ok()?;
                Some(SocketAddr::new(ip, asked?.0))
            });
            if let Some(to) = to {
                all.push((asked.unwrap_or(Port(to.port())), protocol, to));
            }
        }
    }
    all
}
