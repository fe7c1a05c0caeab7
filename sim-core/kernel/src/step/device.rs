//! Devices: neighbour lookup, transmission, arrival (net/core/dev.c, drivers/net/veth.c, drivers/net/loopback.c).

use super::flow::{Flow, Stage};
use super::pieces::Handed;
use super::run::Run;
use super::{ipip, pieces, tunnel};
use crate::config::LinkKind;
use crate::ids::{LinkId, LinkRef};
use crate::lookup::neigh;
use crate::netfilter::verdict::Sender;
use crate::packet::{Ethernet, FieldChange, Mac};
use crate::walk::{DropReason, Event, Place};
use std::net::IpAddr;

/// Seconds until an ARP request that nobody answers is given up: `mcast_solicit` times `retrans_time_ms` (ip-sysctl, neigh/default).
pub(super) const UNANSWERED: u32 = 3;

/// The egress device of a routed packet: link-layer address of the next hop, then out.
pub(super) fn neighbour(run: &mut Run<'_>, next_hop: IpAddr) -> Flow {
    let Some(dev) = run.out_dev else {
        run.open(Place::Routing);
        return run.end(DropReason::NoRoute);
    };
    run.open(Place::Egress(dev));
    let link = run.network.link(run.link_ref(dev));
    if !link.up {
        return run.end(DropReason::LinkDown);
    }
    match &link.kind {
        LinkKind::Loopback => {
            let to = run.link_ref(dev);
            run.event(Event::Transmit { dev, to });
            run.out_dev = None;
            return Flow::Continue(Stage::Arrive { dev });
        }
        LinkKind::Dummy => return run.end(DropReason::NotModelled),
        LinkKind::Ipip(ipip) => return ipip::encapsulate(run, dev, ipip, next_hop),
        LinkKind::Veth { .. } | LinkKind::Bridge(_) | LinkKind::Vxlan(_) => {}
    }
    let mut events = Vec::new();
    let (at, sender) = (run.link_ref(dev), run.sender());
    let resolved = neigh::resolve(run.network, run.state, at, next_hop, sender, &mut events);
    // The first piece that a process sends waits for the address and goes when that is known, within the call. In the kernel's own
    // time all of them are waiting by then.
    let asked = events.iter().any(|event| matches!(event, Event::Arp { .. }));
    let handed = Handed::Cut(match asked {
        false => 0,
        true if run.in_call => 1,
        true => usize::MAX,
    });
    run.events(events);
    let Some(mac) = resolved else {
        // The packet waited in the neighbour's queue meanwhile.
        run.icmp_busy = false;
        // Unanswered: the forwarding path tells the sender; so does the local one, as an error on its socket.
        run.icmp_error_later(3, 1, UNANSWERED);
        return run.end(DropReason::NeighbourFailed);
    };
    address_frame(run, link.mac, mac);
    match link.kind {
        LinkKind::Bridge(_) => Flow::Continue(Stage::BridgeForward { bridge: dev, port: None }),
        _ => transmit_here(run, dev, handed),
    }
}

/// Writes the Ethernet header of the next segment.
pub(super) fn address_frame(run: &mut Run<'_>, src: Mac, dst: Mac) {
    let before = run.skb.packet.ethernet.replace(Ethernet { src, dst });
    let mut changes = Vec::new();
    let old = before.map(|frame| frame.src);
    if old != Some(src) {
        changes.push(FieldChange::EthernetSource { before: old, after: src });
    }
    let old = before.map(|frame| frame.dst);
    if old != Some(dst) {
        changes.push(FieldChange::EthernetDestination { before: old, after: dst });
    }
    if !changes.is_empty() {
        run.event(Event::Rewrite { changes });
    }
}

/// A frame leaves by a port of a bridge.
pub(super) fn transmit(run: &mut Run<'_>, dev: LinkId) -> Flow {
    run.out_dev = Some(dev);
    run.open(Place::Egress(dev));
    let link = run.network.link(run.link_ref(dev));
    if !link.up {
        return run.end(DropReason::LinkDown);
    }
    if let Err(flow) = pieces::let_pass(run, run.link_ref(dev), Handed::Before) {
        return flow;
    }
    transmit_here(run, dev, Handed::Over)
}

/// Out of a veth, in at its peer; into a tunnel.
fn transmit_here(run: &mut Run<'_>, dev: LinkId, handed: Handed) -> Flow {
    let peer = match &run.network.link(run.link_ref(dev)).kind {
        LinkKind::Veth { peer } => *peer,
        LinkKind::Vxlan(vxlan) => return tunnel::encapsulate(run, dev, vxlan),
        LinkKind::Loopback | LinkKind::Bridge(_) | LinkKind::Dummy | LinkKind::Ipip(_) => {
            return run.end(DropReason::NotModelled);
        }
    };
    // Without a carrier the device's queue takes nothing (`dev_deactivate`): the frame never leaves.
    if !run.network.link(peer).up {
        return run.end(DropReason::LinkDown);
    }
    run.event(Event::Transmit { dev, to: peer });
    if let Err(flow) = pieces::let_pass(run, peer, handed) {
        return flow;
    }
    run.enter(peer.netns);
    Flow::Continue(Stage::Arrive { dev: peer.link })
}

/// A frame comes in.
pub(super) fn arrive(run: &mut Run<'_>, dev: LinkId) -> Flow {
    run.in_dev = Some(dev);
    run.sent_by = Sender::Nobody;
    run.nested = 0;
    run.in_call = false;
    run.icmp_busy = false;
    run.open(Place::Ingress(dev));
    let link = run.network.link(LinkRef { netns: run.netns, link: dev });
    if !link.up {
        return run.end(DropReason::LinkDown);
    }
    if link.port.is_some() {
        return Flow::Continue(Stage::BridgeIn { port: dev });
    }
    let ours = run.skb.packet.ethernet.is_none_or(|frame| frame.dst == link.mac || frame.dst.is_group());
    if !ours && link.kind != LinkKind::Loopback {
        return run.end(DropReason::OtherHost);
    }
    Flow::Continue(Stage::Prerouting)
}
