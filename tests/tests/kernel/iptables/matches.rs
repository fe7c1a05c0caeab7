//! Every match: the same packets through the same rules, routed and bridged, and the same rules must count them.

use super::fixture;
use super::lab::{First, Lab, network};
use kernel::ids::{TableName, TableRef};
use kernel::packet::{Port, Protocol};
use kernel::state::KernelState;
use kernel::walk::Event;
use kernel::{socket, step};
use std::collections::BTreeMap;
use std::process::Stdio;

/// Chains that each see one kind of packet, with how a packet gets there.
const CHAINS: [(&str, &str); 6] = [
    ("SYN", "-p tcp --tcp-flags SYN,ACK SYN"),
    ("SYNACK", "-p tcp --tcp-flags SYN,ACK SYN,ACK"),
    ("UDP", "-p udp"),
    ("ECHO", "-p icmp --icmp-type 8"),
    ("REPLY", "-p icmp --icmp-type 0"),
    ("ERROR", "-p icmp --icmp-type 3"),
];

/// How often the exchange is made: to the server's address, and once to one that is translated.
const TARGETS: [&str; 3] = ["10.0.2.2", "10.9.0.5", "10.0.2.2"];

fn matches() -> Vec<String> {
    fixture("matches.txt").lines().map(str::to_owned).collect()
}

/// Marks, a translation, and every match in every chain.
fn rules(matches: &[String]) -> String {
    let mut text = String::from(
        "*mangle\n-A PREROUTING -p tcp -j MARK --set-xmark 0x15/0xff\n-A PREROUTING -p tcp -j CONNMARK --set-mark 7\nCOMMIT\n\
         *nat\n-A PREROUTING -d 10.9.0.0/16 -j DNAT --to-destination 10.0.2.2\nCOMMIT\n*filter\n",
    );
    for (chain, _) in CHAINS {
        text.push_str(&format!(":{chain} - [0:0]\n"));
    }
    for (chain, way) in CHAINS {
        text.push_str(&format!("-A FORWARD {way} -j {chain}\n"));
    }
    for (chain, _) in CHAINS {
        for part in matches {
            text.push_str(&format!("-A {chain} {part}\n"));
        }
    }
    text + "COMMIT\n"
}

/// Packets that each match of each chain counted.
type Counts = BTreeMap<(&'static str, usize), u64>;

const SERVER: &str = "
import socket, sys, time
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('10.0.2.2', 80)); s.listen(9)
print('ready', flush=True)
sys.stdin.read()
";

const CLIENT: &str = "
import socket, struct, sys, time
for round, to in enumerate(sys.argv[1:]):
    port = 40000 + round
    s = socket.socket(); s.settimeout(3); s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    s.bind(('10.0.1.2', port)); s.connect((to, 80)); s.close()
    u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.settimeout(3); u.bind(('10.0.1.2', port)); u.connect((to, 9))
    u.send(b'')
    try: u.recv(9)
    except ConnectionRefusedError: pass
    p = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP); p.settimeout(3); p.connect((to, 0))
    head = struct.pack('!BBHHH', 8, 0, 0, port, 1)
    total = sum(struct.unpack('!4H', head)); total = (total >> 16) + (total & 0xffff)
    p.send(struct.pack('!BBHHH', 8, 0, ~total & 0xffff, port, 1)); p.recv(99)
";

/// Loads the rules, makes the exchanges, and reads the counters.
fn count(lab: &Lab, matches: &[String]) -> Counts {
    lab.restore(&rules(matches));
    let mut server = lab
        .exec("b", &["python3", "-c", SERVER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3");
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(server.stdout.take().expect("piped")), &mut line)
        .expect("the server says that it is ready");
    let mut client = vec!["python3", "-c", CLIENT];
    client.extend(TARGETS);
    let done = lab.exec("a", &client).output().expect("python3");
    drop(server.stdin.take());
    let _ = server.wait();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let saved = lab.exec("r", &["iptables-save", "-c", "-t", "filter"]).output().expect("iptables");
    let saved = String::from_utf8(saved.stdout).expect("text");
    let mut counts = Counts::new();
    let mut next: BTreeMap<&str, usize> = BTreeMap::new();
    for line in saved.lines() {
        let Some((packets, rest)) = line.strip_prefix('[').and_then(|line| line.split_once(':')) else { continue };
        let chain = rest.split_once("-A ").and_then(|(_, rest)| rest.split(' ').next()).expect("a rule");
        let Some((chain, _)) = CHAINS.iter().find(|(name, _)| *name == chain) else { continue };
        let at = next.entry(chain).or_default();
        counts.insert((chain, *at), packets.parse().expect("a counter"));
        *at += 1;
    }
    counts
}

/// The same exchanges, simulated.
fn simulated(bridged: bool, matches: &[String], sets: &str) -> Counts {
    let (network, from, router) = network(bridged, &rules(matches), sets);
    let table = &network.netns(router).xtables.tables[&TableName::Filter];
    let mut counts: Counts =
        CHAINS.iter().flat_map(|(chain, _)| (0..matches.len()).map(|at| ((*chain, at), 0))).collect();
    let mut state = KernelState::default();
    for (round, to) in TARGETS.iter().enumerate() {
        for (protocol, port) in [(Protocol::Tcp, 80), (Protocol::Udp, 9), (Protocol::Icmp, 0)] {
            let to = std::net::SocketAddr::new(to.parse().expect("an address"), port);
            let sport = Port(40000 + round as u16);
            let (_, packet) =
                socket::connect(&network, &mut state, &mut First, from, protocol, (None, sport), to).expect("a route");
            let mut open = vec![step::walk(&network, &mut state, &mut First, from, packet)];
            while let Some(walk) = open.pop() {
                for answer in &walk.answers {
                    open.push(step::walk_answer(&network, &mut state, &mut First, answer));
                }
                for event in walk.hops.iter().filter(|hop| hop.netns == router).flat_map(|hop| &hop.events) {
                    let Event::Rule { rule, .. } = event else { continue };
                    if rule.table != TableRef::Xtables(TableName::Filter) {
                        continue;
                    }
                    let name = &*table.get(rule.chain).name;
                    if let Some((chain, _)) = CHAINS.iter().find(|(chain, _)| *chain == name) {
                        *counts.entry((chain, rule.id.index())).or_default() += 1;
                    }
                }
            }
        }
    }
    counts
}

fn check(bridged: bool) {
    let matches = matches();
    let real = count(&Lab::new(bridged), &matches);
    let ours = simulated(bridged, &matches, "");
    assert_eq!(real.keys().collect::<Vec<_>>(), ours.keys().collect::<Vec<_>>());
    for (chain, _) in CHAINS {
        let most = (0..matches.len()).map(|at| real[&(chain, at)]).max();
        assert_eq!(most, Some(TARGETS.len() as u64), "{chain} saw its packets");
    }
    let wrong: Vec<String> = real
        .iter()
        .filter(|(key, count)| ours[key] != **count)
        .map(|((chain, at), count)| {
            format!("{chain:7} {}: kernel {count}, ours {}", matches[*at], ours[&(*chain, *at)])
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), real.len(), wrong.join("\n"));
}

#[test]
fn routed_packets_match_what_they_match_in_the_kernel() {
    check(false);
}

#[test]
fn bridged_packets_match_what_they_match_in_the_kernel() {
    check(true);
}

/// Sets need a tool that is not everywhere, so what the kernel (6.18) counted is recorded: for every kind of packet, then the match.
#[test]
fn sets_match_what_they_matched_in_the_kernel() {
    let recorded: Vec<(Vec<u64>, String)> = fixture("set_counts.txt")
        .lines()
        .map(|line| line.split_once(' ').expect("COUNTS MATCH"))
        .map(|(counts, part)| {
            (counts.split(',').map(|count| count.parse().expect("a count")).collect(), part.to_owned())
        })
        .collect();
    let matches: Vec<String> = recorded.iter().map(|(_, part)| part.clone()).collect();
    assert!(matches.len() > 50);
    let ours = simulated(false, &matches, &fixture("sets.txt"));
    for (at, (counts, part)) in recorded.iter().enumerate() {
        let have: Vec<u64> = CHAINS.iter().map(|(chain, _)| ours[&(*chain, at)]).collect();
        assert_eq!(have, *counts, "{part}");
    }
}
