//! Address families, and what calls a base chain in each.

use crate::config::terms::Hook;
use std::fmt;

/// Address family of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// `ip`: IPv4.
    Ip,
    /// `ip6`: IPv6.
    Ip6,
    /// `inet`: IPv4 and IPv6.
    Inet,
    /// `arp`.
    Arp,
    /// `bridge`.
    Bridge,
    /// `netdev`.
    Netdev,
}

impl Family {
    /// All, with their names.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Ip, "ip"),
        (Self::Ip6, "ip6"),
        (Self::Inet, "inet"),
        (Self::Arp, "arp"),
        (Self::Bridge, "bridge"),
        (Self::Netdev, "netdev"),
    ];

    /// Priorities with a name in this family at `hook`.
    pub fn priorities(self, hook: BaseHook) -> &'static [(i32, &'static str)] {
        match (self, hook) {
            (Self::Bridge, BaseHook::Ip(Hook::Prerouting)) => &[(-300, "dstnat"), (-200, "filter")],
            (Self::Bridge, BaseHook::Ip(Hook::Output)) => &[(-200, "filter"), (100, "out")],
            (Self::Bridge, BaseHook::Ip(Hook::Postrouting)) => &[(-200, "filter"), (300, "srcnat")],
            (Self::Bridge, _) => &[(-200, "filter")],
            (Self::Arp | Self::Netdev, _) | (_, BaseHook::Ingress | BaseHook::Egress) => &[(0, "filter")],
            (_, BaseHook::Ip(Hook::Prerouting)) => {
                &[(-300, "raw"), (-150, "mangle"), (-100, "dstnat"), (0, "filter"), (50, "security")]
            }
            (_, BaseHook::Ip(Hook::Postrouting)) => {
                &[(-300, "raw"), (-150, "mangle"), (0, "filter"), (50, "security"), (100, "srcnat")]
            }
            _ => &[(-300, "raw"), (-150, "mangle"), (0, "filter"), (50, "security")],
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Self::ALL.iter().find(|(family, _)| family == self).map_or("", |(_, name)| name))
    }
}

/// What calls a base chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BaseHook {
    /// One of the five hooks.
    Ip(Hook),
    /// `ingress` of a device.
    Ingress,
    /// `egress` of a device.
    Egress,
}

impl BaseHook {
    /// All, with their names.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::Ip(Hook::Prerouting), "prerouting"),
        (Self::Ip(Hook::Input), "input"),
        (Self::Ip(Hook::Forward), "forward"),
        (Self::Ip(Hook::Output), "output"),
        (Self::Ip(Hook::Postrouting), "postrouting"),
        (Self::Ingress, "ingress"),
        (Self::Egress, "egress"),
    ];
}

/// Type of a base chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChainKind {
    /// `filter`.
    Filter,
    /// `nat`: only for a connection's first packet.
    Nat,
    /// `route`: a changed packet is routed again.
    Route,
}

impl ChainKind {
    /// All, with their names.
    pub const ALL: [(Self, &'static str); 3] = [(Self::Filter, "filter"), (Self::Nat, "nat"), (Self::Route, "route")];
}
