//! Workloads with the Pods that are theirs: those that have a network, those that have none, and what a workload without Pods would make.

use super::model::{Cluster, Container, NamespacedName};
use super::workloads::{Owner, owners};
use crate::manifest::Parsed;
use crate::manifest::objects::{Map, Metadata, Object, OwnerReference, PodSpec, Text};
use crate::origin::{Location, ObjectRef};
use kernel::packet::Protocol;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

/// A workload, or a Pod that nobody controls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload<'c> {
    /// The object; its namespace is always said.
    pub object: ObjectRef,
    /// Where it starts, else its first Pod.
    pub location: Option<Location>,
    /// The API server refuses it, or one of its Pods: what policies would say of it is to be had nonetheless.
    pub refused: bool,
    /// Its Pods: one at least.
    pub pods: Vec<WorkloadPod<'c>>,
}

/// A Pod as policies look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkloadPod<'c> {
    /// Its name, where there is such a Pod.
    pub name: Option<&'c Text>,
    /// Labels.
    pub labels: &'c Map,
    /// Ports that its containers declare.
    pub ports: Vec<(Option<Text>, Protocol, u16)>,
    /// Its address, where the input gives it; of Pods in their node's network the node's.
    pub ip: Option<IpAddr>,
    /// `hostNetwork`.
    pub host_network: bool,
}

/// All workloads of the input, in order of namespace, name and kind. What was assumed is none of them.
pub fn workloads<'c>(parsed: &'c Parsed, cluster: &'c Cluster) -> Vec<Workload<'c>> {
    let objects: BTreeMap<&ObjectRef, &Object> = parsed.objects.iter().map(|one| (one.object(), one)).collect();
    let by_name = owners(&parsed.objects);
    let mut all: BTreeMap<(Text, Text, Text), Workload<'_>> = BTreeMap::new();
    let mut add = |object: ObjectRef, location: Option<Location>, pod: WorkloadPod<'c>, refused: bool| {
        let namespace = object.namespace.clone().unwrap_or_else(|| Arc::from("default"));
        let key = (namespace.clone(), object.name.clone(), object.kind.clone());
        let object = ObjectRef { namespace: Some(namespace), ..object };
        let own = all.entry(key).or_insert_with(|| Workload { object, location, refused, pods: Vec::new() });
        own.refused |= refused;
        own.pods.push(pod);
    };
    let whose = |origin: &ObjectRef, made_by: Option<&ObjectRef>| {
        made_by.cloned().unwrap_or_else(|| controller(&objects, &by_name, origin))
    };
    let place = |object: &ObjectRef, own: &Option<Location>| {
        objects.get(object).and_then(|found| parsed.locate(found.span())).or_else(|| own.clone())
    };
    let mut busy = BTreeSet::new();
    for pod in cluster.pods.iter().filter(|pod| !pod.origin.assumed) {
        let object = whose(&pod.origin.object, pod.made_by.as_ref());
        let known = match pod.host_network {
            true => cluster.nodes.get(pod.node.0 as usize).is_some_and(|node| !node.origin.assumed),
            false => pod.ip_given,
        };
        let (ports, ip) = (declared(&pod.containers), known.then_some(pod.ip));
        let own =
            WorkloadPod { name: Some(&pod.name.name), labels: &pod.labels, ports, ip, host_network: pod.host_network };
        busy.insert(object.clone());
        add(object.clone(), place(&object, &pod.origin.location), own, false);
    }
    for pod in cluster.absent.iter().filter(|pod| !pod.origin.assumed) {
        let object = whose(&pod.origin.object, pod.made_by.as_ref());
        let host_network = objects.get(&pod.origin.object).and_then(|found| found.pod()).is_some_and(in_host);
        let own = WorkloadPod {
            name: Some(&pod.name.name),
            labels: &pod.labels,
            ports: declared(&pod.containers),
            ip: None,
            host_network,
        };
        busy.insert(object.clone());
        add(object.clone(), place(&object, &pod.origin.location), own, false);
    }
    for object in &parsed.objects {
        let (Some((metadata, spec)), Some(own)) = (object.pod(), object.metadata()) else { continue };
        let (name, is_pod) = (object.object(), matches!(object, Object::Pod(_)));
        let refused = cluster.refused.contains_key(name);
        // An owner speaks for what it owns: an old ReplicaSet of a Deployment says nothing. A Pod that is not there was refused.
        let speaks = if is_pod { refused } else { own.owner_references.is_empty() };
        if !speaks || (spec.containers.is_empty() && !is_pod) || busy.contains(name) {
            continue;
        }
        let whose = if is_pod { controller(&objects, &by_name, name) } else { name.clone() };
        let labels: &Map = &metadata.labels;
        let host_network = in_host((metadata, spec));
        let called = is_pod.then_some(&name.name);
        let pod = WorkloadPod { name: called, labels, ports: written(spec), ip: None, host_network };
        add(whose.clone(), place(&whose, &parsed.locate(object.span())), pod, refused);
    }
    all.into_values().collect()
}

/// Who controls each Pod of the input that somebody controls.
pub fn makers(parsed: &Parsed, cluster: &Cluster) -> BTreeMap<NamespacedName, ObjectRef> {
    let objects: BTreeMap<&ObjectRef, &Object> = parsed.objects.iter().map(|one| (one.object(), one)).collect();
    let by_name = owners(&parsed.objects);
    let pods = cluster.pods.iter().filter(|pod| !pod.origin.assumed);
    let of = |pod: &super::model::Pod| {
        let maker = match &pod.made_by {
            Some(maker) => maker.clone(),
            None => controller(&objects, &by_name, &pod.origin.object),
        };
        (maker != pod.origin.object).then(|| (pod.name.clone(), maker))
    };
    pods.filter_map(of).collect()
}

fn in_host((_, spec): (&Metadata, &PodSpec)) -> bool {
    spec.host_network.as_ref().is_some_and(|flag| flag.value)
}

fn declared(containers: &[Container]) -> Vec<(Option<Text>, Protocol, u16)> {
    let ports = containers.iter().flat_map(|container| &container.ports);
    ports.map(|port| (port.name.clone(), port.protocol, port.port.0)).collect()
}

/// The same of a template; what is no port is none.
fn written(spec: &PodSpec) -> Vec<(Option<Text>, Protocol, u16)> {
    let ports = spec.containers.iter().flat_map(|container| &container.value.ports);
    let read = ports.filter_map(|port| {
        let port = &port.value;
        let number = u16::try_from(port.container_port.as_ref()?.value).ok().filter(|number| *number > 0)?;
        let protocol = match port.protocol.as_ref().map_or("TCP", |protocol| &*protocol.value) {
            "TCP" => Protocol::Tcp,
            "UDP" => Protocol::Udp,
            "SCTP" => Protocol::Sctp,
            _ => return None,
        };
        Some((port.name.as_ref().map(|name| name.value.clone()), protocol, number))
    });
    read.collect()
}

/// Who controls a Pod of the input, up to whom the input has; itself where nobody does.
fn controller(
    objects: &BTreeMap<&ObjectRef, &Object>,
    by_name: &BTreeMap<ObjectRef, BTreeSet<Owner>>,
    pod: &ObjectRef,
) -> ObjectRef {
    let named = |(kind, name): &Owner| ObjectRef {
        // Without a kind it is whatever holds Pods.
        kind: if kind.is_empty() { Arc::from("Pod") } else { kind.clone() },
        namespace: pod.namespace.clone(),
        name: name.clone(),
    };
    let by = |object: &ObjectRef| {
        let references = &objects.get(object)?.metadata()?.owner_references;
        let owner = references.iter().find(|one| one.value.controller == Some(true)).or_else(|| references.first())?;
        let OwnerReference { kind, name, .. } = &owner.value;
        // A static Pod's is its node.
        (&**kind != "Node").then(|| named(&(kind.clone(), name.clone())))
    };
    // Those of the input that made it, as owners and their names tell; who is not made itself comes last.
    let makers = || by_name.get(pod).into_iter().flatten().map(named).filter(|maker| objects.contains_key(maker));
    let top = |maker: &ObjectRef| by(maker).is_none();
    match by(pod) {
        None => makers().find(top).unwrap_or_else(|| pod.clone()),
        Some(direct) if objects.contains_key(&direct) => match by(&direct) {
            Some(above) => above,
            None => direct,
        },
        Some(direct) => makers().find(top).unwrap_or(direct),
    }
}
