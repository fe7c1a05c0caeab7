//! What of the cluster is drawn: namespaces are unfolded as far as there is room, then their workloads; what is not drawn is counted.

use super::asked::Asked;
use super::index::{Atlas, Item, Workload};
use super::search::Found;
use kubernetes::cluster::model::{IngressBackend, PodId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Elements of a picture at most, with all that is around it.
pub(super) const ELEMENTS: usize = 1_400;
/// Elements of a ring with its name, figures and links.
const RING: usize = 18;
/// Elements of a policy in a ring's list.
const POLICY: usize = 5;
/// Elements of a box with its lines at most.
pub(super) const BOX: usize = 12;
/// Elements of a Pod inside of its workload.
pub(super) const POD: usize = 5;
/// Namespaces in one part of the picture.
const RINGS: usize = 32;
/// Boxes of a ring in one part of the picture.
const BOXES: usize = 72;
/// Boxes below which a ring that does not fit stays folded.
const FEW: usize = 6;
/// Pods drawn of an unfolded workload at most.
const PODS: usize = 40;
/// Policies listed in a ring at most.
pub(crate) const POLICIES: usize = 8;
/// Up to so many Pods in all, workloads of up to [`SMALL`] are unfolded.
const FEW_PODS: usize = 60;
const SMALL: usize = 12;

/// A box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Drawn {
    /// An Ingress.
    Ingress(u32),
    /// A Gateway.
    Gateway(u32),
    /// A route of Gateways.
    Route(u32),
    /// A Service.
    Service(u32),
    /// A workload, and how many of its Pods are drawn in it; 0 for one that is folded.
    Workload(u32, usize),
}

/// A namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ring {
    /// Its name.
    pub namespace: Arc<str>,
    /// It is unfolded.
    pub open: bool,
    /// Boxes that are drawn, those that belong together one after the other.
    pub boxes: Vec<Drawn>,
    /// Boxes that there are.
    pub total: usize,
    /// Workloads in it.
    pub workloads: usize,
    /// Pods in it, with and without a network.
    pub pods: usize,
    /// Services in it.
    pub services: usize,
    /// Ingresses, Gateways and routes in it.
    pub doors: usize,
    /// Policies in it or for all namespaces, by index in the cluster's list.
    pub policies: Vec<u32>,
    /// Objects that something is wrong with.
    pub troubles: usize,
}

/// How many of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Drawn.
    pub shown: usize,
    /// There are.
    pub of: usize,
}

impl Shown {
    fn add(&mut self, shown: usize, of: usize) {
        self.shown += shown;
        self.of += of;
    }
}

/// The picture of the cluster.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Namespaces of this part.
    pub rings: Vec<Ring>,
    /// Namespaces.
    pub namespaces: Shown,
    /// Workloads.
    pub workloads: Shown,
    /// Pods, each by itself or in the figure of its workload's box.
    pub pods: Shown,
    /// Services.
    pub services: Shown,
    /// Ingresses, Gateways and routes.
    pub doors: Shown,
    /// Parts that there are.
    pub parts: usize,
}

/// What a search chose, with what belongs to it; `None` in [`plan`] for everything.
#[derive(Debug, Default)]
struct Chosen {
    workloads: BTreeSet<u32>,
    services: BTreeSet<u32>,
    doors: BTreeSet<Item>,
    policies: BTreeSet<u32>,
    namespaces: BTreeSet<Arc<str>>,
}

/// The Services of the cluster that an Ingress or a route leads to.
pub(super) fn led_to(atlas: &Atlas<'_>, door: Item) -> Vec<u32> {
    let cluster = &atlas.model.cluster;
    let fronts = &cluster.fronts;
    let mut led: Vec<u32> = Vec::new();
    let mut add = |namespace: &str, name: &str| {
        if let Some(id) = cluster.service_named(namespace, name)
            && !led.contains(&id.0)
        {
            led.push(id.0);
        }
    };
    match door {
        Item::Ingress(at) => {
            let Some(ingress) = fronts.ingresses.get(at as usize) else { return led };
            let paths = ingress.rules.iter().flat_map(|rule| &rule.paths).map(|path| &path.backend);
            for backend in ingress.default_backend.iter().chain(paths) {
                if let IngressBackend::Service { name, .. } = backend {
                    add(&ingress.name.namespace, name);
                }
            }
        }
        Item::Route(at) => {
            let Some(route) = fronts.routes.get(at as usize) else { return led };
            for backend in route.rules.iter().flat_map(|rule| &rule.backends) {
                if backend.service {
                    add(&backend.name.namespace, &backend.name.name);
                }
            }
        }
        _ => {}
    }
    led
}

impl Chosen {
    fn of(atlas: &Atlas<'_>, found: &Found) -> Self {
        let mut chosen = Self::default();
        for item in &found.items {
            match *item {
                Item::Workload(at) => drop(chosen.workloads.insert(at)),
                Item::Pod(at) => chosen.workloads.extend(atlas.of_pod.get(at as usize)),
                Item::Absent(at) => {
                    let has = |one: &Workload| one.absent.contains(&at);
                    chosen.workloads.extend(atlas.workloads.iter().position(has).map(|at| at as u32));
                }
                Item::Service(at) => drop(chosen.services.insert(at)),
                Item::Ingress(_) | Item::Gateway(_) | Item::Route(_) => drop(chosen.doors.insert(*item)),
                Item::Policy(at) => drop(chosen.policies.insert(at)),
                Item::Namespace(at) => chosen.namespaces.extend(atlas.namespaces.get(at as usize).cloned()),
                _ => {}
            }
        }
        chosen.with_neighbours(atlas)
    }

    /// What leads to what was chosen, and where that leads.
    fn with_neighbours(mut self, atlas: &Atlas<'_>) -> Self {
        let cluster = &atlas.model.cluster;
        let asked = self.services.clone();
        for door in &self.doors {
            self.services.extend(led_to(atlas, *door));
        }
        let (mut further, mut leading) = (BTreeSet::new(), BTreeSet::new());
        for at in 0..cluster.services.len() as u32 {
            let behind = atlas.behind(at);
            if self.services.contains(&at) {
                further.extend(behind.iter().map(|(workload, ..)| *workload));
            } else if behind.iter().any(|(workload, ..)| self.workloads.contains(workload)) {
                leading.insert(at);
            }
        }
        self.services.extend(&leading);
        for door in doors(atlas) {
            if led_to(atlas, door).iter().any(|at| asked.contains(at) || leading.contains(at)) {
                self.doors.insert(door);
            }
        }
        self.workloads.extend(further);
        self
    }
}

fn doors(atlas: &Atlas<'_>) -> Vec<Item> {
    let fronts = &atlas.model.cluster.fronts;
    let gateways = (0..fronts.gateways.len() as u32).map(Item::Gateway);
    let routes = (0..fronts.routes.len() as u32).map(Item::Route);
    (0..fronts.ingresses.len() as u32).map(Item::Ingress).chain(gateways).chain(routes).collect()
}

/// What there is of a namespace.
#[derive(Debug, Default)]
struct Contents {
    doors: Vec<Item>,
    services: Vec<u32>,
    workloads: Vec<u32>,
    policies: Vec<u32>,
}

impl Contents {
    fn boxes(&self) -> usize {
        self.doors.len() + self.services.len() + self.workloads.len()
    }
}

fn contents<'a>(atlas: &'a Atlas<'_>, chosen: Option<&Chosen>) -> BTreeMap<&'a str, Contents> {
    let cluster = &atlas.model.cluster;
    let mut all: BTreeMap<&str, Contents> = BTreeMap::new();
    for (at, one) in (0u32..).zip(&atlas.workloads) {
        if chosen.is_none_or(|chosen| chosen.workloads.contains(&at)) {
            all.entry(&one.namespace).or_default().workloads.push(at);
        }
    }
    for (at, one) in (0u32..).zip(&cluster.services) {
        if chosen.is_none_or(|chosen| chosen.services.contains(&at)) {
            all.entry(&one.name.namespace).or_default().services.push(at);
        }
    }
    for door in doors(atlas).into_iter().filter(|door| chosen.is_none_or(|chosen| chosen.doors.contains(door))) {
        if let Some(namespace) = atlas.facts(door).and_then(|facts| facts.namespace) {
            all.entry(namespace).or_default().doors.push(door);
        }
    }
    for (at, policy) in (0u32..).zip(&cluster.acting.policies) {
        // Of what was found only those count that select it.
        let selects = |workload: &u32| {
            let pods = atlas.workloads.get(*workload as usize).into_iter().flat_map(|one| &one.pods);
            let first = pods.filter_map(|id| cluster.pods.get(id.0 as usize)).find(|pod| !pod.host_network);
            first.is_some_and(|pod| cluster.policy_selects(policy, pod))
        };
        let wanted = chosen.is_none_or(|chosen| {
            let here = policy.namespace.as_deref().and_then(|own| all.get(own));
            chosen.policies.contains(&at) || here.is_some_and(|here| here.workloads.iter().any(selects))
        });
        if let Some(namespace) = policy.namespace.as_deref().filter(|_| wanted) {
            all.entry(namespace).or_default().policies.push(at);
        }
    }
    if let Some(chosen) = chosen {
        for namespace in &atlas.namespaces {
            if chosen.namespaces.contains(namespace) {
                all.entry(namespace).or_default();
            }
        }
    }
    all
}

/// Namespaces of the cluster's own parts, and those in which nothing is but what was assumed, stand last, and folded.
fn is_system(atlas: &Atlas<'_>, namespace: &str, of: &Contents) -> bool {
    let services = &atlas.model.cluster.services;
    let assumed = |at: &u32| services.get(*at as usize).is_some_and(|one| one.origin.assumed);
    let empty = of.workloads.is_empty() && of.doors.is_empty() && of.policies.is_empty();
    namespace.starts_with("kube-") || empty && !of.services.is_empty() && of.services.iter().all(assumed)
}

/// What is drawn of what an address asks for; `found` where it narrows.
pub fn plan(atlas: &Atlas<'_>, asked: &Asked, found: Option<&Found>) -> Plan {
    let chosen = found.map(|found| Chosen::of(atlas, found));
    let contents = contents(atlas, chosen.as_ref());
    let mut names: Vec<&str> = contents.keys().copied().collect();
    let system: BTreeSet<&str> =
        contents.iter().filter(|(name, of)| is_system(atlas, name, of)).map(|(name, _)| *name).collect();
    names.sort_by_key(|name| (system.contains(name), *name));
    let alone = names.len() == 1;
    let only_system = system.len() == names.len();
    let parts = match names.as_slice() {
        [only] => contents.get(only).map_or(0, Contents::boxes).div_ceil(BOXES),
        _ => names.len().div_ceil(RINGS),
    }
    .max(1);
    let mut plan = Plan { parts, ..Plan::default() };
    let part = asked.part.clamp(1, parts) - 1;
    let first = if alone { 0 } else { part * RINGS };
    let few = atlas.model.cluster.pods.len() + atlas.model.cluster.absent.len() <= FEW_PODS;
    let here = names.len().saturating_sub(first).min(RINGS);
    let mut left = ELEMENTS.saturating_sub(here * (RING + POLICY * POLICIES.min(2)));
    for (at, name) in names.iter().enumerate() {
        let Some(of) = contents.get(name) else { continue };
        let mut ring = ring(atlas, name, of);
        let drawn = (first..first + RINGS).contains(&at);
        if drawn {
            let named = asked.open.iter().any(|open| open == *name);
            let shut = asked.shut.iter().any(|shut| shut == *name);
            let usual = alone || only_system || !system.contains(name);
            let extra = POLICY * ring.policies.len().clamp(2, POLICIES) - POLICY * 2;
            left = left.saturating_sub(extra);
            let room = left / BOX;
            if !shut && (named || usual) && room >= FEW.min(ring.total) {
                ring.open = true;
                let skip = if alone { part * BOXES } else { 0 };
                let unfold = |one: &Workload| unfolded(asked, one, few);
                left = left.saturating_sub(fill(atlas, &mut ring, of, (skip, room.min(BOXES), left), unfold));
            }
        }
        plan.namespaces.add(usize::from(drawn), 1);
        let (mut workloads, mut services, mut doors, mut pods) = (0, 0, 0, 0);
        for one in &ring.boxes {
            match one {
                Drawn::Workload(at, _) => {
                    workloads += 1;
                    pods += atlas.workloads.get(*at as usize).map_or(0, Workload::count);
                }
                Drawn::Service(_) => services += 1,
                Drawn::Ingress(_) | Drawn::Gateway(_) | Drawn::Route(_) => doors += 1,
            }
        }
        plan.workloads.add(workloads, ring.workloads);
        plan.services.add(services, ring.services);
        plan.doors.add(doors, ring.doors);
        plan.pods.add(pods, ring.pods);
        if drawn {
            plan.rings.push(ring);
        }
    }
    plan
}

fn ring(atlas: &Atlas<'_>, name: &str, of: &Contents) -> Ring {
    let count = |at: &u32| atlas.workloads.get(*at as usize).map_or(0, Workload::count);
    let troubled = |item: Item| atlas.trouble(item).is_some();
    let troubles = of.workloads.iter().filter(|at| troubled(Item::Workload(**at))).count()
        + of.services.iter().filter(|at| troubled(Item::Service(**at))).count()
        + of.doors.iter().filter(|door| troubled(**door)).count();
    Ring {
        namespace: name.into(),
        open: false,
        boxes: Vec::new(),
        total: of.boxes(),
        workloads: of.workloads.len(),
        pods: of.workloads.iter().map(count).sum(),
        services: of.services.len(),
        doors: of.doors.len(),
        policies: of.policies.clone(),
        troubles,
    }
}

/// Whether a workload shows its Pods.
fn unfolded(asked: &Asked, one: &Workload, few: bool) -> bool {
    let count = one.count();
    if count < 2 {
        return false;
    }
    let key = one.key();
    let usual = few && count <= SMALL;
    (usual || asked.open.contains(&key)) && !asked.shut.contains(&key)
}

/// Puts boxes into a ring; returns the elements they take.
fn fill(
    atlas: &Atlas<'_>,
    ring: &mut Ring,
    of: &Contents,
    (skip, most, elements): (usize, usize, usize),
    unfold: impl Fn(&Workload) -> bool,
) -> usize {
    let mut boxes = in_order(atlas, of, skip + most);
    boxes.drain(..skip.min(boxes.len()));
    let mut left = elements.saturating_sub(boxes.len() * BOX);
    for one in &mut boxes {
        let Drawn::Workload(at, pods) = one else { continue };
        let Some(workload) = atlas.workloads.get(*at as usize) else { continue };
        if unfold(workload) {
            let room = (left / POD).min(PODS).min(workload.count());
            // Fewer than a handful say less than the figure.
            *pods = if room < workload.count().min(FEW) { 0 } else { room };
            left -= *pods * POD;
        }
    }
    ring.boxes = boxes;
    elements - left
}

/// The first boxes of a namespace: doors with the Services they lead to and the workloads behind these, then other Services with theirs,
/// then other workloads.
fn in_order(atlas: &Atlas<'_>, of: &Contents, most: usize) -> Vec<Drawn> {
    let own: BTreeSet<u32> = of.services.iter().copied().collect();
    let workloads: BTreeSet<u32> = of.workloads.iter().copied().collect();
    let (mut services_done, mut workloads_done) = (BTreeSet::new(), BTreeSet::new());
    let mut boxes = Vec::new();
    let mut service = |at: u32, boxes: &mut Vec<Drawn>| {
        if !own.contains(&at) || !services_done.insert(at) {
            return;
        }
        boxes.push(Drawn::Service(at));
        for (workload, ..) in atlas.behind(at) {
            if workloads.contains(&workload) && workloads_done.insert(workload) {
                boxes.push(Drawn::Workload(workload, 0));
            }
        }
    };
    for door in &of.doors {
        boxes.push(match *door {
            Item::Ingress(at) => Drawn::Ingress(at),
            Item::Gateway(at) => Drawn::Gateway(at),
            Item::Route(at) => Drawn::Route(at),
            _ => continue,
        });
        for at in led_to(atlas, *door) {
            service(at, &mut boxes);
        }
    }
    // What the input does not have stands last.
    let assumed = |at: &u32| atlas.model.cluster.services.get(*at as usize).is_some_and(|one| one.origin.assumed);
    let (last, first): (Vec<u32>, Vec<u32>) = of.services.iter().partition(|at| assumed(at));
    for at in first {
        if boxes.len() >= most {
            break;
        }
        service(at, &mut boxes);
    }
    let mut rest = last.into_iter();
    while boxes.len() < most
        && let Some(at) = rest.next()
    {
        service(at, &mut boxes);
    }
    for at in &of.workloads {
        if boxes.len() >= most {
            break;
        }
        if workloads_done.insert(*at) {
            boxes.push(Drawn::Workload(*at, 0));
        }
    }
    boxes.truncate(most);
    boxes
}

/// Pods of a workload in the order in which they are drawn: those that something is wrong with first, so that none of them is hidden.
pub(super) fn in_box(atlas: &Atlas<'_>, workload: &Workload) -> Vec<Item> {
    let pods = workload.pods.iter().map(|PodId(at)| Item::Pod(*at));
    let mut all: Vec<Item> = pods.chain(workload.absent.iter().map(|at| Item::Absent(*at))).collect();
    all.sort_by_key(|item| atlas.trouble(*item).is_none());
    all
}
