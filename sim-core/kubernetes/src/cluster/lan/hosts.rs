//! Machines of a Scenario that are neither nodes nor Docker hosts.

use super::machine::{resolvers, routes, sockets};
use super::proxies::proxies;
use super::report::{missing, taken_address};
use super::said::{Entry, Lan};
use crate::assumption::Because;
use crate::cluster::context::Context;
use crate::cluster::model::{Host, Node, Segment};
use crate::cluster::options::Options;
use crate::cluster::scenario::{Place, kernel};
use crate::manifest::objects::Text;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Decides them. Segments of addresses that lie elsewhere are added.
pub(in crate::cluster) fn decide(
    context: &mut Context<'_>,
    options: &Options,
    lan: &mut Lan<'_>,
    nodes: &[Node],
    segments: &mut Vec<Segment>,
) -> Vec<Host> {
    let of_nodes: BTreeMap<IpAddr, Text> = nodes.iter().map(|node| (node.ip, node.name.clone())).collect();
    let mut taken: BTreeSet<IpAddr> = of_nodes.keys().copied().collect();
    let mut all = Vec::new();
    let entries = std::mem::take(&mut lan.hosts);
    for entry in &entries {
        let (name, object) = (&entry.name.value, &entry.document.object);
        if entry.of.docker.is_some() {
            continue;
        }
        let Some(ip) = entry.ip.or_else(|| lan.address_for(segments, name, &taken)) else {
            missing(context, object, entry.name.span, &format!("{}.address", entry.path));
            continue;
        };
        if let Some(other) = of_nodes.get(&ip) {
            let span = entry.of.address.as_ref().map_or(entry.name.span, |text| text.span);
            taken_address(context, object, span, (&format!("{}.address", entry.path), ip, other));
            continue;
        }
        taken.insert(ip);
        all.push(host(context, options, lan, entry, ip, segments));
    }
    lan.hosts = entries;
    all
}

fn host(
    context: &mut Context<'_>,
    options: &Options,
    lan: &Lan<'_>,
    entry: &Entry<'_>,
    ip: IpAddr,
    segments: &mut Vec<Segment>,
) -> Host {
    let (of, path, name, object) = (entry.of, &*entry.path, &entry.name.value, &entry.document.object);
    let segment = lan.place(segments, name, ip);
    let net = segments.get(segment.0 as usize).map(|segment| segment.cidr);
    let routes =
        routes(context, object, path, &of.routes, |via| via != ip && net.is_some_and(|net| net.contains(&via)));
    let place = Place { object, path, name };
    let mut sockets = sockets(context, object, path, &of.listen);
    proxies(context, object, path, &of.proxy, &mut sockets);
    Host {
        name: Some(name.clone()),
        ip,
        segment,
        routes,
        resolv: resolvers(context, object, path, &of.resolv),
        sockets,
        said: kernel(context, options, place, of.sysctl.as_ref(), of.rules.as_ref(), &|_| false),
        because: Because {
            object: Some(object.clone()),
            field: Some(path.into()),
            location: context.at(entry.name.span),
        },
        named_by: Vec::new(),
    }
}
