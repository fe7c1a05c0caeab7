//! Long packets on the real kernel: pieces, who puts them together, and path MTUs.

use kernel::config::xtables::*;
use kernel::config::*;
use kernel::ids::{LinkRef, NetnsId, TableName};
use kernel::packet::Protocol;
use kubehop_tests::judge::hand::*;
use kubehop_tests::judge::kernel::require;

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

/// A and B on a bridge in S with an address of its own.
struct Bridged {
    builder: NetworkBuilder,
    a: NetnsId,
    s: NetnsId,
    b: NetnsId,
    bridge: LinkRef,
    /// A's end.
    start: LinkRef,
    /// B's port of the bridge.
    port: LinkRef,
    /// B's end.
    end: LinkRef,
}

fn bridged(bridge_nf: bool, tracked: bool) -> Bridged {
    let mut builder = NetworkBuilder::default();
    let [s, a, b] = ["S", "A", "B"].map(|name| builder.add_netns(name, CAUSE));
    let (a0, sa) = builder.add_veth((a, "eth0", mac(1)), (s, "va", mac(2)), 1500, CAUSE);
    let (end, port) = builder.add_veth((b, "eth0", mac(3)), (s, "vb", mac(4)), 1500, CAUSE);
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
    for port in [sa, port] {
        builder.link(port).port = Some(BridgePort::of(bridge.link));
    }
    address(&mut builder, a0, "10.5.0.1/24");
    address(&mut builder, end, "10.5.0.2/24");
    address(&mut builder, bridge, "10.5.0.254/24");
    for netns in [a, b] {
        listen(&mut builder, netns, Protocol::Udp, 53);
    }
    if bridge_nf {
        builder.sysctl(s, "net.bridge.bridge-nf-call-iptables", "1", CAUSE);
    }
    if tracked {
        track(&mut builder, s);
    }
    impatient(&mut builder, [a, s, b]);
    Bridged { builder, a, s, b, bridge, start: a0, port, end }
}

#[test]
fn pieces_on_a_bridge() {
    require();
    for (bridge_nf, tracked, tag) in [(false, false, "khf7"), (true, false, "khf8"), (true, true, "khf9")] {
        let Bridged { builder, a, .. } = bridged(bridge_nf, tracked);
        let mut table = Rows::new(builder, tag);
        for bytes in [1472, 1473, 5000] {
            table.check(big(a, Protocol::Udp, "10.5.0.2:53", bytes), "ok");
            table.check(big(a, Protocol::Icmp, "10.5.0.254:0", bytes), "ok");
        }
        table.finish();
    }
}

/// Hosts that give up waiting for missing pieces while the judge still looks.
fn impatient(builder: &mut NetworkBuilder, all: impl IntoIterator<Item = NetnsId>) {
    for netns in all {
        builder.sysctl(netns, "net.ipv4.ipfrag_time", "1", CAUSE);
    }
}

/// Bytes that make one piece of 1,305 bytes, two of which the second is short, and four.
const SIZES: [usize; 4] = [1277, 1473, 1600, 4400];

fn both(table: &mut Rows, (a, a_ip): (NetnsId, &str), (b, b_ip): (NetnsId, &str)) {
    for bytes in SIZES {
        for (from, to) in [(a, b_ip), (b, a_ip)] {
            table.agree(big(from, Protocol::Udp, &format!("{to}:53"), bytes));
            table.agree(big(from, Protocol::Icmp, &format!("{to}:0"), bytes));
        }
    }
}

#[test]
fn short_pieces_pass_a_narrow_device() {
    require();
    let mut builder = NetworkBuilder::default();
    let [a, b] = ["A", "B"].map(|name| builder.add_netns(name, CAUSE));
    let (a0, b0) = builder.add_veth((a, "eth0", mac(1)), (b, "eth0", mac(2)), 1500, CAUSE);
    builder.link(b0).mtu = 1300;
    address(&mut builder, a0, "10.0.1.2/24");
    address(&mut builder, b0, "10.0.1.1/24");
    for netns in [a, b] {
        listen(&mut builder, netns, Protocol::Udp, 53);
    }
    impatient(&mut builder, [a, b]);
    let mut table = Rows::new(builder, "khfa");
    table.check(ask(a, Protocol::Udp, "10.0.1.1:53"), "ok");
    table.check(big(a, Protocol::Udp, "10.0.1.1:53", 1600), "timeout");
    // Asked in pieces of 1,300 bytes, answered in pieces of 1,500.
    table.check(big(b, Protocol::Udp, "10.0.1.2:53", 1600), "timeout");
    both(&mut table, (a, "10.0.1.2"), (b, "10.0.1.1"));
    table.finish();
}

#[test]
fn short_pieces_pass_narrow_routers() {
    require();
    type Change = fn(&mut Net);
    let rows: [(&str, Change); 6] = [
        ("khfb", |_| {}),
        ("khfc", |net| track(&mut net.builder, net.r)),
        ("khfd", |net| track(&mut net.builder, net.b)),
        // A rule sees each piece by itself; those that are left have no ports.
        ("khfe", |net| filter(net, Match::Ports { protocol: Protocol::Udp, sport: None, dport: None, flags: None })),
        ("khff", |net| reject(net, false)),
        ("khfg", |net| reject(net, true)),
    ];
    for (tag, change) in rows {
        // Without tracking, rules see the pieces one by one, which is simulated for those without a first one only.
        let whole = !["khfe", "khff", "khfg"].contains(&tag);
        for narrow in if whole { 0..2 } else { 0..1 } {
            let mut net = routed((1500, 1500));
            let at = if narrow == 0 { net.r } else { net.b };
            net.builder.netns(at).links.iter_mut().find(|link| &*link.name == "eth0").unwrap().mtu = 1300;
            impatient(&mut net.builder, [net.a, net.r, net.b]);
            net.builder.sysctl(net.r, "net.ipv4.icmp_ratelimit", "0", CAUSE);
            change(&mut net);
            let Net { builder, a, r, b } = net;
            let mut table = Rows::new(builder, &format!("{tag}{narrow}"));
            table.agree(ask(a, Protocol::Udp, "10.0.2.2:53"));
            table.agree(big(a, Protocol::Udp, "10.0.2.2:53", 1277));
            table.agree(big(a, Protocol::Udp, "10.0.2.2:53", 1600));
            table.agree(big(a, Protocol::Icmp, "10.0.2.2:0", 1600));
            table.agree(big(a, Protocol::Icmp, "10.0.1.1:0", 1600));
            table.agree(big(r, Protocol::Udp, "10.0.2.2:53", 1600));
            if narrow == 0 {
                // Nobody is told of what lost its first piece.
                table.agree(Ask { ttl: Some(1), ..big(a, Protocol::Udp, "10.0.2.2:53", 1600) });
                table.agree(big(a, Protocol::Udp, "10.0.2.99:53", 1600));
            }
            if whole {
                table.agree(big(b, Protocol::Udp, "10.0.1.2:53", 1600));
            }
            table.finish();
        }
    }
}

/// The router drops what `part` matches.
fn filter(net: &mut Net, part: Match) {
    let table = net.builder.netns(net.r).xtables.table_mut(TableName::Filter);
    let chain = table.base(Hook::Forward).unwrap();
    let ip = IpMatch { protocol: Some(Neg::is(Protocol::Udp)), ..IpMatch::default() };
    table.append(chain, Rule { ip, matches: vec![part], target: Target::Drop, cause: CAUSE });
}

/// The router rejects UDP, later pieces only where `later`.
fn reject(net: &mut Net, later: bool) {
    let table = net.builder.netns(net.r).xtables.table_mut(TableName::Filter);
    let chain = table.base(Hook::Forward).unwrap();
    let fragment = later.then(|| Neg::is(()));
    let ip = IpMatch { protocol: Some(Neg::is(Protocol::Udp)), fragment, ..IpMatch::default() };
    let target = Target::Reject(RejectWith::PortUnreachable);
    table.append(chain, Rule { ip, matches: Vec::new(), target, cause: CAUSE });
}

#[test]
fn pieces_are_cut_again_and_kept_as_they_came() {
    require();
    for (tracks, tag) in [(false, "khfh"), (true, "khfi")] {
        for (at, mtus) in
            [(1500, 1400, 1500), (1500, 1400, 1300), (1500, 1300, 1400), (1400, 1500, 1300)].into_iter().enumerate()
        {
            let mut builder = NetworkBuilder::default();
            let [a, r, q, b] = ["A", "R", "Q", "B"].map(|name| builder.add_netns(name, CAUSE));
            let (a0, r0) = builder.add_veth((a, "eth0", mac(1)), (r, "eth0", mac(2)), mtus.0, CAUSE);
            let (r1, q0) = builder.add_veth((r, "eth1", mac(3)), (q, "eth0", mac(4)), mtus.1, CAUSE);
            let (q1, b0) = builder.add_veth((q, "eth1", mac(5)), (b, "eth0", mac(6)), mtus.2, CAUSE);
            let nets = ["10.0.1.2/24", "10.0.1.1/24", "10.0.3.1/24", "10.0.3.2/24", "10.0.2.1/24", "10.0.2.2/24"];
            for (link, net) in [a0, r0, r1, q0, q1, b0].into_iter().zip(nets) {
                address(&mut builder, link, net);
            }
            route(&mut builder, a, "0.0.0.0/0", Some(("10.0.1.1", a0)));
            route(&mut builder, b, "0.0.0.0/0", Some(("10.0.2.1", b0)));
            route(&mut builder, r, "10.0.2.0/24", Some(("10.0.3.2", r1)));
            route(&mut builder, q, "10.0.1.0/24", Some(("10.0.3.1", q0)));
            for netns in [r, q] {
                builder.sysctl(netns, "net.ipv4.ip_forward", "1", CAUSE);
            }
            for netns in [a, b] {
                listen(&mut builder, netns, Protocol::Udp, 53);
            }
            if tracks {
                track(&mut builder, q);
            }
            impatient(&mut builder, [a, r, q, b]);
            let mut table = Rows::new(builder, &format!("{tag}{at}"));
            for bytes in [1472, 1473, 3000, 4400] {
                table.agree(big(a, Protocol::Udp, "10.0.2.2:53", bytes));
                table.agree(big(b, Protocol::Icmp, "10.0.1.2:0", bytes));
            }
            table.finish();
        }
    }
}

#[test]
fn short_pieces_pass_a_narrow_bridge() {
    require();
    type Change = fn(&mut Bridged);
    let rows: [(&str, Change); 5] = [
        ("khfj", |net| net.builder.link(net.port).mtu = 1300),
        ("khfk", |net| net.builder.link(net.end).mtu = 1300),
        ("khfl", |net| net.builder.link(net.bridge).mtu = 1300),
        ("khfm", |net| {
            net.builder.link(net.port).mtu = 1300;
            net.builder.link(net.bridge).mtu = 1300;
        }),
        ("khfn", |net| {
            net.builder.link(net.port).mtu = 1400;
            net.builder.link(net.bridge).mtu = 1400;
            net.builder.link(net.end).mtu = 1300;
            track(&mut net.builder, net.b);
        }),
    ];
    for (tag, change) in rows {
        for (at, (bridge_nf, tracked)) in
            [(false, false), (false, true), (true, false), (true, true)].into_iter().enumerate()
        {
            let mut net = bridged(bridge_nf, tracked);
            change(&mut net);
            let Bridged { builder, a, b, .. } = net;
            let mut table = Rows::new(builder, &format!("{tag}{at}"));
            for bytes in [1277, 3000] {
                table.agree(big(a, Protocol::Udp, "10.5.0.2:53", bytes));
                table.agree(big(b, Protocol::Udp, "10.5.0.1:53", bytes));
                table.agree(big(a, Protocol::Icmp, "10.5.0.254:0", bytes));
            }
            table.finish();
        }
    }
}

#[test]
fn ip_does_not_know_how_long_the_pieces_were_that_a_bridge_put_together() {
    require();
    for (tracked, tag) in [(false, "khfo"), (true, "khfp")] {
        let Bridged { mut builder, a, b, s, start, .. } = bridged(true, tracked);
        builder.link(start).mtu = 1400;
        let c = builder.add_netns("C", CAUSE);
        let (s0, c0) = builder.add_veth((s, "eth0", mac(6)), (c, "eth0", mac(7)), 1500, CAUSE);
        address(&mut builder, s0, "10.6.0.1/24");
        address(&mut builder, c0, "10.6.0.2/24");
        listen(&mut builder, c, Protocol::Udp, 53);
        route(&mut builder, a, "10.6.0.0/24", Some(("10.5.0.254", start)));
        route(&mut builder, c, "10.5.0.0/24", Some(("10.6.0.1", c0)));
        builder.sysctl(s, "net.ipv4.ip_forward", "1", CAUSE);
        impatient(&mut builder, [c]);
        let mut table = Rows::new(builder, tag);
        for bytes in [1300, 1400, 3000] {
            for to in ["10.6.0.2", "10.5.0.2", "10.5.0.254"] {
                table.agree(big(a, Protocol::Icmp, &format!("{to}:0"), bytes));
            }
            table.agree(big(a, Protocol::Udp, "10.6.0.2:53", bytes));
            table.agree(big(b, Protocol::Udp, "10.5.0.1:53", bytes));
        }
        table.finish();
    }
}

#[test]
fn rules_without_tracking_see_pieces_one_by_one() {
    require();
    let rules = [
        "*mangle\n-A PREROUTING -p icmp -j ACCEPT\nCOMMIT",
        // The first piece alone has a port, and is not answered: its checksum is over the whole.
        "*filter\n-A FORWARD -p udp --dport 53 -j REJECT\nCOMMIT",
        "*filter\n-A FORWARD -p udp -j REJECT\n-A FORWARD -p icmp -j REJECT --reject-with icmp-host-prohibited\nCOMMIT",
        "*filter\n-A FORWARD -f -j DROP\nCOMMIT",
        "*filter\n-A FORWARD ! -f -j DROP\nCOMMIT",
        "*filter\n-A FORWARD -m length --length 1400:1500 -j DROP\n-A FORWARD -p udp --dport 53 -j ACCEPT\nCOMMIT",
        "*raw\n-A PREROUTING -p udp -m length --length 0:200 -j DROP\nCOMMIT\n*mangle\n-A FORWARD -p udp -j MARK --set-mark 7\n-A POSTROUTING -m mark --mark 7 -j ACCEPT\nCOMMIT",
    ];
    for (at, text) in rules.into_iter().enumerate() {
        let mut net = routed((1500, 1500));
        restore(&mut net.builder, net.r, text);
        impatient(&mut net.builder, [net.b]);
        let mut table = Rows::new(net.builder, &format!("khq{at}"));
        table.agree(ask(net.a, Protocol::Udp, "10.0.2.2:53"));
        for bytes in [1600, 3000] {
            table.agree(big(net.a, Protocol::Udp, "10.0.2.2:53", bytes));
            table.agree(big(net.a, Protocol::Icmp, "10.0.2.2:0", bytes));
        }
        table.finish();
    }
}
