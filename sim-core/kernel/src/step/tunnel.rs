//! Tunnel devices: wrapping on the way out, unwrapping on the way in (drivers/net/vxlan/vxlan_core.c).

use super::flow::{Branch, Flow, Split, Stage};
use super::run::Run;
use crate::config::{LinkKind, Vxlan};
use crate::ids::LinkId;
use crate::lookup::{neigh, vtep};
use crate::packet::{IpHeader, L4, Packet, Port, Tunnel, Tunnelled};
use crate::socket::DEFAULT_TTL;
use crate::walk::{DropReason, Event};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Outer source ports (`net.ipv4.ip_local_port_range`): `udp_flow_src_port` never gives the last one.
const SOURCE_PORTS: (u16, u16) = (32768, 60998);

/// Tunnel devices inside of each other that the kernel goes through in one go: it counts to 5 (`IP_TUNNEL_RECURSION_LIMIT`), and each of them
/// twice, the device and the packet that it sends (`iptunnel_xmit`).
pub(super) const MOST_NESTED: u32 = 3;

/// A frame leaves by a VXLAN device (`vxlan_xmit`): the forwarding table says where to, and a copy is wrapped for each other end; the
/// first of them is served last. The one is followed that reaches a station with that address.
pub(super) fn encapsulate(run: &mut Run<'_>, dev: LinkId, vxlan: &Vxlan) -> Flow {
    run.nested += 1;
    let at = run.link_ref(dev);
    let Some(frame) = run.skb.packet.ethernet else { return run.end(DropReason::NotModelled) };
    let (known, mut ends) = vtep::ends(run.network, run.state, at, vxlan, frame.dst);
    let reaches = |remote: &IpAddr| {
        vtep::device(run.network, at.netns, *remote, vxlan)
            .is_some_and(|far| neigh::station_behind(run.network, far, frame.dst).is_some())
    };
    let Some(remote) = ends.iter().copied().find(reaches).or(ends.first().copied()) else {
        return run.end(DropReason::NoVtep);
    };
    ends.rotate_left(1);
    let copies = ends.iter().copied().filter(|other| *other != remote).collect();
    let port = run.chooser.vxlan_source_port(run.netns, dev, &run.skb.packet, SOURCE_PORTS);
    run.event(Event::Encapsulated { dev, mac: frame.dst, remote, known, vni: vxlan.vni, port: Port(port), copies });
    let wrap = |remote| Branch { port: dev, remote: Some(remote), stage: Stage::Wrap { dev, remote, port } };
    let followed = ends.iter().position(|other| *other == remote);
    let branches = ends.iter().map(|other| wrap(*other)).collect();
    Flow::Split(Split { device: dev, branches, followed, up: false })
}

/// Wraps a frame for one of the tunnel's other ends (`vxlan_xmit_one`); the packet around it starts at the output route. The mark stays,
/// tracking starts anew.
pub(super) fn wrap(run: &mut Run<'_>, dev: LinkId, remote: IpAddr, port: u16) -> Flow {
    let LinkKind::Vxlan(vxlan) = &run.network.link(run.link_ref(dev)).kind else {
        return run.end(DropReason::NotModelled);
    };
    if run.nested > MOST_NESTED {
        return run.end(DropReason::Loop);
    }
    let outer = Packet {
        ethernet: None,
        ip: IpHeader {
            src: vxlan.local.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
            dst: remote,
            ttl: vxlan.ttl.unwrap_or(DEFAULT_TTL),
            dont_fragment: vxlan.dont_fragment,
        },
        l4: L4::Udp { sport: Port(port), dport: vxlan.port },
        payload: Arc::from([]),
        inner: None,
        fragments: Vec::new(),
    };
    let packet = std::mem::replace(&mut run.skb.packet, outer);
    run.skb.packet.inner = Some(Box::new(Tunnelled { kind: Tunnel::Vxlan { vni: vxlan.vni }, packet }));
    run.scrub();
    Flow::Continue(Stage::Output)
}

/// VXLAN devices of the packet's namespace that are up and listen where it goes; each has a part in the socket.
fn listening<'a>(run: &Run<'a>) -> impl Iterator<Item = (LinkId, &'a Vxlan)> + use<'a> {
    let to = match run.skb.packet.l4 {
        L4::Udp { dport, .. } => Some(dport),
        _ => None,
    };
    run.here().links.entries().filter_map(move |(id, link)| match &link.kind {
        LinkKind::Vxlan(vxlan) if link.up && Some(vxlan.port) == to => Some((id, vxlan)),
        _ => None,
    })
}

/// Whether the packet comes to the socket of a VXLAN device.
pub(super) fn has_socket(run: &Run<'_>) -> bool {
    listening(run).next().is_some()
}

/// What comes to the socket of VXLAN devices (`vxlan_rcv`): the frame arrives at the device of its network identifier. Nothing that
/// does not fit is answered.
pub(super) fn decapsulate(run: &mut Run<'_>) -> Flow {
    let remote = run.skb.packet.ip.src;
    let vni = match run.skb.packet.inner.as_deref() {
        Some(Tunnelled { kind: Tunnel::Vxlan { vni }, .. }) => Some(*vni),
        _ => None,
    };
    let found = listening(run).find(|(_, vxlan)| Some(vxlan.vni) == vni);
    let Some((dev, vxlan)) = found else { return run.end(DropReason::NotForVxlan) };
    let source = run.skb.packet.inner.as_ref().and_then(|inner| inner.packet.ethernet).map(|frame| frame.src);
    let own = run.network.link(run.link_ref(dev)).mac;
    let Some(source) = source.filter(|source| *source != own) else { return run.end(DropReason::NotForVxlan) };
    // `vxlan_snoop`: a configured entry is not moved, and what comes from elsewhere is dropped.
    let configured = vxlan.fdb.iter().find(|entry| entry.mac == source);
    if vxlan.learning && configured.is_some_and(|entry| entry.remote != remote) {
        return run.end(DropReason::NotForVxlan);
    }
    let learned = vxlan.learning
        && configured.is_none()
        && run.state.vteps.insert((run.netns, dev, source), remote) != Some(remote);
    run.event(Event::Decapsulated { dev, vni: vxlan.vni, remote, learned: learned.then_some(source) });
    if let Some(inner) = run.skb.packet.inner.take() {
        run.skb.packet = inner.packet;
    }
    run.scrub();
    Flow::Continue(Stage::Arrive { dev })
}
