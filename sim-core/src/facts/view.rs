//! Facts as the schema `kubehop.trace/1` has them.

use super::Visit;
use super::carried::Carried;
use super::fact::{Copy, Fact, Ruling};
use super::refs::{ChainAt, Device, MapLookup, RouteAt, RuleAt};
use super::serial::*;
use crate::http::{Headers, Message};
use crate::print;
use kernel::packet::{Packet, Protocol, Tunnel, Tunnelled};
use kernel::walk::{End, Skb, Verdict};
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::net::{IpAddr, SocketAddr};

impl Serialize for Fact<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        self.what.serialize(out)
    }
}

impl Serialize for Device<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.name())
    }
}

impl Serialize for RouteAt<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        self.text().serialize(out)
    }
}

impl Serialize for ChainAt<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut map = out.serialize_map(Some(2))?;
        map.serialize_entry("table", &self.table_name())?;
        map.serialize_entry("chain", self.name())?;
        map.end()
    }
}

impl Serialize for RuleAt<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut map = out.serialize_map(Some(2))?;
        map.serialize_entry("number", &self.number())?;
        map.serialize_entry("text", &self.text())?;
        map.end()
    }
}

impl Serialize for MapLookup<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let text = self.text();
        let mut map = out.serialize_map(Some(3))?;
        map.serialize_entry("map", &text.map)?;
        map.serialize_entry("key", &text.key)?;
        map.serialize_entry("element", &text.element)?;
        map.end()
    }
}

impl Serialize for Ruling<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let more = match self.verdict {
            Verdict::Reject(with) => Some(print::iptables::reject_name(with)),
            _ => self.to.map(ChainAt::name),
        };
        match more {
            Some(more) => out.collect_map([(self.verdict.code(), more)]),
            None => out.serialize_str(self.verdict.code()),
        }
    }
}

impl Serialize for Copy<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let end = match self.end {
            End::Delivered { delivery, .. } => [("kind", "delivered"), ("code", delivery.code())],
            End::Dropped { reason, .. } => [("kind", "dropped"), ("code", reason.code())],
        };
        let end = end.map(|(name, text)| (name, Part::Text(text)));
        let mut map = out.serialize_map(Some(4))?;
        map.serialize_entry("port", &self.port)?;
        map.serialize_entry("remote", &self.remote)?;
        map.serialize_entry("end", &Parts(end.to_vec()))?;
        map.serialize_entry("hops", &self.visits().collect::<Vec<_>>())?;
        map.end()
    }
}

/// A place on the way: a hop of the schema, with the number of its step if it is one.
impl Serialize for Visit<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut map = out.serialize_map(None)?;
        if let Some(number) = self.number {
            map.serialize_entry("n", &number)?;
        }
        map.serialize_entry("node", &self.namespace.node_name())?;
        map.serialize_entry("netns", &self.namespace.name())?;
        map.serialize_entry("device", &self.device())?;
        map.serialize_entry("hook", &self.hook().map(|hook| hook.to_string()))?;
        map.serialize_entry("place", self.place.code())?;
        map.serialize_entry("packet", &Header(self.after))?;
        map.serialize_entry("events", &self.facts())?;
        map.end()
    }
}

/// The innermost packet, and what it is wrapped in.
struct Header<'a>(&'a Skb);

fn port_of(address: SocketAddr) -> Option<u16> {
    (address.port() != 0).then(|| address.port())
}

impl Serialize for Header<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let packet = self.0.packet.innermost();
        let protocol: Protocol = packet.protocol();
        let mut map = out.serialize_map(Some(8))?;
        map.serialize_entry("src", &packet.ip.src)?;
        map.serialize_entry("sport", &port_of(packet.source()))?;
        map.serialize_entry("dst", &packet.ip.dst)?;
        map.serialize_entry("dport", &port_of(packet.destination()))?;
        map.serialize_entry("proto", &protocol.to_string())?;
        map.serialize_entry("ttl", &packet.ip.ttl)?;
        map.serialize_entry("mark", &self.0.mark.0)?;
        map.serialize_entry("encap", &self.0.packet.outers().map(Outer).collect::<Vec<_>>())?;
        map.end()
    }
}

/// An outer packet, and what it carries.
struct Outer<'a>((&'a Packet, &'a Tunnelled));

impl Serialize for Outer<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let (outer, inner) = self.0;
        let (src, dst): (IpAddr, IpAddr) = (outer.ip.src, outer.ip.dst);
        let mut map = out.serialize_map(None)?;
        map.serialize_entry("kind", if matches!(inner.kind, Tunnel::Ipip) { "ipip" } else { "vxlan" })?;
        map.serialize_entry("src", &src)?;
        map.serialize_entry("dst", &dst)?;
        if let Tunnel::Vxlan { vni } = inner.kind {
            map.serialize_entry("sport", &port_of(outer.source()))?;
            map.serialize_entry("dport", &port_of(outer.destination()))?;
            map.serialize_entry("vni", &vni)?;
        }
        map.serialize_entry("ttl", &outer.ip.ttl)?;
        map.end()
    }
}

impl Serialize for Carried<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut map = out.serialize_map(None)?;
        map.serialize_entry("sent", &self.sent)?;
        map.serialize_entry("message", self.message.code())?;
        match self.message {
            Message::Announcement(said) => {
                map.serialize_entry("version", said.version.code())?;
                map.serialize_entry("client", &said.client.to_string())?;
                map.serialize_entry("server", &said.server.to_string())?;
            }
            Message::Hello { name } => map.serialize_entry("sni", &name.as_deref())?,
            Message::Certificate | Message::Alert => {}
            Message::Request(request) => {
                map.serialize_entry("method", &*request.method)?;
                map.serialize_entry("url", &request.url())?;
                map.serialize_entry("headers", &Lines(&request.headers))?;
            }
            Message::Response(response) => {
                map.serialize_entry("status", &response.status)?;
                map.serialize_entry("headers", &Lines(&response.headers))?;
            }
        }
        map.end()
    }
}

/// Header fields as lines.
struct Lines<'a>(&'a Headers);

impl Serialize for Lines<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_seq(self.0.iter().map(|(name, value)| format!("{name}: {value}")))
    }
}
