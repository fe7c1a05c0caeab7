//! Writing rules the way kube-proxy's own argument lists read.

use ipnet::IpNet;
use kernel::config::xtables::{AddrTypeMatch, CtStates, DevMatch, IpMatch, Match, Neg, Recent, Rule, Target};
use kernel::config::{AddrType, PortRange};
use kernel::packet::{Port, Protocol};
use kubernetes::origin::CauseId;
use std::net::IpAddr;
use std::sync::Arc;

/// A rule being written; the order of calls is the order of `-m` options.
pub(super) struct Write(Rule);

/// Starts a rule with its target.
pub(super) fn to(target: Target, cause: CauseId) -> Write {
    Write(Rule { ip: IpMatch::default(), matches: Vec::new(), target, cause })
}

/// The same, with room for as many matches as it will have: a large cluster has hundreds of thousands of rules.
pub(super) fn to_with(matches: usize, target: Target, cause: CauseId) -> Write {
    Write(Rule { ip: IpMatch::default(), matches: Vec::with_capacity(matches), target, cause })
}

impl Write {
    pub(super) fn comment(self, text: impl AsRef<str>) -> Self {
        self.part(Match::Comment(Arc::from(text.as_ref())))
    }

    /// `-m comment --comment TEXT` unless the cluster is large.
    pub(super) fn comment_unless(self, large: bool, text: impl AsRef<str>) -> Self {
        if large { self } else { self.comment(text) }
    }

    pub(super) fn part(mut self, part: Match) -> Self {
        // Most rules have one or two, and a large cluster has hundreds of thousands of rules.
        self.0.matches.reserve_exact(1);
        self.0.matches.push(part);
        self
    }

    pub(super) fn ct_new(self) -> Self {
        self.part(Match::ct_state(Neg::is(CtStates { new: true, ..CtStates::default() })))
    }

    /// `-m PROTO -p PROTO`.
    pub(super) fn protocol(mut self, protocol: Protocol) -> Self {
        self.0.ip.protocol = Some(Neg::is(protocol));
        self.part(Match::ports(protocol, None, None))
    }

    /// `-m PROTO -p PROTO --dport PORT`.
    pub(super) fn dport(mut self, protocol: Protocol, port: Port) -> Self {
        self.0.ip.protocol = Some(Neg::is(protocol));
        self.part(Match::ports(protocol, None, Some(Neg::is(PortRange::one(port.0)))))
    }

    pub(super) fn dst(mut self, address: IpAddr) -> Self {
        self.0.ip.dst = Some(Neg::is(IpNet::from(address)));
        self
    }

    pub(super) fn dst_net(mut self, net: Neg<IpNet>) -> Self {
        self.0.ip.dst = Some(net);
        self
    }

    pub(super) fn src_net(mut self, net: Neg<IpNet>) -> Self {
        self.0.ip.src = Some(net);
        self
    }

    pub(super) fn in_dev(mut self, dev: Neg<DevMatch>) -> Self {
        self.0.ip.in_dev = Some(Box::new(dev));
        self
    }

    pub(super) fn src_type_local(self) -> Self {
        self.part(Match::AddrType(AddrTypeMatch {
            src: Some(Neg::is(AddrType::Local.into())),
            ..AddrTypeMatch::default()
        }))
    }

    pub(super) fn dst_type_local(self) -> Self {
        self.part(Match::AddrType(AddrTypeMatch {
            dst: Some(Neg::is(AddrType::Local.into())),
            ..AddrTypeMatch::default()
        }))
    }

    pub(super) fn recent(self, recent: Recent) -> Self {
        self.part(Match::Recent(Box::new(recent)))
    }

    /// `-m nfacct --nfacct-name NAME`.
    pub(super) fn counted(self, name: &str) -> Self {
        self.part(Match::Account(Arc::from(name)))
    }

    /// `-m statistic --mode random --probability 1/n`, written with ten decimals as kube-proxy does, stored as the kernel does.
    pub(super) fn one_in(self, n: usize) -> Self {
        let written = (1.0 / n as f64 * 1e10).round() / 1e10;
        let threshold = (written * f64::from(1u32 << 31)).round() as u32;
        self.part(Match::Random { not: false, threshold })
    }

    pub(super) fn done(self) -> Rule {
        self.0
    }
}
