use super::*;
use crate::config::{
    Bridge, BridgePort, IfAddr, Ipip, Link, LinkKind, NetworkBuilder, Route, RouteKind, TableId, VtepEntry, Vxlan,
};
use crate::ids::CauseId;
use crate::packet::{Mac, Port};
use crate::text::{conntrack, ip};
use std::sync::Arc;

/// A machine with a bridge, a port, a tunnel of each kind, tables of routes and neighbours.
fn network() -> (crate::config::Network, crate::ids::NetnsId) {
    let cause = CauseId::default();
    let mut builder = NetworkBuilder::default();
    let (host, inner) = (builder.add_netns("host", cause), builder.add_netns("blue", cause));
    let link = |name: &str, last: u8, kind| Link {
        name: Arc::from(name),
        mac: Mac([2, 0, 0, 0, 0, last]),
        mtu: 1450,
        up: true,
        kind,
        port: None,
        addresses: Vec::new(),
        cause,
    };
    let eth = builder.add_link(host, link("eth0", 1, LinkKind::Dummy));
    let bridge = builder.add_link(host, link("cni0", 2, LinkKind::Bridge(Bridge::default())));
    let (near, far) = builder.add_veth(
        (host, "veth1", Mac([2, 0, 0, 0, 0, 3])),
        (inner, "eth0", Mac([2, 0, 0, 0, 0, 4])),
        1450,
        cause,
    );
    builder.link(near).port = Some(BridgePort { hairpin: true, ..BridgePort::of(bridge.link) });
    let mut vxlan = Vxlan::new(1, Port(8472));
    (vxlan.local, vxlan.dev, vxlan.learning) = ("10.0.0.5".parse().ok(), Some(eth.link), false);
    let mac = Mac([2, 0, 0, 0, 0, 9]);
    vxlan.fdb.push(VtepEntry { mac, remote: "10.0.0.6".parse().unwrap(), cause });
    builder.add_link(host, link("flannel.1", 5, LinkKind::Vxlan(vxlan)));
    builder.add_link(host, link("tunl0", 0, LinkKind::Ipip(Ipip::default())));
    let broadcast = "10.0.0.255".parse().ok();
    builder.add_address(eth, IfAddr { broadcast, ..IfAddr::new("10.0.0.5/24".parse().unwrap(), cause) });
    builder.add_address(bridge, IfAddr::new("10.244.1.1/24".parse().unwrap(), cause));
    builder.add_address(far, IfAddr::new("10.244.1.2/24".parse().unwrap(), cause));
    builder.add_route(host, "0.0.0.0/0".parse().unwrap(), "10.0.0.1".parse().ok(), eth.link, cause);
    let at = |text: &str| Route::new(text.parse().unwrap(), cause);
    let routes = &mut builder.netns(host).routes;
    routes.push(Route { kind: RouteKind::Blackhole, table: TableId(100), metric: 20, ..at("10.9.0.0/16") });
    for (via, weight) in [("10.0.0.7", 1), ("10.0.0.8", 3)] {
        let via = via.parse().ok();
        routes.push(Route { via, dev: Some(eth.link), weight: Some(weight), onlink: true, ..at("10.8.0.0/16") });
    }
    builder.sysctl(host, "net.ipv4.ip_forward", "1", cause);
    (builder.build().unwrap(), host)
}

fn printed(write: impl FnOnce(&mut String) -> std::fmt::Result) -> String {
    let mut text = String::new();
    write(&mut text).unwrap();
    text
}

#[test]
fn devices_that_we_print_are_read_as_they_are() {
    let (network, host) = network();
    let netns = network.netns(host);
    let text = printed(|out| ip::write_link(out, &network, host)) + &printed(|out| ip::write_addr(out, &network, host));
    let read = read_links(&text);
    assert_eq!((read.unread.len(), read.items.len()), (0, netns.links.len()), "{text}\n{:?}", read.unread);
    for ((_, read), link) in read.items.iter().zip(netns.links.iter()) {
        let said: Vec<_> = read.addresses.iter().map(|own| (own.net, own.broadcast, own.scope)).collect();
        let has: Vec<_> = link.addresses.iter().map(|own| (own.net, own.broadcast, own.scope)).collect();
        assert_eq!((&read.name, read.mtu, read.up, said), (&link.name, link.mtu, link.up, has));
    }
    let of = |name: &str| read.items.iter().map(|(_, link)| link).find(|link| &*link.name == name).unwrap();
    assert_eq!(of("veth1").kind, KindRead::Veth);
    assert_eq!((of("veth1").beyond.clone(), of("veth1").netns.as_deref()), (Some(Beyond::Index(2)), Some("blue")));
    assert_eq!((of("veth1").master.as_deref(), of("veth1").port.hairpin), (Some("cni0"), true));
    let KindRead::Vxlan { vni: 1, local, dev, port: Port(8472), learning: false, .. } = &of("flannel.1").kind else {
        panic!("{:?}", of("flannel.1").kind)
    };
    assert_eq!((local.map(|ip| ip.to_string()).as_deref(), dev.as_deref()), (Some("10.0.0.5"), Some("eth0")));
    assert_eq!(of("tunl0").kind, KindRead::Ipip { local: None, remote: None });
}

#[test]
fn tables_that_we_print_are_read_as_they_are() {
    let (network, host) = network();
    let netns = network.netns(host);
    let text = printed(|out| ip::write_routes(out, netns));
    let routes = read_routes(&text);
    assert_eq!(routes.unread, [], "{text}");
    let hops: usize = routes.items.iter().map(|(_, route)| route.hops.len().max(1)).sum();
    assert_eq!(hops, netns.routes.len(), "{text}");
    let spread = routes.items.iter().find(|(_, route)| !route.hops.is_empty()).unwrap();
    assert_eq!(spread.1.hops.iter().map(|hop| (hop.weight, hop.onlink)).collect::<Vec<_>>(), [(1, true), (3, true)]);
    let rules = read_rules(&printed(|out| ip::write_rules(out, netns)));
    assert_eq!((rules.items.len(), rules.unread.len()), (3, 0));
    assert_eq!(rules.items[2].1.table, TableId::DEFAULT);
    let fdb = read_fdb(&printed(|out| ip::write_fdb(out, netns)));
    assert_eq!(fdb.unread, []);
    assert!(fdb.items.iter().any(|(_, entry)| entry.dst == "10.0.0.6".parse().ok() && entry.own && entry.permanent));
    let sysctls = read_sysctls(&printed(|out| ip::write_sysctls(out, netns)));
    assert_eq!(&*sysctls.items[0].1.value, "1");
}

/// As iproute2 6.1 prints of a real machine.
#[test]
fn what_a_machine_prints_is_read() {
    let text = "\
1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00 promiscuity 0  allmulti 0 minmtu 0 maxmtu 0 addrgenmode eui64 numtxqueues 1
    inet 127.0.0.1/8 scope host lo
       valid_lft forever preferred_lft forever
    inet6 ::1/128 scope host noprefixroute
       valid_lft forever preferred_lft forever
2: enp3s0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UP group default qlen 1000
    link/ether 52:54:00:12:34:56 brd ff:ff:ff:ff:ff:ff promiscuity 0
    altname enx525400123456
    inet 192.168.1.20/24 metric 100 brd 192.168.1.255 scope global dynamic enp3s0
       valid_lft 85000sec preferred_lft 85000sec
3: docker0: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 qdisc noqueue state DOWN group default
    link/ether 02:42:c0:de:00:01 brd ff:ff:ff:ff:ff:ff promiscuity 0 minmtu 68 maxmtu 65535
    bridge forward_delay 1500 hello_time 200 max_age 2000 ageing_time 30000 stp_state 0
    inet 172.17.0.1/16 brd 172.17.255.255 scope global docker0
5: veth9a1b2c3@if4: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue master docker0 state UP group default
    link/ether 8e:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff link-netnsid 0 promiscuity 1 allmulti 1
    veth
    bridge_slave state forwarding priority 32 cost 2 hairpin off guard off root_block off fastleave off learning on flood on isolated off
6: eth0.100@enp3s0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP
    link/ether 52:54:00:12:34:56 brd ff:ff:ff:ff:ff:ff promiscuity 0
    vlan protocol 802.1Q id 100 <REORDER_HDR>
7: tun0: <POINTOPOINT,MULTICAST,NOARP,UP,LOWER_UP> mtu 1420 qdisc noqueue state UNKNOWN
    link/none promiscuity 0
    inet 10.8.0.2 peer 10.8.0.1/32 scope global tun0
    gobbledygook
";
    let read = read_links(text);
    assert_eq!(read.unread, [(26, Arc::from("gobbledygook"))]);
    let links: Vec<_> = read.items.into_iter().map(|(_, link)| link).collect();
    assert_eq!(links[1].addresses[0].net.to_string(), "192.168.1.20/24");
    assert_eq!((links[2].kind.clone(), links[2].up), (KindRead::Bridge, true));
    let veth = &links[3];
    assert_eq!((veth.beyond.clone(), veth.netns.as_deref()), (Some(Beyond::Index(4)), Some("0")));
    assert!(veth.promiscuous && veth.kind == KindRead::Veth);
    assert_eq!(links[4].kind, KindRead::Other(Arc::from("vlan")));
    assert_eq!(links[4].beyond, Some(Beyond::Name(Arc::from("enp3s0"))));
    assert_eq!(links[5].addresses[0].net.to_string(), "10.8.0.2/32");
    let routes = "\
default via 192.168.1.1 dev enp3s0 proto dhcp src 192.168.1.20 metric 100
172.17.0.0/16 dev docker0 proto kernel scope link src 172.17.0.1 linkdown
blackhole 10.244.1.0/26 proto bird
10.244.0.0/26 via 192.168.1.21 dev tunl0 proto bird onlink
local 192.168.1.20 dev enp3s0 table local proto kernel scope host src 192.168.1.20
10.7.0.0/16 table 52 dev tun0
fe80::/64 dev enp3s0 proto kernel metric 256 pref medium
default via fe80::1 dev enp3s0 proto ra metric 100 pref medium
multicast ff00::/8 dev enp3s0 table local proto kernel metric 256 pref medium
";
    let read = read_routes(routes);
    assert_eq!((read.items.len(), read.unread.len()), (6, 0));
    assert_eq!(read.items[5].1.table, TableId(52));
    let rules = read_rules(
        "0:\tfrom all lookup local\n100:\tfrom all fwmark 0x200/0xf00 lookup 2004 proto static\n101:\tfrom all iif eth0 lookup 7\n32766:\tfrom all lookup main\n",
    );
    assert_eq!((rules.items.len(), rules.unread.len()), (3, 1));
    assert_eq!(rules.items[1].1.fwmark, Some((0x200, 0xf00)));
    let neighbours = read_neighbours(
        "192.168.1.1 dev enp3s0 lladdr 52:54:00:00:00:01 REACHABLE\n172.17.0.9 dev docker0 FAILED\nfe80::1 dev enp3s0 lladdr 52:54:00:00:00:01 router STALE\n",
    );
    assert_eq!(neighbours.items.iter().map(|(_, own)| own.mac.is_some()).collect::<Vec<_>>(), [true, false]);
    let sockets = read_sockets(
        "Netid State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process\n\
         udp   UNCONN 0      0      127.0.0.53%lo:53        0.0.0.0:*     users:((\"systemd-resolve\",pid=601,fd=13))\n\
         tcp   LISTEN 0      4096         0.0.0.0:8080      0.0.0.0:*     users:((\"docker-proxy\",pid=9,fd=4))\n\
         tcp   LISTEN 0      4096            [::]:8080         [::]:*\n\
         tcp   LISTEN 0      4096               *:10250           *:*     users:((\"agent\",pid=8,fd=4))\n\
         tcp   LISTEN 0      128            [::1]:631          [::]:*\n",
    );
    assert_eq!((sockets.items.len(), sockets.unread.len()), (4, 0));
    assert_eq!(sockets.items[0].1.process.as_deref(), Some("systemd-resolve"));
    let tracked = "\
tcp      6 431999 ESTABLISHED src=10.244.1.5 dst=10.96.0.10 sport=40000 dport=80 src=10.244.2.7 dst=10.244.1.5 sport=8080 dport=40000 [ASSURED] mark=0 use=1
udp      17 25 src=10.244.1.5 dst=10.96.0.10 sport=5353 dport=53 [UNREPLIED] src=10.244.2.9 dst=10.244.1.5 sport=53 dport=5353 mark=0 use=1
icmp     1 29 src=10.0.0.1 dst=10.0.0.2 type=8 code=0 id=7 src=10.0.0.2 dst=10.0.0.1 type=0 code=0 id=7 mark=0 use=1
conntrack v1.4.7 (conntrack-tools): 3 flow entries have been shown.
";
    let read = read_conntrack(tracked);
    assert_eq!((read.items.len(), read.unread.len()), (3, 0), "{:?}", read.unread);
    let entries: Vec<_> = read.items.iter().map(|(_, entry)| entry).collect();
    assert_eq!((entries[0].tcp, entries[0].left), (Some(crate::state::CtTcp::Established), 431_999));
    assert!(!entries[1].replied && entries[0].assured);
    assert_eq!(entries[2].reply.src.ip().to_string(), "10.0.0.2");
}

#[test]
fn a_tracked_connection_that_we_print_is_read_as_it_is() {
    use crate::ids::NetnsId;
    use crate::netfilter::conntrack::track;
    use crate::packet::L4;
    use crate::socket;
    use crate::state::KernelState;
    let query = socket::packet(
        "10.0.0.1".parse().unwrap(),
        "10.0.0.53".parse().unwrap(),
        L4::Udp { sport: Port(40_000), dport: Port(53) },
    );
    let mut state = KernelState::default();
    track(&mut state, NetnsId(0), &query);
    let entry = &state.conntrack[&NetnsId(0)][0];
    let text = printed(|out| conntrack::write_conntrack(out, entry));
    let read = read_conntrack(&text);
    let own = &read.items[0].1;
    assert_eq!((own.original, own.reply, own.replied), (entry.original, entry.reply, false), "{text}");
}

#[test]
fn whatever_it_is_nothing_panics() {
    let pieces = [
        "1: ", "@", ":", "<", ">", " dev ", "via", "=", "tcp 6 ", "src=", "\u{301}", "10.0.0.1", "/", "0x", "\t", "[",
        "%", "nexthop",
    ];
    let mut seed = 7_usize;
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..12 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(pieces[(seed >> 33) % pieces.len()]);
        }
        read_links(&text);
        read_routes(&text);
        read_rules(&text);
        read_neighbours(&text);
        read_fdb(&text);
        read_ports(&text);
        read_sysctls(&text);
        read_sockets(&text);
        read_conntrack(&text);
    }
}
