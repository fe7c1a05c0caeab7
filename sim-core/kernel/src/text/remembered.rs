//! What rules remember while packets pass: lists of `xt_recent`, and sets of nftables that rules add to.
//!
//! ```
//! use kernel::ids::{CauseId, NetnsId, NftTableId, SetId};
//! use kernel::config::nft::data::Datum;
//! use kernel::state::{KernelState, SetEntry};
//! use kernel::text::nft::read::{NftLimits, Source, parse};
//! use kernel::text::remembered::write_ruleset;
//!
//! let text = "table ip filter {\n\tset seen {\n\t\ttype ipv4_addr\n\t\tflags dynamic\n\t}\n}\n";
//! let ruleset = parse(text, Source::Listing, CauseId::default(), &NftLimits::default())?;
//! let mut state = KernelState::default();
//! let key = vec![Datum::from(std::net::Ipv4Addr::new(10, 0, 0, 1))];
//! let entry = SetEntry { key, data: None, expires: None, gone: false };
//! state.nft_sets.insert((NetnsId(0), NftTableId(0), SetId(0)), vec![entry]);
//! let mut printed = String::new();
//! write_ruleset(&mut printed, &ruleset, NetnsId(0), &state)?;
//! assert!(printed.contains("elements = { 10.0.0.1 }"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use super::nft::write as nft;
use crate::config::Netns;
use crate::config::nft::data::{Datum, Pattern};
use crate::config::nft::set::{Element, ElementData, Extra, Set};
use crate::config::nft::{Ruleset, Table};
use crate::config::xtables::Match;
use crate::ids::{Arena, CauseId, NetnsId, NftTableId, SetId};
use crate::state::{KernelState, SetEntry};
use std::collections::BTreeSet;
use std::fmt::{self, Write};
use std::sync::Arc;

/// The lists that rules name, each as its file below `/proc/net/xt_recent` reads (`recent_seq_show`), a comment with the file's name before
/// it. Times are seconds of the simulation, where the kernel counts ticks.
///
/// # Errors
/// Those of `out`.
pub fn write_recent(out: &mut impl Write, netns: &Netns, id: NetnsId, state: &KernelState) -> fmt::Result {
    let chains = netns.xtables.tables.values().flat_map(|table| &table.chains);
    let matches = chains.flat_map(|chain| &chain.rules).flat_map(|rule| &rule.matches);
    let names: BTreeSet<Arc<str>> = matches
        .filter_map(|part| match part {
            Match::Recent(recent) => Some(recent.name.clone()),
            _ => None,
        })
        .collect();
    for name in names {
        writeln!(out, "# /proc/net/xt_recent/{name}")?;
        for entry in state.recent.get(&(id, name)).into_iter().flatten() {
            let last = entry.seen.last().copied().unwrap_or_default();
            let count = entry.seen.len();
            write!(out, "src={} ttl: {} last_seen: {last} oldest_pkt: {count}", entry.address, entry.ttl)?;
            for (index, seen) in entry.seen.iter().enumerate() {
                write!(out, "{} {seen}", if index > 0 { "," } else { "" })?;
            }
            out.write_char('\n')?;
        }
    }
    Ok(())
}

/// A set with what rules made of it.
fn learned(set: &Set, entries: &[SetEntry], now: u64) -> Set {
    let plain = |key: &[Datum]| key.iter().cloned().map(Pattern::One).collect::<Vec<_>>();
    let mut set = set.clone();
    for entry in entries {
        let key = plain(&entry.key);
        set.elements.retain(|element| element.key != key);
        if entry.gone || entry.expires.is_some_and(|expires| expires <= now) {
            continue;
        }
        let data = entry.data.as_ref().map(|data| ElementData::Value(plain(data)));
        let mut element = Element::new(key, data, CauseId::default());
        let expires = entry.expires.map(|expires| expires - now);
        element.extra = expires.map(|_| Box::new(Extra { expires, ..Extra::default() }));
        set.elements.push(element);
    }
    set
}

fn with_learned(table: &Table, at: NftTableId, id: NetnsId, state: &KernelState) -> Arena<SetId, Set> {
    let now = state.now.saturating_mul(1000);
    let sets = table.sets.entries();
    sets.map(|(set_id, set)| match state.nft_sets.get(&(id, at, set_id)) {
        Some(entries) => learned(set, entries, now),
        None => set.clone(),
    })
    .collect()
}

/// `nft list sets`, of the sets that rules add to: those with `dynamic` or a timeout, with what is in them now.
///
/// # Errors
/// Those of `out`.
pub fn write_sets(out: &mut impl Write, netns: &Netns, id: NetnsId, state: &KernelState) -> fmt::Result {
    for (at, table) in netns.nft.tables.entries() {
        let mut sets = with_learned(table, at, id, state);
        sets.retain(|set| set.flags.dynamic || set.flags.timeout);
        if !sets.is_empty() {
            nft::write_table(out, &Table { sets, ..Table::new(table.family, &table.name, table.cause) })?;
        }
    }
    Ok(())
}

/// `nft list ruleset` with what rules added to sets.
///
/// # Errors
/// Those of `out`.
pub fn write_ruleset(out: &mut impl Write, ruleset: &Ruleset, id: NetnsId, state: &KernelState) -> fmt::Result {
    for (at, table) in ruleset.tables.entries() {
        if state.nft_sets.keys().any(|(netns, of, _)| (*netns, *of) == (id, at)) {
            let sets = with_learned(table, at, id, state);
            nft::write_table(out, &Table { sets, ..table.clone() })?;
        } else {
            nft::write_table(out, table)?;
        }
    }
    Ok(())
}
