//! Rules as they come together: chains of lines, each with its cause.

use kernel::config::NetworkBuilder;
use kernel::ids::NetnsId;
use kernel::text::iptables::read::{Limits, merge};
use kubernetes::origin::CauseId;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Far above what the containers of one host need: the input's own bounds come first.
const LIMITS: Limits = Limits { bytes: 256 << 20, line: 1 << 10, rules: 2_000_000, chains: 1_000, errors: 1 };

/// A table of iptables(8) that the engine writes into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Table {
    Raw,
    Filter,
    Nat,
}

impl Table {
    fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Filter => "filter",
            Self::Nat => "nat",
        }
    }

    /// The chains that every such table has.
    fn built_in(self) -> &'static [&'static str] {
        match self {
            Self::Raw => &["PREROUTING", "OUTPUT"],
            Self::Filter => &["INPUT", "FORWARD", "OUTPUT"],
            Self::Nat => &["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"],
        }
    }
}

/// A rule of a chain, without its `-A CHAIN`, and why it is there.
type Line = (String, CauseId);

/// Chains in the order in which rules were put into them.
#[derive(Default)]
pub(super) struct Draft {
    chains: BTreeMap<(Table, &'static str), Vec<Line>>,
    /// The policy of `FORWARD` in the table `filter` is `DROP`.
    drops: Option<CauseId>,
}

impl Draft {
    /// Makes a chain, if it is not there.
    pub(super) fn chain(&mut self, table: Table, chain: &'static str) {
        self.chains.entry((table, chain)).or_default();
    }

    /// `iptables -A`.
    pub(super) fn append(&mut self, table: Table, chain: &'static str, rule: impl Into<String>, cause: CauseId) {
        self.chains.entry((table, chain)).or_default().push((rule.into(), cause));
    }

    /// `iptables -I`.
    pub(super) fn insert(&mut self, table: Table, chain: &'static str, rule: impl Into<String>, cause: CauseId) {
        self.chains.entry((table, chain)).or_default().insert(0, (rule.into(), cause));
    }

    /// `iptables -C … || iptables -A`.
    pub(super) fn append_once(&mut self, table: Table, chain: &'static str, rule: String, cause: CauseId) {
        if !self.has(table, chain, &rule) {
            self.append(table, chain, rule, cause);
        }
    }

    /// `iptables -C … || iptables -I`.
    pub(super) fn insert_once(&mut self, table: Table, chain: &'static str, rule: String, cause: CauseId) {
        if !self.has(table, chain, &rule) {
            self.insert(table, chain, rule, cause);
        }
    }

    fn has(&self, table: Table, chain: &'static str, rule: &str) -> bool {
        // What is there twice was written for the same container, a moment ago.
        let lines = self.chains.get(&(table, chain)).map_or(&[][..], Vec::as_slice);
        let (first, last) = (lines.iter().take(RECENT), lines.iter().rev().take(RECENT));
        first.chain(last).any(|(line, _)| line == rule)
    }

    /// `iptables -P FORWARD DROP`.
    pub(super) fn drop_forwarded(&mut self, cause: CauseId) {
        self.drops = Some(cause);
    }

    /// Writes them into a machine's kernel, behind what is there.
    pub(super) fn write(&self, builder: &mut NetworkBuilder, netns: NetnsId) {
        let (text, causes) = self.text();
        let mut cause = |line: u32| {
            let at = (line as usize).saturating_sub(1);
            causes.get(at).copied().unwrap_or_default()
        };
        let merged = merge(&mut builder.netns(netns).xtables, &text, &LIMITS, &mut cause);
        debug_assert!(merged.is_ok(), "{merged:?}\n{text}");
    }

    /// As `iptables-save` prints it, and the cause of each line.
    pub(super) fn text(&self) -> (String, Vec<CauseId>) {
        let (mut text, mut causes) = (String::new(), Vec::new());
        let mut say = |line: std::fmt::Arguments<'_>, cause: CauseId| {
            let _ = writeln!(text, "{line}");
            causes.push(cause);
        };
        for table in [Table::Raw, Table::Filter, Table::Nat] {
            let own = || self.chains.iter().filter(|((of, _), _)| *of == table);
            let Some((_, first)) = own().next() else { continue };
            let any =
                own().flat_map(|(_, lines)| lines).chain(first).next().map(|(_, cause)| *cause).unwrap_or_default();
            say(format_args!("*{}", table.name()), any);
            for chain in table.built_in() {
                let dropped = self.drops.filter(|_| table == Table::Filter && *chain == "FORWARD");
                let policy = if dropped.is_some() { "DROP" } else { "ACCEPT" };
                say(format_args!(":{chain} {policy} [0:0]"), dropped.unwrap_or(any));
            }
            for ((_, chain), lines) in own().filter(|((_, chain), _)| !table.built_in().contains(chain)) {
                let cause = lines.first().map_or(any, |(_, cause)| *cause);
                say(format_args!(":{chain} - [0:0]"), cause);
            }
            for ((_, chain), lines) in own() {
                for (rule, cause) in lines {
                    say(format_args!("-A {chain} {rule}"), *cause);
                }
            }
            say(format_args!("COMMIT"), any);
        }
        (text, causes)
    }
}

/// Rules that are compared with one that may be there.
const RECENT: usize = 256;
