//! How packets for addresses of load balancers come to nodes: an ARP answer of one of them, or routes of the routers.

use super::write::{Speakers, Writer};
use ipnet::IpNet;
use kernel::config::{ArpAnswer, Route};
use kernel::ids::{LinkId, NetnsId};
use kubernetes::cluster::model::{BgpSession, Cluster, LbIngress, LbWay, Node, NodeId, SegmentId, Service, ServiceId};
use kubernetes::origin::Component;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

/// Next hops of one route at most: what hardware routers and clouds take is of that order.
const MOST_HOPS: usize = 64;

/// The IPv4 addresses of load balancers, each with its Service.
fn addresses(cluster: &Cluster) -> impl Iterator<Item = (ServiceId, &Service, &LbIngress)> {
    let all = (0u32..).map(ServiceId).zip(&cluster.services);
    all.flat_map(|(id, service)| {
        let own = service.load_balancer.iter().filter(|ingress| ingress.ip.is_ipv4());
        own.map(move |ingress| (id, service, ingress))
    })
}

/// The segment whose network has an address.
pub(super) fn segment_of(cluster: &Cluster, address: IpAddr) -> Option<SegmentId> {
    let found = cluster.segments.iter().position(|segment| segment.cidr.contains(&address))?;
    Some(SegmentId(found as u32))
}

/// The nodes that may take packets for an address: ready ones that load balancers do not leave out, of those that are said; with
/// `externalTrafficPolicy: Local` those with a ready endpoint, which is what a health check of `healthCheckNodePort` finds.
fn may_take<'c>(cluster: &'c Cluster, id: ServiceId, way: &'c LbWay) -> impl Iterator<Item = (NodeId, &'c Node)> {
    let at = id.0 as usize;
    let service = cluster.services.get(at);
    let endpoints = cluster.endpoints.get(at).map_or(&[][..], Vec::as_slice);
    let said = match way {
        LbWay::Layer2 { nodes } | LbWay::Bgp { nodes, .. } => nodes.as_deref(),
        _ => None,
    };
    let nodes = (0u32..).map(NodeId).zip(&cluster.nodes);
    nodes.filter(move |(_, node)| {
        let named = said.is_none_or(|said| said.contains(&node.name));
        named && service.is_some_and(|service| service.balances_to(node, endpoints))
    })
}

/// Whether a Service has an endpoint at all: MetalLB tells nobody of the address of one without (`ready` ones, or serving ones that end).
fn has_endpoint(cluster: &Cluster, id: ServiceId) -> bool {
    let lists = cluster.endpoints.get(id.0 as usize).into_iter().flatten();
    lists.flat_map(|list| &list.endpoints).any(|endpoint| endpoint.ready)
}

/// The one node at which packets from outside for an address of a load balancer arrive: of those that may take them the one whose name and
/// address have the smallest hash, as MetalLB's layer 2 mode decides; only nodes of the address's segment, where it is of one and some of
/// these may. `None` where none may, and where several do or nobody is told ([`LbWay`]).
pub fn entry(cluster: &Cluster, service: ServiceId, ingress: &LbIngress) -> Option<NodeId> {
    match ingress.way {
        LbWay::Shown => {}
        LbWay::Layer2 { .. } if has_endpoint(cluster, service) => {}
        _ => return None,
    }
    let near = segment_of(cluster, ingress.ip);
    // Who is elsewhere answers no ARP there.
    let far = |node: &Node| near.is_some_and(|near| node.segment != near);
    let hash = |node: &Node| Sha256::digest(format!("{}#{}", node.name, ingress.ip));
    let may = may_take(cluster, service, &ingress.way);
    may.min_by_key(|(_, node)| (far(node), hash(node))).map(|(id, _)| id)
}

/// Addresses that the input shows and no more, with the node that packets for them come to first.
pub(super) fn shown(cluster: &Cluster) -> impl Iterator<Item = (&Service, IpAddr, NodeId)> {
    let shown = addresses(cluster).filter(|(.., ingress)| ingress.way == LbWay::Shown);
    shown.filter_map(move |(id, service, ingress)| Some((service, ingress.ip, entry(cluster, id, ingress)?)))
}

/// True where no node may take packets for an address that only a load balancer has.
pub(super) fn is_silent(cluster: &Cluster, address: IpAddr) -> bool {
    let mut its = addresses(cluster).filter(|(.., ingress)| ingress.ip == address);
    its.any(|(id, _, ingress)| match ingress.way {
        LbWay::Shown | LbWay::Layer2 { .. } => entry(cluster, id, ingress).is_none(),
        LbWay::Bgp { .. } | LbWay::Cloud => may_take(cluster, id, &ingress.way).next().is_none(),
        LbWay::Machine => cluster.hosts.iter().all(|host| host.ip != address),
        LbWay::Node => false,
        LbWay::Nobody => true,
    })
}

/// The nodes that answer ARP for addresses of load balancers: MetalLB's speakers in layer 2 mode.
pub(super) fn speakers(cluster: &Cluster) -> Speakers {
    let nodes: BTreeSet<IpAddr> = cluster.nodes.iter().map(|node| node.ip).collect();
    let mut all = BTreeMap::new();
    for (id, _, ingress) in addresses(cluster) {
        let layer2 = matches!(ingress.way, LbWay::Layer2 { .. });
        if !layer2 || nodes.contains(&ingress.ip) || all.contains_key(&ingress.ip) {
            continue;
        }
        let Some(node) = entry(cluster, id, ingress) else { continue };
        all.insert(ingress.ip, (node, id));
    }
    all
}

/// What a node's speaker answers for.
pub(super) fn answers(writer: &mut Writer<'_>, node: NodeId, netns: NetnsId, uplink: LinkId) {
    let cluster = writer.cluster;
    let speakers = writer.speakers.clone();
    for (ip, (_, service)) in speakers.iter().filter(|(_, (speaker, _))| *speaker == node) {
        let Some(of) = cluster.services.get(service.0 as usize) else { continue };
        let at = of.fields.get("status.loadBalancer");
        let cause = writer.object(Component::LoadBalancer, &of.origin, "status.loadBalancer", at);
        writer.builder.netns(netns).answers.push(ArpAnswer { ip: *ip, dev: uplink, cause });
    }
}

/// A router's routes to addresses of load balancers by the nodes on its segments: as BGP speakers taught it, as a cloud's load balancer
/// spreads flows, or by the speaker of an address that is of no segment. `ports`: the router's device of each segment.
pub(super) fn routes(writer: &mut Writer<'_>, netns: NetnsId, ports: &[(SegmentId, LinkId)]) {
    let cluster = writer.cluster;
    let links = &writer.builder.netns(netns).links;
    let own_ips: BTreeSet<IpAddr> =
        links.iter().flat_map(|link| &link.addresses).map(|address| address.net.addr()).collect();
    for (id, service, ingress) in addresses(cluster) {
        // What it has an own network for, it asks for by ARP.
        let own = segment_of(cluster, ingress.ip).is_some_and(|on| ports.iter().any(|(port, _)| *port == on));
        let hops: Vec<&Node> = match ingress.way {
            LbWay::Bgp { ref sessions, .. } if has_endpoint(cluster, id) => {
                let here = |session: &&BgpSession| session.router.is_none_or(|ip| own_ips.contains(&ip));
                let all = sessions.iter().flat_map(|all| all.iter()).filter(here);
                let told: BTreeSet<&Arc<str>> = all.flat_map(|session| session.nodes.iter()).collect();
                let speaks = |node: &Node| sessions.is_none() || told.contains(&node.name);
                may_take(cluster, id, &ingress.way).map(|(_, node)| node).filter(|node| speaks(node)).collect()
            }
            LbWay::Cloud => may_take(cluster, id, &ingress.way).map(|(_, node)| node).collect(),
            LbWay::Layer2 { .. } if !own => {
                entry(cluster, id, ingress).and_then(|node| cluster.nodes.get(node.0 as usize)).into_iter().collect()
            }
            _ => continue,
        };
        // Only their own host hears nodes that are containers.
        let hops =
            hops.into_iter().filter(|node| node.container.is_none() && node.ip != ingress.ip).filter_map(|node| {
                let port = ports.iter().find(|(segment, _)| *segment == node.segment)?;
                Some((node.ip, port.1))
            });
        let hops: Vec<(IpAddr, LinkId)> = hops.take(MOST_HOPS).collect();
        let at = service.fields.get("status.loadBalancer");
        let cause = writer.object(Component::LoadBalancer, &service.origin, "status.loadBalancer", at);
        let weight = (hops.len() > 1).then_some(1);
        if weight.is_some() {
            // As hardware routers and clouds spread flows.
            writer.builder.sysctl(netns, "net.ipv4.fib_multipath_hash_policy", "1", cause);
        }
        for (via, dev) in hops {
            let dst = IpNet::from(ingress.ip);
            let hop = Route { via: Some(via), dev: Some(dev), weight, ..Route::new(dst, cause) };
            writer.builder.netns(netns).routes.push(hop);
        }
    }
}
