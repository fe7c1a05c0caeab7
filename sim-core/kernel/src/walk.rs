//! What one packet meets on its way: hops, and at each hop the things that happened, in order.

mod copies;
mod detail;
pub use copies::*;
pub use detail::*;

use super::live::{CtEntry, CtId};
use super::netfilter::nft::data::Datum;
use super::netfilter::xtables::{ChainId, Policy};
use super::netfilter::{Hook, TableRef};
use super::state::{LinkId, LinkRef, NetnsId, RouteKind, TableId};
use crate::packet::{FieldChange, Fragment, Mac, Mark, Packet, Port};
use std::net::IpAddr;
use std::sync::Arc;

/// A packet with what travels beside it inside a namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skb {
    /// Headers and payload.
    pub packet: Packet,
    /// `skb->mark`.
    pub mark: Mark,
    /// The connection it belongs to, once conntrack saw it in this namespace, and its direction.
    pub ct: Option<(CtId, CtDirection)>,
}

/// Direction inside a tracked connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CtDirection {
    /// As the first packet.
    Original,
    /// The other way.
    Reply,
}

/// Where in a namespace the packet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// A local socket made or received it.
    Socket,
    /// The routing decision (lookup, TTL).
    Routing,
    /// A netfilter hook. `bridge` is set when the frame is there because of bridge-nf-call-iptables.
    Hook {
        /// Which hook.
        hook: Hook,
        /// The bridge whose path called it.
        bridge: Option<LinkId>,
    },
    /// A device, inward: the frame just arrived.
    Ingress(LinkId),
    /// A bridge decides where the frame goes.
    Bridge(LinkId),
    /// A device, outward: the frame is about to leave (neighbour lookup, transmit).
    Egress(LinkId),
}

/// The packet at one place, and what happened there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Namespace.
    pub netns: NetnsId,
    /// Place in it.
    pub place: Place,
    /// Device it came in by, if any.
    pub in_dev: Option<LinkId>,
    /// Device it will leave by, once routing chose one.
    pub out_dev: Option<LinkId>,
    /// The packet when it came to this place.
    pub before: Skb,
    /// The packet when it left this place.
    pub after: Skb,
    /// What happened, in order.
    pub events: Vec<Event>,
}

/// A rule, addressed inside its namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleRef {
    /// Table.
    pub table: TableRef,
    /// Chain.
    pub chain: ChainId,
    /// Index in the chain, from 0. `iptables -L --line-numbers` shows this plus one.
    pub index: u32,
}

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
    /// Nothing in a map or set for it (nftables).
    Lookup,
    /// An expression that has no value for this packet (nftables).
    Expression,
    /// A match that is not modelled, assumed not to match.
    Unknown,
}

/// What a lookup in an nftables map found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SetHit {
    /// Nothing.
    Missing,
    /// An element of the configuration, by its index.
    Element(u32),
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

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A local socket sent it.
    SocketSend,
    /// A route was chosen.
    Route {
        /// Table it was found in.
        table: TableId,
        /// Index into the namespace's routes.
        route: u32,
        /// What the route does.
        kind: RouteKind,
        /// Next hop, if not the destination itself.
        via: Option<IpAddr>,
        /// Device.
        dev: Option<LinkId>,
        /// Source address chosen for a local packet.
        src: Option<IpAddr>,
    },
    /// No route matched.
    NoRoute {
        /// Address looked up.
        dst: IpAddr,
    },
    /// The forwarding path took one off the TTL.
    Ttl {
        /// Before.
        before: u8,
        /// After.
        after: u8,
    },
    /// A chain was entered.
    Chain {
        /// Table.
        table: TableRef,
        /// Chain.
        chain: ChainId,
        /// The rule that jumped here; `None` for a built-in chain called by its hook.
        from: Option<RuleRef>,
    },
    /// A rule matched.
    Rule {
        /// Which.
        rule: RuleRef,
        /// Rules of this chain tried without success since the last match (or the chain's start).
        skipped: Vec<Skipped>,
        /// What it did.
        verdict: Verdict,
    },
    /// A chain ended without a verdict: back to the caller, or the policy of a built-in chain.
    ChainEnd {
        /// Table.
        table: TableRef,
        /// Chain.
        chain: ChainId,
        /// Rules tried without success since the last match.
        skipped: Vec<Skipped>,
        /// The policy that decided, for a built-in chain.
        policy: Option<Policy>,
    },
    /// A rule of nftables looked something up in a map.
    NftLookup {
        /// Rule.
        rule: RuleRef,
        /// Which of the rule's statements.
        statement: u32,
        /// What was looked up, part by part.
        key: Vec<Datum>,
        /// What was found.
        hit: SetHit,
    },
    /// A rule asked a list that rules themselves keep (`-m recent`, a set of nftables that rules add to), or wrote into it.
    Listed {
        /// Rule.
        rule: RuleRef,
        /// Name of the list or set.
        list: Arc<str>,
        /// Address asked for or written.
        address: IpAddr,
        /// What came of it.
        how: ListedHow,
    },
    /// The nat table was not consulted: the connection's first packet already did, or it is not tracked.
    NatSkipped {
        /// The connection.
        entry: CtId,
    },
    /// Headers were translated.
    Nat {
        /// Which side.
        kind: NatKind,
        /// By what.
        by: NatBy,
        /// The edits, old and new.
        changes: Vec<FieldChange>,
    },
    /// The mark was changed by a rule.
    Marked {
        /// Rule.
        rule: RuleRef,
        /// Before.
        before: Mark,
        /// After.
        after: Mark,
    },
    /// The connection's mark was changed by a rule.
    ConnMarked {
        /// Rule.
        rule: RuleRef,
        /// The connection.
        entry: CtId,
        /// Before.
        before: Mark,
        /// After.
        after: Mark,
    },
    /// The TTL was changed by a rule.
    TtlSet {
        /// Rule.
        rule: RuleRef,
        /// Before.
        before: u8,
        /// After.
        after: u8,
    },
    /// A rule wrote the packet down (`LOG`, `NFLOG`, `TRACE`).
    Logged {
        /// Rule.
        rule: RuleRef,
    },
    /// Conntrack looked the packet up.
    Conntrack {
        /// Entry.
        entry: CtId,
        /// State this packet has for `--ctstate`.
        state: CtState,
        /// Direction.
        direction: CtDirection,
        /// The entry as it is now.
        now: CtEntry,
        /// What happened to the entry.
        action: CtAction,
    },
    /// Conntrack could not make sense of it (`INVALID`).
    ConntrackInvalid,
    /// The packet was not tracked (`UNTRACKED`).
    Untracked,
    /// A local packet changed in OUTPUT and was routed again.
    Reroute,
    /// An entry of the neighbour table was used.
    Neighbour {
        /// Address.
        ip: IpAddr,
        /// Its link-layer address.
        mac: Mac,
        /// Device.
        dev: LinkId,
        /// Configured, or learned before.
        known: NeighbourSource,
    },
    /// The neighbour was asked for by ARP and answered.
    Arp {
        /// Address asked for.
        ip: IpAddr,
        /// Device asked on.
        dev: LinkId,
        /// Who answered.
        answered_by: LinkRef,
        /// With which address.
        mac: Mac,
        /// How many devices saw the broadcast.
        seen_by: u32,
    },
    /// Three ARP requests went unanswered.
    ArpFailed {
        /// Address asked for.
        ip: IpAddr,
        /// Device asked on.
        dev: LinkId,
    },
    /// A bridge learned a source address.
    FdbLearn {
        /// Bridge.
        bridge: LinkId,
        /// Address.
        mac: Mac,
        /// Port.
        port: LinkId,
    },
    /// A bridge found the destination.
    FdbHit {
        /// Bridge.
        bridge: LinkId,
        /// Address.
        mac: Mac,
        /// Port it is behind, or the bridge itself: up the stack.
        port: LinkId,
    },
    /// A bridge did not know the destination and flooded.
    FdbFlood {
        /// Bridge.
        bridge: LinkId,
        /// Address.
        mac: Mac,
        /// Ports that got a copy, in the order of the kernel: the port that came to the bridge last is first.
        ports: Vec<LinkId>,
    },
    /// A bridge sent more than the frame that the walk follows: stands behind [`Self::FdbFlood`], or behind [`Self::FdbHit`] where the
    /// bridge itself sees what passes. Behind [`Self::Encapsulated`], a tunnel's device served several other ends.
    Copied {
        /// Bridge, or the tunnel's device.
        bridge: LinkId,
        /// The copies, in the order in which they were made.
        copies: Vec<FrameCopy>,
        /// How many of them were made before the one that the walk follows.
        earlier: u32,
    },
    /// The frame was handed to a device and came out at its peer.
    Transmit {
        /// Device.
        dev: LinkId,
        /// Where it comes out.
        to: LinkRef,
    },
    /// It was longer than fits, and went on in pieces.
    Fragmented {
        /// What had to fit: the MTU in bytes.
        mtu: u32,
        /// Lengths of the pieces as IP packets, in order.
        sizes: Vec<u32>,
    },
    /// Some of its pieces were longer than a device takes, which drops each by its own length. The others went on, but for those
    /// that were not sent any more after a piece failed (`ip_do_fragment`).
    PiecesLost {
        /// The device: a bridge's port, or a veth's far end.
        at: LinkRef,
        /// Its MTU in bytes.
        mtu: u32,
        /// The pieces that ended here.
        lost: Vec<Fragment>,
        /// The pieces that went on.
        passed: Vec<Fragment>,
        /// The pieces that were not sent.
        unsent: Vec<Fragment>,
    },
    /// Pieces were put together: tracking and sockets take whole packets only.
    Reassembled {
        /// How many.
        pieces: u32,
    },
    /// A VXLAN device looked up where a frame goes and wrapped it: from here on the packet is the outer one.
    Encapsulated {
        /// Device.
        dev: LinkId,
        /// Inner destination that was looked up.
        mac: Mac,
        /// The tunnel's other end.
        remote: IpAddr,
        /// How it was known.
        known: VtepSource,
        /// Network identifier.
        vni: u32,
        /// Outer source port: drawn from a hash of the inner packet.
        port: Port,
        /// Other ends that got a copy too.
        copies: Vec<IpAddr>,
    },
    /// A VXLAN device took a frame out of a packet: from here on the packet is the inner one.
    Decapsulated {
        /// Device.
        dev: LinkId,
        /// Network identifier.
        vni: u32,
        /// The tunnel's other end, as the outer packet has it.
        remote: IpAddr,
        /// The inner source address, if the device learned where it is.
        learned: Option<Mac>,
    },
    /// Headers changed outside NAT (Ethernet rewrite).
    Rewrite {
        /// The edits.
        changes: Vec<FieldChange>,
    },
    /// A local socket received it.
    Deliver(Delivery),
    /// The kernel answered with a packet of its own, which starts a new walk.
    Answered(AnswerKind),
    /// The packet ended here.
    Drop(DropReason),
    /// Something on this hop is not modelled; what was assumed.
    Assumed(Assumed),
}

/// A packet the kernel made on this walk, to be walked next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Namespace it is sent from.
    pub netns: NetnsId,
    /// What it is.
    pub kind: AnswerKind,
    /// The packet.
    pub packet: Packet,
    /// The connection it is about, attached by the kernel when it answers from inside a hook or the forwarding path
    /// (`nf_ct_attach`).
    pub ct: Option<(CtId, CtDirection)>,
    /// Put straight on this device, past routing and every hook: a reset for a packet that a bridge took in.
    pub direct: Option<LinkId>,
    /// The route that chose the source address is the one it takes: looked up without a source (`icmp_route_lookup`).
    pub unbound: bool,
    /// How much later it is sent than what it answers arrived, in seconds: what was waited for.
    pub after: u32,
}

/// The way of one packet from where it was made to where it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walk {
    /// Hops in order.
    pub hops: Vec<Hop>,
    /// How it ended.
    pub end: End,
    /// Packets made in answer, in order.
    pub answers: Vec<Answer>,
}

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

/// What the kernel would pick at random, always asked for and never hidden.
pub trait Chooser {
    /// One draw of a rule with `-m statistic --mode random`: does it match? `threshold` is out of 2^31.
    fn random(&mut self, netns: NetnsId, rule: RuleRef, threshold: u32) -> bool;

    /// The source port MASQUERADE or SNAT picks when the original must change (`--random-fully`, or a clash), inclusive range.
    fn source_port(&mut self, netns: NetnsId, rule: RuleRef, original: u16, range: (u16, u16)) -> u16;

    /// One draw of an nftables rule with `numgen random mod`: a number below `modulus`, which is at least 1.
    fn number(&mut self, _: NetnsId, _: RuleRef, _modulus: u32) -> u32 {
        0
    }

    /// The outer source port of a packet that a VXLAN device wraps, inclusive range: a hash of `inner`, as the kernel seeds it anew
    /// with each start.
    fn vxlan_source_port(&mut self, _: NetnsId, _: LinkId, _inner: &Packet, range: (u16, u16)) -> u16 {
        range.0
    }

    /// The destination port DNAT or REDIRECT with `--random` draws, inclusive range.
    fn destination_port(&mut self, _: NetnsId, _: RuleRef, _original: u16, range: (u16, u16)) -> u16 {
        range.0
    }
}
