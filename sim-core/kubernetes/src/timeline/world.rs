//! The Pods that there are, and what is to happen to them.

use crate::cluster::model::{Runs, Spot, Sync};
use crate::manifest::objects::{
    Container, Document, IntOrString, Metadata, Object, OwnerReference, Pod, PodSpec, ReplicatedSpec, Strategy, Text,
};
use crate::manifest::{Held, HeldPod, Parsed};
use crate::origin::{NamespacedName, ObjectRef, Spanned};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

/// Milliseconds that a container takes to start: an assumption.
pub const STARTS: u64 = 1_000;

/// A moment at which something changes.
#[derive(Clone, Debug)]
pub struct Moment {
    /// Milliseconds since the start.
    pub at: u64,
    /// Events of the input that happen then, by their place in [`crate::cluster::model::Cluster::timeline`].
    pub events: Vec<usize>,
    /// What changes, in order.
    pub changes: Vec<Change>,
    /// The input as it is then.
    pub parsed: Arc<Parsed>,
    /// Nodes whose kube-proxy has not followed yet, with the input that it knows.
    pub lagging: Arc<BTreeMap<Text, Arc<Parsed>>>,
}

impl Moment {
    /// The same input, and nobody follows otherwise.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.parsed, &other.parsed) && same(&self.lagging, &other.lagging)
    }
}

/// The same inputs for the same Nodes.
pub(super) fn same(one: &BTreeMap<Text, Arc<Parsed>>, other: &BTreeMap<Text, Arc<Parsed>>) -> bool {
    let mut pairs = one.iter().zip(other);
    one.len() == other.len() && pairs.all(|(one, other)| one.0 == other.0 && Arc::ptr_eq(one.1, other.1))
}

/// What changes of a cluster's Pods and Nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A Pod is there, on a Node, with an address; it is not ready yet.
    Added(NamespacedName, Text, IpAddr),
    /// A Pod finds no Node or no address, and waits.
    Waits(NamespacedName),
    /// A Pod's condition `Ready`.
    Ready(NamespacedName, bool),
    /// A Pod is being deleted: it is no ready endpoint any more, and still answers.
    Terminating(NamespacedName),
    /// A Pod is gone, and its address with it.
    Gone(NamespacedName, IpAddr),
    /// A workload wants another number of Pods.
    Scaled(ObjectRef, u32),
    /// An object is changed, and which fields of it.
    Patched(ObjectRef, Vec<Text>),
    /// A Node takes no more Pods.
    Cordoned(Text),
    /// A machine, or its link, fails or works again.
    Power(Spot, bool),
    /// A component, of a Node or of every one, stops or runs again.
    Runs(Runs, bool),
    /// A Node's condition `Ready`: `True`, or `Unknown`.
    NodeReady(Text, bool),
    /// A Node is tainted as unreachable: its Pods leave once they do not tolerate that any longer.
    Tainted(Text),
    /// A Pod is given to a Node whose kubelet does not answer: nothing starts.
    Bound(NamespacedName, Text),
    /// Somebody asks an API server that does not answer: nothing comes of it.
    Away,
    /// kube-proxy of a Node, or of every one, writes what it heard of before.
    Synced(Option<Text>),
    /// kube-proxy of a Node follows otherwise from now on.
    Follows(Text, Sync),
    /// Slices of endpoints have what became of Pods before.
    Sliced,
    /// They have it so many milliseconds later from now on.
    Batches(u64),
}

impl Change {
    /// A word for messages and JSON.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Added(..) => "added",
            Self::Waits(_) => "waits",
            Self::Ready(_, true) => "ready",
            Self::Ready(_, false) => "not-ready",
            Self::Terminating(_) => "terminating",
            Self::Gone(..) => "gone",
            Self::Scaled(..) => "scaled",
            Self::Patched(..) => "patched",
            Self::Cordoned(_) => "cordoned",
            Self::Power(_, false) => "down",
            Self::Power(_, true) => "up",
            Self::Runs(_, false) => "component-stops",
            Self::Runs(_, true) => "component-starts",
            Self::NodeReady(_, true) => "node-ready",
            Self::NodeReady(_, false) => "node-unknown",
            Self::Tainted(_) => "tainted",
            Self::Bound(..) => "bound",
            Self::Away => "away",
            Self::Synced(_) => "synced",
            Self::Sliced => "sliced",
            Self::Batches(_) => "batches",
            Self::Follows(_, Sync::Stop) => "stops",
            Self::Follows(_, Sync::Start) => "starts",
            Self::Follows(_, Sync::Lag(_)) => "lags",
        }
    }

    /// The Pod that it is about.
    pub fn pod(&self) -> Option<&NamespacedName> {
        match self {
            Self::Added(pod, ..)
            | Self::Waits(pod)
            | Self::Ready(pod, _)
            | Self::Terminating(pod)
            | Self::Bound(pod, _)
            | Self::Gone(pod, _) => Some(pod),
            Self::Scaled(..)
            | Self::Patched(..)
            | Self::Cordoned(_)
            | Self::Power(..)
            | Self::Runs(..)
            | Self::NodeReady(..)
            | Self::Tainted(_)
            | Self::Away
            | Self::Synced(_)
            | Self::Sliced
            | Self::Batches(_)
            | Self::Follows(..) => None,
        }
    }
}

/// A Pod that there is.
#[derive(Clone, Debug)]
pub(super) struct Live {
    pub(super) name: NamespacedName,
    /// The workload that made it.
    pub(super) owner: Option<ObjectRef>,
    /// The input has the Pod itself.
    pub(super) given: bool,
    /// How often its workload had been rolled out when it was made.
    pub(super) version: u32,
    /// Node and address, once it has them.
    pub(super) place: Option<(Text, IpAddr, bool)>,
    pub(super) ready: bool,
    pub(super) terminating: bool,
    /// When its containers are ready.
    pub(super) warm: u64,
    /// Its Node, where that has no kubelet which could start it.
    pub(super) bound: Option<Text>,
    /// Since when it is ready.
    pub(super) since: u64,
    /// When it was made.
    pub(super) born: u64,
    /// With its Node once it has one, and the status that the input gives.
    pub(super) document: Arc<Document<Pod>>,
}

impl Live {
    /// Which of a StatefulSet's Pods it is.
    pub(super) fn ordinal(&self) -> Option<i64> {
        self.name.name.rsplit_once('-')?.1.parse().ok()
    }

    /// It is of that Node from now on.
    pub(super) fn pin(&mut self, node: &Text) {
        let pod = Arc::make_mut(&mut Arc::make_mut(&mut self.document).value);
        pod.spec.value.node_name = Some(Spanned::unplaced(node.clone()));
    }

    /// Its object says something else from now on.
    pub(super) fn become_of(&mut self, document: &Document<Pod>) {
        // Its status stays: what it says of addresses is evidence of networks, and [`HeldPod`] knows better what has changed since.
        self.document = Arc::new(document.clone());
        if let Some(node) = self.place.as_ref().map(|(node, ..)| node.clone()).or_else(|| self.bound.clone()) {
            self.pin(&node);
        }
    }
}

/// How the Pods of a workload are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Deployment.
    Rolling,
    /// ReplicaSet.
    Plain,
    /// StatefulSet.
    Ordered,
    /// DaemonSet.
    EveryNode,
}

/// A workload.
#[derive(Clone, Debug)]
pub(super) struct Workload {
    pub(super) object: ObjectRef,
    pub(super) kind: Kind,
    pub(super) replicas: u32,
    /// How often it was rolled out.
    pub(super) version: u32,
    /// How many Pods it made.
    pub(super) made: u32,
    pub(super) surge: Share,
    pub(super) unavailable: Share,
    pub(super) recreate: bool,
    pub(super) min_ready: u64,
    /// First ordinal of a StatefulSet.
    pub(super) first: i64,
    /// Ordinals from the first on that a rollout leaves as they are.
    pub(super) partition: i64,
    /// Pods are made at once, not one after the other.
    pub(super) parallel: bool,
    /// What is old stays until somebody deletes it.
    pub(super) on_delete: bool,
    /// A Deployment that is not rolled out.
    pub(super) paused: bool,
}

/// A number or a share of replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Share {
    Count(u32),
    Percent(u32),
}

impl Share {
    fn of(written: Option<&Spanned<IntOrString>>) -> Self {
        match written.map(|written| &written.value) {
            Some(IntOrString::Int(count)) => Self::Count(u32::try_from(*count).unwrap_or(0)),
            Some(IntOrString::String(text)) => {
                let number = text.trim().strip_suffix('%').and_then(|number| number.parse().ok());
                number.map_or(Self::Percent(25), Self::Percent)
            }
            None => Self::Percent(25),
        }
    }

    pub(super) fn up(self, of: u32) -> u32 {
        match self {
            Self::Count(count) => count,
            Self::Percent(share) => (u64::from(of) * u64::from(share)).div_ceil(100) as u32,
        }
    }

    pub(super) fn down(self, of: u32) -> u32 {
        match self {
            Self::Count(count) => count,
            Self::Percent(share) => (u64::from(of) * u64::from(share) / 100) as u32,
        }
    }
}

impl Workload {
    /// An object whose Pods come and go with time.
    pub(super) fn of(object: &Object) -> Option<Self> {
        let replicas =
            |count: &Option<Spanned<i64>>| count.as_ref().map_or(1, |count| u32::try_from(count.value).unwrap_or(0));
        let seconds = |spec: &ReplicatedSpec| {
            spec.min_ready_seconds.as_ref().map_or(0, |seconds| u64::try_from(seconds.value).unwrap_or(0) * 1_000)
        };
        let base = |object: &ObjectRef, kind, replicas, min_ready| Self {
            object: object.clone(),
            kind,
            replicas,
            version: 0,
            made: 0,
            surge: Share::Percent(25),
            unavailable: Share::Percent(25),
            recreate: false,
            min_ready,
            first: 0,
            partition: 0,
            parallel: false,
            on_delete: false,
            paused: false,
        };
        let on_delete = |strategy: &Strategy| strategy.kind.as_ref().is_some_and(|kind| &*kind.value == "OnDelete");
        match object {
            Object::Deployment(d) if &*d.object.kind == "Deployment" => {
                let spec = &d.value.spec;
                let rolling = &spec.strategy.rolling_update;
                let recreate = spec.strategy.kind.as_ref().is_some_and(|kind| &*kind.value == "Recreate");
                let own = base(&d.object, Kind::Rolling, replicas(&spec.replicas), seconds(spec));
                let (surge, unavailable) =
                    (Share::of(rolling.max_surge.as_ref()), Share::of(rolling.max_unavailable.as_ref()));
                let paused = spec.paused == Some(true);
                Some(Self { surge, unavailable, recreate, paused, ..own })
            }
            Object::ReplicaSet(d) if d.value.metadata.owner_references.is_empty() => {
                Some(base(&d.object, Kind::Plain, replicas(&d.value.spec.replicas), seconds(&d.value.spec)))
            }
            Object::StatefulSet(d) => {
                let spec = &d.value.spec;
                let first = spec.ordinals.start.as_ref().map_or(0, |start| start.value);
                let own = base(&d.object, Kind::Ordered, replicas(&spec.replicas), 0);
                let strategy = &spec.update_strategy;
                let partition = strategy.rolling_update.partition.as_ref().map_or(0, |from| from.value.max(0));
                let parallel = spec.pod_management_policy.as_ref().is_some_and(|policy| &*policy.value == "Parallel");
                Some(Self { first, partition, parallel, on_delete: on_delete(strategy), ..own })
            }
            Object::DaemonSet(d) => {
                let strategy = &d.value.spec.update_strategy;
                let unavailable = match &strategy.rolling_update.max_unavailable {
                    None => Share::Count(1),
                    written => Share::of(written.as_ref()),
                };
                let own = base(&d.object, Kind::EveryNode, 1, seconds(&d.value.spec));
                Some(Self { unavailable, on_delete: on_delete(strategy), ..own })
            }
            _ => None,
        }
    }
}

/// Milliseconds from its start until a Pod is ready: a readiness probe that succeeds first after its initial delay, and then once a period as often
/// as it has to (`pkg/kubelet/prober`).
pub(super) fn warm(spec: &PodSpec) -> u64 {
    let delay = |container: &Spanned<Container>| {
        let probe = container.value.readiness_probe.as_ref()?;
        let positive = |number: Option<i64>, usual: u64| {
            number.and_then(|number| u64::try_from(number).ok()).filter(|number| *number > 0).unwrap_or(usual)
        };
        let first = positive(probe.value.initial_delay_seconds.as_ref().map(|delay| delay.value), 0);
        let (times, period) = (positive(probe.value.success_threshold, 1), positive(probe.value.period_seconds, 10));
        Some(first.saturating_add((times - 1).saturating_mul(period)))
    };
    spec.containers.iter().filter_map(delay).max().unwrap_or(0).saturating_mul(1_000)
}

/// Milliseconds from its deletion until a Pod's processes have ended: behind `preStop`, within the grace period.
pub(super) fn lingers(spec: &PodSpec) -> u64 {
    let sleep = |container: &Spanned<Container>| {
        let stop = &container.value.lifecycle.pre_stop;
        if let Some(sleep) = &stop.sleep {
            return u64::try_from(sleep.value.seconds).ok();
        }
        // `sleep 10`, alone or in a shell.
        let command = &stop.exec.as_ref()?.value.command;
        let words: Vec<&str> = command.iter().flat_map(|text| text.split_whitespace()).collect();
        let at = words.iter().position(|word| word.rsplit('/').next() == Some("sleep"))?;
        words.get(at + 1)?.trim_end_matches(['s', ';']).parse().ok()
    };
    let longest = spec.containers.iter().filter_map(sleep).max().unwrap_or(0);
    let grace = spec.termination_grace_period_seconds.as_ref().map_or(30, |grace| grace.value);
    longest.min(u64::try_from(grace).unwrap_or(30)).saturating_mul(1_000)
}

/// A Pod as its controller makes it.
pub(super) fn made(objects: &[Object], owner: &ObjectRef, name: &NamespacedName) -> Option<Document<Pod>> {
    let object = objects.iter().find(|own| own.object() == owner)?;
    let (template, spec) = object.pod()?;
    let owner = OwnerReference {
        api_version: Arc::from("apps/v1"),
        kind: owner.kind.clone(),
        name: owner.name.clone(),
        uid: None,
        controller: Some(true),
    };
    let metadata = Metadata {
        name: Some(Spanned::unplaced(name.name.clone())),
        namespace: Some(Spanned::unplaced(name.namespace.clone())),
        labels: template.labels.clone(),
        annotations: template.annotations.clone(),
        owner_references: vec![Spanned::unplaced(owner)],
        ..Metadata::default()
    };
    let mut spec = spec.clone();
    if let Object::StatefulSet(document) = object {
        spec.hostname = Some(Spanned::unplaced(name.name.clone()));
        spec.subdomain = document.value.spec.service_name.clone();
    }
    let span = object.span();
    let pod = Pod { metadata, spec: Spanned { value: spec, span }, ..Pod::default() };
    let object = ObjectRef { kind: Arc::from("Pod"), namespace: Some(name.namespace.clone()), name: name.name.clone() };
    Some(Document { object, api_version: Arc::from("v1"), span, value: Arc::new(pod) })
}

/// The input with these Pods, and what else is known of a moment.
pub(super) fn parsed(base: &Parsed, pods: &[Live], known: Held) -> Parsed {
    let mut objects: Vec<Object> = Vec::with_capacity(base.objects.len() + pods.len());
    let given: BTreeMap<&ObjectRef, &Live> = pods.iter().map(|live| (&live.document.object, live)).collect();
    for object in &base.objects {
        match object {
            // Those that there are follow, with what is known of them.
            Object::Pod(_) => {}
            Object::Scenario(document) => {
                let mut own = document.clone();
                Arc::make_mut(&mut own.value).timeline.clear();
                objects.push(Object::Scenario(own));
            }
            other => objects.push(other.clone()),
        }
    }
    // In the order of the input, as what is decided in turn was decided at the start: who has which block of addresses, for example.
    let places = base.objects.iter().enumerate().filter(|(_, object)| matches!(object, Object::Pod(_)));
    let places: BTreeMap<&ObjectRef, usize> = places.map(|(at, object)| (object.object(), at)).collect();
    // What no kubelet has started has no network.
    let last = |live: &&Live| given.get(&live.document.object).is_some_and(|own| own.born == live.born);
    let mut started: Vec<&Live> = pods.iter().filter(last).filter(|live| live.bound.is_none()).collect();
    // Those of a StatefulSet by their ordinals, all others as they were made.
    let nth = |live: &Live| {
        let ordered = live.owner.as_ref().filter(|owner| &*owner.kind == "StatefulSet");
        ordered.map(|owner| (owner.clone(), live.ordinal()))
    };
    started.sort_by_key(|live| (places.get(&live.document.object).copied().unwrap_or(usize::MAX), nth(live)));
    objects.extend(started.into_iter().map(|live| Object::Pod(Document::clone(&live.document))));
    let held = pods.iter().filter_map(|live| {
        let (_, ip, given) = live.place.as_ref()?;
        let (made_by, ready, terminating) = (live.owner.clone().filter(|_| !live.given), live.ready, live.terminating);
        let pod = HeldPod { made_by, ip: *ip, given: *given, ready, terminating, born: live.born };
        Some((live.name.clone(), pod))
    });
    let makers = base.objects.iter().filter(|object| object.pod().is_some() && !matches!(object, Object::Pod(_)));
    let makers = makers.map(Object::object);
    base.with(objects, Held { later: true, pods: held.collect(), workloads: makers.cloned().collect(), ..known })
}
