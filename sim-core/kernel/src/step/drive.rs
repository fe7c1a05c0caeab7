//! The run loop: one stage after the other, until the packet ends.
//!
//! Where a stage splits a frame, this is where the copies are sent: one for every flooded port, and one for the bridge itself when it is
//! promiscuous (`br_flood`, `br_pass_frame_up`), or one for each other end of a tunnel. Each goes its own way through the rules, with the
//! connection they share.

use super::flow::{Branch, Flow, Split, Stage};
use super::run::{MAX_COPY_DEPTH, Run, Taken};
use super::stages;
use crate::ids::LinkId;
use crate::netfilter::conntrack;
use crate::packet::Packet;
use crate::walk::{AlwaysFirst, DropReason, End, Event, FrameCopy, Place};

/// Follows a packet from a stage to its end.
pub(super) fn drive(run: &mut Run<'_>, stage: Stage) -> End {
    let mut flow = Flow::Continue(stage);
    loop {
        flow = match flow {
            Flow::Continue(_) if run.goes_in_circles() => run.end(DropReason::Loop),
            Flow::Continue(stage) => enter(run, stage),
            Flow::Split(ways) => split(run, ways),
            Flow::Deliver(delivery) => return End::Delivered { netns: run.netns, delivery },
            Flow::Drop(reason) => return End::Dropped { netns: run.netns, reason },
        };
    }
}

/// Goes through one stage. Where tracking begins, it is known before of each of several packets whether it comes through: the next of them finds the
/// connection of one that does, and opens one of its own where none did.
fn enter(run: &mut Run<'_>, stage: Stage) -> Flow {
    run.pass = match stage {
        Stage::Output | Stage::BridgeIn { .. } => passing(run, stage),
        Stage::Prerouting if !run.prerouting_done => passing(run, stage),
        _ => Vec::new(),
    };
    stages::enter(run, stage)
}

/// Of each packet around a piece, whether it passes all hooks from a stage on, up to the next device or the socket.
fn passing(run: &Run<'_>, stage: Stage) -> Vec<bool> {
    if !run.skb.packet.wraps_pieces() || !conntrack::is_active(run.here()) {
        return Vec::new();
    }
    let packets = run.skb.packet.each();
    let passes = |packet: Packet| {
        let (mut state, mut chooser) = (run.state.clone(), AlwaysFirst);
        let mut one = run.alone(&mut state, &mut chooser, packet);
        let mut flow = Flow::Continue(stage);
        loop {
            flow = match flow {
                Flow::Continue(Stage::Neighbour { .. } | Stage::Transmit { .. } | Stage::Receive) => return true,
                Flow::Continue(_) if one.goes_in_circles() => return false,
                Flow::Continue(stage) => stages::enter(&mut one, stage),
                Flow::Split(_) | Flow::Deliver(_) => return true,
                Flow::Drop(_) => return false,
            };
        }
    };
    packets.into_iter().map(passes).collect()
}

/// Sends a frame on all of its ways, in their order, and up to its device if that listens; one is followed, the others are copies.
fn split(run: &mut Run<'_>, Split { device, mut branches, followed, up }: Split) -> Flow {
    if branches.len() < 2 && !up {
        return match branches.pop() {
            Some(only) => Flow::Continue(only.stage),
            None => run.end(DropReason::NoBridgePort),
        };
    }
    let taken = run.taken();
    let here = run.hops.len().saturating_sub(1);
    let mut copies = Vec::new();
    let (mut earlier, mut flow) = (0, None);
    for (at, branch) in branches.into_iter().enumerate() {
        if Some(at) == followed {
            earlier = copies.len() as u32;
            flow = Some(sent(run, branch.stage));
        } else {
            copies.push(copy(run, taken.clone(), branch));
        }
    }
    if up {
        copies.push(pass_up(run, taken, device));
    }
    if let Some(hop) = run.hops.get_mut(here) {
        hop.events.push(Event::Copied { bridge: device, copies, earlier });
    }
    flow.unwrap_or_else(|| run.end(DropReason::NoBridgePort))
}

/// The followed frame, until another device has it or it ends: what comes after that waits until the other copies are sent.
fn sent(run: &mut Run<'_>, stage: Stage) -> Flow {
    let mut flow = Flow::Continue(stage);
    loop {
        flow = match flow {
            Flow::Continue(stage) if matches!(stage, Stage::Arrive { .. }) || run.goes_in_circles() => {
                return Flow::Continue(stage);
            }
            Flow::Continue(stage) => enter(run, stage),
            Flow::Split(ways) => split(run, ways),
            ended => return ended,
        };
    }
}

/// A copy, to its end.
fn copy(run: &mut Run<'_>, taken: Taken, Branch { port, remote, stage }: Branch) -> FrameCopy {
    let copy = finish(run, taken, port, |one| {
        if one.copy_hops == 0 || one.copy_depth > MAX_COPY_DEPTH {
            one.open(Place::Egress(port));
            one.drop_here(DropReason::Loop);
            return End::Dropped { netns: one.netns, reason: DropReason::Loop };
        }
        drive(one, stage)
    });
    FrameCopy { remote, ..copy }
}

/// A promiscuous bridge shows itself what it passes on, without its connection (`br_nf_local_in`). IP takes no notice of another
/// station's frame, before any hook; what came for the bridge, and stays on it because of a rule, it takes as well.
fn pass_up(run: &mut Run<'_>, taken: Taken, bridge: LinkId) -> FrameCopy {
    finish(run, taken, bridge, |one| {
        one.in_dev = Some(bridge);
        one.open(Place::Ingress(bridge));
        if !one.to_bridge || one.copy_depth > MAX_COPY_DEPTH {
            one.drop_here(DropReason::OtherHost);
            return End::Dropped { netns: one.netns, reason: DropReason::OtherHost };
        }
        (one.tracked, one.skb.ct) = (None, None);
        drive(one, Stage::Prerouting)
    })
}

/// Lets a copy go its way and takes in what it leaves behind.
fn finish(run: &mut Run<'_>, taken: Taken, port: LinkId, go: impl FnOnce(&mut Run<'_>) -> End) -> FrameCopy {
    let mut one = run.copy(taken);
    let before = one.copy_hops;
    let end = go(&mut one);
    let used = before.saturating_sub(one.copy_hops.saturating_sub(one.hops.len()));
    let (hops, answers) = (one.hops, one.answers);
    run.copy_hops = run.copy_hops.saturating_sub(used);
    run.answers.extend(answers);
    FrameCopy { port, remote: None, hops, end }
}
