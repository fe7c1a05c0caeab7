//! Address translation from the connection's tuples (net/netfilter/nf_nat_core.c, nf_nat_proto.c).

mod choose;

use crate::config::{CtDirection, Hook, NatRange, Netns};
use crate::ids::{CtId, LinkId, NetnsId, RuleRef};
use crate::lookup::route;
use crate::netfilter::conntrack;
use crate::netfilter::verdict::NatRequest;
use crate::packet::{FieldChange, Icmp, L4, Packet, Port};
use crate::state::KernelState;
use crate::walk::{Chooser, NatKind};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The side that is translated at a hook: destinations before routing, sources after it.
pub(crate) fn side(hook: Hook) -> Option<NatKind> {
    match hook {
        Hook::Prerouting | Hook::Output => Some(NatKind::Destination),
        Hook::Postrouting | Hook::Input => Some(NatKind::Source),
        Hook::Forward => None,
    }
}

/// True when this side was consulted for the connection already.
pub(crate) fn is_done(state: &KernelState, netns: NetnsId, id: CtId, side: NatKind) -> bool {
    conntrack::entry(state, netns, id).is_none_or(|entry| match side {
        NatKind::Destination => entry.dst_done,
        NatKind::Source => entry.src_done,
    })
}

/// Where a translation happens and what it may look at.
pub(crate) struct Spot<'a> {
    /// Namespace.
    pub(crate) id: NetnsId,
    /// Its configuration.
    pub(crate) netns: &'a Netns,
    /// Incoming device.
    pub(crate) in_dev: Option<LinkId>,
    /// Outgoing device and next hop, after routing.
    pub(crate) out: Option<(LinkId, IpAddr)>,
}

/// Sets a connection's translation up for one side, by a rule's request or, without one, as null binding (which changes
/// nothing but a source port that would clash). False when MASQUERADE or REDIRECT finds no address: the packet is dropped.
pub(crate) fn set_up(
    state: &mut KernelState,
    chooser: &mut dyn Chooser,
    spot: &Spot<'_>,
    id: CtId,
    side: NatKind,
    request: Option<(RuleRef, NatRequest)>,
) -> bool {
    let Some(entry) = conntrack::entry(state, spot.id, id) else { return true };
    // The tuple the connection has after the translations so far, seen from its first packet.
    let current = entry.reply.inverted();
    let (rule, range) = match request.filter(|(_, request)| request.kind == side) {
        Some((rule, request)) => {
            let own = match side {
                // `nf_nat_redirect_ipv4`: a local packet goes to localhost, another to the device it came in by, if that has an address.
                NatKind::Destination => match spot.in_dev {
                    Some(dev) => route::first_address(spot.netns, dev),
                    None => Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
                },
                NatKind::Source => spot.out.and_then(|(dev, next_hop)| route::select_source(spot.netns, dev, next_hop)),
            };
            let addresses = match (request.own_address, own) {
                (true, Some(own)) => Some((own, own)),
                (true, None) => return false,
                (false, _) => request.range.addresses,
            };
            (Some(rule), NatRange { addresses, ..request.range })
        }
        None => {
            let address = match side {
                NatKind::Destination => current.dst.ip(),
                NatKind::Source => current.src.ip(),
            };
            (None, NatRange::to(address))
        }
    };
    let wanted = choose::tuple(state, chooser, (spot.id, id, rule), current, &range, side);
    if let Some(entry) = conntrack::entry_mut(state, spot.id, id) {
        if wanted != current {
            entry.reply = wanted.inverted();
        }
        match side {
            NatKind::Destination => {
                entry.dnat |= wanted != current;
                entry.dst_done = true;
            }
            NatKind::Source => {
                entry.snat |= wanted != current;
                entry.src_done = true;
            }
        }
    }
    true
}

/// Rewrites a packet of a tracked connection at one side; returns the edits. ICMP errors have their quoted packet and their
/// own outer addresses rewritten (`nf_nat_icmp_reply_translation`).
pub(crate) fn translate(
    state: &KernelState,
    netns: NetnsId,
    id: CtId,
    direction: CtDirection,
    side: NatKind,
    packet: &mut Packet,
) -> Vec<FieldChange> {
    let Some(entry) = conntrack::entry(state, netns, id) else { return Vec::new() };
    // A reply undoes the other side's translation.
    let relevant = match (side, direction) {
        (NatKind::Source, CtDirection::Original) | (NatKind::Destination, CtDirection::Reply) => entry.snat,
        (NatKind::Destination, CtDirection::Original) | (NatKind::Source, CtDirection::Reply) => entry.dnat,
    };
    if !relevant {
        return Vec::new();
    }
    let other = match direction {
        CtDirection::Original => entry.reply,
        CtDirection::Reply => entry.original,
    };
    let target = other.inverted();
    let mut changes = Vec::new();
    if let L4::Icmp(Icmp::Unreachable { quoted, .. } | Icmp::TimeExceeded { quoted, .. }) = &mut packet.l4 {
        match side {
            NatKind::Source => set_destination(quoted, other.dst, true, &mut Vec::new()),
            NatKind::Destination => set_source(quoted, other.src, true, &mut Vec::new()),
        }
        match side {
            NatKind::Source => set_source(packet, target.src, false, &mut changes),
            NatKind::Destination => set_destination(packet, target.dst, false, &mut changes),
        }
        return changes;
    }
    match side {
        NatKind::Source => set_source(packet, target.src, true, &mut changes),
        NatKind::Destination => set_destination(packet, target.dst, true, &mut changes),
    }
    changes
}

/// Whether local packets of one direction of a connection have their way looked up once OUTPUT is through (`nf_nat_ipv4_local_fn`): their destination
/// is not the source of what comes the other way, whether this packet was changed or already had the right address.
pub(crate) fn leads_elsewhere(state: &KernelState, netns: NetnsId, id: CtId, direction: CtDirection) -> bool {
    conntrack::entry(state, netns, id).is_some_and(|entry| {
        let (own, other) = match direction {
            CtDirection::Original => (entry.original, entry.reply),
            CtDirection::Reply => (entry.reply, entry.original),
        };
        own.dst.ip() != other.src.ip()
    })
}

fn set_source(packet: &mut Packet, to: SocketAddr, port: bool, changes: &mut Vec<FieldChange>) {
    let before = std::mem::replace(&mut packet.ip.src, to.ip());
    if before != to.ip() {
        changes.push(FieldChange::Source { before, after: to.ip() });
    }
    if port {
        set_ports(packet, Some(to.port()), None, changes);
    }
}

fn set_destination(packet: &mut Packet, to: SocketAddr, port: bool, changes: &mut Vec<FieldChange>) {
    let before = std::mem::replace(&mut packet.ip.dst, to.ip());
    if before != to.ip() {
        changes.push(FieldChange::Destination { before, after: to.ip() });
    }
    if port {
        set_ports(packet, None, Some(to.port()), changes);
    }
}

fn set_ports(packet: &mut Packet, source: Option<u16>, destination: Option<u16>, changes: &mut Vec<FieldChange>) {
    match &mut packet.l4 {
        L4::Tcp { sport, dport, .. } | L4::Udp { sport, dport } | L4::Sctp { sport, dport, .. } => {
            if let Some(after) = source.map(Port).filter(|after| after != sport) {
                let before = std::mem::replace(sport, after);
                changes.push(FieldChange::SourcePort { before, after });
            }
            if let Some(after) = destination.map(Port).filter(|after| after != dport) {
                let before = std::mem::replace(dport, after);
                changes.push(FieldChange::DestinationPort { before, after });
            }
        }
        L4::Icmp(Icmp::EchoRequest { id } | Icmp::EchoReply { id }) => {
            if let Some(want) = source.or(destination) {
                *id = want;
            }
        }
        L4::Icmp(_) | L4::Other(_) => {}
    }
}
