//! One request of a client and every packet the kernels and the server send because of it.

use super::{socket, step};
use crate::config::{Hook, Network, RouteKind};
use crate::ids::{ConnectionId, NetnsId};
use crate::packet::{L4, Packet, Port, Protocol, SctpChunk, TcpFlags};
use crate::state::{ConnectionState, Errno, KernelState};
use crate::walk::{Answer, AnswerKind, Chooser, Delivery, DropReason, End, Place, Walk};
use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// Kernel answers followed at most: an error never answers an error, so real chains are short.
const MAX_ANSWERS: usize = 8;

/// What a client asks its kernel for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Namespace of the client.
    pub netns: NetnsId,
    /// Protocol.
    pub protocol: Protocol,
    /// Address the socket is bound to; `None` lets the route choose.
    pub local: Option<IpAddr>,
    /// Source port; for ICMP the identifier.
    pub sport: Port,
    /// Destination; the port of ICMP is 0.
    pub remote: SocketAddr,
    /// What a datagram or echo request carries.
    pub payload: Arc<[u8]>,
    /// `IP_TTL`; `None` is the default of 64.
    pub ttl: Option<u8>,
    /// `IP_MTU_DISCOVER`: Don't Fragment on the request; `None` is the protocol's default.
    pub dont_fragment: Option<bool>,
}

/// One packet of an exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// What the kernel answered with; `None` when a process sent it.
    pub answer: Option<AnswerKind>,
    /// Its way.
    pub walk: Walk,
}

/// What the client's call reports in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reported {
    /// Connected, or answered.
    Ok,
    /// An error number.
    Error(Errno),
    /// Nothing came back.
    Timeout,
}

/// What the server's socket saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Served {
    /// Namespace of the socket.
    pub netns: NetnsId,
    /// Own address and port.
    pub local: SocketAddr,
    /// The peer's, as `accept(2)` or `recvfrom(2)` reports it.
    pub peer: SocketAddr,
}

/// Everything one request causes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Packets in the order they were sent; the request is the first.
    pub packets: Vec<Sent>,
    /// What the client's call reports.
    pub reported: Reported,
    /// What the server saw, if the request reached one.
    pub served: Option<Served>,
}

/// What the process behind a datagram socket sends back: its namespace, the address that was asked, and the datagram. `None` when it says
/// nothing.
pub type Serves<'a> = dyn FnMut(NetnsId, SocketAddr, &Arc<[u8]>) -> Option<Arc<[u8]>> + 'a;

/// Sends a request and follows what comes of it: the kernel's answers, the answers to those, and a datagram server's echo.
pub fn exchange(network: &Network, state: &mut KernelState, chooser: &mut dyn Chooser, request: &Request) -> Exchange {
    let Request { netns, protocol, local, sport, remote, .. } = *request;
    let opened = socket::connect(network, state, netns, protocol, local, sport, remote);
    let (id, packet) = match opened {
        Ok((id, mut packet)) => {
            if protocol != Protocol::Tcp {
                packet.payload = request.payload.clone();
            }
            packet.ip.ttl = request.ttl.unwrap_or(packet.ip.ttl);
            if let Some(open) = state.connections.get_mut(id.0 as usize) {
                open.ttl = request.ttl;
            }
            packet.ip.dont_fragment = request.dont_fragment.unwrap_or(packet.ip.dont_fragment);
            (id, packet)
        }
        Err(errno) => {
            let walk = step::walk(network, state, chooser, netns, unroutable(protocol, sport, remote));
            let packets = vec![Sent { answer: None, walk }];
            return Exchange { packets, reported: Reported::Error(errno), served: None };
        }
    };
    let echo = &mut |_: NetnsId, _: SocketAddr, payload: &Arc<[u8]>| Some(payload.clone());
    send(network, state, chooser, (netns, id), packet, echo)
}

/// Sends a datagram on an open socket and follows what comes of it; `serves` is the process it reaches. What the socket reported before
/// is forgotten. Nothing is sent on a connection that is not there.
pub fn datagram(
    network: &Network,
    state: &mut KernelState,
    chooser: &mut dyn Chooser,
    id: ConnectionId,
    payload: Arc<[u8]>,
    serves: &mut Serves<'_>,
) -> Exchange {
    let netns = state.connections.get_mut(id.0 as usize).map(|open| {
        open.state = ConnectionState::SynSent;
        open.netns
    });
    match netns.zip(socket::datagram(network, state, id, payload)) {
        Some((netns, packet)) => send(network, state, chooser, (netns, id), packet, serves),
        None => Exchange { packets: Vec::new(), reported: Reported::Timeout, served: None },
    }
}

/// The first packet of a call of an open socket, and all that follows.
fn send(
    network: &Network,
    state: &mut KernelState,
    chooser: &mut dyn Chooser,
    (netns, id): (NetnsId, ConnectionId),
    packet: Packet,
    serves: &mut Serves<'_>,
) -> Exchange {
    let protocol = packet.protocol();
    let mut packets = Vec::new();
    let first = step::walk(network, state, chooser, netns, packet);
    let served = served(&first);
    // What becomes of a tunnel's own packet, the sender does not hear.
    let own = last_packet(&first).is_some_and(|packet| packet.inner.is_none());
    let refused = own && protocol != Protocol::Tcp && not_permitted(&first, netns);
    let mut queue: VecDeque<Answer> = first.answers.iter().cloned().collect();
    let datagram = datagram_answer(network, &first, serves);
    let first_end = first.end.clone();
    packets.push(Sent { answer: None, walk: first });
    follow(network, state, chooser, &mut queue, &mut packets);
    if let Some((server, answer)) = datagram {
        let walk = step::walk(network, state, chooser, server, answer);
        queue.extend(walk.answers.iter().cloned());
        packets.push(Sent { answer: None, walk });
        follow(network, state, chooser, &mut queue, &mut packets);
    }
    let lost = lost_in_output(&first_end, netns).filter(|_| own && protocol != Protocol::Tcp);
    let reported = match lost {
        _ if refused => Reported::Error(Errno::NotPermitted),
        Some(errno) => Reported::Error(errno),
        None => reported(state, id),
    };
    Exchange { packets, reported, served }
}

/// Walks the kernel's answers, and the answers to those.
fn follow(
    network: &Network,
    state: &mut KernelState,
    chooser: &mut dyn Chooser,
    queue: &mut VecDeque<Answer>,
    packets: &mut Vec<Sent>,
) {
    for _ in 0..MAX_ANSWERS {
        let Some(answer) = queue.pop_front() else { return };
        let walk = step::walk_answer(network, state, chooser, &answer);
        queue.extend(walk.answers.iter().cloned());
        packets.push(Sent { answer: Some(answer.kind), walk });
    }
}

fn reported(state: &KernelState, id: ConnectionId) -> Reported {
    match state.connections.get(id.0 as usize).map(|connection| connection.state) {
        Some(ConnectionState::Established) => Reported::Ok,
        Some(ConnectionState::Failed(errno)) => Reported::Error(errno),
        Some(ConnectionState::SynSent | ConnectionState::SynRecv) | None => Reported::Timeout,
    }
}

/// A datagram that lost its way when OUTPUT changed it: `sendmsg(2)` reports what the second lookup said (`NF_DROP_ERR`).
fn lost_in_output(end: &End, sender: NetnsId) -> Option<Errno> {
    match end {
        End::Dropped { netns, reason: DropReason::RouteType { kind, .. } } if *netns == sender => match kind {
            RouteKind::Blackhole => Some(Errno::Invalid),
            RouteKind::Unreachable => Some(Errno::HostUnreachable),
            RouteKind::Prohibit => Some(Errno::Access),
            _ => None,
        },
        End::Dropped { netns, reason: DropReason::NoRoute } if *netns == sender => Some(Errno::NetworkUnreachable),
        _ => None,
    }
}

/// A datagram that a rule of the sender's own OUTPUT or POSTROUTING dropped or rejected: `sendmsg(2)` reports EPERM (`nf_hook_slow`), while TCP
/// keeps trying.
fn not_permitted(walk: &Walk, sender: NetnsId) -> bool {
    let dropped = matches!(
        walk.end,
        End::Dropped { netns, reason: DropReason::Rule(_) | DropReason::Rejected(_) | DropReason::Policy { .. } } if netns == sender
    );
    let own_hook = walk.hops.last().is_some_and(|hop| {
        matches!(hop.place, Place::Hook { hook: Hook::Output | Hook::Postrouting, bridge: None })
            && hop.in_dev.is_none()
    });
    dropped && own_hook
}

fn last_packet(walk: &Walk) -> Option<&Packet> {
    walk.hops.last().map(|hop| &hop.after.packet)
}

fn served(walk: &Walk) -> Option<Served> {
    let End::Delivered { netns, delivery } = walk.end else { return None };
    if !matches!(delivery, Delivery::Accepted { .. } | Delivery::Datagram { .. } | Delivery::Echo) {
        return None;
    }
    let packet = last_packet(walk)?;
    Some(Served { netns, local: packet.destination(), peer: packet.source() })
}

/// What the process behind a datagram socket sends back.
fn datagram_answer(network: &Network, walk: &Walk, serves: &mut Serves<'_>) -> Option<(NetnsId, Packet)> {
    let End::Delivered { netns, delivery: Delivery::Datagram { .. } } = walk.end else { return None };
    let request = last_packet(walk)?;
    let mut answer = socket::datagram_answer(request, serves(netns, request.destination(), &request.payload)?);
    answer.ip.dont_fragment = socket::discovers_path_mtu(network.netns(netns));
    Some((netns, answer))
}

/// A first packet for a destination that has no usable route: its way ends at the lookup.
fn unroutable(protocol: Protocol, sport: Port, remote: SocketAddr) -> Packet {
    let dport = Port(remote.port());
    let l4 = match protocol {
        Protocol::Udp => L4::Udp { sport, dport },
        Protocol::Sctp => L4::Sctp { sport, dport, chunk: SctpChunk::Init },
        _ => L4::Tcp { sport, dport, flags: TcpFlags::SYN },
    };
    socket::packet(IpAddr::V4(Ipv4Addr::UNSPECIFIED), remote.ip(), l4)
}
