//! What kubeadm sets up around manifests that bring no Nodes: the API server, CoreDNS, and their Services.

use super::context::Context;
use super::coredns;
use super::model::{NodeRole, Service, Settings, TargetPort};
use super::nodes::Candidate;
use super::pods::Draft;
use super::system_objects::{container, coredns as coredns_pod, draft, origin, service};
use kernel::packet::{Port, Protocol};
use std::collections::BTreeSet;
use std::net::IpAddr;

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
        made.pod = coredns_pod(index);
        made.node_name = Some(home.node.name.clone());
        drafts.push(made);
    }
    context.assume(crate::assumption::codes::COREDNS.made());
}
