//! `iptables-save` as version 1.8 prints it.

mod matches;
mod names;
mod parts;
mod target;

pub use names::{protocol_name, protocol_number, reject_name};

use crate::config::Policy;
use crate::config::xtables::{Chain, Rule, Table, Xtables};
use crate::ids::{CauseId, TableName};
use matches::write_match;
use parts::{bang, option, write_dev, write_name, write_net};
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
            // Such a line has no quotes: a blank ends the name.
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
    out.write_str("-A ")?;
    write_name(out, chain)?;
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
