//! The objects that kubeadm sets up, as they are decided.

use super::model::{
    Container, ContainerPort, DnsConfig, DnsPolicy, NamespacedName, Origin, Pod, Service, ServicePort, ServiceType,
    TargetPort, TrafficPolicy,
};
use super::names::suffix;
use super::pods::Draft;
use super::state::{ContainerState, PodState};
use crate::manifest::objects::PodSpec;
use crate::origin::ObjectRef;
use kernel::packet::{Port, Protocol};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, LazyLock};

/// A spec without wishes.
static PLAIN: LazyLock<PodSpec> = LazyLock::new(PodSpec::default);

fn labels(pairs: &[(&str, &str)]) -> BTreeMap<Arc<str>, Arc<str>> {
    pairs.iter().map(|(key, value)| (Arc::from(*key), Arc::from(*value))).collect()
}

pub(super) fn origin(kind: &str, namespace: &str, name: &str) -> Origin {
    let object = ObjectRef { kind: Arc::from(kind), namespace: Some(Arc::from(namespace)), name: Arc::from(name) };
    Origin { object, location: None, assumed: true }
}

pub(super) fn service(
    namespace: &str,
    name: &str,
    ip: IpAddr,
    selector: &[(&str, &str)],
    ports: &[(&str, Protocol, u16, TargetPort)],
) -> Service {
    let port = |(name, protocol, port, target): &(&str, Protocol, u16, TargetPort)| ServicePort {
        name: Arc::from(*name),
        protocol: *protocol,
        port: Port(*port),
        target_port: target.clone(),
        node_port: None,
        app_protocol: None,
        location: None,
    };
    Service {
        name: NamespacedName { namespace: Arc::from(namespace), name: Arc::from(name) },
        kind: ServiceType::ClusterIp,
        cluster_ips: vec![ip],
        headless: false,
        selector: labels(selector),
        ports: ports.iter().map(port).collect(),
        external_name: None,
        external_ips: Vec::new(),
        load_balancer: Vec::new(),
        source_ranges: Vec::new(),
        health_check_node_port: None,
        allocate_node_ports: false,
        internal_traffic_policy: TrafficPolicy::Cluster,
        external_traffic_policy: TrafficPolicy::Cluster,
        session_affinity: None,
        announces: None,
        publish_not_ready: false,
        traffic_distribution: None,
        labels: BTreeMap::new(),
        annotations: BTreeMap::new(),
        origin: origin("Service", namespace, name),
        fields: BTreeMap::new(),
    }
}

/// One of CoreDNS' Pods, without a node and an address.
pub(super) fn coredns(index: usize) -> Pod {
    let name = format!("coredns-{}-{}", suffix("kube-system/coredns", 10), suffix(&format!("coredns {index}"), 5));
    let made = draft(&name, origin("Deployment", "kube-system", "coredns"), &[("k8s-app", "kube-dns")]);
    let ports = [("dns", Protocol::Udp, 53), ("dns-tcp", Protocol::Tcp, 53), ("metrics", Protocol::Tcp, 9153)];
    Pod {
        dns_policy: DnsPolicy::Default,
        containers: vec![container("coredns", &ports)],
        made_by: Some(made.pod.origin.object.clone()),
        ..made.pod
    }
}

pub(super) fn container(name: &str, ports: &[(&str, Protocol, u16)]) -> Container {
    let port = |(name, protocol, port): &(&str, Protocol, u16)| ContainerPort {
        name: Some(Arc::from(*name)),
        port: Port(*port),
        protocol: *protocol,
        host_port: None,
        host_ip: None,
        location: None,
        span: Default::default(),
    };
    Container {
        name: Arc::from(name),
        image: Arc::from(""),
        ports: ports.iter().map(port).collect(),
        state: ContainerState::Running,
    }
}

pub(super) fn draft(name: &str, origin: Origin, pod_labels: &[(&str, &str)]) -> Draft<'static> {
    let pod = Pod {
        name: NamespacedName { namespace: Arc::from("kube-system"), name: Arc::from(name) },
        node: Default::default(),
        ip: IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED),
        ip_given: false,
        host_network: false,
        labels: labels(pod_labels),
        containers: Vec::new(),
        listening: Default::default(),
        ready: true,
        terminating: false,
        state: PodState::default(),
        hostname: None,
        subdomain: None,
        dns_policy: DnsPolicy::ClusterFirst,
        dns_config: DnsConfig::default(),
        host_aliases: Vec::new(),
        origin,
        made_by: None,
    };
    Draft { pod, spec: &PLAIN, node_name: None, ip: None, group: Arc::from("system"), handed_out: false, pinned: true }
}
