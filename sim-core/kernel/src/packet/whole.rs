//! A whole packet. It may quote another one (ICMP errors) and carry another one (tunnels), so these types are one family.

use super::header::{Ethernet, IpHeader, SctpChunk, TcpFlags};
use super::number::{Port, Protocol};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// One IP packet with its link-layer header, as it is on a wire or in a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Ethernet addresses; `None` before the neighbour is resolved and on `lo`.
    pub ethernet: Option<Ethernet>,
    /// The IP header.
    pub ip: IpHeader,
    /// The transport header.
    pub l4: L4,
    /// What the transport carries (real bytes, e.g. a DNS message in wire format).
    pub payload: Arc<[u8]>,
    /// The packet that this one carries through a tunnel; the fields above are then the outer headers.
    pub inner: Option<Box<Tunnelled>>,
    /// The pieces it travels in, all the same way, in order; empty while it is whole. Some may have been lost.
    pub fragments: Vec<Fragment>,
}

/// A piece of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fragment {
    /// Where it begins behind the IP header of the whole, in bytes; a multiple of 8.
    pub offset: u32,
    /// Bytes behind its own IP header.
    pub len: u32,
    /// Of which packet, where there are several: of that around the piece of what is carried that has this index among [`Packet::pieces`].
    pub of: u32,
}

impl Packet {
    /// Transport protocol of the packet.
    pub fn protocol(&self) -> Protocol {
        self.l4.protocol()
    }

    /// Source address and port; port 0 where the protocol has none.
    pub fn source(&self) -> SocketAddr {
        SocketAddr::new(self.ip.src, self.l4.source_port().map_or(0, |port| port.0))
    }

    /// Destination address and port; port 0 where the protocol has none.
    pub fn destination(&self) -> SocketAddr {
        SocketAddr::new(self.ip.dst, self.l4.destination_port().map_or(0, |port| port.0))
    }

    /// The packet inside all tunnels; itself where there is none.
    pub fn innermost(&self) -> &Self {
        self.inner.as_ref().map_or(self, |inner| inner.packet.innermost())
    }

    /// Every packet that carries another one, outermost first, with what it carries.
    pub fn outers(&self) -> impl Iterator<Item = (&Self, &Tunnelled)> {
        let mut at = Some(self);
        std::iter::from_fn(move || {
            let outer = at?;
            let inner = outer.inner.as_deref()?;
            at = Some(&inner.packet);
            Some((outer, inner))
        })
    }

    /// The packets that it is where it is not cut, each as a piece: itself, or one around each piece of what it carries.
    pub fn bodies(&self) -> Vec<Fragment> {
        let headers = self.l4.header_len();
        let around = |(of, length): (usize, u32)| Fragment { offset: 0, len: length, of: of as u32 };
        match &self.inner {
            Some(inner) => {
                let carried = match &inner.packet.fragments[..] {
                    [] => inner.packet.bodies(),
                    pieces => pieces.to_vec(),
                };
                let lengths = carried.iter().map(|piece| headers + inner.kind.overhead() + 20 + piece.len);
                lengths.enumerate().map(around).collect()
            }
            None => vec![around((0, self.ip_len() - 20))],
        }
    }

    /// Cuts what it carries into pieces for an MTU (`ip_do_fragment`): as long as fit, in multiples of 8 bytes but for the last. Pieces
    /// that fit stay as they are.
    pub fn fragment(&mut self, mtu: u32) {
        let room = mtu.saturating_sub(20);
        let before = if self.fragments.is_empty() { self.bodies() } else { std::mem::take(&mut self.fragments) };
        let step = (room & !7).max(8);
        for piece in before {
            let (mut offset, end) = (piece.offset, piece.offset + piece.len);
            while end - offset > room.max(8) {
                self.fragments.push(Fragment { offset, len: step, ..piece });
                offset += step;
            }
            self.fragments.push(Fragment { offset, len: end - offset, ..piece });
        }
    }

    /// Takes out the pieces that are longer than `limit` bytes as IP packets, in a tunnel with the outer headers, and returns them:
    /// each travels as a packet of its own. A packet that is not in pieces loses none.
    pub fn lose_longer(&mut self, limit: u32) -> Vec<Fragment> {
        if self.fragments.is_empty() {
            let headers = 20 + self.l4.header_len();
            return self.inner.as_mut().map_or_else(Vec::new, |inner| {
                inner.packet.lose_longer(limit.saturating_sub(headers + inner.kind.overhead()))
            });
        }
        let (lost, kept) = self.fragments.iter().partition(|piece| 20 + piece.len > limit);
        self.fragments = kept;
        lost
    }

    /// The pieces it travels in: its own, or those of what it carries, each wrapped by itself.
    pub fn pieces(&self) -> &[Fragment] {
        match &self.inner {
            Some(inner) if self.fragments.is_empty() => inner.packet.pieces(),
            _ => &self.fragments,
        }
    }

    /// Leaves these of [`Self::pieces`], of which there are some.
    pub fn set_pieces(&mut self, pieces: Vec<Fragment>) {
        match &mut self.inner {
            Some(inner) if self.fragments.is_empty() => inner.packet.set_pieces(pieces),
            _ => self.fragments = pieces,
        }
    }

    /// Whether it carries a packet in pieces: each has headers of its own around it, and is a whole packet to all that do not look inside.
    pub fn wraps_pieces(&self) -> bool {
        self.fragments.is_empty() && !self.pieces().is_empty()
    }

    /// One of [`Self::pieces`] by itself, as all see it that do not look inside: a piece, or a whole packet around one.
    pub fn alone(&self, piece: Fragment) -> Self {
        let mut packet = self.clone();
        if self.fragments.is_empty() {
            if let Some(inner) = &mut packet.inner {
                inner.packet = inner.packet.alone(piece);
            }
            return packet;
        }
        if let Some(inner) = &mut packet.inner
            && let Some(carried) = inner.packet.pieces().get(piece.of as usize).copied()
        {
            inner.packet = inner.packet.alone(carried);
        }
        let piece = Fragment { of: 0, ..piece };
        packet.fragments = if self.bodies().len() > 1 && packet.bodies() == [piece] { Vec::new() } else { vec![piece] };
        packet
    }

    /// The packets that travel, each with its pieces: one around each piece of what it carries, or itself.
    pub fn each(&self) -> Vec<Self> {
        if self.fragments.is_empty() {
            let pieces = self.pieces();
            return match pieces {
                [] => vec![self.clone()],
                _ => pieces.iter().map(|piece| self.alone(*piece)).collect(),
            };
        }
        let groups = self.fragments.chunk_by(|one, other| one.of == other.of);
        let group = |pieces: &[Fragment]| {
            let mut packet = pieces.first().map_or_else(|| self.clone(), |first| self.alone(*first));
            if !packet.fragments.is_empty() {
                packet.fragments = pieces.iter().map(|piece| Fragment { of: 0, ..*piece }).collect();
            }
            packet
        };
        groups.map(group).collect()
    }

    /// Bytes behind the IP header that no piece carries, of a packet that is one of [`Self::each`]; 0 while it is whole.
    pub fn missing(&self) -> u32 {
        let here: u32 = self.fragments.iter().map(|piece| piece.len).sum();
        let whole = self.bodies().first().map_or(0, |body| body.len);
        if self.fragments.is_empty() { 0 } else { whole.saturating_sub(here) }
    }

    /// Whether it travels in pieces and the one with the transport header is not among them.
    pub fn is_headless(&self) -> bool {
        !self.fragments.is_empty() && self.fragments.iter().all(|piece| piece.offset > 0)
    }

    /// Length in bytes of the longest IP packet that is sent of it.
    pub fn longest(&self) -> u32 {
        let inside = self.inner.as_ref().map(|inner| (inner, inner.packet.longest()));
        match (self.fragments.iter().map(|piece| piece.len).max(), inside) {
            (Some(longest), _) => 20 + longest,
            (None, Some((inner, longest))) => 20 + self.l4.header_len() + inner.kind.overhead() + longest,
            (None, None) => self.ip_len(),
        }
    }

    /// Length of the IP packet in bytes: IP header, transport header, payload and what is tunnelled.
    pub fn ip_len(&self) -> u32 {
        let ip = match self.ip.src {
            IpAddr::V4(_) => 20,
            IpAddr::V6(_) => 40,
        };
        let inner = self.inner.as_ref().map_or(0, |inner| inner.kind.overhead() + inner.packet.ip_len());
        ip + self.l4.header_len() + self.payload.len() as u32 + inner
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
