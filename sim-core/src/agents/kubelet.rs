//! kubelet: `resolv.conf` of each Pod (pkg/kubelet/network/dns/dns.go), and its own port.

use super::docker;
use super::resolv::{ResolvConf, host_resolv_conf};
use kubernetes::cluster::model::{Cluster, DnsPolicy, NodeId, Pod, Service, ServiceId};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

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
        // Only the cache on nodes asks the Service behind it.
        let behind = |ip: &IpAddr| cluster.node_cache.as_ref().is_some_and(|cache| cache.upstream == *ip);
        let behind = |service: &Service| service.cluster_ips.iter().any(behind);
        let fits = |service: &Service| (is(&service.selector) || is(&service.labels)) && !behind(service);
        let found = cluster.services.iter().position(|service| !service.headless && fits(service))?;
        Some(ServiceId(found as u32))
    };
    let usual = [("kube-system", "kube-dns"), ("kube-system", "coredns"), ("openshift-dns", "dns-default")];
    usual.into_iter().find_map(|(namespace, name)| named(namespace, name)).or_else(labelled)
}

/// A node's own file: that of a container, where it is one. The entry point of kind's node image puts the network's gateway in place of the
/// engine's resolver.
pub(crate) fn node_resolv_conf(cluster: &Cluster, id: NodeId) -> ResolvConf {
    let node = cluster.nodes.get(id.0 as usize);
    let inside = node.and_then(|node| Some((node.container?, cluster.network_of(node)?)));
    let Some((container, (host, network))) = inside else {
        return host_resolv_conf(cluster, node.map(|node| node.segment).unwrap_or_default());
    };
    let Some(of) = cluster.docker_host(host) else { return ResolvConf::default() };
    let conf = docker::resolv_conf(cluster, of, Some(container));
    let moved = cluster.container(container).and_then(|of| of.node).is_some_and(|(_, maker)| maker.moves_resolver());
    let own = of.networks.first().is_some_and(|first| first.name != network.name);
    match moved && own {
        true => ResolvConf { nameservers: vec![IpAddr::V4(network.gateway)], ..conf },
        false => conf,
    }
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
