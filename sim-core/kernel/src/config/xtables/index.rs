//! What a walk through a long chain jumps by: rules by exact address or by protocol and destination port.
//!
//! A rule that compares one address first fails by that address for every packet that has another; one that compares a port behind
//! parts it shares with its neighbours fails as they do for every packet of another port. Only rules that the packet's own address
//! or port leads to, and those that are neither kind, can match; between them one rule of each run of alike ones speaks for all.

use super::matches::Match;
use super::negated::Neg;
use super::rule::{Chain, IpMatch, Rule};
use crate::ids::{Arena, ChainId, RuleId};
use crate::packet::{Packet, Port, Protocol};
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Chains with fewer rules are walked rule by rule.
const SHORT: usize = 16;

/// The long chains of a table. No part of what the table is: two tables are equal whatever is known of them.
#[derive(Clone, Debug, Default)]
pub(super) struct TableIndex(pub(super) BTreeMap<ChainId, ChainIndex>);

impl PartialEq for TableIndex {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for TableIndex {}

impl TableIndex {
    pub(super) fn of(chains: &Arena<ChainId, Chain>) -> Self {
        let ids = chains.entries().filter(|(_, chain)| chain.rules.len() >= SHORT);
        Self(ids.map(|(id, chain)| (id, ChainIndex::of(&chain.rules))).collect())
    }
}

/// How a rule fails before anything else of it is looked at.
#[derive(PartialEq)]
enum Kind<'a> {
    /// By its one source address.
    Source,
    /// By its one destination address; the source is any.
    Destination,
    /// By protocol and destination port, behind parts that hold or fail alike for all rules that have them.
    Port(Protocol, &'a IpMatch, Vec<&'a Match>),
    /// Otherwise.
    Other,
}

/// The address a comparison is about, if it is a single one.
fn host(net: &Option<Neg<IpNet>>) -> Option<IpAddr> {
    net.filter(|net| !net.not && net.value.prefix_len() == net.value.max_prefix_len()).map(|net| net.value.addr())
}

/// How a rule fails, and by which key.
fn kind(rule: &Rule) -> (Kind<'_>, Key) {
    if let Some(address) = host(&rule.ip.src) {
        return (Kind::Source, Key::Source(address));
    }
    if rule.ip.src.is_none()
        && let Some(address) = host(&rule.ip.dst)
    {
        return (Kind::Destination, Key::Destination(address));
    }
    let mut before = Vec::new();
    for part in &rule.matches {
        match part {
            Match::Comment(_) | Match::Account(_) => {}
            Match::Ports { protocol, sport: None, dport: Some(Neg { not: false, value }), .. }
                if value.first == value.last =>
            {
                return (Kind::Port(*protocol, &rule.ip, before), Key::Port(*protocol, value.first));
            }
            part if part.is_pure() => before.push(part),
            _ => break,
        }
    }
    (Kind::Other, Key::None)
}

/// What leads a packet to a rule.
#[derive(Clone, Copy)]
enum Key {
    Source(IpAddr),
    Destination(IpAddr),
    Port(Protocol, Port),
    None,
}

/// One long chain. Every list is in order of key, then position.
#[derive(Clone, Debug, Default)]
pub(crate) struct ChainIndex {
    by_source: Vec<(IpAddr, RuleId)>,
    by_destination: Vec<(IpAddr, RuleId)>,
    by_port: Vec<((Protocol, Port), RuleId)>,
    /// Rules to look at with every packet.
    other: Vec<RuleId>,
    /// First rule of each run of alike ones.
    runs: Vec<RuleId>,
}

impl ChainIndex {
    fn of(rules: &[Rule]) -> Self {
        let mut index = Self::default();
        let mut last = None;
        for (at, rule) in (0..).map(RuleId).zip(rules) {
            let (kind, key) = kind(rule);
            match key {
                Key::Source(address) => index.by_source.push((address, at)),
                Key::Destination(address) => index.by_destination.push((address, at)),
                Key::Port(protocol, port) => index.by_port.push(((protocol, port), at)),
                Key::None => index.other.push(at),
            }
            if last.as_ref() != Some(&kind) {
                index.runs.push(at);
            }
            last = Some(kind);
        }
        index.by_source.sort_unstable();
        index.by_destination.sort_unstable();
        index.by_port.sort_unstable();
        index
    }

    /// The first rule from `from` on that may match; `None` when none may.
    pub(crate) fn candidate(&self, packet: &Packet, from: RuleId) -> Option<RuleId> {
        let port = packet.l4.destination_port().map(|port| (packet.l4.protocol(), port));
        let other = self.other.get(self.other.partition_point(|at| *at < from)).copied();
        let found = [
            after(&self.by_source, packet.ip.src, from),
            after(&self.by_destination, packet.ip.dst, from),
            port.and_then(|port| after(&self.by_port, port, from)),
            other,
        ];
        found.into_iter().flatten().min()
    }

    /// The end of the run of alike rules that `at` is in; `None` in the last.
    pub(crate) fn alike(&self, at: RuleId) -> Option<RuleId> {
        self.runs.get(self.runs.partition_point(|first| *first <= at)).copied()
    }
}

/// The first position of `key` from `from` on.
fn after<K: Ord + Copy>(list: &[(K, RuleId)], key: K, from: RuleId) -> Option<RuleId> {
    let at = list.partition_point(|entry| *entry < (key, from));
    list.get(at).filter(|(found, _)| *found == key).map(|(_, at)| *at)
}
