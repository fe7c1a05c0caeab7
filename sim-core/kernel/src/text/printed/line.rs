//! What was read of a text, and what all readers share.

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
    pub(super) fn aside(&mut self, line: u32, text: &str) {
        match self.unread.len() < UNREAD {
            true => self.unread.push((line, Arc::from(text.trim()))),
            false => self.more += 1,
        }
    }
}

/// Lines of a text with their numbers, those that say nothing left out.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (u32, &str)> {
    (1u32..).zip(text.lines()).filter(|(_, line)| {
        let bare = line.trim();
        !bare.is_empty() && !bare.starts_with('#')
    })
}

/// The words of a line one after the other.
pub(super) struct Words<'t>(pub(super) std::str::SplitWhitespace<'t>);

impl<'t> Words<'t> {
    pub(super) fn of(line: &'t str) -> Self {
        Self(line.split_whitespace())
    }

    pub(super) fn next(&mut self) -> Option<&'t str> {
        self.0.next()
    }

    /// The next word, if it is one of that kind.
    pub(super) fn read<T: std::str::FromStr>(&mut self) -> Option<T> {
        self.next()?.parse().ok()
    }
}

pub(super) fn mac(text: &str) -> Option<Mac> {
    let mut bytes = [0; 6];
    let mut parts = text.split(':');
    for byte in &mut bytes {
        *byte = u8::from_str_radix(parts.next().filter(|part| (1..=2).contains(&part.len()))?, 16).ok()?;
    }
    parts.next().is_none().then_some(Mac(bytes))
}

/// An address or prefix of IPv4 as `ip` prints it: `default`, `10.0.0.0/8`, `10.0.0.1`.
pub(super) fn prefix(text: &str) -> Option<IpNet> {
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
pub(super) fn is_ipv6(text: &str) -> bool {
    text.contains(':') && text.split('/').next().is_some_and(|ip| ip.parse::<std::net::Ipv6Addr>().is_ok())
}

pub(super) fn number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}
