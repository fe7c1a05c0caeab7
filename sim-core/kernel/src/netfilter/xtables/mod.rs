//! Walking a table's chains (`ipt_do_table` in net/ipv4/netfilter/ip_tables.c).

mod matches;

use crate::config::xtables::{Chain, ConnMark, Rule, Table, Target, TtlChange};
use crate::config::{Hook, NatRange, Policy};
use crate::ids::{ChainId, RuleId, RuleRef, TableRef};
use crate::netfilter::conntrack;
use crate::netfilter::conntrack::Tracked;
use crate::netfilter::position::ChainPosition;
use crate::netfilter::verdict::{NatRequest, Seen, TableVerdict};
use crate::packet::Mark;
use crate::state::KernelState;
use crate::walk::{Assumed, Chooser, Event, NatKind, Skb, Verdict};
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr};

pub(super) struct Runner<'a, 'b> {
    table: &'a Table,
    pub(super) hook: Hook,
    pub(super) seen: &'a Seen<'a>,
    pub(super) skb: &'b mut Skb,
    pub(super) state: &'b mut KernelState,
    pub(super) chooser: &'b mut dyn Chooser,
    pub(super) events: &'b mut Vec<Event>,
    untrack: &'b mut bool,
}

/// Runs the built-in chain of `table` at `hook`. `untrack` is set when a rule takes the packet out of tracking.
#[allow(clippy::too_many_arguments)]
pub(crate) fn run(
    table: &Table,
    hook: Hook,
    seen: &Seen<'_>,
    skb: &mut Skb,
    state: &mut KernelState,
    chooser: &mut dyn Chooser,
    events: &mut Vec<Event>,
    untrack: &mut bool,
) -> TableVerdict {
    let Some(base) = table.base(hook) else { return TableVerdict::Accept };
    Runner { table, hook, seen, skb, state, chooser, events, untrack }.run(base)
}

impl Runner<'_, '_> {
    /// Passes over the rules of a long chain that cannot match, without looking at each.
    fn jump(&mut self, chain: &Chain, position: &mut ChainPosition, table: TableRef) {
        let Some(index) = self.table.index(position.chain) else { return };
        let to = index.candidate(&self.skb.packet, position.next).unwrap_or(RuleId::at(chain.rules.len()));
        while position.next < to
            && let Some(rule) = chain.rules.get(position.next.index())
        {
            let at = RuleRef { table, chain: position.chain, id: position.next };
            let Err(failed) = self.matches(rule, at) else { return };
            let end = index.alike(position.next).map_or(to, |end| end.min(to));
            position.skip_to(end, failed);
        }
    }

    fn run(&mut self, base: ChainId) -> TableVerdict {
        let name = TableRef::Xtables(self.table.name);
        self.events.push(Event::Chain { table: name, chain: base, from: None });
        let mut stack = vec![ChainPosition::at(base)];
        // A jump stack deeper than the number of chains is a loop; the kernel refuses such a table when it is loaded.
        while let Some(position) = stack.last_mut() {
            let chain = self.table.get(position.chain);
            self.jump(chain, position, name);
            let Some(rule) = chain.rules.get(position.next.index()) else {
                let skipped = std::mem::take(&mut position.skipped);
                let ended = position.chain;
                stack.pop();
                let last = stack.is_empty();
                let policy = if last { self.table.get(base).base.map(|(_, policy)| policy) } else { None };
                // A chain that the built-in one went to for good ends without a policy of its own.
                let own = policy.filter(|_| ended == base);
                self.events.push(Event::ChainEnd { table: name, chain: ended, skipped, policy: own });
                if last && ended != base {
                    self.events.push(Event::ChainEnd { table: name, chain: base, skipped: Vec::new(), policy });
                }
                if policy == Some(Policy::Drop) {
                    return TableVerdict::PolicyDrop(base);
                }
                continue;
            };
            let at = RuleRef { table: name, chain: position.chain, id: position.next };
            position.next.0 += 1;
            if let Err(failed) = self.matches(rule, at) {
                position.skip(1, failed);
                continue;
            }
            let skipped = std::mem::take(&mut position.skipped);
            let (verdict, done) = self.apply(rule, at);
            self.events.push(Event::Rule { rule: at, skipped, verdict });
            self.effect(&rule.target, at);
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
                    stack.push(ChainPosition::at(to));
                }
                _ => {}
            }
        }
        TableVerdict::Accept
    }

    /// What a matching rule does: the verdict to show, and the table's decision when it ends here.
    fn apply(&mut self, rule: &Rule, at: RuleRef) -> (Verdict, Option<TableVerdict>) {
        let nat = |kind, range, own_address| {
            (Verdict::Nat, Some(TableVerdict::Nat(at, NatRequest { kind, range, own_address })))
        };
        match &rule.target {
            Target::None | Target::Mark { .. } | Target::ConnMark(_) | Target::Ttl(_) => (Verdict::Continue, None),
            // `xt_ct_target`: what belongs to a connection already stays with it.
            Target::Zone(zone) => {
                if !matches!(self.seen.tracked, Tracked::Entry(..)) {
                    self.skb.zone = *zone;
                }
                (Verdict::Continue, None)
            }
            Target::Log(_) | Target::Nflog(_) | Target::Trace => (Verdict::Continue, None),
            Target::Accept => (Verdict::Accept, Some(TableVerdict::Accept)),
            Target::Drop => (Verdict::Drop, Some(TableVerdict::Drop(at))),
            Target::Return => (Verdict::Return, None),
            Target::Jump(to) => (Verdict::Jump(*to), None),
            Target::Goto(to) => (Verdict::Goto(*to), None),
            Target::Reject(with) => (Verdict::Reject(*with), Some(TableVerdict::Reject(at, *with))),
            Target::Dnat(range) => nat(NatKind::Destination, *range, false),
            Target::Redirect(range) => nat(NatKind::Destination, *range, true),
            Target::Snat(range) => nat(NatKind::Source, *range, false),
            Target::Masquerade(range) => nat(NatKind::Source, *range, true),
            Target::Netmap(net) => {
                let ip = &self.skb.packet.ip;
                let (kind, have) = match self.hook {
                    Hook::Prerouting | Hook::Output => (NatKind::Destination, ip.dst),
                    _ => (NatKind::Source, ip.src),
                };
                nat(kind, NatRange::to(mapped(*net, have)), false)
            }
            Target::NoTrack | Target::NoTrackAlias => {
                *self.untrack = true;
                (Verdict::Continue, None)
            }
            Target::Unknown { name, .. } => {
                self.events.push(Event::Assumed(Assumed::TargetSkipped { rule: at, target: name.clone() }));
                (Verdict::Continue, None)
            }
        }
    }

    /// What a matching rule changes beside the verdict.
    fn effect(&mut self, target: &Target, at: RuleRef) {
        match target {
            Target::Mark { value, mask } => self.mark((self.skb.mark.0 & !mask) ^ value, at),
            Target::ConnMark(what) => self.connection_mark(*what, at),
            Target::Ttl(change) => {
                let before = self.skb.packet.ip.ttl;
                let after = match change {
                    TtlChange::Set(value) => *value,
                    TtlChange::Increase(by) => before.saturating_add(*by),
                    TtlChange::Decrease(by) => before.saturating_sub(*by),
                };
                self.skb.packet.ip.ttl = after;
                self.events.push(Event::TtlSet { rule: at, before, after });
            }
            Target::Log(_) | Target::Nflog(_) | Target::Trace => self.events.push(Event::Logged { rule: at }),
            _ => {}
        }
    }

    fn mark(&mut self, mark: u32, rule: RuleRef) {
        let before = self.skb.mark;
        self.skb.mark = Mark(mark);
        self.events.push(Event::Marked { rule, before, after: self.skb.mark });
    }

    /// `connmark_tg` (net/netfilter/xt_connmark.c); a packet without a connection is passed over.
    fn connection_mark(&mut self, what: ConnMark, rule: RuleRef) {
        let Tracked::Entry(id, ..) = self.seen.tracked else { return };
        let Some(entry) = conntrack::entry_mut(self.state, self.seen.id, id) else { return };
        let before = entry.mark;
        let after = match what {
            ConnMark::Set { value, mask } => (before.0 & !mask) ^ value,
            ConnMark::Save { packet_mask, ct_mask } => (before.0 & !ct_mask) ^ (self.skb.mark.0 & packet_mask),
            ConnMark::Restore { packet_mask, ct_mask } => {
                return self.mark((self.skb.mark.0 & !packet_mask) ^ (before.0 & ct_mask), rule);
            }
        };
        entry.mark = Mark(after);
        self.events.push(Event::ConnMarked { rule, entry: id, before, after: Mark(after) });
    }
}

/// NETMAP: the network part of `net` with the host part of `address`.
fn mapped(net: IpNet, address: IpAddr) -> IpAddr {
    match (net, address) {
        (IpNet::V4(net), IpAddr::V4(address)) => {
            let mask = u32::from(net.netmask());
            IpAddr::V4(Ipv4Addr::from((u32::from(net.addr()) & mask) | (u32::from(address) & !mask)))
        }
        _ => net.addr(),
    }
}
