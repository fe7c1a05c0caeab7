//! The probe of a lab from what is expected of it.

use super::files::{LabLookup, LabProbe, Sighting};
use crate::model::Model;
use crate::trace::{self, Journey, Leg, Purpose, Source, Target};
use kernel::exchange::Request;
use kernel::ids::LinkRef;
use kernel::packet::{Icmp, L4, Port};
use kernel::walk::{Event, Place, in_time};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// Source port of a connection that is not expected to be made: the first of Linux' own range.
const FIRST_PORT: Port = Port(32768);

/// Namespaces watched because another way leads there, at most: each costs two processes.
const MAX_WATCH: usize = 64;

/// Legs of a question, or of the connection.
fn legs(journey: &Journey, lookup: Option<u32>) -> impl Iterator<Item = &Leg> {
    journey.legs.iter().filter(move |leg| leg.lookup == lookup)
}

/// Every device that a packet of the connection, or of a question, comes in or leaves by, and copies of it.
fn sightings(journey: &Journey, lookup: Option<u32>) -> Vec<Sighting> {
    let hops = legs(journey, lookup).flat_map(|leg| in_time(&leg.hops));
    hops.filter_map(|hop| {
        let handed_up =
            |bridge| hop.events.iter().any(|event| matches!(event, Event::FdbHit { port, .. } if *port == bridge));
        let (link, out) = match hop.place {
            Place::Ingress(link) => (link, false),
            // A frame that could not leave was not seen leaving.
            Place::Egress(link) if !hop.events.iter().any(|event| matches!(event, Event::Drop(_))) => (link, true),
            // A bridge takes in what is for itself.
            Place::Bridge(bridge) if handed_up(bridge) => (bridge, false),
            _ => return None,
        };
        let packet = &hop.after.packet;
        let protocol = packet.protocol().to_string().to_uppercase();
        let kind = match &packet.l4 {
            L4::Tcp { flags, .. } => format!("{protocol} {flags}"),
            _ => protocol,
        };
        let at = LinkRef { netns: hop.netns, link };
        Some(Sighting { at, out, src: packet.ip.src, dst: packet.ip.dst, kind })
    })
    .collect()
}

fn echo_id(icmp: &Icmp) -> Port {
    match icmp {
        Icmp::EchoRequest { id } | Icmp::EchoReply { id } => Port(*id),
        Icmp::Unreachable { .. } | Icmp::TimeExceeded { .. } => Port(0),
    }
}

/// The name a probe resolves, if it has one.
fn name_of(target: &Target) -> Option<&str> {
    match target {
        Target::Name(name, _) => Some(name),
        Target::Url { host, .. } if host.parse::<IpAddr>().is_err() => Some(host),
        _ => None,
    }
}

impl LabProbe {
    /// The request of a journey as its client's kernel was asked for it, and the name that is resolved before. `None` when the source is not
    /// in the network, or nothing is sent and no name was asked for.
    pub fn of(model: &Model, journey: &Journey) -> Option<Self> {
        let netns = journey.probe.from.netns(&model.site)?;
        let first = legs(journey, None).find(|leg| leg.purpose == Purpose::Connect).and_then(|leg| leg.hops.first());
        let name = name_of(&journey.probe.to);
        let port = |target: &Target| match target {
            Target::Name(_, port) | Target::Url { port, .. } => port.0,
            _ => 0,
        };
        let (protocol, sport, remote, payload) = match first.map(|hop| &hop.before.packet) {
            Some(packet) => {
                let (sport, remote) = match &packet.l4 {
                    L4::Icmp(icmp) => (echo_id(icmp), SocketAddr::new(packet.ip.dst, 0)),
                    _ => (Port(packet.source().port()), packet.destination()),
                };
                (packet.protocol(), sport, remote, packet.payload.clone())
            }
            None => {
                name?;
                let remote = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port(&journey.probe.to));
                let sport = journey.probe.sport.unwrap_or(FIRST_PORT);
                (journey.probe.protocol, sport, remote, Arc::from([]))
            }
        };
        let request = Request {
            netns,
            protocol,
            local: match journey.probe.from {
                Source::External { ip, .. } => Some(ip),
                Source::Pod(_) | Source::Node(_) | Source::Machine(_) => None,
            },
            sport,
            remote,
            payload,
            ttl: None,
            dont_fragment: None,
            owner: Default::default(),
        };
        let lookup = name.map(|name| LabLookup {
            name: name.to_owned(),
            conf: trace::resolv_conf(model, &journey.probe.from),
            questions: questions(journey).map(|seen| vec![seen]).collect(),
        });
        let watch = journey.legs.iter().flat_map(|leg| &leg.hops).map(|hop| hop.netns).chain([netns]).collect();
        let ways = vec![sightings(journey, None)];
        Some(Self { request, lookup, watch, results: BTreeSet::from([journey.client.code()]), ways })
    }

    /// Another way the kernel may draw, to a name server or in the connection: it is watched too, as far as that is not too much at once.
    pub fn or(&mut self, journey: &Journey) {
        for hop in journey.legs.iter().flat_map(|leg| &leg.hops) {
            if self.watch.len() < MAX_WATCH {
                self.watch.insert(hop.netns);
            }
        }
        self.results.insert(journey.client.code());
        let way = sightings(journey, None);
        if !self.ways.contains(&way) {
            self.ways.push(way);
        }
        let all = self.lookup.iter_mut().flat_map(|lookup| &mut lookup.questions);
        for (ways, way) in all.zip(questions(journey)) {
            if !ways.contains(&way) {
                ways.push(way);
            }
        }
    }
}

/// Where each question's packets should be seen.
fn questions(journey: &Journey) -> impl Iterator<Item = Vec<Sighting>> {
    (0u32..).zip(&journey.lookups).map(|(at, _)| sightings(journey, Some(at)))
}
