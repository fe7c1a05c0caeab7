//! `ss -lntup`.

use super::line::{Read, lines};
use crate::packet::{Port, Protocol};
use std::net::IpAddr;
use std::sync::Arc;

/// A socket that listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketRead {
    /// TCP or UDP.
    pub protocol: Protocol,
    /// Address it is bound to; `None` is any, as `*` and `[::]` are.
    pub address: Option<IpAddr>,
    /// Port.
    pub port: Port,
    /// Who listens, where `-p` told: the first process.
    pub process: Option<Arc<str>>,
    /// The device it is bound to (`127.0.0.53%lo`).
    pub dev: Option<Arc<str>>,
}

/// Reads sockets of TCP and UDP that take IPv4.
pub fn read_sockets(text: &str) -> Read<SocketRead> {
    let mut read = Read::default();
    for (at, line) in lines(text) {
        if line.starts_with("Netid") || line.starts_with("State") {
            continue;
        }
        match socket(line) {
            Some(Some(socket)) => read.items.push((at, socket)),
            Some(None) => {}
            None => read.aside(at, line),
        }
    }
    read
}

/// `tcp LISTEN 0 4096 0.0.0.0:80 0.0.0.0:* users:(("nginx",pid=7,fd=6))`; without the first word where only one protocol was asked for.
fn socket(line: &str) -> Option<Option<SocketRead>> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (protocol, rest) = match *words.first()? {
        "tcp" => (Protocol::Tcp, words.get(1..)?),
        "udp" => (Protocol::Udp, words.get(1..)?),
        "LISTEN" => (Protocol::Tcp, &words[..]),
        "UNCONN" => (Protocol::Udp, &words[..]),
        // Netlink, raw and the like.
        "nl" | "raw" | "u_str" | "u_dgr" | "u_seq" | "p_raw" | "p_dgr" | "v_str" | "icmp6" | "???" => {
            return Some(None);
        }
        _ => return None,
    };
    if !matches!(*rest.first()?, "LISTEN" | "UNCONN") {
        return Some(None);
    }
    // Behind the queues, where those are printed.
    let ends =
        rest.iter().skip(1).find_map(|word| word.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()));
    let (address, port) = ends?;
    let port = Port(port.parse().ok()?);
    let (address, dev) = match address.split_once('%') {
        Some((address, dev)) => (address, Some(Arc::from(dev))),
        None => (address, None),
    };
    let bare = address.trim_start_matches('[').trim_end_matches(']');
    let address = match bare {
        "*" | "0.0.0.0" => None,
        // A socket for all of IPv6 takes IPv4, too, unless another one has that.
        "::" => None,
        text => {
            let text = text.strip_prefix("::ffff:").unwrap_or(text);
            match text.parse::<IpAddr>().ok()? {
                ip @ IpAddr::V4(_) => Some(ip),
                IpAddr::V6(_) => return Some(None),
            }
        }
    };
    let process = rest.iter().find_map(|word| word.strip_prefix("users:((\""));
    let process = process.and_then(|text| text.split('"').next()).map(Arc::from);
    Some(Some(SocketRead { protocol, address, port, process, dev }))
}
