//! Where tunnels lead: the forwarding table of a VXLAN device, and the device at a tunnel's other end.

use crate::config::{Link, LinkKind, Network, Vxlan};
use crate::ids::{LinkRef, NetnsId};
use crate::lookup::route;
use crate::packet::Mac;
use crate::state::KernelState;
use crate::walk::VtepSource;
use std::net::IpAddr;

/// Other ends that a VXLAN device sends frames for `mac` to (`vxlan_xmit`): the configured entry, else the learned one, else all
/// entries for the zero address and the device's own default.
pub(crate) fn ends(
    network: &Network,
    state: &KernelState,
    at: LinkRef,
    vxlan: &Vxlan,
    mac: Mac,
) -> (VtepSource, Vec<IpAddr>) {
    let entries = |mac| vxlan.fdb.iter().filter(move |entry| entry.mac == mac).map(|entry| entry.remote);
    let configured: Vec<IpAddr> = if mac == Mac::ZERO { Vec::new() } else { entries(mac).collect() };
    if !configured.is_empty() {
        return (VtepSource::Configured, configured);
    }
    let known = state.vteps.get(&(at.netns, at.link, mac)).copied();
    if let Some(remote) = known {
        return (VtepSource::Learned, vec![remote]);
    }
    // A device without its underlay cannot send.
    let up = vxlan.dev.is_none_or(|dev| network.link(LinkRef { netns: at.netns, link: dev }).up);
    let all = vxlan.remote.into_iter().chain(entries(Mac::ZERO));
    (VtepSource::Default, if up { all.collect() } else { Vec::new() })
}

/// The device that takes frames of this network at `remote`, seen from `from`; another namespace's.
pub(crate) fn device(network: &Network, from: NetnsId, remote: IpAddr, vxlan: &Vxlan) -> Option<LinkRef> {
    let has =
        |id: &NetnsId| *id != from && network.may_have(*id, remote) && route::is_local(network.netns(*id), remote);
    network.ids().filter(has).find_map(|netns| {
        let links = &network.netns(netns).links;
        let same = |link: &Link| match &link.kind {
            LinkKind::Vxlan(far) => link.up && far.vni == vxlan.vni && far.port == vxlan.port,
            _ => false,
        };
        links.position(same).map(|link| LinkRef { netns, link })
    })
}

/// The outer source address of packets to `remote`.
pub(crate) fn source(network: &Network, from: NetnsId, remote: IpAddr, vxlan: &Vxlan) -> Option<IpAddr> {
    let netns = network.netns(from);
    vxlan.local.or_else(|| route::source_for(netns, &route::lookup(netns, remote, None, 0)?, remote))
}
