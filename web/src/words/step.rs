//! One step: the line in the list of hops, and what stands beside the picture.

use super::event::{At, EventLine, delivery_key};
use super::{Say, plain};
use crate::steps::{Step, Steps};
use kernel::config::{Hook, RouteKind};
use kernel::packet::{L4, Packet};
use kernel::walk::{End, Event, Hop, NatBy, NatKind, Place};
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

/// The header card.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Card {
    /// `TCP SYN`.
    pub kind: String,
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

/// Key of a leg's purpose.
pub(crate) fn purpose_key(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::DnsQuery => "leg-dns-query",
        Purpose::DnsAnswer => "leg-dns-answer",
        Purpose::Connect => "leg-connect",
        Purpose::Proxy => "leg-proxy",
        Purpose::Reply => "leg-reply",
        Purpose::Error => "leg-error",
    }
}

/// What an answer says: the addresses, or the code.
fn answer(lookup: &Lookup) -> String {
    if lookup.addresses.is_empty() {
        if lookup.rcode == Some(sim_core::trace::Rcode::NoError) && lookup.records.is_empty() {
            return "NODATA".to_owned();
        }
        return lookup.rcode.map(super::end::rcode_name).unwrap_or_default().to_owned();
    }
    lookup.addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl Say<'_> {
    /// All steps.
    pub fn steps(&self, journey: &Journey, steps: &Steps) -> Vec<StepWords> {
        // Only links need it.
        let probe = self.id.map(|_| trace::write_probe(self.model, &journey.probe));
        steps.steps.iter().filter_map(|step| self.step(journey, steps, step, probe.as_ref())).collect()
    }

    /// Heading of a leg.
    pub fn leg(&self, journey: &Journey, leg: &Leg) -> String {
        let lookup = leg.lookup.and_then(|at| journey.lookups.get(at as usize));
        let name = lookup.map(|lookup| lookup.name.to_string()).unwrap_or_default();
        let record = lookup.map(|lookup| lookup.record.to_string()).unwrap_or_default();
        let kind = leg.hops.first().map(|hop| packet_kind(&hop.before.packet)).unwrap_or_default();
        let answer = lookup.map(answer).unwrap_or_default();
        let args = [("name", name.into()), ("record", record.into()), ("kind", kind.into()), ("answer", answer.into())];
        self.ta(purpose_key(leg.purpose), &args)
    }

    fn step(&self, journey: &Journey, steps: &Steps, step: &Step, probe: Option<&ProbeText>) -> Option<StepWords> {
        let (leg, hop) = step.of(journey)?;
        let (packet, was) = (hop.after.packet.innermost(), hop.before.packet.innermost());
        let (src, dst) = (packet.source(), packet.destination());
        let before = |now: SocketAddr, then: SocketAddr| (now != then).then(|| plain(then));
        let mark = hop.after.mark;
        let at = probe.map(|probe| At { probe, step: step.n, copy: String::new() });
        Some(StepWords {
            n: step.n,
            place: self.place(hop),
            title: self.title(journey, leg, hop, step),
            card: Card {
                kind: packet_kind(packet),
                src_before: before(src, was.source()),
                src: plain(src),
                src_owner: self.owner(src.ip()),
                dst_before: before(dst, was.destination()),
                dst: plain(dst),
                dst_owner: self.owner(dst.ip()),
                ttl: packet.ip.ttl,
                mark: (mark.0 != 0).then(|| mark.to_string()),
            },
            events: self.events(hop, Some(step), at.as_ref()),
            next: self.next(journey, steps, step, leg),
            dropped: step.last && matches!(leg.end, End::Dropped { .. }),
        })
    }

    /// Where a hop is: who, and which part of the namespace.
    pub fn place(&self, hop: &Hop) -> String {
        let who = self.who(hop.netns);
        let part = match hop.place {
            Place::Socket => self.t("place-socket"),
            Place::Routing => self.t("place-routing"),
            Place::Hook { hook, bridge: None } => hook.to_string(),
            Place::Hook { hook, bridge: Some(bridge) } => {
                let args = [("hook", hook.to_string().into()), ("bridge", self.dev(hop.netns, bridge).into())];
                self.ta("place-bridge-hook", &args)
            }
            Place::Ingress(dev) | Place::Egress(dev) => self.dev(hop.netns, dev).to_owned(),
            Place::Bridge(dev) => self.ta("place-bridge", &[("dev", self.dev(hop.netns, dev).into())]),
        };
        format!("{who} · {part}")
    }

    fn title(&self, journey: &Journey, leg: &Leg, hop: &Hop, step: &Step) -> String {
        let dropped = hop.events.iter().find_map(|event| match event {
            Event::Drop(reason) => Some(reason),
            _ => None,
        });
        if let Some(reason) = dropped {
            let code = sim_core::trace::OutcomeKind::Dropped(reason.clone()).code();
            return self.t(&format!("outcome-{code}"));
        }
        match hop.place {
            Place::Socket => self.socket_title(journey, leg, hop),
            Place::Routing => self.routing_title(hop),
            Place::Hook { hook, .. } => self.hook_title(hook, hop),
            Place::Ingress(dev) => self.ta("step-ingress", &[("dev", self.dev(hop.netns, dev).into())]),
            Place::Bridge(dev) => self.bridge_title(hop, self.dev(hop.netns, dev)),
            Place::Egress(dev) => {
                let to = hop.events.iter().find_map(|event| match event {
                    Event::Transmit { to, .. } => Some(self.who(to.netns)),
                    _ => None,
                });
                let wrapped = hop.events.iter().find_map(|event| match event {
                    Event::Encapsulated { remote, .. } => Some(remote.to_string()),
                    _ => None,
                });
                if let Some(remote) = wrapped {
                    let dev = self.dev(hop.netns, dev);
                    return self.ta("step-encap", &[("dev", dev.into()), ("remote", remote.into())]);
                }
                let id = match (&to, step.last) {
                    (Some(_), _) => "step-egress-to",
                    (None, _) => "step-egress",
                };
                let args = [("dev", self.dev(hop.netns, dev).into()), ("where", to.unwrap_or_default().into())];
                self.ta(id, &args)
            }
        }
    }

    fn socket_title(&self, journey: &Journey, leg: &Leg, hop: &Hop) -> String {
        let delivery = hop.events.iter().find_map(|event| match event {
            Event::Deliver(delivery) => Some(*delivery),
            _ => None,
        });
        let unwrapped = hop.events.iter().find_map(|event| match event {
            Event::Decapsulated { dev, .. } => Some(*dev),
            _ => None,
        });
        if let Some(dev) = unwrapped {
            return self.ta("step-decap", &[("dev", self.dev(hop.netns, dev).into())]);
        }
        let lookup = leg.lookup.and_then(|at| journey.lookups.get(at as usize));
        let args = [
            ("kind", packet_kind(&hop.after.packet).into()),
            ("address", plain(hop.after.packet.destination()).into()),
            ("peer", plain(hop.after.packet.source()).into()),
            ("name", lookup.map(|lookup| lookup.name.to_string()).unwrap_or_default().into()),
            ("record", lookup.map(|lookup| lookup.record.to_string()).unwrap_or_default().into()),
            ("answer", lookup.map(answer).unwrap_or_default().into()),
        ];
        let id = match (delivery, leg.purpose) {
            (Some(_), Purpose::DnsQuery) => "step-dns-asked".to_owned(),
            (Some(_), Purpose::DnsAnswer) => "step-dns-answered".to_owned(),
            (Some(delivery), _) => format!("step-{}", delivery_key(delivery)),
            (None, Purpose::DnsQuery) => "step-dns-ask".to_owned(),
            (None, Purpose::DnsAnswer) => "step-dns-answer".to_owned(),
            (None, _) => "step-send".to_owned(),
        };
        self.ta(&id, &args)
    }

    fn routing_title(&self, hop: &Hop) -> String {
        let found = hop.events.iter().rev().find_map(|event| match event {
            Event::Route { kind, via, dev, .. } => Some((*kind, *via, *dev)),
            _ => None,
        });
        let Some((kind, via, dev)) = found else { return self.t("step-routing") };
        let args = [
            ("dst", hop.after.packet.ip.dst.to_string().into()),
            ("via", via.map(|via| via.to_string()).unwrap_or_default().into()),
            ("dev", dev.map(|dev| self.dev(hop.netns, dev).to_owned()).unwrap_or_default().into()),
        ];
        let id = match (kind, via) {
            (RouteKind::Local | RouteKind::Broadcast, _) => "step-route-local",
            (_, Some(_)) => "step-route-via",
            (_, None) => "step-route-link",
        };
        self.ta(id, &args)
    }

    fn hook_title(&self, hook: Hook, hop: &Hop) -> String {
        let nats: Vec<_> = hop
            .events
            .iter()
            .filter_map(|event| match event {
                Event::Nat { kind, by, .. } => Some((*kind, *by)),
                _ => None,
            })
            .collect();
        let ran = hop.events.iter().filter(|event| matches!(event, Event::Rule { .. })).count();
        let marked = hop.events.iter().rev().find_map(|event| match event {
            Event::Marked { after, .. } => Some(after.to_string()),
            _ => None,
        });
        let packet = &hop.after.packet;
        let args = [
            ("hook", hook.to_string().into()),
            ("src", plain(packet.source()).into()),
            ("dst", plain(packet.destination()).into()),
            ("owner", self.owner(packet.ip.dst).unwrap_or_default().into()),
            ("mark", marked.clone().unwrap_or_default().into()),
            ("count", ran.into()),
        ];
        let made = |kind| nats.iter().any(|(found, by)| *found == kind && matches!(by, NatBy::Rule(_)));
        let id = if made(NatKind::Destination) {
            "step-dnat"
        } else if made(NatKind::Source) {
            "step-snat"
        } else if nats.iter().any(|(kind, _)| *kind == NatKind::Destination) {
            "step-nat-destination"
        } else if !nats.is_empty() {
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

    fn bridge_title(&self, hop: &Hop, bridge: &str) -> String {
        let mut id = "step-bridge";
        let mut port = String::new();
        let mut count = 0_usize;
        for event in &hop.events {
            match event {
                Event::FdbHit { bridge, port: to, .. } if bridge == to => id = "step-bridge-local",
                Event::FdbHit { port: to, .. } => {
                    id = "step-bridge-port";
                    port = self.dev(hop.netns, *to).to_owned();
                }
                Event::FdbFlood { ports, .. } => {
                    id = "step-bridge-flood";
                    count = ports.len();
                }
                _ => {}
            }
        }
        self.ta(id, &[("dev", bridge.into()), ("port", port.into()), ("count", count.into())])
    }

    fn next(&self, journey: &Journey, steps: &Steps, step: &Step, leg: &Leg) -> String {
        let following = steps.get(step.n + 1).and_then(|next| next.of(journey));
        match following {
            Some((_, hop)) if !step.last => self.ta("next-place", &[("place", self.place(hop).into())]),
            Some((next, hop)) => {
                let args = [("leg", self.leg(journey, next).into()), ("place", self.place(hop).into())];
                self.ta("next-leg", &args)
            }
            None => match leg.end {
                End::Delivered { .. } => self.t("next-end"),
                End::Dropped { .. } => self.t("next-dropped"),
            },
        }
    }
}
