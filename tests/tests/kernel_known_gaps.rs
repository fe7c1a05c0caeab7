//! Where the simulation is known to differ from the kernel, with the reason. Strict: a row that starts to agree fails.

use kubehop_tests::judge::hand::*;
use kubehop_tests::judge::kernel::require;
use sim_core::linux::build::NetworkBuilder;
use sim_core::linux::netfilter::xtables::TableName;
use sim_core::linux::state::{Bridge, BridgePort, Link, LinkKind, Neighbour};
use sim_core::packet::Protocol;
use std::sync::Arc;

#[test]
fn short_pieces_pass_a_narrow_device() {
    require();
    let mut builder = NetworkBuilder::default();
    let [a, b] = ["A", "B"].map(|name| builder.add_netns(name, CAUSE));
    let (a0, b0) = builder.add_veth((a, "eth0", mac(1)), (b, "eth0", mac(2)), 1500, CAUSE);
    builder.link(b0).mtu = 1300;
    address(&mut builder, a0, "10.0.1.2/24");
    address(&mut builder, b0, "10.0.1.1/24");
    listen(&mut builder, b, Protocol::Udp, 53);
    let mut rows = Rows::new(builder, "khg1");
    rows.check(ask(a, Protocol::Udp, "10.0.1.1:53"), "ok");
    let long = Ask { bytes: 1600, ..ask(a, Protocol::Udp, "10.0.1.1:53") };
    rows.known_gap(long, "the kernel drops each piece by its own length, the simulation the packet");
    rows.finish();
}

#[test]
fn every_copy_of_a_flooded_frame_meets_the_rules() {
    require();
    let mut builder = NetworkBuilder::default();
    let host = builder.add_netns("host", CAUSE);
    let bridge = builder.add_link(
        host,
        Link {
            name: Arc::from("br0"),
            mac: mac(9),
            mtu: 1500,
            up: true,
            kind: LinkKind::Bridge(Bridge::default()),
            port: None,
            addresses: Vec::new(),
            cause: CAUSE,
        },
    );
    builder.sysctl(host, "net.bridge.bridge-nf-call-iptables", "1", CAUSE);
    builder.netns(host).xtables.table_mut(TableName::Filter);
    let stations = ["A", "B", "C"].map(|name| builder.add_netns(name, CAUSE));
    for (station, last) in stations.into_iter().zip(1u8..) {
        let port = format!("port{last}");
        let (near, far) = builder.add_veth((station, "eth0", mac(last)), (host, &port, mac(20 + last)), 1500, CAUSE);
        builder.link(far).port = Some(BridgePort::of(bridge.link));
        address(&mut builder, near, &format!("10.0.0.{last}/24"));
        let nobody =
            Neighbour { ip: "10.0.0.9".parse().unwrap(), dev: near.link, mac: mac(99), permanent: true, cause: CAUSE };
        builder.netns(station).neighbours.push(nobody);
    }
    let [a, ..] = stations;
    let mut rows = Rows::new(builder, "khg2");
    rows.known_gap(ask(a, Protocol::Udp, "10.0.0.9:53"), "the simulation runs the rules for the copy it follows");
    rows.finish();
}
