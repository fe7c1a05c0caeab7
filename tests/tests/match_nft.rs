//! Which rules of nftables match which packet, against what a real kernel counted.

use kubehop_tests::read;
use sim_core::cause::CauseId;
use sim_core::linux::AnyRule;
use sim_core::linux::build::NetworkBuilder;
use sim_core::linux::live::Live;
use sim_core::linux::state::{IfAddr, LinkRef, NetnsId, Network, Scope, Socket};
use sim_core::linux::walk::{Assumed, Chooser, Event, RuleRef, Walk};
use sim_core::linux::{socket, step};
use sim_core::packet::{Icmp, L4, Mac, Packet, Port, Protocol, TcpFlags};
use sim_core::parse::nft::{NftLimits, Source, parse};
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

    fn source_port(&mut self, _: NetnsId, _: RuleRef, _: u16, range: (u16, u16)) -> u16 {
        range.0
    }
}

/// Two machines on a cable; `rules` on one of them.
fn machines(rules: &str, on_sender: bool) -> (Network, NetnsId, NetnsId) {
    let mut builder = NetworkBuilder::default();
    let (a, b) = (builder.add_netns("a", CAUSE), builder.add_netns("b", CAUSE));
    let (left, right) =
        builder.add_veth((a, "eth0", Mac([2, 0, 0, 0, 0, 1])), (b, "eth0", Mac([2, 0, 0, 0, 0, 2])), 1500, CAUSE);
    let mut address = |link: LinkRef, net: &str| {
        let net = net.parse().unwrap();
        builder.add_address(link, IfAddr { net, broadcast: None, scope: Scope::Global, cause: CAUSE });
    };
    address(left, "10.9.0.1/24");
    address(right, "10.9.0.2/24");
    for (protocol, port) in [(Protocol::Tcp, 8080), (Protocol::Udp, 5353)] {
        let socket = Socket { protocol, address: None, port: Port(port), process: Arc::from("server"), cause: CAUSE };
        builder.netns(b).sockets.push(socket);
    }
    let parsed = parse(rules, Source::Script, CAUSE, &NftLimits::default());
    let at = if on_sender { a } else { b };
    builder.netns(at).nft = parsed.unwrap_or_else(|error| panic!("{error}\n{rules}"));
    (builder.build().expect("sound"), a, at)
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
    step::walk(network, &mut Live::default(), &mut Never, from, packet(protocol))
}

fn events(walk: &Walk, at: NetnsId) -> impl Iterator<Item = &Event> {
    walk.hops.iter().filter(move |hop| hop.netns == at).flat_map(|hop| &hop.events)
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
            let matched: BTreeSet<usize> = events(&walk, at)
                .filter_map(|event| match event {
                    Event::Rule { rule, .. } => match network.netns(at).rule(*rule) {
                        Some(AnyRule::Nft(rule)) => rule.comment.as_deref()?.parse().ok(),
                        _ => None,
                    },
                    _ => None,
                })
                .collect();
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
