//! Which entries of connection tracking kube-proxy takes out when endpoints change (`pkg/proxy/conntrack/cleanup.go`): of UDP only, for datagrams
//! would go on to an endpoint that is gone as long as somebody sends them. An open TCP connection is left to its ends.
//!
//! Up to 1.31 each endpoint that is lost, and each Service that gets its first one, is an event of its own. From 1.32 on the whole table is
//! compared with the endpoints (kubernetes#127318), but for Services without any serving endpoint, whose entries stay; from 1.37 on those
//! are cleared, too (kubernetes#139629). Entries of a Service that was deleted stay from 1.32 on.

use super::endpoints::Family;
use super::proxied;
use kernel::ids::{Arena, CtId};
use kernel::packet::Protocol;
use kernel::state::CtEntry;
use kubernetes::cluster::model::{Cluster, Service, ServicePort};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// The release (minor of 1.x) from which on the table is compared with the endpoints.
const RECONCILES_SINCE: u32 = 32;
/// From which on an endpoint is its address and its port, and only changes of UDP Services count.
const BY_PORT_SINCE: u32 = 33;
/// From which on Services without a serving endpoint count, too.
const EMPTY_SINCE: u32 = 37;

/// A UDP port of a Service as kube-proxy knows it.
struct Known<'c> {
    ips: Vec<IpAddr>,
    port: &'c ServicePort,
    /// Those that serve, terminating ones among them.
    serving: BTreeSet<SocketAddr>,
}

type Ports<'c> = BTreeMap<(&'c str, &'c str, Arc<str>), Known<'c>>;

/// Says of an entry whether it is to go.
type Stale<'c> = Box<dyn Fn(&CtEntry) -> bool + 'c>;

/// Takes out what kube-proxy takes out on one node when it learns of the second cluster after it knew the first.
pub fn clean(entries: &mut Arena<CtId, CtEntry>, was: &Cluster, is: &Cluster) {
    let (old, new) = (udp(was), udp(is));
    let minor = is.settings.version.minor;
    let gone: Vec<Stale<'_>> = if minor < RECONCILES_SINCE {
        events(&old, &new)
    } else if minor >= BY_PORT_SINCE && same(&old, &new) {
        return;
    } else {
        reconciled(&new, minor)
    };
    let udp = entries.iter_mut().filter(|entry| entry.original.protocol == Protocol::Udp && !entry.removed);
    for entry in udp {
        entry.removed = gone.iter().any(|gone| gone(entry));
    }
}

/// All UDP ports that there are.
fn udp(cluster: &Cluster) -> Ports<'_> {
    let mut all = Ports::new();
    for (id, service) in proxied(cluster, Family::V4) {
        let lists = cluster.endpoints.get(id.0 as usize).into_iter().flatten();
        for port in service.ports.iter().filter(|port| port.protocol == Protocol::Udp) {
            let own = lists.clone().filter(|list| list.port_name == port.name && list.protocol == Some(port.protocol));
            let serving = own.flat_map(|list| &list.endpoints).filter(|own| own.serving && own.ip.is_ipv4());
            let serving = serving.map(|own| SocketAddr::new(own.ip, own.port.0)).collect();
            let key = (&*service.name.namespace, &*service.name.name, port.name.clone());
            all.insert(key, Known { ips: addresses(service), port, serving });
        }
    }
    all
}

/// Where packets for a Service go to: its ClusterIP, external addresses and those of load balancers.
fn addresses(service: &Service) -> Vec<IpAddr> {
    let balanced = service.load_balancer.iter().filter(|ingress| !ingress.proxy_mode).map(|ingress| ingress.ip);
    let all = service.cluster_ips.iter().chain(&service.external_ips).copied().chain(balanced);
    all.filter(IpAddr::is_ipv4).collect()
}

fn same(old: &Ports<'_>, new: &Ports<'_>) -> bool {
    let mut pairs = old.iter().zip(new);
    old.len() == new.len() && pairs.all(|(old, new)| old.0 == new.0 && old.1.serving == new.1.serving)
}

/// Up to 1.31 (`detectStaleConntrackEntries`): endpoints that no longer serve, Services that have their first one, and those that are gone.
fn events<'c>(old: &'c Ports<'c>, new: &'c Ports<'c>) -> Vec<Stale<'c>> {
    let mut all: Vec<Stale<'c>> = Vec::new();
    for (key, was) in old {
        let Some(is) = new.get(key) else {
            let cluster_ip = was.ips.first().copied();
            all.push(Box::new(move |entry| Some(entry.original.dst.ip()) == cluster_ip));
            continue;
        };
        for lost in was.serving.difference(&is.serving) {
            all.push(Box::new(move |entry| {
                let to = entry.original.dst;
                let node_port = is.port.node_port.is_some_and(|port| port.0 == to.port());
                entry.reply.src.ip() == lost.ip() && (node_port || is.ips.contains(&to.ip()))
            }));
        }
    }
    for (key, is) in new {
        let had = old.get(key).is_some_and(|was| !was.serving.is_empty());
        if !had && !is.serving.is_empty() {
            all.push(Box::new(move |entry| {
                let to = entry.original.dst;
                is.ips.contains(&to.ip()) || is.port.node_port.is_some_and(|port| port.0 == to.port())
            }));
        }
    }
    all
}

/// From 1.32 on (`CleanStaleEntries`): whatever goes to a Service's port, and not to an endpoint that serves.
fn reconciled<'c>(new: &'c Ports<'c>, minor: u32) -> Vec<Stale<'c>> {
    let known = new.values().filter(move |known| minor >= EMPTY_SINCE || !known.serving.is_empty());
    let by_port = minor >= BY_PORT_SINCE;
    let gone = move |known: &Known<'_>, entry: &CtEntry| {
        let (to, from) = (entry.original.dst, entry.reply.src);
        let port = to.port();
        let meant = (known.port.port.0 == port && known.ips.contains(&to.ip()))
            || known.port.node_port.is_some_and(|own| own.0 == port);
        let serves = if by_port {
            known.serving.contains(&from)
        } else {
            known.serving.iter().any(|serving| serving.ip() == from.ip())
        };
        meant && !serves
    };
    known.map(|known| Box::new(move |entry: &CtEntry| gone(known, entry)) as Stale<'c>).collect()
}
