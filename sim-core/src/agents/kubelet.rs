//! kubelet: `resolv.conf` of each Pod (pkg/kubelet/network/dns/dns.go), and its own port.

use kubernetes::cluster::model::{Cluster, DnsPolicy, NodeId, Pod, SegmentId, Service, ServiceId};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

/// A resolver configuration (resolv.conf(5)).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResolvConf {
    /// `nameserver` lines, at most 3.
    pub nameservers: Vec<std::net::IpAddr>,
    /// `search` list, at most 32.
    pub search: Vec<Arc<str>>,
    /// `options ndots:N`; resolver default 1.
    pub ndots: u8,
    /// Other options, verbatim.
    pub options: Vec<Arc<str>>,
}

/// Limits of `validateNameserver`/`formDNSSearchFitsLimits`.
const MAX_NAMESERVERS: usize = 3;
const MAX_SEARCH: usize = 32;

/// ClusterIP of the DNS Service, which kubelet is configured with (`clusterDNS`).
pub(crate) fn cluster_dns(cluster: &Cluster) -> Option<IpAddr> {
    let id = cluster_dns_service(cluster)?;
    cluster.services.get(id.0 as usize)?.cluster_ips.iter().copied().find(IpAddr::is_ipv4)
}

/// The DNS Service: by its usual names, else by the label that every distribution keeps.
pub(crate) fn cluster_dns_service(cluster: &Cluster) -> Option<ServiceId> {
    let named = |namespace, name| cluster.service_named(namespace, name);
    let labelled = || {
        let is =
            |labels: &BTreeMap<Arc<str>, Arc<str>>| labels.get("k8s-app").is_some_and(|label| &**label == "kube-dns");
        let fits = |service: &Service| is(&service.selector) || is(&service.labels);
        let found = cluster.services.iter().position(|service| !service.headless && fits(service))?;
        Some(ServiceId(found as u32))
    };
    let usual = [("kube-system", "kube-dns"), ("kube-system", "coredns"), ("openshift-dns", "dns-default")];
    usual.into_iter().find_map(|(namespace, name)| named(namespace, name)).or_else(labelled)
}

/// The file of a machine on a segment. Which resolver that is, no manifest says: the segment's gateway, as home routers and offices have
/// it.
pub(crate) fn host_resolv_conf(cluster: &Cluster, segment: SegmentId) -> ResolvConf {
    let gateway = cluster.segments.get(segment.0 as usize).map_or(cluster.settings.gateway, |segment| segment.gateway);
    ResolvConf { nameservers: vec![gateway], ndots: 1, ..ResolvConf::default() }
}

/// A node's own file.
pub(crate) fn node_resolv_conf(cluster: &Cluster, node: NodeId) -> ResolvConf {
    let segment = cluster.nodes.get(node.0 as usize).map(|node| node.segment);
    host_resolv_conf(cluster, segment.unwrap_or_default())
}

/// What kubelet writes for a Pod.
pub(crate) fn resolv_conf(cluster: &Cluster, pod: &Pod) -> ResolvConf {
    let policy = match (pod.dns_policy, pod.host_network) {
        (DnsPolicy::ClusterFirst, true) => DnsPolicy::Default,
        (DnsPolicy::ClusterFirstWithHostNet, _) => DnsPolicy::ClusterFirst,
        (policy, _) => policy,
    };
    let mut conf = match policy {
        DnsPolicy::Default => node_resolv_conf(cluster, pod.node),
        _ => ResolvConf { ndots: 1, ..ResolvConf::default() },
    };
    if policy == DnsPolicy::ClusterFirst {
        let zone = &cluster.settings.dns_domain;
        match &cluster.settings.cluster_dns[..] {
            [] => conf.nameservers.extend(cluster_dns(cluster)),
            given => conf.nameservers.extend(given),
        }
        conf.ndots = 5;
        conf.search = vec![
            Arc::from(format!("{}.svc.{zone}", pod.name.namespace)),
            Arc::from(format!("svc.{zone}")),
            zone.clone(),
        ];
    }
    conf.nameservers.extend(pod.dns_config.nameservers.iter().copied());
    conf.search.extend(pod.dns_config.searches.iter().cloned());
    let mut seen = std::collections::BTreeSet::new();
    conf.search.retain(|domain| seen.insert(domain.clone()));
    let mut seen = std::collections::BTreeSet::new();
    conf.nameservers.retain(|server| seen.insert(*server));
    conf.nameservers.truncate(MAX_NAMESERVERS);
    conf.search.truncate(MAX_SEARCH);
    for (name, value) in &pod.dns_config.options {
        match (&**name, value.as_deref().and_then(|value| value.parse().ok())) {
            ("ndots", Some(ndots)) => conf.ndots = ndots,
            _ => conf.options.push(match value {
                Some(value) => Arc::from(format!("{name}:{value}")),
                None => name.clone(),
            }),
        }
    }
    conf
}
