//! From what the kernel recorded to facts: the one place that tells what an event says.

use super::Visit;
use super::fact::{Copy, Encapsulation, Fact, FdbAction, Listener, NotTracked, Ruling, Tracking, Unmodelled, What};
use super::refs::{Device, MapLookup, RouteAt};
use kernel::ids::{ChainId, SocketId, TableRef};
use kernel::lookup::route;
use kernel::walk::{Assumed, Delivery, Event, FrameCopy, NatBy, Verdict};

/// The chains that are open, from the built-in one down, each with the number of its pass.
#[derive(Default)]
struct Open {
    chains: Vec<(TableRef, ChainId, u32)>,
    passes: u32,
}

impl Open {
    /// Depth and pass of a chain.
    fn at(&self, table: TableRef, chain: ChainId) -> (u32, Option<u32>) {
        let at = self.chains.iter().rposition(|open| (open.0, open.1) == (table, chain));
        at.map_or((0, None), |at| (at as u32, self.chains.get(at).map(|open| open.2)))
    }

    fn enter(&mut self, table: TableRef, chain: ChainId, from: Option<(TableRef, ChainId)>) {
        match from {
            None => self.chains.clear(),
            Some(from) => {
                let at = self.chains.iter().rposition(|open| (open.0, open.1) == from);
                self.chains.truncate(at.map_or(self.chains.len(), |at| at + 1));
            }
        }
        self.chains.push((table, chain, self.passes));
        self.passes += 1;
    }
}

impl<'a> Visit<'a> {
    /// What happened here, in order.
    pub fn facts(&self) -> Vec<Fact<'a>> {
        let mut open = Open::default();
        let mut facts = Vec::with_capacity(self.hop.events.len());
        let plain = |what| Fact { what, depth: 0, pass: None, badge: None };
        if let Some(carried) = self.message.filter(|carried| carried.sent) {
            facts.push(plain(What::Message(carried)));
        }
        for event in &self.hop.events {
            if let Event::Chain { table, chain, from } = event {
                open.enter(*table, *chain, from.map(|from| (from.table, from.chain)));
            }
            let what = self.what(event);
            let (depth, pass) = match &what {
                What::Chain { chain, .. } | What::Rule { chain, .. } | What::ChainEnd { chain, .. } => {
                    open.at(chain.table, chain.chain)
                }
                What::Lookup { rule, .. } | What::List { rule, .. } => open.at(rule.at.table, rule.at.chain),
                _ => (0, None),
            };
            let badge = match &what {
                What::Nat { entry: None, .. } => self.badges.first(),
                What::Nat { entry: Some(entry), .. } | What::Conntrack(Tracking::Known { entry, .. }) => {
                    self.badges.iter().find(|badge| badge.entry == *entry)
                }
                _ => None,
            };
            facts.push(Fact { what, depth, pass, badge: badge.map(|badge| badge.number) });
        }
        // What a lost packet carried nobody reads.
        if let Some(carried) = self.message.filter(|carried| !carried.sent && self.delivers()) {
            facts.push(plain(What::Message(carried)));
        }
        facts.extend(self.decision.filter(|_| self.delivers()).map(|decision| plain(What::Decided(decision))));
        facts
    }

    fn delivers(&self) -> bool {
        self.hop.events.iter().any(|event| matches!(event, Event::Deliver(_)))
    }

    fn what(&self, event: &'a Event) -> What<'a> {
        let here = self.namespace;
        let dev = |link| here.device(link);
        match event {
            Event::SocketSend => What::Send,
            Event::Route { table, route, kind, via, dev: out, src } => {
                let route = RouteAt { namespace: here, id: *route };
                What::Route {
                    table: *table,
                    kind: *kind,
                    route,
                    via: *via,
                    dev: out.map(dev),
                    src: *src,
                    cause: route.cause(),
                }
            }
            Event::NoRoute { dst } => What::NoRoute { dst: *dst },
            Event::Ttl { before, after } => What::Ttl { before: *before, after: *after },
            Event::Chain { table, chain, from } => {
                What::Chain { chain: here.chain(*table, *chain), from: from.map(|from| here.rule(from)) }
            }
            Event::Rule { rule, skipped, verdict } => {
                let to = match verdict {
                    Verdict::Jump(chain) | Verdict::Goto(chain) => Some(here.chain(rule.table, *chain)),
                    _ => None,
                };
                let rule = here.rule(*rule);
                What::Rule {
                    chain: rule.chain(),
                    rule,
                    matched: true,
                    verdict: Ruling { verdict: *verdict, to },
                    skipped,
                    cause: rule.cause(),
                }
            }
            Event::ChainEnd { table, chain, skipped, policy } => {
                What::ChainEnd { chain: here.chain(*table, *chain), skipped, policy: *policy }
            }
            Event::NftLookup { rule, statement, key, hit } => {
                let rule = here.rule(*rule);
                let lookup = MapLookup { rule, statement: *statement, key, hit: *hit };
                What::Lookup { rule, lookup, found: lookup.found() }
            }
            Event::Listed { rule, list, address, how } => {
                What::List { rule: here.rule(*rule), list, address: *address, how: *how }
            }
            Event::NatSkipped { entry } => What::NatSkipped { entry: *entry },
            Event::Nat { kind, by, changes } => {
                let (rule, entry) = match by {
                    NatBy::Rule(rule) => (Some(here.rule(*rule)), None),
                    NatBy::Conntrack(entry) => (None, Some(*entry)),
                };
                What::Nat { kind: *kind, rule, entry, changes, cause: rule.and_then(|rule| rule.cause()) }
            }
            Event::Marked { rule, before, after } => {
                What::Mark { rule: here.rule(*rule), before: *before, after: *after }
            }
            Event::ConnMarked { rule, entry, before, after } => {
                What::Connmark { rule: here.rule(*rule), entry: *entry, before: *before, after: *after }
            }
            Event::TtlSet { rule, before, after } => {
                What::TtlSet { rule: here.rule(*rule), before: *before, after: *after }
            }
            Event::Logged { rule } => What::Log { rule: here.rule(*rule) },
            Event::Conntrack { entry, state, direction, now, action } => What::Conntrack(Tracking::Known {
                entry: *entry,
                action: *action,
                state: *state,
                direction: *direction,
                now,
            }),
            Event::ConntrackInvalid => What::Conntrack(Tracking::Unknown { state: NotTracked::Invalid }),
            Event::Untracked => What::Conntrack(Tracking::Unknown { state: NotTracked::Untracked }),
            Event::Reroute => What::Reroute,
            Event::Neighbour { ip, mac, dev: out, known } => {
                What::Neigh { ip: *ip, mac: *mac, dev: dev(*out), known: *known }
            }
            Event::Arp { ip, dev: out, answered_by, mac, seen_by } => {
                let netns = here.model.site.network.netns(answered_by.netns);
                let process = netns.answers.iter().find(|answer| (answer.ip, answer.dev) == (*ip, answered_by.link));
                What::Arp {
                    ip: *ip,
                    dev: dev(*out),
                    mac: *mac,
                    answered_by: Device::of(here.model, *answered_by),
                    proxy: process.is_none() && !route::is_local(netns, *ip),
                    seen_by: *seen_by,
                    cause: process.and_then(|process| here.model.site.causes.get(process.cause)),
                }
            }
            Event::ArpFailed { ip, dev: out } => What::ArpFailed { ip: *ip, dev: dev(*out) },
            Event::FdbLearn { bridge, mac, port } => {
                What::Fdb { action: FdbAction::Learn, bridge: dev(*bridge), mac: *mac, ports: vec![dev(*port)] }
            }
            Event::FdbHit { bridge, mac, port } => {
                What::Fdb { action: FdbAction::Hit, bridge: dev(*bridge), mac: *mac, ports: vec![dev(*port)] }
            }
            Event::FdbFlood { bridge, mac, ports } => What::Fdb {
                action: FdbAction::Flood,
                bridge: dev(*bridge),
                mac: *mac,
                ports: ports.iter().map(|port| dev(*port)).collect(),
            },
            Event::Copied { bridge, copies, earlier } => {
                let copy = |copy: &'a FrameCopy| Copy {
                    port: dev(copy.port),
                    remote: copy.remote,
                    end: &copy.end,
                    hops: &copy.hops,
                };
                What::Copies { dev: dev(*bridge), earlier: *earlier, copies: copies.iter().map(copy).collect() }
            }
            Event::Transmit { dev: out, to } => What::Xmit { dev: dev(*out), to: Device::of(here.model, *to) },
            Event::Segmented { bytes, size, count } => What::Segments { bytes: *bytes, size: *size, count: *count },
            Event::PathMtu { to, mtu, locked } => What::PathMtu { to: *to, mtu: *mtu, locked: *locked },
            Event::Fragmented { mtu, sizes } => What::Fragment { mtu: *mtu, sizes },
            Event::PiecesLost { at, mtu, lost, passed, unsent } => {
                What::FragmentsLost { mtu: *mtu, lost, passed, unsent, at: Device::of(here.model, *at) }
            }
            Event::Piece(piece) => What::FragmentSeen { offset: piece.offset, size: 20 + piece.len },
            Event::PieceDropped { piece, reason } => {
                What::FragmentDropped { offset: piece.offset, size: 20 + piece.len, reason }
            }
            Event::Reassembled { pieces } => What::Reassemble { pieces: *pieces },
            Event::Encapsulated { dev: out, mac, remote, known, vni, port, copies } => What::Encap {
                kind: Encapsulation::Vxlan,
                dev: dev(*out),
                vni: *vni,
                mac: *mac,
                remote: *remote,
                sport: *port,
                known: *known,
                copies,
            },
            Event::Decapsulated { dev: into, vni, remote, learned } => What::Decap {
                kind: Encapsulation::Vxlan,
                dev: dev(*into),
                vni: *vni,
                remote: *remote,
                learned: *learned,
            },
            Event::IpWrapped { dev: out, remote, by_route, ttl } => {
                What::EncapIp { dev: dev(*out), remote: *remote, by_route: *by_route, ttl: *ttl }
            }
            Event::IpUnwrapped { dev: into, remote } => What::DecapIp { dev: dev(*into), remote: *remote },
            Event::Rewrite { changes } => What::Rewrite { changes },
            Event::Deliver(delivery) => {
                let listener = match delivery {
                    Delivery::Accepted { listener, .. } | Delivery::Datagram { listener } => self.listener(*listener),
                    _ => None,
                };
                What::Deliver { delivery: *delivery, listener }
            }
            Event::Answered(kind) => What::Answer(*kind),
            Event::Drop(reason) => What::Drop { reason },
            Event::Assumed(assumed) => What::Assumed(match assumed {
                Assumed::MatchSkipped { rule, module } => Unmodelled::Match { rule: here.rule(*rule), module },
                Assumed::Pieces => Unmodelled::Pieces { fragments: true },
                Assumed::WithinLimit { rule } => Unmodelled::Limit { rule: here.rule(*rule), module: "limit" },
                Assumed::TargetSkipped { rule, target } => Unmodelled::Target { rule: here.rule(*rule), target },
            }),
        }
    }

    fn listener(&self, id: SocketId) -> Option<Listener<'a>> {
        let socket = self.namespace.config()?.sockets.get(id)?;
        Some(Listener {
            port: socket.port,
            process: self.namespace.model.site.process(self.namespace.id, id),
            cause: self.namespace.cause(socket.cause),
        })
    }
}
