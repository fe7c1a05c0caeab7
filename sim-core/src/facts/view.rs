//! Facts as the schema `kubehop.trace/1` has them.

use super::Visit;
use super::fact::{Copy, Fact, Ruling, entry_text};
use super::refs::{ChainAt, Device, MapLookup, RouteAt, RuleAt};
use crate::print;
use kernel::Coded;
use kernel::config::TableId;
use kernel::ids::CtId;
use kernel::packet::{FieldChange, Fragment, Mark, Packet, Port, Protocol, Tunnel, Tunnelled};
use kernel::state::CtEntry;
use kernel::walk::{AnswerKind, End, ListedHow, Skb, Skipped, Verdict};
use kubernetes::origin::Cause;
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};

pub(super) fn code<S: Serializer>(of: &impl Coded, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(of.code())
}

pub(super) fn shown<S: Serializer>(of: &impl Display, out: S) -> Result<S::Ok, S::Error> {
    out.collect_str(of)
}

pub(super) fn shown_if<S: Serializer>(of: &Option<impl Display>, out: S) -> Result<S::Ok, S::Error> {
    match of {
        Some(of) => out.collect_str(of),
        None => out.serialize_none(),
    }
}

pub(super) fn table_id<S: Serializer>(of: &TableId, out: S) -> Result<S::Ok, S::Error> {
    of.0.serialize(out)
}

pub(super) fn entry<S: Serializer>(of: &CtId, out: S) -> Result<S::Ok, S::Error> {
    of.0.serialize(out)
}

pub(super) fn entry_if<S: Serializer>(of: &Option<CtId>, out: S) -> Result<S::Ok, S::Error> {
    of.map(|entry| entry.0).serialize(out)
}

pub(super) fn mark<S: Serializer>(of: &Mark, out: S) -> Result<S::Ok, S::Error> {
    of.0.serialize(out)
}

pub(super) fn port<S: Serializer>(of: &Port, out: S) -> Result<S::Ok, S::Error> {
    of.0.serialize(out)
}

pub(super) fn conntrack<S: Serializer>(of: &CtEntry, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(&entry_text(of))
}

/// Component, object, field, file and line behind something, as JSON has them.
#[derive(Clone, Copy, Debug)]
pub struct Because<'a>(pub &'a Cause);

impl Serialize for Because<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let Cause { component, object, field, location, .. } = self.0;
        let mut map = out.serialize_map(Some(5))?;
        map.serialize_entry("component", &component.to_string())?;
        map.serialize_entry("object", &object.as_ref().map(ToString::to_string))?;
        map.serialize_entry("field", &field.as_deref())?;
        map.serialize_entry("file", &location.as_ref().map(|location| &*location.file))?;
        map.serialize_entry("line", &location.as_ref().map(|location| location.line))?;
        map.end()
    }
}

/// What is behind something, `null` where nothing is known of it.
pub(super) fn because<S: Serializer>(of: &Option<&Cause>, out: S) -> Result<S::Ok, S::Error> {
    of.map(Because).serialize(out)
}

/// Objects made of pairs, one after the other.
fn list<S: Serializer, T>(
    of: &[T],
    out: S,
    one: impl Fn(&T) -> [(&'static str, Part<'_>); 2],
) -> Result<S::Ok, S::Error> {
    out.collect_seq(of.iter().map(|item| Parts(one(item).to_vec())))
}

#[derive(Clone)]
enum Part<'a> {
    Number(u32),
    Text(&'a str),
}

impl Serialize for Part<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => number.serialize(out),
            Self::Text(text) => text.serialize(out),
        }
    }
}

struct Parts<'a>(Vec<(&'static str, Part<'a>)>);

impl Serialize for Parts<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_map(self.0.iter().map(|(name, part)| (name, part)))
    }
}

pub(super) fn skipped<S: Serializer>(of: &[Skipped], out: S) -> Result<S::Ok, S::Error> {
    list(of, out, |run| [("count", Part::Number(run.count)), ("failed", Part::Text(run.failed.code()))])
}

pub(super) fn pieces<S: Serializer>(of: &[Fragment], out: S) -> Result<S::Ok, S::Error> {
    list(of, out, |piece| [("offset", Part::Number(piece.offset)), ("size", Part::Number(20 + piece.len))])
}

pub(super) fn changes<S: Serializer>(of: &[FieldChange], out: S) -> Result<S::Ok, S::Error> {
    struct Change<'a>(&'a FieldChange);
    impl Serialize for Change<'_> {
        fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
            let (before, after) = self.0.texts();
            let mut map = out.serialize_map(Some(3))?;
            map.serialize_entry("field", self.0.field().name())?;
            map.serialize_entry("before", &before)?;
            map.serialize_entry("after", &after)?;
            map.end()
        }
    }
    out.collect_seq(of.iter().map(Change))
}

pub(super) fn from<S: Serializer>(of: &Option<RuleAt<'_>>, out: S) -> Result<S::Ok, S::Error> {
    of.map(|rule| Parts(vec![("chain", Part::Text(rule.chain().name())), ("rule", Part::Number(rule.number()))]))
        .serialize(out)
}

/// A device of another namespace.
pub(super) fn far<S: Serializer>(of: &Device<'_>, out: S) -> Result<S::Ok, S::Error> {
    let mut map = out.serialize_map(Some(2))?;
    map.serialize_entry("netns", &of.namespace.name())?;
    map.serialize_entry("device", of.name())?;
    map.end()
}

pub(super) fn listed<S: Serializer>(of: &ListedHow, out: S) -> Result<S::Ok, S::Error> {
    let age = match of {
        ListedHow::Found { age } | ListedHow::Stale { age } => Some(age),
        ListedHow::Noted => None,
    };
    let mut map = out.serialize_map(Some(2))?;
    map.serialize_entry("result", of.code())?;
    map.serialize_entry("age", &age)?;
    map.end()
}

pub(super) fn answer<S: Serializer>(of: &AnswerKind, out: S) -> Result<S::Ok, S::Error> {
    let mut map = out.serialize_map(None)?;
    map.serialize_entry("kind", of.code())?;
    if let AnswerKind::IcmpError { kind, code } = of {
        map.serialize_entry("icmp_type", kind)?;
        map.serialize_entry("icmp_code", code)?;
    }
    map.end()
}

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
