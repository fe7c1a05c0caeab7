//! Odd networks and rules: whatever they are, a walk ends, does not panic, and is the same the second time.

use super::*;
use crate::config::xtables::{AddrTypeMatch, ConnMark, CtStates, IcmpType, PhysDev, Recent, RecentAction, TtlChange};
use crate::config::{AddrType, Bridge, BridgePort, Link, LinkKind, PortRange, RejectWith};
use proptest::prelude::*;

const TABLES: [TableName; 5] =
    [TableName::Raw, TableName::Mangle, TableName::Nat, TableName::Filter, TableName::Security];
pub(super) const ADDRESSES: [&str; 8] =
    ["10.0.0.2", "10.0.0.3", "10.0.0.1", "10.0.9.9", "127.0.0.1", "224.0.0.1", "0.0.0.0", "10.0.0.255"];
pub(super) const SYSCTLS: [&str; 6] = [
    "net.ipv4.ip_forward",
    "net.bridge.bridge-nf-call-iptables",
    "net.ipv4.conf.all.rp_filter",
    "net.ipv4.conf.all.route_localnet",
    "net.ipv4.conf.br0.accept_local",
    "net.ipv4.conf.all.forwarding",
];

pub(super) fn target(kind: u8, number: u8) -> Target {
    let to = ADDRESSES[number as usize % ADDRESSES.len()].parse().unwrap();
    // Ends may be the wrong way round.
    let port = number.is_multiple_of(2).then_some(PortRange { first: Port(1000), last: Port(u16::from(number) * 16) });
    match kind % 18 {
        11 => Target::Netmap(format!("10.0.0.0/{}", number % 33).parse().unwrap()),
        12 => Target::ConnMark(ConnMark::Save { packet_mask: u32::from(number), ct_mask: 7 }),
        13 => Target::ConnMark(ConnMark::Restore { packet_mask: 3, ct_mask: u32::from(number) }),
        14 => Target::Ttl(if number.is_multiple_of(2) { TtlChange::Decrease(number) } else { TtlChange::Set(number) }),
        15 => Target::Dnat(NatRange {
            addresses: Some((ADDRESSES[1].parse().unwrap(), to)),
            ports: Some(PortRange { first: Port(80), last: Port(80 + u16::from(number)) }),
            base: number.is_multiple_of(3).then_some(Port(u16::from(number))),
            random: number.is_multiple_of(2),
            ..NatRange::default()
        }),
        16 => Target::Snat(NatRange {
            addresses: Some((to, ADDRESSES[3].parse().unwrap())),
            persistent: true,
            ..NatRange::default()
        }),
        17 => Target::Trace,
        0 => Target::Accept,
        1 => Target::Drop,
        2 => Target::Return,
        3 => Target::Dnat(NatRange::to(to).with_ports(port)),
        4 => Target::Snat(NatRange::to(to).with_ports(port).fully_random(number.is_multiple_of(3))),
        5 => Target::Masquerade(NatRange::default().fully_random(number.is_multiple_of(2))),
        6 => Target::Redirect(NatRange::default().with_ports(port)),
        7 => Target::Mark { value: u32::from(number), mask: 7 },
        8 => Target::NoTrack,
        9 => Target::Reject(if number.is_multiple_of(2) { RejectWith::TcpReset } else { RejectWith::HostUnreachable }),
        _ => Target::Unknown { name: Arc::from("SET"), text: Arc::from("") },
    }
}

fn part(kind: u8, number: u8) -> Vec<Match> {
    let recent = |recent| Match::Recent(Box::new(recent));
    match kind % 20 {
        9 => vec![Match::Nth { not: false, every: u32::from(number % 3), packet: 0 }],
        10 => vec![Match::ConnMark(Neg::is((u32::from(number), 3)))],
        11 => vec![Match::Length(Neg::is((u16::from(number), 60)))],
        12 => vec![Match::MacSource(Neg::not(mac(number)))],
        13 => vec![Match::PhysDev(Box::new(PhysDev { is_bridged: Some(Neg::is(())), ..PhysDev::default() }))],
        14 => vec![recent(Recent { action: RecentAction::Remove, ..Recent::set("l") })],
        15 => vec![recent(Recent { action: RecentAction::Update, ..Recent::check("l", 0) })],
        16 => vec![Match::Icmp(Neg::is(IcmpType::Of { kind: number % 12, code: None }))],
        0 => vec![Match::ct_state(Neg::not(CtStates { new: true, invalid: true, ..CtStates::default() }))],
        1 => vec![Match::Mark(Neg::is((u32::from(number), 7)))],
        2 => vec![Match::AddrType(AddrTypeMatch {
            dst: Some(Neg::is(AddrType::Local.into())),
            ..AddrTypeMatch::default()
        })],
        3 => vec![Match::Random { not: number.is_multiple_of(2), threshold: 1 << 30 }],
        4 => vec![recent(Recent::set("l")), recent(Recent::check("l", u32::from(number)))],
        5 => vec![Match::Unknown { module: Arc::from("bpf"), text: Arc::from("") }],
        6 => to_port(80),
        _ => vec![],
    }
}

pub(super) type RuleSeed = (u8, u8, u8, u8, u8);

/// A bridge with two stations, optionally a second cable between bridge and station (a loop) and a self-made set of rules.
pub(super) fn network(rules: &[RuleSeed], sysctls: &[u8], bits: u8) -> Network {
    let mut builder = NetworkBuilder::default();
    let host = builder.add_netns("host", CAUSE);
    let bridge = |name: &str, last| Link {
        name: Arc::from(name),
        mac: mac(last),
        mtu: if bits & 1 == 0 { 1500 } else { 40 },
        up: bits & 6 != 6,
        kind: LinkKind::Bridge(Bridge::default()),
        port: None,
        addresses: vec![],
        cause: CAUSE,
    };
    let br0 = builder.add_link(host, bridge("br0", 9));
    address(&mut builder, br0, "10.0.0.1/24");
    for (index, name) in ["a", "b"].into_iter().enumerate() {
        let last = index as u8 + 2;
        let netns = builder.add_netns(name, CAUSE);
        let (eth0, port) =
            builder.add_veth((netns, "eth0", mac(10 + last)), (host, &format!("p{name}"), mac(20 + last)), 1500, CAUSE);
        address(&mut builder, eth0, &format!("10.0.0.{last}/24"));
        route(&mut builder, netns, "0.0.0.0/0", RouteKind::Unicast, Some(("10.0.0.1", eth0)));
        builder.link(port).port = Some(BridgePort {
            hairpin: bits & 8 != 0,
            learning: bits & 16 == 0,
            isolated: bits & 32 != 0,
            ..BridgePort::of(br0.link)
        });
        listen(&mut builder, netns, Protocol::Tcp, 80);
    }
    if bits & 64 != 0 {
        // Both ends of one cable in one bridge, and a route that sends everything back.
        let (x, y) = builder.add_veth((host, "x", mac(40)), (host, "y", mac(41)), 1500, CAUSE);
        for port in [x, y] {
            builder.link(port).port = Some(BridgePort::of(br0.link));
        }
        route(&mut builder, host, "0.0.0.0/0", RouteKind::Unicast, Some(("10.0.0.2", br0)));
    }
    for &(netns, table, hook, kind, number) in rules {
        let name = TABLES[table as usize % TABLES.len()];
        let hook = name.hooks()[hook as usize % name.hooks().len()];
        let matches = part(number.wrapping_mul(7) ^ kind, number);
        rule(
            &mut builder,
            NetnsId(u32::from(netns % 3)),
            name,
            hook,
            IpMatch::default(),
            matches,
            target(kind, number),
        );
    }
    for (index, name) in SYSCTLS.iter().enumerate() {
        let value = sysctls.get(index).map_or(0, |value| value % 3).to_string();
        builder.sysctl(host, name, &value, CAUSE);
    }
    builder.build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn walks_end_and_repeat(
        rules in prop::collection::vec(any::<RuleSeed>(), 0..12),
        sysctls in prop::collection::vec(any::<u8>(), 6),
        bits in any::<u8>(),
        from in 0_u32..3,
        to in 0_usize..ADDRESSES.len(),
        protocol in prop::sample::select(vec![Protocol::Tcp, Protocol::Udp, Protocol::Icmp, Protocol::Sctp, Protocol::Other(4)]),
    ) {
        let network = network(&rules, &sysctls, bits);
        let run = || {
            let mut state = KernelState::default();
            let to = SocketAddr::new(ADDRESSES[to].parse().unwrap(), 80);
            let from = NetnsId(from);
            let Ok((_, packet)) = socket::connect(&network, &mut state, &mut AlwaysFirst, from, protocol, (None, Port(40000)), to) else {
                return Vec::new();
            };
            let mut walks = vec![step::walk(&network, &mut state, &mut AlwaysFirst, from, packet)];
            let mut at = 0;
            while at < walks.len() && walks.len() < 10 {
                for answer in walks[at].answers.clone() {
                    walks.push(step::walk_answer(&network, &mut state, &mut AlwaysFirst, &answer));
                }
                at += 1;
            }
            walks
        };
        prop_assert_eq!(run(), run());
    }
}
