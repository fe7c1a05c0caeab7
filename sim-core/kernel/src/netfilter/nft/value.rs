//! What an expression is for one packet (net/netfilter/nft_payload.c, nft_meta.c, nft_ct.c, nft_fib.c, nft_numgen.c, nft_bitwise.c).

use super::Runner;
use crate::config::nft::data::{DataType, Datum, Pattern};
use crate::config::nft::expr::{BitOp, Ct, Expr, FibKey, FibResult, Meta, Payload, SetRef};
use crate::config::nft::set::{Element, ElementData, find};
use crate::config::{AddrType, CtDirection, LinkKind, RouteKind};
use crate::ids::{ElementId, LinkId, PartId, RuleRef, SetId};
use crate::lookup::route;
use crate::netfilter::conntrack;
use crate::netfilter::conntrack::Tracked;
use crate::netfilter::verdict::Sender;
use crate::packet::{L4, Protocol, TcpFlags};
use crate::state::SetEntry;
use crate::walk::{CtState, SetHit};
use std::net::{IpAddr, SocketAddr};

/// Bits of TCP flags as the header has them.
fn tcp_bits(flags: &TcpFlags) -> u128 {
    let bits = [(flags.fin, 1), (flags.syn, 2), (flags.rst, 4), (flags.psh, 8), (flags.ack, 16)];
    bits.into_iter().filter(|(set, _)| *set).map(|(_, bit)| bit).sum()
}

fn address(ip: IpAddr) -> Datum {
    match ip {
        IpAddr::V4(ip) => ip.into(),
        IpAddr::V6(ip) => ip.into(),
    }
}

/// What a lookup brought.
pub(super) struct Looked {
    pub(super) hit: SetHit,
    pub(super) data: Option<ElementData>,
}

impl Runner<'_, '_> {
    /// The parts of a value; `None` where the packet has none, which ends the rule.
    pub(super) fn value(&mut self, expr: &Expr, at: RuleRef, statement: PartId) -> Option<Vec<Datum>> {
        match expr {
            Expr::Concat(parts) => {
                let mut all = Vec::new();
                for part in parts {
                    all.extend(self.value(part, at, statement)?);
                }
                Some(all)
            }
            Expr::Map(expr) => {
                let (key, map) = &**expr;
                let types = key.types();
                let key = self.value(key, at, statement)?;
                match self.lookup(map, &types, key, at, statement)? {
                    ElementData::Value(patterns) => patterns.iter().map(first).collect(),
                    ElementData::Verdict(_) => None,
                }
            }
            single => Some(vec![self.single(single, at, statement)?]),
        }
    }

    fn single(&mut self, expr: &Expr, at: RuleRef, statement: PartId) -> Option<Datum> {
        let number = |value: u128| Some(Datum::Number(value));
        match expr {
            Expr::Payload(field) => self.field(*field),
            Expr::Meta(key) => self.meta(*key),
            Expr::Ct(key, direction) => self.connection(*key, *direction),
            Expr::Fib(key, result) => self.fib(*key, *result),
            Expr::Numgen { random, modulus, offset } => {
                let drawn = if *random {
                    self.chooser.number(self.seen.id, at, *modulus) % (*modulus).max(1)
                } else {
                    let count = self.state.nth.entry((self.seen.id, at, statement)).or_default();
                    let drawn = (*count % u64::from((*modulus).max(1))) as u32;
                    *count += 1;
                    drawn
                };
                number(u128::from(drawn) + u128::from(*offset))
            }
            Expr::Bits(bits) => match self.single(&bits.left, at, statement)? {
                Datum::Number(have) => number(match bits.op {
                    BitOp::And => have & bits.value,
                    BitOp::Or => have | bits.value,
                    BitOp::Xor => have ^ bits.value,
                }),
                Datum::Text(_) => None,
            },
            Expr::Value(value) => first(&value.1),
            Expr::Map(..) | Expr::Concat(_) => match self.value(expr, at, statement)?.as_slice() {
                [only] => Some(only.clone()),
                _ => None,
            },
        }
    }

    pub(super) fn field(&self, field: Payload) -> Option<Datum> {
        let packet = &self.skb.packet;
        let v4 = packet.ip.src.is_ipv4();
        let of = |wanted: Option<Protocol>| wanted.is_none_or(|wanted| packet.protocol() == wanted);
        let port = |wanted, source: bool| {
            let port = if source { packet.l4.source_port() } else { packet.l4.destination_port() };
            port.filter(|_| of(wanted)).map(|port| Datum::Number(port.0.into()))
        };
        let number = |value: u128| Some(Datum::Number(value));
        match field {
            // Later pieces of a packet have no transport header.
            Payload::ThSource
            | Payload::ThDestination
            | Payload::TcpSource
            | Payload::TcpDestination
            | Payload::TcpFlags
            | Payload::UdpSource
            | Payload::UdpDestination
            | Payload::SctpSource
            | Payload::SctpDestination
            | Payload::IcmpType
            | Payload::IcmpCode
                if packet.is_headless() =>
            {
                None
            }
            Payload::IpSource if v4 => Some(address(packet.ip.src)),
            Payload::IpDestination if v4 => Some(address(packet.ip.dst)),
            Payload::IpProtocol if v4 => number(packet.protocol().number().into()),
            Payload::IpTtl if v4 => number(packet.ip.ttl.into()),
            Payload::Ip6Source if !v4 => Some(address(packet.ip.src)),
            Payload::Ip6Destination if !v4 => Some(address(packet.ip.dst)),
            Payload::Ip6NextHeader if !v4 => number(packet.protocol().number().into()),
            Payload::IpSource | Payload::IpDestination | Payload::IpProtocol | Payload::IpTtl => None,
            Payload::Ip6Source | Payload::Ip6Destination | Payload::Ip6NextHeader => None,
            // The bytes where other protocols have ports: ICMP has type and code there, then a checksum, which is no port that
            // anybody means.
            Payload::ThSource | Payload::ThDestination => match &packet.l4 {
                L4::Icmp(icmp) => {
                    let (kind, code) = icmp.type_code();
                    let first = (u128::from(kind) << 8) | u128::from(code);
                    number(if field == Payload::ThSource { first } else { u128::from(u32::MAX) })
                }
                _ => port(None, field == Payload::ThSource),
            },
            Payload::TcpSource => port(Some(Protocol::Tcp), true),
            Payload::TcpDestination => port(Some(Protocol::Tcp), false),
            Payload::UdpSource => port(Some(Protocol::Udp), true),
            Payload::UdpDestination => port(Some(Protocol::Udp), false),
            Payload::SctpSource => port(Some(Protocol::Sctp), true),
            Payload::SctpDestination => port(Some(Protocol::Sctp), false),
            Payload::TcpFlags => match &packet.l4 {
                L4::Tcp { flags, .. } => number(tcp_bits(flags)),
                _ => None,
            },
            Payload::IcmpType | Payload::IcmpCode => match &packet.l4 {
                L4::Icmp(icmp) if v4 => {
                    let (kind, code) = icmp.type_code();
                    number(if field == Payload::IcmpType { kind } else { code }.into())
                }
                _ => None,
            },
            Payload::EtherSource | Payload::EtherDestination => {
                let ethernet = packet.ethernet?;
                let mac = if field == Payload::EtherSource { ethernet.src } else { ethernet.dst };
                number(mac.0.into_iter().fold(0, |value, byte| (value << 8) | u128::from(byte)))
            }
        }
    }

    fn meta(&self, key: Meta) -> Option<Datum> {
        let v4 = self.skb.packet.ip.src.is_ipv4();
        // Without a device the name is empty, which is a value like any other.
        let name = |dev: Option<LinkId>| {
            let link = dev.and_then(|dev| self.seen.netns.links.get(dev));
            Some(Datum::Text(link.map_or_else(|| "".into(), |link| link.name.clone())))
        };
        match key {
            Meta::L4Proto => Some(Datum::Number(self.skb.packet.protocol().number().into())),
            Meta::NfProto => Some(Datum::Number(if v4 { 2 } else { 10 })),
            Meta::Protocol => Some(Datum::Number(if v4 { 0x0800 } else { 0x86dd })),
            Meta::InName | Meta::InDev => name(self.seen.in_dev),
            Meta::OutName | Meta::OutDev => name(self.seen.out_dev),
            // Without a process behind it there is no value (`nft_meta_get_eval_skugid`).
            Meta::SkUid | Meta::SkGid => match self.seen.sender {
                Sender::Process(owner) => {
                    Some(Datum::Number(if key == Meta::SkUid { owner.uid } else { owner.gid }.into()))
                }
                Sender::Nobody | Sender::Kernel => None,
            },
            Meta::Mark => Some(Datum::Number(self.skb.mark.0.into())),
        }
    }

    fn connection(&self, key: Ct, direction: Option<CtDirection>) -> Option<Datum> {
        let number = |value: u128| Some(Datum::Number(value));
        if key == Ct::State {
            return number(match self.seen.tracked(*self.untrack) {
                Tracked::Entry(_, _, CtState::Established) => 2,
                Tracked::Entry(_, _, CtState::Related) => 4,
                Tracked::Entry(_, _, CtState::New) => 8,
                Tracked::Untracked => 64,
                Tracked::Invalid | Tracked::Off => 1,
            });
        }
        let Tracked::Entry(id, own, _) = self.seen.tracked else { return None };
        let entry = conntrack::entry(self.state, self.seen.id, id)?;
        let tuple = match direction.unwrap_or(own) {
            CtDirection::Original => entry.original,
            CtDirection::Reply => entry.reply,
        };
        let ip = |end: SocketAddr| end.is_ipv4().then(|| address(end.ip()));
        match key {
            Ct::Status => {
                let bits = [(entry.replied, 2), (entry.confirmed, 8), (entry.snat, 16), (entry.dnat, 32)];
                number(bits.into_iter().filter(|(set, _)| *set).map(|(_, bit)| bit).sum())
            }
            Ct::Direction => number(match own {
                CtDirection::Original => 0,
                CtDirection::Reply => 1,
            }),
            Ct::Mark => number(entry.mark.0.into()),
            Ct::Source => ip(tuple.src),
            Ct::Destination => ip(tuple.dst),
            Ct::SourcePort => number(tuple.src.port().into()),
            Ct::DestinationPort => number(tuple.dst.port().into()),
            Ct::Protocol => number(tuple.protocol.number().into()),
            Ct::State => None,
        }
    }

    fn fib(&self, key: FibKey, result: FibResult) -> Option<Datum> {
        let (netns, packet) = (self.seen.netns, &self.skb.packet);
        let asked = if key.source { packet.ip.src } else { packet.ip.dst };
        let dev = if key.iif {
            self.seen.in_dev
        } else if key.oif {
            self.seen.out_dev
        } else {
            None
        };
        let value = match result {
            FibResult::Type => match route::address_type_on(netns, asked, dev) {
                AddrType::Unicast => 1,
                AddrType::Local => 2,
                AddrType::Broadcast => 3,
                AddrType::Anycast => 4,
                AddrType::Multicast => 5,
                AddrType::Blackhole => 6,
                AddrType::Unreachable => 7,
                AddrType::Prohibit => 8,
                _ => 0,
            },
            FibResult::Exists => {
                let looped = self.seen.in_dev.and_then(|dev| netns.links.get(dev));
                let looped = looped.is_some_and(|link| link.kind == LinkKind::Loopback);
                let mark = if key.mark { self.skb.mark.0 } else { 0 };
                let found = route::lookup(netns, asked, None, mark);
                let usable = found.filter(|found| found.route.kind == RouteKind::Unicast);
                u128::from(looped || usable.is_some_and(|found| dev.is_none() || found.route.dev == dev))
            }
        };
        Some(Datum::Number(value))
    }

    /// Looks a key up in a map and notes what was found; `None` when nothing was.
    pub(super) fn lookup(
        &mut self,
        map: &SetRef,
        types: &[DataType],
        key: Vec<Datum>,
        at: RuleRef,
        statement: PartId,
    ) -> Option<ElementData> {
        let Looked { hit, data } = self.find(map, types, &key);
        self.looked_up(at, statement, key, hit);
        data
    }

    /// Looks a key up in a set: what rules added or took away first, then what is configured.
    pub(super) fn find(&self, set: &SetRef, types: &[DataType], key: &[Datum]) -> Looked {
        let among = |found: Option<(ElementId, &Element)>| match found {
            Some((id, element)) => Looked { hit: SetHit::Element(id), data: element.data.clone() },
            None => Looked { hit: SetHit::Missing, data: None },
        };
        match set {
            SetRef::Anonymous(elements) => among(find(elements, key, types)),
            SetRef::Named(id) => match self.learned(*id, key) {
                Some(entry) if entry.gone => Looked { hit: SetHit::Missing, data: None },
                Some(entry) => {
                    let data = entry
                        .data
                        .as_ref()
                        .map(|data| ElementData::Value(data.iter().map(|value| Pattern::One(value.clone())).collect()));
                    Looked { hit: SetHit::Learned, data }
                }
                None => among(self.seen.netns.nft.element(self.id, *id, key, types)),
            },
        }
    }

    /// The entry a rule made for this key, if it is still there.
    pub(super) fn learned(&self, id: SetId, key: &[Datum]) -> Option<&SetEntry> {
        let entries = self.state.nft_sets.get(&(self.seen.id, self.id, id))?;
        let now = self.state.now.saturating_mul(1000);
        entries.iter().find(|entry| entry.key == key && entry.expires.is_none_or(|expires| now < expires))
    }
}

/// The first value a pattern stands for.
pub(super) fn first(pattern: &Pattern) -> Option<Datum> {
    match pattern {
        Pattern::One(value) => Some(value.clone()),
        Pattern::Range(first, _) | Pattern::Prefix(first, _) => Some(Datum::Number(*first)),
        Pattern::Any => None,
    }
}
