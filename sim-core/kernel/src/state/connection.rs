//! Open connections.

use crate::config::Owner;
use crate::ids::{NetnsId, SocketId};
use crate::packet::Protocol;
use std::net::SocketAddr;

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
    /// User and group of its process.
    pub owner: Owner,
    /// State.
    pub state: ConnectionState,
    /// The listener it came from, on the server's side.
    pub listener: Option<SocketId>,
    /// `IP_TTL`, where the process set it.
    pub ttl: Option<u8>,
    /// Bytes in a segment that this end said it takes when the connection began (the option MSS of its SYN): what fits on the way, as it
    /// knew then, less headers without options. 0 for other protocols.
    pub mss: u32,
    /// The second in which this end sent its last word of the handshake again, because what it answers came twice: it does so twice a second
    /// at most (`net.ipv4.tcp_invalid_ratelimit`).
    pub repeated: Option<u64>,
}

/// A socket with both its ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ends {
    /// Namespace.
    pub netns: NetnsId,
    /// Protocol.
    pub protocol: Protocol,
    /// Own end.
    pub local: SocketAddr,
    /// Far end, as this one knows it.
    pub remote: SocketAddr,
}

impl Connection {
    /// Its two ends.
    pub fn ends(&self) -> Ends {
        Ends { netns: self.netns, protocol: self.protocol, local: self.local, remote: self.remote }
    }
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
    /// TCP: this side said first that it sends no more (FIN_WAIT1, FIN_WAIT2).
    FinWait,
    /// TCP: the far side sends no more; read(2) returns 0 (CLOSE_WAIT).
    CloseWait,
    /// TCP: this side said so too and waits for the last ACK (LAST_ACK).
    LastAck,
    /// TCP: both sides are done; this one remembers the connection for a minute (TIME_WAIT).
    TimeWait,
    /// TCP: gone.
    Closed,
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
    /// ECONNRESET: the peer closed the connection before it answered, or its kernel knows of none.
    ConnectionReset,
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
            Self::ConnectionReset => "ECONNRESET",
            Self::NotPermitted => "EPERM",
        }
    }
}
