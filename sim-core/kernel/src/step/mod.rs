//! The interpreter: one packet through the network, stage by stage.
//!
//! Each stage is `fn(&mut Run, …) -> Flow`; `Stage::run` lists them in the order of the kernel.

mod bridge;
mod copies;
mod device;
mod hook;
mod ip;
mod local;
mod pieces;
mod run;
mod tunnel;

use crate::config::Network;
use crate::ids::{LinkId, NetnsId};
use crate::packet::{Packet, Protocol};
use crate::state::KernelState;
use crate::walk::{Answer, AnswerKind, Chooser, DropReason, End, Walk};
use run::Run;
use std::net::IpAddr;

/// More hops than any sound network needs; beyond it the packet goes in circles.
const MAX_HOPS: usize = 1_600;

/// More hops than the copies of one packet need; beyond it they go in circles.
const MAX_COPY_HOPS: usize = 4_096;

/// Floods inside the way of a copy that are followed.
const MAX_COPY_DEPTH: u32 = 8;

/// Walks a packet that a socket of `netns` sends until it ends.
///
/// `packet.ip.src` may be unspecified (`0.0.0.0`): the output route then chooses the source, as for an unbound socket.
/// `state` takes what the packet leaves behind: conntrack entries, learned addresses, connections.
pub fn walk(
    network: &Network,
    state: &mut KernelState,
    chooser: &mut dyn Chooser,
    netns: NetnsId,
    packet: Packet,
) -> Walk {
    start(network, state, chooser, netns, packet, Start::Process)
}

/// Walks a packet the kernel made in answer to another, at its own time if it comes later ([`Answer::after`]).
pub fn walk_answer(network: &Network, state: &mut KernelState, chooser: &mut dyn Chooser, answer: &Answer) -> Walk {
    let now = state.now;
    state.now = now.saturating_add(answer.after.into());
    let walk = start(network, state, chooser, answer.netns, answer.packet.clone(), Start::Kernel(answer));
    state.now = now;
    walk
}

fn start(
    network: &Network,
    state: &mut KernelState,
    chooser: &mut dyn Chooser,
    netns: NetnsId,
    packet: Packet,
    from: Start<'_>,
) -> Walk {
    let (ct, stage) = match from {
        Start::Process => (None, Stage::Send(None)),
        Start::Kernel(Answer { kind, direct: Some(dev), .. }) => (None, Stage::Inject { kind: *kind, dev: *dev }),
        Start::Kernel(answer) => (answer.ct, Stage::Send(Some(answer.kind))),
    };
    let mut run = Run::new(network, state, chooser, netns, packet, ct);
    run.in_call = matches!(from, Start::Process);
    run.icmp_busy = matches!(from, Start::Kernel(answer) if answer.packet.protocol() == Protocol::Icmp);
    run.unbound = matches!(from, Start::Kernel(answer) if answer.unbound);
    let end = drive(&mut run, stage);
    run.finish(end)
}

/// Follows a packet from a stage to its end.
fn drive(run: &mut Run<'_>, mut stage: Stage) -> End {
    loop {
        if run.goes_in_circles() {
            run.drop_here(DropReason::Loop);
            return End::Dropped { netns: run.netns, reason: DropReason::Loop };
        }
        match stage.run(run) {
            Flow::Continue(next) => stage = next,
            Flow::Deliver(delivery) => return End::Delivered { netns: run.netns, delivery },
            Flow::Drop(reason) => return End::Dropped { netns: run.netns, reason },
        }
    }
}

/// Who makes a packet.
#[derive(Clone, Copy)]
enum Start<'a> {
    /// A process.
    Process,
    /// The kernel, in answer to another.
    Kernel(&'a Answer),
}

/// Where the packet goes from here.
enum Flow {
    /// On, to the next stage.
    Continue(Stage),
    /// A socket took it.
    Deliver(super::walk::Delivery),
    /// It ended.
    Drop(DropReason),
}

/// The stages of a packet's way.
enum Stage {
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

impl Stage {
    fn run(self, run: &mut Run<'_>) -> Flow {
        match self {
            Self::Send(kind) => local::send(run, kind),
            Self::Output => ip::output(run),
            Self::Postrouting { next_hop } => ip::postrouting(run, next_hop),
            Self::Neighbour { next_hop } => device::neighbour(run, next_hop),
            Self::Inject { kind, dev } => local::inject(run, kind, dev),
            Self::Transmit { dev } => device::transmit(run, dev),
            Self::Wrap { dev, remote, port } => tunnel::wrap(run, dev, remote, port),
            Self::Arrive { dev } => device::arrive(run, dev),
            Self::BridgeIn { port } => bridge::prerouting(run, port),
            Self::BridgeForward { bridge, port } => bridge::forward(run, bridge, port),
            Self::BridgeOut { bridge, port } => bridge::out(run, bridge, port),
            Self::Prerouting => ip::prerouting(run),
            Self::RouteInput => ip::route_input(run),
            Self::Input => ip::input(run),
            Self::Receive => local::receive(run),
            Self::Forward { next_hop } => ip::forward(run, next_hop),
        }
    }
}
