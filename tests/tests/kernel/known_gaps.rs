//! Where the simulation is known to differ from the kernel, with the reason. Strict: a row that starts to agree fails.

use kernel::config::NetworkBuilder;
use kernel::packet::Protocol;
use kubehop_tests::judge::hand::*;
use kubehop_tests::judge::kernel::require;

#[test]
fn rules_may_change_the_pieces_of_a_packet_in_different_ways() {
    require();
    let mut builder = NetworkBuilder::default();
    let [a, r, b] = ["A", "R", "B"].map(|name| builder.add_netns(name, CAUSE));
    let (a0, r0) = builder.add_veth((a, "eth0", mac(1)), (r, "eth0", mac(2)), 1500, CAUSE);
    let (r1, b0) = builder.add_veth((r, "eth1", mac(3)), (b, "eth0", mac(4)), 1500, CAUSE);
    for (link, net) in [(a0, "10.0.1.2/24"), (r0, "10.0.1.1/24"), (r1, "10.0.2.1/24"), (b0, "10.0.2.2/24")] {
        address(&mut builder, link, net);
    }
    route(&mut builder, a, "0.0.0.0/0", Some(("10.0.1.1", a0)));
    route(&mut builder, b, "0.0.0.0/0", Some(("10.0.2.1", b0)));
    builder.sysctl(r, "net.ipv4.ip_forward", "1", CAUSE);
    listen(&mut builder, b, Protocol::Udp, 53);
    restore(&mut builder, r, "*mangle\n-A PREROUTING -p udp --dport 53 -j TTL --ttl-set 9\nCOMMIT");
    let mut rows = Rows::new(builder, "khg1");
    rows.check(ask(a, Protocol::Udp, "10.0.2.2:53"), "ok");
    let long = Ask { bytes: 1600, ..ask(a, Protocol::Udp, "10.0.2.2:53") };
    rows.known_gap(long, "the second piece keeps its TTL, in the simulation it is changed as the first");
    rows.finish();
}

#[test]
fn ports_are_read_where_later_pieces_have_data() {
    require();
    let mut builder = NetworkBuilder::default();
    let [a, b] = ["A", "B"].map(|name| builder.add_netns(name, CAUSE));
    let (a0, b0) = builder.add_veth((a, "eth0", mac(1)), (b, "eth0", mac(2)), 1500, CAUSE);
    address(&mut builder, a0, "10.0.1.2/24");
    address(&mut builder, b0, "10.0.1.1/24");
    listen(&mut builder, a, Protocol::Udp, 53);
    restore(&mut builder, a, "*raw\n-A PREROUTING -p udp --sport 1:65535 -j ACCEPT\nCOMMIT");
    let mut rows = Rows::new(builder, "khg2");
    rows.check(ask(b, Protocol::Udp, "10.0.1.2:53"), "ok");
    let long = Ask { bytes: 1600, ..ask(b, Protocol::Udp, "10.0.1.2:53") };
    rows.known_gap(long, "iptables-nft has the kernel compare bytes, whatever they are; those of iptables-legacy look at first pieces only");
    rows.finish();
}
