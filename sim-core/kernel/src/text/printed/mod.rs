//! What `ip`, `bridge`, `ss`, `sysctl` and `conntrack` printed on a real machine, read.
//!
//! Each reader takes a text as the tool of its name prints it for people (iproute2's one-line records, procps' `NAME = VALUE`), line by line,
//! IPv4 only. What it does not know it leaves aside and names: nothing is guessed. Devices are named, as they are in the text: whoever builds a
//! namespace of it knows their ids.
//!
//! ```
//! use kernel::text::printed::read_routes;
//!
//! let read = read_routes("default via 10.0.0.1 dev eth0 proto dhcp metric 100\n10.0.0.0/24 dev eth0 scope link src 10.0.0.5\nwhat is this\n");
//! assert_eq!(read.items.len(), 2);
//! assert_eq!(read.items[0].1.dev.as_deref(), Some("eth0"));
//! assert_eq!(read.unread[0].0, 3, "the third line is none");
//! ```

mod links;
mod routes;
mod sockets;
mod tables;
mod tracked;

pub use links::{AddressRead, Beyond, KindRead, LinkRead, PortRead, read_links};
pub use routes::{HopRead, RouteRead, RuleRead, read_routes, read_rules};
pub use sockets::{SocketRead, read_sockets};
pub use tables::{FdbRead, NeighbourRead, SysctlRead, read_fdb, read_neighbours, read_ports, read_sysctls};
pub use tracked::{TrackedRead, read_conntrack};

use crate::packet::Mac;
use ipnet::{IpNet, Ipv4Net};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Lines that were not understood, of one text, at most; further ones are counted.
const UNREAD: usize = 200;

/// What was read of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read<T> {
    /// What it says, each with its line, from 1.
    pub items: Vec<(u32, T)>,
    /// Lines, from 1, that are not understood, as they are.
    pub unread: Vec<(u32, Arc<str>)>,
    /// Lines that are not understood and not kept.
    pub more: usize,
}

impl<T> Default for Read<T> {
    fn default() -> Self {
        Self { items: Vec::new(), unread: Vec::new(), more: 0 }
    }
}

impl<T> Read<T> {
    fn aside(&mut self, line: u32, text: &str) {
        match self.unread.len() < UNREAD {
            true => self.unread.push((line, Arc::from(text.trim()))),
            false => self.more += 1,
        }
    }
}

/// Lines of a text with their numbers, those that say nothing left out.
fn lines(text: &str) -> impl Iterator<Item = (u32, &str)> {
    (1u32..).zip(text.lines()).filter(|(_, line)| {
        let bare = line.trim();
        !bare.is_empty() && !bare.starts_with('#')
    })
}

/// The words of a line one after the other.
struct Words<'t>(std::str::SplitWhitespace<'t>);

impl<'t> Words<'t> {
    fn of(line: &'t str) -> Self {
        Self(line.split_whitespace())
    }

    fn next(&mut self) -> Option<&'t str> {
        self.0.next()
    }

    /// The next word, if it is one of that kind.
    fn read<T: std::str::FromStr>(&mut self) -> Option<T> {
        self.next()?.parse().ok()
    }
}

fn mac(text: &str) -> Option<Mac> {
    let mut bytes = [0; 6];
    let mut parts = text.split(':');
    for byte in &mut bytes {
        *byte = u8::from_str_radix(parts.next().filter(|part| (1..=2).contains(&part.len()))?, 16).ok()?;
    }
    parts.next().is_none().then_some(Mac(bytes))
}

/// An address or prefix of IPv4 as `ip` prints it: `default`, `10.0.0.0/8`, `10.0.0.1`.
fn prefix(text: &str) -> Option<IpNet> {
    if matches!(text, "default" | "all" | "any") {
        return Some(IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::UNSPECIFIED, 0)));
    }
    let net = match text.parse::<IpNet>() {
        Ok(net) => net,
        Err(_) => IpNet::from(text.parse::<IpAddr>().ok()?),
    };
    matches!(net, IpNet::V4(_)).then_some(net)
}

/// Whether a text is about IPv6.
fn is_ipv6(text: &str) -> bool {
    text.contains(':') && text.split('/').next().is_some_and(|ip| ip.parse::<std::net::Ipv6Addr>().is_ok())
}

fn number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests;
