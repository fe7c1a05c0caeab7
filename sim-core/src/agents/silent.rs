//! Machines that are off, and links that have failed, at a moment of a timeline: devices without a carrier, and kernels in which nothing runs.
//!
//! What a packet meets there is the kernel's own doing: a device without a carrier takes no frame (`dev_deactivate`), so that nobody answers
//! ARP for the machine, and its own packets find no neighbour.

use super::plug::HOST;
use super::router::ROUTER;
use super::write::Writer;
use kernel::config::{LinkKind, Netns};
use kernel::ids::{LinkRef, NetnsId};
use kubernetes::cluster::model::NodeId;
use std::collections::BTreeMap;

/// Takes the carrier from the devices of machines that are silent, and what runs from those that are off. To be called when every
/// machine is on its segment.
pub(super) fn write(writer: &mut Writer<'_>) {
    let outage = writer.cluster.outage.clone();
    if outage.is_empty() {
        return;
    }
    let all = (0u32..).map(NetnsId).zip(&writer.builder.namespaces);
    let by_name: BTreeMap<_, _> = all.map(|(id, netns)| (netns.name.clone(), id)).collect();
    let nodes: BTreeMap<_, _> =
        (0u32..).map(NodeId).zip(&writer.cluster.nodes).map(|(id, node)| (&*node.name, id)).collect();
    let at: BTreeMap<NodeId, NetnsId> = writer.nodes.iter().map(|(id, at)| (*id, at.netns)).collect();
    let namespaces = |machine: &str| match nodes.get(machine) {
        Some(node) => at.get(node).copied(),
        None => {
            let names = [format!("{HOST}{machine}"), format!("{ROUTER}{machine}")];
            names.into_iter().find_map(|name| by_name.get(&*name).copied())
        }
    };
    let silent: Vec<NetnsId> =
        outage.off.iter().chain(&outage.unplugged).filter_map(|machine| namespaces(machine)).collect();
    let off: Vec<NetnsId> = outage.off.iter().filter_map(|machine| namespaces(machine)).collect();
    for id in silent {
        unplug(writer, id);
    }
    for id in off {
        if let Some(netns) = writer.builder.namespaces.get_mut(id.0 as usize) {
            switch_off(netns);
        }
    }
}

/// The switch's ends of a machine's cables: down, so that both ends are without a carrier.
fn unplug(writer: &mut Writer<'_>, id: NetnsId) {
    let Some(netns) = writer.builder.namespaces.get(id.0 as usize) else { return };
    let ends = |link: &kernel::config::Link| match link.kind {
        LinkKind::Veth { peer } if peer.netns != id => Some(peer),
        _ => None,
    };
    let peers: Vec<LinkRef> = netns.links.iter().filter_map(ends).collect();
    for peer in peers {
        writer.builder.link(peer).up = false;
    }
}

/// A machine that is off: no device is up, nothing listens.
pub(super) fn switch_off(netns: &mut Netns) {
    for link in netns.links.iter_mut() {
        link.up = false;
    }
    netns.sockets = Default::default();
    netns.answers.clear();
}
