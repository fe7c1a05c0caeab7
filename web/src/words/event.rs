//! One line per event of a hop, in order.

use super::{Because, CopyWords, Say};
use crate::steps::{self, ChainLine, Step, badge_text};
use crate::url;
use kernel::config::{LinkKind, Policy, RouteKind};
use kernel::ids::{ChainId, CtId, NetnsId, RouteId, RuleRef, TableRef};
use kernel::packet::{Field, FieldChange, Fragment};
use kernel::walk::{
    AnswerKind, CtAction, CtState, Delivery, DropReason, Event, FailedMatch, Hop, ListedHow, NatBy, NatKind,
    NeighbourSource, Skipped, Verdict, VtepSource,
};
use sim_core::print;
use sim_core::trace::ProbeText;
use std::collections::BTreeMap;

/// One thing that happened, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventLine {
    /// What kind: the `type` of the JSON.
    pub kind: &'static str,
    /// The sentence.
    pub text: String,
    /// The kernel's own text: the rule, the route, the conntrack line.
    pub kernel: Option<String>,
    /// The page of the rule or interface.
    pub href: Option<String>,
    /// The chain of the rule, open at the rule.
    pub chain_href: Option<String>,
    /// Rules tried before without success.
    pub note: Option<String>,
    /// Edits.
    pub changes: Vec<Change>,
    /// Why it is there.
    pub because: Option<Because>,
    /// Chain depth for rules, 0 otherwise.
    pub depth: u32,
    /// Copies of the frame that went other ways.
    pub copies: Vec<CopyWords>,
}

/// One edit of a header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Name of the field, as on the packet's card.
    pub field: String,
    /// Before.
    pub before: String,
    /// After.
    pub after: String,
    /// Number of the conntrack entry that remembers it.
    pub badge: Option<String>,
}

/// Where a packet met what is told: the probe, the step of its journey, and where it was a copy of a frame, which one.
#[derive(Clone, Debug)]
pub struct At<'a> {
    /// The probe.
    pub probe: &'a ProbeText,
    /// Step of the journey, from 1.
    pub step: u32,
    /// See [`steps::copy_at`]; empty for the packet itself.
    pub copy: String,
}

impl At<'_> {
    /// A hop of a copy that was made here.
    pub(super) fn copy(&self, index: usize, hop: usize) -> Self {
        let before = if self.copy.is_empty() { String::new() } else { format!("{}/", self.copy) };
        Self { copy: format!("{before}{index}.{hop}"), ..self.clone() }
    }
}

/// A field as the packet's card names it.
pub(crate) fn field_name(field: Field) -> &'static str {
    match field {
        Field::EthernetSource => "eth src",
        Field::EthernetDestination => "eth dst",
        Field::Source => "src",
        Field::Destination => "dst",
        Field::SourcePort => "sport",
        Field::DestinationPort => "dport",
    }
}

pub(crate) fn failed_key(failed: FailedMatch) -> &'static str {
    match failed {
        FailedMatch::Source => "failed-source",
        FailedMatch::Destination => "failed-destination",
        FailedMatch::InDev => "failed-in-dev",
        FailedMatch::OutDev => "failed-out-dev",
        FailedMatch::Protocol => "failed-protocol",
        FailedMatch::SourcePort => "failed-source-port",
        FailedMatch::DestinationPort => "failed-destination-port",
        FailedMatch::CtState => "failed-ct-state",
        FailedMatch::Mark => "failed-mark",
        FailedMatch::AddrType => "failed-addr-type",
        FailedMatch::Random => "failed-random",
        FailedMatch::Recent => "failed-recent",
        FailedMatch::Fragment => "failed-fragment",
        FailedMatch::TcpFlags => "failed-tcp-flags",
        FailedMatch::IcmpType => "failed-icmp-type",
        FailedMatch::Ports => "failed-ports",
        FailedMatch::IpRange => "failed-ip-range",
        FailedMatch::Set => "failed-set",
        FailedMatch::PhysDev => "failed-phys-dev",
        FailedMatch::Connection => "failed-connection",
        FailedMatch::ConnMark => "failed-conn-mark",
        FailedMatch::Nth => "failed-nth",
        FailedMatch::PacketType => "failed-packet-type",
        FailedMatch::Ttl => "failed-ttl",
        FailedMatch::Length => "failed-length",
        FailedMatch::MacSource => "failed-mac-source",
        FailedMatch::Dscp => "failed-dscp",
        FailedMatch::Lookup => "failed-lookup",
        FailedMatch::Expression => "failed-expression",
        FailedMatch::Unknown => "failed-unknown",
    }
}

pub(crate) fn state_name(state: CtState) -> &'static str {
    match state {
        CtState::New => "NEW",
        CtState::Established => "ESTABLISHED",
        CtState::Related => "RELATED",
    }
}

/// What a rule did belongs to the line of the rule.
fn push(lines: &mut Vec<EventLine>, line: EventLine) {
    match lines.last_mut() {
        Some(last) if last.kind == "rule" && last.kernel == line.kernel => {
            last.kind = line.kind;
            last.text = format!("{}. {}", last.text, line.text);
            last.changes = line.changes;
        }
        _ => lines.push(line),
    }
}

impl Say<'_> {
    /// A rule as `iptables-save` or `nft list ruleset` prints it.
    pub fn rule_text(&self, netns: NetnsId, rule: RuleRef) -> Option<String> {
        print::rule_text(self.netns(netns)?, rule)
    }

    /// Name of a table.
    pub fn table(&self, netns: NetnsId, table: TableRef) -> String {
        self.netns(netns).map_or_else(|| "?".to_owned(), |netns| netns.table_name(table))
    }

    /// A route as `ip route` prints it.
    pub fn route_text(&self, netns: NetnsId, route: RouteId) -> Option<String> {
        let netns = self.netns(netns)?;
        let mut text = String::new();
        let _ = print::ip::write_route(&mut text, netns, netns.routes.get(route)?);
        Some(text.trim().to_owned())
    }

    /// Name of a chain.
    pub fn chain(&self, netns: NetnsId, table: TableRef, chain: ChainId) -> &str {
        self.netns(netns).and_then(|netns| netns.chain_name(table, chain)).unwrap_or("?")
    }

    fn rule_because(&self, netns: NetnsId, rule: RuleRef) -> Option<Because> {
        self.because(self.netns(netns)?.rule_cause(rule)?)
    }

    /// The page of a rule.
    pub fn rule_href(&self, netns: NetnsId, rule: RuleRef) -> Option<String> {
        let name = &self.netns(netns)?.name;
        let chain = self.chain(netns, rule.table, rule.chain);
        Some(url::rule(self.id?, name, &self.table(netns, rule.table), chain, rule.id.number()))
    }

    /// The chain of a line, open at its rule; with the packet that went through where it is known.
    fn chain_href(&self, netns: NetnsId, line: &ChainLine, at: Option<&At<'_>>) -> Option<String> {
        let name = &self.netns(netns)?.name;
        let chain = self.chain(netns, line.table, line.chain);
        let number = line.number().unwrap_or_default() as usize;
        let plain = url::rules(self.id?, name, &self.table(netns, line.table), chain, number);
        Some(match at {
            Some(at) => url::passed(&plain, at.probe, at.step, &at.copy, line.pass),
            None => plain,
        })
    }

    fn link_href(&self, netns: NetnsId, dev: &str) -> Option<String> {
        // Hosts outside are only there for their probe: the page of a device does not know them.
        let of_host = |id: NetnsId| self.tree().is_host(id);
        let found = self.netns(netns)?.links.iter().find(|link| &*link.name == dev);
        let far = found.and_then(|link| match link.kind {
            LinkKind::Veth { peer } => Some(peer.netns),
            _ => None,
        });
        if of_host(netns) || far.is_some_and(of_host) {
            return None;
        }
        Some(url::link(self.id?, &self.netns(netns)?.name, dev))
    }

    /// Rules that were tried without success: how many, and what failed first.
    pub fn skipped(&self, skipped: &[Skipped]) -> Option<String> {
        let count: u32 = skipped.iter().map(|run| run.count).sum();
        if count == 0 {
            return None;
        }
        let mut kinds: Vec<(FailedMatch, u32)> = Vec::new();
        for run in skipped {
            match kinds.iter_mut().find(|(failed, _)| *failed == run.failed) {
                Some((_, all)) => *all += run.count,
                None => kinds.push((run.failed, run.count)),
            }
        }
        let why: Vec<String> = kinds.iter().map(|(failed, _)| self.t(failed_key(*failed))).collect();
        Some(self.ta("event-skipped", &[("count", count.into()), ("why", why.join(", ").into())]))
    }

    fn verdict(&self, netns: NetnsId, table: TableRef, verdict: Verdict) -> String {
        match verdict {
            Verdict::Continue => self.t("verdict-continue"),
            Verdict::Accept => "ACCEPT".to_owned(),
            Verdict::Drop => "DROP".to_owned(),
            Verdict::Reject(with) => format!("REJECT {}", print::iptables::reject_name(with)),
            Verdict::Return => "RETURN".to_owned(),
            Verdict::Jump(chain) | Verdict::Goto(chain) => self.chain(netns, table, chain).to_owned(),
            Verdict::Nat => self.t("verdict-nat"),
        }
    }

    /// The edits of a translation, each with the number of the entry that remembers it.
    fn changes(&self, changes: &[FieldChange], badge: Option<u32>) -> Vec<Change> {
        let change = |change: &FieldChange| {
            let (before, after) = change.texts();
            Change { field: field_name(change.field()).to_owned(), before, after, badge: badge.map(badge_text) }
        };
        changes.iter().map(change).collect()
    }

    fn chain_line(&self, netns: NetnsId, line: &ChainLine, at: Option<&At<'_>>) -> EventLine {
        let chain = self.chain(netns, line.table, line.chain).to_owned();
        let table = self.table(netns, line.table);
        let note = self.skipped(&line.skipped);
        let of = line.of;
        if let (Some(rule), Some(verdict)) = (line.rule, line.verdict) {
            let args = [
                ("table", table.into()),
                ("chain", chain.into()),
                ("number", (rule.id.number()).into()),
                ("of", of.into()),
                ("verdict", self.verdict(netns, line.table, verdict).into()),
            ];
            return EventLine {
                kind: "rule",
                text: self.ta("event-rule", &args),
                kernel: self.rule_text(netns, rule),
                href: self.rule_href(netns, rule),
                chain_href: self.chain_href(netns, line, at),
                note,
                because: self.rule_because(netns, rule),
                depth: line.depth,
                ..EventLine::default()
            };
        }
        let policy = match line.policy {
            Some(Policy::Accept) => "ACCEPT",
            Some(Policy::Drop) => "DROP",
            None => "",
        };
        let id = match (line.policy, of) {
            (Some(_), _) => "event-chain-policy",
            (None, 0) => "event-chain-empty",
            (None, _) => "event-chain-end",
        };
        let args = [("table", table.into()), ("chain", chain.into()), ("of", of.into()), ("policy", policy.into())];
        let chain_href = (of > 0).then(|| self.chain_href(netns, line, at)).flatten();
        EventLine {
            kind: "chain",
            text: self.ta(id, &args),
            note,
            chain_href,
            depth: line.depth,
            ..EventLine::default()
        }
    }

    /// Every event of a hop. Where it is known at which place of a journey, chains are open at what became of this packet.
    pub fn events(&self, hop: &Hop, step: Option<&Step>, at: Option<&At<'_>>) -> Vec<EventLine> {
        let all = self.netns(hop.netns).map(|netns| steps::chain_lines(hop, netns)).unwrap_or_default();
        let mut chains = all.iter();
        let badge = |entry: Option<CtId>| {
            let badges = step.map(|step| step.badges.as_slice()).unwrap_or_default();
            badges.iter().find(|badge| entry.is_none_or(|entry| badge.entry == entry)).map(|badge| badge.number)
        };
        let mut lines = Vec::new();
        // How deep each chain was called.
        let mut depths: BTreeMap<(TableRef, ChainId), u32> = BTreeMap::new();
        for event in &hop.events {
            match event {
                Event::Chain { table, chain, from } => {
                    let depth =
                        from.and_then(|from| depths.get(&(from.table, from.chain))).map_or(0, |depth| depth + 1);
                    depths.insert((*table, *chain), depth);
                }
                Event::NftLookup { rule, .. } | Event::Listed { rule, .. } => {
                    let depth = depths.get(&(rule.table, rule.chain)).copied().unwrap_or_default();
                    lines.extend(self.event(hop, event).map(|line| EventLine { depth, ..line }));
                }
                Event::Rule { .. } | Event::ChainEnd { .. } => {
                    lines.extend(chains.next().map(|line| self.chain_line(hop.netns, line, at)));
                }
                Event::Nat { kind, by, changes } => {
                    let entry = match by {
                        NatBy::Conntrack(entry) => Some(*entry),
                        NatBy::Rule(_) => None,
                    };
                    push(&mut lines, self.nat_line(hop, *kind, *by, self.changes(changes, badge(entry))));
                }
                Event::Marked { rule, .. }
                | Event::ConnMarked { rule, .. }
                | Event::TtlSet { rule, .. }
                | Event::Logged { rule } => {
                    let kernel = self.rule_text(hop.netns, *rule);
                    if let Some(line) = self.event(hop, event) {
                        push(&mut lines, EventLine { kernel, ..line });
                    }
                }
                Event::Copied { bridge, copies, .. } => lines.push(self.copied(hop, *bridge, copies, at)),
                _ => lines.extend(self.event(hop, event)),
            }
        }
        lines
    }

    fn nat_line(&self, hop: &Hop, kind: NatKind, by: NatBy, changes: Vec<Change>) -> EventLine {
        let id = match (kind, by) {
            (NatKind::Destination, NatBy::Rule(_)) => "event-dnat-rule",
            (NatKind::Source, NatBy::Rule(_)) => "event-snat-rule",
            (NatKind::Destination, NatBy::Conntrack(_)) => "event-nat-destination-conntrack",
            (NatKind::Source, NatBy::Conntrack(_)) => "event-nat-source-conntrack",
        };
        let rule = match by {
            NatBy::Rule(rule) => Some(rule),
            NatBy::Conntrack(_) => None,
        };
        EventLine {
            kind: "nat",
            text: self.t(id),
            kernel: rule.and_then(|rule| self.rule_text(hop.netns, rule)),
            href: rule.and_then(|rule| self.rule_href(hop.netns, rule)),
            because: rule.and_then(|rule| self.rule_because(hop.netns, rule)),
            changes,
            ..EventLine::default()
        }
    }
}

impl Say<'_> {
    fn event(&self, hop: &Hop, event: &Event) -> Option<EventLine> {
        let at = hop.netns;
        let line = |kind: &'static str, text: String| EventLine { kind, text, ..EventLine::default() };
        let dev = |dev| self.dev(at, dev).to_owned();
        let change = |field: &str, before, after| Change { field: field.to_owned(), before, after, badge: None };
        Some(match event {
            Event::Chain { .. }
            | Event::Rule { .. }
            | Event::ChainEnd { .. }
            | Event::Nat { .. }
            | Event::Copied { .. } => return None,
            Event::SocketSend => line(
                "send",
                self.ta("event-socket-send", &[("address", self.address(hop.after.packet.destination()).into())]),
            ),
            Event::Route { route, kind, via, dev: out, src, .. } => {
                let id = match kind {
                    RouteKind::Local | RouteKind::Broadcast => "event-route-local",
                    RouteKind::Unicast if via.is_some() => "event-route-via",
                    RouteKind::Unicast => "event-route-link",
                    RouteKind::Blackhole | RouteKind::Unreachable | RouteKind::Prohibit => "event-route-refusing",
                };
                let args = [
                    ("dst", hop.after.packet.ip.dst.to_string().into()),
                    ("via", via.map(|via| via.to_string()).unwrap_or_default().into()),
                    ("dev", out.map(dev).unwrap_or_default().into()),
                ];
                let cause = self.netns(at).and_then(|netns| netns.routes.get(*route)).map(|route| route.cause);
                EventLine {
                    kernel: self.route_text(at, *route),
                    because: cause.and_then(|cause| self.because(cause)),
                    note: src.map(|src| self.ta("event-route-source", &[("src", src.to_string().into())])),
                    ..line("route", self.ta(id, &args))
                }
            }
            Event::NoRoute { dst } => line("route", self.ta("event-no-route", &[("dst", dst.to_string().into())])),
            Event::Ttl { before, after } => EventLine {
                changes: vec![change("ttl", before.to_string(), after.to_string())],
                ..line("ttl", self.t("event-ttl"))
            },
            Event::NftLookup { rule, statement, key, hit } => {
                let text = self
                    .netns(at)
                    .and_then(|netns| print::nft::lookup_text(netns, *rule, *statement, key, *hit))
                    .unwrap_or_default();
                let id = match text.element {
                    Some(_) => "event-lookup-hit",
                    None => "event-lookup-missing",
                };
                let map = text.map.map_or_else(|| self.t("lookup-own-map"), |map| format!("@{map}"));
                EventLine {
                    kernel: text.element,
                    href: self.rule_href(at, *rule),
                    because: text.cause.and_then(|cause| self.because(cause)),
                    ..line("lookup", self.ta(id, &[("map", map.into()), ("key", text.key.into())]))
                }
            }
            Event::Listed { rule, list, address, how } => {
                let (id, age) = match how {
                    ListedHow::Found { age } => ("event-list-found", *age),
                    ListedHow::Stale { age } => ("event-list-stale", *age),
                    ListedHow::Noted => ("event-list-noted", 0),
                };
                let args =
                    [("list", list.to_string().into()), ("address", address.to_string().into()), ("age", age.into())];
                EventLine { href: self.rule_href(at, *rule), ..line("list", self.ta(id, &args)) }
            }
            Event::NatSkipped { .. } => line("nat-skipped", self.t("event-nat-skipped")),
            Event::Marked { rule, before, after } => EventLine {
                changes: vec![change("mark", before.to_string(), after.to_string())],
                href: self.rule_href(at, *rule),
                ..line("mark", self.t("event-marked"))
            },
            Event::ConnMarked { rule, before, after, .. } => {
                let change = change("connmark", before.to_string(), after.to_string());
                EventLine {
                    changes: vec![change],
                    href: self.rule_href(at, *rule),
                    ..line("connmark", self.t("event-conn-marked"))
                }
            }
            Event::TtlSet { rule, before, after } => EventLine {
                changes: vec![change("ttl", before.to_string(), after.to_string())],
                href: self.rule_href(at, *rule),
                ..line("ttl-set", self.t("event-ttl-set"))
            },
            Event::Logged { rule } => {
                EventLine { href: self.rule_href(at, *rule), ..line("log", self.t("event-logged")) }
            }
            Event::Conntrack { state, now, action, .. } => {
                let id = match action {
                    CtAction::Created => "event-conntrack-created",
                    CtAction::Found => "event-conntrack-found",
                    CtAction::Confirmed => "event-conntrack-confirmed",
                    CtAction::Removed => "event-conntrack-removed",
                };
                let mut text = String::new();
                // Writing to a String cannot fail.
                let _ = print::socket::write_conntrack(&mut text, now);
                EventLine {
                    kernel: Some(text.trim().to_owned()),
                    ..line("conntrack", self.ta(id, &[("state", state_name(*state).into())]))
                }
            }
            Event::ConntrackInvalid => line("conntrack", self.t("event-conntrack-invalid")),
            Event::Untracked => line("conntrack", self.t("event-untracked")),
            Event::Reroute => line("reroute", self.t("event-reroute")),
            Event::Neighbour { ip, mac, dev: out, known } => {
                let id = match known {
                    NeighbourSource::Configured => "event-neighbour-configured",
                    NeighbourSource::Learned => "event-neighbour-learned",
                };
                let args = [("ip", ip.to_string().into()), ("mac", mac.to_string().into()), ("dev", dev(*out).into())];
                line("neigh", self.ta(id, &args))
            }
            Event::Arp { ip, dev: out, answered_by, mac, seen_by } => {
                let args = [
                    ("ip", ip.to_string().into()),
                    ("mac", mac.to_string().into()),
                    ("dev", dev(*out).into()),
                    ("who", self.who(answered_by.netns).into()),
                    ("count", (*seen_by).into()),
                ];
                line("arp", self.ta("event-arp", &args))
            }
            Event::ArpFailed { ip, dev: out } => {
                line("arp", self.ta("event-arp-failed", &[("ip", ip.to_string().into()), ("dev", dev(*out).into())]))
            }
            Event::FdbLearn { bridge, mac, port } => {
                let args =
                    [("mac", mac.to_string().into()), ("port", dev(*port).into()), ("bridge", dev(*bridge).into())];
                line("fdb", self.ta("event-fdb-learn", &args))
            }
            Event::FdbHit { bridge, mac, port } => {
                let id = if bridge == port { "event-fdb-local" } else { "event-fdb-hit" };
                let args =
                    [("mac", mac.to_string().into()), ("port", dev(*port).into()), ("bridge", dev(*bridge).into())];
                line("fdb", self.ta(id, &args))
            }
            Event::FdbFlood { bridge, mac, ports } => {
                let args =
                    [("mac", mac.to_string().into()), ("count", ports.len().into()), ("bridge", dev(*bridge).into())];
                line("fdb", self.ta("event-fdb-flood", &args))
            }
            Event::Transmit { dev: out, to } => {
                let args = [
                    ("dev", dev(*out).into()),
                    ("peer", self.dev(to.netns, to.link).into()),
                    ("where", self.who(to.netns).into()),
                ];
                let link = self.netns(at).and_then(|netns| netns.links.get(*out));
                EventLine {
                    href: self.link_href(at, &dev(*out)),
                    because: link.and_then(|link| self.because(link.cause)),
                    ..line("xmit", self.ta("event-transmit", &args))
                }
            }
            Event::Fragmented { mtu, sizes } => {
                let sizes_text = sizes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" + ");
                let args =
                    [("mtu", mtu.to_string().into()), ("count", sizes.len().into()), ("sizes", sizes_text.into())];
                line("xmit", self.ta("event-fragmented", &args))
            }
            Event::PiecesLost { at: narrow, mtu, lost, passed, unsent } => {
                let sizes = |all: &[Fragment]| {
                    all.iter().map(|piece| (20 + piece.len).to_string()).collect::<Vec<_>>().join(" + ")
                };
                let args = [
                    ("dev", self.dev(narrow.netns, narrow.link).into()),
                    ("where", self.who(narrow.netns).into()),
                    ("mtu", mtu.to_string().into()),
                    ("sizes", sizes(lost).into()),
                ];
                let mut text = self.ta("event-pieces-lost", &args);
                for (id, more) in [("event-pieces-passed", passed), ("event-pieces-unsent", unsent)] {
                    if !more.is_empty() {
                        text.push(' ');
                        text.push_str(&self.ta(id, &[("sizes", sizes(more).into())]));
                    }
                }
                line("drop", text)
            }
            Event::Reassembled { pieces } => {
                line("deliver", self.ta("event-reassembled", &[("count", (*pieces).into())]))
            }
            Event::Encapsulated { dev: out, mac, remote, known, vni, port, copies } => {
                let id = match known {
                    VtepSource::Configured => "event-encap-configured",
                    VtepSource::Learned => "event-encap-learned",
                    VtepSource::Default => "event-encap-default",
                };
                let args = [
                    ("dev", dev(*out).into()),
                    ("mac", mac.to_string().into()),
                    ("remote", remote.to_string().into()),
                    ("vni", vni.to_string().into()),
                    ("copies", copies.len().into()),
                ];
                EventLine {
                    note: Some(self.ta("event-encap-port", &[("port", port.to_string().into())])),
                    ..line("xmit", self.ta(id, &args))
                }
            }
            Event::Decapsulated { dev: into, vni, remote, learned } => {
                let id = if learned.is_some() { "event-decap-learned" } else { "event-decap" };
                let args = [
                    ("dev", dev(*into).into()),
                    ("mac", learned.map(|mac| mac.to_string()).unwrap_or_default().into()),
                    ("remote", remote.to_string().into()),
                    ("vni", vni.to_string().into()),
                ];
                line("xmit", self.ta(id, &args))
            }
            Event::Rewrite { changes } if changes.is_empty() => return None,
            Event::Rewrite { changes } => {
                EventLine { changes: self.changes(changes, None), ..line("rewrite", self.t("event-rewrite")) }
            }
            Event::Deliver(delivery) => {
                let (socket, process) = match delivery {
                    Delivery::Accepted { listener, .. } | Delivery::Datagram { listener } => (
                        self.netns(at).and_then(|netns| netns.sockets.get(*listener)),
                        self.model.built.process(at, *listener),
                    ),
                    _ => (None, None),
                };
                let errno = match delivery {
                    Delivery::Failed { errno, .. } => errno.name(),
                    _ => "",
                };
                let process = process.map(|process| process.name.to_string()).unwrap_or_default();
                let port = socket.map(|socket| socket.port.to_string()).unwrap_or_default();
                let args = [("process", process.into()), ("port", port.into()), ("errno", errno.into())];
                EventLine {
                    because: socket.and_then(|socket| self.because(socket.cause)),
                    ..line("deliver", self.ta(&format!("event-{}", delivery_key(*delivery)), &args))
                }
            }
            Event::Answered(kind) => line("answer", self.answer(*kind)),
            Event::Drop(reason) => line("drop", self.drop_reason(reason)),
            Event::Assumed(assumed) => line("assumed", self.assumed(assumed)),
        })
    }

    /// A packet the kernel makes on its own.
    pub fn answer(&self, kind: AnswerKind) -> String {
        let (icmp, code) = match kind {
            AnswerKind::IcmpError { kind, code } => (kind, code),
            _ => (0, 0),
        };
        let id = match kind {
            AnswerKind::HandshakeAnswer => "answer-handshake-answer",
            AnswerKind::HandshakeAck => "answer-handshake-ack",
            AnswerKind::Reset => "answer-reset",
            AnswerKind::EchoReply => "answer-echo-reply",
            AnswerKind::IcmpError { .. } => "answer-icmp-error",
        };
        self.ta(id, &[("type", icmp.into()), ("code", code.into())])
    }
}

/// The packet is stopped by rules here.
pub(super) fn is_stop(event: &Event) -> bool {
    matches!(event, Event::Drop(DropReason::Rule(_) | DropReason::Rejected(_) | DropReason::Policy { .. }))
}

/// Part of the keys for what a socket made of a packet.
pub(crate) fn delivery_key(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::Accepted { .. } => "accepted",
        Delivery::Datagram { .. } => "datagram",
        Delivery::Answer { .. } => "answer",
        Delivery::Established { .. } => "established",
        Delivery::Failed { .. } => "failed",
        Delivery::Echo => "echo",
    }
}
