//! The IP layer: routing, TTL, and the order of the hooks (net/ipv4/ip_input.c, ip_forward.c, ip_output.c, route.c).

use super::run::Run;
use super::{Flow, Stage, hook, pieces};
use crate::config::{Hook, LinkKind, RouteKind};
use crate::ids::LinkId;
use crate::lookup::route;
use crate::lookup::route::{Found, SourceCheck};
use crate::packet::{Icmp, L4, Protocol};
use crate::walk::{DropReason, Event, Place};
use std::net::IpAddr;

fn route_event(found: &Found<'_>, src: Option<IpAddr>) -> Event {
    Event::Route {
        table: found.table,
        route: found.index,
        kind: found.route.kind,
        via: found.route.via,
        dev: found.route.dev,
        src,
    }
}

/// The device a route sends by: `lo` for a local one.
fn device(run: &Run<'_>, found: &Found<'_>) -> Option<LinkId> {
    match found.route.kind {
        RouteKind::Local => {
            run.here().links.iter().position(|link| link.kind == LinkKind::Loopback).map(|at| LinkId(at as u32))
        }
        _ => found.route.dev,
    }
}

/// A route that drops: what it answers. `local` senders get an errno instead of an ICMP error.
fn refuse(run: &mut Run<'_>, found: &Found<'_>, local: bool) -> Flow {
    let reason = DropReason::RouteType { kind: found.route.kind, route: found.index };
    match found.route.kind {
        RouteKind::Unreachable if !local => run.icmp_error(3, 1, None),
        RouteKind::Prohibit if !local => run.icmp_error(3, 13, None),
        _ => {}
    }
    run.drop_here(reason.clone());
    Flow::Drop(reason)
}

/// A locally made packet: route, OUTPUT, and a second lookup when the hook changed destination or mark (`ip_route_me_harder`).
pub(super) fn output(run: &mut Run<'_>) -> Flow {
    run.open(Place::Routing);
    let mut next_hop = match route_output(run) {
        Ok(next_hop) => next_hop,
        Err(flow) => return flow,
    };
    // Sockets discover the path MTU only as far as they know it (`IP_PMTUDISC_WANT`): what is longer is sent without Don't Fragment.
    let packet = &run.skb.packet;
    if packet.inner.is_none() && packet.longest() > path_mtu(run) {
        run.skb.packet.ip.dont_fragment = false;
        run.made_for = Some(path_mtu(run));
    }
    run.rerouted = false;
    if let Err(flow) = hook::run(run, Hook::Output, None, Some(next_hop)) {
        return flow;
    }
    if run.rerouted {
        next_hop = match reroute(run) {
            Ok(next_hop) => next_hop,
            Err(flow) => return flow,
        };
    }
    Flow::Continue(Stage::Postrouting { next_hop })
}

fn reroute(run: &mut Run<'_>) -> Result<IpAddr, Flow> {
    run.open(Place::Routing);
    run.event(Event::Reroute);
    route_output(run)
}

/// A rule or a translation in OUTPUT changed what the route was chosen by: looked up again at once, so that a packet without a way
/// ends here; the hook's further rules still see the device chosen first (`nf_hook_state.out`).
pub(super) fn changed_in_output(run: &mut Run<'_>) -> Result<(), Flow> {
    let packet = &run.skb.packet;
    let found = route::lookup(run.here(), packet.ip.dst, Some(packet.ip.src), run.skb.mark.0);
    let good = found.is_some_and(|found| {
        let dev = device(run, &found);
        let usable = matches!(found.route.kind, RouteKind::Unicast | RouteKind::Local);
        usable && dev.is_some_and(|dev| !keeps_loopback_home(run, dev))
    });
    if good {
        run.rerouted = true;
        return Ok(());
    }
    reroute(run).map(|_| ())
}

/// `__mkroute_output`: a loopback source stays on `lo` unless the device may route it.
fn keeps_loopback_home(run: &Run<'_>, dev: LinkId) -> bool {
    let looped = run.here().links.get(dev.0 as usize).is_some_and(|link| link.kind == LinkKind::Loopback);
    run.skb.packet.ip.src.is_loopback() && !looped && route::device_sysctl(run.here(), dev, "route_localnet") == 0
}

fn route_output(run: &mut Run<'_>) -> Result<IpAddr, Flow> {
    let dst = run.skb.packet.ip.dst;
    let src = Some(run.skb.packet.ip.src).filter(|src| !src.is_unspecified());
    let bound = src.filter(|_| !std::mem::take(&mut run.unbound));
    let Some(found) = route::lookup(run.here(), dst, bound, run.skb.mark.0) else {
        run.event(Event::NoRoute { dst });
        run.drop_here(DropReason::NoRoute);
        return Err(Flow::Drop(DropReason::NoRoute));
    };
    let chosen = match src {
        Some(_) => None,
        None => route::source_for(run.here(), &found, dst),
    };
    if let Some(chosen) = chosen {
        run.skb.packet.ip.src = chosen;
    }
    run.out_dev = device(run, &found);
    run.event(route_event(&found, chosen));
    if run.out_dev.is_some_and(|dev| keeps_loopback_home(run, dev)) {
        run.drop_here(DropReason::MartianSource);
        return Err(Flow::Drop(DropReason::MartianSource));
    }
    match found.route.kind {
        RouteKind::Unicast | RouteKind::Local => Ok(found.next_hop(dst)),
        RouteKind::Broadcast => {
            run.drop_here(DropReason::NotModelled);
            Err(Flow::Drop(DropReason::NotModelled))
        }
        RouteKind::Blackhole | RouteKind::Unreachable | RouteKind::Prohibit => Err(refuse(run, &found, true)),
    }
}

/// POSTROUTING, then on to the device, in pieces where it is longer than fits.
pub(super) fn postrouting(run: &mut Run<'_>, next_hop: IpAddr) -> Flow {
    if let Err(flow) = hook::run(run, Hook::Postrouting, None, Some(next_hop)) {
        return flow;
    }
    let mtu = if run.in_dev.is_some() { device_mtu(run) } else { path_mtu(run) };
    // A datagram whose way changed after its socket set Don't Fragment is cut all the same (`skb->ignore_df`).
    let datagram = run.skb.packet.protocol() != Protocol::Tcp;
    if run.in_dev.is_none() && run.rerouted && datagram && run.skb.packet.ip_len() > mtu {
        run.skb.packet.ip.dont_fragment = false;
    }
    if run.fragment(mtu).is_none() {
        run.icmp_error(3, 4, Some(mtu));
        run.drop_here(DropReason::MtuExceeded { mtu });
        return Flow::Drop(DropReason::MtuExceeded { mtu });
    }
    Flow::Continue(Stage::Neighbour { next_hop })
}

/// MTU of the outgoing device.
fn device_mtu(run: &Run<'_>) -> u32 {
    let link = run.out_dev.and_then(|dev| run.here().links.get(dev.0 as usize));
    link.map_or(u32::MAX, |link| link.mtu)
}

/// What fits on the way of a local packet: the device's MTU, or less where a router said so. Routers do not ask (`ip_forward_use_pmtu`).
fn path_mtu(run: &Run<'_>) -> u32 {
    let told = run.state.path_mtu.get(&(run.netns, run.skb.packet.ip.dst)).copied();
    device_mtu(run).min(told.unwrap_or(u32::MAX))
}

/// PREROUTING, unless the bridge's path already ran it.
pub(super) fn prerouting(run: &mut Run<'_>) -> Flow {
    if !run.prerouting_done
        && let Err(flow) = hook::run(run, Hook::Prerouting, None, None)
    {
        return flow;
    }
    Flow::Continue(Stage::RouteInput)
}

/// The input route: is the packet for this host, to be forwarded, or not acceptable (`ip_route_input_slow`).
pub(super) fn route_input(run: &mut Run<'_>) -> Flow {
    run.open(Place::Routing);
    let end = |run: &mut Run<'_>, reason: DropReason| {
        run.drop_here(reason.clone());
        Flow::Drop(reason)
    };
    let (src, dst) = (run.skb.packet.ip.src, run.skb.packet.ip.dst);
    let dev = run.in_dev.unwrap_or_default();
    let loopback = run.here().links.get(dev.0 as usize).is_some_and(|link| link.kind == LinkKind::Loopback);
    if !loopback && let Some(reason) = martian(run, dev) {
        return end(run, reason);
    }
    let forwarding = route::forwarding(run.here(), dev);
    let Some(found) = route::lookup(run.here(), dst, Some(src), run.skb.mark.0) else {
        run.event(Event::NoRoute { dst });
        if forwarding {
            run.icmp_error(3, 0, None);
        }
        return end(run, DropReason::NoRoute);
    };
    if !loopback {
        match route::source_check(run.here(), dev, src, dst) {
            SourceCheck::Plausible => {}
            SourceCheck::Own => {
                run.event(route_event(&found, None));
                return end(run, DropReason::MartianSource);
            }
            SourceCheck::WrongWay => return end(run, DropReason::ReversePath),
        }
    }
    match found.route.kind {
        RouteKind::Local => {
            run.event(route_event(&found, None));
            Flow::Continue(Stage::Input)
        }
        RouteKind::Broadcast => {
            run.event(route_event(&found, None));
            end(run, DropReason::NotModelled)
        }
        RouteKind::Blackhole | RouteKind::Unreachable | RouteKind::Prohibit => {
            run.event(route_event(&found, None));
            refuse(run, &found, !forwarding)
        }
        RouteKind::Unicast => {
            run.out_dev = found.route.dev;
            run.event(route_event(&found, None));
            if !forwarding {
                return end(run, DropReason::ForwardingOff);
            }
            forward_checks(run, found.next_hop(dst))
        }
    }
}

/// An address that does not come from outside.
fn martian(run: &Run<'_>, dev: LinkId) -> Option<DropReason> {
    let (src, dst) = (run.skb.packet.ip.src, run.skb.packet.ip.dst);
    let localnet = route::device_sysctl(run.here(), dev, "route_localnet") != 0;
    if src.is_multicast() || src.is_unspecified() || (src.is_loopback() && !localnet) {
        return Some(DropReason::MartianSource);
    }
    (dst.is_unspecified() || (dst.is_loopback() && !localnet)).then_some(DropReason::MartianDestination)
}

/// Whether the input route would lead to this host, and take the packet.
pub(super) fn is_for_this_host(run: &Run<'_>) -> bool {
    let (src, dst) = (run.skb.packet.ip.src, run.skb.packet.ip.dst);
    let Some(dev) = run.in_dev.filter(|dev| martian(run, *dev).is_none()) else { return false };
    let found = route::lookup(run.here(), dst, Some(src), run.skb.mark.0);
    found.is_some_and(|found| found.route.kind == RouteKind::Local)
        && matches!(route::source_check(run.here(), dev, src, dst), SourceCheck::Plausible)
}

/// `ip_forward`: TTL and MTU, before the FORWARD hook.
fn forward_checks(run: &mut Run<'_>, next_hop: IpAddr) -> Flow {
    let before = run.skb.packet.ip.ttl;
    if before <= 1 {
        run.icmp_error(11, 0, None);
        run.drop_here(DropReason::TtlExceeded);
        return Flow::Drop(DropReason::TtlExceeded);
    }
    if let Some(mtu) = too_big(run) {
        run.icmp_error(3, 4, Some(mtu));
        run.drop_here(DropReason::MtuExceeded { mtu });
        return Flow::Drop(DropReason::MtuExceeded { mtu });
    }
    run.skb.packet.ip.ttl = before - 1;
    run.event(Event::Ttl { before, after: before - 1 });
    Flow::Continue(Stage::Forward { next_hop })
}

/// The device's MTU when the packet does not fit and must not be fragmented.
fn too_big(run: &Run<'_>) -> Option<u32> {
    let mtu = run.here().links.get(run.out_dev?.0 as usize)?.mtu;
    let packet = &run.skb.packet;
    let error = matches!(&packet.l4, L4::Icmp(Icmp::Unreachable { .. } | Icmp::TimeExceeded { .. }));
    (packet.ip.dont_fragment && !error && packet.longest() > mtu).then_some(mtu)
}

/// INPUT, then the socket.
pub(super) fn input(run: &mut Run<'_>) -> Flow {
    if let Err(flow) = pieces::reassemble(run, pieces::For::Delivery) {
        return flow;
    }
    match hook::run(run, Hook::Input, None, None) {
        Ok(()) => Flow::Continue(Stage::Receive),
        Err(flow) => flow,
    }
}

/// FORWARD, then POSTROUTING.
pub(super) fn forward(run: &mut Run<'_>, next_hop: IpAddr) -> Flow {
    match hook::run(run, Hook::Forward, None, Some(next_hop)) {
        Ok(()) => Flow::Continue(Stage::Postrouting { next_hop }),
        Err(flow) => flow,
    }
}
