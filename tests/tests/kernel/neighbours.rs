//! What neighbours learn of each other on the real kernel.

use kernel::config::*;
use kernel::ids::{LinkRef, NetnsId};
use kernel::packet::Protocol;
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
