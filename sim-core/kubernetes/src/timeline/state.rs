//! A cluster as it is at a moment: its Pods and Nodes, what is due, and what changes.

use super::runner::Runner;
use super::world::{Change, Kind, Live, Workload, lingers, made, parsed};
use crate::budget::Budget;
use crate::cluster::model::{Cluster, Delays, Node, NodeRole};
use crate::cluster::{Options, owned, suffix};
use crate::manifest::objects::{Map, Object, Taint, Text};
use crate::manifest::{Held, HeldService, HeldSlices, Outage, Parsed};
use crate::origin::{NamespacedName, ObjectRef};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

/// What is due by itself: of the Pod that was made then.
#[derive(Clone, Debug)]
pub(super) enum Due {
    /// Its containers are ready.
    Warm(NamespacedName, u64),
    /// Its processes have ended.
    Gone(NamespacedName, u64),
    /// The node controller has heard nothing of a Node since then.
    Unknown(Text, u64),
    /// It is tainted.
    Taint(Text, u64),
    /// A Pod does not tolerate that any longer.
    Evict(Text, u64, NamespacedName, u64),
    /// A Pod does not tolerate these taints of its Node any longer.
    Leaves(Text, NamespacedName, u64, Vec<Taint>),
    /// Something is available now.
    Look,
}

pub(super) struct World<'w> {
    pub(super) base: Parsed,
    pub(super) options: &'w Options,
    pub(super) budget: &'w Budget,
    pub(super) pods: Vec<Live>,
    pub(super) workloads: Vec<Workload>,
    pub(super) cordoned: BTreeSet<Text>,
    pub(super) last: BTreeMap<Text, IpAddr>,
    /// What Services were given.
    pub(super) services: BTreeMap<NamespacedName, HeldService>,
    /// Nodes with Pods that are assumed: their addresses are not shifted.
    pub(super) fixed: BTreeSet<Text>,
    /// Pods that no Node takes, as far as that is told.
    pub(super) waiting: BTreeSet<NamespacedName>,
    /// Pods whose condition an event says.
    pub(super) forced: BTreeMap<NamespacedName, bool>,
    pub(super) due: BTreeMap<u64, Vec<Due>>,
    pub(super) changes: Vec<Change>,
    pub(super) now: u64,
    pub(super) nodes: Vec<Text>,
    /// How kube-proxy of a Node follows, where not at once.
    pub(super) sync: BTreeMap<Text, Follows>,
    /// Machines and links that have failed.
    pub(super) outage: Outage,
    /// Nodes whose kubelet has stopped.
    pub(super) mute: BTreeSet<Text>,
    /// The cluster's name servers have stopped.
    pub(super) dns_stopped: bool,
    /// Components of the control plane that do not run.
    pub(super) stopped: Stopped,
    pub(super) slices: Slices,
    /// Nodes that a patch tainted so that Pods leave.
    pub(super) no_execute: BTreeSet<Text>,
    /// Nodes that nobody hears of.
    pub(super) cut: BTreeMap<Text, Cut>,
    /// Zones of Nodes, and when the next Node of a zone may be tainted.
    pub(super) zones: BTreeMap<Text, Text>,
    pub(super) taints: BTreeMap<Text, u64>,
    /// Nodes of the control plane.
    pub(super) masters: Vec<Text>,
    /// What would have been said to an API server that was away.
    pub(super) unsaid: Vec<Due>,
    pub(super) delays: Delays,
    /// kube-proxies that follow.
    pub(super) runner: Runner,
    /// What of Pods kube-proxies hear.
    pub(super) heard: Heard,
    /// What the API server said, and since when.
    pub(super) history: Vec<(u64, Arc<Parsed>)>,
}

/// A Node that nobody hears of.
#[derive(Clone, Debug)]
pub(super) struct Cut {
    pub(super) since: u64,
    /// What its kube-proxy knows, where that hears of nothing either.
    pub(super) known: Option<Arc<Parsed>>,
    /// The machine was off meanwhile.
    pub(super) restarted: bool,
    /// The controller has marked it.
    pub(super) unknown: bool,
}

/// Name, address, readiness and termination of Pods behind Services.
pub(super) type Heard = Vec<(NamespacedName, IpAddr, bool, bool)>;

/// Controllers of endpoint slices and Nodes, and the scheduler, where they do not run.
#[derive(Clone, Debug, Default)]
pub(super) struct Stopped {
    pub(super) controllers: bool,
    pub(super) scheduler: bool,
    /// Pods that daemons' controllers would have made, and where.
    pub(super) owed: Vec<(ObjectRef, Text)>,
}

/// What slices of endpoints say, where that is not of now.
#[derive(Clone, Debug, Default)]
pub(super) struct Slices {
    /// As they were.
    pub(super) stand: Option<Arc<HeldSlices>>,
    /// When they are brought up to date.
    pub(super) due: Option<u64>,
    /// Milliseconds for which changes of Pods are collected.
    pub(super) period: u64,
    /// What of Pods they had last.
    pub(super) seen: Heard,
}

impl Slices {
    fn of(period: u64) -> Self {
        Self { period, ..Self::default() }
    }

    /// At the start they are up to date.
    fn begin(&mut self, seen: &Heard) {
        self.seen.clone_from(seen);
    }
}

/// How a component follows.
#[derive(Clone, Debug)]
pub(super) enum Follows {
    /// So much later.
    Later(u64),
    /// Not since then: what it knew.
    Not(Arc<Parsed>),
}

impl<'w> World<'w> {
    pub(super) fn of(input: &Arc<Parsed>, cluster: &Cluster, options: &'w Options, budget: &'w Budget) -> Self {
        let workloads: Vec<Workload> = input.objects.iter().filter_map(Workload::of).collect();
        let mut world = Self {
            base: (**input).clone(),
            options,
            budget,
            pods: Vec::new(),
            workloads,
            cordoned: BTreeSet::new(),
            last: BTreeMap::new(),
            services: allocated(cluster),
            fixed: BTreeSet::new(),
            waiting: BTreeSet::new(),
            forced: BTreeMap::new(),
            due: BTreeMap::new(),
            changes: Vec::new(),
            now: 0,
            nodes: cluster.nodes.iter().map(|node| node.name.clone()).collect(),
            sync: BTreeMap::new(),
            outage: Outage::default(),
            mute: BTreeSet::new(),
            dns_stopped: false,
            stopped: Stopped::default(),
            slices: Slices::of(cluster.settings.delays.slices),
            no_execute: BTreeSet::new(),
            cut: BTreeMap::new(),
            zones: cluster.nodes.iter().map(|node| (node.name.clone(), zone(node))).collect(),
            taints: BTreeMap::new(),
            masters: cluster.nodes.iter().filter(|node| is_master(node)).map(|node| node.name.clone()).collect(),
            unsaid: Vec::new(),
            delays: cluster.settings.delays,
            runner: Runner::of(&cluster.settings, Arc::clone(input)),
            heard: Heard::new(),
            history: vec![(0, Arc::clone(input))],
        };
        let owners = owned::makers(input, cluster);
        let given: BTreeMap<&ObjectRef, &Object> =
            input.objects.iter().map(|object| (object.object(), object)).collect();
        for pod in &cluster.pods {
            let node = cluster.nodes.get(pod.node.0 as usize).map(|node| node.name.clone()).unwrap_or_default();
            if pod.origin.assumed {
                world.fixed.insert(node);
                continue;
            }
            let owner = pod.made_by.clone().or_else(|| owners.get(&pod.name).cloned());
            let document = match (given.get(&pod.origin.object), &pod.made_by) {
                (Some(Object::Pod(document)), None) => Some(document.clone()),
                (_, Some(owner)) => made(&input.objects, owner, &pod.name),
                _ => None,
            };
            let Some(document) = document else { continue };
            if !pod.host_network {
                let last = world.last.entry(node.clone()).or_insert(pod.ip);
                *last = (*last).max(pod.ip);
            }
            let mut live = Live {
                name: pod.name.clone(),
                owner,
                given: pod.made_by.is_none(),
                version: 0,
                place: Some((node, pod.ip, pod.ip_given)),
                ready: pod.ready,
                terminating: pod.terminating,
                warm: 0,
                bound: None,
                since: 0,
                born: 0,
                document: Arc::new(document),
            };
            let document = Arc::clone(&live.document);
            live.become_of(&document);
            world.pods.push(live);
        }
        for workload in &mut world.workloads {
            let own = world.pods.iter().filter(|live| live.owner.as_ref() == Some(&workload.object));
            workload.made = own.count() as u32;
        }
        world.heard = world.hears();
        world.slices.begin(&world.heard);
        world
    }

    pub(super) fn parsed(&self) -> Parsed {
        let last = self.last.iter().filter(|(node, _)| !self.fixed.contains(*node));
        let last = last.map(|(node, ip)| (node.clone(), *ip)).collect();
        let unknown: BTreeSet<Text> =
            self.cut.iter().filter(|(_, cut)| cut.unknown).map(|(node, _)| node.clone()).collect();
        // Marked Nodes bear a taint without tolerance for new Pods.
        let cordoned = self.cordoned.union(&unknown).cloned().collect();
        let had = self.last.keys().cloned().collect();
        let (services, outage) = (self.services.clone(), self.outage.clone());
        let unscheduled = self.pods.iter().filter(|live| self.is_unscheduled(live)).map(|live| live.name.clone());
        let (unscheduled, slices) = (unscheduled.collect(), self.slices.stand.clone());
        parsed(
            &self.base,
            &self.pods,
            Held {
                dns_stopped: self.dns_stopped,
                cordoned,
                services,
                outage,
                unknown,
                last,
                had,
                slices,
                unscheduled,
                ..Held::default()
            },
        )
    }

    /// Pods behind Services, as their slices have them.
    pub(super) fn hears(&self) -> Heard {
        let mut selectors: BTreeMap<(&str, &Text, &Text), Vec<&Map>> = BTreeMap::new();
        for object in &self.base.objects {
            let Object::Service(document) = object else { continue };
            let Some(selector) = document.value.spec.selector.as_ref().map(|selector| &selector.value) else {
                continue;
            };
            let Some((key, value)) = selector.first_key_value() else { continue };
            let namespace = document.object.namespace.as_deref().unwrap_or("default");
            selectors.entry((namespace, key, value)).or_default().push(selector);
        }
        let selected = |live: &&Live| {
            let labels: &Map = &live.document.value.metadata.labels;
            labels.iter().any(|(key, value)| {
                let own = selectors.get(&(&*live.name.namespace, key, value));
                own.into_iter().flatten().any(|map| map.iter().all(|(key, value)| labels.get(key) == Some(value)))
            })
        };
        let placed = self.pods.iter().filter(selected).filter_map(|live| {
            let (_, ip, _) = live.place.as_ref()?;
            Some((live.name.clone(), *ip, live.ready, live.terminating))
        });
        placed.collect()
    }

    pub(super) fn soon(&mut self, after: u64, due: Due) {
        self.due.entry(self.now.saturating_add(after)).or_default().push(due);
    }

    pub(super) fn pod(&mut self, name: &NamespacedName) -> Option<&mut Live> {
        self.pods.iter_mut().find(|live| live.name == *name)
    }

    /// A Pod is gone; a DaemonSet makes another on its Node.
    pub(super) fn gone(&mut self, live: Live) {
        let Some((node, ip, _)) = live.place.clone() else { return };
        self.changes.push(Change::Gone(live.name.clone(), ip));
        // What an event said was of that Pod, not of the next one of its name.
        self.forced.remove(&live.name);
        let every =
            |workload: &&Workload| workload.kind == Kind::EveryNode && live.owner.as_ref() == Some(&workload.object);
        if let Some(object) = self.workloads.iter().find(every).map(|workload| workload.object.clone()) {
            self.replace_daemon(object, node);
        }
    }

    /// A DaemonSet made it.
    pub(super) fn is_daemon(&self, live: &Live) -> bool {
        let mut own = self.workloads.iter().filter(|own| own.kind == Kind::EveryNode);
        own.any(|own| live.owner.as_ref() == Some(&own.object))
    }

    pub(super) fn delete(&mut self, at: usize) {
        let Some(live) = self.pods.get_mut(at) else { return };
        live.terminating = true;
        let (name, born, after) = (live.name.clone(), live.born, lingers(&live.document.value.spec.value));
        if live.place.is_none() && live.bound.is_none() {
            self.pods.remove(at);
            return;
        }
        if self.pods.get(at).is_some_and(|live| self.is_cut(live)) {
            // Nobody there hears of it.
            self.changes.push(Change::Terminating(name));
            return;
        }
        if after > 0 {
            self.changes.push(Change::Terminating(name.clone()));
            self.soon(after, Due::Gone(name, born));
            return;
        }
        let live = self.pods.remove(at);
        self.gone(live);
    }

    pub(super) fn make(&mut self, object: &ObjectRef, ordinal: Option<i64>, node: Option<Text>) {
        let Some(own) = self.workloads.iter_mut().find(|own| own.object == *object) else { return };
        let namespace = object.namespace.clone().unwrap_or_else(|| Arc::from("default"));
        let of = NamespacedName { namespace: namespace.clone(), name: object.name.clone() };
        let seed = format!("{} {of} {}", object.kind, own.made);
        own.made += 1;
        let name = match (own.kind, ordinal) {
            (_, Some(ordinal)) => format!("{}-{ordinal}", of.name),
            (Kind::Rolling, None) => {
                let hash = if own.version == 0 { format!("{of}") } else { format!("{of} {}", own.version) };
                format!("{}-{}-{}", of.name, suffix(&hash, 10), suffix(&seed, 5))
            }
            (_, None) => format!("{}-{}", of.name, suffix(&seed, 5)),
        };
        let version = own.version;
        let name = NamespacedName { namespace, name: Arc::from(name) };
        let Some(mut document) = made(&self.base.objects, object, &name) else { return };
        if let Some(node) = node {
            Arc::make_mut(&mut document.value).spec.value.node_name = Some(crate::origin::Spanned::unplaced(node));
        }
        self.pods.push(Live {
            name,
            owner: Some(object.clone()),
            given: false,
            version,
            place: None,
            ready: false,
            terminating: false,
            warm: 0,
            bound: None,
            since: self.now,
            born: self.now,
            document: Arc::new(document),
        });
    }

    /// A machine that is off, or without a link.
    pub(super) fn is_silent(&self, node: &Text) -> bool {
        self.outage.off.contains(node) || self.outage.unplugged.contains(node)
    }

    /// Nobody hears of any machine of the control plane: there is no API server.
    pub(super) fn is_away(&self) -> bool {
        !self.masters.is_empty() && self.masters.iter().all(|node| self.is_silent(node))
    }

    /// A Pod is on a Node that nobody hears of.
    pub(super) fn is_cut(&self, live: &Live) -> bool {
        let node = live.place.as_ref().map(|(node, ..)| node).or(live.bound.as_ref());
        node.is_some_and(|node| self.cut.contains_key(node))
    }
}

/// A Node runs the API server.
fn is_master(node: &Node) -> bool {
    node.role == NodeRole::ControlPlane
}

/// The zone by which Nodes are counted: region and zone (`GetZoneKey`).
fn zone(node: &Node) -> Text {
    let label = |key: &str| node.labels.get(key).map_or("", |value| &**value);
    Arc::from(format!("{}:{}", label("topology.kubernetes.io/region"), label("topology.kubernetes.io/zone")))
}

/// What the Services of a cluster have.
pub(super) fn allocated(cluster: &Cluster) -> BTreeMap<NamespacedName, HeldService> {
    let own = cluster.services.iter().filter(|service| !service.origin.assumed);
    let held = |service: &crate::cluster::model::Service| {
        let ports = service.ports.iter().filter_map(|port| Some(((port.protocol, port.port), port.node_port?)));
        let held = HeldService {
            cluster_ips: service.cluster_ips.clone(),
            node_ports: ports.collect(),
            health_check_node_port: service.health_check_node_port,
        };
        (service.name.clone(), held)
    };
    own.map(held).collect()
}
