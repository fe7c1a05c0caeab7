//! Where packets ended: whose place that is.

use super::journey::{Leg, LegId, Purpose};
use crate::agents::outside;
use crate::model::Model;
use crate::site::Kind;
use kernel::ids::NetnsId;
use kernel::packet::Port;
use kernel::walk::{DropReason, End};
use kubernetes::cluster::model::{NodeId, PodId};
use std::collections::BTreeSet;

/// The Pod that has a namespace to itself, or the one on the node's own network that listens on the port.
pub(super) fn pod_at(model: &Model, netns: NetnsId, port: Option<Port>) -> Option<PodId> {
    match model.site.tree.kind_at(netns)? {
        Kind::Pod(pod) => Some(pod),
        Kind::Node(node) => host_pod(model, node, port?),
        Kind::Host(_) | Kind::Container(_) | Kind::Vm(_) | Kind::Router | Kind::Internet => None,
    }
}

fn host_pod(model: &Model, node: NodeId, port: Port) -> Option<PodId> {
    let pods = &model.cluster.pods;
    let found = pods.iter().position(|pod| {
        let listens = pod.listening.sockets.iter().any(|own| own.port == port);
        pod.node == node && pod.host_network && listens
    });
    found.map(|at| PodId(at as u32))
}

/// True when a leg's packet reached the edge of what is simulated.
pub(super) fn left_the_model(model: &Model, leg: &Leg) -> bool {
    let End::Dropped { netns, reason } = &leg.end else { return false };
    model.site.tree.is_router(*netns) && matches!(reason, DropReason::RouteType { .. })
}

/// True when what was sent as the leg `first`, or what answers it, reached that edge on its way to an address that is not the cluster's. What
/// name servers asked others meanwhile is theirs.
pub(super) fn left_for_good(model: &Model, legs: &[Leg], first: usize) -> bool {
    let mut others: BTreeSet<LegId> = BTreeSet::new();
    (0u32..).map(LegId).zip(legs).skip(first).any(|(id, leg)| {
        let forwarded = leg.purpose == Purpose::DnsQuery && leg.parent.is_some() && id.0 as usize != first;
        if forwarded || leg.parent.is_some_and(|parent| others.contains(&parent)) {
            others.insert(id);
            return false;
        }
        let inside = |hop: &kernel::walk::Hop| outside::is_inside(&model.cluster, hop.after.packet.innermost().ip.dst);
        left_the_model(model, leg) && leg.hops.last().is_some_and(|hop| !inside(hop))
    })
}
