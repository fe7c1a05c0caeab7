//! What a rule made of the packet, and why others were passed over.

use crate::ids::ElementId;

/// A run of rules that did not match for the same kind of reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Skipped {
    /// How many rules in a row.
    pub count: u32,
    /// The first part of each that failed.
    pub failed: FailedMatch,
}

/// The part of a rule that did not match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FailedMatch {
    /// `-s`.
    Source,
    /// `-d`.
    Destination,
    /// `-i`.
    InDev,
    /// `-o`.
    OutDev,
    /// `-p`.
    Protocol,
    /// `-m tcp|udp|sctp --sport`.
    SourcePort,
    /// `-m tcp|udp|sctp --dport`.
    DestinationPort,
    /// `-m conntrack`.
    CtState,
    /// `-m mark`.
    Mark,
    /// `-m addrtype`.
    AddrType,
    /// `-m statistic`: the draw went the other way.
    Random,
    /// `-m recent`.
    Recent,
    /// `-f`.
    Fragment,
    /// `--tcp-flags`.
    TcpFlags,
    /// `--icmp-type`.
    IcmpType,
    /// `-m multiport --ports`.
    Ports,
    /// `-m iprange`.
    IpRange,
    /// `-m set`.
    Set,
    /// `-m physdev`.
    PhysDev,
    /// `-m conntrack`, anything but the state.
    Connection,
    /// `-m connmark`.
    ConnMark,
    /// `-m statistic --mode nth`: another packet's turn.
    Nth,
    /// `-m pkttype`.
    PacketType,
    /// `-m ttl`.
    Ttl,
    /// `-m length`.
    Length,
    /// `-m mac`.
    MacSource,
    /// `-m dscp`, `-m tos`.
    Dscp,
    /// `-m rpfilter`.
    ReversePath,
    /// `-m owner`.
    Owner,
    /// Nothing in a map or set for it (nftables).
    Lookup,
    /// An expression that has no value for this packet (nftables).
    Expression,
    /// A match that is not modelled, assumed not to match.
    Unknown,
}

codes!(FailedMatch {
    Self::Source => "source",
    Self::Destination => "destination",
    Self::InDev => "in-dev",
    Self::OutDev => "out-dev",
    Self::Protocol => "protocol",
    Self::SourcePort => "source-port",
    Self::DestinationPort => "destination-port",
    Self::CtState => "ct-state",
    Self::Mark => "mark",
    Self::AddrType => "addr-type",
    Self::Random => "random",
    Self::Recent => "recent",
    Self::Fragment => "fragment",
    Self::TcpFlags => "tcp-flags",
    Self::IcmpType => "icmp-type",
    Self::Ports => "ports",
    Self::IpRange => "ip-range",
    Self::Set => "set",
    Self::PhysDev => "phys-dev",
    Self::Connection => "connection",
    Self::ConnMark => "conn-mark",
    Self::Nth => "nth",
    Self::PacketType => "packet-type",
    Self::Ttl => "ttl",
    Self::Length => "length",
    Self::MacSource => "mac-source",
    Self::Dscp => "dscp",
    Self::ReversePath => "reverse-path",
    Self::Owner => "owner",
    Self::Lookup => "lookup",
    Self::Expression => "expression",
    Self::Unknown => "unknown",
});

/// What a lookup in an nftables map found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SetHit {
    /// Nothing.
    Missing,
    /// An element of the configuration.
    Element(ElementId),
    /// One that a rule added.
    Learned,
}

/// What came of a look into a list that rules keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ListedHow {
    /// It is there; last written so many seconds ago.
    Found {
        /// Seconds.
        age: u64,
    },
    /// It is there, but too old for the rule.
    Stale {
        /// Seconds.
        age: u64,
    },
    /// It was written.
    Noted,
}

codes!(ListedHow {
    Self::Found { .. } => "found",
    Self::Stale { .. } => "stale",
    Self::Noted => "noted",
});
