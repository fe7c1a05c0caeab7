//! Parts of rules, as kube-proxy puts them together.

pub(super) use crate::agents::kube_proxy::endpoints::Family as Ip;
use ipnet::IpNet;
use kernel::config::nft::Rule;
use kernel::config::nft::data::{DataType, Datum, Pattern, Verdict};
use kernel::config::nft::expr::{
    BitExpr, BitOp, Ct, Expr, FibKey, FibResult, Meta, Payload, Relation, Right, SetRef, Statement,
};
use kernel::config::nft::set::{Element, ElementData};
use kernel::ids::{ChainId, SetId};
use kernel::packet::{Port, Protocol};
use kubernetes::cluster::model::DetectLocal;
use kubernetes::origin::CauseId;
use std::net::IpAddr;
use std::sync::Arc;

impl Ip {
    pub(super) fn kind(self) -> DataType {
        match self {
            Self::V4 => DataType::Ipv4Addr,
            Self::V6 => DataType::Ipv6Addr,
        }
    }

    pub(super) fn source(self) -> Expr {
        Expr::Payload(if self == Self::V4 { Payload::IpSource } else { Payload::Ip6Source })
    }

    pub(super) fn destination(self) -> Expr {
        Expr::Payload(if self == Self::V4 { Payload::IpDestination } else { Payload::Ip6Destination })
    }

    /// Source or destination other than, or equal to, an address or network.
    pub(super) fn is_net(self, left: Expr, relation: Relation, net: IpNet) -> Statement {
        Statement::Match { left, relation, right: Right::Value(vec![pattern(net)]) }
    }

    /// `DESTINATION . meta l4proto . th dport`.
    pub(super) fn service_key(self) -> Expr {
        let [protocol, port] = port_key();
        Expr::Concat(vec![self.destination(), protocol, port])
    }
}

/// `meta l4proto` and `th dport`.
pub(super) fn port_key() -> [Expr; 2] {
    [Expr::Meta(Meta::L4Proto), Expr::Payload(Payload::ThDestination)]
}

/// An address as a number in network order.
pub(super) fn number(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => u32::from(ip).into(),
        IpAddr::V6(ip) => ip.into(),
    }
}

/// A network, or an address when it is no larger.
pub(super) fn pattern(net: IpNet) -> Pattern {
    let (net, address) = (net.trunc(), number(net.trunc().addr()));
    if net.prefix_len() == net.max_prefix_len() {
        Pattern::number(address)
    } else {
        Pattern::Prefix(address, net.prefix_len())
    }
}

/// Equal to one number.
fn is(left: Expr, value: u128) -> Statement {
    Statement::Match { left, relation: Relation::Implicit, right: Right::Value(vec![Pattern::number(value)]) }
}

/// `ct state new`.
pub(super) fn ct_new() -> Statement {
    is(Expr::Ct(Ct::State, None), 8)
}

/// `fib saddr type local` or `fib daddr type local`.
pub(super) fn is_local(source: bool) -> Statement {
    is(Expr::Fib(FibKey { source, ..FibKey::default() }, FibResult::Type), 2)
}

/// `meta l4proto PROTOCOL`.
pub(super) fn is_protocol(protocol: Protocol) -> Statement {
    is(Expr::Meta(Meta::L4Proto), protocol.number().into())
}

/// `tcp dport PORT` and its like.
pub(super) fn is_port(protocol: Protocol, port: Port) -> Statement {
    let field = match protocol {
        Protocol::Udp => Payload::UdpDestination,
        Protocol::Sctp => Payload::SctpDestination,
        Protocol::Tcp | Protocol::Icmp | Protocol::Other(_) => Payload::TcpDestination,
    };
    is(Expr::Payload(field), port.0.into())
}

/// `LEFT @SET`.
pub(super) fn in_set(left: Expr, set: SetId) -> Statement {
    Statement::Match { left, relation: Relation::Implicit, right: Right::Set(SetRef::Named(set)) }
}

/// The mark with something done to it.
pub(super) fn mark(op: BitOp, value: u32) -> Expr {
    Expr::Bits(Box::new(BitExpr { left: Expr::Meta(Meta::Mark), op, value: value.into() }))
}

pub(super) fn jump(chain: ChainId) -> Statement {
    Statement::Verdict(Verdict::Jump(chain))
}

pub(super) fn goto(chain: ChainId) -> Statement {
    Statement::Verdict(Verdict::Goto(chain))
}

/// A rule with a comment.
pub(super) fn commented(statements: Vec<Statement>, comment: &str, cause: CauseId) -> Rule {
    Rule { comment: Some(Arc::from(comment)), ..Rule::new(statements, cause) }
}

/// `numgen random mod N vmap { 0 : goto …, … }`.
pub(super) fn one_of(chains: &[(ChainId, CauseId)]) -> Statement {
    let element = |(number, (chain, cause)): (u128, &(ChainId, CauseId))| {
        Element::new(vec![Pattern::number(number)], Some(ElementData::Verdict(Verdict::Goto(*chain))), *cause)
    };
    let modulus = u32::try_from(chains.len()).unwrap_or(u32::MAX).max(1);
    Statement::Vmap {
        key: Expr::Numgen { random: true, modulus, offset: 0 },
        map: SetRef::Anonymous((0u128..).zip(chains).map(element).collect()),
    }
}

/// `SOURCE != { … }`: several networks as nft keeps them, those that touch or overlap joined and in order of address; one alone is no set.
pub(super) fn none_of(ip: Ip, nets: &[IpNet], cause: CauseId) -> Statement {
    let relation = Relation::NotEqual;
    if let [net] = nets {
        return ip.is_net(ip.source(), relation, *net);
    }
    let mut ranges: Vec<(u128, u128)> =
        nets.iter().map(|net| (number(net.network()), number(net.broadcast()))).collect();
    ranges.sort_unstable();
    let mut joined: Vec<(u128, u128)> = Vec::new();
    for (first, last) in ranges {
        match joined.last_mut() {
            Some(before) if first <= before.1.saturating_add(1) => before.1 = before.1.max(last),
            _ => joined.push((first, last)),
        }
    }
    let bits = ip.kind().bits();
    let elements = joined.into_iter().map(|range| Element::new(vec![of_range(range, bits)], None, cause));
    let right = Right::Set(SetRef::Anonymous(elements.collect()));
    Statement::Match { left: ip.source(), relation, right }
}

/// A range as a prefix or an address where it is one.
fn of_range((first, last): (u128, u128), bits: u8) -> Pattern {
    let hosts = first ^ last;
    let length = u8::try_from(hosts.trailing_ones()).unwrap_or(bits).min(bits);
    let aligned = hosts.leading_zeros() + hosts.trailing_ones() == u128::BITS && first & hosts == 0;
    match length {
        _ if first == last => Pattern::number(first),
        _ if aligned => Pattern::Prefix(first, bits - length),
        _ => Pattern::Range(first, last),
    }
}

/// The detector's match, where there is one.
pub(super) enum Detector {
    /// By source address.
    Net(IpNet),
    /// By index of a device that is there (`iif`).
    Device(Arc<str>),
    /// By a device's name (`iifname`).
    Name(Arc<str>),
    /// By index of a device that is not there: nft refuses the rule.
    Missing(Arc<str>),
}

impl Detector {
    /// The match for local traffic, or for all other.
    pub(super) fn statement(&self, ip: Ip, local: bool) -> Statement {
        let relation = if local { Relation::Implicit } else { Relation::NotEqual };
        let device = |key: Meta, name: &Arc<str>| Statement::Match {
            left: Expr::Meta(key),
            relation,
            right: Right::Value(vec![Pattern::One(Datum::Text(name.clone()))]),
        };
        match self {
            Self::Net(net) => ip.is_net(ip.source(), relation, *net),
            Self::Device(name) | Self::Missing(name) => device(Meta::InDev, name),
            Self::Name(name) => device(Meta::InName, name),
        }
    }
}

/// The name a device is looked for by.
pub(super) fn device_name(detect: &DetectLocal) -> Option<Arc<str>> {
    match detect {
        DetectLocal::BridgeInterface(name) => Some(name.clone()),
        DetectLocal::InterfaceNamePrefix(prefix) => Some(Arc::from(format!("{prefix}*"))),
        DetectLocal::ClusterCidr(_) | DetectLocal::NodeCidr => None,
    }
}
