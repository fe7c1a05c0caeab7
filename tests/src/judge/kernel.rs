//! A lab that is up on the real kernel, watched on every device.

use super::pace::{RTO_MIN, Refusals, SENDS_ONCE};
use super::sockets::{self, AT_ONCE, Server, Serves, Taken, discover, open_client, outcome, report};
use super::stream::{self, Spoken};
use super::{Record, netlink};
use kernel::config::nft::Ruleset;
use kernel::config::nft::set::Set;
use kernel::config::{LinkKind, Network};
use kernel::exchange::Request;
use kernel::ids::{LinkId, LinkRef, NetnsId};
use kernel::packet::Protocol;
use kernel::state::Tuple;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sched::{CloneFlags, setns};
use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, SockaddrIn, connect, getsockname, recv, send,
    setsockopt, socket, sockopt,
};
use rustix::net::SocketFlags;
use sim_core::lab::{self, LabOptions, Names};
use socket2::SockFilter;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs::{self, File};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

/// How long a client waits for an answer. Below a second, so that nothing is sent twice.
pub(super) const PATIENCE: Duration = Duration::from_millis(400);
/// Packets that do not end go in circles: what was seen by then is compared.
pub(super) const STORM: Duration = Duration::from_secs(3);
/// How much longer while a neighbour is asked for: timers come late on a busy machine. A SYN is sent again after a second.
pub(super) const WHILE_RESOLVING: Duration = Duration::from_millis(500);

/// Until when pieces that lack others are gone, with `net.ipv4.ipfrag_time` at one second.
pub(super) const REASSEMBLY: Duration = Duration::from_millis(1200);

/// Packets read from a namespace in one turn.
pub(super) const MOST_AT_ONCE: usize = 2_000;

/// One namespace of the lab.
pub(super) struct Space {
    /// Name in the simulation.
    pub(super) name: String,
    pub(super) netns: File,
    pub(super) packets: OwnedFd,
    pub(super) trace: OwnedFd,
    /// Simulated device names by interface index.
    pub(super) devices: BTreeMap<usize, String>,
    /// Rules by (table, handle).
    pub(super) rules: BTreeMap<(String, u64), (String, u32)>,
    pub(super) servers: Vec<Server>,
    /// Tables of nftables' own, with their family before the name.
    pub(super) families: BTreeMap<String, String>,
}

/// A network on the real kernel.
pub struct Lab {
    dir: PathBuf,
    tag: String,
    home: File,
    pub(super) spaces: Vec<Space>,
    pub(super) refusals: Refusals,
    /// The first probe's instant: second 0 of the simulation.
    pub started: Instant,
}

/// What one probe did.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// In the notation of both sides.
    pub record: Record,
    /// Rules that matched: (namespace index, table, chain, number from 1).
    pub matched: BTreeSet<(u32, String, String, u32)>,
    /// Translations: (namespace index, source port before, after).
    pub ports: Vec<(u32, u16, u16)>,
    /// Wrapped frames that were sent: (namespace index, the frame, outer source port).
    pub wrapped: Vec<(u32, String, u16)>,
}

/// Most processes send back what they get.
const ECHO: fn(NetnsId, u16, &[u8]) -> Option<Vec<u8>> = |_, _, bytes| Some(bytes.to_vec());

/// What became of a call; the sockets stay open until the record is complete.
#[derive(Default)]
struct Asked {
    client: Option<OwnedFd>,
    report: String,
    taken: Taken,
    answer: Option<Vec<u8>>,
}

impl Asked {
    /// What is said on a connection that stands at both ends.
    fn goes_on(mut self, spoken: Spoken) -> Self {
        let stands = self.client.as_ref().zip(self.taken.kept.last());
        if stands.is_some_and(|(client, server)| !stream::converse(client.as_fd(), server.as_fd(), spoken)) {
            // Nothing is to be sent again.
            self.client = None;
            self.taken.kept.clear();
        }
        self
    }
}

/// Fails with a clear message where the kernel or a tool is missing.
///
/// # Panics
/// Then.
pub fn require() {
    assert!(nix::unistd::geteuid().is_root(), "the kernel tests build network namespaces: run them as root");
    for tool in ["ip", "bridge", "iptables-restore", "nft", "python3", "tcpdump"] {
        let found = ["/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/bin"]
            .iter()
            .any(|folder| PathBuf::from(folder).join(tool).exists())
            || Command::new("sh")
                .args(["-c", &format!("command -v {tool}")])
                .output()
                .is_ok_and(|out| out.status.success());
        assert!(found, "{tool} is missing; tests/run.sh --setup-only installs what the tests need");
    }
}

impl Lab {
    /// Builds `network`.
    ///
    /// # Errors
    /// What the scripts or the kernel said.
    pub fn up(network: &Network, tag: &str) -> Result<Self, String> {
        let dir = std::env::temp_dir().join(format!("kubehop-{tag}"));
        let options = LabOptions { tag: tag.to_owned(), dns: None, proxies: Vec::new(), probe: None };
        for file in lab::write(network, &options) {
            let path = dir.join(&file.path);
            let folder = path.parent().unwrap_or(&dir);
            fs::create_dir_all(folder).map_err(|error| error.to_string())?;
            // The judge listens itself; but for those who answer ARP.
            let arp = || file.text.lines().filter(|line| line.split(' ').nth(1) == Some("arp"));
            let text = match file.path.as_str() {
                "servers.txt" => arp().map(|line| format!("{line}\n")).collect(),
                _ => file.text.clone(),
            };
            fs::write(&path, text).map_err(|error| error.to_string())?;
            let mode = if file.executable { 0o755 } else { 0o644 };
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).map_err(|error| error.to_string())?;
        }
        let out = Command::new("sh").arg(dir.join("up.sh")).output().map_err(|error| error.to_string())?;
        if !out.status.success() {
            let script = fs::read_to_string(dir.join("up.sh")).unwrap_or_default();
            return Err(format!(
                "up.sh: {}{}\n{script}",
                String::from_utf8_lossy(&out.stdout),
                String::from_utf8_lossy(&out.stderr)
            ));
        }
        let home = File::open("/proc/thread-self/ns/net").map_err(|error| error.to_string())?;
        let mut lab = Self {
            dir,
            tag: tag.to_owned(),
            home,
            spaces: Vec::new(),
            refusals: Refusals::new(),
            started: Instant::now(),
        };
        let names = Names::new(network, tag);
        lab.send_segments(network, &names)?;
        for id in network.ids() {
            let space = lab.space(network, &names, id).map_err(|error| format!("{}: {error}", names.netns(id)))?;
            lab.spaces.push(space);
        }
        Ok(lab)
    }

    /// Has devices be given segments one by one, as they are on a wire, and not as one that is cut further on.
    fn send_segments(&self, network: &Network, names: &Names) -> Result<(), String> {
        let mut script = String::from("set -eu\n");
        for id in network.ids() {
            let _ = writeln!(script, "ip -n {} -batch - <<'END'", names.netns(id));
            for (at, _) in (0u32..).zip(&network.netns(id).links) {
                let name = names.device(LinkRef { netns: id, link: LinkId(at) });
                let _ = writeln!(script, "link set dev {name} gso_max_segs 1");
            }
            script.push_str("END\n");
        }
        let out = Command::new("sh").args(["-c", &script]).output().map_err(|error| error.to_string())?;
        if out.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&out.stderr).into_owned()) }
    }

    /// Opens a namespace's sockets.
    fn space(&self, network: &Network, names: &Names, id: NetnsId) -> nix::Result<Space> {
        let netns = File::open(format!("/run/netns/{}", names.netns(id))).map_err(|_| Errno::ENOENT)?;
        let simulated = network.netns(id);
        let opened: nix::Result<_> = self.inside(&netns, || {
            // Unanswered ARP must end before a client's patience does; what was learned stays as it is through the whole run.
            let times = [
                ("retrans_time_ms", "30"),
                ("delay_first_probe_time", "36000"),
                ("base_reachable_time_ms", "36000000"),
                // Answers for others wait for up to 0.8 s otherwise.
                ("proxy_delay", "0"),
            ];
            for entry in fs::read_dir("/proc/sys/net/ipv4/neigh").into_iter().flatten().flatten() {
                for (name, value) in times {
                    let _ = fs::write(entry.path().join(name), value);
                }
            }
            let _ = fs::write("/proc/sys/net/ipv4/icmp_msgs_per_sec", "1000000");
            // What an earlier probe left half open is not sent again.
            let _ = fs::write("/proc/sys/net/ipv4/tcp_synack_retries", "0");
            // Nor are bytes that are lost, while somebody looks.
            let _ = fs::write(RTO_MIN, SENDS_ONCE);
            let _ = fs::write("/proc/sys/net/ipv4/tcp_early_retrans", "0");
            let protocol = SockProtocol::EthAll;
            let packets = socket(AddressFamily::Packet, SockType::Raw, SockFlag::SOCK_CLOEXEC, protocol)?;
            setsockopt(&packets, sockopt::RcvBufForce, &(4 << 20))?;
            setsockopt(&packets, sockopt::ReceiveTimestampns, &true)?;
            let bridges = (0u32..).zip(&simulated.links).filter(|(_, link)| matches!(link.kind, LinkKind::Bridge(_)));
            let mut limits = Vec::new();
            for (at, link) in bridges {
                let name = names.device(LinkRef { netns: id, link: LinkId(at) });
                limits.push((nix::net::if_::if_nametoindex(name)?, link.mtu));
            }
            leave_whole(&packets, &limits)?;
            let trace = netlink::open()?;
            let mut devices = BTreeMap::new();
            for (at, link) in (0u32..).zip(&simulated.links) {
                let name = names.device(LinkRef { netns: id, link: LinkId(at) });
                devices.insert(nix::net::if_::if_nametoindex(name)? as usize, link.name.to_string());
            }
            let has_rules = !simulated.xtables.tables.is_empty() || !simulated.nft.tables.is_empty();
            let rules = if has_rules { netlink::rules()? } else { BTreeMap::new() };
            if has_rules {
                load_trace().map_err(|_| Errno::EOPNOTSUPP)?;
            }
            let mut servers = Vec::new();
            for listening in &simulated.sockets {
                let address = match listening.address {
                    Some(IpAddr::V4(address)) => address,
                    _ => Ipv4Addr::UNSPECIFIED,
                };
                let at = SocketAddrV4::new(address, listening.port.0);
                servers.extend(sockets::server(listening.protocol, at, listening.owner)?);
            }
            let families = simulated.nft.tables.iter().filter(|table| table.family.to_string() != "ip6");
            let families =
                families.map(|table| (table.name.to_string(), format!("{} {}", table.family, table.name))).collect();
            Ok((packets, trace, devices, rules, servers, families))
        });
        let (packets, trace, devices, rules, servers, families) = opened?;
        Ok(Space { name: simulated.name.to_string(), netns, packets, trace, devices, rules, servers, families })
    }

    /// Replaces the rules of one network by those of another, which differs in nothing else, as agents do: table by table, while everything
    /// runs. How many namespaces that concerned.
    ///
    /// # Errors
    /// When something else differs, and what tools said.
    pub fn replace_rules(&mut self, from: &Network, to: &Network) -> Result<usize, String> {
        let options = LabOptions { tag: self.tag.clone(), dns: None, proxies: Vec::new(), probe: None };
        let files = |network| {
            let all = lab::write(network, &options).into_iter().map(|file| (file.path, file.text));
            all.partition::<BTreeMap<String, String>, _>(|(path, _)| path.starts_with("rules/"))
        };
        let ((old, before), (new, after)) = (files(from), files(to));
        let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        if let Some(path) = paths.into_iter().find(|path| before.get(*path) != after.get(*path)) {
            let (was, is) = (before.get(path).map_or("", |text| text), after.get(path).map_or("", |text| text));
            let line = was.lines().zip(is.lines()).find(|(was, is)| was != is);
            return Err(format!("{path} differs: {line:?}"));
        }
        if old.keys().ne(new.keys()) {
            return Err(format!("other namespaces have rules: {:?} {:?}", old.keys(), new.keys()));
        }
        let names = Names::new(to, &self.tag);
        let by_name: BTreeMap<&str, NetnsId> = to.ids().map(|id| (names.netns(id), id)).collect();
        let mut concerned = BTreeSet::new();
        for (path, text) in new.iter().filter(|(path, text)| old.get(*path) != Some(text)) {
            let (name, kind) = path.trim_start_matches("rules/").rsplit_once('.').unwrap_or_default();
            let (tool, text) = match kind {
                "iptables" => ("iptables-restore", text.clone()),
                "nft" => {
                    let id = *by_name.get(name).ok_or("no such namespace")?;
                    ("nft -f -", format!("{}{text}", anew(&from.netns(id).nft, &to.netns(id).nft)))
                }
                _ => return Err(format!("{path} differs")),
            };
            let command = format!("ip netns exec {name} {tool}");
            run_with(&command, &text).map_err(|error| format!("{command}: {error}"))?;
            concerned.insert(name.to_owned());
        }
        for id in to.ids().filter(|id| concerned.contains(names.netns(*id))) {
            let Some(space) = self.spaces.get(id.0 as usize) else { continue };
            let rules = self.inside(&space.netns, netlink::rules).map_err(|errno| errno.to_string())?;
            if let Some(space) = self.spaces.get_mut(id.0 as usize) {
                space.rules = rules;
            }
        }
        Ok(concerned.len())
    }

    /// Takes an entry of connection tracking out, by its first tuple.
    ///
    /// # Errors
    /// What the kernel said.
    pub fn forget(&self, netns: NetnsId, tuple: &Tuple) -> Result<(), String> {
        let space = self.spaces.get(netns.0 as usize).ok_or("no such namespace")?;
        self.inside(&space.netns, || netlink::forget(tuple)).map_err(|errno| format!("{tuple:?}: {errno}"))
    }

    /// Runs `work` with the calling thread in a namespace.
    pub(super) fn inside<T>(&self, netns: &File, work: impl FnOnce() -> T) -> T {
        setns(netns.as_fd(), CloneFlags::CLONE_NEWNET).unwrap();
        let done = work();
        setns(self.home.as_fd(), CloneFlags::CLONE_NEWNET).unwrap();
        done
    }

    /// Sends a probe and records what happened: over TCP with something to say the whole conversation ([`stream`]).
    pub fn probe(&mut self, request: &Request) -> Observed {
        self.observe(&ECHO, |lab| lab.ask(request)).0
    }

    /// Opens a socket of a resolver: the kernel chooses its port.
    ///
    /// # Errors
    /// What `connect(2)` says.
    pub fn open(&self, netns: NetnsId, server: SocketAddr) -> nix::Result<(OwnedFd, u16)> {
        let SocketAddr::V4(server) = server else { return Err(Errno::EAFNOSUPPORT) };
        self.inside(&self.spaces[netns.0 as usize].netns, || {
            let fd = socket(
                AddressFamily::Inet,
                SockType::Datagram,
                SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC,
                None,
            )?;
            connect(fd.as_raw_fd(), &SockaddrIn::from(server))?;
            let port = getsockname::<SockaddrIn>(fd.as_raw_fd())?.port();
            Ok((fd, port))
        })
    }

    /// Sends a datagram on an open socket and records what happened, and what came back.
    pub fn datagram(&mut self, client: &OwnedFd, payload: &[u8], serves: &Serves<'_>) -> (Observed, Option<Vec<u8>>) {
        let done = self.observe(serves, |lab| match send(client.as_raw_fd(), payload, MsgFlags::empty()) {
            Ok(_) => lab.wait(client, Protocol::Udp, 0, serves),
            Err(errno) => Asked { report: report(Err(errno)), ..Asked::default() },
        });
        // A resolver takes no notice of what answers an earlier question.
        while let Ok(_) | Err(Errno::ECONNREFUSED) = recv(client.as_raw_fd(), &mut [0], MsgFlags::MSG_DONTWAIT) {}
        done
    }

    /// Records what happens because of `act`, until nothing happens any more.
    fn observe(&mut self, serves: &Serves<'_>, act: impl FnOnce(&Self) -> Asked) -> (Observed, Option<Vec<u8>>) {
        std::thread::sleep(self.refusals.wait());
        self.settle();
        let before = self.conntrack();
        let sent = Instant::now();
        let Asked { client, report, mut taken, answer } = act(self);
        // A packet may have come in copies: each is answered now, and not when the next question is asked.
        let watched = self.watch((report != "ok").then_some(sent), &mut || self.serve(serves, &mut taken));
        let now = self.conntrack();
        taken.lines.sort();
        let server = taken.lines.join(", ");
        drop((client, taken));
        let mut observed = self.observed(&watched, &before, &now);
        observed.record.client = report;
        observed.record.server = server;
        self.refusals.saw(&observed.record.packets);
        (observed, answer)
    }

    /// Whoever listens takes a connection or a datagram; whether there was one.
    pub(super) fn serve(&self, serves: &Serves<'_>, taken: &mut Taken) -> bool {
        let had = taken.lines.len();
        for (at, space) in (0u32..).zip(&self.spaces) {
            for (line, connection) in space.servers.iter().filter_map(|one| sockets::serve(one, NetnsId(at), serves)) {
                taken.lines.push(format!("{} {line}", space.name));
                taken.kept.extend(connection);
            }
        }
        taken.lines.len() > had
    }

    /// Opens a TCP connection, writes so many bytes into it and waits until as many come back, `patience` at most.
    ///
    /// # Errors
    /// What the client's calls report.
    pub fn stream(
        &self,
        netns: NetnsId,
        remote: SocketAddr,
        bytes: usize,
        patience: Duration,
    ) -> Result<Streamed, String> {
        let space = &self.spaces[netns.0 as usize];
        let connected = self.inside(&space.netns, || std::net::TcpStream::connect_timeout(&remote, patience));
        let client = connected.map_err(|error| error.to_string())?;
        let nothing = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
        let end = Instant::now() + patience;
        let text = vec![b'k'; bytes];
        let mut buffer = vec![0; 65_536];
        // Whoever is connected, and what it still has to send back.
        let mut taken: Vec<(OwnedFd, usize)> = Vec::new();
        let (mut sent, mut back) = (0, 0);
        while back < bytes && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(2));
            sent += send(client.as_raw_fd(), &text[sent..], nothing).unwrap_or_default();
            back += recv(client.as_raw_fd(), &mut buffer, nothing).unwrap_or_default();
            for server in self.spaces.iter().flat_map(|space| &space.servers).filter(|server| !server.udp) {
                taken.extend(server.accept(SocketFlags::CLOEXEC).map(|accepted| (accepted, 0)));
            }
            for (fd, owed) in &mut taken {
                *owed += recv(fd.as_raw_fd(), &mut buffer, nothing).unwrap_or_default();
                *owed -= send(fd.as_raw_fd(), &text[..*owed], nothing).unwrap_or_default();
            }
        }
        // The socket keeps the route that it began with; a new one sees what was learned.
        let path_mtu = self.inside(&space.netns, || {
            let asks = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
            asks.connect(remote).ok()?;
            nix::sys::socket::getsockopt(&asks, sockopt::IpMtu).ok()
        });
        let path_mtu = path_mtu.unwrap_or_default();
        let segment = nix::sys::socket::getsockopt(&client, sockopt::TcpMaxSeg).map_err(|errno| errno.to_string())?;
        let _ = setsockopt(&client, sockopt::Linger, &AT_ONCE);
        Ok(Streamed { answered: back == bytes, path_mtu: path_mtu as u32, segment })
    }

    /// The client's call, with the servers answering. The socket stays open until the record is complete.
    fn ask(&self, request: &Request) -> Asked {
        let space = &self.spaces[request.netns.0 as usize];
        // Those that answer want of their packets what the client wants of its own, for this once.
        let servers =
            || self.spaces.iter().flat_map(|space| &space.servers).filter(|_| request.dont_fragment.is_some());
        let before: Vec<_> = servers().map(|server| rustix::net::sockopt::ip_mtu_discover(&server.fd)).collect();
        for server in servers() {
            let _ = discover(&server.fd, request.dont_fragment == Some(true));
        }
        let asked = match self.inside(&space.netns, || open_client(request)) {
            Ok(client) => {
                let asked = self.wait(&client, request.protocol, request.sport.0, &ECHO);
                let asked = Asked { client: Some(client), ..asked };
                match Spoken::of(request).filter(|_| asked.report == "ok") {
                    Some(spoken) => asked.goes_on(spoken),
                    None => asked,
                }
            }
            Err((client, errno)) => Asked { client, report: report(Err(errno)), ..Asked::default() },
        };
        for (server, value) in servers().zip(before) {
            let _ = value.map(|value| rustix::net::sockopt::set_ip_mtu_discover(&server.fd, value));
        }
        asked
    }

    /// Waits for what a client's socket says; `sport` is the identifier of an echo request.
    fn wait(&self, client: &OwnedFd, protocol: Protocol, sport: u16, serves: &Serves<'_>) -> Asked {
        let mut taken = Taken::default();
        let mut end = Instant::now() + PATIENCE;
        let latest = end + WHILE_RESOLVING;
        let mut result: Option<Result<Vec<u8>, Errno>> = None;
        let mut grace = None;
        loop {
            let left = grace.unwrap_or(end).saturating_duration_since(Instant::now());
            if left.is_zero() && result.is_none() && end < latest && self.resolving() {
                end = Instant::now() + Duration::from_millis(50);
                continue;
            }
            let complete = matches!(result, Some(Ok(_))) && (!taken.lines.is_empty() || protocol == Protocol::Icmp);
            if left.is_zero() || complete || matches!(result, Some(Err(_))) {
                break;
            }
            let mut fds: Vec<PollFd<'_>> = self
                .spaces
                .iter()
                .flat_map(|space| &space.servers)
                .map(|server| PollFd::new(server.fd.as_fd(), PollFlags::POLLIN))
                .collect();
            if result.is_none() {
                let wanted = if protocol == Protocol::Tcp { PollFlags::POLLOUT } else { PollFlags::POLLIN };
                fds.push(PollFd::new(client.as_fd(), wanted));
            }
            let wait = PollTimeout::try_from(left.min(Duration::from_millis(50))).unwrap_or(PollTimeout::ZERO);
            let _ = poll(&mut fds, wait);
            self.serve(serves, &mut taken);
            if result.is_none() {
                result = outcome(client, protocol, sport);
                if result.is_some() {
                    // The server's side of what already succeeded may still be on its way.
                    grace = Some(Instant::now() + Duration::from_millis(40));
                }
            }
        }
        let answer = result.clone().and_then(Result::ok);
        let report = result.map_or_else(|| "timeout".to_owned(), |result| report(result.map(drop)));
        Asked { client: None, report, taken, answer }
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.spaces.clear();
        let _ = Command::new("sh").arg(self.dir.join("down.sh")).output();
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// The table that turns the kernel's trace on.
pub(super) const TRACE_TABLE: &str = "kubehop-judge";

/// What comes before new rules of nftables in the same transaction, so that sets which rules add to keep what they have, as kube-proxy does it.
fn anew(old: &Ruleset, new: &Ruleset) -> String {
    let mut out = String::new();
    for table in &old.tables {
        let name = format!("{} {}", table.family, table.name);
        let Some(next) = new.find(table.family, &table.name).and_then(|id| new.table(id)) else {
            let _ = writeln!(out, "delete table {name}");
            continue;
        };
        let _ = writeln!(out, "flush table {name}");
        let kind = |set: &Set| if set.data.is_some() { "map" } else { "set" };
        for set in table.sets.iter().filter(|set| !set.flags.dynamic) {
            let _ = writeln!(out, "flush {} {name} {}", kind(set), set.name);
        }
        for chain in table.chains.iter().filter(|chain| next.find_chain(&chain.name).is_none()) {
            let _ = writeln!(out, "delete chain {name} {}", chain.name);
        }
        for set in table.sets.iter().filter(|set| next.find_set(&set.name).is_none()) {
            let _ = writeln!(out, "delete {} {name} {}", kind(set), set.name);
        }
    }
    out
}

/// Runs a command with something to read.
fn run_with(command: &str, input: &str) -> Result<(), String> {
    let mut child = Command::new("sh")
        .args(["-c", command])
        .stdin(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    if let Some(mut pipe) = child.stdin.take() {
        std::io::Write::write_all(&mut pipe, input.as_bytes()).map_err(|error| error.to_string())?;
    }
    let out = child.wait_with_output().map_err(|error| error.to_string())?;
    if out.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&out.stderr).into_owned()) }
}

fn load_trace() -> Result<(), String> {
    let rules = format!(
        "table ip {TRACE_TABLE} {{\n chain prerouting {{ type filter hook prerouting priority -350; meta nftrace set 1; }}\n \
         chain output {{ type filter hook output priority -350; meta nftrace set 1; }}\n}}\n"
    );
    let mut child =
        Command::new("nft").args(["-f", "-"]).stdin(std::process::Stdio::piped()).spawn().map_err(|e| e.to_string())?;
    if let Some(mut input) = child.stdin.take() {
        std::io::Write::write_all(&mut input, rules.as_bytes()).map_err(|error| error.to_string())?;
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    if status.success() { Ok(()) } else { Err("nft -f".to_owned()) }
}

/// Has a capture take no notice of what a bridge put together ([`frames::is_put_together`]): of a packet that somebody else holds too the kernel
/// does not keep the pieces (`skb_cloned` in `ip_do_fragment`), and what is looked at would go another way. `limits` are bridges with their MTU.
fn leave_whole(capture: &OwnedFd, limits: &[(u32, u32)]) -> nix::Result<()> {
    // linux/filter.h: loads of the device's index (an extension), of the frame's length and of two of its bytes, jumps, the verdict.
    let load_index = || SockFilter::new(0x20, 0, 0, (-0x1000 + 8) as u32);
    let load_length = || SockFilter::new(0x80, 0, 0, 0);
    let equal = |value, otherwise| SockFilter::new(0x15, 0, otherwise, value);
    let greater = |value, otherwise| SockFilter::new(0x25, 0, otherwise, value);
    let take = |bytes| SockFilter::new(0x06, 0, 0, bytes);
    // Of the field that says which piece it is, all but Don't Fragment.
    let load_piece = || SockFilter::new(0x28, 0, 0, 20);
    let is_piece = |then| SockFilter::new(0x45, then, 0, 0x3fff);
    let ethernet = 14;
    let mut program = Vec::new();
    for (index, mtu) in limits {
        program.extend([load_index(), equal(*index, 5), load_length(), greater(mtu + ethernet, 3)]);
        program.extend([load_piece(), is_piece(1), take(0)]);
    }
    program.push(take(u32::MAX));
    let attached = socket2::SockRef::from(capture).attach_filter(&program);
    attached.map_err(|error| Errno::from_raw(error.raw_os_error().unwrap_or_default()))
}

/// What a TCP connection that carried bytes both ways came to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streamed {
    /// The bytes came back.
    pub answered: bool,
    /// What fits on the way, as the client's kernel knows then (`IP_MTU`).
    pub path_mtu: u32,
    /// Bytes in one of its segments (`TCP_MAXSEG`).
    pub segment: u32,
}
