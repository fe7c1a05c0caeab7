//! Machines that are off and links that have failed, at a moment of a timeline.

use super::codes;
use super::failed::Lost;
use super::field::Why;
use crate::site::Kind;
use kernel::walk::DropReason;
use kubernetes::cluster::model::{Cluster, NodeId};
use kubernetes::origin::Component;
use std::net::IpAddr;
use std::sync::Arc;

/// A packet that came to nobody, because the machine that it was for, or the one that it left, is silent.
pub(super) fn lost(lost: Lost<'_>) -> Option<Why> {
    let cluster = &lost.failed.model.cluster;
    let silent = matches!(lost.reason, DropReason::NeighbourFailed | DropReason::NoRoute);
    if cluster.outage.is_empty() || !silent {
        return None;
    }
    let to = lost.leg.hops.last()?.after.packet.destination().ip();
    let ends = [sender(lost), holder(cluster, to)];
    ends.into_iter().flatten().find_map(|machine| told(cluster, &machine))
}

fn told(cluster: &Cluster, machine: &Arc<str>) -> Option<Why> {
    let code = if cluster.outage.off.contains(machine) {
        codes::MACHINE_OFF
    } else if cluster.outage.unplugged.contains(machine) {
        codes::LINK_FAILED
    } else {
        return None;
    };
    Some(Why::new(code).arg("machine", machine).by(Component::Underlay))
}

/// The machine on which it was discarded.
fn sender(lost: Lost<'_>) -> Option<Arc<str>> {
    let (site, cluster) = (&lost.failed.model.site, &lost.failed.model.cluster);
    if let Some(node) = site.tree.node_at(lost.netns) {
        return name(cluster, node);
    }
    let (_, machine) = site.tree.machine_at(lost.netns)?;
    match machine.kind {
        Kind::Pod(pod) => name(cluster, cluster.pods.get(pod.0 as usize)?.node),
        _ => machine.name.rsplit('/').next().map(Arc::from),
    }
}

fn name(cluster: &Cluster, node: NodeId) -> Option<Arc<str>> {
    cluster.nodes.get(node.0 as usize).map(|node| node.name.clone())
}

/// The machine that an address leads to.
fn holder(cluster: &Cluster, ip: IpAddr) -> Option<Arc<str>> {
    let node = cluster.nodes.iter().find(|node| node.ip == ip).map(|node| node.name.clone());
    let pod = || cluster.pods.iter().find(|pod| pod.ip == ip).and_then(|pod| name(cluster, pod.node));
    let host = || cluster.hosts.iter().find(|host| host.ip == ip).and_then(|host| host.name.clone());
    let router = || {
        let mut routers = cluster.routers.iter();
        routers.find(|router| router.on.iter().any(|(_, own)| *own == ip)).and_then(|router| router.name.clone())
    };
    node.or_else(pod).or_else(host).or_else(router)
}
