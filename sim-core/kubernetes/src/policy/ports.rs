//! Sets of ports, by protocol.

use kernel::packet::Protocol;
use std::collections::BTreeMap;
use std::fmt;

/// All ports there are.
pub const RANGE: (u16, u16) = (1, u16::MAX);

/// A set of ports as ranges: in order, apart from each other, ends included.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortSet(Vec<(u16, u16)>);

impl PortSet {
    /// Every port.
    pub fn all() -> Self {
        Self(vec![RANGE])
    }

    /// One range; empty when it ends before it begins.
    pub fn range(first: u16, last: u16) -> Self {
        if first > last { Self::default() } else { Self(vec![(first.max(RANGE.0), last)]) }
    }

    /// The ranges.
    pub fn ranges(&self) -> &[(u16, u16)] {
        &self.0
    }

    /// True without a port.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// True with every port.
    pub fn is_all(&self) -> bool {
        self.0 == [RANGE]
    }

    /// Whether a port is in it.
    pub fn has(&self, port: u16) -> bool {
        let at = self.0.partition_point(|range| range.1 < port);
        self.0.get(at).is_some_and(|range| range.0 <= port)
    }

    /// Adds those of another.
    pub fn add(&mut self, other: &Self) {
        if other.is_empty() || self.is_all() {
            return;
        }
        let mut all: Vec<(u16, u16)> = self.0.iter().chain(&other.0).copied().collect();
        all.sort_unstable();
        let mut merged: Vec<(u16, u16)> = Vec::with_capacity(all.len());
        for (first, last) in all {
            match merged.last_mut() {
                Some(before) if u32::from(first) <= u32::from(before.1) + 1 => before.1 = before.1.max(last),
                _ => merged.push((first, last)),
            }
        }
        self.0 = merged;
    }

    /// What is in both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let mut both = Vec::new();
        for a in &self.0 {
            for b in &other.0 {
                let (first, last) = (a.0.max(b.0), a.1.min(b.1));
                if first <= last {
                    both.push((first, last));
                }
            }
        }
        Self(both)
    }

    /// What is in this and not in the other.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let mut left = self.0.clone();
        for (first, last) in &other.0 {
            let cut = |range: (u16, u16)| {
                let before = (*first > range.0).then(|| (range.0, range.1.min(first.saturating_sub(1))));
                let behind = (*last < range.1).then(|| (range.0.max(last.saturating_add(1)), range.1));
                [before, behind].into_iter().flatten().filter(|(a, b)| a <= b)
            };
            left = left.into_iter().flat_map(cut).collect();
            left.dedup();
        }
        Self(left)
    }
}

/// Ports of the protocols that policies tell apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ports {
    /// TCP.
    pub tcp: PortSet,
    /// UDP.
    pub udp: PortSet,
    /// SCTP.
    pub sctp: PortSet,
}

impl Ports {
    /// Protocols that policies know.
    pub const PROTOCOLS: [Protocol; 3] = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp];

    /// Every port of every protocol.
    pub fn all() -> Self {
        Self { tcp: PortSet::all(), udp: PortSet::all(), sctp: PortSet::all() }
    }

    /// Those of one protocol; nothing of protocols without ports.
    pub fn of(protocol: Protocol, set: PortSet) -> Self {
        let mut ports = Self::default();
        if let Some(own) = ports.own_mut(protocol) {
            *own = set;
        }
        ports
    }

    fn own_mut(&mut self, protocol: Protocol) -> Option<&mut PortSet> {
        match protocol {
            Protocol::Tcp => Some(&mut self.tcp),
            Protocol::Udp => Some(&mut self.udp),
            Protocol::Sctp => Some(&mut self.sctp),
            _ => None,
        }
    }

    /// The ports of a protocol.
    pub fn get(&self, protocol: Protocol) -> Option<&PortSet> {
        match protocol {
            Protocol::Tcp => Some(&self.tcp),
            Protocol::Udp => Some(&self.udp),
            Protocol::Sctp => Some(&self.sctp),
            _ => None,
        }
    }

    /// True without any.
    pub fn is_empty(&self) -> bool {
        self.tcp.is_empty() && self.udp.is_empty() && self.sctp.is_empty()
    }

    /// True with all of them.
    pub fn is_all(&self) -> bool {
        self.tcp.is_all() && self.udp.is_all() && self.sctp.is_all()
    }

    /// Adds those of another.
    pub fn add(&mut self, other: &Self) {
        self.tcp.add(&other.tcp);
        self.udp.add(&other.udp);
        self.sctp.add(&other.sctp);
    }

    /// What is in both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self { tcp: self.tcp.and(&other.tcp), udp: self.udp.and(&other.udp), sctp: self.sctp.and(&other.sctp) }
    }

    /// What is in this and not in the other.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        Self {
            tcp: self.tcp.without(&other.tcp),
            udp: self.udp.without(&other.udp),
            sctp: self.sctp.without(&other.sctp),
        }
    }

    /// Protocols that have some, by name, with their ranges.
    pub fn by_name(&self) -> BTreeMap<&'static str, &[(u16, u16)]> {
        let all = [("TCP", &self.tcp), ("UDP", &self.udp), ("SCTP", &self.sctp)];
        all.into_iter().filter(|(_, set)| !set.is_empty()).map(|(name, set)| (name, set.ranges())).collect()
    }
}

/// `all`, or ranges by protocol: `TCP 80,8000-8080 UDP 53`.
impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_all() {
            return f.write_str("all");
        }
        let range = |(first, last): &(u16, u16)| match first == last {
            true => first.to_string(),
            false => format!("{first}-{last}"),
        };
        let of = |(name, ranges): (&str, &[(u16, u16)])| {
            format!("{name} {}", ranges.iter().map(range).collect::<Vec<_>>().join(","))
        };
        f.write_str(&self.by_name().into_iter().map(of).collect::<Vec<_>>().join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sets() -> impl Strategy<Value = PortSet> {
        let range = (0u16..40, 0u16..12).prop_map(|(first, more)| PortSet::range(first, first + more));
        prop::collection::vec(range, 0..5).prop_map(|ranges| {
            let mut set = PortSet::default();
            ranges.iter().for_each(|range| set.add(range));
            set
        })
    }

    proptest! {
        #[test]
        fn sets_are_what_they_hold(a in sets(), b in sets()) {
            let (mut both, and, without) = (a.clone(), a.and(&b), a.without(&b));
            both.add(&b);
            for port in 1..60u16 {
                prop_assert_eq!(both.has(port), a.has(port) || b.has(port));
                prop_assert_eq!(and.has(port), a.has(port) && b.has(port));
                prop_assert_eq!(without.has(port), a.has(port) && !b.has(port));
            }
            for set in [&both, &and, &without] {
                prop_assert!(set.ranges().windows(2).all(|two| two[0].1 < two[1].0), "{set:?}");
            }
        }
    }

    #[test]
    fn ends_of_the_range() {
        let all = PortSet::all();
        assert!(all.without(&all).is_empty());
        assert_eq!(all.without(&PortSet::range(80, 80)).ranges(), [(1, 79), (81, 65535)]);
        assert_eq!(all.without(&PortSet::range(1, 1)).ranges(), [(2, 65535)]);
        assert_eq!(all.without(&PortSet::range(65535, 65535)).ranges(), [(1, 65534)]);
        assert!(PortSet::range(5, 4).is_empty());
    }
}
