//! What events are made of.

use crate::config::{RejectWith, RouteKind};
use crate::ids::{ChainId, ConnectionId, CtId, NetnsId, RouteId, RuleRef, SocketId, TableRef};
use crate::state::Errno;
use std::fmt;
use std::sync::Arc;

/// What a matching rule did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Went on to the next rule.
    Continue,
    /// `ACCEPT`.
    Accept,
    /// `DROP`.
    Drop,
    /// `REJECT`.
    Reject(RejectWith),
    /// `RETURN`.
    Return,
    /// Into another chain.
    Jump(ChainId),
    /// Into another chain, not to come back.
    Goto(ChainId),
    /// NAT was set up.
    Nat,
}

codes!(Verdict {
    Self::Continue => "continue",
    Self::Accept => "accept",
    Self::Drop => "drop",
    Self::Reject(_) => "reject",
    Self::Return => "return",
    Self::Jump(_) => "jump",
    Self::Goto(_) => "goto",
    Self::Nat => "nat",
});

/// Which side of NAT.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NatKind {
    /// The destination was changed.
    Destination,
    /// The source was changed.
    Source,
}

codes!(NatKind {
    Self::Destination => "destination",
    Self::Source => "source",
});

/// What caused a translation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NatBy {
    /// A rule, on the connection's first packet.
    Rule(RuleRef),
    /// The conntrack entry, on every later packet.
    Conntrack(CtId),
}

/// State for `--ctstate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CtState {
    /// `NEW`.
    New,
    /// `ESTABLISHED`.
    Established,
    /// `RELATED`.
    Related,
}

impl fmt::Display for CtState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::New => "NEW",
            Self::Established => "ESTABLISHED",
            Self::Related => "RELATED",
        })
    }
}

/// What happened to a conntrack entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CtAction {
    /// Made for this packet, not yet in the table.
    Created,
    /// Found in the table.
    Found,
    /// Inserted into the table.
    Confirmed,
    /// Found, and taken out of the table: a reset was the first answer.
    Removed,
}

codes!(CtAction {
    Self::Created => "created",
    Self::Found => "found",
    Self::Confirmed => "confirmed",
    Self::Removed => "removed",
});

/// How a VXLAN device knew the tunnel's other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VtepSource {
    /// Configured for this address.
    Configured,
    /// Learned for this address.
    Learned,
    /// Where everything goes that no other entry leads anywhere.
    Default,
}

codes!(VtepSource {
    Self::Configured => "configured",
    Self::Learned => "learned",
    Self::Default => "default",
});

/// Where a link-layer address came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NeighbourSource {
    /// Configured.
    Configured,
    /// Learned earlier.
    Learned,
}

codes!(NeighbourSource {
    Self::Configured => "configured",
    Self::Learned => "learned",
});

/// What a local socket made of the packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Delivery {
    /// A SYN (or INIT) reached a listener; the kernel answers.
    Accepted {
        /// Listener.
        listener: SocketId,
        /// The connection made.
        connection: ConnectionId,
    },
    /// A datagram reached a listener; its process decides what to answer.
    Datagram {
        /// Listener.
        listener: SocketId,
    },
    /// The answer a connection waited for: SYN-ACK, or a datagram.
    Answer {
        /// Connection.
        connection: ConnectionId,
    },
    /// The final ACK of a handshake reached the server's side.
    Established {
        /// Connection.
        connection: ConnectionId,
    },
    /// Bytes of a stream reached the process that reads them.
    Data {
        /// Connection.
        connection: ConnectionId,
    },
    /// FIN: the far side of a stream sends no more; whoever reads it gets 0 from read(2).
    Finished {
        /// Connection.
        connection: ConnectionId,
    },
    /// The last ACK of a stream that both sides ended.
    Closed {
        /// Connection.
        connection: ConnectionId,
    },
    /// An ICMP error told a stream that its segments are too long: it goes on with shorter ones.
    Told {
        /// Connection.
        connection: ConnectionId,
    },
    /// An ICMP error told a stream of trouble that may pass: it goes on trying.
    Noted {
        /// Connection.
        connection: ConnectionId,
    },
    /// RST or an ICMP error ended a connection attempt.
    Failed {
        /// Connection.
        connection: ConnectionId,
        /// What `connect()` reports.
        errno: Errno,
    },
    /// An echo request was answered by the kernel.
    Echo,
}

codes!(Delivery {
    Self::Accepted { .. } => "accepted",
    Self::Datagram { .. } => "datagram",
    Self::Answer { .. } => "answer",
    Self::Established { .. } => "established",
    Self::Data { .. } => "data",
    Self::Finished { .. } => "finished",
    Self::Closed { .. } => "closed",
    Self::Told { .. } => "told",
    Self::Noted { .. } => "noted",
    Self::Failed { .. } => "failed",
    Self::Echo => "echo",
});

/// A packet the kernel made in answer to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AnswerKind {
    /// SYN-ACK or INIT-ACK from a listener.
    HandshakeAnswer,
    /// The final ACK from the client.
    HandshakeAck,
    /// The ACK for the second FIN of a connection.
    CloseAck,
    /// RST (or ABORT) because nothing listens or nothing matches.
    Reset,
    /// Echo reply.
    EchoReply,
    /// ICMP error.
    IcmpError {
        /// ICMP type.
        kind: u8,
        /// ICMP code.
        code: u8,
    },
}

codes!(AnswerKind {
    Self::HandshakeAnswer => "handshake-answer",
    Self::HandshakeAck => "handshake-ack",
    Self::CloseAck => "close-ack",
    Self::Reset => "reset",
    Self::EchoReply => "echo-reply",
    Self::IcmpError { .. } => "icmp-error",
});

/// Why a packet ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DropReason {
    /// A rule's verdict was DROP.
    Rule(RuleRef),
    /// A built-in chain's policy is DROP.
    Policy {
        /// Table.
        table: TableRef,
        /// Chain.
        chain: ChainId,
    },
    /// A rule's verdict was REJECT; an answer was made.
    Rejected(RuleRef),
    /// No route.
    NoRoute,
    /// A blackhole, unreachable or prohibit route.
    RouteType {
        /// Which kind.
        kind: RouteKind,
        /// Which.
        route: RouteId,
    },
    /// The neighbour did not answer.
    NeighbourFailed,
    /// TTL ran out.
    TtlExceeded,
    /// Larger than the device's MTU with DF set, or a frame longer than a bridge port or a veth's far end takes.
    MtuExceeded {
        /// The MTU in bytes.
        mtu: u32,
    },
    /// Not all of its fragments arrived where they are put together; what did is thrown away after a while (`ip_expire`).
    Incomplete {
        /// Bytes that are missing.
        missing: u32,
        /// How long the rest waited: `net.ipv4.ipfrag_time`, in seconds.
        seconds: u32,
    },
    /// `net.ipv4.ip_forward` is 0.
    ForwardingOff,
    /// Source address not acceptable here: own address, loopback or multicast from outside.
    MartianSource,
    /// Destination address not acceptable here: loopback from outside.
    MartianDestination,
    /// Reverse path filter.
    ReversePath,
    /// The frame was for another station.
    OtherHost,
    /// A bridge had no port to send it to (own port without hairpin, isolated port, no port up).
    NoBridgePort,
    /// A VXLAN device knows no other end for this address.
    NoVtep,
    /// What came to a VXLAN socket is for no device here: unknown network identifier, no VXLAN packet, or sent by the device itself.
    NotForVxlan,
    /// The device is down.
    LinkDown,
    /// Nothing listens; an answer was made.
    NoListener,
    /// No socket waits for it and no answer is due.
    NoSocket,
    /// More than the allowed number of hops: it goes in circles.
    Loop,
    /// Not simulated (IPv6 forwarding, broadcast …).
    NotModelled,
}

codes!(DropReason {
    Self::Rule(_) => "dropped-by-rule",
    Self::Policy { .. } => "dropped-by-policy",
    Self::Rejected(_) => "rejected",
    Self::NoRoute => "no-route",
    Self::RouteType { .. } => "dropped-by-route",
    Self::NeighbourFailed => "neighbour-failed",
    Self::TtlExceeded => "ttl-exceeded",
    Self::MtuExceeded { .. } => "mtu-exceeded",
    Self::Incomplete { .. } => "fragments-missing",
    Self::ForwardingOff => "forwarding-off",
    Self::MartianSource => "martian-source",
    Self::MartianDestination => "martian-destination",
    Self::ReversePath => "reverse-path-filter",
    Self::OtherHost => "other-host",
    Self::NoBridgePort => "no-bridge-port",
    Self::NoVtep => "no-vtep",
    Self::NotForVxlan => "not-for-vxlan",
    Self::LinkDown => "link-down",
    Self::NoListener => "no-listener",
    Self::NoSocket => "no-socket",
    Self::Loop => "loop",
    Self::NotModelled => "not-modelled",
});

/// Something not modelled, with what was assumed instead.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Assumed {
    /// A rule's match is not modelled; it was taken as not matching.
    MatchSkipped {
        /// Rule.
        rule: RuleRef,
        /// Module.
        module: Arc<str>,
    },
    /// A rule's target is not modelled; the walk went on to the next rule.
    TargetSkipped {
        /// Rule.
        rule: RuleRef,
        /// Target.
        target: Arc<str>,
    },
    /// Rules changed pieces of a packet in different ways; those behind the first were taken to be changed as it was.
    Pieces,
    /// A rule matched that matches only below a rate; the packet was taken as below it.
    WithinLimit {
        /// Rule.
        rule: RuleRef,
    },
}

codes!(Assumed {
    Self::MatchSkipped { .. } => "unmodelled-match",
    Self::TargetSkipped { .. } => "unmodelled-target",
    Self::Pieces => "pieces",
    Self::WithinLimit { .. } => "within-limit",
});

/// How a walk ended, at its last hop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// A socket took it.
    Delivered {
        /// Namespace of the socket.
        netns: NetnsId,
        /// What the socket made of it.
        delivery: Delivery,
    },
    /// It was dropped.
    Dropped {
        /// Namespace.
        netns: NetnsId,
        /// Why.
        reason: DropReason,
    },
}
