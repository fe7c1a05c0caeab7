//! Machines of which the input brings what their tools printed: which node or host each is, and where one stands that nobody else names.

use super::context::Context;
use super::model::{Given, GivenPart, GivenSpace, Holder, Host, Node, NodeId, Segment, SegmentId};
use super::options::Options;
use crate::assumption::Because;
use crate::machine::{Machine, Tool};
use crate::manifest::Parsed;
use crate::manifest::objects::Object;
use crate::origin::Location;
use ipnet::IpNet;
use kernel::config::{RouteKind, TableId};
use kernel::text::printed::{KindRead, LinkRead, read_links, read_routes};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

/// True where the input has machines, and nothing of Kubernetes beside them: no cluster is there then.
pub(super) fn is_alone(parsed: &Parsed) -> bool {
    let scenario = |object: &Object| match object {
        Object::Scenario(document) => document.value.nodes.is_empty(),
        _ => false,
    };
    !parsed.machines.is_empty() && parsed.unused.is_empty() && parsed.objects.iter().all(scenario)
}

/// Decides whose each is. One that is neither a node nor a host of the input becomes a host, on the segment of its own uplink.
pub(super) fn decide(
    context: &Context<'_>,
    options: &Options,
    nodes: &[Node],
    segments: &mut Vec<Segment>,
    hosts: &mut Vec<Host>,
) -> BTreeMap<Holder, Arc<Given>> {
    let parsed = context.parsed;
    let mut all: BTreeMap<Holder, Arc<Given>> = BTreeMap::new();
    let only = parsed.machines.len() == 1;
    for machine in parsed.machines.iter() {
        let mut given = given(parsed, machine);
        let uplink = uplink(&given);
        let ip = uplink.as_ref().map(|(_, net, _)| net.addr());
        // A node's name may be written out in full.
        let short = |name: &str| name.split('.').next().unwrap_or_default().to_ascii_lowercase();
        let called = |name: &str| *name == *machine.name || short(name) == short(&machine.name);
        let named = nodes.iter().position(|node| called(&node.name));
        let addressed = nodes.iter().position(|node| Some(node.ip) == ip);
        let one = (!machine.named && only && nodes.len() == 1).then_some(0);
        if let Some(at) = named.or(addressed).or(one) {
            all.entry(Holder::Node(NodeId(at as u32))).or_insert_with(|| Arc::new(given));
            continue;
        }
        let host = hosts.iter().find(|host| host.name.as_deref().is_some_and(called) || Some(host.ip) == ip);
        if let Some(host) = host {
            all.entry(Holder::Host(host.ip)).or_insert_with(|| Arc::new(given));
            continue;
        }
        given.alone = true;
        let because = Because { object: None, field: None, location: first(&given) };
        let (net, gateway) = match uplink {
            Some((_, net, gateway)) => (net, gateway),
            // Nothing tells its addresses: it has one that nobody else has.
            None => (unused(segments, hosts), None),
        };
        let segment = segment(segments, net, gateway, &because);
        if hosts.iter().any(|host| host.ip == net.addr()) {
            continue;
        }
        all.insert(Holder::Host(net.addr()), Arc::new(given));
        hosts.push(Host {
            name: Some(machine.name.clone()),
            ip: net.addr(),
            segment,
            routes: Vec::new(),
            resolv: Vec::new(),
            sockets: Vec::new(),
            said: Default::default(),
            because,
            named_by: Vec::new(),
        });
    }
    if options.expected { BTreeMap::new() } else { all }
}

fn given(parsed: &Parsed, machine: &Machine) -> Given {
    let part = |part: &crate::machine::Part| {
        let source = parsed.sources.get(part.source.0 as usize)?;
        let (file, whole) = (source.name.clone(), source.text.clone());
        Some(GivenPart {
            tool: part.tool,
            file,
            source: part.source,
            whole,
            range: part.range.clone(),
            line: part.line,
        })
    };
    let space = |(name, parts): &(Option<Arc<str>>, Vec<crate::machine::Part>)| GivenSpace {
        name: name.clone(),
        parts: parts.iter().filter_map(part).collect(),
    };
    Given { name: machine.name.clone(), spaces: machine.spaces.iter().map(space).collect(), alone: false }
}

fn first(given: &Given) -> Option<Location> {
    given.spaces.iter().flat_map(|space| &space.parts).next().map(|part| part.location(1))
}

/// The device by which a machine is reached, its address there, and its default gateway.
fn uplink(given: &Given) -> Option<(Arc<str>, IpNet, Option<IpAddr>)> {
    let own = given.spaces.first()?;
    let text: String = own.all(Tool::Addr).map(GivenPart::text).collect();
    let links: Vec<LinkRead> = read_links(&text).items.into_iter().map(|(_, link)| link).collect();
    let routes = own.part(Tool::Route).map(|part| read_routes(part.text()).items).unwrap_or_default();
    let mut defaults: Vec<_> = routes.iter().map(|(_, route)| route).collect();
    defaults.retain(|route| {
        route.dst.prefix_len() == 0 && route.table == TableId::MAIN && route.kind == RouteKind::Unicast
    });
    defaults.sort_by_key(|route| route.metric);
    let default = defaults.first();
    let address = |link: &LinkRead| {
        let net = link.addresses.first()?.net;
        (!net.addr().is_loopback()).then(|| (link.name.clone(), net))
    };
    let of_default = default.and_then(|route| {
        let hop = route.hops.first();
        let (dev, via) = (route.dev.as_ref().or(hop?.dev.as_ref())?, route.via.or_else(|| hop?.via));
        let (name, net) = address(links.iter().find(|link| link.name == *dev)?)?;
        Some((name, net, via))
    });
    let plain = || {
        let hardware = |link: &&LinkRead| link.kind == KindRead::Plain && link.up;
        links.iter().filter(hardware).find_map(address).or_else(|| links.iter().find_map(address))
    };
    of_default.or_else(|| plain().map(|(name, net)| (name, net, None)))
}

/// The segment of an address: one that is there, or another.
fn segment(segments: &mut Vec<Segment>, net: IpNet, gateway: Option<IpAddr>, because: &Because) -> SegmentId {
    let known = segments.iter().position(|segment| segment.cidr.contains(&net.addr()));
    let at = known.unwrap_or_else(|| {
        let cidr = net.trunc();
        // Behind an address of its own there is a network all the same: that of the gateway.
        let gateway = gateway.or_else(|| cidr.hosts().find(|ip| *ip != net.addr())).unwrap_or(net.addr());
        segments.push(Segment { because: Some(because.clone()), ..Segment::assumed(cidr, gateway) });
        segments.len() - 1
    });
    SegmentId(at as u32)
}

/// An address of the first segment that no host has.
fn unused(segments: &[Segment], hosts: &[Host]) -> IpNet {
    let lan = IpNet::V4(ipnet::Ipv4Net::new_assert(std::net::Ipv4Addr::new(192, 168, 10, 0), 24));
    let (cidr, gateway) = segments.first().map_or((lan, None), |first| (first.cidr, Some(first.gateway)));
    let free = |ip: &IpAddr| Some(*ip) != gateway && hosts.iter().all(|host| host.ip != *ip);
    let ip = cidr.hosts().skip(199).find(free).or_else(|| cidr.hosts().find(free)).unwrap_or(cidr.addr());
    IpNet::new(ip, cidr.prefix_len()).unwrap_or(cidr)
}
