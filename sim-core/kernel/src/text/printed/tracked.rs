//! `conntrack -L`.

use super::line::{Read, lines};
use crate::packet::{Mark, Protocol};
use crate::state::{CtTcp, Tuple};
use std::net::{IpAddr, SocketAddr};

/// A connection that the kernel tracks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackedRead {
    /// As it began.
    pub original: Tuple,
    /// As answers come.
    pub reply: Tuple,
    /// Without `[UNREPLIED]`.
    pub replied: bool,
    /// `[ASSURED]`.
    pub assured: bool,
    /// State of TCP.
    pub tcp: Option<CtTcp>,
    /// Mark.
    pub mark: Mark,
    /// Seconds that it has left.
    pub left: u32,
}

/// Reads connections of TCP, UDP, SCTP and ICMP of IPv4.
pub fn read_conntrack(text: &str) -> Read<TrackedRead> {
    let mut read = Read::default();
    for (at, line) in lines(text) {
        // `conntrack v1.4.7 (conntrack-tools): 12 flow entries have been shown.`
        if line.starts_with("conntrack v") {
            continue;
        }
        match tracked(line) {
            Some(Some(entry)) => read.items.push((at, entry)),
            Some(None) => {}
            None => read.aside(at, line),
        }
    }
    read
}

/// `tcp 6 431999 ESTABLISHED src=… dst=… sport=… dport=… src=… dst=… sport=… dport=… [ASSURED] mark=0 use=1`.
fn tracked(line: &str) -> Option<Option<TrackedRead>> {
    let mut words = line.split_whitespace().peekable();
    // Of `-o extended`, and of the file in /proc.
    if matches!(words.peek(), Some(&"ipv4" | &"ipv6")) {
        if words.next() == Some("ipv6") {
            return Some(None);
        }
        words.next()?.parse::<u8>().ok()?;
    }
    let protocol = match words.next()? {
        "tcp" => Protocol::Tcp,
        "udp" => Protocol::Udp,
        "sctp" => Protocol::Sctp,
        "icmp" => Protocol::Icmp,
        "icmpv6" | "gre" | "dccp" | "udplite" | "unknown" => return Some(None),
        _ => return None,
    };
    words.next()?.parse::<u8>().ok()?;
    let (mut left, mut tcp) = (0, None);
    let (mut replied, mut assured, mut mark) = (true, false, 0);
    let (mut ips, mut ports): (Vec<IpAddr>, Vec<u16>) = (Vec::new(), Vec::new());
    for word in words {
        if let Ok(seconds) = word.parse() {
            left = seconds;
        } else if let Some((key, value)) = word.split_once('=') {
            match key {
                "src" | "dst" => ips.push(value.parse().ok()?),
                // The number of a request stands on both sides of an answer.
                "sport" | "dport" => ports.push(value.parse().ok()?),
                "id" if protocol == Protocol::Icmp => ports.extend([value.parse::<u16>().ok()?; 2]),
                "mark" => mark = value.parse().ok()?,
                _ => {}
            }
        } else {
            match word {
                "[UNREPLIED]" => replied = false,
                "[ASSURED]" => assured = true,
                state => tcp = tcp.or_else(|| CtTcp::named(state)),
            }
        }
    }
    if ips.iter().any(IpAddr::is_ipv6) {
        return Some(None);
    }
    let [a, b, c, d] = ips[..] else { return None };
    let [e, f, g, h] = ports[..] else { return None };
    let tuple =
        |src, sport, dst, dport| Tuple { protocol, src: SocketAddr::new(src, sport), dst: SocketAddr::new(dst, dport) };
    let (original, reply) = (tuple(a, e, b, f), tuple(c, g, d, h));
    let tcp = tcp.filter(|_| protocol == Protocol::Tcp);
    Some(Some(TrackedRead { original, reply, replied, assured, tcp, mark: Mark(mark), left }))
}
