//! Finds what a probe names: `pod/NS/NAME`, `deploy/NAME`, `ip/ADDRESS` …, and what was meant where there is no such thing.

use super::probe_text::{ProbeError, Result, error, similar};
use crate::agents::router::{self, ROUTER};
use crate::model::Model;
use crate::site::{self, Machine, MachineId};
use kubernetes::cluster::model::AbsentPod;
use kubernetes::cluster::model::{Cluster, NamespacedName, NodeId, PodId, ServiceId};
use kubernetes::cluster::state::ObstacleKind;
use kubernetes::manifest::objects::{LabelSelector, Object};
use kubernetes::origin::ObjectRef;
use std::net::IpAddr;

/// A kind of thing that probes name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Pod,
    Node,
    Service,
    /// The address a load balancer gave.
    LoadBalancer,
    /// A workload, by its kind in manifests.
    Workload(&'static str),
    /// Whoever has an address.
    Address,
    /// A machine that is no node.
    Host,
    /// A container of a Docker host.
    Container,
    /// The virtual machine of Docker Desktop.
    Vm,
    External,
}

/// The words for each kind, first the one that is written.
const WORDS: &[(Kind, &[&str])] = &[
    (Kind::Pod, &["pod", "pods", "po"]),
    (Kind::Node, &["node", "nodes", "no"]),
    (Kind::Service, &["svc", "service", "services"]),
    (Kind::LoadBalancer, &["lb", "loadbalancer"]),
    (Kind::Workload("Deployment"), &["deploy", "deployment", "deployments"]),
    (Kind::Workload("StatefulSet"), &["sts", "statefulset", "statefulsets"]),
    (Kind::Workload("DaemonSet"), &["ds", "daemonset", "daemonsets"]),
    (Kind::Workload("ReplicaSet"), &["rs", "replicaset", "replicasets"]),
    (Kind::Workload("Job"), &["job", "jobs"]),
    (Kind::Address, &["ip"]),
    (Kind::Host, &["host", "hosts"]),
    (Kind::Container, &["container", "containers"]),
    (Kind::Vm, &["vm"]),
    (Kind::External, &["external"]),
];

impl Kind {
    /// By its word.
    pub(super) fn of(word: &str) -> Option<Self> {
        WORDS.iter().find(|(_, words)| words.contains(&word)).map(|(kind, _)| *kind)
    }

    /// The word it is written with.
    pub(super) fn word(self) -> &'static str {
        WORDS.iter().find(|(kind, _)| *kind == self).and_then(|(_, words)| words.first()).copied().unwrap_or_default()
    }
}

/// The one thing of a name: `[NAME]` where only one has it, or `[NAMESPACE, NAME]`.
fn one<'c, I: Copy>(
    part: &'static str,
    unknown: &'static str,
    word: &str,
    path: &[&str],
    all: impl Iterator<Item = (I, &'c NamespacedName)> + Clone,
) -> Result<I> {
    let given = format!("{word}/{}", path.join("/"));
    let written = |(_, name): (I, &NamespacedName)| format!("{word}/{name}");
    let fits = |name: &NamespacedName| match path {
        [wanted] => *name.name == **wanted,
        [namespace, wanted] => *name.namespace == **namespace && *name.name == **wanted,
        _ => false,
    };
    let mut found = all.clone().filter(|(_, name)| fits(name));
    match (found.next(), found.next()) {
        (Some((id, _)), None) => Ok(id),
        (Some(_), Some(_)) => {
            let same = all.filter(|(_, name)| fits(name)).take(8).map(written).collect();
            Err(error(part, "ambiguous", &given, same))
        }
        (None, _) => Err(error(part, unknown, &given, similar(&given, all.map(written)))),
    }
}

/// A Pod.
pub(super) fn pod(cluster: &Cluster, part: &'static str, path: &[&str]) -> Result<PodId> {
    let all = (0u32..).map(PodId).zip(cluster.pods.iter().map(|pod| &pod.name));
    one(part, "unknown-pod", "pod", path, all).map_err(|wrong| {
        let fits = |name: &NamespacedName| match path {
            [wanted] => *name.name == **wanted,
            [namespace, wanted] => *name.namespace == **namespace && *name.name == **wanted,
            _ => false,
        };
        let absent = cluster.absent.iter().find(|pod| fits(&pod.name));
        match absent.filter(|_| wrong.code == "unknown-pod") {
            Some(pod) => without_address(part, pod),
            None => refused(cluster, part, "Pod", path, wrong),
        }
    })
}

/// An object of the input that the API server does not take, in place of one that is unknown.
fn refused(cluster: &Cluster, part: &'static str, kind: &str, path: &[&str], wrong: ProbeError) -> ProbeError {
    let own = |object: &ObjectRef| {
        let namespace = object.namespace.as_deref().unwrap_or("default");
        let fits = match path {
            [name] => *object.name == **name,
            [space, name] => namespace == *space && *object.name == **name,
            _ => false,
        };
        *object.kind == *kind && fits && wrong.code.starts_with("unknown-")
    };
    match cluster.refused.iter().find(|(object, _)| own(object)) {
        Some((object, at)) => {
            let given = at.as_ref().map_or_else(|| object.to_string(), |at| format!("{object} ({at})"));
            error(part, "refused-object", &given, Vec::new())
        }
        None => wrong,
    }
}

/// Why nothing goes to or from a Pod that has no network.
fn without_address(part: &'static str, pod: &AbsentPod) -> ProbeError {
    let code = match pod.obstacle.kind {
        ObstacleKind::Ended => "pod-ended",
        ObstacleKind::Unscheduled => "pod-unscheduled",
        _ => "pod-not-started",
    };
    let reason = &pod.obstacle.reason;
    let given = if reason.is_empty() { pod.name.to_string() } else { format!("{} ({reason})", pod.name) };
    error(part, code, &given, Vec::new())
}

/// A Service; `word` as it was written: `svc` or `lb`.
pub(super) fn service(cluster: &Cluster, word: &str, path: &[&str]) -> Result<ServiceId> {
    let all = (0u32..).map(ServiceId).zip(cluster.services.iter().map(|service| &service.name));
    one("to", "unknown-service", word, path, all).map_err(|wrong| refused(cluster, "to", "Service", path, wrong))
}

/// A node.
pub(super) fn node(cluster: &Cluster, part: &'static str, name: &str) -> Result<NodeId> {
    let names = || cluster.nodes.iter().map(|node| format!("node/{}", node.name));
    let unknown = || error(part, "unknown-node", name, similar(&format!("node/{name}"), names()));
    cluster.node_named(name).ok_or_else(unknown)
}

/// Whoever has an address: a Pod of its own, else a node.
pub(super) enum Holder {
    Pod(PodId),
    Node(NodeId),
    Machine(MachineId),
}

/// Whoever has an address.
pub(super) fn holder(model: &Model, part: &'static str, text: &str) -> Result<Holder> {
    let cluster = &model.cluster;
    let containers = || {
        let own = cluster.docker.iter().flat_map(|host| &host.containers).flat_map(|of| of.attachments());
        own.map(|one| IpAddr::V4(one.ip)).chain(cluster.docker.iter().map(|host| host.ip))
    };
    let known = || {
        let pods = cluster.pods.iter().filter(|pod| !pod.host_network).map(|pod| pod.ip);
        pods.chain(cluster.nodes.iter().map(|node| node.ip)).chain(containers()).map(|ip| format!("ip/{ip}"))
    };
    let unknown = || error(part, "unknown-address", text, similar(&format!("ip/{text}"), known()));
    let address: IpAddr = text.parse().map_err(|_| unknown())?;
    let pod = cluster.pods.iter().position(|pod| pod.ip == address && !pod.host_network);
    let node = cluster.nodes.iter().position(|node| node.ip == address);
    let pod = pod.map(|at| Holder::Pod(PodId(at as u32)));
    let machine = || machines(model).find(|(id, _)| has(model, *id, address)).map(|(id, _)| Holder::Machine(id));
    pod.or(node.map(|at| Holder::Node(NodeId(at as u32)))).or_else(machine).ok_or_else(unknown)
}

/// Whether a machine that is no node has an address.
fn has(model: &Model, id: MachineId, address: IpAddr) -> bool {
    match model.site.tree.machine(id).map(|machine| machine.kind) {
        Some(site::Kind::Host(ip)) => ip == address,
        Some(site::Kind::Vm(of)) => model.cluster.docker_host(of).is_some_and(|of| of.engine_ip() == address),
        Some(site::Kind::Router) => super::machines::router_of(model, id).is_some_and(|of| router::has(of, address)),
        Some(site::Kind::Container(of)) => {
            let container = model.cluster.container(of);
            container.is_some_and(|of| of.attachments().iter().any(|one| IpAddr::V4(one.ip) == address))
        }
        _ => false,
    }
}

/// Machines that are no nodes and that probes name, as they are written.
pub(super) fn machines(model: &Model) -> impl Iterator<Item = (MachineId, &str)> {
    let named = |machine: &Machine| match machine.kind {
        site::Kind::Host(_) | site::Kind::Container(_) | site::Kind::Vm(_) => true,
        site::Kind::Router => !machine.assumed,
        _ => false,
    };
    let all = model.site.tree.machines().filter(move |(_, machine)| named(machine));
    all.map(|(id, machine)| (id, &*machine.name))
}

/// A router's name as probes write it: it is a host as others are.
pub(super) fn written(name: &str) -> String {
    name.strip_prefix(ROUTER).map_or_else(|| name.to_owned(), |name| format!("{}/{name}", Kind::Host.word()))
}

/// `host/NAME` or `container/SERVICE`, `container/SERVICE-2` for the second one; the first one may be written with its number.
pub(super) fn machine(model: &Model, part: &'static str, text: &str) -> Result<MachineId> {
    let (word, rest) = text.split_once('/').unwrap_or((text, ""));
    let kind = Kind::of(word).unwrap_or(Kind::Host).word();
    let wanted = format!("{kind}/{rest}");
    let first = wanted.strip_suffix("-1").filter(|_| kind == Kind::Container.word());
    let find = |name: &str| machines(model).find(|(_, have)| written(have) == name).map(|(id, _)| id);
    let unknown = || {
        let code = if kind == Kind::Container.word() { "unknown-container" } else { "unknown-host" };
        error(part, code, text, similar(&wanted, machines(model).map(|(_, name)| written(name))))
    };
    find(&wanted).or_else(|| find(first?)).ok_or_else(unknown)
}

/// Whether a container's name is that of a node.
pub(super) fn is_node(model: &Model, name: &str) -> bool {
    model.cluster.nodes.iter().any(|node| node.container.is_some() && *node.name == *name)
}

/// As a probe names a machine that is no node.
pub(super) fn machine_name(model: &Model, id: MachineId) -> String {
    model.site.tree.machine(id).map(|machine| written(&machine.name)).unwrap_or_default()
}

/// The workloads of a kind in the input, with their selectors.
fn workloads<'m>(
    model: &'m Model,
    kind: &'static str,
) -> impl Iterator<Item = (NamespacedName, Option<&'m LabelSelector>)> + Clone {
    model.parsed.objects.iter().filter_map(move |object| {
        let selector = match object {
            Object::Deployment(document) => document.value.spec.selector.as_ref(),
            Object::ReplicaSet(document) => document.value.spec.selector.as_ref(),
            Object::StatefulSet(document) => document.value.spec.selector.as_ref(),
            Object::DaemonSet(document) => document.value.spec.selector.as_ref(),
            _ => None,
        };
        let object = object.object();
        let namespace = object.namespace.clone().unwrap_or_else(|| "default".into());
        let name = NamespacedName { namespace, name: object.name.clone() };
        (&*object.kind == kind).then_some((name, selector.map(|selector| &selector.value)))
    })
}

/// Names of all workloads whose Pods can stand for them, as they are written.
fn workload_names<'m>(model: &'m Model, kind: &'static str, word: &'static str) -> impl Iterator<Item = String> + 'm {
    workloads(model, kind).map(move |(name, _)| format!("{word}/{name}"))
}

/// The Pods of a workload: those made of it; in a dump those that its selector finds.
pub(super) fn workload(model: &Model, part: &'static str, kind: &'static str, path: &[&str]) -> Result<Vec<PodId>> {
    let word = Kind::Workload(kind).word();
    let all: Vec<(NamespacedName, Option<&LabelSelector>)> = workloads(model, kind).collect();
    let names = (0..all.len()).zip(all.iter().map(|(name, _)| name));
    let at = one(part, "unknown-workload", word, path, names)?;
    let Some((name, selector)) = all.get(at) else { return Ok(Vec::new()) };
    let its = |pod: &kubernetes::cluster::model::Pod| {
        if pod.name.namespace != name.namespace {
            return false;
        }
        if let Some(made_by) = &pod.made_by {
            return &*made_by.kind == kind && made_by.name == name.name;
        }
        selector.is_some_and(|selector| {
            let labels = &selector.match_labels;
            !labels.is_empty() && labels.iter().all(|(key, value)| pod.labels.get(key) == Some(value))
        })
    };
    let pods: Vec<PodId> =
        (0u32..).map(PodId).zip(&model.cluster.pods).filter(|(_, pod)| its(pod)).map(|(id, _)| id).collect();
    if pods.is_empty() {
        return Err(error(part, "workload-without-pods", &format!("{word}/{name}"), Vec::new()));
    }
    Ok(pods)
}

/// Everything that could have been meant by a text that names nothing.
pub(super) fn everything(model: &Model) -> impl Iterator<Item = String> + '_ {
    let kinds = ["Deployment", "StatefulSet", "DaemonSet"];
    kinds.into_iter().flat_map(|kind| workload_names(model, kind, Kind::Workload(kind).word()))
}
