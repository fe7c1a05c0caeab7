//! One step: the line in the list of hops, and what stands beside the picture.

use super::line::{At, EventLine};
use super::{Say, plain};
use crate::scene::{carried, outers};
use kernel::config::{Hook, RouteKind};
use kernel::packet::{L4, Packet};
use kernel::walk::{End, NatKind, Place};
use sim_core::facts::{Device, Fact, Facts, FdbAction, Step, Steps, Visit, What};
use sim_core::trace::{self, Journey, Leg, Lookup, ProbeText, Purpose};
use std::net::SocketAddr;

/// A step in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepWords {
    /// Number, from 1.
    pub n: u32,
    /// Where: `node-a · PREROUTING`.
    pub place: String,
    /// What happened, in one line.
    pub title: String,
    /// The packet as it leaves this place.
    pub card: Card,
    /// Everything that happened.
    pub events: Vec<EventLine>,
    /// What comes next.
    pub next: String,
    /// The packet ended here without arriving.
    pub dropped: bool,
}

/// Lines that only look are folded from so many on.
const FOLDED: usize = 2;

impl StepWords {
    /// What decided or changed something, in order; all, where little was only looked at.
    pub fn decided(&self) -> impl Iterator<Item = &EventLine> {
        let folded = !self.looked().is_empty();
        self.events.iter().filter(move |event| !folded || event.looked.is_none())
    }

    /// The rules and chains that were only looked at, in order; none where there are few.
    pub fn looked(&self) -> Vec<&EventLine> {
        let all: Vec<_> = self.events.iter().filter(|event| event.looked.is_some()).collect();
        if all.len() < FOLDED { Vec::new() } else { all }
    }

    /// How many rules were only looked at.
    pub fn looked_at(&self) -> u32 {
        self.events.iter().filter_map(|event| event.looked).sum()
    }
}

/// The header card.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Card {
    /// The packets that it is in, the outermost first: `VXLAN 1` and from where to where.
    pub outer: Vec<(String, String)>,
    /// `TCP SYN`.
    pub kind: String,
    /// What it carries of HTTP or TLS: which, and what.
    pub carries: Option<(&'static str, String)>,
    /// Source before, where it changed here.
    pub src_before: Option<String>,
    /// Source.
    pub src: String,
    /// What has that address.
    pub src_owner: Option<String>,
    /// Destination before, where it changed here.
    pub dst_before: Option<String>,
    /// Destination.
    pub dst: String,
    /// What has that address.
    pub dst_owner: Option<String>,
    /// TTL.
    pub ttl: u8,
    /// Mark, where it is not 0.
    pub mark: Option<String>,
}

/// Protocol and what tells it apart: `TCP SYN`, `ICMP 3/3`.
pub(crate) fn packet_kind(packet: &Packet) -> String {
    let protocol = packet.protocol().to_string().to_uppercase();
    match &packet.l4 {
        L4::Tcp { flags, .. } => format!("{protocol} {flags}"),
        L4::Icmp(icmp) => {
            let (kind, code) = icmp.type_code();
            format!("{protocol} {kind}/{code}")
        }
        _ => protocol,
    }
}

/// What an answer says: the addresses, or the code.
fn answer(lookup: &Lookup) -> String {
    if lookup.addresses.is_empty() {
        if lookup.rcode == Some(sim_core::trace::Rcode::NoError) && lookup.records.is_empty() {
            return "NODATA".to_owned();
        }
        return lookup.rcode.map(|rcode| rcode.to_string()).unwrap_or_default();
    }
    lookup.addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl Say<'_> {
    /// All steps.
    pub fn steps(&self, journey: &Journey, steps: &Steps) -> Vec<StepWords> {
        self.wanted_steps(journey, steps, |_| true)
    }

    /// Those steps whose number is wanted: of the others nothing is printed.
    pub fn wanted_steps(&self, journey: &Journey, steps: &Steps, wanted: impl Fn(u32) -> bool) -> Vec<StepWords> {
        // Only links need it.
        let probe = self.id.map(|_| trace::write_probe(self.model, &journey.probe));
        let facts = Facts { model: self.model, journey, steps: steps.clone() };
        let wanted = facts.steps.steps.iter().filter(|step| wanted(step.n));
        wanted.filter_map(|step| self.step(&facts, step, probe.as_ref())).collect()
    }

    /// Heading of a leg.
    pub fn leg(&self, journey: &Journey, leg: &Leg) -> String {
        let lookup = leg.lookup.and_then(|at| journey.lookups.get(at as usize));
        let name = lookup.map(|lookup| lookup.name.to_string()).unwrap_or_default();
        let record = lookup.map(|lookup| lookup.record.to_string()).unwrap_or_default();
        let packet = || leg.hops.first().map(|hop| packet_kind(&hop.before.packet)).unwrap_or_default();
        let kind = leg.carries.as_ref().map_or_else(packet, |message| carried(message).1);
        let answer = lookup.map(|lookup| self.answered(lookup)).unwrap_or_default();
        let args = [("name", name.into()), ("record", record.into()), ("kind", kind.into()), ("answer", answer.into())];
        self.ta(&format!("leg-{}", leg.purpose.code()), &args)
    }

    /// What an answer says, and whether it is an old one.
    fn answered(&self, lookup: &Lookup) -> String {
        let said = answer(lookup);
        match lookup.kept {
            Some(age) => format!("{said} ({})", self.ta("dns-kept-short", &[("age", age.into())])),
            None => said,
        }
    }

    fn step(&self, facts: &Facts<'_>, step: &Step, probe: Option<&ProbeText>) -> Option<StepWords> {
        let (leg, visit) = facts.at(step)?;
        let (packet, was) = (visit.after.packet.innermost(), visit.before.packet.innermost());
        let (src, dst) = (packet.source(), packet.destination());
        let before = |now: SocketAddr, then: SocketAddr| (now != then).then(|| plain(then));
        let mark = visit.after.mark;
        let at = probe.map(|probe| At { probe, step: step.n, copy: String::new() });
        Some(StepWords {
            n: step.n,
            place: self.place(&visit),
            title: self.title(facts.journey, leg, &visit),
            card: Card {
                outer: outers(&visit.after.packet),
                kind: packet_kind(packet),
                carries: leg.carries.as_ref().map(carried),
                src_before: before(src, was.source()),
                src: plain(src),
                src_owner: self.owner(src.ip()),
                dst_before: before(dst, was.destination()),
                dst: plain(dst),
                dst_owner: self.owner(dst.ip()),
                ttl: packet.ip.ttl,
                mark: (mark.0 != 0).then(|| mark.to_string()),
            },
            events: self.events(&visit, at.as_ref()),
            next: self.next(facts, step, leg),
            dropped: step.last && matches!(leg.end, End::Dropped { .. }),
        })
    }

    /// Where a packet is: who, and which part of the namespace.
    pub fn place(&self, visit: &Visit<'_>) -> String {
        let who = self.who(visit.namespace.id);
        let dev = |link| visit.namespace.device(link).name();
        let part = match visit.place {
            Place::Socket => self.t("place-socket"),
            Place::Routing => self.t("place-routing"),
            Place::Hook { hook, bridge: None } => hook.to_string(),
            Place::Hook { hook, bridge: Some(bridge) } => {
                self.ta("place-bridge-hook", &[("hook", hook.to_string().into()), ("bridge", dev(bridge).into())])
            }
            Place::Ingress(link) | Place::Egress(link) => dev(link).to_owned(),
            Place::Bridge(link) => self.ta("place-bridge", &[("dev", dev(link).into())]),
        };
        format!("{who} · {part}")
    }

    fn title(&self, journey: &Journey, leg: &Leg, visit: &Visit<'_>) -> String {
        let facts = visit.facts();
        let dropped = facts.iter().find_map(|fact| match &fact.what {
            What::Drop { reason } => Some(reason.code()),
            _ => None,
        });
        if let Some(code) = dropped {
            return self.t(&format!("outcome-{code}"));
        }
        let dev = |link| visit.namespace.device(link).name();
        match visit.place {
            Place::Socket => self.socket_title(journey, leg, visit, &facts),
            Place::Routing => self.routing_title(visit, &facts),
            Place::Hook { hook, .. } => self.hook_title(hook, visit, &facts),
            Place::Ingress(link) => self.ta("step-ingress", &[("dev", dev(link).into())]),
            Place::Bridge(link) => self.bridge_title(&facts, dev(link)),
            Place::Egress(link) => self.egress_title(&facts, dev(link)),
        }
    }

    fn egress_title(&self, facts: &[Fact<'_>], dev: &str) -> String {
        let mut to = None;
        for fact in facts {
            match &fact.what {
                What::Encap { remote, .. } | What::EncapIp { remote, .. } => {
                    return self.ta("step-encap", &[("dev", dev.into()), ("remote", remote.to_string().into())]);
                }
                What::Xmit { to: far, .. } if to.is_none() => to = Some(self.who(far.namespace.id)),
                _ => {}
            }
        }
        let id = if to.is_some() { "step-egress-to" } else { "step-egress" };
        self.ta(id, &[("dev", dev.into()), ("where", to.unwrap_or_default().into())])
    }

    fn socket_title(&self, journey: &Journey, leg: &Leg, visit: &Visit<'_>, facts: &[Fact<'_>]) -> String {
        let delivery = facts.iter().find_map(|fact| match &fact.what {
            What::Deliver { delivery, .. } => Some(delivery),
            _ => None,
        });
        let unwrapped = facts.iter().find_map(|fact| match &fact.what {
            What::Decap { dev, .. } | What::DecapIp { dev, .. } => Some(dev.name()),
            _ => None,
        });
        if let Some(dev) = unwrapped {
            return self.ta("step-decap", &[("dev", dev.into())]);
        }
        let lookup = leg.lookup.and_then(|at| journey.lookups.get(at as usize));
        let packet = &visit.after.packet;
        let args = [
            ("kind", packet_kind(packet).into()),
            ("address", plain(packet.destination()).into()),
            ("peer", plain(packet.source()).into()),
            ("name", lookup.map(|lookup| lookup.name.to_string()).unwrap_or_default().into()),
            ("record", lookup.map(|lookup| lookup.record.to_string()).unwrap_or_default().into()),
            ("answer", lookup.map(answer).unwrap_or_default().into()),
        ];
        if let Some(carried) = visit.message {
            return self.message_title(carried, visit.decision);
        }
        // A stream is opened first; then it carries the question.
        let purpose = match (leg.purpose, &packet.innermost().l4) {
            (Purpose::DnsQuery, L4::Tcp { .. }) => Purpose::Connect,
            (Purpose::Data, _) if lookup.is_some() => Purpose::DnsQuery,
            (purpose, _) => purpose,
        };
        let id = match (delivery, purpose) {
            (Some(_), Purpose::DnsQuery) => "step-dns-asked".to_owned(),
            (Some(_), Purpose::DnsAnswer) => "step-dns-answered".to_owned(),
            (Some(delivery), _) => format!("step-{}", delivery.code()),
            (None, Purpose::DnsQuery) => "step-dns-ask".to_owned(),
            (None, Purpose::DnsAnswer) => "step-dns-answer".to_owned(),
            (None, Purpose::Close) if leg.answer.is_some() => "step-close-ack".to_owned(),
            (None, Purpose::Close) => "step-close".to_owned(),
            (None, _) => "step-send".to_owned(),
        };
        self.ta(&id, &args)
    }

    fn routing_title(&self, visit: &Visit<'_>, facts: &[Fact<'_>]) -> String {
        let found = facts.iter().rev().find_map(|fact| match &fact.what {
            What::Route { kind, via, dev, .. } => Some((*kind, *via, *dev)),
            _ => None,
        });
        let Some((kind, via, dev)) = found else { return self.t("step-routing") };
        let args = [
            ("dst", visit.after.packet.ip.dst.to_string().into()),
            ("via", via.map(|via| via.to_string()).unwrap_or_default().into()),
            ("dev", dev.map_or("", Device::name).into()),
        ];
        let id = match (kind, via) {
            (RouteKind::Local | RouteKind::Broadcast, _) => "step-route-local",
            (_, Some(_)) => "step-route-via",
            (_, None) => "step-route-link",
        };
        self.ta(id, &args)
    }

    fn hook_title(&self, hook: Hook, visit: &Visit<'_>, facts: &[Fact<'_>]) -> String {
        let nats = || {
            facts.iter().filter_map(|fact| match &fact.what {
                What::Nat { kind, rule, .. } => Some((*kind, rule.is_some())),
                _ => None,
            })
        };
        let ran = facts.iter().filter(|fact| matches!(fact.what, What::Rule { .. })).count();
        let marked = facts.iter().rev().find_map(|fact| match &fact.what {
            What::Mark { after, .. } => Some(after.to_string()),
            _ => None,
        });
        let packet = &visit.after.packet;
        let args = [
            ("hook", hook.to_string().into()),
            ("src", plain(packet.source()).into()),
            ("dst", plain(packet.destination()).into()),
            ("owner", self.owner(packet.ip.dst).unwrap_or_default().into()),
            ("mark", marked.clone().unwrap_or_default().into()),
            ("count", ran.into()),
        ];
        let made = |kind| nats().any(|(found, by_rule)| found == kind && by_rule);
        let id = if made(NatKind::Destination) {
            "step-dnat"
        } else if made(NatKind::Source) {
            "step-snat"
        } else if nats().any(|(kind, _)| kind == NatKind::Destination) {
            "step-nat-destination"
        } else if nats().next().is_some() {
            "step-nat-source"
        } else if marked.is_some() {
            "step-marked"
        } else if ran > 0 {
            "step-rules"
        } else {
            "step-hook"
        };
        self.ta(id, &args)
    }

    fn bridge_title(&self, facts: &[Fact<'_>], name: &str) -> String {
        let mut id = "step-bridge";
        let mut to = "";
        let mut count = 0_usize;
        for fact in facts {
            let What::Fdb { action, bridge, ports, .. } = &fact.what else { continue };
            match (action, ports.first()) {
                (FdbAction::Hit, Some(port)) if port.link == bridge.link => id = "step-bridge-local",
                (FdbAction::Hit, Some(port)) => {
                    id = "step-bridge-port";
                    to = port.name();
                }
                (FdbAction::Flood, _) => {
                    id = "step-bridge-flood";
                    count = ports.len();
                }
                _ => {}
            }
        }
        self.ta(id, &[("dev", name.into()), ("port", to.into()), ("count", count.into())])
    }

    fn next(&self, facts: &Facts<'_>, step: &Step, leg: &Leg) -> String {
        let following = facts.steps.get(step.n + 1).and_then(|next| facts.at(next));
        match following {
            Some((_, visit)) if !step.last => self.ta("next-place", &[("place", self.place(&visit).into())]),
            Some((next, visit)) => {
                let args = [("leg", self.leg(facts.journey, next).into()), ("place", self.place(&visit).into())];
                self.ta("next-leg", &args)
            }
            None => match leg.end {
                End::Delivered { .. } => self.t("next-end"),
                End::Dropped { .. } => self.t("next-dropped"),
            },
        }
    }
}
