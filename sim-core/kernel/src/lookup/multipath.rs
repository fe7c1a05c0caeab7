//! Routes with several next hops: which one a flow takes (`fib_select_path` in net/ipv4/fib_semantics.c).

use super::route::{self, FoundRoute};
use crate::config::Netns;
use crate::ids::NetnsId;
use crate::packet::Protocol;
use crate::walk::{Chooser, HashedFlow};
use std::net::SocketAddr;

/// What is hashed of a packet, or of one that is yet to be made: then without a source.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flow {
    /// Source; unspecified before one is chosen.
    pub(crate) src: SocketAddr,
    /// Destination.
    pub(crate) dst: SocketAddr,
    /// Protocol.
    pub(crate) protocol: Protocol,
}

/// Of a multipath route the next hop that the flow's hash leads to, by its addresses, or with `net.ipv4.fib_multipath_hash_policy` 1 by its
/// ports, too. How the kernel hashes is its secret of each start: the choice is drawn.
pub(crate) fn select<'n>(
    chooser: &mut dyn Chooser,
    (netns, here): (NetnsId, &'n Netns),
    found: FoundRoute<'n>,
    flow: Flow,
) -> FoundRoute<'n> {
    let hops = route::next_hops(here, &found);
    let (Some(first), true) = (hops.first(), hops.len() > 1) else { return found };
    let chosen = hashed(chooser, (netns, here), &hops, flow).unwrap_or_default();
    hops.get(chosen).copied().unwrap_or(*first)
}

/// The same for a packet that this host sends from the flow's source: of the next hops whose own address that is, the hashed one or the next
/// behind it, else the first (`fib_select_multipath` since Linux 6.16).
pub(crate) fn select_from<'n>(
    chooser: &mut dyn Chooser,
    (netns, here): (NetnsId, &'n Netns),
    found: FoundRoute<'n>,
    flow: Flow,
) -> FoundRoute<'n> {
    let hops = route::next_hops(here, &found);
    if hops.len() < 2 {
        return found;
    }
    let chosen = hashed(chooser, (netns, here), &hops, flow).unwrap_or_default();
    let own = |hop: &FoundRoute<'_>| {
        let source = hop.route.dev.and_then(|dev| route::select_source(here, dev, hop.next_hop(flow.dst.ip())));
        source == Some(flow.src.ip())
    };
    let mut all = hops.iter().enumerate().filter(|(_, hop)| own(hop)).map(|(at, _)| at);
    let first = all.clone().next();
    let taken = all.find(|at| *at >= chosen).or(first).unwrap_or(chosen);
    hops.get(taken).copied().unwrap_or(found)
}

fn hashed(
    chooser: &mut dyn Chooser,
    (netns, here): (NetnsId, &Netns),
    hops: &[FoundRoute<'_>],
    Flow { src, dst, protocol }: Flow,
) -> Option<usize> {
    let by_ports = route::sysctl(here, "net.ipv4.fib_multipath_hash_policy") == 1;
    let flow = match by_ports {
        true => HashedFlow { src, dst, protocol: Some(protocol) },
        false => HashedFlow { src: SocketAddr::new(src.ip(), 0), dst: SocketAddr::new(dst.ip(), 0), protocol: None },
    };
    let weights: Vec<u16> = hops.iter().map(|hop| hop.route.weight.unwrap_or(1)).collect();
    Some(chooser.next_hop(netns, hops.first()?.id, flow, &weights))
}
