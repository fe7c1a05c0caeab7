//! What a stage returns: where the packet goes from there.

use crate::ids::LinkId;
use crate::walk::{AnswerKind, Delivery, DropReason};
use std::net::IpAddr;

/// Where the packet goes from here.
pub(super) enum Flow {
    /// On, to the next stage.
    Continue(Stage),
    /// Several ways at once: one is followed, the others are copies.
    Split(Split),
    /// A socket took it.
    Deliver(Delivery),
    /// It ended.
    Drop(DropReason),
}

/// The stages of a packet's way.
#[derive(Clone, Copy)]
pub(super) enum Stage {
    /// A local socket (or the kernel itself) makes it.
    Send(Option<AnswerKind>),
    /// Output route, OUTPUT hook, second lookup when the hook changed it.
    Output,
    /// POSTROUTING hook of a routed packet.
    Postrouting { next_hop: IpAddr },
    /// Neighbour lookup and transmission on a device.
    Neighbour { next_hop: IpAddr },
    /// The kernel puts a frame of its own on a device, past everything else.
    Inject { kind: AnswerKind, dev: LinkId },
    /// A frame leaves by a device.
    Transmit { dev: LinkId },
    /// A tunnel's device wraps a frame for one of its other ends.
    Wrap { dev: LinkId, remote: IpAddr, port: u16 },
    /// A frame arrives at a device.
    Arrive { dev: LinkId },
    /// A bridge got a frame from a port; the PREROUTING hook of its path (br_netfilter).
    BridgeIn { port: LinkId },
    /// A bridge decides.
    BridgeForward { bridge: LinkId, port: Option<LinkId> },
    /// FORWARD and POSTROUTING of the bridge's path (br_netfilter).
    BridgeOut { bridge: LinkId, port: LinkId },
    /// PREROUTING hook.
    Prerouting,
    /// Input route.
    RouteInput,
    /// INPUT hook.
    Input,
    /// A local socket gets it.
    Receive,
    /// FORWARD hook.
    Forward { next_hop: IpAddr },
}

/// A frame that goes several ways.
pub(super) struct Split {
    /// The device that sends it: a bridge, or a tunnel's.
    pub(super) device: LinkId,
    /// The ways, in the order in which they are gone.
    pub(super) branches: Vec<Branch>,
    /// Index of the one that is followed.
    pub(super) followed: Option<usize>,
    /// The device takes it up as well.
    pub(super) up: bool,
}

/// One of the ways that copies of a frame go.
pub(super) struct Branch {
    /// Device it leaves by.
    pub(super) port: LinkId,
    /// The other end of a tunnel.
    pub(super) remote: Option<IpAddr>,
    /// What happens first.
    pub(super) stage: Stage,
}
