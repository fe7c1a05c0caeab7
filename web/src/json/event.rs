//! One event of a hop as JSON.

use crate::words::{Say, delivery_key, failed_key, field_name, state_name};
use kernel::config::{CtDirection, Policy, RouteKind};
use kernel::ids::RuleRef;
use kernel::packet::{FieldChange, Fragment};
use kernel::walk::{
    AnswerKind, Assumed, CtAction, End, Event, Hop, ListedHow, NatBy, NatKind, NeighbourSource, SetHit, Skipped,
    Verdict, VtepSource,
};
use serde_json::{Value, json};
use sim_core::cause::CauseId;
use sim_core::print;
use sim_core::trace::OutcomeKind;

/// Object, field, file and line behind something.
pub(super) fn because(say: &Say<'_>, id: CauseId) -> Value {
    let Some(cause) = say.cause(id) else { return Value::Null };
    let component = crate::words::component_code(cause.component);
    json!({
        "component": component,
        "object": cause.object.as_ref().map(ToString::to_string),
        "field": cause.field.as_deref(),
        "file": cause.location.as_ref().map(|location| &*location.file),
        "line": cause.location.as_ref().map(|location| location.line),
    })
}

fn changes(all: &[FieldChange]) -> Vec<Value> {
    let change = |change: &FieldChange| {
        let (before, after) = change.texts();
        json!({ "field": field_name(change.field()), "before": before, "after": after })
    };
    all.iter().map(change).collect()
}

fn skipped(all: &[Skipped]) -> Vec<Value> {
    let run =
        |run: &Skipped| json!({ "count": run.count, "failed": failed_key(run.failed).trim_start_matches("failed-") });
    all.iter().map(run).collect()
}

fn rule(say: &Say<'_>, hop: &Hop, rule: RuleRef) -> Value {
    json!({ "number": rule.id.number(), "text": say.rule_text(hop.netns, rule) })
}

fn rule_cause(say: &Say<'_>, hop: &Hop, rule: RuleRef) -> Value {
    let found = say.netns(hop.netns).and_then(|netns| netns.rule_cause(rule));
    found.map_or(Value::Null, |cause| because(say, cause))
}

fn verdict(say: &Say<'_>, hop: &Hop, at: RuleRef, verdict: Verdict) -> Value {
    match verdict {
        Verdict::Continue => json!("continue"),
        Verdict::Accept => json!("accept"),
        Verdict::Drop => json!("drop"),
        Verdict::Reject(with) => json!({ "reject": print::iptables::reject_name(with) }),
        Verdict::Return => json!("return"),
        Verdict::Jump(chain) => json!({ "jump": say.chain(hop.netns, at.table, chain) }),
        Verdict::Goto(chain) => json!({ "goto": say.chain(hop.netns, at.table, chain) }),
        Verdict::Nat => json!("nat"),
    }
}

/// An event with its `type` and what belongs to it.
pub(super) fn event(say: &Say<'_>, hop: &Hop, event: &Event) -> Value {
    let at = hop.netns;
    let dev = |dev| say.dev(at, dev);
    match event {
        Event::SocketSend => json!({ "type": "send" }),
        Event::Route { table, route, kind, via, dev: out, src } => {
            let found = say.netns(at).and_then(|netns| netns.routes.get(*route));
            json!({
                "type": "route",
                "table": table.0,
                "kind": route_kind(*kind),
                "text": say.route_text(at, *route),
                "via": via.map(|via| via.to_string()),
                "dev": out.map(dev),
                "src": src.map(|src| src.to_string()),
                "because": found.map(|route| because(say, route.cause)),
            })
        }
        Event::NoRoute { dst } => json!({ "type": "no-route", "dst": dst.to_string() }),
        Event::Ttl { before, after } => json!({ "type": "ttl", "before": before, "after": after }),
        Event::Chain { table, chain, from } => json!({
            "type": "chain",
            "table": say.table(at, *table),
            "chain": say.chain(at, *table, *chain),
            "from": from.map(|from| json!({
                "chain": say.chain(at, from.table, from.chain), "rule": from.id.number(),
            })),
        }),
        Event::Rule { rule: found, skipped: before, verdict: done } => json!({
            "type": "rule",
            "table": say.table(at, found.table),
            "chain": say.chain(at, found.table, found.chain),
            "rule": rule(say, hop, *found),
            "matched": true,
            "verdict": verdict(say, hop, *found, *done),
            "skipped": skipped(before),
            "because": rule_cause(say, hop, *found),
        }),
        Event::ChainEnd { table, chain, skipped: before, policy } => json!({
            "type": "chain-end",
            "table": say.table(at, *table),
            "chain": say.chain(at, *table, *chain),
            "skipped": skipped(before),
            "policy": policy.map(|policy| match policy {
                Policy::Accept => "ACCEPT",
                Policy::Drop => "DROP",
            }),
        }),
        Event::NftLookup { rule: found, statement, key, hit } => {
            let text = say
                .netns(at)
                .and_then(|netns| print::nft::lookup_text(netns, *found, *statement, key, *hit))
                .unwrap_or_default();
            json!({
                "type": "lookup", "rule": rule(say, hop, *found), "map": text.map, "key": text.key,
                "element": text.element, "found": *hit != SetHit::Missing,
            })
        }
        Event::Listed { rule: found, list, address, how } => {
            let (result, age) = match how {
                ListedHow::Found { age } => ("found", Some(*age)),
                ListedHow::Stale { age } => ("stale", Some(*age)),
                ListedHow::Noted => ("noted", None),
            };
            json!({
                "type": "list", "rule": rule(say, hop, *found), "list": &**list, "address": address.to_string(),
                "result": result, "age": age,
            })
        }
        Event::NatSkipped { entry } => json!({ "type": "nat-skipped", "entry": entry.0 }),
        Event::Nat { kind, by, changes: edits } => {
            let (found, entry) = match by {
                NatBy::Rule(rule) => (Some(*rule), None),
                NatBy::Conntrack(entry) => (None, Some(entry.0)),
            };
            json!({
                "type": "nat",
                "kind": match kind {
                    NatKind::Destination => "destination",
                    NatKind::Source => "source",
                },
                "rule": found.map(|found| rule(say, hop, found)),
                "entry": entry,
                "changes": changes(edits),
                "because": found.map(|found| rule_cause(say, hop, found)),
            })
        }
        Event::Marked { rule: found, before, after } => json!({
            "type": "mark", "rule": rule(say, hop, *found), "before": before.0, "after": after.0,
        }),
        Event::ConnMarked { rule: found, entry, before, after } => json!({
            "type": "connmark", "rule": rule(say, hop, *found), "entry": entry.0, "before": before.0, "after": after.0,
        }),
        Event::TtlSet { rule: found, before, after } => json!({
            "type": "ttl-set", "rule": rule(say, hop, *found), "before": before, "after": after,
        }),
        Event::Logged { rule: found } => json!({ "type": "log", "rule": rule(say, hop, *found) }),
        Event::Conntrack { entry, state, direction, now, action } => {
            let mut text = String::new();
            // Writing to a String cannot fail.
            let _ = print::socket::write_conntrack(&mut text, now);
            json!({
                "type": "conntrack",
                "entry": entry.0,
                "action": match action {
                    CtAction::Created => "created",
                    CtAction::Found => "found",
                    CtAction::Confirmed => "confirmed",
                    CtAction::Removed => "removed",
                },
                "state": state_name(*state),
                "direction": match direction {
                    CtDirection::Original => "original",
                    CtDirection::Reply => "reply",
                },
                "text": text.trim(),
            })
        }
        Event::ConntrackInvalid => json!({ "type": "conntrack", "state": "INVALID" }),
        Event::Untracked => json!({ "type": "conntrack", "state": "UNTRACKED" }),
        Event::Reroute => json!({ "type": "reroute" }),
        Event::Neighbour { ip, mac, dev: out, known } => json!({
            "type": "neigh", "ip": ip.to_string(), "mac": mac.to_string(), "dev": dev(*out),
            "known": match known {
                NeighbourSource::Configured => "configured",
                NeighbourSource::Learned => "learned",
            },
        }),
        Event::Arp { ip, dev: out, answered_by, mac, seen_by } => json!({
            "type": "arp", "ip": ip.to_string(), "dev": dev(*out), "mac": mac.to_string(),
            "answered_by": {
                "netns": super::netns_name(say, answered_by.netns),
                "device": say.dev(answered_by.netns, answered_by.link),
            },
            "seen_by": seen_by,
        }),
        Event::ArpFailed { ip, dev: out } => {
            json!({ "type": "arp-failed", "ip": ip.to_string(), "dev": dev(*out) })
        }
        Event::FdbLearn { bridge, mac, port } => json!({
            "type": "fdb", "action": "learn", "bridge": dev(*bridge), "mac": mac.to_string(), "ports": [dev(*port)],
        }),
        Event::FdbHit { bridge, mac, port } => json!({
            "type": "fdb", "action": "hit", "bridge": dev(*bridge), "mac": mac.to_string(), "ports": [dev(*port)],
        }),
        Event::FdbFlood { bridge, mac, ports } => json!({
            "type": "fdb", "action": "flood", "bridge": dev(*bridge), "mac": mac.to_string(),
            "ports": ports.iter().map(|port| dev(*port)).collect::<Vec<_>>(),
        }),
        Event::Copied { bridge, copies, earlier } => json!({
            "type": "copies", "dev": dev(*bridge), "earlier": earlier,
            "copies": copies.iter().map(|copy| json!({
                "port": dev(copy.port),
                "remote": copy.remote.map(|remote| remote.to_string()),
                "end": match &copy.end {
                    End::Delivered { delivery, .. } => json!({ "kind": "delivered", "code": delivery_key(*delivery) }),
                    End::Dropped { reason, .. } => {
                        json!({ "kind": "dropped", "code": OutcomeKind::Dropped(reason.clone()).code() })
                    }
                },
                "hops": copy.hops.iter().map(|hop| super::hop(say, hop, None)).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
        }),
        Event::Transmit { dev: out, to } => json!({
            "type": "xmit", "dev": dev(*out),
            "to": { "netns": super::netns_name(say, to.netns), "device": say.dev(to.netns, to.link) },
        }),
        Event::Fragmented { mtu, sizes } => json!({ "type": "fragment", "mtu": mtu, "sizes": sizes }),
        Event::PiecesLost { at, mtu, lost, passed, unsent } => {
            let pieces = |all: &[Fragment]| {
                all.iter().map(|piece| json!({ "offset": piece.offset, "size": 20 + piece.len })).collect::<Vec<_>>()
            };
            json!({
                "type": "fragments-lost", "mtu": mtu, "lost": pieces(lost), "passed": pieces(passed),
                "unsent": pieces(unsent),
                "at": { "netns": super::netns_name(say, at.netns), "device": say.dev(at.netns, at.link) },
            })
        }
        Event::Reassembled { pieces } => json!({ "type": "reassemble", "pieces": pieces }),
        Event::Encapsulated { dev: out, mac, remote, known, vni, port, copies } => json!({
            "type": "encap", "kind": "vxlan", "dev": dev(*out), "vni": vni, "mac": mac.to_string(),
            "remote": remote.to_string(), "sport": port.0,
            "known": match known {
                VtepSource::Configured => "configured",
                VtepSource::Learned => "learned",
                VtepSource::Default => "default",
            },
            "copies": copies.iter().map(ToString::to_string).collect::<Vec<_>>(),
        }),
        Event::Decapsulated { dev: into, vni, remote, learned } => json!({
            "type": "decap", "kind": "vxlan", "dev": dev(*into), "vni": vni, "remote": remote.to_string(),
            "learned": learned.map(|mac| mac.to_string()),
        }),
        Event::Rewrite { changes: edits } => json!({ "type": "rewrite", "changes": changes(edits) }),
        Event::Deliver(delivery) => json!({ "type": "deliver", "kind": delivery_key(*delivery) }),
        Event::Answered(kind) => answered(*kind),
        Event::Drop(reason) => json!({ "type": "drop", "reason": OutcomeKind::Dropped(reason.clone()).code() }),
        Event::Assumed(assumed) => match assumed {
            Assumed::MatchSkipped { rule: found, module } => {
                json!({ "type": "assumed", "rule": rule(say, hop, *found), "match": &**module })
            }
            Assumed::Pieces => json!({ "type": "assumed", "fragments": true }),
            Assumed::WithinLimit { rule: found } => {
                json!({ "type": "assumed", "rule": rule(say, hop, *found), "match": "limit" })
            }
            Assumed::TargetSkipped { rule: found, target } => {
                json!({ "type": "assumed", "rule": rule(say, hop, *found), "target": &**target })
            }
        },
    }
}

fn answered(kind: AnswerKind) -> Value {
    match kind {
        AnswerKind::HandshakeAnswer => json!({ "type": "answer", "kind": "handshake-answer" }),
        AnswerKind::HandshakeAck => json!({ "type": "answer", "kind": "handshake-ack" }),
        AnswerKind::Reset => json!({ "type": "answer", "kind": "reset" }),
        AnswerKind::EchoReply => json!({ "type": "answer", "kind": "echo-reply" }),
        AnswerKind::IcmpError { kind, code } => {
            json!({ "type": "answer", "kind": "icmp-error", "icmp_type": kind, "icmp_code": code })
        }
    }
}

fn route_kind(kind: RouteKind) -> &'static str {
    match kind {
        RouteKind::Unicast => "unicast",
        RouteKind::Local => "local",
        RouteKind::Broadcast => "broadcast",
        RouteKind::Blackhole => "blackhole",
        RouteKind::Unreachable => "unreachable",
        RouteKind::Prohibit => "prohibit",
    }
}
