//! Tunnels on the real kernel, packet for packet: VXLAN as a routed device and as a bridge's port.

use kernel::config::*;
use kernel::ids::{LinkId, LinkRef, NetnsId};
use kernel::packet::{Mac, Port, Protocol};
use kernel::walk::{DropReason, Event};
use kubehop_tests::judge::hand::*;
use kubehop_tests::judge::kernel::require;
use std::net::IpAddr;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// Nodes 1 and 2 on one wire (172.18.0.1, .2), each with a Pod `pN` 10.244.N.2 behind a veth.
pub(crate) struct Two {
    pub(crate) builder: NetworkBuilder,
    pub(crate) nodes: [NetnsId; 2],
    pub(crate) pods: [NetnsId; 2],
    pub(crate) wires: [LinkRef; 2],
    pod_sides: [LinkRef; 2],
}

fn two(mtu: u32) -> Two {
    let mut builder = NetworkBuilder::default();
    let nodes = ["n1", "n2"].map(|name| builder.add_netns(name, CAUSE));
    let pods = ["p1", "p2"].map(|name| builder.add_netns(name, CAUSE));
    let wires = builder.add_veth((nodes[0], "eth0", mac(1)), (nodes[1], "eth0", mac(2)), 1500, CAUSE);
    let wires = [wires.0, wires.1];
    let mut pod_sides = Vec::new();
    for at in 0..2 {
        let n = at as u8 + 1;
        address(&mut builder, wires[at], &format!("172.18.0.{n}/24"));
        let host = (nodes[at], "pod0", mac(0x10 + n));
        let (side, pod) = builder.add_veth(host, (pods[at], "eth0", mac(0x20 + n)), mtu, CAUSE);
        pod_sides.push(side);
        builder.sysctl(nodes[at], "net.ipv4.ip_forward", "1", CAUSE);
        for (protocol, port) in [(Protocol::Tcp, 80), (Protocol::Udp, 53)] {
            listen(&mut builder, pods[at], protocol, port);
        }
        let _ = pod;
    }
    Two { builder, nodes, pods, wires, pod_sides: [pod_sides[0], pod_sides[1]] }
}

fn vxlan(builder: &mut NetworkBuilder, netns: NetnsId, name: &str, mac: Mac, mtu: u32, settings: Vxlan) -> LinkRef {
    let kind = LinkKind::Vxlan(settings);
    let link = Link { name: name.into(), mac, mtu, up: true, kind, port: None, addresses: Vec::new(), cause: CAUSE };
    builder.add_link(netns, link)
}

/// Each node's overlay as flannel writes it: a routed VXLAN device, with permanent neighbours and forwarding entries.
pub(crate) fn flannel(mtu: u32, pod_mtu: u32) -> Two {
    let mut two = two(pod_mtu);
    let mut ends = Vec::new();
    for at in 0..2usize {
        let (n, other) = (at as u8 + 1, 2 - at as u8);
        let fdb = vec![VtepEntry { mac: mac(0x30 + other), remote: ip(&format!("172.18.0.{other}")), cause: CAUSE }];
        let local = Some(ip(&format!("172.18.0.{n}")));
        let settings =
            Vxlan { local, learning: false, fdb, dev: Some(two.wires[at].link), ..Vxlan::new(1, Port(8472)) };
        let end = vxlan(&mut two.builder, two.nodes[at], "flannel.1", mac(0x30 + n), mtu, settings);
        address(&mut two.builder, end, &format!("10.244.{n}.0/32"));
        address(&mut two.builder, two.pod_sides[at], &format!("10.244.{n}.1/24"));
        let pod = LinkRef { netns: two.pods[at], link: LinkId(1) };
        address(&mut two.builder, pod, &format!("10.244.{n}.2/24"));
        route(&mut two.builder, two.pods[at], "0.0.0.0/0", Some((&format!("10.244.{n}.1"), pod)));
        let via = format!("10.244.{other}.0");
        route(&mut two.builder, two.nodes[at], &format!("10.244.{other}.0/24"), Some((&via, end)));
        two.builder.netns(two.nodes[at]).routes.to_mut().last_mut().unwrap().onlink = true;
        let entry = Neighbour { ip: ip(&via), dev: end.link, mac: mac(0x30 + other), permanent: true, cause: CAUSE };
        two.builder.netns(two.nodes[at]).neighbours.push(entry);
        ends.push(end);
    }
    two
}

/// One layer 2 network over the wire: each Pod's veth and a VXLAN device are ports of a bridge.
fn bridged(learning: bool) -> Two {
    let mut two = two(1450);
    for at in 0..2usize {
        let (n, other) = (at as u8 + 1, 2 - at as u8);
        let kind = LinkKind::Bridge(Bridge::default());
        let bridge = Link {
            name: "br0".into(),
            mac: mac(0x40 + n),
            mtu: 1450,
            up: true,
            kind,
            port: None,
            addresses: Vec::new(),
            cause: CAUSE,
        };
        let bridge = two.builder.add_link(two.nodes[at], bridge);
        let mut settings = Vxlan::new(42, Port(4789));
        settings.learning = learning;
        if at == 0 {
            settings.remote = Some(ip("172.18.0.2"));
        } else {
            settings.fdb.push(VtepEntry { mac: Mac::ZERO, remote: ip(&format!("172.18.0.{other}")), cause: CAUSE });
        }
        let end = vxlan(&mut two.builder, two.nodes[at], "vx42", mac(0x30 + n), 1450, settings);
        for port in [end, two.pod_sides[at]] {
            two.builder.link(port).port = Some(BridgePort::of(bridge.link));
        }
        address(&mut two.builder, bridge, &format!("10.5.0.{}/24", 10 + n));
        let pod = LinkRef { netns: two.pods[at], link: LinkId(1) };
        address(&mut two.builder, pod, &format!("10.5.0.{n}/24"));
    }
    two
}

#[test]
fn routed_overlay() {
    require();
    let two = flannel(1450, 1450);
    let pods = two.pods;
    let mut table = Rows::new(two.builder, "kht1");
    let node = NetnsId(0);
    table.check(ask(pods[0], Protocol::Tcp, "10.244.2.2:80"), "ok");
    table.check(ask(pods[1], Protocol::Udp, "10.244.1.2:53"), "ok");
    table.check(ask(pods[0], Protocol::Icmp, "10.244.2.2:0"), "ok");
    table.check(ask(node, Protocol::Tcp, "10.244.2.2:80"), "ok");
    table.check(ask(node, Protocol::Tcp, "10.244.2.2:81"), "ECONNREFUSED");
    table.check(ask(pods[0], Protocol::Udp, "10.244.2.2:54"), "ECONNREFUSED");
    table.check(ask(pods[0], Protocol::Icmp, "10.244.2.0:0"), "ok");
    // The TTL runs out at the other node, whose error comes back through the tunnel.
    table.check(Ask { ttl: Some(2), ..ask(pods[0], Protocol::Icmp, "10.244.2.2:0") }, "timeout");
    // What is no VXLAN packet is not answered by the tunnel's socket.
    table.check(ask(node, Protocol::Udp, "172.18.0.2:8472"), "timeout");
    table.finish();
}

#[test]
fn bridged_overlay() {
    require();
    for (learning, tag) in [(true, "kht2"), (false, "kht3")] {
        let two = bridged(learning);
        let pods = two.pods;
        let mut table = Rows::new(two.builder, tag);
        table.check(ask(pods[0], Protocol::Tcp, "10.5.0.2:80"), "ok");
        table.check(ask(pods[1], Protocol::Tcp, "10.5.0.1:80"), "ok");
        table.check(ask(pods[1], Protocol::Icmp, "10.5.0.11:0"), "ok");
        table.check(ask(NetnsId(0), Protocol::Icmp, "10.5.0.12:0"), "ok");
        table.check(ask(pods[0], Protocol::Tcp, "10.5.0.77:80"), "EHOSTUNREACH");
        let learned = table.state.vteps.len();
        assert_eq!(learned > 0, learning, "{learned} entries learned");
        table.finish();
    }
}

/// Changes the routed overlay, and asks Pod 2 from Pod 1.
fn broken(change: impl FnOnce(&mut Two), tag: &str, expected: &str, reason: &DropReason) {
    let mut two = flannel(1450, 1450);
    change(&mut two);
    let pods = two.pods;
    let mut table = Rows::new(two.builder, tag);
    let walks = table.check(ask(pods[0], Protocol::Tcp, "10.244.2.2:80"), expected);
    let dropped = walks
        .iter()
        .flat_map(|walk| &walk.hops)
        .flat_map(|hop| &hop.events)
        .any(|event| matches!(event, Event::Drop(found) if found == reason));
    assert!(dropped, "{reason:?}");
    table.finish();
}

pub(crate) fn settings(two: &mut Two, at: usize) -> &mut Vxlan {
    let links = &mut two.builder.netns(two.nodes[at]).links;
    links
        .iter_mut()
        .find_map(|link| match &mut link.kind {
            LinkKind::Vxlan(vxlan) => Some(vxlan),
            _ => None,
        })
        .unwrap()
}

#[test]
fn broken_overlays() {
    require();
    broken(|two| settings(two, 0).fdb.clear(), "kht4", "timeout", &DropReason::NoVtep);
    broken(|two| settings(two, 1).vni = 2, "kht5", "timeout", &DropReason::NotForVxlan);
    broken(|two| settings(two, 1).port = Port(4789), "kht6", "timeout", &DropReason::NoListener);
    broken(|two| settings(two, 0).fdb[0].remote = ip("172.18.0.77"), "kht7", "timeout", &DropReason::NeighbourFailed);
    broken(|two| settings(two, 0).fdb[0].remote = ip("9.9.9.9"), "kht8", "timeout", &DropReason::NoRoute);
    let wrong = |two: &mut Two| two.builder.netns(two.nodes[0]).neighbours.to_mut()[0].mac = mac(0x55);
    broken(wrong, "kht9", "timeout", &DropReason::NoVtep);
    let both = |two: &mut Two| {
        two.builder.netns(two.nodes[0]).neighbours.to_mut()[0].mac = mac(0x55);
        settings(two, 0).fdb[0].mac = mac(0x55);
    };
    broken(both, "khta", "timeout", &DropReason::OtherHost);
    let down = |two: &mut Two| {
        let netns = two.builder.netns(two.nodes[1]);
        let dev = LinkId(netns.links.len() as u32 - 1);
        let link = netns.links.last_mut().unwrap();
        (link.up, link.addresses) = (false, Vec::new());
        netns.routes.to_mut().retain(|route| route.dev != Some(dev));
        netns.neighbours.to_mut().clear();
    };
    broken(down, "khtb", "timeout", &DropReason::NoListener);
}

fn big(from: NetnsId, protocol: Protocol, to: &str, bytes: usize) -> Ask {
    Ask { bytes, ..ask(from, protocol, to) }
}

#[test]
fn long_packets_through_the_overlay() {
    require();
    // Pods that know the tunnel's MTU, and Pods that do not: the node tells them, or cuts what may be cut.
    for (pod_mtu, tag) in [(1450, "khtc"), (1500, "khtd")] {
        let two = flannel(1450, pod_mtu);
        let pods = two.pods;
        let mut table = Rows::new(two.builder, tag);
        table.check(big(pods[0], Protocol::Udp, "10.244.2.2:53", 1422), "ok");
        table.check(big(pods[0], Protocol::Udp, "10.244.2.2:53", 3000), "ok");
        let known = pod_mtu == 1450;
        table.check(big(pods[0], Protocol::Udp, "10.244.2.2:53", 1423), if known { "ok" } else { "EMSGSIZE" });
        // The Pod remembers.
        table.agree(big(pods[0], Protocol::Udp, "10.244.2.2:53", 1423));
        table.agree(big(pods[1], Protocol::Icmp, "10.244.1.2:0", 1423));
        table.check(big(pods[1], Protocol::Icmp, "10.244.1.2:0", 4000), "ok");
        table.agree(big(NetnsId(0), Protocol::Udp, "10.244.2.2:53", 1440));
        // Both Pods know by now what fits.
        table.check(big(pods[0], Protocol::Udp, "10.244.2.2:53", 1424), "ok");
        table.check(big(pods[1], Protocol::Udp, "10.244.1.2:53", 1424), "ok");
        table.finish();
    }
}

#[test]
fn an_underlay_too_small_for_the_overlay_cuts_outer_packets() {
    require();
    let mut two = flannel(1450, 1450);
    for wire in two.wires {
        two.builder.link(wire).mtu = 1400;
    }
    // Made on top of a device it would take that one's MTU into account.
    for at in 0..2 {
        settings(&mut two, at).dev = None;
    }
    let pods = two.pods;
    let mut table = Rows::new(two.builder, "khte");
    table.check(big(pods[0], Protocol::Udp, "10.244.2.2:53", 1400), "ok");
    table.check(big(pods[1], Protocol::Icmp, "10.244.1.2:0", 1422), "ok");
    table.check(big(pods[0], Protocol::Udp, "10.244.2.2:53", 1300), "ok");
    table.finish();
}

#[test]
fn a_sender_does_not_hear_what_becomes_of_the_packet_around_its_own() {
    require();
    let mut lost = flannel(1450, 1450);
    // The other end cannot be reached any more.
    route(&mut lost.builder, lost.nodes[0], "172.18.0.2/32", None);
    let mut rows = Rows::new(lost.builder, "khtx1");
    rows.check(ask(lost.nodes[0], Protocol::Udp, "10.244.2.2:53"), "timeout");
    rows.finish();
}

#[test]
fn another_end_that_nobody_has_is_given_up_after_all_else() {
    require();
    let asked = [
        (Protocol::Udp, 54, "ECONNREFUSED", "khtf"),
        (Protocol::Udp, 53, "ok", "khtg"),
        // Of a connection that comes about, two packets wait for that end, and the kernel gives both up in one go.
        (Protocol::Tcp, 81, "ECONNREFUSED", "khth"),
    ];
    for (protocol, port, expected, tag) in asked {
        let mut two = flannel(1450, 1450);
        // No entry leads to the other end, so that a copy goes to each that is known; nobody answers for one of them.
        settings(&mut two, 0).fdb = ["172.18.0.2", "172.18.0.77"]
            .map(|remote| VtepEntry { mac: Mac::ZERO, remote: ip(remote), cause: CAUSE })
            .to_vec();
        let from = two.pods[0];
        let mut table = Rows::new(two.builder, tag);
        let walks = table.check(ask(from, protocol, &format!("10.244.2.2:{port}")), expected);
        let last = walks.last().and_then(|walk| walk.hops.first()).map(|hop| hop.after.packet.ip.src);
        assert_eq!(last, Some(ip("172.18.0.1")), "{protocol:?} {port}: the error about the other end is the last");
        table.finish();
    }
}

/// Each node's `tunl0`, which names no other end, and routes whose next hop is the other node.
fn ipip(mtu: u32) -> Two {
    let mut two = two(mtu);
    for at in 0..2usize {
        let (n, other) = (at as u8 + 1, 2 - at as u8);
        let link = Link {
            name: "tunl0".into(),
            mac: Mac::ZERO,
            mtu: 1480,
            up: true,
            kind: LinkKind::Ipip(Ipip::default()),
            port: None,
            addresses: Vec::new(),
            cause: CAUSE,
        };
        let tunnel = two.builder.add_link(two.nodes[at], link);
        address(&mut two.builder, tunnel, &format!("10.244.{n}.0/32"));
        address(&mut two.builder, two.pod_sides[at], &format!("10.244.{n}.1/24"));
        let pod = LinkRef { netns: two.pods[at], link: LinkId(1) };
        address(&mut two.builder, pod, &format!("10.244.{n}.2/24"));
        route(&mut two.builder, two.pods[at], "0.0.0.0/0", Some((&format!("10.244.{n}.1"), pod)));
        route(
            &mut two.builder,
            two.nodes[at],
            &format!("10.244.{other}.0/24"),
            Some((&format!("172.18.0.{other}"), tunnel)),
        );
        two.builder.netns(two.nodes[at]).routes.to_mut().last_mut().unwrap().onlink = true;
    }
    two
}

/// Kernels without the module `ipip` cannot be asked: then the tunnel is held against net/ipv4/ip_tunnel.c by reading alone
/// (`kernel/src/tests/ipip.rs`), and this test says so.
#[test]
fn ip_in_ip() {
    require();
    let ip =
        |words: &[&str]| std::process::Command::new("ip").args(words).output().is_ok_and(|done| done.status.success());
    let _ = std::process::Command::new("modprobe").arg("ipip").output();
    let ends = ["link", "add", "khipipt", "type", "ipip", "remote", "192.0.2.1", "local", "192.0.2.2"];
    if !ip(&ends) {
        eprintln!("this kernel has no IP in IP devices (module ipip): nothing was compared");
        return;
    }
    ip(&["link", "del", "khipipt"]);
    let two = ipip(1480);
    let pods = two.pods;
    let mut table = Rows::new(two.builder, "khti");
    table.check(ask(pods[0], Protocol::Tcp, "10.244.2.2:80"), "ok");
    table.check(ask(pods[1], Protocol::Udp, "10.244.1.2:53"), "ok");
    table.check(ask(NetnsId(0), Protocol::Tcp, "10.244.2.2:80"), "ok");
    table.check(ask(pods[0], Protocol::Udp, "10.244.2.2:54"), "ECONNREFUSED");
    table.check(big(pods[0], Protocol::Udp, "10.244.2.2:53", 3000), "ok");
    table.check(Ask { ttl: Some(2), ..ask(pods[0], Protocol::Icmp, "10.244.2.2:0") }, "timeout");
    table.finish();
}
