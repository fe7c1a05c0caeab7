//! The probe of a lab from what is expected of it.

use super::LabProbe;
use crate::linux::exchange::Request;
use crate::packet::{Icmp, L4, Port};
use crate::trace::{Journey, Leg, Purpose};
use std::collections::BTreeSet;
use std::net::SocketAddr;

/// Namespaces watched because another way leads there, at most: each costs two processes.
const MAX_WATCH: usize = 64;

/// The legs of the connection, without name resolution.
fn connection(journey: &Journey) -> impl Iterator<Item = &Leg> {
    journey.legs.iter().filter(|leg| leg.lookup.is_none())
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
            local: None,
            sport,
            remote,
            payload: packet.payload.clone(),
            ttl: None,
            dont_fragment: None,
        };
        let watch = connection(journey).flat_map(|leg| &leg.hops).map(|hop| hop.netns).collect();
        Some(Self { request, watch, results: BTreeSet::from([journey.client.code()]) })
    }

    /// Another way the kernel may draw: it is watched too, as far as that is not too much at once.
    pub fn or(&mut self, journey: &Journey) {
        for hop in connection(journey).flat_map(|leg| &leg.hops) {
            if self.watch.len() < MAX_WATCH {
                self.watch.insert(hop.netns);
            }
        }
        self.results.insert(journey.client.code());
    }
}
