//! IP in IP between nodes N1 and N2 with a router R between them, a Pod on each node.

use super::*;
use crate::config::{Ipip, Link, LinkKind};
use crate::packet::{Icmp, L4, Packet, Tunnel};
use crate::walk::{AnswerKind, DropReason};
use std::net::IpAddr;

struct Nodes {
    builder: NetworkBuilder,
    nodes: [NetnsId; 2],
    pods: [NetnsId; 2],
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// Nodes 10.1.0.2 and 10.2.0.2, R has .1 on both wires; Pods 10.244.N.2. The wire to N2 has an MTU of its own.
fn nodes(far_mtu: u32) -> Nodes {
    let mut builder = NetworkBuilder::default();
    let [n1, n2, r, p1, p2] = ["n1", "n2", "r", "p1", "p2"].map(|name| builder.add_netns(name, CAUSE));
    builder.sysctl(r, "net.ipv4.ip_forward", "1", CAUSE);
    for (n, node, pod, mtu) in [(1_u8, n1, p1, 1500), (2, n2, p2, far_mtu)] {
        let other = 3 - n;
        let wire = builder.add_veth(
            (node, "eth0", mac(n)),
            (r, if n == 1 { "eth1" } else { "eth2" }, mac(0x10 + n)),
            mtu,
            CAUSE,
        );
        address(&mut builder, wire.0, &format!("10.{n}.0.2/24"));
        address(&mut builder, wire.1, &format!("10.{n}.0.1/24"));
        builder.link(wire.0).mtu = 1500;
        let pair = builder.add_veth((node, "pod0", mac(0x20 + n)), (pod, "eth0", mac(0x30 + n)), 1500, CAUSE);
        address(&mut builder, pair.0, &format!("10.244.{n}.1/24"));
        address(&mut builder, pair.1, &format!("10.244.{n}.2/24"));
        builder.sysctl(node, "net.ipv4.ip_forward", "1", CAUSE);
        let unicast = RouteKind::Unicast;
        route(&mut builder, pod, "0.0.0.0/0", unicast, Some((&format!("10.244.{n}.1"), pair.1)));
        route(&mut builder, node, "0.0.0.0/0", unicast, Some((&format!("10.{n}.0.1"), wire.0)));
        let tunnel = builder.add_link(
            node,
            Link {
                name: "tunl0".into(),
                mac: Mac::ZERO,
                mtu: 1480,
                up: true,
                kind: LinkKind::Ipip(Ipip::default()),
                port: None,
                addresses: Vec::new(),
                cause: CAUSE,
            },
        );
        address(&mut builder, tunnel, &format!("10.244.{n}.0/32"));
        let via = format!("10.{other}.0.2");
        route(&mut builder, node, &format!("10.244.{other}.0/24"), unicast, Some((&via, tunnel)));
        builder.netns(node).routes.to_mut().last_mut().unwrap().onlink = true;
        for (protocol, port) in [(Protocol::Tcp, 80), (Protocol::Udp, 53)] {
            listen(&mut builder, pod, protocol, port);
        }
    }
    Nodes { builder, nodes: [n1, n2], pods: [p1, p2] }
}

fn datagram(bytes: usize, dont_fragment: bool) -> Packet {
    let l4 = L4::Udp { sport: Port(40000), dport: Port(53) };
    let mut packet = socket::packet(ip("10.244.1.2"), ip("10.244.2.2"), l4);
    packet.payload = vec![0; bytes].into();
    packet.ip.dont_fragment = dont_fragment;
    packet
}

/// Outer packets at the router, as they leave it.
fn outer(network: &Network, walk: &Walk) -> Packet {
    let mut hops = walk.hops.iter().filter(|hop| &*network.netns(hop.netns).name == "r");
    hops.next_back().expect("it comes to the router").after.packet.clone()
}

#[test]
fn the_packet_travels_inside_another_whose_ttl_is_its_own() {
    let Nodes { builder, pods, .. } = nodes(1500);
    let network = builder.build().unwrap();
    let done = attempt(&network, pods[0], Protocol::Tcp, "10.244.2.2:80");
    assert_eq!(done.connection, ConnectionState::Established);
    let there = outer(&network, &done.walks[0]);
    assert_eq!((there.ip.src, there.ip.dst), (ip("10.1.0.2"), ip("10.2.0.2")));
    assert_eq!(there.l4, L4::Other(4));
    let inner = there.inner.as_ref().unwrap();
    assert_eq!(inner.kind, Tunnel::Ipip);
    assert_eq!(inner.packet.ethernet, None);
    // The node took one off before it wrapped, the router one off the outer packet only.
    assert_eq!((there.ip.ttl, inner.packet.ip.ttl), (62, 63));
    assert_eq!(there.ip_len(), inner.packet.ip_len() + 20);
    let last = done.walks[0].hops.last().unwrap();
    assert_eq!((last.after.packet.inner.is_none(), last.after.packet.ip.ttl), (true, 62));
}

#[test]
fn a_node_speaks_from_its_address_of_the_tunnel() {
    let Nodes { builder, nodes, .. } = nodes(1500);
    let network = builder.build().unwrap();
    let done = attempt(&network, nodes[0], Protocol::Tcp, "10.244.2.2:80");
    assert_eq!(done.connection, ConnectionState::Established);
    assert_eq!(outer(&network, &done.walks[0]).innermost().ip.src, ip("10.244.1.0"));
}

fn walk(network: &Network, state: &mut KernelState, from: NetnsId, packet: Packet) -> Vec<Walk> {
    let mut walks = vec![step::walk(network, state, &mut AlwaysFirst, from, packet)];
    let mut at = 0;
    while at < walks.len() && walks.len() < 10 {
        for answer in walks[at].answers.clone() {
            walks.push(step::walk_answer(network, state, &mut AlwaysFirst, &answer));
        }
        at += 1;
    }
    walks
}

fn error(walks: &[Walk]) -> Option<(NetnsId, AnswerKind, Option<u32>)> {
    let answers = walks.iter().flat_map(|walk| &walk.answers);
    let mut errors = answers.filter_map(|answer| match &answer.packet.l4 {
        L4::Icmp(Icmp::Unreachable { mtu, .. }) => Some((answer.netns, answer.kind, *mtu)),
        L4::Icmp(Icmp::TimeExceeded { .. }) => Some((answer.netns, answer.kind, None)),
        _ => None,
    });
    errors.next()
}

#[test]
fn what_must_not_be_cut_and_does_not_fit_is_told_with_the_mtu_inside() {
    let Nodes { builder, nodes, pods } = nodes(1400);
    let network = builder.build().unwrap();
    let mut state = KernelState::default();
    let too_big = AnswerKind::IcmpError { kind: 3, code: 4 };
    // Longer than the tunnel's own MTU: the node says so before it wraps.
    let walks = walk(&network, &mut state, pods[0], datagram(1453, true));
    assert_eq!(error(&walks), Some((nodes[0], too_big, Some(1480))));
    state.path_mtu.clear();
    // Longer than the far wire: the router tells the node, and only the next packet's sender hears of it.
    let walks = self::walk(&network, &mut state, pods[0], datagram(1400, true));
    let router = network.ids().find(|id| &*network.netns(*id).name == "r").unwrap();
    assert_eq!(error(&walks), Some((router, too_big, Some(1400))));
    assert!(!state.path_mtu.contains_key(&(pods[0], ip("10.244.2.2"))));
    let walks = self::walk(&network, &mut state, pods[0], datagram(1400, true));
    assert_eq!(error(&walks), Some((nodes[0], too_big, Some(1380))));
    assert_eq!(state.known_path_mtu(pods[0], ip("10.244.2.2")).map(|known| known.mtu), Some(1380));
}

#[test]
fn what_may_be_cut_is_cut_outside() {
    let Nodes { builder, pods, .. } = nodes(1400);
    let network = builder.build().unwrap();
    let walks = walk(&network, &mut KernelState::default(), pods[0], datagram(1400, false));
    assert!(matches!(walks[0].end, End::Delivered { .. }), "{:?}", walks[0].end);
    let there = outer(&network, &walks[0]);
    assert!(!there.ip.dont_fragment && there.fragments.len() == 2, "{there:?}");
}

#[test]
fn without_the_device_the_protocol_is_not_known_and_one_that_is_down_has_no_port() {
    for (there, code) in [(false, 2), (true, 3)] {
        let Nodes { mut builder, nodes, pods } = nodes(1500);
        let links = &mut builder.netns(nodes[1]).links;
        let tunnel = links.last_mut().unwrap();
        tunnel.up = false;
        if !there {
            tunnel.kind = LinkKind::Dummy;
        }
        let network = builder.build().unwrap();
        let walks = walk(&network, &mut KernelState::default(), pods[0], datagram(4, true));
        assert_eq!(error(&walks), Some((nodes[1], AnswerKind::IcmpError { kind: 3, code }, None)), "{there}");
        assert!(matches!(walks[0].end, End::Dropped { reason: DropReason::NoSocket, .. }), "{:?}", walks[0].end);
    }
}

#[test]
fn a_ttl_that_runs_out_between_the_nodes_is_the_nodes_business() {
    let Nodes { builder, pods, .. } = nodes(1500);
    let network = builder.build().unwrap();
    let mut packet = datagram(4, true);
    packet.ip.ttl = 2;
    let walks = walk(&network, &mut KernelState::default(), pods[0], packet);
    let router = network.ids().find(|id| &*network.netns(*id).name == "r").unwrap();
    assert_eq!(error(&walks), Some((router, AnswerKind::IcmpError { kind: 11, code: 0 }, None)));
    let heard = walks[1].hops.iter().any(|hop| hop.netns == pods[0]);
    assert!(!heard, "the Pod hears nothing of it");
}
