//! Routes, policy rules, neighbours, forwarding tables, sysctls and sockets as they were seen.

use super::caused::cause;
use super::devices::Devices;
use super::seen::{Seen, Unread, aside};
use crate::agents::runtime;
use crate::agents::write::Writer;
use crate::site::{Behaviour, Process};
use kernel::config::{FdbEntry, LinkKind, Neighbour, PolicyRule, Route, Sysctl, TableId, VtepEntry};
use kernel::ids::NetnsId;
use kernel::packet::{Mac, Port, Protocol};
use kernel::text::printed::{
    HopRead, RouteRead, read_fdb, read_neighbours, read_routes, read_rules, read_sockets, read_sysctls,
};
use kubernetes::cluster::model::{GivenPart, GivenSpace, Tool};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

/// Writes them.
pub(super) fn write(writer: &mut Writer<'_>, seen: &mut Seen, space: &GivenSpace, netns: NetnsId, devices: &Devices) {
    if let Some(part) = space.part(Tool::Route) {
        routes(writer, seen, part, netns, devices);
    }
    if let Some(part) = space.part(Tool::Rule) {
        let read = read_rules(part.text());
        aside(seen, part, read.unread, "");
        let of = |(_, rule): (u32, kernel::text::printed::RuleRead)| {
            let (priority, from, to, fwmark, table) = (rule.priority, rule.from, rule.to, rule.fwmark, rule.table);
            PolicyRule { priority, from, to, fwmark, table }
        };
        writer.builder.netns(netns).rules = read.items.into_iter().map(of).collect();
    }
    if let Some(part) = space.part(Tool::Neigh) {
        let read = read_neighbours(part.text());
        aside(seen, part, read.unread, "");
        let mut all = Vec::new();
        // What was learned comes and goes with packets; what somebody entered stays.
        for (line, entry) in read.items.into_iter().filter(|(_, entry)| entry.permanent || entry.noarp) {
            let (Some(dev), Some(mac)) = (devices.get(&entry.dev), entry.mac) else { continue };
            let cause = cause(writer, part, line);
            all.push(Neighbour { ip: entry.ip, dev, mac, permanent: entry.permanent, cause });
        }
        *writer.builder.netns(netns).neighbours.to_mut() = all;
    }
    if let Some(part) = space.part(Tool::Fdb) {
        fdb(writer, seen, part, netns, devices);
    }
    if let Some(part) = space.part(Tool::Sysctl) {
        let read = read_sysctls(part.text());
        aside(seen, part, read.unread, "");
        for (line, sysctl) in read.items {
            let cause = cause(writer, part, line);
            writer.builder.netns(netns).sysctls.insert(sysctl.name, Sysctl { value: sysctl.value, cause });
        }
    }
}

fn routes(writer: &mut Writer<'_>, seen: &mut Seen, part: &GivenPart, netns: NetnsId, devices: &Devices) {
    let read = read_routes(part.text());
    aside(seen, part, read.unread, "");
    // `ip route` alone shows one table.
    let tables: BTreeSet<TableId> = read.items.iter().map(|(_, route)| route.table).collect();
    let every = tables.contains(&TableId::LOCAL);
    let mut all: Vec<Route> = match every {
        true => Vec::new(),
        false => {
            let own = writer.builder.netns(netns);
            own.routes.iter().filter(|route| !tables.contains(&route.table)).cloned().collect()
        }
    };
    for (line, route) in read.items {
        let cause = cause(writer, part, line);
        let single = [HopRead { via: route.via, dev: route.dev.clone(), weight: 1, onlink: route.onlink }];
        let several = route.hops.len() > 1;
        let hops = if route.hops.is_empty() { &single[..] } else { &route.hops[..] };
        for hop in hops {
            let dev = hop.dev.as_deref().map(|name| devices.get(name));
            if dev == Some(None) {
                // It leads to a device that was not seen.
                let text = Arc::from(hop.dev.as_deref().unwrap_or_default());
                seen.unread.push(Unread { part: part.clone(), line, text, reason: Arc::from("device") });
                continue;
            }
            let RouteRead { table, dst, kind, src, metric, protocol, scope, .. } = route;
            let weight = several.then_some(hop.weight);
            let (via, dev, onlink) = (hop.via, dev.flatten(), hop.onlink);
            all.push(Route { table, dst, kind, via, dev, src, metric, protocol, scope, onlink, weight, cause });
        }
    }
    *writer.builder.netns(netns).routes.to_mut() = all;
}

fn fdb(writer: &mut Writer<'_>, seen: &mut Seen, part: &GivenPart, netns: NetnsId, devices: &Devices) {
    let read = read_fdb(part.text());
    aside(seen, part, read.unread, "");
    let own = writer.builder.netns(netns);
    let ports: BTreeSet<Mac> = own.links.iter().map(|link| link.mac).collect();
    for link in own.links.iter_mut() {
        match &mut link.kind {
            LinkKind::Vxlan(vxlan) => vxlan.fdb.clear(),
            LinkKind::Bridge(bridge) => bridge.fdb.clear(),
            _ => {}
        }
    }
    for (line, entry) in read.items {
        // Addresses of groups are everywhere.
        if entry.mac.is_group() {
            continue;
        }
        let Some(dev) = devices.get(&entry.dev) else { continue };
        let cause = cause(writer, part, line);
        let own = writer.builder.netns(netns);
        if let Some(remote) = entry.dst {
            if let Some(LinkKind::Vxlan(vxlan)) = own.links.get_mut(dev).map(|link| &mut link.kind)
                && !(entry.mac == Mac::ZERO && vxlan.remote == Some(remote))
                && entry.permanent
            {
                vxlan.fdb.push(VtepEntry { mac: entry.mac, remote, cause });
            }
            continue;
        }
        let Some(master) = entry.master.as_ref().and_then(|name| devices.get(name)) else { continue };
        // A port's own address is entered by itself; what was learned comes with frames.
        if (!entry.permanent && !entry.fixed) || (entry.permanent && ports.contains(&entry.mac)) {
            continue;
        }
        if let Some(LinkKind::Bridge(bridge)) = own.links.get_mut(master).map(|link| &mut link.kind) {
            bridge.fdb.push(FdbEntry { mac: entry.mac, port: dev, local: entry.permanent, cause });
        }
    }
}

/// Opens the sockets that were seen and are not there. docker-proxy goes on to where the rule of its port leads.
pub(super) fn sockets(writer: &mut Writer<'_>, seen: &mut Seen, space: &GivenSpace, netns: NetnsId) {
    let Some(part) = space.part(Tool::Sockets) else { return };
    let read = read_sockets(part.text());
    aside(seen, part, read.unread, "");
    let targets = super::rules::published(writer, netns);
    let mut open: BTreeSet<(Protocol, Option<std::net::IpAddr>, Port)> = {
        let own = writer.builder.netns(netns);
        own.sockets.iter().map(|socket| (socket.protocol, socket.address, socket.port)).collect()
    };
    for (line, socket) in read.items {
        // Of a socket for IPv4 and one for IPv6 one is enough.
        let any = open.contains(&(socket.protocol, None, socket.port));
        if any || !open.insert((socket.protocol, socket.address, socket.port)) {
            continue;
        }
        let cause = cause(writer, part, line);
        let name = socket.process.as_deref().unwrap_or("server");
        let to = targets.iter().find(|(port, protocol, _)| (*port, *protocol) == (socket.port, socket.protocol));
        let behaviour = match to {
            Some((_, _, to)) if name.starts_with("docker-pr") => Behaviour::proxy(SocketAddr::new(to.ip(), to.port())),
            _ => Behaviour::Answers,
        };
        let process = Process::named(name, behaviour);
        runtime::open(writer, netns, socket.protocol, (socket.address, socket.port), process, cause);
    }
}
