//! Routers: those of a Scenario, the one that is assumed for segments without, and what lies behind them on the Internet.

use super::machine::{routes, sockets};
use super::report::overlap;
use super::said::{Lan, RouterEntry};
use crate::assumption::{About, Because, codes as assumed};
use crate::cluster::cidr::v4;
use crate::cluster::context::Context;
use crate::cluster::model::{Host, HostRoute, NodeSaid, Router, Segment, SegmentId};
use crate::cluster::options::Options;
use crate::cluster::scenario::{Place, kernel};
use crate::diagnostic::codes;
use ipnet::IpNet;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

/// Decides the routers. Servers of the Internet are added to the hosts, and its segment behind all others.
pub(in crate::cluster) fn routers(
    context: &mut Context<'_>,
    options: &Options,
    lan: &Lan<'_>,
    segments: &mut Vec<Segment>,
    hosts: &mut Vec<Host>,
) -> Vec<Router> {
    let mut all: Vec<Router> = Vec::new();
    for entry in &lan.routers {
        all.push(router(context, options, entry, segments));
    }
    let joined: BTreeSet<SegmentId> = all.iter().flat_map(|router| &router.on).map(|(segment, _)| *segment).collect();
    let ids = (0u32..).map(SegmentId).zip(&*segments);
    let alone: Vec<(SegmentId, IpAddr)> =
        ids.filter(|(id, _)| !joined.contains(id)).map(|(id, segment)| (id, segment.gateway)).collect();
    if all.is_empty() || !alone.is_empty() {
        all.insert(0, Router { on: alone, ..Router::default() });
    }
    internet(context, lan, segments, hosts, &mut all);
    all
}

fn router(context: &mut Context<'_>, options: &Options, entry: &RouterEntry<'_>, segments: &[Segment]) -> Router {
    let (of, path, object) = (entry.of, &*entry.path, &entry.document.object);
    let near = |via: IpAddr| {
        let nets = entry.on.keys().filter_map(|id| segments.get(id.0 as usize)).map(|segment| segment.cidr);
        nets.into_iter().any(|net| net.contains(&via)) && !entry.on.values().any(|own| *own == via)
    };
    let place = Place { object, path, name: &entry.name.value };
    Router {
        name: Some(entry.name.value.clone()),
        on: entry.on.iter().map(|(segment, ip)| (*segment, *ip)).collect(),
        routes: routes(context, object, path, &of.routes, near),
        internet: entry.leads_out(),
        nat: of.nat == Some(true),
        sockets: sockets(context, object, path, &of.listen),
        said: kernel(context, options, place, None, of.rules.as_ref(), &|_| false),
        because: Some(Because {
            object: Some(object.clone()),
            field: Some(Arc::from(path)),
            location: context.at(entry.name.span),
        }),
    }
}

/// Networks that nobody has on the Internet (RFC 5737, RFC 2544): one of them joins the routers and the servers.
fn between() -> [IpNet; 4] {
    [v4(198, 51, 100, 0, 24), v4(192, 0, 2, 0, 24), v4(203, 0, 113, 0, 24), v4(198, 18, 0, 0, 24)]
}

/// True for a network that is not routed on the Internet (RFC 1918, RFC 6598, RFC 3927).
fn is_private(net: IpNet) -> bool {
    let private = [
        v4(10, 0, 0, 0, 8),
        v4(172, 16, 0, 0, 12),
        v4(192, 168, 0, 0, 16),
        v4(100, 64, 0, 0, 10),
        v4(169, 254, 0, 0, 16),
    ];
    private.iter().any(|own| own.contains(&net))
}

/// The Internet: one segment with the routers that lead there and the servers. These know ways back to the routers and to public networks behind
/// them, and to no private one.
fn internet(
    context: &mut Context<'_>,
    lan: &Lan<'_>,
    segments: &mut Vec<Segment>,
    hosts: &mut Vec<Host>,
    routers: &mut [Router],
) {
    let mut servers = Vec::new();
    for entry in &lan.internet {
        let Some(ip) = entry.ip else { continue };
        let of_segment = segments.iter().find(|segment| segment.cidr.contains(&ip)).map(|segment| segment.cidr);
        if let Some(net) = of_segment {
            let span = entry.of.address.as_ref().map_or(entry.name.span, |text| text.span);
            let found = context.finding(codes::SCENARIO_INTERNET_INSIDE, span, &entry.document.object);
            let found = found.arg("path", format!("{}.address", entry.path)).arg("address", ip.to_string());
            context.note(found.arg("cidr", net.to_string()));
            continue;
        }
        servers.push((entry, ip));
    }
    let Some((first, _)) = servers.first() else { return };
    if !routers.iter().any(|router| router.internet) {
        let Some(gateway) = routers.iter_mut().find(|router| router.name.is_none()) else {
            let found = context.finding(codes::SCENARIO_NO_INTERNET, first.name.span, &first.document.object);
            context.note(found);
            return;
        };
        // As a router at home or in an office does.
        (gateway.internet, gateway.nat) = (true, true);
        let made = assumed::INTERNET_GATEWAY.made().arg("servers", few(servers.iter().map(|(of, _)| &*of.name.value)));
        context.assume(made.about(About::Addresses(servers.iter().map(|(_, ip)| *ip).collect())));
    }
    let free = |net: &IpNet| {
        !segments.iter().any(|segment| overlap(segment.cidr, *net)) && !servers.iter().any(|(_, ip)| net.contains(ip))
    };
    let net = between().into_iter().find(free).unwrap_or(v4(198, 19, 255, 0, 24));
    let id = SegmentId(segments.len() as u32);
    let mut back: Vec<HostRoute> = Vec::new();
    let mut first_hop = None;
    for (router, own) in routers.iter_mut().filter(|router| router.internet).zip(net.hosts()) {
        first_hop = first_hop.or(Some(own));
        let because = router.because.clone().unwrap_or_default();
        let public = router.on.iter().filter_map(|(segment, _)| segments.get(segment.0 as usize));
        let public = public.map(|segment| segment.cidr).filter(|net| !is_private(*net));
        back.extend(public.map(|to| HostRoute { to, via: own, because: because.clone() }));
        router.on.push((id, own));
    }
    let gateway = first_hop.unwrap_or_else(|| net.addr());
    segments.push(Segment { internet: true, ..Segment::assumed(net, gateway) });
    for (entry, ip) in servers {
        let object = &entry.document.object;
        let because = Because {
            object: Some(object.clone()),
            field: Some(Arc::from(&*entry.path)),
            location: context.at(entry.name.span),
        };
        hosts.push(Host {
            name: Some(entry.name.value.clone()),
            ip,
            segment: id,
            routes: back.clone(),
            resolv: Vec::new(),
            sockets: sockets(context, object, &entry.path, &entry.of.listen),
            said: NodeSaid::default(),
            because,
            named_by: Vec::new(),
        });
    }
}

fn few<'n>(names: impl Iterator<Item = &'n str>) -> String {
    crate::cluster::names::few(names.map(ToOwned::to_owned))
}
