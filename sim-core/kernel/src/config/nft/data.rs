//! Types of nftables data, and values of them (`include/datatype.h` of nftables).

use crate::ids::ChainId;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

/// A type of data: what a register or a set's key holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DataType {
    /// `ipv4_addr`.
    Ipv4Addr,
    /// `ipv6_addr`.
    Ipv6Addr,
    /// `ether_addr`.
    EtherAddr,
    /// `ether_type`.
    EtherType,
    /// `inet_proto`.
    InetProto,
    /// `inet_service`: a port.
    InetService,
    /// `mark`.
    Mark,
    /// `ifname`.
    IfName,
    /// `iface_index`, kept by name.
    IfIndex,
    /// `nf_proto`.
    NfProto,
    /// `ct_state`: bits.
    CtState,
    /// `ct_status`: bits.
    CtStatus,
    /// `ct_dir`.
    CtDir,
    /// `fib_addrtype`.
    FibAddrType,
    /// `tcp_flag`: bits.
    TcpFlag,
    /// `icmp_type`.
    IcmpType,
    /// `icmp_code`.
    IcmpCode,
    /// `boolean` of `fib … oif`: `missing` or `exists`.
    Boolean,
    /// A number without a type of its own, as `numgen` makes.
    Integer,
    /// A type that is not modelled, by its name. Its values are kept as text.
    Other(Arc<str>),
}

/// Names of types.
const NAMES: [(DataType, &str); 19] = [
    (DataType::Ipv4Addr, "ipv4_addr"),
    (DataType::Ipv6Addr, "ipv6_addr"),
    (DataType::EtherAddr, "ether_addr"),
    (DataType::EtherType, "ether_type"),
    (DataType::InetProto, "inet_proto"),
    (DataType::InetService, "inet_service"),
    (DataType::Mark, "mark"),
    (DataType::IfName, "ifname"),
    (DataType::IfIndex, "iface_index"),
    (DataType::NfProto, "nf_proto"),
    (DataType::CtState, "ct_state"),
    (DataType::CtStatus, "ct_status"),
    (DataType::CtDir, "ct_dir"),
    (DataType::FibAddrType, "fib_addrtype"),
    (DataType::TcpFlag, "tcp_flag"),
    (DataType::IcmpType, "icmp_type"),
    (DataType::IcmpCode, "icmp_code"),
    (DataType::Boolean, "boolean"),
    (DataType::Integer, "integer"),
];

impl DataType {
    /// The type a set declaration calls `name`.
    pub fn of_name(name: &str) -> Self {
        let known = NAMES.into_iter().find(|(_, known)| *known == name);
        known.map_or_else(|| Self::Other(Arc::from(name)), |(kind, _)| kind)
    }

    /// Its name in a set declaration.
    pub fn name(&self) -> &str {
        if let Self::Other(name) = self {
            return name;
        }
        NAMES.iter().find(|(kind, _)| kind == self).map_or("integer", |(_, name)| name)
    }

    /// Length in bits, as prefixes count them.
    pub fn bits(&self) -> u8 {
        match self {
            Self::Ipv6Addr => 128,
            Self::EtherAddr => 48,
            Self::InetService | Self::EtherType => 16,
            Self::InetProto | Self::NfProto | Self::CtDir | Self::TcpFlag | Self::IcmpType | Self::IcmpCode => 8,
            _ => 32,
        }
    }

    /// True for sets of bits, which are named one by one with commas between.
    pub fn is_bits(&self) -> bool {
        matches!(self, Self::CtState | Self::CtStatus | Self::TcpFlag)
    }

    /// Values with names, in the order they are listed.
    pub fn symbols(&self) -> &'static [(u128, &'static str)] {
        match self {
            Self::InetProto => &[
                (1, "icmp"),
                (2, "igmp"),
                (4, "ipencap"),
                (6, "tcp"),
                (17, "udp"),
                (33, "dccp"),
                (41, "ipv6"),
                (43, "ipv6-route"),
                (44, "ipv6-frag"),
                (47, "gre"),
                (50, "esp"),
                (51, "ah"),
                (58, "ipv6-icmp"),
                (59, "ipv6-nonxt"),
                (132, "sctp"),
                (136, "udplite"),
            ],
            Self::NfProto => &[(2, "ipv4"), (10, "ipv6")],
            Self::EtherType => &[(0x0800, "ip"), (0x0806, "arp"), (0x86dd, "ip6"), (0x8100, "8021q")],
            Self::CtState => &[(1, "invalid"), (2, "established"), (4, "related"), (8, "new"), (64, "untracked")],
            Self::CtStatus => &[
                (1, "expected"),
                (2, "seen-reply"),
                (4, "assured"),
                (8, "confirmed"),
                (16, "snat"),
                (32, "dnat"),
                (512, "dying"),
            ],
            Self::CtDir => &[(0, "original"), (1, "reply")],
            Self::FibAddrType => &[
                (0, "unspec"),
                (1, "unicast"),
                (2, "local"),
                (3, "broadcast"),
                (4, "anycast"),
                (5, "multicast"),
                (6, "blackhole"),
                (7, "unreachable"),
                (8, "prohibit"),
            ],
            Self::TcpFlag => {
                &[(1, "fin"), (2, "syn"), (4, "rst"), (8, "psh"), (16, "ack"), (32, "urg"), (64, "ecn"), (128, "cwr")]
            }
            Self::IcmpType => &[
                (0, "echo-reply"),
                (3, "destination-unreachable"),
                (4, "source-quench"),
                (5, "redirect"),
                (8, "echo-request"),
                (9, "router-advertisement"),
                (10, "router-solicitation"),
                (11, "time-exceeded"),
                (12, "parameter-problem"),
                (13, "timestamp-request"),
                (14, "timestamp-reply"),
                (15, "info-request"),
                (16, "info-reply"),
                (17, "address-mask-request"),
                (18, "address-mask-reply"),
            ],
            Self::IcmpCode => &[
                (0, "net-unreachable"),
                (1, "host-unreachable"),
                (2, "prot-unreachable"),
                (3, "port-unreachable"),
                (4, "frag-needed"),
                (9, "net-prohibited"),
                (10, "host-prohibited"),
                (13, "admin-prohibited"),
            ],
            Self::Boolean => &[(0, "missing"), (1, "exists")],
            _ => &[],
        }
    }

    /// How many elements a listing puts on one line of a set with this key.
    pub fn per_line(&self) -> usize {
        match self {
            Self::InetProto
            | Self::InetService
            | Self::Mark
            | Self::IfIndex
            | Self::NfProto
            | Self::TcpFlag
            | Self::Integer => 5,
            Self::Ipv4Addr | Self::CtState | Self::CtStatus | Self::CtDir => 2,
            Self::Other(name) => match &**name {
                "uid" | "gid" => 5,
                "pkt_type" => 2,
                _ => 1,
            },
            _ => 1,
        }
    }

    /// The number a symbol of this type stands for.
    pub fn symbol(&self, name: &str) -> Option<u128> {
        let alias = match (self, name) {
            (Self::InetProto, "icmpv6") => "ipv6-icmp",
            (Self::EtherType, "vlan") => "8021q",
            _ => name,
        };
        self.symbols().iter().find(|(_, symbol)| *symbol == alias).map(|(value, _)| *value)
    }
}

/// One value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Datum {
    /// Addresses (in network order), ports, marks, bits.
    Number(u128),
    /// Interface names (a trailing `*` matches the rest), and values of types that are not modelled.
    Text(Arc<str>),
}

impl From<Ipv4Addr> for Datum {
    fn from(address: Ipv4Addr) -> Self {
        Self::Number(u128::from(u32::from(address)))
    }
}

impl From<Ipv6Addr> for Datum {
    fn from(address: Ipv6Addr) -> Self {
        Self::Number(u128::from(address))
    }
}

/// What a value is compared with: one part of a set element's key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pattern {
    /// `*`: what no other element has.
    Any,
    /// Exactly this.
    One(Datum),
    /// `VALUE/LENGTH`.
    Prefix(u128, u8),
    /// From first to last, both included.
    Range(u128, u128),
}

impl Pattern {
    /// A number.
    pub fn number(value: impl Into<u128>) -> Self {
        Self::One(Datum::Number(value.into()))
    }

    /// An IPv4 prefix; a whole address is itself.
    pub fn net(net: ipnet::Ipv4Net) -> Self {
        let address = u128::from(u32::from(net.addr()));
        if net.prefix_len() == 32 { Self::number(address) } else { Self::Prefix(address, net.prefix_len()) }
    }

    /// True when `value`, `bits` long, falls under the pattern.
    pub fn holds(&self, value: &Datum, bits: u8) -> bool {
        match (self, value) {
            (Self::Any, _) => true,
            (Self::One(Datum::Text(want)), Datum::Text(have)) => match want.strip_suffix('*') {
                Some(start) => have.starts_with(start),
                None => want == have,
            },
            (Self::One(want), have) => want == have,
            (Self::Prefix(net, length), Datum::Number(have)) => {
                let rest = u32::from(bits.saturating_sub(*length));
                let head = |value: u128| value.checked_shr(rest).unwrap_or(0);
                head(*net) == head(*have)
            }
            (Self::Range(first, last), Datum::Number(have)) => first <= have && have <= last,
            (Self::Prefix(..) | Self::Range(..), Datum::Text(_)) => false,
        }
    }
}

/// Where a packet goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// `accept`.
    Accept,
    /// `drop`.
    Drop,
    /// `continue`.
    Continue,
    /// `return`.
    Return,
    /// `jump CHAIN`.
    Jump(ChainId),
    /// `goto CHAIN`.
    Goto(ChainId),
}
