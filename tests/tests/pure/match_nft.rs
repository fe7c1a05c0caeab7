//! Which rules of nftables match which packet, against what a real kernel counted.

use kernel::config::nft::Ruleset;
use kernel::config::{AnyRule, IfAddr, Network, NetworkBuilder, Scope, Socket};
use kernel::exchange::{Exchange, Reported, Request, exchange};
use kernel::ids::{LinkRef, NetnsId, RuleRef};
use kernel::packet::{Icmp, L4, Mac, Packet, Port, Protocol, TcpFlags};
use kernel::state::KernelState;
use kernel::text::nft::read::{NftLimits, Source, parse};
use kernel::walk::{Assumed, Chooser, Event, Walk};
use kernel::{socket, step};
use kubehop_tests::read;
use kubernetes::origin::CauseId;
use proptest::prelude::*;
use sim_core::print;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

const CAUSE: CauseId = CauseId(0);

/// The sets the rules of `matches.txt` name.
const SETS: &str = "table inet t {
    set plain { type ipv4_addr; elements = { 10.9.0.2, 10.9.0.3 }; }
    set ranges { type ipv4_addr; flags interval; elements = { 10.9.0.0-10.9.0.3, 172.16.0.0/12 }; }
    set triples { type ipv4_addr . inet_proto . inet_service; elements = { 10.9.0.2 . tcp . 8080, 10.9.0.2 . udp . 5353 }; }
    map tripmap { type ipv4_addr . inet_proto . inet_service : verdict; elements = { 10.9.0.2 . tcp . 8080 : continue }; }
    set learned { type ipv4_addr; flags dynamic,timeout; timeout 1h; size 100; }
    set small { type ipv4_addr; flags dynamic; size 1; }
    map smallmap { type ipv4_addr : mark; flags dynamic; size 9; }
";

/// No rule here draws.
struct Never;

impl Chooser for Never {
    fn random(&mut self, _: NetnsId, _: RuleRef, _: u32) -> bool {
        panic!("a draw")
    }

    fn source_port(&mut self, _: NetnsId, _: Option<RuleRef>, _: u16, range: (u16, u16)) -> u16 {
        range.0
    }
}

/// Two machines on a cable; `rules` on one of them.
fn machines(rules: &str, on_sender: bool) -> (Network, NetnsId, NetnsId) {
    let parsed = parse(rules, Source::Script, CAUSE, &NftLimits::default());
    let parsed = parsed.unwrap_or_else(|error| panic!("{error}\n{rules}"));
    let (builder, a, at) = with_rules(parsed, on_sender);
    (builder.build().expect("sound"), a, at)
}

fn with_rules(rules: Ruleset, on_sender: bool) -> (NetworkBuilder, NetnsId, NetnsId) {
    let mut builder = NetworkBuilder::default();
    let (a, b) = (builder.add_netns("a", CAUSE), builder.add_netns("b", CAUSE));
    let (left, right) =
        builder.add_veth((a, "eth0", Mac([2, 0, 0, 0, 0, 1])), (b, "eth0", Mac([2, 0, 0, 0, 0, 2])), 1500, CAUSE);
    let mut address = |link: LinkRef, net: &str| {
        let net = net.parse().unwrap();
        builder.add_address(link, IfAddr { net, broadcast: None, scope: Scope::Global, cause: CAUSE });
    };
    for net in ["10.9.0.1/24", "10.9.0.9/24"] {
        address(left, net);
    }
    for net in ["10.9.0.2/24", "10.9.0.3/24"] {
        address(right, net);
    }
    for (protocol, port) in [(Protocol::Tcp, 8080), (Protocol::Tcp, 8081), (Protocol::Udp, 5353)] {
        for at in [a, b] {
            let socket = Socket {
                protocol,
                address: None,
                port: Port(port),
                process: kernel::ids::ProcessId::default(),
                owner: Default::default(),
                cause: CAUSE,
            };
            builder.netns(at).sockets.push(socket);
        }
    }
    let at = if on_sender { a } else { b };
    builder.netns(at).nft = rules;
    (builder, a, at)
}

fn packet(protocol: &str) -> Packet {
    let (sport, dport) = (Port(40000), Port(8080));
    let l4 = match protocol {
        "tcp" => L4::Tcp { sport, dport, flags: TcpFlags::SYN },
        "udp" => L4::Udp { sport, dport: Port(5353) },
        _ => L4::Icmp(Icmp::EchoRequest { id: 7 }),
    };
    socket::packet("10.9.0.1".parse().unwrap(), "10.9.0.2".parse().unwrap(), l4)
}

fn walk(network: &Network, from: NetnsId, protocol: &str) -> Walk {
    step::walk(network, &mut KernelState::default(), &mut Never, from, packet(protocol))
}

fn events(walk: &Walk, at: NetnsId) -> impl Iterator<Item = &Event> {
    walk.hops.iter().filter(move |hop| hop.netns == at).flat_map(|hop| &hop.events)
}

/// Comments of the rules that matched at a machine.
fn comments(network: &Network, at: NetnsId, walk: &Walk) -> BTreeSet<String> {
    let matched = events(walk, at).filter_map(|event| match event {
        Event::Rule { rule, .. } => match network.netns(at).rule(*rule) {
            Some(AnyRule::Nft(rule)) => rule.comment.as_deref().map(str::to_owned),
            _ => None,
        },
        _ => None,
    });
    matched.collect()
}

#[test]
fn rules_match_what_the_kernel_matches() {
    let text = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/nft/matches.txt"));
    let rows: Vec<(&str, &str)> =
        text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split_once(' ').expect("signs")).collect();
    assert!(rows.len() > 150);
    let mut wrong = Vec::new();
    for (hook_at, hook) in ["prerouting", "input", "output", "postrouting"].into_iter().enumerate() {
        let on_sender = hook_at >= 2;
        let signs = |row: &(&str, &str), protocol_at: usize| row.0.as_bytes()[hook_at * 3 + protocol_at] as char;
        let loaded: Vec<usize> = (0..rows.len()).filter(|at| signs(&rows[*at], 0) != '.').collect();
        let mut script = format!(
            "{SETS} chain entry {{ type filter hook {hook} priority 10; policy accept;\n\
             ip saddr 10.9.0.1 ip daddr 10.9.0.2 goto probes\n}}\n chain probes {{\n"
        );
        loaded.iter().for_each(|at| script.push_str(&format!("{} counter comment \"{at}\"\n", rows[*at].1)));
        script.push_str("}\n}\n");
        let (network, from, at) = machines(&script, on_sender);
        for (protocol_at, protocol) in ["tcp", "udp", "icmp"].into_iter().enumerate() {
            let walk = walk(&network, from, protocol);
            let unlimited =
                |event: &&Event| matches!(event, Event::Assumed(what) if !matches!(what, Assumed::WithinLimit { .. }));
            assert_eq!(events(&walk, at).find(unlimited), None, "{hook} {protocol}");
            let matched = comments(&network, at, &walk);
            let matched: BTreeSet<usize> = matched.iter().filter_map(|comment| comment.parse().ok()).collect();
            for row in &loaded {
                let real = signs(&rows[*row], protocol_at) == 'y';
                if real != matched.contains(row) {
                    wrong.push(format!("{hook} {protocol} real {real}: {}", rows[*row].1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What came of dialling, in the words of `chains.txt`.
fn result(done: &Exchange) -> String {
    match (done.reported, done.served) {
        (Reported::Ok, Some(served)) => format!("ok {} {}", served.local, served.peer),
        (Reported::Ok, None) => "ok".to_owned(),
        (Reported::Error(errno), _) => errno.name().to_owned(),
        (Reported::Eof, _) => "eof".to_owned(),
        (Reported::Timeout, _) => "timeout".to_owned(),
    }
}

#[test]
fn chains_and_translations_do_what_the_kernel_does() {
    let text = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/nft/chains.txt"));
    let mut wrong = Vec::new();
    let mut count = 0;
    for case in text.split("\n== ").skip(1) {
        let mut lines = case.lines();
        let name = lines.next().expect("name");
        let mut field = |name: &str| lines.next().expect("field").strip_prefix(name).expect(name).trim().to_owned();
        let (side, dial, real, matched) = (field("rules on:"), field("dial:"), field("result:"), field("matched:"));
        let rules = lines.collect::<Vec<_>>().join("\n");
        let matched: BTreeSet<String> =
            matched.split(", ").filter(|comment| !comment.is_empty()).map(str::to_owned).collect();
        let (network, from, at) = machines(&rules, side == "a");
        let request = Request {
            netns: from,
            protocol: Protocol::Tcp,
            local: Some("10.9.0.1".parse().unwrap()),
            sport: Port(40000),
            remote: dial.parse().expect("address"),
            payload: Arc::from([]),
            ttl: None,
            dont_fragment: None,
            owner: Default::default(),
        };
        let done = exchange(&network, &mut KernelState::default(), &mut Never, &request);
        let ours: BTreeSet<String> = done.packets.iter().flat_map(|sent| comments(&network, at, &sent.walk)).collect();
        count += 1;
        if (result(&done), &ours) != (real.clone(), &matched) {
            wrong.push(format!("{name}: ours {} {ours:?}, real {real} {matched:?}", result(&done)));
        }
    }
    assert!(count > 40, "{count}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Draws whatever it is told to.
struct Any(u32);

impl Chooser for Any {
    fn random(&mut self, _: NetnsId, _: RuleRef, _: u32) -> bool {
        self.0.is_multiple_of(2)
    }

    fn source_port(&mut self, _: NetnsId, _: Option<RuleRef>, _: u16, range: (u16, u16)) -> u16 {
        range.1
    }

    fn number(&mut self, _: NetnsId, _: RuleRef, _: u32) -> u32 {
        self.0
    }
}

/// Lines to make rule sets of: everything in the fixtures.
fn lines() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/nft");
    let matches = read(&folder.join("matches.txt"));
    let probes = matches.lines().filter(|line| !line.starts_with('#')).map(|line| line[13..].to_owned());
    let tool = read(&folder.join("tool/statements.txt"));
    let chains = read(&folder.join("chains.txt"));
    let own = [tool, chains].join("\n");
    let rules = own.lines().filter_map(|line| line.strip_prefix("\t\t")).filter(|line| {
        !["type ", "elements", "flags", "size", "timeout", "gc-", "comment", "typeof", "auto", " "]
            .iter()
            .any(|start| line.starts_with(start))
    });
    probes.chain(rules.map(str::to_owned)).filter(|line| !line.contains("{ ") || line.contains('}')).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_rules_are_run_or_refused(
        chosen in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..12),
        hooks in prop::collection::vec((0usize..5, 0usize..3, -310i32..310), 3),
        drawn in any::<u32>(),
        on_sender in any::<bool>(),
    ) {
        let all = lines();
        let mut script = SETS.to_owned();
        for (at, (hook, kind, priority)) in hooks.iter().enumerate() {
            let hook = ["prerouting", "input", "forward", "output", "postrouting"][*hook];
            let kind = ["filter", "nat", "route"][*kind];
            script.push_str(&format!("chain c{at} {{ type {kind} hook {hook} priority {priority}; jump c3\n }}\n"));
        }
        // Two rules cut in the middle make one that nobody wrote.
        for at in 3..6 {
            script.push_str(&format!("chain c{at} {{\n"));
            for (one, other) in &chosen {
                let (one, other) = (one.get(&all), other.get(&all));
                let head: Vec<&str> = one.split(' ').collect();
                let tail: Vec<&str> = other.split(' ').collect();
                let mixed = [&head[..head.len() / 2], &tail[tail.len() / 2..]].concat().join(" ");
                let sound = mixed.matches('{').count() == mixed.matches('}').count() && mixed.matches('"').count() % 2 == 0;
                script.push_str(if sound && at == 4 { &mixed } else { one });
                script.push('\n');
            }
            script.push_str(if at == 3 { "jump c4\n goto c5\n }\n" } else { "}\n" });
        }
        script.push_str("chain there { accept\n }\n chain inner { }\n map ms { type inet_service : ipv4_addr; }\n}\n");
        let Ok(rules) = parse(&script, Source::Script, CAUSE, &NftLimits::default()) else { return Ok(()) };
        let (builder, from, _) = with_rules(rules, on_sender);
        let Ok(network) = builder.build() else { return Ok(()) };
        let mut state = KernelState::default();
        for protocol in ["tcp", "udp", "icmp"] {
            for _ in 0..2 {
                let walk = step::walk(&network, &mut state, &mut Any(drawn), from, packet(protocol));
                prop_assert!(walk.hops.len() < 64);
                for hop in &walk.hops {
                    for event in &hop.events {
                        let netns = network.netns(hop.netns);
                        match event {
                            Event::Rule { rule, .. } => prop_assert!(print::rule_text(netns, *rule).is_some()),
                            Event::NftLookup { rule, statement, key, hit } => {
                                prop_assert!(print::nft::lookup_text(netns, *rule, *statement, key, *hit).is_some())
                            }
                            _ => {}
                        }
                    }
                }
            }
        }
    }
}
