//! One request of a client and every packet the kernels and the server send because of it.
//!
//! ```
//! # use kernel::config::{IfAddr, NetworkBuilder};
//! # use kernel::ids::CauseId;
//! # use kernel::packet::Mac;
//! use kernel::exchange::{Reported, Request, exchange};
//! use kernel::packet::{Port, Protocol};
//! use kernel::state::{Errno, KernelState};
//! use kernel::walk::{AlwaysFirst, AnswerKind};
//! # let cause = CauseId::default();
//! # let mut builder = NetworkBuilder::default();
//! # let (a, b) = (builder.add_netns("a", cause), builder.add_netns("b", cause));
//! # let ends = ((a, "eth0", Mac([2, 0, 0, 0, 0, 1])), (b, "eth0", Mac([2, 0, 0, 0, 0, 2])));
//! # let (near, far) = builder.add_veth(ends.0, ends.1, 1500, cause);
//! # builder.add_address(near, IfAddr::new("10.0.0.1/24".parse()?, cause));
//! # builder.add_address(far, IfAddr::new("10.0.0.2/24".parse()?, cause));
//! # let network = builder.build().expect("every reference leads somewhere");
//! let request = Request {
//!     netns: a,
//!     protocol: Protocol::Tcp,
//!     local: None,
//!     sport: Port(40_000),
//!     remote: "10.0.0.2:80".parse()?,
//!     payload: [].into(),
//!     ttl: None,
//!     dont_fragment: None,
//!     owner: Default::default(),
//! };
//! let done = exchange(&network, &mut KernelState::default(), &mut AlwaysFirst, &request);
//! // Nothing listens there.
//! let answers: Vec<_> = done.packets.iter().map(|sent| sent.answer).collect();
//! assert_eq!(answers, [None, Some(AnswerKind::Reset)]);
//! assert_eq!(done.reported, Reported::Error(Errno::ConnectionRefused));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod open;

use super::{socket, step};
use crate::config::{Hook, Network, Owner, RouteKind};
use crate::ids::{ConnectionId, NetnsId, SocketId};
use crate::packet::{L4, Packet, Port, Protocol, SctpChunk, TcpFlags};
use crate::state::{Connection, ConnectionState, Ends, Errno, KernelState};
use crate::walk::{Act, Answer, AnswerKind, Chooser, Delivery, DropReason, End, Event, Hop, Place, Walk, in_time};
pub use open::hang_up;
use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// Kernel answers followed at most. An error never answers an error, so real chains are short; a rule that rejects what a bridge floods
/// answers for each port.
const MAX_ANSWERS: usize = 64;

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
    /// `IP_MTU_DISCOVER` of the client, and of the process that answers it: Don't Fragment always (`IP_PMTUDISC_DO`: what is longer than fits is
    /// not sent) or never; `None` is the protocol's default.
    pub dont_fragment: Option<bool>,
    /// User and group of the client.
    pub owner: Owner,
}

/// One packet of an exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WalkedPacket {
    /// What the kernel answered with; `None` when a process sent it.
    pub answer: Option<AnswerKind>,
    /// What it answers: index in [`Exchange::packets`]; `None` for the request.
    pub of: Option<u32>,
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
    /// Connected, and the other side closed without a byte: read(2) returned 0.
    Eof,
    /// Nothing came back.
    Timeout,
}

/// What the server's socket saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Served {
    /// Namespace of the socket.
    pub netns: NetnsId,
    /// The socket; `None` where the kernel answers by itself.
    pub socket: Option<SocketId>,
    /// Own address and port.
    pub local: SocketAddr,
    /// The peer's, as `accept(2)` or `recvfrom(2)` reports it.
    pub peer: SocketAddr,
}

/// Everything one request causes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Packets in the order they were sent; the request is the first.
    pub packets: Vec<WalkedPacket>,
    /// What the client's call reports.
    pub reported: Reported,
    /// What the server saw, if the request reached one.
    pub served: Option<Served>,
    /// The client's socket, if it could be opened.
    pub connection: Option<ConnectionId>,
    /// What the client's call reports whatever comes back.
    at_once: Option<Reported>,
    /// The kernels' answers that come only after something was waited for, with what they answer.
    late: Vec<(u32, Answer)>,
    /// Both processes want what they send whole or not at all.
    uncut: bool,
    /// Where the request and copies of it came to a process.
    taken: Vec<Taken>,
}

/// Where a packet came to a process, or to the kernel in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Taken {
    at: Served,
    packet: Packet,
    delivery: Delivery,
}

/// A datagram that came to a process: the request itself, or a copy that a bridge made of it on the way. A process does not know which one it
/// has, and answers each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datagram {
    /// Who has it.
    pub at: Served,
    /// As it arrived.
    pub packet: Packet,
}

/// What the process behind a datagram socket sends back: its namespace, the address that was asked, and the datagram. `None` when it says
/// nothing.
pub type Serves<'a> = dyn FnMut(NetnsId, SocketAddr, &Arc<[u8]>) -> Option<Arc<[u8]>> + 'a;

/// Sends a request and follows what comes of it: the kernel's answers, the answers to those, and a datagram server's echo.
pub fn exchange(network: &Network, state: &mut KernelState, chooser: &mut dyn Chooser, asked: &Request) -> Exchange {
    let mut done = request(network, state, chooser, asked);
    for taken in done.datagrams() {
        let payload = taken.packet.payload.clone();
        answer_to(network, state, chooser, &mut done, &taken, (payload, AnswersFrom::Asked));
    }
    finish(network, state, chooser, &mut done);
    done
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
    let mut done = ask(network, state, chooser, id, payload);
    for taken in done.datagrams() {
        if let Some(said) = serves(taken.at.netns, taken.at.local, &taken.packet.payload) {
            answer_to(network, state, chooser, &mut done, &taken, (said, AnswersFrom::Asked));
        }
    }
    finish(network, state, chooser, &mut done);
    done
}

/// Sends a request and follows the kernel's answers, and the answers to those. What a process that it reaches does is left to the caller: see
/// [`Exchange::asked`] and [`answer`]; then [`finish`] walks what comes late.
pub fn request(network: &Network, state: &mut KernelState, chooser: &mut dyn Chooser, request: &Request) -> Exchange {
    let Request { netns, protocol, local, sport, remote, owner, .. } = *request;
    let opened = socket::connect_as(network, state, chooser, (netns, owner), protocol, (local, sport), remote);
    let (id, packet) = match opened {
        Ok((id, mut packet)) => {
            if protocol != Protocol::Tcp {
                packet.payload = request.payload.clone();
            }
            packet.ip.ttl = request.ttl.unwrap_or(packet.ip.ttl);
            if let Some(open) = state.connections.get_mut(id) {
                open.ttl = request.ttl;
            }
            packet.ip.dont_fragment = request.dont_fragment.unwrap_or(packet.ip.dont_fragment);
            (id, packet)
        }
        Err(errno) => {
            let mut lost = unroutable(protocol, sport, remote);
            // What a policy rule by source refused had one.
            if let Some(src) = local.or_else(|| socket::first_source(network, chooser, netns, (protocol, remote))) {
                lost.ip.src = src;
            }
            let walk = step::walk(network, state, chooser, netns, lost);
            let packets = vec![WalkedPacket { answer: None, of: None, walk }];
            let reported = Reported::Error(errno);
            let at_once = Some(reported);
            return Exchange {
                packets,
                reported,
                served: None,
                connection: None,
                at_once,
                late: Vec::new(),
                uncut: false,
                taken: Vec::new(),
            };
        }
    };
    send(network, state, chooser, (netns, id, request.dont_fragment == Some(true)), packet)
}

/// The same for a datagram on an open socket; see [`datagram()`].
pub fn ask(
    network: &Network,
    state: &mut KernelState,
    chooser: &mut dyn Chooser,
    id: ConnectionId,
    payload: Arc<[u8]>,
) -> Exchange {
    let netns = state.connections.get_mut(id).map(|open| {
        open.state = ConnectionState::SynSent;
        open.netns
    });
    match netns.zip(socket::datagram(network, state, id, payload)) {
        Some((netns, packet)) => send(network, state, chooser, (netns, id, false), packet),
        None => {
            let reported = Reported::Timeout;
            let at_once = Some(reported);
            Exchange {
                packets: Vec::new(),
                reported,
                served: None,
                connection: None,
                at_once,
                late: Vec::new(),
                uncut: false,
                taken: Vec::new(),
            }
        }
    }
}

/// The first packet of a call of an open socket, and the kernels' answers.
fn send(
    network: &Network,
    state: &mut KernelState,
    chooser: &mut dyn Chooser,
    (netns, id, uncut): (NetnsId, ConnectionId, bool),
    packet: Packet,
) -> Exchange {
    let protocol = packet.protocol();
    if protocol != Protocol::Tcp
        && let Some(by) = state.connections.get(id).map(Connection::ends)
    {
        chooser.acts(&Act::Send { by, bytes: &packet.payload });
    }
    let walk = send_one(network, state, chooser, (netns, uncut), packet);
    let taken = taken(&walk);
    let served = served(&walk, &taken);
    // What becomes of a tunnel's own packet, the sender does not hear.
    let own = protocol != Protocol::Tcp && last_packet(&walk).is_some_and(|packet| packet.inner.is_none());
    let refused = (own && not_permitted(&walk, netns)).then_some(Errno::NotPermitted);
    let lost = lost_in_output(&walk.end, netns).or(too_long(&walk, netns)).filter(|_| own);
    let (mut packets, mut late) = (Vec::new(), Vec::new());
    follow(network, state, chooser, WalkedPacket { answer: None, of: None, walk }, (&mut packets, &mut late));
    let at_once = refused.or(lost).map(Reported::Error);
    let reported = at_once.unwrap_or_else(|| reported(state, id));
    Exchange { packets, reported, served, connection: Some(id), at_once, late, uncut, taken }
}

fn send_one(
    network: &Network,
    state: &mut KernelState,
    chooser: &mut dyn Chooser,
    (netns, uncut): (NetnsId, bool),
    packet: Packet,
) -> Walk {
    match uncut {
        true => step::walk_uncut(network, state, chooser, netns, packet),
        false => step::walk(network, state, chooser, netns, packet),
    }
}

impl Exchange {
    /// The datagram that waits for a process to answer it.
    pub fn asked(&self) -> Option<&Arc<[u8]>> {
        let own = self.waiting().find(|taken| self.served == Some(taken.at));
        own.map(|taken| &taken.packet.payload)
    }

    /// The datagram that waits for a process to answer it, and the copies of it that came to one, in the order in which they arrived.
    pub fn datagrams(&self) -> Vec<Datagram> {
        self.waiting().map(|Taken { at, packet, .. }| Datagram { at: *at, packet: packet.clone() }).collect()
    }

    fn waiting(&self) -> impl Iterator<Item = &Taken> {
        self.taken.iter().filter(|taken| matches!(taken.delivery, Delivery::Datagram { .. }))
    }

    /// The server's end of the stream that was opened.
    pub fn accepted(&self) -> Option<(NetnsId, ConnectionId)> {
        let accepted = |taken: &Taken| match taken.delivery {
            Delivery::Accepted { connection, .. } if self.served == Some(taken.at) => {
                Some((taken.at.netns, connection))
            }
            _ => None,
        };
        self.taken.iter().find_map(accepted)
    }

    /// The datagram that came back to the client's socket.
    pub fn answered(&self) -> Option<&Arc<[u8]>> {
        let own = |connection: ConnectionId| self.connection == Some(connection);
        let back = self.packets.iter().find(|sent| {
            matches!(sent.walk.end, End::Delivered { delivery: Delivery::Answer { connection }, .. } if own(connection))
        });
        back.and_then(|sent| last_packet(&sent.walk)).map(|packet| &packet.payload)
    }
}

/// The address that a process answers a datagram from, when its socket is bound to none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswersFrom {
    /// The one that was asked (`IP_PKTINFO`, ip(7)): name servers do so.
    Asked,
    /// The one that the route back gives, as sendto(2) alone does. A client that asked another of the machine's addresses on a connected
    /// socket never sees it.
    Route,
}

/// What the process behind a datagram socket sends back, and all that follows; nothing where no datagram waits. Of copies, those that came to the
/// same socket are answered in the same way.
pub fn answer(
    network: &Network,
    state: &mut KernelState,
    chooser: &mut dyn Chooser,
    done: &mut Exchange,
    (payload, from): (Arc<[u8]>, AnswersFrom),
) {
    let Some(served) = done.served else { return };
    let same = |taken: &Datagram| (taken.at.netns, taken.at.socket) == (served.netns, served.socket);
    for taken in done.datagrams().into_iter().filter(same) {
        answer_to(network, state, chooser, done, &taken, (payload.clone(), from));
    }
}

/// What a process sends back for one datagram of an exchange, and all that follows.
pub fn answer_to(
    network: &Network,
    state: &mut KernelState,
    chooser: &mut dyn Chooser,
    done: &mut Exchange,
    Datagram { at, packet: asked }: &Datagram,
    (payload, from): (Arc<[u8]>, AnswersFrom),
) {
    let (local, remote) = (asked.destination(), asked.source());
    let by = Ends { netns: at.netns, protocol: asked.protocol(), local, remote };
    chooser.acts(&Act::Answer { by, bytes: &payload, from_asked: from == AnswersFrom::Asked });
    let mut packet = socket::datagram_answer(asked, payload);
    let bound = at.socket.and_then(|id| network.netns(at.netns).sockets.get(id)?.address).is_some();
    if from == AnswersFrom::Route && !bound {
        let Some(src) = socket::source_to(network, chooser, at.netns, (packet.protocol(), packet.destination())) else {
            return;
        };
        packet.ip.src = src;
    }
    packet.ip.dont_fragment = done.uncut || socket::discovers_path_mtu(network.netns(at.netns));
    let walk = send_one(network, state, chooser, (at.netns, done.uncut), packet);
    let sent = WalkedPacket { answer: None, of: Some(0), walk };
    follow(network, state, chooser, sent, (&mut done.packets, &mut done.late));
    if let Some(id) = done.connection {
        done.reported = done.at_once.unwrap_or_else(|| reported(state, id));
    }
}

/// Times that a stream sends again at most because it was told that its segments are too long: each router on the way may say so once.
const MAX_SEGMENTS: usize = 16;

/// Which end of a stream writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writer {
    /// The client.
    Client,
    /// The process that the client is connected to.
    Server,
}

/// Writes into the open TCP connection of an exchange, and follows the first of the segments that carry it, which is the longest, until it arrives or
/// is lost: a sender that is told what fits sends again. `true` when it arrived. Nothing is sent where no connection is open.
pub fn write(
    network: &Network,
    state: &mut KernelState,
    chooser: &mut dyn Chooser,
    done: &mut Exchange,
    (writer, bytes): (Writer, &[u8]),
) -> bool {
    let Some(((netns, id), peer)) = ends(state, done, writer).filter(|_| done.reported == Reported::Ok) else {
        return false;
    };
    let peer = peer.map(|(_, peer)| peer);
    if let Some(by) = state.connections.get(id).map(Connection::ends) {
        chooser.acts(&Act::Send { by, bytes });
    }
    // What the server writes answers the client's last segment.
    let last = done
        .packets
        .iter()
        .rposition(|sent| matches!(sent.walk.end, End::Delivered { delivery: Delivery::Data { .. }, .. }));
    let of = last.map(|at| at as u32).filter(|_| writer == Writer::Server);
    let mut refused = false;
    for _ in 0..MAX_SEGMENTS {
        let fits = if done.uncut { usize::MAX } else { socket::segment_size(network, state, id, peer) as usize };
        let size = bytes.len().min(fits);
        let Some(mut packet) = socket::segment(network, state, id, bytes.iter().take(size).copied().collect()) else {
            break;
        };
        if let L4::Tcp { flags, .. } = &mut packet.l4 {
            // Only the last one of what was written asks for its being read (`tso_fragment`); but what its own kernel refused was never sent, and the
            // timer that looks after such bytes has each piece it sends read (`tcp_write_wakeup`).
            flags.psh = refused || size == bytes.len();
        }
        let to = packet.ip.dst;
        let before = state.known_path_mtu(netns, to);
        let mut walk = send_one(network, state, chooser, (netns, done.uncut), packet);
        if let Some(hop) = walk.hops.first_mut().filter(|_| size < bytes.len()) {
            let count = bytes.len().div_ceil(size.max(1)) as u32;
            hop.events.push(Event::Segmented { bytes: bytes.len() as u32, size: size as u32, count });
        }
        let arrived = matches!(walk.end, End::Delivered { delivery: Delivery::Data { .. }, .. });
        refused = refused_at_home(&walk, netns);
        follow(network, state, chooser, WalkedPacket { answer: None, of, walk }, (&mut done.packets, &mut done.late));
        if arrived || done.uncut || state.known_path_mtu(netns, to) == before {
            return arrived;
        }
    }
    false
}

/// Closes one end of the open TCP connection of an exchange, as a process does that has read all there is: FIN, and where that was the second, the
/// other kernel's ACK (RFC 9293, section 3.6). `true` when the other side reads the end. Nothing is sent where that end is closed, or none is open.
pub fn close(
    network: &Network,
    state: &mut KernelState,
    chooser: &mut dyn Chooser,
    done: &mut Exchange,
    closes: Writer,
) -> bool {
    let Some(((netns, id), _)) = ends(state, done, closes) else { return false };
    let Some(packet) = socket::close(network, state, id) else { return false };
    if let Some(by) = state.connections.get(id).map(Connection::ends) {
        chooser.acts(&Act::Close { by });
    }
    let is_end = |walk: &Walk| matches!(walk.end, End::Delivered { delivery: Delivery::Finished { .. }, .. });
    // The second FIN answers the first.
    let of = done.packets.iter().rposition(|sent| is_end(&sent.walk)).map(|at| at as u32);
    let walk = send_one(network, state, chooser, (netns, done.uncut), packet);
    let arrived = is_end(&walk);
    follow(network, state, chooser, WalkedPacket { answer: None, of, walk }, (&mut done.packets, &mut done.late));
    arrived
}

/// A socket by its namespace.
type Held = (NetnsId, ConnectionId);

/// The two ends of the TCP connection of an exchange, with their namespaces: first who writes. A client may have nobody at the other end any more.
fn ends(state: &KernelState, done: &Exchange, writer: Writer) -> Option<(Held, Option<Held>)> {
    let id = done.connection?;
    let client = (state.connections.get(id)?.netns, id);
    match writer {
        Writer::Client => Some((client, done.accepted())),
        Writer::Server => Some((done.accepted()?, Some(client))),
    }
}

/// What comes after something was waited for in vain: that a neighbour does not answer, or pieces of a packet do not arrive. Meanwhile all
/// else is over, what a process answered, too. A client that has heard nothing yet hears of it.
pub fn finish(network: &Network, state: &mut KernelState, chooser: &mut dyn Chooser, done: &mut Exchange) {
    for _ in 0..MAX_ANSWERS {
        let first = (0..done.late.len()).min_by_key(|at| done.late.get(*at).map(|(_, answer)| answer.after));
        let Some(first) = first else { break };
        let (of, answer) = done.late.remove(first);
        let walk = step::walk_answer(network, state, chooser, &answer);
        let sent = WalkedPacket { answer: Some(answer.kind), of: Some(of), walk };
        follow(network, state, chooser, sent, (&mut done.packets, &mut done.late));
    }
    done.late.clear();
    let heard = done.connection.map(|id| reported(state, id));
    if let (Reported::Timeout, None, Some(error @ Reported::Error(_))) = (done.reported, done.at_once, heard) {
        done.reported = error;
    }
}

/// Walks the kernel's answers to a packet, and the answers to those; those that come late are put aside.
fn follow(
    network: &Network,
    state: &mut KernelState,
    chooser: &mut dyn Chooser,
    first: WalkedPacket,
    (packets, late): (&mut Vec<WalkedPacket>, &mut Vec<(u32, Answer)>),
) {
    let mut queue: VecDeque<(u32, Answer)> = VecDeque::new();
    let mut keep = |sent: WalkedPacket, queue: &mut VecDeque<(u32, Answer)>| {
        let at = packets.len() as u32;
        for answer in sent.walk.answers.iter().cloned() {
            match answer.after {
                0 => queue.push_back((at, answer)),
                _ => late.push((at, answer)),
            }
        }
        packets.push(sent);
    };
    keep(first, &mut queue);
    for _ in 0..MAX_ANSWERS {
        // Whoever connects holds the socket until its call returns: what came meanwhile, the kernel takes up then (`release_sock`). By that
        // time all else that happens because of the SYN is over, where it happens on the same machine.
        let held = |(_, answer): &(u32, Answer)| answer.kind == AnswerKind::HandshakeAck;
        let Some((of, answer)) = queue.iter().position(|one| !held(one)).or(Some(0)).and_then(|at| queue.remove(at))
        else {
            return;
        };
        let walk = step::walk_answer(network, state, chooser, &answer);
        keep(WalkedPacket { answer: Some(answer.kind), of: Some(of), walk }, &mut queue);
    }
}

fn reported(state: &KernelState, id: ConnectionId) -> Reported {
    match state.connections.get(id).map(|connection| connection.state) {
        Some(
            ConnectionState::Established
            | ConnectionState::FinWait
            | ConnectionState::CloseWait
            | ConnectionState::LastAck
            | ConnectionState::TimeWait
            | ConnectionState::Closed,
        ) => Reported::Ok,
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

/// A packet that its sender does not want cut and that does not fit by what its host knows.
fn too_long(walk: &Walk, sender: NetnsId) -> Option<Errno> {
    let here = walk.hops.last().is_some_and(|hop| hop.place == Place::Routing && hop.in_dev.is_none());
    match walk.end {
        End::Dropped { netns, reason: DropReason::MtuExceeded { .. } } if here && netns == sender => {
            Some(Errno::MessageSize)
        }
        _ => None,
    }
}

/// A segment that does not fit the device that its own host sends it by, once OUTPUT had changed its way.
fn refused_at_home(walk: &Walk, sender: NetnsId) -> bool {
    let own = walk.hops.last().is_some_and(|hop| hop.in_dev.is_none());
    matches!(walk.end, End::Dropped { netns, reason: DropReason::MtuExceeded { .. } } if own && netns == sender)
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

/// Who has the packet; where it came to nobody, who has the first copy of it.
fn served(walk: &Walk, taken: &[Taken]) -> Option<Served> {
    let last = walk.hops.last().and_then(taken_at).filter(|_| matches!(walk.end, End::Delivered { .. }));
    last.map(|taken| taken.at).or_else(|| taken.first().map(|taken| taken.at))
}

/// Where a packet and the copies of it came to a process, or to the kernel in its place, in the order of time.
fn taken(walk: &Walk) -> Vec<Taken> {
    in_time(&walk.hops).into_iter().filter_map(taken_at).take(MAX_ANSWERS).collect()
}

/// Who takes the packet at a hop, as what.
fn taken_at(hop: &Hop) -> Option<Taken> {
    let delivery = hop.events.iter().find_map(|event| match event {
        Event::Deliver(delivery) => Some(*delivery),
        _ => None,
    })?;
    let socket = match delivery {
        Delivery::Accepted { listener, .. } | Delivery::Datagram { listener } => Some(listener),
        Delivery::Echo => None,
        _ => return None,
    };
    let packet = hop.after.packet.clone();
    let at = Served { netns: hop.netns, socket, local: packet.destination(), peer: packet.source() };
    Some(Taken { at, packet, delivery })
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
