//! The IP layer: routing, TTL, and the order of the hooks (net/ipv4/ip_input.c, ip_forward.c, ip_output.c, route.c).

use super::flow::{Flow, Stage};
use super::routing::{martian, refuse, reroute, route_event, route_output, select};
use super::run::Run;
use super::{hook, pieces};
use crate::config::{Hook, LinkKind, RouteKind};
use crate::lookup::route;
use crate::lookup::route::SourceCheck;
use crate::packet::{Icmp, L4, Protocol};
use crate::walk::{DropReason, Event, Place};
use std::net::IpAddr;

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
        if run.uncut {
            // `ip_append_data`: EMSGSIZE, and nothing is sent.
            let mtu = path_mtu(run);
            return run.end(DropReason::MtuExceeded { mtu });
        }
        run.skb.packet.ip.dont_fragment = false;
        run.made_for = Some(path_mtu(run));
    }
    let locked = run.state.known_path_mtu(run.netns, run.skb.packet.ip.dst).is_some_and(|known| known.locked);
    let reset = matches!(&run.skb.packet.l4, L4::Tcp { flags, .. } if flags.rst);
    if locked && !reset && !run.uncut && run.skb.packet.inner.is_none() {
        run.skb.packet.ip.dont_fragment = false;
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

/// POSTROUTING, then on to the device, in pieces where it is longer than fits.
pub(super) fn postrouting(run: &mut Run<'_>, next_hop: IpAddr) -> Flow {
    if let Err(flow) = hook::run(run, Hook::Postrouting, None, Some(next_hop)) {
        return flow;
    }
    let mtu = if run.in_dev.is_some() { device_mtu(run) } else { path_mtu(run) };
    // A datagram whose way changed after its socket set Don't Fragment is cut all the same (`skb->ignore_df`).
    let datagram = run.skb.packet.protocol() != Protocol::Tcp;
    if run.in_dev.is_none() && run.rerouted && datagram && !run.uncut && run.skb.packet.ip_len() > mtu {
        run.skb.packet.ip.dont_fragment = false;
    }
    if run.fragment(mtu).is_none() {
        run.icmp_error(3, 4, Some(mtu));
        return run.end(DropReason::MtuExceeded { mtu });
    }
    Flow::Continue(Stage::Neighbour { next_hop })
}

/// MTU of the outgoing device.
fn device_mtu(run: &Run<'_>) -> u32 {
    let link = run.out_dev.and_then(|dev| run.here().links.get(dev));
    link.map_or(u32::MAX, |link| link.mtu)
}

/// What fits on the way of a local packet: the device's MTU, or less where a router said so. Routers do not ask (`ip_forward_use_pmtu`).
fn path_mtu(run: &Run<'_>) -> u32 {
    let told = run.state.known_path_mtu(run.netns, run.skb.packet.ip.dst);
    device_mtu(run).min(told.map_or(u32::MAX, |known| known.mtu))
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
    let (src, dst) = (run.skb.packet.ip.src, run.skb.packet.ip.dst);
    let dev = run.in_dev.unwrap_or_default();
    let loopback = run.here().links.get(dev).is_some_and(|link| link.kind == LinkKind::Loopback);
    if !loopback && let Some(reason) = martian(run, dev) {
        return run.end(reason);
    }
    let forwarding = route::forwarding(run.here(), dev);
    let Some(found) = route::lookup(run.here(), dst, Some(src), run.skb.mark.0) else {
        run.event(Event::NoRoute { dst });
        if forwarding {
            run.icmp_error(3, 0, None);
        }
        return run.end(DropReason::NoRoute);
    };
    if !loopback {
        match route::source_check(run.here(), dev, src, dst) {
            SourceCheck::Plausible => {}
            SourceCheck::Own => {
                run.event(route_event(&found, None));
                return run.end(DropReason::MartianSource);
            }
            SourceCheck::WrongWay => return run.end(DropReason::ReversePath),
        }
    }
    match found.route.kind {
        RouteKind::Local => {
            run.event(route_event(&found, None));
            Flow::Continue(Stage::Input)
        }
        RouteKind::Broadcast => {
            run.event(route_event(&found, None));
            run.end(DropReason::NotModelled)
        }
        RouteKind::Blackhole | RouteKind::Unreachable | RouteKind::Prohibit => {
            run.event(route_event(&found, None));
            refuse(run, &found, !forwarding)
        }
        RouteKind::Unicast => {
            let here = run.network.netns(run.netns);
            let found = select(run, here, found);
            run.out_dev = found.route.dev;
            run.event(route_event(&found, None));
            if !forwarding {
                return run.end(DropReason::ForwardingOff);
            }
            forward_checks(run, found.next_hop(dst))
        }
    }
}

/// `ip_forward`: TTL and MTU, before the FORWARD hook.
fn forward_checks(run: &mut Run<'_>, next_hop: IpAddr) -> Flow {
    let before = run.skb.packet.ip.ttl;
    if before <= 1 {
        run.icmp_error(11, 0, None);
        return run.end(DropReason::TtlExceeded);
    }
    if let Some(mtu) = too_big(run) {
        run.icmp_error(3, 4, Some(mtu));
        return run.end(DropReason::MtuExceeded { mtu });
    }
    run.skb.packet.ip.ttl = before - 1;
    run.event(Event::Ttl { before, after: before - 1 });
    Flow::Continue(Stage::Forward { next_hop })
}

/// The device's MTU when the packet does not fit and must not be fragmented.
fn too_big(run: &Run<'_>) -> Option<u32> {
    let mtu = run.here().links.get(run.out_dev?)?.mtu;
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
