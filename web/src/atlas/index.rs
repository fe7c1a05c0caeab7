//! Every object there is, each as an [`Item`] with what it is looked for by.

use kubernetes::cluster::model::{AbsentPod, Cluster, ContainerId, DockerId, Pod, PodId, Service, ServiceType};
use kubernetes::cluster::state::{ObstacleKind, Phase};
use kubernetes::diagnostic::{Diagnostic, Severity};
use kubernetes::origin::{Location, ObjectRef, Origin, Span};
use sim_core::inventory::{self, Entry};
use sim_core::model::Model;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;

/// Kinds that make Pods; one of them without Pods is a workload all the same.
const WORKLOADS: [&str; 9] = [
    "CronJob",
    "DaemonSet",
    "Deployment",
    "DeploymentConfig",
    "Job",
    "ReplicaSet",
    "ReplicationController",
    "Rollout",
    "StatefulSet",
];

/// Pods of one maker, or a Pod that nobody made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// Namespace.
    pub namespace: Arc<str>,
    /// Kind: `Pod` for a Pod by itself.
    pub kind: Arc<str>,
    /// Name.
    pub name: Arc<str>,
    /// Pods with a network.
    pub pods: Vec<PodId>,
    /// Those without, by index in [`Cluster::absent`].
    pub absent: Vec<u32>,
}

impl Workload {
    /// How the address names it: `NS/KIND/NAME`.
    pub fn key(&self) -> String {
        format!("{}/{}/{}", self.namespace, self.kind, self.name)
    }

    /// Pods, with and without a network.
    pub fn count(&self) -> usize {
        self.pods.len() + self.absent.len()
    }
}

/// An object or a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Item {
    /// Namespace, by index in [`Atlas::namespaces`].
    Namespace(u32),
    /// A node of the cluster.
    Node(u32),
    /// A workload, by index in [`Atlas::workloads`].
    Workload(u32),
    /// A Service.
    Service(u32),
    /// An Ingress.
    Ingress(u32),
    /// A Gateway.
    Gateway(u32),
    /// A route of Gateways.
    Route(u32),
    /// A policy that limits traffic.
    Policy(u32),
    /// A Docker host.
    Docker(u32),
    /// A container of one.
    Container(ContainerId),
    /// A machine that is no node.
    Host(u32),
    /// A router.
    Router(u32),
    /// A Pod with a network.
    Pod(u32),
    /// A Pod without.
    Absent(u32),
    /// Any other object of the input, by its place in the inventory.
    Other(u32),
}

/// What is wrong with something.
#[derive(Clone, Copy, Debug)]
pub enum Trouble<'m> {
    /// A finding of the input.
    Finding(&'m Diagnostic),
    /// A Pod or node that is not ready.
    NotReady,
    /// A Pod without a network that is meant to have one.
    Absent,
    /// A Service that nobody ready stands behind.
    NobodyBehind,
}

/// What an item is looked for by.
#[derive(Clone, Debug)]
pub struct Facts<'m> {
    /// Kind.
    pub kind: &'m str,
    /// Namespace.
    pub namespace: Option<&'m str>,
    /// Name.
    pub name: Cow<'m, str>,
    /// Address it is known by.
    pub address: Option<IpAddr>,
    /// Labels, of what has some.
    pub labels: Option<&'m BTreeMap<Arc<str>, Arc<str>>>,
    /// The workload of a Pod.
    pub of: Option<&'m str>,
}

/// Kind, namespace and name.
type Key<'m> = (&'m str, &'m str, &'m str);

fn key(object: &ObjectRef) -> Key<'_> {
    (&object.kind, object.namespace.as_deref().unwrap_or_default(), &object.name)
}

/// The map of a model.
#[derive(Debug)]
pub struct Atlas<'m> {
    /// The model.
    pub model: &'m Model,
    /// Workloads by namespace, kind and name.
    pub workloads: Vec<Workload>,
    /// The workload of each Pod.
    pub of_pod: Vec<u32>,
    /// Namespaces in which there is something, by name.
    pub namespaces: Vec<Arc<str>>,
    others: Vec<Entry>,
    findings: BTreeMap<Key<'m>, &'m Diagnostic>,
}

impl<'m> Atlas<'m> {
    /// Takes a time that grows with the number of objects.
    pub fn of(model: &'m Model) -> Self {
        let cluster = &model.cluster;
        let entries = inventory::inventory(model);
        let (workloads, of_pod) = workloads(cluster, &entries);
        let known = known(cluster);
        let made: HashSet<Key<'_>> = workloads.iter().map(|one| (&*one.kind, &*one.namespace, &*one.name)).collect();
        let own = |entry: &&Entry| {
            let key = key(&entry.object);
            !(known.contains(&key) || made.contains(&key) || matches!(key.0, "Namespace" | "Scenario"))
        };
        let others: Vec<Entry> = entries.iter().filter(own).cloned().collect();
        let mut findings: BTreeMap<Key<'m>, &'m Diagnostic> = BTreeMap::new();
        for finding in model.diagnostics.iter().filter(|one| one.severity > Severity::Info) {
            let Some(object) = &finding.object else { continue };
            let kept = findings.entry(key(object)).or_insert(finding);
            if finding.severity > kept.severity {
                *kept = finding;
            }
        }
        let mut namespaces: BTreeSet<Arc<str>> = cluster.namespaces.iter().cloned().collect();
        namespaces.extend(workloads.iter().map(|one| one.namespace.clone()));
        namespaces.extend(cluster.services.iter().map(|one| one.name.namespace.clone()));
        namespaces.extend(cluster.fronts.ingresses.iter().map(|one| one.name.namespace.clone()));
        namespaces.extend(cluster.fronts.gateways.iter().map(|one| one.name.namespace.clone()));
        namespaces.extend(cluster.fronts.routes.iter().map(|one| one.name.namespace.clone()));
        namespaces.extend(others.iter().filter_map(|one| one.object.namespace.clone()));
        let namespaces = namespaces.into_iter().collect();
        Self { model, workloads, of_pod, namespaces, others, findings }
    }

    fn cluster(&self) -> &'m Cluster {
        &self.model.cluster
    }

    /// All of them, kind by kind: what there are few of first.
    pub fn items(&self) -> impl Iterator<Item = Item> {
        fn each<T>(list: &[T], item: fn(u32) -> Item) -> impl Iterator<Item = Item> + use<T> {
            (0..list.len() as u32).map(item)
        }
        let cluster = self.cluster();
        let made = |item: &Item| match item {
            Item::Workload(at) => self.workloads.get(*at as usize).is_some_and(|one| &*one.kind != "Pod"),
            _ => true,
        };
        let containers = (0u32..).zip(&cluster.docker).flat_map(|(host, of)| {
            (0..of.containers.len() as u32).map(move |at| Item::Container(ContainerId { host: DockerId(host), at }))
        });
        each(&self.namespaces, Item::Namespace)
            .chain(each(&cluster.nodes, Item::Node))
            .chain(each(&self.workloads, Item::Workload).filter(made))
            .chain(each(&cluster.services, Item::Service))
            .chain(each(&cluster.fronts.ingresses, Item::Ingress))
            .chain(each(&cluster.fronts.gateways, Item::Gateway))
            .chain(each(&cluster.fronts.routes, Item::Route))
            .chain(each(&cluster.acting.policies, Item::Policy))
            .chain(each(&cluster.docker, Item::Docker))
            .chain(containers)
            .chain(each(&cluster.hosts, Item::Host))
            .chain(each(&cluster.routers, Item::Router))
            .chain(each(&cluster.pods, Item::Pod))
            .chain(each(&cluster.absent, Item::Absent))
            .chain(each(&self.others, Item::Other))
    }

    /// What an item is looked for by; `None` for one of another model.
    pub fn facts(&self, item: Item) -> Option<Facts<'_>> {
        let cluster = self.cluster();
        let fronts = &cluster.fronts;
        let bare = |kind, namespace, name| Facts { kind, namespace, name, address: None, labels: None, of: None };
        let named = |kind, namespace, name| bare(kind, Some(namespace), Cow::Borrowed(name));
        Some(match item {
            Item::Namespace(at) => bare("Namespace", None, Cow::Borrowed(&**self.namespaces.get(at as usize)?)),
            Item::Node(at) => {
                let node = cluster.nodes.get(at as usize)?;
                let facts = bare("Node", None, Cow::Borrowed(&*node.name));
                Facts { address: Some(node.ip), labels: Some(&node.labels), ..facts }
            }
            Item::Workload(at) => {
                let one = self.workloads.get(at as usize)?;
                let labels = one.pods.first().and_then(|id| cluster.pods.get(id.0 as usize)).map(|pod| &pod.labels);
                let absent = || one.absent.first().and_then(|at| cluster.absent.get(*at as usize));
                let labels = labels.or_else(|| absent().map(|pod| &pod.labels));
                Facts { labels, ..named(&one.kind, &one.namespace, &one.name) }
            }
            Item::Pod(at) => {
                let pod = cluster.pods.get(at as usize)?;
                let of = self.of_pod.get(at as usize).and_then(|of| self.workloads.get(*of as usize));
                let facts = named("Pod", &pod.name.namespace, &pod.name.name);
                Facts { address: Some(pod.ip), labels: Some(&pod.labels), of: of.map(|of| &*of.name), ..facts }
            }
            Item::Absent(at) => {
                let pod = cluster.absent.get(at as usize)?;
                Facts { labels: Some(&pod.labels), ..named("Pod", &pod.name.namespace, &pod.name.name) }
            }
            Item::Service(at) => {
                let service = cluster.services.get(at as usize)?;
                let facts = named("Service", &service.name.namespace, &service.name.name);
                Facts { address: service.cluster_ips.first().copied(), labels: Some(&service.labels), ..facts }
            }
            Item::Ingress(at) => {
                let name = &fronts.ingresses.get(at as usize)?.name;
                named("Ingress", &name.namespace, &name.name)
            }
            Item::Gateway(at) => {
                let gateway = fronts.gateways.get(at as usize)?;
                let facts = named("Gateway", &gateway.name.namespace, &gateway.name.name);
                Facts { address: gateway.address, ..facts }
            }
            Item::Route(at) => {
                let route = fronts.routes.get(at as usize)?;
                named(route.of.kind(), &route.name.namespace, &route.name.name)
            }
            Item::Policy(at) => {
                let object = &cluster.acting.policies.get(at as usize)?.object;
                bare(&object.kind, object.namespace.as_deref(), Cow::Borrowed(&*object.name))
            }
            Item::Docker(at) => {
                let host = cluster.docker.get(at as usize)?;
                Facts { address: Some(host.ip), ..bare("DockerHost", None, Cow::Borrowed(&*host.name)) }
            }
            Item::Container(id) => {
                let container = cluster.container(id)?;
                let address = container.attachments().first().map(|one| IpAddr::V4(one.ip));
                let name = Cow::Owned(cluster.docker_host(id.host)?.shown_name(container));
                Facts { address, ..bare("Container", None, name) }
            }
            Item::Host(at) => {
                let host = cluster.hosts.get(at as usize)?;
                let name = host.name.as_deref().map_or_else(|| Cow::Owned(host.ip.to_string()), Cow::Borrowed);
                Facts { address: Some(host.ip), ..bare("Host", None, name) }
            }
            Item::Router(at) => {
                let router = cluster.routers.get(at as usize)?;
                let name = router.name.as_deref().unwrap_or("gateway");
                let address = router.on.first().map(|(_, ip)| *ip);
                Facts { address, ..bare("Router", None, Cow::Borrowed(name)) }
            }
            Item::Other(at) => {
                let object = &self.others.get(at as usize)?.object;
                bare(&object.kind, object.namespace.as_deref(), Cow::Borrowed(&*object.name))
            }
        })
    }

    /// Where an item stands in the input.
    pub fn place(&self, item: Item) -> Option<Location> {
        let cluster = self.cluster();
        let of = |origin: &Origin| origin.location.clone();
        match item {
            Item::Node(at) => cluster.nodes.get(at as usize).and_then(|one| of(&one.origin)),
            Item::Pod(at) => cluster.pods.get(at as usize).and_then(|one| of(&one.origin)),
            Item::Absent(at) => cluster.absent.get(at as usize).and_then(|one| of(&one.origin)),
            Item::Service(at) => cluster.services.get(at as usize).and_then(|one| of(&one.origin)),
            Item::Ingress(at) => cluster.fronts.ingresses.get(at as usize).and_then(|one| of(&one.origin)),
            Item::Gateway(at) => cluster.fronts.gateways.get(at as usize).and_then(|one| of(&one.origin)),
            Item::Route(at) => cluster.fronts.routes.get(at as usize).and_then(|one| of(&one.origin)),
            Item::Policy(at) => cluster.acting.policies.get(at as usize).and_then(|one| one.location.clone()),
            Item::Docker(at) => cluster.docker.get(at as usize).and_then(|one| of(&one.origin)),
            Item::Workload(at) => {
                let one = self.workloads.get(at as usize)?;
                let first = one.pods.first().and_then(|id| cluster.pods.get(id.0 as usize));
                let origin = first.map(|pod| &pod.origin).or_else(|| {
                    one.absent.first().and_then(|at| cluster.absent.get(*at as usize)).map(|pod| &pod.origin)
                })?;
                if *origin.object.kind == *one.kind { of(origin) } else { None }
            }
            Item::Other(at) => self.span(at).and_then(|span| self.model.parsed.locate(span)),
            Item::Namespace(_) | Item::Container(_) | Item::Host(_) | Item::Router(_) => None,
        }
    }

    fn span(&self, other: u32) -> Option<Span> {
        self.others.get(other as usize).map(|entry| entry.span)
    }

    fn finding(&self, kind: &str, namespace: Option<&str>, name: &str) -> Option<Trouble<'m>> {
        // Names of the key live as long as the model, those asked for need not.
        let asked: Key<'_> = (kind, namespace.unwrap_or_default(), name);
        self.findings.get(&asked).map(|finding| Trouble::Finding(finding))
    }

    /// The finding about an object and what is seen of it.
    pub fn trouble(&self, item: Item) -> Option<Trouble<'m>> {
        let cluster = self.cluster();
        let facts = self.facts(item)?;
        let found = || self.finding(facts.kind, facts.namespace, &facts.name);
        match item {
            Item::Pod(at) => {
                let pod = cluster.pods.get(at as usize)?;
                found().or((!pod.ready && !pod.origin.assumed).then_some(Trouble::NotReady))
            }
            Item::Absent(at) => {
                let pod = cluster.absent.get(at as usize)?;
                found().or(is_missed(pod).then_some(Trouble::Absent))
            }
            Item::Node(at) => found().or((!cluster.nodes.get(at as usize)?.ready).then_some(Trouble::NotReady)),
            Item::Service(at) => {
                let empty = || self.is_empty(at).then_some(Trouble::NobodyBehind);
                found().or_else(|| self.finding("Endpoints", facts.namespace, &facts.name)).or_else(empty)
            }
            Item::Workload(at) => {
                let one = self.workloads.get(at as usize)?;
                let unready = |id: &PodId| cluster.pods.get(id.0 as usize).is_some_and(is_unready);
                let missed = |at: &u32| cluster.absent.get(*at as usize).is_some_and(is_missed);
                let seen = || one.pods.iter().any(unready).then_some(Trouble::NotReady);
                found().or_else(|| one.absent.iter().any(missed).then_some(Trouble::Absent)).or_else(seen)
            }
            _ => found(),
        }
    }

    /// Nobody ready stands behind a Service of the input that is meant to have endpoints.
    fn is_empty(&self, service: u32) -> bool {
        let cluster = self.cluster();
        let Some(of) = cluster.services.get(service as usize) else { return false };
        let meant = !of.origin.assumed && of.kind != ServiceType::ExternalName && !of.selector.is_empty();
        let lists = cluster.endpoints.get(service as usize).into_iter().flatten();
        meant && !lists.flat_map(|list| &list.endpoints).any(|endpoint| endpoint.ready)
    }

    /// The workloads that a Service leads to, with how many of its endpoints are ready there, and how many there are; in order.
    pub fn behind(&self, service: u32) -> Vec<(u32, usize, usize)> {
        let lists = self.cluster().endpoints.get(service as usize).into_iter().flatten();
        let mut pods: BTreeMap<PodId, bool> = BTreeMap::new();
        for endpoint in lists.flat_map(|list| &list.endpoints) {
            if let Some(pod) = endpoint.pod {
                *pods.entry(pod).or_default() |= endpoint.ready;
            }
        }
        let mut of: BTreeMap<u32, (usize, usize)> = BTreeMap::new();
        for (pod, ready) in pods {
            let Some(workload) = self.of_pod.get(pod.0 as usize) else { continue };
            let counts = of.entry(*workload).or_default();
            counts.0 += usize::from(ready);
            counts.1 += 1;
        }
        of.into_iter().map(|(workload, (ready, all))| (workload, ready, all)).collect()
    }

    /// The policies that select a Pod of a workload, by index in the cluster's list.
    pub fn policies(&self, workload: &Workload) -> Vec<u32> {
        let cluster = self.cluster();
        let policies = (0u32..).zip(&cluster.acting.policies);
        let pods = || workload.pods.iter().filter_map(|id| cluster.pods.get(id.0 as usize));
        let first = pods().find(|pod| !pod.host_network);
        // Pods of one maker have the same labels but for what tells them apart.
        let own = policies.filter(|(_, policy)| first.is_some_and(|pod| cluster.policy_selects(policy, pod)));
        own.map(|(at, _)| at).collect()
    }

    /// How many Pods a policy selects.
    pub fn selected(&self, policy: u32) -> usize {
        let cluster = self.cluster();
        let Some(policy) = cluster.acting.policies.get(policy as usize) else { return 0 };
        cluster.pods.iter().filter(|pod| cluster.policy_selects(policy, pod)).count()
    }

    /// The Services that select a Pod or have it as an endpoint.
    pub fn services_of(&self, id: PodId) -> Vec<(u32, &'m Service)> {
        let cluster = self.cluster();
        let Some(pod) = cluster.pods.get(id.0 as usize) else { return Vec::new() };
        let selected = |service: &Service| {
            let own = service.name.namespace == pod.name.namespace && !service.selector.is_empty();
            own && service.selector.iter().all(|(key, value)| pod.labels.get(key) == Some(value))
        };
        let endpoint = |at: u32| {
            let lists = cluster.endpoints.get(at as usize).into_iter().flatten();
            lists.flat_map(|list| &list.endpoints).any(|endpoint| endpoint.pod == Some(id))
        };
        let all = (0u32..).zip(&cluster.services);
        all.filter(|(at, service)| selected(service) || endpoint(*at)).collect()
    }
}

fn is_unready(pod: &Pod) -> bool {
    !pod.ready && !pod.origin.assumed
}

/// A Pod that is meant to run and has no network; one that ended well is not missed.
fn is_missed(pod: &AbsentPod) -> bool {
    pod.obstacle.kind != ObstacleKind::Ended || pod.phase == Phase::Failed
}

/// What the cluster has of the input's objects.
fn known(cluster: &Cluster) -> HashSet<Key<'_>> {
    let mut known: HashSet<Key<'_>> = cluster.nodes.iter().map(|one| ("Node", "", &*one.name)).collect();
    known.extend(cluster.pods.iter().map(|one| ("Pod", &*one.name.namespace, &*one.name.name)));
    known.extend(cluster.absent.iter().map(|one| ("Pod", &*one.name.namespace, &*one.name.name)));
    known.extend(cluster.services.iter().map(|one| ("Service", &*one.name.namespace, &*one.name.name)));
    let fronts = &cluster.fronts;
    known.extend(fronts.ingresses.iter().map(|one| ("Ingress", &*one.name.namespace, &*one.name.name)));
    known.extend(fronts.gateways.iter().map(|one| ("Gateway", &*one.name.namespace, &*one.name.name)));
    known.extend(fronts.routes.iter().map(|one| (one.of.kind(), &*one.name.namespace, &*one.name.name)));
    known.extend(cluster.acting.policies.iter().map(|one| key(&one.object)));
    known
}

/// The maker of a Pod: kind and name. Of a Pod that names none its labels tell, as controllers write them.
pub(crate) fn maker<'p>(
    made_by: Option<&'p ObjectRef>,
    origin: &'p Origin,
    labels: &'p BTreeMap<Arc<str>, Arc<str>>,
    name: &'p str,
) -> (&'p str, &'p str) {
    if let Some(object) = made_by {
        return (&object.kind, &object.name);
    }
    if &*origin.object.kind != "Pod" {
        return (&origin.object.kind, &origin.object.name);
    }
    let label = |key: &str| labels.get(key).map(|value| &**value);
    let stem = name.rsplit_once('-').map(|(stem, _)| stem);
    if let (Some(hash), Some(stem)) = (label("pod-template-hash"), stem)
        && stem.ends_with(hash)
    {
        return ("ReplicaSet", stem);
    }
    if let Some(job) = label("batch.kubernetes.io/job-name").or_else(|| label("job-name")) {
        return ("Job", job);
    }
    match (label("controller-revision-hash"), stem) {
        (Some(_), Some(stem)) if label("statefulset.kubernetes.io/pod-name").is_some() => ("StatefulSet", stem),
        (Some(_), Some(stem)) if label("pod-template-generation").is_some() => ("DaemonSet", stem),
        _ => ("Pod", name),
    }
}

fn workloads(cluster: &Cluster, entries: &[Entry]) -> (Vec<Workload>, Vec<u32>) {
    // Namespace, kind and name, so that those of one namespace stand together.
    let mut makers: HashMap<Key<'_>, (Vec<PodId>, Vec<u32>)> = HashMap::new();
    let mut of: Vec<Key<'_>> = Vec::with_capacity(cluster.pods.len());
    for (at, pod) in (0u32..).zip(&cluster.pods) {
        let (kind, name) = maker(pod.made_by.as_ref(), &pod.origin, &pod.labels, &pod.name.name);
        let key = (&*pod.name.namespace, kind, name);
        makers.entry(key).or_default().0.push(PodId(at));
        of.push(key);
    }
    for (at, pod) in (0u32..).zip(&cluster.absent) {
        let (kind, name) = maker(pod.made_by.as_ref(), &pod.origin, &pod.labels, &pod.name.name);
        makers.entry((&*pod.name.namespace, kind, name)).or_default().1.push(at);
    }
    for entry in entries.iter().filter(|entry| WORKLOADS.contains(&&*entry.object.kind)) {
        let namespace = entry.object.namespace.as_deref().unwrap_or("default");
        makers.entry((namespace, &*entry.object.kind, &*entry.object.name)).or_default();
    }
    let mut makers: Vec<_> = makers.into_iter().collect();
    makers.sort_unstable_by_key(|(key, _)| *key);
    let index: HashMap<Key<'_>, u32> = makers.iter().map(|(key, _)| *key).zip(0u32..).collect();
    let of_pod = of.iter().map(|key| index.get(key).copied().unwrap_or_default()).collect();
    let all = makers.into_iter().map(|((namespace, kind, name), (pods, absent))| Workload {
        namespace: namespace.into(),
        kind: kind.into(),
        name: name.into(),
        pods,
        absent,
    });
    (all.collect(), of_pod)
}
