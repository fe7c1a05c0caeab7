//! Copies of flooded frames: order, rules, and an end where bridges form a circle.

use super::*;
use crate::config::{Bridge, BridgePort, Link, LinkKind, Neighbour};
use crate::exchange::{Exchange, Reported, Request, exchange};
use crate::ids::LinkId;
use crate::text::iptables::read::{Limits, merge};
use crate::walk::AnswerKind;
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

/// Station 1 asks 10.96.0.1 behind a promiscuous bridge that sends that on to station 2, which so gets all twice: what the bridge passes on, and
/// what it takes itself and routes there. `rules` are of its table nat.
fn asked_twice(rules: &str, protocol: Protocol, port: u16) -> (Exchange, KernelState) {
    let mut builder = NetworkBuilder::default();
    let br0 = bridge(&mut builder, "host", 90);
    if let LinkKind::Bridge(settings) = &mut builder.link(br0).kind {
        settings.promiscuous = true;
    }
    address(&mut builder, br0, "10.0.0.254/24");
    for name in ["net.bridge.bridge-nf-call-iptables", "net.ipv4.ip_forward"] {
        builder.sysctl(br0.netns, name, "1", CAUSE);
    }
    let [client, server] = [1, 2].map(|last| station(&mut builder, br0, last));
    let device = |builder: &mut NetworkBuilder, netns: NetnsId| {
        let link = LinkId(builder.netns(netns).links.len() as u32 - 1);
        LinkRef { netns, link }
    };
    for netns in [client, server] {
        let eth0 = device(&mut builder, netns);
        route(&mut builder, netns, "0.0.0.0/0", RouteKind::Unicast, Some(("10.0.0.254", eth0)));
        listen(&mut builder, netns, protocol, port);
    }
    let rules = format!("*nat\n-A PREROUTING -d 10.96.0.1/32 -j DNAT --to-destination 10.0.0.2\n{rules}COMMIT\n");
    merge(&mut builder.netns(br0.netns).xtables, &rules, &Limits::default(), &mut |_| CAUSE).unwrap();
    let network = builder.build().unwrap();
    let asked = Request {
        netns: client,
        protocol,
        local: None,
        sport: Port(40_000),
        remote: SocketAddr::new("10.96.0.1".parse().unwrap(), port),
        payload: Arc::from(*b"what"),
        ttl: None,
        dont_fragment: None,
        owner: Default::default(),
    };
    let mut state = KernelState::default();
    let done = exchange(&network, &mut state, &mut AlwaysFirst, &asked);
    assert_eq!(done.reported, Reported::Ok);
    (done, state)
}

/// The original is masqueraded, the copy is not tracked and comes in the client's own name.
const IN_ITS_NAME: &str = "-A POSTROUTING -d 10.0.0.2/32 -j MASQUERADE\n";

/// Where the packets of a kind that station 2 sent go to, in order.
fn answers(done: &Exchange, kind: Option<AnswerKind>) -> Vec<String> {
    let first = |sent: &crate::exchange::WalkedPacket| sent.walk.hops[0].after.packet.ip;
    let own = done.packets.iter().skip(1).filter(|sent| sent.answer == kind);
    own.map(first).filter(|ip| ip.src.to_string() == "10.0.0.2").map(|ip| ip.dst.to_string()).collect()
}

#[test]
fn a_process_answers_each_copy_of_a_datagram() {
    let (done, _) = asked_twice(IN_ITS_NAME, Protocol::Udp, 53);
    let peers: Vec<String> = done.datagrams().iter().map(|taken| taken.at.peer.ip().to_string()).collect();
    assert_eq!(peers, ["10.0.0.254", "10.0.0.1"]);
    assert_eq!(answers(&done, None), peers);
    assert_eq!(
        done.answered().map(|answer| &**answer),
        Some(&b"what"[..]),
        "the first one has the address that was asked"
    );
}

#[test]
fn kernels_answer_copies_in_the_order_of_time() {
    let (done, _) = asked_twice(IN_ITS_NAME, Protocol::Tcp, 80);
    assert_eq!(answers(&done, Some(AnswerKind::HandshakeAnswer)), ["10.0.0.254", "10.0.0.1"]);
    // The client's socket is in the hands of its process until connect() is through: its reset of the other goes out before its ACK.
    let kinds: Vec<_> = done.packets.iter().filter_map(|sent| sent.answer).collect();
    let place = |kind| kinds.iter().position(|have| *have == kind).unwrap();
    assert!(place(AnswerKind::Reset) < place(AnswerKind::HandshakeAck), "{kinds:?}");
}

#[test]
fn a_handshake_whose_packets_come_twice_is_one_connection() {
    let (done, state) = asked_twice("", Protocol::Tcp, 80);
    let count = |kind| done.packets.iter().filter(|sent| sent.answer == Some(kind)).count();
    let counts = [AnswerKind::HandshakeAnswer, AnswerKind::HandshakeAck, AnswerKind::Reset].map(count);
    assert_eq!(counts, [2, 2, 0]);
    assert_eq!(state.connections.len(), 2, "the client's end and the server's");
}
