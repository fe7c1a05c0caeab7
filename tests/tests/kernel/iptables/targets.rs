//! Every target: the same datagrams through the same rules must leave the same connections in the router's table.

use super::fixture;
use super::lab::{First, Lab, network};
use kernel::packet::{Port, Protocol};
use kernel::state::{KernelState, Tuple};
use kernel::{socket, step};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::RangeInclusive;

/// A datagram, and the port that is drawn, if one is.
struct Probe {
    from: String,
    src: SocketAddr,
    dst: SocketAddr,
    drawn: Option<(String, RangeInclusive<u16>)>,
}

fn probes() -> Vec<Probe> {
    let probe = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let drawn = words.get(4).map(|range| {
            let (first, last) = range.split_once('-').expect("FIRST-LAST");
            (words[3].to_owned(), first.parse().expect("a port")..=last.parse().expect("a port"))
        });
        let socket = |text: &str| text.parse().expect("a socket");
        Probe { from: words[0].to_owned(), src: socket(words[1]), dst: socket(words[2]), drawn }
    };
    fixture("probes.txt").lines().map(probe).collect()
}

/// The reply's tuple and the mark of a connection, by its original one.
type Table = BTreeMap<Ends, (SocketAddr, SocketAddr, u32)>;

/// Source and destination.
type Ends = (SocketAddr, SocketAddr);

const CLIENT: &str = "
import socket, sys
for probe in sys.argv[1:]:
    src, dst = [part.rsplit(':', 1) for part in probe.split('>')]
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((src[0], int(src[1])))
    try: s.sendto(b'', (dst[0], int(dst[1])))
    except OSError: pass
";

/// Reads `src=… dst=… sport=… dport=…` twice and the mark.
fn entry(line: &str) -> Option<(Ends, (SocketAddr, SocketAddr, u32))> {
    let values = |name: &str| -> Vec<String> {
        line.split_whitespace()
            .filter_map(|word| word.strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
            .collect()
    };
    let (src, dst, sport, dport) = (values("src"), values("dst"), values("sport"), values("dport"));
    let socket = |address: &str, port: &str| -> Option<SocketAddr> { format!("{address}:{port}").parse().ok() };
    let at = |i: usize| Some((socket(src.get(i)?, sport.get(i)?)?, socket(dst.get(i)?, dport.get(i)?)?));
    let reply = at(1)?;
    Some((at(0)?, (reply.0, reply.1, values("mark").first()?.parse().ok()?)))
}

fn real(probes: &[Probe]) -> Table {
    let lab = Lab::new(false);
    lab.run(
        "ip -n @a addr add 10.0.1.3/24 dev eth0; ip netns exec @r sysctl -qw net.netfilter.nf_conntrack_udp_timeout=60",
    );
    lab.restore(&fixture("targets.txt"));
    for probes in probes.chunk_by(|a, b| a.from == b.from) {
        let texts: Vec<String> = probes.iter().map(|probe| format!("{}>{}", probe.src, probe.dst)).collect();
        let mut command = vec!["python3", "-c", CLIENT];
        command.extend(texts.iter().map(String::as_str));
        let sent = lab.exec(&probes[0].from, &command).status().expect("python3");
        assert!(sent.success());
    }
    let listed = lab.exec("r", &["cat", "/proc/net/nf_conntrack"]).output().expect("a shell");
    let text = String::from_utf8(listed.stdout).expect("text");
    text.lines().filter(|line| line.contains("udp")).filter_map(entry).collect()
}

fn simulated(probes: &[Probe]) -> Table {
    let (network, a, router) = network(false, &fixture("targets.txt"), "");
    let mut state = KernelState::default();
    for probe in probes {
        let from = if probe.from == "a" { a } else { router };
        let (local, sport) = (Some(probe.src.ip()), Port(probe.src.port()));
        let (_, packet) =
            socket::connect(&network, &mut state, &mut First, from, Protocol::Udp, (local, sport), probe.dst)
                .expect("a route");
        let mut open = vec![step::walk(&network, &mut state, &mut First, from, packet)];
        while let Some(walk) = open.pop() {
            open.extend(walk.answers.iter().map(|answer| step::walk_answer(&network, &mut state, &mut First, answer)));
        }
    }
    let tuple = |tuple: &Tuple| (tuple.src, tuple.dst);
    let entries = state.conntrack.get(&router).map_or(&[][..], |entries| entries);
    entries
        .iter()
        .filter(|entry| entry.confirmed)
        .map(|entry| (tuple(&entry.original), (entry.reply.src, entry.reply.dst, entry.mark.0)))
        .collect()
}

#[test]
fn targets_leave_the_connections_they_leave_in_the_kernel() {
    let probes = probes();
    let (real, ours) = (real(&probes), simulated(&probes));
    let mut wrong = Vec::new();
    for probe in &probes {
        let key = (probe.src, probe.dst);
        let (mut real, mut ours) = (real.get(&key).copied(), ours.get(&key).copied());
        for entry in [&mut real, &mut ours].into_iter().flatten() {
            let Some((which, range)) = &probe.drawn else { continue };
            let port = if which == "dport" { &mut entry.0 } else { &mut entry.1 };
            if range.contains(&port.port()) {
                port.set_port(0);
            }
        }
        if real != ours {
            wrong.push(format!("{} {} to {}: kernel {real:?}, ours {ours:?}", probe.from, probe.src, probe.dst));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), probes.len(), wrong.join("\n"));
    let seen = probes.iter().filter(|probe| real.contains_key(&(probe.src, probe.dst))).count();
    assert!(seen > probes.len() * 4 / 5, "{seen} connections");
}
