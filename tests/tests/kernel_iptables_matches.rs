//! Every match against the real kernel: the same packets through the same rules, routed and bridged, and the same rules must count
//! them. Needs root, iproute2, iptables, python3 and br_netfilter.

use kubehop_tests::read;
use sim_core::cause::CauseId;
use sim_core::linux::build::NetworkBuilder;
use sim_core::linux::live::Live;
use sim_core::linux::netfilter::TableRef;
use sim_core::linux::netfilter::xtables::TableName;
use sim_core::linux::state::{
    Bridge, BridgePort, IfAddr, Link, LinkKind, LinkRef, NetnsId, Network, Route, RouteKind, RouteProtocol, Scope,
    Socket, TableId,
};
use sim_core::linux::walk::{Chooser, Event, RuleRef};
use sim_core::linux::{socket, step};
use sim_core::packet::{Mac, Port, Protocol};
use sim_core::parse::ipset::{self, parse_sets};
use sim_core::parse::iptables::{Limits, merge};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

const CAUSE: CauseId = CauseId(0);

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

fn fixture(name: &str) -> String {
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/iptables").join(name))
}

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

/// Namespaces of our own, gone with the value.
struct Lab {
    prefix: String,
}

impl Drop for Lab {
    fn drop(&mut self) {
        for name in ["a", "r", "b"] {
            let _ = Command::new("ip").args(["netns", "del", &self.name(name)]).status();
        }
    }
}

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

impl Lab {
    fn name(&self, name: &str) -> String {
        format!("{}-{name}", self.prefix)
    }

    fn run(&self, script: &str) {
        let full = ["a", "r", "b"]
            .iter()
            .fold(script.to_owned(), |script, name| script.replace(&format!("@{name}"), &self.name(name)));
        let output = Command::new("sh").args(["-euc", &full]).output().expect("a shell");
        assert!(output.status.success(), "root and iproute2 are needed: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn new(bridged: bool) -> Self {
        let lab = Self { prefix: format!("kubehop-match-{}-{bridged}", std::process::id()) };
        lab.run("for n in @a @r @b; do ip netns add $n; ip -n $n link set lo up; done");
        let (port0, port1) = if bridged { ("porta", "portb") } else { ("eth0", "eth1") };
        lab.run(&format!(
            "ip -n @a link add eth0 address 02:00:00:00:00:01 type veth peer name {port0} netns @r address 02:00:00:00:00:02
             ip -n @b link add eth0 address 02:00:00:00:00:04 type veth peer name {port1} netns @r address 02:00:00:00:00:03
             ip -n @a link set eth0 up; ip -n @b link set eth0 up; ip -n @r link set {port0} up; ip -n @r link set {port1} up
             ip netns exec @r sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.send_redirects=0
             ip netns exec @b sysctl -qw net.ipv4.icmp_ratelimit=0"
        ));
        lab.run(if bridged {
            "ip -n @r link add br0 address 02:00:00:00:00:09 type bridge; ip -n @r link set br0 up
             ip -n @r link set porta master br0; ip -n @r link set portb master br0; ip -n @r addr add 10.0.0.1/16 dev br0
             ip netns exec @r sysctl -qw net.bridge.bridge-nf-call-iptables=1
             ip -n @a addr add 10.0.1.2/16 dev eth0; ip -n @b addr add 10.0.2.2/16 dev eth0
             ip -n @a route add default via 10.0.0.1; ip -n @b route add default via 10.0.0.1"
        } else {
            "ip -n @r addr add 10.0.1.1/24 dev eth0; ip -n @r addr add 10.0.2.1/24 dev eth1
             ip -n @a addr add 10.0.1.2/24 dev eth0; ip -n @b addr add 10.0.2.2/24 dev eth0
             ip -n @a route add default via 10.0.1.1; ip -n @b route add default via 10.0.2.1"
        });
        lab
    }

    fn exec(&self, name: &str, command: &[&str]) -> Command {
        let mut run = Command::new("ip");
        run.args(["netns", "exec", &self.name(name)]).args(command);
        run
    }

    /// Loads the rules, makes the exchanges, and reads the counters.
    fn count(&self, matches: &[String]) -> Counts {
        let file = std::env::temp_dir().join(format!("{}.rules", self.prefix));
        std::fs::write(&file, rules(matches)).expect("writable");
        let restored = self.exec("r", &["iptables-restore", &file.to_string_lossy()]).output().expect("iptables");
        let _ = std::fs::remove_file(&file);
        assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
        let mut server = self
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
        let done = self.exec("a", &client).output().expect("python3");
        drop(server.stdin.take());
        let _ = server.wait();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let saved = self.exec("r", &["iptables-save", "-c", "-t", "filter"]).output().expect("iptables");
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
}

/// Draws nothing.
struct First;

impl Chooser for First {
    fn random(&mut self, _: NetnsId, _: RuleRef, _: u32) -> bool {
        unreachable!("no rule draws")
    }

    fn source_port(&mut self, _: NetnsId, _: RuleRef, _: u16, range: (u16, u16)) -> u16 {
        range.0
    }
}

fn mac(last: u8) -> Mac {
    Mac([2, 0, 0, 0, 0, last])
}

fn address(builder: &mut NetworkBuilder, link: LinkRef, net: &str) {
    let net = net.parse().expect("a network");
    builder.add_address(link, IfAddr { net, broadcast: None, scope: Scope::Global, cause: CAUSE });
}

fn default_route(builder: &mut NetworkBuilder, link: LinkRef, via: &str) {
    builder.netns(link.netns).routes.push(Route {
        table: TableId::MAIN,
        dst: "0.0.0.0/0".parse().expect("a network"),
        kind: RouteKind::Unicast,
        via: Some(via.parse().expect("an address")),
        dev: Some(link.link),
        src: None,
        metric: 0,
        protocol: RouteProtocol::Boot,
        scope: Scope::Global,
        onlink: false,
        cause: CAUSE,
    });
}

fn network(bridged: bool, matches: &[String], sets: &str) -> (Network, NetnsId, NetnsId) {
    let mut builder = NetworkBuilder::default();
    let [a, r, b] = ["a", "r", "b"].map(|name| builder.add_netns(name, CAUSE));
    let (port0, port1) = if bridged { ("porta", "portb") } else { ("eth0", "eth1") };
    let (a0, r0) = builder.add_veth((a, "eth0", mac(1)), (r, port0, mac(2)), 1500, CAUSE);
    let (b0, r1) = builder.add_veth((b, "eth0", mac(4)), (r, port1, mac(3)), 1500, CAUSE);
    if bridged {
        let br0 = builder.add_link(
            r,
            Link {
                name: Arc::from("br0"),
                mac: mac(9),
                mtu: 1500,
                up: true,
                kind: LinkKind::Bridge(Bridge::default()),
                port: None,
                addresses: vec![],
                cause: CAUSE,
            },
        );
        for port in [r0, r1] {
            builder.link(port).port = Some(BridgePort::of(br0.link));
        }
        for (link, net) in [(br0, "10.0.0.1/16"), (a0, "10.0.1.2/16"), (b0, "10.0.2.2/16")] {
            address(&mut builder, link, net);
        }
        for link in [a0, b0] {
            default_route(&mut builder, link, "10.0.0.1");
        }
    } else {
        for (link, net) in [(r0, "10.0.1.1/24"), (r1, "10.0.2.1/24"), (a0, "10.0.1.2/24"), (b0, "10.0.2.2/24")] {
            address(&mut builder, link, net);
        }
        default_route(&mut builder, a0, "10.0.1.1");
        default_route(&mut builder, b0, "10.0.2.1");
    }
    builder.sysctl(r, "net.ipv4.ip_forward", "1", CAUSE);
    builder.sysctl(r, "net.bridge.bridge-nf-call-iptables", if bridged { "1" } else { "0" }, CAUSE);
    builder.netns(b).sockets.push(Socket {
        protocol: Protocol::Tcp,
        address: None,
        port: Port(80),
        process: Arc::from("server"),
        cause: CAUSE,
    });
    let sets =
        parse_sets(sets, &ipset::Limits::default(), &mut |_| CAUSE).unwrap_or_else(|errors| panic!("{errors:?}"));
    builder.netns(r).sets = sets;
    merge(&mut builder.netns(r).xtables, &rules(matches), &Limits::default(), &mut |_| CAUSE)
        .unwrap_or_else(|errors| panic!("{errors:?}"));
    (builder.build().expect("sound"), a, r)
}

/// The same exchanges, simulated.
fn simulated(bridged: bool, matches: &[String], sets: &str) -> Counts {
    let (network, from, router) = network(bridged, matches, sets);
    let table = &network.netns(router).xtables.tables[&TableName::Filter];
    let mut counts: Counts =
        CHAINS.iter().flat_map(|(chain, _)| (0..matches.len()).map(|at| ((*chain, at), 0))).collect();
    let mut live = Live::default();
    for (round, to) in TARGETS.iter().enumerate() {
        for (protocol, port) in [(Protocol::Tcp, 80), (Protocol::Udp, 9), (Protocol::Icmp, 0)] {
            let to = std::net::SocketAddr::new(to.parse().expect("an address"), port);
            let sport = Port(40000 + round as u16);
            let (_, packet) = socket::connect(&network, &mut live, from, protocol, None, sport, to).expect("a route");
            let mut open = vec![step::walk(&network, &mut live, &mut First, from, packet)];
            while let Some(walk) = open.pop() {
                for answer in &walk.answers {
                    open.push(step::walk_answer(&network, &mut live, &mut First, answer));
                }
                for event in walk.hops.iter().filter(|hop| hop.netns == router).flat_map(|hop| &hop.events) {
                    let Event::Rule { rule, .. } = event else { continue };
                    if rule.table != TableRef::Xtables(TableName::Filter) {
                        continue;
                    }
                    let name = &*table.get(rule.chain).name;
                    if let Some((chain, _)) = CHAINS.iter().find(|(chain, _)| *chain == name) {
                        *counts.entry((chain, rule.index as usize)).or_default() += 1;
                    }
                }
            }
        }
    }
    counts
}

fn check(bridged: bool) {
    let matches = matches();
    let real = Lab::new(bridged).count(&matches);
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
