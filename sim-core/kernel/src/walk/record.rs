//! The record of one packet's way.

use super::detail::{AnswerKind, End};
use super::event::Hop;
use crate::config::CtDirection;
use crate::ids::{CtId, LinkId, NetnsId};
use crate::packet::Packet;

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
