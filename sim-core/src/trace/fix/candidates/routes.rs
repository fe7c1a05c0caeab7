//! Routes that a router of the Scenario lacks.

use super::search::{Change, Search};
use crate::trace::journey::Purpose;
use crate::trace::why::{Field, codes};
use ipnet::IpNet;
use kubernetes::edit::Content;
use std::net::IpAddr;

/// Routes to the Pod networks, or networks of a Docker host, that the packets of the connection come from and go to: to the one, the other, both.
pub(super) fn changes(search: &mut Search<'_>) {
    let Some(why) = search.journey.outcome.why.as_ref().filter(|why| why.code == codes::ROUTER_NO_ROUTE.code) else {
        return;
    };
    let Some(field) = why.field.clone() else { return };
    let mut leg = search.journey.legs.iter().filter(|leg| matches!(leg.purpose, Purpose::Connect | Purpose::Proxy));
    let Some(last) = leg.next_back().and_then(|leg| leg.hops.last()) else { return };
    let (src, dst) = (last.after.packet.innermost().ip.src, last.after.packet.innermost().ip.dst);
    let known: Vec<Content> = [dst, src].into_iter().filter_map(|ip| route(search, ip)).collect();
    let one = Field { at: None, ..field };
    let is_there = search.model.cluster.routers.iter().any(|router| {
        let own = router.because.as_ref().and_then(|because| because.field.as_deref());
        own.is_some_and(|own| format!("{own}.routes") == one.path.to_string()) && !router.routes.is_empty()
    });
    let add = |routes: Vec<Content>| -> Vec<Change> {
        if is_there {
            routes.into_iter().map(|route| Change::Push(one.clone(), route)).collect()
        } else {
            vec![Change::Set(one.clone(), Content::List(routes))]
        }
    };
    for route in &known {
        search.several(add(vec![route.clone()]));
    }
    if known.len() > 1 {
        search.several(add(known));
    }
}

/// A route to the network that an address is of, by the machine that holds it.
fn route(search: &Search<'_>, ip: IpAddr) -> Option<Content> {
    let cluster = &search.model.cluster;
    let of_node = cluster.nodes.iter().find(|node| node.pod_cidr.contains(&ip)).map(|node| (node.pod_cidr, node.ip));
    let of_docker = || {
        let networks = cluster.docker.iter().flat_map(|host| host.networks.iter().map(move |network| (host, network)));
        let mut all = networks.map(|(host, network)| (IpNet::V4(network.subnet), host.ip));
        all.find(|(net, _)| net.contains(&ip))
    };
    let (to, via) = of_node.or_else(of_docker)?;
    Some(Content::map([("to", Content::text(&to.to_string())), ("via", Content::text(&via.to_string()))]))
}
