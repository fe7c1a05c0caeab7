//! The conntrack table.

use crate::packet::{Mark, Protocol};
use std::net::SocketAddr;

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
    /// Status bit ASSURED: not thrown out early when the table is full. TCP with a handshake, a stream of datagrams.
    pub assured: bool,
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
    /// The zone in which it is tracked.
    pub zone: u16,
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
            (Protocol::Tcp, Some(CtTcp::FinWait | CtTcp::TimeWait)) => 120,
            (Protocol::Tcp, Some(CtTcp::CloseWait)) => 60,
            (Protocol::Tcp, Some(CtTcp::LastAck)) => 30,
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

/// TCP connection states of conntrack (`enum tcp_conntrack`, nf_conntrack_tcp.h); SYN_SENT2, a connection opened from both ends at
/// once, is not simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CtTcp {
    /// `SYN_SENT`.
    SynSent,
    /// `SYN_RECV`.
    SynRecv,
    /// `ESTABLISHED`.
    Established,
    /// `FIN_WAIT`: one side sends no more.
    FinWait,
    /// `CLOSE_WAIT`: and that was acknowledged.
    CloseWait,
    /// `LAST_ACK`: the other side sends no more, either.
    LastAck,
    /// `TIME_WAIT`: and that was acknowledged.
    TimeWait,
    /// `CLOSE`: reset.
    Close,
}

impl CtTcp {
    /// As `conntrack -L` names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::SynSent => "SYN_SENT",
            Self::SynRecv => "SYN_RECV",
            Self::Established => "ESTABLISHED",
            Self::FinWait => "FIN_WAIT",
            Self::CloseWait => "CLOSE_WAIT",
            Self::LastAck => "LAST_ACK",
            Self::TimeWait => "TIME_WAIT",
            Self::Close => "CLOSE",
        }
    }

    /// The state of that name.
    pub fn named(name: &str) -> Option<Self> {
        let all = [
            Self::SynSent,
            Self::SynRecv,
            Self::Established,
            Self::FinWait,
            Self::CloseWait,
            Self::LastAck,
            Self::TimeWait,
            Self::Close,
        ];
        all.into_iter().find(|state| state.name() == name)
    }
}
