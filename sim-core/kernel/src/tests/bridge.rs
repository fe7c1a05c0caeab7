//! Two stations and a router on one bridge, with and without br_netfilter.

use super::*;
use crate::config::{Bridge, BridgePort, Link, LinkKind, Neighbour, Policy, RejectWith};
use crate::exchange;
use crate::walk::DropReason;

struct Net {
    builder: NetworkBuilder,
    /// The namespace of the bridge.
    host: NetnsId,
    stations: [NetnsId; 2],
    ports: [LinkRef; 2],
}

/// Stations 10.0.0.2 and 10.0.0.3 behind ports of `br0` (10.0.0.1), both listening on 80. 10.9.9.9 is translated to the second.
fn net(bridge_nf: bool, hairpin: bool) -> Net {
    let mut builder = NetworkBuilder::default();
    let host = builder.add_netns("host", CAUSE);
    let br0 = builder.add_link(
        host,
        Link {
            name: Arc::from("br0"),
            mac: mac(9),
            mtu: 1500,
            up: true,
            kind: LinkKind::Bridge(Bridge::default()),
            port: None,
            addresses: vec![],
            cause: CAUSE,
        },
    );
    address(&mut builder, br0, "10.0.0.1/24");
    let mut stations = [NetnsId(0); 2];
    let mut ports = [br0; 2];
    for (index, name) in ["a", "b"].into_iter().enumerate() {
        let last = index as u8 + 2;
        let netns = builder.add_netns(name, CAUSE);
        let (eth0, port) = builder.add_veth(
            (netns, "eth0", mac(10 + last)),
            (host, &format!("port{name}"), mac(20 + last)),
            1500,
            CAUSE,
        );
        address(&mut builder, eth0, &format!("10.0.0.{last}/24"));
        route(&mut builder, netns, "0.0.0.0/0", RouteKind::Unicast, Some(("10.0.0.1", eth0)));
        builder.link(port).port = Some(BridgePort { hairpin, ..BridgePort::of(br0.link) });
        listen(&mut builder, netns, Protocol::Tcp, 80);
        stations[index] = netns;
        ports[index] = port;
    }
    builder.sysctl(host, "net.ipv4.ip_forward", "1", CAUSE);
    builder.sysctl(host, "net.bridge.bridge-nf-call-iptables", if bridge_nf { "1" } else { "0" }, CAUSE);
    let ip = IpMatch { dst: Some(Neg::is("10.9.9.9/32".parse().unwrap())), ..IpMatch::default() };
    rule(
        &mut builder,
        host,
        TableName::Nat,
        Hook::Prerouting,
        ip,
        vec![],
        Target::Dnat(NatRange::to("10.0.0.3".parse().unwrap())),
    );
    Net { builder, host, stations, ports }
}

/// Connects from a station and checks whether it worked.
fn check(net: Net, from: usize, to: &str, works: bool) -> (Network, Attempt) {
    let station = net.stations[from];
    let network = net.builder.build().unwrap();
    let attempt = attempt(&network, station, Protocol::Tcp, to);
    assert_eq!(
        attempt.connection == ConnectionState::Established,
        works,
        "{:?}",
        attempt.walks.iter().map(|walk| &walk.end).collect::<Vec<_>>()
    );
    (network, attempt)
}

fn hairpin_masquerade(net: &mut Net) {
    let ip = IpMatch {
        src: Some(Neg::is("10.0.0.3/32".parse().unwrap())),
        dst: Some(Neg::is("10.0.0.3/32".parse().unwrap())),
        ..IpMatch::default()
    };
    rule(
        &mut net.builder,
        net.host,
        TableName::Nat,
        Hook::Postrouting,
        ip,
        vec![],
        Target::Masquerade(NatRange::default()),
    );
}

fn drop_forwarded(net: &mut Net) {
    let chains = &mut net.builder.netns(net.host).xtables.table_mut(TableName::Filter).chains;
    chains[1].base = Some((Hook::Forward, Policy::Drop));
}

#[test]
fn neighbours_are_switched_and_only_br_netfilter_shows_them_to_iptables() {
    let (network, attempt) = check(net(false, false), 0, "10.0.0.3:80", true);
    let expected = [
        "a:socket",
        "a:routing",
        "a:eth0>",
        "host:>porta",
        "host:=br0",
        "host:portb>",
        "b:>eth0",
        "b:routing",
        "b:socket",
    ];
    assert_eq!(places(&network, &attempt.walks[0]), expected);
    let mut seen = net(true, false);
    seen.builder.netns(seen.host).xtables.table_mut(TableName::Filter);
    let (network, attempt) = check(seen, 0, "10.0.0.3:80", true);
    let hooks: Vec<String> = places(&network, &attempt.walks[0])
        .into_iter()
        .filter(|place| place.to_uppercase() == *place.replace("host", "HOST"))
        .collect();
    assert_eq!(hooks, ["host:PREROUTING", "host:FORWARD", "host:POSTROUTING"]);
    assert_eq!(attempt.walks[0].hops.last().unwrap().after.packet.ip.ttl, 64);
    for (bridge_nf, works) in [(false, true), (true, false)] {
        let mut net = net(bridge_nf, false);
        drop_forwarded(&mut net);
        check(net, 0, "10.0.0.3:80", works);
    }
}

#[test]
fn translation_to_a_neighbour_needs_br_netfilter_for_the_way_back() {
    let (network, attempt) = check(net(true, false), 0, "10.9.9.9:80", true);
    let last = &attempt.walks[0].hops.last().unwrap().after.packet;
    assert_eq!((last.ip.ttl, last.ethernet.unwrap().src), (64, mac(12)), "bridged: TTL and source address stay");
    let routed = |walk| places(&network, walk).contains(&"host:routing".to_owned());
    assert!(!attempt.walks.iter().any(routed));
    // The first time the frame is addressed by the bridge device; later its header is cached.
    let by_device = |at: usize| places(&network, &attempt.walks[at]).contains(&"host:br0>".to_owned());
    assert!(by_device(0) && !by_device(2));
    let (network, attempt) = check(net(false, false), 0, "10.9.9.9:80", false);
    assert_eq!(attempt.walks[0].hops.last().unwrap().after.packet.ip.ttl, 63, "routed in and out of the bridge");
    assert!(places(&network, &attempt.walks[0]).contains(&"host:br0>".to_owned()));
    assert!(
        matches!(attempt.walks[1].end, End::Dropped { reason: DropReason::NoSocket, .. }),
        "the answer comes from an address nobody asked"
    );
}

#[test]
fn a_station_that_is_translated_to_itself() {
    for (bridge_nf, hairpin, masquerade, works) in [
        (true, true, true, true),
        (true, false, true, false),
        (true, true, false, false),
        (false, false, true, true),
        (false, true, true, true),
        (false, false, false, false),
    ] {
        let mut net = net(bridge_nf, hairpin);
        if masquerade {
            hairpin_masquerade(&mut net);
        }
        let (_, attempt) = check(net, 1, "10.9.9.9:80", works);
        if !masquerade {
            let reason = DropReason::MartianSource;
            assert!(matches!(&attempt.walks[0].end, End::Dropped { reason: have, .. } if *have == reason));
        }
    }
}

#[test]
fn bridges_learn_and_isolated_ports_do_not_talk() {
    let (_, attempt) = check(net(false, false), 0, "10.0.0.3:80", true);
    assert_eq!(attempt.state.fdb.len(), 2);
    let arp = attempt.walks[0].hops.iter().flat_map(|hop| &hop.events).find_map(|event| match event {
        Event::Arp { answered_by, seen_by, .. } => Some((answered_by.netns, *seen_by)),
        _ => None,
    });
    assert_eq!(arp, Some((NetnsId(2), 2)), "the bridge's own station and the other one see the question");
    assert!(!has(&attempt.walks[1], |event| matches!(event, Event::Arp { .. })), "who was asked knows the asker");
    let mut isolated = net(false, false);
    for port in isolated.ports {
        if let Some(port) = &mut isolated.builder.link(port).port {
            port.isolated = true;
        }
    }
    check(isolated, 0, "10.0.0.3:80", false);
}

#[test]
fn a_rule_that_rejects_what_is_flooded_answers_for_each_port() {
    let mut net = net(true, false);
    let (client, bridge) = (net.stations[0], net.builder.link(net.ports[0]).port.as_ref().unwrap().master);
    for extra in 0..10u8 {
        let netns = net.builder.add_netns(&format!("c{extra}"), CAUSE);
        let far = (net.host, &*format!("portc{extra}"), mac(70 + extra));
        let (_, port) = net.builder.add_veth((netns, "eth0", mac(50 + extra)), far, 1500, CAUSE);
        net.builder.link(port).port = Some(BridgePort::of(bridge));
    }
    let ip = "10.0.0.3".parse().unwrap();
    // An address that no station has is flooded.
    let dev = net.builder.netns(client).links.iter().position(|link| &*link.name == "eth0").unwrap();
    let dev = crate::ids::LinkId(dev as u32);
    let nobody = Neighbour { ip, dev, mac: mac(99), permanent: true, cause: CAUSE };
    net.builder.netns(client).neighbours.push(nobody);
    let target = Target::Reject(RejectWith::PortUnreachable);
    rule(&mut net.builder, net.host, TableName::Filter, Hook::Forward, IpMatch::default(), vec![], target);
    let network = net.builder.build().unwrap();
    let asked = exchange::Request {
        netns: client,
        protocol: Protocol::Tcp,
        local: None,
        sport: Port(40_000),
        remote: SocketAddr::new(ip, 80),
        payload: Arc::from([]),
        ttl: None,
        dont_fragment: None,
        owner: Default::default(),
    };
    let done = exchange::exchange(&network, &mut KernelState::default(), &mut AlwaysFirst, &asked);
    let answers = done.packets.iter().filter(|packet| packet.answer.is_some()).count();
    assert_eq!(answers, 11, "one for each port but the one it came by");
}
