//! The record of a probe, made from the simulation.

use super::kernel::Observed;
use super::sockets::Serves;
use super::stream::{self, Spoken};
use super::{Record, frames};
use kernel::config::nft::data::{Datum, Pattern, Verdict as To};
use kernel::config::nft::expr::{Expr, NatTo, SetRef, Statement};
use kernel::config::nft::set::{Element, ElementData};
use kernel::config::{AnyRule, LinkKind, Netns, Network};
use kernel::exchange::{self, Exchange, Reported, Request, Served, WalkedPacket, exchange};
use kernel::ids::{ChainId, ConnectionId, LinkId, LinkRef, NetnsId, RouteId, RuleRef, TableRef};
use kernel::packet::{FieldChange, L4, Packet, Protocol};
use kernel::state::KernelState;
use kernel::walk::{AnswerKind, Chooser, Delivery, DropReason, End, Event, HashedFlow, Hop, Place, Verdict, in_time};
use sim_core::print::socket::write_conntrack;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr};

/// The choices the kernel made.
pub struct Recorded<'n> {
    network: &'n Network,
    matched: BTreeSet<(u32, String, String, u32)>,
    ports: Vec<(u32, u16, u16)>,
    packets: Vec<String>,
    rules: Vec<String>,
    wrapped: Vec<(u32, String, u16)>,
    /// Ports of packets that no device saw, which were asked for.
    taken: Vec<u16>,
}

impl Recorded<'_> {
    /// Of a rule that translates by a map from numbers, which number it was: by where the packet goes next in the namespace.
    fn translated(&self, here: &str, line: &str, statements: &[Statement]) -> Option<u32> {
        let elements = statements.iter().find_map(|statement| match statement {
            Statement::Nat { to: NatTo::Expr(Expr::Map(map)), .. } => match &map.1 {
                SetRef::Anonymous(elements) => Some(elements),
                SetRef::Named(_) => None,
            },
            _ => None,
        })?;
        let at = self.rules.iter().position(|own| own == line)?;
        let after = self.rules.iter().skip(at).filter(|own| own.starts_with(&format!("{here} ")));
        let goes = after.filter_map(|own| own.split_once(" packet ")?.1.split_once('>')?.1.split(' ').next());
        let goes: Vec<&str> = goes.collect();
        let leads = |element: &&Element| {
            let Some(ElementData::Value(to)) = &element.data else { return false };
            let [Pattern::One(Datum::Number(ip)), Pattern::One(Datum::Number(port))] = to.as_slice() else {
                return false;
            };
            let to = format!("{}:{port}", Ipv4Addr::from(*ip as u32));
            goes.first() == Some(&to.as_str())
        };
        match elements.iter().find(leads)?.key.as_slice() {
            [Pattern::One(Datum::Number(number))] => Some(*number as u32),
            _ => None,
        }
    }
}

impl<'n> Recorded<'n> {
    /// From what was observed.
    pub fn new(network: &'n Network, observed: &Observed) -> Self {
        Self {
            network,
            matched: observed.matched.clone(),
            ports: observed.ports.clone(),
            packets: observed.record.packets.clone(),
            rules: observed.record.rules.clone(),
            wrapped: observed.wrapped.clone(),
            taken: Vec::new(),
        }
    }
}

impl Recorded<'_> {
    /// The source port of a packet around a frame that no device saw, because a rule dropped it in OUTPUT: rules saw it come from this host, and
    /// its port is that of no packet that was sent. Several in the order in which rules saw them.
    fn unsent(&mut self, netns: NetnsId, dev: LinkId) -> Option<u16> {
        let here = self.network.netns(netns);
        let LinkKind::Vxlan(vxlan) = &here.links.get(dev)?.kind else { return None };
        let seen = |line: &String| {
            let (chain, header) = line.split_once(" packet ")?;
            let (from, to) = header.split(' ').next()?.split_once('>')?;
            let (from, to): (SocketAddr, SocketAddr) = (from.parse().ok()?, to.parse().ok()?);
            let ours = chain.split(' ').next() == Some(&here.name) && to.port() == vxlan.port.0;
            let sent = self.wrapped.iter().any(|(at, _, port)| *at == netns.0 && *port == from.port());
            (ours && !sent && kernel::lookup::route::is_local(here, from.ip())).then_some(from.port())
        };
        let mut ports: Vec<u16> = self.rules.iter().filter_map(seen).collect();
        ports.dedup();
        let port = ports.iter().find(|port| !self.taken.contains(port)).or(ports.last()).copied()?;
        self.taken.push(port);
        Some(port)
    }
}

fn place(netns: &Netns, rule: RuleRef) -> (String, String, u32) {
    (table_name(netns, rule.table), chain_name(netns, rule.table, rule.chain), rule.id.number())
}

impl Chooser for Recorded<'_> {
    fn random(&mut self, netns: NetnsId, rule: RuleRef, _: u32) -> bool {
        let (table, chain, number) = place(self.network.netns(netns), rule);
        self.matched.contains(&(netns.0, table, chain, number))
    }

    fn number(&mut self, netns: NetnsId, rule: RuleRef, _: u32) -> u32 {
        // The element whose chain was entered from this rule.
        let here = self.network.netns(netns);
        let (table, chain, number) = place(here, rule);
        let led = self.rules.iter().find_map(|line| {
            let to = line.strip_prefix(&format!("{} {table} {chain} {number} ", here.name))?;
            to.strip_prefix("goto ").or_else(|| to.strip_prefix("jump "))
        });
        if let (None, Some(AnyRule::Nft(found))) = (led, here.rule(rule)) {
            let line = format!("{} {table} {chain} {number} accept", here.name);
            return self.translated(&here.name, &line, &found.statements).unwrap_or(0);
        }
        let (Some(led), Some(AnyRule::Nft(found))) = (led, here.rule(rule)) else { return 0 };
        let Some(Statement::Vmap { map: SetRef::Anonymous(elements), .. }) = found.statements.first() else { return 0 };
        let leads = |element: &&Element| match element.data {
            Some(ElementData::Verdict(To::Goto(to) | To::Jump(to))) => here.chain_name(rule.table, to) == Some(led),
            _ => false,
        };
        match elements.iter().find(leads).map(|element| element.key.as_slice()) {
            Some([Pattern::One(Datum::Number(number))]) => *number as u32,
            _ => 0,
        }
    }

    fn source_port(&mut self, netns: NetnsId, _: Option<RuleRef>, original: u16, range: (u16, u16)) -> u16 {
        // A packet that comes round again has an entry that kept its port.
        let changed = |(at, before, after): &&(u32, u16, u16)| *at == netns.0 && *before == original && after != before;
        let entry = self.ports.iter().find(changed);
        // An entry that did not last leaves only its packets.
        let sent = || {
            let name = format!("{} ", self.network.netns(netns).name);
            let here = self.packets.iter().filter_map(|line| line.strip_prefix(&name)?.split_once("< "));
            let ports = here.filter_map(|(_, packet)| {
                let ends =
                    packet.split(' ').find(|word| word.contains('>') && !word.contains("::") && word.contains('.'))?;
                ends.split('>').next()?.split_once(':')?.1.parse::<u16>().ok()
            });
            ports.into_iter().find(|port| *port != original && (range.0..=range.1).contains(port))
        };
        entry.map(|(_, _, after)| *after).or_else(sent).unwrap_or(range.0)
    }

    fn next_hop(&mut self, netns: NetnsId, route: RouteId, flow: HashedFlow, weights: &[u16]) -> usize {
        // The one whose machine a frame of the flow was sent to.
        let here = self.network.netns(netns);
        if flow.src.ip().is_unspecified() {
            // The one whose address the packet came to have.
            let name = format!("{} ", here.name);
            let chosen = |at: usize| {
                let hop = here.routes.get(RouteId(route.0 + at as u32))?;
                let own = kernel::lookup::route::select_source(here, hop.dev?, hop.via.unwrap_or(flow.dst.ip()))?;
                let mut lines = self.packets.iter().chain(&self.rules).filter(|line| line.starts_with(&name));
                let ends = |word: &str| {
                    let mut ends = word.split('>').map(|end| end.split(':').next().unwrap_or_default());
                    ends.next() == Some(&own.to_string()) && ends.next() == Some(&flow.dst.ip().to_string())
                };
                lines.any(|line| line.split(' ').any(ends)).then_some(at)
            };
            return (0..weights.len()).find_map(chosen).unwrap_or_default();
        }
        let sent = |at: usize| {
            let hop = here.routes.get(RouteId(route.0 + at as u32))?;
            let (dev, via) = (here.links.get(hop.dev?)?, hop.via?);
            let links = self.network.ids().flat_map(|id| &self.network.netns(id).links);
            let mut has = links.filter(|link| link.addresses.iter().any(|own| own.net.addr() == via));
            let start = format!("{} {}< ", here.name, dev.name);
            let (to, dst) = (format!(">{} ", has.next()?.mac), format!(">{}", flow.dst.ip()));
            let mut lines = self.packets.iter().filter(|line| line.starts_with(&start));
            lines.any(|line| line.contains(&to) && line.contains(&dst)).then_some(at)
        };
        (0..weights.len()).find_map(sent).unwrap_or_default()
    }

    fn vxlan_source_port(&mut self, netns: NetnsId, dev: LinkId, inner: &Packet, range: (u16, u16)) -> u16 {
        let frames = frames::on_wire(inner, true);
        let found = self.wrapped.iter().find(|(at, seen, _)| *at == netns.0 && frames.contains(seen));
        // What left may have another port than the tunnel gave it: rules translate what a host sends, too.
        let given = |port: u16| {
            let translated =
                |(at, before, after): &&(u32, u16, u16)| *at == netns.0 && *after == port && before != after;
            self.ports.iter().find(translated).map_or(port, |(_, before, _)| *before)
        };
        let port = found.map(|(_, _, port)| given(*port)).or_else(|| self.unsent(netns, dev));
        port.unwrap_or(range.0)
    }
}

/// Runs the probe in the simulation.
pub fn record(network: &Network, state: &mut KernelState, chooser: &mut dyn Chooser, request: &Request) -> Record {
    let before = entries(state);
    let mut done = exchange(network, state, chooser, request);
    if let Some(spoken) = Spoken::of(request) {
        stream::simulate(network, state, chooser, &mut done, spoken);
    }
    recorded(network, state, &before, &done, request.protocol)
}

/// Sends a datagram on an open socket in the simulation; with it what came back.
pub fn datagram(
    network: &Network,
    state: &mut KernelState,
    chooser: &mut dyn Chooser,
    id: ConnectionId,
    payload: &[u8],
    serves: &Serves<'_>,
) -> (Record, Option<Vec<u8>>) {
    let before = entries(state);
    let mut serve = |netns, local: std::net::SocketAddr, payload: &std::sync::Arc<[u8]>| {
        serves(netns, local.port(), payload).map(std::sync::Arc::from)
    };
    let done = exchange::datagram(network, state, chooser, id, payload.into(), &mut serve);
    let record = recorded(network, state, &before, &done, Protocol::Udp);
    let back = |sent: &&WalkedPacket| matches!(sent.walk.end, End::Delivered { delivery: Delivery::Answer { connection }, .. } if connection == id);
    let came = done.packets.iter().find(back).and_then(|sent| sent.walk.hops.last());
    (record, came.map(|hop| hop.after.packet.payload.to_vec()))
}

/// How many entries each namespace has.
pub(super) fn entries(state: &KernelState) -> BTreeMap<NetnsId, usize> {
    state.conntrack.iter().map(|(id, entries)| (*id, entries.len())).collect()
}

/// A packet that was simulated.
pub(super) struct Sent<'w> {
    /// What a kernel answered with; `None` when a process sent it.
    pub(super) answer: Option<AnswerKind>,
    /// The packet that it answers, and which of that one's answers it is.
    pub(super) of: Option<(usize, usize)>,
    /// Its way.
    pub(super) hops: &'w [Hop],
}

/// The packets of an exchange.
fn of_exchange(done: &Exchange) -> Vec<Sent<'_>> {
    let parents = parents(done);
    let all = done.packets.iter().zip(parents);
    all.map(|(sent, of)| Sent { answer: sent.answer, of, hops: &sent.walk.hops }).collect()
}

fn recorded(
    network: &Network,
    state: &KernelState,
    before: &BTreeMap<NetnsId, usize>,
    done: &Exchange,
    protocol: Protocol,
) -> Record {
    let mut record = met(network, &of_exchange(done));
    record.together = answers_copies(done);
    record.conntrack = conntrack(network, state, before);
    record.client = match done.reported {
        Reported::Ok => "ok".to_owned(),
        Reported::Error(errno) => errno.name().to_owned(),
        Reported::Eof => "eof".to_owned(),
        Reported::Timeout => "timeout".to_owned(),
    };
    // A process hears of a TCP connection once its handshake is over.
    let last =
        |sent: &WalkedPacket| matches!(sent.walk.end, End::Delivered { delivery: Delivery::Established { .. }, .. });
    let taken: Vec<Served> = match protocol {
        Protocol::Udp => done.datagrams().into_iter().map(|taken| taken.at).collect(),
        Protocol::Tcp => done.served.filter(|_| done.packets.iter().any(last)).into_iter().collect(),
        _ => Vec::new(),
    };
    let line = |at: Served| format!("{} {} < {}", network.netns(at.netns).name, at.local, at.peer);
    let mut lines: Vec<String> = taken.into_iter().map(line).collect();
    lines.sort();
    record.server = lines.join(", ");
    record
}

/// What devices and rules saw of packets.
pub(super) fn met(network: &Network, all: &[Sent<'_>]) -> Record {
    let mut record = Record::default();
    for group in in_one_go(all) {
        for hops in in_turn(&group) {
            packets(network, hops, &mut record.packets, &mut record.copies);
        }
    }
    record.rules = rules(network, all);
    record
}

/// Entries that were not there `before`, sorted.
pub(super) fn conntrack(network: &Network, state: &KernelState, before: &BTreeMap<NetnsId, usize>) -> Vec<String> {
    let mut lines = Vec::new();
    for (id, entries) in &state.conntrack {
        for entry in
            entries.iter().skip(before.get(id).copied().unwrap_or(0)).filter(|entry| entry.confirmed && !entry.removed)
        {
            let mut text = String::new();
            let _ = write_conntrack(&mut text, entry);
            let zone = if entry.zone == 0 { String::new() } else { format!(" zone={}", entry.zone) };
            let text: Vec<&str> = text.split_whitespace().filter(|word| !word.starts_with("zone=")).collect();
            let (name, text) = (&network.netns(*id).name, text.join(" "));
            lines.push(format!("{name} {text} mark={}{zone} timeout={}", entry.mark.0, entry.timeout()));
        }
    }
    lines.sort();
    lines
}

/// Where a capture on every device would have seen the packet, and the copies that bridges made of it.
fn packets(network: &Network, hops: &[Hop], out: &mut Vec<String>, copies: &mut Vec<String>) {
    for hop in hops {
        let netns = network.netns(hop.netns);
        let name = |link: LinkId| netns.links.get(link).map_or("?", |link| &link.name);
        let lines = |link: LinkId, arrow: char, packet| {
            let dev = netns.links.get(link);
            let ethernet = dev.is_some_and(|dev| dev.kind != LinkKind::Loopback);
            let seen = !dev.is_some_and(|dev| frames::is_put_together(packet, dev));
            let all = frames::on_wire(packet, ethernet).into_iter().filter(move |_| seen);
            all.map(move |text| format!("{} {}{arrow} {text}", netns.name, name(link)))
        };
        match hop.place {
            Place::Ingress(link) => out.extend(lines(link, '>', &hop.before.packet)),
            Place::Egress(link) if leaves(network, hop, link) => out.extend(lines(link, '<', &hop.after.packet)),
            Place::Bridge(bridge) => {
                let up = hop.events.iter().any(|event| matches!(event, Event::FdbHit { port, .. } if *port == bridge));
                if up {
                    out.extend(lines(bridge, '>', &hop.after.packet));
                }
            }
            _ => {}
        }
        for copy in hop.copies().0 {
            let (mut seen, mut further) = (Vec::new(), Vec::new());
            packets(network, &copy.hops, &mut seen, &mut further);
            copies.extend(seen.into_iter().chain(further));
        }
    }
}

/// The packet was handed to the device: sent by a veth or `lo`, or given to a bridge.
fn leaves(network: &Network, hop: &Hop, link: LinkId) -> bool {
    let bridge = matches!(network.link(LinkRef { netns: hop.netns, link }).kind, LinkKind::Bridge(_));
    let dropped = hop.events.iter().any(|event| matches!(event, Event::Drop(_)));
    let sent = |event: &Event| {
        matches!(
            event,
            Event::Transmit { .. }
                | Event::Encapsulated { .. }
                | Event::IpWrapped { .. }
                | Event::Drop(DropReason::NoVtep)
        )
    };
    hop.events.iter().any(sent) || bridge && !dropped
}

/// The rules each packet met, by namespace, in the order of time: the answer to a rejected packet is sent while the
/// rule that rejects it still runs. With the packet as it comes to each base chain.
fn rules(network: &Network, all: &[Sent<'_>]) -> Vec<String> {
    let sent_in_one_go = |at: usize| {
        all.get(at).is_some_and(|sent| {
            let hops = in_time(sent.hops);
            sent.answer.is_none() && first_stay(&hops) == hops.len()
        })
    };
    let groups = in_one_go(all);
    let all_rejected: Vec<_> = all.iter().map(|sent| rejected(sent.hops)).collect();
    let mut out = Vec::new();
    for id in network.ids() {
        let netns = network.netns(id);
        let name = &netns.name;
        for (at, sent) in all.iter().enumerate() {
            let together = groups.iter().find(|group| group.len() > 1 && group.iter().any(|(own, _)| *own == at));
            if let Some(group) = together {
                // All of them where the first one is.
                if group.first().is_some_and(|(first, _)| *first == at) {
                    let hops = in_turn(group).into_iter().flatten().filter(|hop| hop.netns == id);
                    out.extend(hops.flat_map(|hop| hop_lines(netns, hop)).map(|(line, _)| format!("{name} {line}")));
                }
                continue;
            }
            let hops = in_time(sent.hops);
            let by_rule_here = |(parent, nth): &(usize, usize)| {
                all_rejected.get(*parent).and_then(|answers| answers.get(*nth)).is_some_and(|by| *by == Some(id))
            };
            let nested = sent.of.filter(by_rule_here);
            let from = match nested {
                Some((parent, _)) if sent_in_one_go(parent) => hops.len(),
                Some(_) => first_stay(&hops),
                None => 0,
            };
            let mut nth = 0;
            for (number, hop) in hops.iter().enumerate() {
                let mut lines = hop_lines(netns, hop);
                if hop.netns != id || number < from {
                    lines.clear();
                }
                for (line, rejects) in lines {
                    let answered = rejects && answers_made(number, hop) > 0;
                    let answer = all.iter().find(|other| answered && other.of == Some((at, nth)));
                    if let Some(answer) = answer {
                        // A process waits for its own packet's answer to be handled; a packet that arrived is finished first.
                        let hops = in_time(answer.hops);
                        let all = if sent_in_one_go(at) { hops.len() } else { first_stay(&hops) };
                        let lines =
                            hops.iter().take(all).filter(|hop| hop.netns == id).flat_map(|hop| hop_lines(netns, hop));
                        out.extend(lines.map(|(line, _)| format!("{name} {line}")));
                    }
                    out.push(format!("{name} {line}"));
                }
                nth += answers_made(number, hop);
            }
        }
    }
    out
}

/// A packet with its place among all.
type Placed<'s, 'w> = (usize, &'s Sent<'w>);

/// The packets, each by its place; those that a kernel made in one go together: what waits for a neighbour that does not answer is given up
/// one after the other (`neigh_invalidate`), before anything comes of the first error.
fn in_one_go<'s, 'w>(all: &'s [Sent<'w>]) -> Vec<Vec<Placed<'s, 'w>>> {
    let given_up = |sent: &Sent<'_>| {
        let error = matches!(sent.answer, Some(AnswerKind::IcmpError { kind: 3, code: 1 }));
        sent.hops.first().map(|hop| hop.netns).filter(|_| error)
    };
    let all: Vec<Placed<'s, 'w>> = all.iter().enumerate().collect();
    let same =
        |one: &Placed<'_, '_>, other: &Placed<'_, '_>| given_up(one.1).is_some_and(|at| given_up(other.1) == Some(at));
    all.chunk_by(same).map(<[_]>::to_vec).collect()
}

/// Hops of packets that were made in one go: each up to the next device that takes it, in turn.
fn in_turn<'w>(group: &[Placed<'_, 'w>]) -> Vec<&'w [Hop]> {
    let sent = |hop: &Hop| hop.events.iter().any(|event| matches!(event, Event::Transmit { .. }));
    if let [(_, one)] = group {
        return vec![one.hops];
    }
    let mut stays: Vec<_> = group.iter().map(|(_, one)| one.hops.split_inclusive(sent)).collect();
    let mut all = Vec::new();
    loop {
        let round: Vec<&[Hop]> = stays.iter_mut().filter_map(Iterator::next).collect();
        if round.is_empty() {
            return all;
        }
        all.extend(round);
    }
}

/// How many packets were made in answer at a hop; at the first, the packet itself may be one.
fn answers_made(number: usize, hop: &Hop) -> usize {
    let made = hop.events.iter().filter(|event| matches!(event, Event::Answered(_))).count();
    if number == 0 { 0 } else { made }
}

/// For each answer of a walk, in order: the namespace of the rule that made it.
fn rejected(hops: &[Hop]) -> Vec<Option<NetnsId>> {
    let mut all = Vec::new();
    for (number, hop) in in_time(hops).into_iter().enumerate() {
        let by_rule = hop.events.iter().any(|event| matches!(event, Event::Drop(DropReason::Rejected(_))));
        all.extend((0..answers_made(number, hop)).map(|_| by_rule.then_some(hop.netns)));
    }
    all
}

/// What the kernel's trace would say at a place: each line, and whether it is a rule that answers with a packet.
fn hop_lines(netns: &Netns, hop: &Hop) -> Vec<(String, bool)> {
    let mut packet = hop.before.packet.clone();
    let mut lines = Vec::new();
    // A chain's first line brings the packet as that line left it.
    let mut opened = None;
    for (at, event) in hop.events.iter().enumerate() {
        match event {
            Event::Chain { table, chain, from: None } => {
                opened = Some((table_name(netns, *table), chain_name(netns, *table, *chain)));
            }
            Event::Nat { changes, .. } | Event::Rewrite { changes } => {
                changes.iter().for_each(|change| apply(&mut packet, change));
            }
            Event::TtlSet { after, .. } | Event::Ttl { after, .. } => packet.ip.ttl = *after,
            // Each piece comes as the packet came.
            Event::Piece(piece) => {
                packet = hop.before.packet.alone(*piece);
            }
            _ => {}
        }
        let Some(mut text) = line(netns, event) else { continue };
        // A translation that finds no address drops the packet.
        if let Event::Rule { rule, verdict: Verdict::Nat, .. } = event
            && hop.events.iter().any(|event| matches!(event, Event::Drop(DropReason::Rule(by)) if by == rule))
        {
            text = text.replace(" accept", " drop");
        }
        if let (Event::Rule { rule, .. }, Some(Event::TtlSet { rule: same, after, .. })) =
            (event, hop.events.get(at + 1))
            && rule == same
        {
            packet.ip.ttl = *after;
        }
        let rejects = matches!(event, Event::Rule { verdict: Verdict::Reject(_), .. });
        let mut rejects = Some(rejects);
        if let Some((table, name)) = opened.take() {
            let header = format!("{table} {name} packet {}", frames::simulated_header(&packet));
            lines.push((header, rejects.take().unwrap_or_default()));
        }
        lines.push((text, rejects.unwrap_or_default()));
    }
    lines
}

/// Makes one edit.
fn apply(packet: &mut Packet, change: &FieldChange) {
    match (*change, &mut packet.l4) {
        (FieldChange::Source { after, .. }, _) => packet.ip.src = after,
        (FieldChange::Destination { after, .. }, _) => packet.ip.dst = after,
        (
            FieldChange::SourcePort { after, .. },
            L4::Tcp { sport, .. } | L4::Udp { sport, .. } | L4::Sctp { sport, .. },
        ) => *sport = after,
        (
            FieldChange::DestinationPort { after, .. },
            L4::Tcp { dport, .. } | L4::Udp { dport, .. } | L4::Sctp { dport, .. },
        ) => *dport = after,
        _ => {}
    }
}

/// The packet each packet answers, and which of that one's answers it is.
fn parents(done: &Exchange) -> Vec<Option<(usize, usize)>> {
    let mut known = BTreeSet::new();
    let parent = |sent: &WalkedPacket| {
        let (of, kind) = (sent.of? as usize, sent.answer?);
        let answers = &done.packets.get(of)?.walk.answers;
        let nth = (0..answers.len()).find(|nth| answers[*nth].kind == kind && !known.contains(&(of, *nth)))?;
        known.insert((of, nth));
        Some((of, nth))
    };
    done.packets.iter().map(parent).collect()
}

/// Kernels answered copies: what they answer is under way together with what the packet itself leads to.
fn answers_copies(done: &Exchange) -> bool {
    fn any(hops: &[Hop]) -> bool {
        let answered = |hop: &Hop| hop.events.iter().any(|event| matches!(event, Event::Answered(_)));
        hops.iter().flat_map(|hop| hop.copies().0).any(|copy| copy.hops.iter().any(answered) || any(&copy.hops))
    }
    done.packets.iter().any(|sent| any(&sent.walk.hops))
}

/// Hops up to the first device that takes the packet: what its sender does in one go.
fn first_stay(hops: &[&Hop]) -> usize {
    let sent = |hop: &&Hop| hop.events.iter().any(|event| matches!(event, Event::Transmit { .. }));
    hops.iter().position(sent).map_or(hops.len(), |at| at + 1)
}

fn line(netns: &Netns, event: &Event) -> Option<String> {
    match event {
        Event::Rule { rule, verdict, .. } => {
            let (table, chain, number) = place(netns, *rule);
            let to = |id| chain_name(netns, rule.table, id);
            let verdict = match verdict {
                Verdict::Continue => "continue".to_owned(),
                Verdict::Accept | Verdict::Nat => "accept".to_owned(),
                Verdict::Drop | Verdict::Reject(_) => "drop".to_owned(),
                Verdict::Return => "return".to_owned(),
                Verdict::Jump(to_chain) => format!("jump {}", to(*to_chain)),
                Verdict::Goto(to_chain) => format!("goto {}", to(*to_chain)),
            };
            Some(format!("{table} {chain} {number} {verdict}"))
        }
        Event::ChainEnd { table, chain, policy: Some(policy), .. } => {
            let (table, name) = (table_name(netns, *table), chain_name(netns, *table, *chain));
            let policy = format!("{policy:?}").to_lowercase();
            Some(format!("{table} {name} policy {policy}"))
        }
        _ => None,
    }
}

fn table_name(netns: &Netns, table: TableRef) -> String {
    netns.table_name(table)
}

fn chain_name(netns: &Netns, table: TableRef, chain: ChainId) -> String {
    netns.chain_name(table, chain).unwrap_or("?").to_owned()
}
