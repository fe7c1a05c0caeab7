//! `ip` and `bridge` of iproute2, IPv4 only, and `sysctl`.
//!
//! ```
//! # use kernel::config::{IfAddr, NetworkBuilder};
//! # use kernel::ids::CauseId;
//! # use kernel::packet::Mac;
//! use kernel::text::ip::write_route;
//! # let cause = CauseId::default();
//! # let mut builder = NetworkBuilder::default();
//! # let (a, b) = (builder.add_netns("a", cause), builder.add_netns("b", cause));
//! # let ends = ((a, "eth0", Mac([2, 0, 0, 0, 0, 1])), (b, "eth0", Mac([2, 0, 0, 0, 0, 2])));
//! # let (near, far) = builder.add_veth(ends.0, ends.1, 1500, cause);
//! # builder.add_address(near, IfAddr::new("10.0.0.1/24".parse()?, cause));
//! builder.add_route(a, "0.0.0.0/0".parse()?, Some("10.0.0.2".parse()?), near.link, cause);
//! # let network = builder.build().expect("every reference leads somewhere");
//! let netns = network.netns(a);
//! let mut printed = String::new();
//! write_route(&mut printed, netns, netns.routes.last().expect("just added"))?;
//! assert_eq!(printed, "default via 10.0.0.2 dev eth0");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::config::{Ipip, Link, LinkKind, Netns, Network, Route, RouteKind, RouteProtocol, Scope, TableId, Vxlan};
use crate::ids::{LinkId, LinkRef, NetnsId};
use crate::lookup::route;
use crate::packet::Mac;
use crate::state::{KernelState, PathMtu};
use std::fmt::{self, Write};
use std::net::{IpAddr, Ipv4Addr};

fn name(netns: &Netns, id: LinkId) -> &str {
    netns.links.get(id).map_or("?", |link| &*link.name)
}

fn scope(scope: Scope) -> &'static str {
    match scope {
        Scope::Global => "global",
        Scope::Link => "link",
        Scope::Host => "host",
    }
}

/// The first two lines `ip addr` and `ip link` share.
fn write_head(out: &mut impl Write, network: &Network, netns: &Netns, index: usize, link: &Link) -> fmt::Result {
    let (mut peer, mut beyond) = (String::new(), String::new());
    if let LinkKind::Veth { peer: far } = link.kind {
        peer = format!("@if{}", far.link.0 + 1);
        beyond = format!(" link-netns {}", network.netns(far.netns).name);
    }
    let loopback = link.kind == LinkKind::Loopback;
    let mut flags = vec![match &link.kind {
        LinkKind::Loopback => "LOOPBACK",
        LinkKind::Ipip(Ipip { remote: Some(_), .. }) => "POINTOPOINT,NOARP",
        LinkKind::Ipip(_) => "NOARP",
        _ => "BROADCAST,MULTICAST",
    }];
    let ipip = match &link.kind {
        LinkKind::Ipip(ipip) => Some(ipip),
        _ => None,
    };
    if ipip.is_some() {
        peer.push_str("@NONE");
    }
    if link.up {
        flags.extend(["UP", "LOWER_UP"]);
    }
    let state = match (link.up, loopback) {
        (_, true) => "UNKNOWN",
        (true, _) if ipip.is_some() => "UNKNOWN",
        (true, _) => "UP",
        (false, _) => "DOWN",
    };
    let master = link.port.as_ref().map(|port| format!(" master {}", name(netns, port.master))).unwrap_or_default();
    let flags = flags.join(",");
    writeln!(
        out,
        "{}: {}{peer}: <{flags}> mtu {} qdisc noqueue{master} state {state} group default qlen 1000",
        index + 1,
        link.name,
        link.mtu
    )?;
    if let Some(Ipip { local, remote, .. }) = ipip {
        let shown = |ip: Option<IpAddr>| ip.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let far = if remote.is_some() { "peer" } else { "brd" };
        return write!(out, "    link/ipip {} {far} {}", shown(*local), shown(*remote));
    }
    let (kind, brd) = if loopback { ("loopback", "00:00:00:00:00:00") } else { ("ether", "ff:ff:ff:ff:ff:ff") };
    write!(out, "    link/{kind} {} brd {brd}{beyond}", link.mac)
}

/// `ip addr`.
///
/// # Errors
/// Those of `out`.
pub fn write_addr(out: &mut impl Write, network: &Network, id: NetnsId) -> fmt::Result {
    let netns = network.netns(id);
    for (index, link) in netns.links.iter().enumerate() {
        write_head(out, network, netns, index, link)?;
        out.write_char('\n')?;
        for address in &link.addresses {
            write!(out, "    inet {}", address.net)?;
            if let Some(broadcast) = address.broadcast {
                write!(out, " brd {broadcast}")?;
            }
            writeln!(out, " scope {} {}", scope(address.scope), link.name)?;
            writeln!(out, "       valid_lft forever preferred_lft forever")?;
        }
    }
    Ok(())
}

/// `ip -d link`.
///
/// # Errors
/// Those of `out`.
pub fn write_link(out: &mut impl Write, network: &Network, id: NetnsId) -> fmt::Result {
    let netns = network.netns(id);
    for (index, link) in netns.links.iter().enumerate() {
        write_head(out, network, netns, index, link)?;
        out.write_char('\n')?;
        let on = |on: bool| if on { "on" } else { "off" };
        match &link.kind {
            LinkKind::Bridge(bridge) if bridge.openvswitch => writeln!(out, "    openvswitch")?,
            LinkKind::Bridge(bridge) => writeln!(out, "    bridge promiscuous {}", on(bridge.promiscuous))?,
            LinkKind::Veth { .. } => writeln!(out, "    veth")?,
            LinkKind::Vxlan(vxlan) => write_vxlan(out, netns, vxlan)?,
            LinkKind::Ipip(ipip) => write_ipip(out, ipip)?,
            LinkKind::Dummy => writeln!(out, "    dummy")?,
            LinkKind::Loopback => {}
        }
        if let Some(port) = &link.port {
            writeln!(
                out,
                "    bridge_slave state forwarding hairpin {} learning {} flood {} isolated {}",
                on(port.hairpin),
                on(port.learning),
                on(port.flood),
                on(port.isolated)
            )?;
        }
    }
    Ok(())
}

fn write_vxlan(out: &mut impl Write, netns: &Netns, vxlan: &Vxlan) -> fmt::Result {
    write!(out, "    vxlan id {}", vxlan.vni)?;
    if let Some(remote) = vxlan.remote {
        write!(out, " remote {remote}")?;
    }
    if let Some(local) = vxlan.local {
        write!(out, " local {local}")?;
    }
    if let Some(dev) = vxlan.dev {
        write!(out, " dev {}", name(netns, dev))?;
    }
    write!(out, " srcport 0 0 dstport {}", vxlan.port)?;
    if !vxlan.learning {
        out.write_str(" nolearning")?;
    }
    match vxlan.ttl {
        Some(ttl) => write!(out, " ttl {ttl}")?,
        None => out.write_str(" ttl auto")?,
    }
    if vxlan.dont_fragment {
        out.write_str(" df set")?;
    }
    writeln!(out, " ageing 300 udpcsum noudp6zerocsumtx noudp6zerocsumrx")
}

fn write_ipip(out: &mut impl Write, ipip: &Ipip) -> fmt::Result {
    let shown = |ip: Option<IpAddr>| ip.map_or_else(|| "any".to_owned(), |ip| ip.to_string());
    let kind = if *ipip == Ipip::default() { "any" } else { "ipip" };
    write!(out, "    ipip {kind} remote {} local {}", shown(ipip.remote), shown(ipip.local))?;
    match ipip.ttl {
        Some(ttl) => write!(out, " ttl {ttl}")?,
        None => out.write_str(" ttl inherit")?,
    }
    writeln!(out, " {}", if ipip.discovers_mtu { "pmtudisc" } else { "nopmtudisc" })
}

/// One route as `ip route show table all` prints it, without a line end (and without the trailing blank the tool writes). Of a multipath
/// route one next hop, in the same line.
///
/// # Errors
/// Those of `out`.
pub fn write_route(out: &mut impl Write, netns: &Netns, route: &Route) -> fmt::Result {
    write_destination(out, route)?;
    if route.weight.is_none() {
        write_hop(out, netns, route)?;
    }
    write_attributes(out, route)?;
    if let Some(weight) = route.weight {
        out.write_str(" nexthop")?;
        write_hop(out, netns, route)?;
        write!(out, " weight {weight}")?;
    }
    if route.onlink { out.write_str(" onlink") } else { Ok(()) }
}

/// Type and destination.
fn write_destination(out: &mut impl Write, route: &Route) -> fmt::Result {
    match route.kind {
        RouteKind::Unicast => {}
        RouteKind::Local => out.write_str("local ")?,
        RouteKind::Broadcast => out.write_str("broadcast ")?,
        RouteKind::Blackhole => out.write_str("blackhole ")?,
        RouteKind::Unreachable => out.write_str("unreachable ")?,
        RouteKind::Prohibit => out.write_str("prohibit ")?,
    }
    match (route.dst.prefix_len(), route.dst.max_prefix_len()) {
        (0, _) => out.write_str("default"),
        (len, max) if len == max => write!(out, "{}", route.dst.addr()),
        _ => write!(out, "{}", route.dst),
    }
}

/// Where it leads.
fn write_hop(out: &mut impl Write, netns: &Netns, route: &Route) -> fmt::Result {
    if let Some(via) = route.via {
        write!(out, " via {via}")?;
    }
    route.dev.map_or(Ok(()), |dev| write!(out, " dev {}", name(netns, dev)))
}

/// What all next hops have in common.
fn write_attributes(out: &mut impl Write, route: &Route) -> fmt::Result {
    match route.table {
        TableId::MAIN => {}
        TableId::LOCAL => out.write_str(" table local")?,
        TableId::DEFAULT => out.write_str(" table default")?,
        TableId(number) => write!(out, " table {number}")?,
    }
    match route.protocol {
        RouteProtocol::Boot => {}
        protocol => write!(out, " proto {}", protocol.name())?,
    }
    if route.kind != RouteKind::Blackhole && route.scope != Scope::Global {
        write!(out, " scope {}", scope(route.scope))?;
    }
    if let Some(src) = route.src {
        write!(out, " src {src}")?;
    }
    if route.metric != 0 {
        write!(out, " metric {}", route.metric)?;
    }
    Ok(())
}

/// `ip route show table all`: `main` first, then the others; inside a table by prefix, as the kernel's trie lists them. The next hops of a
/// multipath route stand below it.
///
/// # Errors
/// Those of `out`.
pub fn write_routes(out: &mut impl Write, netns: &Netns) -> fmt::Result {
    let key = |route: &Route| (route.table, route.dst, route.metric);
    let mut routes: Vec<&Route> = netns.routes.iter().collect();
    routes.sort_by_key(|route| {
        let first = (route.table != TableId::MAIN, std::cmp::Reverse(route.table));
        (first, route.dst.network(), route.dst.prefix_len(), route.metric)
    });
    let mut above: Option<&Route> = None;
    for route in routes {
        let Some(weight) = route.weight else {
            write_route(out, netns, route)?;
            out.write_char('\n')?;
            above = None;
            continue;
        };
        if above.is_none_or(|above| key(above) != key(route)) {
            write_destination(out, route)?;
            write_attributes(out, route)?;
            out.write_char('\n')?;
        }
        above = Some(route);
        out.write_str("\tnexthop")?;
        write_hop(out, netns, route)?;
        write!(out, " weight {weight}")?;
        out.write_str(if route.onlink { " onlink\n" } else { "\n" })?;
    }
    Ok(())
}

/// What `ip route get` prints of the destinations that the route cache has an exception for: what fits on the way there, as a router told.
///
/// # Errors
/// Those of `out`.
pub fn write_route_cache(out: &mut impl Write, network: &Network, id: NetnsId, state: &KernelState) -> fmt::Result {
    let netns = network.netns(id);
    for ((_, to), known) in
        state.path_mtu.range((id, IpAddr::V4(Ipv4Addr::UNSPECIFIED))..).take_while(|((at, _), _)| *at == id)
    {
        let Some(found) = route::lookup(netns, *to, None, 0).filter(|_| known.is_alive(state.now)) else { continue };
        write!(out, "{to}")?;
        if let Some(via) = found.route.via {
            write!(out, " via {via}")?;
        }
        if let Some(dev) = found.route.dev {
            write!(out, " dev {}", name(netns, dev))?;
        }
        if let Some(src) = route::source_for(netns, &found, *to) {
            write!(out, " src {src}")?;
        }
        let left = (known.learned + PathMtu::LASTS).saturating_sub(state.now);
        let lock = if known.locked { "lock " } else { "" };
        writeln!(out, "\n    cache expires {left}sec mtu {lock}{}", known.mtu)?;
    }
    Ok(())
}

/// `ip rule`.
///
/// # Errors
/// Those of `out`.
pub fn write_rules(out: &mut impl Write, netns: &Netns) -> fmt::Result {
    for rule in &netns.rules {
        write!(out, "{}:\tfrom ", rule.priority)?;
        match rule.from {
            Some(from) => write!(out, "{from}")?,
            None => out.write_str("all")?,
        }
        if let Some(to) = rule.to {
            write!(out, " to {to}")?;
        }
        if let Some((value, mask)) = rule.fwmark {
            write!(out, " fwmark 0x{value:x}/0x{mask:x}")?;
        }
        match rule.table {
            TableId::LOCAL => writeln!(out, " lookup local")?,
            TableId::MAIN => writeln!(out, " lookup main")?,
            TableId::DEFAULT => writeln!(out, " lookup default")?,
            TableId(number) => writeln!(out, " lookup {number}")?,
        }
    }
    Ok(())
}

/// `ip neigh`: configured entries; learned ones come with packets.
///
/// # Errors
/// Those of `out`.
pub fn write_neighbours(out: &mut impl Write, netns: &Netns) -> fmt::Result {
    for entry in netns.neighbours.iter() {
        let state = if entry.permanent { "PERMANENT" } else { "NOARP" };
        writeln!(out, "{} dev {} lladdr {} {state}", entry.ip, name(netns, entry.dev), entry.mac)?;
    }
    Ok(())
}

/// `bridge fdb`: the permanent entries of each bridge and its ports, and configured ones.
///
/// # Errors
/// Those of `out`.
pub fn write_fdb(out: &mut impl Write, netns: &Netns) -> fmt::Result {
    for (id, link) in netns.links.entries() {
        if let LinkKind::Vxlan(vxlan) = &link.kind {
            if let Some(remote) = vxlan.remote {
                writeln!(out, "{} dev {} dst {remote} self permanent", Mac::ZERO, link.name)?;
            }
            for entry in &vxlan.fdb {
                writeln!(out, "{} dev {} dst {} self permanent", entry.mac, link.name, entry.remote)?;
            }
        }
        let LinkKind::Bridge(bridge) = &link.kind else { continue };
        writeln!(out, "{} dev {} master {} permanent", link.mac, link.name, link.name)?;
        for port in netns.links.iter().filter(|port| port.port.as_ref().is_some_and(|port| port.master == id)) {
            writeln!(out, "{} dev {} master {} permanent", port.mac, port.name, link.name)?;
        }
        for entry in &bridge.fdb {
            let state = if entry.local { "permanent" } else { "static" };
            writeln!(out, "{} dev {} master {} {state}", entry.mac, name(netns, entry.port), link.name)?;
        }
    }
    Ok(())
}

/// `sysctl NAME…` of those that somebody set.
///
/// # Errors
/// Those of `out`.
pub fn write_sysctls(out: &mut impl Write, netns: &Netns) -> fmt::Result {
    for (name, sysctl) in &netns.sysctls {
        writeln!(out, "{name} = {}", sysctl.value)?;
    }
    Ok(())
}

/// A device with its namespace, `node-a/cni0`.
///
/// # Errors
/// Those of `out`.
pub fn write_link_ref(out: &mut impl Write, network: &Network, link: LinkRef) -> fmt::Result {
    write!(out, "{}/{}", network.netns(link.netns).name, network.link(link).name)
}
