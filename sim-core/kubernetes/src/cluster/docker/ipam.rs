//! Subnets and addresses as Docker's own IPAM driver hands them out.

use ipnet::Ipv4Net;
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

/// Networks of all, none over another.
#[derive(Debug, Default)]
pub(super) struct Taken(BTreeMap<Ipv4Addr, Ipv4Net>);

impl Taken {
    /// One that a network overlaps.
    pub(super) fn overlap(&self, net: Ipv4Net) -> Option<Ipv4Net> {
        let before = self.0.range(..=net.broadcast()).next_back();
        before.map(|(_, own)| *own).filter(|own| own.broadcast() >= net.network())
    }

    pub(super) fn add(&mut self, net: Ipv4Net) {
        self.0.insert(net.network(), net);
    }
}

/// The engine's own pools (`localScopeDefaultNetworks` in libnetwork/ipamutils), with the prefix length of their pieces.
const POOLS: [(Ipv4Addr, u8, u8); 7] = [
    (Ipv4Addr::new(172, 17, 0, 0), 16, 16),
    (Ipv4Addr::new(172, 18, 0, 0), 16, 16),
    (Ipv4Addr::new(172, 19, 0, 0), 16, 16),
    (Ipv4Addr::new(172, 20, 0, 0), 14, 16),
    (Ipv4Addr::new(172, 24, 0, 0), 14, 16),
    (Ipv4Addr::new(172, 28, 0, 0), 14, 16),
    (Ipv4Addr::new(192, 168, 0, 0), 16, 20),
];

/// Pools that subnets are cut from.
#[derive(Debug)]
pub(super) struct Pools {
    all: Vec<(Ipv4Net, u8)>,
    /// The pool at hand, and the first address of its next piece.
    pool: usize,
    next: u64,
}

impl Pools {
    /// Those that the daemon is told, else its own.
    pub(super) fn of(said: Vec<(Ipv4Net, u8)>) -> Self {
        let own = || POOLS.iter().map(|(base, prefix, size)| (Ipv4Net::new_assert(*base, *prefix), *size)).collect();
        Self { all: if said.is_empty() { own() } else { said }, pool: 0, next: 0 }
    }

    /// The piece that holds all of these.
    pub(super) fn holding(&self, ips: &[Ipv4Addr]) -> Option<Ipv4Net> {
        let first = ips.first()?;
        let pieces = self.all.iter().filter_map(|(pool, size)| {
            let piece = Ipv4Net::new_assert(*first, (*size).clamp(pool.prefix_len(), 30)).trunc();
            pool.contains(&piece).then_some(piece)
        });
        pieces.into_iter().find(|piece| ips.iter().all(|ip| piece.contains(ip)))
    }

    /// The next piece that overlaps nothing. Pieces are never given back, so that none is looked at twice.
    pub(super) fn cut(&mut self, taken: &Taken) -> Option<Ipv4Net> {
        loop {
            let (pool, size) = *self.all.get(self.pool)?;
            let size = size.clamp(pool.prefix_len(), 30);
            let at = u64::from(u32::from(pool.network())) + self.next;
            if at > u64::from(u32::from(pool.broadcast())) {
                (self.pool, self.next) = (self.pool + 1, 0);
                continue;
            }
            let piece = Ipv4Net::new_assert(Ipv4Addr::from(at as u32), size);
            match taken.overlap(piece) {
                // What lies in a larger one is passed over at once.
                Some(own) if own.prefix_len() <= size => {
                    self.next = (u64::from(u32::from(own.broadcast())) + 1)
                        .saturating_sub(u64::from(u32::from(pool.network())))
                        .max(self.next + (1 << (32 - size)));
                }
                Some(_) => self.next += 1 << (32 - size),
                None => {
                    self.next += 1 << (32 - size);
                    return Some(piece);
                }
            }
        }
    }
}

/// Addresses of one network: the lowest that is free is handed out.
#[derive(Debug)]
pub(super) struct Addresses {
    pub(super) subnet: Ipv4Net,
    /// The part that addresses are handed out of.
    range: Ipv4Net,
    used: BTreeSet<Ipv4Addr>,
    /// Below it none is free.
    next: u64,
}

impl Addresses {
    pub(super) fn of(subnet: Ipv4Net, range: Option<Ipv4Net>) -> Self {
        let range = range.map(|range| range.trunc()).filter(|range| subnet.contains(range)).unwrap_or(subnet);
        let mut used = BTreeSet::new();
        if subnet.prefix_len() < 31 {
            used.extend([subnet.network(), subnet.broadcast()]);
        }
        Self { subnet, range, used, next: 0 }
    }

    /// Takes an address; false when it is taken already.
    pub(super) fn take(&mut self, ip: Ipv4Addr) -> bool {
        self.used.insert(ip)
    }

    /// Makes an address free again: it is the next, unless a lower one is free.
    pub(super) fn give_back(&mut self, ip: Ipv4Addr) {
        self.used.remove(&ip);
        if self.range.contains(&ip) {
            self.next = self.next.min(u64::from(u32::from(ip)) - u64::from(u32::from(self.range.network())));
        }
    }

    /// The next free address.
    pub(super) fn hand_out(&mut self) -> Option<Ipv4Addr> {
        let first = u64::from(u32::from(self.range.network()));
        while first + self.next <= u64::from(u32::from(self.range.broadcast())) {
            let ip = Ipv4Addr::from((first + self.next) as u32);
            self.next += 1;
            if self.used.insert(ip) {
                return Some(ip);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(text: &str) -> Ipv4Net {
        text.parse().unwrap()
    }

    #[test]
    fn subnets_in_the_order_of_the_engine() {
        let (mut pools, mut taken) = (Pools::of(Vec::new()), Taken::default());
        taken.add(net("192.168.10.0/24"));
        taken.add(net("172.19.5.0/24"));
        let mut all = Vec::new();
        while let Some(net) = pools.cut(&taken) {
            taken.add(net);
            all.push(net.to_string());
        }
        assert_eq!(all[..4], ["172.17.0.0/16", "172.18.0.0/16", "172.20.0.0/16", "172.21.0.0/16"]);
        assert_eq!(all[13..16], ["172.31.0.0/16", "192.168.16.0/20", "192.168.32.0/20"]);
        assert_eq!(all.len(), 14 + 15);
        let mut own = Pools::of(vec![(net("10.200.0.0/16"), 24)]);
        assert_eq!(own.cut(&taken), Some(net("10.200.0.0/24")));
    }

    #[test]
    fn a_large_pool_is_cut_in_no_time() {
        let (mut pools, mut taken) = (Pools::of(vec![(net("0.0.0.0/0"), 30)]), Taken::default());
        taken.add(net("0.0.0.0/1"));
        assert_eq!(pools.cut(&taken), Some(net("128.0.0.0/30")));
    }

    #[test]
    fn addresses_go_on_behind_the_last() {
        let mut all = Addresses::of(net("10.77.0.0/24"), Some(net("10.77.0.128/25")));
        assert!(all.take("10.77.0.129".parse().unwrap()) && all.take("10.77.0.10".parse().unwrap()));
        assert!(!all.take("10.77.0.10".parse().unwrap()));
        let next: Vec<String> = (0..2).filter_map(|_| all.hand_out()).map(|ip| ip.to_string()).collect();
        assert_eq!(next, ["10.77.0.128", "10.77.0.130"]);
        let mut small = Addresses::of(net("10.0.0.0/30"), None);
        assert_eq!((0..4).filter_map(|_| small.hand_out()).count(), 2);
    }
}
