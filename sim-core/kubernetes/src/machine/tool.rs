//! Tools that print what a machine has.

/// What printed a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tool {
    /// `iptables-save`.
    Iptables,
    /// `ip6tables-save`.
    Ip6tables,
    /// `nft list ruleset`.
    Nft,
    /// `ipset save`.
    Ipset,
    /// `ip addr`, `ip link`, with or without `-d`.
    Addr,
    /// `ip route`.
    Route,
    /// `ip rule`.
    Rule,
    /// `ip neigh`.
    Neigh,
    /// `bridge fdb`.
    Fdb,
    /// `bridge link`.
    BridgeLink,
    /// `bridge vlan`.
    BridgeVlan,
    /// `sysctl -a`.
    Sysctl,
    /// `conntrack -L`.
    Conntrack,
    /// `ss -lntup`.
    Sockets,
}

kernel::codes!(Tool {
    Self::Iptables => "iptables-save",
    Self::Ip6tables => "ip6tables-save",
    Self::Nft => "nft",
    Self::Ipset => "ipset",
    Self::Addr => "ip-addr",
    Self::Route => "ip-route",
    Self::Rule => "ip-rule",
    Self::Neigh => "ip-neigh",
    Self::Fdb => "bridge-fdb",
    Self::BridgeLink => "bridge-link",
    Self::BridgeVlan => "bridge-vlan",
    Self::Sysctl => "sysctl",
    Self::Conntrack => "conntrack",
    Self::Sockets => "ss",
});
