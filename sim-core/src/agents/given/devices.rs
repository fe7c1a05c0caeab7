//! Devices and addresses as they were seen.

use super::caused::cause;
use super::seen::{Seen, aside};
use crate::agents::write::{Writer, mac};
use ipnet::IpNet;
use kernel::config::{Bridge, BridgePort, IfAddr, Ipip, Link, LinkKind, RouteProtocol, Vxlan};
use kernel::ids::{LinkId, LinkRef, NetnsId};
use kernel::text::printed::{KindRead, LinkRead, PortRead, read_links, read_ports, read_routes};
use kubernetes::cluster::model::{GivenPart, GivenSpace, Tool};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

/// Devices of a namespace by the name that was seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Devices {
    ids: BTreeMap<Arc<str>, LinkId>,
    /// As they were seen, with the part and the line.
    pub(super) seen: Vec<(LinkRead, GivenPart, u32)>,
}

impl Devices {
    pub(super) fn get(&self, name: &str) -> Option<LinkId> {
        self.ids.get(name).copied()
    }
}

/// Addresses that a namespace was seen to have.
pub(super) fn addresses(space: &GivenSpace) -> BTreeSet<IpAddr> {
    let text: String = space.all(Tool::Addr).map(GivenPart::text).collect();
    let links = read_links(&text).items;
    links.iter().flat_map(|(_, link)| &link.addresses).map(|address| address.net.addr()).collect()
}

/// All devices that were seen, of several texts each once.
fn read(seen: &mut Seen, space: &GivenSpace) -> Vec<(LinkRead, GivenPart, u32)> {
    let mut all: Vec<(LinkRead, GivenPart, u32)> = Vec::new();
    for part in space.all(Tool::Addr) {
        let read = read_links(part.text());
        aside(seen, part, read.unread, "");
        for (line, link) in read.items {
            match all.iter_mut().find(|(known, ..)| known.name == link.name) {
                // One text tells kinds, another one addresses.
                Some((known, own, at)) => {
                    if known.kind == KindRead::Plain {
                        known.kind = link.kind;
                    }
                    known.netns = known.netns.take().or(link.netns);
                    if known.port == PortRead::default() {
                        known.port = link.port;
                    }
                    if known.addresses.is_empty() && !link.addresses.is_empty() {
                        known.addresses = link.addresses;
                        (*own, *at) = (part.clone(), line);
                    }
                }
                None => all.push((link, part.clone(), line)),
            }
        }
    }
    if let Some(part) = space.part(Tool::BridgeLink) {
        let read = read_ports(part.text());
        aside(seen, part, read.unread, "");
        for (_, (name, port)) in read.items {
            if let Some((link, ..)) = all.iter_mut().find(|(link, ..)| link.name == name) {
                link.port = port;
            }
        }
    }
    all
}

/// Devices as they were seen: those that are there take the names and settings, others are added. `whole`: the machine has no others.
pub(super) fn write(
    writer: &mut Writer<'_>,
    seen: &mut Seen,
    space: &GivenSpace,
    (netns, uplink, ip): (NetnsId, Option<LinkId>, IpAddr),
    whole: bool,
) -> Devices {
    let all = read(seen, space);
    let mut devices = Devices::default();
    let own = writer.builder.netns(netns);
    for (id, link) in own.links.entries() {
        devices.ids.insert(link.name.clone(), id);
    }
    if let Some(uplink) = uplink {
        rename_uplink(writer, &mut devices, &all, (netns, uplink, ip));
    }
    rename_by_routes(writer, &mut devices, space, netns);
    // Whoever others refer to first.
    let rank = |link: &LinkRead| (link.master.is_some(), matches!(link.kind, KindRead::Vxlan { .. }));
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by_key(|at| all.get(*at).map(|(link, ..)| rank(link)));
    for (link, part, line) in order.iter().filter_map(|at| all.get(*at)) {
        let made = cause(writer, part, *line);
        let id = match devices.get(&link.name) {
            Some(id) => id,
            None => {
                let Some(new) = device(seen, (link, part, *line), made, &devices) else { continue };
                let id = writer.builder.add_link(netns, new).link;
                devices.ids.insert(link.name.clone(), id);
                id
            }
        };
        settings(writer, link, (netns, id), &devices, whole);
        replace_addresses(writer, (link, part), (netns, id), (uplink == Some(id)).then_some(ip));
    }
    devices.seen = all;
    devices
}

/// The device on the segment has the name that was seen of the one with the machine's address, or of the first that is no other's.
fn rename_uplink(
    writer: &mut Writer<'_>,
    devices: &mut Devices,
    all: &[(LinkRead, GivenPart, u32)],
    (netns, uplink, ip): (NetnsId, LinkId, IpAddr),
) {
    let has = |link: &&LinkRead| link.addresses.iter().any(|address| address.net.addr() == ip);
    let mut links = all.iter().map(|(link, ..)| link);
    let Some(link) = links.clone().find(has).or_else(|| links.find(|link| link.kind == KindRead::Plain)) else {
        return;
    };
    rename(writer, devices, (netns, uplink), &link.name);
}

/// The device to a Pod has the name that the route to that Pod was seen to have.
fn rename_by_routes(writer: &mut Writer<'_>, devices: &mut Devices, space: &GivenSpace, netns: NetnsId) {
    let Some(part) = space.part(Tool::Route) else { return };
    let own = writer.builder.netns(netns);
    let single = |net: &IpNet| net.prefix_len() == net.max_prefix_len();
    let by_address: BTreeMap<IpNet, LinkId> = own
        .routes
        .iter()
        .filter(|route| single(&route.dst) && route.via.is_none() && route.protocol != RouteProtocol::Kernel)
        .filter_map(|route| Some((route.dst, route.dev?)))
        .collect();
    if by_address.is_empty() {
        return;
    }
    for (_, route) in read_routes(part.text()).items {
        let (Some(&id), Some(name)) = (by_address.get(&route.dst), &route.dev) else { continue };
        if route.via.is_none() && devices.get(name).is_none() {
            rename(writer, devices, (netns, id), name);
        }
    }
}

fn rename(writer: &mut Writer<'_>, devices: &mut Devices, (netns, id): (NetnsId, LinkId), name: &Arc<str>) {
    if devices.get(name).is_some() {
        return;
    }
    let link = writer.builder.link(LinkRef { netns, link: id });
    devices.ids.remove(&link.name);
    link.name = name.clone();
    devices.ids.insert(name.clone(), id);
}

/// A device that was not there. One whose other end or whose kind nobody knows takes what is sent and gives nothing back.
fn device(
    seen: &mut Seen,
    (link, part, line): (&LinkRead, &GivenPart, u32),
    made: kernel::ids::CauseId,
    devices: &Devices,
) -> Option<Link> {
    let kind = match &link.kind {
        KindRead::Loopback => return None,
        KindRead::Bridge => LinkKind::Bridge(Bridge::default()),
        KindRead::Ipip { local, remote } => {
            LinkKind::Ipip(Ipip { local: given(*local), remote: given(*remote), ttl: None, discovers_mtu: true })
        }
        KindRead::Vxlan { vni, local, remote, dev, port, learning } => {
            let dev = dev.as_ref().and_then(|name| devices.get(name));
            let known = Vxlan { local: *local, remote: *remote, dev, learning: *learning, ..Vxlan::new(*vni, *port) };
            LinkKind::Vxlan(known)
        }
        // One that is down moves no packet.
        KindRead::Other(_) if !link.up => LinkKind::Dummy,
        KindRead::Other(word) => {
            aside(seen, part, vec![(line, link.name.clone())], word);
            LinkKind::Dummy
        }
        KindRead::Veth | KindRead::Dummy | KindRead::Plain => LinkKind::Dummy,
    };
    let mac = link.mac.unwrap_or_else(|| mac(&format!("{}/{}", seen.name, link.name)));
    let (name, mtu) = (link.name.clone(), link.mtu);
    Some(Link { name, mac, mtu, up: link.up, kind, port: None, addresses: Vec::new(), cause: made })
}

fn given(ip: Option<IpAddr>) -> Option<IpAddr> {
    ip.filter(|ip| !ip.is_unspecified())
}

/// What was seen to be set on a device.
fn settings(writer: &mut Writer<'_>, link: &LinkRead, (netns, id): (NetnsId, LinkId), devices: &Devices, whole: bool) {
    let master = link.master.as_ref().and_then(|name| devices.get(name));
    let is_bridge = |id: LinkId, writer: &mut Writer<'_>| {
        writer.builder.netns(netns).links.get(id).is_some_and(|link| matches!(link.kind, LinkKind::Bridge(_)))
    };
    let master = master.filter(|master| is_bridge(*master, writer));
    let own = writer.builder.link(LinkRef { netns, link: id });
    own.up = link.up;
    if link.kind != KindRead::Loopback {
        own.mtu = link.mtu;
    }
    // Others know the address of a node's device on its segment before anything is written.
    if let Some(mac) = link.mac.filter(|_| whole) {
        own.mac = mac;
    }
    if let LinkKind::Bridge(bridge) = &mut own.kind {
        bridge.promiscuous = link.promiscuous;
    }
    match (&mut own.port, master) {
        (port, Some(master)) => {
            let PortRead { hairpin, deaf, quiet, isolated, .. } = link.port;
            *port = Some(BridgePort { master, hairpin, learning: !deaf, flood: !quiet, isolated });
        }
        // A port of another kind of device, or of none.
        (port, None) => *port = None,
    }
}

/// The addresses that were seen, in place of those that are there. A node's own stays: everybody else knows it.
fn replace_addresses(
    writer: &mut Writer<'_>,
    (link, part): (&LinkRead, &GivenPart),
    (netns, id): (NetnsId, LinkId),
    keep: Option<IpAddr>,
) {
    let at = LinkRef { netns, link: id };
    let has: Vec<IpNet> = writer.builder.link(at).addresses.iter().map(|address| address.net).collect();
    let wanted: Vec<IpNet> = link.addresses.iter().map(|address| address.net).collect();
    let lost = keep.is_some_and(|ip| !wanted.iter().any(|net| net.addr() == ip));
    if has == wanted || link.kind == KindRead::Loopback && wanted.is_empty() || lost {
        return;
    }
    writer.builder.link(at).addresses.clear();
    let own = writer.builder.netns(netns);
    let made = |route: &kernel::config::Route| route.dev == Some(id) && route.protocol == RouteProtocol::Kernel;
    own.routes.to_mut().retain(|route| !made(route));
    for address in &link.addresses {
        let cause = cause(writer, part, address.line);
        let (net, broadcast, scope) = (address.net, address.broadcast, address.scope);
        writer.builder.add_address(at, IfAddr { net, broadcast, scope, cause });
    }
}
