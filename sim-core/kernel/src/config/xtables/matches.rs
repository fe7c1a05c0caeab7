//! What a rule compares beyond the IP header: the extension matches (`-m`).

use super::connection::{Connection, ConnectionMatch, CtStates};
use super::negated::Neg;
use crate::config::terms::{AddrType, PortRange};
use crate::packet::{Mac, Protocol, TcpFlags};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// A set of address types.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddrTypes(u16);

impl AddrTypes {
    /// With `kind` in it too.
    #[must_use]
    pub fn with(self, kind: AddrType) -> Self {
        Self(self.0 | 1 << kind as u16)
    }

    /// Whether `kind` is in it.
    pub fn contains(self, kind: AddrType) -> bool {
        self.0 & 1 << kind as u16 != 0
    }
}

impl From<AddrType> for AddrTypes {
    fn from(kind: AddrType) -> Self {
        Self::default().with(kind)
    }
}

/// Which device an address type is looked up for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IfaceLimit {
    /// `--limit-iface-in`.
    In,
    /// `--limit-iface-out`.
    Out,
}

/// `-m iprange`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IpRanges {
    /// `--src-range`.
    pub src: Option<Neg<(IpAddr, IpAddr)>>,
    /// `--dst-range`.
    pub dst: Option<Neg<(IpAddr, IpAddr)>>,
}

/// `-m addrtype`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AddrTypeMatch {
    /// `--src-type`.
    pub src: Option<Neg<AddrTypes>>,
    /// `--dst-type`.
    pub dst: Option<Neg<AddrTypes>>,
    /// `--limit-iface-in` or `-out`: local addresses of that device only.
    pub limit: Option<IfaceLimit>,
}

/// TCP flags as `--tcp-flags` names them: bits as in the header, FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TcpFlagSet(pub u8);

impl TcpFlagSet {
    /// The flags in the order they are printed.
    pub const NAMES: [(u8, &'static str); 6] =
        [(0x01, "FIN"), (0x02, "SYN"), (0x04, "RST"), (0x08, "PSH"), (0x10, "ACK"), (0x20, "URG")];

    /// The flags of a packet.
    pub fn of(flags: TcpFlags) -> Self {
        let bit = |set, bit: u8| if set { bit } else { 0 };
        Self(
            bit(flags.fin, 0x01)
                | bit(flags.syn, 0x02)
                | bit(flags.rst, 0x04)
                | bit(flags.psh, 0x08)
                | bit(flags.ack, 0x10),
        )
    }
}

/// `--tcp-flags MASK COMP`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TcpFlagsMatch {
    /// Flags that are looked at.
    pub mask: TcpFlagSet,
    /// Those of them that must be set, and no other.
    pub set: TcpFlagSet,
}

/// `--icmp-type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IcmpType {
    /// `any`.
    Any,
    /// A type, with a code where one is asked for.
    Of {
        /// Type.
        kind: u8,
        /// Code.
        code: Option<u8>,
    },
}

/// Which ports `-m multiport` looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PortSide {
    /// `--sports`.
    Source,
    /// `--dports`.
    Destination,
    /// `--ports`: one of both.
    Either,
}

/// `-m multiport`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MultiPort {
    /// Which ports.
    pub side: PortSide,
    /// Ports and ranges; a range counts as two of at most 15.
    pub ports: Neg<Arc<[PortRange]>>,
}

/// `-m physdev`: ports of a bridge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PhysDev {
    /// `--physdev-is-in`: it came by a port.
    pub is_in: Option<Neg<()>>,
    /// `--physdev-in`.
    pub in_dev: Option<Neg<DevMatch>>,
    /// `--physdev-is-out`: it will leave by a port.
    pub is_out: Option<Neg<()>>,
    /// `--physdev-out`.
    pub out_dev: Option<Neg<DevMatch>>,
    /// `--physdev-is-bridged`: it is not routed.
    pub is_bridged: Option<Neg<()>>,
}

/// What `-m recent` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecentAction {
    /// `--set`: enter the address; matches.
    Set,
    /// `--rcheck`: matches an address that is in the list (and seen as asked).
    Check,
    /// `--update`: like `--rcheck`, and a match counts as seen now.
    Update,
    /// `--remove`: take the address out; matches when it was there.
    Remove,
}

/// `-m recent`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recent {
    /// `!`.
    pub not: bool,
    /// What it does.
    pub action: RecentAction,
    /// `--seconds`: only times this long ago or less count.
    pub seconds: Option<u32>,
    /// `--reap`: drop the oldest entry once it is older than that.
    pub reap: bool,
    /// `--hitcount`: so many times at least.
    pub hits: Option<u32>,
    /// `--rttl`: the TTL must be that of the entry.
    pub ttl: bool,
    /// List.
    pub name: Arc<str>,
    /// `--mask`: applied to addresses.
    pub mask: Ipv4Addr,
    /// `--rdest` instead of `--rsource`.
    pub destination: bool,
}

impl Recent {
    fn of(name: &str, action: RecentAction) -> Self {
        Self {
            not: false,
            action,
            seconds: None,
            reap: false,
            hits: None,
            ttl: false,
            name: Arc::from(name),
            mask: Ipv4Addr::BROADCAST,
            destination: false,
        }
    }

    /// `--set --name NAME`.
    pub fn set(name: &str) -> Self {
        Self::of(name, RecentAction::Set)
    }

    /// `--rcheck --seconds SECONDS --reap --name NAME`.
    pub fn check(name: &str, seconds: u32) -> Self {
        Self { seconds: Some(seconds), reap: true, ..Self::of(name, RecentAction::Check) }
    }
}

/// `--pkt-type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PacketType {
    /// `unicast`: for this host.
    Unicast,
    /// `broadcast`.
    Broadcast,
    /// `multicast`.
    Multicast,
}

/// `-m owner`: whose socket a packet comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OwnerMatch {
    /// `--socket-exists`.
    pub socket: Option<Neg<()>>,
    /// `--uid-owner`: first and last user.
    pub uid: Option<Neg<(u32, u32)>>,
    /// `--gid-owner`: first and last group.
    pub gid: Option<Neg<(u32, u32)>>,
}

/// How `-m ttl` compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TtlCompare {
    /// `--ttl-eq`.
    Equal,
    /// `! --ttl-eq`.
    NotEqual,
    /// `--ttl-lt`.
    Less,
    /// `--ttl-gt`.
    Greater,
}

/// Which address or port is a part of an element of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SetSide {
    /// `src`.
    Source,
    /// `dst`.
    Destination,
}

/// `-m set --match-set`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetMatch {
    /// `!`.
    pub not: bool,
    /// Name of the set.
    pub name: Arc<str>,
    /// One side for each part of an element: `src`, `dst,src` …
    pub sides: Arc<[SetSide]>,
    /// `--return-nomatch`: an element with `nomatch` matches too.
    pub return_nomatch: bool,
}

/// An extension match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// `-m comment`: always matches.
    Comment(Arc<str>),
    /// `-m tcp|udp|sctp`: ports. Written even without ports (`-m tcp`).
    Ports {
        /// The module's protocol.
        protocol: Protocol,
        /// `--sport`.
        sport: Option<Neg<PortRange>>,
        /// `--dport`.
        dport: Option<Neg<PortRange>>,
        /// `--tcp-flags`, of `-m tcp` only.
        flags: Option<Neg<TcpFlagsMatch>>,
    },
    /// `-m icmp --icmp-type`.
    Icmp(Neg<IcmpType>),
    /// `-m multiport`.
    MultiPort(MultiPort),
    /// `-m iprange`: inclusive ranges of addresses.
    IpRange(Box<IpRanges>),
    /// `-m set --match-set`.
    Set(SetMatch),
    /// `-m physdev`.
    PhysDev(Box<PhysDev>),
    /// `-m conntrack`.
    Connection(ConnectionMatch),
    /// `-m state --state`.
    State(Neg<CtStates>),
    /// `-m mark --mark VALUE/MASK`.
    Mark(Neg<(u32, u32)>),
    /// `-m connmark --mark VALUE/MASK`: the connection's mark.
    ConnMark(Neg<(u32, u32)>),
    /// `-m addrtype`.
    AddrType(AddrTypeMatch),
    /// `-m statistic --mode random --probability`: the kernel's threshold, `round(p · 2^31)`.
    Random {
        /// `! --probability`.
        not: bool,
        /// `round(p · 2^31)`, 0 to 2^31.
        threshold: u32,
    },
    /// `-m statistic --mode nth`: one of `every` packets that come to it.
    Nth {
        /// `! --every`.
        not: bool,
        /// `--every`, 1 or more.
        every: u32,
        /// `--packet`: which one, 0 to `every` − 1.
        packet: u32,
    },
    /// `-m recent`.
    Recent(Box<Recent>),
    /// `-m limit`: a token bucket. Taken as within the limit.
    Limit {
        /// Ten-thousandths of a second for one token.
        period: u32,
        /// `--limit-burst`, tokens at first and at most.
        burst: u32,
    },
    /// `-m pkttype --pkt-type`.
    PacketType(Neg<PacketType>),
    /// `-m ttl`.
    Ttl {
        /// How.
        compare: TtlCompare,
        /// With what.
        value: u8,
    },
    /// `-m length --length`: bytes of the IP packet, inclusive.
    Length(Neg<(u16, u16)>),
    /// `-m mac --mac-source`.
    MacSource(Neg<Mac>),
    /// `-m dscp --dscp`, 0 to 63.
    Dscp(Neg<u8>),
    /// `-m tos --tos VALUE/MASK`.
    Tos(Neg<(u8, u8)>),
    /// `-m rpfilter`: the way back to the source leads where the packet came from.
    ReversePath(ReversePath),
    /// `-m owner`.
    Owner(OwnerMatch),
    /// `-m nfacct --nfacct-name`: always matches, and counts the packet in an object of that name (xt_nfacct.c). The count is not
    /// kept: no rule reads it.
    Account(Arc<str>),
    /// A match this interpreter does not know: printed back unchanged, assumed where it matters.
    Unknown {
        /// Module name.
        module: Arc<str>,
        /// Its options as `iptables-save` prints them.
        text: Arc<str>,
    },
}

impl Match {
    /// `-m PROTOCOL` with ports.
    pub fn ports(protocol: Protocol, sport: Option<Neg<PortRange>>, dport: Option<Neg<PortRange>>) -> Self {
        Self::Ports { protocol, sport, dport, flags: None }
    }

    /// `-m conntrack --ctstate`.
    pub fn ct_state(states: Neg<CtStates>) -> Self {
        Self::Connection(Box::new(Connection { state: Some(states), ..Connection::default() }))
    }

    /// True when the match needs connection tracking in its namespace.
    pub fn needs_tracking(&self) -> bool {
        match self {
            Self::Connection(_) | Self::State(_) | Self::ConnMark(_) => true,
            Self::Unknown { module, .. } => {
                matches!(&**module, "conntrack" | "connmark" | "connbytes" | "connlimit" | "connlabel" | "helper")
            }
            _ => false,
        }
    }
}

/// Options of `-m rpfilter`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReversePath {
    /// `--loose`: by any device.
    pub loose: bool,
    /// `--validmark`: the packet's mark counts in the look-up.
    pub valid_mark: bool,
    /// `--accept-local`: the source may be an own address.
    pub accept_local: bool,
    /// `--invert`: matches where the way back does not lead there.
    pub invert: bool,
}

/// An interface name, or a prefix written with a trailing `+`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DevMatch {
    /// The name or prefix, without `+`.
    pub name: Arc<str>,
    /// `+` follows.
    pub prefix: bool,
}

impl DevMatch {
    /// Whether a device of that name is meant.
    pub fn holds(&self, name: &str) -> bool {
        if self.prefix { name.starts_with(&*self.name) } else { *name == *self.name }
    }
}

impl Match {
    /// Looking does not change anything, and is no chance.
    pub(crate) fn is_pure(&self) -> bool {
        let expires = matches!(self, Self::Connection(connection) if connection.expire.is_some());
        !expires && !matches!(self, Self::Unknown { .. } | Self::Nth { .. } | Self::Random { .. } | Self::Recent(_))
    }
}
