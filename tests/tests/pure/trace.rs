//! The way of recorded connections through the rules of three real nodes, line by line, in both modes of kube-proxy.
//!
//! The nodes have the rules we write for the objects; in nftables mode the tables of others are the recorded ones. In iptables mode the
//! record tells rules in another notation and is compared by chain and verdict.

use kernel::config::nft::data::{Datum, Pattern, Verdict as To};
use kernel::config::nft::expr::{SetRef, Statement};
use kernel::config::nft::set::ElementData;
use kernel::config::xtables::{Target, Xtables};
use kernel::config::{AnyRule, Hook, Network, Policy};
use kernel::exchange::{Reported, Request, exchange};
use kernel::ids::{LinkId, NetnsId, RuleRef, TableName};
use kernel::packet::{Field, Icmp, L4, Packet, Port, Protocol};
use kernel::state::{Errno, KernelState};
use kernel::text::nft::read::{NftLimits, Source, parse};
use kernel::walk::{Chooser, Event, Place, Verdict, Walk};
use kubehop_tests::{agree, cases, conformance, kube_proxy_configuration, model, plain_pods, read};
use kubernetes::cluster::model::{NodeId, ProxyMode};
use kubernetes::origin::CauseId;
use serde_json::Value;
use sim_core::agents::{Site, outside};
use sim_core::model::Options;
use sim_core::print;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

/// The passage of one packet through one base chain: where, what it looked like, and each line of the trace.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Passage {
    /// `FAMILY TABLE CHAIN`.
    chain: String,
    /// Fields of the packet, as `nft monitor trace` names them.
    packet: BTreeMap<String, String>,
    lines: Vec<String>,
}

// What was recorded.

/// Fields of a `packet:` line that we follow.
fn header(text: &str) -> BTreeMap<String, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut fields = BTreeMap::new();
    for pair in words.windows(3) {
        let (name, value) = match pair {
            ["iif" | "oif", value, _] => (pair[0].to_owned(), value.trim_matches('"').to_owned()),
            ["ip", "saddr" | "daddr" | "ttl", value] => (pair[1].to_owned(), (*value).to_owned()),
            ["tcp" | "udp", "sport" | "dport", value] => (format!("{} {}", pair[0], pair[1]), (*value).to_owned()),
            ["icmp", "type", value] => ("icmp type".to_owned(), (*value).to_owned()),
            _ => continue,
        };
        fields.entry(name).or_insert(value);
    }
    fields
}

/// Which rules the recorded nodes had.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Iptables,
    Nftables,
}

impl Mode {
    fn name(self) -> &'static str {
        match self {
            Self::Iptables => "iptables",
            Self::Nftables => "nftables",
        }
    }

    /// A rule as it is compared.
    fn rule(self, text: &str) -> String {
        let verdict = || text.rsplit_once("(verdict ").map_or("", |(_, verdict)| verdict);
        match self {
            Self::Nftables => text.to_owned(),
            Self::Iptables => format!("rule (verdict {}", verdict()),
        }
    }
}

/// The passages of one node's trace, in order of their beginning. A packet made on the way (an ICMP error) is told in the middle of the
/// packet it is about. The recorder's own table is left out.
fn recorded(lines: &[Value], mode: Mode) -> Vec<Passage> {
    let mut passages: Vec<Passage> = Vec::new();
    let mut open: BTreeMap<&str, usize> = BTreeMap::new();
    for line in lines {
        let line = line.as_str().expect("line").trim_start_matches("trace id ").trim_end();
        let (id, rest) = line.split_once(' ').expect("id");
        let mut words = rest.splitn(4, ' ');
        let (family, table, chain) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
        let what = words.next().expect("what happened");
        if table == "tr" {
            continue;
        }
        let chain = format!("{family} {table} {chain}");
        if let Some(packet) = what.strip_prefix("packet: ") {
            open.insert(id, passages.len());
            passages.push(Passage { chain, packet: header(packet), lines: Vec::new() });
        } else {
            let at = *open.get(id).unwrap_or_else(|| panic!("no packet before: {line}"));
            let what = if what.starts_with("rule ") { mode.rule(&uncounted(what)) } else { uncounted(what) };
            passages[at].lines.push(format!("{chain} {what}"));
        }
    }
    passages
}

/// A rule without the values of its counter.
fn uncounted(rule: &str) -> String {
    let mut words: Vec<&str> = rule.split(' ').collect();
    if let Some(at) = words.iter().position(|word| *word == "packets") {
        words.drain(at..at + 4);
    }
    words.join(" ")
}

// What we do.

/// Packets the recorder marked: connection requests and their acceptance, datagrams, ICMP errors.
fn is_traced(packet: &Packet) -> bool {
    match &packet.l4 {
        L4::Tcp { flags, .. } => flags.syn,
        L4::Udp { .. } => true,
        L4::Icmp(icmp) => matches!(icmp, Icmp::Unreachable { .. }),
        _ => false,
    }
}

fn fields(packet: &Packet) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::from([
        ("saddr".to_owned(), packet.ip.src.to_string()),
        ("daddr".to_owned(), packet.ip.dst.to_string()),
        ("ttl".to_owned(), packet.ip.ttl.to_string()),
    ]);
    match &packet.l4 {
        L4::Icmp(_) => {
            fields.insert("icmp type".to_owned(), "destination-unreachable".to_owned());
        }
        l4 => {
            let name = l4.protocol();
            fields.insert(format!("{name} sport"), l4.source_port().unwrap().to_string());
            fields.insert(format!("{name} dport"), l4.destination_port().unwrap().to_string());
        }
    }
    fields
}

/// The passages of a packet's walk on one node.
fn ours(network: &Network, node: NetnsId, walk: &Walk, mode: Mode) -> Vec<Passage> {
    let here = network.netns(node);
    let family = if mode == Mode::Iptables { "ip " } else { "" };
    let chain = |table, chain| format!("{family}{} {}", here.table_name(table), here.chain_name(table, chain).unwrap());
    let mut passages: Vec<Passage> = Vec::new();
    for hop in walk.hops.iter().filter(|hop| hop.netns == node) {
        let Place::Hook { hook, bridge } = hop.place else { continue };
        let (mut packet, mut mark) = (fields(&hop.before.packet), hop.before.mark.0);
        let name = |dev: LinkId| here.links[dev.0 as usize].name.to_string();
        // The path of a bridge does not say where a frame came from once it leaves.
        let hidden = hook == Hook::Output || (hook == Hook::Postrouting && bridge.is_some());
        let devices = [
            ("iif", hop.in_dev.filter(|_| !hidden)),
            ("oif", hop.out_dev.filter(|_| !matches!(hook, Hook::Prerouting | Hook::Input))),
        ];
        for (word, dev) in devices {
            if let Some(dev) = dev {
                packet.insert(word.to_owned(), name(dev));
            }
        }
        for event in &hop.events {
            match event {
                Event::Chain { table, chain: base, from: None } => {
                    passages.push(Passage { chain: chain(*table, *base), packet: packet.clone(), lines: Vec::new() });
                }
                Event::Rule { rule, verdict, .. } => {
                    let to = |id| here.chain_name(rule.table, id).unwrap();
                    let verdict = match verdict {
                        Verdict::Continue => "continue".to_owned(),
                        Verdict::Accept | Verdict::Nat => "accept".to_owned(),
                        Verdict::Drop | Verdict::Reject(_) => "drop".to_owned(),
                        Verdict::Return => "return".to_owned(),
                        Verdict::Jump(id) => format!("jump {}", to(*id)),
                        Verdict::Goto(id) => format!("goto {}", to(*id)),
                    };
                    let text = uncounted(&print::rule_text(here, *rule).unwrap());
                    let text = mode.rule(&format!("rule {text} (verdict {verdict})"));
                    let line = format!("{} {text}", chain(rule.table, rule.chain));
                    passages.last_mut().unwrap().lines.push(line);
                }
                Event::ChainEnd { table, chain: base, policy: Some(policy), .. } => {
                    let policy = match policy {
                        Policy::Accept => "accept",
                        Policy::Drop => "drop",
                    };
                    let mark = if mark == 0 { String::new() } else { format!(" meta mark 0x{mark:08x}") };
                    let line = format!("{} policy {policy}{mark}", chain(*table, *base));
                    passages.last_mut().unwrap().lines.push(line);
                }
                Event::Marked { after, .. } => mark = after.0,
                Event::Nat { changes, .. } => {
                    let protocol = hop.before.packet.protocol();
                    for change in changes {
                        let field = match change.field() {
                            Field::Source => "saddr".to_owned(),
                            Field::Destination => "daddr".to_owned(),
                            Field::SourcePort => format!("{protocol} sport"),
                            Field::DestinationPort => format!("{protocol} dport"),
                            _ => continue,
                        };
                        packet.insert(field, change.texts().1);
                    }
                }
                _ => {}
            }
        }
    }
    passages
}

/// What the real kernels drew, by the record.
struct Recorded<'a> {
    network: &'a Network,
    /// By node: the chain that each `numgen` led to, in order.
    drawn: BTreeMap<NetnsId, VecDeque<String>>,
    /// Jumps of iptables: node, from, to.
    jumps: BTreeSet<(NetnsId, String, String)>,
    /// The source port a translated connection got.
    port: Option<u16>,
}

impl Chooser for Recorded<'_> {
    fn random(&mut self, netns: NetnsId, rule: RuleRef, _: u32) -> bool {
        // The chain that the rule leads to was entered from this one.
        let here = self.network.netns(netns);
        let Some(AnyRule::Xtables(found)) = here.rule(rule) else { panic!("a rule of iptables") };
        let Target::Jump(to) = found.target else { panic!("a jump") };
        let from = here.chain_name(rule.table, rule.chain).unwrap();
        let to = here.chain_name(rule.table, to).unwrap();
        self.jumps.contains(&(netns, from.to_owned(), to.to_owned()))
    }

    fn source_port(&mut self, _: NetnsId, _: Option<RuleRef>, _: u16, range: (u16, u16)) -> u16 {
        self.port.unwrap_or(range.0)
    }

    fn number(&mut self, netns: NetnsId, rule: RuleRef, _: u32) -> u32 {
        // A node whose record ends before leaves the draw open.
        let Some(chain) = self.drawn.get_mut(&netns).and_then(VecDeque::pop_front) else { return 0 };
        let here = self.network.netns(netns);
        let Some(AnyRule::Nft(found)) = here.rule(rule) else { panic!("a rule of nftables") };
        let Some(Statement::Vmap { map: SetRef::Anonymous(elements), .. }) = found.statements.first() else {
            panic!("a map of the rule's own")
        };
        let leads = |element: &&kernel::config::nft::set::Element| match element.data {
            Some(ElementData::Verdict(To::Goto(to))) => here.chain_name(rule.table, to) == Some(&chain),
            _ => false,
        };
        match elements.iter().find(leads).expect("the recorded chain").key.as_slice() {
            [Pattern::One(Datum::Number(number))] => *number as u32,
            other => panic!("{other:?}"),
        }
    }
}

/// What the nodes' records say about draws.
fn draws(trace: &serde_json::Map<String, Value>, network: &Network) -> BTreeMap<NetnsId, VecDeque<String>> {
    let of_node = |lines: &Value| -> VecDeque<String> {
        let lines = lines.as_array().expect("lines").iter().filter_map(Value::as_str);
        let drawn = lines.filter(|line| line.contains(" rule numgen random "));
        drawn
            .map(|line| line.rsplit_once("(verdict goto ").expect("goto").1.trim_end().trim_end_matches(')').to_owned())
            .collect()
    };
    trace.iter().map(|(node, lines)| (network.find(node).expect("node"), of_node(lines))).collect()
}

/// The jumps that the nodes' records tell.
fn jumps(real: &BTreeMap<&String, Vec<Passage>>, network: &Network) -> BTreeSet<(NetnsId, String, String)> {
    let jump = |node: &str, line: &str| {
        let (chain, to) = line.split_once(" rule (verdict jump ")?;
        let from = chain.rsplit(' ').next()?;
        Some((network.find(node)?, from.to_owned(), to.trim_end_matches(')').to_owned()))
    };
    let lines = real
        .iter()
        .flat_map(|(node, passages)| passages.iter().flat_map(|passage| &passage.lines).map(move |line| (*node, line)));
    lines.filter_map(|(node, line)| jump(node, line)).collect()
}

// The lab.

/// Addresses of the recorder's hosts outside. The third one had the second of them too, for what is on its link.
const CLIENTS: [&str; 3] = ["192.168.10.50", "192.168.10.52", "198.51.100.52"];

/// The recorder's three nodes with the rules it wrote down, and its clients.
fn lab(case: &str, folder: &Path, mode: Mode) -> Network {
    let topology: Value =
        serde_json::from_str(&read(&conformance().join("live").join(case).join("iptables.json"))).expect("recording");
    let objects = conformance().join("kube-proxy").join(case);
    let input = read(&objects.join("input.yaml"));
    let plain = plain_pods(&topology, &input);
    let config = kube_proxy_configuration(&objects);
    let texts = [("input.yaml", &*input), ("plain.yaml", &*plain), ("kube-proxy.json", &*config)];
    let proxy_mode = match mode {
        Mode::Nftables => ProxyMode::Nftables,
        Mode::Iptables => ProxyMode::Iptables,
    };
    let model = model(&texts, &Options { proxy_mode: Some(proxy_mode), ..Options::default() });
    assert!(!model.has_errors(), "{:#?}", model.diagnostics);
    let host = |site: Site, ip: &str| {
        outside::with_host(&site, &model.cluster, ip.parse().unwrap(), Some(NodeId(0))).expect("room for a host")
    };
    let site = CLIENTS.into_iter().fold(model.site.clone(), host);
    let network = &site.network;
    let mut builder = network.edit();
    for node in ["node-a", "node-b", "node-c"] {
        let at = builder.namespaces.iter().position(|netns| &*netns.name == node).expect("node");
        let netns = &mut builder.namespaces[at];
        match mode {
            Mode::Nftables => {
                let text = read(&folder.join(format!("nftables.{node}.rules.txt")));
                let rules = parse(&text, Source::Listing, CauseId::default(), &NftLimits::default());
                netns.xtables = Xtables::default();
                let rules = rules.unwrap_or_else(|error| panic!("{case} {node}: {error}"));
                let written = std::mem::replace(&mut netns.nft, rules);
                // kube-proxy's tables are those we write; whoever else wrote some keeps the recorded ones.
                for table in written.tables {
                    let recorded = netns.nft.find(table.family, &table.name).expect("recorded table");
                    netns.nft.tables[recorded.0 as usize] = table;
                }
            }
            // The recorder's mangle tables had no built-in chains.
            Mode::Iptables => drop(netns.xtables.tables.remove(&TableName::Mangle)),
        }
    }
    builder.build().expect("sound")
}

/// The namespace a probe was sent from; `local` is the address it was sent from.
fn source(network: &Network, from: &str, local: IpAddr) -> NetnsId {
    if from.starts_with("node-") {
        return network.find(from).expect("node");
    }
    let has = |id: &NetnsId| {
        let links = network.netns(*id).links.iter();
        links.flat_map(|link| &link.addresses).any(|address| address.net.addr() == local)
    };
    network.ids().find(has).expect("Pod or host")
}

/// What is left of a record when requests sent again are taken away.
fn without_repeats(ours: &[Passage], mut real: Vec<Passage>) -> Vec<Passage> {
    // An unanswered request is sent again and goes the same way, as far as the recorder watched.
    if real.len() > ours.len() && !ours.is_empty() {
        let again = real.split_off(ours.len());
        let untranslated = |passage: &Passage| (passage.chain.clone(), passage.lines.clone());
        let same = again.iter().zip(ours.iter().cycle()).all(|(a, b)| untranslated(a) == untranslated(b));
        if !same {
            real.extend(again);
        }
    }
    real
}

#[derive(Default)]
struct Tally {
    connections: usize,
    passages: usize,
    lines: usize,
}

fn replay(case: &str, mode: Mode, tally: &mut Tally) -> Result<(), String> {
    let folder = conformance().join("trace").join(case);
    let network = lab(case, &folder, mode);
    let all: Value = serde_json::from_str(&read(&folder.join(format!("{}.json", mode.name())))).expect("recording");
    let mut differences = String::new();
    let (mut sets, mut recent) = (BTreeMap::new(), BTreeMap::new());
    for connection in all.as_array().expect("connections") {
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let (from, target) = (text(&connection["from"]), text(&connection["target"]));
        let trace = connection["trace"].as_object().expect("trace");
        let real: BTreeMap<&String, Vec<Passage>> =
            trace.iter().map(|(node, lines)| (node, recorded(lines.as_array().expect("lines"), mode))).collect();
        let (remote, proto) = target.split_once('/').expect("target/proto");
        let remote: SocketAddr = remote.parse().expect("address");
        let protocol = match proto {
            "tcp" => Protocol::Tcp,
            "udp" => Protocol::Udp,
            other => panic!("{other}"),
        };
        // The first packet anybody recorded that goes to the target tells the client's address and port.
        let dialled = |passage: &&Passage| {
            passage.packet.get("daddr") == Some(&remote.ip().to_string())
                && passage.packet.get(&format!("{proto} dport")) == Some(&remote.port().to_string())
        };
        let first = real.values().flatten().find(dialled).unwrap_or_else(|| panic!("{case} {from} {target}: no first"));
        let sport: u16 = first.packet[&format!("{proto} sport")].parse().expect("port");
        let local: IpAddr = first.packet["saddr"].parse().expect("address");
        // The port that answers came back to, if it is not the client's own.
        let seen = connection["probe"]["reply"]["sport"].as_u64().map(|port| port as u16);
        let moved = real.values().flatten().filter_map(|passage| passage.packet.get(&format!("{proto} sport")));
        let moved = moved.map(|port| port.parse::<u16>().unwrap()).find(|port| *port != sport && *port > 1023);
        let mut chooser = Recorded {
            network: &network,
            drawn: if mode == Mode::Nftables { draws(trace, &network) } else { BTreeMap::new() },
            jumps: jumps(&real, &network),
            port: seen.filter(|port| *port != sport).or(moved),
        };
        let mut state = KernelState {
            nft_sets: std::mem::take(&mut sets),
            recent: std::mem::take(&mut recent),
            ..KernelState::default()
        };
        let request = Request {
            netns: source(&network, &from, local),
            protocol,
            local: Some(local),
            sport: Port(sport),
            remote,
            payload: Arc::from(&b"x"[..]),
            ttl: None,
            dont_fragment: None,
            owner: Default::default(),
        };
        let done = exchange(&network, &mut state, &mut chooser, &request);
        sets = state.nft_sets;
        recent = state.recent;
        tally.connections += 1;
        let result = match done.reported {
            Reported::Ok => "ok",
            Reported::Error(Errno::ConnectionRefused) => "refused",
            Reported::Eof => "eof",
            Reported::Timeout => "timeout",
            Reported::Error(other) => other.name(),
        };
        let server = done.served.map(|served| served.local.ip().to_string()).filter(|_| result == "ok");
        let probe = &connection["probe"];
        if (Some(result), server.as_deref()) != (probe["result"].as_str(), probe["reply"]["server"].as_str()) {
            differences.push_str(&format!("{from} -> {target}\n  ours {result} {server:?}\n  real {probe}\n"));
        }
        let traced: Vec<&Walk> =
            done.packets.iter().map(|sent| &sent.walk).filter(|walk| is_traced(&walk.hops[0].before.packet)).collect();
        for node in ["node-a", "node-b", "node-c"] {
            let id = network.find(node).expect("node");
            let ours: Vec<Passage> = traced.iter().flat_map(|walk| ours(&network, id, walk, mode)).collect();
            let real = without_repeats(&ours, real.get(&node.to_owned()).cloned().unwrap_or_default());
            tally.passages += real.len();
            tally.lines += real.iter().map(|passage| passage.lines.len()).sum::<usize>();
            if ours == real {
                continue;
            }
            let at = ours.iter().zip(&real).take_while(|(ours, real)| ours == real).count();
            differences.push_str(&format!(
                "{from} -> {target} on {node}, passage {at} of {} ({} real)\n  ours {:#?}\n  real {:#?}\n",
                ours.len(),
                real.len(),
                ours.get(at),
                real.get(at)
            ));
        }
    }
    if differences.is_empty() { Ok(()) } else { Err(differences) }
}

fn check(mode: Mode, expected: (usize, usize, usize)) {
    let mut tally = Tally::default();
    let results: Vec<(String, Result<(), String>)> = cases(&conformance().join("trace"))
        .into_iter()
        .map(|case| {
            let result = replay(&case, mode, &mut tally);
            (case, result)
        })
        .collect();
    agree(&results, &[]);
    // All that was recorded, requests that were sent again left out.
    assert_eq!((tally.connections, tally.passages, tally.lines), expected);
}

#[test]
fn packets_take_the_recorded_way_through_nftables() {
    check(Mode::Nftables, (216, 1846, 4038));
}

#[test]
fn packets_take_the_recorded_way_through_iptables() {
    check(Mode::Iptables, (216, 1095, 3824));
}
