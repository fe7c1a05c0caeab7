//! The table of nftables as it comes together: maps that lead to networks' chains, base chains, and rules of few forms.

use ipnet::Ipv4Net;
use kernel::config::nft::data::{DataType, Datum, Pattern, Verdict};
use kernel::config::nft::expr::{
    BitExpr, BitOp, Ct, Expr, FibKey, FibResult, Meta, NatFlags, NatTo, Payload, Relation, Right, SetRef, Statement,
};
use kernel::config::nft::set::{Element, ElementData, Set, SetData};
use kernel::config::nft::{self, BaseHook, Chain, ChainKind, Family, Rule, Table};
use kernel::config::{Hook, Policy, PortRange};
use kernel::ids::{ChainId, SetId};
use kernel::packet::{Port, Protocol};
use kubernetes::origin::CauseId;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Rules that are compared with one that may be there: those of the same container, which were written a moment ago.
const RECENT: usize = 256;

/// What a rule asks of a packet, as the engine writes it.
#[derive(Clone, Copy)]
pub(super) enum Match<'n> {
    /// `iifname BRIDGE`.
    In(&'n str),
    /// `iifname != BRIDGE`.
    NotIn(&'n str),
    /// `iifname != { BRIDGE, … }`.
    NotInAny(&'n str, &'n [Arc<str>], CauseId),
    /// `meta mark MARK`, under a mask `meta mark & MASK == MARK`.
    Mark(u32, u32),
    /// `oifname != BRIDGE`.
    NotOut(&'n str),
    /// `ip saddr ADDRESS`.
    From(Ipv4Addr),
    /// `ip saddr NET`.
    FromNet(Ipv4Net),
    /// `ip daddr ADDRESS`.
    To(Ipv4Addr),
    /// `ip daddr != NET`.
    NotTo(Ipv4Net),
    /// `tcp sport PORT` and its like.
    FromPort(Protocol, Port),
    /// `tcp dport PORT` and its like.
    ToPort(Protocol, Port),
    /// `ip protocol icmp`.
    Icmp,
    /// `ct state established,related`.
    Answers,
    /// `fib saddr type local`.
    FromLocal,
    /// `fib daddr type local`.
    ToLocal,
}

impl Match<'_> {
    fn statement(self) -> Statement {
        if let Self::NotInAny(bridge, others, cause) = self {
            let names = std::iter::once(bridge).chain(others.iter().map(|name| &**name));
            let all = names.map(|name| Element::new(vec![text(name)], None, cause)).collect();
            let right = Right::Set(SetRef::Anonymous(all));
            return Statement::Match { left: Expr::Meta(Meta::InName), relation: Relation::NotEqual, right };
        }
        let (left, relation, right) = match self {
            Self::In(name) => (Expr::Meta(Meta::InName), Relation::Implicit, text(name)),
            Self::NotIn(name) | Self::NotInAny(name, ..) => (Expr::Meta(Meta::InName), Relation::NotEqual, text(name)),
            Self::NotOut(name) => (Expr::Meta(Meta::OutName), Relation::NotEqual, text(name)),
            Self::Mark(mark, u32::MAX) => (Expr::Meta(Meta::Mark), Relation::Implicit, Pattern::number(mark)),
            Self::Mark(mark, mask) => {
                let bits = BitExpr { left: Expr::Meta(Meta::Mark), op: BitOp::And, value: mask.into() };
                (Expr::Bits(Box::new(bits)), Relation::Equal, Pattern::number(mark))
            }
            Self::From(ip) => (Expr::Payload(Payload::IpSource), Relation::Implicit, Pattern::number(u32::from(ip))),
            Self::FromNet(net) => (Expr::Payload(Payload::IpSource), Relation::Implicit, Pattern::net(net.trunc())),
            Self::To(ip) => (Expr::Payload(Payload::IpDestination), Relation::Implicit, Pattern::number(u32::from(ip))),
            Self::NotTo(net) => (Expr::Payload(Payload::IpDestination), Relation::NotEqual, Pattern::net(net.trunc())),
            Self::FromPort(protocol, port) => (source(protocol), Relation::Implicit, Pattern::number(port.0)),
            Self::ToPort(protocol, port) => (destination(protocol), Relation::Implicit, Pattern::number(port.0)),
            Self::Icmp => (Expr::Payload(Payload::IpProtocol), Relation::Implicit, Pattern::number(1u8)),
            Self::Answers => (Expr::Ct(Ct::State, None), Relation::Implicit, Pattern::number(ESTABLISHED | RELATED)),
            Self::FromLocal => (fib(true), Relation::Implicit, Pattern::number(LOCAL)),
            Self::ToLocal => (fib(false), Relation::Implicit, Pattern::number(LOCAL)),
        };
        Statement::Match { left, relation, right: Right::Value(vec![right]) }
    }
}

/// `established` of `ct state`.
const ESTABLISHED: u8 = 2;
/// `related` of `ct state`.
const RELATED: u8 = 4;
/// `local` of `fib … type`.
const LOCAL: u8 = 2;

fn text(name: &str) -> Pattern {
    Pattern::One(Datum::Text(Arc::from(name)))
}

fn fib(source: bool) -> Expr {
    Expr::Fib(FibKey { source, ..FibKey::default() }, FibResult::Type)
}

fn source(protocol: Protocol) -> Expr {
    Expr::Payload(match protocol {
        Protocol::Udp => Payload::UdpSource,
        Protocol::Sctp => Payload::SctpSource,
        Protocol::Tcp | Protocol::Icmp | Protocol::Other(_) => Payload::TcpSource,
    })
}

fn destination(protocol: Protocol) -> Expr {
    Expr::Payload(match protocol {
        Protocol::Udp => Payload::UdpDestination,
        Protocol::Sctp => Payload::SctpDestination,
        Protocol::Tcp | Protocol::Icmp | Protocol::Other(_) => Payload::TcpDestination,
    })
}

/// What a rule does, behind its counter.
#[derive(Clone, Copy)]
pub(super) enum Then {
    Accept,
    Drop,
    Jump(ChainId),
    Masquerade,
    /// `snat to ADDRESS`.
    Source(Ipv4Addr),
    /// `dnat to ADDRESS:PORT`.
    Destination(Ipv4Addr, Port),
}

impl Then {
    fn statement(self) -> Statement {
        let nat = |destination, ip: Ipv4Addr, port: Option<Port>| {
            let (ip, port) = (IpAddr::V4(ip), port.map(|port| PortRange { first: port, last: port }));
            let to = NatTo::Fixed { address: Some((ip, ip)), port };
            Statement::Nat { destination, family: None, to, flags: NatFlags::default() }
        };
        match self {
            Self::Accept => Statement::Verdict(Verdict::Accept),
            Self::Drop => Statement::Verdict(Verdict::Drop),
            Self::Jump(chain) => Statement::Verdict(Verdict::Jump(chain)),
            Self::Masquerade => Statement::Masquerade { port: None, flags: NatFlags::default() },
            Self::Source(ip) => nat(false, ip, None),
            Self::Destination(ip, port) => nat(true, ip, Some(port)),
        }
    }
}

/// The table.
pub(super) struct Draft {
    pub(super) table: Table,
}

impl Draft {
    pub(super) fn new(cause: CauseId) -> Self {
        Self { table: Table::new(Family::Ip, "docker-bridges", cause) }
    }

    /// A chain that is jumped to.
    pub(super) fn chain(&mut self, name: &str, cause: CauseId) -> ChainId {
        self.table.add_chain(Chain::new(name, None, cause))
    }

    fn base(&mut self, name: &str, kind: ChainKind, (hook, priority): (Hook, i32), cause: CauseId) -> ChainId {
        let base = nft::Base { kind, hook: BaseHook::Ip(hook), device: None, priority, policy: Policy::Accept };
        self.table.add_chain(Chain::new(name, Some(base), cause))
    }

    /// A map from devices' names to verdicts.
    fn map(&mut self, name: &str, cause: CauseId) -> SetId {
        self.table.add_set(Set::new(name, vec![DataType::IfName], Some(SetData::Verdict), cause))
    }

    /// An element of such a map: to a network's chain.
    pub(super) fn leads(&mut self, map: SetId, bridge: &str, chain: ChainId, cause: CauseId) {
        let element = Element::new(vec![text(bridge)], Some(ElementData::Verdict(Verdict::Jump(chain))), cause);
        if let Some(map) = self.table.sets.get_mut(map) {
            map.elements.push(element);
        }
    }

    fn asks(&mut self, chain: ChainId, key: Meta, map: SetId, cause: CauseId) {
        let asks = Statement::Vmap { key: Expr::Meta(key), map: SetRef::Named(map) };
        self.table.append(chain, Rule::new(vec![asks], cause));
    }

    /// Appends a rule; an empty comment is none.
    pub(super) fn rule(&mut self, chain: ChainId, of: &[Match<'_>], then: Then, comment: &str, cause: CauseId) {
        self.table.append(chain, made(of, then, comment, cause));
    }

    /// The same where the chain has no such rule.
    pub(super) fn rule_once(&mut self, chain: ChainId, of: &[Match<'_>], then: Then, comment: &str, cause: CauseId) {
        let rule = made(of, then, comment, cause);
        let rules = self.table.chain(chain).map_or(&[][..], |chain| &chain.rules);
        if !rules.iter().rev().take(RECENT).any(|have| have.statements == rule.statements) {
            self.table.append(chain, rule);
        }
    }
}

fn made(of: &[Match<'_>], then: Then, comment: &str, cause: CauseId) -> Rule {
    let matches = of.iter().map(|one| one.statement());
    let statements = matches.chain([Statement::Counter(None), then.statement()]).collect();
    Rule { comment: (!comment.is_empty()).then(|| Arc::from(comment)), ..Rule::new(statements, cause) }
}

/// Maps by which base chains come to a network's.
pub(super) struct Maps {
    pub(super) forward_in: SetId,
    pub(super) forward_out: SetId,
    pub(super) postrouting_in: SetId,
    pub(super) postrouting_out: SetId,
}

impl Maps {
    pub(super) fn of(draft: &mut Draft, cause: CauseId) -> Self {
        Self {
            forward_in: draft.map("filter-forward-in-jumps", cause),
            forward_out: draft.map("filter-forward-out-jumps", cause),
            postrouting_in: draft.map("nat-postrouting-in-jumps", cause),
            postrouting_out: draft.map("nat-postrouting-out-jumps", cause),
        }
    }
}

/// Chains that the kernel calls, and the one that translates ports.
pub(super) struct Base {
    pub(super) output: ChainId,
    pub(super) prerouting: ChainId,
    pub(super) translate: ChainId,
    pub(super) raw: ChainId,
}

impl Base {
    pub(super) fn of(draft: &mut Draft, maps: &Maps, cause: CauseId) -> Self {
        let (filter, nat) = (ChainKind::Filter, ChainKind::Nat);
        let forward = draft.base("filter-FORWARD", filter, (Hook::Forward, 0), cause);
        let output = draft.base("nat-OUTPUT", nat, (Hook::Output, -100), cause);
        let postrouting = draft.base("nat-POSTROUTING", nat, (Hook::Postrouting, 100), cause);
        let prerouting = draft.base("nat-PREROUTING", nat, (Hook::Prerouting, -100), cause);
        let translate = draft.chain("nat-prerouting-and-output", cause);
        let raw = draft.base("raw-PREROUTING", filter, (Hook::Prerouting, -300), cause);
        draft.asks(forward, Meta::OutName, maps.forward_in, cause);
        draft.asks(forward, Meta::InName, maps.forward_out, cause);
        draft.asks(postrouting, Meta::InName, maps.postrouting_out, cause);
        draft.asks(postrouting, Meta::OutName, maps.postrouting_in, cause);
        Self { output, prerouting, translate, raw }
    }
}
