//! One netfilter hook: everything registered there, in order of priority.

use super::Flow;
use super::run::Run;
use crate::linux::live::CtId;
use crate::linux::netfilter::Hook;
use crate::linux::netfilter::conntrack::{self, Tracked};
use crate::linux::netfilter::nat::{self, Spot};
use crate::linux::netfilter::tables::{self, NatRequest, Seen, TableVerdict};
use crate::linux::netfilter::xtables::{RejectWith, TableName};
use crate::linux::socket;
use crate::linux::state::LinkId;
use crate::linux::walk::{
    AnswerKind, CtAction, CtDirection, CtState, DropReason, Event, NatBy, NatKind, Place, RuleRef,
};
use crate::packet::{L4, TcpFlags};
use std::net::IpAddr;

/// What is registered at a hook.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Registered {
    /// A table of rules.
    Table(TableName),
    /// Connection tracking, lookup.
    Track,
    /// Connection tracking, insertion.
    Confirm,
}

/// Everything registered at `hook` in this namespace, by priority: raw −300, conntrack −200, mangle −150, nat −100 (destinations),
/// filter 0, security 50, nat 100 (sources), conntrack confirmation last.
fn registered(run: &Run<'_>, hook: Hook) -> Vec<Registered> {
    let netns = run.here();
    let loaded = |name: TableName| netns.xtables.tables.contains_key(&name) && name.hooks().contains(&hook);
    let tracking = conntrack::is_active(netns);
    let destinations = matches!(hook, Hook::Prerouting | Hook::Output);
    let mut list = Vec::new();
    let table = |list: &mut Vec<_>, name, wanted: bool| {
        if wanted && loaded(name) {
            list.push(Registered::Table(name));
        }
    };
    table(&mut list, TableName::Raw, true);
    if tracking && destinations {
        list.push(Registered::Track);
    }
    table(&mut list, TableName::Mangle, true);
    table(&mut list, TableName::Nat, destinations);
    table(&mut list, TableName::Filter, true);
    table(&mut list, TableName::Security, true);
    table(&mut list, TableName::Nat, !destinations);
    if tracking && matches!(hook, Hook::Postrouting | Hook::Input) {
        list.push(Registered::Confirm);
    }
    list
}

/// Runs a hook. `bridge` is set in the path of a bridge; `next_hop` is known after routing. A hook with nothing registered is no
/// place at all.
pub(super) fn run(run: &mut Run<'_>, hook: Hook, bridge: Option<LinkId>, next_hop: Option<IpAddr>) -> Result<(), Flow> {
    let list = registered(run, hook);
    if list.is_empty() {
        return Ok(());
    }
    run.open(Place::Hook { hook, bridge });
    let mut untrack = false;
    for item in list {
        match item {
            Registered::Track => track(run, untrack),
            Registered::Confirm => confirm(run),
            Registered::Table(TableName::Nat) => nat_table(run, hook, next_hop)?,
            Registered::Table(name) => {
                let verdict = table(run, name, hook, &mut untrack);
                decide(run, name, verdict)?;
            }
        }
    }
    Ok(())
}

/// Runs one table and records what it did.
fn table(run: &mut Run<'_>, name: TableName, hook: Hook, untrack: &mut bool) -> TableVerdict {
    let netns = run.here();
    let Some(table) = netns.xtables.tables.get(&name) else { return TableVerdict::Accept };
    let seen = Seen {
        id: run.netns,
        netns,
        in_dev: run.in_dev.filter(|_| hook != Hook::Postrouting && hook != Hook::Output),
        out_dev: run.out_dev.filter(|_| matches!(hook, Hook::Forward | Hook::Output | Hook::Postrouting)),
        in_port: run.in_port,
        out_port: run.out_port,
        tracked: run.tracked.unwrap_or(Tracked::Off),
    };
    let mut events = Vec::new();
    let verdict = tables::run(table, hook, &seen, &mut run.skb, run.live, run.chooser, &mut events, untrack);
    run.events(events);
    verdict
}

/// Carries a verdict out.
fn decide(run: &mut Run<'_>, name: TableName, verdict: TableVerdict) -> Result<(), Flow> {
    let reason = match verdict {
        TableVerdict::Accept | TableVerdict::Nat(..) => return Ok(()),
        TableVerdict::Drop(rule) => DropReason::Rule(rule),
        TableVerdict::PolicyDrop(chain) => DropReason::Policy { table: name.into(), chain },
        TableVerdict::Reject(rule, with) => {
            reject(run, with);
            DropReason::Rejected(rule)
        }
    };
    run.drop_here(reason.clone());
    Err(Flow::Drop(reason))
}

/// `REJECT` (net/ipv4/netfilter/nf_reject_ipv4.c).
fn reject(run: &mut Run<'_>, with: RejectWith) {
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
            }
            return;
        }
    };
    run.icmp_error(3, code, None);
}

/// Conntrack at PREROUTING and OUTPUT. A packet that comes over `lo`, or that the kernel attached, was seen already.
fn track(run: &mut Run<'_>, untrack: bool) {
    if untrack {
        run.tracked = Some(Tracked::Untracked);
        run.event(Event::Untracked);
        return;
    }
    if run.tracked.is_some_and(|tracked| tracked != Tracked::Off) {
        return;
    }
    let (tracked, new) = conntrack::track(run.live, run.netns, &run.skb.packet);
    run.tracked = Some(tracked);
    match tracked {
        Tracked::Entry(id, direction, state) => {
            run.skb.ct = Some((id, direction));
            if let Some(now) = conntrack::entry(run.live, run.netns, id).cloned() {
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
    let Some(entry) = conntrack::entry_mut(run.live, run.netns, id) else { return };
    if entry.confirmed {
        return;
    }
    entry.confirmed = true;
    let now = entry.clone();
    run.event(Event::Conntrack { entry: id, state, direction, now, action: CtAction::Confirmed });
}

/// The nat table: rules for a connection's first packet, the entry's translation for every packet.
fn nat_table(run: &mut Run<'_>, hook: Hook, next_hop: Option<IpAddr>) -> Result<(), Flow> {
    let Some(side) = nat::side(hook) else { return Ok(()) };
    let Some(Tracked::Entry(id, direction, state)) = run.tracked else { return Ok(()) };
    let mut by = NatBy::Conntrack(id);
    let first = state == CtState::New && !nat::is_done(run.live, run.netns, id, side);
    if first {
        let request = match table(run, TableName::Nat, hook, &mut false) {
            TableVerdict::Nat(rule, request) => {
                by = NatBy::Rule(rule);
                Some((rule, request))
            }
            verdict => {
                decide(run, TableName::Nat, verdict)?;
                None
            }
        };
        set_up(run, id, side, request, next_hop)?;
    } else if side == NatKind::Destination && state != CtState::New {
        run.event(Event::NatSkipped { entry: id });
    }
    let mut packet = run.skb.packet.clone();
    let changes = nat::translate(run.live, run.netns, id, direction, side, &mut packet);
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
    if nat::set_up(run.live, run.chooser, &spot, id, side, request) {
        return Ok(());
    }
    let reason = rule.map_or(DropReason::NotModelled, DropReason::Rule);
    run.drop_here(reason.clone());
    Err(Flow::Drop(reason))
}
