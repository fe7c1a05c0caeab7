//! One thing that happened, with everything it speaks of.

use super::carried::Carried;
use super::refs::{ChainAt, Device, MapLookup, RouteAt, RuleAt};
use super::{Visit, serial};
use crate::http::Decision;
use crate::site::Process;
use kernel::config::{CtDirection, Policy, RouteKind, TableId};
use kernel::ids::CtId;
use kernel::packet::{FieldChange, Fragment, Mac, Mark, Port};
use kernel::state::CtEntry;
use kernel::walk::{
    AnswerKind, CtAction, CtState, Delivery, DropReason, End, Hop, ListedHow, NatKind, NeighbourSource, Skipped,
    Verdict, VtepSource,
};
use kubernetes::origin::Cause;
use serde::Serialize;
use std::net::IpAddr;
use std::sync::Arc;

/// A thing that happened at one place of a packet's way. Serialized it is an event of the schema `kubehop.trace/1`.
#[derive(Clone, Debug)]
pub struct Fact<'a> {
    /// What, with its arguments.
    pub what: What<'a>,
    /// How many chains deep it happened; 0 in a built-in chain and outside of rules.
    pub depth: u32,
    /// Which of the hop's passes through a chain it belongs to, from 0.
    pub pass: Option<u32>,
    /// Number of the conntrack entry behind a translation ([`super::Badge`]).
    pub badge: Option<u32>,
}

/// What happened. The tag of its JSON is its code.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum What<'a> {
    /// A local socket sent it.
    Send,
    /// A route was chosen.
    Route {
        /// Table it was found in.
        #[serde(serialize_with = "serial::table_id")]
        table: TableId,
        /// What the route does.
        #[serde(serialize_with = "serial::code")]
        kind: RouteKind,
        /// The route.
        #[serde(rename = "text")]
        route: RouteAt<'a>,
        /// Next hop, if not the destination itself.
        via: Option<IpAddr>,
        /// Device.
        dev: Option<Device<'a>>,
        /// Source address chosen for a local packet.
        src: Option<IpAddr>,
        /// Why the route is there.
        #[serde(rename = "because", serialize_with = "serial::because")]
        cause: Option<&'a Cause>,
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
        /// Which.
        #[serde(flatten)]
        chain: ChainAt<'a>,
        /// The rule that led here; `None` for a built-in chain called by its hook.
        #[serde(serialize_with = "serial::from")]
        from: Option<RuleAt<'a>>,
    },
    /// A rule matched.
    Rule {
        /// Its chain.
        #[serde(flatten)]
        chain: ChainAt<'a>,
        /// Which.
        rule: RuleAt<'a>,
        /// Always: those that did not match are in `skipped`.
        matched: bool,
        /// What it did.
        verdict: Ruling<'a>,
        /// Rules of this chain tried without success since the last match.
        #[serde(serialize_with = "serial::skipped")]
        skipped: &'a [Skipped],
        /// Why the rule is there.
        #[serde(rename = "because", serialize_with = "serial::because")]
        cause: Option<&'a Cause>,
    },
    /// A chain ended without a verdict: back to the caller, or the policy of a built-in chain.
    ChainEnd {
        /// Which.
        #[serde(flatten)]
        chain: ChainAt<'a>,
        /// Rules tried without success since the last match.
        #[serde(serialize_with = "serial::skipped")]
        skipped: &'a [Skipped],
        /// The policy that decided, for a built-in chain.
        #[serde(serialize_with = "serial::shown_if")]
        policy: Option<Policy>,
    },
    /// A rule of nftables looked something up in a map.
    Lookup {
        /// The rule.
        rule: RuleAt<'a>,
        /// Map, key and element.
        #[serde(flatten)]
        lookup: MapLookup<'a>,
        /// Something was found.
        found: bool,
    },
    /// A rule asked a list that rules themselves keep, or wrote into it.
    List {
        /// The rule.
        rule: RuleAt<'a>,
        /// Name of the list or set.
        list: &'a str,
        /// Address asked for or written.
        address: IpAddr,
        /// What came of it.
        #[serde(flatten, serialize_with = "serial::listed")]
        how: ListedHow,
    },
    /// The nat table was not consulted: the connection's first packet already did.
    NatSkipped {
        /// The connection.
        #[serde(serialize_with = "serial::entry")]
        entry: CtId,
    },
    /// Headers were translated: by a rule, or on every later packet by the conntrack entry.
    Nat {
        /// Which side.
        #[serde(serialize_with = "serial::code")]
        kind: NatKind,
        /// The rule that set it up.
        rule: Option<RuleAt<'a>>,
        /// The entry that applies or undoes it.
        #[serde(serialize_with = "serial::entry_if")]
        entry: Option<CtId>,
        /// The edits.
        #[serde(serialize_with = "serial::changes")]
        changes: &'a [FieldChange],
        /// Why the rule is there.
        #[serde(rename = "because", serialize_with = "serial::because")]
        cause: Option<&'a Cause>,
    },
    /// The mark was changed by a rule.
    Mark {
        /// The rule.
        rule: RuleAt<'a>,
        /// Before.
        #[serde(serialize_with = "serial::mark")]
        before: Mark,
        /// After.
        #[serde(serialize_with = "serial::mark")]
        after: Mark,
    },
    /// The connection's mark was changed by a rule.
    Connmark {
        /// The rule.
        rule: RuleAt<'a>,
        /// The connection.
        #[serde(serialize_with = "serial::entry")]
        entry: CtId,
        /// Before.
        #[serde(serialize_with = "serial::mark")]
        before: Mark,
        /// After.
        #[serde(serialize_with = "serial::mark")]
        after: Mark,
    },
    /// The TTL was changed by a rule.
    TtlSet {
        /// The rule.
        rule: RuleAt<'a>,
        /// Before.
        before: u8,
        /// After.
        after: u8,
    },
    /// A rule wrote the packet down.
    Log {
        /// The rule.
        rule: RuleAt<'a>,
    },
    /// What connection tracking made of it.
    Conntrack(Tracking<'a>),
    /// A local packet changed in OUTPUT and was routed again.
    Reroute,
    /// An entry of the neighbour table was used.
    Neigh {
        /// Address.
        ip: IpAddr,
        /// Its link-layer address.
        #[serde(serialize_with = "serial::shown")]
        mac: Mac,
        /// Device.
        dev: Device<'a>,
        /// Configured, or learned before.
        #[serde(serialize_with = "serial::code")]
        known: NeighbourSource,
    },
    /// The neighbour was asked for by ARP and answered.
    Arp {
        /// Address asked for.
        ip: IpAddr,
        /// Device asked on.
        dev: Device<'a>,
        /// The answer.
        #[serde(serialize_with = "serial::shown")]
        mac: Mac,
        /// Who answered.
        #[serde(serialize_with = "serial::far")]
        answered_by: Device<'a>,
        /// It has the address on no device, and answers because it would forward what comes for it (proxy ARP).
        proxy: bool,
        /// How many devices saw the broadcast.
        seen_by: u32,
        /// Where a process answers for an address that no device has: why it does.
        #[serde(rename = "because", serialize_with = "serial::because", skip_serializing_if = "Option::is_none")]
        cause: Option<&'a Cause>,
    },
    /// ARP requests went unanswered.
    ArpFailed {
        /// Address asked for.
        ip: IpAddr,
        /// Device asked on.
        dev: Device<'a>,
    },
    /// A bridge's forwarding table.
    Fdb {
        /// What was done with it.
        #[serde(serialize_with = "serial::code")]
        action: FdbAction,
        /// Bridge.
        bridge: Device<'a>,
        /// Address that was learned or looked up.
        #[serde(serialize_with = "serial::shown")]
        mac: Mac,
        /// The port it is behind, or the bridge itself: up the stack. Where the frame was flooded, those that got a copy.
        ports: Vec<Device<'a>>,
    },
    /// A bridge or a tunnel's device sent more than the frame that is followed.
    Copies {
        /// Bridge, or the tunnel's device.
        dev: Device<'a>,
        /// How many of the copies were made before the one that is followed.
        earlier: u32,
        /// The copies, in the order in which they were made.
        copies: Vec<Copy<'a>>,
    },
    /// The frame was handed to a device and came out at its peer.
    Xmit {
        /// Device.
        dev: Device<'a>,
        /// Where it comes out.
        #[serde(serialize_with = "serial::far")]
        to: Device<'a>,
    },
    /// A process wrote into a stream; this is the first of the segments that carry it.
    Segments {
        /// Bytes that were written.
        bytes: u32,
        /// Bytes in this segment.
        size: u32,
        /// How many segments there are.
        count: u32,
    },
    /// The host learned what fits on the way to a destination.
    PathMtu {
        /// Destination.
        to: IpAddr,
        /// What fits, in bytes.
        mtu: u32,
        /// Packets there may be cut on the way, because so little fits.
        locked: bool,
    },
    /// It was longer than fits, and went on in pieces.
    Fragment {
        /// What had to fit: the MTU in bytes.
        mtu: u32,
        /// Lengths of the pieces as IP packets, in order.
        sizes: &'a [u32],
    },
    /// Some of its pieces were longer than a device takes.
    FragmentsLost {
        /// MTU of the device in bytes.
        mtu: u32,
        /// The pieces that ended here.
        #[serde(serialize_with = "serial::pieces")]
        lost: &'a [Fragment],
        /// The pieces that went on.
        #[serde(serialize_with = "serial::pieces")]
        passed: &'a [Fragment],
        /// The pieces that were not sent.
        #[serde(serialize_with = "serial::pieces")]
        unsent: &'a [Fragment],
        /// The device: a bridge's port, or a veth's far end.
        #[serde(serialize_with = "serial::far")]
        at: Device<'a>,
    },
    /// Rules see a piece by itself: what follows is what they did with it.
    FragmentSeen {
        /// Where it begins behind the IP header of the whole, in bytes.
        offset: u32,
        /// Its length as an IP packet.
        size: u32,
    },
    /// The piece that rules just saw ends here; others go on.
    FragmentDropped {
        /// Where it begins behind the IP header of the whole, in bytes.
        offset: u32,
        /// Its length as an IP packet.
        size: u32,
        /// Why.
        #[serde(skip)]
        reason: &'a DropReason,
    },
    /// Pieces were put together.
    Reassemble {
        /// How many.
        pieces: u32,
    },
    /// A tunnel's device wrapped it: from here on the packet is the outer one.
    Encap {
        /// How.
        kind: Encapsulation,
        /// Device.
        dev: Device<'a>,
        /// Network identifier.
        vni: u32,
        /// Inner destination that was looked up.
        #[serde(serialize_with = "serial::shown")]
        mac: Mac,
        /// The tunnel's other end.
        remote: IpAddr,
        /// Outer source port.
        #[serde(serialize_with = "serial::port")]
        sport: Port,
        /// How the other end was known.
        #[serde(serialize_with = "serial::code")]
        known: VtepSource,
        /// Other ends that got a copy too.
        copies: &'a [IpAddr],
    },
    /// A tunnel's device took it out: from here on the packet is the inner one.
    Decap {
        /// How it was wrapped.
        kind: Encapsulation,
        /// Device.
        dev: Device<'a>,
        /// Network identifier.
        vni: u32,
        /// The tunnel's other end.
        remote: IpAddr,
        /// The inner source address, if the device learned where it is.
        #[serde(serialize_with = "serial::shown_if")]
        learned: Option<Mac>,
    },
    /// A tunnel's device put it into another IP packet: from here on the packet is the outer one.
    EncapIp {
        /// Device.
        dev: Device<'a>,
        /// The tunnel's other end.
        remote: IpAddr,
        /// That is the route's next hop: the device itself names none.
        by_route: bool,
        /// TTL of the outer packet.
        ttl: u8,
    },
    /// A tunnel's device took it out of another IP packet: from here on the packet is the inner one.
    DecapIp {
        /// Device.
        dev: Device<'a>,
        /// The tunnel's other end.
        remote: IpAddr,
    },
    /// Headers changed outside NAT.
    Rewrite {
        /// The edits.
        #[serde(serialize_with = "serial::changes")]
        changes: &'a [FieldChange],
    },
    /// A local socket received it.
    Deliver {
        /// What it made of it.
        #[serde(rename = "kind", serialize_with = "serial::code")]
        delivery: Delivery,
        /// The listener that was reached.
        #[serde(skip)]
        listener: Option<Listener<'a>>,
    },
    /// The kernel answered with a packet of its own.
    #[serde(serialize_with = "serial::answer")]
    Answer(AnswerKind),
    /// The packet ended here.
    Drop {
        /// Why.
        #[serde(serialize_with = "serial::code")]
        reason: &'a DropReason,
    },
    /// A process writes or reads a message of HTTP or TLS.
    Message(Carried<'a>),
    /// A process that reads requests decided about one.
    #[serde(serialize_with = "serial::decided")]
    Decided(&'a Decision),
    /// Something is not modelled; what was assumed.
    Assumed(Unmodelled<'a>),
}

kernel::codes!(What<'a> {
    Self::Send => "send",
    Self::Route { .. } => "route",
    Self::NoRoute { .. } => "no-route",
    Self::Ttl { .. } => "ttl",
    Self::Chain { .. } => "chain",
    Self::Rule { .. } => "rule",
    Self::ChainEnd { .. } => "chain-end",
    Self::Lookup { .. } => "lookup",
    Self::List { .. } => "list",
    Self::NatSkipped { .. } => "nat-skipped",
    Self::Nat { .. } => "nat",
    Self::Mark { .. } => "mark",
    Self::Connmark { .. } => "connmark",
    Self::TtlSet { .. } => "ttl-set",
    Self::Log { .. } => "log",
    Self::Conntrack(_) => "conntrack",
    Self::Reroute => "reroute",
    Self::Neigh { .. } => "neigh",
    Self::Arp { .. } => "arp",
    Self::ArpFailed { .. } => "arp-failed",
    Self::Fdb { .. } => "fdb",
    Self::Copies { .. } => "copies",
    Self::Xmit { .. } => "xmit",
    Self::Segments { .. } => "segments",
    Self::PathMtu { .. } => "path-mtu",
    Self::Fragment { .. } => "fragment",
    Self::FragmentsLost { .. } => "fragments-lost",
    Self::FragmentSeen { .. } => "fragment-seen",
    Self::FragmentDropped { .. } => "fragment-dropped",
    Self::Reassemble { .. } => "reassemble",
    Self::Encap { .. } => "encap",
    Self::Decap { .. } => "decap",
    Self::EncapIp { .. } => "encap-ip",
    Self::DecapIp { .. } => "decap-ip",
    Self::Rewrite { .. } => "rewrite",
    Self::Deliver { .. } => "deliver",
    Self::Answer(_) => "answer",
    Self::Drop { .. } => "drop",
    Self::Message(_) => "message",
    Self::Decided(_) => "decided",
    Self::Assumed(_) => "assumed",
});

/// What a rule did.
#[derive(Clone, Copy, Debug)]
pub struct Ruling<'a> {
    /// Its verdict.
    pub verdict: Verdict,
    /// Where it jumped or went to.
    pub to: Option<ChainAt<'a>>,
}

/// What connection tracking made of a packet.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Tracking<'a> {
    /// It belongs to a connection.
    Known {
        /// Entry.
        #[serde(serialize_with = "serial::entry")]
        entry: CtId,
        /// What happened to the entry.
        #[serde(serialize_with = "serial::code")]
        action: CtAction,
        /// State this packet has for `--ctstate`.
        #[serde(serialize_with = "serial::shown")]
        state: CtState,
        /// Direction.
        #[serde(serialize_with = "serial::code")]
        direction: CtDirection,
        /// The entry as it is now.
        #[serde(rename = "text", serialize_with = "serial::conntrack")]
        now: &'a CtEntry,
    },
    /// It belongs to none.
    Unknown {
        /// Why not.
        state: NotTracked,
    },
}

/// Why a packet belongs to no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum NotTracked {
    /// Conntrack could not make sense of it.
    Invalid,
    /// It was not tracked.
    Untracked,
}

/// What was done with a bridge's forwarding table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FdbAction {
    /// A source address was learned.
    Learn,
    /// The destination was found.
    Hit,
    /// The destination was not known: every port gets a copy.
    Flood,
}

kernel::codes!(FdbAction { Self::Learn => "learn", Self::Hit => "hit", Self::Flood => "flood" });

/// How a packet is wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encapsulation {
    /// VXLAN.
    Vxlan,
}

/// A socket that was reached.
#[derive(Clone, Debug)]
pub struct Listener<'a> {
    /// Its port.
    pub port: Port,
    /// What listens.
    pub process: Option<Arc<Process>>,
    /// Why it listens.
    pub cause: Option<&'a Cause>,
}

/// Something not modelled, with what was assumed instead.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(untagged)]
pub enum Unmodelled<'a> {
    /// A rule's match; it was taken as not matching.
    Match {
        /// The rule.
        rule: RuleAt<'a>,
        /// Module.
        #[serde(rename = "match")]
        module: &'a str,
    },
    /// Rules saw a packet in pieces; all but the first carry no ports and were taken to fare as the first.
    Pieces {
        /// Always.
        fragments: bool,
    },
    /// A match that holds below a rate only; the packet was taken as below it.
    Limit {
        /// The rule.
        rule: RuleAt<'a>,
        /// `limit`.
        #[serde(rename = "match")]
        module: &'static str,
    },
    /// A rule's target; the walk went on to the next rule.
    Target {
        /// The rule.
        rule: RuleAt<'a>,
        /// Target.
        target: &'a str,
    },
}

/// A copy of a frame, with its own way.
#[derive(Clone, Debug)]
pub struct Copy<'a> {
    /// Port it left by, or the bridge itself: up the stack.
    pub port: Device<'a>,
    /// The tunnel's other end, where a tunnel's device made it.
    pub remote: Option<IpAddr>,
    /// How it ended, at its last hop.
    pub end: &'a End,
    pub(super) hops: &'a [Hop],
}

impl<'a> Copy<'a> {
    /// Its way, hop by hop.
    pub fn visits(&self) -> impl Iterator<Item = Visit<'a>> + use<'a> {
        let model = self.port.namespace.model;
        self.hops.iter().map(move |hop| Visit::of(model, hop))
    }
}

impl<'a> Fact<'a> {
    /// The stable code of what happened.
    pub fn code(&self) -> &'static str {
        self.what.code()
    }

    /// The rule that did it.
    pub fn rule(&self) -> Option<RuleAt<'a>> {
        match &self.what {
            What::Rule { rule, .. }
            | What::Lookup { rule, .. }
            | What::List { rule, .. }
            | What::Nat { rule: Some(rule), .. }
            | What::Mark { rule, .. }
            | What::Connmark { rule, .. }
            | What::TtlSet { rule, .. }
            | What::Log { rule } => Some(*rule),
            _ => None,
        }
    }

    /// The kernel's own text: the rule, the route, the element of a map, the conntrack line. Made anew at each call.
    pub fn kernel(&self) -> Option<String> {
        match &self.what {
            What::Route { route, .. } => route.text(),
            What::Lookup { lookup, .. } => lookup.text().element,
            What::List { .. } => None,
            What::Conntrack(Tracking::Known { now, .. }) => Some(serial::entry_text(now)),
            _ => self.rule()?.text(),
        }
    }

    /// Why the thing it speaks of is there: the rule, the route, the element, the device, the socket.
    pub fn cause(&self) -> Option<&'a Cause> {
        match &self.what {
            What::Route { cause, .. } | What::Rule { cause, .. } | What::Nat { cause, .. } => *cause,
            What::Arp { cause, .. } => *cause,
            What::Lookup { rule, lookup, .. } => rule.namespace.cause(lookup.text().cause?),
            What::Xmit { dev, .. } => dev.cause(),
            What::Deliver { listener, .. } => listener.as_ref()?.cause,
            _ => None,
        }
    }

    /// The edits of headers by translation or rewriting.
    pub fn changes(&self) -> &'a [FieldChange] {
        match &self.what {
            What::Nat { changes, .. } | What::Rewrite { changes } => changes,
            _ => &[],
        }
    }

    /// Rules stopped the packet here.
    pub fn stopped_by_rules(&self) -> bool {
        let What::Drop { reason } = &self.what else { return false };
        matches!(reason, DropReason::Rule(_) | DropReason::Rejected(_) | DropReason::Policy { .. })
    }
}
