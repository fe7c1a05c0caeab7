//! Copies of frames on a bridge, judged by the kernel: with `bridge-nf-call-iptables` each meets the rules, and a promiscuous bridge
//! takes one itself.

use kernel::config::{Bridge, BridgePort, Link, LinkKind, Neighbour, NetworkBuilder};
use kernel::ids::{LinkRef, NetnsId};
use kernel::packet::{L4, Mac, Protocol};
use kernel::text::iptables::read::{Limits, merge};
use kernel::walk::{DropReason, End, Event, FrameCopy, Walk};
use kubehop_tests::judge::hand::*;
use kubehop_tests::judge::kernel::require;
use kubernetes::origin::CauseId;
use std::sync::Arc;

/// A bridge `br0` (10.0.0.254) in `host` with stations A, B, C … (10.0.0.1, .2, .3 …) on ports `port1`, `port2` …
struct Segment {
    builder: NetworkBuilder,
    host: NetnsId,
    bridge: LinkRef,
    stations: Vec<NetnsId>,
    devices: Vec<LinkRef>,
    ports: Vec<LinkRef>,
}

fn device(name: &str, mac: Mac, kind: LinkKind) -> Link {
    Link { name: Arc::from(name), mac, mtu: 1500, up: true, kind, port: None, addresses: Vec::new(), cause: CAUSE }
}

fn segment(stations: u8, calls_rules: bool, promiscuous: bool, rules: &str) -> Segment {
    let mut builder = NetworkBuilder::default();
    let host = builder.add_netns("host", CAUSE);
    let kind = LinkKind::Bridge(Bridge { promiscuous, ..Bridge::default() });
    let bridge = builder.add_link(host, device("br0", mac(90), kind));
    address(&mut builder, bridge, "10.0.0.254/24");
    if calls_rules {
        builder.sysctl(host, "net.bridge.bridge-nf-call-iptables", "1", CAUSE);
    }
    let mut segment = Segment { builder, host, bridge, stations: Vec::new(), devices: Vec::new(), ports: Vec::new() };
    for last in 1..=stations {
        let name = char::from(b'A' + last - 1).to_string();
        let station = segment.builder.add_netns(&name, CAUSE);
        let port = format!("port{last}");
        let (near, far) =
            segment.builder.add_veth((station, "eth0", mac(last)), (host, &port, mac(20 + last)), 1500, CAUSE);
        segment.builder.link(far).port = Some(BridgePort::of(bridge.link));
        address(&mut segment.builder, near, &format!("10.0.0.{last}/24"));
        listen(&mut segment.builder, station, Protocol::Tcp, 80);
        listen(&mut segment.builder, station, Protocol::Udp, 53);
        segment.stations.push(station);
        segment.devices.push(near);
        segment.ports.push(far);
    }
    merge(&mut segment.builder.netns(host).xtables, rules, &Limits::default(), &mut |_| CauseId(0)).unwrap();
    segment
}

impl Segment {
    /// A permanent neighbour entry of a station.
    fn knows(&mut self, station: usize, ip: &str, mac: Mac) {
        let dev = self.devices[station].link;
        let entry = Neighbour { ip: ip.parse().unwrap(), dev, mac, permanent: true, cause: CAUSE };
        let netns = self.stations[station];
        self.builder.netns(netns).neighbours.push(entry);
    }

    /// Stations know each other without ever asking: bridges hear nothing of those that never send.
    fn all_know_all(&mut self) {
        for from in 0..self.stations.len() {
            for to in 0..self.stations.len() as u8 {
                self.knows(from, &format!("10.0.0.{}", to + 1), mac(to + 1));
            }
        }
    }
}

/// Copies that bridges made of a packet, in order.
fn copies(walk: &Walk) -> Vec<&FrameCopy> {
    walk.hops.iter().flat_map(|hop| hop.copies().0).collect()
}

fn dropped_by_rule(copy: &FrameCopy) -> bool {
    matches!(copy.end, End::Dropped { reason: DropReason::Rule(_), .. })
}

const ACCEPTING: &str =
    "*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -p udp -m udp --dport 53\n-A FORWARD -p udp\nCOMMIT\n";

#[test]
fn a_frame_for_nobody_meets_the_rules_once_for_each_port() {
    require();
    for (stations, tag) in [(3, "khc1"), (5, "khc2")] {
        let mut segment = segment(stations, true, false, ACCEPTING);
        segment.knows(0, "10.0.0.99", mac(99));
        let [a, b] = [segment.stations[0], segment.stations[1]];
        let mut rows = Rows::new(segment.builder, tag);
        let walks = rows.agree(ask(a, Protocol::Udp, "10.0.0.99:53"));
        assert_eq!(copies(&walks[0]).len(), usize::from(stations) - 2, "all ports but its own and the one followed");
        assert!(
            copies(&walks[0])
                .iter()
                .all(|copy| { matches!(copy.end, End::Dropped { reason: DropReason::OtherHost, .. }) })
        );
        rows.agree(ask(a, Protocol::Tcp, "10.0.0.99:80"));
        rows.agree(ask(a, Protocol::Icmp, "10.0.0.99:0"));
        rows.check(ask(b, Protocol::Tcp, "10.0.0.1:80"), "ok");
        rows.agree(ask(a, Protocol::Udp, "10.0.0.99:53"));
        rows.finish();
    }
}

#[test]
fn rules_tell_copies_by_the_port_they_leave_by() {
    require();
    let rule = |chain: &str, rest: &str| {
        format!("*filter\n-A FORWARD -p udp\nCOMMIT\n*mangle\n-A {chain} -m physdev {rest}\nCOMMIT\n")
    };
    // What happens to the copies, and what the client reports where C is asked that the bridge never heard of.
    let table = [
        ("khc3", rule("FORWARD", "--physdev-out port2 --physdev-is-bridged -j DROP"), 1, "ok"),
        ("khc4", rule("FORWARD", "--physdev-out port3 --physdev-is-bridged -j DROP"), 0, "timeout"),
        ("khc5", rule("FORWARD", "--physdev-is-bridged ! --physdev-out port3 -j DROP"), 2, "timeout"),
        ("khc6", rule("POSTROUTING", "--physdev-is-bridged --physdev-out port4 -j DROP"), 1, "ok"),
        ("khc7", rule("FORWARD", "--physdev-is-bridged -j MARK --set-xmark 0x7/0xff"), 0, "ok"),
        ("khc8", rule("FORWARD", "--physdev-in port1 --physdev-is-bridged -j DROP"), 2, "timeout"),
    ];
    for (tag, rules, dropped, reported) in table {
        let mut segment = segment(4, true, false, &rules);
        segment.all_know_all();
        let a = segment.stations[0];
        let mut rows = Rows::new(segment.builder, tag);
        let walks = rows.check(ask(a, Protocol::Udp, "10.0.0.3:53"), reported);
        assert_eq!(copies(&walks[0]).into_iter().filter(|copy| dropped_by_rule(copy)).count(), dropped, "{tag}");
        rows.agree(ask(a, Protocol::Tcp, "10.0.0.4:80"));
        rows.agree(ask(a, Protocol::Tcp, "10.0.0.2:80"));
        rows.finish();
    }
}

#[test]
fn a_connection_of_which_some_copies_pass_is_confirmed_and_translated_once() {
    require();
    let rules = "*nat\n-A POSTROUTING -p tcp -m physdev --physdev-is-bridged -j MASQUERADE\n-A POSTROUTING -p udp -j SNAT --to-source 10.0.0.77\nCOMMIT\n\
                 *filter\n-A FORWARD -m physdev --physdev-is-bridged --physdev-out port4 -j DROP\n-A FORWARD -m conntrack --ctstate NEW\nCOMMIT\n";
    let mut segment = segment(4, true, false, rules);
    segment.all_know_all();
    segment.knows(0, "10.0.0.99", mac(99));
    let [a, b] = [segment.stations[0], segment.stations[1]];
    let mut rows = Rows::new(segment.builder, "khc19");
    rows.agree(ask(a, Protocol::Udp, "10.0.0.99:53"));
    rows.agree(ask(a, Protocol::Tcp, "10.0.0.99:80"));
    rows.agree(ask(a, Protocol::Tcp, "10.0.0.3:80"));
    rows.agree(ask(b, Protocol::Udp, "10.0.0.3:53"));
    rows.finish();
}

#[test]
fn what_counts_packets_counts_copies() {
    require();
    let rules = "*filter\n-A FORWARD -p udp -m statistic --mode nth --every 2 --packet 0 -j LOG --log-prefix \"copy \"\n\
                 -A FORWARD -p udp -m statistic --mode nth --every 3 --packet 1 -j DROP\n\
                 -A FORWARD -p udp -m recent --set --name seen --mask 255.255.255.255 --rsource\n\
                 -A FORWARD -p udp -m recent --rcheck --hitcount 5 --name seen --mask 255.255.255.255 --rsource -j ACCEPT\nCOMMIT\n\
                 *raw\n-A PREROUTING -p udp -j TRACE\nCOMMIT\n";
    let mut segment = segment(4, true, false, rules);
    segment.knows(0, "10.0.0.99", mac(99));
    let a = segment.stations[0];
    let mut rows = Rows::new(segment.builder, "khc10");
    let mut logged = 0;
    for _ in 0..4 {
        let walks = rows.agree(ask(a, Protocol::Udp, "10.0.0.99:53"));
        let all = walks.iter().flat_map(|walk| kernel::walk::in_time(&walk.hops));
        logged += all.flat_map(|hop| &hop.events).filter(|event| matches!(event, Event::Logged { .. })).count();
    }
    assert!(logged >= 6, "{logged}");
    rows.finish();
}

#[test]
fn each_rejected_copy_is_answered() {
    require();
    let rules = "*filter\n-A FORWARD -p udp -m physdev --physdev-is-bridged ! --physdev-out port3 -j REJECT --reject-with icmp-admin-prohibited\n\
                 -A FORWARD -p tcp -m physdev --physdev-is-bridged --physdev-out port2 -j REJECT --reject-with tcp-reset\nCOMMIT\n";
    let mut segment = segment(4, true, false, rules);
    segment.knows(0, "10.0.0.99", mac(99));
    let a = segment.stations[0];
    let mut rows = Rows::new(segment.builder, "khc11");
    let walks = rows.agree(ask(a, Protocol::Udp, "10.0.0.99:53"));
    assert_eq!(walks[0].answers.len(), 2);
    rows.agree(ask(a, Protocol::Tcp, "10.0.0.99:80"));
    rows.finish();
}

#[test]
fn ports_that_learn_nothing_or_take_no_floods() {
    require();
    let mut segment = segment(4, true, false, ACCEPTING);
    for port in segment.ports.clone() {
        segment.builder.link(port).port.as_mut().unwrap().learning = false;
    }
    let shut = segment.ports[3];
    segment.builder.link(shut).port.as_mut().unwrap().flood = false;
    let (host, stations) = (segment.host, segment.stations.clone());
    let mut rows = Rows::new(segment.builder, "khc12");
    for (from, to) in [(0, 2), (2, 0), (1, 3), (3, 1)] {
        for protocol in [Protocol::Udp, Protocol::Tcp] {
            let port = if protocol == Protocol::Udp { 53 } else { 80 };
            rows.agree(ask(stations[from], protocol, &format!("10.0.0.{}:{port}", to + 1)));
        }
    }
    rows.agree(ask(host, Protocol::Tcp, "10.0.0.2:80"));
    rows.agree(ask(stations[1], Protocol::Icmp, "10.0.0.254:0"));
    rows.finish();
}

#[test]
fn a_promiscuous_bridge_sees_what_it_passes_on() {
    require();
    for (calls_rules, tag) in [(false, "khc13"), (true, "khc14")] {
        let mut segment = segment(3, calls_rules, true, ACCEPTING);
        segment.knows(0, "10.0.0.99", mac(99));
        let bridge = segment.bridge.link;
        let (host, stations) = (segment.host, segment.stations.clone());
        let mut rows = Rows::new(segment.builder, tag);
        let walks = rows.check(ask(stations[0], Protocol::Tcp, "10.0.0.2:80"), "ok");
        let up: Vec<_> = copies(&walks[0]).into_iter().filter(|copy| copy.port == bridge).collect();
        assert_eq!(up.len(), 1);
        assert_eq!(up[0].end, End::Dropped { netns: host, reason: DropReason::OtherHost });
        let walks = rows.agree(ask(stations[0], Protocol::Udp, "10.0.0.99:53"));
        assert_eq!(copies(&walks[0]).len(), 2, "the port that is not followed, and the bridge");
        // What the bridge sends or takes itself is no copy.
        for ask in [ask(stations[2], Protocol::Icmp, "10.0.0.254:0"), ask(host, Protocol::Tcp, "10.0.0.3:80")] {
            let walks = rows.check(ask, "ok");
            assert!(walks.iter().all(|walk| copies(walk).is_empty()));
        }
        rows.finish();
    }
}

#[test]
fn a_promiscuous_bridge_takes_what_came_for_it_though_a_rule_sent_it_on() {
    require();
    let nat = "*nat\n-A PREROUTING -d 10.96.0.1/32 -p udp -j DNAT --to-destination 10.0.0.2\n-A PREROUTING -d 10.96.0.1/32 -p tcp -j DNAT --to-destination 10.0.0.3\nCOMMIT\n";
    for (tag, filter) in [
        ("khc15", "*filter\n-A FORWARD -m conntrack --ctstate INVALID -j DROP\n-A FORWARD -p tcp\nCOMMIT\n"),
        ("khc16", "*filter\n-A FORWARD -m ttl --ttl-lt 64 -j DROP\nCOMMIT\n"),
    ] {
        let mut segment = segment(3, true, true, &format!("{nat}{filter}"));
        segment.builder.sysctl(segment.host, "net.ipv4.ip_forward", "1", CAUSE);
        for (station, device) in segment.stations.clone().into_iter().zip(segment.devices.clone()) {
            route(&mut segment.builder, station, "0.0.0.0/0", Some(("10.0.0.254", device)));
        }
        let (a, b) = (segment.stations[0], segment.stations[1]);
        let mut rows = Rows::new(segment.builder, tag);
        for ask in [
            ask(a, Protocol::Udp, "10.0.0.2:53"),
            ask(a, Protocol::Udp, "10.96.0.1:53"),
            ask(a, Protocol::Tcp, "10.96.0.1:80"),
            ask(b, Protocol::Tcp, "10.96.0.1:80"),
            ask(b, Protocol::Tcp, "10.0.0.1:80"),
        ] {
            rows.check(ask, "ok");
        }
        rows.finish();
    }
}

/// Stations behind a promiscuous bridge that sends 10.96.0.1 on to B, in the bridge's name: what the bridge takes itself reaches B a second time,
/// in the client's name, because it is not translated.
fn twice(rules: &str) -> Segment {
    let nat = "*nat\n-A PREROUTING -d 10.96.0.1/32 -j DNAT --to-destination 10.0.0.2\n-A POSTROUTING -d 10.0.0.2/32 -j MASQUERADE\nCOMMIT\n";
    let mut segment = segment(3, true, true, &format!("{nat}{rules}"));
    segment.builder.sysctl(segment.host, "net.ipv4.ip_forward", "1", CAUSE);
    for (station, device) in segment.stations.clone().into_iter().zip(segment.devices.clone()) {
        route(&mut segment.builder, station, "0.0.0.0/0", Some(("10.0.0.254", device)));
    }
    segment
}

#[test]
fn what_comes_twice_is_answered_twice() {
    require();
    let segment = twice(ACCEPTING);
    let (a, b) = (segment.stations[0], segment.stations[1]);
    let mut rows = Rows::new(segment.builder, "khc20");
    let from = |walk: &Walk, protocol| {
        let first = walk.hops.first().unwrap();
        first.netns == b && first.after.packet.protocol() == protocol
    };
    // None of the answers waits until the next question is asked.
    for _ in 0..3 {
        let walks = rows.check(ask(a, Protocol::Udp, "10.96.0.1:53"), "ok");
        let answers: Vec<&Walk> = walks.iter().filter(|walk| from(walk, Protocol::Udp)).collect();
        let to: Vec<String> = answers.iter().map(|walk| walk.hops[0].after.packet.ip.dst.to_string()).collect();
        assert_eq!(to, ["10.0.0.254", "10.0.0.1"]);
    }
    // The SYN-ACK from an address that the client did not ask is reset.
    for _ in 0..2 {
        let walks = rows.check(ask(a, Protocol::Tcp, "10.96.0.1:80"), "ok");
        assert!(walks.iter().filter(|walk| from(walk, Protocol::Tcp)).count() > 1);
    }
    rows.finish();
}

#[test]
fn a_copy_reaches_a_socket_though_the_frame_itself_does_not() {
    require();
    let segment = twice("*filter\n-A FORWARD -m physdev --physdev-is-bridged -m ttl --ttl-eq 64 -j DROP\nCOMMIT\n");
    let a = segment.stations[0];
    let mut rows = Rows::new(segment.builder, "khc21");
    for _ in 0..2 {
        rows.agree(ask(a, Protocol::Udp, "10.96.0.1:53"));
        rows.agree(ask(a, Protocol::Tcp, "10.96.0.1:80"));
    }
    rows.finish();
}

#[test]
fn a_handshake_that_comes_twice_is_one_connection() {
    require();
    // Without another name, both SYNs are of one connection: SYN-ACK and ACK are said again, and no more than once in half a second.
    let nat = "*nat\n-A PREROUTING -d 10.96.0.1/32 -p tcp -j DNAT --to-destination 10.0.0.2\nCOMMIT\n";
    let mut segment = segment(3, true, true, nat);
    segment.builder.sysctl(segment.host, "net.ipv4.ip_forward", "1", CAUSE);
    for (station, device) in segment.stations.clone().into_iter().zip(segment.devices.clone()) {
        route(&mut segment.builder, station, "0.0.0.0/0", Some(("10.0.0.254", device)));
    }
    let a = segment.stations[0];
    let mut rows = Rows::new(segment.builder, "khc22");
    for _ in 0..2 {
        let walks = rows.check(Ask { bytes: 0, ..ask(a, Protocol::Tcp, "10.96.0.1:80") }, "ok");
        let reset = |walk: &&Walk| matches!(walk.hops[0].after.packet.l4, L4::Tcp { flags, .. } if flags.rst);
        assert_eq!(walks.iter().filter(reset).count(), 0);
    }
    let speaks = ask(a, Protocol::Tcp, "10.96.0.1:80");
    rows.known_gap(
        speaks,
        "bytes and FINs that come twice are told by their sequence numbers, which are not simulated",
    );
    rows.finish();
}

#[test]
fn what_a_rule_sends_to_nobody_on_the_bridge_is_answered_only_when_it_came_for_the_bridge() {
    require();
    let rules = "*nat\n-A PREROUTING -p udp -j DNAT --to-destination 10.0.0.99\nCOMMIT\n";
    let mut segment = segment(2, true, false, rules);
    segment.all_know_all();
    segment.builder.sysctl(segment.host, "net.ipv4.ip_forward", "1", CAUSE);
    let station = segment.stations[0];
    route(&mut segment.builder, station, "0.0.0.0/0", Some(("10.0.0.254", segment.devices[0])));
    let mut rows = Rows::new(segment.builder, "khc23");
    let to_station = rows.agree(ask(station, Protocol::Udp, "10.0.0.2:53"));
    assert_eq!(to_station.len(), 1, "the frame was for another station");
    let by_router = rows.agree(ask(station, Protocol::Udp, "10.9.9.9:53"));
    assert_eq!(by_router.len(), 2, "the bridge itself was meant");
    rows.finish();
}
