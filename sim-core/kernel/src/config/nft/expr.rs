//! Expressions and statements of a rule.

use super::data::{DataType, Pattern, Verdict};
use super::family::Family;
use super::set::Element;
use crate::config::terms::{CtDirection, PortRange};
use crate::ids::SetId;
use std::net::IpAddr;
use std::sync::Arc;

/// A field of the packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Payload {
    /// `ip saddr`.
    IpSource,
    /// `ip daddr`.
    IpDestination,
    /// `ip protocol`.
    IpProtocol,
    /// `ip ttl`.
    IpTtl,
    /// `ip6 saddr`.
    Ip6Source,
    /// `ip6 daddr`.
    Ip6Destination,
    /// `ip6 nexthdr`.
    Ip6NextHeader,
    /// `th sport`: of any transport.
    ThSource,
    /// `th dport`.
    ThDestination,
    /// `tcp sport`.
    TcpSource,
    /// `tcp dport`.
    TcpDestination,
    /// `tcp flags`.
    TcpFlags,
    /// `udp sport`.
    UdpSource,
    /// `udp dport`.
    UdpDestination,
    /// `sctp sport`.
    SctpSource,
    /// `sctp dport`.
    SctpDestination,
    /// `icmp type`.
    IcmpType,
    /// `icmp code`.
    IcmpCode,
    /// `ether saddr`.
    EtherSource,
    /// `ether daddr`.
    EtherDestination,
}

impl Payload {
    /// All, with header and field as a rule names them.
    pub const ALL: [(Self, &'static str, &'static str); 20] = [
        (Self::IpSource, "ip", "saddr"),
        (Self::IpDestination, "ip", "daddr"),
        (Self::IpProtocol, "ip", "protocol"),
        (Self::IpTtl, "ip", "ttl"),
        (Self::Ip6Source, "ip6", "saddr"),
        (Self::Ip6Destination, "ip6", "daddr"),
        (Self::Ip6NextHeader, "ip6", "nexthdr"),
        (Self::ThSource, "th", "sport"),
        (Self::ThDestination, "th", "dport"),
        (Self::TcpSource, "tcp", "sport"),
        (Self::TcpDestination, "tcp", "dport"),
        (Self::TcpFlags, "tcp", "flags"),
        (Self::UdpSource, "udp", "sport"),
        (Self::UdpDestination, "udp", "dport"),
        (Self::SctpSource, "sctp", "sport"),
        (Self::SctpDestination, "sctp", "dport"),
        (Self::IcmpType, "icmp", "type"),
        (Self::IcmpCode, "icmp", "code"),
        (Self::EtherSource, "ether", "saddr"),
        (Self::EtherDestination, "ether", "daddr"),
    ];

    /// Type of the field.
    pub fn data_type(self) -> DataType {
        match self {
            Self::IpSource | Self::IpDestination => DataType::Ipv4Addr,
            Self::Ip6Source | Self::Ip6Destination => DataType::Ipv6Addr,
            Self::IpProtocol | Self::Ip6NextHeader => DataType::InetProto,
            Self::IpTtl => DataType::Integer,
            Self::TcpFlags => DataType::TcpFlag,
            Self::IcmpType => DataType::IcmpType,
            Self::IcmpCode => DataType::IcmpCode,
            Self::EtherSource | Self::EtherDestination => DataType::EtherAddr,
            _ => DataType::InetService,
        }
    }
}

/// What travels beside the packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Meta {
    /// `meta l4proto`.
    L4Proto,
    /// `meta nfproto`.
    NfProto,
    /// `meta protocol`.
    Protocol,
    /// `iifname`.
    InName,
    /// `oifname`.
    OutName,
    /// `iif`.
    InDev,
    /// `oif`.
    OutDev,
    /// `meta mark`.
    Mark,
    /// `meta skuid`: user of the socket it comes from.
    SkUid,
    /// `meta skgid`: group of it.
    SkGid,
}

impl Meta {
    /// All, with their names.
    pub const ALL: [(Self, &'static str); 10] = [
        (Self::L4Proto, "l4proto"),
        (Self::NfProto, "nfproto"),
        (Self::Protocol, "protocol"),
        (Self::InName, "iifname"),
        (Self::OutName, "oifname"),
        (Self::InDev, "iif"),
        (Self::OutDev, "oif"),
        (Self::Mark, "mark"),
        (Self::SkUid, "skuid"),
        (Self::SkGid, "skgid"),
    ];

    /// True when `meta` is left out in a listing.
    pub fn is_bare(self) -> bool {
        matches!(self, Self::InName | Self::OutName | Self::InDev | Self::OutDev)
    }

    /// Type of the key.
    pub fn data_type(self) -> DataType {
        match self {
            Self::L4Proto => DataType::InetProto,
            Self::NfProto => DataType::NfProto,
            Self::Protocol => DataType::EtherType,
            Self::InName | Self::OutName => DataType::IfName,
            Self::InDev | Self::OutDev => DataType::IfIndex,
            Self::Mark => DataType::Mark,
            Self::SkUid | Self::SkGid => DataType::Integer,
        }
    }
}

/// What connection tracking knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ct {
    /// `ct state`.
    State,
    /// `ct status`.
    Status,
    /// `ct direction`.
    Direction,
    /// `ct mark`.
    Mark,
    /// `ct … ip saddr`.
    Source,
    /// `ct … ip daddr`.
    Destination,
    /// `ct … proto-src`.
    SourcePort,
    /// `ct … proto-dst`.
    DestinationPort,
    /// `ct … protocol`.
    Protocol,
}

impl Ct {
    /// All, with their words.
    pub const ALL: [(Self, &'static str); 9] = [
        (Self::State, "state"),
        (Self::Status, "status"),
        (Self::Direction, "direction"),
        (Self::Mark, "mark"),
        (Self::Source, "ip saddr"),
        (Self::Destination, "ip daddr"),
        (Self::SourcePort, "proto-src"),
        (Self::DestinationPort, "proto-dst"),
        (Self::Protocol, "protocol"),
    ];

    /// Type of the key.
    pub fn data_type(self) -> DataType {
        match self {
            Self::State => DataType::CtState,
            Self::Status => DataType::CtStatus,
            Self::Direction => DataType::CtDir,
            Self::Mark => DataType::Mark,
            Self::Source | Self::Destination => DataType::Ipv4Addr,
            Self::SourcePort | Self::DestinationPort => DataType::InetService,
            Self::Protocol => DataType::InetProto,
        }
    }
}

/// What a route lookup (`fib`) is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FibResult {
    /// `type`: of the address.
    Type,
    /// `oif`: whether there is a route (`missing`, `exists`).
    Exists,
}

/// What a route lookup is made with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FibKey {
    /// `saddr` rather than `daddr`.
    pub source: bool,
    /// `mark`.
    pub mark: bool,
    /// `iif`.
    pub iif: bool,
    /// `oif`.
    pub oif: bool,
}

/// An operation on bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BitOp {
    /// `&`.
    And,
    /// `|`.
    Or,
    /// `^`.
    Xor,
}

/// Something with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    /// A field of the packet.
    Payload(Payload),
    /// Beside the packet.
    Meta(Meta),
    /// Of its connection; with `original` or `reply` where it is of one direction.
    Ct(Ct, Option<CtDirection>),
    /// A route lookup.
    Fib(FibKey, FibResult),
    /// `numgen`.
    Numgen {
        /// `random` rather than `inc`.
        random: bool,
        /// `mod`; at least 1.
        modulus: u32,
        /// `offset`.
        offset: u32,
    },
    /// Parts with `.` between.
    Concat(Vec<Expr>),
    /// `LEFT & VALUE`.
    Bits(Box<BitExpr>),
    /// A value written out.
    Value(Box<(DataType, Pattern)>),
    /// `KEY map …`.
    Map(Box<(Expr, SetRef)>),
}

/// An expression with some bits of it changed. Few rules have one, so it stands in a box of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BitExpr {
    /// What is changed.
    pub left: Expr,
    /// How.
    pub op: BitOp,
    /// By what.
    pub value: u128,
}

impl Expr {
    /// Types of its parts. A map's are those of its key.
    pub fn types(&self) -> Vec<DataType> {
        match self {
            Self::Payload(field) => vec![field.data_type()],
            Self::Meta(key) => vec![key.data_type()],
            Self::Ct(key, _) => vec![key.data_type()],
            Self::Fib(_, FibResult::Type) => vec![DataType::FibAddrType],
            Self::Fib(_, FibResult::Exists) => vec![DataType::Boolean],
            Self::Numgen { .. } => vec![DataType::Integer],
            Self::Concat(parts) => parts.iter().flat_map(Self::types).collect(),
            Self::Bits(bits) => bits.left.types(),
            Self::Value(value) => vec![value.0.clone()],
            Self::Map(map) => map.0.types(),
        }
    }

    /// This expression and all inside it.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        visit(self);
        match self {
            Self::Concat(parts) => parts.iter().for_each(|part| part.walk(visit)),
            Self::Bits(bits) => bits.left.walk(visit),
            Self::Map(map) => map.0.walk(visit),
            _ => {}
        }
    }
}

/// A set or map a rule names or carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetRef {
    /// `@NAME`.
    Named(SetId),
    /// `{ … }`.
    Anonymous(Vec<Element>),
}

/// How two sides are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// Nothing between: equal, in the set, or (bits) at least one in common.
    Implicit,
    /// `==`.
    Equal,
    /// `!=`.
    NotEqual,
    /// `<`.
    Less,
    /// `<=`.
    LessOrEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterOrEqual,
    /// `!`: no bit in common.
    NoBit,
}

/// The right side of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Right {
    /// Values, one for each part of the left side.
    Value(Vec<Pattern>),
    /// `VALUE / MASK` of bits.
    Masked(Box<(u128, u128)>),
    /// A set.
    Set(SetRef),
}

/// What `reject` answers with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RejectForm {
    /// Nothing said: port unreachable.
    Default,
    /// `with tcp reset`.
    TcpReset,
    /// `with icmp CODE`.
    Icmp(Arc<str>),
    /// `with icmpv6 CODE`.
    Icmpv6(Arc<str>),
    /// `with icmpx CODE`.
    Icmpx(Arc<str>),
}

/// Options of a translation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NatFlags {
    /// `random`.
    pub random: bool,
    /// `fully-random`.
    pub fully_random: bool,
    /// `persistent`.
    pub persistent: bool,
}

/// What a translation leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NatTo {
    /// Addresses and ports written out.
    Fixed {
        /// First and last address.
        address: Option<(IpAddr, IpAddr)>,
        /// Ports.
        port: Option<PortRange>,
    },
    /// From an expression, normally a map.
    Expr(Expr),
}

/// What a rule adds to a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SetUpdate {
    /// `add`: if it is not there.
    Add,
    /// `update`: also refreshes its timeout.
    Update,
    /// `delete`.
    Delete,
}

/// One statement. A rule's statements are carried out in order until one does not match or gives a verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statement {
    /// A comparison.
    Match {
        /// Left side.
        left: Expr,
        /// How.
        relation: Relation,
        /// Right side.
        right: Right,
    },
    /// `KEY vmap …`.
    Vmap {
        /// Key.
        key: Expr,
        /// Map.
        map: SetRef,
    },
    /// A verdict.
    Verdict(Verdict),
    /// `counter`, with packets and bytes where they were listed.
    Counter(Option<(u64, u64)>),
    /// `meta mark set`.
    SetMark(Expr),
    /// `ct mark set`.
    SetCtMark(Expr),
    /// `dnat`, `snat`.
    Nat {
        /// `dnat` rather than `snat`.
        destination: bool,
        /// `ip` or `ip6` where the table has both.
        family: Option<Family>,
        /// New address and port.
        to: NatTo,
        /// Options.
        flags: NatFlags,
    },
    /// `masquerade`.
    Masquerade {
        /// `to :PORTS`.
        port: Option<PortRange>,
        /// Options.
        flags: NatFlags,
    },
    /// `redirect`.
    Redirect {
        /// `to :PORTS`.
        port: Option<PortRange>,
        /// Options.
        flags: NatFlags,
    },
    /// `reject`.
    Reject(RejectForm),
    /// `notrack`.
    NoTrack,
    /// `update @SET { KEY timeout … : DATA }`.
    Update {
        /// What is done.
        update: SetUpdate,
        /// Set.
        set: SetId,
        /// Key.
        key: Expr,
        /// Timeout of this element, in milliseconds.
        timeout: Option<u64>,
        /// `counter` for this element.
        counter: bool,
        /// Data, in maps.
        data: Option<Box<Expr>>,
    },
    /// `limit`, as text. Never reached in a simulation of single packets.
    Limit {
        /// As listed.
        text: Arc<str>,
        /// `over`: matches beyond the limit.
        over: bool,
    },
    /// Changes nothing about where the packet goes: `log`, named counters. As text.
    Aside(Arc<str>),
    /// A match of another tool that is listed as nothing (an xtables comment).
    Blank,
    /// Not understood, as text: everything to the end of the rule.
    Unknown(Arc<str>),
}
