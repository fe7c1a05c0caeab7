//! What neighbours learn of each other on the real kernel.

use kernel::config::*;
use kernel::ids::{LinkRef, NetnsId};
use kernel::packet::{Mac, Port, Protocol};
use kubehop_tests::judge::hand::*;
use kubehop_tests::judge::kernel::require;

/// A 10.5.0.1, B 10.5.0.2 and C 10.5.0.3 on a bridge.
struct Bridged {
    builder: NetworkBuilder,
    hosts: Vec<NetnsId>,
    ends: Vec<LinkRef>,
    ports: Vec<LinkRef>,
}

fn bridged() -> Bridged {
    let mut builder = NetworkBuilder::default();
    let s = builder.add_netns("S", CAUSE);
    let kind = LinkKind::Bridge(Bridge::default());
    let link = Link {
        name: "br0".into(),
        mac: mac(9),
        mtu: 1500,
        up: true,
        kind,
        port: None,
        addresses: Vec::new(),
        cause: CAUSE,
    };
    let bridge = builder.add_link(s, link);
    let (mut hosts, mut ends, mut ports) = (Vec::new(), Vec::new(), Vec::new());
    for (at, name) in (1u8..).zip(["A", "B", "C"]) {
        let host = builder.add_netns(name, CAUSE);
        let (end, port) =
            builder.add_veth((host, "eth0", mac(at)), (s, &format!("v{at}"), mac(0x10 + at)), 1500, CAUSE);
        builder.link(port).port = Some(BridgePort::of(bridge.link));
        address(&mut builder, end, &format!("10.5.0.{at}/24"));
        listen(&mut builder, host, Protocol::Udp, 53);
        hosts.push(host);
        ends.push(end);
        ports.push(port);
    }
    Bridged { builder, hosts, ends, ports }
}

/// The bridge does not know where A is and sends it nothing that it does not know where to send: no answer comes to A. B knows A all the same,
/// and asks no more.
#[test]
fn who_answers_knows_the_asker_whatever_becomes_of_the_answer() {
    require();
    let mut net = bridged();
    if let Some(port) = net.builder.link(net.ports[0]).port.as_mut() {
        (port.learning, port.flood) = (false, false);
    }
    let (a, b) = (net.hosts[0], net.hosts[1]);
    let mut rows = Rows::new(net.builder, "khn1");
    rows.check(ask(a, Protocol::Udp, "10.5.0.2:53"), "timeout");
    rows.check(ask(b, Protocol::Udp, "10.5.0.1:53"), "timeout");
    rows.finish();
}

/// B and C have the same address: both hear of A.
#[test]
fn all_that_answer_know_the_asker() {
    require();
    let mut net = bridged();
    address(&mut net.builder, net.ends[2], "10.5.0.2/24");
    let (a, b, c) = (net.hosts[0], net.hosts[1], net.hosts[2]);
    let mut rows = Rows::new(net.builder, "khn2");
    rows.check(ask(a, Protocol::Udp, "10.5.0.2:53"), "ok");
    rows.agree(ask(b, Protocol::Udp, "10.5.0.1:53"));
    rows.agree(ask(c, Protocol::Udp, "10.5.0.1:53"));
    rows.finish();
}

/// C answers nobody (`arp_ignore`), so that A asks in vain. When C asks for B, all hear of it: A, who asked before, knows C from then on.
#[test]
fn who_asked_in_vain_hears_of_a_neighbour_when_that_asks_for_another() {
    require();
    for (asks_first, tag, expected) in [(true, "khn4", "ok"), (false, "khn5", "timeout")] {
        let mut net = bridged();
        let (a, c) = (net.hosts[0], net.hosts[2]);
        net.builder.sysctl(c, "net.ipv4.conf.all.arp_ignore", "8", CAUSE);
        let mut rows = Rows::new(net.builder, tag);
        if asks_first {
            rows.check(ask(a, Protocol::Udp, "10.5.0.3:53"), "timeout");
        }
        rows.check(ask(c, Protocol::Udp, "10.5.0.2:53"), "ok");
        rows.check(ask(a, Protocol::Udp, "10.5.0.3:53"), expected);
        rows.finish();
    }
}

/// Both outer packets of a flooded frame wait for one gateway that is not there: they are given up one after the other, before anything comes of
/// the first error.
#[test]
fn what_waits_for_one_neighbour_is_given_up_in_one_go() {
    require();
    let mut builder = NetworkBuilder::default();
    let [a, g] = ["A", "G"].map(|name| builder.add_netns(name, CAUSE));
    let (a0, _) = builder.add_veth((a, "eth0", mac(1)), (g, "eth0", mac(2)), 1500, CAUSE);
    address(&mut builder, a0, "10.6.0.1/24");
    route(&mut builder, a, "0.0.0.0/0", Some(("10.6.0.254", a0)));
    let mut settings =
        Vxlan { local: Some("10.6.0.1".parse().unwrap()), dev: Some(a0.link), ..Vxlan::new(7, Port(4789)) };
    for remote in ["10.7.0.2", "10.7.0.3"] {
        settings.fdb.push(VtepEntry { mac: Mac::ZERO, remote: remote.parse().unwrap(), cause: CAUSE });
    }
    let kind = LinkKind::Vxlan(settings);
    let link = Link {
        name: "vx7".into(),
        mac: mac(7),
        mtu: 1450,
        up: true,
        kind,
        port: None,
        addresses: Vec::new(),
        cause: CAUSE,
    };
    let tunnel = builder.add_link(a, link);
    address(&mut builder, tunnel, "10.9.0.1/24");
    let entry =
        Neighbour { ip: "10.9.0.2".parse().unwrap(), dev: tunnel.link, mac: mac(0x22), permanent: true, cause: CAUSE };
    builder.netns(a).neighbours.push(entry);
    restore(&mut builder, a, "*filter\n-A INPUT -p icmp -j ACCEPT\n-A OUTPUT -p icmp -j ACCEPT\nCOMMIT");
    let mut rows = Rows::new(builder, "khn3");
    rows.agree(ask(a, Protocol::Udp, "10.9.0.2:53"));
    rows.finish();
}
