//! Headers, tunnelled packets, and changes to both. Plain values; nothing here decides anything.

mod header;
pub use header::*;

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// A 48-bit Ethernet address.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mac(pub [u8; 6]);

impl Mac {
    /// `ff:ff:ff:ff:ff:ff`.
    pub const BROADCAST: Self = Self([0xff; 6]);
    /// `00:00:00:00:00:00`, the address of `lo`.
    pub const ZERO: Self = Self([0; 6]);

    /// True for broadcast and multicast addresses (lowest bit of the first octet, IEEE 802).
    pub fn is_group(self) -> bool {
        self.0[0] & 1 == 1
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A transport port, 0 to 65535.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Port(pub u16);

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// `skb->mark`: 32 bits that travel beside a packet inside one namespace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark(pub u32);

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:x}", self.0)
    }
}

/// A transport protocol, by IANA protocol number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// ICMP (1).
    Icmp,
    /// TCP (6).
    Tcp,
    /// UDP (17).
    Udp,
    /// SCTP (132).
    Sctp,
    /// Any other number.
    Other(u8),
}

impl Protocol {
    /// The IANA protocol number.
    pub fn number(self) -> u8 {
        match self {
            Self::Icmp => 1,
            Self::Tcp => 6,
            Self::Udp => 17,
            Self::Sctp => 132,
            Self::Other(number) => number,
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Icmp => f.write_str("icmp"),
            Self::Tcp => f.write_str("tcp"),
            Self::Udp => f.write_str("udp"),
            Self::Sctp => f.write_str("sctp"),
            Self::Other(number) => number.fmt(f),
        }
    }
}

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

    /// Cuts what it carries into pieces for an MTU (`ip_do_fragment`): as long as fit, in multiples of 8 bytes but for the last. Pieces
    /// that fit stay as they are.
    pub fn fragment(&mut self, mtu: u32) {
        let room = mtu.saturating_sub(20);
        let whole = Fragment { offset: 0, len: self.ip_len() - 20 };
        let before = if self.fragments.is_empty() { vec![whole] } else { std::mem::take(&mut self.fragments) };
        let step = (room & !7).max(8);
        for piece in before {
            let (mut offset, end) = (piece.offset, piece.offset + piece.len);
            while end - offset > room.max(8) {
                self.fragments.push(Fragment { offset, len: step });
                offset += step;
            }
            self.fragments.push(Fragment { offset, len: end - offset });
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

    /// Bytes behind the IP header that no piece carries; 0 while it is whole.
    pub fn missing(&self) -> u32 {
        let here: u32 = self.fragments.iter().map(|piece| piece.len).sum();
        if self.fragments.is_empty() { 0 } else { (self.ip_len() - 20).saturating_sub(here) }
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
