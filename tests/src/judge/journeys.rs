//! Whole journeys, on the kernel and in the simulation: names, connections, requests over HTTP, proxies' second connections.
//!
//! What processes do (a resolver, a name server, a proxy) the simulation decides, and processes of the lab do the same at the same time,
//! act by act; what comes of each act is the kernel's. What the kernel chose goes back into the simulation.

use super::acts::{Heard, Sockets};
use super::expect::{self, Recorded, Sent};
use super::kernel::Lab;
use super::segments::{Part, Segment, Streams};
use super::watch::{Entries, Watched};
use super::{Record, compared};
use kernel::config::Network;
use kernel::ids::{LinkId, NetnsId, RouteId, RuleRef};
use kernel::packet::{L4, Packet, Protocol};
use kernel::state::{Ends, KernelState};
use kernel::walk::{Act, AnswerKind, Chooser, Delivery, End, Event, HashedFlow};
use sim_core::model::Model;
use sim_core::trace::{self, Journey, Leg, Probe, Purpose, Running};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

/// How much of a stream is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extent {
    /// SYN and SYN-ACK, and what refuses: of a connection that carries neither questions nor a request over HTTP the simulation tells no more.
    Opening,
    /// The handshake, the first segment of whatever is written either way, and the end as far as it is closed.
    Whole,
}

impl Extent {
    /// Of the connection that a leg of a journey opens.
    fn of(journey: &Journey, leg: &Leg) -> Self {
        match (leg.purpose, &journey.http) {
            _ if journey.probe.keep => Self::Whole,
            (Purpose::DnsQuery, _) | (_, Some(_)) => Self::Whole,
            (_, None) => Self::Opening,
        }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Opening => "SYN and SYN-ACK, and what refuses it",
            Self::Whole => {
                "the handshake, the first segment of whatever is written either way, and the end as far as it is closed"
            }
        }
    }

    /// Whether a part of a stream is compared. When the kernel acknowledges is its own pace.
    fn has(self, part: Part) -> bool {
        match part {
            Part::Opens => true,
            Part::Stands | Part::Carries | Part::Ends | Part::Over => self == Self::Whole,
            Part::Continues | Part::Again | Part::Acknowledges => false,
        }
    }
}

/// A journey that both sides agree about.
#[derive(Clone, Debug)]
pub struct Agreed {
    /// What was compared.
    pub record: Record,
    /// The journey.
    pub journey: Journey,
    /// Streams by how much of them was compared.
    pub streams: BTreeMap<Extent, usize>,
}

/// Sends a probe on both sides and compares. `state` is what earlier ones left behind.
///
/// # Errors
/// The difference, as text for people.
pub fn run(lab: &mut Lab, model: &Model, state: &mut KernelState, probe: &Probe) -> Result<Agreed, String> {
    let network = &model.site.network;
    let before = expect::entries(state);
    let mut beside = Beside::new(lab, network, Kept::default());
    beside.sockets.long = probe.size.is_some();
    let (journey, after) = trace::run_beside(model, probe, state.clone(), &mut beside);
    *state = after;
    let extents = extents(&journey);
    agrees(beside, (journey, state, &before), &extents).map(|(agreed, _)| agreed)
}

/// What of a connection that stays open is on the kernel's side.
#[derive(Default)]
pub struct Kept {
    sockets: Sockets,
    streams: Streams,
    openers: BTreeMap<u32, Opener>,
    extents: BTreeMap<Opener, Extent>,
}

/// The same for a probe in kernels that go on; `kept` is the connection that it keeps, or an empty one.
///
/// # Errors
/// As [`run`].
pub fn run_on(
    lab: &mut Lab,
    model: &Model,
    running: &mut Running,
    probe: &Probe,
    mut kept: Kept,
) -> Result<(Agreed, Kept), String> {
    let before = expect::entries(running.state());
    let mut all = std::mem::take(&mut kept.extents);
    let mut beside = Beside::new(lab, &model.site.network, kept);
    let journey = running.send(model, probe, &mut beside);
    all.extend(extents(&journey));
    agrees(beside, (journey, running.state(), &before), &all)
}

/// What both sides have of a journey, where that is the same.
fn agrees(
    mut beside: Beside<'_, '_>,
    (journey, after, before): (Journey, &KernelState, &BTreeMap<NetnsId, usize>),
    extents: &BTreeMap<Opener, Extent>,
) -> Result<(Agreed, Kept), String> {
    let network = beside.network;
    let mut expected = expected(network, extents, &journey, after);
    expected.conntrack = expect::conntrack(network, after, before);
    let observed = beside.end(extents);
    let acts = std::mem::take(&mut beside.acts).join("\n      ");
    let mut streams = BTreeMap::new();
    extents.values().for_each(|extent| *streams.entry(*extent).or_default() += 1);
    let record = compared(network, &observed, expected).map_err(|text| format!("      {acts}\n{text}"))?;
    let (sockets, streams_known) = (std::mem::take(&mut beside.sockets), std::mem::take(&mut beside.streams));
    let openers = std::mem::take(&mut beside.openers);
    let kept = Kept { sockets, streams: streams_known, openers, extents: extents.clone() };
    Ok((Agreed { record, journey, streams }, kept))
}

/// Seconds that an entry of a stream lives (`nf_conntrack_tcp_timeout_established`), and while bytes are not acknowledged (`…_unacknowledged`).
const ESTABLISHED: u32 = 432_000;
const UNACKNOWLEDGED: u32 = 300;

/// Which end opened a connection, and by which port.
type Opener = (NetnsId, u16);

/// The connections of a journey, by who opens them.
fn extents(journey: &Journey) -> BTreeMap<Opener, Extent> {
    let opens = |leg: &Leg| {
        let hop = leg.hops.first()?;
        match hop.before.packet.l4 {
            L4::Tcp { sport, flags, .. } if flags.syn && !flags.ack => {
                Some(((hop.netns, sport.0), Extent::of(journey, leg)))
            }
            _ => None,
        }
    };
    journey.legs.iter().filter_map(opens).collect()
}

/// What part of a stream a simulated packet is.
fn part(leg: &Leg) -> Option<Part> {
    let packet = leg.hops.first()?.before.packet.innermost();
    match (&packet.l4, leg.answer) {
        (L4::Tcp { flags, .. }, _) if flags.syn || flags.rst => Some(Part::Opens),
        (L4::Tcp { flags, .. }, _) if flags.fin => Some(Part::Ends),
        (L4::Tcp { .. }, Some(AnswerKind::HandshakeAck)) => Some(Part::Stands),
        (L4::Tcp { .. }, Some(_)) => Some(Part::Over),
        (L4::Tcp { .. }, None) => Some(Part::Carries),
        _ => None,
    }
}

/// The record of the simulation, but for connection tracking.
fn expected(network: &Network, extents: &BTreeMap<Opener, Extent>, journey: &Journey, after: &KernelState) -> Record {
    // What is not told of a connection is no leg: the most that is compared of any leaves nothing out of another.
    let most = extents.values().copied().max().unwrap_or(Extent::Whole);
    let wanted = |leg: &Leg| part(leg).is_none_or(|part| most.has(part));
    let places: BTreeMap<usize, usize> =
        journey.legs.iter().enumerate().filter(|(_, leg)| wanted(leg)).map(|(at, _)| at).zip(0..).collect();
    let mut answers: BTreeMap<usize, usize> = BTreeMap::new();
    let mut all: Vec<Sent<'_>> = Vec::new();
    for leg in journey.legs.iter().filter(|leg| wanted(leg)) {
        let parent = leg.parent.filter(|_| leg.answer.is_some());
        let of = parent.and_then(|parent| places.get(&(parent.0 as usize))).map(|parent| {
            let nth = answers.entry(*parent).or_default();
            *nth += 1;
            (*parent, *nth - 1)
        });
        all.push(Sent { answer: leg.answer, of, hops: &leg.hops });
    }
    let mut record = expect::met(network, &all);
    let heard = heard_in(journey.legs.iter().filter(|leg| wanted(leg)), after);
    record.heard = heard.iter().map(|(ends, heard)| said(network, ends, heard)).collect();
    record
}

/// What sockets hear in the simulation.
fn heard_in<'j>(legs: impl Iterator<Item = &'j Leg>, after: &KernelState) -> Vec<(Ends, Heard)> {
    let mut accepted = BTreeSet::new();
    let one = |leg: &Leg| {
        let End::Delivered { netns, delivery } = leg.end else { return None };
        let packet = &leg.hops.last()?.after.packet;
        let ends = |connection| after.connections.get(connection).map(kernel::state::Connection::ends);
        Some(match delivery {
            Delivery::Datagram { .. } => (reached(netns, packet), Heard::Read(packet.payload.len())),
            Delivery::Answer { connection } if packet.protocol() == Protocol::Tcp => {
                (ends(connection)?, Heard::Connected)
            }
            Delivery::Answer { connection } | Delivery::Data { connection } => {
                // Of what is longer the first segment stands for all.
                let whole = leg.hops.first()?.events.iter().find_map(|event| match event {
                    Event::Segmented { bytes, .. } => Some(*bytes as usize),
                    _ => None,
                });
                (ends(connection)?, Heard::Read(whole.unwrap_or(packet.payload.len())))
            }
            Delivery::Established { connection } => {
                accepted.insert(connection);
                (ends(connection)?, Heard::Accepted)
            }
            Delivery::Finished { connection } => (ends(connection)?, Heard::End),
            // Of what nobody has accepted yet who listens does not hear.
            Delivery::Failed { connection, .. }
                if after.connections.get(connection)?.listener.is_some() && !accepted.contains(&connection) =>
            {
                return None;
            }
            Delivery::Failed { connection, errno } => (ends(connection)?, Heard::Failed(errno.name().to_owned())),
            _ => return None,
        })
    };
    legs.filter_map(one).collect()
}

fn reached(netns: NetnsId, packet: &Packet) -> Ends {
    Ends { netns, protocol: packet.protocol(), local: packet.destination(), remote: packet.source() }
}

/// What a socket heard, as text for both sides.
fn said(network: &Network, ends: &Ends, heard: &Heard) -> String {
    let Ends { netns, protocol, local, remote } = ends;
    format!("{} {protocol} {local} < {remote} {heard:?}", network.netns(*netns).name)
}

/// The lab beside a simulation.
struct Beside<'l, 'n> {
    lab: &'l mut Lab,
    network: &'n Network,
    sockets: Sockets,
    /// Choices of the last act.
    choices: Recorded<'n>,
    watched: Watched,
    streams: Streams,
    /// Who opened which connection, by the SYN's sequence number.
    openers: BTreeMap<u32, Opener>,
    /// What sockets heard, in order; while a connection was opened, which.
    heard: Vec<(Option<Opener>, Ends, Heard)>,
    /// Before the first act, and after the last.
    entries: (Entries, Entries),
    /// The longest life that each entry had in each state, by namespace: a journey may take seconds.
    lives: BTreeMap<(usize, String), u32>,
    /// In words.
    acts: Vec<String>,
}

impl<'l, 'n> Beside<'l, 'n> {
    fn new(lab: &'l mut Lab, network: &'n Network, kept: Kept) -> Self {
        lab.settle();
        let entries = lab.conntrack();
        Self {
            lab,
            network,
            sockets: kept.sockets,
            choices: Recorded::new(network, &Default::default()),
            watched: Watched::default(),
            streams: kept.streams,
            openers: kept.openers,
            heard: Vec::new(),
            entries: (entries.clone(), entries),
            lives: BTreeMap::new(),
            acts: Vec::new(),
        }
    }

    /// Does an act on the kernel, and keeps what was seen and what the kernel chose.
    fn act(&mut self, act: &Act<'_>) {
        std::thread::sleep(self.lab.refusals.wait());
        let sent = Instant::now();
        let heard = self.lab.act(&mut self.sockets, act);
        let datagrams = matches!(act, Act::Send { by, .. } | Act::Answer { by, .. } if by.protocol == Protocol::Udp);
        let quiet = matches!(act, Act::Connect { protocol: Protocol::Udp, .. });
        let answered = heard.iter().any(|(_, heard)| matches!(heard, Heard::Read(_) | Heard::Connected));
        let watched = if quiet {
            Watched::default()
        } else {
            self.lab.watch((datagrams && !answered).then_some(sent), &mut || false)
        };
        let opener = match act {
            Act::Connect { netns, sport, .. } => Some((*netns, sport.0)),
            _ => None,
        };
        let later = self.lab.after_act(&mut self.sockets);
        self.heard.extend(heard.into_iter().chain(later).map(|(ends, heard)| (opener, ends, heard)));
        let now = self.lab.conntrack();
        let observed = self.lab.observed(&watched, &self.entries.1, &now);
        for (at, line) in now.iter().enumerate().flat_map(|(at, lines)| lines.iter().map(move |line| (at, line))) {
            let Some((entry, left)) = life(line) else { continue };
            let longest = self.lives.entry((at, entry.to_owned())).or_default();
            *longest = left.max(*longest);
        }
        self.entries.1 = now;
        self.lab.refusals.saw(&observed.record.packets);
        let segments = watched.segments();
        for segment in &segments {
            self.streams.learn(segment);
            if let Some(opener) = opener.filter(|_| segment.opens()) {
                self.openers.entry(segment.seq).or_insert(opener);
            }
        }
        self.streams.wrote(segments.iter());
        self.choices = Recorded::new(self.network, &observed);
        self.watched.add(watched);
        self.acts.push(self.words(act));
    }

    fn words(&self, act: &Act<'_>) -> String {
        let name = |netns: &NetnsId| &self.network.netns(*netns).name;
        let (by, verb, bytes) = match act {
            Act::Connect { netns, protocol, sport, remote, .. } => {
                return format!("{} connects {protocol} {sport} > {remote}", name(netns));
            }
            Act::Send { by, bytes } => (by, "sends", *bytes),
            Act::Answer { by, bytes, .. } => (by, "answers", *bytes),
            Act::Close { by } => (by, "closes", &[][..]),
        };
        let Ends { netns, protocol, local, remote } = by;
        format!("{} {verb} {protocol} {local} > {remote} {} bytes", name(netns), bytes.len())
    }

    /// The kernel's record; all sockets are closed then.
    fn end(&mut self, extents: &BTreeMap<Opener, Extent>) -> Record {
        let wanted = |segment: &Segment| {
            let Some((client, part)) = self.streams.part(segment) else { return segment.has_syn() };
            let extent = self.openers.get(&client).and_then(|opener| extents.get(opener));
            extent.copied().unwrap_or(Extent::Whole).has(part)
        };
        let mut watched = std::mem::take(&mut self.watched);
        watched.retain(&wanted);
        for (at, lines) in self.entries.1.iter_mut().enumerate() {
            for line in lines {
                let longest = life(line).and_then(|(entry, _)| Some((entry, self.lives.get(&(at, entry.to_owned()))?)));
                if let Some((entry, longest)) = longest {
                    *line = format!("{entry} timeout={longest}");
                }
            }
        }
        let mut record = self.lab.observed(&watched, &self.entries.0, &self.entries.1).record;
        // That bytes are not acknowledged shortens the entry's life; when they are is not compared.
        for line in record.conntrack.iter_mut().filter(|line| line.contains(" ESTABLISHED ")) {
            *line = line.replace(&format!(" timeout={UNACKNOWLEDGED}"), &format!(" timeout={ESTABLISHED}"));
        }
        // A server hears of a connection by the last ACK, which is not told of every one.
        let told = |opener: &Option<Opener>| {
            opener.and_then(|opener| extents.get(&opener)).is_none_or(|extent| extent.has(Part::Stands))
        };
        let heard = self.heard.iter().filter(|(opener, _, heard)| *heard != Heard::Accepted || told(opener));
        record.heard = heard.map(|(_, ends, heard)| said(self.network, ends, heard)).collect();
        record
    }
}

/// An entry without how long it lives, and that, in seconds.
fn life(line: &str) -> Option<(&str, u32)> {
    let (entry, left) = line.rsplit_once(" timeout=")?;
    Some((entry, left.parse().ok()?))
}

impl Chooser for Beside<'_, '_> {
    fn acts(&mut self, act: &Act<'_>) {
        self.act(act);
    }

    fn random(&mut self, netns: NetnsId, rule: RuleRef, threshold: u32) -> bool {
        self.choices.random(netns, rule, threshold)
    }

    fn number(&mut self, netns: NetnsId, rule: RuleRef, modulus: u32) -> u32 {
        self.choices.number(netns, rule, modulus)
    }

    fn source_port(&mut self, netns: NetnsId, rule: Option<RuleRef>, original: u16, range: (u16, u16)) -> u16 {
        self.choices.source_port(netns, rule, original, range)
    }

    fn next_hop(&mut self, netns: NetnsId, route: RouteId, flow: HashedFlow, weights: &[u16]) -> usize {
        self.choices.next_hop(netns, route, flow, weights)
    }

    fn vxlan_source_port(&mut self, netns: NetnsId, dev: LinkId, inner: &Packet, range: (u16, u16)) -> u16 {
        self.choices.vxlan_source_port(netns, dev, inner, range)
    }
}
