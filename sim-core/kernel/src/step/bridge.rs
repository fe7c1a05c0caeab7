//! Bridges and br_netfilter (net/bridge/br_input.c, br_forward.c, br_netfilter_hooks.c).

use super::device::address_frame;
use super::flow::{Branch, Flow, Split, Stage};
use super::hook;
use super::run::Run;
use crate::config::{BridgePort, Hook, Link, LinkKind, RouteKind};
use crate::ids::LinkId;
use crate::lookup::route::SourceCheck;
use crate::lookup::{neigh, route};
use crate::packet::Mac;
use crate::walk::{DropReason, Event, Place};

/// `net.bridge.bridge-nf-call-iptables`; the file does not exist without the module, and Open vSwitch has none of it.
fn calls_iptables(run: &Run<'_>, bridge: LinkId) -> bool {
    let kind = run.here().links.get(bridge).map(|link| &link.kind);
    let linux = !matches!(kind, Some(LinkKind::Bridge(bridge)) if bridge.openvswitch);
    linux && route::sysctl(run.here(), "net.bridge.bridge-nf-call-iptables") != 0
}

fn port_of<'a>(run: &Run<'a>, port: LinkId) -> Option<&'a BridgePort> {
    run.here().links.get(port)?.port.as_ref()
}

/// A frame from a port: with br_netfilter it meets PREROUTING here, before the bridge decides. When a rule changed the destination,
/// the new one decides whether the frame stays on the bridge (source address kept, TTL kept) or goes up to be routed.
pub(super) fn prerouting(run: &mut Run<'_>, port: LinkId) -> Flow {
    let Some(bridge) = port_of(run, port).map(|port| port.master) else {
        return run.end(DropReason::NoBridgePort);
    };
    run.in_dev = Some(bridge);
    let decide = Flow::Continue(Stage::BridgeForward { bridge, port: Some(port) });
    if !calls_iptables(run, bridge) {
        return decide;
    }
    run.in_port = Some(port);
    let own = run.network.link(run.link_ref(bridge)).mac;
    run.to_bridge = run.skb.packet.ethernet.is_some_and(|frame| frame.dst == own);
    let before = run.skb.packet.ip.dst;
    if let Err(flow) = hook::run(run, Hook::Prerouting, Some(bridge), None) {
        return flow;
    }
    run.prerouting_done = true;
    let dst = run.skb.packet.ip.dst;
    if dst == before {
        return decide;
    }
    let link = run.network.link(run.link_ref(bridge));
    // The bridge asks IP where the packet would go (`br_nf_pre_routing_finish`): a source that IP would not take ends here; what
    // cannot be forwarded goes up, and IP drops it.
    match route::source_check(run.here(), bridge, run.skb.packet.ip.src, dst) {
        SourceCheck::Plausible => {}
        SourceCheck::Own => return run.end(DropReason::MartianSource),
        SourceCheck::WrongWay => return run.end(DropReason::ReversePath),
    }
    let found = route::lookup(run.here(), dst, Some(run.skb.packet.ip.src), run.skb.mark.0);
    let stays = found.filter(|found| {
        found.route.kind == RouteKind::Unicast
            && found.route.dev == Some(bridge)
            && route::forwarding(run.here(), bridge)
    });
    let source = run.skb.packet.ethernet.map_or(link.mac, |frame| frame.src);
    match stays {
        Some(found) => {
            let mut events = Vec::new();
            let at = run.link_ref(bridge);
            // Without a cached header the frame goes out by the bridge device itself to be addressed, and is taken up again there
            // (`br_nf_pre_routing_finish_bridge`).
            if !neigh::is_cached(run.network, run.state, at, found.next_hop(dst)) {
                run.out_dev = Some(bridge);
                run.open(Place::Egress(bridge));
            }
            let resolved = neigh::resolve(run.network, run.state, at, found.next_hop(dst), None, &mut events);
            run.events(events);
            match resolved {
                Some(mac) => address_frame(run, source, mac),
                None => {
                    // Another station's frame is not answered (`icmp_send`, `PACKET_OTHERHOST`).
                    let own = [link.mac, run.network.link(run.link_ref(port)).mac];
                    if run.skb.packet.ethernet.is_some_and(|frame| own.contains(&frame.dst)) {
                        run.icmp_error_later(3, 1, super::device::UNANSWERED);
                    }
                    return run.end(DropReason::NeighbourFailed);
                }
            }
        }
        None => address_frame(run, source, link.mac),
    }
    decide
}

/// The bridge learns the sender and looks the receiver up.
pub(super) fn forward(run: &mut Run<'_>, bridge: LinkId, port: Option<LinkId>) -> Flow {
    run.open(Place::Bridge(bridge));
    let Some(frame) = run.skb.packet.ethernet else { return run.end(DropReason::NotModelled) };
    let netns = run.netns;
    if let Some(port) = port
        && port_of(run, port).is_some_and(|settings| settings.learning)
        && !frame.src.is_group()
        && run.state.fdb.insert((netns, bridge, frame.src), port) != Some(port)
    {
        run.event(Event::FdbLearn { bridge, mac: frame.src, port });
    }
    if port.is_some() && is_own(run, bridge, frame.dst) {
        run.event(Event::FdbHit { bridge, mac: frame.dst, port: bridge });
        run.in_dev = Some(bridge);
        // IP begins with a clean slate (`ip_rcv_core`): it does not know how long the pieces were.
        run.longest_piece = None;
        return Flow::Continue(Stage::Prerouting);
    }
    if let Some(out) = known(run, bridge, frame.dst) {
        run.event(Event::FdbHit { bridge, mac: frame.dst, port: out });
        let all: Vec<LinkId> = Some(out).filter(|out| may_leave(run, port, *out)).into_iter().collect();
        return send(run, (bridge, port), &all, frame.dst);
    }
    let all = flooded(run, bridge, port);
    run.event(Event::FdbFlood { bridge, mac: frame.dst, ports: all.clone() });
    send(run, (bridge, port), &all, frame.dst)
}

/// Addresses of the bridge and of its ports lead up the stack, and configured local entries.
fn is_own(run: &Run<'_>, bridge: LinkId, mac: Mac) -> bool {
    let links = &run.here().links;
    let port = |link: &Link| link.port.as_ref().is_some_and(|port| port.master == bridge) && link.mac == mac;
    let Some(own) = links.get(bridge) else { return false };
    let configured = match &own.kind {
        LinkKind::Bridge(settings) => settings.fdb.iter().any(|entry| entry.local && entry.mac == mac),
        _ => false,
    };
    own.mac == mac || configured || links.iter().any(port)
}

/// The port behind which an address is. A configured entry moves when its station is heard from elsewhere (`br_fdb_update`).
fn known(run: &Run<'_>, bridge: LinkId, mac: Mac) -> Option<LinkId> {
    let configured = match &run.here().links.get(bridge)?.kind {
        LinkKind::Bridge(settings) => {
            settings.fdb.iter().find(|entry| !entry.local && entry.mac == mac).map(|entry| entry.port)
        }
        _ => None,
    };
    run.state.fdb.get(&(run.netns, bridge, mac)).copied().or(configured)
}

/// `should_deliver`: not back by its own port (unless hairpin), not between isolated ports, only to a port that is up.
fn may_leave(run: &Run<'_>, from: Option<LinkId>, out: LinkId) -> bool {
    let Some(settings) = port_of(run, out) else { return false };
    let isolated = from.and_then(|from| port_of(run, from)).is_some_and(|from| from.isolated) && settings.isolated;
    let back = from == Some(out) && !settings.hairpin;
    let up = run.network.is_running(run.link_ref(out));
    up && !isolated && !back
}

fn next(run: &Run<'_>, bridge: LinkId, from: Option<LinkId>, out: LinkId) -> Stage {
    if from.is_some() && calls_iptables(run, bridge) {
        Stage::BridgeOut { bridge, port: out }
    } else {
        Stage::Transmit { dev: out }
    }
}

/// Ports that get a copy for an unknown receiver: the bridge keeps the port that came last at the front of its list (`br_add_if`).
fn flooded(run: &Run<'_>, bridge: LinkId, from: Option<LinkId>) -> Vec<LinkId> {
    let all = run.here().links.ids().rev();
    let takes = |out: &LinkId| {
        port_of(run, *out).is_some_and(|port| port.master == bridge && port.flood) && may_leave(run, from, *out)
    };
    all.filter(takes).collect()
}

/// A bridged frame meets FORWARD and POSTROUTING with br_netfilter; TTL and source address stay.
pub(super) fn out(run: &mut Run<'_>, bridge: LinkId, port: LinkId) -> Flow {
    run.in_dev = Some(bridge);
    run.out_dev = Some(bridge);
    run.out_port = Some(port);
    let next_hop = run.skb.packet.ip.dst;
    for stage in [Hook::Forward, Hook::Postrouting] {
        if let Err(flow) = hook::run(run, stage, Some(bridge), Some(next_hop)) {
            return flow;
        }
    }
    // `br_nf_dev_queue_xmit`: what was put together, or is longer than the port takes, goes on in pieces that fit the bridge.
    let mtu = |link: LinkId| run.network.link(run.link_ref(link)).mtu;
    let fits = mtu(port).min(run.longest_piece.unwrap_or(u32::MAX));
    if run.skb.packet.longest() > fits {
        let mtu = mtu(bridge);
        // Pieces never leave shorter than they came (`br_nf_ip_fragment`).
        if run.longest_piece.is_some_and(|longest| longest > mtu) || run.fragment(mtu).is_none() {
            return run.end(DropReason::MtuExceeded { mtu });
        }
    }
    Flow::Continue(Stage::Transmit { dev: port })
}

/// Sends a frame by all of `ports`, in this order, and up to a promiscuous bridge; one of them is followed.
fn send(run: &Run<'_>, (bridge, from): (LinkId, Option<LinkId>), ports: &[LinkId], mac: Mac) -> Flow {
    let followed = followed(run, from, ports, mac);
    let up = from.is_some() && is_promiscuous(run, bridge);
    let stage = |out: &LinkId| Branch { port: *out, remote: None, stage: next(run, bridge, from, *out) };
    let branches = ports.iter().map(stage).collect();
    let followed = followed.and_then(|followed| ports.iter().position(|out| *out == followed));
    Flow::Split(Split { device: bridge, branches, followed, up })
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
    let kind = run.here().links.get(bridge).map(|link| &link.kind);
    matches!(kind, Some(LinkKind::Bridge(settings)) if settings.promiscuous)
}
