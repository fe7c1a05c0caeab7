//! A host outside the cluster, plugged into the nodes' LAN.
//!
//! It is not part of [`super::build`]: only a probe that starts there needs it, and no other probe should change because of it.

use super::underlay::{GATEWAY, LAN, everywhere, plug};
use super::write::Writer;
use super::{Built, NetnsRole};
use crate::cause::Component;
use crate::cluster::model::{Cluster, NodeId, Service, ServiceId, TrafficPolicy};
use crate::linux::build::NetworkBuilder;
use crate::linux::state::{IfAddr, LinkId, LinkKind, LinkRef, Neighbour, NetnsId, Scope};
use ipnet::{IpNet, Ipv4Net};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Name of the host's namespace.
pub const OUTSIDE: &str = "net/outside";
/// Last part of the address that is tried first.
const FIRST: u32 = 50;
/// Addresses tried at most.
const TRIES: u32 = 4096;

/// The address of a host outside that says nothing else: the first one free in the LAN from `.50` on. `None` for a LAN without IPv4
/// addresses to spare.
pub fn default_address(cluster: &Cluster) -> Option<IpAddr> {
    free(cluster, &taken(cluster))
}

/// The first address of the LAN from `.50` on that is not taken.
fn free(cluster: &Cluster, taken: &BTreeSet<IpAddr>) -> Option<IpAddr> {
    let IpNet::V4(lan) = cluster.settings.lan else { return None };
    let base = u32::from(lan.network());
    let size = u32::from(lan.broadcast()).saturating_sub(base);
    let tried = (0..size.min(TRIES)).map(|step| (FIRST.min(size) + step) % size.max(1));
    let mut free = tried.filter(|at| *at > 0).map(|at| IpAddr::V4(Ipv4Addr::from(base + at)));
    free.find(|address| !taken.contains(address))
}

/// True when a host outside may have the address: a unicast IPv4 address that nothing in the cluster has or could get.
pub fn may_have(cluster: &Cluster, address: IpAddr) -> bool {
    let IpAddr::V4(v4) = address else { return false };
    let settings = &cluster.settings;
    let special =
        v4.is_unspecified() || v4.is_loopback() || v4.is_multicast() || v4.is_broadcast() || v4.octets()[0] >= 240;
    let edge = match settings.lan {
        IpNet::V4(lan) => lan.prefix_len() < 31 && (v4 == lan.network() || v4 == lan.broadcast()),
        IpNet::V6(_) => true,
    };
    let own =
        [settings.pod_cidr, settings.service_cidr].into_iter().chain(cluster.nodes.iter().map(|node| node.pod_cidr));
    !special && !edge && !own.into_iter().any(|net| net.contains(&address)) && !taken(cluster).contains(&address)
}

/// True for an address that only the cluster gives a meaning: of its Pod and Service ranges or its LAN, or one that a Pod, a Service or kubelet's
/// configuration has. What the gateway gets for it leads nowhere; any other address lies beyond.
pub fn is_inside(cluster: &Cluster, address: IpAddr) -> bool {
    let settings = &cluster.settings;
    let ranges = [settings.pod_cidr, settings.service_cidr, settings.lan];
    let ranges = ranges.into_iter().chain(cluster.nodes.iter().map(|node| node.pod_cidr));
    let named = || {
        let pods = cluster.pods.iter().map(|pod| pod.ip);
        let services =
            cluster.services.iter().flat_map(|service| service.cluster_ips.iter().chain(&service.external_ips));
        pods.chain(services.copied()).chain(settings.cluster_dns.iter().copied()).any(|ip| ip == address)
    };
    // Nobody announces an address for which no node may take packets.
    let silent = || {
        let balanced = (0u32..).map(ServiceId).zip(&cluster.services);
        let mut its = balanced.filter(|(_, service)| service.load_balancer.iter().any(|ingress| ingress.ip == address));
        its.any(|(id, _)| entry(cluster, id, address).is_none())
    };
    ranges.into_iter().any(|net| net.contains(&address)) || named() || silent()
}

/// Addresses that somebody has.
fn taken(cluster: &Cluster) -> BTreeSet<IpAddr> {
    let nodes = cluster.nodes.iter().map(|node| node.ip);
    let pods = cluster.pods.iter().map(|pod| pod.ip);
    let services = cluster.services.iter().flat_map(|service| {
        let ingress = service.load_balancer.iter().map(|ingress| ingress.ip);
        service.cluster_ips.iter().chain(&service.external_ips).copied().chain(ingress)
    });
    nodes.chain(pods).chain(services).chain([cluster.settings.gateway]).collect()
}

/// The same network with a host outside that has `address`.
///
/// Node addresses are on its link; everything else goes to the LAN's gateway, which discards what it has no route for. With `via` it has
/// routes by way of that node for the Service network, external addresses and load balancer addresses, never for Pod addresses. An
/// address that is not of the LAN lies behind one that is; who has a route to it is the nodes with `via`, else the gateway. Addresses that a
/// load balancer gave lead to a node ([`entry`]): in the LAN one answers ARP for them, others the gateway sends there. All namespaces
/// keep their ids. `None` where there is no such node or no room in the LAN.
pub fn with_host(built: &Built, cluster: &Cluster, address: IpAddr, via: Option<NodeId>) -> Option<Built> {
    let IpNet::V4(lan) = cluster.settings.lan else { return None };
    let others = built.outside.values().flat_map(|id| &built.network.netns(*id).links);
    let others = others.flat_map(|link| &link.addresses).map(|address| address.net.addr());
    let known: BTreeSet<IpAddr> = taken(cluster).into_iter().chain(others).collect();
    let near = if lan.contains(&only_v4(address)?) { address } else { free(cluster, &known)? };
    let first_hop = match via {
        Some(via) => Some(cluster.nodes.get(via.0 as usize)?.ip),
        None => None,
    };
    let switch_netns = built.network.find(LAN)?;
    let links = &built.network.netns(switch_netns).links;
    let switch = links.iter().position(|link| matches!(link.kind, LinkKind::Bridge(_)))?;
    let mut writer = Writer::new(cluster);
    writer.builder = NetworkBuilder { namespaces: built.network.namespaces().to_vec() };
    writer.causes = built.causes.clone();
    writer.roles = built.roles.clone();
    let cause = writer.component(Component::Underlay);
    let name = match built.outside.len() {
        0 => OUTSIDE.to_owned(),
        more => format!("{OUTSIDE}-{}", more + 1),
    };
    let host = writer.netns(&name, NetnsRole::External(Arc::from(address.to_string())), cause);
    let switch = LinkRef { netns: switch_netns, link: LinkId(switch as u32) };
    let uplink = plug(&mut writer, switch_netns, switch, (host, &name), cluster.nodes.len() + 1);
    let mut give = |net: IpNet| {
        let address = IfAddr { net, broadcast: None, scope: Scope::Global, cause };
        writer.builder.add_address(uplink, address);
    };
    give(IpNet::new(near, lan.prefix_len()).ok()?);
    if near != address {
        give(IpNet::from(address));
    }
    if let Some(first_hop) = first_hop {
        for (dst, cause) in destinations(&mut writer, address) {
            writer.builder.add_route(host, dst, Some(first_hop), uplink.link, cause);
        }
    } else {
        announce(&mut writer, built, (host, uplink.link));
    }
    writer.builder.add_route(host, everywhere(), Some(cluster.settings.gateway), uplink.link, cause);
    if near != address {
        let gateway = built.network.find(GATEWAY).filter(|_| via.is_none());
        let nodes = built.nodes.values().copied().filter(|_| via.is_some());
        for machine in nodes.chain(gateway) {
            let Some(dev) = uplink_of(built, machine) else { continue };
            writer.builder.add_route(machine, IpNet::from(address), Some(near), dev, cause);
        }
    }
    let mut outside = built.outside.clone();
    outside.insert((address, via), host);
    let (roles, causes, network) = (writer.roles, writer.causes, writer.builder.build().ok()?);
    Some(Built { network, roles, causes, outside, ..built.clone() })
}

/// A machine's device in the LAN.
fn uplink_of(built: &Built, machine: NetnsId) -> Option<LinkId> {
    let links = &built.network.netns(machine).links;
    links.iter().position(|link| &*link.name == "eth0").map(|at| LinkId(at as u32))
}

/// Addresses of load balancers with the node that packets for them come to first.
fn announced(cluster: &Cluster) -> impl Iterator<Item = (&Service, IpAddr, NodeId)> {
    let balanced = (0u32..).map(ServiceId).zip(&cluster.services);
    balanced.flat_map(move |(id, service)| {
        let ips = service.load_balancer.iter().map(|ingress| ingress.ip).filter(IpAddr::is_ipv4);
        ips.filter_map(move |ip| Some((service, ip, entry(cluster, id, ip)?)))
    })
}

/// The node at which packets from outside for an address of a load balancer arrive: of those that may take them (all; with
/// `externalTrafficPolicy: Local` those with a ready endpoint) the one whose name and address have the smallest hash, as MetalLB's layer 2
/// mode decides. `None` where none may.
pub fn entry(cluster: &Cluster, service: ServiceId, address: IpAddr) -> Option<NodeId> {
    use sha2::{Digest, Sha256};
    let of = cluster.services.get(service.0 as usize)?;
    let endpoints = cluster.endpoints.get(service.0 as usize)?;
    let serves = |name: &str| {
        let mut all = endpoints.iter().flat_map(|list| &list.endpoints);
        all.any(|endpoint| endpoint.ready && endpoint.node.as_deref() == Some(name))
    };
    let local = of.external_traffic_policy == TrafficPolicy::Local;
    let excluded = "node.kubernetes.io/exclude-from-external-load-balancers";
    let nodes = (0u32..).map(NodeId).zip(&cluster.nodes);
    let may =
        nodes.filter(|(_, node)| node.ready && !node.labels.contains_key(excluded) && (!local || serves(&node.name)));
    may.min_by_key(|(_, node)| Sha256::digest(format!("{}#{address}", node.name))).map(|(id, _)| id)
}

/// What makes load balancer addresses lead to a node, for a host outside: an ARP answer in the LAN, a route of the gateway elsewhere.
fn announce(writer: &mut Writer<'_>, built: &Built, (host, uplink): (NetnsId, LinkId)) {
    let cluster = writer.cluster;
    let gateway = built.network.find(GATEWAY).and_then(|at| Some((at, uplink_of(built, at)?)));
    let own: BTreeSet<IpAddr> = cluster.nodes.iter().map(|node| node.ip).collect();
    for (service, ip, node) in announced(cluster) {
        let Some(first) = cluster.nodes.get(node.0 as usize).filter(|_| !own.contains(&ip)) else { continue };
        let at = service.fields.get("status.loadBalancer");
        let cause = writer.object(Component::LoadBalancer, &service.origin, "status.loadBalancer", at);
        if cluster.settings.lan.contains(&ip) {
            let answering = built.nodes.get(&node).copied();
            let link =
                answering.and_then(|at| Some(built.network.netns(at).links.get(uplink_of(built, at)?.0 as usize)?.mac));
            let Some(mac) = link else { continue };
            let heard = Neighbour { ip, dev: uplink, mac, permanent: false, cause };
            writer.builder.netns(host).neighbours.push(heard);
        } else if let Some((gateway, dev)) = gateway {
            writer.builder.add_route(gateway, IpNet::from(ip), Some(first.ip), dev, cause);
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
fn destinations(writer: &mut Writer<'_>, own: IpAddr) -> Vec<(IpNet, crate::cause::CauseId)> {
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
