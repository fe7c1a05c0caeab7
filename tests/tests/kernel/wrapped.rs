//! Pieces in tunnels on the real kernel: each has headers of its own around it, and what looks at those meets as many packets.

use crate::tunnels::{Two, flannel, settings};
use kernel::config::VtepEntry;
use kernel::packet::{Mac, Port, Protocol};
use kubehop_tests::judge::hand::*;
use kubehop_tests::judge::kernel::require;

/// Hosts that give up waiting for missing pieces while the judge still looks, and answer as often as there is something to answer.
fn two() -> Two {
    let mut two = flannel(1450, 1450);
    for netns in two.nodes.into_iter().chain(two.pods) {
        two.builder.sysctl(netns, "net.ipv4.ipfrag_time", "1", CAUSE);
        two.builder.sysctl(netns, "net.ipv4.icmp_ratelimit", "0", CAUSE);
    }
    two
}

/// Datagrams and echo requests in pieces, there and back.
fn agree(two: Two, tag: &str) {
    let pods = two.pods;
    let mut rows = Rows::new(two.builder, tag);
    for bytes in [1600, 3000] {
        for (from, to) in [(pods[0], "10.244.2.2"), (pods[1], "10.244.1.2")] {
            rows.agree(Ask { bytes, ..ask(from, Protocol::Udp, &format!("{to}:53")) });
            rows.agree(Ask { bytes, ..ask(from, Protocol::Icmp, &format!("{to}:0")) });
        }
    }
    rows.finish();
}

#[test]
fn rules_meet_a_packet_around_each_piece() {
    require();
    let rules = [
        "*filter\n-A INPUT -m conntrack --ctstate NEW -j ACCEPT\n-A OUTPUT -m conntrack --ctstate NEW -j ACCEPT\nCOMMIT",
        "*filter\n-A INPUT -p udp -m length --length 0:300\n-A OUTPUT -p udp -m length --length 1400:1500\nCOMMIT",
        "*filter\n-A INPUT -p udp -m length --length 0:300 -j DROP\nCOMMIT",
        "*filter\n-A OUTPUT -p udp -m length --length 0:300 -j DROP\nCOMMIT",
        "*raw\n-A PREROUTING -p udp --dport 8472 -j CT --notrack\n-A OUTPUT -p udp --dport 8472 -j CT --notrack\nCOMMIT",
        "*nat\n-A PREROUTING -p udp -j ACCEPT\n-A INPUT -p udp -j ACCEPT\n-A OUTPUT -p udp -j ACCEPT\n-A POSTROUTING -p udp -j ACCEPT\nCOMMIT",
        "*nat\n-A POSTROUTING -p udp --dport 8472 -j MASQUERADE\nCOMMIT",
        "*mangle\n-A OUTPUT -p udp -j TTL --ttl-set 9\n-A POSTROUTING -p udp -j MARK --set-mark 7\nCOMMIT",
    ];
    for (at, text) in rules.into_iter().enumerate() {
        let mut net = two();
        restore(&mut net.builder, net.nodes[1], text);
        agree(net, &format!("khwa{at}"));
    }
}

#[test]
fn the_packet_around_each_piece_is_refused_by_itself() {
    require();
    let rules = [
        "*filter\n-A INPUT -p udp -j REJECT\nCOMMIT",
        "*filter\n-A INPUT -p udp -j REJECT\nCOMMIT\n*nat\n-A POSTROUTING -p tcp -j MASQUERADE\nCOMMIT",
        "*filter\n-A OUTPUT -p udp --dport 8472 -j REJECT --reject-with icmp-host-prohibited\nCOMMIT",
    ];
    for (at, text) in rules.into_iter().enumerate() {
        let mut net = two();
        restore(&mut net.builder, net.nodes[1], text);
        agree(net, &format!("khwb{at}"));
    }
    // No tunnel listens there.
    let mut net = two();
    settings(&mut net, 1).port = Port(4789);
    agree(net, "khwb8");
    // Nobody answers for the other end.
    let mut net = two();
    settings(&mut net, 0).fdb[0].remote = "172.18.0.77".parse().unwrap();
    agree(net, "khwb9");
}

#[test]
fn a_packet_around_a_piece_that_is_dropped_leaves_no_connection_to_the_next() {
    require();
    let nat = "*nat\n-A PREROUTING -p udp -j ACCEPT\n-A OUTPUT -p udp -j ACCEPT\nCOMMIT\n";
    let rules = [
        "*filter\n-A INPUT -p udp -j DROP\nCOMMIT",
        "*filter\n-A INPUT -p udp -m length --length 1000:1500 -j DROP\nCOMMIT",
        "*filter\n-A OUTPUT -p udp -j DROP\nCOMMIT",
        "*mangle\n-A POSTROUTING -p udp -j DROP\nCOMMIT",
        "*mangle\n-A POSTROUTING -p udp -m length --length 1000:1500 -j DROP\nCOMMIT",
    ];
    for (at, text) in rules.into_iter().enumerate() {
        let mut net = two();
        restore(&mut net.builder, net.nodes[1], &format!("{nat}{text}"));
        agree(net, &format!("khwc{at}"));
    }
}

#[test]
fn pieces_go_to_every_other_end() {
    require();
    let mut net = two();
    settings(&mut net, 0).fdb = ["172.18.0.2", "172.18.0.77"]
        .map(|remote| VtepEntry { mac: Mac::ZERO, remote: remote.parse().unwrap(), cause: CAUSE })
        .to_vec();
    agree(net, "khwd");
}

#[test]
fn packets_around_packets_go_in_circles() {
    require();
    // Their destination is translated to an address behind the same tunnel.
    for (at, to) in ["10.244.1.2", "10.244.1.77", "172.18.0.2", "10.244.2.2"].into_iter().enumerate() {
        let mut net = two();
        let text = format!("*nat\n-A OUTPUT -p udp --dport 8472 -j DNAT --to-destination {to}\nCOMMIT");
        restore(&mut net.builder, net.nodes[1], &text);
        let pods = net.pods;
        let mut rows = Rows::new(net.builder, &format!("khwe{at}"));
        for bytes in [4, 1600] {
            rows.agree(Ask { bytes, ..ask(pods[1], Protocol::Udp, "10.244.1.2:53") });
        }
        rows.finish();
    }
}
