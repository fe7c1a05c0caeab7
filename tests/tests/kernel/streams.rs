//! Whole conversations over TCP on the real kernel: bytes each way, and the close by either end first.

use kernel::config::{Neighbour, NetworkBuilder};
use kernel::packet::Protocol;
use kernel::walk::{DropReason, End};
use kubehop_tests::judge::hand::*;
use kubehop_tests::judge::kernel::require;

#[test]
fn either_end_closes_first_through_nat_and_back() {
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
    listen(&mut builder, b, Protocol::Tcp, 80);
    restore(
        &mut builder,
        r,
        "*nat\n-A PREROUTING -d 10.9.9.9/32 -p tcp --dport 80 -j DNAT --to-destination 10.0.2.2:80\n\
         -A POSTROUTING -d 10.0.2.2/32 -j MASQUERADE\nCOMMIT\n",
    );
    let mut rows = Rows::new(builder, "streams");
    for to in ["10.0.2.2:80", "10.9.9.9:80", "10.0.2.2:80", "10.9.9.9:80"] {
        let walks = rows.check(ask(a, Protocol::Tcp, to), "ok");
        assert!(walks.len() >= 3);
    }
    let closed = rows.state.conntrack[&r].iter().filter(|entry| entry.tcp.is_some_and(|tcp| tcp.name() == "TIME_WAIT"));
    assert_eq!(closed.count(), 4);
    rows.finish();
}

/// A neighbour that is configured is asked by nobody; without a carrier its device takes nothing all the same.
#[test]
fn nothing_leaves_by_a_wire_without_a_carrier() {
    require();
    let mut builder = NetworkBuilder::default();
    let [a, r, b] = ["A", "R", "B"].map(|name| builder.add_netns(name, CAUSE));
    let (a0, r0) = builder.add_veth((a, "eth0", mac(1)), (r, "eth0", mac(2)), 1500, CAUSE);
    let (r1, b0) = builder.add_veth((r, "eth1", mac(3)), (b, "eth0", mac(4)), 1500, CAUSE);
    for (link, net) in [(a0, "10.0.1.2/24"), (r0, "10.0.1.1/24"), (r1, "10.0.2.1/24")] {
        address(&mut builder, link, net);
    }
    route(&mut builder, a, "0.0.0.0/0", Some(("10.0.1.1", a0)));
    builder.sysctl(r, "net.ipv4.ip_forward", "1", CAUSE);
    let ip = "10.0.2.2".parse().unwrap();
    builder.netns(r).neighbours.push(Neighbour { ip, dev: r1.link, mac: mac(4), permanent: true, cause: CAUSE });
    builder.link(b0).up = false;
    let mut rows = Rows::new(builder, "carrier");
    for protocol in [Protocol::Tcp, Protocol::Udp] {
        let walks = rows.check(ask(a, protocol, "10.0.2.2:80"), "timeout");
        assert!(
            matches!(walks[0].end, End::Dropped { netns, reason: DropReason::LinkDown } if netns == r),
            "{walks:?}"
        );
    }
    rows.finish();
}
