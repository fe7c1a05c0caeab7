//! Packets in one notation for both sides.

use super::segments::Segment;
use kernel::config::{Link, LinkKind};
use kernel::packet::{Fragment, Icmp, L4, Packet, Protocol, SctpChunk, TcpFlags, Tunnel};
use std::fmt::Write;
use std::net::Ipv4Addr;

/// What a capture sees of a packet: itself, or its pieces; wrapped ones are cut inside or outside.
pub fn on_wire(packet: &Packet, ethernet: bool) -> Vec<String> {
    packet.each().iter().flat_map(|packet| cut(packet, ethernet)).collect()
}

/// The same of a packet that carries one piece at most.
fn cut(packet: &Packet, ethernet: bool) -> Vec<String> {
    let whole = || simulated(packet, ethernet);
    if packet.fragments.is_empty() {
        return vec![whole()];
    }
    let piece = |piece: &Fragment| {
        let (length, tail) = (20 + piece.len, format!("fragment {}+{}", piece.offset, 20 + piece.len));
        if piece.offset == 0 {
            let mut line = whole();
            line = line.replacen(&format!(" len {}", packet.ip_len()), &format!(" len {length}"), 1);
            let (head, inside) = line
                .split_once(" vxlan ")
                .map_or((&*line, String::new()), |(head, inside)| (head, format!(" vxlan {inside}")));
            return format!("{head} {tail}{inside}");
        }
        format!("proto {} {tail}", packet.protocol().number())
    };
    packet.fragments.iter().map(piece).collect()
}

/// Whether a bridge put the packet together, which comes up from it longer than any that was sent: the judge does not look at those.
pub fn is_put_together(packet: &Packet, bridge: &Link) -> bool {
    matches!(bridge.kind, LinkKind::Bridge(_)) && packet.fragments.is_empty() && packet.longest() > bridge.mtu
}

/// A simulated packet: `MAC>MAC ADDRESS:PORT>ADDRESS:PORT proto ttl N [DF]`.
pub fn simulated(packet: &Packet, ethernet: bool) -> String {
    let mut out = String::new();
    if ethernet {
        match packet.ethernet {
            Some(frame) => {
                let _ = write!(out, "{}>{} ", frame.src, frame.dst);
            }
            None => out.push_str("- "),
        }
    }
    let _ = write!(out, "{}>{}", end(packet, true), end(packet, false));
    match &packet.l4 {
        L4::Tcp { flags, .. } => {
            let _ = write!(out, " tcp {} len {}", flag_names(*flags), packet.ip_len());
        }
        L4::Udp { .. } => {
            let whole = packet.fragments.is_empty();
            let _ = write!(out, " udp len {}", if whole { packet.longest() } else { packet.ip_len() });
        }
        L4::Sctp { chunk, .. } => {
            let chunk = match chunk {
                SctpChunk::Init => 1,
                SctpChunk::InitAck => 2,
                SctpChunk::Abort => 6,
            };
            let _ = write!(out, " sctp chunk {chunk}");
        }
        L4::Icmp(icmp) => {
            let (kind, code) = icmp.type_code();
            let _ = write!(out, " icmp {kind}/{code}");
            match icmp {
                Icmp::EchoRequest { id } | Icmp::EchoReply { id } => {
                    let _ = write!(out, " id {id} len {}", packet.ip_len());
                }
                Icmp::Unreachable { mtu, quoted, .. } => {
                    if let Some(mtu) = mtu {
                        let _ = write!(out, " mtu {mtu}");
                    }
                    let _ = write!(out, " about {}>{}", end(quoted, true), end(quoted, false));
                }
                Icmp::TimeExceeded { quoted, .. } => {
                    let _ = write!(out, " about {}>{}", end(quoted, true), end(quoted, false));
                }
            }
        }
        L4::Other(number) => {
            let _ = write!(out, " proto {number}");
        }
    }
    let _ = write!(out, " ttl {}", packet.ip.ttl);
    if packet.ip.dont_fragment {
        out.push_str(" DF");
    }
    if let Some(inner) = &packet.inner {
        let vxlan = matches!(inner.kind, Tunnel::Vxlan { .. });
        let inside = cut(&inner.packet, vxlan).join("|");
        let _ = match inner.kind {
            Tunnel::Vxlan { vni } => write!(out, " vxlan {} [{inside}]", network(vni, &inside)),
            Tunnel::Ipip => write!(out, " [{inside}]"),
        };
    }
    out
}

/// A VXLAN network as it is compared. Around a later piece without its last byte: a host that put the pieces together and cuts again writes the new
/// Ethernet header into the memory that a capture on the way still shows, from two bytes before it on (`neigh_hh_output`, `HH_DATA_MOD`).
fn network(vni: u32, inside: &str) -> String {
    if inside.starts_with("proto ") { format!("{}**", vni >> 8) } else { vni.to_string() }
}

/// Ports whose packets are read as VXLAN: the registered one and Linux' own.
const VXLAN: [u16; 2] = [4789, 8472];

/// The frame inside a VXLAN packet (or one that an ICMP error quotes) as [`captured`] describes it, and the outer source port.
pub fn vxlan_inner(frame: &[u8]) -> Option<(String, u16)> {
    if word(frame, 12) == 0x0800 { inner_of(frame.get(14..)?) } else { None }
}

/// The outer source port of a VXLAN packet that carries ARP.
pub fn tunnelled_arp(frame: &[u8]) -> Option<u16> {
    let ip = frame.get(14..).filter(|_| word(frame, 12) == 0x0800)?;
    let l4 = ip.get(usize::from(byte(ip, 0) & 15) * 4..)?;
    let vxlan = byte(ip, 9) == 17 && VXLAN.contains(&word(l4, 2)) && byte(l4, 8) == 8;
    let arp = vxlan && word(l4.get(16..)?, 12) == 0x0806;
    arp.then(|| word(l4, 0))
}

/// Whether a line of rules is about a packet to a tunnel's port, as [`header`] writes it.
pub fn is_to_tunnel(line: &str) -> bool {
    VXLAN.iter().any(|port| line.contains(&format!(":{port} ttl ")))
}

/// The ends of the header of a VXLAN packet, as [`header`] writes it, when its source port is one of these.
pub fn is_tunnel_from(header: &str, ports: &std::collections::BTreeSet<u16>) -> bool {
    let mut ends = header.split(' ').next().unwrap_or_default().split('>');
    let port = |end: Option<&str>| end?.rsplit_once(':')?.1.parse::<u16>().ok();
    let (source, destination) = (port(ends.next()), port(ends.next()));
    source.is_some_and(|port| ports.contains(&port)) && destination.is_some_and(|port| VXLAN.contains(&port))
}

fn inner_of(ip: &[u8]) -> Option<(String, u16)> {
    if word(ip, 6) & 0x1fff != 0 {
        return None;
    }
    let l4 = ip.get(usize::from(byte(ip, 0) & 15) * 4..)?;
    match byte(ip, 9) {
        1 if matches!(byte(l4, 0), 3 | 11) => inner_of(l4.get(8..)?),
        17 if VXLAN.contains(&word(l4, 2)) && byte(l4, 8) == 8 => Some((captured(l4.get(16..)?, true)?, word(l4, 0))),
        _ => None,
    }
}

fn end(packet: &Packet, source: bool) -> String {
    let at = if source { packet.source() } else { packet.destination() };
    match packet.protocol() {
        Protocol::Tcp | Protocol::Udp | Protocol::Sctp => at.to_string(),
        Protocol::Icmp | Protocol::Other(_) => at.ip().to_string(),
    }
}

fn flag_names(flags: TcpFlags) -> String {
    let names = [("S", flags.syn), ("F", flags.fin), ("R", flags.rst), ("P", flags.psh), ("A", flags.ack)];
    names.iter().filter(|(_, set)| *set).map(|(name, _)| *name).collect()
}

fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or(0)
}

fn word(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([byte(bytes, at), byte(bytes, at + 1)])
}

fn mac(bytes: &[u8]) -> String {
    bytes.iter().take(6).map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
}

/// What of TCP a packet has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Has {
    /// It is a segment.
    Segment(Segment),
    /// It is an ICMP error about one.
    About(Segment),
}

/// What of TCP a captured Ethernet frame has, or the one that a tunnel carries in it.
pub fn segment(frame: &[u8]) -> Option<Has> {
    let ip = frame.get(14..).filter(|_| word(frame, 12) == 0x0800 && word(frame, 20) & 0x1fff == 0)?;
    let l4 = ip.get(usize::from(byte(ip, 0) & 15) * 4..)?;
    match byte(ip, 9) {
        17 => {
            let wrapped = VXLAN.contains(&word(l4, 2)) && byte(l4, 8) == 8;
            segment(l4.get(16..).filter(|_| wrapped)?)
        }
        1 if matches!(byte(l4, 0), 3 | 11) => Segment::of(l4.get(8..)?).map(Has::About),
        _ => Segment::of(ip).map(Has::Segment),
    }
}

/// Identification of the packet that an ICMP error is about, as far as the headers that rules' traces tell say it.
pub fn quoted(ip: &[u8]) -> Option<u16> {
    let l4 = ip.get(usize::from(byte(ip, 0) & 15) * 4..).filter(|_| byte(ip, 9) == 1)?;
    (matches!(byte(l4, 0), 3 | 11) && l4.len() >= 14).then(|| word(l4, 12))
}

/// Identification of an IPv4 packet with its addresses: what all that was seen of one packet has in common.
pub fn identity(ip: &[u8]) -> Option<(Ipv4Addr, Ipv4Addr, u16)> {
    let (src, dst) = addresses(ip);
    (ip.len() >= 20).then(|| (src, dst, word(ip, 4)))
}

/// A captured Ethernet frame in the same notation; `None` for what is not compared: ARP and IPv6.
pub fn captured(frame: &[u8], ethernet: bool) -> Option<String> {
    if word(frame, 12) != 0x0800 || frame.len() < 34 {
        return None;
    }
    let mut out = String::new();
    // Of later pieces only protocol and place are compared: a host that put them together and cuts again writes new headers into the
    // very memory that a capture on the way still shows.
    if ethernet && word(frame, 20) & 0x1fff == 0 {
        let _ = write!(out, "{}>{} ", mac(&frame[6..]), mac(frame));
    }
    out.push_str(&ip(&frame[14..])?);
    Some(out)
}

fn addresses(ip: &[u8]) -> (Ipv4Addr, Ipv4Addr) {
    let at = |from: usize| Ipv4Addr::new(byte(ip, from), byte(ip, from + 1), byte(ip, from + 2), byte(ip, from + 3));
    (at(12), at(16))
}

/// Addresses, ports and TTL of an IP packet's headers.
pub fn header(ip: &[u8]) -> Option<String> {
    if ip.len() >= 20 && word(ip, 6) & 0x1fff != 0 {
        let (src, dst) = addresses(ip);
        return Some(format!("{src}>{dst} fragment ttl {}", byte(ip, 8)));
    }
    (ip.len() >= 20).then(|| format!("{} ttl {}", ends(ip), byte(ip, 8)))
}

/// The same of a simulated packet.
pub fn simulated_header(packet: &Packet) -> String {
    if packet.is_headless() {
        return format!("{}>{} fragment ttl {}", packet.ip.src, packet.ip.dst, packet.ip.ttl);
    }
    format!("{}>{} ttl {}", end(packet, true), end(packet, false), packet.ip.ttl)
}

/// Addresses, with ports where the protocol has them.
fn ends(ip: &[u8]) -> String {
    let (src, dst) = addresses(ip);
    let l4 = ip.get(usize::from(byte(ip, 0) & 15) * 4..).unwrap_or_default();
    match byte(ip, 9) {
        6 | 17 | 132 => format!("{src}:{}>{dst}:{}", word(l4, 0), word(l4, 2)),
        _ => format!("{src}>{dst}"),
    }
}

fn ip(ip: &[u8]) -> Option<String> {
    let header = usize::from(byte(ip, 0) & 15) * 4;
    let l4 = ip.get(header..)?;
    let length = word(ip, 2);
    let cut = word(ip, 6);
    if cut & 0x1fff != 0 {
        return Some(format!("proto {} fragment {}+{length}", byte(ip, 9), (cut & 0x1fff) * 8));
    }
    let mut out = ends(ip);
    let mut tail = String::new();
    match byte(ip, 9) {
        6 => {
            let flags = byte(l4, 13);
            let names = [("S", 2u8), ("F", 1), ("R", 4), ("P", 8), ("A", 16)];
            let names: String = names.iter().filter(|(_, bit)| flags & bit != 0).map(|(name, _)| *name).collect();
            let _ = write!(out, " tcp {names} len {length}");
        }
        17 => {
            let _ = write!(out, " udp len {length}");
            if VXLAN.contains(&word(l4, 2)) && byte(l4, 8) == 8 && word(ip, 6) & 0x1fff == 0 {
                let vni = u32::from_be_bytes([0, byte(l4, 12), byte(l4, 13), byte(l4, 14)]);
                // ARP through a tunnel is compared no more than elsewhere.
                let inside = captured(l4.get(16..)?, true)?;
                tail = format!(" vxlan {} [{inside}]", network(vni, &inside));
            }
        }
        132 => {
            let _ = write!(out, " sctp chunk {}", byte(l4, 12));
        }
        1 => {
            let (kind, code) = (byte(l4, 0), byte(l4, 1));
            let _ = write!(out, " icmp {kind}/{code}");
            match kind {
                0 | 8 => {
                    let _ = write!(out, " id {} len {length}", word(l4, 4));
                }
                3 | 11 => {
                    if (kind, code) == (3, 4) {
                        let _ = write!(out, " mtu {}", word(l4, 6));
                    }
                    let _ = write!(out, " about {}", ends(l4.get(8..)?));
                }
                _ => {}
            }
        }
        number => {
            let _ = write!(out, " proto {number}");
        }
    }
    let _ = write!(out, " ttl {}", byte(ip, 8));
    let fragment = word(ip, 6);
    if fragment & 0x4000 != 0 {
        out.push_str(" DF");
    }
    if fragment & 0x3fff != 0 {
        let _ = write!(out, " fragment {}+{}", (fragment & 0x1fff) * 8, length);
    }
    out.push_str(&tail);
    Some(out)
}
