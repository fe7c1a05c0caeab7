//! Who is on the way: the same packet with a TTL of 1, 2, 3 …, as traceroute(8) and tracepath(8) send it.

use super::journey::Journey;
use super::measure::Measure;
use crate::model::Model;
use kernel::exchange::{Exchange, WalkedPacket};
use kernel::ids::NetnsId;
use kernel::packet::Protocol;
use kernel::walk::{AnswerKind, DropReason, End};
use kubernetes::budget::{Budget, Stopped};
use std::net::{IpAddr, SocketAddr};

/// TTLs that are tried at most, as traceroute does.
pub const MAX_TTL: u8 = 30;

/// All rounds.
#[derive(Clone, Debug, PartialEq)]
pub struct Traceroute {
    /// Protocol of what is sent.
    pub protocol: Protocol,
    /// Where it is sent.
    pub to: SocketAddr,
    /// One for each TTL, from 1.
    pub rounds: Vec<Round>,
    /// The destination answered.
    pub reached: bool,
}

/// One TTL.
#[derive(Clone, Debug, PartialEq)]
pub struct Round {
    /// The TTL.
    pub ttl: u8,
    /// What the client sees.
    pub heard: Heard,
    /// The machine where the packet ends, whether it says so or not.
    pub machine: NetnsId,
    /// Why it ends there; `None` where it arrives.
    pub reason: Option<DropReason>,
}

/// What a client hears of a packet.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// The TTL ran out on a router, which says so.
    Router(IpAddr),
    /// The destination answers.
    Destination(IpAddr),
    /// An ICMP error of another kind: the way ends.
    Error {
        /// Who it is from.
        from: IpAddr,
        /// ICMP type.
        kind: u8,
        /// ICMP code.
        code: u8,
    },
    /// Nothing: an answer was made and is lost.
    Lost {
        /// Where it ends.
        at: NetnsId,
        /// Why.
        reason: DropReason,
    },
    /// Nothing.
    Nothing,
}

kernel::codes!(Heard {
    Self::Router(_) => "router",
    Self::Destination(_) => "destination",
    Self::Error { .. } => "error",
    Self::Lost { .. } => "lost",
    Self::Nothing => "nothing",
});

impl Heard {
    /// The address that is seen; nothing is a star in traceroute's output.
    pub fn from(&self) -> Option<IpAddr> {
        match self {
            Self::Router(from) | Self::Destination(from) | Self::Error { from, .. } => Some(*from),
            Self::Lost { .. } | Self::Nothing => None,
        }
    }
}

/// Who is on the way of a journey's connection. `None` where none was tried.
pub fn traceroute(model: &Model, journey: &Journey) -> Option<Traceroute> {
    traceroute_within(model, journey, &Budget::unlimited()).ok().flatten()
}

/// The same, with what `budget` allows.
///
/// # Errors
/// When that did not suffice, or nobody wants the result any more.
pub fn traceroute_within(model: &Model, journey: &Journey, budget: &Budget) -> Result<Option<Traceroute>, Stopped> {
    let Some(mut measure) = Measure::of(model, journey, budget) else { return Ok(None) };
    let mut rounds = Vec::new();
    let mut reached = false;
    for ttl in 1..=MAX_TTL {
        measure.check()?;
        let Some(round) = measure.with_ttl(ttl).and_then(|done| round(ttl, &done)) else { break };
        let goes_on = round.reason == Some(DropReason::TtlExceeded);
        reached = matches!(round.heard, Heard::Destination(_));
        rounds.push(round);
        // What ends before its TTL does, ends there with any other.
        if !goes_on {
            break;
        }
    }
    Ok(Some(Traceroute { protocol: measure.protocol(), to: measure.remote, rounds, reached }))
}

fn round(ttl: u8, done: &Exchange) -> Option<Round> {
    let first = done.packets.first()?;
    let client = first.walk.hops.first()?.netns;
    let (machine, reason) = match &first.walk.end {
        End::Delivered { netns, .. } => (*netns, None),
        End::Dropped { netns, reason } => (*netns, Some(reason.clone())),
    };
    // Only what is sent because of it; what that causes is not heard of.
    let answers = || done.packets.iter().filter(|sent| sent.of == Some(0));
    let heard = |sent: &WalkedPacket| {
        let from = sent.walk.hops.last()?.after.packet.ip.src;
        // Whoever waits for ICMP errors with a socket of its own sees those that others do not take.
        let came = match &sent.walk.end {
            End::Delivered { netns, .. } => *netns == client,
            End::Dropped { netns, reason } => *netns == client && *reason == DropReason::NoSocket,
        };
        if !came {
            return None;
        }
        Some(match sent.answer {
            Some(AnswerKind::IcmpError { kind: 11, .. }) => Heard::Router(from),
            // Nobody listens, or the protocol is not spoken: the destination itself says so.
            Some(AnswerKind::IcmpError { kind: 3, code: 2 | 3 }) if reason != Some(DropReason::TtlExceeded) => {
                Heard::Destination(from)
            }
            Some(AnswerKind::IcmpError { kind, code }) => Heard::Error { from, kind, code },
            _ => Heard::Destination(from),
        })
    };
    let lost = |sent: &WalkedPacket| match &sent.walk.end {
        End::Dropped { netns, reason } => Some(Heard::Lost { at: *netns, reason: reason.clone() }),
        End::Delivered { .. } => None,
    };
    let heard = answers().find_map(heard).or_else(|| answers().find_map(lost)).unwrap_or(Heard::Nothing);
    Some(Round { ttl, heard, machine, reason })
}
