//! What packets leave behind in a running kernel. Starts empty; a clone is a branch of time.

use super::netfilter::nft::NftTableId;
use super::netfilter::nft::data::Datum;
use super::netfilter::nft::set::SetId;
use super::state::{LinkId, NetnsId, SocketId};
use super::walk::RuleRef;
use crate::packet::{Mac, Mark, Protocol};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// The running state of every namespace.
#[derive(Clone, Debug, Default)]
pub struct Live {
    /// Connection tracking, per namespace. Entries are only ever appended; index is [`CtId`].
    pub conntrack: BTreeMap<NetnsId, Vec<CtEntry>>,
    /// Learned neighbours: (namespace, device, address) to link-layer address.
    pub neighbours: BTreeMap<(NetnsId, LinkId, IpAddr), Mac>,
    /// Neighbours that were only heard of, by their own question: state `STALE`. The others are `REACHABLE`.
    pub stale: BTreeSet<(NetnsId, LinkId, IpAddr)>,
    /// Neighbours with a cached header: something was sent to them before (`neigh->hh`).
    pub headers: BTreeSet<(NetnsId, LinkId, IpAddr)>,
    /// Learned forwarding entries: (namespace, bridge, address) to port.
    pub fdb: BTreeMap<(NetnsId, LinkId, Mac), LinkId>,
    /// Path MTUs in bytes that routers told of, by (namespace, destination).
    pub path_mtu: BTreeMap<(NetnsId, IpAddr), u32>,
    /// What VXLAN devices learned: (namespace, device, inner address) to the tunnel's other end.
    pub vteps: BTreeMap<(NetnsId, LinkId, Mac), IpAddr>,
    /// Open connections and connected sockets, in order of creation.
    pub connections: Vec<Connection>,
    /// `xt_recent` lists by (namespace, name), least recently touched entry first.
    pub recent: BTreeMap<(NetnsId, Arc<str>), Vec<RecentEntry>>,
    /// Elements that rules of nftables added to sets or took away, by (namespace, table, set).
    pub nft_sets: BTreeMap<(NetnsId, NftTableId, SetId), Vec<SetEntry>>,
    /// Packets that came to each `-m statistic --mode nth` and `numgen inc`, by (namespace, rule, position among its matches).
    pub nth: BTreeMap<(NetnsId, RuleRef, u32), u64>,
    /// Seconds since the start of the simulation.
    pub now: u64,
}

/// Index of a conntrack entry inside its namespace's table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CtId(pub u32);

/// One direction of a tracked connection. ICMP echo carries its identifier in both port fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tuple {
    /// Protocol.
    pub protocol: Protocol,
    /// Source address and port.
    pub src: SocketAddr,
    /// Destination address and port.
    pub dst: SocketAddr,
}

impl Tuple {
    /// The tuple of the other direction.
    #[must_use]
    pub fn inverted(self) -> Self {
        Self { protocol: self.protocol, src: self.dst, dst: self.src }
    }
}

/// A conntrack entry (`conntrack -L`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CtEntry {
    /// The tuple of the first packet.
    pub original: Tuple,
    /// The tuple a reply will have; differs from the inverted original where NAT was set up.
    pub reply: Tuple,
    /// A packet of the reply direction was seen (`[UNREPLIED]` is gone).
    pub replied: bool,
    /// TCP state as `conntrack -L` names it; `None` for other protocols.
    pub tcp: Option<CtTcp>,
    /// Inserted into the table (the first packet left the namespace or was delivered).
    pub confirmed: bool,
    /// Taken out of the table again; no packet finds it any more.
    pub removed: bool,
    /// Destination NAT was set up (status bit DNAT).
    pub dnat: bool,
    /// Source NAT was set up (status bit SNAT).
    pub snat: bool,
    /// The nat table's destination side was consulted (IPS_DST_NAT_DONE).
    pub dst_done: bool,
    /// The nat table's source side was consulted (IPS_SRC_NAT_DONE).
    pub src_done: bool,
    /// The connection's mark.
    pub mark: Mark,
    /// Second of the first packet.
    pub created: u64,
    /// Second of the last packet; the entry is gone [`Self::timeout`] seconds later.
    pub seen: u64,
}

impl CtEntry {
    /// How long the entry stays after its last packet, in seconds: the defaults of `net.netfilter.nf_conntrack_*_timeout*`. Datagrams
    /// both ways make a stream two seconds after the first.
    pub fn timeout(&self) -> u32 {
        match (self.original.protocol, self.tcp) {
            (Protocol::Tcp, Some(CtTcp::SynSent) | None) => 120,
            (Protocol::Tcp, Some(CtTcp::SynRecv)) => 60,
            (Protocol::Tcp, Some(CtTcp::Established)) => 432_000,
            (Protocol::Tcp, Some(CtTcp::Close)) => 10,
            (Protocol::Udp, _) if self.replied && self.seen > self.created + 2 => 120,
            (Protocol::Udp | Protocol::Icmp, _) => 30,
            (Protocol::Sctp, _) => 3,
            (Protocol::Other(_), _) => 600,
        }
    }

    /// In the table at that second.
    pub fn is_alive(&self, now: u64) -> bool {
        self.confirmed && !self.removed && now < self.seen + u64::from(self.timeout())
    }
}

/// What rules made of one element of an nftables set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetEntry {
    /// Key, part by part.
    pub key: Vec<Datum>,
    /// What it leads to, in maps.
    pub data: Option<Vec<Datum>>,
    /// When it goes, in milliseconds since the start of the simulation.
    pub expires: Option<u64>,
    /// It was taken away.
    pub gone: bool,
}

/// An address in an `xt_recent` list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecentEntry {
    /// Address, masked.
    pub address: IpAddr,
    /// TTL of the last packet.
    pub ttl: u8,
    /// Seconds at which it was seen, oldest first.
    pub seen: Vec<u64>,
}

impl RecentEntry {
    /// Entries a list holds (`ip_list_tot`).
    pub const MOST: usize = 100;
    /// Times an entry keeps; the kernel keeps as many as a rule's `--hitcount` asks for, 32 at least.
    pub const MOST_SEEN: usize = 65_536;
}

/// TCP connection states of conntrack that one handshake meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CtTcp {
    /// `SYN_SENT`.
    SynSent,
    /// `SYN_RECV`.
    SynRecv,
    /// `ESTABLISHED`.
    Established,
    /// `CLOSE`.
    Close,
}

/// Index into [`Live::connections`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u32);

/// A socket with both ends known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Namespace it lives in.
    pub netns: NetnsId,
    /// Protocol.
    pub protocol: Protocol,
    /// Own end.
    pub local: SocketAddr,
    /// Far end, as this socket sees it.
    pub remote: SocketAddr,
    /// State.
    pub state: ConnectionState,
    /// The listener it came from, on the server's side.
    pub listener: Option<SocketId>,
    /// `IP_TTL`, where the process set it.
    pub ttl: Option<u8>,
}

/// State of a [`Connection`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConnectionState {
    /// TCP: SYN sent. Connected UDP, SCTP and ICMP sockets that wait for an answer use it too.
    SynSent,
    /// TCP: SYN received, SYN-ACK sent.
    SynRecv,
    /// Established; a datagram was answered.
    Established,
    /// Ended by RST or an ICMP error, with what `connect()` reports.
    Failed(Errno),
}

/// Error numbers `connect()` can report here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Errno {
    /// ECONNREFUSED.
    ConnectionRefused,
    /// EHOSTUNREACH.
    HostUnreachable,
    /// ENETUNREACH.
    NetworkUnreachable,
    /// EACCES.
    Access,
    /// EINVAL.
    Invalid,
    /// EMSGSIZE.
    MessageSize,
    /// ENOPROTOOPT: the far end does not speak the protocol.
    NoProtocol,
    /// EPERM: a local OUTPUT rule dropped it.
    NotPermitted,
}

impl Errno {
    /// The C name.
    pub fn name(self) -> &'static str {
        match self {
            Self::ConnectionRefused => "ECONNREFUSED",
            Self::HostUnreachable => "EHOSTUNREACH",
            Self::NetworkUnreachable => "ENETUNREACH",
            Self::Access => "EACCES",
            Self::Invalid => "EINVAL",
            Self::MessageSize => "EMSGSIZE",
            Self::NoProtocol => "ENOPROTOOPT",
            Self::NotPermitted => "EPERM",
        }
    }
}
