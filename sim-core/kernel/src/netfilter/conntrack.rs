//! Connection tracking: tuples, lookup, states (net/netfilter/nf_conntrack_core.c, nf_conntrack_proto_*.c).

use crate::config::{CtDirection, Netns};
use crate::ids::{Arena, CtId, NetnsId};
use crate::packet::{Icmp, L4, Mark, Packet, Protocol, SctpChunk, TcpFlags};
use crate::state::{CtEntry, CtTcp, KernelState, Tuple};
use crate::walk::CtState;
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
    netns.xtables.needs_tracking() || netns.nft.needs_tracking()
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

/// The direction that a packet's tuple can be of: an echo request only ever opens, a reply only ever answers (the ICMP type is
/// part of the kernel's tuple).
fn possible(packet: &Packet) -> Option<CtDirection> {
    match packet.l4 {
        L4::Icmp(Icmp::EchoRequest { .. }) => Some(CtDirection::Original),
        L4::Icmp(Icmp::EchoReply { .. }) => Some(CtDirection::Reply),
        _ => None,
    }
}

/// The confirmed entry that has `wanted` as one of its tuples, in direction `only` if given; the newest wins.
pub fn find(
    state: &KernelState,
    netns: NetnsId,
    (zone, wanted): (u16, Tuple),
    only: Option<CtDirection>,
) -> Option<(CtId, CtDirection)> {
    let entries = state.conntrack.get(&netns)?;
    entries.entries().rev().find_map(|(id, entry)| match () {
        () if entry.zone != zone || !entry.is_alive(state.now) => None,
        () if entry.original == wanted && only != Some(CtDirection::Reply) => Some((id, CtDirection::Original)),
        () if entry.reply == wanted && only != Some(CtDirection::Original) => Some((id, CtDirection::Reply)),
        () => None,
    })
}

/// Where a connection was for that rules led here, as its process is told (`SO_ORIGINAL_DST`, `getorigdst` in
/// net/netfilter/nf_conntrack_proto.c): `local` and `peer` are its ends as that socket sees them. `None` where tracking knows none.
pub fn original_destination(
    state: &KernelState,
    netns: NetnsId,
    protocol: Protocol,
    (local, peer): (SocketAddr, SocketAddr),
) -> Option<SocketAddr> {
    let reply = Tuple { protocol, src: local, dst: peer };
    let (id, _) = find(state, netns, (0, reply), Some(CtDirection::Reply))?;
    Some(entry(state, netns, id)?.original.dst)
}

/// An entry by id.
pub fn entry(state: &KernelState, netns: NetnsId, id: CtId) -> Option<&CtEntry> {
    state.conntrack.get(&netns)?.get(id)
}

/// An entry by id, to change it.
pub fn entry_mut(state: &mut KernelState, netns: NetnsId, id: CtId) -> Option<&mut CtEntry> {
    state.conntrack.get_mut(&netns)?.get_mut(id)
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
pub fn track(state: &mut KernelState, netns: NetnsId, packet: &Packet) -> (Tracked, bool) {
    track_in(state, netns, 0, packet)
}

/// The same in a zone: connections of others are not seen.
pub(crate) fn track_in(state: &mut KernelState, netns: NetnsId, zone: u16, packet: &Packet) -> (Tracked, bool) {
    if let L4::Icmp(icmp) = &packet.l4
        && let Some(quoted) = icmp.quoted()
    {
        // An error travels against the packet it quotes: the tuple of its own direction is the inverse.
        let against = possible(quoted).map(|direction| match direction {
            CtDirection::Original => CtDirection::Reply,
            CtDirection::Reply => CtDirection::Original,
        });
        let found = tuple(quoted).map(Tuple::inverted).and_then(|inverse| find(state, netns, (zone, inverse), against));
        return (found.map_or(Tracked::Invalid, |(id, dir)| Tracked::Entry(id, dir, CtState::Related)), false);
    }
    let Some(own) = tuple(packet) else { return (Tracked::Invalid, false) };
    let found = find(state, netns, (zone, own), possible(packet));
    let reopened = found.filter(|(id, direction)| reopens(state, netns, (*id, *direction), packet));
    if let Some(over) = reopened.and_then(|(id, _)| entry_mut(state, netns, id)) {
        over.removed = true;
    }
    if let Some((id, direction)) = found.filter(|_| reopened.is_none()) {
        let ct_state = update(state, netns, id, direction, packet);
        let now = state.now;
        if let Some(entry) = entry_mut(state, netns, id).filter(|_| ct_state.is_some()) {
            entry.seen = now;
        }
        return (ct_state.map_or(Tracked::Invalid, |ct_state| Tracked::Entry(id, direction, ct_state)), false);
    }
    if !starts_connection(packet) {
        return (Tracked::Invalid, false);
    }
    let tcp = match &packet.l4 {
        L4::Tcp { flags, .. } => Some(if flags.syn { CtTcp::SynSent } else { CtTcp::Established }),
        _ => None,
    };
    let now = state.now;
    let id = state.conntrack.entry(netns).or_default().push(CtEntry {
        original: own,
        reply: own.inverted(),
        replied: false,
        tcp,
        assured: false,
        confirmed: false,
        removed: false,
        dnat: false,
        snat: false,
        dst_done: false,
        src_done: false,
        mark: Mark(0),
        zone,
        created: now,
        seen: now,
    });
    (Tracked::Entry(id, CtDirection::Original, CtState::New), true)
}

/// Whether a SYN comes by the ports of a connection that was closed: its entry makes way for a new one (`nf_conntrack_tcp_packet`, where
/// TIME_WAIT becomes SYN_SENT).
fn reopens(state: &KernelState, netns: NetnsId, (id, direction): (CtId, CtDirection), packet: &Packet) -> bool {
    let syn = matches!(&packet.l4, L4::Tcp { flags, .. } if flags.syn && !flags.ack && !flags.rst);
    let over = entry(state, netns, id).is_some_and(|entry| entry.tcp == Some(CtTcp::TimeWait));
    syn && over && direction == CtDirection::Original
}

/// What a TCP segment does to the state of its connection.
enum Segment {
    /// The connection is in this state now.
    To(CtTcp),
    /// Nothing; the other side may know better (`sIG`).
    Ignored,
    /// It cannot belong here (`sIV`).
    Invalid,
}

/// `tcp_conntracks` (net/netfilter/nf_conntrack_proto_tcp.c).
fn segment(state: CtTcp, flags: TcpFlags, direction: CtDirection) -> Segment {
    use CtTcp::{Close, CloseWait, Established, FinWait, LastAck, SynRecv, SynSent, TimeWait};
    use Segment::{Ignored, Invalid, To};
    if flags.rst {
        return To(Close);
    }
    let by_client = direction == CtDirection::Original;
    match (flags.syn, flags.ack, flags.fin) {
        (true, false, _) => match (by_client, state) {
            // `track` has thrown out what is in TIME_WAIT: this one opens another connection.
            (true, SynSent | TimeWait | Close) => To(SynSent),
            (true, _) => Ignored,
            (false, TimeWait) => To(SynSent),
            (false, _) => Invalid,
        },
        (true, true, _) => match (by_client, state) {
            (true, SynRecv) => To(SynRecv),
            (true, _) => Invalid,
            (false, SynSent) => To(SynRecv),
            (false, _) => Ignored,
        },
        (false, _, true) => match state {
            SynSent => Invalid,
            SynRecv | Established => To(FinWait),
            FinWait | CloseWait | LastAck => To(LastAck),
            TimeWait => To(TimeWait),
            Close => To(Close),
        },
        (false, true, false) => match state {
            SynSent if by_client => Invalid,
            SynSent => Ignored,
            SynRecv if !by_client => To(SynRecv),
            SynRecv | Established => To(Established),
            FinWait | CloseWait => To(CloseWait),
            LastAck | TimeWait => To(TimeWait),
            Close => To(Close),
        },
        (false, false, false) => Invalid,
    }
}

/// Takes a further packet into account and tells its state; `None` when it is invalid there.
fn update(
    state: &mut KernelState,
    netns: NetnsId,
    id: CtId,
    direction: CtDirection,
    packet: &Packet,
) -> Option<CtState> {
    let now = state.now;
    let entry = entry_mut(state, netns, id)?;
    if let L4::Tcp { flags, .. } = &packet.l4 {
        if flags.rst && !entry.replied {
            // A reset before any answer leaves nothing to track (`nf_conntrack_tcp_packet`); this packet is still of the connection.
            entry.removed = true;
            entry.replied = direction == CtDirection::Reply;
            entry.tcp = Some(CtTcp::Close);
            return Some(if direction == CtDirection::Reply { CtState::Established } else { CtState::New });
        }
        match segment(entry.tcp.unwrap_or(CtTcp::SynSent), *flags, direction) {
            Segment::To(to) => {
                let handshake = matches!(entry.tcp, Some(CtTcp::SynRecv | CtTcp::Established));
                entry.assured |= entry.replied && handshake && to == CtTcp::Established;
                entry.tcp = Some(to);
            }
            Segment::Ignored => {}
            Segment::Invalid => return None,
        }
    }
    let stream = entry.original.protocol == Protocol::Udp && entry.replied && now > entry.created + 2;
    entry.assured |= stream;
    if direction == CtDirection::Reply {
        entry.replied = true;
    }
    Some(if entry.replied { CtState::Established } else { CtState::New })
}

/// True when another confirmed entry already expects replies like `reply` (`nf_nat_used_tuple`).
pub fn reply_is_taken(state: &KernelState, netns: NetnsId, id: CtId, reply: Tuple) -> bool {
    let zone = entry(state, netns, id).map_or(0, |entry| entry.zone);
    let mut entries = state.conntrack.get(&netns).into_iter().flat_map(Arena::entries);
    entries.any(|(other, entry)| {
        other != id
            && entry.zone == zone
            && entry.is_alive(state.now)
            && (entry.reply == reply || entry.original == reply)
    })
}

/// True for protocols whose tuples carry ports or an identifier that NAT may pick.
pub fn has_ports(protocol: Protocol) -> bool {
    matches!(protocol, Protocol::Tcp | Protocol::Udp | Protocol::Sctp | Protocol::Icmp)
}
