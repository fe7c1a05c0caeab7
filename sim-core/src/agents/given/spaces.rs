//! Further namespaces of a machine that was seen, and what is known of those that were not.

use super::caused::cause;
use super::devices::{Devices, addresses};
use super::replace::replace;
use super::rules;
use super::seen::Seen;
use crate::agents::write::{Writer, everywhere, mac};
use crate::site::{Behaviour, Kind, Machine, MachineId, Process};
use ipnet::IpNet;
use kernel::config::{IfAddr, Link, LinkKind};
use kernel::ids::{CauseId, LinkId, LinkRef, NetnsId};
use kernel::packet::Mac;
use kernel::text::printed::{Beyond, KindRead, LinkRead, NeighbourRead, read_fdb, read_neighbours};
use kubernetes::cluster::model::{Given, GivenPart, Tool};
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

/// Further namespaces of a machine that nothing else is known of, the pairs of devices between them, and what is known of the ends that were
/// not seen.
pub(super) fn write(writer: &mut Writer<'_>, seen: &mut Seen, given: &Given, netns: NetnsId, devices: Devices) {
    let mut all = vec![(netns, devices)];
    let parent = writer.tree.machine_at(netns).map(|(id, machine)| (id, machine.name.clone()));
    let Some((parent, holder)) = parent else { return };
    for space in given.spaces.iter().skip(1) {
        let Some(name) = &space.name else { continue };
        let Some(first) = addresses(space).into_iter().find(|ip| !ip.is_loopback()) else { continue };
        let Some(part) = space.parts.first() else { continue };
        let made = cause(writer, part, 1);
        let name = format!("{holder}/{name}");
        let at = writer.netns(&name, made);
        let kind = Kind::Host(first);
        let machine = Machine {
            kind,
            name: Arc::from(name),
            parent: Some(parent),
            netns: at,
            segments: Box::default(),
            assumed: false,
        };
        writer.tree.add(machine);
        let devices = replace(writer, seen, space, (at, None, first), true);
        all.push((at, devices));
    }
    let paired = pairs(writer, &all);
    if let Some((_, devices)) = all.first() {
        beyond(writer, given, netns, (devices, &paired), (parent, &holder));
    }
}

/// Joins the ends of veth pairs that were seen in two namespaces: each has the other's index.
fn pairs(writer: &mut Writer<'_>, all: &[(NetnsId, Devices)]) -> BTreeSet<(NetnsId, LinkId)> {
    let mut ends: Vec<(NetnsId, LinkId, u32, u32)> = Vec::new();
    for (netns, devices) in all {
        for (link, ..) in devices.seen.iter().filter(|(link, ..)| link.kind == KindRead::Veth || link.beyond.is_some())
        {
            let far = match &link.beyond {
                Some(Beyond::Index(index)) => Some(*index),
                Some(Beyond::Name(name)) => {
                    devices.seen.iter().find(|(other, ..)| other.name == *name).map(|(other, ..)| other.index)
                }
                None => None,
            };
            let dummy = |id: &LinkId| {
                let own = writer.builder.netns(*netns).links.get(*id).map(|link| link.kind.clone());
                own == Some(LinkKind::Dummy)
            };
            if matches!(link.kind, KindRead::Veth | KindRead::Plain)
                && let (Some(far), Some(id)) = (far, devices.get(&link.name).filter(dummy))
            {
                ends.push((*netns, id, link.index, far));
            }
        }
    }
    let mut done = BTreeSet::new();
    for (at, one) in ends.iter().enumerate() {
        let meets = |other: &&(NetnsId, LinkId, u32, u32)| {
            (other.2, other.3) == (one.3, one.2) && !done.contains(&(other.0, other.1))
        };
        // The same indices may stand in several namespaces: then nobody can tell, but where only one is left.
        let found: Vec<_> = ends.iter().skip(at + 1).filter(meets).collect();
        let [other] = found[..] else { continue };
        if done.contains(&(one.0, one.1)) {
            continue;
        }
        for (near, far) in [(one, other), (other, one)] {
            let peer = LinkRef { netns: far.0, link: far.1 };
            writer.builder.link(LinkRef { netns: near.0, link: near.1 }).kind = LinkKind::Veth { peer };
            done.insert((near.0, near.1));
        }
    }
    done
}

/// Ends of veth pairs that were not seen, where neighbours or routes tell the address behind: a machine stands there that has it, and answers on
/// the ports that rules send to it.
fn beyond(
    writer: &mut Writer<'_>,
    given: &Given,
    netns: NetnsId,
    (devices, paired): (&Devices, &BTreeSet<(NetnsId, LinkId)>),
    (parent, holder): (MachineId, &Arc<str>),
) {
    let Some(space) = given.spaces.first() else { return };
    let neighbours = space.part(Tool::Neigh).map(|part| (part, read_neighbours(part.text()).items));
    let fdb = space.part(Tool::Fdb).map(|part| read_fdb(part.text()).items).unwrap_or_default();
    let routes: Vec<(IpNet, Option<LinkId>)> = {
        let own = writer.builder.netns(netns);
        own.routes.iter().filter(|route| route.via.is_none()).map(|route| (route.dst, route.dev)).collect()
    };
    let targets = rules::targets(writer, netns);
    let veths: Vec<(LinkRead, GivenPart, u32)> =
        devices.seen.iter().filter(|(link, ..)| link.kind == KindRead::Veth).cloned().collect();
    for (link, part, line) in &veths {
        let Some(id) = devices.get(&link.name).filter(|id| !paired.contains(&(netns, *id))) else { continue };
        let known = neighbours.iter().flat_map(|(_, all)| all).map(|(_, entry)| entry);
        let behind = |entry: &&NeighbourRead| {
            let here = *entry.dev == *link.name;
            let on_bridge = link.master.as_ref() == Some(&entry.dev)
                && fdb.iter().any(|(_, own)| Some(own.mac) == entry.mac && own.dev == link.name && !own.permanent);
            entry.mac.is_some() && (here || on_bridge)
        };
        // The only neighbour of a bridge with one port is behind that.
        let ports = veths.iter().filter(|(other, ..)| other.master == link.master).count();
        let mut of_bridge =
            known.clone().filter(|entry| link.master.as_ref() == Some(&entry.dev) && entry.mac.is_some());
        let only = of_bridge.next().filter(|_| ports == 1 && of_bridge.next().is_none());
        let found = known.clone().find(behind).or(only).map(|entry| (entry.ip, entry.mac));
        let routed = || {
            let single = |(dst, dev): &&(IpNet, Option<LinkId>)| dst.prefix_len() == 32 && *dev == Some(id);
            routes.iter().find(single).map(|(dst, _)| (dst.addr(), None))
        };
        let Some((far, address)) = found.or_else(routed) else { continue };
        let made = cause(writer, part, *line);
        let name = format!("{holder}/{far}");
        if writer.builder.namespaces.iter().any(|netns| *netns.name == name) {
            continue;
        }
        let gateway = link.master.as_ref().and_then(|name| devices.get(name)).unwrap_or(id);
        let at = writer.netns(&name, made);
        let kind = Kind::Host(far);
        let machine = Machine {
            kind,
            name: Arc::from(&*name),
            parent: Some(parent),
            netns: at,
            segments: Box::default(),
            assumed: true,
        };
        writer.tree.add(machine);
        join(writer, (netns, id), at, (&name, address, link.mtu), made);
        settle(writer, (netns, gateway), (at, far), made);
        for (port, protocol) in
            targets.iter().filter(|(to, ..)| *to == far).map(|(_, port, protocol)| (*port, *protocol))
        {
            let server = Process::named("unseen", Behaviour::Answers);
            crate::agents::runtime::open(writer, at, protocol, (None, port), server, made);
        }
    }
}

/// Makes a device one end of a pair, whose other end is `eth0` of another namespace.
fn join(
    writer: &mut Writer<'_>,
    (netns, near): (NetnsId, LinkId),
    at: NetnsId,
    (name, address, mtu): (&str, Option<Mac>, u32),
    made: CauseId,
) {
    let far = Link {
        name: Arc::from("eth0"),
        mac: address.unwrap_or_else(|| mac(&format!("{name}/eth0"))),
        mtu,
        up: true,
        kind: LinkKind::Veth { peer: LinkRef { netns, link: near } },
        port: None,
        addresses: Vec::new(),
        cause: made,
    };
    let peer = writer.builder.add_link(at, far);
    writer.builder.link(LinkRef { netns, link: near }).kind = LinkKind::Veth { peer };
}

/// Gives the far end its address, in the network of the device that it is behind, and its default route.
fn settle(writer: &mut Writer<'_>, (netns, gateway): (NetnsId, LinkId), (at, ip): (NetnsId, IpAddr), made: CauseId) {
    let near = writer.builder.link(LinkRef { netns, link: gateway }).addresses.clone();
    let net = near.iter().map(|address| address.net).find(|net| net.contains(&ip));
    let uplink = LinkRef { netns: at, link: LinkId(1) };
    let own = net.and_then(|net| IpNet::new(ip, net.prefix_len()).ok()).unwrap_or(IpNet::from(ip));
    writer.builder.add_address(uplink, IfAddr::new(own, made));
    match net {
        Some(net) => writer.builder.add_route(at, everywhere(), Some(net.addr()), uplink.link, made),
        None => writer.builder.add_route(at, everywhere(), None, uplink.link, made),
    }
}
