//! IP in IP devices: wrapping on the way out, unwrapping on the way in (net/ipv4/ip_tunnel.c, ipip.c, tunnel4.c).

use super::flow::{Flow, Stage};
use super::run::Run;
use super::tunnel::MOST_NESTED;
use crate::config::{CtDirection, Ipip, LinkKind};
use crate::ids::LinkId;
use crate::lookup::route;
use crate::netfilter::conntrack;
use crate::packet::{IpHeader, L4, Packet, Tunnel, Tunnelled};
use crate::walk::{DropReason, Event};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Its protocol number.
const IPIP: u8 = 4;

/// Length of the header it adds, in bytes.
const HEADER: u32 = 20;

/// A packet leaves by an IP in IP device (`ip_tunnel_xmit`): wrapped for the device's other end or, where it has none, the route's next hop.
/// The packet around it starts at the output route; the mark stays, tracking starts anew.
pub(super) fn encapsulate(run: &mut Run<'_>, dev: LinkId, ipip: &Ipip, next_hop: IpAddr) -> Flow {
    let remote = ipip.remote.unwrap_or(next_hop);
    let found = route::lookup(run.here(), remote, ipip.local, run.skb.mark.0);
    // `dst_link_failure` tells the sender; a way that leads into the device itself is a collision, of which nobody hears.
    let Some(way) = found.and_then(|found| found.route.dev) else {
        run.icmp_error(3, 1, None);
        return run.end(DropReason::NoRoute);
    };
    if way == dev {
        return run.end(DropReason::NoRoute);
    }
    let inner = &run.skb.packet;
    let ttl = ipip.ttl.unwrap_or(inner.ip.ttl);
    let dont_fragment = ipip.discovers_mtu || inner.ip.dont_fragment;
    let told = run.state.known_path_mtu(run.netns, remote).map_or(u32::MAX, |known| known.mtu);
    let mtu_of = |dev: LinkId| run.here().links.get(dev).map_or(u32::MAX, |link| link.mtu);
    // `tnl_update_pmtu`: what the outer packet may be long, or the device's own where it may be cut.
    let mtu = if dont_fragment { mtu_of(way).min(told).saturating_sub(HEADER) } else { mtu_of(dev) };
    if inner.ip.dont_fragment && inner.longest() > mtu {
        too_big(run, mtu);
        return run.end(DropReason::MtuExceeded { mtu });
    }
    run.nested += 1;
    if run.nested > MOST_NESTED {
        return run.end(DropReason::Loop);
    }
    let src = ipip.local.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let outer = Packet {
        ethernet: None,
        ip: IpHeader { src, dst: remote, ttl, dont_fragment },
        l4: L4::Other(IPIP),
        payload: Arc::from([]),
        inner: None,
        fragments: Vec::new(),
    };
    run.event(Event::IpWrapped { dev, remote, by_route: ipip.remote.is_none(), ttl });
    let mut packet = std::mem::replace(&mut run.skb.packet, outer);
    packet.ethernet = None;
    run.skb.packet.inner = Some(Box::new(Tunnelled { kind: Tunnel::Ipip, packet }));
    run.scrub();
    Flow::Continue(Stage::Output)
}

/// Tells the sender that the packet is too long (`icmp_ndo_send`): who sent it before its source was translated.
fn too_big(run: &mut Run<'_>, mtu: u32) {
    let now = run.skb.packet.ip.src;
    let sender = run.skb.ct.and_then(|(id, direction)| {
        let entry = conntrack::entry(run.state, run.netns, id)?;
        let tuple = if direction == CtDirection::Original { &entry.original } else { &entry.reply };
        (entry.snat || entry.dnat).then(|| tuple.src.ip())
    });
    run.skb.packet.ip.src = sender.unwrap_or(now);
    run.icmp_error(3, 4, Some(mtu));
    run.skb.packet.ip.src = now;
}

/// Whether the packet is for the IP in IP devices of its namespace. Where there are none, its protocol is not known.
pub(super) fn is_for(run: &Run<'_>) -> bool {
    let wrapped = matches!(run.skb.packet.l4, L4::Other(IPIP));
    wrapped && run.here().links.iter().any(|link| matches!(link.kind, LinkKind::Ipip(_)))
}

/// What comes for IP in IP devices (`ipip_rcv`): the inner packet arrives at the device that names most of the tunnel's ends
/// (`ip_tunnel_lookup`). Where there is none, the sender is told that the port is unreachable (`tunnel4_rcv`).
pub(super) fn decapsulate(run: &mut Run<'_>) -> Flow {
    let (remote, local) = (run.skb.packet.ip.src, run.skb.packet.ip.dst);
    let fits = |ipip: &Ipip| ipip.remote.is_none_or(|ip| ip == remote) && ipip.local.is_none_or(|ip| ip == local);
    let named = |ipip: &Ipip| (ipip.remote.is_some(), ipip.local.is_some());
    let mut best: Option<(LinkId, (bool, bool))> = None;
    for (id, link) in run.here().links.entries() {
        let LinkKind::Ipip(ipip) = &link.kind else { continue };
        if link.up && fits(ipip) && best.is_none_or(|(_, known)| known < named(ipip)) {
            best = Some((id, named(ipip)));
        }
    }
    let whole = run.skb.packet.inner.as_ref().is_some_and(|inner| inner.kind == Tunnel::Ipip);
    let (Some((dev, _)), true) = (best, whole) else {
        run.icmp_error(3, 3, None);
        return run.end(DropReason::NoSocket);
    };
    run.event(Event::IpUnwrapped { dev, remote });
    if let Some(inner) = run.skb.packet.inner.take() {
        run.skb.packet = inner.packet;
    }
    run.scrub();
    Flow::Continue(Stage::Arrive { dev })
}
