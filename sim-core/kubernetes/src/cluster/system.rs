//! What kubeadm sets up around manifests that bring no Nodes: the API server, CoreDNS, and their Services.

use super::context::Context;
use super::coredns;
use super::model::{
    Container, ContainerPort, DnsConfig, DnsPolicy, NamespacedName, NodeRole, Origin, Pod, Service, ServicePort,
    ServiceType, Settings, TargetPort, TrafficPolicy,
};
use super::names::suffix;
use super::nodes::Candidate;
use super::pods::Draft;
use super::state::{ContainerState, PodState};
use crate::manifest::objects::PodSpec;
use crate::origin::ObjectRef;
use kernel::packet::{Port, Protocol};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Arc, LazyLock};

/// A spec without wishes.
static PLAIN: LazyLock<PodSpec> = LazyLock::new(PodSpec::default);

fn labels(pairs: &[(&str, &str)]) -> BTreeMap<Arc<str>, Arc<str>> {
    pairs.iter().map(|(key, value)| (Arc::from(*key), Arc::from(*value))).collect()
}

fn origin(kind: &str, namespace: &str, name: &str) -> Origin {
    let object = ObjectRef { kind: Arc::from(kind), namespace: Some(Arc::from(namespace)), name: Arc::from(name) };
    Origin { object, location: None, assumed: true }
}

/// Adds the Services `kubernetes` and `kube-dns` where the input is not the whole cluster and does not have them.
pub(super) fn services(context: &mut Context<'_>, settings: &Settings, services: &mut Vec<Service>) {
    if context.whole {
        return;
    }
    let has = |services: &[Service], namespace: &str, name: &str| {
        services.iter().any(|s| &*s.name.namespace == namespace && &*s.name.name == name)
    };
    // What is given keeps its address; then the next is as good.
    let taken: BTreeSet<IpAddr> = services.iter().flat_map(|service| service.cluster_ips.iter().copied()).collect();
    let first = settings.service_cidr.hosts().find(|ip| !taken.contains(ip));
    let mut added = Vec::new();
    if let Some(ip) = first.filter(|_| !has(services, "default", "kubernetes")) {
        let port = ("https", Protocol::Tcp, 443, TargetPort::Number(Port(6443)));
        services.push(service("default", "kubernetes", ip, &[], &[port]));
        added.push("kubernetes");
    }
    if coredns::service(context, settings, services) {
        added.push("kube-dns");
    }
    if !added.is_empty() {
        context.assume(crate::assumption::codes::SYSTEM_SERVICES.made().arg("names", added.join(", ")));
    }
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
        publish_not_ready: false,
        traffic_distribution: None,
        labels: BTreeMap::new(),
        annotations: BTreeMap::new(),
        origin: origin("Service", namespace, name),
        fields: BTreeMap::new(),
    }
}

/// Adds the API server's static Pods, and CoreDNS with two replicas. CoreDNS is scheduled while the control plane is still alone, so
/// both land there.
pub(super) fn pods(context: &mut Context<'_>, nodes: &[Candidate], drafts: &mut Vec<Draft<'_>>) {
    if context.whole {
        return;
    }
    let controls = nodes.iter().filter(|candidate| candidate.node.role == NodeRole::ControlPlane);
    for candidate in controls.clone() {
        let name = format!("kube-apiserver-{}", candidate.node.name);
        let mut made = draft(
            &name,
            origin("Pod", "kube-system", &name),
            &[("component", "kube-apiserver"), ("tier", "control-plane")],
        );
        made.pod.host_network = true;
        made.pod.containers = vec![container("kube-apiserver", &[("https", Protocol::Tcp, 6443)])];
        made.node_name = Some(candidate.node.name.clone());
        drafts.push(made);
    }
    let given = drafts.iter().any(|draft| draft.pod.labels.get("k8s-app").is_some_and(|label| &**label == "kube-dns"));
    let in_input = context.parsed.objects.iter().any(|object| {
        let object = object.object();
        &*object.kind == "Deployment"
            && &*object.name == "coredns"
            && object.namespace.as_deref() == Some("kube-system")
    });
    if given || in_input {
        return;
    }
    let Some(home) = controls.clone().next().or(nodes.first()) else { return };
    for index in 0..2 {
        let mut made = draft("", origin("Deployment", "kube-system", "coredns"), &[]);
        made.pod = coredns(index);
        made.node_name = Some(home.node.name.clone());
        drafts.push(made);
    }
    context.assume(crate::assumption::codes::COREDNS.made());
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

fn container(name: &str, ports: &[(&str, Protocol, u16)]) -> Container {
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

fn draft(name: &str, origin: Origin, pod_labels: &[(&str, &str)]) -> Draft<'static> {
    let pod = Pod {
        name: NamespacedName { namespace: Arc::from("kube-system"), name: Arc::from(name) },
        node: Default::default(),
        ip: IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED),
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
    Draft { pod, spec: &PLAIN, node_name: None, ip: None, group: Arc::from("system"), pinned: true }
}
