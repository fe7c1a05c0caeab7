//! The probe of a lab from what is expected of it.

use super::{LabProbe, Sighting};
use crate::linux::exchange::Request;
use crate::linux::state::LinkRef;
use crate::linux::walk::{Event, Place};
use crate::packet::{Icmp, L4, Port};
use crate::trace::{Journey, Leg, Purpose, Source};
use std::collections::BTreeSet;
use std::net::SocketAddr;

/// Namespaces watched because another way leads there, at most: each costs two processes.
const MAX_WATCH: usize = 64;

/// The legs of the connection, without name resolution.
fn connection(journey: &Journey) -> impl Iterator<Item = &Leg> {
    journey.legs.iter().filter(|leg| leg.lookup.is_none())
}

/// Every device that a packet of the connection comes in or leaves by.
fn sightings(journey: &Journey) -> Vec<Sighting> {
    let hops = connection(journey).flat_map(|leg| &leg.hops);
    hops.filter_map(|hop| {
        let (link, out) = match hop.place {
            Place::Ingress(link) => (link, false),
            // A frame that could not leave was not seen leaving.
            Place::Egress(link) if !hop.events.iter().any(|event| matches!(event, Event::Drop(_))) => (link, true),
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

impl LabProbe {
    /// The connection of a journey as its client's kernel was asked for it, name resolution done: the address is the resolved
    /// one. `None` when there was no connection: the name was not found, or the source is not in the network.
    pub fn of(journey: &Journey) -> Option<Self> {
        let leg = journey.legs.iter().find(|leg| leg.purpose == Purpose::Connect)?;
        let hop = leg.hops.first()?;
        let packet = &hop.before.packet;
        let (sport, remote) = match &packet.l4 {
            L4::Icmp(icmp) => (echo_id(icmp), SocketAddr::new(packet.ip.dst, 0)),
            _ => (Port(packet.source().port()), packet.destination()),
        };
        let request = Request {
            netns: hop.netns,
            protocol: packet.protocol(),
            local: match journey.probe.from {
                Source::External { ip, .. } => Some(ip),
                Source::Pod(_) | Source::Node(_) => None,
            },
            sport,
            remote,
            payload: packet.payload.clone(),
            ttl: None,
            dont_fragment: None,
        };
        let watch = connection(journey).flat_map(|leg| &leg.hops).map(|hop| hop.netns).collect();
        let ways = vec![sightings(journey)];
        Some(Self { request, watch, results: BTreeSet::from([journey.client.code()]), ways })
    }

    /// Another way the kernel may draw: it is watched too, as far as that is not too much at once.
    pub fn or(&mut self, journey: &Journey) {
        for hop in connection(journey).flat_map(|leg| &leg.hops) {
            if self.watch.len() < MAX_WATCH {
                self.watch.insert(hop.netns);
            }
        }
        self.results.insert(journey.client.code());
        let way = sightings(journey);
        if !self.ways.contains(&way) {
            self.ways.push(way);
        }
    }
}
