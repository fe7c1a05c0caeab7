//! Long packets on the real kernel: pieces, who puts them together, and path MTUs.

use kubehop_tests::judge::hand::*;
use kubehop_tests::judge::kernel::require;
use sim_core::linux::build::NetworkBuilder;
use sim_core::linux::netfilter::Hook;
use sim_core::linux::netfilter::xtables::*;
use sim_core::linux::state::*;
use sim_core::packet::Protocol;

struct Net {
    builder: NetworkBuilder,
    a: NetnsId,
    r: NetnsId,
    b: NetnsId,
}

/// A 10.0.1.2 — R — 10.0.2.2 B, with an MTU each side.
fn routed(mtus: (u32, u32)) -> Net {
    let mut builder = NetworkBuilder::default();
    let [a, r, b] = ["A", "R", "B"].map(|name| builder.add_netns(name, CAUSE));
    let (a0, r0) = builder.add_veth((a, "eth0", mac(1)), (r, "eth0", mac(2)), mtus.0, CAUSE);
    let (r1, b0) = builder.add_veth((r, "eth1", mac(3)), (b, "eth0", mac(4)), mtus.1, CAUSE);
    for (link, net) in [(a0, "10.0.1.2/24"), (r0, "10.0.1.1/24"), (r1, "10.0.2.1/24"), (b0, "10.0.2.2/24")] {
        address(&mut builder, link, net);
    }
    route(&mut builder, a, "0.0.0.0/0", Some(("10.0.1.1", a0)));
    route(&mut builder, b, "0.0.0.0/0", Some(("10.0.2.1", b0)));
    builder.sysctl(r, "net.ipv4.ip_forward", "1", CAUSE);
    for netns in [a, b] {
        listen(&mut builder, netns, Protocol::Udp, 53);
        listen(&mut builder, netns, Protocol::Tcp, 80);
    }
    Net { builder, a, r, b }
}

/// Makes a namespace track connections.
fn track(builder: &mut NetworkBuilder, netns: NetnsId) {
    nat(builder, netns, Hook::Postrouting, "203.0.113.1/32", Target::Masquerade(NatRange::default()));
}

fn big(from: NetnsId, protocol: Protocol, to: &str, bytes: usize) -> Ask {
    Ask { bytes, ..ask(from, protocol, to) }
}

#[test]
fn pieces_on_a_routed_way() {
    require();
    type Change = fn(&mut Net);
    let rows: [(&str, Change); 4] = [
        ("khf1", |_| {}),
        ("khf2", |net| track(&mut net.builder, net.r)),
        ("khf3", |net| track(&mut net.builder, net.a)),
        ("khf4", |net| {
            track(&mut net.builder, net.b);
            net.builder.sysctl(net.a, "net.ipv4.ip_no_pmtu_disc", "1", CAUSE);
        }),
    ];
    for (tag, change) in rows {
        for (at, mtus) in [(1500, 1500), (1500, 1400), (1400, 1500), (1500, 600)].into_iter().enumerate() {
            let mut net = routed(mtus);
            change(&mut net);
            let mut table = Rows::new(net.builder, &format!("{tag}{at}"));
            for bytes in [4, 1472, 1473, 3000, 1373, 8000] {
                table.agree(big(net.a, Protocol::Udp, "10.0.2.2:53", bytes));
                table.agree(big(net.a, Protocol::Icmp, "10.0.2.2:0", bytes));
            }
            // Both ends know by now what fits.
            table.check(big(net.a, Protocol::Udp, "10.0.2.2:53", 1472), "ok");
            table.check(big(net.b, Protocol::Udp, "10.0.1.2:53", 1472), "ok");
            table.check(big(net.b, Protocol::Icmp, "10.0.1.2:0", 2000), "ok");
            table.check(ask(net.a, Protocol::Tcp, "10.0.2.2:80"), "ok");
            table.finish();
        }
    }
}

fn nat(builder: &mut NetworkBuilder, netns: NetnsId, hook: Hook, to: &str, target: Target) {
    let dst = Some(Neg::is(to.parse().unwrap()));
    let table = builder.netns(netns).xtables.table_mut(TableName::Nat);
    let chain = table.base(hook).unwrap();
    let udp = Some(Neg::is(Protocol::Udp));
    let ip = IpMatch { dst, protocol: udp, ..IpMatch::default() };
    table.append(chain, Rule { ip, matches: Vec::new(), target, cause: CAUSE });
}

fn dnat(to: &str, port: u16) -> Target {
    let address = to.parse().unwrap();
    Target::Dnat(NatRange {
        addresses: Some((address, address)),
        ports: Some(PortRange::one(port)),
        ..NatRange::default()
    })
}

#[test]
fn errors_about_translated_packets_come_back_translated() {
    require();
    for (hook, tag) in [(Hook::Prerouting, "khf5"), (Hook::Output, "khf6")] {
        let mut net = routed((1500, 1300));
        let at = if hook == Hook::Prerouting { net.r } else { net.a };
        nat(&mut net.builder, at, hook, "10.96.0.1/32", dnat("10.0.2.2", 53));
        let mut table = Rows::new(net.builder, tag);
        table.check(big(net.a, Protocol::Udp, "10.96.0.1:53", 1400), "EMSGSIZE");
        table.check(big(net.a, Protocol::Udp, "10.96.0.1:53", 1400), "ok");
        table.check(big(net.a, Protocol::Udp, "10.96.0.1:53", 3000), "ok");
        table.finish();
    }
}

#[test]
fn pieces_on_a_bridge() {
    require();
    for (bridge_nf, tracked, tag) in [(false, false, "khf7"), (true, false, "khf8"), (true, true, "khf9")] {
        let mut builder = NetworkBuilder::default();
        let [s, a, b] = ["S", "A", "B"].map(|name| builder.add_netns(name, CAUSE));
        let (a0, sa) = builder.add_veth((a, "eth0", mac(1)), (s, "va", mac(2)), 1500, CAUSE);
        let (b0, sb) = builder.add_veth((b, "eth0", mac(3)), (s, "vb", mac(4)), 1500, CAUSE);
        let kind = LinkKind::Bridge(Bridge::default());
        let bridge = Link {
            name: "br0".into(),
            mac: mac(5),
            mtu: 1500,
            up: true,
            kind,
            port: None,
            addresses: Vec::new(),
            cause: CAUSE,
        };
        let bridge = builder.add_link(s, bridge);
        for port in [sa, sb] {
            builder.link(port).port = Some(BridgePort::of(bridge.link));
        }
        address(&mut builder, a0, "10.5.0.1/24");
        address(&mut builder, b0, "10.5.0.2/24");
        address(&mut builder, bridge, "10.5.0.254/24");
        listen(&mut builder, b, Protocol::Udp, 53);
        if bridge_nf {
            builder.sysctl(s, "net.bridge.bridge-nf-call-iptables", "1", CAUSE);
        }
        if tracked {
            track(&mut builder, s);
        }
        let mut table = Rows::new(builder, tag);
        for bytes in [1472, 1473, 5000] {
            table.check(big(a, Protocol::Udp, "10.5.0.2:53", bytes), "ok");
            table.check(big(a, Protocol::Icmp, "10.5.0.254:0", bytes), "ok");
        }
        table.finish();
    }
}
