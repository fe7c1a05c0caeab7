//! What a bridge sends beside the frame that is followed: a copy for every flooded port, and one for itself when it is promiscuous
//! (`br_flood`, `br_pass_frame_up`); and what a tunnel's device sends to several other ends. Each goes its own way through the rules, with the connection they share.

use super::bridge::{end, next};
use super::run::{Run, Taken};
use super::{Flow, MAX_COPY_DEPTH, Stage, drive};
use crate::config::LinkKind;
use crate::ids::LinkId;
use crate::lookup::{neigh, route};
use crate::packet::Mac;
use crate::walk::{DropReason, End, Event, FrameCopy, Place};
use std::net::IpAddr;

/// Sends a frame by all of `ports`, in this order, and up to a promiscuous bridge; one of them is followed.
pub(super) fn send(run: &mut Run<'_>, (bridge, from): (LinkId, Option<LinkId>), ports: &[LinkId], mac: Mac) -> Flow {
    let followed = followed(run, from, ports, mac);
    let up = from.is_some() && is_promiscuous(run, bridge);
    // Decided while the frame is still here.
    let stage = |out: &LinkId| Branch { port: *out, remote: None, stage: next(run, bridge, from, *out) };
    let branches = ports.iter().map(stage).collect();
    let followed = followed.and_then(|followed| ports.iter().position(|out| *out == followed));
    send_all(run, bridge, branches, followed, up)
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

/// Sends a frame on all of these ways, in this order, and up to `device` if it listens; one is followed, the others are copies.
pub(super) fn send_all(
    run: &mut Run<'_>,
    device: LinkId,
    mut branches: Vec<Branch>,
    followed: Option<usize>,
    up: bool,
) -> Flow {
    if branches.len() < 2 && !up {
        return match branches.pop() {
            Some(only) => Flow::Continue(only.stage),
            None => end(run, DropReason::NoBridgePort),
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
    flow.unwrap_or_else(|| end(run, DropReason::NoBridgePort))
}

/// The copy that is followed: the one that reaches a station with that Ethernet address, else one that has the IP address, else the
/// one by the oldest port, rather not back to the sender.
fn followed(run: &Run<'_>, from: Option<LinkId>, ports: &[LinkId], mac: Mac) -> Option<LinkId> {
    let reaches = |out: &&LinkId| neigh::station(run.network, run.link_ref(**out), mac).is_some();
    let has_address = |out: &&LinkId| match run.network.link(run.link_ref(**out)).kind {
        LinkKind::Veth { peer } => {
            let dst = run.skb.packet.ip.dst;
            run.network.may_have(peer.netns, dst) && route::is_local(run.network.netns(peer.netns), dst)
        }
        _ => false,
    };
    let other = |out: &&LinkId| Some(**out) != from;
    let found = ports.iter().rfind(reaches).or_else(|| ports.iter().rfind(has_address));
    found.or_else(|| ports.iter().rfind(other)).or(ports.last()).copied()
}

fn is_promiscuous(run: &Run<'_>, bridge: LinkId) -> bool {
    let kind = run.here().links.get(bridge.0 as usize).map(|link| &link.kind);
    matches!(kind, Some(LinkKind::Bridge(settings)) if settings.promiscuous)
}

/// The followed frame, until another device has it or it ends: what comes after that waits until the other copies are sent.
fn sent(run: &mut Run<'_>, stage: Stage) -> Flow {
    let mut flow = Flow::Continue(stage);
    loop {
        flow = match flow {
            Flow::Continue(stage) if matches!(stage, Stage::Arrive { .. }) || run.goes_in_circles() => {
                return Flow::Continue(stage);
            }
            Flow::Continue(stage) => stage.run(run),
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
