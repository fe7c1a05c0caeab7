//! What the kernel would pick at random.

use super::act::Act;
use crate::ids::{LinkId, NetnsId, RouteId, RuleRef};
use crate::packet::{Packet, Protocol};
use std::net::SocketAddr;

/// What the kernel would pick at random, always asked for and never hidden.
pub trait Chooser {
    /// One draw of a rule with `-m statistic --mode random`: does it match? `threshold` is out of 2^31.
    fn random(&mut self, netns: NetnsId, rule: RuleRef, threshold: u32) -> bool;

    /// The source port MASQUERADE or SNAT picks when the original must change (`--random-fully`, or a clash), inclusive range. Without a
    /// rule, the port must not clash with another connection's.
    fn source_port(&mut self, netns: NetnsId, rule: Option<RuleRef>, original: u16, range: (u16, u16)) -> u16;

    /// One draw of an nftables rule with `numgen random mod`: a number below `modulus`, which is at least 1.
    fn number(&mut self, _: NetnsId, _: RuleRef, _modulus: u32) -> u32 {
        0
    }

    /// The outer source port of a packet that a VXLAN device wraps, inclusive range: a hash of `inner`, as the kernel seeds it anew
    /// with each start.
    fn vxlan_source_port(&mut self, _: NetnsId, _: LinkId, _inner: &Packet, range: (u16, u16)) -> u16 {
        range.0
    }

    /// The next hop that a multipath route's hash of a flow leads to: the index of one, of those with these weights. `route` is the first of
    /// them that is alive. The kernel seeds its hash anew with each start.
    fn next_hop(&mut self, _: NetnsId, _route: RouteId, _: HashedFlow, _weights: &[u16]) -> usize {
        0
    }

    /// Asked at every stage of a hop: false where nobody wants to know any more how it goes on. The packet ends there.
    fn goes_on(&self) -> bool {
        true
    }

    /// The destination port DNAT or REDIRECT with `--random` draws, inclusive range; without a rule as for [`Self::source_port`].
    fn destination_port(&mut self, _: NetnsId, _: Option<RuleRef>, _original: u16, range: (u16, u16)) -> u16 {
        range.0
    }

    /// Told that a process acts, before the packets of it are walked: whoever takes its choices from a real kernel has the same done there first.
    fn acts(&mut self, _: &Act<'_>) {}
}

/// What a multipath route hashes of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HashedFlow {
    /// Source; port 0 where ports are not looked at.
    pub src: SocketAddr,
    /// Destination.
    pub dst: SocketAddr,
    /// Protocol; `None` where it is not looked at.
    pub protocol: Option<Protocol>,
}

/// Takes the first possibility each time: a rule that draws matches, a port is the lowest of its range.
#[derive(Clone, Copy, Debug, Default)]
pub struct AlwaysFirst;

impl Chooser for AlwaysFirst {
    fn random(&mut self, _: NetnsId, _: RuleRef, _: u32) -> bool {
        true
    }

    fn source_port(&mut self, _: NetnsId, _: Option<RuleRef>, _: u16, range: (u16, u16)) -> u16 {
        range.0
    }
}
