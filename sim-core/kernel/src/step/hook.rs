//! One netfilter hook: everything registered there, in order of priority.

use super::flow::Flow;
use super::run::Run;
use super::{pieces, routing};
use crate::config::nft::ChainKind;
use crate::config::{CtDirection, Hook, RejectWith};
use crate::ids::{ChainId, CtId, LinkId, NftTableId, RuleRef, TableName, TableRef};
use crate::netfilter::conntrack::{self, Tracked};
use crate::netfilter::nat::{self, Spot};
use crate::netfilter::verdict::{NatRequest, Seen, Sender, TableVerdict};
use crate::netfilter::{nft, xtables};
use crate::packet::{L4, TcpFlags};
use crate::socket;
use crate::state::CtTcp;
use crate::walk::{AnswerKind, Assumed, CtAction, CtState, DropReason, Event, NatBy, NatKind, Place, Skb};
use std::net::IpAddr;

/// Rules that are registered at a hook.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rules {
    /// A built-in chain of an xtables table.
    Xtables(TableName),
    /// A base chain of an nftables table.
    Nft(NftTableId, ChainId),
}

impl Rules {
    fn table(self) -> TableRef {
        match self {
            Self::Xtables(name) => name.into(),
            Self::Nft(table, _) => TableRef::Nft(table),
        }
    }
}

/// What is registered at a hook.
#[derive(Clone, PartialEq, Eq)]
enum Registered {
    /// Rules.
    Rules(Rules),
    /// Address translation, with the rules it asks for a connection's first packet.
    Nat(Vec<Rules>),
    /// Connection tracking, lookup.
    Track,
    /// Connection tracking, insertion.
    Confirm,
}

/// Everything registered at `hook` in this namespace, by priority: raw −300, conntrack −200, mangle −150, nat −100 (destinations),
/// filter 0, security 50, nat 100 (sources), conntrack confirmation last; base chains of nftables where they say. Nat chains are all
/// called from the one place of nat, by their own priority (`nf_nat_register_fn`). Of equal priority, what was registered last runs
/// first (`nf_hook_entries_grow`): a later chain of nftables before an earlier one, and both before xtables, which are taken as loaded
/// before.
fn registered(run: &Run<'_>, hook: Hook) -> Vec<Registered> {
    let netns = run.here();
    let v4 = run.skb.packet.ip.src.is_ipv4();
    let tracking = conntrack::is_active(netns);
    let destinations = matches!(hook, Hook::Prerouting | Hook::Output);
    let (mut list, mut nat) = (Vec::new(), Vec::new());
    if tracking && destinations {
        list.push((-200, Registered::Track));
    }
    for (table, chain, base) in netns.nft.base_chains(hook).into_iter().rev() {
        let family = netns.nft.table(table).map(|table| table.family);
        if !family.is_some_and(|family| nft::sees(family, v4)) {
            continue;
        }
        let rules = Rules::Nft(table, chain);
        match base.kind {
            ChainKind::Nat => nat.push((base.priority, rules)),
            ChainKind::Filter | ChainKind::Route => list.push((base.priority, Registered::Rules(rules))),
        }
    }
    let nat_priority = if destinations { -100 } else { 100 };
    let priorities = [
        (-300, TableName::Raw),
        (-150, TableName::Mangle),
        (nat_priority, TableName::Nat),
        (0, TableName::Filter),
        (50, TableName::Security),
    ];
    for (priority, name) in priorities {
        if !netns.xtables.tables.contains_key(&name) || !name.hooks().contains(&hook) {
            continue;
        }
        match name {
            TableName::Nat => nat.push((priority, Rules::Xtables(name))),
            _ => list.push((priority, Registered::Rules(Rules::Xtables(name)))),
        }
    }
    // Once a connection may be translated somewhere in the namespace, every nat hook is there to carry it out.
    if hook != Hook::Forward && (!nat.is_empty() || netns.nft.has_nat()) {
        nat.sort_by_key(|(priority, _)| *priority);
        list.push((nat_priority, Registered::Nat(nat.into_iter().map(|(_, rules)| rules).collect())));
    }
    if tracking && matches!(hook, Hook::Postrouting | Hook::Input) {
        list.push((i32::MAX, Registered::Confirm));
    }
    list.sort_by_key(|(priority, _)| *priority);
    list.into_iter().map(|(_, registered)| registered).collect()
}

/// Runs a hook. `bridge` is set in the path of a bridge; `next_hop` is known after routing. A hook with nothing registered is no
/// place at all.
pub(super) fn run(run: &mut Run<'_>, hook: Hook, bridge: Option<LinkId>, next_hop: Option<IpAddr>) -> Result<(), Flow> {
    let list = registered(run, hook);
    if list.is_empty() {
        return Ok(());
    }
    run.open(Place::Hook { hook, bridge });
    if matches!(hook, Hook::Prerouting | Hook::Output) && conntrack::is_active(run.here()) {
        pieces::reassemble(run, pieces::For::Tracking)?;
    }
    if run.skb.packet.pieces().is_empty() {
        return call(run, (hook, bridge), next_hop, &list);
    }
    one_by_one(run, (hook, bridge), next_hop, &list)
}

/// A packet in pieces, each of which is a packet of its own to rules: those that are dropped are missing further on. So is each of the packets around
/// the pieces of one in a tunnel; to tracking they are packets of one connection.
fn one_by_one(
    run: &mut Run<'_>,
    at: (Hook, Option<LinkId>),
    next_hop: Option<IpAddr>,
    list: &[Registered],
) -> Result<(), Flow> {
    let (before, tracked) = (run.skb.clone(), run.tracked);
    let pieces = before.packet.pieces();
    let (mut kept, mut after, mut own, mut lost) = (Vec::new(), None, tracked, Vec::new());
    let mut opened = Vec::new();
    for (number, &piece) in pieces.iter().enumerate() {
        run.skb = before.clone();
        run.tracked = tracked;
        run.skb.packet = before.packet.alone(piece);
        run.event(Event::Piece(piece));
        match call(run, at, next_hop, list) {
            Ok(()) => {
                run.skb.packet.inner.clone_from(&before.packet.inner);
                run.skb.packet.fragments.clone_from(&before.packet.fragments);
                let as_first = after
                    .as_ref()
                    .is_none_or(|first: &Skb| (&first.packet, first.mark) == (&run.skb.packet, run.skb.mark));
                if !as_first {
                    run.event(Event::Assumed(Assumed::Pieces));
                }
                let first = after.take().unwrap_or_else(|| run.skb.clone());
                after = Some(Skb { ct: run.skb.ct, ..first });
                own = run.tracked;
                kept.push(piece);
                if run.pass.get(number).copied().unwrap_or(true) {
                    opened.extend(come_to_stay(run));
                }
            }
            Err(flow) => {
                if let Some(Event::Drop(reason)) = run.take_last() {
                    run.event(Event::PieceDropped { piece, reason });
                }
                lost.push((piece, flow));
            }
        }
    }
    for id in opened {
        if let Some(entry) = conntrack::entry_mut(run.state, run.netns, id) {
            entry.confirmed = false;
        }
    }
    if let Some(skb) = after {
        (run.skb, run.tracked) = (skb, own);
        run.skb.packet.set_pieces(kept);
        return Ok(());
    }
    run.skb = before;
    let Some((_, flow)) = lost.into_iter().next() else { return Ok(()) };
    if let Flow::Drop(reason) = &flow {
        run.drop_here(reason.clone());
    }
    Err(flow)
}

/// The first of several packets is through before the next comes: the entry that it opened is in the table then. Here it only comes there at the end
/// of the way, and is put there for the time being.
fn come_to_stay(run: &mut Run<'_>) -> Option<CtId> {
    let Some(Tracked::Entry(id, CtDirection::Original, _)) = run.tracked else { return None };
    let entry = conntrack::entry_mut(run.state, run.netns, id)?;
    let waits = !entry.confirmed;
    entry.confirmed = true;
    waits.then_some(id)
}

/// Calls all that is registered.
fn call(
    run: &mut Run<'_>,
    (hook, bridge): (Hook, Option<LinkId>),
    next_hop: Option<IpAddr>,
    list: &[Registered],
) -> Result<(), Flow> {
    let mut untrack = false;
    for item in list {
        let (before, mark) = (run.skb.packet.ip, run.skb.mark);
        let kind = kind(run, item);
        match item {
            Registered::Track => track(run, untrack),
            Registered::Confirm => confirm(run),
            Registered::Nat(all) => translate(run, (hook, bridge), all, next_hop)?,
            Registered::Rules(rules) => {
                let verdict = consult(run, *rules, (hook, bridge), &mut untrack);
                decide(run, rules.table(), verdict)?;
            }
        }
        let after = run.skb.packet.ip;
        let changed = match kind {
            ChainKind::Nat => match (item, run.tracked) {
                (Registered::Nat(_), Some(Tracked::Entry(id, direction, _))) => {
                    nat::leads_elsewhere(run.state, run.netns, id, direction)
                }
                _ => false,
            },
            ChainKind::Route => (after.src, after.dst) != (before.src, before.dst) || run.skb.mark != mark,
            ChainKind::Filter => false,
        };
        if hook == Hook::Output && changed {
            routing::changed_in_output(run)?;
        }
    }
    Ok(())
}

/// What kind of chain is registered there: `route` chains, and iptables' mangle table, have local packets routed again.
fn kind(run: &Run<'_>, item: &Registered) -> ChainKind {
    match item {
        Registered::Nat(_) => ChainKind::Nat,
        Registered::Rules(Rules::Xtables(TableName::Mangle)) => ChainKind::Route,
        Registered::Rules(Rules::Nft(table, chain)) => {
            let chain = run.here().nft.table(*table).and_then(|table| table.chains.get(*chain));
            chain.and_then(|chain| chain.base.as_ref()).map_or(ChainKind::Filter, |base| base.kind)
        }
        _ => ChainKind::Filter,
    }
}

/// Runs rules and records what they did.
fn consult(
    run: &mut Run<'_>,
    rules: Rules,
    (hook, bridge): (Hook, Option<LinkId>),
    untrack: &mut bool,
) -> TableVerdict {
    let netns = run.here();
    let nft = matches!(rules, Rules::Nft(..));
    let seen = Seen {
        id: run.netns,
        netns,
        // nftables sees the incoming device after routing too, but not at the end of a bridge's path.
        in_dev: run.in_dev.filter(|_| hook != Hook::Output && (hook != Hook::Postrouting || (nft && bridge.is_none()))),
        out_dev: run.out_dev.filter(|_| matches!(hook, Hook::Forward | Hook::Output | Hook::Postrouting)),
        in_port: run.in_port,
        out_port: run.out_port,
        tracked: run.tracked.unwrap_or(Tracked::Off),
        sender: if run.in_dev.is_none() { run.sent_by } else { Sender::Nobody },
    };
    let mut events = Vec::new();
    let verdict = match rules {
        Rules::Xtables(name) => {
            let Some(table) = netns.xtables.tables.get(&name) else { return TableVerdict::Accept };
            xtables::run(table, hook, &seen, &mut run.skb, run.state, run.chooser, &mut events, untrack)
        }
        Rules::Nft(id, chain) => {
            let Some(table) = netns.nft.table(id) else { return TableVerdict::Accept };
            let mut runner = nft::Runner {
                id,
                table,
                seen: &seen,
                skb: &mut run.skb,
                state: run.state,
                chooser: run.chooser,
                events: &mut events,
                untrack,
                effects: Vec::new(),
            };
            runner.run(chain)
        }
    };
    run.events(events);
    verdict
}

/// Carries a verdict out.
fn decide(run: &mut Run<'_>, table: TableRef, verdict: TableVerdict) -> Result<(), Flow> {
    let reason = match verdict {
        TableVerdict::Accept | TableVerdict::Nat(..) => return Ok(()),
        TableVerdict::Drop(rule) => DropReason::Rule(rule),
        TableVerdict::PolicyDrop(chain) => DropReason::Policy { table, chain },
        TableVerdict::Reject(rule, with) => {
            reject(run, with);
            DropReason::Rejected(rule)
        }
    };
    Err(run.end(reason))
}

/// `REJECT` (net/ipv4/netfilter/nf_reject_ipv4.c). Pieces are not answered: of the first the checksum cannot be verified, which is over the
/// whole.
fn reject(run: &mut Run<'_>, with: RejectWith) {
    if !run.skb.packet.fragments.is_empty() {
        return;
    }
    let code = match with {
        RejectWith::NetUnreachable => 0,
        RejectWith::HostUnreachable => 1,
        RejectWith::ProtoUnreachable => 2,
        RejectWith::PortUnreachable => 3,
        RejectWith::NetProhibited => 9,
        RejectWith::HostProhibited => 10,
        RejectWith::AdminProhibited => 13,
        RejectWith::TcpReset => {
            let about = &run.skb.packet;
            if let L4::Tcp { sport, dport, flags } = &about.l4
                && !flags.rst
            {
                let flags = if flags.ack { TcpFlags::RST } else { TcpFlags::RST_ACK };
                let l4 = L4::Tcp { sport: *dport, dport: *sport, flags };
                let reset = socket::packet(about.ip.dst, about.ip.src, l4);
                run.answer(AnswerKind::Reset, reset, true);
                // The connection is over for tracking too (`nf_ct_set_closing`).
                if let Some((id, _)) = run.skb.ct
                    && let Some(entry) = conntrack::entry_mut(run.state, run.netns, id)
                {
                    entry.tcp = Some(CtTcp::Close);
                }
                // What br_netfilter brought here is answered on the bridge's port itself (`nf_send_reset`).
                if let Some(port) = run.in_port {
                    run.answer_directly(port);
                }
            }
            return;
        }
    };
    run.icmp_error(3, code, None);
}

/// Conntrack at PREROUTING and OUTPUT. A packet that comes over `lo`, or that the kernel attached, was seen already.
fn track(run: &mut Run<'_>, untrack: bool) {
    // What belongs to a connection already stays with it (`notrack_tg`): an ICMP error, or what comes back by `lo`.
    if untrack && !matches!(run.tracked, Some(Tracked::Entry(..))) {
        run.tracked = Some(Tracked::Untracked);
        run.event(Event::Untracked);
        return;
    }
    if run.tracked.is_some_and(|tracked| tracked != Tracked::Off) {
        return;
    }
    let (tracked, new) = conntrack::track_in(run.state, run.netns, run.skb.zone, &run.skb.packet);
    run.tracked = Some(tracked);
    match tracked {
        Tracked::Entry(id, direction, state) => {
            run.skb.ct = Some((id, direction));
            if let Some(now) = conntrack::entry(run.state, run.netns, id).cloned() {
                let action = match (new, now.removed) {
                    (true, _) => CtAction::Created,
                    (false, true) => CtAction::Removed,
                    (false, false) => CtAction::Found,
                };
                run.event(Event::Conntrack { entry: id, state, direction, now, action });
            }
        }
        Tracked::Invalid => run.event(Event::ConntrackInvalid),
        Tracked::Untracked | Tracked::Off => {}
    }
}

/// Conntrack at INPUT and POSTROUTING: the first packet's entry goes into the table.
fn confirm(run: &mut Run<'_>) {
    // A reply never confirms (the kernel's own answer may carry an entry that was dropped).
    let Some(Tracked::Entry(id, direction @ CtDirection::Original, state)) = run.tracked else { return };
    let Some(entry) = conntrack::entry_mut(run.state, run.netns, id) else { return };
    if entry.confirmed {
        return;
    }
    entry.confirmed = true;
    let now = entry.clone();
    run.event(Event::Conntrack { entry: id, state, direction, now, action: CtAction::Confirmed });
}

/// Translation: rules for a connection's first packet until one asks for something, the entry's translation for every packet.
fn translate(
    run: &mut Run<'_>,
    (hook, bridge): (Hook, Option<LinkId>),
    all: &[Rules],
    next_hop: Option<IpAddr>,
) -> Result<(), Flow> {
    let Some(side) = nat::side(hook) else { return Ok(()) };
    let Some(Tracked::Entry(id, direction, state)) = run.tracked else { return Ok(()) };
    let mut by = NatBy::Conntrack(id);
    // What is only related runs through the rules as well, when its connection did not (`nf_nat_inet_fn`); ICMP errors never do.
    let error = matches!(run.skb.packet.l4, L4::Icmp(_));
    let opens = state == CtState::New || state == CtState::Related && !error;
    let first = opens && !nat::is_done(run.state, run.netns, id, side);
    if first {
        let mut request = None;
        for &rules in all {
            match consult(run, rules, (hook, bridge), &mut false) {
                TableVerdict::Nat(rule, asked) => {
                    by = NatBy::Rule(rule);
                    request = Some((rule, asked));
                    break;
                }
                verdict => decide(run, rules.table(), verdict)?,
            }
        }
        set_up(run, id, side, request, next_hop)?;
    } else if side == NatKind::Destination && state != CtState::New {
        run.event(Event::NatSkipped { entry: id });
    }
    let mut packet = run.skb.packet.clone();
    let changes = nat::translate(run.state, run.netns, id, direction, side, &mut packet);
    run.skb.packet = packet;
    if !changes.is_empty() {
        run.event(Event::Nat { kind: side, by, changes });
    }
    Ok(())
}

fn set_up(
    run: &mut Run<'_>,
    id: CtId,
    side: NatKind,
    request: Option<(RuleRef, NatRequest)>,
    next_hop: Option<IpAddr>,
) -> Result<(), Flow> {
    let spot = Spot { id: run.netns, netns: run.here(), in_dev: run.in_dev, out: run.out_dev.zip(next_hop) };
    let rule = request.as_ref().map(|(rule, _)| *rule);
    if nat::set_up(run.state, run.chooser, &spot, id, side, request) {
        return Ok(());
    }
    let reason = rule.map_or(DropReason::NotModelled, DropReason::Rule);
    Err(run.end(reason))
}
