//! The cluster's name server where the input names none: around manifests as kubeadm sets it up; in a whole cluster for questions by name
//! only, so that rules and probes by address see what was given.

use super::context::Context;
use super::model::{Node, NodeId, NodeRole, Pod, Service, Settings, TargetPort};
use super::system_objects;
use crate::assumption::{About, codes as assumed};
use crate::manifest::Parsed;
use crate::manifest::objects::Object;
use ipnet::IpNet;
use kernel::packet::Protocol;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

/// Which of the usual addresses the DNS Service has: the tenth of the Service network.
const TENTH: usize = 9;

/// True for the cluster's DNS Service: by its usual names, or by the label that distributions keep.
pub(super) fn is_dns(service: &Service) -> bool {
    let named = matches!(
        (&*service.name.namespace, &*service.name.name),
        ("kube-system", "kube-dns" | "coredns") | ("openshift-dns", "dns-default")
    );
    let labels = || service.selector.iter().chain(&service.labels);
    named || (!service.headless && labels().any(|(key, value)| &**key == "k8s-app" && &**value == "kube-dns"))
}

/// True where the input has the cluster's DNS Service.
pub(super) fn is_there(context: &Context<'_>, services: &[Service]) -> bool {
    services.iter().any(|service| is_dns(service) && !super::node_cache::is_behind_cache(context, service))
}

/// True for a Pod of CoreDNS or of what stands in for it.
pub(super) fn serves(pod: &Pod) -> bool {
    pod.labels.get("k8s-app").is_some_and(|label| &**label == "kube-dns")
}

/// Adds the Service `kube-dns` where none is given: at the address kubelet was told, else at the tenth. False when one is there.
pub(super) fn service(context: &Context<'_>, settings: &Settings, services: &mut Vec<Service>) -> bool {
    if is_there(context, services) {
        return false;
    }
    let told = context.parsed.objects.iter().find_map(|object| match object {
        Object::KubeletConfiguration(kubelet) => {
            kubelet.value.cluster_dns.iter().filter_map(|text| text.value.parse::<IpAddr>().ok()).find(IpAddr::is_ipv4)
        }
        _ => None,
    });
    // What is given keeps its address; then the next is as good.
    let taken: BTreeSet<IpAddr> = services.iter().flat_map(|service| service.cluster_ips.iter().copied()).collect();
    let told = told.filter(|ip| settings.service_cidr.contains(ip) && !taken.contains(ip));
    let free = || settings.service_cidr.hosts().skip(TENTH).find(|ip| !taken.contains(ip));
    let Some(ip) = told.or_else(free) else { return false };
    let ports = [
        ("dns", Protocol::Udp, 53, TargetPort::Number(kernel::packet::Port(53))),
        ("dns-tcp", Protocol::Tcp, 53, TargetPort::Number(kernel::packet::Port(53))),
        ("metrics", Protocol::Tcp, 9153, TargetPort::Number(kernel::packet::Port(9153))),
    ];
    services.push(system_objects::service("kube-system", "kube-dns", ip, &[("k8s-app", "kube-dns")], &ports));
    true
}

/// Says that the name server of a whole cluster is assumed.
pub(super) fn say(context: &mut Context<'_>) {
    context.assume(assumed::DNS_ASSUMED.made().about(About::Dns));
}

/// Adds CoreDNS to the Pods of a whole cluster, with the next free addresses of its node, unless a Pod of it is there already; where Pods come
/// and go over time, with the last ones, which stay theirs.
pub(super) fn pods(parsed: &Parsed, nodes: &[Node], pods: &mut Vec<Pod>) {
    if pods.iter().any(serves) {
        return;
    }
    let all = || (0u32..).map(NodeId).zip(nodes).filter(|(_, node)| !super::nodes::labels::is_windows(&node.labels));
    let ready = || all().filter(|(_, node)| node.ready);
    let control = ready().find(|(_, node)| node.role == NodeRole::ControlPlane);
    let Some((id, node)) = control.or_else(|| ready().next()).or_else(|| all().next()) else { return };
    let taken: BTreeSet<IpAddr> = pods.iter().map(|pod| pod.ip).collect();
    let first = node.pod_cidr.hosts().find(|ip| !node.host_routes || !taken.contains(ip));
    let open = |ip: &IpAddr| Some(*ip) != first && !taken.contains(ip);
    let free: Vec<IpAddr> = match (changes(parsed), node.pod_cidr) {
        (true, IpNet::V4(net)) => {
            let (from, to) = (u32::from(net.network()), u32::from(net.broadcast()));
            (from + 1..to).rev().map(|ip| IpAddr::V4(ip.into())).filter(open).take(2).collect()
        }
        _ => node.pod_cidr.hosts().filter(open).take(2).collect(),
    };
    for (index, ip) in free.into_iter().enumerate() {
        let mut pod = system_objects::coredns(index);
        (pod.node, pod.ip) = (id, ip);
        pod.name.namespace = Arc::from("kube-system");
        pods.push(pod);
    }
}

/// Whether the input has a timeline, or is of a moment of one.
fn changes(parsed: &Parsed) -> bool {
    let timed = |object: &Object| matches!(object, Object::Scenario(document) if !document.value.timeline.is_empty());
    parsed.held.later || parsed.objects.iter().any(timed)
}
