//! A packet on its way: where it is, what travels with it, and the record of its hops.

use super::flow::Flow;
use crate::config::{CtDirection, Netns, Network};
use crate::ids::{CtId, LinkId, LinkRef, NetnsId};
use crate::lookup::multipath;
use crate::lookup::route;
use crate::netfilter::conntrack::Tracked;
use crate::netfilter::verdict::Sender;
use crate::packet::{Ethernet, Fragment, Icmp, L4, Mark, Packet, Protocol};
use crate::socket;
use crate::state::KernelState;
use crate::walk::{self, Answer, AnswerKind, Chooser, CtState, DropReason, End, Event, Hop, Place, Skb, Walk};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// More hops than any sound network needs; beyond it the packet goes in circles.
const MAX_HOPS: usize = 1_600;

/// More hops than the copies of one packet need; beyond it they go in circles.
const MAX_COPY_HOPS: usize = 4_096;

/// Floods inside the way of a copy that are followed.
pub(super) const MAX_COPY_DEPTH: u32 = 8;

/// The walk of one packet, under way.
pub(super) struct Run<'a> {
    pub(super) network: &'a Network,
    pub(super) state: &'a mut KernelState,
    pub(super) chooser: &'a mut dyn Chooser,
    /// Namespace the packet is in.
    pub(super) netns: NetnsId,
    /// The packet.
    pub(super) skb: Skb,
    /// Incoming device, as IP sees it (the bridge, not its port).
    pub(super) in_dev: Option<LinkId>,
    /// Outgoing device, once chosen.
    pub(super) out_dev: Option<LinkId>,
    /// Port of a bridge it came by, where br_netfilter saw it (`physindev`).
    pub(super) in_port: Option<LinkId>,
    /// Port of a bridge it is about to leave by, where br_netfilter sees that (`physoutdev`).
    pub(super) out_port: Option<LinkId>,
    /// What tracking said in this namespace; `None` before it ran.
    pub(super) tracked: Option<Tracked>,
    /// The bridge path already ran PREROUTING in this namespace (`ip_sabotage_in`).
    pub(super) prerouting_done: bool,
    /// The frame came to the bridge addressed to the bridge itself (`PACKET_HOST`), whatever a rule made of that.
    pub(super) to_bridge: bool,
    /// OUTPUT changed what the route depends on.
    pub(super) rerouted: bool,
    /// Of each of several packets, where tracking begins, whether it comes through to the next device or the socket.
    pub(super) pass: Vec<bool>,
    /// The first route is looked up without the source address.
    pub(super) unbound: bool,
    /// The pieces it was put together from in this namespace.
    pub(super) came_in: Vec<Fragment>,
    /// Length of the longest of them (`frag_max_size`), as long as the kernel knows.
    pub(super) longest_piece: Option<u32>,
    /// What was cut into the pieces here: packets, or pieces longer than fit.
    pub(super) cut_from: Vec<Fragment>,
    /// Tunnel devices it is inside of, one call within the other: none of them has handed it to another device yet.
    pub(super) nested: u32,
    /// A process sends it; what happens to it on the way happens inside its call.
    pub(super) in_call: bool,
    /// Its sender wants it whole or not at all (`IP_PMTUDISC_DO`).
    pub(super) uncut: bool,
    /// The MTU a local sender made its pieces for, before OUTPUT (`ip_append_data`).
    pub(super) made_for: Option<u32>,
    /// Hops that copies may still take; of a copy, it and its own copies.
    pub(super) copy_hops: usize,
    /// How many copies this one is inside of.
    pub(super) copy_depth: u32,
    /// Whose socket it comes from.
    pub(super) sent_by: Sender,
    /// It is an ICMP message that the kernel is sending just now: until it is on its way, its socket is busy and no error can be sent about it
    /// (`icmp_xmit_lock`).
    pub(super) icmp_busy: bool,
    /// Record so far.
    pub(super) hops: Vec<Hop>,
    pub(super) answers: Vec<Answer>,
}

/// What a copy of a packet takes over from it.
#[derive(Clone)]
pub(super) struct Taken {
    netns: NetnsId,
    skb: Skb,
    in_dev: Option<LinkId>,
    in_port: Option<LinkId>,
    tracked: Option<Tracked>,
    prerouting_done: bool,
    to_bridge: bool,
    came_in: Vec<Fragment>,
    longest_piece: Option<u32>,
    made_for: Option<u32>,
    nested: u32,
    sent_by: Sender,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        network: &'a Network,
        state: &'a mut KernelState,
        chooser: &'a mut dyn Chooser,
        netns: NetnsId,
        packet: Packet,
        ct: Option<(CtId, CtDirection)>,
    ) -> Self {
        // `nf_conntrack_attach`: what the kernel makes about a connection is RELATED to it, a reset too.
        let tracked = ct.map(|(id, direction)| Tracked::Entry(id, direction, CtState::Related));
        let skb = Skb { packet, mark: Mark(0), ct, zone: 0 };
        Self {
            network,
            state,
            chooser,
            netns,
            skb,
            in_dev: None,
            out_dev: None,
            in_port: None,
            out_port: None,
            tracked,
            prerouting_done: false,
            to_bridge: false,
            rerouted: false,
            pass: Vec::new(),
            unbound: false,
            came_in: Vec::new(),
            sent_by: Sender::Nobody,
            icmp_busy: false,
            longest_piece: None,
            cut_from: Vec::new(),
            nested: 0,
            in_call: false,
            uncut: false,
            made_for: None,
            copy_hops: MAX_COPY_HOPS,
            copy_depth: 0,
            hops: Vec::new(),
            answers: Vec::new(),
        }
    }

    /// What a copy made now takes over.
    pub(super) fn taken(&self) -> Taken {
        Taken {
            netns: self.netns,
            skb: self.skb.clone(),
            in_dev: self.in_dev,
            in_port: self.in_port,
            tracked: self.tracked,
            prerouting_done: self.prerouting_done,
            to_bridge: self.to_bridge,
            came_in: self.came_in.clone(),
            longest_piece: self.longest_piece,
            made_for: self.made_for,
            nested: self.nested,
            sent_by: self.sent_by,
        }
    }

    /// The walk of a copy: the same connection, a record of its own.
    pub(super) fn copy(&mut self, taken: Taken) -> Run<'_> {
        let hops = (self.hops_left(), self.copy_depth + 1);
        Run::of(self.network, self.state, self.chooser, taken, hops)
    }

    /// The walk of one of several packets, in a state of its own.
    pub(super) fn alone<'b>(
        &'b self,
        state: &'b mut KernelState,
        chooser: &'b mut dyn Chooser,
        packet: Packet,
    ) -> Run<'b> {
        let mut taken = self.taken();
        taken.skb.packet = packet;
        Run::of(self.network, state, chooser, taken, (self.hops_left(), self.copy_depth))
    }

    fn of(
        network: &'a Network,
        state: &'a mut KernelState,
        chooser: &'a mut dyn Chooser,
        taken: Taken,
        (copy_hops, copy_depth): (usize, u32),
    ) -> Self {
        let new = Self::new(network, state, chooser, taken.netns, taken.skb.packet.clone(), None);
        Run {
            skb: taken.skb,
            in_dev: taken.in_dev,
            in_port: taken.in_port,
            tracked: taken.tracked,
            prerouting_done: taken.prerouting_done,
            to_bridge: taken.to_bridge,
            came_in: taken.came_in,
            longest_piece: taken.longest_piece,
            made_for: taken.made_for,
            nested: taken.nested,
            sent_by: taken.sent_by,
            copy_hops,
            copy_depth,
            ..new
        }
    }

    /// Hops that copies made now may take.
    fn hops_left(&self) -> usize {
        if self.copy_depth == 0 { self.copy_hops } else { self.copy_hops.saturating_sub(self.hops.len()) }
    }

    /// The packet took more hops than any sound network needs.
    pub(super) fn goes_in_circles(&self) -> bool {
        !self.chooser.goes_on() || self.hops.len() > MAX_HOPS || self.copy_depth > 0 && self.hops.len() > self.copy_hops
    }

    /// Configuration of the current namespace.
    pub(super) fn here(&self) -> &'a Netns {
        self.network.netns(self.netns)
    }

    /// A device of the current namespace, across the network.
    pub(super) fn link_ref(&self, link: LinkId) -> LinkRef {
        LinkRef { netns: self.netns, link }
    }

    /// The packet comes to a place: a new hop.
    pub(super) fn open(&mut self, place: Place) {
        self.hops.push(Hop {
            netns: self.netns,
            place,
            in_dev: self.in_dev,
            out_dev: self.out_dev,
            before: self.skb.clone(),
            after: self.skb.clone(),
            events: Vec::new(),
        });
    }

    /// Something happens at the current place; the packet there is as it is now.
    pub(super) fn event(&mut self, event: Event) {
        self.events(std::iter::once(event));
    }

    /// Several things happen.
    pub(super) fn events(&mut self, events: impl IntoIterator<Item = Event>) {
        if let Some(hop) = self.hops.last_mut() {
            hop.events.extend(events);
            hop.after = self.skb.clone();
            hop.out_dev = self.out_dev;
        }
    }

    /// The packet comes out at a veth's far end: tracking and devices stay behind, and the mark too when that end is in another
    /// namespace (`skb_scrub_packet`).
    pub(super) fn enter(&mut self, netns: NetnsId) {
        if netns != self.netns {
            self.skb.mark = Mark(0);
            self.sent_by = Sender::Nobody;
        }
        self.skb.ct = None;
        self.skb.zone = 0;
        self.tracked = None;
        self.netns = netns;
        self.uncut = false;
        self.in_dev = None;
        self.out_dev = None;
        self.in_port = None;
        self.out_port = None;
        self.prerouting_done = false;
        self.to_bridge = false;
        self.came_in.clear();
        self.longest_piece = None;
        self.cut_from.clear();
        self.made_for = None;
    }

    /// The packet goes into a tunnel or came out of one in the same namespace: devices and tracking stay behind, the mark does not.
    pub(super) fn scrub(&mut self) {
        self.enter(self.netns);
    }

    /// Sends it in pieces where it is longer than fits, and again where it came in pieces (`ip_finish_output`). `None` when it must
    /// not be cut.
    pub(super) fn fragment(&mut self, mtu: u32) -> Option<()> {
        let again = self.longest_piece.take();
        let came_in = std::mem::take(&mut self.came_in);
        let packet = &mut self.skb.packet;
        if packet.longest() <= mtu && again.is_none() {
            return Some(());
        }
        if packet.ip.dont_fragment {
            return None;
        }
        // Pieces that fit go on as they came (the fast path of `ip_do_fragment`).
        self.cut_from = if packet.fragments.is_empty() { packet.bodies() } else { packet.fragments.clone() };
        let longest = came_in.iter().map(|piece| 20 + piece.len).max();
        if longest.is_some_and(|longest| longest <= mtu) {
            packet.fragments = came_in;
        } else {
            packet.fragment(again.or(self.made_for).unwrap_or(mtu).min(mtu));
        }
        let sizes = packet.fragments.iter().map(|piece| 20 + piece.len).collect();
        self.event(Event::Fragmented { mtu, sizes });
        Some(())
    }

    /// Takes back the last event of the current place.
    pub(super) fn take_last(&mut self) -> Option<Event> {
        self.hops.last_mut()?.events.pop()
    }

    /// The packet ends at the current place, and with it its way.
    pub(super) fn end(&mut self, reason: DropReason) -> Flow {
        self.drop_here(reason.clone());
        Flow::Drop(reason)
    }

    /// The packet ends at the current place.
    pub(super) fn drop_here(&mut self, reason: DropReason) {
        self.event(Event::Drop(reason));
    }

    /// The kernel answers with a packet of its own, about the current connection.
    pub(super) fn answer(&mut self, kind: AnswerKind, packet: Packet, attach: bool) {
        let turned = |(id, direction)| {
            let back = match direction {
                CtDirection::Original => CtDirection::Reply,
                CtDirection::Reply => CtDirection::Original,
            };
            (id, back)
        };
        let ct = if attach { self.skb.ct.map(turned) } else { None };
        self.event(Event::Answered(kind));
        self.answers.push(Answer { netns: self.netns, kind, packet, ct, direct: None, unbound: false, after: 0 });
    }

    /// The last answer goes straight out by `dev`, addressed as if the receiver of the current frame had sent it.
    pub(super) fn answer_directly(&mut self, dev: LinkId) {
        let turned = self.skb.packet.ethernet.map(|frame| Ethernet { src: frame.dst, dst: frame.src });
        if let Some(answer) = self.answers.last_mut() {
            answer.direct = Some(dev);
            answer.packet.ethernet = turned;
        }
    }

    /// An ICMP error about the current packet (`icmp_send`): from the address it was sent to if that is local, else from the
    /// address the route back chooses. No error answers an error or a group address, nor an echo reply that is just being sent.
    pub(super) fn icmp_error(&mut self, kind: u8, code: u8, mtu: Option<u32>) {
        let about = &self.skb.packet;
        let group = about.ip.src.is_multicast() || about.ip.src.is_unspecified() || about.ip.dst.is_multicast();
        if group || self.icmp_busy || !about.l4.may_be_answered() {
            return;
        }
        let back = about.ip.src;
        let src = if route::is_local(self.here(), about.ip.dst) {
            Some(about.ip.dst)
        } else {
            let flow = multipath::Flow {
                src: SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0),
                dst: SocketAddr::new(back, 0),
                protocol: Protocol::Icmp,
            };
            let here = self.network.netns(self.netns);
            let found = route::lookup(here, back, None, 0);
            let found = found.map(|found| multipath::select(self.chooser, (self.netns, here), found, flow));
            found.and_then(|found| route::source_for(here, &found, back))
        };
        let Some(src) = src else { return };
        let mut about = about.clone();
        about.ethernet = None;
        // Each packet around a piece is answered by itself; of a packet in pieces the first is (`icmp_send`).
        for about in about.each().into_iter().filter(|about| !about.is_headless()) {
            let quoted = Box::new(about);
            let icmp = match kind {
                11 => Icmp::TimeExceeded { code, quoted },
                _ => Icmp::Unreachable { code, mtu, quoted },
            };
            let packet = socket::packet(src, back, L4::Icmp(icmp));
            let unbound = !route::is_local(self.here(), self.skb.packet.ip.dst);
            self.answer(AnswerKind::IcmpError { kind, code }, packet, true);
            if let Some(answer) = self.answers.last_mut() {
                answer.unbound = unbound;
            }
        }
    }

    /// [`Self::icmp_error`], sent `seconds` after the packet came.
    pub(super) fn icmp_error_later(&mut self, kind: u8, code: u8, seconds: u32) {
        let before = self.answers.len();
        self.icmp_error(kind, code, None);
        for answer in self.answers.iter_mut().skip(before) {
            answer.after = seconds;
        }
    }

    /// An address to source the packet's ARP requests from.
    pub(super) fn sender(&self) -> Option<IpAddr> {
        Some(self.skb.packet.ip.src)
    }

    /// The finished record.
    pub(super) fn finish(self, end: End) -> Walk {
        let answers = walk::answers_in_time(&self.hops, self.answers);
        Walk { hops: self.hops, end, answers }
    }
}
