//! kubelet: `resolv.conf` of each Pod (pkg/kubelet/network/dns/dns.go), and its own port.

use super::ResolvConf;
use crate::cluster::model::{Cluster, DnsPolicy, Pod, ServiceId};
use std::net::IpAddr;
use std::sync::Arc;

/// Limits of `validateNameserver`/`formDNSSearchFitsLimits`.
const MAX_NAMESERVERS: usize = 3;
const MAX_SEARCH: usize = 32;

/// The cluster's DNS Service.
pub(crate) fn cluster_dns_service(cluster: &Cluster) -> Option<ServiceId> {
    cluster.service_named("kube-system", "kube-dns").or_else(|| cluster.service_named("kube-system", "coredns"))
}

/// ClusterIP of the DNS Service, which kubelet is configured with (`clusterDNS`).
pub(crate) fn cluster_dns(cluster: &Cluster) -> Option<IpAddr> {
    let id = cluster_dns_service(cluster)?;
    cluster.services.get(id.0 as usize)?.cluster_ips.iter().copied().find(IpAddr::is_ipv4)
}

/// What kubelet writes for a Pod.
pub(crate) fn resolv_conf(cluster: &Cluster, pod: &Pod) -> ResolvConf {
    let policy = match (pod.dns_policy, pod.host_network) {
        (DnsPolicy::ClusterFirst, true) => DnsPolicy::Default,
        (DnsPolicy::ClusterFirstWithHostNet, _) => DnsPolicy::ClusterFirst,
        (policy, _) => policy,
    };
    let mut conf = ResolvConf { ndots: 1, ..ResolvConf::default() };
    if policy == DnsPolicy::ClusterFirst {
        let zone = &cluster.settings.dns_domain;
        conf.nameservers.extend(cluster_dns(cluster));
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
