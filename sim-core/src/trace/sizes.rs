//! How large the packets of a connection may be: on its way there and on its way back, and what becomes of larger ones.

use super::journey::{Journey, MAX_SIZE};
use super::measure::{Direction, Measure, Sent};
use crate::model::Model;
use kernel::ids::{LinkRef, NetnsId};
use kernel::packet::{Packet, Protocol, Tunnel};
use kernel::walk::{AnswerKind, DropReason, End, Event, Hop, Place, Walk};
use kubernetes::budget::{Budget, Stopped};
use std::net::IpAddr;

/// The sizes of a connection's packets.
#[derive(Clone, Debug, PartialEq)]
pub struct Sizes {
    /// Protocol.
    pub protocol: Protocol,
    /// From the client, then to the client; the latter is absent where nothing arrives.
    pub ways: Vec<Sized>,
    /// How many exchanges were simulated for it.
    pub sent: u32,
}

/// One direction, as one packet that its sender does not cut (`IP_PMTUDISC_DO`).
#[derive(Clone, Debug, PartialEq)]
pub struct Sized {
    /// Which.
    pub direction: Direction,
    /// Largest payload that arrives, in bytes; `None` where nothing does.
    pub largest: Option<u32>,
    /// Largest payload that arrives and is cut nowhere, not even inside of a tunnel's packet.
    pub whole: Option<u32>,
    /// Length of the IP packet with [`Self::largest`], in bytes.
    pub packet: u32,
    /// The devices that it leaves by, with what it is there.
    pub stops: Vec<Stop>,
    /// What becomes of a packet with one byte more.
    pub limit: Option<Limit>,
}

/// A packet at a device that it leaves by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The device.
    pub at: LinkRef,
    /// Its MTU in bytes.
    pub mtu: u32,
    /// Length of the IP packet, or of the longest piece of it, in bytes: the outermost where tunnels wrap it.
    pub length: u32,
    /// Bytes of it that tunnels added.
    pub overhead: u32,
    /// The outermost tunnel.
    pub tunnel: Option<Tunnel>,
    /// How many pieces it leaves in.
    pub pieces: u32,
}

/// Where a packet that is too long ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// Its payload in bytes.
    pub size: u32,
    /// Length of the IP packet where it is sent, in bytes.
    pub packet: u32,
    /// Namespace where it ends.
    pub netns: NetnsId,
    /// Place there.
    pub place: Place,
    /// Why.
    pub reason: DropReason,
    /// Who hears of it.
    pub told: Told,
}

/// What the sender of a packet that was too long learns.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// Its own kernel refuses: EMSGSIZE.
    AtOnce,
    /// An ICMP error comes back: fragmentation needed, with the MTU.
    Icmp {
        /// Who made it.
        by: NetnsId,
        /// The address it comes from, as the sender sees it.
        from: IpAddr,
        /// What it says that fits, in bytes.
        mtu: u32,
    },
    /// An ICMP error was made and is lost: a path MTU black hole.
    Lost {
        /// Who made it.
        by: NetnsId,
        /// Where it ends.
        at: NetnsId,
        /// Why.
        reason: DropReason,
    },
    /// Nobody says a word.
    Silent,
}

kernel::codes!(Told {
    Self::AtOnce => "at-once",
    Self::Icmp { .. } => "icmp",
    Self::Lost { .. } => "icmp-lost",
    Self::Silent => "silent",
});

/// The sizes of a journey's connection. `None` where none was tried, or its protocol has no payload.
pub fn sizes(model: &Model, journey: &Journey) -> Option<Sizes> {
    sizes_within(model, journey, &Budget::unlimited()).ok().flatten()
}

/// The same, with what `budget` allows.
///
/// # Errors
/// When that did not suffice, or nobody wants the result any more.
pub fn sizes_within(model: &Model, journey: &Journey, budget: &Budget) -> Result<Option<Sizes>, Stopped> {
    let Some(mut measure) = Measure::of(model, journey, budget) else { return Ok(None) };
    let protocol = measure.protocol();
    if !matches!(protocol, Protocol::Tcp | Protocol::Udp | Protocol::Icmp) {
        return Ok(None);
    }
    let mut ways = vec![direction(&mut measure, Direction::Forth)?];
    if ways.iter().all(|way| way.largest.is_some()) {
        ways.push(direction(&mut measure, Direction::Back)?);
    }
    measure.check()?;
    Ok(Some(Sizes { protocol, ways, sent: measure.sent }))
}

fn direction(measure: &mut Measure<'_>, direction: Direction) -> Result<Sized, Stopped> {
    let least = u32::from(measure.protocol() == Protocol::Tcp);
    let mut way = Sized { direction, largest: None, whole: None, packet: 0, stops: Vec::new(), limit: None };
    let Some(small) = measure.one(direction, least).filter(|sent| sent.arrived) else { return Ok(way) };
    // Most ways are as wide as their first device.
    let headers = sent_length(&small.walk).saturating_sub(least);
    let first = stops(&small.walk, measure).first().map_or(MAX_SIZE, |stop| stop.mtu);
    let guess = first.saturating_sub(headers).clamp(least, MAX_SIZE);
    let (largest, sent) = boundary(measure, direction, (least, small), guess, &|sent| sent.arrived)?;
    way.packet = sent_length(&sent.walk);
    way.stops = stops(&sent.walk, measure);
    way.largest = Some(largest);
    way.whole = match is_cut(&sent.walk) {
        false => Some(largest),
        true => match measure.one(direction, least).filter(|small| !is_cut(&small.walk)) {
            Some(small) => {
                let uncut = |sent: &Sent| sent.arrived && !is_cut(&sent.walk);
                Some(boundary(measure, direction, (least, small), guess, &uncut)?.0)
            }
            None => None,
        },
    };
    way.limit = match largest < MAX_SIZE {
        true => measure.one(direction, largest + 1).and_then(|sent| limit(largest + 1, &sent)),
        false => None,
    };
    Ok(way)
}

/// The largest size that is fine, with what was sent of it, from one that is: by halves, from a first guess on.
fn boundary(
    measure: &mut Measure<'_>,
    direction: Direction,
    (least, sent): (u32, Sent),
    guess: u32,
    fine: &dyn Fn(&Sent) -> bool,
) -> Result<(u32, Sent), Stopped> {
    let (mut low, mut best, mut high) = (least, sent, MAX_SIZE + 1);
    let mut next = guess;
    while high - low > 1 {
        measure.check()?;
        match measure.one(direction, next).filter(|sent| fine(sent)) {
            Some(sent) => (low, best) = (next, sent),
            None => high = next,
        }
        // What is a little more than the guess, is mostly too much.
        next = if next == guess && low == guess { low + 1 } else { low + (high - low) / 2 };
    }
    Ok((low, best))
}

fn sent_length(walk: &Walk) -> u32 {
    walk.hops.first().map_or(0, |hop| hop.before.packet.ip_len())
}

fn is_cut(walk: &Walk) -> bool {
    walk.hops.iter().flat_map(|hop| &hop.events).any(|event| matches!(event, Event::Fragmented { .. }))
}

/// The devices of machines that a packet leaves by; ports of switches and bridges are as wide as what is plugged into them.
fn stops(walk: &Walk, measure: &Measure<'_>) -> Vec<Stop> {
    let leaves = |hop: &Hop| {
        let Place::Egress(link) = hop.place else { return None };
        let at = LinkRef { netns: hop.netns, link };
        let device = measure.device(at)?;
        let last = |event: &Event| matches!(event, Event::Transmit { .. });
        // A tunnel's device is left by what it wraps.
        let packet: &Packet = if hop.events.iter().any(last) { &hop.after.packet } else { &hop.before.packet };
        let outer = packet.outers().next().map(|(_, inner)| inner.kind);
        Some(Stop {
            at,
            mtu: device,
            length: packet.longest(),
            overhead: packet.ip_len() - packet.innermost().ip_len(),
            tunnel: outer,
            pieces: packet.pieces().len().max(1) as u32,
        })
    };
    walk.hops.iter().filter_map(leaves).collect()
}

fn limit(size: u32, sent: &Sent) -> Option<Limit> {
    let End::Dropped { netns, reason } = &sent.walk.end else { return None };
    let (first, last) = (sent.walk.hops.first()?, sent.walk.hops.last()?);
    let local = last.netns == first.netns && last.place == Place::Routing && last.in_dev.is_none();
    let told = sent.answers.iter().find(|(kind, _)| matches!(kind, AnswerKind::IcmpError { kind: 3, code: 4 }));
    let told = match (told, reason) {
        (None, DropReason::MtuExceeded { .. }) if local => Told::AtOnce,
        (Some((_, walk)), DropReason::MtuExceeded { mtu }) => heard(walk, first.netns, *mtu),
        _ => Told::Silent,
    };
    let packet = first.before.packet.ip_len();
    Some(Limit { size, packet, netns: *netns, place: last.place, reason: reason.clone(), told })
}

/// What becomes of an ICMP error on its way to the sender.
fn heard(walk: &Walk, sender: NetnsId, mtu: u32) -> Told {
    let by = walk.hops.first().map_or(sender, |hop| hop.netns);
    let from = walk.hops.last().map(|hop| hop.after.packet.ip.src);
    match (&walk.end, from) {
        (End::Delivered { netns, .. }, Some(from)) if *netns == sender => Told::Icmp { by, from, mtu },
        // A socket that has nothing to do with it is where it ends; the kernel has learned from it.
        (End::Dropped { netns, reason: DropReason::NoSocket }, Some(from)) if *netns == sender => {
            Told::Icmp { by, from, mtu }
        }
        (End::Dropped { netns, reason }, _) => Told::Lost { by, at: *netns, reason: reason.clone() },
        _ => Told::Silent,
    }
}
