//! What one packet meets on its way: hops, and at each hop the things that happened, in order.

use super::detail::{
    AnswerKind, Assumed, CtAction, CtState, Delivery, DropReason, End, NatBy, NatKind, NeighbourSource, Verdict,
    VtepSource,
};
use super::place::{Place, Skb};
use super::rules::{ListedHow, SetHit, Skipped};
use crate::config::nft::data::Datum;
use crate::config::{CtDirection, Policy, RouteKind, TableId};
use crate::ids::{ChainId, CtId, LinkId, LinkRef, NetnsId, PartId, RouteId, RuleRef, TableRef};
use crate::packet::{FieldChange, Fragment, Mac, Mark, Port};
use crate::state::CtEntry;
use std::net::IpAddr;
use std::sync::Arc;

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

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A local socket sent it.
    SocketSend,
    /// A route was chosen.
    Route {
        /// Table it was found in.
        table: TableId,
        /// Which.
        route: RouteId,
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
        statement: PartId,
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
    /// A process wrote into a stream; the kernel sends it in segments, of which this is the first.
    Segmented {
        /// Bytes that were written.
        bytes: u32,
        /// Bytes in this segment.
        size: u32,
        /// How many segments there are.
        count: u32,
    },
    /// An ICMP error told what fits on the way to a destination: the host remembers it for ten minutes (`__ip_rt_update_pmtu`).
    PathMtu {
        /// Destination.
        to: IpAddr,
        /// What fits, in bytes.
        mtu: u32,
        /// Packets there may be cut on the way, because so little fits.
        locked: bool,
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
    /// Rules see a piece by itself, as a packet of its own: what follows is what they did with it. Pieces but the first have no transport
    /// header.
    Piece(Fragment),
    /// The piece that rules just saw ends here; others go on.
    PieceDropped {
        /// The piece.
        piece: Fragment,
        /// Why.
        reason: DropReason,
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
    /// An IP in IP device wrapped a packet: from here on the packet is the outer one.
    IpWrapped {
        /// Device.
        dev: LinkId,
        /// The tunnel's other end.
        remote: IpAddr,
        /// That is the route's next hop: the device itself names none.
        by_route: bool,
        /// TTL of the outer packet.
        ttl: u8,
    },
    /// An IP in IP device took a packet out of another: from here on the packet is the inner one.
    IpUnwrapped {
        /// Device.
        dev: LinkId,
        /// The tunnel's other end, as the outer packet has it.
        remote: IpAddr,
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

/// A copy of a frame: its own way, from the bridge that made it to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameCopy {
    /// Port it left by, or the bridge itself: up the stack.
    pub port: LinkId,
    /// The tunnel's other end, where a tunnel's device made it.
    pub remote: Option<IpAddr>,
    /// Hops in order, never empty.
    pub hops: Vec<Hop>,
    /// How it ended, at its last hop.
    pub end: End,
}

impl Hop {
    /// Copies that a bridge made here, and how many of them before the one that is followed.
    pub fn copies(&self) -> (&[FrameCopy], usize) {
        let copied = self.events.iter().find_map(|event| match event {
            Event::Copied { copies, earlier, .. } => Some((copies.as_slice(), *earlier as usize)),
            _ => None,
        });
        copied.unwrap_or_default()
    }
}
