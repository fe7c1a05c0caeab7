//! Long chains and sets are walked by what was looked up before; the plain walk, rule by rule, is the truth it is held against.

use super::random::{ADDRESSES, SYSCTLS, network, target};
use super::*;
use crate::config::nft::data::{DataType, Datum, Pattern};
use crate::config::nft::set::Element;
use crate::config::nft::set_index::SetIndex;
use crate::config::nft::{Ruleset, set};
use crate::config::xtables::{AddrTypeMatch, CtStates, DevMatch, Recent, TcpFlagSet, TcpFlagsMatch};
use crate::config::{AddrType, PortRange};
use crate::ids::{ChainId, ElementId};
use crate::text::nft::read::{NftLimits, Source, parse};
use crate::walk::Chooser;
use proptest::prelude::*;

/// Draws true and false in turn, so that one draw more or less changes what follows.
#[derive(Default)]
struct Turns(u32);

impl Chooser for Turns {
    fn random(&mut self, _: NetnsId, _: RuleRef, _: u32) -> bool {
        self.0 += 1;
        !self.0.is_multiple_of(3)
    }

    fn source_port(&mut self, _: NetnsId, _: Option<RuleRef>, _: u16, range: (u16, u16)) -> u16 {
        range.0
    }
}

/// What a generated rule is made of.
type Seed = (u8, u8, u8, u8, u8, u8);

const LONG: [(TableName, Hook); 6] = [
    (TableName::Nat, Hook::Prerouting),
    (TableName::Nat, Hook::Output),
    (TableName::Nat, Hook::Postrouting),
    (TableName::Filter, Hook::Forward),
    (TableName::Filter, Hook::Input),
    (TableName::Mangle, Hook::Output),
];

fn net(number: u8) -> Option<Neg<ipnet::IpNet>> {
    let address = ADDRESSES[number as usize % 4];
    match number / 4 % 8 {
        0..=3 => Some(Neg::is(format!("{address}/32").parse().unwrap())),
        4 => Some(Neg::not(format!("{address}/32").parse().unwrap())),
        5 => Some(Neg::is("10.0.0.0/24".parse().unwrap())),
        _ => None,
    }
}

fn protocol(number: u8) -> Protocol {
    [Protocol::Tcp, Protocol::Tcp, Protocol::Udp, Protocol::Sctp, Protocol::Icmp, Protocol::Other(4)]
        [number as usize % 6]
}

/// Parts before and behind the port, the port in most rules.
fn parts(number: u8, to: u8) -> Vec<Match> {
    let port = |number: u8| [80, 81, 8080, 53][number as usize % 4];
    let mut parts = match number % 16 {
        0 => vec![Match::Comment(Arc::from(format!("rule {to}"))), Match::Account(Arc::from("all"))],
        1 => vec![Match::AddrType(AddrTypeMatch {
            dst: Some(Neg::is(AddrType::Local.into())),
            ..AddrTypeMatch::default()
        })],
        2 => vec![Match::Random { not: false, threshold: 1 << 30 }],
        3 => vec![Match::Recent(Box::new(Recent::set("l")))],
        4 => vec![Match::Mark(Neg::is((u32::from(to), 3)))],
        5 => vec![Match::Unknown { module: Arc::from("bpf"), text: Arc::from("") }],
        6 => vec![Match::ct_state(Neg::is(CtStates { new: true, ..CtStates::default() }))],
        7 => vec![Match::Nth { not: false, every: 2, packet: 0 }],
        8 => vec![Match::Limit { period: 1, burst: 1 }],
        _ => vec![],
    };
    let range = PortRange { first: Port(80), last: Port(90) };
    let (protocol, dport) = (protocol(to / 4), Some(Neg::is(PortRange::one(port(to)))));
    match to / 32 {
        0..=4 => parts.push(Match::ports(protocol, None, dport)),
        5 => parts.push(Match::ports(protocol, None, Some(Neg::not(PortRange::one(port(to)))))),
        6 => parts.push(Match::Ports {
            protocol,
            sport: None,
            dport: if to.is_multiple_of(2) { dport } else { Some(Neg::is(range)) },
            flags: Some(Neg::is(TcpFlagsMatch { mask: TcpFlagSet(0x17), set: TcpFlagSet(0x02) })),
        }),
        _ => {}
    }
    if number & 64 != 0 {
        parts.push(Match::Random { not: false, threshold: 1 << 30 });
    }
    parts
}

/// Most rules that match change a mark and go on, some lead elsewhere, few decide.
fn aim(kind: u8, number: u8, to: ChainId) -> Target {
    match kind % 16 {
        0..=7 => Target::Mark { value: u32::from(number), mask: 3 },
        8 | 9 => Target::Jump(to),
        10 => Target::Goto(to),
        11 => Target::None,
        _ => target(number, kind),
    }
}

fn long(seeds: &[Seed], sysctls: &[u8], bits: u8) -> Network {
    let mut builder = network(&[], sysctls, bits).edit();
    for netns in [0, 1] {
        for (name, hook) in LONG {
            let table = builder.netns(NetnsId(netns)).xtables.table_mut(name);
            let (base, other) = (table.base(hook).unwrap(), table.chain("OTHER", CAUSE));
            for (chain, seeds) in [(base, seeds), (other, seeds.get(seeds.len() / 2..).unwrap())] {
                for &(src, dst, form, number, to, kind) in seeds {
                    let ip = IpMatch {
                        src: net(src).filter(|_| form & 1 != 0),
                        dst: net(dst).filter(|_| form & 2 != 0),
                        in_dev: (form & 28 == 4)
                            .then(|| Box::new(Neg::not(DevMatch { name: Arc::from("p"), prefix: true }))),
                        protocol: (form & 32 != 0).then(|| Neg::is(protocol(to / 4))),
                        fragment: (form & 192 == 192).then(|| Neg::is(())),
                        ..IpMatch::default()
                    };
                    let target = if chain == other { Target::None } else { aim(kind, number, other) };
                    table.append(chain, Rule { ip, matches: parts(number, to), target, cause: CAUSE });
                }
            }
        }
    }
    builder.build().unwrap()
}

/// One connection attempt with every answer, and all that is remembered afterwards.
fn whole(network: &Network, from: u32, to: usize, port: u16, protocol: Protocol) -> (Vec<Walk>, String) {
    let (mut state, mut turns) = (KernelState::default(), Turns::default());
    let (to, from) = (SocketAddr::new(ADDRESSES[to].parse().unwrap(), port), NetnsId(from));
    let Ok((_, packet)) =
        socket::connect(network, &mut state, &mut AlwaysFirst, from, protocol, (None, Port(40000)), to)
    else {
        return (Vec::new(), String::new());
    };
    let mut walks = vec![step::walk(network, &mut state, &mut turns, from, packet)];
    let mut at = 0;
    while at < walks.len() && walks.len() < 10 {
        for answer in walks[at].answers.clone() {
            walks.push(step::walk_answer(network, &mut state, &mut turns, &answer));
        }
        at += 1;
    }
    (walks, format!("{state:?}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn indexed_and_plain_walks_agree(
        seeds in prop::collection::vec(any::<Seed>(), 16..70),
        sysctls in prop::collection::vec(any::<u8>(), SYSCTLS.len()),
        bits in any::<u8>(),
        from in 0_u32..3,
        to in 0_usize..5,
        port in prop::sample::select(vec![80_u16, 81, 8080, 53, 9]),
        protocol in prop::sample::select(vec![Protocol::Tcp, Protocol::Udp, Protocol::Icmp, Protocol::Sctp, Protocol::Other(4)]),
    ) {
        let indexed = long(&seeds, &sysctls, bits);
        let plain = indexed.thawed();
        let (found, expected) = (whole(&indexed, from, to, port, protocol), whole(&plain, from, to, port, protocol));
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn indexed_and_plain_lookups_agree(
        elements in prop::collection::vec((0_u8..6, 0_u128..4, 0_u8..8, 0_u128..6), 8..40),
        built_for in 0_usize..3,
        keys in prop::collection::vec((0_u128..4, 0_u128..6, any::<bool>()), 20),
    ) {
        let text = |number: u128| Datum::Text(Arc::from(["eth0", "eth1", "lo", "eth*", "et*", ""][number as usize % 6]));
        let element = |&(kind, first, length, second): &(u8, u128, u8, u128)| {
            let key = match kind {
                0..=2 => vec![Pattern::One(Datum::Number(first)), Pattern::One(text(second))],
                3 => vec![Pattern::Prefix(first, 24 + length), Pattern::One(text(second))],
                4 => vec![Pattern::Range(first, second), Pattern::Any],
                _ if length == 0 => vec![Pattern::Any],
                _ => vec![Pattern::One(Datum::Number(first))],
            };
            Element::new(key, None, CAUSE)
        };
        let elements: Vec<Element> = elements.iter().map(element).collect();
        let types = [DataType::Ipv4Addr, DataType::IfName];
        let index = SetIndex::of(&elements, &types[..built_for]).unwrap();
        for (first, second, short) in keys {
            let key = [Datum::Number(first), text(second)];
            let key = if short { &key[..1] } else { &key[..] };
            for types in [&[DataType::Ipv4Addr, DataType::IfName][..], &[DataType::Ipv4Addr][..]] {
                let found = |found: Option<(ElementId, &Element)>| found.map(|(at, _)| at);
                prop_assert_eq!(found(index.find(&elements, key, types)), found(set::find(&elements, key, types)));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn indexed_and_plain_looks_into_intervals_agree(
        elements in prop::collection::vec((0_u8..5, 0_u128..300, 0_u128..20, 0_u8..=40), 8..60),
        wide in any::<bool>(),
        keys in prop::collection::vec(0_u128..330, 40),
    ) {
        let (kind, other) = if wide { (DataType::Ipv6Addr, DataType::Ipv4Addr) } else { (DataType::Ipv4Addr, DataType::EtherAddr) };
        let top = if wide { u128::MAX } else { u32::MAX.into() };
        let element = |&(form, first, length, prefix): &(u8, u128, u128, u8)| {
            let key = match form {
                0 => Pattern::One(Datum::Number(first)),
                1 if length == 0 => Pattern::Any,
                1 => Pattern::Prefix(first, kind.bits() - prefix.min(kind.bits())),
                2 => Pattern::Range(top - first, top - length),
                _ => Pattern::Range(first, first + length - 1_u128.min(length)),
            };
            Element::new(vec![key], None, CAUSE)
        };
        let elements: Vec<Element> = elements.iter().map(element).collect();
        let index = SetIndex::of(&elements, std::slice::from_ref(&kind)).unwrap();
        for key in keys.iter().flat_map(|key| [*key, top - key]) {
            let key = [Datum::Number(key)];
            for kind in [&kind, &other] {
                let types = std::slice::from_ref(kind);
                let found = |found: Option<(ElementId, &Element)>| found.map(|(at, _)| at);
                prop_assert_eq!(found(index.find(&elements, &key, types)), found(set::find(&elements, &key, types)));
            }
        }
    }

    #[test]
    fn indexed_and_plain_nft_walks_agree(
        seeds in prop::collection::vec(any::<Seed>(), 16..70),
        bits in any::<u8>(),
        from in 0_u32..3,
        to in 0_usize..5,
        port in prop::sample::select(vec![80_u16, 81, 8080, 53, 9]),
        protocol in prop::sample::select(vec![Protocol::Tcp, Protocol::Udp, Protocol::Icmp, Protocol::Sctp]),
    ) {
        let mut builder = network(&[], &[1, 1], bits).edit();
        let rules = nft_rules(&seeds);
        for netns in [0, 1] {
            builder.netns(NetnsId(netns)).nft = rules.clone();
        }
        let indexed = builder.build().unwrap();
        let (found, expected) = (whole(&indexed, from, to, port, protocol), whole(&indexed.thawed(), from, to, port, protocol));
        prop_assert_eq!(found, expected);
    }
}

/// A long chain of nft's at two hooks, another one it leads to, and a set that rules fill.
fn nft_rules(seeds: &[Seed]) -> Ruleset {
    let text_of = |&(src, dst, form, number, to, kind): &Seed| {
        let mut text = String::new();
        let port = [80, 81, 8080, 53][to as usize % 4];
        let (source, destination) = (ADDRESSES[src as usize % 4], ADDRESSES[dst as usize % 4]);
        text += match number % 12 {
            0 => "meta mark set meta mark + 1 ",
            1 => "ct state new ",
            2 => "meta mark & 3 == 1 ",
            3 => "iifname \"p*\" ",
            4 => "numgen inc mod 2 0 ",
            5 => "update @seen { ip saddr } ",
            6 => "counter ",
            7 => "ip saddr @seen ",
            8 => "fib daddr type local ",
            9 => "meta mark set 2 ",
            _ => "",
        };
        if text.starts_with("meta mark set meta") {
            text = "meta mark set meta mark | 1 ".to_owned();
        }
        text += &match form % 8 {
            0 => format!("ip saddr {source} "),
            1 | 2 => format!("ip daddr {destination} "),
            3 => format!("ip daddr != {destination} "),
            4 => format!("tcp dport {port} "),
            5 => format!("udp dport {port} "),
            6 => format!("ip daddr {destination} tcp dport {port} "),
            _ => format!("meta l4proto tcp th dport {port} "),
        };
        text += match kind % 16 {
            0..=6 => "meta mark set meta mark ^ 3",
            7 => "accept",
            8 => "drop",
            9 => "jump other",
            10 => "goto other",
            11 => "return",
            12 => "log",
            13 => "ct mark set 7",
            14 => "reject",
            _ => "counter",
        };
        text
    };
    let lines = |seeds: &[Seed], chain: bool| {
        let lines = seeds.iter().map(text_of).filter(|line| chain || !line.contains("other"));
        lines.map(|line| format!("{line}\n")).collect::<String>()
    };
    let text = format!(
        "table ip t {{\nset seen {{ type ipv4_addr; flags dynamic; }}\nchain other {{\n{}}}\n\
         chain out {{ type filter hook output priority 0; policy accept;\n{}}}\n\
         chain in {{ type filter hook input priority 0; policy drop;\n{}}}\n}}\n",
        lines(&seeds[seeds.len() / 2..], false),
        lines(seeds, true),
        lines(seeds, true)
    );
    parse(&text, Source::Script, CAUSE, &NftLimits::default()).unwrap_or_else(|error| panic!("{error:?}\n{text}"))
}

/// Everything the plain walk says of 60 rules of which one matches, by the index.
#[test]
fn skipped_rules_are_counted() {
    let mut builder = network(&[], &[1], 0).edit();
    let table = builder.netns(NetnsId(1)).xtables.table_mut(TableName::Filter);
    let chain = table.base(Hook::Output).unwrap();
    for last in 100..160_u8 {
        let dst = Some(Neg::is(format!("10.0.0.{last}/32").parse().unwrap()));
        let ip = IpMatch { dst, protocol: Some(Neg::is(Protocol::Tcp)), ..IpMatch::default() };
        let ports = if last < 130 { to_port(80) } else { to_port(81) };
        table.append(chain, Rule { ip, matches: ports, target: Target::None, cause: CAUSE });
    }
    for port in 75..95 {
        let ip = IpMatch { protocol: Some(Neg::is(Protocol::Tcp)), ..IpMatch::default() };
        table.append(chain, Rule { ip, matches: to_port(port), target: Target::None, cause: CAUSE });
    }
    let network = builder.build().unwrap();
    let walk = &attempt(&network, NetnsId(1), Protocol::Tcp, "10.0.0.120:80").walks[0];
    let said: Vec<String> = walk
        .hops
        .iter()
        .flat_map(|hop| &hop.events)
        .filter_map(|event| match event {
            Event::Rule { rule, skipped, .. } => Some(format!("{} {skipped:?}", rule.id.0)),
            Event::ChainEnd { skipped, .. } => Some(format!("end {skipped:?}")),
            _ => None,
        })
        .collect();
    let runs = |list: &[(u32, &str)]| {
        let runs: Vec<String> =
            list.iter().map(|(count, failed)| format!("Skipped {{ count: {count}, failed: {failed} }}")).collect();
        format!("[{}]", runs.join(", "))
    };
    let expected = [
        format!("20 {}", runs(&[(20, "Destination")])),
        format!("65 {}", runs(&[(39, "Destination"), (5, "DestinationPort")])),
        format!("end {}", runs(&[(14, "DestinationPort")])),
    ];
    assert_eq!(said, expected);
}
