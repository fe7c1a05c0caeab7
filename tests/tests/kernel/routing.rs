//! Routing, addresses, ARP and bridges' ports on the real kernel, packet for packet.

use kernel::config::xtables::*;
use kernel::config::*;
use kernel::ids::{LinkRef, NetnsId, TableName};
use kernel::packet::Protocol;
use kubehop_tests::judge::hand::*;
use kubehop_tests::judge::kernel::require;

/// A has two ways to R (10.0.1.0/24 by eth0, 10.0.3.0/24 by eth1); behind R is B, 10.0.2.2.
struct Net {
    builder: NetworkBuilder,
    a: NetnsId,
    r: NetnsId,
    b: NetnsId,
    a0: LinkRef,
    a1: LinkRef,
    r0: LinkRef,
    r1: LinkRef,
    r2: LinkRef,
}

fn net() -> Net {
    let mut builder = NetworkBuilder::default();
    let [a, r, b] = ["A", "R", "B"].map(|name| builder.add_netns(name, CAUSE));
    let (a0, r0) = builder.add_veth((a, "eth0", mac(1)), (r, "eth0", mac(2)), 1500, CAUSE);
    let (a1, r1) = builder.add_veth((a, "eth1", mac(3)), (r, "eth1", mac(4)), 1500, CAUSE);
    let (r2, b0) = builder.add_veth((r, "eth2", mac(5)), (b, "eth0", mac(6)), 1500, CAUSE);
    for (link, net) in [
        (a0, "10.0.1.2/24"),
        (r0, "10.0.1.1/24"),
        (a1, "10.0.3.2/24"),
        (r1, "10.0.3.1/24"),
        (r2, "10.0.2.1/24"),
        (b0, "10.0.2.2/24"),
    ] {
        address(&mut builder, link, net);
    }
    route(&mut builder, a, "0.0.0.0/0", Some(("10.0.1.1", a0)));
    route(&mut builder, b, "0.0.0.0/0", Some(("10.0.2.1", b0)));
    builder.sysctl(r, "net.ipv4.ip_forward", "1", CAUSE);
    for netns in [a, r, b] {
        listen(&mut builder, netns, Protocol::Tcp, 80);
        listen(&mut builder, netns, Protocol::Udp, 53);
    }
    Net { builder, a, r, b, a0, a1, r0, r1, r2 }
}

impl Net {
    fn route(&mut self, netns: NetnsId, change: impl FnOnce(&mut Route), dst: &str, via: Option<(&str, LinkRef)>) {
        let mut made = plain_route(dst, RouteKind::Unicast, via.map(|(via, _)| via), via.map(|(_, dev)| dev));
        change(&mut made);
        self.builder.netns(netns).routes.push(made);
    }

    fn rule(&mut self, netns: NetnsId, rule: PolicyRule) {
        self.builder.netns(netns).rules.push(rule);
    }
}

fn rule(priority: u32, table: u32) -> PolicyRule {
    PolicyRule { priority, from: None, to: None, fwmark: None, table: TableId(table) }
}

/// One row: a change to the network, then probes from A (and where given from elsewhere), each the same on both sides.
fn row(tag: &str, change: impl FnOnce(&mut Net), probes: impl FnOnce(&Net) -> Vec<Ask>) {
    let mut net = net();
    change(&mut net);
    let probes = probes(&net);
    let mut rows = Rows::new(net.builder, tag);
    for probe in probes {
        rows.agree(probe);
    }
    rows.finish();
}

fn usual(net: &Net) -> Vec<Ask> {
    let all = [Protocol::Tcp, Protocol::Udp, Protocol::Icmp];
    all.iter()
        .flat_map(|protocol| {
            let port = if *protocol == Protocol::Tcp { 80 } else { 53 };
            let to = |address: &str| format!("{address}:{}", if *protocol == Protocol::Icmp { 0 } else { port });
            let bound = |local: &str| Some(local.parse().unwrap());
            [
                ask(net.a, *protocol, &to("10.0.2.2")),
                ask(net.a, *protocol, &to("10.0.2.1")),
                ask(net.a, *protocol, &to("10.0.9.1")),
                Ask { local: bound("10.0.3.2"), ..ask(net.a, *protocol, &to("10.0.2.2")) },
                ask(net.b, *protocol, &to("10.0.1.2")),
                ask(net.b, *protocol, &to("10.0.3.2")),
                ask(net.b, *protocol, &to("10.0.9.1")),
                ask(net.r, *protocol, &to("10.0.9.1")),
            ]
        })
        .collect()
}

#[test]
fn policy_rules_and_metrics() {
    require();
    row("khr1", |_| {}, usual);
    let from = |net: &mut Net| {
        let (a, a1) = (net.a, net.a1);
        net.rule(a, PolicyRule { from: Some("10.0.3.2/32".parse().unwrap()), ..rule(100, 100) });
        net.route(a, |route| route.table = TableId(100), "0.0.0.0/0", Some(("10.0.3.1", a1)));
    };
    row("khr2", from, usual);
    let to = |net: &mut Net| {
        let (a, a1) = (net.a, net.a1);
        net.rule(a, PolicyRule { to: Some("10.0.2.2/32".parse().unwrap()), ..rule(100, 100) });
        net.rule(a, PolicyRule { to: Some("10.0.2.0/24".parse().unwrap()), ..rule(200, 200) });
        net.route(a, |route| route.table = TableId(100), "10.0.7.0/24", Some(("10.0.3.1", a1)));
        net.route(a, |route| route.table = TableId(200), "10.0.2.0/24", Some(("10.0.3.1", a1)));
    };
    row("khr3", to, usual);
    let metrics = |net: &mut Net| {
        let (a, a0, a1) = (net.a, net.a0, net.a1);
        net.route(a, |route| route.metric = 50, "10.0.2.0/24", Some(("10.0.1.1", a0)));
        net.route(a, |route| route.metric = 20, "10.0.2.0/24", Some(("10.0.3.1", a1)));
        net.route(a, |route| route.src = Some("10.0.1.2".parse().unwrap()), "10.0.9.0/24", Some(("10.0.3.1", a1)));
    };
    row("khr4", metrics, usual);
    let onlink = |net: &mut Net| {
        let (a, a1, r1) = (net.a, net.a1, net.r1);
        address(&mut net.builder, r1, "172.16.0.1/32");
        net.route(a, |route| route.onlink = true, "10.0.2.0/24", Some(("172.16.0.1", a1)));
    };
    row("khr5", onlink, usual);
}

/// A route with two next hops leads a flow by one of them, which the judge reads off the frames; the answer may come by the other device.
#[test]
fn several_next_hops() {
    require();
    let hops = |net: &mut Net, weights: [u16; 2]| {
        let (a, a0, a1) = (net.a, net.a0, net.a1);
        for (via, dev, weight) in [("10.0.1.1", a0, weights[0]), ("10.0.3.1", a1, weights[1])] {
            net.route(a, |route| route.weight = Some(weight), "10.0.2.0/24", Some((via, dev)));
        }
    };
    let bound = |net: &Net| {
        let mut all = Vec::new();
        for local in ["10.0.1.2", "10.0.3.2"] {
            for (protocol, to) in [
                (Protocol::Tcp, "10.0.2.2:80"),
                (Protocol::Tcp, "10.0.2.1:80"),
                (Protocol::Udp, "10.0.2.2:53"),
                (Protocol::Udp, "10.0.2.2:54"),
                (Protocol::Icmp, "10.0.2.2:0"),
            ] {
                all.push(Ask { local: Some(local.parse().unwrap()), ..ask(net.a, protocol, to) });
            }
        }
        all
    };
    row("khrm", |net| hops(net, [1, 1]), bound);
    let by_ports = |net: &mut Net| {
        hops(net, [1, 9]);
        net.builder.sysctl(net.a, "net.ipv4.fib_multipath_hash_policy", "1", CAUSE);
        net.builder.sysctl(net.a, "net.ipv4.conf.all.rp_filter", "1", CAUSE);
    };
    row("khrn", by_ports, |net| [bound(net), bound(net)].concat());
    let one_is_down = |net: &mut Net| {
        hops(net, [1, 1]);
        let a1 = net.a1;
        net.builder.link(a1).up = false;
    };
    row("khro", one_is_down, bound);
    // Forwarded: what B sends goes on by one of two ways of R to a network behind A.
    let forwarded = |net: &mut Net| {
        let (r, r0, r1, a) = (net.r, net.r0, net.r1, net.a);
        for (via, dev) in [("10.0.1.2", r0), ("10.0.3.2", r1)] {
            net.route(r, |route| route.weight = Some(1), "10.0.9.0/24", Some((via, dev)));
        }
        let (link, _) = net.builder.add_veth((a, "eth9", mac(9)), (net.b, "eth9", mac(10)), 1500, CAUSE);
        address(&mut net.builder, link, "10.0.9.1/32");
    };
    row("khrp", forwarded, |net| {
        let to = [(Protocol::Tcp, "10.0.9.1:80"), (Protocol::Udp, "10.0.9.1:53"), (Protocol::Icmp, "10.0.9.1:0")];
        to.map(|(protocol, to)| ask(net.b, protocol, to)).to_vec()
    });
}

/// A socket that is bound to no address: the next hop that its flow's hash takes gives it one.
#[test]
fn several_next_hops_and_no_source() {
    require();
    for (policy, tag) in [("0", "khs1"), ("1", "khs2")] {
        let hops = |net: &mut Net| {
            let (a, a0, a1) = (net.a, net.a0, net.a1);
            for dst in ["10.0.2.0/24", "10.0.8.0/24"] {
                for (via, dev) in [("10.0.1.1", a0), ("10.0.3.1", a1)] {
                    net.route(a, |route| route.weight = Some(1), dst, Some((via, dev)));
                }
            }
            net.builder.sysctl(a, "net.ipv4.fib_multipath_hash_policy", policy, CAUSE);
            for (last, r2) in (1..12).map(|last| (last, net.r2)) {
                address(&mut net.builder, r2, &format!("10.0.8.{last}/32"));
            }
        };
        row(tag, hops, |net| {
            let ends =
                (1..12).map(|last| format!("10.0.8.{last}")).chain(["10.0.2.2".to_owned(), "10.0.2.1".to_owned()]);
            let all = ends.flat_map(|to| {
                let ask = |protocol, port| ask(net.a, protocol, &format!("{to}:{port}"));
                [ask(Protocol::Tcp, 80), ask(Protocol::Udp, 53), ask(Protocol::Icmp, 0), ask(Protocol::Udp, 54)]
            });
            all.collect()
        });
    }
}

/// REDIRECT leads to the first address of the device that the packet came in by, whatever network it is of; there may be none.
#[test]
fn redirected_to_the_device() {
    require();
    type Change = fn(&mut Net);
    let rows: [(&str, Change); 4] = [
        ("khd1", |_| {}),
        ("khd2", |net| {
            let r0 = net.r0;
            address(&mut net.builder, r0, "10.0.4.1/24");
        }),
        ("khd3", |net| {
            let own = IfAddr { net: "10.0.5.1/32".parse().unwrap(), broadcast: None, scope: Scope::Host, cause: CAUSE };
            let r0 = net.r0;
            net.builder.add_address(r0, own);
        }),
        ("khd4", |net| {
            // As the node's end of a pair of Calico's: the device has no address, the kernel answers ARP for that of another.
            let (r, r0, r2) = (net.r, net.r0, net.r2);
            net.builder.link(r0).addresses.clear();
            let routes = &mut net.builder.netns(r).routes;
            routes.to_mut().retain(|route| route.dev != Some(r0.link));
            net.builder.add_route(r, "10.0.1.2/32".parse().unwrap(), None, r0.link, CAUSE);
            address(&mut net.builder, r2, "10.0.1.1/32");
        }),
    ];
    let rules = "*nat\n-A PREROUTING -p udp --dport 7000 -j REDIRECT --to-ports 53\n-A PREROUTING -p tcp --dport 7000 -j REDIRECT --to-ports 80\n\
                 -A OUTPUT -p udp --dport 7000 -j REDIRECT --to-ports 53\nCOMMIT";
    for (tag, change) in rows {
        let both = |net: &mut Net| {
            change(net);
            restore(&mut net.builder, net.r, rules);
        };
        row(tag, both, |net| {
            let mut all = Vec::new();
            for to in ["10.0.1.1:7000", "10.0.2.2:7000", "10.0.9.1:7000"] {
                all.extend([Protocol::Tcp, Protocol::Udp].map(|protocol| ask(net.a, protocol, to)));
            }
            all.extend([ask(net.b, Protocol::Udp, "10.0.1.1:7000"), ask(net.r, Protocol::Udp, "10.0.2.2:7000")]);
            all
        });
    }
}

#[test]
fn routes_that_refuse() {
    require();
    for (kind, tag) in [(RouteKind::Blackhole, "khr6"), (RouteKind::Unreachable, "khr7"), (RouteKind::Prohibit, "khr8")]
    {
        let refuse = |net: &mut Net| {
            for netns in [net.a, net.r] {
                net.route(netns, |route| (route.kind, route.scope) = (kind, Scope::Global), "10.0.9.0/24", None);
            }
        };
        row(tag, refuse, usual);
        let only_router = |net: &mut Net| {
            let r = net.r;
            net.route(r, |route| (route.kind, route.scope) = (kind, Scope::Global), "10.0.9.0/24", None);
        };
        row(&format!("{tag}r"), only_router, usual);
    }
    row("khr9", |net| net.builder.sysctl(net.r, "net.ipv4.ip_forward", "0", CAUSE), usual);
}

#[test]
fn source_checks() {
    require();
    for (value, where_) in [("1", "all"), ("1", "eth0"), ("2", "all"), ("2", "eth1"), ("1", "eth1")] {
        let strict = |net: &mut Net| {
            net.builder.sysctl(net.r, &format!("net.ipv4.conf.{where_}.rp_filter"), value, CAUSE);
            let (a, a1, r, r2) = (net.a, net.a1, net.r, net.r2);
            // A's packets to B come to R by the other wire than their source says.
            net.route(a, |route| route.src = Some("10.0.1.2".parse().unwrap()), "10.0.2.0/24", Some(("10.0.3.1", a1)));
            net.route(r, |_| {}, "10.0.9.0/24", Some(("10.0.2.2", r2)));
        };
        row(&format!("khs{value}{}", &where_[where_.len() - 1..]), strict, usual);
    }
    for value in ["1", "2"] {
        // The wire that A's packets come by has no address at R's end.
        let unnumbered = |net: &mut Net| {
            net.builder.sysctl(net.r, "net.ipv4.conf.all.rp_filter", value, CAUSE);
            let (a, a1, r1) = (net.a, net.a1, net.r1);
            let r = net.builder.link(r1);
            r.addresses.clear();
            let (r, dev) = (net.r, Some(r1.link));
            net.builder.netns(r).routes.to_mut().retain(|route| route.dev != dev);
            let through = |route: &mut Route| {
                route.src = Some("10.0.1.2".parse().unwrap());
                route.onlink = true;
            };
            net.route(a, through, "10.0.2.0/24", Some(("10.0.1.1", a1)));
        };
        row(&format!("khsu{value}"), unnumbered, usual);
    }
    let marked = |net: &mut Net| {
        for at in ["all", "eth2"] {
            net.builder.sysctl(net.a, &format!("net.ipv4.conf.{at}.src_valid_mark"), "1", CAUSE);
        }
        net.builder.sysctl(net.a, "net.ipv4.conf.all.rp_filter", "1", CAUSE);
        let a = net.a;
        net.rule(a, PolicyRule { fwmark: Some((1, 1)), ..rule(100, 100) });
    };
    row("khsm", marked, usual);
}

#[test]
fn addresses_and_sources() {
    require();
    let several = |net: &mut Net| {
        let (a0, a1, r0) = (net.a0, net.a1, net.r0);
        address(&mut net.builder, a0, "10.0.1.5/24");
        address(&mut net.builder, a0, "10.0.4.2/24");
        address(&mut net.builder, a1, "10.0.3.9/32");
        address(&mut net.builder, r0, "10.0.4.1/24");
        let a = net.a;
        net.route(a, |_| {}, "10.0.2.0/24", Some(("10.0.4.1", a0)));
    };
    row("khr10", several, |net| {
        let mut all = usual(net);
        for to in ["10.0.4.1:80", "10.0.1.1:80", "10.0.3.1:80", "10.0.4.77:80", "127.0.0.1:80", "10.0.1.5:80"] {
            all.push(ask(net.a, Protocol::Tcp, to));
        }
        for to in ["10.0.1.5:80", "10.0.4.2:80", "10.0.3.9:80"] {
            all.push(ask(net.b, Protocol::Tcp, to));
            all.push(ask(net.r, Protocol::Tcp, to));
        }
        all
    });
}

#[test]
fn who_answers_arp() {
    require();
    let other_side = |net: &Net| {
        ["10.0.3.1:80", "10.0.1.1:80", "10.0.2.2:80", "10.0.1.77:80", "10.0.1.78:80"]
            .map(|to| ask(net.a, Protocol::Tcp, to))
            .to_vec()
    };
    for (at, ignore) in ["0", "1", "2", "8"].into_iter().enumerate() {
        let change = |net: &mut Net| {
            net.builder.sysctl(net.r, "net.ipv4.conf.eth0.arp_ignore", ignore, CAUSE);
            let (a, a0) = (net.a, net.a0);
            // As if R's other addresses were on this wire.
            net.route(a, |_| {}, "10.0.3.1/32", None);
            net.builder.netns(a).routes.to_mut().last_mut().unwrap().dev = Some(a0.link);
            net.route(a, |_| {}, "10.0.2.0/24", None);
            net.builder.netns(a).routes.to_mut().last_mut().unwrap().dev = Some(a0.link);
        };
        row(&format!("kha{at}"), change, other_side);
    }
    let proxy = |net: &mut Net| {
        net.builder.sysctl(net.r, "net.ipv4.conf.eth0.proxy_arp", "1", CAUSE);
        let (a, a0) = (net.a, net.a0);
        net.route(a, |_| {}, "10.0.2.0/24", None);
        net.builder.netns(a).routes.to_mut().last_mut().unwrap().dev = Some(a0.link);
    };
    row("khap", proxy, other_side);
    let wrong = |net: &mut Net| {
        let (a, a0) = (net.a, net.a0);
        for (ip, last) in [("10.0.1.1", 0x77), ("10.0.1.78", 2)] {
            let ip = ip.parse().unwrap();
            let entry = Neighbour { ip, dev: a0.link, mac: mac(last), permanent: true, cause: CAUSE };
            net.builder.netns(a).neighbours.push(entry);
        }
    };
    row("khaw", wrong, other_side);
}

/// A bridge in S with stations 10.5.0.1 to .3 and the bridge's own 10.5.0.254.
fn bridged(tag: &str, change: impl FnOnce(&mut NetworkBuilder, LinkRef, &[LinkRef])) {
    let mut builder = NetworkBuilder::default();
    let s = builder.add_netns("S", CAUSE);
    let kind = LinkKind::Bridge(Bridge::default());
    let link = Link {
        name: "br0".into(),
        mac: mac(0x50),
        mtu: 1500,
        up: true,
        kind,
        port: None,
        addresses: Vec::new(),
        cause: CAUSE,
    };
    let bridge = builder.add_link(s, link);
    address(&mut builder, bridge, "10.5.0.254/24");
    listen(&mut builder, s, Protocol::Tcp, 80);
    let (mut ports, mut stations) = (Vec::new(), Vec::new());
    for n in 1..=3u8 {
        let netns = builder.add_netns(&format!("H{n}"), CAUSE);
        let port = format!("v{n}");
        let (host, port) = builder.add_veth((netns, "eth0", mac(n)), (s, &port, mac(0x50 + n)), 1500, CAUSE);
        builder.link(port).port = Some(BridgePort::of(bridge.link));
        address(&mut builder, host, &format!("10.5.0.{n}/24"));
        listen(&mut builder, netns, Protocol::Tcp, 80);
        ports.push(port);
        stations.push(netns);
    }
    change(&mut builder, bridge, &ports);
    let mut rows = Rows::new(builder, tag);
    for (from, to) in [(0, 2), (1, 0), (2, 1), (0, 1), (0, 254), (2, 254)] {
        let to = if to == 254 { 254 } else { to + 1 };
        rows.agree(ask(stations[from], Protocol::Tcp, &format!("10.5.0.{to}:80")));
    }
    rows.agree(ask(s, Protocol::Tcp, "10.5.0.3:80"));
    rows.agree(ask(stations[0], Protocol::Tcp, "10.5.0.9:80"));
    rows.finish();
}

#[test]
fn an_echo_reply_that_its_own_kernel_rejects_is_not_answered() {
    require();
    let reject = |hook| {
        move |net: &mut Net| {
            let table = net.builder.netns(net.r).xtables.table_mut(TableName::Filter);
            let chain = table.base(hook).unwrap();
            let target = Target::Reject(RejectWith::PortUnreachable);
            table.append(chain, Rule { ip: IpMatch::default(), matches: Vec::new(), target, cause: CAUSE });
        }
    };
    // The socket that ICMP sends from is busy with the reply; a datagram's sender hears of it, and so does an echo request's.
    let asks = |net: &Net| {
        vec![
            ask(net.a, Protocol::Icmp, "10.0.1.1:0"),
            ask(net.r, Protocol::Icmp, "10.0.1.2:0"),
            ask(net.r, Protocol::Icmp, "10.0.1.1:0"),
            ask(net.a, Protocol::Udp, "10.0.1.1:53"),
            ask(net.a, Protocol::Icmp, "10.0.2.2:0"),
        ]
    };
    row("khre1", reject(Hook::Output), asks);
    row("khre2", reject(Hook::Forward), asks);
}

fn port(builder: &mut NetworkBuilder, link: LinkRef) -> &mut BridgePort {
    builder.link(link).port.as_mut().unwrap()
}

fn bridge_settings(builder: &mut NetworkBuilder, link: LinkRef) -> &mut Bridge {
    match &mut builder.link(link).kind {
        LinkKind::Bridge(settings) => settings,
        _ => unreachable!(),
    }
}

#[test]
fn port_settings_of_a_bridge() {
    require();
    bridged("khb1", |_, _, _| {});
    bridged("khb2", |builder, _, ports| port(builder, ports[2]).learning = false);
    bridged("khb3", |builder, _, ports| ports.iter().for_each(|at| port(builder, *at).learning = false));
    bridged("khb4", |builder, _, ports| port(builder, ports[1]).flood = false);
    bridged("khb5", |builder, _, ports| {
        port(builder, ports[1]).flood = false;
        port(builder, ports[1]).learning = false;
    });
    bridged("khb6", |builder, _, ports| ports.iter().for_each(|at| port(builder, *at).hairpin = true));
    bridged("khb7", |builder, _, ports| {
        port(builder, ports[0]).isolated = true;
        port(builder, ports[1]).isolated = true;
    });
    bridged("khb8", |builder, bridge, _| bridge_settings(builder, bridge).promiscuous = true);
    bridged("khb9", |builder, bridge, ports| {
        let entry = |mac, port: LinkRef, local| FdbEntry { mac, port: port.link, local, cause: CAUSE };
        let wrong = vec![entry(mac(3), ports[1], false), entry(mac(2), ports[1], false)];
        bridge_settings(builder, bridge).fdb = wrong;
    });
}

#[test]
fn the_judge_sees_that_a_neighbour_is_asked_for() {
    require();
    let own_netns = || {
        nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWNET).expect("root");
        let made = "ip link add eth0 type veth peer name eth1 && ip addr add 10.0.0.1/24 dev eth0 && \
                    ip link set eth0 up && ip link set eth1 up";
        assert!(std::process::Command::new("sh").args(["-c", made]).status().expect("sh").success());
        assert_eq!(kubehop_tests::judge::netlink::resolving(), Ok(false));
        let socket = std::net::UdpSocket::bind("10.0.0.1:0").unwrap();
        socket.send_to(b"?", "10.0.0.9:9").unwrap();
        assert_eq!(kubehop_tests::judge::netlink::resolving(), Ok(true));
    };
    std::thread::spawn(own_netns).join().unwrap();
}

#[test]
fn an_error_about_a_connection_cannot_be_taken_from_it() {
    require();
    let mut net = net();
    let rules = "*raw\n-A OUTPUT -j CT --notrack\nCOMMIT\n*nat\n-A PREROUTING -p udp -j DNAT --to-destination 10.0.2.9\nCOMMIT\n";
    let router = &mut net.builder.netns(net.r).xtables;
    kernel::text::iptables::read::merge(router, rules, &Default::default(), &mut |_| CAUSE).unwrap();
    let mut rows = Rows::new(net.builder, "khr9");
    // Nobody has 10.0.2.9: what the router says about it is translated back.
    rows.check(ask(net.a, Protocol::Udp, "10.0.2.2:53"), "timeout");
    rows.check(ask(net.a, Protocol::Icmp, "10.0.1.1:0"), "ok");
    rows.finish();
}

/// What B answers to a connection that R translated R rejects: the error is routed again after OUTPUT, where nothing of it changed, and that lookup
/// knows its source. A connection that is only tracked has one lookup.
#[test]
fn an_error_about_a_translated_connection_is_routed_again() {
    require();
    let rejects = |net: &mut Net| {
        let (r, r0) = (net.r, net.r0);
        net.rule(r, PolicyRule { from: Some("10.0.2.1/32".parse().unwrap()), ..rule(100, 200) });
        net.route(r, |route| route.table = TableId(200), "10.0.2.0/24", Some(("10.0.1.2", r0)));
        let text = "*nat\n-A PREROUTING -d 10.0.9.1 -j DNAT --to-destination 10.0.2.2\nCOMMIT\n\
                    *filter\n-A FORWARD -s 10.0.2.2 -j REJECT\nCOMMIT\n";
        restore(&mut net.builder, r, text);
    };
    row("khr40", rejects, |net| {
        let to = |protocol, port| {
            let addresses = ["10.0.9.1", "10.0.2.2"].into_iter();
            addresses.map(move |address| ask(net.a, protocol, &format!("{address}:{port}")))
        };
        to(Protocol::Udp, 53).chain(to(Protocol::Tcp, 80)).chain(to(Protocol::Icmp, 0)).collect()
    });
}
