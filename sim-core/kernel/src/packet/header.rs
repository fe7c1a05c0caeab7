//! The headers of a packet and the edits made to them.

use super::{Mac, Packet, Port, Protocol};
use std::fmt;
use std::net::IpAddr;

/// An Ethernet II header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ethernet {
    /// Sender of the frame on this segment.
    pub src: Mac,
    /// Receiver of the frame on this segment.
    pub dst: Mac,
}

/// The fields of an IP header that are simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IpHeader {
    /// Source address.
    pub src: IpAddr,
    /// Destination address.
    pub dst: IpAddr,
    /// Time to live / hop limit, 0 to 255.
    pub ttl: u8,
    /// Don't Fragment (always true for IPv6).
    pub dont_fragment: bool,
}

/// TCP flags that are simulated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TcpFlags {
    /// SYN.
    pub syn: bool,
    /// ACK.
    pub ack: bool,
    /// RST.
    pub rst: bool,
    /// FIN.
    pub fin: bool,
    /// PSH.
    pub psh: bool,
}

impl TcpFlags {
    /// A connection request.
    pub const SYN: Self = Self { syn: true, ack: false, rst: false, fin: false, psh: false };
    /// Its answer.
    pub const SYN_ACK: Self = Self { syn: true, ack: true, rst: false, fin: false, psh: false };
    /// Third part of the handshake.
    pub const ACK: Self = Self { syn: false, ack: true, rst: false, fin: false, psh: false };
    /// Reset answering a SYN (RST with ACK, RFC 9293 section 3.5.2).
    pub const RST_ACK: Self = Self { syn: false, ack: true, rst: true, fin: false, psh: false };
    /// Reset answering a segment that carried ACK (RST alone).
    pub const RST: Self = Self { syn: false, ack: false, rst: true, fin: false, psh: false };
}

impl fmt::Display for TcpFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [(self.syn, "SYN"), (self.fin, "FIN"), (self.rst, "RST"), (self.psh, "PSH"), (self.ack, "ACK")];
        let mut first = true;
        for (_, name) in names.into_iter().filter(|(set, _)| *set) {
            if !first {
                f.write_str(",")?;
            }
            first = false;
            f.write_str(name)?;
        }
        Ok(())
    }
}

/// ICMPv4 messages that are simulated (RFC 792, RFC 1191, RFC 1812).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Icmp {
    /// Type 8: echo request with identifier.
    EchoRequest {
        /// Identifier, by which conntrack and ping tell flows apart.
        id: u16,
    },
    /// Type 0: echo reply with the request's identifier.
    EchoReply {
        /// Identifier of the request.
        id: u16,
    },
    /// Type 3: destination unreachable, quoting the packet it is about.
    Unreachable {
        /// Code: 0 net, 1 host, 2 protocol, 3 port, 4 fragmentation needed, 13 administratively prohibited …
        code: u8,
        /// Next-hop MTU in bytes, for code 4.
        mtu: Option<u32>,
        /// The packet that could not be delivered, as it was where the error was made.
        quoted: Box<Packet>,
    },
    /// Type 11: time exceeded (code 0 in transit), quoting the packet.
    TimeExceeded {
        /// Code: 0 in transit, 1 fragment reassembly.
        code: u8,
        /// The packet whose TTL ran out.
        quoted: Box<Packet>,
    },
}

impl Icmp {
    /// ICMP type and code.
    pub fn type_code(&self) -> (u8, u8) {
        match self {
            Self::EchoReply { .. } => (0, 0),
            Self::Unreachable { code, .. } => (3, *code),
            Self::EchoRequest { .. } => (8, 0),
            Self::TimeExceeded { code, .. } => (11, *code),
        }
    }

    /// The packet an error message is about.
    pub fn quoted(&self) -> Option<&Packet> {
        match self {
            Self::Unreachable { quoted, .. } | Self::TimeExceeded { quoted, .. } => Some(quoted),
            Self::EchoRequest { .. } | Self::EchoReply { .. } => None,
        }
    }
}

/// A transport header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum L4 {
    /// TCP.
    Tcp {
        /// Source port.
        sport: Port,
        /// Destination port.
        dport: Port,
        /// Flags.
        flags: TcpFlags,
    },
    /// UDP.
    Udp {
        /// Source port.
        sport: Port,
        /// Destination port.
        dport: Port,
    },
    /// SCTP (INIT chunk as first packet).
    Sctp {
        /// Source port.
        sport: Port,
        /// Destination port.
        dport: Port,
        /// The chunk this packet carries.
        chunk: SctpChunk,
    },
    /// ICMP.
    Icmp(Icmp),
    /// Anything else, by protocol number.
    Other(u8),
}

/// SCTP chunks that are simulated (RFC 9260).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SctpChunk {
    /// INIT.
    Init,
    /// INIT ACK.
    InitAck,
    /// ABORT.
    Abort,
}

impl L4 {
    /// Protocol of this header.
    pub fn protocol(&self) -> Protocol {
        match self {
            Self::Tcp { .. } => Protocol::Tcp,
            Self::Udp { .. } => Protocol::Udp,
            Self::Sctp { .. } => Protocol::Sctp,
            Self::Icmp(_) => Protocol::Icmp,
            Self::Other(number) => Protocol::Other(*number),
        }
    }

    /// Source port, where the protocol has ports.
    pub fn source_port(&self) -> Option<Port> {
        match self {
            Self::Tcp { sport, .. } | Self::Udp { sport, .. } | Self::Sctp { sport, .. } => Some(*sport),
            Self::Icmp(_) | Self::Other(_) => None,
        }
    }

    /// Destination port, where the protocol has ports.
    pub fn destination_port(&self) -> Option<Port> {
        match self {
            Self::Tcp { dport, .. } | Self::Udp { dport, .. } | Self::Sctp { dport, .. } => Some(*dport),
            Self::Icmp(_) | Self::Other(_) => None,
        }
    }

    /// Whether it may be answered with an ICMP error: another error may not (RFC 1122 section 3.2.2).
    pub(crate) fn may_be_answered(&self) -> bool {
        !matches!(self, Self::Icmp(icmp) if icmp.quoted().is_some())
    }

    /// Header length in bytes, for TCP with the options Linux sends by default: 20 bytes with SYN (MSS, SACK, timestamps, window
    /// scale), 12 in an open connection (timestamps), none in a reset. An ICMP error counts what it quotes, up to 576 bytes in all
    /// (RFC 1812 section 4.3.2.3).
    pub fn header_len(&self) -> u32 {
        match self {
            Self::Tcp { flags, .. } if flags.syn => 40,
            Self::Tcp { flags, .. } if flags.rst => 20,
            Self::Tcp { .. } => 32,
            Self::Udp { .. } => 8,
            Self::Sctp { .. } => 12,
            Self::Icmp(icmp) => 8 + icmp.quoted().map_or(0, |quoted| quoted.ip_len().min(576 - 28)),
            Self::Other(_) => 0,
        }
    }
}

/// A packet inside another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tunnelled {
    /// How it is wrapped.
    pub kind: Tunnel,
    /// The packet. Its Ethernet header travels along with [`Tunnel::Vxlan`] only.
    pub packet: Packet,
}

/// A kind of tunnel, with the header between the outer and the inner packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tunnel {
    /// VXLAN: an Ethernet frame in UDP (RFC 7348).
    Vxlan {
        /// VXLAN network identifier, 24 bits.
        vni: u32,
    },
    /// IPv4 in IPv4 (RFC 2003).
    Ipip,
}

impl Tunnel {
    /// Bytes between the outer transport header and the inner IP header.
    pub fn overhead(self) -> u32 {
        match self {
            // VXLAN header and inner Ethernet header.
            Self::Vxlan { .. } => 8 + 14,
            Self::Ipip => 0,
        }
    }
}

/// A header field that can change on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// Ethernet source.
    EthernetSource,
    /// Ethernet destination.
    EthernetDestination,
    /// IP source address.
    Source,
    /// IP destination address.
    Destination,
    /// Source port.
    SourcePort,
    /// Destination port.
    DestinationPort,
    /// TTL.
    Ttl,
    /// `skb->mark`.
    Mark,
}

/// One edit in place: the old value and the new one, in the field's own notation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldChange {
    /// Which field.
    pub field: Field,
    /// Value before.
    pub before: String,
    /// Value after.
    pub after: String,
}
