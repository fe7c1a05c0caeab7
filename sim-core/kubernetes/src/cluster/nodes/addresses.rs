//! Where nodes are: addresses, the segments between them, and the networks of their Pods.

use super::draft::{Candidate, Draft, Source, candidate, draft};
use crate::assumption::{About, Assumption, codes as assumed};
use crate::cluster::cidr::{Nets, v4};
use crate::cluster::context::Context;
use crate::cluster::docker::Inside;
use crate::cluster::evidence::Evidence;
use crate::cluster::lan::Lan;
use crate::cluster::model::{NodeRole, Origin, Segment, SegmentId, Settings};
use crate::cluster::names::few;
use crate::cluster::nodes::proof;
use crate::cluster::ranges::Range;
use crate::origin::ObjectRef;
use ipnet::{IpNet, Ipv4Net};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Networks of that length are one segment: what administrators usually give one site.
const SITE: u8 = 16;
/// Nodes that may be added for Pods that no other takes.
const MOST_GROWN: usize = 32;

/// Fills in the nodes' addresses; returns the segments, and the segment of each node. Nodes whose addresses share a /16 are on one.
pub(super) fn segments(
    context: &mut Context<'_>,
    settings: &mut Settings,
    source: Source,
    lan: &Lan<'_>,
    drafts: &mut [Draft],
) -> (Vec<Segment>, Vec<SegmentId>) {
    let site = |ip: Ipv4Addr| Ipv4Net::new_assert(ip, SITE).trunc();
    let said: Vec<Ipv4Net> = lan.segments.iter().filter_map(|segment| only_v4(segment.cidr)).collect();
    let mut sites: Vec<(Ipv4Net, Vec<Ipv4Addr>)> = Vec::new();
    let mut of_site: BTreeMap<Ipv4Net, usize> = BTreeMap::new();
    for draft in drafts.iter() {
        let Some(IpAddr::V4(ip)) = draft.ip.filter(|ip| !said.iter().any(|net| IpNet::V4(*net).contains(ip))) else {
            continue;
        };
        let at = *of_site.entry(site(ip)).or_insert(sites.len());
        match sites.get_mut(at) {
            Some((_, ips)) => ips.push(ip),
            None => sites.push((site(ip), vec![ip])),
        }
    }
    let mut nets: Vec<Ipv4Net> = said.iter().copied().chain(sites.iter().map(|(_, ips)| around(ips))).collect();
    if nets.is_empty() {
        nets.extend(match (source, settings.lan) {
            // The Docker network that kind makes.
            (Source::Kind, _) => Some(Ipv4Net::new_assert(Ipv4Addr::new(172, 18, 0, 0), 16)),
            (_, IpNet::V4(lan)) => Some(lan),
            (_, IpNet::V6(_)) => None,
        });
    }
    // Nodes without an address are on the segment that they are attached to, else on the first.
    let skip = if source == Source::Kind { 1 } else { 10 };
    let taken: BTreeSet<IpAddr> = drafts.iter().filter_map(|draft| draft.ip).chain(lan.addresses()).collect();
    let rooms = nets.iter().map(|net| {
        let room = net.hosts().skip(skip).chain(net.hosts().take(skip).skip(1));
        room.map(IpAddr::V4).filter(|ip| !taken.contains(ip))
    });
    let mut rooms: Vec<_> = rooms.collect();
    for draft in drafts.iter_mut().filter(|draft| draft.ip.is_none()) {
        let at = lan.attached(&draft.name).map_or(0, |id| id.0 as usize);
        draft.ip = rooms.get_mut(at).and_then(Iterator::next);
        if let (Source::Given, Some(ip)) = (source, draft.ip) {
            let made = assumed::NODE_ADDRESS.made().arg("node", &*draft.name).arg("ip", ip.to_string());
            context.assume(made.because(&draft.origin, None).about(About::Node(draft.name.clone())));
        }
    }
    let taken: BTreeSet<IpAddr> = drafts.iter().filter_map(|draft| draft.ip).collect();
    let segment = |(at, net): (usize, &Ipv4Net)| {
        let gateway = || lan.gateway(IpNet::V4(*net), &taken).unwrap_or(settings.gateway);
        lan.segment(at, &taken).unwrap_or_else(|| Segment::assumed(IpNet::V4(*net), gateway()))
    };
    let segments: Vec<Segment> = nets.iter().enumerate().map(segment).collect();
    let by_net = Nets::of(nets.iter().copied().map(IpNet::V4));
    let of = |draft: &Draft| {
        let at = draft.ip.and_then(|ip| by_net.first(ip));
        SegmentId(at.unwrap_or(0) as u32)
    };
    let ids = drafts.iter().map(of).collect();
    if let Some(first) = segments.first() {
        (settings.lan, settings.gateway) = (first.cidr, first.gateway);
    }
    // A router of the Scenario knows what it says of it.
    let joined = segments.iter().enumerate().filter(|(at, _)| !lan.has_router(*at)).map(|(_, segment)| segment);
    let joined: Vec<&Segment> = joined.collect();
    if joined.len() > 1 {
        context.assume(between(settings, &joined));
    }
    (segments, ids)
}

/// The same for nodes that are containers: those without an address get the next of their network, in their order.
pub(super) fn of_containers(
    settings: &mut Settings,
    inside: &Inside,
    drafts: &mut [Draft],
) -> (Vec<Segment>, Vec<SegmentId>) {
    let (subnet, gateway) = inside.subnet;
    let taken: BTreeSet<IpAddr> = drafts.iter().filter_map(|draft| draft.ip).chain([gateway.into()]).collect();
    let mut free = subnet.hosts().map(IpAddr::V4).filter(|ip| !taken.contains(ip));
    for draft in drafts.iter_mut().filter(|draft| draft.ip.is_none()) {
        draft.ip = free.next();
    }
    if let Some(own) = inside.segments.get(inside.segment.0 as usize) {
        (settings.lan, settings.gateway) = (own.cidr, own.gateway);
    }
    (inside.segments.clone(), vec![inside.segment; drafts.len()])
}

fn only_v4(net: IpNet) -> Option<Ipv4Net> {
    match net {
        IpNet::V4(net) => Some(net),
        IpNet::V6(_) => None,
    }
}

/// What is taken to lie between segments.
fn between(settings: &Settings, segments: &[&Segment]) -> Assumption {
    let names = few(segments.iter().map(|segment| segment.cidr.to_string()));
    let code = match settings.cni.reach() {
        crate::cluster::model::Reach::Neighbours => assumed::SEGMENTS,
        _ => assumed::SEGMENTS_ROUTED,
    };
    let made = code.made().arg("segments", names).arg("cni", settings.cni.described());
    made.about(About::Crossing)
}

/// The smallest network, at most a /24, that holds all of a site's addresses.
fn around(ips: &[Ipv4Addr]) -> Ipv4Net {
    let mut net = ips.first().map_or_else(Ipv4Net::default, |ip| Ipv4Net::new_assert(*ip, 24).trunc());
    while !ips.iter().all(|ip| net.contains(ip)) {
        match net.supernet() {
            Some(wider) => net = wider,
            None => break,
        }
    }
    net
}

/// Pod networks: given ones stay, those of Pods with addresses hold these, the others get the next free piece of the cluster's, as the
/// node IPAM controller does.
pub(super) fn pod_networks(
    context: &mut Context<'_>,
    evidence: &Evidence,
    settings: &Settings,
    source: Source,
    range: Range,
    (pods, segments): (&[BTreeSet<Ipv4Addr>], &[Segment]),
    drafts: &mut [Draft],
) {
    let elsewhere = elsewhere(settings, pods, drafts);
    let blocks = elsewhere && settings.data_path.has_blocks();
    if elsewhere {
        for draft in drafts.iter_mut() {
            draft.cidrs.retain(|net| net.addr().is_ipv6());
            draft.cidr_at = None;
            draft.host_routes = true;
        }
        if !blocks {
            context.assume(assumed::OWN_RANGES.made().arg("cni", settings.cni.described()));
        }
    }
    let has = |draft: &Draft| draft.cidrs.iter().any(|net| net.addr().is_ipv4());
    let wanted: Vec<BTreeSet<Ipv4Addr>> =
        drafts.iter().zip(pods).map(|(draft, pods)| if has(draft) { BTreeSet::new() } else { pods.clone() }).collect();
    let given = drafts.iter().flat_map(|draft| draft.cidrs.iter().copied());
    let given = Nets::of(given.chain(segments.iter().map(|segment| segment.cidr)));
    let found = proof::networks(&wanted);
    for (draft, found) in drafts.iter_mut().zip(found) {
        let clash = |net: &Ipv4Net| given.overlap(IpNet::V4(*net));
        if let Some(net) = found.filter(|net| !has(draft) && !clash(net)) {
            draft.cidrs.insert(0, IpNet::V4(net));
            draft.host_routes = true;
        }
    }
    // Where all have one, nobody asks for what is left.
    let mut free = (!drafts.iter().all(has)).then(|| {
        let all_pods: Vec<IpAddr> = pods.iter().flatten().map(|ip| IpAddr::V4(*ip)).collect();
        Free::of(evidence, settings, range, drafts, (&all_pods, segments))
    });
    for draft in drafts.iter_mut().filter(|draft| !has(draft)) {
        let Some(net) = free.as_mut().and_then(Free::next) else { continue };
        draft.cidrs.insert(0, net);
        draft.host_routes = true;
        if source == Source::Given && !blocks {
            let made = assumed::POD_CIDR.made().arg("node", &*draft.name).arg("cidr", net.to_string());
            context.assume(made.because(&draft.origin, None).about(About::Node(draft.name.clone())));
        }
    }
    for draft in drafts.iter_mut().filter(|draft| draft.cidrs.is_empty()) {
        draft.cidrs.push(settings.pod_cidr);
    }
}

/// True when the Pods' addresses are not of the Nodes' `podCIDR`s: the plugin hands out ranges of its own.
fn elsewhere(settings: &Settings, pods: &[BTreeSet<Ipv4Addr>], drafts: &[Draft]) -> bool {
    let (mut inside, mut outside) = (0_usize, 0_usize);
    for (draft, pods) in drafts.iter().zip(pods) {
        let Some(net) = draft.cidrs.iter().find(|net| net.addr().is_ipv4()) else { continue };
        let within = pods.iter().filter(|ip| net.contains(&IpAddr::V4(**ip))).count();
        inside += within;
        outside += pods.len() - within;
    }
    outside > 0 && (settings.cni.has_own_ranges() || outside > inside.max(1))
}

/// Pieces of the cluster's Pod network that nobody has.
struct Free {
    nets: std::vec::IntoIter<IpNet>,
}

impl Free {
    fn of(
        evidence: &Evidence,
        settings: &Settings,
        range: Range,
        drafts: &[Draft],
        (pods, segments): (&[IpAddr], &[Segment]),
    ) -> Self {
        let taken: Vec<IpNet> = drafts.iter().flat_map(|draft| draft.cidrs.iter().copied()).collect();
        let known = Nets::of(taken.iter().copied().chain(segments.iter().map(|segment| segment.cidr)));
        let said = evidence.flags.node_mask.as_ref().and_then(|said| said.value.value.parse::<u8>().ok());
        let least = settings.pod_cidr.prefix_len();
        let size = said.filter(|size| (least..=30).contains(size)).unwrap_or(least.max(24));
        let enough = drafts.len() + taken.len() + pods.len().min(256) + MOST_GROWN;
        let pieces = |net: IpNet| net.subnets(size.max(net.prefix_len())).into_iter().flatten();
        // An inferred range may be full: the usual one is there for that.
        let more = (!range.said).then(|| v4(10, 244, 0, 0, 16));
        let all = pieces(settings.pod_cidr).take(enough).chain(more.into_iter().flat_map(pieces).take(enough));
        let pods: BTreeSet<IpAddr> = pods.iter().copied().collect();
        let unused = |net: &IpNet| !known.overlap(*net) && pods.range(net.network()..=net.broadcast()).next().is_none();
        Self { nets: all.filter(unused).collect::<Vec<_>>().into_iter() }
    }

    fn next(&mut self) -> Option<IpNet> {
        self.nets.next()
    }
}

/// What a node that is added for Pods must be.
pub(in crate::cluster) struct Grown {
    pub(in crate::cluster) labels: BTreeMap<Arc<str>, Arc<str>>,
    /// Its name, where Pods ask for it.
    pub(in crate::cluster) name: Option<Arc<str>>,
}

/// Adds one more assumed node with these labels; `None` when there are too many, or no room.
pub(in crate::cluster) fn grow(
    settings: &Settings,
    segments: &[Segment],
    nodes: &[Candidate],
    wanted: Grown,
) -> Option<Candidate> {
    let grown = nodes.iter().filter(|candidate| candidate.grown).count();
    if grown >= MOST_GROWN {
        return None;
    }
    let free = |name: &str| !nodes.iter().any(|candidate| &*candidate.node.name == name);
    let letters = ('c'..='z').map(|letter| format!("node-{letter}"));
    let numbers = (1..).map(|number| format!("node-{number}"));
    let name = match wanted.name {
        Some(name) => Some(name).filter(|name| free(name))?,
        None => letters.chain(numbers).find(|name| free(name)).map(Arc::from)?,
    };
    let taken: BTreeSet<IpAddr> = nodes.iter().map(|candidate| candidate.node.ip).collect();
    let segment = segments.first()?;
    let ip = segment.cidr.hosts().skip(10).find(|ip| !taken.contains(ip) && *ip != segment.gateway)?;
    let used: Vec<IpNet> = nodes.iter().map(|candidate| candidate.node.pod_cidr).collect();
    let size = used.first().map_or(24, IpNet::prefix_len).max(settings.pod_cidr.prefix_len());
    let mut pieces = settings.pod_cidr.subnets(size).into_iter().flatten().take(used.len() + MOST_GROWN + 256);
    let used = Nets::of(used);
    let cidr = pieces.find(|net| !used.overlap(*net))?;
    let origin = Origin {
        object: ObjectRef { kind: Arc::from("Node"), namespace: None, name: name.clone() },
        location: None,
        assumed: true,
    };
    let mut made = draft(name, NodeRole::Worker, wanted.labels, origin, false);
    made.ip = Some(ip);
    made.cidrs = vec![cidr];
    let mut made = candidate(made, SegmentId(0));
    made.grown = true;
    Some(made)
}
