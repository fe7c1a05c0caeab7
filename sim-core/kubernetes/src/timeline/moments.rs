//! Moment by moment: what is due, what controllers make of it, and where new Pods go.

use super::follow::Follows;
use super::world::{Change, Kind, Live, Moment, Workload, lingers, made, parsed, same};
use crate::budget::Budget;
use crate::cluster::model::{Cluster, Happens};
use crate::cluster::{Besides, Options, decide_until, owned, suffix};
use crate::manifest::objects::{Object, Text};
use crate::manifest::{Held, HeldService, Parsed};
use crate::origin::{NamespacedName, ObjectRef};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

/// Moments at most.
const MOST: usize = 400;

/// What is due by itself: of the Pod that was made then.
#[derive(Clone, Debug)]
pub(super) enum Due {
    /// Its containers are ready.
    Warm(NamespacedName, u64),
    /// Its processes have ended.
    Gone(NamespacedName, u64),
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
    /// What the API server said, and since when.
    pub(super) history: Vec<(u64, Arc<Parsed>)>,
}

/// All moments of an input's timeline, the start among them. What the budget does not allow any more is missing.
pub fn moments(input: &Parsed, options: &Options, budget: &Budget) -> Vec<Moment> {
    let first = decide_until(input, options, Besides::NOTHING, budget).cluster;
    let lagging = Arc::new(BTreeMap::new());
    let start = Moment { at: 0, events: Vec::new(), changes: Vec::new(), parsed: Arc::new(input.clone()), lagging };
    if first.timeline.is_empty() {
        return vec![start];
    }
    let mut world = World::of(&start.parsed, &first, options, budget);
    let mut all = vec![start];
    let mut events = first.timeline.iter().enumerate().peekable();
    loop {
        let next_event = events.peek().map(|(_, event)| event.at);
        let next_due = world.due.keys().next().copied();
        let Some(now) = [next_event, next_due].into_iter().flatten().min() else { break };
        if all.len() >= MOST || budget.is_stopped() {
            break;
        }
        world.now = now;
        for due in world.due.remove(&now).unwrap_or_default() {
            world.arrive(&due);
        }
        let mut happened = Vec::new();
        while let Some((at, event)) = events.next_if(|(_, event)| event.at == now) {
            happened.push(at);
            world.happen(&event.what);
        }
        world.settle();
        let changes = std::mem::take(&mut world.changes);
        let Some(last) = all.last_mut() else { break };
        // Neither a packet nor the pace of a component changes what the API server says.
        let nothing = changes.iter().all(|change| matches!(change, Change::Follows(..)));
        let parsed = if nothing { Arc::clone(&last.parsed) } else { Arc::new(world.parsed()) };
        let lagging = Arc::new(world.lagging(&parsed));
        if happened.is_empty() && changes.is_empty() && same(&lagging, &last.lagging) {
            continue;
        }
        if last.at == now {
            last.events.extend(happened);
            last.changes.extend(changes);
            (last.parsed, last.lagging) = (parsed, lagging);
        } else {
            all.push(Moment { at: now, events: happened, changes, parsed, lagging });
        }
    }
    all
}

impl<'w> World<'w> {
    fn of(input: &Arc<Parsed>, cluster: &Cluster, options: &'w Options, budget: &'w Budget) -> Self {
        let workloads: Vec<Workload> = input.objects.iter().filter_map(Workload::of).collect();
        let mut world = Self {
            base: (**input).clone(),
            options,
            budget,
            pods: Vec::new(),
            workloads,
            cordoned: BTreeSet::new(),
            last: BTreeMap::new(),
            services: super::patches::allocated(cluster),
            fixed: BTreeSet::new(),
            waiting: BTreeSet::new(),
            forced: BTreeMap::new(),
            due: BTreeMap::new(),
            changes: Vec::new(),
            now: 0,
            nodes: cluster.nodes.iter().map(|node| node.name.clone()).collect(),
            sync: BTreeMap::new(),
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
            world.pods.push(Live {
                name: pod.name.clone(),
                owner,
                given: pod.made_by.is_none(),
                version: 0,
                place: Some((node, pod.ip, pod.ip_given)),
                ready: pod.ready,
                terminating: pod.terminating,
                since: 0,
                born: 0,
                document: Arc::new(document),
            });
        }
        for workload in &mut world.workloads {
            let own = world.pods.iter().filter(|live| live.owner.as_ref() == Some(&workload.object));
            workload.made = own.count() as u32;
        }
        world
    }

    pub(super) fn parsed(&self) -> Parsed {
        let last = self.last.iter().filter(|(node, _)| !self.fixed.contains(*node));
        let last = last.map(|(node, ip)| (node.clone(), *ip)).collect();
        let (cordoned, services) = (self.cordoned.clone(), self.services.clone());
        parsed(&self.base, &self.pods, Held { cordoned, services, last, ..Held::default() })
    }

    pub(super) fn soon(&mut self, after: u64, due: Due) {
        self.due.entry(self.now.saturating_add(after)).or_default().push(due);
    }

    pub(super) fn pod(&mut self, name: &NamespacedName) -> Option<&mut Live> {
        self.pods.iter_mut().find(|live| live.name == *name)
    }

    fn arrive(&mut self, due: &Due) {
        match due {
            Due::Warm(name, born) => {
                let forced = self.forced.get(name).copied();
                let now = self.now;
                let Some(live) = self.pod(name).filter(|live| live.born == *born && !live.terminating) else { return };
                if forced == Some(false) || live.ready {
                    return;
                }
                (live.ready, live.since) = (true, now);
                self.changes.push(Change::Ready(name.clone(), true));
            }
            Due::Gone(name, born) => {
                let Some(at) = self.pods.iter().position(|live| live.name == *name && live.born == *born) else {
                    return;
                };
                let live = self.pods.remove(at);
                self.gone(live);
            }
            Due::Look => {}
        }
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
            self.make(&object, None, Some(node));
        }
    }

    fn happen(&mut self, what: &Happens) {
        match what {
            Happens::Delete(name) => {
                if let Some(at) = self.pods.iter().position(|live| live.name == *name && !live.terminating) {
                    self.delete(at);
                }
            }
            Happens::Ready(name, ready) => {
                self.forced.insert(name.clone(), *ready);
                let now = self.now;
                let Some(live) = self.pod(name).filter(|live| live.ready != *ready) else { return };
                (live.ready, live.since) = (*ready, now);
                self.changes.push(Change::Ready(name.clone(), *ready));
            }
            Happens::Scale(object, replicas) => {
                let Some(own) = self.workloads.iter_mut().find(|own| own.object == *object) else { return };
                own.replicas = *replicas;
                self.changes.push(Change::Scaled(object.clone(), *replicas));
            }
            Happens::Rollout(object) => {
                if let Some(own) = self.workloads.iter_mut().find(|own| own.object == *object && !own.paused) {
                    own.version += 1;
                }
            }
            Happens::Drain(node) => {
                if self.cordoned.insert(node.clone()) {
                    self.changes.push(Change::Cordoned(node.clone()));
                }
                let daemon = |live: &Live| {
                    let mut own = self.workloads.iter().filter(|own| own.kind == Kind::EveryNode);
                    own.any(|own| live.owner.as_ref() == Some(&own.object))
                };
                let on = |live: &Live| live.place.as_ref().is_some_and(|(own, ..)| own == node);
                let leave: Vec<NamespacedName> = self
                    .pods
                    .iter()
                    .filter(|live| on(live) && !live.terminating && !daemon(live))
                    .map(|live| live.name.clone())
                    .collect();
                for name in leave {
                    if let Some(at) = self.pods.iter().position(|live| live.name == name) {
                        self.delete(at);
                    }
                }
            }
            Happens::Sync(node, sync) => {
                let all: Vec<Text> = node.clone().map_or_else(|| self.nodes.clone(), |node| vec![node]);
                for node in all {
                    self.follow(node, *sync);
                }
            }
            Happens::Patch(patch) => self.patch(patch),
            Happens::Power(..) | Happens::Probe(_) => {}
        }
    }

    pub(super) fn delete(&mut self, at: usize) {
        let Some(live) = self.pods.get_mut(at) else { return };
        live.terminating = true;
        let (name, born, after) = (live.name.clone(), live.born, lingers(&live.document.value.spec.value));
        if live.place.is_none() {
            self.pods.remove(at);
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
            document.value.spec.value.node_name = Some(crate::origin::Spanned::unplaced(node));
        }
        self.pods.push(Live {
            name,
            owner: Some(object.clone()),
            given: false,
            version,
            place: None,
            ready: false,
            terminating: false,
            since: self.now,
            born: self.now,
            document: Arc::new(document),
        });
    }
}
