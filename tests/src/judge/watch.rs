//! What a lab's devices, rules and tables show of packets.

use super::frames::{self, Has};
use super::kernel::{Lab, MOST_AT_ONCE, Observed, REASSEMBLY, STORM, Space, TRACE_TABLE};
use super::netlink::{self, Traced};
use super::pace::packets_wait;
use super::segments::Segment;
use super::sockets::Taken;
use nix::sys::socket::{ControlMessageOwned, LinkAddr, MsgFlags, recvmsg};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::io::IoSliceMut;
use std::net::Ipv4Addr;
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

/// Rounds of a millisecond without a packet after which nothing is under way any more; a timer's packet may come on another
/// processor, and a little later.
const QUIET: u32 = 3;

/// A packet at a device.
#[derive(Clone, Debug)]
pub(super) struct Sighting {
    space: usize,
    time: (i64, i64),
    device: String,
    out: bool,
    pub(super) packet: String,
    wrapped: Option<(String, u16)>,
    /// What of TCP it has, or what a tunnel carries in it.
    has: Option<Has>,
    /// Of a packet that carries another.
    carries: Option<(Ipv4Addr, Ipv4Addr, u16)>,
}

/// Entries of connection tracking, by namespace.
pub(super) type Entries = Vec<Vec<String>>;

/// Everything that was seen until nothing was under way any more.
#[derive(Clone, Debug, Default)]
pub(super) struct Watched {
    pub(super) seen: Vec<Sighting>,
    pub(super) traced: Vec<Vec<Traced>>,
    /// Source ports of tunnels' packets that carry ARP: ARP is not compared.
    arp: BTreeSet<u16>,
}

impl Watched {
    /// What was seen later.
    pub(super) fn add(&mut self, later: Self) {
        self.seen.extend(later.seen);
        self.traced.resize(self.traced.len().max(later.traced.len()), Vec::new());
        self.traced.iter_mut().zip(later.traced).for_each(|(all, lines)| all.extend(lines));
        self.arp.extend(later.arp);
    }

    /// All segments that devices or rules saw, those of devices in the order of time.
    pub(super) fn segments(&self) -> Vec<Segment> {
        let mut seen: Vec<&Sighting> = self.seen.iter().collect();
        seen.sort_by_key(|sighting| sighting.time);
        let segment = |sighting: &Sighting| match &sighting.has {
            Some(Has::Segment(segment)) => Some(*segment),
            _ => None,
        };
        let traced = self.traced.iter().flatten().filter_map(|line| line.segment);
        seen.into_iter().filter_map(segment).chain(traced).collect()
    }

    /// Without the segments that are not wanted, errors about them, and what rules say of both.
    pub(super) fn retain(&mut self, wanted: &dyn Fn(&Segment) -> bool) {
        let keep = |sighting: &Sighting| match &sighting.has {
            Some(Has::Segment(segment) | Has::About(segment)) => wanted(segment),
            None => true,
        };
        // What a rule sees of a tunnel's packet does not reach into it: all that was seen of it has one identification.
        let carried: BTreeSet<_> =
            self.seen.iter().filter(|sighting| !keep(sighting)).filter_map(|sighting| sighting.carries).collect();
        // Nor does it see much of what an error quotes.
        let (kept, gone): (Vec<Segment>, Vec<Segment>) =
            self.segments().into_iter().partition(|segment| wanted(segment));
        let [kept, gone] = [kept, gone].map(|all| all.iter().map(|segment| segment.id).collect::<BTreeSet<u16>>());
        let left_out = |line: &Traced| {
            line.segment.as_ref().is_some_and(|segment| !wanted(segment))
                || line.identity.is_some_and(|identity| carried.contains(&identity))
                || line.quoted.is_some_and(|id| gone.contains(&id) && !kept.contains(&id))
        };
        for lines in &mut self.traced {
            *lines = by_packet(std::mem::take(lines), &left_out);
        }
        self.seen.retain(keep);
    }
}

/// Lines without those of packets whose first line is `left_out`. Every base chain starts with a header.
fn by_packet(lines: Vec<Traced>, left_out: &dyn Fn(&Traced) -> bool) -> Vec<Traced> {
    let mut gone: BTreeMap<u64, bool> = BTreeMap::new();
    let keep = |line: &Traced| {
        if line.header.is_some() {
            gone.insert(line.id, left_out(line));
        }
        !gone.get(&line.id).copied().unwrap_or_default()
    };
    let mut lines = lines;
    lines.retain(keep);
    lines
}

impl Lab {
    /// Looks until nothing is under way any more. `since` a packet was sent whose pieces may be waited for; `serves` has processes answer, and says
    /// whether there was anything.
    pub(super) fn watch(&self, since: Option<Instant>, serves: &mut dyn FnMut() -> bool) -> Watched {
        let mut watched = Watched { traced: vec![Vec::new(); self.spaces.len()], ..Watched::default() };
        let mut quiet = 0;
        let latest = Instant::now() + STORM;
        while quiet < QUIET && Instant::now() < latest {
            // Whoever asks for a neighbour in vain may say so, too; a copy of a frame is enough. Asked before the packets
            // are read: what is said when the asking ends is then among them.
            let resolving = quiet > 0 && self.resolving();
            let served = serves();
            let news = self.look(&mut watched) || served;
            // Whoever still waits for pieces gives up after `net.ipv4.ipfrag_time`, and may say so.
            let in_pieces = since.is_some_and(|sent| sent.elapsed() < REASSEMBLY)
                && watched.seen.iter().any(|sighting| sighting.packet.contains("fragment"));
            quiet = if news || in_pieces || resolving || packets_wait() { 0 } else { quiet + 1 };
            std::thread::sleep(Duration::from_millis(1));
        }
        watched
    }

    /// Takes what there is by now; whether there was anything.
    fn look(&self, watched: &mut Watched) -> bool {
        let mut news = false;
        for (at, space) in self.spaces.iter().enumerate() {
            let had = watched.seen.len();
            drain_packets(space, &mut watched.seen, &mut watched.arp, at);
            let lines = netlink::drain(&space.trace);
            news |= watched.seen.len() > had || !lines.is_empty();
            if let Some(traced) = watched.traced.get_mut(at) {
                traced.extend(lines);
            }
        }
        news
    }

    /// Waits until what the last probe closed has passed.
    pub(super) fn settle(&self) {
        let mut quiet = 0;
        let latest = Instant::now() + STORM;
        while quiet < 2 && Instant::now() < latest {
            std::thread::sleep(Duration::from_millis(1));
            let news = self.look(&mut Watched { traced: vec![Vec::new(); self.spaces.len()], ..Watched::default() });
            let late = self.serve(&|_, _, _| None, &mut Taken::default());
            quiet = if news || late || packets_wait() { 0 } else { quiet + 1 };
        }
    }

    /// Whether some namespace asks for a neighbour.
    pub(super) fn resolving(&self) -> bool {
        self.spaces.iter().any(|space| self.inside(&space.netns, netlink::resolving).unwrap_or_default())
    }

    /// All entries of connection tracking, with the namespace before each.
    pub(super) fn entries(&self) -> Vec<String> {
        let all = self.spaces.iter().zip(self.conntrack());
        all.flat_map(|(space, lines)| lines.into_iter().map(move |line| format!("{} {line}", space.name))).collect()
    }

    /// All entries of connection tracking.
    pub(super) fn conntrack(&self) -> Entries {
        let read = |space: &Space| {
            if space.rules.is_empty() {
                return Vec::new();
            }
            let text = self.inside(&space.netns, || fs::read_to_string("/proc/thread-self/net/nf_conntrack"));
            text.unwrap_or_default().lines().filter(|line| line.starts_with("ipv4")).map(entry).collect()
        };
        self.spaces.iter().map(read).collect()
    }

    /// In the notation of both sides; of connection tracking the entries `now` that were not there `before`.
    pub(super) fn observed(&self, watched: &Watched, before: &Entries, now: &Entries) -> Observed {
        let mut observed = Observed::default();
        self.conntrack_lines((before, now), &watched.arp, &mut observed);
        self.packet_lines(&watched.seen, &mut observed);
        for (at, lines) in watched.traced.iter().enumerate() {
            let carries_arp =
                |line: &Traced| line.header.as_ref().is_some_and(|header| frames::is_tunnel_from(header, &watched.arp));
            self.rule_lines(at, &by_packet(lines.clone(), &carries_arp), &mut observed);
        }
        observed
    }

    fn conntrack_lines(&self, (before, now): (&Entries, &Entries), arp: &BTreeSet<u16>, observed: &mut Observed) {
        for (at, (old, entries)) in before.iter().zip(now).enumerate() {
            let old: BTreeSet<String> = old.iter().map(|entry| key(entry)).collect();
            for entry in entries.iter().filter(|entry| !old.contains(&key(entry))) {
                if entry
                    .split(' ')
                    .filter_map(|word| word.strip_prefix("sport=")?.parse().ok())
                    .any(|port| arp.contains(&port))
                {
                    continue;
                }
                let field = |name: &str, nth: usize| -> Option<u16> {
                    entry.split(' ').filter_map(|word| word.strip_prefix(name)).nth(nth)?.parse().ok()
                };
                let ports = field("sport=", 0).zip(field("dport=", 1)).or(field("id=", 0).zip(field("id=", 1)));
                observed.ports.extend(ports.map(|(original, after)| (at as u32, original, after)));
                observed.record.conntrack.push(format!("{} {entry}", self.spaces[at].name));
            }
        }
        observed.record.conntrack.sort();
    }

    /// All sightings by time; inside a namespace in the order its socket had them.
    fn packet_lines(&self, seen: &[Sighting], observed: &mut Observed) {
        let mut queues: Vec<VecDeque<&Sighting>> = self.spaces.iter().map(|_| VecDeque::new()).collect();
        for sighting in seen {
            queues[sighting.space].push_back(sighting);
        }
        while let Some(at) = (0..queues.len()).filter(|at| !queues[*at].is_empty()).min_by_key(|at| queues[*at][0].time)
        {
            if let Some(sighting) = queues[at].pop_front() {
                observed.wrapped.extend(sighting.wrapped.clone().map(|(frame, port)| (at as u32, frame, port)));
                let arrow = if sighting.out { '<' } else { '>' };
                observed
                    .record
                    .packets
                    .push(format!("{} {}{arrow} {}", self.spaces[at].name, sighting.device, sighting.packet));
            }
        }
    }

    fn rule_lines(&self, at: usize, lines: &[Traced], observed: &mut Observed) {
        let space = &self.spaces[at];
        for line in lines.iter().filter(|line| line.table != TRACE_TABLE) {
            let table = space.families.get(&line.table).unwrap_or(&line.table);
            if let Some(header) = &line.header {
                let base = format!("{} {table} {}", space.name, line.chain);
                observed.record.rules.push(format!("{base} packet {header}"));
            }
            let place = match line.handle {
                None => line.chain.clone(),
                // The end of a chain.
                Some(0) => continue,
                Some(handle) => {
                    let unknown = (line.chain.clone(), 0);
                    let (chain, number) = space.rules.get(&(line.table.clone(), handle)).unwrap_or(&unknown);
                    observed.matched.insert((at as u32, table.clone(), chain.clone(), *number));
                    format!("{chain} {number}")
                }
            };
            observed.record.rules.push(format!("{} {table} {place} {}", space.name, line.verdict));
        }
    }
}

fn drain_packets(space: &Space, seen: &mut Vec<Sighting>, arp: &mut BTreeSet<u16>, at: usize) {
    let mut buffer = vec![0; 9000];
    let mut control = nix::cmsg_space!(nix::sys::time::TimeSpec);
    for _ in 0..MOST_AT_ONCE {
        let mut slices = [IoSliceMut::new(&mut buffer)];
        let fd = space.packets.as_raw_fd();
        let Ok(message) = recvmsg::<LinkAddr>(fd, &mut slices, Some(&mut control), MsgFlags::MSG_DONTWAIT) else {
            return;
        };
        let time = message.cmsgs().into_iter().flatten().find_map(|message| match message {
            ControlMessageOwned::ScmTimestampns(time) => Some((time.tv_sec(), time.tv_nsec())),
            _ => None,
        });
        let (length, from) = (message.bytes, message.address);
        let Some(from) = from else { continue };
        let Some(device) = space.devices.get(&from.ifindex()) else { continue };
        let frame = &buffer[..length];
        arp.extend(frames::tunnelled_arp(frame));
        let Some(packet) = frames::captured(frame, device != "lo") else { continue };
        // PACKET_OUTGOING
        let out = from.pkttype() == 4;
        let inner = frames::vxlan_inner(frame);
        seen.push(Sighting {
            space: at,
            time: time.unwrap_or_default(),
            device: device.clone(),
            out,
            packet,
            has: frames::segment(frame),
            carries: inner.as_ref().and_then(|_| frames::identity(frame.get(14..)?)),
            wrapped: inner.filter(|_| out),
        });
    }
}

/// Timeouts that entries start from, in seconds.
const TIMEOUTS: [u32; 8] = [3, 10, 30, 60, 120, 300, 600, 432_000];

/// A line of nf_conntrack with the timeout it started from, without bookkeeping.
fn entry(line: &str) -> String {
    let mut words = line.split_whitespace().skip(2);
    let mut out: Vec<&str> = words.by_ref().take(2).collect();
    let left: u32 = words.next().and_then(|left| left.parse().ok()).unwrap_or_default();
    let timeout = TIMEOUTS.into_iter().find(|timeout| (timeout.saturating_sub(2)..=*timeout).contains(&left));
    out.extend(words.filter(|word| !["zone=0", "use=", "secctx="].iter().any(|start| word.starts_with(start))));
    format!("{} timeout={}", out.join(" "), timeout.unwrap_or(left))
}

/// What names an entry through its life: protocol and tuples.
fn key(entry: &str) -> String {
    let names =
        |word: &&str| word.contains('=') && !["mark=", "zone=", "timeout="].iter().any(|start| word.starts_with(start));
    entry.split(' ').filter(names).collect::<Vec<_>>().join(" ")
}
