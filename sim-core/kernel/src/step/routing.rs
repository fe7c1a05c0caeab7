//! Routing decisions: which way a packet goes from here, and whether its addresses may come that way (net/ipv4/route.c).

use super::flow::Flow;
use super::run::Run;
use crate::config::{LinkKind, Netns, RouteKind};
use crate::ids::LinkId;
use crate::lookup::multipath;
use crate::lookup::route::{self, FoundRoute, SourceCheck};
use crate::walk::{DropReason, Event, Place};
use std::net::IpAddr;

pub(super) fn route_event(found: &FoundRoute<'_>, src: Option<IpAddr>) -> Event {
    Event::Route {
        table: found.table,
        route: found.id,
        kind: found.route.kind,
        via: found.route.via,
        dev: found.route.dev,
        src,
    }
}

/// The flow of the packet, as multipath routes hash it.
fn flow(run: &Run<'_>) -> multipath::Flow {
    let packet = &run.skb.packet;
    multipath::Flow { src: packet.source(), dst: packet.destination(), protocol: packet.protocol() }
}

/// The next hop by which a packet is forwarded.
pub(super) fn select<'n>(run: &mut Run<'_>, here: &'n Netns, found: FoundRoute<'n>) -> FoundRoute<'n> {
    let flow = flow(run);
    multipath::select(run.chooser, (run.netns, here), found, flow)
}

/// The device a route sends by: `lo` for a local one.
fn device(run: &Run<'_>, found: &FoundRoute<'_>) -> Option<LinkId> {
    match found.route.kind {
        RouteKind::Local => run.here().links.position(|link| link.kind == LinkKind::Loopback),
        _ => found.route.dev,
    }
}

/// A route that drops: what it answers. `local` senders get an errno instead of an ICMP error.
pub(super) fn refuse(run: &mut Run<'_>, found: &FoundRoute<'_>, local: bool) -> Flow {
    let reason = DropReason::RouteType { kind: found.route.kind, route: found.id };
    match found.route.kind {
        RouteKind::Unreachable if !local => run.icmp_error(3, 1, None),
        RouteKind::Prohibit if !local => run.icmp_error(3, 13, None),
        _ => {}
    }
    run.end(reason)
}

pub(super) fn reroute(run: &mut Run<'_>) -> Result<IpAddr, Flow> {
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
    let looped = run.here().links.get(dev).is_some_and(|link| link.kind == LinkKind::Loopback);
    run.skb.packet.ip.src.is_loopback() && !looped && route::device_sysctl(run.here(), dev, "route_localnet") == 0
}

pub(super) fn route_output(run: &mut Run<'_>) -> Result<IpAddr, Flow> {
    let dst = run.skb.packet.ip.dst;
    let src = Some(run.skb.packet.ip.src).filter(|src| !src.is_unspecified());
    let bound = src.filter(|_| !std::mem::take(&mut run.unbound));
    let Some(found) = route::lookup(run.here(), dst, bound, run.skb.mark.0) else {
        run.event(Event::NoRoute { dst });
        return Err(run.end(DropReason::NoRoute));
    };
    let here = run.network.netns(run.netns);
    let flow = flow(run);
    let found = match src {
        Some(_) => multipath::select_from(run.chooser, (run.netns, here), found, flow),
        None => multipath::select(run.chooser, (run.netns, here), found, flow),
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
        return Err(run.end(DropReason::MartianSource));
    }
    match found.route.kind {
        RouteKind::Unicast | RouteKind::Local => Ok(found.next_hop(dst)),
        RouteKind::Broadcast => Err(run.end(DropReason::NotModelled)),
        RouteKind::Blackhole | RouteKind::Unreachable | RouteKind::Prohibit => Err(refuse(run, &found, true)),
    }
}

/// An address that does not come from outside.
pub(super) fn martian(run: &Run<'_>, dev: LinkId) -> Option<DropReason> {
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
