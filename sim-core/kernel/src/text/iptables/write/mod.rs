//! `iptables-save` as version 1.8 prints it.

mod matches;
mod names;
mod target;

pub use names::{protocol_name, protocol_number, reject_name};

use crate::config::xtables::{Chain, DevMatch, Neg, Rule, Table, Xtables};
use crate::config::{Policy, PortRange};
use crate::ids::{CauseId, TableName};
use ipnet::IpNet;
use matches::write_match;
use std::fmt::{self, Write};
use target::write_target;

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
        // Built-in chains keep their order, user chains are sorted by name.
        let mut chains: Vec<&Chain> = table.chains.iter().filter(|chain| chain.base.is_some()).collect();
        let others = table.chains.iter().filter(|chain| chain.base.is_none() && wanted(chain.cause));
        let mut others: Vec<([u8; 32], &Chain)> = others.map(|chain| (start(&chain.name), chain)).collect();
        others.sort_by(|(a, a_chain), (b, b_chain)| a.cmp(b).then_with(|| a_chain.name.cmp(&b_chain.name)));
        chains.extend(others.into_iter().map(|(_, chain)| chain));
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

/// The first bytes of a name: nearly always enough to compare, without following a pointer.
fn start(name: &str) -> [u8; 32] {
    let mut start = [0; 32];
    for (to, from) in start.iter_mut().zip(name.bytes()) {
        *to = from;
    }
    start
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
    for (name, dev) in [(" -i ", &ip.in_dev), (" -o ", &ip.out_dev)] {
        if let Some(dev) = dev {
            bang(out, dev.not)?;
            out.write_str(name)?;
            write_dev(out, &dev.value)?;
        }
    }
    option(out, " -p", &ip.protocol, |out, protocol| out.write_str(&protocol_name(*protocol)))?;
    if let Some(fragment) = ip.fragment {
        out.write_str(if fragment.not { " ! -f" } else { " -f" })?;
    }
    for part in &rule.matches {
        write_match(out, part, table.ipv6)?;
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
    bang(out, value.not)?;
    out.write_str(name)?;
    out.write_char(' ')?;
    write(out, &value.value)
}

/// ` !` where something is inverted.
fn bang(out: &mut impl Write, not: bool) -> fmt::Result {
    if not { out.write_str(" !") } else { Ok(()) }
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

/// `VALUE/MASK`, without a mask of all bits.
fn write_masked(out: &mut impl Write, value: u32, mask: u32) -> fmt::Result {
    write!(out, "0x{value:x}")?;
    if mask == u32::MAX { Ok(()) } else { write!(out, "/0x{mask:x}") }
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
        // A line that ends inside a quoted text would start another rule.
        out.write_char(if matches!(c, '\n' | '\r') { ' ' } else { c })?;
    }
    out.write_char('"')
}

/// `text` after a space, or nothing.
fn write_rest(out: &mut impl Write, text: &str) -> fmt::Result {
    if text.is_empty() { Ok(()) } else { write!(out, " {text}") }
}
