//! Packets as bytes on a wire: Ethernet II, IPv4 (RFC 791), TCP, UDP, ICMP, SCTP, VXLAN (RFC 7348), IP in IP (RFC 2003), ARP (RFC 826).

use etherparse::{
    ArpHardwareId, ArpOperation, ArpPacket, EtherType, Ethernet2Header, IcmpEchoHeader, Icmpv4Header, Icmpv4Type,
    IpFragOffset, IpNumber, Ipv4Header, TcpHeader, TcpOptionElement, UdpHeader,
};
use kernel::packet::{Fragment, Icmp, L4, Mac, Packet, SctpChunk, TcpFlags, Tunnel};
use std::net::{IpAddr, Ipv4Addr};

/// Initial sequence numbers, which are not simulated.
const ASKS: u32 = 1_000;
const ANSWERS: u32 = 5_000;
/// A window, as Linux has it at first.
const WINDOW: u16 = 64_240;
/// CRC-32C, as SCTP has it (RFC 9260, appendix A).
const CRC: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISCSI);
/// What an ICMP error has at most (RFC 1812 section 4.3.2.3).
const ERROR: usize = 576;

/// Whose turn it is on a connection: it decides made-up numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    /// Who sends.
    pub(super) side: Side,
    /// What the sender's sequence numbers have come to since the handshake: bytes, and one for FIN.
    pub(super) own: u32,
    /// The same of the other side, as far as it arrived.
    pub(super) other: u32,
}

impl Turn {
    /// At the beginning of a connection.
    pub(super) fn first(side: Side) -> Self {
        Self { side, own: 0, other: 0 }
    }
}

/// Which end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The client of the connection.
    Asks,
    /// The server.
    Answers,
}

/// A question for a neighbour.
pub(super) struct Asks {
    pub(super) mac: Mac,
    pub(super) ip: IpAddr,
    pub(super) wants: IpAddr,
}

fn v4(ip: IpAddr) -> Option<Ipv4Addr> {
    match ip {
        IpAddr::V4(ip) => Some(ip),
        IpAddr::V6(_) => None,
    }
}

fn ethernet(source: Mac, destination: Mac, ether_type: EtherType, body: &[u8]) -> Vec<u8> {
    let header = Ethernet2Header { source: source.0, destination: destination.0, ether_type };
    [&header.to_bytes()[..], body].concat()
}

/// The frames of a packet: one, or one a piece. None for IPv6, which is not simulated.
pub(super) fn frames(packet: &Packet, turn: Turn) -> Vec<Vec<u8>> {
    // Loopback has the addresses of nobody.
    let (source, destination) = packet.ethernet.map_or((Mac::ZERO, Mac::ZERO), |header| (header.src, header.dst));
    ip(packet, turn).iter().map(|body| ethernet(source, destination, EtherType::IPV4, body)).collect()
}

/// The question as a broadcast, and the answer.
pub(super) fn arp(asks: &Asks, answer: Option<Mac>) -> Vec<Vec<u8>> {
    let (Some(own), Some(wants)) = (v4(asks.ip), v4(asks.wants)) else { return Vec::new() };
    let packet = |operation, from: (Mac, Ipv4Addr), to: (Mac, Ipv4Addr)| {
        let (from_ip, to_ip) = (from.1.octets(), to.1.octets());
        ArpPacket::new(ArpHardwareId::ETHERNET, EtherType::IPV4, operation, &from.0.0, &from_ip, &to.0.0, &to_ip)
            .map(|packet| packet.to_bytes().to_vec())
            .unwrap_or_default()
    };
    let question = packet(ArpOperation::REQUEST, (asks.mac, own), (Mac::ZERO, wants));
    let mut frames = vec![ethernet(asks.mac, Mac([0xff; 6]), EtherType::ARP, &question)];
    if let Some(mac) = answer {
        let answer = packet(ArpOperation::REPLY, (mac, wants), (asks.mac, own));
        frames.push(ethernet(mac, asks.mac, EtherType::ARP, &answer));
    }
    frames
}

/// IP packets: what is carried in pieces is wrapped piece by piece.
fn ip(packet: &Packet, turn: Turn) -> Vec<Vec<u8>> {
    let (Some(source), Some(destination)) = (v4(packet.ip.src), v4(packet.ip.dst)) else { return Vec::new() };
    let bodies: Vec<Vec<u8>> = match &packet.inner {
        None => vec![transport(packet, (source, destination), &packet.payload, turn)],
        Some(inner) => {
            let wrap = |frame: Vec<u8>| transport(packet, (source, destination), &frame, turn);
            match inner.kind {
                Tunnel::Ipip => ip(&inner.packet, turn).into_iter().map(wrap).collect(),
                Tunnel::Vxlan { vni } => {
                    // The flag that there is a VNI, and the VNI in the upper 24 bits.
                    let head = [0x0800_0000_u32.to_be_bytes(), (vni << 8).to_be_bytes()].concat();
                    frames(&inner.packet, turn).into_iter().map(|frame| wrap([head.clone(), frame].concat())).collect()
                }
            }
        }
    };
    let mut packets = Vec::new();
    for (of, body) in (0..).zip(bodies) {
        let whole = Fragment { offset: 0, len: body.len() as u32, of };
        let pieces = packet.fragments.iter().filter(|piece| piece.of == of).copied().collect();
        let pieces = if packet.fragments.is_empty() { vec![whole] } else { pieces };
        for piece in pieces {
            let (from, to) = (piece.offset as usize, (piece.offset + piece.len) as usize);
            let Some(part) = body.get(from..to.min(body.len())) else { continue };
            let mut header = Ipv4Header {
                time_to_live: packet.ip.ttl,
                protocol: IpNumber(packet.l4_number()),
                dont_fragment: packet.ip.dont_fragment && packet.fragments.is_empty(),
                more_fragments: to < body.len(),
                fragment_offset: IpFragOffset::try_new((piece.offset / 8) as u16).unwrap_or_default(),
                // Pieces belong together by it.
                identification: if packet.fragments.is_empty() { 0 } else { 1 + of as u16 },
                source: source.octets(),
                destination: destination.octets(),
                ..Ipv4Header::default()
            };
            if header.set_payload_len(part.len()).is_err() {
                continue;
            }
            header.header_checksum = header.calc_header_checksum();
            packets.push([&header.to_bytes()[..], part].concat());
        }
    }
    packets
}

trait Number {
    fn l4_number(&self) -> u8;
}

impl Number for Packet {
    /// The protocol's number: that of what is carried, where nothing is between.
    fn l4_number(&self) -> u8 {
        match (&self.inner, &self.l4) {
            (Some(inner), _) if inner.kind == Tunnel::Ipip => 4,
            (_, L4::Tcp { .. }) => 6,
            (_, L4::Udp { .. }) => 17,
            (_, L4::Sctp { .. }) => 132,
            (_, L4::Icmp(_)) => 1,
            (_, L4::Other(number)) => *number,
        }
    }
}

/// Transport header and what it carries.
fn transport(packet: &Packet, (source, destination): (Ipv4Addr, Ipv4Addr), payload: &[u8], turn: Turn) -> Vec<u8> {
    let addresses = (source.octets(), destination.octets());
    match &packet.l4 {
        L4::Tcp { sport, dport, flags } => tcp((sport.0, dport.0), *flags, addresses, payload, turn),
        L4::Udp { sport, dport } => {
            let header = UdpHeader::with_ipv4_checksum(sport.0, dport.0, &raw(addresses), payload);
            header.map(|header| [&header.to_bytes()[..], payload].concat()).unwrap_or_default()
        }
        L4::Sctp { sport, dport, chunk } => sctp((sport.0, dport.0), *chunk),
        L4::Icmp(icmp) => icmp_message(icmp, payload, turn),
        L4::Other(_) => payload.to_vec(),
    }
}

fn raw((source, destination): ([u8; 4], [u8; 4])) -> Ipv4Header {
    Ipv4Header { source, destination, ..Ipv4Header::default() }
}

fn tcp(ports: (u16, u16), flags: TcpFlags, addresses: ([u8; 4], [u8; 4]), payload: &[u8], turn: Turn) -> Vec<u8> {
    let (own, other) = match turn.side {
        Side::Asks => (ASKS, ANSWERS),
        Side::Answers => (ANSWERS, ASKS),
    };
    // A SYN takes one number; a reset that answers one has none of its own (RFC 9293 section 3.5.2).
    let sequence = match (flags.syn, flags.rst) {
        (true, _) => own,
        (false, true) if flags.ack => 0,
        _ => own.wrapping_add(1).wrapping_add(turn.own),
    };
    let mut header = TcpHeader::new(ports.0, ports.1, sequence, if flags.rst { 0 } else { WINDOW });
    header.acknowledgment_number = if flags.ack { other.wrapping_add(1).wrapping_add(turn.other) } else { 0 };
    (header.syn, header.ack, header.rst, header.fin, header.psh) =
        (flags.syn, flags.ack, flags.rst, flags.fin, flags.psh);
    let clock = match turn.side {
        Side::Asks => (1, u32::from(flags.ack)),
        Side::Answers => (1, 1),
    };
    // What Linux sends by default, as long as the simulation counts it.
    let set = match (flags.syn, flags.rst) {
        (true, _) => header.set_options(&[
            TcpOptionElement::MaximumSegmentSize(1_460),
            TcpOptionElement::SelectiveAcknowledgementPermitted,
            TcpOptionElement::Timestamp(clock.0, clock.1),
            TcpOptionElement::Noop,
            TcpOptionElement::WindowScale(7),
        ]),
        (false, true) => Ok(()),
        (false, false) => header.set_options(&[
            TcpOptionElement::Noop,
            TcpOptionElement::Noop,
            TcpOptionElement::Timestamp(clock.0, clock.1),
        ]),
    };
    if set.is_err() {
        return Vec::new();
    }
    header.checksum = header.calc_checksum_ipv4_raw(addresses.0, addresses.1, payload).unwrap_or_default();
    [&header.to_bytes()[..], payload].concat()
}

/// Common header and one chunk (RFC 9260 sections 3.1, 3.3.2, 3.3.3, 3.3.7).
fn sctp(ports: (u16, u16), chunk: SctpChunk) -> Vec<u8> {
    // Verification tag: none in an INIT, else the peer's.
    let (tag, kind, length) = match chunk {
        SctpChunk::Init => (0, 1_u8, 20_u16),
        SctpChunk::InitAck => (ASKS, 2, 28),
        SctpChunk::Abort => (ASKS, 6, 4),
    };
    let mut bytes = [ports.0.to_be_bytes(), ports.1.to_be_bytes()].concat();
    bytes.extend_from_slice(&tag.to_be_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&[kind, 0]);
    bytes.extend_from_slice(&length.to_be_bytes());
    if length > 4 {
        let own = if kind == 1 { ASKS } else { ANSWERS };
        // Initiate tag, receiver window, streams out and in, first TSN.
        for number in [own, 106_496, 10 << 16 | 10, own] {
            bytes.extend_from_slice(&number.to_be_bytes());
        }
    }
    if kind == 2 {
        // State cookie, as short as may be.
        bytes.extend_from_slice(&[0, 7, 0, 8, 0, 0, 0, 0]);
    }
    let sum = CRC.checksum(&bytes).to_le_bytes();
    bytes.splice(8..12, sum);
    bytes
}

fn icmp_message(icmp: &Icmp, payload: &[u8], turn: Turn) -> Vec<u8> {
    let quoted = icmp.quoted().and_then(|quoted| ip(quoted, turn).into_iter().next()).unwrap_or_default();
    let quoted = quoted.get(..ERROR - 28).unwrap_or(&quoted);
    let (kind, body): (Icmpv4Type, &[u8]) = match icmp {
        Icmp::EchoRequest { id } => (Icmpv4Type::EchoRequest(IcmpEchoHeader { id: *id, seq: 1 }), payload),
        Icmp::EchoReply { id } => (Icmpv4Type::EchoReply(IcmpEchoHeader { id: *id, seq: 1 }), payload),
        Icmp::Unreachable { code, mtu, .. } => {
            let [high, low] = (mtu.unwrap_or_default() as u16).to_be_bytes();
            (Icmpv4Type::Unknown { type_u8: 3, code_u8: *code, bytes5to8: [0, 0, high, low] }, quoted)
        }
        Icmp::TimeExceeded { code, .. } => {
            (Icmpv4Type::Unknown { type_u8: 11, code_u8: *code, bytes5to8: [0; 4] }, quoted)
        }
    };
    let header = Icmpv4Header::with_checksum(kind, body);
    [&header.to_bytes()[..], body].concat()
}
