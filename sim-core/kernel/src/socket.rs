//! Sockets: opening a connection, and what a local socket makes of a packet (RFC 9293, RFC 768, RFC 1122).
//!
//! ```
//! # use kernel::config::{IfAddr, NetworkBuilder};
//! # use kernel::ids::CauseId;
//! # use kernel::packet::Mac;
//! use kernel::packet::{Port, Protocol};
//! use kernel::socket;
//! use kernel::state::{Errno, KernelState};
//! use kernel::walk::AlwaysFirst;
//! # let cause = CauseId::default();
//! # let mut builder = NetworkBuilder::default();
//! # let (a, b) = (builder.add_netns("a", cause), builder.add_netns("b", cause));
//! # let ends = ((a, "eth0", Mac([2, 0, 0, 0, 0, 1])), (b, "eth0", Mac([2, 0, 0, 0, 0, 2])));
//! # let (near, far) = builder.add_veth(ends.0, ends.1, 1500, cause);
//! # builder.add_address(near, IfAddr::new("10.0.0.1/24".parse()?, cause));
//! # builder.add_address(far, IfAddr::new("10.0.0.2/24".parse()?, cause));
//! # let network = builder.build().expect("every reference leads somewhere");
//! let mut state = KernelState::default();
//! let mut connect = |to: &str| socket::connect(&network, &mut state, &mut AlwaysFirst, a, Protocol::Tcp, (None, Port(40_000)), to.parse().unwrap());
//! let (_, syn) = connect("10.0.0.2:80").expect("there is a route");
//! assert_eq!(syn.source(), "10.0.0.1:40000".parse()?);
//! assert_eq!(connect("192.0.2.1:80"), Err(Errno::NetworkUnreachable));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::config::{LinkKind, Netns, Network, Owner, RouteKind, Socket};
use crate::ids::{ConnectionId, NetnsId, SocketId};
use crate::lookup::multipath::{self, Flow};
use crate::lookup::route;
use crate::packet::{Icmp, IpHeader, L4, Packet, Port, Protocol, SctpChunk, TcpFlags};
use crate::state::{Connection, ConnectionState, Errno, KernelState, PathMtu};
use crate::walk::{Act, AnswerKind, Chooser, Delivery, DropReason};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

/// TTL of packets a host makes (`net.ipv4.ip_default_ttl`).
pub const DEFAULT_TTL: u8 = 64;

/// A path MTU is never taken as smaller (`net.ipv4.route.min_pmtu`).
const MIN_PATH_MTU: u32 = 552;

/// A packet with the host's default TTL and no payload. Sockets set Don't Fragment (path MTU discovery, `ip_dont_fragment`), and so
/// do resets and SYN-ACKs whatever is set; what ICMP itself sends does not (`icmp_sk_init`).
pub fn packet(src: IpAddr, dst: IpAddr, l4: L4) -> Packet {
    let dont_fragment =
        !matches!(l4, L4::Icmp(Icmp::EchoReply { .. } | Icmp::Unreachable { .. } | Icmp::TimeExceeded { .. }));
    Packet {
        ethernet: None,
        ip: IpHeader { src, dst, ttl: DEFAULT_TTL, dont_fragment },
        l4,
        payload: Arc::from([]),
        inner: None,
        fragments: Vec::new(),
    }
}

/// Opens a socket toward `remote` as `connect(2)` does, bound to an address if one is given, and a port; else the route chooses the source
/// address. The result is the waiting connection and its first packet.
///
/// # Errors
/// What `connect()` reports at once: no route, or a route of type unreachable, prohibit or blackhole.
pub fn connect(
    network: &Network,
    state: &mut KernelState,
    chooser: &mut dyn Chooser,
    netns: NetnsId,
    protocol: Protocol,
    own: (Option<IpAddr>, Port),
    remote: SocketAddr,
) -> Result<(ConnectionId, Packet), Errno> {
    connect_as(network, state, chooser, (netns, Owner::default()), protocol, own, remote)
}

/// The same as a user.
///
/// # Errors
/// As [`connect`].
pub fn connect_as(
    network: &Network,
    state: &mut KernelState,
    chooser: &mut dyn Chooser,
    (netns, owner): (NetnsId, Owner),
    protocol: Protocol,
    (local, sport): (Option<IpAddr>, Port),
    remote: SocketAddr,
) -> Result<(ConnectionId, Packet), Errno> {
    chooser.acts(&Act::Connect { netns, owner, protocol, local, sport, remote });
    let here = network.netns(netns);
    let routed = |src| {
        let found = route::lookup(here, remote.ip(), src, 0).ok_or(Errno::NetworkUnreachable)?;
        match found.route.kind {
            RouteKind::Unreachable => Err(Errno::HostUnreachable),
            RouteKind::Prohibit => Err(Errno::Access),
            RouteKind::Blackhole => Err(Errno::Invalid),
            RouteKind::Unicast | RouteKind::Local | RouteKind::Broadcast => Ok(found),
        }
    };
    let mut found = routed(local)?;
    if local.is_none() {
        // Of several next hops the flow's hash, still without a source, takes one, and that one gives the address (`fib_select_path`).
        let flow = Flow { src: SocketAddr::new(unspecified(remote), 0), dst: remote, protocol };
        found = multipath::select(chooser, (netns, here), found, flow);
    }
    let src = local.or_else(|| route::source_for(here, &found, remote.ip())).ok_or(Errno::NetworkUnreachable)?;
    // With the source that the first route gives, policy rules may choose another (`ip_route_connect`).
    if local.is_none() {
        routed(Some(src))?;
    }
    let dport = Port(remote.port());
    let l4 = match protocol {
        Protocol::Tcp => L4::Tcp { sport, dport, flags: TcpFlags::SYN },
        Protocol::Udp => L4::Udp { sport, dport },
        Protocol::Sctp => L4::Sctp { sport, dport, chunk: SctpChunk::Init },
        Protocol::Icmp => L4::Icmp(Icmp::EchoRequest { id: sport.0 }),
        Protocol::Other(number) => L4::Other(number),
    };
    let id = ConnectionId(state.connections.len() as u32);
    let mss = announced(network, state, netns, protocol, (src, remote.ip()));
    let remote_port = if protocol == Protocol::Icmp { sport.0 } else { remote.port() };
    state.connections.push(Connection {
        netns,
        protocol,
        local: SocketAddr::new(src, sport.0),
        remote: SocketAddr::new(remote.ip(), remote_port),
        owner,
        state: ConnectionState::SynSent,
        listener: None,
        ttl: None,
        mss,
        repeated: None,
    });
    let mut made = packet(src, remote.ip(), l4);
    made.ip.dont_fragment = discovers_path_mtu(here);
    Ok((id, made))
}

fn unspecified(like: SocketAddr) -> IpAddr {
    match like {
        SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    }
}

/// The source address of a packet that is sent without one, by the next hop that the flow's hash takes; `None` where no route leads there.
pub(crate) fn source_to(
    network: &Network,
    chooser: &mut dyn Chooser,
    netns: NetnsId,
    (protocol, to): (Protocol, SocketAddr),
) -> Option<IpAddr> {
    let here = network.netns(netns);
    let found = route::lookup(here, to.ip(), None, 0)?;
    let flow = Flow { src: SocketAddr::new(unspecified(to), 0), dst: to, protocol };
    route::source_for(here, &multipath::select(chooser, (netns, here), found, flow), to.ip())
}

/// The source address that the first route gives a connection, where that leads anywhere.
pub(crate) fn first_source(
    network: &Network,
    chooser: &mut dyn Chooser,
    netns: NetnsId,
    (protocol, to): (Protocol, SocketAddr),
) -> Option<IpAddr> {
    let found = route::lookup(network.netns(netns), to.ip(), None, 0)?;
    let leads = matches!(found.route.kind, RouteKind::Unicast | RouteKind::Local | RouteKind::Broadcast);
    if leads { source_to(network, chooser, netns, (protocol, to)) } else { None }
}

/// Whether sockets of the namespace set Don't Fragment: not with `net.ipv4.ip_no_pmtu_disc` 1 or 2.
pub fn discovers_path_mtu(netns: &Netns) -> bool {
    route::sysctl(netns, "net.ipv4.ip_no_pmtu_disc") == 0
}

/// A datagram or echo request on a connected socket; `None` for a connection that is not there.
pub fn datagram(network: &Network, state: &KernelState, id: ConnectionId, payload: Arc<[u8]>) -> Option<Packet> {
    let connection = state.connections.get(id)?;
    let (sport, dport) = (Port(connection.local.port()), Port(connection.remote.port()));
    let l4 = match connection.protocol {
        Protocol::Icmp => L4::Icmp(Icmp::EchoRequest { id: connection.local.port() }),
        _ => L4::Udp { sport, dport },
    };
    let mut made = packet(connection.local.ip(), connection.remote.ip(), l4);
    made.payload = payload;
    made.ip.dont_fragment = discovers_path_mtu(network.netns(connection.netns));
    Some(made)
}

/// The answer a process sends to a datagram it received: addresses and ports turned round.
pub fn datagram_answer(request: &Packet, payload: Arc<[u8]>) -> Packet {
    let l4 = match &request.l4 {
        L4::Udp { sport, dport } => L4::Udp { sport: *dport, dport: *sport },
        other => other.clone(),
    };
    let mut made = packet(request.ip.dst, request.ip.src, l4);
    made.payload = payload;
    made
}

/// What fits on the way to `to`, as far as the namespace knows: the MTU of the route's device, or less where a router said so. 0 where no route
/// leads there.
pub fn path_mtu(network: &Network, state: &KernelState, netns: NetnsId, (from, to): (Option<IpAddr>, IpAddr)) -> u32 {
    let here = network.netns(netns);
    let Some(found) = route::lookup(here, to, from, 0) else { return 0 };
    let loopback = || here.links.position(|link| link.kind == LinkKind::Loopback);
    let dev = if found.route.kind == RouteKind::Local { loopback() } else { found.route.dev };
    let mtu = dev.and_then(|dev| here.links.get(dev)).map_or(0, |link| link.mtu);
    mtu.min(state.known_path_mtu(netns, to).map_or(u32::MAX, |known| known.mtu))
}

/// IPv4 and TCP headers without options.
const HEADERS: u32 = 40;
/// The timestamp option of every segment of an open connection.
const TIMESTAMPS: u32 = 12;
/// No socket says that it takes less (`net.ipv4.route.min_adv_mss`).
const LEAST_ANNOUNCED: u32 = 256;

/// Bytes of a stream that one segment carries (`tcp_current_mss`): what fits on the way, and what the other end of the connection said that it
/// takes, where that is known.
pub fn segment_size(network: &Network, state: &KernelState, id: ConnectionId, peer: Option<ConnectionId>) -> u32 {
    let Some(own) = state.connections.get(id) else { return 0 };
    let theirs = peer.and_then(|peer| state.connections.get(peer));
    let fits = path_mtu(network, state, own.netns, (Some(own.local.ip()), own.remote.ip())).saturating_sub(HEADERS);
    let sent = fits.min(theirs.map_or(u32::MAX, |other| other.mss));
    sent.saturating_sub(TIMESTAMPS).max(48)
}

/// What a socket says that it takes (`ipv4_default_advmss`).
fn announced(
    network: &Network,
    state: &KernelState,
    netns: NetnsId,
    protocol: Protocol,
    ends: (IpAddr, IpAddr),
) -> u32 {
    match protocol {
        Protocol::Tcp => {
            path_mtu(network, state, netns, (Some(ends.0), ends.1)).saturating_sub(HEADERS).max(LEAST_ANNOUNCED)
        }
        _ => 0,
    }
}

/// A segment on an open connection; `None` for one that is not there, or whose own end is closed.
pub fn segment(network: &Network, state: &KernelState, id: ConnectionId, payload: Arc<[u8]>) -> Option<Packet> {
    let writes = |open: &&Connection| {
        matches!(open.state, ConnectionState::Established | ConnectionState::SynRecv | ConnectionState::CloseWait)
    };
    let connection = state.connections.get(id).filter(writes)?;
    let mut made = of_stream(network, connection, TcpFlags { psh: true, ..TcpFlags::ACK });
    made.payload = payload;
    Some(made)
}

/// A segment without bytes, as a connection sends it.
fn of_stream(network: &Network, connection: &Connection, flags: TcpFlags) -> Packet {
    let (sport, dport) = (Port(connection.local.port()), Port(connection.remote.port()));
    let mut made = packet(connection.local.ip(), connection.remote.ip(), L4::Tcp { sport, dport, flags });
    made.ip.ttl = connection.ttl.unwrap_or(DEFAULT_TTL);
    made.ip.dont_fragment = discovers_path_mtu(network.netns(connection.netns));
    made
}

/// What close(2) makes a TCP connection send when all was read: FIN, which acknowledges what came, too (`tcp_close_state`, `tcp_send_fin`). `None`
/// where this side is done already, or nothing is open.
pub fn close(network: &Network, state: &mut KernelState, id: ConnectionId) -> Option<Packet> {
    let open = state.connections.get_mut(id).filter(|open| open.protocol == Protocol::Tcp)?;
    open.state = match open.state {
        ConnectionState::Established | ConnectionState::SynRecv => ConnectionState::FinWait,
        ConnectionState::CloseWait => ConnectionState::LastAck,
        _ => return None,
    };
    Some(of_stream(network, open, TcpFlags::FIN_ACK))
}

/// What became of a packet at the sockets of a namespace.
pub(crate) struct Received {
    /// What a socket made of it, or why none took it.
    pub(crate) result: Result<Delivery, DropReason>,
    /// A packet in answer.
    pub(crate) answer: Option<(AnswerKind, Packet)>,
    /// What was learned of the way to a destination.
    pub(crate) learned: Option<(IpAddr, PathMtu)>,
}

impl Received {
    fn quiet(result: Result<Delivery, DropReason>) -> Self {
        Self { result, answer: None, learned: None }
    }

    fn answered(result: Result<Delivery, DropReason>, kind: AnswerKind, packet: Packet) -> Self {
        Self { result, answer: Some((kind, packet)), learned: None }
    }
}

/// Hands a packet to the sockets of `netns`.
pub(crate) fn receive(network: &Network, state: &mut KernelState, netns: NetnsId, packet: &Packet) -> Received {
    match &packet.l4 {
        L4::Tcp { .. } => tcp(network, state, netns, packet),
        L4::Udp { .. } => udp(network, state, netns, packet),
        L4::Sctp { .. } => sctp(network, state, netns, packet),
        L4::Icmp(icmp) => ping(network, state, netns, packet, icmp),
        L4::Other(_) => {
            let error = icmp_unreachable(packet, 2);
            Received::answered(Err(DropReason::NoSocket), AnswerKind::IcmpError { kind: 3, code: 2 }, error)
        }
    }
}

/// An ICMP error about `packet`, from the address it was sent to.
fn icmp_unreachable(about: &Packet, code: u8) -> Packet {
    let l4 = L4::Icmp(Icmp::Unreachable { code, mtu: None, quoted: Box::new(about.clone()) });
    packet(about.ip.dst, about.ip.src, l4)
}

/// The answer's addresses: the request's, turned round.
fn turned(request: &Packet, l4: L4) -> Packet {
    packet(request.ip.dst, request.ip.src, l4)
}

fn listener(network: &Network, netns: NetnsId, packet: &Packet) -> Option<SocketId> {
    let port = packet.l4.destination_port()?;
    let fits = |socket: &Socket| {
        socket.protocol == packet.protocol()
            && socket.port == port
            && socket.address.is_none_or(|address| address == packet.ip.dst)
    };
    network.netns(netns).sockets.position(fits)
}

fn connection(
    state: &KernelState,
    netns: NetnsId,
    protocol: Protocol,
    local: SocketAddr,
    remote: SocketAddr,
) -> Option<ConnectionId> {
    let fits = |c: &Connection| {
        c.netns == netns
            && c.protocol == protocol
            && c.local == local
            && c.remote == remote
            && !matches!(c.state, ConnectionState::Failed(_) | ConnectionState::Closed)
    };
    state.connections.entries().rev().find(|(_, open)| fits(open)).map(|(id, _)| id)
}

fn set_state(state: &mut KernelState, id: ConnectionId, to: ConnectionState) {
    if let Some(connection) = state.connections.get_mut(id) {
        connection.state = to;
    }
}

fn accept(network: &Network, state: &mut KernelState, netns: NetnsId, packet: &Packet, listener: SocketId) -> Delivery {
    let mss = announced(network, state, netns, packet.protocol(), (packet.ip.dst, packet.ip.src));
    let id = state.connections.push(Connection {
        netns,
        protocol: packet.protocol(),
        local: packet.destination(),
        remote: packet.source(),
        owner: network.netns(netns).sockets.get(listener).map(|socket| socket.owner).unwrap_or_default(),
        state: ConnectionState::SynRecv,
        listener: Some(listener),
        ttl: None,
        mss,
        repeated: None,
    });
    Delivery::Accepted { listener, connection: id }
}

/// Whether an end says its last word of the handshake again now (`tcp_oow_rate_limited`).
fn repeats(state: &mut KernelState, id: ConnectionId) -> bool {
    let now = Some(state.now);
    state.connections.get_mut(id).is_some_and(|connection| std::mem::replace(&mut connection.repeated, now) != now)
}

fn tcp(network: &Network, state: &mut KernelState, netns: NetnsId, packet: &Packet) -> Received {
    let L4::Tcp { sport, dport, flags } = &packet.l4 else { return Received::quiet(Err(DropReason::NoSocket)) };
    let reply = |flags| turned(packet, L4::Tcp { sport: *dport, dport: *sport, flags });
    let open = connection(state, netns, Protocol::Tcp, packet.destination(), packet.source());
    if let Some(id) = open {
        let at = state.connections.get(id).map(|connection| connection.state);
        let from = state.connections.get(id).and_then(|connection| connection.listener);
        if let (Some(ConnectionState::SynRecv), Some(listener), TcpFlags { syn: true, ack: false, rst: false, .. }) =
            (at, from, flags)
        {
            // The SYN came twice: the SYN-ACK is sent again (`tcp_check_req`).
            let again = Ok(Delivery::Accepted { listener, connection: id });
            return match repeats(state, id) {
                true => Received::answered(again, AnswerKind::HandshakeAnswer, reply(TcpFlags::SYN_ACK)),
                false => Received::quiet(again),
            };
        }
        match (at, flags.syn, flags.ack, flags.rst) {
            // `tcp_timewait_state_process`: what is over stays over (`net.ipv4.tcp_rfc1337`), and a SYN opens another.
            (Some(ConnectionState::TimeWait), true, false, false) => {}
            (Some(ConnectionState::TimeWait), _, _, _) => {
                return Received::quiet(Ok(Delivery::Closed { connection: id }));
            }
            (at, _, _, true) => {
                // `tcp_reset`: what was established is reset, not refused.
                let refused = at == Some(ConnectionState::SynSent);
                let errno = if refused { Errno::ConnectionRefused } else { Errno::ConnectionReset };
                set_state(state, id, ConnectionState::Failed(errno));
                return Received::quiet(Ok(Delivery::Failed { connection: id, errno }));
            }
            // The SYN-ACK came twice: it is answered with a challenge ACK (`tcp_validate_incoming`). An ACK that comes twice says nothing new.
            (Some(ConnectionState::Established), true, true, _) if !repeats(state, id) => {
                return Received::quiet(Ok(Delivery::Answer { connection: id }));
            }
            (Some(ConnectionState::Established), false, true, _) if packet.payload.is_empty() && !flags.fin => {
                return Received::quiet(Ok(Delivery::Established { connection: id }));
            }
            (Some(ConnectionState::SynSent | ConnectionState::Established), true, true, _) => {
                set_state(state, id, ConnectionState::Established);
                let ack = state.connections.get(id).map(|open| of_stream(network, open, TcpFlags::ACK));
                let answer = ack.map(|ack| (AnswerKind::HandshakeAck, ack));
                return Received { result: Ok(Delivery::Answer { connection: id }), answer, learned: None };
            }
            (Some(ConnectionState::SynRecv | ConnectionState::Established), false, true, _)
                if !packet.payload.is_empty() =>
            {
                set_state(state, id, ConnectionState::Established);
                return Received::quiet(Ok(Delivery::Data { connection: id }));
            }
            (Some(ConnectionState::SynRecv | ConnectionState::Established), false, true, _) if flags.fin => {
                set_state(state, id, ConnectionState::CloseWait);
                return Received::quiet(Ok(Delivery::Finished { connection: id }));
            }
            (Some(ConnectionState::FinWait), false, true, _) if flags.fin => {
                set_state(state, id, ConnectionState::TimeWait);
                let ack = state.connections.get(id).map(|open| of_stream(network, open, TcpFlags::ACK));
                let answer = ack.map(|ack| (AnswerKind::CloseAck, ack));
                return Received { result: Ok(Delivery::Finished { connection: id }), answer, learned: None };
            }
            (Some(ConnectionState::LastAck), false, true, _) => {
                set_state(state, id, ConnectionState::Closed);
                return Received::quiet(Ok(Delivery::Closed { connection: id }));
            }
            (Some(ConnectionState::SynRecv), false, true, _) => {
                set_state(state, id, ConnectionState::Established);
                if let Some(connection) = state.connections.get_mut(id) {
                    connection.repeated = None;
                }
                return Received::quiet(Ok(Delivery::Established { connection: id }));
            }
            _ => {}
        }
    }
    if flags.rst {
        return Received::quiet(Err(DropReason::NoSocket));
    }
    if flags.syn && !flags.ack {
        if let Some(at) = listener(network, netns, packet) {
            let delivery = accept(network, state, netns, packet, at);
            let answer = reply(TcpFlags::SYN_ACK);
            return Received::answered(Ok(delivery), AnswerKind::HandshakeAnswer, answer);
        }
        return Received::answered(Err(DropReason::NoListener), AnswerKind::Reset, reply(TcpFlags::RST_ACK));
    }
    Received::answered(Err(DropReason::NoSocket), AnswerKind::Reset, reply(TcpFlags::RST))
}

fn udp(network: &Network, state: &mut KernelState, netns: NetnsId, packet: &Packet) -> Received {
    if let Some(id) = connection(state, netns, Protocol::Udp, packet.destination(), packet.source()) {
        set_state(state, id, ConnectionState::Established);
        return Received::quiet(Ok(Delivery::Answer { connection: id }));
    }
    if let Some(listener) = listener(network, netns, packet) {
        return Received::quiet(Ok(Delivery::Datagram { listener }));
    }
    let error = icmp_unreachable(packet, 3);
    Received::answered(Err(DropReason::NoListener), AnswerKind::IcmpError { kind: 3, code: 3 }, error)
}

fn sctp(network: &Network, state: &mut KernelState, netns: NetnsId, packet: &Packet) -> Received {
    let L4::Sctp { sport, dport, chunk } = &packet.l4 else { return Received::quiet(Err(DropReason::NoSocket)) };
    let reply = |chunk| turned(packet, L4::Sctp { sport: *dport, dport: *sport, chunk });
    let open = connection(state, netns, Protocol::Sctp, packet.destination(), packet.source());
    match (chunk, open) {
        (SctpChunk::InitAck, Some(id)) => {
            set_state(state, id, ConnectionState::Established);
            Received::quiet(Ok(Delivery::Answer { connection: id }))
        }
        (SctpChunk::Abort, Some(id)) => {
            let errno = Errno::ConnectionRefused;
            set_state(state, id, ConnectionState::Failed(errno));
            Received::quiet(Ok(Delivery::Failed { connection: id, errno }))
        }
        (SctpChunk::Init, _) => match listener(network, netns, packet) {
            Some(at) => {
                let delivery = accept(network, state, netns, packet, at);
                Received::answered(Ok(delivery), AnswerKind::HandshakeAnswer, reply(SctpChunk::InitAck))
            }
            None => Received::answered(Err(DropReason::NoListener), AnswerKind::Reset, reply(SctpChunk::Abort)),
        },
        _ => Received::quiet(Err(DropReason::NoSocket)),
    }
}

fn ping(network: &Network, state: &mut KernelState, netns: NetnsId, packet: &Packet, icmp: &Icmp) -> Received {
    match icmp {
        Icmp::EchoRequest { id } => {
            let mut reply = turned(packet, L4::Icmp(Icmp::EchoReply { id: *id }));
            reply.payload = packet.payload.clone();
            Received::answered(Ok(Delivery::Echo), AnswerKind::EchoReply, reply)
        }
        Icmp::EchoReply { id } => {
            let (local, remote) = (SocketAddr::new(packet.ip.dst, *id), SocketAddr::new(packet.ip.src, *id));
            match connection(state, netns, Protocol::Icmp, local, remote) {
                Some(connection) => {
                    set_state(state, connection, ConnectionState::Established);
                    Received::quiet(Ok(Delivery::Answer { connection }))
                }
                None => Received::quiet(Err(DropReason::NoSocket)),
            }
        }
        Icmp::Unreachable { code, quoted, .. } => {
            let hard = !matches!(code, 0 | 1 | 5 | 11 | 12);
            let learned = match icmp {
                Icmp::Unreachable { code: 4, mtu: Some(mtu), .. } => {
                    learn_path_mtu(network, state, netns, quoted, *mtu)
                }
                _ => None,
            };
            Received { learned, ..failed(state, netns, quoted, errno_of(*code), hard) }
        }
        Icmp::TimeExceeded { quoted, .. } => failed(state, netns, quoted, Errno::HostUnreachable, false),
    }
}

/// Remembers the MTU of a way (`__ip_rt_update_pmtu`), for what an own socket sent. What is not less than what is known is not believed, nor is
/// anything about a way that is known to be narrow beyond belief.
fn learn_path_mtu(
    network: &Network,
    state: &mut KernelState,
    netns: NetnsId,
    quoted: &Packet,
    told: u32,
) -> Option<(IpAddr, PathMtu)> {
    let to = quoted.ip.dst;
    let known = path_mtu(network, state, netns, (Some(quoted.ip.src), to));
    if known < told || state.known_path_mtu(netns, to).is_some_and(|known| known.locked) {
        return None;
    }
    let locked = told < MIN_PATH_MTU;
    let mtu = if locked { known.min(MIN_PATH_MTU) } else { told };
    let learned = PathMtu { mtu, locked, learned: state.now };
    state.path_mtu.insert((netns, to), learned);
    Some((to, learned))
}

/// What `connect()` reports for an ICMP unreachable (`icmp_err_convert` in net/ipv4/icmp.c).
fn errno_of(code: u8) -> Errno {
    match code {
        0 | 6 | 9 | 11 => Errno::NetworkUnreachable,
        2 => Errno::NoProtocol,
        3 => Errno::ConnectionRefused,
        4 => Errno::MessageSize,
        _ => Errno::HostUnreachable,
    }
}

fn failed(state: &mut KernelState, netns: NetnsId, quoted: &Packet, errno: Errno, hard: bool) -> Received {
    let (mut local, mut remote) = (quoted.source(), quoted.destination());
    if let L4::Icmp(Icmp::EchoRequest { id }) = &quoted.l4 {
        local.set_port(*id);
        remote.set_port(*id);
    }
    // A datagram socket hears of hard errors only (`icmp_err_convert`): what may pass is left to the application's patience.
    let soft = matches!(errno, Errno::HostUnreachable | Errno::NetworkUnreachable) && !hard;
    match connection(state, netns, quoted.protocol(), local, remote) {
        Some(_) if soft && quoted.protocol() != Protocol::Tcp => Received::quiet(Err(DropReason::NoSocket)),
        // `tcp_v4_mtu_reduced`: no error, but shorter segments.
        Some(connection) if errno == Errno::MessageSize && quoted.protocol() == Protocol::Tcp => {
            Received::quiet(Ok(Delivery::Told { connection }))
        }
        // `tcp_v4_err`: only who still connects gives up.
        Some(connection) if quoted.protocol() == Protocol::Tcp && !connects(state, connection) => {
            Received::quiet(Ok(Delivery::Noted { connection }))
        }
        Some(connection) => {
            set_state(state, connection, ConnectionState::Failed(errno));
            Received::quiet(Ok(Delivery::Failed { connection, errno }))
        }
        None => Received::quiet(Err(DropReason::NoSocket)),
    }
}

fn connects(state: &KernelState, id: ConnectionId) -> bool {
    let at = state.connections.get(id).map(|open| open.state);
    matches!(at, Some(ConnectionState::SynSent | ConnectionState::SynRecv))
}
