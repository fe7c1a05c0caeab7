//! The sentence of each fact.

use super::Say;
use super::line::{Change, EventLine};
use kernel::config::RouteKind;
use kernel::packet::Fragment;
use kernel::walk::{AnswerKind, Delivery, ListedHow, NatKind};
use sim_core::facts::{Device, Fact, FdbAction, NotTracked, Tracking, Visit, What};

/// Lengths of pieces as IP packets.
fn sizes(all: &[Fragment]) -> String {
    all.iter().map(|piece| (20 + piece.len).to_string()).collect::<Vec<_>>().join(" + ")
}

fn shown(of: Option<impl ToString>) -> String {
    of.map(|of| of.to_string()).unwrap_or_default()
}

impl Say<'_> {
    /// A fact in words; `None` for what other lines say: chains, copies, rewriting that changed nothing.
    pub(super) fn fact(&self, visit: &Visit<'_>, fact: &Fact<'_>) -> Option<EventLine> {
        let text = self.sentence(visit, fact)?;
        let dev_href = match &fact.what {
            What::Xmit { dev, .. } => self.link_href(*dev),
            What::Decided(decision) => {
                let at = decision.rule.as_ref().and_then(|rule| rule.location.as_ref());
                at.zip(self.id).map(|(at, id)| crate::url::source(id, at))
            }
            _ => fact.rule().and_then(|rule| self.rule_href(rule)),
        };
        Some(EventLine {
            kind: fact.code(),
            text,
            kernel: match &fact.what {
                What::Message(carried) => Self::fields(carried.message),
                _ => fact.kernel(),
            },
            href: dev_href,
            note: self.note(fact),
            changes: self.edits(fact),
            because: fact.cause().map(|cause| self.because_of(cause)),
            // Only what a rule asks stands in its chain; what it does belongs to its own line.
            depth: if matches!(fact.what, What::Lookup { .. } | What::List { .. }) { fact.depth } else { 0 },
            ..EventLine::default()
        })
    }

    fn note(&self, fact: &Fact<'_>) -> Option<String> {
        match &fact.what {
            What::Route { src, .. } => src.map(|src| self.ta("event-route-source", &[("src", src.to_string().into())])),
            What::Encap { sport, .. } => Some(self.ta("event-encap-port", &[("port", sport.to_string().into())])),
            _ => None,
        }
    }

    fn edits(&self, fact: &Fact<'_>) -> Vec<Change> {
        let change = |field: &str, before: String, after: String| {
            vec![Change { field: field.to_owned(), before, after, badge: None }]
        };
        match &fact.what {
            What::Ttl { before, after } | What::TtlSet { before, after, .. } => {
                change("ttl", before.to_string(), after.to_string())
            }
            What::Mark { before, after, .. } => change("mark", before.to_string(), after.to_string()),
            What::Connmark { before, after, .. } => change("connmark", before.to_string(), after.to_string()),
            _ => self.changes(fact.changes(), fact.badge),
        }
    }

    fn sentence(&self, visit: &Visit<'_>, fact: &Fact<'_>) -> Option<String> {
        let packet = &visit.after.packet;
        Some(match &fact.what {
            What::Chain { .. } | What::Rule { .. } | What::ChainEnd { .. } | What::Copies { .. } => return None,
            What::Rewrite { changes: [] } => return None,
            What::Message(carried) => self.message(*carried),
            What::Decided(decision) => self.decided(decision),
            What::Send => self.ta("event-socket-send", &[("address", self.address(packet.destination()).into())]),
            What::Route { kind, via, dev, .. } => {
                let id = match kind {
                    RouteKind::Local | RouteKind::Broadcast => "event-route-local",
                    RouteKind::Unicast if via.is_some() => "event-route-via",
                    RouteKind::Unicast => "event-route-link",
                    RouteKind::Blackhole | RouteKind::Unreachable | RouteKind::Prohibit => "event-route-refusing",
                };
                let args = [
                    ("dst", packet.ip.dst.to_string().into()),
                    ("via", shown(*via).into()),
                    ("dev", dev.map_or("", Device::name).into()),
                ];
                self.ta(id, &args)
            }
            What::NoRoute { dst } => self.ta("event-no-route", &[("dst", dst.to_string().into())]),
            What::Ttl { .. } => self.t("event-ttl"),
            What::Lookup { lookup, .. } => {
                let text = lookup.text();
                let id = match text.element {
                    Some(_) => "event-lookup-hit",
                    None => "event-lookup-missing",
                };
                let map = text.map.map_or_else(|| self.t("lookup-own-map"), |map| format!("@{map}"));
                self.ta(id, &[("map", map.into()), ("key", text.key.into())])
            }
            What::List { list, address, how, .. } => {
                let age = match how {
                    ListedHow::Found { age } | ListedHow::Stale { age } => *age,
                    ListedHow::Noted => 0,
                };
                let args = [("list", (*list).into()), ("address", address.to_string().into()), ("age", age.into())];
                self.ta(&format!("event-list-{}", how.code()), &args)
            }
            What::NatSkipped { .. } => self.t("event-nat-skipped"),
            What::Nat { kind, rule, .. } => self.t(match (kind, rule) {
                (NatKind::Destination, Some(_)) => "event-dnat-rule",
                (NatKind::Source, Some(_)) => "event-snat-rule",
                (NatKind::Destination, None) => "event-nat-destination-conntrack",
                (NatKind::Source, None) => "event-nat-source-conntrack",
            }),
            What::Mark { .. } => self.t("event-marked"),
            What::Connmark { .. } => self.t("event-conn-marked"),
            What::TtlSet { .. } => self.t("event-ttl-set"),
            What::Log { .. } => self.t("event-logged"),
            What::Conntrack(Tracking::Known { state, action, .. }) => {
                self.ta(&format!("event-conntrack-{}", action.code()), &[("state", state.to_string().into())])
            }
            What::Conntrack(Tracking::Unknown { state: NotTracked::Invalid }) => self.t("event-conntrack-invalid"),
            What::Conntrack(Tracking::Unknown { state: NotTracked::Untracked }) => self.t("event-untracked"),
            What::Reroute => self.t("event-reroute"),
            What::Neigh { ip, mac, dev, known } => {
                let args = [("ip", ip.to_string().into()), ("mac", mac.to_string().into()), ("dev", dev.name().into())];
                self.ta(&format!("event-neighbour-{}", known.code()), &args)
            }
            What::Arp { ip, dev, mac, answered_by, proxy, seen_by, cause } => {
                let args = [
                    ("ip", ip.to_string().into()),
                    ("mac", mac.to_string().into()),
                    ("dev", dev.name().into()),
                    ("who", self.who(answered_by.namespace.id).into()),
                    ("count", (*seen_by).into()),
                ];
                let how = match (cause, proxy) {
                    (Some(_), _) => "event-arp-process",
                    (None, true) => "event-arp-proxy",
                    (None, false) => "event-arp",
                };
                self.ta(how, &args)
            }
            What::ArpFailed { ip, dev } => {
                self.ta("event-arp-failed", &[("ip", ip.to_string().into()), ("dev", dev.name().into())])
            }
            What::Fdb { action, bridge, mac, ports } => {
                let port = ports.first();
                let id = match action {
                    FdbAction::Learn => "event-fdb-learn",
                    FdbAction::Hit if port.is_some_and(|port| port.link == bridge.link) => "event-fdb-local",
                    FdbAction::Hit => "event-fdb-hit",
                    FdbAction::Flood => "event-fdb-flood",
                };
                let args = [
                    ("mac", mac.to_string().into()),
                    ("port", port.map_or("", |port| port.name()).into()),
                    ("count", ports.len().into()),
                    ("bridge", bridge.name().into()),
                ];
                self.ta(id, &args)
            }
            What::Xmit { dev, to } => {
                let args = [
                    ("dev", dev.name().into()),
                    ("peer", to.name().into()),
                    ("where", self.who(to.namespace.id).into()),
                ];
                self.ta("event-transmit", &args)
            }
            What::Segments { bytes, size, count } => {
                let args = [
                    ("bytes", bytes.to_string().into()),
                    ("size", size.to_string().into()),
                    ("count", (*count).into()),
                ];
                self.ta("event-segments", &args)
            }
            What::PathMtu { to, mtu, locked } => {
                let id = if *locked { "event-path-mtu-locked" } else { "event-path-mtu" };
                self.ta(id, &[("to", to.to_string().into()), ("mtu", mtu.to_string().into())])
            }
            What::Fragment { mtu, sizes } => {
                let sizes_text = sizes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" + ");
                let args =
                    [("mtu", mtu.to_string().into()), ("count", sizes.len().into()), ("sizes", sizes_text.into())];
                self.ta("event-fragmented", &args)
            }
            What::FragmentsLost { at, mtu, lost, passed, unsent } => {
                let args = [
                    ("dev", at.name().into()),
                    ("where", self.who(at.namespace.id).into()),
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
                text
            }
            What::FragmentSeen { offset, size } => {
                let args = [("offset", offset.to_string().into()), ("size", size.to_string().into())];
                let id = if *offset == 0 { "event-piece-first" } else { "event-piece-seen" };
                self.ta(id, &args)
            }
            What::FragmentDropped { offset, size, .. } => {
                let args = [("offset", offset.to_string().into()), ("size", size.to_string().into())];
                self.ta("event-piece-dropped", &args)
            }
            What::Reassemble { pieces } => self.ta("event-reassembled", &[("count", (*pieces).into())]),
            What::Encap { dev, vni, mac, remote, known, copies, .. } => {
                let args = [
                    ("dev", dev.name().into()),
                    ("mac", mac.to_string().into()),
                    ("remote", remote.to_string().into()),
                    ("vni", vni.to_string().into()),
                    ("copies", copies.len().into()),
                ];
                self.ta(&format!("event-encap-{}", known.code()), &args)
            }
            What::Decap { dev, vni, remote, learned, .. } => {
                let id = if learned.is_some() { "event-decap-learned" } else { "event-decap" };
                let args = [
                    ("dev", dev.name().into()),
                    ("mac", shown(*learned).into()),
                    ("remote", remote.to_string().into()),
                    ("vni", vni.to_string().into()),
                ];
                self.ta(id, &args)
            }
            What::EncapIp { dev, remote, by_route, ttl } => {
                let id = if *by_route { "event-encap-ip-next-hop" } else { "event-encap-ip" };
                let (remote, ttl) = (remote.to_string(), ttl.to_string());
                self.ta(id, &[("dev", dev.name().into()), ("remote", remote.into()), ("ttl", ttl.into())])
            }
            What::DecapIp { dev, remote } => {
                self.ta("event-decap-ip", &[("dev", dev.name().into()), ("remote", remote.to_string().into())])
            }
            What::Rewrite { .. } => self.t("event-rewrite"),
            What::Deliver { delivery, listener } => {
                let errno = match delivery {
                    Delivery::Failed { errno, .. } => errno.name(),
                    _ => "",
                };
                let process = listener.as_ref().and_then(|listener| listener.process.as_ref());
                let args = [
                    ("process", shown(process.map(|process| &process.name)).into()),
                    ("port", shown(listener.as_ref().map(|listener| listener.port)).into()),
                    ("errno", errno.into()),
                ];
                self.ta(&format!("event-{}", delivery.code()), &args)
            }
            What::Answer(kind) => self.answer(*kind),
            What::Drop { reason } => self.drop_reason(reason),
            What::Assumed(assumed) => self.assumed(assumed),
        })
    }

    /// A packet the kernel makes on its own.
    pub fn answer(&self, kind: AnswerKind) -> String {
        let (icmp, code) = match kind {
            AnswerKind::IcmpError { kind, code } => (kind, code),
            _ => (0, 0),
        };
        self.ta(&format!("answer-{}", kind.code()), &[("type", icmp.into()), ("code", code.into())])
    }
}
