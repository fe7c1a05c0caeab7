//! Assumptions that a journey makes because something in the input acts on its traffic and is not simulated.

use super::ended::pod_at;
use super::journey::{Journey, Leg, Purpose, Source, Target};
use super::policed::{AskedOf, by_meaning};
use crate::model::Model;
use kernel::ids::NetnsId;
use kernel::packet::Port;
use kubernetes::assumption::{Assumption, Because, codes};
use kubernetes::cluster::model::{ActingPolicy, Cluster, Enforcement, NamespacedName, Pod, PodId};
use kubernetes::policy::Direction;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// Policies that are named at most, for one Pod and direction.
const NAMED: usize = 5;

/// Containers that take a Pod's traffic, by name and by a part of their image's name.
const PROXIES: [(&str, &str); 5] = [
    ("istio-proxy", "istio/proxyv2"),
    ("linkerd-proxy", "linkerd/proxy"),
    ("consul-dataplane", "consul-dataplane"),
    ("kuma-sidecar", "kuma-dp"),
    ("envoy-sidecar", "aws-appmesh-envoy"),
];

/// What acts on this journey. `services` are those that it asked for.
pub(super) fn concerning(
    model: &Model,
    journey: &Journey,
    services: &BTreeSet<&NamespacedName>,
    names: &[&str],
) -> Vec<Assumption> {
    let cluster = &model.cluster;
    let mut all = Vec::new();
    let ends = Ends::of(model, journey);
    let meaning = by_meaning(model, journey);
    for id in &ends.senders {
        all.extend(policies(cluster, *id, (Direction::Egress, &meaning), |policy| policy.egress));
    }
    for id in &ends.takers {
        all.extend(policies(cluster, *id, (Direction::Ingress, &meaning), |policy| policy.ingress));
    }
    for id in ends.senders.iter().chain(&ends.takers) {
        // What is simulated says of itself what it leaves out.
        let pod = cluster.pods.get(id.0 as usize).filter(|_| !cluster.acting.captured.contains_key(id));
        all.extend(pod.and_then(|pod| sidecar(cluster, pod)));
    }
    for mesh in &cluster.acting.meshes {
        for (service, at) in mesh.services.iter().filter(|(service, _)| services.contains(service)) {
            let made = codes::MESH_NOT_SIMULATED.made().arg("object", mesh.object.to_string());
            all.push(made.arg("service", service.to_string()).because_at(
                mesh.object.clone(),
                "spec.hosts",
                at.clone(),
            ));
        }
    }
    let url = matches!(journey.probe.to, Target::Url { .. });
    let outside = matches!(journey.probe.from, Source::External { .. });
    for door in &cluster.acting.doors {
        let made = |host: &str, service: &str| {
            let made = codes::INGRESS_NOT_SIMULATED.made().arg("object", door.object.to_string());
            made.arg("host", host).arg("service", service)
        };
        for (host, service, at) in &door.hosts {
            if names.iter().any(|name| super::wildcard::is_host(host, name)) {
                all.push(made(host, service).because_at(door.object.clone(), "spec.rules", at.clone()));
            }
        }
        if let (Some((service, at)), true, true) = (&door.any, url, outside) {
            all.push(made("*", service).because_at(door.object.clone(), "spec.rules", at.clone()));
        }
    }
    all
}

/// Pods that sent requests, and Pods that requests were for.
#[derive(Default)]
struct Ends {
    senders: BTreeSet<PodId>,
    takers: BTreeSet<PodId>,
}

impl Ends {
    fn of(model: &Model, journey: &Journey) -> Self {
        let mut ends = Self::default();
        // Nothing is limited where there is nothing that limits.
        let acting = &model.cluster.acting;
        if acting.policies.is_empty() && acting.injected.is_empty() && acting.injected_namespaces.is_empty() {
            let proxied =
                |pod: &Pod| pod.containers.iter().any(|container| is_proxy(&container.name, &container.image));
            if !model.cluster.pods.iter().any(proxied) {
                return ends;
            }
        }
        let mut addresses: BTreeSet<IpAddr> = BTreeSet::new();
        for leg in journey
            .legs
            .iter()
            .filter(|leg| matches!(leg.purpose, Purpose::Connect | Purpose::Proxy | Purpose::DnsQuery))
        {
            let spaces: BTreeSet<NetnsId> = leg.hops.iter().map(|hop| hop.netns).collect();
            // What stays inside one namespace meets no policy.
            if spaces.len() < 2 && !on_node(model, leg) {
                continue;
            }
            if let Some(first) = leg.hops.first() {
                ends.senders.extend(pod_at(model, first.netns, None));
            }
            addresses.extend(leg.hops.iter().map(|hop| hop.after.packet.innermost().ip.dst));
            if let Some(last) = leg.hops.last() {
                let port = Port(last.after.packet.innermost().destination().port());
                ends.takers.extend(pod_at(model, last.netns, Some(port)));
            }
        }
        if let Target::Pod(id, _) = journey.probe.to {
            ends.takers.insert(id);
        }
        for (at, pod) in (0u32..).zip(&model.cluster.pods) {
            if !pod.host_network && addresses.contains(&pod.ip) {
                ends.takers.insert(PodId(at));
            }
        }
        ends
    }
}

/// Whether a leg starts in a node's own namespace.
fn on_node(model: &Model, leg: &Leg) -> bool {
    leg.hops.first().is_some_and(|hop| model.site.tree.node_at(hop.netns).is_some())
}

/// The policies that select a Pod in one direction, as one assumption. Pods in their node's network are left out, as plugins do.
fn policies(
    cluster: &Cluster,
    id: PodId,
    (direction, meaning): (Direction, &[AskedOf]),
    counts: impl Fn(&ActingPolicy) -> bool,
) -> Option<Assumption> {
    let pod = cluster.pods.get(id.0 as usize).filter(|pod| !pod.host_network)?;
    let enforcement = cluster.acting.enforcement;
    let selecting: Vec<&ActingPolicy> = cluster
        .acting
        .policies
        .iter()
        .filter(|policy| counts(policy))
        // What is enforced by rules is met where these are.
        .filter(|policy| enforcement != Enforcement::Rules || !policy.read)
        .filter(|policy| cluster.policy_selects(policy, pod))
        .collect();
    let first = selecting.first()?;
    let mut names: Vec<String> = selecting.iter().take(NAMED).map(|policy| policy.object.to_string()).collect();
    if selecting.len() > NAMED {
        names.push(format!("… ({})", selecting.len()));
    }
    // Where all of them are read, and the API leaves nothing open, what they mean is known, though not what their enforcer writes.
    let own = meaning.iter().filter(|asked| asked.pod == id && asked.direction == direction);
    let said: Option<bool> = own.map(|asked| asked.decision.allowed).reduce(|all, one| all && one);
    let made = match said.filter(|_| selecting.iter().all(|policy| policy.read)) {
        _ if enforcement == Enforcement::Nobody => {
            codes::POLICY_NO_EFFECT.made().arg("cni", cluster.settings.cni.described())
        }
        Some(true) => codes::POLICY_BY_MEANING.made(),
        Some(false) => codes::POLICY_DENIES_BY_MEANING.made(),
        None => codes::POLICY_NOT_SIMULATED.made(),
    };
    let made = made.arg("pod", pod.name.to_string()).arg("policy", names.join(", "));
    Some(made.because_at(first.object.clone(), &first.field, first.location.clone()))
}

fn is_proxy(name: &str, image: &str) -> bool {
    PROXIES.iter().any(|(known, part)| name == *known || image.contains(part))
}

/// The proxy that takes a Pod's traffic: one of its containers, or one that its labels ask a mesh for.
fn sidecar(cluster: &Cluster, pod: &Pod) -> Option<Assumption> {
    let acting = &cluster.acting;
    let made = |container: &str| {
        codes::SIDECAR_NOT_SIMULATED.made().arg("pod", pod.name.to_string()).arg("container", container)
    };
    if let Some(container) = pod.containers.iter().find(|container| is_proxy(&container.name, &container.image)) {
        return Some(made(&container.name).because(&pod.origin, Some("spec.containers")));
    }
    let (mesh, object, at) = match acting.injected.get(&pod.origin.object) {
        Some((mesh, at)) => ((*mesh)?, pod.origin.object.clone(), at.clone()),
        None => {
            let (mesh, at) = acting.injected_namespaces.get(&pod.name.namespace)?;
            let name = pod.name.namespace.clone();
            (*mesh, kubernetes::origin::ObjectRef { kind: "Namespace".into(), namespace: None, name }, at.clone())
        }
    };
    // What is there was made without the proxy that is asked for now; ztunnel takes its traffic all the same.
    let without = pod.ip_given && matches!(mesh, "Istio" | "Linkerd");
    if pod.host_network || pod.origin.assumed || without {
        return None;
    }
    let because = Because { object: Some(object), field: Some("metadata.labels".into()), location: at };
    Some(Assumption { because: Some(because), ..made(mesh) })
}
