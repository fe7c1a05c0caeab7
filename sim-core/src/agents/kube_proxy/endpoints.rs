//! Which endpoints a node uses for a Service port (`CategorizeEndpoints` in pkg/proxy/topology.go).

use kubernetes::cluster::model::{
    Cluster, Endpoint, KubernetesVersion, Node, NodeId, PortEndpoints, Service, ServiceId, ServicePort, TrafficPolicy,
};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// The endpoints of one Service port as one node sees them. Each list is in string order of `ip:port`, as kube-proxy sorts them.
#[derive(Clone, Debug, Default)]
pub struct Categorized<'c> {
    /// Used by traffic policy `Cluster`; empty when nothing uses it.
    pub cluster: Vec<(Arc<str>, &'c Endpoint)>,
    /// Used by traffic policy `Local`; empty when nothing uses it.
    pub local: Vec<(Arc<str>, &'c Endpoint)>,
    /// Union of both: these get DNAT chains.
    pub reachable: Vec<(Arc<str>, &'c Endpoint)>,
    /// Some endpoint anywhere is usable.
    pub any: bool,
    /// Endpoints of all kinds, for the large-cluster threshold.
    pub total: usize,
    /// The release (minor of 1.x) whose reading of hints left some out of `cluster`.
    pub since: Option<u32>,
}

/// True when a Service can be reached from outside: node port, load balancer address or external IP.
pub fn externally_accessible(service: &Service, port: &ServicePort) -> bool {
    port.node_port.is_some()
        || service.load_balancer.iter().any(|ingress| !ingress.proxy_mode)
        || !service.external_ips.is_empty()
}

/// True when external traffic policy `Local` has an effect.
pub fn external_local(service: &Service, port: &ServicePort) -> bool {
    service.external_traffic_policy == TrafficPolicy::Local && externally_accessible(service, port)
}

/// Which addresses are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// True for an address of this family.
    pub fn has(self, ip: IpAddr) -> bool {
        ip.is_ipv4() == (self == Self::V4)
    }
}

/// A Service's endpoints, to be asked for those of a port.
#[derive(Clone, Debug)]
pub struct ByPort<'c> {
    service: Option<&'c Service>,
    lists: BTreeMap<&'c str, Vec<&'c PortEndpoints>>,
}

impl<'c> ByPort<'c> {
    /// Those of a Service.
    pub fn of(cluster: &'c Cluster, id: ServiceId) -> Self {
        let mut lists: BTreeMap<&'c str, Vec<&'c PortEndpoints>> = BTreeMap::new();
        for list in cluster.endpoints.get(id.0 as usize).into_iter().flatten() {
            lists.entry(&list.port_name).or_default().push(list);
        }
        Self { service: cluster.services.get(id.0 as usize), lists }
    }
}

/// Sorts the endpoints of one port and family for one node.
pub fn categorize<'c>(
    cluster: &'c Cluster,
    of: &ByPort<'c>,
    port: &ServicePort,
    node: NodeId,
    family: Family,
) -> Categorized<'c> {
    let (Some(service), Some(node)) = (of.service, cluster.nodes.get(node.0 as usize)) else {
        return Categorized::default();
    };
    let lists = of.lists.get(&*port.name).into_iter().flatten();
    let of_port = lists.filter(|list| list.protocol.is_none_or(|p| p == port.protocol));
    let is_local = |endpoint: &Endpoint| endpoint.node.as_deref() == Some(&*node.name);
    let mut all: Vec<(Arc<str>, &Endpoint)> = of_port
        .flat_map(|list| &list.endpoints)
        .filter(|endpoint| family.has(endpoint.ip) && endpoint.port.0 != 0)
        .map(|endpoint| (name_of(endpoint), endpoint))
        .collect();
    all.sort_by(|(a, _), (b, _)| a.cmp(b));
    // One `ip:port` counts once: the first, but a local instance wins.
    all.dedup_by(|(later, endpoint), (name, kept)| {
        let same = later == name;
        if same && is_local(endpoint) && !is_local(kept) {
            *kept = *endpoint;
        }
        same
    });
    let dying = |endpoint: &Endpoint| endpoint.serving && endpoint.terminating;
    let pick = |keep: &dyn Fn(&Endpoint) -> bool| -> Vec<(Arc<str>, &'c Endpoint)> {
        all.iter().filter(|(_, endpoint)| keep(endpoint)).cloned().collect()
    };
    let internal_local = service.internal_traffic_policy == TrafficPolicy::Local;
    let outside = externally_accessible(service, port);
    let uses_cluster = !internal_local || outside;
    let uses_local = internal_local || external_local(service, port);
    let mut found =
        Categorized { any: all.iter().any(|(_, e)| e.ready || dying(e)), total: all.len(), ..Categorized::default() };
    if uses_cluster {
        let ready = pick(&|endpoint| endpoint.ready);
        (found.cluster, found.since) = by_topology(
            cluster.settings.version,
            cluster.settings.kube_proxy.traffic_distribution_gate,
            service,
            node,
            ready,
        );
        if found.cluster.is_empty() {
            found.cluster = pick(&|endpoint| dying(endpoint));
        }
    }
    if uses_local {
        found.local = pick(&|endpoint| endpoint.ready && is_local(endpoint));
        if found.local.is_empty() {
            found.local = pick(&|endpoint| dying(endpoint) && is_local(endpoint));
        }
    }
    found.reachable = found.cluster.clone();
    if !found.local.is_empty() {
        found.reachable.extend(found.local.iter().cloned());
        found.reachable.sort_by(|(a, _), (b, _)| a.cmp(b));
        found.reachable.dedup_by(|(a, _), (b, _)| a == b);
    }
    found
}

/// `ip:port` as kube-proxy writes it.
fn name_of(endpoint: &Endpoint) -> Arc<str> {
    Arc::from(match &endpoint.written {
        Some(written) => format!("[{written}]:{}", endpoint.port),
        None => SocketAddr::new(endpoint.ip, endpoint.port.0).to_string(),
    })
}

/// Keeps the endpoints hinted for this node or zone, where hints are honoured at all.
///
/// Up to 1.30 hints count only with the annotation `service.kubernetes.io/topology-mode: Auto`; `trafficDistribution` is beta and on from 1.31;
/// from 1.34 the presence of hints is enough, and node hints are looked at first.
fn by_topology<'c>(
    version: KubernetesVersion,
    gate: bool,
    service: &Service,
    node: &Node,
    ready: Vec<(Arc<str>, &'c Endpoint)>,
) -> (Vec<(Arc<str>, &'c Endpoint)>, Option<u32>) {
    let annotated = ["service.kubernetes.io/topology-mode", "service.kubernetes.io/topology-aware-hints"]
        .into_iter()
        .filter_map(|name| service.annotations.get(name))
        .any(|value| matches!(&**value, "Auto" | "auto"));
    let distribution = service.traffic_distribution.is_some() && (version.minor >= 31 || gate);
    if !(annotated || distribution || version.minor >= 34) {
        return (ready, None);
    }
    let since = match (annotated || (distribution && gate), distribution) {
        (true, _) => None,
        (false, true) => Some(31),
        (false, false) => Some(34),
    };
    let all_and_one = |hints: fn(&Endpoint) -> &Vec<Arc<str>>, wanted: &str| {
        ready.iter().all(|(_, endpoint)| !hints(endpoint).is_empty())
            && ready.iter().any(|(_, endpoint)| hints(endpoint).iter().any(|hint| &**hint == wanted))
    };
    if version.minor >= 34 && all_and_one(|endpoint| &endpoint.node_hints, &node.name) {
        let here = ready.into_iter().filter(|(_, endpoint)| endpoint.node_hints.contains(&node.name)).collect();
        return (here, Some(34));
    }
    match node.zone().filter(|zone| !zone.is_empty()) {
        Some(zone) if all_and_one(|endpoint| &endpoint.zone_hints, zone) => {
            let hinted = |endpoint: &Endpoint| endpoint.zone_hints.iter().any(|hint| &**hint == zone);
            (ready.into_iter().filter(|(_, endpoint)| hinted(endpoint)).collect(), since)
        }
        _ => (ready, None),
    }
}
