//! A host outside the cluster, plugged into a segment of the nodes.
//!
//! It is not part of [`super::build`]: only a probe that starts there needs it, and no other probe should change because of it.

use super::Site;
use super::balancer::{self, segment_of};
use super::machines::uplink_mac;
use super::plug::plug;
use super::router;
use super::station::host_machine;
use super::underlay::{UPLINK, lan_name};
use super::write::Writer;
use super::write::everywhere;
use ipnet::{IpNet, Ipv4Net};
use kernel::config::{IfAddr, LinkKind, Neighbour, Netns, NetworkBuilder, Scope};
use kernel::ids::{LinkId, LinkRef, NetnsId};
use kubernetes::cluster::model::{Cluster, Node, NodeId, SegmentId};
use kubernetes::origin::{CauseId, Component};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

/// Name of the host's namespace.
pub const OUTSIDE: &str = "net/outside";
/// Last part of the address that is tried first.
const FIRST: u32 = 50;
/// Addresses tried at most.
const TRIES: u32 = 4096;

/// The address of a host outside that says nothing else: the first one free in the first segment from `.50` on. `None` for a segment
/// without IPv4 addresses to spare.
pub fn default_address(cluster: &Cluster) -> Option<IpAddr> {
    free(cluster.settings.lan, &taken(cluster))
}

/// The first address of a segment from `.50` on that is not taken.
fn free(segment: IpNet, taken: &BTreeSet<IpAddr>) -> Option<IpAddr> {
    let IpNet::V4(lan) = segment else { return None };
    let base = u32::from(lan.network());
    let size = u32::from(lan.broadcast()).saturating_sub(base);
    let tried = (0..size.min(TRIES)).map(|step| (FIRST.min(size) + step) % size.max(1));
    let mut free = tried.filter(|at| *at > 0).map(|at| IpAddr::V4(Ipv4Addr::from(base + at)));
    free.find(|address| !taken.contains(address))
}

/// The segment that a host outside is on: that of its address; one from elsewhere lies behind the segment of the node that it has routes
/// by, else the first.
pub fn segment_for(cluster: &Cluster, address: IpAddr, via: Option<NodeId>) -> SegmentId {
    let of_node = || cluster.nodes.get(via?.0 as usize).map(|node| node.segment);
    segment_of(cluster, address).or_else(of_node).unwrap_or_default()
}

/// True when a host outside reaches the node that it has routes by through the router of its segment.
pub fn is_routed(cluster: &Cluster, address: IpAddr, via: NodeId) -> bool {
    let node = cluster.nodes.get(via.0 as usize);
    node.is_some_and(|node| node.segment != segment_for(cluster, address, Some(via)))
}

/// True when a host outside may have the address: a unicast IPv4 address that nothing in the cluster has or could get.
pub fn may_have(cluster: &Cluster, address: IpAddr) -> bool {
    let IpAddr::V4(v4) = address else { return false };
    let settings = &cluster.settings;
    let special =
        v4.is_unspecified() || v4.is_loopback() || v4.is_multicast() || v4.is_broadcast() || v4.octets()[0] >= 240;
    let edge = cluster.segments.iter().any(|segment| match segment.cidr {
        IpNet::V4(lan) => lan.prefix_len() < 31 && (v4 == lan.network() || v4 == lan.broadcast()),
        IpNet::V6(_) => false,
    });
    let own =
        [settings.pod_cidr, settings.service_cidr].into_iter().chain(cluster.nodes.iter().map(|node| node.pod_cidr));
    let is_host = || {
        let mut all = cluster.hosts.iter().map(|host| host.ip).chain(cluster.docker.iter().map(|host| host.ip));
        all.any(|ip| ip == address) && !is_gateway(cluster, address)
    };
    !special
        && !edge
        && !own.into_iter().any(|net| net.contains(&address))
        && (!taken(cluster).contains(&address) || is_host())
}

fn is_gateway(cluster: &Cluster, address: IpAddr) -> bool {
    cluster.routers.iter().any(|router| router::has(router, address))
}

/// True for an address that only the cluster gives a meaning: of its Pod and Service ranges or its segments, or one that a Pod, a Service
/// or kubelet's configuration has. What the gateway gets for it leads nowhere; any other address lies beyond.
pub fn is_inside(cluster: &Cluster, address: IpAddr) -> bool {
    let settings = &cluster.settings;
    let segments = cluster.segments.iter().map(|segment| segment.cidr);
    let ranges = [settings.pod_cidr, settings.lan].into_iter().chain(segments);
    let ranges = ranges.chain(cluster.nodes.iter().map(|node| node.pod_cidr));
    let bridges = cluster.docker.iter().flat_map(|host| &host.networks).map(|network| IpNet::V4(network.subnet));
    let ranges = ranges.chain(bridges);
    let named = || {
        let pods = cluster.pods.iter().map(|pod| pod.ip);
        let services =
            cluster.services.iter().flat_map(|service| service.cluster_ips.iter().chain(&service.external_ips));
        pods.chain(services.copied()).chain(settings.cluster_dns.iter().copied()).any(|ip| ip == address)
    };
    // Nobody announces an address for which no node may take packets.
    let silent = || balancer::is_silent(cluster, address);
    // A Service network that was only assumed makes no address one of the cluster's that the input gives to something else.
    let elsewhere = || {
        let given = cluster.endpoints.iter().flatten().flat_map(|list| &list.endpoints);
        !settings.service_cidr_said
            && given.filter(|one| one.pod.is_none() && !one.origin.assumed).any(|one| one.ip == address)
    };
    let of_services = || settings.service_cidr.contains(&address) && !elsewhere();
    ranges.into_iter().any(|net| net.contains(&address)) || named() || silent() || of_services()
}

/// Addresses that somebody has.
fn taken(cluster: &Cluster) -> BTreeSet<IpAddr> {
    let nodes = cluster.nodes.iter().map(|node| node.ip);
    let pods = cluster.pods.iter().map(|pod| pod.ip);
    let services = cluster.services.iter().flat_map(|service| {
        let ingress = service.load_balancer.iter().map(|ingress| ingress.ip);
        service.cluster_ips.iter().chain(&service.external_ips).copied().chain(ingress)
    });
    let hosts = cluster.hosts.iter().map(|host| host.ip);
    let gateways = cluster.segments.iter().map(|segment| segment.gateway);
    let gateways = gateways.chain(cluster.routers.iter().flat_map(|router| &router.on).map(|(_, ip)| *ip));
    let hosts = hosts.chain(cluster.docker.iter().map(|host| host.ip));
    nodes.chain(pods).chain(services).chain(hosts).chain(gateways).collect()
}

/// The same network with a host outside that has `address`.
///
/// The host is on the segment of its address. Addresses there are on its link; everything else goes to the segment's gateway, which
/// discards what it has no route for. With `via` it has routes by way of that node for the Service network, external addresses and load
/// balancer addresses, never for Pod addresses; where the node is on another segment, they lead to the router, and that has them by the
/// node ([`is_routed`]). An address that is of no segment lies behind one that is; who has a route to it is the nodes with `via`, else the
/// gateway. Where the input shows an address of a load balancer and no more, it leads to a node ([`balancer::entry`]): on the node's segment
/// one answers ARP for it, others the gateway sends there. All namespaces keep their ids. `None` where there is no such node or no room on the
/// segment.
pub fn with_host(site: &Site, cluster: &Cluster, address: IpAddr, via: Option<NodeId>) -> Option<Site> {
    only_v4(address)?;
    let own = segment_for(cluster, address, via);
    let segment = cluster.segments.get(own.0 as usize)?;
    let others = site.outside.values().flat_map(|id| &site.network.netns(*id).links);
    let others = others.flat_map(|link| &link.addresses).map(|address| address.net.addr());
    let known: BTreeSet<IpAddr> = taken(cluster).into_iter().chain(others).collect();
    let near = if segment.cidr.contains(&address) { address } else { free(segment.cidr, &known)? };
    let first_hop = match via {
        Some(via) => Some(cluster.nodes.get(via.0 as usize)?),
        None => None,
    };
    let router = router::of_segment(cluster, own).and_then(|(name, _)| site.network.find(&name));
    let mut writer = Writer::new(cluster, site.causes.clone(), site.processes.clone());
    writer.builder = frame(site);
    writer.tree = site.tree.clone();
    let host = match site.hosts.get(&address) {
        // It is there already.
        Some(&host) => (host, uplink_of(site, host)?),
        None => made(&mut writer, site, own, (address, near))?,
    };
    if let Some(node) = first_hop {
        let routed = node.segment != own;
        let inside = bridge_of(site, cluster, node);
        let first = if routed { segment.gateway } else { inside.map_or(node.ip, |(_, _, host)| host) };
        let onward = router.and_then(|at| Some((at, port_of(site, cluster, own, node.segment)?))).filter(|_| routed);
        for (dst, cause) in destinations(&mut writer, address) {
            writer.builder.add_route(host.0, dst, Some(first), host.1, cause);
            if let Some((router, dev)) = onward {
                writer.builder.add_route(router, dst, Some(node.ip), dev, cause);
            }
            if let Some((holder, bridge, _)) = inside {
                writer.builder.add_route(holder, dst, Some(node.ip), bridge, cause);
            }
        }
    }
    if first_hop.is_none() {
        lead(&mut writer, site, host, own);
    }
    let mut taught: Option<(BTreeSet<NetnsId>, CauseId)> = None;
    if near != address {
        let cause = writer.component(Component::Underlay);
        let here = |id: &NodeId| {
            cluster.nodes.get(id.0 as usize).is_some_and(|node| node.segment == own && node.container.is_none())
        };
        let nodes = site.nodes.iter().filter(|(id, _)| via.is_some() && here(id));
        taught = Some((nodes.map(|(_, at)| *at).collect(), cause));
        let router = router.filter(|_| via.is_none() || cluster.lans() > 1);
        if let Some((machine, dev)) = router.and_then(|at| Some((at, port_of(site, cluster, own, own)?))) {
            writer.builder.add_route(machine, IpNet::from(address), Some(near), dev, cause);
        }
    }
    let mut outside = site.outside.clone();
    outside.insert((address, via), host.0);
    let tree = writer.tree;
    let known = NetnsId(site.network.len() as u32);
    let (changed, further): (Vec<_>, Vec<_>) =
        writer.builder.into_namespaces().into_iter().partition(|(id, _)| *id < known);
    let changed: BTreeMap<NetnsId, Netns> = changed.into_iter().collect();
    let further = further.into_iter().map(|(_, netns)| netns).collect();
    let network = site.network.amended(further, move |id, below| {
        let (nodes, cause) = match changed.get(&id) {
            Some(changed) => return Some(changed.clone()),
            None => taught.as_ref()?,
        };
        nodes.contains(&id).then(|| {
            let mut node = NetworkBuilder::part(vec![(id, below.clone())], known);
            node.add_route(id, IpNet::from(address), Some(near), UPLINK, *cause);
            node.netns(id).clone()
        })
    });
    Some(Site { network, tree, outside, ..site.clone() })
}

/// The switches, the router and the hosts: what a further host is wired to.
fn frame(site: &Site) -> NetworkBuilder {
    let is_frame = |id: &NetnsId| {
        let tree = &site.tree;
        tree.segment_at(*id).is_some() || tree.is_router(*id) || tree.is_host(*id)
    };
    let frame = site.network.ids().filter(is_frame).map(|id| (id, site.network.netns(id).clone())).collect();
    NetworkBuilder::part(frame, NetnsId(site.network.len() as u32))
}

/// Plugs a new host into a segment; `near` is its address there.
fn made(
    writer: &mut Writer<'_>,
    site: &Site,
    own: SegmentId,
    (address, near): (IpAddr, IpAddr),
) -> Option<(NetnsId, LinkId)> {
    let cluster = writer.cluster;
    let segment = cluster.segments.get(own.0 as usize)?;
    let switch_netns = site.network.find(&lan_name(own.0 as usize))?;
    let links = &site.network.netns(switch_netns).links;
    let switch = links.iter().position(|link| matches!(link.kind, LinkKind::Bridge(_)))?;
    let cause = writer.component(Component::Underlay);
    let name = match site.outside.len() {
        0 => OUTSIDE.to_owned(),
        more => format!("{OUTSIDE}-{}", more + 1),
    };
    let host = writer.netns(&name, cause);
    writer.tree = writer.tree.with(host_machine(&name, (address, true), host, own));
    let switch = LinkRef { netns: switch_netns, link: LinkId(switch as u32) };
    let uplink = plug(writer, (switch, segment.mtu), (host, &name), cluster.nodes.len() + 1);
    let mut give = |net: IpNet| {
        let address = IfAddr { net, broadcast: None, scope: Scope::Global, cause };
        writer.builder.add_address(uplink, address);
    };
    give(IpNet::new(near, segment.cidr.prefix_len()).ok()?);
    if near != address {
        give(IpNet::from(address));
    }
    writer.builder.add_route(host, everywhere(), Some(segment.gateway), uplink.link, cause);
    Some((host, uplink.link))
}

/// The namespace of the Docker host that a node is a container of, the bridge that the node hangs on, and the host's address.
fn bridge_of(site: &Site, cluster: &Cluster, node: &Node) -> Option<(NetnsId, LinkId, IpAddr)> {
    let (host, network) = cluster.network_of(node)?;
    let ip = cluster.docker_host(host)?.ip;
    let netns = *site.hosts.get(&ip)?;
    Some((netns, device(site, netns, &network.bridge)?, ip))
}

/// A machine's device in its segment.
fn uplink_of(site: &Site, machine: NetnsId) -> Option<LinkId> {
    device(site, machine, "eth0")
}

/// The device in a segment of the router that machines of another send to.
fn port_of(site: &Site, cluster: &Cluster, from: SegmentId, segment: SegmentId) -> Option<LinkId> {
    let (name, router) = router::of_segment(cluster, from)?;
    device(site, site.network.find(&name)?, &router::device(router, segment)?)
}

fn device(site: &Site, machine: NetnsId, name: &str) -> Option<LinkId> {
    let links = &site.network.netns(machine).links;
    links.position(|link| &*link.name == name)
}

/// What makes addresses of load balancers that the input shows, and no more of, lead to a node, for a host outside: an ARP answer on the
/// address's segment, a route of the gateway where it is of none or the node is elsewhere. Nobody inside sees it.
fn lead(writer: &mut Writer<'_>, site: &Site, host: (NetnsId, LinkId), own: SegmentId) {
    let cluster = writer.cluster;
    let router = router::of_segment(cluster, own).and_then(|(name, _)| site.network.find(&name));
    let nodes: BTreeSet<IpAddr> = cluster.nodes.iter().map(|node| node.ip).collect();
    for (service, ip, node) in balancer::shown(cluster) {
        // Only their own host hears nodes that are containers.
        let near = |node: &&Node| node.container.is_none() && !nodes.contains(&ip);
        let Some(first) = cluster.nodes.get(node.0 as usize).filter(near) else { continue };
        let at = service.fields.get("status.loadBalancer");
        let cause = writer.object(Component::LoadBalancer, &service.origin, "status.loadBalancer", at);
        let onward = router.and_then(|at| Some((at, port_of(site, cluster, own, first.segment)?)));
        if segment_of(cluster, ip) == Some(first.segment) {
            let mac = uplink_mac(&first.name);
            let asking = if first.segment == own { Some(host) } else { onward };
            let Some((netns, dev)) = asking else { continue };
            let heard = Neighbour { ip, dev, mac, permanent: false, cause };
            writer.builder.netns(netns).neighbours.push(heard);
        } else if let Some((router, dev)) = onward {
            writer.builder.add_route(router, IpNet::from(ip), Some(first.ip), dev, cause);
        }
    }
}

fn only_v4(address: IpAddr) -> Option<Ipv4Addr> {
    match address {
        IpAddr::V4(v4) => Some(v4),
        IpAddr::V6(_) => None,
    }
}

/// What is reached by way of a node, each network once, and why.
fn destinations(writer: &mut Writer<'_>, own: IpAddr) -> Vec<(IpNet, kubernetes::origin::CauseId)> {
    let cluster = writer.cluster;
    let range = cluster.settings.service_cidr;
    let mut known = BTreeSet::new();
    let mut all = Vec::new();
    if range.addr().is_ipv4() {
        let cause = writer.component(Component::Administrator);
        all.push((range.trunc(), cause));
    }
    let on_link: BTreeSet<IpAddr> = cluster.nodes.iter().map(|node| node.ip).chain([own]).collect();
    for service in &cluster.services {
        let of = |ips: Vec<IpAddr>, field| ips.into_iter().map(move |ip| (ip, field));
        let ingress = service.load_balancer.iter().map(|ingress| ingress.ip).collect();
        let clusters = of(service.cluster_ips.clone(), "spec.clusterIP");
        let external = of(service.external_ips.clone(), "spec.externalIPs");
        for (ip, field) in clusters.chain(external).chain(of(ingress, "status.loadBalancer")) {
            let Ok(net) = Ipv4Net::new(only_v4(ip).unwrap_or(Ipv4Addr::UNSPECIFIED), 32) else { continue };
            if ip.is_ipv6() || range.contains(&ip) || on_link.contains(&ip) || !known.insert(ip) {
                continue;
            }
            let at = service.fields.get(field);
            all.push((IpNet::V4(net), writer.object(Component::Administrator, &service.origin, field, at)));
        }
    }
    all
}
