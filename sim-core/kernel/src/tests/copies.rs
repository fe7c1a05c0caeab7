//! Copies of flooded frames: order, rules, and an end where bridges form a circle.

use super::*;
use crate::config::{Bridge, BridgePort, Link, LinkKind, Neighbour};
use crate::ids::LinkId;
use crate::walk::{DropReason, End, FrameCopy, Hop, Place, in_time};

fn bridge(builder: &mut NetworkBuilder, name: &str, last: u8) -> LinkRef {
    let netns = builder.add_netns(name, CAUSE);
    let link = Link {
        name: Arc::from("br0"),
        mac: mac(last),
        mtu: 1500,
        up: true,
        kind: LinkKind::Bridge(Bridge::default()),
        port: None,
        addresses: vec![],
        cause: CAUSE,
    };
    builder.add_link(netns, link)
}

/// A station 10.0.0.`last` on a port of the bridge.
fn station(builder: &mut NetworkBuilder, bridge: LinkRef, last: u8) -> NetnsId {
    let netns = builder.add_netns(&format!("s{last}"), CAUSE);
    let near = (netns, "eth0", mac(last));
    let (eth0, port) = builder.add_veth(near, (bridge.netns, &format!("p{last}"), mac(100 + last)), 1500, CAUSE);
    builder.link(port).port = Some(BridgePort::of(bridge.link));
    address(builder, eth0, &format!("10.0.0.{last}/24"));
    netns
}

/// The station believes that 10.0.0.200 has an address that nobody has.
fn mistaken(builder: &mut NetworkBuilder, station: NetnsId) {
    let dev = LinkId(builder.netns(station).links.len() as u32 - 1);
    let ip = "10.0.0.200".parse().unwrap();
    builder.netns(station).neighbours.push(Neighbour { ip, dev, mac: mac(99), permanent: true, cause: CAUSE });
}

fn ends(hops: &[Hop]) -> Vec<(&FrameCopy, usize)> {
    let inside = hops.iter().flat_map(|hop| hop.copies().0);
    inside.flat_map(|copy| std::iter::once((copy, copy.hops.len())).chain(ends(&copy.hops))).collect()
}

#[test]
fn copies_go_by_the_newest_port_first_and_stand_in_time() {
    let mut builder = NetworkBuilder::default();
    let br0 = bridge(&mut builder, "host", 90);
    let stations: Vec<NetnsId> = (1..=4).map(|last| station(&mut builder, br0, last)).collect();
    mistaken(&mut builder, stations[0]);
    let network = builder.build().unwrap();
    let attempt = attempt(&network, stations[0], Protocol::Udp, "10.0.0.200:53");
    let walk = &attempt.walks[0];
    let left: Vec<&str> = in_time(&walk.hops)
        .into_iter()
        .filter(|hop| hop.netns == br0.netns)
        .filter_map(|hop| match hop.place {
            Place::Egress(dev) => Some(&*network.netns(hop.netns).links[dev.index()].name),
            _ => None,
        })
        .collect();
    assert_eq!(left, ["p4", "p3", "p2"]);
    let all = ends(&walk.hops);
    assert_eq!(all.len(), 2);
    assert!(all.iter().all(|(copy, _)| matches!(copy.end, End::Dropped { reason: DropReason::OtherHost, .. })));
}

/// Six bridges, each connected to each other by two cables: every flood would make ten of it for ever.
#[test]
fn bridges_in_a_circle_come_to_an_end() {
    let mut builder = NetworkBuilder::default();
    let bridges: Vec<LinkRef> = (0..6).map(|at| bridge(&mut builder, &format!("b{at}"), 60 + at)).collect();
    let mut last = 110;
    for (at, a) in bridges.iter().enumerate() {
        for b in &bridges[at + 1..] {
            for cable in 0..2 {
                last += 2;
                let name = format!("c{}-{}-{cable}", a.netns.0, b.netns.0);
                let ends = ((a.netns, &*name, mac(last)), (b.netns, &*name, mac(last + 1)));
                let (one, other) = builder.add_veth(ends.0, ends.1, 1500, CAUSE);
                builder.link(one).port = Some(BridgePort::of(a.link));
                builder.link(other).port = Some(BridgePort::of(b.link));
            }
        }
    }
    let client = station(&mut builder, bridges[0], 1);
    mistaken(&mut builder, client);
    let network = builder.build().unwrap();
    let attempt = attempt(&network, client, Protocol::Udp, "10.0.0.200:53");
    let walk = &attempt.walks[0];
    let looped = |end: &End| matches!(end, End::Dropped { reason: DropReason::Loop, .. });
    assert!(looped(&walk.end));
    let all = ends(&walk.hops);
    assert!(all.iter().any(|(copy, _)| looped(&copy.end)));
    let hops: usize = all.iter().map(|(_, hops)| *hops).sum();
    assert!(hops < 10_000, "{hops}");
}
