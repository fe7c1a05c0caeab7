//! Walking a table's chains (`ipt_do_table` in net/ipv4/netfilter/ip_tables.c).

use super::conntrack::{self, Tracked};
use super::xtables::{
    AddrType, ChainId, CtStates, DevMatch, IpMatch, Match, Neg, Policy, PortRange, RecentAction, RejectWith, Rule,
    Table, Target,
};
use super::{Hook, TableRef};
use crate::linux::live::Live;
use crate::linux::route;
use crate::linux::state::{LinkId, Netns, NetnsId};
use crate::linux::walk::{Assumed, Chooser, CtState, Event, FailedMatch, RuleRef, Skb, Skipped, Verdict};
use crate::packet::{L4, Mark, Port};
use std::net::IpAddr;

/// What a rule of the nat table asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NatRequest {
    /// New destination.
    Destination {
        /// Address; `None` is the address of the incoming device (REDIRECT).
        to: Option<IpAddr>,
        /// Ports to pick from.
        port: Option<PortRange>,
    },
    /// New source.
    Source {
        /// Address; `None` is the egress device's (MASQUERADE).
        to: Option<IpAddr>,
        /// Ports to pick from.
        port: Option<PortRange>,
        /// Always pick a random port.
        random_fully: bool,
    },
}

/// What a table decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TableVerdict {
    /// Go on.
    Accept,
    /// A rule said DROP.
    Drop(RuleRef),
    /// A policy said DROP.
    PolicyDrop(ChainId),
    /// A rule said REJECT.
    Reject(RuleRef, RejectWith),
    /// A nat rule asks for a translation.
    Nat(RuleRef, NatRequest),
}

/// Everything a match can look at.
pub(crate) struct Seen<'a> {
    /// Namespace.
    pub(crate) id: NetnsId,
    /// Its configuration.
    pub(crate) netns: &'a Netns,
    /// Incoming device as iptables sees it.
    pub(crate) in_dev: Option<LinkId>,
    /// Outgoing device as iptables sees it.
    pub(crate) out_dev: Option<LinkId>,
    /// What tracking says.
    pub(crate) tracked: Tracked,
}

struct Runner<'a, 'b> {
    table: &'a Table,
    seen: &'a Seen<'a>,
    skb: &'b mut Skb,
    live: &'b mut Live,
    chooser: &'b mut dyn Chooser,
    events: &'b mut Vec<Event>,
    untrack: &'b mut bool,
}

/// Runs the built-in chain of `table` at `hook`. `untrack` is set when a rule takes the packet out of tracking.
#[allow(clippy::too_many_arguments)]
pub(crate) fn run(
    table: &Table,
    hook: Hook,
    seen: &Seen<'_>,
    skb: &mut Skb,
    live: &mut Live,
    chooser: &mut dyn Chooser,
    events: &mut Vec<Event>,
    untrack: &mut bool,
) -> TableVerdict {
    let Some(base) = table.base(hook) else { return TableVerdict::Accept };
    Runner { table, seen, skb, live, chooser, events, untrack }.run(base)
}

/// A chain being walked.
struct Frame {
    chain: ChainId,
    next: u32,
    skipped: Vec<Skipped>,
}

impl Runner<'_, '_> {
    fn run(&mut self, base: ChainId) -> TableVerdict {
        let name = TableRef::Xtables(self.table.name);
        self.events.push(Event::Chain { table: name, chain: base, from: None });
        let mut stack = vec![Frame { chain: base, next: 0, skipped: Vec::new() }];
        // A jump stack deeper than the number of chains is a loop; the kernel refuses such a table when it is loaded.
        while let Some(frame) = stack.last_mut() {
            let chain = self.table.get(frame.chain);
            let Some(rule) = chain.rules.get(frame.next as usize) else {
                let skipped = std::mem::take(&mut frame.skipped);
                let ended = frame.chain;
                stack.pop();
                let policy = if stack.is_empty() { self.table.get(base).base.map(|(_, policy)| policy) } else { None };
                self.events.push(Event::ChainEnd { table: name, chain: ended, skipped, policy });
                if policy == Some(Policy::Drop) {
                    return TableVerdict::PolicyDrop(base);
                }
                continue;
            };
            let at = RuleRef { table: name, chain: frame.chain, index: frame.next };
            frame.next += 1;
            if let Err(failed) = self.matches(rule, at) {
                match frame.skipped.last_mut() {
                    Some(run) if run.failed == failed => run.count += 1,
                    _ => frame.skipped.push(Skipped { count: 1, failed }),
                }
                continue;
            }
            let skipped = std::mem::take(&mut frame.skipped);
            let (verdict, done) = self.apply(rule, at);
            self.events.push(Event::Rule { rule: at, skipped, verdict });
            if let Target::Mark { value, mask } = rule.target {
                let before = self.skb.mark;
                self.skb.mark = Mark((before.0 & !mask) ^ value);
                self.events.push(Event::Marked { rule: at, before, after: self.skb.mark });
            }
            if let Some(done) = done {
                return done;
            }
            match verdict {
                Verdict::Return => {
                    stack.pop();
                    if stack.is_empty() {
                        let policy = self.table.get(base).base.map(|(_, policy)| policy);
                        self.events.push(Event::ChainEnd { table: name, chain: base, skipped: Vec::new(), policy });
                        if policy == Some(Policy::Drop) {
                            return TableVerdict::PolicyDrop(base);
                        }
                    }
                }
                Verdict::Jump(to) | Verdict::Goto(to) => {
                    if matches!(verdict, Verdict::Goto(_)) {
                        stack.pop();
                    }
                    if stack.len() > self.table.chains.len() {
                        return TableVerdict::Accept;
                    }
                    self.events.push(Event::Chain { table: name, chain: to, from: Some(at) });
                    stack.push(Frame { chain: to, next: 0, skipped: Vec::new() });
                }
                _ => {}
            }
        }
        TableVerdict::Accept
    }

    /// What a matching rule does: the verdict to show, and the table's decision when it ends here.
    fn apply(&mut self, rule: &Rule, at: RuleRef) -> (Verdict, Option<TableVerdict>) {
        let nat = |request| (Verdict::Nat, Some(TableVerdict::Nat(at, request)));
        match &rule.target {
            Target::None | Target::Mark { .. } => (Verdict::Continue, None),
            Target::Accept => (Verdict::Accept, Some(TableVerdict::Accept)),
            Target::Drop => (Verdict::Drop, Some(TableVerdict::Drop(at))),
            Target::Return => (Verdict::Return, None),
            Target::Jump(to) => (Verdict::Jump(*to), None),
            Target::Goto(to) => (Verdict::Goto(*to), None),
            Target::Reject(with) => (Verdict::Reject(*with), Some(TableVerdict::Reject(at, *with))),
            Target::Dnat { to, port } => nat(NatRequest::Destination { to: Some(*to), port: *port }),
            Target::Redirect { port } => nat(NatRequest::Destination { to: None, port: *port }),
            Target::Snat { to, port, random_fully } => {
                nat(NatRequest::Source { to: Some(*to), port: *port, random_fully: *random_fully })
            }
            Target::Masquerade { random_fully } => {
                nat(NatRequest::Source { to: None, port: None, random_fully: *random_fully })
            }
            Target::NoTrack => {
                *self.untrack = true;
                (Verdict::Continue, None)
            }
            Target::Unknown { name, .. } => {
                self.events.push(Event::Assumed(Assumed::TargetSkipped { rule: at, target: name.clone() }));
                (Verdict::Continue, None)
            }
        }
    }

    /// `Ok` when every part of the rule matches, else the first part that does not, in the order the kernel compares.
    fn matches(&mut self, rule: &Rule, at: RuleRef) -> Result<(), FailedMatch> {
        self.ip_matches(&rule.ip)?;
        for part in &rule.matches {
            self.part_matches(part, at)?;
        }
        Ok(())
    }

    fn ip_matches(&self, ip: &IpMatch) -> Result<(), FailedMatch> {
        let header = &self.skb.packet.ip;
        let test = |holds: bool, failed| if holds { Ok(()) } else { Err(failed) };
        test(ip.src.as_ref().is_none_or(|want| want.holds(|net| net.contains(&header.src))), FailedMatch::Source)?;
        test(ip.dst.as_ref().is_none_or(|want| want.holds(|net| net.contains(&header.dst))), FailedMatch::Destination)?;
        let dev = |want: &DevMatch, have: Option<LinkId>| self.dev_matches(want, have);
        test(ip.in_dev.as_ref().is_none_or(|want| want.holds(|name| dev(name, self.seen.in_dev))), FailedMatch::InDev)?;
        test(
            ip.out_dev.as_ref().is_none_or(|want| want.holds(|name| dev(name, self.seen.out_dev))),
            FailedMatch::OutDev,
        )?;
        let protocol = self.skb.packet.protocol();
        test(ip.protocol.as_ref().is_none_or(|want| want.holds(|value| *value == protocol)), FailedMatch::Protocol)
    }

    fn dev_matches(&self, want: &DevMatch, have: Option<LinkId>) -> bool {
        let name = have.and_then(|dev| self.seen.netns.links.get(dev.0 as usize)).map_or("", |link| &*link.name);
        if want.prefix { name.starts_with(&*want.name) } else { name == &*want.name }
    }

    fn part_matches(&mut self, part: &Match, at: RuleRef) -> Result<(), FailedMatch> {
        let test = |holds: bool, failed| if holds { Ok(()) } else { Err(failed) };
        match part {
            Match::Comment(_) => Ok(()),
            Match::Ports { protocol, sport, dport } => {
                let l4 = &self.skb.packet.l4;
                test(l4.protocol() == *protocol, FailedMatch::Protocol)?;
                let within = |want: &Neg<PortRange>, have: Option<Port>| {
                    have.is_some_and(|have| want.holds(|range| range.first <= have && have <= range.last))
                };
                test(sport.as_ref().is_none_or(|want| within(want, l4.source_port())), FailedMatch::SourcePort)?;
                test(
                    dport.as_ref().is_none_or(|want| within(want, l4.destination_port())),
                    FailedMatch::DestinationPort,
                )
            }
            Match::CtState(want) => test(want.holds(|states| self.ct_matches(states)), FailedMatch::CtState),
            Match::Mark(want) => {
                let mark = self.skb.mark.0;
                test(want.holds(|(value, mask)| mark & mask == *value), FailedMatch::Mark)
            }
            Match::AddrType { src, dst } => {
                let ip = &self.skb.packet.ip;
                let is = |want: &Neg<AddrType>, address| {
                    want.holds(|kind| route::address_type(self.seen.netns, address) == *kind)
                };
                let src = src.as_ref().is_none_or(|want| is(want, ip.src));
                test(src && dst.as_ref().is_none_or(|want| is(want, ip.dst)), FailedMatch::AddrType)
            }
            Match::Random { not, threshold } => {
                test(self.chooser.random(self.seen.id, at, *threshold) != *not, FailedMatch::Random)
            }
            Match::Recent { name, action } => {
                let now = self.live.now;
                let list = self.live.recent.entry((self.seen.id, name.clone())).or_default();
                let src = self.skb.packet.ip.src;
                match action {
                    RecentAction::Set => {
                        list.insert(src, now);
                        Ok(())
                    }
                    RecentAction::Check { seconds } => {
                        list.retain(|_, seen| now.saturating_sub(*seen) <= u64::from(*seconds));
                        test(list.contains_key(&src), FailedMatch::Recent)
                    }
                }
            }
            Match::Unknown { module, .. } => {
                self.events.push(Event::Assumed(Assumed::MatchSkipped { rule: at, module: module.clone() }));
                Err(FailedMatch::Unknown)
            }
        }
    }

    fn ct_matches(&self, states: &CtStates) -> bool {
        match self.seen.tracked {
            Tracked::Entry(id, _, state) => {
                let entry = conntrack::entry(self.live, self.seen.id, id);
                let named = match state {
                    CtState::New => states.new,
                    CtState::Established => states.established,
                    CtState::Related => states.related,
                };
                named || entry.is_some_and(|entry| (states.snat && entry.snat) || (states.dnat && entry.dnat))
            }
            Tracked::Untracked => states.untracked,
            Tracked::Invalid | Tracked::Off => states.invalid,
        }
    }
}

impl<T> Neg<T> {
    /// Compares, inverted where `!` stands.
    pub(crate) fn holds(&self, compare: impl FnOnce(&T) -> bool) -> bool {
        compare(&self.value) != self.not
    }
}

/// Whether the packet of an ICMP error may be answered with another error (RFC 1122 section 3.2.2: never).
pub(crate) fn may_be_answered(l4: &L4) -> bool {
    !matches!(l4, L4::Icmp(icmp) if icmp.quoted().is_some())
}
