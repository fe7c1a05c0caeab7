//! What the input has that acts on traffic and is not simulated: policies, front doors, meshes. Whom it concerns is decided here; which
//! journeys lean on it, in the crate above.

use super::context::Context;
use super::evidence::{Distribution, Evidence};
use super::model::{Acting, ActingDoor, ActingMesh, ActingPolicy, Cni, NamespacedName, Pod, Settings};
use crate::manifest::acting;
use crate::manifest::objects::{Map, Metadata, Object, ParentRef, UnusedObject};
use crate::origin::{Location, ObjectRef};
use crate::policy::{Policies, Policy};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Reads them off the input.
pub(super) fn decide(context: &Context<'_>, settings: &Settings, policies: &Policies) -> Acting {
    let mut all = Acting::default();
    let acting = |policy: &Policy, field: &Arc<str>, location: &Option<Location>, read| ActingPolicy {
        object: policy.object.clone(),
        namespace: policy.namespace.clone(),
        pods: None,
        ingress: policy.ingress.is_some(),
        egress: policy.egress.is_some(),
        field: field.clone(),
        location: location.clone(),
        read,
    };
    let others = policies.all.iter().filter(|policy| policy.namespace.is_none() || policy.is_calico());
    all.policies.extend(others.map(|policy| acting(policy, &Arc::from(policy.field), &policy.location, true)));
    let not_read = policies.not_read.iter();
    all.policies.extend(not_read.map(|one| acting(&one.policy, &one.field, &one.location, false)));
    for object in &context.parsed.unused {
        if let Some(acts) = &object.acting {
            add(context, settings, &mut all, object, acts);
        }
    }
    let gateways: BTreeSet<(&str, &str)> = context
        .parsed
        .objects
        .iter()
        .filter(|one| matches!(one, Object::Gateway(_)))
        .map(|one| (one.object().namespace.as_deref().unwrap_or("default"), &*one.object().name))
        .collect();
    for object in &context.parsed.objects {
        all.policies.extend(policy(context, object));
        all.meshes.extend(mesh_route(context, object));
        all.doors.extend(far_route(context, &gateways, object));
        let (own, template) = match object {
            Object::Namespace(document) => (&document.value.metadata, None),
            Object::Pod(document) => (&document.value.metadata, None),
            Object::Deployment(document) => (&document.value.metadata, Some(&document.value.spec.template.metadata)),
            Object::ReplicaSet(document) => (&document.value.metadata, Some(&document.value.spec.template.metadata)),
            Object::DaemonSet(document) => (&document.value.metadata, Some(&document.value.spec.template.metadata)),
            Object::StatefulSet(document) => (&document.value.metadata, Some(&document.value.spec.template.metadata)),
            _ => continue,
        };
        if let Object::Namespace(document) = object {
            let mesh = injected(own).flatten().or_else(|| namespace_label(&own.labels));
            if let Some(mesh) = mesh {
                let at = context.at(document.span);
                all.injected_namespaces.insert(document.object.name.clone(), (mesh, at));
            }
        } else if let Some(mesh) = injected(template.unwrap_or(own)) {
            all.injected.insert(object.object().clone(), (mesh, context.at(object.span())));
        }
    }
    all
}

/// A NetworkPolicy, and whom it selects.
fn policy(context: &Context<'_>, object: &Object) -> Option<ActingPolicy> {
    let Object::NetworkPolicy(document) = object else { return None };
    let spec = &document.value.spec;
    let named = |name: &str| spec.policy_types.iter().any(|one| &*one.value == name);
    let given = !spec.policy_types.is_empty();
    let egress = spec.egress.as_ref().is_some_and(|rules| !rules.value.is_empty());
    let at = spec.pod_selector.as_ref().map_or(spec.span, |selector| selector.span);
    (!context.is_refused(&document.object)).then(|| ActingPolicy {
        object: document.object.clone(),
        namespace: document.object.namespace.clone(),
        pods: Some(spec.pod_selector.as_ref().map(|selector| selector.value.clone()).unwrap_or_default()),
        // Without policyTypes: always Ingress, and Egress where there are rules for it (NetworkPolicySpec).
        ingress: !given || named("Ingress"),
        egress: if given { named("Egress") } else { egress },
        field: Arc::from("spec.podSelector"),
        location: context.at(at),
        read: true,
    })
}

/// A route of Gateway API whose parent is a Service: a mesh's proxies go by it.
fn mesh_route(context: &Context<'_>, object: &Object) -> Option<ActingMesh> {
    let (Object::HttpRoute(document)
    | Object::GrpcRoute(document)
    | Object::TlsRoute(document)
    | Object::TcpRoute(document)) = object
    else {
        return None;
    };
    let own = document.object.namespace.clone().unwrap_or_else(|| Arc::from("default"));
    let parents = document.value.spec.parent_refs.iter().map(|parent| &parent.value);
    let services = parents.filter(|parent| parent.kind.as_deref() == Some("Service")).filter_map(|parent| {
        let name = parent.name.as_ref()?;
        let namespace = parent.namespace.clone().unwrap_or_else(|| own.clone());
        Some((NamespacedName { namespace, name: name.value.clone() }, context.at(name.span)))
    });
    let services: Vec<_> = services.collect();
    (!services.is_empty()).then(|| ActingMesh { object: document.object.clone(), services })
}

/// A route whose Gateway is not in the input: what it does nobody knows here.
fn far_route(context: &Context<'_>, gateways: &BTreeSet<(&str, &str)>, object: &Object) -> Option<ActingDoor> {
    let (Object::HttpRoute(document) | Object::GrpcRoute(document) | Object::TlsRoute(document)) = object else {
        return None;
    };
    let spec = &document.value.spec;
    let own = document.object.namespace.as_deref().unwrap_or("default");
    let there = |parent: &ParentRef| {
        let name = parent.name.as_ref().map_or("", |name| &name.value);
        gateways.contains(&(parent.namespace.as_deref().unwrap_or(own), name))
    };
    let mut parents = spec.parent_refs.iter().map(|parent| &parent.value);
    let far = parents.any(|parent| parent.kind.as_deref().is_none_or(|kind| kind == "Gateway") && !there(parent));
    let first = spec.rules.first().and_then(|rule| rule.value.backend_refs.first());
    let backend = first.and_then(|backend| backend.value.name.as_ref()).map(|name| name.value.clone());
    let service = backend.unwrap_or_else(|| Arc::from("-"));
    far.then(|| ActingDoor {
        object: document.object.clone(),
        hosts: spec.hostnames.iter().map(|host| (host.value.clone(), service.clone(), context.at(host.span))).collect(),
        any: spec.hostnames.is_empty().then(|| (service.clone(), context.at(document.span))),
    })
}

/// Network plugins that leave policies alone.
const LEAVE_ALONE: [Cni; 4] = [Cni::BRIDGE, Cni::FLANNEL, Cni::FLANNEL_HOST_GW, Cni::KUBENET];
/// Parts of images of what enforces policies, alone or beside another plugin: flannel's chart brings `kube-network-policies` (`netpol.enabled`).
const ENFORCERS: [&str; 12] = [
    "kube-network-policies",
    "calico/node",
    "calico-node",
    "cilium/cilium",
    "kube-router",
    "weave-npc",
    "antrea",
    "ovn-kube",
    "kube-ovn",
    "romana",
    "network-policy-agent",
    "azure-npm",
];

/// Whether policies are accepted and do nothing: neither the plugin nor anything that runs enforces them, and the distribution has nothing
/// of its own that does, as k3s has.
pub(super) fn nobody_enforces(settings: &Settings, evidence: &Evidence, pods: &[Pod]) -> bool {
    let plain = evidence
        .distribution
        .as_ref()
        .is_none_or(|shown| matches!(shown.is, Distribution::Kind | Distribution::Minikube));
    let enforces = |image: &str| ENFORCERS.iter().any(|part| image.contains(part));
    let mut containers = pods.iter().flat_map(|pod| &pod.containers);
    plain && LEAVE_ALONE.contains(&settings.cni) && !containers.any(|container| enforces(&container.image))
}

/// What labels and annotations say about a proxy beside the containers: `Some(None)` when they say that there is none.
fn injected(metadata: &Metadata) -> Option<Option<&'static str>> {
    let value = |map: &Map, key: &str| map.get(key).map(|value| &**value == "true" || &**value == "enabled");
    let said = |key: &str| value(&metadata.labels, key).or_else(|| value(&metadata.annotations, key));
    let meshes = [
        ("sidecar.istio.io/inject", "Istio"),
        ("linkerd.io/inject", "Linkerd"),
        ("consul.hashicorp.com/connect-inject", "Consul"),
        ("kuma.io/sidecar-injection", "Kuma"),
    ];
    meshes.iter().find_map(|(key, mesh)| said(key).map(|on| on.then_some(*mesh)))
}

/// Labels of namespaces that have a mesh inject its proxy, or capture the traffic of the namespace's Pods.
fn namespace_label(labels: &Map) -> Option<&'static str> {
    let is = |key: &str, wanted: &str| labels.get(key).is_some_and(|value| &**value == wanted);
    let injects = is("istio-injection", "enabled") || labels.contains_key("istio.io/rev");
    let ambient = is("istio.io/dataplane-mode", "ambient");
    injects.then_some("Istio").or(ambient.then_some("ztunnel"))
}

fn add(context: &Context<'_>, settings: &Settings, all: &mut Acting, object: &UnusedObject, acts: &acting::Acting) {
    let namespace = object.object.namespace.clone().unwrap_or_else(|| Arc::from("default"));
    let named = ObjectRef { namespace: Some(namespace.clone()), ..object.object.clone() };
    match acts {
        acting::Acting::Policy { pods, everywhere, ingress, egress, at, field } => all.policies.push(ActingPolicy {
            object: if *everywhere { object.object.clone() } else { named },
            namespace: (!everywhere).then_some(namespace),
            pods: pods.clone(),
            ingress: *ingress,
            egress: *egress,
            field: Arc::from(*field),
            location: context.at(*at),
            read: false,
        }),
        acting::Acting::Door { hosts, any, backends } => {
            let behind = backends.iter().map(|(service, port)| {
                let service = NamespacedName { namespace: namespace.clone(), name: service.clone() };
                (named.clone(), service, port.clone())
            });
            all.behind.extend(behind);
            if hosts.is_empty() && any.is_none() {
                return;
            }
            let hosts = hosts.iter().map(|(host, to)| (host.value.clone(), to.clone(), context.at(host.span)));
            let any = any.as_ref().map(|to| (to.value.clone(), context.at(to.span)));
            all.doors.push(ActingDoor { object: named, hosts: hosts.collect(), any });
        }
        acting::Acting::Mesh { hosts } => {
            let services = hosts.iter().filter_map(|host| {
                let at: Option<Location> = context.at(host.span);
                service(settings, &namespace, &host.value).map(|service| (service, at))
            });
            all.meshes.push(ActingMesh { object: named.clone(), services: services.collect() });
            let outside = hosts.iter().filter(|host| service(settings, &namespace, &host.value).is_none());
            let outside: Vec<_> =
                outside.map(|host| (host.value.clone(), host.value.clone(), context.at(host.span))).collect();
            if !outside.is_empty() {
                all.doors.push(ActingDoor { object: named, hosts: outside, any: None });
            }
        }
    }
}

/// The Service that a mesh's host means: a short name is one of the object's own namespace.
fn service(settings: &Settings, namespace: &Arc<str>, host: &str) -> Option<NamespacedName> {
    let zone = format!(".svc.{}", settings.dns_domain);
    let inside = host.strip_suffix(zone.as_str()).or_else(|| host.strip_suffix(".svc"));
    let (name, namespace) = match (inside, host.contains('.')) {
        (Some(inside), _) => inside.split_once('.').map(|(name, namespace)| (name, Arc::from(namespace)))?,
        (None, false) => (host, namespace.clone()),
        (None, true) => return None,
    };
    Some(NamespacedName { namespace, name: Arc::from(name) })
}
