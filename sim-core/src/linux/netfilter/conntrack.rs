//! Connection tracking: tuples, lookup, states (net/netfilter/nf_conntrack_core.c, nf_conntrack_proto_*.c).

use crate::linux::live::{CtEntry, CtId, CtTcp, Live, Tuple};
use crate::linux::netfilter::xtables::{Match, TableName};
use crate::linux::state::{Netns, NetnsId};
use crate::linux::walk::{CtDirection, CtState};
use crate::packet::{Icmp, L4, Mark, Packet, Protocol, SctpChunk};
use std::net::SocketAddr;

/// What tracking made of one packet, beside its entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tracked {
    /// Part of a connection.
    Entry(CtId, CtDirection, CtState),
    /// `INVALID`.
    Invalid,
    /// `UNTRACKED`: a rule in raw said so.
    Untracked,
    /// Tracking does not run in this namespace.
    Off,
}

/// Tracking is lazy: it runs in a namespace only when some rule needs it (a nat table, or a match or target about connections).
pub fn is_active(netns: &Netns) -> bool {
    let tables = &netns.xtables.tables;
    tables.contains_key(&TableName::Nat)
        || tables
            .values()
            .flat_map(|table| &table.chains)
            .flat_map(|chain| &chain.rules)
            .any(|rule| rule.target.needs_tracking() || rule.matches.iter().any(Match::needs_tracking))
}

/// The tuple of a packet; `None` for ICMP errors and protocols without ports. ICMP echo has its identifier on both sides.
pub fn tuple(packet: &Packet) -> Option<Tuple> {
    let (sport, dport) = match &packet.l4 {
        L4::Tcp { sport, dport, .. } | L4::Udp { sport, dport } | L4::Sctp { sport, dport, .. } => (sport.0, dport.0),
        L4::Icmp(Icmp::EchoRequest { id } | Icmp::EchoReply { id }) => (*id, *id),
        L4::Icmp(_) => return None,
        L4::Other(_) => (0, 0),
    };
    let (src, dst) = (SocketAddr::new(packet.ip.src, sport), SocketAddr::new(packet.ip.dst, dport));
    Some(Tuple { protocol: packet.protocol(), src, dst })
}

/// The confirmed entry that has `wanted` as one of its tuples; the newest wins.
pub fn find(live: &Live, netns: NetnsId, wanted: Tuple) -> Option<(CtId, CtDirection)> {
    let entries = live.conntrack.get(&netns)?;
    entries.iter().enumerate().rev().find_map(|(index, entry)| {
        let id = CtId(index as u32);
        match () {
            () if !entry.confirmed || entry.removed => None,
            () if entry.original == wanted => Some((id, CtDirection::Original)),
            () if entry.reply == wanted => Some((id, CtDirection::Reply)),
            () => None,
        }
    })
}

/// An entry by id.
pub fn entry(live: &Live, netns: NetnsId, id: CtId) -> Option<&CtEntry> {
    live.conntrack.get(&netns)?.get(id.0 as usize)
}

/// An entry by id, to change it.
pub fn entry_mut(live: &mut Live, netns: NetnsId, id: CtId) -> Option<&mut CtEntry> {
    live.conntrack.get_mut(&netns)?.get_mut(id.0 as usize)
}

/// Whether a packet of no known connection starts one: for TCP a SYN and, with `nf_conntrack_tcp_loose` (default 1), a bare ACK
/// (row `NONE` of `tcp_conntracks`).
fn starts_connection(packet: &Packet) -> bool {
    match &packet.l4 {
        L4::Tcp { flags, .. } => !flags.rst && !flags.fin && flags.syn != flags.ack,
        L4::Sctp { chunk, .. } => *chunk == SctpChunk::Init,
        L4::Icmp(icmp) => matches!(icmp, Icmp::EchoRequest { .. }),
        L4::Udp { .. } | L4::Other(_) => true,
    }
}

/// Looks a packet up at PREROUTING or OUTPUT and makes an unconfirmed entry for the first of a connection. Returns whether the entry
/// is new.
pub fn track(live: &mut Live, netns: NetnsId, packet: &Packet) -> (Tracked, bool) {
    if let L4::Icmp(icmp) = &packet.l4
        && let Some(quoted) = icmp.quoted()
    {
        // An error travels against the packet it quotes: the tuple of its own direction is the inverse.
        let found = tuple(quoted).map(Tuple::inverted).and_then(|inverse| find(live, netns, inverse));
        return (found.map_or(Tracked::Invalid, |(id, dir)| Tracked::Entry(id, dir, CtState::Related)), false);
    }
    let Some(own) = tuple(packet) else { return (Tracked::Invalid, false) };
    if let Some((id, direction)) = find(live, netns, own) {
        let state = update(live, netns, id, direction, packet);
        return (Tracked::Entry(id, direction, state), false);
    }
    if !starts_connection(packet) {
        return (Tracked::Invalid, false);
    }
    let tcp = match &packet.l4 {
        L4::Tcp { flags, .. } => Some(if flags.syn { CtTcp::SynSent } else { CtTcp::Established }),
        _ => None,
    };
    let entries = live.conntrack.entry(netns).or_default();
    let id = CtId(entries.len() as u32);
    entries.push(CtEntry {
        original: own,
        reply: own.inverted(),
        replied: false,
        tcp,
        confirmed: false,
        removed: false,
        dnat: false,
        snat: false,
        dst_done: false,
        src_done: false,
        mark: Mark(0),
    });
    (Tracked::Entry(id, CtDirection::Original, CtState::New), true)
}

/// Takes a further packet into account and tells its state.
fn update(live: &mut Live, netns: NetnsId, id: CtId, direction: CtDirection, packet: &Packet) -> CtState {
    let Some(entry) = entry_mut(live, netns, id) else { return CtState::New };
    if let L4::Tcp { flags, .. } = &packet.l4
        && flags.rst
        && !entry.replied
    {
        // A reset before any answer leaves nothing to track (`nf_conntrack_tcp_packet`); this packet is still of the connection.
        entry.removed = true;
        entry.tcp = Some(CtTcp::Close);
        return if direction == CtDirection::Reply { CtState::Established } else { CtState::New };
    }
    if direction == CtDirection::Reply {
        entry.replied = true;
    }
    if let L4::Tcp { flags, .. } = &packet.l4 {
        let next = match (flags.rst, flags.syn, flags.ack, direction) {
            (true, ..) => CtTcp::Close,
            (false, true, true, CtDirection::Reply) => CtTcp::SynRecv,
            (false, true, ..) => CtTcp::SynSent,
            (false, false, true, CtDirection::Original) => CtTcp::Established,
            _ => entry.tcp.unwrap_or(CtTcp::SynSent),
        };
        entry.tcp = Some(next);
    }
    if entry.replied { CtState::Established } else { CtState::New }
}

/// True when another confirmed entry already expects replies like `reply` (`nf_nat_used_tuple`).
pub fn reply_is_taken(live: &Live, netns: NetnsId, id: CtId, reply: Tuple) -> bool {
    let entries = live.conntrack.get(&netns).map_or(&[][..], Vec::as_slice);
    entries.iter().enumerate().any(|(index, entry)| {
        index as u32 != id.0 && entry.confirmed && !entry.removed && (entry.reply == reply || entry.original == reply)
    })
}

/// True for protocols whose tuples carry ports or an identifier that NAT may pick.
pub fn has_ports(protocol: Protocol) -> bool {
    matches!(protocol, Protocol::Tcp | Protocol::Udp | Protocol::Sctp | Protocol::Icmp)
}
