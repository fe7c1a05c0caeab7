//! Networks as configurations write them.

use super::context::Context;
use crate::origin::{ObjectRef, Spanned};
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Networks, each with a number, to be asked for those around an address or a network: a look-up for each length that there is.
#[derive(Debug, Default)]
pub(super) struct Nets {
    /// The lowest number of each network.
    all: BTreeMap<IpNet, usize>,
    lengths: BTreeSet<u8>,
}

impl Nets {
    /// Those networks, numbered as they come.
    pub(super) fn of(nets: impl IntoIterator<Item = IpNet>) -> Self {
        let mut made = Self::default();
        for (at, net) in nets.into_iter().enumerate() {
            made.add(net, at);
        }
        made
    }

    /// Adds a network.
    pub(super) fn add(&mut self, net: IpNet, number: usize) {
        self.lengths.insert(net.prefix_len());
        self.all.entry(net.trunc()).and_modify(|first| *first = number.min(*first)).or_insert(number);
    }

    /// The lowest number of the networks that an address is in.
    pub(super) fn first(&self, ip: IpAddr) -> Option<usize> {
        self.around(IpNet::from(ip)).min()
    }

    fn around(&self, net: IpNet) -> impl Iterator<Item = usize> {
        let lengths = self.lengths.range(..=net.prefix_len());
        let wider = lengths.filter_map(move |length| IpNet::new(net.addr(), *length).ok());
        wider.filter_map(|wider| self.all.get(&wider.trunc()).copied())
    }

    /// True where one of them holds the network, or is inside of it.
    pub(super) fn overlap(&self, net: IpNet) -> bool {
        // Networks are in order of their first address, the wider first.
        let within = |other: &IpNet| net.contains(other);
        self.around(net).next().is_some()
            || self.all.range(net.trunc()..).next().is_some_and(|(other, _)| within(other))
    }
}

pub(super) fn v4(a: u8, b: u8, c: u8, d: u8, len: u8) -> IpNet {
    IpNet::V4(ipnet::Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), len))
}

/// First IPv4 and first IPv6 CIDR of a comma-separated list.
pub(super) fn first_of_each(
    context: &mut Context<'_>,
    text: &Spanned<Arc<str>>,
    path: &str,
    object: &ObjectRef,
) -> (Option<IpNet>, Option<IpNet>) {
    let parts = text.value.split(',').map(|part| Spanned { value: Arc::from(part.trim()), span: text.span });
    let nets: Vec<_> = parts.filter_map(|part| context.cidr(&part, path, object)).collect();
    let first = |v4| nets.iter().copied().find(|net| net.addr().is_ipv4() == v4);
    (first(true), first(false))
}

#[cfg(test)]
mod tests {
    use super::Nets;
    use ipnet::IpNet;
    use std::net::IpAddr;

    #[test]
    fn networks_are_found_as_by_looking_at_each() {
        let texts =
            ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.0/24", "192.168.0.0/30", "fd00::/64", "0.0.0.0/32"];
        let all: Vec<IpNet> = texts.iter().map(|text| text.parse().unwrap()).collect();
        for from in 0..all.len() {
            let some = &all[from..];
            let nets = Nets::of(some.iter().copied());
            for ip in
                ["10.1.2.3", "10.1.9.9", "10.200.0.1", "192.168.0.2", "192.168.0.4", "fd00::1", "fd01::1", "0.0.0.0"]
            {
                let ip: IpAddr = ip.parse().unwrap();
                assert_eq!(nets.first(ip), some.iter().position(|net| net.contains(&ip)), "{ip} from {from}");
            }
            for net in [
                "10.1.2.0/25",
                "10.0.0.0/7",
                "192.0.0.0/8",
                "192.168.0.4/30",
                "fd00::/60",
                "fd00:0:0:1::/64",
                "11.0.0.0/8",
                "0.0.0.0/0",
            ] {
                let net: IpNet = net.parse().unwrap();
                let slow = some.iter().any(|other| other.contains(&net) || net.contains(other));
                assert_eq!(nets.overlap(net), slow, "{net} from {from}");
            }
        }
    }
}
